"""`paceline replay`: a recorded session through the path that live packets take."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from paceline.cli.house import Home, Organisation, opened

if TYPE_CHECKING:
    from paceline.learn.model_file import Model
    from paceline.record.packets import Packet
    from paceline.record.recordings import Recording

NAME = "replay"


def run(
    session: Annotated[str, typer.Argument(help="A session that is kept, by its id; or a file or folder.")],
    models: Annotated[
        list[Path] | None, typer.Option("--model", help="A model file; of several the one for what is worn.")
    ] = None,
    speed: Annotated[float, typer.Option(min=0.0, help="Times as fast as it was; 0 waits for nothing.")] = 0.0,
    as_json: Annotated[bool, typer.Option("--json", help="Each second and each set as a line of JSON.")] = False,
    home: Home = None,
    organisation: Organisation = "home",
) -> None:
    """Stream a recorded session through the live path: what is told each second, and each set once it is over."""
    from paceline.jobs.replaying import in_time, packets_of

    recordings = _recordings(session, home, organisation)
    known = _fitting(models or [], recordings)
    told = 0
    packets = in_time(packets_of(recordings), speed=speed)
    for event in _recognised(packets, known) if known is not None else _measured(packets):
        told += 1
        if as_json:
            typer.echo(json.dumps(event))
        elif event["kind"] == "set":
            typer.echo(line(event))
    if not as_json and known is None:
        typer.echo(f"{told:,} seconds. See them with --json; name a --model to recognise exercises.")


def _recordings(session: str, home: Path | None, organisation: str) -> list[Recording]:
    """Of files, or of a session that is kept."""
    from paceline.cli.inputs import Hints, paths, readable
    from paceline.cli.strength_sets import TRUTH
    from paceline.keep.envelopes import raw_file

    if Path(session).exists():
        found = [path for path in paths([Path(session)]) if not isinstance(path, Path) or path.name != TRUTH]
        read, refused = readable([path if isinstance(path, Path) else Path(path.file) for path in found], Hints())
        if refused and not read:
            raise typer.Exit(1)
        return [recording for file in read for recording in file.recordings]
    with opened(home, organisation) as store:
        kept = store.recordings(store.session(session))
        return [recording for one in kept for recording in raw_file(store.blobs, one.sha256).recordings]


def _fitting(models: Sequence[Path], recordings: Sequence[Recording]) -> Model | None:
    """The model for what is worn; each must reproduce its own test vector before it is used."""
    from paceline.domain.errors import FileUnreadable
    from paceline.learn import model_file
    from paceline.learn.motion import worn
    from paceline.learn.subsets import best_fitting, sensor

    found: dict[frozenset[str], Model] = {}
    for path in models:
        try:
            one = model_file.decoded(path.read_bytes(), file=str(path))
        except OSError as error:
            raise FileUnreadable(str(path), reason=error.strerror or "can't be read") from error
        found[frozenset(sensor(channel) for channel in one.channels)] = one
    if not found:
        return None
    there = frozenset(worn(recordings))
    return found[best_fitting(found, there | {name.rsplit(" ", 1)[-1] for name in there})]


def _recognised(packets: Iterable[Packet], model: Model) -> Iterator[dict[str, Any]]:
    from paceline.learn.live_session import LiveSession, document

    live = LiveSession(model)
    for packet in packets:
        yield from map(document, live.fed(packet))
    yield from map(document, live.ended())


def _measured(packets: Iterable[Packet]) -> Iterator[dict[str, Any]]:
    """What a coach sees of it: the seconds that the server tells, by the same code."""
    from paceline.serve.live.seconds import Seconds

    seconds = Seconds({})
    for packet in packets:
        yield from seconds.events(packet)
    yield from seconds.rest()


def line(event: dict[str, Any]) -> str:
    """A set in a line."""
    start = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=event["start_s"])
    lasted = event["stop_s"] - event["start_s"]
    what = f"{event['exercise']:24} {event['repetitions']:3} repetitions"
    return f"{start:%H:%M:%S}  {what}  {lasted:4.0f} s  ({event['probability']:.0%} sure)"
