from __future__ import annotations

import numpy as np
import pytest

from paceline.domain.devices import Event
from paceline.domain.errors import Damaged
from paceline.record.formats import Source
from paceline.record.formats.gpx import decode, sniff

SECOND = 1_000_000_000
NOON = 978_350_400 * SECOND  # 2001-01-01T12:00:00Z


def point(second: int | None = 0, inside: str = "", where: str = 'lat="10" lon="-30"') -> str:
    time = "" if second is None else f"<time>2001-01-01T12:00:{second:02}Z</time>"
    return f"<trkpt {where}>{time}{inside}</trkpt>"


def track(*segments: str, inside: str = "") -> str:
    return f"<trk>{inside}" + "".join(f"<trkseg>{segment}</trkseg>" for segment in segments) + "</trk>"


def document(*tracks: str) -> bytes:
    return f'<gpx version="1.1" creator="Unit">{"".join(tracks)}</gpx>'.encode()


def read(data: bytes):
    return decode(data, Source("ride.gpx"))


def only(data: bytes):
    recordings, problems = read(data)
    assert problems == ()
    (recording,) = recordings
    return recording


def test_a_track_is_positions_heights_and_times_and_nothing_computed():
    points = point(0, "<ele>5.5</ele>") + point(1, where='lat="10.5" lon="-30.5"')
    recording = only(document(track(points)))
    record = recording.streams["record"]
    assert record.time.tolist() == [NOON, NOON + SECOND]
    np.testing.assert_array_equal(record.values["latitude"], [10, 10.5])
    np.testing.assert_array_equal(record.values["longitude"], [-30, -30.5])
    np.testing.assert_array_equal(record.values["altitude"], [5.5, np.nan])
    assert set(record.values) == {"latitude", "longitude", "altitude"}
    assert recording.device.product == "Unit"


@pytest.mark.parametrize(
    ("inside", "channel", "value"),
    [
        ("<extensions><g:TrackPointExtension><g:hr>150</g:hr></g:TrackPointExtension></extensions>", "heart_rate", 150),
        ("<extensions><g:TrackPointExtension><g:cad>90</g:cad></g:TrackPointExtension></extensions>", "cadence", 90),
        (
            "<extensions><n:TrackPointExtension><n:atemp>21</n:atemp></n:TrackPointExtension></extensions>",
            "temperature",
            21,
        ),
        (
            "<extensions><n:TrackPointExtension><n:speed>8.5</n:speed></n:TrackPointExtension></extensions>",
            "speed",
            8.5,
        ),
        ("<extensions><power>250</power></extensions>", "power", 250),
        (
            "<extensions><p:PowerExtension><p:PowerInWatts>250</p:PowerInWatts></p:PowerExtension></extensions>",
            "power",
            250,
        ),
        ("<extensions><pwr:PowerInWatts>250</pwr:PowerInWatts></extensions>", "power", 250),
        ("<extensions><gpxdata:hr>150.5</gpxdata:hr></extensions>", "heart_rate", 150.5),
        ("<extensions><gpxdata:cadence>77</gpxdata:cadence></extensions>", "cadence", 77),
        ("<extensions><gpxdata:temp>21.8</gpxdata:temp></extensions>", "temperature", 21.8),
        ("<extensions><gpxdata:distance>5657</gpxdata:distance></extensions>", "distance", 5657),
        ("<speed>8.5</speed>", "speed", 8.5),
        ("<course>180</course>", "heading", 180),
    ],
)
def test_the_extensions_in_the_wild_are_read(inside, channel, value):
    assert only(document(track(point(inside=inside)))).streams["record"].values[channel].tolist() == [value]


def test_a_link_in_a_point_is_no_reading():
    inside = '<name>12</name><link href="x"><text>speed</text></link><sat>9</sat>'
    values = only(document(track(point(inside=inside)))).streams["record"].values
    assert set(values) == {"latitude", "longitude"}


def test_a_new_segment_is_a_pause():
    recording = only(document(track(point(0) + point(5), point(30), point(50))))
    assert recording.events == (
        Event(NOON + 5 * SECOND, "timer", "stop"),
        Event(NOON + 30 * SECOND, "timer", "start"),
        Event(NOON + 30 * SECOND, "timer", "stop"),
        Event(NOON + 50 * SECOND, "timer", "start"),
    )


def test_an_empty_segment_is_no_pause():
    assert only(document(track("", point(0)))).events == ()


def test_several_tracks_are_several_recordings():
    named = "<name>One</name><type>Running</type>"
    recordings, _ = read(document(track(point(), inside=named), track(point(9))))
    assert [(r.sport, dict(r.notes)) for r in recordings] == [("running", {"title": "One"}), (None, {})]


def test_a_track_without_times_is_a_course_whose_clock_stands_still():
    (recording,), problems = read(document(track(point(None) + point(None, where='lat="11" lon="-30"'))))
    course = recording.streams["course"]
    assert (course.time.tolist(), course.values["latitude"].tolist()) == ([0, 0], [10, 11])
    assert not recording.dated
    assert [problem.kind for problem in problems] == ["no_time", "course"]


def test_a_route_is_a_course():
    (recording,), _ = read(document('<rte><name>Loop</name><rtept lat="10" lon="-30"><ele>5</ele></rtept></rte>'))
    assert (len(recording.streams["course"]), recording.notes["title"]) == (1, "Loop")


def test_a_point_without_a_time_is_left_out_of_a_recording_and_reported():
    (recording,), (problem,) = read(document(track(point(0) + "\n" + point(None) + point(2))))
    assert recording.streams["record"].time.tolist() == [NOON, NOON + 2 * SECOND]
    assert (problem.kind, problem.line, problem.count) == ("no_time", 2, 1)


@pytest.mark.parametrize("inside", ["", "<metadata><name>x</name></metadata>", '<wpt lat="10" lon="-30"/>', "<trk/>"])
def test_a_file_without_tracks_holds_no_recording_and_says_so(inside):
    recordings, (problem,) = read(document(inside))
    assert (recordings, problem.kind) == ((), "empty")


def test_a_position_that_is_no_number_is_missing_and_one_at_zero_is_kept():
    points = point(0, where='lat="north" lon="-30"') + point(1, where='lat="0" lon="0"') + point(2, where="")
    (recording,), (problem,) = read(document(track(points)))
    values = recording.streams["record"].values
    np.testing.assert_array_equal(values["latitude"], [np.nan, 0, np.nan])
    np.testing.assert_array_equal(values["longitude"], [-30, 0, np.nan])
    assert (problem.kind, problem.count) == ("number", 2)


def test_a_truncated_file_gives_every_point_before_the_break():
    data = document(track("".join(point(second) for second in range(9))))
    (recording,), (problem,) = read(data[: data.index(b"12:00:05")])
    assert (len(recording.streams["record"]), problem.kind) == (5, "truncated")


def test_damage_before_the_first_point_is_an_error():
    with pytest.raises(Damaged):
        read(document(track(point()))[:60])


def test_only_its_own_root_element_is_recognised():
    assert sniff(document())
    assert sniff(b'<?xml version="1.0"?><g:gpx xmlns:g="x">')
    assert not sniff(b"<gpxx>")
    assert not sniff(b"<kml><gpx></kml>")


def test_a_byte_order_mark_is_believed_before_an_encoding_nobody_knows():
    text = '<?xml version="1.0" encoding="UTF-99"?>' + document(track(point(0), point(1))).decode()
    assert len(only(text.encode("utf-16")).streams["record"]) == 2
