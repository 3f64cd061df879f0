from __future__ import annotations

import numpy as np
import pytest

from paceline.domain.errors import Damaged
from paceline.record.formats import Source
from paceline.record.formats.pwx import decode, sniff

SECOND = 1_000_000_000
NOON = 978_350_400 * SECOND  # 2001-01-01T12:00:00Z
TIME = "<time>2001-01-01T12:00:00Z</time>"


def sample(offset: object, inside: str = "") -> str:
    return f"<sample><timeoffset>{offset}</timeoffset>{inside}</sample>"


def document(*inside: str) -> bytes:
    return f'<pwx xmlns="http://www.peaksware.com/PWX/1/0"><workout>{"".join(inside)}</workout></pwx>'.encode()


def read(data: bytes, start: int | None = None):
    return decode(data, Source("ride.pwx", start))


def only(data: bytes):
    recordings, problems = read(data)
    assert problems == ()
    (recording,) = recordings
    return recording


def test_every_channel_of_a_sample_is_read():
    inside = (
        "<hr>150</hr><spd>8.5</spd><pwr>250</pwr><torq>30</torq><cad>90</cad><dist>12</dist><lat>10</lat>"
        "<lon>-30</lon><alt>5</alt><temp>21</temp><torque_effectiveness_left>80</torque_effectiveness_left>"
    )
    values = only(document(TIME, sample(0, inside))).streams["record"].values
    assert {name: column.tolist() for name, column in values.items()} == {
        "heart_rate": [150],
        "speed": [8.5],
        "power": [250],
        "torque": [30],
        "cadence": [90],
        "distance": [12],
        "latitude": [10],
        "longitude": [-30],
        "altitude": [5],
        "temperature": [21],
        "left_torque_effectiveness": [0.8],
    }


def test_the_time_of_a_sample_is_the_start_plus_its_offset_exactly():
    record = only(document(sample(0), sample("1.257"), sample("86400.1"), TIME)).streams["record"]
    assert record.time.tolist() == [NOON, NOON + 1_257_000_000, NOON + 86_400_100_000_000]


def test_what_a_sample_does_not_say_is_absent():
    record = only(document(TIME, sample(0, "<pwr>0</pwr>"), sample(1))).streams["record"]
    np.testing.assert_array_equal(record.values["power"], [0, np.nan])


def test_a_sample_without_an_offset_is_left_out_and_reported():
    (recording,), problems = read(document(TIME, "<sample><hr>150</hr></sample>", sample("soon"), sample(1)))
    assert recording.streams["record"].time.tolist() == [NOON + SECOND]
    assert [(problem.kind, problem.count) for problem in problems] == [("no_time", 2), ("number", 1)]


def test_the_power_of_the_right_leg_is_described_where_the_catalogue_has_no_channel():
    record = only(document(TIME, sample(0, "<pwr>250</pwr><pwrright>120</pwrright>"))).streams["record"]
    assert (record.values["right_power"].tolist(), record.channel("right_power").unit) == ([120], "W")


def test_a_local_time_is_read_as_utc_and_reported():
    (recording,), (problem,) = read(document("<time>2001-01-01T12:00:00</time>", sample(0)))
    assert (recording.streams["record"].time[0], recording.dated, recording.utc_offset) == (NOON, True, None)
    assert problem.kind == "zone"


def test_a_person_who_knows_the_start_settles_the_zone():
    data = document("<time>2001-01-01T12:00:00</time>", sample(2), sample(3))
    (recording,), problems = read(data, NOON + 2 * SECOND - 7200 * SECOND)
    assert recording.streams["record"].time[0] == NOON + 2 * SECOND - 7200 * SECOND
    assert (recording.utc_offset, problems) == (7200, ())


def test_without_a_time_the_clock_starts_in_1970_or_where_a_person_says():
    (recording,), (problem,) = read(document(sample(1)))
    assert (recording.streams["record"].time[0], recording.dated, problem.kind) == (SECOND, False, "undated")
    (recording,), problems = read(document(sample(1)), NOON)
    assert (recording.streams["record"].time[0], recording.dated, problems) == (NOON, True, ())
    assert recording.utc_offset is None


def test_segments_are_laps_and_the_summary_is_the_session():
    ends = "<beginning>10</beginning><duration>20.5</duration>"
    segment = f"<segment><name>Climb</name><summarydata>{ends}</summarydata></segment>"
    unnamed = "<segment><summarydata><beginning>0</beginning><duration>5</duration></summarydata></segment>"
    whole = (
        "<summarydata><beginning>0</beginning><duration>60</duration><durationstopped>3</durationstopped>"
        '<work>15</work><pwr max="500" min="0" avg="250"/><dist>500</dist></summarydata>'
    )
    recording = only(document(TIME, whole, segment, unnamed, sample(0)))
    assert [(e.name, e.start, e.stop, e.origin) for e in recording.laps] == [
        ("lap 2", NOON, NOON + 5 * SECOND, "lap"),
        ("Climb", NOON + 10 * SECOND, NOON + 30_500_000_000, "lap"),
    ]
    (session,) = recording.sessions
    assert (session.start, session.stop, session.origin) == (NOON, NOON + 60 * SECOND, "session")
    assert session.summary == {
        "stopped_time": 3.0,
        "work": 15_000.0,
        "maximum_power": 500.0,
        "minimum_power": 0.0,
        "average_power": 250.0,
        "distance": 500.0,
    }


@pytest.mark.parametrize("inside", ["", "<beginning>1</beginning>", "<beginning>1</beginning><duration>-5</duration>"])
def test_a_segment_without_its_ends_is_left_out_and_reported(inside):
    segment = f"<segment><summarydata>{inside}</summarydata></segment>"
    (recording,), (problem,) = read(document(TIME, segment, sample(0)))
    assert (recording.laps, problem.kind) == ((), "lap")


def test_facts_are_kept_and_the_athlete_is_not():
    facts = (
        "<athlete><name>Nobody</name><weight>70</weight></athlete><sportType>Run</sportType><title>Hills</title>"
        "<cmt>Hot.</cmt><goal>Finish</goal><device><make>Made</make><model>Unit</model></device>"
    )
    recording = only(document(facts, TIME, sample(0)))
    assert (recording.device.maker, recording.device.product, recording.sport) == ("Made", "Unit", "running")
    assert recording.notes == {"title": "Hills", "notes": "Hot.", "goal": "Finish"}


def test_several_workouts_are_several_recordings():
    data = document(TIME, sample(0), "</workout><workout>", TIME, sample(5))
    assert [len(r.streams["record"]) for r in read(data)[0]] == [1, 1]


def test_an_empty_file_says_so():
    recordings, (problem,) = read(document(TIME))
    assert (recordings, problem.kind) == ((), "empty")


def test_a_truncated_file_gives_every_sample_before_the_break():
    data = document(TIME, *(sample(second) for second in range(9)))
    (recording,), (problem,) = read(data[: data.index(b">5<") + 2])
    assert (len(recording.streams["record"]), problem.kind) == (5, "truncated")


def test_damage_before_the_first_sample_is_an_error():
    with pytest.raises(Damaged):
        read(document(TIME)[:70])


def test_only_its_own_root_element_is_recognised():
    assert sniff(document())
    assert not sniff(b"<gpx>")
