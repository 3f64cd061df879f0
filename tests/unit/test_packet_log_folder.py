"""The packet log's segments under damage: what was acknowledged is kept, what was not is cut off, all else is told."""

from __future__ import annotations

import os
import resource
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from paceline.domain.errors import SessionLeased, StoreUnavailable
from paceline.keep.packets import Entry
from paceline.keep.packets.folder import FolderLog, verified
from paceline.keep.packets.frames import What, erased, frame, item, scanned

SESSION, OTHER = UUID(int=1), UUID(int=2)


def kept(log, session=SESSION):
    return [found.packet for found in log.read(session)]


def commit(log, *packets: bytes, session=SESSION):
    lease = log.leases.take(session)
    return log.commit([Entry(lease, "hub", 0, packet) for packet in packets])


def segment(folder):
    return max(folder.glob("*.packets"))


def written(folder, *groups):
    log = FolderLog(folder)
    ends = []
    for group in groups:
        commit(log, *group)
        ends.append(segment(folder).stat().st_size)
    log.close()
    return ends


def test_a_torn_end_is_cut_off_wherever_it_tore(tmp_path):
    before, whole = written(tmp_path, [b"first"], [b"second", b"third"])
    path = segment(tmp_path)
    data = path.read_bytes()
    for end in range(before, whole):
        path.write_bytes(data[:end])
        log = FolderLog(tmp_path)
        assert kept(log) == [b"first"]
        assert path.stat().st_size == before
        commit(log, b"again")
        assert kept(log) == [b"first", b"again"]
        assert list(log.verify()) == []
        log.close()


def test_a_torn_end_of_which_pages_came_in_any_order_is_cut_off(tmp_path):
    before, whole = written(tmp_path, [b"first"], [b"a" * 5000, b"b" * 5000])
    path = segment(tmp_path)
    data = bytearray(path.read_bytes())
    data[before + 4096 : before + 8192] = bytes(4096)
    path.write_bytes(data)
    log = FolderLog(tmp_path)
    assert kept(log) == [b"first"]
    assert path.stat().st_size == before < whole
    log.close()


def test_damage_amid_what_was_kept_is_told_and_costs_only_what_it_hit(tmp_path):
    written(tmp_path, [b"first", b"second", b"third"], [b"fourth"])
    path = segment(tmp_path)
    data = bytearray(path.read_bytes())
    data[data.index(b"second")] ^= 1
    path.write_bytes(data)
    log = FolderLog(tmp_path)
    assert kept(log) == [b"first", b"third", b"fourth"]
    assert len(list(log.verify())) == 1
    assert path.read_bytes() == bytes(data)
    log.close()


def test_damage_is_told_while_a_server_holds_the_log(tmp_path):
    written(tmp_path, [b"first", b"second"], [b"third"])
    log = FolderLog(tmp_path)
    assert list(verified(tmp_path)) == []
    path = segment(tmp_path)
    with path.open("ab") as half_written:
        half_written.write(b"PLF1 and no more")
    assert list(verified(tmp_path)) == []
    data = bytearray(path.read_bytes())
    data[data.index(b"second")] ^= 1
    path.write_bytes(data)
    (told,) = verified(tmp_path)
    assert "not as they were kept" in told
    log.close()


@given(st.data())
def test_any_damage_is_survived_and_told(tmp_path_factory, data):
    folder = tmp_path_factory.mktemp("log")
    packets = [bytes([number]) * 20 for number in range(12)]
    written(folder, *(packets[start : start + 3] for start in range(0, 12, 3)))
    path = segment(folder)
    content = bytearray(path.read_bytes())
    content[data.draw(st.integers(0, len(content) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    path.write_bytes(content)
    log = FolderLog(folder)
    found = kept(log)
    assert [packet for packet in packets if packet in found] == found
    assert len(found) >= 9
    assert list(log.verify()) or path.stat().st_size < len(content)
    log.close()


def test_segments_go_once_all_their_sessions_are_gone(tmp_path):
    log = FolderLog(tmp_path, segment=300)
    for number in range(10):
        commit(log, bytes([number]) * 100)
    assert len(list(tmp_path.glob("*.packets"))) > 3
    commit(log, b"other", session=OTHER)
    log.let_go(SESSION)
    assert len(list(tmp_path.glob("*.packets"))) <= 2
    assert kept(log, OTHER) == [b"other"]
    log.close()


def test_no_byte_of_a_forgotten_session_is_left(tmp_path):
    log = FolderLog(tmp_path, segment=300)
    for number in range(9):
        commit(log, b"secret%d" % number, session=SESSION)
        commit(log, b"kept%d" % number, session=OTHER)
    log.forget(SESSION)
    assert not any(b"secret" in path.read_bytes() for path in tmp_path.iterdir())
    log.close()
    log = FolderLog(tmp_path)
    assert kept(log, OTHER) == [b"kept%d" % number for number in range(9)]
    log.close()


def test_wiping_keeps_every_entry_at_its_place():
    data = b"".join(frame([item(What.PACKET, session.bytes, b"x" * 9) for session in (SESSION, OTHER)])[0]
                    for _ in range(3))  # fmt: skip
    wiped = erased(data, SESSION)
    places = [entry.at for found in scanned(data) for entry in found.items]
    assert [entry.at for found in scanned(wiped) for entry in found.items] == places
    assert all(found.sound for found in scanned(wiped))
    assert wiped.count(b"x" * 9) == 3


def test_a_full_disk_is_said_and_leaves_the_log_as_it_was(tmp_path):
    log = FolderLog(tmp_path)
    commit(log, b"first")
    size = segment(tmp_path).stat().st_size
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size + 100, hard))
    try:
        with pytest.raises(StoreUnavailable, match="File too large"):
            commit(log, b"x" * 500)
        assert segment(tmp_path).stat().st_size == size
        commit(log, b"small")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    commit(log, b"y" * 500)
    assert kept(log) == [b"first", b"small", b"y" * 500]
    assert list(log.verify()) == []
    log.close()


def test_a_folder_in_use_says_by_whom(tmp_path):
    log = FolderLog(tmp_path)
    with pytest.raises(SessionLeased, match=f"process {os.getpid()}"):
        FolderLog(tmp_path)
    log.close()


def test_a_closed_log_takes_nothing(tmp_path):
    log = FolderLog(tmp_path)
    lease = log.leases.take(SESSION)
    log.close()
    with pytest.raises(StoreUnavailable, match="closed"):
        log.commit([Entry(lease, "hub", 0, b"late")])


def test_a_file_in_the_folders_place_is_said(tmp_path):
    (tmp_path / "packets").write_text("")
    with pytest.raises(StoreUnavailable, match="packets"):
        FolderLog(tmp_path / "packets")
