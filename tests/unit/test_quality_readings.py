"""Spikes, dropouts, frozen sensors and readings out of range."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from paceline.domain.channels import CHANNELS
from paceline.domain.efforts import SECOND
from paceline.record.quality import assess
from paceline.record.recordings import Recording
from paceline.record.streams import Flag, Stream


def recorded(step: float = 1.0, **values: np.ndarray) -> Recording:
    length = len(next(iter(values.values())))
    time = (np.arange(length) * step * SECOND).astype(np.int64)
    return Recording({"record": Stream("record", time, {n: np.asarray(v, float) for n, v in values.items()})})


def flagged(flag: Flag, channel: str, *, step: float = 1.0, **values: np.ndarray) -> list[int]:
    stream = assess(recorded(step, **values)).recording.streams["record"]
    return np.flatnonzero(stream.flags[channel] & flag).tolist()


def around(level: float, spread: float, length: int = 600) -> np.ndarray:
    return np.round(np.random.default_rng(1).normal(level, spread, length))


class TestSpikes:
    def test_a_reading_of_twenty_kilowatts_is_a_spike(self):
        power = around(220, 30)
        power[300] = 21_733
        assert flagged(Flag.SPIKE, "power", power=power) == [300]

    def test_a_spike_beside_missing_readings_and_a_gap_is_found(self):
        power = around(220, 30)
        power[300], power[301:320] = 21_733, np.nan
        assert flagged(Flag.SPIKE, "power", power=power) == [300]

    def test_a_spike_with_shoulders_is_taken_off_whole(self):
        power = around(220, 30)
        power[300:303] = 9_000, 21_733, 12_000
        assert flagged(Flag.SPIKE, "power", power=power) == [300, 301, 302]

    def test_a_short_spike_below_the_plausible_range_is_found(self):
        power = around(220, 30)
        power[300] = 1_900
        assert flagged(Flag.SPIKE, "power", power=power) == [300]

    @pytest.mark.parametrize("rise", [1, 2])
    @pytest.mark.parametrize("peak", [1000, 1600, 2100])
    def test_a_sprint_start_is_no_spike(self, rise: int, peak: int):
        sprint = np.r_[np.linspace(0, peak, rise + 1)[1:], peak * np.exp(-np.arange(8) / 10)]
        power = np.r_[np.zeros(60), sprint, np.zeros(60)]
        assert flagged(Flag.SPIKE, "power", power=power) == []

    def test_coasting_between_hard_efforts_is_no_spike(self):
        power = np.r_[np.full(30, 1200.0), 0.0, np.full(30, 1200.0)]
        assert flagged(Flag.SPIKE, "power", power=power) == []

    def test_power_over_a_stroke_at_high_rates_is_no_spike(self):
        power = 400 + 390 * np.sin(np.arange(4000) * 0.02 * 2 * np.pi * 3)
        assert flagged(Flag.SPIKE, "power", step=0.02, power=power) == []

    def test_heart_rate_that_halves_for_a_moment_is_a_spike(self):
        rate = around(150, 1)
        rate[200:204] = 75
        assert flagged(Flag.SPIKE, "heart_rate", heart_rate=rate) == [200, 201, 202, 203]

    def test_heart_rate_that_rises_with_an_effort_is_no_spike(self):
        rate = np.r_[np.full(60, 110.0), np.arange(110, 175, 4.0), np.full(60, 175.0), np.arange(175, 120, -2.0)]
        assert flagged(Flag.SPIKE, "heart_rate", heart_rate=rate) == []

    def test_speed_that_stops_and_goes_on_at_once_is_a_spike(self):
        speed = around(11, 0.1)
        speed[100] = 0
        assert flagged(Flag.SPIKE, "speed", speed=speed) == [100]

    def test_hard_braking_to_a_stop_is_no_spike(self):
        speed = np.r_[np.full(60, 12.0), 7.0, 1.5, np.zeros(60)]
        assert flagged(Flag.SPIKE, "speed", speed=speed) == []

    def test_cadence_that_doubles_for_a_moment_is_a_spike(self):
        cadence = around(88, 1)
        cadence[50] = 176
        assert flagged(Flag.SPIKE, "cadence", cadence=cadence) == [50]

    def test_a_half_turn_of_the_pedals_is_no_spike(self):
        cadence = np.r_[np.full(30, 90.0), 0, 0, 92, 0, 0, np.full(30, 90.0)]
        assert flagged(Flag.SPIKE, "cadence", cadence=cadence) == []

    def test_a_step_of_altitude_that_stays_is_no_spike(self):
        assert flagged(Flag.SPIKE, "altitude", altitude=np.r_[np.full(60, 100.0), np.full(60, 180.0)]) == []

    def test_readings_minutes_apart_are_not_compared(self):
        power = np.r_[150.0, 160, 1400, 155, 150, 160]
        assert flagged(Flag.SPIKE, "power", step=60, power=power) == []


class TestDropouts:
    def test_a_heart_rate_of_zero_is_a_dropout(self):
        rate = around(140, 2)
        rate[40:90] = 0
        assert flagged(Flag.DROPOUT, "heart_rate", heart_rate=rate) == list(range(40, 90))

    @pytest.mark.parametrize("length", [1, 2, 3])
    def test_power_cut_off_for_a_moment_while_the_pedals_turn_is_a_dropout(self, length: int):
        power, cadence = around(240, 15), around(90, 1)
        power[100 : 100 + length] = 0
        assert flagged(Flag.DROPOUT, "power", power=power, cadence=cadence) == list(range(100, 100 + length))

    def test_coasting_is_no_dropout(self):
        power, cadence = around(240, 15), around(90, 1)
        power[100:103], cadence[100:103] = 0, 0
        assert flagged(Flag.DROPOUT, "power", power=power, cadence=cadence) == []

    def test_pedals_that_slow_down_with_the_power_are_no_dropout(self):
        power, cadence = around(240, 15), around(90, 1)
        power[100:103], cadence[100:103] = 0, 70
        assert flagged(Flag.DROPOUT, "power", power=power, cadence=cadence) == []

    def test_soft_pedalling_that_fades_in_and_out_is_no_dropout(self):
        power, cadence = around(240, 15), around(90, 1)
        power[99:104] = 100, 0, 0, 0, 90
        assert flagged(Flag.DROPOUT, "power", power=power, cadence=cadence) == []

    def test_zeros_in_easy_riding_are_no_dropout(self):
        power, cadence = around(80, 5), around(90, 1)
        power[100:102] = 0
        assert flagged(Flag.DROPOUT, "power", power=power, cadence=cadence) == []

    def test_zeros_without_any_cadence_are_no_dropout(self):
        power = around(240, 15)
        power[100] = 0
        assert flagged(Flag.DROPOUT, "power", power=power) == []

    def cut(self, **changes: np.ndarray) -> list[int]:
        power = around(240, 15)
        power[100:160] = 0
        values = {"cadence": around(90, 1), "speed": np.full(600, 9.0), "altitude": np.full(600, 50.0)}
        return flagged(Flag.DROPOUT, "power", power=power, **{**values, **changes})

    def test_a_minute_without_power_at_full_speed_on_the_flat_is_a_dropout(self):
        assert self.cut() == list(range(100, 160))

    def test_a_minute_without_power_downhill_is_no_dropout(self):
        fall = 50 - np.clip(np.arange(600) - 100, 0, 60) * 9.0 * 0.03
        assert self.cut(altitude=fall) == []

    def test_a_minute_without_power_that_costs_speed_is_no_dropout(self):
        speed = np.full(600, 9.0)
        speed[100:160] = np.linspace(9, 6, 60)
        assert self.cut(speed=speed) == []

    def test_a_minute_without_power_where_nothing_tells_the_slope_is_no_dropout(self):
        assert self.cut(altitude=np.full(600, np.nan)) == []

    def test_a_cadence_of_zero_under_power_is_a_dropout(self):
        power, cadence = around(240, 15), around(90, 1)
        cadence[50:60] = 0
        assert flagged(Flag.DROPOUT, "cadence", power=power, cadence=cadence) == list(range(50, 60))

    def test_a_cadence_of_zero_while_the_meter_runs_out_is_no_dropout(self):
        power, cadence = around(240, 15), around(90, 1)
        power[50:60] = [180, 60, 0, 0, 0, 0, 0, 0, 0, 90]
        cadence[50:60] = 0
        assert flagged(Flag.DROPOUT, "cadence", power=power, cadence=cadence) == []


class TestFlats:
    def test_a_frozen_power_meter_is_flat_after_its_first_reading(self):
        power = around(240, 15)
        power[99:201] = [200, *[231] * 100, 200]
        assert flagged(Flag.FLAT, "power", power=power) == list(range(101, 200))

    def test_power_that_writes_the_workouts_target_is_not_flat(self):
        target = np.full(600, 250.0)
        assert flagged(Flag.FLAT, "power", power=target, target_power=target) == []

    def test_zeros_are_not_flat(self):
        nothing = np.zeros(600)
        for channel in ("power", "cadence", "speed"):
            assert flagged(Flag.FLAT, channel, **{channel: nothing}) == []

    def test_temperature_may_stay_as_it_is(self):
        assert flagged(Flag.FLAT, "temperature", temperature=np.full(600, 21.0)) == []

    def test_a_few_equal_readings_far_apart_are_not_flat(self):
        assert flagged(Flag.FLAT, "heart_rate", step=60, heart_rate=np.r_[np.full(10, 120.0), around(130, 9, 90)]) == []

    def test_a_position_that_stays_while_the_rider_moves_is_flat(self):
        degrees = {"latitude": np.full(600, 1.0), "longitude": np.full(600, 2.0)}
        assert len(flagged(Flag.FLAT, "latitude", speed=np.full(600, 8.0), **degrees)) == 599
        assert flagged(Flag.FLAT, "latitude", speed=np.zeros(600), **degrees) == []
        assert flagged(Flag.FLAT, "latitude", **degrees) == []

    def test_equal_readings_on_both_sides_of_a_gap_are_no_run(self):
        time = np.r_[np.arange(50), np.arange(500, 550)] * SECOND
        stream = Stream("record", time, {"power": np.full(100, 200.0)})
        found = assess(Recording({"record": stream})).recording.streams["record"]
        assert not (found.flags["power"] & Flag.FLAT).any()


class TestRanges:
    def test_readings_outside_the_catalogues_range_are_flagged(self):
        assert flagged(Flag.OUT_OF_RANGE, "power", power=np.array([-1.0, 0, 3000, 3001, np.inf])) == [0, 3, 4]

    def test_a_receiver_without_a_fix_is_out_of_range(self):
        degrees = {"latitude": np.array([0.0, 0.0, 51.0]), "longitude": np.array([0.0, 0.1, 0.0])}
        assert flagged(Flag.OUT_OF_RANGE, "latitude", **degrees) == [0]
        assert flagged(Flag.OUT_OF_RANGE, "longitude", **degrees) == [0]


class TestAssessment:
    def test_readings_are_never_overwritten(self):
        power = around(220, 30)
        power[300] = 21_733
        recording = recorded(power=power)
        before = power.copy()
        found = assess(recording)
        assert found.recording.streams["record"].values["power"] is recording.streams["record"].values["power"]
        assert np.array_equal(power, before)
        assert not recording.streams["record"].flags

    def test_flags_that_a_reader_set_stay(self):
        stream = Stream(
            "record", np.arange(3) * SECOND, {"power": np.ones(3)}, {"power": np.array([8, 0, 0], np.uint8)}
        )
        assert assess(Recording({"record": stream})).recording.streams["record"].flags["power"].tolist() == [8, 0, 0]

    def test_a_coach_reads_what_where_and_what_became_of_it(self):
        power = around(220, 30, 3000)
        power[1867] = 21_733
        (finding,) = assess(recorded(power=power)).findings
        assert (finding.kind, finding.channel, finding.count) == ("spike", "power", 1)
        assert (finding.start, finding.stop) == (1867 * SECOND, 1867 * SECOND)
        assert finding.message == (
            "Power: one reading that the body and the bike can't make: away from its neighbours and back at once, "
            "at 0:31:07 into the recording; not used."
        )

    def test_findings_come_in_time_order_whatever_the_channel(self):
        power, rate = around(220, 30), around(150, 1)
        power[[300, 500]], rate[[100, 400]] = 21_733, 0
        found = assess(recorded(power=power, heart_rate=rate)).findings
        assert [(f.channel, f.count) for f in found] == [("heart_rate", 2), ("power", 2)]
        assert "first at 0:01:40" in found[0].message

    def test_no_message_holds_an_athletes_value(self):
        power = around(220, 30)
        power[300:302] = 21_733, -4_321
        assert not any(
            v in f.message for f in assess(recorded(power=power)).findings for v in ("21733", "21,733", "4321")
        )

    def test_a_healthy_ride_has_nothing_to_tell(self):
        values = {"power": around(220, 30), "heart_rate": around(150, 2), "cadence": around(90, 2)}
        assert assess(recorded(**values)).findings == ()


odd = st.one_of(
    st.floats(allow_nan=True, allow_infinity=True),
    st.sampled_from([0.0, 0.0, 200.0, 200.0, 90.0, np.nan, 1e308, -1e308]),
)


@settings(max_examples=60, deadline=None)
@given(st.lists(odd, max_size=40), st.lists(st.integers(-(2**63), 2**63 - 1), min_size=40, max_size=40), st.booleans())
def test_whatever_the_readings_an_assessment_is_made_without_a_warning(
    values: list[float], times: list[int], even: bool
):
    column = np.array(values, np.float64)
    time = np.arange(len(values)) * SECOND if even else np.array(times[: len(values)], np.int64)
    stream = Stream("record", time, dict.fromkeys(CHANNELS, column))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = assess(Recording({"record": stream}))
    assert set(found.recording.streams["record"].flags) == {*CHANNELS, "time"}
