"""The report as a page for a browser, and as a sheet of paper."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from xml.etree.ElementTree import fromstring

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.made_rides import ride, written_settings

from paceline.domain.errors import WriteError
from paceline.measure.report import SUFFIXES, overview, report, write_report
from paceline.measure.report.chart import path, thinned, ticks, time_ticks
from paceline.measure.report.page import page, stylesheet

HOSTILE = """<script>alert("x")</script>&amp;'"><img src=x onerror=y>"""
VOID = {"meta", "link", "br", "hr", "img", "input"}


class Reader(HTMLParser):
    """Checks that tags close in the order in which they were opened, and keeps what it saw."""

    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.open, self.tags, self.attributes, self.words = [], [], [], []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += attrs
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += attrs

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.words.append(data)

    @property
    def text(self):
        return " ".join(" ".join(self.words).split())


@pytest.fixture(scope="module")
def full(tmp_path_factory):
    return ride(settings=written_settings(tmp_path_factory.mktemp("ride")), lap_name=HOSTILE, file=HOSTILE + ".fit")


@pytest.fixture(scope="module")
def html(full):
    return page([report(full)])


def test_the_page_is_well_formed_and_whole(html, full):
    text = Reader(html).text
    found = report(full)
    for figure in found.headline:
        assert figure.label in text
        assert figure.shown in text
    for heading in ("Over time", "Power by duration", "Time in zones", "Laps", "What could not be computed, and why",
                    "Quality of the data", "What it rests on", "Definitions"):  # fmt: skip
        assert heading in text
    for entry in found.missing:
        assert entry.line in text


def test_charts_are_sound_xml_with_words_for_those_who_dont_see_them(html):
    charts = re.findall(r"<svg.*?</svg>", html, flags=re.DOTALL)
    assert len(charts) == 2
    for chart in charts:
        root = fromstring(chart)  # our own chart
        assert root.get("role") == "img"
        assert all(root.find(f"{{http://www.w3.org/2000/svg}}{tag}").text for tag in ("title", "desc"))
        assert "nan" not in chart
        assert len(chart) < 60_000


def test_other_peoples_words_are_shown_and_never_run(html):
    reader = Reader(html)
    assert "script" not in reader.tags
    assert "img" not in reader.tags
    assert not [name for name, _ in reader.attributes if name.startswith("on")]
    assert HOSTILE in reader.text


def test_nothing_comes_from_outside(html):
    reader = Reader(html)
    assert not {"script", "link", "iframe", "img"} & set(reader.tags)
    assert not [value for name, value in reader.attributes if name in {"src", "href", "xlink:href", "action"}]
    without_names = html.replace("http://www.w3.org/2000/svg", "")
    assert "://" not in without_names
    assert "@import" not in html
    assert "url(" not in html


def test_no_serial_number_name_or_place_is_on_the_page(html):
    assert "SERIAL-4711" not in html
    assert "Jane Roe" not in html
    assert "atitude" not in html.replace("Altitude", "").replace("altitude", "")


def test_headings_go_down_one_level_at_a_time(full):
    for text in (page([report(full)]), page([report(full), report(full)], overview([full, full]))):
        levels = [int(level) for level in re.findall(r"<h([1-6])[ >]", text)]
        assert levels.count(1) == 1
        assert levels[0] == 1
        assert all(after - before <= 1 for before, after in pairwise(levels))


def test_ids_are_unique_on_a_page_of_several_rides(full):
    text = page([report(full), report(full)], overview([full, full]))
    Reader(text)
    ids = re.findall(r'\bid="([^"]+)"', text)
    assert len(ids) == len(set(ids)) > 0


@pytest.mark.parametrize("channel", ["power", "heart_rate", "speed", "temperature"])
def test_any_one_channel_makes_a_page(channel):
    Reader(page([report(ride(channel))]))


def variables(block):
    return dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", block))


def luminance(colour):
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one, other):
    bright, dim = sorted([luminance(one), luminance(other)], reverse=True)
    return (bright + 0.05) / (dim + 0.05)


@pytest.mark.parametrize("scheme", [0, 1, 2], ids=["light", "dark", "print"])
def test_words_stand_out_from_their_ground_as_wcag_asks(scheme):
    blocks = [variables(block) for block in re.findall(r":root \{(.*?)\}", stylesheet(), flags=re.DOTALL)]
    colours = blocks[0] | blocks[scheme]
    for name in ("ink", "soft", "power", "heart", "cadence", "altitude", "balance"):
        assert contrast(colours[name], colours["paper"]) >= 4.5, name
    for ground in ("lap", "lap-odd"):
        assert contrast(colours["ink"], colours[ground]) >= 4.5


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_report_is_written_by_its_ending(full, tmp_path, suffix):
    target = tmp_path / f"report{suffix.upper()}"
    assert write_report([full], target) == target
    begins = {".html": b"<!doctype html>", ".pdf": b"%PDF-", ".png": b"\x89PNG", ".svg": b"<?xml"}[suffix]
    assert target.read_bytes().startswith(begins)
    assert [p.name for p in tmp_path.iterdir()] == [target.name]


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_several_rides_are_written_with_their_overview(full, tmp_path, suffix):
    other = ride("speed", shift=86_400)
    target = write_report([full, other], tmp_path / f"report{suffix}", imperial=True)
    assert target.stat().st_size > 5000


def test_the_fonts_of_a_sheet_are_embedded_and_its_words_can_be_anything(tmp_path):
    session = ride("power", lap_name="$\\frac{x}$ 漢字 \x00", settings=written_settings(tmp_path))
    data = write_report([session], tmp_path / "report.pdf").read_bytes()
    assert b"/FontFile2" in data


def test_the_same_ride_makes_the_same_sheet(full, tmp_path):
    one, other = (write_report([full], tmp_path / name).read_bytes() for name in ("a.pdf", "b.pdf"))
    assert one == other


def test_an_unknown_ending_is_refused_by_naming_the_known_ones(full, tmp_path):
    with pytest.raises(WriteError, match=r"\.html, \.pdf, \.png, \.svg"):
        write_report([full], tmp_path / "report.docx")
    with pytest.raises(WriteError, match="no ride"):
        write_report([], tmp_path / "report.html")


def test_a_report_that_fails_leaves_what_was_there(full, tmp_path):
    target = tmp_path / "folder.html"
    target.mkdir()
    with pytest.raises(WriteError, match="folder"):
        write_report([full], target)
    assert list(tmp_path.iterdir()) == [target]
    with pytest.raises(WriteError):
        write_report([full], tmp_path / "nowhere" / "report.html")


def test_drawing_opens_no_window_and_keeps_no_state(full, tmp_path):
    import matplotlib as mpl

    before = dict(mpl.rcParams)
    write_report([full], tmp_path / "report.png")
    assert dict(mpl.rcParams) == before


@given(st.floats(-1e6, 1e6), st.floats(1e-3, 1e6))
def test_ticks_are_round_and_lie_within(low, span):
    found = ticks(low, low + span)
    assert len(found) <= 7
    assert all(low - 1e-6 * (abs(low) + span) <= tick <= low + span + 1e-6 * (abs(low) + span) for tick in found)


@given(st.floats(1.0, 1e7))
def test_time_ticks_are_few_and_begin_at_zero(duration):
    found = time_ticks(duration)
    assert found[0] == 0.0
    assert len(found) <= 12
    assert found[-1] <= duration


def test_thinning_keeps_every_extreme_that_a_column_has():
    values = np.random.default_rng(0).normal(size=10_000)
    values[5000:5100] = np.nan
    pieces = list(thinned(values, columns=100))
    assert len(pieces) == 2
    kept = [value for piece in pieces for _, value in piece]
    assert max(kept) == np.nanmax(values)
    assert min(kept) == np.nanmin(values)
    assert len(kept) <= 2 * 100 + 8


def test_a_path_goes_where_its_points_are():
    points = [(0.0, 10.0), (3.5, 2.0), (4.0, 2.5), (9.0, -1.5)]
    numbers = [float(n) for n in re.findall(r"-?\d*\.?\d+", path(points))]
    steps = np.array(numbers).reshape(-1, 2)
    assert np.cumsum(steps, axis=0).tolist() == [list(point) for point in points]


def test_the_style_sheet_travels_with_the_package():
    assert (Path(stylesheet.__code__.co_filename).parent / "page.css").is_file()
