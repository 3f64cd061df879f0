"""The picture of what a metric rests on."""

from __future__ import annotations

from itertools import combinations, pairwise
from xml.etree.ElementTree import fromstring

import pytest
from hypothesis import given
from hypothesis import strategies as st

from paceline.domain.errors import UnknownName, WriteError
from paceline.measure.catalogue import catalogue
from paceline.measure.layered import drawn
from paceline.measure.lineage import graph, picture, write_picture
from paceline.measure.quantities import QUANTITIES

SVG = "{http://www.w3.org/2000/svg}"


def tree(names):
    return fromstring(picture(names))  # our own picture


@pytest.mark.parametrize("name", list(catalogue()))
def test_every_node_and_arrow_of_a_metric_is_drawn(name):
    root = tree(name)
    nodes = graph([name])
    assert {group.get("id") for group in root.iter(f"{SVG}g") if group.get("id")} == set(nodes)
    drawn_arrows = {(g.get("data-from"), g.get("data-to")) for g in root.iter(f"{SVG}g") if g.get("data-from")}
    assert drawn_arrows == {(parent, child) for child, parents in nodes.items() for parent in parents}


def test_the_whole_catalogue_is_one_picture_without_overlaps():
    rectangles = [
        tuple(float(box.get(key)) for key in ("x", "y", "width", "height"))
        for box in tree(list(catalogue())).iter(f"{SVG}rect")
        if box.get("class") != "paper"
    ]
    assert len(rectangles) == len(graph(catalogue()))
    for (x, y, w, h), (u, v, s, t) in combinations(rectangles, 2):
        assert x + w <= u or u + s <= x or y + h <= v or v + t <= y


def test_quantities_stand_left_of_everything_that_is_computed():
    drawing = {g.get("id"): g.find(f"{SVG}rect") for g in tree("work").iter(f"{SVG}g") if g.get("id")}
    assert float(drawing["power"].get("x")) == 0.0 == float(drawing["interval"].get("x"))
    assert float(drawing["work"].get("x")) > 0.0
    assert drawing["power"].get("rx") != drawing["work"].get("rx")


def test_the_same_metrics_give_the_same_picture():
    assert picture(list(catalogue())) == picture(list(catalogue()))


def test_a_picture_can_be_read_aloud():
    root = tree("work")
    assert root.get("role") == "img"
    assert root.find(f"{SVG}title").text == "What Work rests on"
    assert "work is computed from power and interval." in root.find(f"{SVG}desc").text


def test_names_fit_into_their_boxes():
    for group in tree(list(catalogue())).iter(f"{SVG}g"):
        if group.get("id"):
            assert float(group.find(f"{SVG}rect").get("width")) >= 7.6 * len(group.get("id")) + 8


def test_a_metric_that_does_not_exist_is_refused():
    with pytest.raises(UnknownName, match="Did you mean work"):
        picture("wrok")


def test_a_picture_is_written_as_svg_and_as_nothing_else(tmp_path):
    write_picture(["work"], tmp_path / "work.svg")
    assert (tmp_path / "work.svg").read_text(encoding="utf-8") == picture("work")
    with pytest.raises(WriteError, match=r"\.svg"):
        write_picture(["work"], tmp_path / "work.png")
    with pytest.raises(WriteError, match="work"):
        write_picture(["work"], tmp_path / "nowhere" / "work.svg")


@given(st.lists(st.sets(st.integers(0, 30), max_size=4), min_size=1, max_size=20))
def test_any_graph_is_drawn_from_left_to_right_without_overlaps(sets):
    parents = {str(i): [str(p) for p in sorted(found) if p < i] for i, found in enumerate(sets)}
    sizes = {name: (40.0 + 5 * len(found), 20.0) for name, found in parents.items()}
    drawing = drawn(parents, sizes)
    for one, other in combinations(drawing.boxes.values(), 2):
        beside = one.x + one.width <= other.x or other.x + other.width <= one.x
        assert beside or one.y + one.height <= other.y + 1e-6 or other.y + other.height <= one.y + 1e-6
    for way in drawing.routes.values():
        assert all(after[0] >= before[0] for before, after in pairwise(way))
    for box in drawing.boxes.values():
        assert box.x >= 0
        assert box.y >= -1e-6
        assert box.x + box.width <= drawing.width
        assert box.y + box.height <= drawing.height + 1e-6


def test_every_leaf_of_the_graph_is_a_quantity():
    assert {name for name, parents in graph(catalogue()).items() if not parents} <= set(QUANTITIES)
