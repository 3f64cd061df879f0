"""`paceline serve`: let phones, coaches and notebooks at what is kept here, over HTTP."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from paceline.cli.output import complain

NAME = "serve"


def run(
    host: Annotated[str, typer.Option(help="Where to listen; 0.0.0.0 for every network.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65_535, help="At which port; 0 for any that is free.")] = 8737,
    name: Annotated[list[str] | None, typer.Option(help="A name that the server answers to, once for each.")] = None,
    home: Annotated[Path | None, typer.Option(help="The house; else PACELINE_HOME.")] = None,
    organisation: Annotated[str, typer.Option(help="The organisation that the printed link opens.")] = "home",
    rate: Annotated[float, typer.Option(min=0.1, help="Requests a second of one token, in the long run.")] = 50.0,
) -> None:
    """Serve what is kept here over HTTP, and print a link that is good once."""
    from paceline.jobs.wiring import Settings
    from paceline.serve import telemetry
    from paceline.serve.assets import with_pages
    from paceline.serve.hall import Limits
    from paceline.serve.listening import Address, listen
    from paceline.serve.live import live_application
    from paceline.serve.live.mqtt import MqttAddress
    from paceline.serve.local import LocalDoor
    from paceline.serve.opening import open_hall
    from paceline.serve.predict.mounted import with_products

    address = Address(host, port)
    if not address.here_only:
        complain("tokens cross the network as they are: put a proxy with TLS in front, see docs/how-to/serve.md")
    limits = Limits(rate=rate, burst=max(10, round(4 * rate)), hosts=frozenset(name or ()) | address.names)
    door = LocalDoor() if address.here_only else None
    settings = Settings.from_environment().at(home)
    broker = None if settings.mqtt is None else MqttAddress.from_url(settings.mqtt, organisation=organisation)
    hall = open_hall(settings.house, limits=limits, door=door, home=organisation)
    telemetry.configure()

    def ready(url: str) -> None:
        typer.echo(f"Paceline serves at {url}")
        if door is not None:
            typer.echo(f"Open once: {url}/open?word={door.word()}")

    listen(with_pages(with_products(live_application(hall, broker=broker))), address, ready=ready)
