"""`paceline demo`: a ride from physics, with faults, and its report; a session on the track; sets in a gym, live."""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from paceline.simulate.faults import Injection

NAME = "demo"

SETTINGS = """\
# Made for the demo. The same file beside your own rides is found by itself: docs/how-to/keep-settings.md
zone: Atlantic/South_Georgia
athlete:
  mass: 72
  threshold_power: 265
  critical_power: 255
  w_prime: 19000
  maximal_heart_rate: 189
  resting_heart_rate: 48
  threshold_heart_rate: 168
  trimp_factor: 1.92
bike: {bike_mass: 8.1, wheel_circumference: 2.105}
"""


def _faults() -> tuple[Injection, ...]:
    """What goes wrong on a usual day: a spike, a meter that drops out, a loose strap, a tunnel, a stuck barometer."""
    from paceline.simulate import faults

    return (
        partial(faults.power_spike, at=1500.0, value=21_733.0),
        partial(faults.zero_dropout, channel="power", at=1000.0, duration=2.0),
        partial(faults.zero_dropout, channel="heart_rate", at=2200.0, duration=20.0),
        partial(faults.strap_noise, at=300.0, duration=30.0),
        partial(faults.missing_readings, channel="speed", at=600.0, duration=15.0),
        partial(faults.gap, at=3300.0, duration=90.0),
    )


def run(
    output: Annotated[Path, typer.Option("--output", "-o", help="Folder for the ride and its page.")] = Path("demo"),
    seed: Annotated[int, typer.Option(min=0, help="Another seed makes another ride.")] = 1,
) -> None:
    """Simulate a ride, a session on a track and one in a gym: report them, train on the last and replay it live."""
    from paceline.cli import demo_gym, sheet
    from paceline.cli.progress import announce_compilation
    from paceline.domain.efforts import SECOND
    from paceline.measure.report.write import write_report
    from paceline.measure.sessions import read
    from paceline.record.export import write
    from paceline.record.quality.findings import clock_face
    from paceline.record.whole import folder, write_whole
    from paceline.simulate.ride import simulate_ride

    announce_compilation()
    folder(output)
    made = simulate_ride(seed, faults=_faults())
    write(made.recording, output / "ride.fit", overwrite=True)
    write_whole(output / "paceline.yaml", SETTINGS.encode())
    begin = int(made.recording.streams["record"].time[0])
    truth = [
        {"kind": f.kind, "channel": f.channel, "at": clock_face(f.start - begin), "for_s": (f.stop - f.start) / SECOND}
        for f in made.truth.faults
    ]
    write_whole(output / "truth.json", json.dumps({"faults": truth}, indent=1).encode())
    session = read(output / "ride.fit")
    sheet.show([session], (), effort=None, imperial=False)
    write_report([session], output / "report.html")
    _track(output / "track", output, seed)
    demo_gym.show(output / "gym", seed)
    typer.echo(
        f"\nThe ride, its settings, its faults and the page to hand on lie in {output}: open report.html there, and "
        "track.html and positions.html for the track. In gym lie the sets, the trials and the best model."
    )


def _track(devices: Path, output: Path, seed: int) -> None:
    """Two short pursuits in two positions with every device around the track: a page, and both laid side by side."""
    from paceline.cli.sheet import screen, show_table
    from paceline.measure.comparison import Compared, compare
    from paceline.measure.comparison.page import page
    from paceline.measure.comparison.tables import lost_line, stretch_table
    from paceline.measure.report.write import write_report
    from paceline.measure.sessions import read
    from paceline.record.whole import write_whole
    from paceline.simulate.track import simulate_track
    from paceline.simulate.track_files import TRUTH, write_session
    from paceline.simulate.track_plans import Block, World

    blocks = (Block("usual", 2000.0, (455.0,)), Block("lower", 2000.0, (455.0,), cda_change=-0.04))
    written = write_session(simulate_track(seed, world=World(blocks=blocks)), devices)
    session = read(*(path for path in written if path.name != TRUTH and path.suffix != ".yaml"))
    write_report([session], output / "track.html", effort="run 2")
    positions = [Compared(session, session.effort(f"run {run}"), name) for run, name in ((1, "usual"), (2, "lower"))]
    found = compare(positions, by="distance")
    write_whole(output / "positions.html", page(found).encode())
    console = screen()
    console.print("\nOn the track: two pursuits at one power, the second in a lower position.", markup=False)
    for sentence in lost_line(found):
        console.print(sentence, markup=False)
    show_table(console, stretch_table(found))
