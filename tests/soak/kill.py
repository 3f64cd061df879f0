"""Is anything that was acknowledged ever lost, or kept twice? A server is killed again and again, at random moments.

    python -m tests.soak.kill --rounds 200 --json

While it lives, devices send packets (late, twice, in any order), sessions end, and files are imported by another
process that is killed as well. A client that is never killed writes down with fsync what was acknowledged. After each
round all of it must be there, each packet once, and every store must verify. The last line counts what was not.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID

from tests.soak.live_client import Notebook, entering, noted, packets_url, send
from tests.soak.live_house import Made, made, second
from websockets.exceptions import WebSocketException

from paceline.keep.packets.folder import FolderLog
from paceline.keep.store import Store
from paceline.record.packets import Packet
from paceline.serve.live.ending import logged, sealed_before

ROOT = Path(__file__).resolve().parents[2]
SESSIONS, DEVICES = 6, ("hub", "strap")
READY = 60.0
"""s to wait for a server's first acknowledgement."""
TCX = (
    '<?xml version="1.0"?><TrainingCenterDatabase><Activities><Activity Sport="Biking"><Lap>{points}</Lap></Activity>'
    "</Activities></TrainingCenterDatabase>"
)
POINT = (
    "<Trackpoint><Time>20{year:02}-0{month}-{day:02}T{hour:02}:00:{second:02}Z</Time><Cadence>{cadence}</Cadence>"
    "</Trackpoint>"
)


@dataclass(slots=True)
class Count:
    """What came out so far."""

    rounds: int = 0
    acknowledged: int = 0
    lost: int = 0
    doubled: int = 0
    unsound: list[str] = field(default_factory=list)


def files(folder: Path, number: int, chance: random.Random) -> list[Path]:
    """Small rides, each of an hour of its own."""
    folder.mkdir(exist_ok=True)
    paths = []
    for k in range(8):
        when = {"year": 10 + number % 80, "month": 1 + k, "day": 1 + number % 28, "hour": chance.randrange(24)}
        points = "".join(POINT.format(**when, second=s, cadence=80 + chance.randrange(20)) for s in range(40))
        paths.append(folder / f"{number}-{k}.tcx")
        paths[-1].write_text(TCX.format(points=points))
    return paths


async def device(url: str, token: str, session: UUID, notebook: Notebook, chance: random.Random) -> None:
    """One session's devices: they begin behind what is held, send in some disorder, and now and then end it."""
    async with entering(packets_url(url, session), token) as connection:
        held = json.loads(await connection.recv())["held"]
        nexts = {name: held[name][0][1] + 1 if name in held and held[name][0][0] == 0 else 0 for name in DEVICES}
        while True:
            batch = []
            for name in DEVICES:
                numbers = list(range(nexts[name], nexts[name] + chance.randrange(1, 5)))
                nexts[name] = numbers[-1] + 1
                batch += [second(name, n, power=float(n % 700)) for n in (*numbers, *numbers[: chance.randrange(2)])]
            chance.shuffle(batch)
            answer = await send(connection, b"".join(batch))
            notebook.note(session, answer["kept"])
            if chance.random() < 0.01:
                await connection.send('{"end": true}')
                await connection.recv()
            await asyncio.sleep(chance.random() * 0.02)


async def living(url: str, house: Made, sessions: list[UUID], notebook: Notebook, chance: random.Random) -> None:
    """All devices, until the server is gone."""

    async def until_killed(session: UUID) -> None:
        with contextlib.suppress(WebSocketException, OSError, TimeoutError):
            await device(url, house.tokens["device"], session, notebook, chance)

    await asyncio.gather(*map(until_killed, sessions))


async def first_word(notebook: Notebook, *, before: int) -> None:
    """Until something is acknowledged: a busy machine takes longer than a round to open a house."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(READY):
            while notebook.lines == before:
                await asyncio.sleep(0.01)


def round_of(house: Made, folder: Path, sessions: list[UUID], notebook: Notebook, chance: random.Random) -> None:
    """A server and an import live for a while, and are killed."""
    home = folder / "house"
    command = [sys.executable, "-m", "tests.soak.live_server", str(home)]
    with (folder / "server.log").open("a") as log:
        server = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=log, text=True)
        taking = [
            sys.executable,
            "-m",
            "tests.soak.kill",
            "--import-into",
            str(home),
            house.subject,
            str(folder / "files"),
        ]
        importer = subprocess.Popen(taking, cwd=ROOT, stdout=(folder / "imported").open("a"), stderr=log)
    assert server.stdout is not None
    url = server.stdout.readline().strip()

    async def run() -> None:
        clients = asyncio.create_task(living(url, house, sessions, notebook, chance))
        if chance.random() < 0.5:  # the other half is killed while it is still getting ready, if the machine is slow
            await first_word(notebook, before=notebook.lines)
        await asyncio.sleep(chance.uniform(0.05, 4.0))
        server.kill()
        await clients

    try:
        asyncio.run(run())
    finally:
        importer.kill()
        for process in (server, importer):
            process.kill()
            process.wait()
        server.stdout.close()


def imported(home: Path, subject: str, folder: Path) -> None:
    """Take the files in, and say of each on the disk that it was; killed somewhere in the middle."""
    from paceline.jobs.importing import Outcome, import_files
    from paceline.keep.places import House

    def told(outcome: Outcome) -> None:
        print(json.dumps([outcome.file.name, outcome.became]), flush=True)  # noqa: T201
        os.fsync(sys.stdout.fileno())

    with Store.open(House(home).organisation()) as store:
        import_files(store, sorted(folder.iterdir()), subject=subject, progress=told)


def checked(store: Store, notebook: Path, count: Count) -> None:
    """Hold what is kept against what was acknowledged."""
    log = FolderLog(store.places.packets)
    try:
        count.acknowledged = 0
        for session, devices in noted(notebook).items():
            known = store.journal.session(session)
            sealed, waiting = _numbers(sealed_before(store, known)), _numbers(logged(log, session))
            if session not in log.sessions():
                waiting = Counter()
            count.doubled += sum(n - 1 for part in (sealed, waiting) for n in part.values() if n > 1)
            for name, numbers in devices.items():
                count.acknowledged += len(numbers)
                count.lost += sum((name, number) not in sealed and (name, number) not in waiting for number in numbers)
        count.unsound += [sentence for _, sentence in store.verify()]
        count.unsound += list(log.verify())
    finally:
        log.close()


def _numbers(found: Iterable[Packet]) -> Counter[tuple[str, int]]:
    return Counter((packet.device, packet.sequence) for packet in found)


def soak(rounds: int, seed: int) -> Count:
    """So many rounds in a house of its own."""
    chance, count = random.Random(seed), Count()  # noqa: S311  # the same rounds for the same seed
    with tempfile.TemporaryDirectory(prefix="paceline-soak-") as name:
        folder = Path(name)
        house = made(folder / "house")
        sessions: list[UUID] = []
        notebook = Notebook(folder / "acknowledged")
        for number in range(rounds):
            sessions = [*sessions[-SESSIONS // 2 :], *(house.session() for _ in range(SESSIONS // 2))]
            files(folder / "files", number, chance)
            begun = time.monotonic()
            round_of(house, folder, sessions, notebook, chance)
            checked(house.hall.room("home").store, folder / "acknowledged", count)
            count.rounds += 1
            took = time.monotonic() - begun
            line = f"{count.rounds}: {count.acknowledged:,} acknowledged, {count.lost} lost, {count.doubled} doubled"
            print(f"{line}, {len(count.unsound)} faults, {took:.1f} s", file=sys.stderr, flush=True)  # noqa: T201
        _finish(house, folder, count)
        house.hall.close()
    return count


def _finish(house: Made, folder: Path, count: Count) -> None:
    """The import goes through in the end: every file once, and those acknowledged before among them."""
    from paceline.jobs.importing import import_files

    store = house.hall.room("home").store
    paths = sorted((folder / "files").iterdir())
    last = import_files(store, paths, subject=house.subject)
    before = {json.loads(line)[0] for line in (folder / "imported").read_text().splitlines() if line.endswith("]")}
    again = {outcome.file.name for outcome in last.outcomes if outcome.became == "new"}
    count.acknowledged += len(before)
    count.lost += len(before & again)
    rows = store.lake.read("efforts", where={"subject": house.subject, "number": 0}, columns=["session"])
    count.doubled += rows.height - rows["session"].n_unique()
    count.unsound += [sentence for _, sentence in store.verify()]


def main() -> None:
    """Rounds, and a last line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--import-into", nargs=3, metavar=("HOME", "SUBJECT", "FILES"), help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.import_into:
        home, subject, folder = asked.import_into
        imported(Path(home), subject, Path(folder))
        return
    count = soak(asked.rounds, asked.seed)
    for sentence in dict.fromkeys(count.unsound):
        print(sentence, file=sys.stderr)  # noqa: T201
    told = {"rounds": count.rounds, "acknowledged": count.acknowledged, "lost": count.lost, "doubled": count.doubled}
    print(json.dumps(told) if asked.json else told, flush=True)  # noqa: T201
    raise SystemExit(1 if count.lost or count.doubled or count.unsound else 0)


if __name__ == "__main__":
    main()
