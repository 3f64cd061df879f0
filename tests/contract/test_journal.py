"""The journal keeps its promises on SQLite and on PostgreSQL: one suite for both."""

from __future__ import annotations

import hashlib
import itertools
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from uuid import UUID, uuid4

import pytest
from eventsourcing.persistence import RecordConflictError, StoredEvent

from paceline.domain.errors import Absent, Conflict, Refused, StoreDamaged, StoreUnavailable
from paceline.keep.database import open_database, schema_of
from paceline.keep.journal import Device, Journal, Model, Packet, Plan, Recording, Suggestion
from paceline.keep.journal.projections.following import Follower
from paceline.keep.journal.recorders import close, open_recorder
from paceline.keep.journal.things import Things
from paceline.keep.people import People
from paceline.keep.subjects import mark_of, pseudonym

ANN, BEN = pseudonym(), pseudonym()


@pytest.fixture(params=["sqlite", "postgres"])
def place(request, tmp_path):
    return request.getfixturevalue("postgres") if request.param == "postgres" else str(tmp_path / "journal.sqlite")


@pytest.fixture
def organisation():
    return f"club-{uuid4().hex[:12]}"


@pytest.fixture
def people(tmp_path, organisation):
    with People.open(str(tmp_path / "people.sqlite"), organisation=organisation) as people:
        yield people


@pytest.fixture
def journal(place, organisation, people):
    with Journal.open(place, organisation=organisation, texts=people) as journal:
        yield journal


@pytest.fixture
def another(place, organisation, people):
    """The same journal, as another server has it open."""
    with Journal.open(place, organisation=organisation, texts=people) as journal:
        yield journal


def sha(number):
    return hashlib.sha256(str(number).encode()).hexdigest()


def receive(journal, number, *, start=None, end=None, subject=ANN, name="ride.fit"):
    return journal.receive_recording(
        subject=subject, sha256=sha(number), name=name, size=9, format="fit", start=start, end=end, by="owner"
    )


def place_it(journal, number, *, start, end, subject=ANN):
    receive(journal, number, start=start, end=end, subject=subject)
    return journal.place_recording(subject=subject, sha256=sha(number), by="owner")


def started(journal, *, subject=ANN, start=0):
    (fact,) = journal.start_session(subject=subject, start=start, by="owner")
    return fact.originator_id


def groups(journal, subject=ANN):
    placed = journal.diary(subject).placed
    found: dict[UUID, set[str]] = {}
    for sha256, entry in placed.items():
        found.setdefault(entry.session, set()).add(sha256)
    return {frozenset(group) for group in found.values()}


def listing(place, organisation):
    database = open_database(place, schema=schema_of(organisation))
    try:
        return database.rows("SELECT * FROM listing ORDER BY thing")
    finally:
        database.close()


# recordings


def test_the_same_bytes_under_two_names_add_nothing(journal):
    assert receive(journal, 1, name="morning.fit").new
    again = receive(journal, 1, name="copy of morning.fit")
    assert not again.new
    assert again.facts == ()
    assert [fact.kind for fact in journal.facts()] == ["RecordingReceived"]
    assert journal.text(journal.recording(subject=ANN, sha256=sha(1)).name) == "morning.fit"


def test_two_machines_that_receive_the_same_files_at_once_make_one_fact_of_each(journal, another):
    def everything(machine):
        return [place_it(machine, number, start=100 * number, end=100 * number + 10).new for number in range(20)]

    with ThreadPoolExecutor(4) as pool:
        new = list(pool.map(everything, [journal, another, journal, another]))
    assert sum(map(sum, new)) == 20
    kinds = [fact.kind for fact in journal.facts()]
    assert {kind: kinds.count(kind) for kind in set(kinds)} == {
        "RecordingReceived": 20,
        "RecordingPlaced": 20,
        "SessionStarted": 20,
        "SessionEnded": 20,
    }
    assert journal.verify() == ()


def test_what_overlaps_is_one_session_in_whatever_order_it_comes(journal):
    times = {1: (0, 10), 2: (20, 30), 3: (5, 25), 4: (40, 50)}
    for number, order in enumerate(itertools.permutations(times)):
        subject = pseudonym()
        for key in order:
            place_it(journal, key, start=times[key][0], end=times[key][1], subject=subject)
        assert groups(journal, subject) == {frozenset({sha(1), sha(2), sha(3)}), frozenset({sha(4)})}
        spans = {(session.start, session.end) for session in journal.sessions(subject)}
        assert spans == {(0, 30), (40, 50)}, f"order {number}"


def test_a_session_that_turned_out_to_be_part_of_another_says_so(journal):
    first, second = place_it(journal, 1, start=0, end=10), place_it(journal, 2, start=20, end=30)
    joined = place_it(journal, 3, start=5, end=25)
    assert (joined.session, joined.merged) == (first.session, (second.session,))
    merged = journal.session(second.session)
    assert (merged.state, merged.into) == ("merged", first.session)
    assert [recording.sha256 for recording in journal.recordings(first.session)] == [sha(1), sha(2), sha(3)]
    assert [session.id for session in journal.sessions(ANN)] == [first.session]
    assert len(journal.sessions(ANN, closed=True)) == 2


def test_recordings_without_a_time_or_that_only_touch_are_sessions_of_their_own(journal):
    placed = [place_it(journal, 1, start=None, end=None), place_it(journal, 2, start=None, end=None)]
    placed += [place_it(journal, 3, start=0, end=10), place_it(journal, 4, start=10, end=20)]
    assert len({placement.session for placement in placed}) == 4


def test_nothing_joins_a_deleted_session_and_what_it_held_does_not_come_back(journal):
    first = place_it(journal, 1, start=0, end=10)
    journal.delete_session(first.session, by="owner")
    assert journal.delete_session(first.session, by="owner") == ()
    assert not place_it(journal, 1, start=0, end=10).new
    assert place_it(journal, 2, start=5, end=15).session != first.session
    assert journal.session(first.session).state == "deleted"


def test_a_session_that_is_given_is_taken_and_another_subjects_is_not(journal):
    session = started(journal)
    receive(journal, 1, start=0, end=10)
    assert journal.place_recording(subject=ANN, sha256=sha(1), session=session, by="owner").session == session
    receive(journal, 2, start=0, end=10, subject=BEN)
    with pytest.raises(Refused, match="another subject's"):
        journal.place_recording(subject=BEN, sha256=sha(2), session=session, by="owner")


def test_whoever_knows_that_sessions_are_one_can_say_so_of_their_own(journal):
    first, second = place_it(journal, 1, start=0, end=10), place_it(journal, 2, start=20, end=30)
    theirs = place_it(journal, 1, start=0, end=10, subject=BEN)
    receive(journal, 3, start=100, end=110)
    asked = {"subject": ANN, "sha256": sha(3), "session": first.session, "by": "owner"}
    with pytest.raises(Refused, match="another subject's"):
        journal.place_recording(**asked, merging=[theirs.session])
    assert journal.place_recording(**asked, merging=[second.session]).merged == (second.session,)
    assert groups(journal) == {frozenset({sha(1), sha(2), sha(3)})}
    assert journal.session(second.session).into == first.session
    assert [(one.start, one.end) for one in journal.sessions(ANN)] == [(0, 110)]


def test_whoever_looked_at_an_older_diary_is_told_to_look_again(journal):
    place_it(journal, 1, start=0, end=10)
    seen = journal.diary(ANN).version
    place_it(journal, 2, start=0, end=10)
    receive(journal, 3, start=0, end=10)
    with pytest.raises(Conflict):
        journal.place_recording(subject=ANN, sha256=sha(3), expected=seen, by="owner")
    now = journal.diary(ANN).version
    assert journal.place_recording(subject=ANN, sha256=sha(3), expected=now, by="owner").new


def test_a_refused_recording_is_received_once_a_reader_was_mended(journal):
    for _ in range(2):
        journal.refuse_recording(
            subject=ANN, sha256=sha(1), name="x.bin", size=3, reason="x.bin: expected FIT", by="owner"
        )
    with pytest.raises(Refused, match="could not be read"):
        journal.place_recording(subject=ANN, sha256=sha(1), by="owner")
    assert [journal.text(one.reason) for one in journal.listed(Recording, states=["refused"])] == [
        "x.bin: expected FIT"
    ]
    assert receive(journal, 1, start=0, end=1).new
    assert journal.recording(subject=ANN, sha256=sha(1)).state == "received"
    assert [fact.kind for fact in journal.facts()] == ["RecordingRefused", "RecordingReceived"]


def test_a_refused_packet_is_kept_once_and_can_be_replayed(journal):
    session = started(journal)
    told = {"subject": ANN, "session": session, "device": "hub", "blob": sha(7), "reason": "13 bits expected"}
    packets = {journal.refuse_packet(**told, by="device1") for _ in range(3)}
    (packet,) = packets
    assert [fact.kind for fact in journal.replay_packet(packet, decoder="muvr-2", by="owner")] == ["PacketReplayed"]
    assert journal.replay_packet(packet, decoder="muvr-2", by="owner") == ()
    assert [one.replayed for one in journal.listed(Packet, subject=ANN)] == [True]


# sessions


def test_a_session_goes_from_start_to_end_and_every_step_again_adds_nothing(journal):
    session = uuid4()
    steps = [
        lambda: journal.start_session(subject=ANN, session=session, start=5, sport="cycling", live=True, by="owner"),
        lambda: journal.report_loss(session, device="hub", first=3, last=4, by="owner"),
        lambda: journal.end_session(session, end=9, by="owner"),
        lambda: journal.give_feedback(session, score=7, by="owner"),
        lambda: journal.measure_session(session, flow_version="f1", lake_version=3, by="owner"),
        lambda: journal.describe_session(session, context={"venue": "Manchester"}, by="owner"),
    ]
    assert [len(step()) for step in steps] == [1] * 6
    assert [len(step()) for step in steps[:5]] == [0] * 5
    found = journal.session(session)
    assert (found.subject, found.state, found.start, found.end, found.live) == (ANN, "ended", 5, 9, True)
    assert (found.feedback, found.measured, len(found.losses)) == (7, ("f1", 3), 1)
    assert journal.context(found) == {"venue": "Manchester"}


def test_an_abandoned_session_can_still_be_ended_but_an_ended_one_not_abandoned(journal):
    session = started(journal)
    journal.abandon_session(session, end=3, reason="silence", by="owner")
    assert journal.session(session).state == "abandoned"
    journal.end_session(session, end=4, by="owner")
    assert journal.abandon_session(session, end=5, reason="silence", by="owner") == ()
    assert journal.session(session).state == "ended"


def test_marks_labels_and_notes_come_change_and_go(journal):
    session, key = started(journal), uuid4()
    mark = {"start": 1, "end": 2, "name": "Ann's sprint", "effort": key}
    assert journal.mark_effort(session, **mark, by="owner")
    assert journal.mark_effort(session, **mark, by="owner") == ()
    assert journal.mark_effort(session, **{**mark, "end": 3}, by="owner")
    label = {"start": 1, "end": 9, "exercise": "resistanceTargeted:arms/biceps-curl", "label": key}
    assert journal.set_label(session, **label, values={"repetitions": 10}, by="owner")
    assert journal.set_label(session, **label, values={"repetitions": 10}, by="owner") == ()
    assert journal.set_label(session, **label, values={"repetitions": 11}, by="owner")
    assert journal.note(session, text="A cold.", note=key, by="owner")
    assert journal.note(session, text="A cold.", note=key, by="owner") == ()
    found = journal.session(session)
    assert (found.efforts[key].end, journal.text(found.efforts[key].name)) == (3, "Ann's sprint")
    assert (found.labels[key].values, journal.text(found.notes[key])) == ({"repetitions": 11}, "A cold.")
    journal.unmark_effort(session, effort=key, by="owner")
    journal.clear_label(session, label=key, by="owner")
    journal.withdraw_note(session, note=key, by="owner")
    found = journal.session(session)
    assert (found.efforts, found.labels, found.notes) == ({}, {}, {})


def test_nothing_is_added_to_a_deleted_session(journal):
    session = started(journal)
    journal.delete_session(session, by="owner")
    for command in (
        lambda: journal.end_session(session, end=1, by="owner"),
        lambda: journal.note(session, text="late", by="owner"),
        lambda: journal.mark_effort(session, start=0, end=1, by="owner"),
    ):
        with pytest.raises(Refused, match="was deleted"):
            command()


def test_what_there_is_not_is_absent_and_what_can_not_be_is_refused(journal):
    with pytest.raises(Absent):
        journal.session(uuid4())
    with pytest.raises(Absent):
        journal.session("not-an-id")
    with pytest.raises(Absent):
        journal.end_session(uuid4(), end=1, by="owner")
    with pytest.raises(Absent):
        journal.place_recording(subject=ANN, sha256=sha(1), by="owner")
    session = started(journal, start=10)
    for wrong in (
        lambda: journal.end_session(session, end=9, by="owner"),
        lambda: journal.give_feedback(session, score=11, by="owner"),
        lambda: journal.set_label(session, start=0, end=1, exercise="x", values={"kg": float("nan")}, by="owner"),
        lambda: journal.report_loss(session, device="hub", first=4, last=3, by="owner"),
        lambda: journal.start_session(subject=BEN, session=session, start=0, by="owner"),
        lambda: journal.start_session(subject=ANN, start=2**70, by="owner"),
    ):
        with pytest.raises(Refused):
            wrong()
    assert len(list(journal.facts())) == 1


def test_no_name_can_stand_where_a_pseudonym_belongs(journal):
    for wrong in ("Ann Example", "ann", "s" + "A" * 25, ANN + "x", ""):
        with pytest.raises(Refused, match="not a pseudonym"):
            journal.start_session(subject=wrong, start=0, by="owner")
        with pytest.raises(Refused, match="not a pseudonym"):
            journal.date_setting(wrong, name="mass", value=70, since="2024-05-01", by="owner")


def test_a_free_text_is_refused_where_nobody_keeps_texts(place, organisation):
    with Journal.open(place, organisation=organisation) as journal:
        session = started(journal)
        with pytest.raises(Refused, match="texts"):
            journal.note(session, text="A cold.", by="owner")
        assert journal.mark_effort(session, start=0, end=1, by="owner")


def test_sessions_come_in_pages_the_latest_first(journal):
    made = [started(journal, start=start) for start in (5, 3, None, 9, 3)]
    started(journal, subject=BEN, start=4)
    pages, after = [], None
    while page := journal.sessions(ANN, after=after, limit=2):
        pages.append([session.start for session in page])
        after = page[-1].id
    assert pages == [[9, 5], [3, 3], [None]]
    assert {session.id for session in journal.sessions(ANN)} == set(made)
    assert len(journal.sessions()) == 6


# athletes, plans, devices, products


def test_settings_hold_from_their_day_until_another_is_given(journal):
    for since, mass in (("2024-05-01", 70.0), ("2024-01-01", 72.0)):
        assert journal.date_setting(ANN, name="mass", value=mass, since=since, by="owner")
        assert journal.date_setting(ANN, name="mass", value=mass, since=since, by="owner") == ()
    athlete = journal.athlete(ANN)
    days = ("2023-12-31", "2024-04-30", "2024-05-01")
    assert [athlete.settings_on(day).get("mass") for day in days] == [None, 72.0, 70.0]
    journal.withdraw_setting(ANN, name="mass", since="2024-05-01", by="owner")
    assert journal.athlete(ANN).settings_on("2024-06-01") == {"mass": 72.0}


def test_plans_are_made_changed_assigned_and_withdrawn(journal):
    (made,) = journal.make_plan(name="Base", content={"items": [1, 2]}, by="coach1")
    plan = made.originator_id
    journal.assign_plan(ANN, plan=plan, by="coach1")
    assert journal.assign_plan(ANN, plan=plan, by="coach1") == ()
    journal.change_plan(plan, name="Base", content={"items": [3]}, by="coach1")
    assert [(p.content, journal.text(p.name)) for p in journal.listed(Plan, states=["current"])] == [
        ({"items": [3]}, "Base")
    ]
    journal.withdraw_plan(plan, by="coach1")
    with pytest.raises(Refused):
        journal.assign_plan(BEN, plan=plan, by="coach1")
    assert journal.athlete(ANN).plans == (plan,)


def test_anothers_own_plan_can_not_be_assigned(journal):
    (made,) = journal.make_plan(name="Ann's", content={}, subject=ANN, by="coach1")
    with pytest.raises(Refused):
        journal.assign_plan(BEN, plan=made.originator_id, by="coach1")


def test_suggestions_replace_each_other(journal):
    rest = Suggestion(day="2024-05-02", kind="rest", source="coach", note="Sleep, Ann.")
    journal.suggest(ANN, suggestions=[rest], by="coach1")
    (kept,) = journal.athlete(ANN).suggestions
    assert journal.text(kept.note) == "Sleep, Ann."
    journal.suggest(ANN, suggestions=[], by="coach1")
    assert journal.athlete(ANN).suggestions == ()


def test_devices_are_registered_and_retired(journal):
    (fact,) = journal.register_device(kind="power meter", model="SRM", serial="1234", subject=ANN, by="owner")
    (device,) = journal.listed(Device, subject=ANN)
    assert (device.id, journal.text(device.serial), device.state) == (fact.originator_id, "1234", "registered")
    journal.retire_device(device.id, by="owner")
    assert journal.listed(Device, states=["registered"]) == ()


def test_a_release_never_changes_and_shares_hold_for_every_server(journal, another):
    made = {"bundle": sha(1), "data_version": 3, "commit": "abc123", "lock": sha(2)}
    for name in ("1", "2"):
        journal.freeze_release("whisky", release=name, **made, by="owner")
    assert journal.freeze_release("whisky", release="1", **made, by="owner") == ()
    with pytest.raises(Refused, match="another release"):
        journal.freeze_release("whisky", release="1", **{**made, "data_version": 4}, by="owner")
    journal.set_shares("whisky", shares={"1": 0.9, "2": 0.1}, reason="canary", by="owner")
    assert another.product("whisky").shares == {"1": 0.9, "2": 0.1}
    for wrong in ({"1": 0.5}, {"1": 1.5, "2": -0.5}, {"3": 1.0}):
        with pytest.raises(Refused):
            another.set_shares("whisky", shares=wrong, reason="canary", by="owner")
    with pytest.raises(Refused, match="still answers"):
        another.withdraw_release("whisky", release="2", reason="drift", by="owner")
    another.set_shares("whisky", shares={"1": 1.0}, reason="roll-back", by="owner")
    another.withdraw_release("whisky", release="2", reason="drift", by="owner")
    with pytest.raises(Refused, match="no release 2"):
        journal.set_shares("whisky", shares={"2": 1.0}, reason="canary", by="owner")


def test_a_model_is_kept_once(journal):
    kept = {"name": "setup", "blob": sha(1), "data_version": 1, "commit": "abc", "lock": sha(2), "scores": {"f1": 0.9}}
    assert journal.keep_model(**kept, by="owner")
    assert journal.keep_model(**kept, by="owner") == ()
    (model,) = journal.listed(Model)
    journal.retire_model(model.id, reason="drift", by="owner")
    assert journal.model(model.id).state == "retired"


# many at once, crashes, projections


def test_threads_that_wait_for_the_disk_together_all_get_what_they_wrote(journal):
    session = started(journal)
    keys = [uuid4() for _ in range(60)]
    ready = threading.Barrier(12)

    def mark(chunk):
        ready.wait()
        return [journal.mark_effort(session, start=0, end=1, effort=key, by="owner") for key in chunk]

    with ThreadPoolExecutor(12) as pool:
        list(pool.map(mark, [keys[number::12] for number in range(12)]))
    assert set(journal.session(session).efforts) == set(keys)
    versions = [fact.originator_version for fact in journal.history(session)]
    assert versions == list(range(1, 62))


WRITER = """
import sys
from uuid import UUID
from paceline.keep.journal import Journal
place, organisation, session, first, count = sys.argv[1:]
with Journal.open(place, organisation=organisation) as journal:
    for number in range(int(first), int(first) + int(count)):
        journal.mark_effort(UUID(session), start=number, end=number, effort=UUID(int=number), by="owner")
        print(number, flush=True)
"""


def writer(place, organisation, session, *, first, count):
    command = [sys.executable, "-c", WRITER, place, organisation, str(session), str(first), str(count)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def test_processes_that_write_to_one_thing_at_once_lose_nothing(journal, place, organisation):
    session = started(journal)
    writers = [writer(place, organisation, session, first=100 * number, count=25) for number in range(3)]
    said = [one.communicate(timeout=120)[0].split() for one in writers]
    assert [one.returncode for one in writers] == [0, 0, 0]
    assert {UUID(int=int(number)) for numbers in said for number in numbers} == set(journal.session(session).efforts)
    assert len(journal.history(session)) == 76
    assert journal.verify() == ()


def test_what_a_killed_process_said_it_wrote_is_there(journal, place, organisation):
    session = started(journal)
    process = writer(place, organisation, session, first=0, count=100_000)
    said = [int(process.stdout.readline()) for _ in range(20)]
    process.kill()
    said += [int(line) for line in process.communicate()[0].split()]
    there = set(journal.session(session).efforts)
    assert {UUID(int=number) for number in said} <= there
    assert len(there) - len(said) <= 1, "more was written than one command that could not say so any more"
    assert journal.verify() == ()
    assert journal.end_session(session, end=10, by="owner")


def test_a_thing_of_many_facts_is_read_from_its_snapshot_and_comes_out_the_same(journal, another, place, organisation):
    session = started(journal)
    for number in range(120):
        journal.mark_effort(session, start=number, end=number, effort=UUID(int=number), by="owner")
    database = open_database(place, schema=schema_of(organisation))
    assert database.rows("SELECT version FROM snapshots WHERE thing = ?", session.hex) == [(100,)]
    assert another.session(session) == journal.session(session)
    with database.transaction() as transaction:  # of another version of Paceline: passed over, not misread
        transaction.run("UPDATE snapshots SET kind = ?, body = ?", "session/0", "{}")
    with Journal.open(place, organisation=organisation) as third:
        assert third.session(session) == journal.session(session)
    database.close()


def test_lists_follow_exactly_once_however_many_follow_and_are_the_same_when_rebuilt(
    journal, another, place, organisation
):
    for number in range(30):
        place_it(journal, number, start=number * 20, end=number * 20 + 10)
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda one: one.sessions(closed=True), [journal, another] * 4))
    before = listing(place, organisation)
    assert len(before) == 60
    assert journal.rebuild() == journal.position()
    assert listing(place, organisation) == before


class Counting:
    """A projection that counts facts, and gives out in the middle once."""

    NAME, VERSION = "counting", 1
    TABLES = ("CREATE TABLE IF NOT EXISTS counting (kind TEXT PRIMARY KEY, facts BIGINT NOT NULL)",)

    def __init__(self, *, fails_at):
        self.fails_at = fails_at

    def apply(self, fact, transaction):
        if fact.position == self.fails_at:
            self.fails_at = None
            raise KeyboardInterrupt
        statement = "INSERT INTO counting VALUES (?, 1) ON CONFLICT (kind) DO UPDATE SET facts = counting.facts + 1"
        transaction.run(statement, fact.kind)


def test_a_projection_that_gave_out_in_the_middle_counts_every_fact_once(journal, place, organisation):
    for number in range(5):
        started(journal, start=number)
    database = open_database(place, schema=schema_of(organisation))
    things = Things(open_recorder(place, schema=schema_of(organisation)), database, now=lambda: 0)
    follower = Follower(Counting(fails_at=4), things=things, database=database)
    with pytest.raises(KeyboardInterrupt):
        follower.follow()
    assert database.rows("SELECT * FROM counting") == []
    assert follower.follow() == follower.follow() == journal.position()
    assert database.rows("SELECT * FROM counting") == [("SessionStarted", 5)]
    started(journal)
    follower.follow()
    assert database.rows("SELECT * FROM counting") == [("SessionStarted", 6)]
    close(things.recorder)
    database.close()


def test_among_writers_that_share_a_commit_only_those_that_came_too_late_fail(journal, place, organisation):
    recorder = open_recorder(place, schema=schema_of(organisation))
    taken = stored(1)
    recorder.insert_events([taken])
    ready = threading.Barrier(16)

    def write(number):
        ready.wait()
        try:
            events = [stored(1), taken] if number % 2 else [stored(1), stored(1)]
            return number, recorder.insert_events(events), events
        except RecordConflictError:
            return number, None, events

    with ThreadPoolExecutor(16) as pool:
        done = list(pool.map(write, range(16)))
    assert {number for number, positions, _ in done if positions} == set(range(0, 16, 2))
    told = [position for _, positions, _ in done for position in positions or ()]
    there = recorder.select_notifications(1, 1000)
    assert {event.id for event in there} == {*told, there[0].id}
    written = {event.originator_id for _, positions, events in done if positions for event in events}
    assert {event.originator_id for event in there} == {*written, taken.originator_id}
    close(recorder)


def stored(version):
    state = b'{"at":1,"by":"owner","what":{"mark":"x"}}'
    return StoredEvent(originator_id=uuid4(), originator_version=version, topic="SubjectForgotten/1", state=state)


def test_a_list_is_brought_up_to_date_before_it_is_read(journal, another):
    assert journal.sessions() == ()
    session = started(another)
    assert [one.id for one in journal.sessions()] == [session]


def test_facts_come_in_order_and_can_be_followed_from_any_position(journal):
    session = started(journal)
    for number in range(5):
        journal.mark_effort(session, start=number, end=number, by="owner")
    facts = list(journal.facts())
    positions = [fact.position for fact in facts]
    assert positions == sorted(set(positions))
    assert positions[-1] == journal.position()
    assert list(journal.facts(after=positions[2])) == facts[3:]
    assert {fact.by for fact in facts} == {"owner"}


# forgetting


def fill(journal, subject, number=0):
    first = place_it(journal, number, start=0, end=10, subject=subject)
    journal.note(first.session, text="Saw Ann at the track.", by="owner")
    journal.date_setting(subject, name="mass", value=61.25, since="2024-05-01", by="owner")
    journal.register_device(kind="watch", model="SRM", serial="W-77", subject=subject, by="owner")
    (plan,) = journal.make_plan(name="Ann's plan", content={"watts": 321.5}, subject=subject, by="owner")
    journal.assign_plan(subject, plan=plan.originator_id, by="owner")
    journal.refuse_packet(subject=subject, session=first.session, device="hub", blob=sha(99), reason="x", by="owner")
    return first.session


def everything(place, organisation):
    """All that the journal's tables hold, as text."""
    database = open_database(place, schema=schema_of(organisation))
    try:
        tables = ("stored_events", "snapshots", "listing", "following")
        rows = [row for table in tables for row in database.rows(f"SELECT * FROM {table}")]  # noqa: S608
        return repr([[bytes(cell) if isinstance(cell, memoryview) else cell for cell in row] for row in rows])
    finally:
        database.close()


def test_a_forgotten_person_is_gone_and_the_journal_is_valid(journal, place, organisation):
    gone, stays = fill(journal, ANN), fill(journal, BEN, number=1)
    kept = [fact for fact in journal.facts() if fact.originator_id == stays]
    before = [fact.position for fact in journal.facts()]
    assert ANN in everything(place, organisation)
    assert journal.forget([ANN], by="owner") == 7
    held = everything(place, organisation)
    assert [secret for secret in (ANN, "61.25", "321.5", sha(0)) if secret in held.replace(BEN, "")] == [
        "61.25",
        "321.5",
    ], "only Ben's are left"
    assert (held.count("61.25"), held.count("321.5")) == (2, 2), "Ben's, once as a fact and once in a list"
    assert before == [fact.position for fact in journal.facts()][: len(before)]
    assert kept == [fact for fact in journal.facts() if fact.originator_id == stays]
    with pytest.raises(Absent):
        journal.session(gone)
    assert journal.sessions(ANN, closed=True) == ()
    assert journal.verify() == ()
    rows = listing(place, organisation)
    journal.rebuild()
    assert listing(place, organisation) == rows
    assert [f.what.mark for f in journal.facts() if f.kind == "SubjectForgotten"] == [mark_of(ANN)]
    assert journal.forget([ANN], by="owner") == 0


def test_another_server_that_had_it_ready_does_not_show_it_any_more(journal, another):
    session = fill(journal, ANN)
    assert another.session(session).subject == ANN
    journal.forget([ANN], by="owner")
    with pytest.raises(Absent):
        another.session(session)
    with pytest.raises(Absent):
        another.note(session, text="late", by="owner")
    assert another.athlete(ANN).settings == {}


def test_an_export_holds_every_fact_of_a_subject(journal):
    session = fill(journal, ANN)
    fill(journal, BEN, number=1)
    held = journal.holdings([ANN])
    assert {fact.kind for fact in held} >= {"RecordingReceived", "SessionStarted", "NoteTaken", "SettingDated"}
    assert session in {fact.originator_id for fact in held}
    assert held == [fact for fact in journal.facts() if fact.position in {one.position for one in held}]
    assert BEN not in repr(held)


# isolation and damage


def test_organisations_at_one_place_see_nothing_of_each_other(tmp_path, postgres, organisation):
    with (
        Journal.open(postgres, organisation=organisation) as ours,
        Journal.open(postgres, organisation=f"{organisation}-b") as theirs,
    ):
        session = started(ours)
        assert theirs.sessions() == ()
        assert list(theirs.facts()) == []
        with pytest.raises(Absent):
            theirs.session(session)
        assert ours.forget([BEN], by="owner") == 0


def test_a_fact_that_was_changed_behind_its_back_is_told(journal, place, organisation):
    session = started(journal)
    name = session.hex if place.endswith(".sqlite") else session
    for topic, state, found in (
        ("SessionStarted/1", b'{"at":1,"by":"owner","what":{"subject":5}}', "something else than SessionStarted holds"),
        ("SessionStarted/9", b"{}", "newer than this Paceline"),
        ("os.system/1", b"{}", "a kind of fact that there is not"),
    ):
        database = open_database(place, schema=schema_of(organisation))
        with database.transaction() as transaction:
            statement = "UPDATE stored_events SET topic = ?, state = ? WHERE originator_id = ?"
            assert transaction.run(statement, topic, state, name) == 1
        database.close()
        assert found in "".join(journal.verify())
        with (
            Journal.open(place, organisation=organisation) as fresh,
            pytest.raises(StoreDamaged, match=found),
        ):
            fresh.session(session)


def test_a_fact_that_is_missing_is_told(journal, place, organisation):
    session = started(journal)
    for number in range(3):
        journal.mark_effort(session, start=number, end=number, by="owner")
    database = open_database(place, schema=schema_of(organisation))
    with database.transaction() as transaction:
        transaction.run("DELETE FROM stored_events WHERE originator_version = 2")
    database.close()
    assert "has no fact 2" in "".join(journal.verify())


def test_a_place_that_can_not_be_opened_is_named(tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StoreUnavailable, match=r"journal\.sqlite"):
        Journal.open(str(tmp_path / "file" / "journal.sqlite"), organisation="home")
    (tmp_path / "journal.sqlite").write_bytes(b"not a database, but long enough to be looked at" * 50)
    with pytest.raises(StoreDamaged, match="not a database"):
        Journal.open(str(tmp_path / "journal.sqlite"), organisation="home")


FULL = """
import resource, signal, sys
from paceline.domain.errors import StoreUnavailable
from paceline.keep.journal import Journal
from paceline.keep.subjects import pseudonym
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
with Journal.open(sys.argv[1], organisation="home") as journal:
    resource.setrlimit(resource.RLIMIT_FSIZE, (400_000, 400_000))
    for number in range(10_000):
        try:
            journal.start_session(subject=pseudonym(), start=number, by="owner")
        except StoreUnavailable as error:
            print(number, error)
            break
"""


def test_a_full_disk_is_an_error_in_a_sentence_and_leaves_what_was_there(tmp_path):
    place = str(tmp_path / "journal.sqlite")
    done = subprocess.run([sys.executable, "-c", FULL, place], capture_output=True, text=True, timeout=120, check=True)
    number, _, sentence = done.stdout.strip().partition(" ")
    assert sentence.startswith(place)
    with Journal.open(place, organisation="home") as journal:
        assert journal.verify() == ()
        assert len(journal.sessions(limit=10_000)) == int(number)
        assert started(journal, start=1)
