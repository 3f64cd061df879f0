"""The velodrome that never closes: it is what it says it is, and its files read back."""

from __future__ import annotations

import json

import numpy as np
import pytest
from typer.testing import CliRunner

from paceline.cli import app
from paceline.domain.efforts import SECOND
from paceline.domain.errors import UnknownName, WriteError
from paceline.domain.tracks import TRACKS
from paceline.measure import resistance
from paceline.measure.track import geometry, lean
from paceline.record.files import read_file
from paceline.record.formats.passings import transponder
from paceline.simulate.track import SOURCES, simulate_track
from paceline.simulate.track_files import truth_document, write_session
from paceline.simulate.track_plans import NO_MISHAPS, Block, Doubt, Misfit, World

SHORT = (Block("pursuit", 1000.0, (450.0,)), Block("flying", 500.0, (400.0,), gate=False, cda_change=-0.05))
NO_DOUBT = Doubt(*[0.0] * 11)


@pytest.fixture(scope="module")
def session():
    return simulate_track(4, world=World(blocks=SHORT))


def test_the_same_seed_gives_the_same_session_and_another_one_another(session):
    again, other = (simulate_track(seed, world=World(blocks=SHORT)) for seed in (4, 5))
    for device, recording in session.recordings.items():
        for name, stream in recording.streams.items():
            same = again.recordings[device].streams[name]
            np.testing.assert_array_equal(stream.time, same.time)
            for channel, column in stream.values.items():
                np.testing.assert_array_equal(column, same.values[channel])
    assert truth_document(again) == truth_document(session) != truth_document(other)


def test_energy_is_kept_by_the_functions_that_measure_with_it():
    made = simulate_track(2, world=World(blocks=SHORT[:1], doubt=NO_DOUBT, mishaps=NO_MISHAPS))
    truth, rider = made.truth.happened.stream.values, made.truth.rider
    pedalling = slice(0, int(np.flatnonzero(truth["power"] > 0.0)[-1]) + 1)
    place, speed, power = (truth[name][pedalling] for name in ("track_position", "wheel_speed", "power"))
    bend, bank = geometry.curvature(place, made.track), np.radians(geometry.banking(place, made.track))
    sine, weight = lean.lean_sine(speed, bend), rider.mass * resistance.GRAVITY
    own = speed * lean.speed_ratio(sine, bend)
    np.testing.assert_allclose(own, truth["speed"][pedalling], rtol=1e-4)
    pressed = lean.wheel_load(sine, np.sin(bank), np.cos(bank), weight=weight)
    density = truth["air_density"][pedalling]
    taken = resistance.aerodynamic_power(own, air_speed=own, cda=rider.cda, air_density=density)
    taken = taken + rider.crr * pressed * speed + resistance.bearing_power(speed)
    energy = 0.5 * (rider.mass * own**2 + rider.rotating_mass * speed**2)
    energy = energy + weight * lean.centre_of_mass_height(sine)
    gained = np.sum((power * rider.efficiency - taken)[:-1]) / 100.0
    assert energy[-1] - energy[0] == pytest.approx(gained, rel=2e-3)


def test_the_drag_area_of_an_effort_is_that_of_its_position(session):
    assert session.truth.cda["flying"] == pytest.approx(0.95 * session.truth.cda["pursuit"])


def test_each_device_is_on_a_clock_of_its_own(session):
    truth = session.truth
    hub = session.recordings["hub"].streams["record"]
    ahead = (hub.time[0] - truth.happened.stream.time[0]) / SECOND
    assert ahead == pytest.approx(truth.clocks["hub"].offset, abs=1e-8)
    for clock in truth.clocks.values():
        shown = clock.shown(truth.happened.stream.time)
        assert np.abs(clock.asked(shown) - truth.happened.stream.time).max() <= 2
    unit = session.recordings["head_unit"].streams["record"]
    assert (unit.time % SECOND == 0).all()
    # What the head unit shows at its own second is the mean of the second before it, on the loops' clock.
    at = np.searchsorted(truth.happened.stream.time, truth.clocks["head_unit"].asked(unit.time[30:31]))[0]
    mean = truth.happened.stream.values["wheel_speed"][at - 100 : at].mean()
    scale = session.told.circumference / truth.rider.circumference
    assert unit.values["speed"][30] == pytest.approx(mean * scale, abs=6e-4)


def test_every_fault_is_told_and_is_there(session):
    faults = session.truth.faults
    hub = session.recordings["hub"].streams["record"]
    spikes = [f for f in faults["hub"] if f.kind == "power_spike"]
    gaps = [f for f in faults["hub"] if f.kind == "gap"]
    assert (len(spikes), len(gaps)) == (2, 2)
    for gap in gaps:
        assert not ((hub.time >= gap.start) & (hub.time < gap.stop)).any()
    lost = [any(g.start <= s.start < g.stop for g in gaps) for s in spikes]
    assert np.count_nonzero(hub.values["power"] == 3500.0) == lost.count(False)
    passings = session.recordings["loops"].streams["passings"]
    assert not set(passings.time.tolist()) & {f.start for f in faults["loops"]}
    whole = simulate_track(4, world=World(blocks=SHORT, mishaps=NO_MISHAPS)).recordings["loops"].streams["passings"]
    assert len(whole) == len(passings) + len(faults["loops"])


@pytest.mark.parametrize("source", SOURCES)
def test_what_is_missing_changes_nothing_of_the_rest(source, session):
    less = simulate_track(4, world=World(blocks=SHORT), without=[source])
    gone = 0
    for device, recording in session.recordings.items():
        for name, stream in recording.streams.items():
            for channel, column in stream.values.items():
                left = less.recordings.get(device)
                if left is None or channel not in left.streams[name].values:
                    gone += 1
                else:
                    np.testing.assert_array_equal(left.streams[name].values[channel], column)
    assert gone > 0


def test_an_unknown_source_is_an_error():
    with pytest.raises(UnknownName, match="weather"):
        simulate_track(1, without=["wether"])


def test_a_block_that_nobody_can_ride_is_an_error():
    with pytest.raises(ValueError, match="more power"):
        simulate_track(1, world=World(blocks=(Block("crawl", 500.0, (5.0,), gate=False),)))


def test_the_files_read_back_as_what_was_recorded(session, tmp_path):
    written = write_session(session, tmp_path)
    assert sorted(path.name for path in written) == sorted(path.name for path in tmp_path.iterdir())
    hub = read_file(tmp_path / "hub.csv").recordings[0].streams["record"]
    mine = session.recordings["hub"].streams["record"]
    np.testing.assert_array_equal(hub.time, mine.time)
    for name, column in mine.values.items():
        np.testing.assert_array_equal(hub.values[name], column)
    loops = read_file(tmp_path / "passings.jsonl").recordings[0]
    assert transponder(loops) == session.recordings["loops"].device.serial
    for name, stream in session.recordings["loops"].streams.items():
        np.testing.assert_array_equal(loops.streams[name].time, stream.time)
        np.testing.assert_array_equal(loops.streams[name].values["loop"], stream.values["loop"])
    weather = read_file(tmp_path / "weather.csv")
    assert weather.problems == ()
    for name, column in session.recordings["weather"].streams["weather"].values.items():
        np.testing.assert_allclose(weather.recordings[0].streams["weather"].values[name], column, rtol=1e-12)
    unit = read_file(tmp_path / "head_unit.fit").recordings[0].streams["record"]
    np.testing.assert_array_equal(unit.time, session.recordings["head_unit"].streams["record"].time)
    truth = json.loads((tmp_path / "truth.json").read_text())
    assert truth["clocks"]["hub"]["offset_s"] == session.truth.clocks["hub"].offset
    assert [effort["name"] for effort in truth["efforts"]] == ["pursuit", "flying"]


def test_a_later_session_replaces_the_earlier_one_and_nothing_else(session, tmp_path):
    write_session(session, tmp_path)
    less = simulate_track(4, world=World(blocks=SHORT), without=["weather", "head_unit"])
    write_session(less, tmp_path)
    assert not (tmp_path / "weather.csv").exists()
    (tmp_path / "truth.json").unlink()
    with pytest.raises(WriteError):
        write_session(less, tmp_path)


def test_misfits_are_where_they_were_asked_for():
    plain, odd = (
        simulate_track(6, world=World(blocks=SHORT, misfit=misfit))
        for misfit in (Misfit(), Misfit(mass=2.0, gust=0.3, loop=0.3, power=0.02))
    )
    assert odd.told.mass - plain.told.mass == pytest.approx(2.0)
    lap = TRACKS["adelaide"].length
    moved = [(odd.truth.loops[n] - at) % lap for n, at in plain.truth.loops.items()]
    assert sorted(np.round(moved, 9).tolist()) == [0.0] * (len(moved) - 1) + [0.3]
    still, blown = (made.truth.happened.stream.values for made in (plain, odd))
    riding = blown["speed"] > 5.0
    assert np.array_equal(still["airspeed"], still["speed"])
    assert 0.1 < np.std((blown["airspeed"] - blown["speed"])[riding]) < 0.6


def test_the_command_leaves_a_folder_of_files(tmp_path):
    done = CliRunner().invoke(app, ["simulate", "track", "-o", str(tmp_path / "x"), "--without", "weather,power"])
    assert done.exit_code == 0
    assert {p.name for p in (tmp_path / "x").iterdir()} >= {"hub.csv", "passings.jsonl", "truth.json"}
    assert "power" not in (tmp_path / "x" / "hub.csv").read_text().splitlines()[0]
    assert CliRunner().invoke(app, ["simulate", "moon"]).exit_code == 2


def test_files_are_written_whole_or_not_at_all(session, tmp_path):
    write_session(session, tmp_path)
    before = (tmp_path / "passings.jsonl").stat().st_ino
    write_session(session, tmp_path)
    assert (tmp_path / "passings.jsonl").stat().st_ino != before
    assert not list(tmp_path.glob(".paceline-*"))
    (tmp_path / "file").touch()
    with pytest.raises(WriteError):
        write_session(session, tmp_path / "file")
