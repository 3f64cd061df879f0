"""A released product under load: swapped, canaried, shadowed and rolled back so many times; how many requests fail?

A server as `paceline serve` runs it, an own process; its journal is written here, as `paceline promote` would. Clients
ask without a pause and compare each answer with the release that it says it comes from. Now and then a worker is
killed: that may cost one request a 503, no more. Fails where anything else failed.

    python -m tests.soak.swap --rounds 100 --json
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import yaml
from tests.unit import made_products
from tests.unit.test_bundle import committed, git, tables
from tests.unit.test_releases import PASSED

from paceline.keep.places import House
from paceline.keep.store import Store
from paceline.serve.hall import Limits
from paceline.serve.opening import open_hall
from paceline.ship.product import read_product
from paceline.ship.releases import promote, release, rollback, shadow

CLIENTS = 8
LOOKS = 0.1
"""Seconds between two looks of the server at its journal, so that a hundred rounds take minutes; a house's is 1 s."""
PATIENCE = 120.0
SERVES = ({}, {"trusted": True}, {"workers": 2}, {"batch": {"size": 8, "wait_ms": 1}})
"""How the four releases are run."""

BODY = json.dumps({"name": "oak"}).encode()


@dataclass
class Count:
    """What came of it."""

    rounds: int = 0
    requests: int = 0
    failed: int = 0
    kills: int = 0
    lost_to_kills: int = 0
    most_lost_to_one: int = 0
    taken_back: int = 0
    by_release: Counter[str] = field(default_factory=Counter)
    faults: Counter[str] = field(default_factory=Counter)


class Load:
    """Clients that ask until they are told to stop."""

    def __init__(self, port: int, tokens: list[str], numbers: dict[str, float], count: Count) -> None:
        self.port, self.tokens, self.numbers, self.count = port, tokens, numbers, count
        self.unavailable = 0
        self.stopping = False

    async def client(self, number: int) -> None:
        """One keep-alive connection, asked again and again."""
        wish = {0: "canary", 1: "champion"}.get(number, "")
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        while not self.stopping:
            try:
                await self.ask(reader, writer, token=self.tokens[number], wish=wish)
            except (OSError, asyncio.IncompleteReadError) as error:
                self.fault(type(error).__name__)
                reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        writer.close()

    async def ask(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, token: str, wish: str = ""
    ) -> str:
        """One request: the release that answered, empty where none did."""
        lines = ["POST /products/trees/predict HTTP/1.1", f"Host: 127.0.0.1:{self.port}",
                 f"Authorization: Bearer {token}", f"Content-Length: {len(BODY)}"]  # fmt: skip
        if wish:
            lines.append(f"Paceline-Release: {wish}")
        writer.write("\r\n".join([*lines, "", ""]).encode() + BODY)
        head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        headers = dict(line.lower().split(": ", 1) for line in head[1:] if line)
        body = await reader.readexactly(int(headers["content-length"]))
        self.count.requests += 1
        status, answered = head[0].split()[1], headers.get("paceline-release", "")
        if status == "503":
            self.unavailable += 1
        elif status != "200":
            self.fault(f"{status} {json.loads(body).get('type')}")
        elif json.loads(body) != {"size": self.numbers[answered]}:
            self.fault("an answer of another release")
        self.count.by_release[answered] += 1
        return answered if status == "200" else ""

    def fault(self, what: str) -> None:
        """Something failed that nobody killed."""
        self.count.failed += 1
        self.count.faults[what] += 1

    def settled(self, *, killed: bool) -> None:
        """What was unavailable since the last time: one is a kill's price, everything else a failure."""
        lost, self.unavailable = self.unavailable, 0
        if killed:
            self.count.kills += 1
            self.count.lost_to_kills += lost
            self.count.most_lost_to_one = max(self.count.most_lost_to_one, lost)
        for _ in range(lost - killed):
            self.fault("503")


def frozen(folder: Path, store: Store, number: int) -> str:
    """A release that answers its number."""
    if not folder.exists():
        committed(folder)
    said = yaml.safe_load((folder / "product.yaml").read_text()) | {"serve": SERVES[number - 1]}
    code = f"def size(name):\n    return {{'size': {number}}}\n"
    if "batch" in said["serve"]:
        code = f"def size(requests):\n    return [{{'size': {number}}} for _ in requests]\n"
    (folder / "product.yaml").write_text(yaml.safe_dump(said))
    (folder / "trees.py").write_text(made_products.CODE + code)
    git(folder, "commit", "-q", "-a", "-m", f"Version {number}")
    product = read_product(folder)
    return release(product, tables(product), PASSED, journal=store.journal, blobs=store.blobs, by="soak").name


async def soak(rounds: int, seed: int, folder: Path) -> Count:
    """So many rounds."""
    chance, count = random.Random(seed), Count()  # noqa: S311 - the same rounds for the same seed
    hall = open_hall(House(folder / "house"))
    hall.access.found_organisation("home")
    store = hall.room("home").store
    releases = [frozen(folder / "p", store, number) for number in (1, 2, 3, 4)]
    expires = time.time_ns() + 24 * 3600 * 10**9
    tokens = [hall.access.issue_token("home", "coach", expires=expires, by="soak") for _ in range(CLIENTS + 1)]
    promote(store.journal, "trees", release=releases[0], reason="first", by="soak")
    command = [sys.executable, "-m", "tests.soak.swap", "--serve", str(folder / "house")]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        port = int(server.stdout.readline().rsplit(":", 1)[1])  # type: ignore[union-attr]
        load = Load(port, tokens, {name: float(number) for number, name in enumerate(releases, 1)}, count)
        probe = await asyncio.open_connection("127.0.0.1", port)
        await load.ask(*probe, token=tokens[-1])  # opens the organisation's desk
        clients = [asyncio.create_task(load.client(number)) for number in range(CLIENTS)]
        for number in range(rounds):
            await round_of(load, probe, store, releases, number, killing=chance.random() < 0.5, server=server.pid)
            count.rounds += 1
            told = f"{count.rounds}: {count.requests:,} requests, {count.failed} failed, {count.kills} workers killed"
            print(f"{told}, {count.lost_to_kills} answers lost to that", file=sys.stderr, flush=True)  # noqa: T201
        load.stopping = True
        await asyncio.gather(*clients)
        load.settled(killed=False)
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait()
        hall.close()
    return count


async def round_of(
    load: Load, probe: tuple[asyncio.StreamReader, asyncio.StreamWriter], store: Store, releases: list[str],
    number: int, *, killing: bool, server: int,
) -> None:  # fmt: skip
    """Swap; a canary, and a shadow; perhaps a kill; roll back."""
    journal, turn = store.journal, number % len(releases)
    champion, canary, silent = (releases[(turn + step) % len(releases)] for step in (1, 2, 3))
    promote(journal, "trees", release=champion, reason="swap", by="soak")
    await seen(load, probe, champion, wish="champion")
    promote(journal, "trees", release=canary, share=0.3, reason="canary", by="soak")
    shadow(journal, "trees", release=silent, reason="shadow", by="soak")
    await seen(load, probe, canary, wish="canary", instead=lambda: canary not in journal.product("trees").shares)
    await asyncio.sleep(0.2)
    load.settled(killed=False)
    if killing and (workers := _workers(server)):
        os.kill(workers[number % len(workers)], signal.SIGKILL)
        await asyncio.sleep(1.0)
        load.settled(killed=True)
    if canary in journal.product("trees").shares:
        rollback(journal, "trees", reason="back", by="soak")
    else:
        load.count.taken_back += 1  # the server's own verdict came first
    await seen(load, probe, champion, wish="canary")
    load.settled(killed=False)


async def seen(load: Load, probe: tuple, release: str, *, wish: str, instead=lambda: False) -> None:  # type: ignore[no-untyped-def, type-arg]
    """Wait until the server follows."""
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        if await load.ask(*probe, token=load.tokens[-1], wish=wish) == release or instead():
            return
        await asyncio.sleep(0.02)
    load.fault("the server does not follow its journal")


def _workers(server: int) -> list[int]:
    """The processes that answer for products."""
    found = []
    for place in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            parent = int((place / "stat").read_text().rpartition(")")[2].split()[1])
            if parent == server and b"python_harness.py" in (place / "cmdline").read_bytes():
                found.append(int(place.name))
    return sorted(found)


def serve(folder: Path) -> None:
    """The server, as `paceline serve` has it."""
    from paceline.serve.listening import Address, listen
    from paceline.serve.live import live_application
    from paceline.serve.predict import following
    from paceline.serve.predict.mounted import with_products

    following.LOOKS = LOOKS
    address = Address()
    limits = Limits(rate=1e6, burst=1_000_000, hosts=address.names)
    hall = open_hall(House(folder), limits=limits)
    listen(with_products(live_application(hall)), address, ready=lambda url: print(url, flush=True))  # noqa: T201


def main() -> None:
    """Rounds, and a last line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--serve", type=Path, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.serve:
        serve(asked.serve)
        return
    with tempfile.TemporaryDirectory(prefix="paceline-soak-") as folder:
        count = asyncio.run(soak(asked.rounds, asked.seed, Path(folder)))
    for what, times in count.faults.items():
        print(f"{what}: {times}", file=sys.stderr)  # noqa: T201
    told = {name: getattr(count, name) for name in
            ("rounds", "requests", "failed", "kills", "lost_to_kills", "most_lost_to_one", "taken_back")}  # fmt: skip
    print(json.dumps(told) if asked.json else told, flush=True)  # noqa: T201
    raise SystemExit(1 if count.failed else 0)


if __name__ == "__main__":
    main()
