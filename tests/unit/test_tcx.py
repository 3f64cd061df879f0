"""TCX, and the XML reading that it shares with GPX and PWX."""

from __future__ import annotations

import numpy as np
import pytest

from paceline.domain.devices import Event
from paceline.domain.errors import Damaged, PacelineError
from paceline.domain.units import UNITS
from paceline.record.formats import Source, markup
from paceline.record.formats.tcx import decode, sniff
from paceline.record.formats.timestamps import instant

SECOND = 1_000_000_000
NOON = 978_350_400 * SECOND  # 2001-01-01T12:00:00Z


def at(clock: str) -> int:
    return instant(f"2001-01-01T{clock}Z").time


def point(clock: str = "12:00:00", inside: str = "", zone: str = "Z") -> str:
    return f"<Trackpoint><Time>2001-01-01T{clock}{zone}</Time>{inside}</Trackpoint>"


def lap(*tracks: str, start: str = "12:00:00Z", inside: str = "") -> str:
    return f'<Lap StartTime="2001-01-01T{start}">{inside}' + "".join(f"<Track>{t}</Track>" for t in tracks) + "</Lap>"


def activity(*laps: str, sport: str = "Biking", inside: str = "") -> str:
    return f'<Activity Sport="{sport}">' + "".join(laps) + inside + "</Activity>"


def document(*activities: str, prefix: str = "") -> bytes:
    inside = "".join(activities)
    return f"{prefix}<TrainingCenterDatabase><Activities>{inside}</Activities></TrainingCenterDatabase>".encode()


def read(data: bytes):
    return decode(data, Source("ride.tcx"))


def only(data: bytes):
    recordings, problems = read(data)
    assert problems == ()
    (recording,) = recordings
    return recording


def test_an_element_that_is_not_there_is_absent_and_zero_is_zero():
    points = point("12:00:00", "<Cadence>0</Cadence>"), point("12:00:01", "<AltitudeMeters>5</AltitudeMeters>")
    record = only(document(activity(lap("".join(points))))).streams["record"]
    assert record.time.tolist() == [NOON, NOON + SECOND]
    np.testing.assert_array_equal(record.values["cadence"], [0, np.nan])
    np.testing.assert_array_equal(record.values["altitude"], [np.nan, 5])
    assert set(record.values) == {"cadence", "altitude"}


@pytest.mark.parametrize("prefix", ["", "ns3:", "x:"])
def test_extensions_are_known_by_name_under_any_prefix(prefix):
    inside = f"<{prefix}TPX><{prefix}Speed>8.5</{prefix}Speed><{prefix}Watts>250</{prefix}Watts></{prefix}TPX>"
    record = only(document(activity(lap(point(inside=f"<Extensions>{inside}</Extensions>"))))).streams["record"]
    assert (record.values["speed"].tolist(), record.values["power"].tolist()) == ([8.5], [250.0])


def test_the_cadence_of_a_foot_pod_is_the_cadence():
    inside = '<Extensions><TPX CadenceSensor="Footpod"><RunCadence>85</RunCadence></TPX></Extensions>'
    recording = only(document(activity(lap(point(inside=inside)), sport="Running")))
    assert recording.streams["record"].values["cadence"].tolist() == [85.0]
    assert recording.sport == "running"


@pytest.mark.parametrize(
    ("text", "nanoseconds"),
    [
        ("2001-01-01T12:00:00Z", NOON),
        ("2001-01-01T12:00:00.123456789Z", NOON + 123_456_789),
        ("2001-01-01T12:00:00.1Z", NOON + 100_000_000),
        ("2001-01-01T14:00:00+02:00", NOON),
        ("2001-01-01T06:30:00.5-05:30", NOON + SECOND // 2),
        ("2001-01-01T12:00:00.000000000999Z", NOON),
    ],
)
def test_times_are_exact_to_the_nanosecond(text, nanoseconds):
    body = f"<Trackpoint><Time>{text}</Time></Trackpoint>"
    record = only(document(activity(lap(body)))).streams["record"]
    assert record.time.tolist() == [nanoseconds]


def test_an_offset_tells_the_wall_clock_and_z_does_not():
    assert only(document(activity(lap(point(zone="+02:00"))))).utc_offset == 7200
    assert only(document(activity(lap(point())))).utc_offset is None


def test_a_time_without_a_zone_is_read_as_utc_and_reported():
    (recording,), (problem,) = read(document(activity(lap(point(zone="") + point("12:00:01", zone="")))))
    assert recording.streams["record"].time[0] == NOON
    assert (problem.kind, problem.count) == ("zone", 2)


@pytest.mark.parametrize("text", ["yesterday", "2001-13-01T12:00:00Z", "2001-01-01T12:61:00Z", "1066-10-14T09:00:00Z"])
def test_a_point_whose_time_can_not_be_read_is_left_out_and_reported(text):
    bad = f"<Trackpoint><Time>{text}</Time><Cadence>80</Cadence></Trackpoint>"
    (recording,), (problem,) = read(document(activity(lap(bad + point()))))
    assert len(recording.streams["record"]) == 1
    assert "cadence" not in recording.streams["record"].values
    assert problem.kind == "time"


@pytest.mark.parametrize("text", ["fast", "", "1_000", "inf", "12,5", "٣"])
def test_a_malformed_number_is_missing_and_counted_with_its_line(text):
    bad = f"\n<Cadence>{text}</Cadence>"
    points = point(inside="<Cadence>80</Cadence>") + point("12:00:01", bad) + point("12:00:02", bad)
    (recording,), (problem,) = read(document(activity(lap(points))))
    np.testing.assert_array_equal(recording.streams["record"].values["cadence"], [80, np.nan, np.nan])
    assert (problem.kind, problem.line, problem.count) == ("number", 2, 2)
    assert text not in problem.message or not text


def test_a_lap_lasts_as_long_as_it_says_to_the_nanosecond():
    inside = "<TotalTimeSeconds>278.2120056</TotalTimeSeconds>"
    (effort,) = only(document(activity(lap(point(), inside=inside)))).laps
    assert (effort.start, effort.stop, effort.origin) == (NOON, NOON + 278_212_005_600, "lap")


def test_a_lap_with_a_pause_reaches_to_its_last_point():
    inside = "<TotalTimeSeconds>10</TotalTimeSeconds>"
    (effort,) = only(document(activity(lap(point(), point("12:05:00"), inside=inside)))).laps
    assert effort.stop == at("12:05:00")


def test_a_lap_never_reaches_into_the_next():
    inside = "<TotalTimeSeconds>60.9</TotalTimeSeconds>"
    laps = only(document(activity(lap(point(), inside=inside), lap(start="12:01:00Z", inside=inside)))).laps
    assert [(e.name, e.start, e.stop) for e in laps] == [
        ("lap 1", NOON, at("12:01:00")),
        ("lap 2", at("12:01:00"), at("12:02:00") + 900_000_000),
    ]


def test_what_the_device_wrote_about_a_lap_is_kept_in_our_units():
    inside = (
        "<TotalTimeSeconds>60</TotalTimeSeconds><DistanceMeters>500</DistanceMeters><MaximumSpeed>12</MaximumSpeed>"
        "<Calories>10</Calories><AverageHeartRateBpm><Value>140</Value></AverageHeartRateBpm>"
        "<MaximumHeartRateBpm><Value>150</Value></MaximumHeartRateBpm><Cadence>90</Cadence>"
        "<Extensions><y:LX><y:AvgSpeed>8</y:AvgSpeed><y:AvgWatts>200</y:AvgWatts><y:MaxWatts>500</y:MaxWatts>"
        "<y:MaxBikeCadence>110</y:MaxBikeCadence></y:LX></Extensions>"
    )
    (effort,) = only(document(activity(lap(point(), inside=inside)))).laps
    assert effort.summary == {
        "timer_time": 60.0,
        "distance": 500.0,
        "maximum_speed": 12.0,
        "energy": 10 * UNITS["kcal"].factor,
        "average_heart_rate": 140.0,
        "maximum_heart_rate": 150.0,
        "average_cadence": 90.0,
        "average_speed": 8.0,
        "average_power": 200.0,
        "maximum_power": 500.0,
        "maximum_cadence": 110.0,
    }


def test_a_lap_without_a_start_is_left_out_and_its_points_are_kept():
    (recording,), (problem,) = read(document(activity(f"<Lap><Track>{point()}</Track></Lap>")))
    assert (len(recording.streams["record"]), recording.laps, problem.kind) == (1, (), "lap")


def test_a_second_track_in_a_lap_is_a_pause_and_a_new_lap_is_none():
    first = lap(point("12:00:00") + point("12:00:05"), point("12:03:00"))
    recording = only(document(activity(first, lap(point("12:10:00"), start="12:10:00Z"))))
    assert recording.events == (Event(at("12:00:05"), "timer", "stop"), Event(at("12:03:00"), "timer", "start"))


def test_several_activities_are_several_recordings():
    recordings, _ = read(document(activity(lap(point())), activity(lap(point("13:00:00")), sport="Running")))
    assert [r.sport for r in recordings] == ["cycling", "running"]
    assert [len(r.laps) for r in recordings] == [1, 1]


def test_a_multi_sport_session_gives_each_sport_and_each_transition():
    change = '<Transition StartTime="2001-01-01T12:30:00Z"><Track>' + point("12:30:01") + "</Track></Transition>"
    session = (
        f"<MultiSportSession><FirstSport>{activity(lap(point()), sport='Other')}</FirstSport>"
        f"<NextSport>{change}{activity(lap(point('12:40:00')))}</NextSport></MultiSportSession>"
    )
    recordings, problems = read(document(session))
    assert [r.sport for r in recordings] == ["other", "transition", "cycling"]
    assert [len(r.streams["record"]) for r in recordings] == [1, 1, 1]
    assert problems == ()


def test_a_course_is_kept_as_a_course_and_reported():
    body = f"<Courses><Course><Name>Round</Name><Track>{point()}{point('12:01:00')}</Track></Course></Courses>"
    (recording,), (problem,) = read(f"<TrainingCenterDatabase>{body}</TrainingCenterDatabase>".encode())
    assert {name: len(stream) for name, stream in recording.streams.items()} == {"course": 2}
    assert (recording.notes, problem.kind) == ({"title": "Round"}, "course")


def test_the_device_and_the_notes_are_kept():
    creator = (
        "<Notes> Windy. </Notes><Training><Plan><Name>Intervals</Name></Plan></Training><Creator><Name>Unit 9</Name>"
        "<UnitId>123</UnitId><ProductID>5</ProductID><Version><VersionMajor>3</VersionMajor>"
        "<VersionMinor>10</VersionMinor></Version></Creator>"
    )
    recording = only(document(activity(lap(point()), inside=creator)))
    device = recording.device
    assert (device.product, device.serial, device.software) == ("Unit 9", "123", "3.10")
    assert recording.notes == {"notes": "Windy.", "workout": "Intervals"}


def test_a_workout_without_points_keeps_its_laps():
    recording = only(document(activity(lap(inside="<TotalTimeSeconds>60</TotalTimeSeconds>"))))
    assert (dict(recording.streams), len(recording.laps)) == ({}, 1)


def test_a_file_without_activities_holds_nothing_and_says_so():
    recordings, (problem,) = read(document())
    assert (recordings, problem.kind) == ((), "empty")


def test_a_truncated_file_gives_every_point_before_the_break():
    data = document(activity(lap("".join(point(f"12:00:0{second}", "<Cadence>80</Cadence>") for second in range(5)))))
    cut = data.index(b"12:00:03") + 20
    (recording,), (problem,) = read(data[:cut])
    assert len(recording.streams["record"]) == 3
    assert recording.laps[0].stop == at("12:00:02")
    assert problem.kind == "truncated"
    assert cut - 20 <= problem.offset <= cut


def test_a_syntax_error_gives_every_point_before_it_and_its_place():
    data = document(activity(lap(point() + "\n" + point("12:00:01") + "</Oops>" + point("12:00:02"))))
    (recording,), (problem,) = read(data)
    assert len(recording.streams["record"]) == 2
    assert (problem.kind, problem.line) == ("syntax", 2)
    assert abs(problem.offset - data.index(b"</Oops>")) <= 2


def test_damage_before_the_first_point_is_an_error_that_says_where():
    data = document(activity(lap("<Trackpoint><&></Trackpoint>"))).replace(b"<Lap", b"<Lop", 1)
    with pytest.raises(Damaged) as raised:
        read(data)
    assert abs(raised.value.offset - data.index(b"<&>")) <= 2
    assert "ride.tcx" in str(raised.value)


def test_what_follows_the_document_is_ignored_and_reported():
    (recording,), (problem,) = read(document(activity(lap(point()))) + b"<more/>")
    assert (len(recording.streams["record"]), problem.kind) == (1, "trailing")


def test_blanks_before_the_declaration_are_survived_and_reported():
    data = document(activity(lap(point(inside="<Cadence>x</Cadence>"))), prefix='\n\n  <?xml version="1.0"?>\n')
    assert sniff(data)
    (recording,), problems = read(data)
    assert len(recording.streams["record"]) == 1
    assert [(p.kind, p.line) for p in problems] == [("syntax", 1), ("number", 4)]


BOMB = '<!DOCTYPE t [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;&a;">]>'
OUTSIDE = '<!DOCTYPE t SYSTEM "file:///etc/hostname">'


@pytest.mark.parametrize("prefix", [BOMB, OUTSIDE])
def test_a_document_type_is_refused(prefix):
    data = document(activity(lap(point()), inside="<Notes>&b;</Notes>"), prefix=prefix)
    with pytest.raises(Damaged, match="document type"):
        read(data)


def test_elements_may_not_nest_without_end():
    deep = "<a>" * 100_000
    (recording,), (problem,) = read(document(activity(lap(point() + point("12:00:01", deep)))))
    assert (len(recording.streams["record"]), problem.kind) == (1, "too_much")


def test_a_file_of_nothing_but_laps_is_stopped(monkeypatch):
    monkeypatch.setattr(markup, "CONTAINERS", 10)
    (recording,), problems = read(document(activity(*[lap(point())] * 20)))
    assert len(recording.laps) < 10
    assert problems[-1].kind == "too_much"


@pytest.mark.parametrize("encoding", ["UTF-8", "UTF-16", "ISO-8859-1", "windows-1252"])
def test_the_encoding_is_the_one_the_file_declares(encoding):
    prefix = f'<?xml version="1.0" encoding="{encoding}"?>'
    data = document(activity(lap(point()), inside="<Notes>Käse</Notes>"), prefix=prefix)
    encoded = data.decode().encode(encoding)
    assert sniff(encoded)
    assert only(encoded).notes == {"notes": "Käse"}


@pytest.mark.parametrize("encoding", ["UTF-9", "rot13", "unicode_escape", "hex"])
def test_an_encoding_that_nobody_knows_is_read_as_utf_8(encoding):
    (recording,), (problem,) = read(
        document(activity(lap(point())), prefix=f'<?xml version="1.0" encoding="{encoding}"?>')
    )
    assert (len(recording.streams["record"]), problem.kind) == (1, "encoding")


def test_only_its_own_root_element_is_recognised():
    assert sniff(b"\xef\xbb\xbf<?xml version='1.0'?>\n<!-- <gpx> -->\n<tc:TrainingCenterDatabase xmlns:tc='x'>")
    assert not sniff(b"<gpx><TrainingCenterDatabase></gpx>")
    assert not sniff(b"TrainingCenterDatabase")
    assert not sniff(b"")


def test_a_head_made_to_confuse_the_recognition_is_answered_at_once():
    assert not sniff(b"<??>" * 1000)
    assert not sniff(b"<!---->" * 500 + b"<")
    assert not sniff(b"<!DOCTYPE " * 400)


def test_no_problem_holds_a_reading():
    data = document(activity(lap(point(inside="<Cadence>s3cret</Cadence>")), inside="<Notes>s3cret</Notes><"))
    _, problems = read(data)
    assert problems
    assert not any("s3cret" in str(problem) for problem in problems)


def test_a_refusal_is_one_of_ours():
    with pytest.raises(PacelineError):
        read(b"<TrainingCenterDatabase")
