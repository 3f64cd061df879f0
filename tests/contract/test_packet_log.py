"""What every packet log promises, on a folder and on a real PostgreSQL."""

from __future__ import annotations

from uuid import UUID, uuid4

import pytest

from paceline.domain.errors import SessionLeased
from paceline.keep.packets import Entry, open_log
from paceline.keep.packets.folder import FolderLog
from paceline.keep.packets.later import LaterLog
from paceline.keep.packets.postgres import PostgresLog
from paceline.record.packets import sampled

FIRST, SECOND = UUID(int=1), UUID(int=2)


def sent(number: int, *, device: str = "hub", watts: float = 200.0) -> bytes:
    return sampled(device, "record", {"power": [watts] * 3}, sequence=number, first=number * 10**9, rate=(3, 1))


def entries(log, session: UUID, *numbers: int) -> list[Entry]:
    lease = log.leases.take(session)
    return [Entry(lease, "hub", number, sent(number)) for number in numbers]


def packets(log, session: UUID, after: int = -1) -> list[bytes]:
    return [kept.packet for kept in log.read(session, after=after)]


@pytest.fixture(params=["folder", "postgres", "later"])
def opening(request, tmp_path):
    """Opens the same log again and again; what is still open at the end is closed."""
    opened = []
    if request.param == "later":
        make = lambda: LaterLog(str(tmp_path / "packets"), organisation="home")  # noqa: E731
    elif request.param == "folder":
        make = lambda: FolderLog(tmp_path / "packets", segment=2000)  # noqa: E731  # small: tests cross its end
    else:
        server, organisation = request.getfixturevalue("postgres"), f"o{uuid4().hex[:12]}"
        make = lambda: PostgresLog(server, organisation=organisation, lasts=0.3)  # noqa: E731

    def again():
        opened.append(make())
        return opened[-1]

    yield again
    for log in opened:
        log.close()


def test_what_was_committed_is_read_in_its_order(opening):
    log = opening()
    positions = log.commit(entries(log, FIRST, 0, 2, 1) + entries(log, SECOND, 0))
    assert positions == sorted(positions)
    assert packets(log, FIRST) == [sent(0), sent(2), sent(1)]
    assert packets(log, SECOND) == [sent(0)]
    assert log.sessions() == {FIRST, SECOND}


def test_reading_goes_on_behind_a_position(opening):
    log = opening()
    positions = log.commit(entries(log, FIRST, *range(5)))
    log.commit(entries(log, FIRST, 5))
    assert packets(log, FIRST, after=positions[2]) == [sent(3), sent(4), sent(5)]


def test_what_was_committed_is_there_after_a_restart(opening):
    log = opening()
    for start in range(0, 60, 6):
        log.commit(entries(log, FIRST, *range(start, start + 6)))
    log.close()
    assert packets(opening(), FIRST) == [sent(number) for number in range(60)]


def test_positions_go_on_growing_after_a_restart(opening):
    log = opening()
    before = log.commit(entries(log, FIRST, 0))
    log.close()
    log = opening()
    assert log.commit(entries(log, FIRST, 1)) > before


def test_a_session_that_is_let_go_is_gone_after_a_restart_too(opening):
    log = opening()
    log.commit(entries(log, FIRST, 0) + entries(log, SECOND, 0))
    log.let_go(FIRST)
    log.let_go(FIRST)
    log.close()
    log = opening()
    assert log.sessions() == {SECOND}
    assert packets(log, FIRST) == []


def test_a_session_can_go_on_after_it_was_let_go(opening):
    log = opening()
    log.commit(entries(log, FIRST, 0))
    log.let_go(FIRST)
    log.commit(entries(log, FIRST, 1))
    log.close()
    assert packets(opening(), FIRST) == [sent(1)]


def test_a_forgotten_session_leaves_the_others_whole(opening):
    log = opening()
    for number in range(30):
        log.commit(entries(log, FIRST, number) + entries(log, SECOND, number))
    positions = [kept.position for kept in log.read(SECOND)]
    log.forget(FIRST)
    log.forget(FIRST)
    assert log.sessions() == {SECOND}
    assert [kept.position for kept in log.read(SECOND)] == positions
    assert packets(log, SECOND) == [sent(number) for number in range(30)]
    assert list(log.verify()) == []
    log.close()
    assert packets(opening(), SECOND) == [sent(number) for number in range(30)]


def test_a_sound_log_has_nothing_to_complain_of(opening):
    log = opening()
    log.commit(entries(log, FIRST, *range(20)))
    assert list(log.verify()) == []


def test_a_live_servers_session_is_not_taken_from_it(opening):
    log = opening()
    log.leases.take(FIRST)
    with pytest.raises(SessionLeased):
        opening().leases.take(FIRST)


def test_a_session_given_back_is_another_servers_at_once(opening):
    log = opening()
    before = log.leases.take(FIRST)
    log.close()
    assert opening().leases.take(FIRST).token > before.token


def test_an_old_token_writes_nothing(opening):
    log = opening()
    stale = entries(log, FIRST, 0)
    log.close()
    log = opening()
    fresh = entries(log, FIRST, 1)
    kept = log.commit(stale + fresh)
    assert kept[0] == -1
    assert kept[1] >= 0
    assert packets(log, FIRST) == [sent(1)]


def test_a_place_is_opened_by_what_it_is(tmp_path, postgres):
    for place, kind in ((str(tmp_path), FolderLog), (postgres, PostgresLog)):
        log = open_log(place, organisation="home")
        assert isinstance(log, kind)
        log.close()
