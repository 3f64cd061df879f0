"""What a coach is told second by second: the catalogue's own metrics, in an order that follows from the packets."""

from __future__ import annotations

import json

import numpy as np
import pytest

from paceline.measure.metrics.w_prime_balance import w_prime_balance
from paceline.measure.metrics.weighted_power import weighted_power
from paceline.record.packets import packet, passed_on, sampled
from paceline.serve.live.seconds import GRACE, SILENT, Seconds

START, NANO = 1_700_000_000, 10**9
KNOWN = {"critical_power": 250.0, "w_prime": 20_000.0}
POWER = np.random.default_rng(3).uniform(100.0, 400.0, 120)


def sent(device, number, rate=1, **values):
    readings = {name: [value] * rate for name, value in values.items()}
    first = (START + number) * NANO
    return packet(sampled(device, "record", readings, sequence=number, first=first, rate=(rate, 1)))


def told(packets, *, since=-1, settings=KNOWN):
    seconds = Seconds(settings, since=since)
    return [event for part in packets for event in seconds.events(part)], seconds


def passing(index, at, loop):
    said = {"index": index, "date": "2023-11-14", "time": at, "mpid": loop, "refid": "7", "env": [], "text": f"L{loop}"}
    return packet(passed_on("loops", "velotrain/passing", json.dumps(said).encode(), sequence=index, time=0))


def test_each_second_has_the_catalogues_own_metrics():
    events, _ = told(sent("hub", n, power=POWER[n]) for n in range(120))
    power = POWER.astype(np.float32).astype(float)
    for n in (0, 29, 30, 119):
        event, so_far = events[n], power[: n + 1]
        assert event["elapsed_s"] == n
        assert event["time_s"] == START + n
        assert event["power_w"] == pytest.approx(power[n], abs=1e-3)
        assert event["w_prime_balance_j"] == pytest.approx(w_prime_balance(so_far, 250.0, 20_000.0, 1.0)[-1], abs=1e-3)
        weighted = weighted_power(so_far, 1.0) if n >= 29 else None
        assert event["weighted_power_w"] == (None if weighted is None else pytest.approx(weighted, abs=1e-3))
    assert events[119]["power_30s_w"] == pytest.approx(power[90:].mean(), abs=1e-3)
    assert events[5]["power_30s_w"] is None


def test_without_settings_there_is_no_balance():
    events, _ = told([sent("hub", n, power=200.0) for n in range(3)], settings={})
    assert "w_prime_balance_j" not in events[-1]


def test_a_second_waits_for_the_slower_device_but_not_for_ever():
    hub = [sent("hub", n, power=200.0) for n in range(5)]
    events, _ = told([hub[0], hub[1], sent("strap", 0, heart_rate=120.0), *hub[2:]])
    assert events[0]["elapsed_s"] == 0
    both, _ = told([hub[0], sent("strap", 0, heart_rate=120.0), hub[1]])
    assert [event["elapsed_s"] for event in both] == [0]
    assert len(events) == 5 - GRACE


def test_a_silent_device_is_no_longer_waited_for():
    hub = [sent("hub", n, power=200.0) for n in range(20)]
    events, _ = told([hub[0], sent("strap", 0, heart_rate=120.0), *hub[1:]])
    assert events[-1]["elapsed_s"] == 19
    assert SILENT < 19


def test_what_comes_late_counts_from_then_on_and_is_said():
    hub = [sent("hub", n, power=100.0 + n) for n in range(40)]
    on_time, _ = told(hub)
    late, _ = told([*hub[:10], *hub[11:39], hub[10], hub[39]])
    assert late[10]["power_w"] is None
    assert late[-1]["late"] == 1
    assert late[-1]["weighted_power_w"] == on_time[-1]["weighted_power_w"]


def test_events_behind_a_cursor_are_the_same_as_if_one_had_never_been_away():
    row = [sent("hub", n, power=POWER[n]) for n in range(60)]
    whole, _ = told(row)
    rest, _ = told(row, since=24)
    assert rest == whole[25:]


def test_somebody_who_comes_now_is_told_the_latest_second():
    row = [sent("hub", n, power=POWER[n]) for n in range(60)]
    whole, _ = told(row[:50])
    none, seconds = told(row[:50], since=2**62)
    assert none == []
    assert seconds.from_now() == whole[-1]
    after, _ = told(row)
    assert [event for part in row[50:] for event in seconds.events(part)] == after[50:]


def test_the_last_seconds_are_told_in_the_end():
    _, seconds = told([sent("hub", n, power=200.0) for n in range(5)] + [sent("strap", 0, heart_rate=120.0)])
    seconds = Seconds({})
    parts = [sent("strap", 0, heart_rate=120.0), *(sent("hub", n, power=200.0) for n in range(3))]
    before = [event for part in parts for event in seconds.events(part)]
    assert [e["elapsed_s"] for e in [*before, *seconds.rest()]] == [0, 1, 2]


def test_samples_at_50_hz_are_the_mean_of_their_second():
    values = {"power": list(np.linspace(100.0, 200.0, 50))}
    raw = sampled("hub", "record", values, sequence=0, first=START * NANO, rate=(50, 1))
    events, _ = told([packet(raw)])
    assert events[0]["power_w"] == pytest.approx(150.0, abs=1e-3)


def test_a_clock_that_jumps_away_stops_nothing():
    far = packet(sampled("hub", "record", {"power": [1.0]}, sequence=2, first=(START + 10**8) * NANO, rate=(1, 1)))
    events, _ = told([sent("hub", 0, power=200.0), far, sent("hub", 1, power=200.0)])
    assert [event["elapsed_s"] for event in events] == [0, 1]


def test_laps_are_timed_to_the_millisecond_as_they_come():
    events, _ = told([passing(1, "22:13:20.000", 1), passing(2, "22:13:29.125", 2), passing(3, "22:13:38.251", 1)])
    assert [(e["loop"], e["split_s"], e["lap_s"], e["lap"]) for e in events] == [
        (1, None, None, 0), (2, 9.125, None, 0), (1, 9.126, 18.251, 1)]  # fmt: skip
