"""Live sessions on one server: acknowledged when kept, once each, in whatever order they come, sealed in the end."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from tests.soak.live_house import NANO, START, made, second

from paceline.domain.errors import Absent, LeaseLost, SessionLeased, StoreUnavailable
from paceline.keep.packets.folder import FolderLog
from paceline.record.files import read_bytes
from paceline.record.formats import Source
from paceline.record.packets import last, packets
from paceline.serve.live.doors import permit
from paceline.serve.live.ending import Ending, measure_now
from paceline.serve.live.organisations import Live
from paceline.serve.live.rooms import LiveRoom


@pytest.fixture
def house(tmp_path):
    found = made(tmp_path / "house")
    yield found
    found.hall.close()


@pytest.fixture
def opened(house):
    """Makes the live room, as a server would when it starts; what a test leaves open is closed."""
    store = house.hall.room("home").store

    def make(**options):
        return LiveRoom(store, FolderLog(store.places.packets), ending=Ending(**options))

    return make


async def taken(room, session, *messages: bytes):
    running = await room.open(session)
    return [await room.take(running, message, by="test") for message in messages]


async def ride(room, session, messages):
    """All messages, the end, and what was kept of it: each recording's bytes by device."""
    answers = await taken(room, session, *messages)
    made_of = await room.end(session, by="test")
    blobs = room.store.blobs
    return answers, [blobs.get(sha256) for sha256 in made_of]


def hub(count: int, *, power: float = 200.0) -> list[bytes]:
    return [second("hub", number, power=power + number) for number in range(count)]


def rows(content: bytes):
    raw = read_bytes(content, Source("live"))
    return [(name, s.time.tolist(), {k: v.tolist() for k, v in s.values.items()})
            for r in raw.recordings for name, s in r.streams.items()]  # fmt: skip


def test_a_packet_is_acknowledged_by_device_and_number(house, opened):
    async def run():
        room = opened()
        answers = await taken(room, house.session(), hub(1)[0] + second("strap", 0, heart_rate=120.0), hub(2)[1])
        await room.close()
        return [answer.kept for answer in answers]

    assert asyncio.run(run()) == [{"hub": [(0, 0)], "strap": [(0, 0)]}, {"hub": [(1, 1)]}]


def test_an_acknowledged_packet_is_there_after_a_crash(house, opened):
    session = house.session()

    async def run():
        room = opened()
        await taken(room, session, *hub(5))
        room.log.leases.close()  # as the system does when the process dies
        again = opened()
        held = (await again.open(session)).intake.held()
        await again.close()
        return held

    assert asyncio.run(run()) == {"hub": [(0, 4)]}


def test_duplicates_are_acknowledged_and_kept_once(house, opened):
    session = house.session()

    async def run():
        room = opened()
        message = hub(1)[0]
        running = await room.open(session)
        at_once = await asyncio.gather(*(room.take(running, message, by="test") for _ in range(5)))
        in_one = await room.take(running, message + message, by="test")
        kept = list(room.log.read(session))
        await room.close()
        return [answer.kept for answer in (*at_once, in_one)], len(kept)

    acknowledged, kept = asyncio.run(run())
    assert all("hub" in answer for answer in acknowledged)
    assert kept == 1


def test_any_order_any_repetition_and_any_pause_give_the_same_recording(house, opened):
    messages = [*hub(6), *(second("strap", number, heart_rate=120.0 + number) for number in range(6))]
    shuffled = [messages[k] for k in (3, 0, 11, 5, 5, 1, 2, 4, 6, 10, 9, 8, 7, 0, 3)]

    async def run():
        room = opened()
        online, offline = house.session(), house.session()
        _, first = await ride(room, online, messages)
        for message in shuffled[:7]:
            await taken(room, offline, message)
        await room.close()
        again = opened()
        _, late = await ride(again, offline, [b"".join(shuffled[7:])])
        await again.close()
        return first, late

    first, late = asyncio.run(run())
    assert len(first) == 2
    assert first == late
    assert [rows(content) for content in first] == [rows(content) for content in late]


def test_what_is_missing_is_reported_and_not_invented(house, opened):
    session = house.session()

    async def run():
        room = opened(patience=0.0)
        packets_of = hub(9)
        await taken(room, session, packets_of[0], packets_of[1], packets_of[5], packets_of[8])
        assert await room.end(session, by="test") == ()  # it may still come
        made_of = await room.seal(await room.open(session), by="server", waiting=False)
        await room.close()
        return [room.store.blobs.get(sha256) for sha256 in made_of]

    [content] = asyncio.run(run())
    raw = read_bytes(content, Source("live"))
    assert [(p.kind, p.message.split()[0]) for p in raw.problems] == [("lost", "5")]
    assert raw.recordings[0].streams["record"].time.tolist() == [(START + k) * NANO for k in (0, 1, 5, 8)]
    losses = house.hall.room("home").store.journal.session(session).losses
    assert [(loss.device, loss.first, loss.last) for loss in losses] == [("hub", 2, 4), ("hub", 6, 7)]


def test_what_comes_after_the_end_joins_the_session(house, opened):
    session = house.session()

    async def run():
        room = opened()
        messages = hub(6)
        _, first = await ride(room, session, messages[:4])
        await room.close()
        again = opened()
        answers, late = await ride(again, session, messages[2:])
        kept = again.log.sessions()
        await again.close()
        return first, late, answers, kept

    [first], [late], answers, kept = asyncio.run(run())
    assert [answer.kept for answer in answers] == [{"hub": [(k, k)]} for k in (2, 3, 4, 5)]
    assert [len(list(packets(content.split(b"\n", 1)[1]))) for content in (first, late)] == [4, 2]
    assert read_bytes(late, Source("live")).problems == ()
    assert kept == frozenset()


def test_ending_twice_or_after_a_crash_in_between_adds_nothing(house, opened):
    session = house.session()

    class Crash(Exception):
        pass

    async def run():
        room = opened()
        await taken(room, session, *hub(4), last("hub", sequence=4, time=START * NANO))
        let_go, room.log.let_go = room.log.let_go, _raising(Crash)
        with pytest.raises(Crash):
            await room.end(session, by="test")
        room.log.let_go = let_go
        again = await room.end(session, by="test")
        twice = await room.end(session, by="test")
        await room.close()
        return again, twice

    assert asyncio.run(run()) == ((), ())
    store = house.hall.room("home").store
    assert len(store.recordings(store.journal.session(session))) == 1
    assert store.journal.session(session).state == "ended"


def _raising(error):
    def fail(*_):
        raise error

    return fail


def test_what_cannot_be_decoded_is_kept_and_said(house, opened):
    session = house.session()
    broken = bytearray(hub(1)[0])
    broken[40] ^= 1

    async def run():
        room = opened()
        [answer] = await taken(room, session, bytes(broken) + hub(2)[1])
        await room.close()
        return answer

    answer = asyncio.run(run())
    assert answer.kept == {"hub": [(1, 1)]}
    assert len(answer.refused) == 1
    store = house.hall.room("home").store
    [fact] = [fact for fact in store.journal.facts() if fact.kind == "PacketRefused"]
    assert store.blobs.get(fact.what.blob) == bytes(broken)
    assert fact.what.session == str(session)


def test_a_number_used_for_two_packets_is_refused(house, opened):
    session = house.session()

    async def run():
        room = opened()
        first, other = second("hub", 0, power=200.0), second("hub", 0, power=300.0)
        answers = await taken(room, session, first, other, first + other)
        await room.close()
        return answers

    first, other, both = asyncio.run(run())
    assert not first.refused
    assert "number 0" in other.refused[0]
    assert both.kept == {"hub": [(0, 0)]}
    assert len(both.refused) == 1


def test_a_disk_that_is_full_acknowledges_nothing_and_the_packet_can_come_again(house, opened):
    session = house.session()

    async def run():
        room = opened()
        commit, room.log.commit = (
            room.log.commit,
            _raising(StoreUnavailable("packets", reason="No space left on device")),
        )
        with pytest.raises(StoreUnavailable):
            await taken(room, session, hub(1)[0])
        room.log.commit = commit
        [answer] = await taken(room, session, hub(1)[0])
        kept = list(room.log.read(session))
        await room.close()
        return answer.kept, len(kept)

    assert asyncio.run(run()) == ({"hub": [(0, 0)]}, 1)


def test_a_session_that_is_not_there_is_not_opened(house, opened):
    async def run():
        room = opened()
        session = house.session()
        room.store.journal.delete_session(session, by="test")
        with pytest.raises(Absent):
            await room.open(session)
        await room.close()

    asyncio.run(run())


def test_every_packet_of_a_busy_hour_gets_one_place(house, opened):
    sessions = [house.session() for _ in range(20)]

    async def one(room, session):
        running = await room.open(session)
        for number in range(10):
            await room.take(running, second("hub", number, power=100.0), by="test")

    async def run():
        room = opened()
        await asyncio.gather(*(one(room, session) for session in sessions))
        groups = room._groups.written
        kept = [len(list(room.log.read(session))) for session in sessions]
        await room.close()
        return groups, kept

    groups, kept = asyncio.run(run())
    assert kept == [10] * 20
    assert groups < 200  # many went to the disk together


def test_two_servers_hand_a_session_over_and_never_both_write_it(house, tmp_path, postgres):
    from paceline.keep.packets.postgres import PostgresLog

    store, session = house.hall.room("home").store, house.session()

    async def run():
        one = LiveRoom(store, PostgresLog(postgres, organisation="handed-over", lasts=0.5))
        two = LiveRoom(store, PostgresLog(postgres, organisation="handed-over", lasts=0.5))
        messages = hub(4)
        await taken(one, session, messages[0])
        with pytest.raises(SessionLeased):
            await two.open(session)
        one._tending.cancel()  # it hangs, and gives no sign of life
        await asyncio.sleep(0.7)
        held = (await two.open(session)).intake.held()
        await taken(two, session, messages[1])
        with pytest.raises(LeaseLost):
            await taken(one, session, messages[2])
        kept = [k.packet for k in two.log.read(session)]
        await one.close()
        await two.close()
        return held, kept == messages[:2]

    assert asyncio.run(run()) == ({"hub": [(0, 0)]}, True)


def test_a_forgotten_athlete_leaves_no_packet_and_sends_no_more(house):
    session, hall_room = house.session(), house.hall.room("home")

    async def run():
        live = Live(house.hall.room)
        room = await live.room("home")
        running = await room.open(session)
        await room.take(running, second("hub", 0, power=200.0), by="test")
        await asyncio.to_thread(hall_room.store.forget, house.subject, by="test")
        await room._follow()
        kept = room.log.sessions()
        with pytest.raises(Absent):
            await room.take(running, second("hub", 1, power=200.0), by="test")
        await live.close()
        return kept

    assert asyncio.run(run()) == frozenset()
    assert not any(b"hub" in path.read_bytes() for path in hall_room_packets(hall_room))


def hall_room_packets(room):
    return list(Path(room.store.places.packets).iterdir())


def test_a_session_that_was_ended_over_http_is_sealed(house):
    session = house.session()

    async def run():
        live = Live(house.hall.room)
        room = await live.room("home")
        running = await room.open(session)
        await room.take(running, second("hub", 0, power=200.0), by="test")
        room.store.journal.end_session(session, end=None, by="test")
        await room._follow()
        kept = room.log.sessions()
        recordings = room.store.recordings(room.store.journal.session(session))
        await live.close()
        return kept, [recording.format for recording in recordings]

    assert asyncio.run(run()) == (frozenset(), ["Live packets"])


def test_a_session_that_came_late_has_the_rows_of_one_that_came_live(house, opened):
    store = house.hall.room("home").store
    subjects = [store.people.enrol(name=name, by="test") for name in ("One", "Two")]
    sessions = [house.session(subject=subject) for subject in subjects]
    messages = [*hub(40), *(second("strap", number, heart_rate=120.0 + number % 9) for number in range(40))]

    async def run():
        room = opened(measure=measure_now)
        await ride(room, sessions[0], messages)
        await taken(room, sessions[1], *messages[50:20:-1])
        await room.close()
        again = opened(measure=measure_now)
        await ride(again, sessions[1], [b"".join(reversed(messages))])
        await again.close()

    asyncio.run(run())
    for table in ("samples_record", "metrics", "efforts"):
        rows = [store.lake.read(table, where={"subject": subject}).drop("subject", "session") for subject in subjects]
        assert rows[0].height > 0
        assert rows[0].sort(rows[0].columns[:6]).equals(rows[1].sort(rows[1].columns[:6])), table


def test_whoever_loses_a_right_in_the_middle_is_let_in_no_more(house):
    store, session = house.hall.room("home").store, house.session()
    grant = house.hall.access.verify(house.tokens["coach"])
    permit(store, grant, session, "read data")
    store.people.consent(house.subject, purpose="coaching", given=False, by="test")
    with pytest.raises(Absent):
        permit(store, grant, session, "read data")
    with pytest.raises(Absent):
        permit(store, house.hall.access.verify(house.tokens["device"]), session, "read data")
