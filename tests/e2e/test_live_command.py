"""`paceline live` against a real server."""

from __future__ import annotations

import asyncio
import io
import json
import os
import subprocess
import sys

import pytest
from tests.e2e.test_live_sessions import Server
from tests.soak.live_client import entering, packets_url, send
from tests.soak.live_house import made, second

from paceline.cli.live import table


@pytest.fixture
def house(tmp_path):
    found = made(tmp_path / "house")
    yield found
    found.hall.close()


@pytest.fixture
def server(house, tmp_path):
    running = Server(tmp_path / "house")
    yield running
    running.stop()


def live(server, session, token, *options):
    command = [sys.executable, "-m", "paceline", "live", str(session), "--server", server.url, *options]
    return subprocess.run(
        command, check=False, env={**os.environ, "PACELINE_TOKEN": token}, capture_output=True, text=True, timeout=60
    )


def test_a_guessed_token_is_refused_in_a_sentence(house, server):
    told = live(server, house.session(), "guessed", "--json")
    assert told.returncode == 1
    assert "refuses" in told.stderr


def test_it_shows_what_is_known_and_a_dash_for_what_is_not():
    from rich.console import Console

    console = Console(width=60, record=True, file=io.StringIO())
    console.print(table({"elapsed_s": 3723, "power_w": 251.4, "heart_rate_bpm": None},
                        [{"lap_s": 18.25, "lap": 3, "name": "Finish", "loop": 1}]))  # fmt: skip
    text = console.export_text()
    assert "1:02:03" in text
    assert "251 W" in text
    assert "–" in text
    assert "18.250 s" in text


def test_it_follows_a_session_until_its_end(house, server):
    session = house.session()

    async def run():
        watching = asyncio.create_task(
            asyncio.to_thread(live, server, session, house.tokens["coach"], "--json", "--after", "-1")
        )
        await ride_slowly()
        return await watching

    async def ride_slowly():
        async with entering(packets_url(server.url, session), house.tokens["device"]) as device:
            await device.recv()
            for number in range(6):
                await send(device, second("hub", number, power=200.0, heart_rate=131.0))
            await asyncio.sleep(4)  # the command has started by then
            await device.send('{"end": true}')
            await device.recv()

    told = asyncio.run(run())
    assert told.returncode == 0, told.stderr
    found = [json.loads(line) for line in told.stdout.splitlines()]
    assert [event["elapsed_s"] for event in found] == list(range(6))
    assert found[-1]["heart_rate_bpm"] == 131.0
