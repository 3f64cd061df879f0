"""`paceline live`: a running session in the terminal, as its coach would see it."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Any

import typer

from paceline.cli.output import complain
from paceline.domain.text import legible

if TYPE_CHECKING:
    from rich.table import Table

NAME = "live"

AGAIN = 1.0
"""Seconds until a connection that broke is tried again."""

OVER, REFUSED = 4410, range(4400, 4500)

SHOWN = (
    ("Power", "power_w", "{:.0f} W"),
    ("30 s power", "power_30s_w", "{:.0f} W"),
    ("Weighted power", "weighted_power_w", "{:.0f} W"),
    ("W′ balance", "w_prime_balance_j", "{:,.0f} J"),
    ("Heart rate", "heart_rate_bpm", "{:.0f} /min"),
    ("Cadence", "cadence_rpm", "{:.0f} /min"),
    ("Speed", "speed_m_per_s", "{:.2f} m/s"),
)
LAPS = 8
"""Passings that are shown."""


def run(
    session: Annotated[str, typer.Argument(help="The session's id.")],
    server: Annotated[str, typer.Option(envvar="PACELINE_SERVER", help="Where it runs.")] = "http://127.0.0.1:8737",
    token: Annotated[str, typer.Option(envvar="PACELINE_TOKEN", help="Who you are; better set than typed.")] = "",
    after: Annotated[int | None, typer.Option(help="Go on behind this event; else from now on.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Each event as a line of JSON.")] = False,
) -> None:
    """Show a session while it runs: power, W′ balance, heart rate, laps; until it ends."""
    if not token:
        raise typer.BadParameter("set PACELINE_TOKEN to a coach's or your own token", param_hint="--token")
    told = events(server, session, token=token, after=after)
    if as_json:
        for event in told:
            typer.echo(json.dumps(event))
        return
    from rich.console import Console
    from rich.live import Live

    seen: dict[str, Any] = {}
    passings: list[dict[str, Any]] = []
    with Live(table(seen, passings), console=Console(), refresh_per_second=5) as shown:
        for event in told:
            if event["kind"] == "passing":
                passings = [*passings, event][-LAPS:]
            else:
                seen = event
            shown.update(table(seen, passings))


def events(server: str, session: str, *, token: str, after: int | None) -> Iterator[dict[str, Any]]:
    """What the server tells, each event once, over hang-ups and restarts.

    Raises:
        typer.Exit: the server refuses, or the address is none.
    """
    from websockets.exceptions import ConnectionClosed, InvalidURI, WebSocketException
    from websockets.sync.client import connect

    headers, broken = {"Authorization": f"Bearer {token}"}, False
    while True:
        try:
            with connect(_url(server, session, after), additional_headers=headers, proxy=None) as connection:
                broken = False
                for event in _told(connection):
                    after = event["cursor"]
                    yield event
        except ConnectionClosed as closed:
            code = closed.rcvd.code if closed.rcvd is not None else 0
            if code == OVER:
                return
            if code in REFUSED and code != 4409:
                complain(f"the server refuses: {legible(closed.rcvd.reason if closed.rcvd else '')}")
                raise typer.Exit(1) from closed
        except InvalidURI as error:
            complain(f"{server} is no address of a server")
            raise typer.Exit(1) from error
        except (OSError, WebSocketException, TimeoutError):
            if not broken:
                complain(f"{server} can't be reached; it is tried again until it can")
            broken = True
        time.sleep(AGAIN)


def _told(connection: Any) -> Iterator[dict[str, Any]]:
    while True:
        yield json.loads(connection.recv())


def _url(server: str, session: str, after: int | None) -> str:
    place = server.rstrip("/").replace("http", "ws", 1)
    return f"{place}/v1/sessions/{session}/live" + ("" if after is None else f"?after={after}")


def table(seen: dict[str, Any], passings: list[dict[str, Any]]) -> Table:
    """The latest second, and the last passings under it."""
    from rich.table import Table

    elapsed = int(seen.get("elapsed_s", 0))
    found = Table(title=f"{elapsed // 3600}:{elapsed // 60 % 60:02}:{elapsed % 60:02}", min_width=32)
    found.add_column("")
    found.add_column("now", justify="right")
    for label, name, form in SHOWN:
        if name in seen:
            found.add_row(label, "–" if seen[name] is None else form.format(seen[name]))
    for passing in passings:
        lap = "–" if passing["lap_s"] is None else f"{passing['lap_s']:.3f} s"
        found.add_row(f"Lap {passing['lap']}, {legible(passing['name']) or passing['loop']}", lap)
    return found
