"""How many athletes can send live at once, with every packet on the disk before it is acknowledged?

Budget: 500 athletes on two cores, aim 2,000. An athlete is a WebSocket that sends, once a second, one message with the
packets of four sensors, three channels at 50 Hz as int16 each. The server is a process of its own; the athletes are
another one on the same machine, so both share its cores. An acknowledgement is good when it comes within a second; a
step holds when all come and 99 % of them are good. The peer is a WebSocket that sends the same bytes back at once, on
the same server stack, loaded in the same way: what the wire alone costs. Both climb by steps until one does not hold.

    python -m benchmarks live
"""

from __future__ import annotations

import asyncio
import json
import multiprocessing
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from uuid import UUID

from tests.soak.live_client import entering, packets_url
from tests.soak.live_house import NANO, START, made

from benchmarks.timing import ROOT, emit
from paceline.record.packets import Written, sampled

STEPS = (100, 250, 500, 750, 1000, 1500, 2000, 3000)
SECONDS, SENSORS, RATE, GOOD = 8, 4, 50, 1.0
AXES = tuple(f"acceleration_{axis}" for axis in "xyz")


def message(number: int) -> bytes:
    """What one athlete sends in one second."""
    values = {axis: [0.01 * ((number * RATE + k) % 999) for k in range(RATE)] for axis in AXES}
    first, scale = (START + number) * NANO, dict.fromkeys(AXES, Written(0.01))
    sensors = (f"sensor-{k}" for k in range(SENSORS))
    return b"".join(
        sampled(name, "motion", values, sequence=number, first=first, rate=(RATE, 1), written=scale) for name in sensors
    )


MESSAGES = [message(number) for number in range(SECONDS)]


async def athlete(url: str, token: str, turn: float, start: asyncio.Barrier, waits: list[float]) -> None:
    """One connection: a message a second, each answered before the next is due or not."""
    async with entering(url, token) as connection:
        if token:
            await connection.recv()
        await start.wait()
        await asyncio.sleep(turn)
        due = time.perf_counter()
        for sent in MESSAGES:
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            await connection.send(sent)
            answer = await connection.recv()
            assert len(answer) == len(sent) if not token else len(json.loads(answer)["kept"]) == SENSORS
            waits.append(time.perf_counter() - due)
            due += 1.0


def load(base: str, token: str, sessions: list[UUID]) -> list[float]:
    """All athletes at once, spread over the second; the waits from when each message was due, in s."""

    async def run() -> list[float]:
        waits: list[float] = []
        urls = [packets_url(base, session) if token else base for session in sessions]
        start = asyncio.Barrier(len(urls))  # who comes in costs something else, and is not what is asked here
        await asyncio.gather(*(athlete(url, token, k / len(urls), start, waits) for k, url in enumerate(urls)))
        return waits

    return asyncio.run(run())


def echo() -> None:
    """A bare WebSocket that sends back what comes."""
    import uvicorn
    from starlette.applications import Starlette
    from starlette.routing import WebSocketRoute
    from starlette.websockets import WebSocket

    async def back(socket: WebSocket) -> None:
        await socket.accept()
        while (found := await socket.receive())["type"] == "websocket.receive":
            await socket.send_bytes(found["bytes"])

    app = Starlette(routes=[WebSocketRoute("/", back)])
    config = uvicorn.Config(app, port=0, log_config=None, ws="websockets-sansio", ws_per_message_deflate=False)

    class Server(uvicorn.Server):
        async def startup(self, sockets: object = None) -> None:
            await super().startup(sockets)  # type: ignore[arg-type]
            print(f"ws://127.0.0.1:{self.servers[0].sockets[0].getsockname()[1]}/", flush=True)

    Server(config).run()


def held(command: list[str], token: str, sessions: list[UUID]) -> list[dict[str, float]]:
    """The steps that a server was put to: athletes, share of good answers, waits in ms."""
    rows = []
    for athletes in STEPS:
        server = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
        try:
            assert server.stdout is not None
            base = server.stdout.readline().strip()
            own, sessions = sessions[:athletes], sessions[athletes:]
            with multiprocessing.get_context("spawn").Pool(1) as pool:
                waits = sorted(pool.apply(load, (base, token, own)))
        finally:
            server.kill()
            server.wait()
        complete = len(waits) == athletes * SECONDS
        row = {"athletes": athletes, "p50": waits[len(waits) // 2] * 1e3, "p99": waits[int(len(waits) * 0.99)] * 1e3}
        row |= {"worst": waits[-1] * 1e3}
        rows.append(
            {name: round(value, 1) for name, value in row.items()} | {"held": complete and row["p99"] < GOOD * 1e3}
        )
        print(rows[-1], file=sys.stderr, flush=True)
        if not rows[-1]["held"]:
            break
    return rows


def main() -> None:
    """Both servers, step by step."""
    with tempfile.TemporaryDirectory(prefix="paceline-live-") as folder:
        house = made(Path(folder) / "house")
        sessions = [house.session() for _ in range(sum(STEPS))]
        expires = time.time_ns() + 7200 * NANO
        token = house.hall.access.issue_token("home", "device", subject=house.subject, expires=expires, by="test")
        house.hall.close()
        ours = held([sys.executable, "-m", "tests.soak.live_server", str(Path(folder) / "house")], token, sessions)
        theirs = held([sys.executable, "-c", "from benchmarks.bench_live import echo; echo()"], "", sessions)
    most = [max((row["athletes"] for row in rows if row["held"]), default=0) for rows in (ours, theirs)]
    emit({"id": "live_v1", "ours": most[0], "theirs": most[1], "peer": "a bare WebSocket echo", "unit": "athletes",
          "ratio": round(most[0] / max(most[1], 1), 2), "cores": os.cpu_count(), "load_on_the_same_machine": True,
          "rows": [{"who": who, **row} for who, rows in (("ours", ours), ("echo", theirs)) for row in rows],
          "budget": 500})  # fmt: skip


if __name__ == "__main__":
    main()
