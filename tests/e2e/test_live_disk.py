"""Live sessions on a disk that is full, or that can't be written to: said clearly, and nothing is spoilt."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import subprocess
from contextlib import contextmanager

import pytest
from tests.e2e.test_house import paceline
from tests.e2e.test_live_sessions import Server
from tests.soak.live_client import entering, packets_url, send
from tests.soak.live_house import NANO, START, made
from websockets.exceptions import ConnectionClosed

from paceline.domain.errors import StoreUnavailable
from paceline.keep.packets import open_log
from paceline.record.packets import sampled

SIZE = "24m"


def system(command, *arguments):
    """Its exit code."""
    return subprocess.run([shutil.which(command), *map(str, arguments)], capture_output=True, check=False).returncode


@contextmanager
def small_disk(place):
    """A disk of its own in memory; where the system won't give one, the test can't be made."""
    place.mkdir()
    if os.getuid() != 0 or system("mount", "-t", "tmpfs", "-o", f"size={SIZE}", "tmpfs", place):
        pytest.skip("only root can mount a small disk here")
    try:
        yield place
    finally:
        system("umount", "-l", place)


def large(number: int) -> bytes:
    values = {"power": [float(number)] * 30_000}
    return sampled("hub", "record", values, sequence=number, first=(START + 600 * number) * NANO, rate=(50, 1))


async def until_full(server, session, token):
    """Sends until the server says that it can't; the numbers that it acknowledged, and how it said so."""
    kept = []
    async with entering(packets_url(server.url, session), token) as device:
        try:
            held = json.loads(await device.recv())["held"]
            number = held["hub"][0][1] + 1 if held else 0
            for sent in range(number, number + 400):
                answer = await send(device, large(sent))
                kept.append(answer["kept"]["hub"][0][0])
        except ConnectionClosed as closed:
            return kept, closed.rcvd.code
    return kept, None


def test_a_full_disk_is_said_and_what_was_acknowledged_is_whole(tmp_path):
    with small_disk(tmp_path / "disk") as disk:
        house = made(disk / "house")
        session = house.session()
        server = Server(disk / "house")
        (disk / "ballast").write_bytes(bytes(3 << 20))
        try:
            kept, code = asyncio.run(until_full(server, session, house.tokens["device"]))
            assert code == 4507
            assert len(kept) > 3
            again, code = asyncio.run(until_full(server, session, house.tokens["device"]))
            assert code == 4507
        finally:
            server.kill()
        (disk / "ballast").unlink()  # there is room again: the stores are as they were
        store = house.hall.room("home").store
        assert list(store.verify()) == []
        log = open_log(store.places.packets, organisation="home")
        assert list(log.verify()) == []
        assert len(list(log.read(session))) == len(kept) + len(again)
        log.close()
        house.hall.close()


def test_a_disk_that_is_read_only_is_said(tmp_path):
    with small_disk(tmp_path / "disk") as disk:
        open_log(str(disk / "packets"), organisation="home").close()
        assert system("mount", "-o", "remount,ro", disk) == 0
        with pytest.raises(StoreUnavailable, match="Read-only"):
            open_log(str(disk / "packets"), organisation="home")
        assert system("mount", "-o", "remount,rw", disk) == 0
        log = open_log(str(disk / "packets"), organisation="home")
        assert list(log.verify()) == []
        log.close()


def test_a_whole_house_on_a_disk_that_is_read_only_says_so_and_stays_valid(tmp_path):
    with small_disk(tmp_path / "disk") as disk:
        made(disk / "house").hall.close()
        ride = tmp_path / "ride.csv"
        ride.write_text("time,power\n" + "".join(f"2024-05-04T08:00:{s:02}Z,{200 + s}\n" for s in range(60)))
        assert system("mount", "-o", "remount,ro", disk) == 0
        said = paceline("import", str(ride), home=disk / "house")
        assert said.returncode == 1
        assert "read-only" in said.stderr.lower() or "readonly" in said.stderr.lower(), said.stderr
        assert "Traceback" not in said.stderr
        assert system("mount", "-o", "remount,rw", disk) == 0
        assert paceline("verify", home=disk / "house").returncode == 0
        assert paceline("import", str(ride), home=disk / "house").returncode == 0
