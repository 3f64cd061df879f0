"""What every command about a house asks: which house, whose, and of which athlete."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeAlias

import typer

if TYPE_CHECKING:
    from paceline.jobs.wiring import Settings
    from paceline.keep.store import Store

Home: TypeAlias = Annotated[
    Path | None, typer.Option(help="The house's folder; else PACELINE_HOME, else ~/.local/share/paceline.")
]
Organisation: TypeAlias = Annotated[str, typer.Option(help="Whose house it is, where several share one.")]
Subject: TypeAlias = Annotated[
    str | None, typer.Option(help="The athlete's pseudonym; needed where there are several athletes.")
]
AsJson: TypeAlias = Annotated[bool, typer.Option("--json", help="One JSON object a line.")]

OWNER = "owner"
"""Who asks, where somebody sits at the machine itself."""

FIRST = "me"
"""What the first athlete of a house is called until somebody gives a name."""


def settings(home: Path | None) -> Settings:
    """What the environment says, with another house if one is named."""
    from paceline.jobs.wiring import Settings

    return Settings.from_environment().at(home)


@contextmanager
def opened(home: Path | None, organisation: str, *, new: bool = False) -> Iterator[Store]:
    """The stores of a house; one that is not there is an error unless a new one is wanted."""
    from paceline.jobs.wiring import open_store

    said = settings(home)
    if not new:
        said.house.there(organisation)
    with open_store(said, organisation=organisation) as store:
        yield store


def athlete(store: Store, subject: str | None, *, new: bool = False) -> str:
    """The athlete that is meant: the one named, else the only one there is; the first one is enrolled where wanted.

    Raises:
        Absent: there is no such athlete.
        Refused: there are several, and none was named.
    """
    from paceline.domain.errors import Refused

    if subject is not None:
        return store.people.person(subject).subject
    known = store.people.people(limit=2)
    if not known and new:
        return store.people.enrol(name=FIRST, by=OWNER)
    if len(known) != 1:
        because = "there are several athletes" if known else "there is no athlete yet"
        raise Refused("finding the athlete", because=because, advice="Name one: --subject.")
    return known[0].subject
