"""Two servers on one PostgreSQL: one takes a session, the other shows it, and takes over when the first one dies."""

from __future__ import annotations

import asyncio
import json

import pytest
from tests.e2e.test_live_sessions import Server, events
from tests.soak.live_client import entering, live_url, packets_url, send
from tests.soak.live_house import made, second
from websockets.exceptions import ConnectionClosed

TRIES = 60


@pytest.fixture
def house(tmp_path, postgres):
    found = made(tmp_path / "house", journal=postgres)
    yield found
    found.hall.close()


@pytest.fixture
def servers(house, tmp_path, postgres):
    both = [Server(tmp_path / "house", "--journal", postgres) for _ in range(2)]
    yield both
    for server in both:
        server.stop()


async def sent(server, session, token, numbers):
    """What a device is told: what was held before, and what was kept."""
    async with entering(packets_url(server.url, session), token) as device:
        held = json.loads(await device.recv())["held"]
        kept = [(await send(device, second("hub", n, power=200.0 + n)))["kept"]["hub"] for n in numbers]
        return held, kept


async def code_of(server, session, token):
    async with entering(packets_url(server.url, session), token) as device:
        try:
            await asyncio.wait_for(device.recv(), 20)
        except ConnectionClosed as closed:
            return closed.rcvd.code
    return None


def test_a_session_is_one_servers_and_the_others_when_it_dies(house, servers):
    one, two = servers
    session, device, coach = house.session(), house.tokens["device"], house.tokens["coach"]

    async def run():
        before = await sent(one, session, device, range(20))
        elsewhere = await code_of(two, session, device)
        seen = await events(live_url(two.url, session, -1), coach, count=20)
        one.kill()
        for _ in range(TRIES):
            if (code := await code_of(two, session, device)) is None:
                break
            assert code == 4409
            await asyncio.sleep(0.5)
        after = await sent(two, session, device, range(20, 30))
        rest = await events(live_url(two.url, session, seen[-1]["cursor"]), coach, count=10)
        return before, elsewhere, seen, after, rest

    try:
        (held, _), elsewhere, seen, (again, kept), rest = asyncio.run(run())
    finally:
        one.start()
    assert held == {}
    assert elsewhere == 4409
    assert again == {"hub": [[0, 19]]}
    assert kept == [[[n, n]] for n in range(20, 30)]
    assert [event["power_w"] for event in seen + rest] == [200.0 + n for n in range(30)]
    assert [event["cursor"] for event in seen + rest] == list(range(30))
