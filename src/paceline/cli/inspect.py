"""`paceline inspect`: what is in these files?"""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from paceline.domain.efforts import SECOND
from paceline.domain.errors import PacelineError
from paceline.domain.text import legible

if TYPE_CHECKING:
    from paceline.record.recordings import Problem, RawFile, Recording

NAME = "inspect"


def run(
    files: Annotated[list[Path], typer.Argument(help="Files, or folders of files.", readable=False)],
    as_json: Annotated[bool, typer.Option("--json", help="One JSON line a file.")] = False,
    start: Annotated[str | None, typer.Option(help="When undated files begin, as 2024-05-01T09:30+02:00.")] = None,
    column: Annotated[list[str] | None, typer.Option(help="THEIRS=OURS, for a CSV of no known dialect.")] = None,
) -> None:
    """Say of each file what format it is, what it holds and what is wrong with it; go on to the next."""
    from paceline.cli import inputs
    from paceline.cli.progress import announce_compilation

    announce_compilation()
    seen = refused = 0
    for path, outcome in inputs.files(files, inputs.hints(start, column or [])):
        seen += 1
        refused += isinstance(outcome, PacelineError)
        typer.echo(json.dumps(line(path, outcome), ensure_ascii=False) if as_json else text(path, outcome))
    if seen > 1 and not as_json:
        typer.echo(f"\n{seen:,} files: {seen - refused:,} read, {refused:,} not")
    raise typer.Exit(1 if refused else 0)


def line(path: Path, outcome: RawFile | PacelineError) -> dict[str, Any]:
    """What `--json` prints of a file."""
    if isinstance(outcome, PacelineError):
        return {"file": str(path), "error": {"type": type(outcome).__name__, "message": str(outcome)}}
    streams = [
        {"recording": i, "name": s.name, "samples": len(s), "channels": list(s.values)}
        for i, recording in enumerate(outcome.recordings)
        for s in recording.streams.values()
    ]
    return {
        "file": str(path),
        "format": outcome.format,
        "records": outcome.records,
        "streams": streams,
        "problems": [problem(p) for p in outcome.problems],
    }


def problem(found: Problem) -> dict[str, Any]:
    """A problem as JSON: place, kind, sentence and count."""
    where = {"line": found.line} if found.line is not None else {"offset": found.offset}
    return {"kind": found.kind, **where, "message": found.message, "count": found.count}


def text(path: Path, outcome: RawFile | PacelineError) -> str:
    """What a person reads of a file."""
    if isinstance(outcome, PacelineError):
        return f"{legible(str(path))}\n  not read: {legible(str(outcome))}"
    rows = [legible(str(path)), f"  {outcome.format}, {outcome.records:,} records"]
    for i, recording in enumerate(outcome.recordings):
        beside = (f"{len(e)} {n}" for n, e in _beside(recording).items() if e)
        facts = [recording.sport or "sport unknown", *_when(recording), *_device(recording), *beside]
        rows.append(f"  recording {i + 1}: {', '.join(facts)}")
        rows += [f"    {s.name}: {len(s):,} × {', '.join(s.values) or 'nothing'}" for s in recording.streams.values()]
    rows += [f"  ! {found}" for found in outcome.problems]
    return "\n".join(map(legible, rows))


def _when(recording: Recording) -> list[str]:
    """When it began and how long it lasted, in UTC, as far as the file says."""
    clocks = [stream.time for stream in recording.streams.values() if len(stream)]
    if not clocks:
        return []
    begin, end = min(int(clock.min()) for clock in clocks), max(int(clock.max()) for clock in clocks)
    lasted = str(timedelta(seconds=(end - begin) // SECOND))
    if not recording.dated:
        return ["undated", lasted]
    moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=begin // SECOND)
    return [f"{moment:%Y-%m-%d %H:%M} UTC", lasted]


def _device(recording: Recording) -> list[str]:
    """Maker and product of what wrote it; its serial number stays out of sight."""
    name = " ".join(part for part in (recording.device.maker, recording.device.product) if part)
    return [name] if name else []


def _beside(recording: Recording) -> dict[str, tuple[Any, ...]]:
    return {
        "laps": recording.laps,
        "sessions": recording.sessions,
        "lengths": recording.lengths,
        "events": recording.events,
        "sensors": recording.sensors,
    }
