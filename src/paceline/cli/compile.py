"""`paceline compile`: compile the kernels and the modules now, so that no report has to wait for it."""

from __future__ import annotations

NAME = "compile"


def run() -> None:
    """Compile kernels and modules for this machine, once; what is compiled already is left as it is."""
    from paceline.cli.progress import announce_compilation
    from paceline.measure.kernels import warm
    from paceline.simulate.track import simulate_track
    from paceline.simulate.track_plans import Block, World

    announce_compilation()
    _compile_modules()
    _read_a_ride()
    warm()
    simulate_track(1, world=World(blocks=(Block("flying", 500.0, (400.0,), gate=False),)))


def _compile_modules() -> None:
    """Keep our modules as bytecode, which not every installer does, and Python itself only where it may write.

    A folder that can't be written to stays as it is: Python reads the sources then, as ever.
    """
    from compileall import compile_dir
    from pathlib import Path

    import paceline

    for folder in paceline.__path__:
        compile_dir(Path(folder), quiet=2)


def _read_a_ride() -> None:
    """A made ride goes through the FIT reader whole and broken: what it takes to read either is compiled by that."""
    from paceline.domain.errors import PacelineError
    from paceline.record.export import writer_of
    from paceline.record.files import read_bytes
    from paceline.record.formats import Source
    from paceline.simulate.ride import simulate_ride

    whole, _ = writer_of("fit").encode(simulate_ride(1, duration=900).recording)
    middle = len(whole) // 2
    for content in (whole, whole[:middle] + bytes(64) + whole[middle + 64 :]):
        try:
            read_bytes(content, Source("made.fit"))
        except PacelineError:  # broken on purpose
            continue
