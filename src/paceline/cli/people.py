"""`paceline people`: who is here, what they agreed to, what is held on them, and how to forget them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from paceline.cli.output import complain, to_the_end

if TYPE_CHECKING:
    from paceline.keep.access import Access
    from paceline.keep.people import Person
    from paceline.serve.hall import Room

NAME = "people"
OWNER = "owner"

app = typer.Typer(help="Who is here, what they agreed to, and what is held on them.", no_args_is_help=True)

Home = Annotated[Path | None, typer.Option(help="The house; else PACELINE_HOME.")]
Organisation = Annotated[str, typer.Option(help="Whose people.")]
Who = Annotated[str, typer.Argument(help="A pseudonym, or a full name where only one person has it.")]


def add(
    name: Annotated[str, typer.Argument(help="As the person wants to be called.")],
    consent: Annotated[list[str] | None, typer.Option(help="A purpose they agree to, once for each.")] = None,
    mail: Annotated[str, typer.Option(help="An address.")] = "",
    phone: Annotated[str, typer.Option(help="A number.")] = "",
    born: Annotated[str, typer.Option(help="The day, as 1990-05-01.")] = "",
    sex: Annotated[str, typer.Option(help="As the person puts it.")] = "",
    club: Annotated[str, typer.Option(help="Club or team.")] = "",
    unstable: Annotated[bool, typer.Option("--unstable", help="A new pseudonym each session.")] = False,
    home: Home = None,
    organisation: Organisation = "home",
) -> None:
    """Enrol a person and print the pseudonym that everything is kept under."""
    from paceline.keep.people import Profile
    from paceline.keep.people.persons import checked_purpose

    purposes = [checked_purpose(purpose) for purpose in consent or ()]
    profile = Profile(mail=mail, phone=phone, born=born, sex=sex, club=club)
    with _at(home, organisation) as (room, _):
        people = room.store.people
        subject = people.enrol(name=name, profile=profile, by=OWNER)
        for purpose in purposes:
            people.consent(subject, purpose=purpose, given=True, by=OWNER)
        people.unstable(subject, wanted=unstable)
        room.store.journal.enrol_athlete(subject, by=OWNER)
        room.audit.record(by=OWNER, action="change person", subjects=[subject])
    typer.echo(subject)


def list_people(
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a person and line.")] = False,
    home: Home = None,
    organisation: Organisation = "home",
) -> None:
    """List everybody: pseudonym, name, and what they agree to."""
    with _at(home, organisation) as (room, _):
        people = room.store.people
        found: list[Person] = []
        while page := people.people(after=found[-1].subject if found else ""):
            found += page
        room.audit.record(by=OWNER, action="read person", subjects=[person.subject for person in found])
        for person in found:
            given = sorted(people.given(person.subject))
            told = {"subject": person.subject, "name": person.name, "unstable": person.unstable, "consents": given}
            line = f"{person.subject}  {person.name}  ({', '.join(given) or 'agrees to nothing yet'})"
            typer.echo(json.dumps(told, ensure_ascii=False) if as_json else line)


def consent(
    who: Who,
    purpose: Annotated[str, typer.Argument(help="coaching, analysis, models, research or publishing.")],
    withdraw: Annotated[bool, typer.Option("--withdraw", help="They agree no more.")] = False,
    home: Home = None,
    organisation: Organisation = "home",
) -> None:
    """Write down that somebody agrees to a purpose, or does so no more."""
    with _at(home, organisation) as (room, _):
        person = _one(room, who)
        room.audit.record(by=OWNER, action="consent", subjects=[person.subject])
        room.store.people.consent(person.subject, purpose=purpose, given=not withdraw, by=OWNER)


def export(
    who: Who,
    output: Annotated[Path, typer.Option("--output", "-o", help="A new folder: person.json and the raw files.")],
    home: Home = None,
    organisation: Organisation = "home",
) -> None:
    """Write everything that is held on somebody into a folder."""
    from paceline.keep.journal import Recording
    from paceline.record.whole import folder, write_whole
    from paceline.serve.persons import holdings

    with _at(home, organisation) as (room, access):
        person, store = _one(room, who), room.store
        subjects = store.people.subjects_of(person.subject)
        room.audit.record(by=OWNER, action="export person", subjects=subjects)
        held = store.people.export(person.subject, parts=holdings(room, access))
        text = json.dumps(held, ensure_ascii=False, indent=1, default=str)
        write_whole(folder(output) / "person.json", text.encode(), overwrite=False)
        files = [file for subject in subjects for file in store.journal.listed(Recording, subject=subject, limit=10**9)]
        for file in files:
            write_whole(folder(output / "files") / file.sha256, store.blobs.get(file.sha256))
    typer.echo(f"Wrote {output}: person.json and {len(files)} files, named by their SHA-256.")


def forget(
    who: Annotated[str | None, typer.Argument(help="A pseudonym, or a full name where only one has it.")] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Don't ask whether it is meant.")] = False,
    unfinished: Annotated[bool, typer.Option("--unfinished", help="Only finish what was interrupted.")] = False,
    home: Home = None,
    organisation: Organisation = "home",
) -> None:
    """Take everything that is held on somebody away, in every store. It can't be undone."""
    from paceline.serve.persons import erasures

    if (who is None) != unfinished:
        raise typer.BadParameter("name somebody, or say --unfinished")
    with _at(home, organisation) as (room, access):
        parts, people = erasures(room, access, by=OWNER), room.store.people
        finished = people.finish_forgetting(parts)
        if finished:
            typer.echo(f"Finished what was interrupted: {finished}.")
        if who is None:
            return
        person = _one(room, who)
        if not yes:
            typer.confirm("Everything held on them goes: names, sessions, files, metrics. Go on?", abort=True)
        room.audit.record(by=OWNER, action="forget person")
        done = people.forget(person.subject, parts=parts, by=OWNER)
    typer.echo(f"Forgotten, under {done.pseudonyms} pseudonym{'s' if done.pseudonyms > 1 else ''}.")
    complain("backups that were made before still hold it: see docs/why/forgetting.md")


@contextmanager
def _at(home: Path | None, organisation: str) -> Iterator[tuple[Room, Access]]:
    """An organisation's stores, and who may enter them."""
    from paceline.jobs.wiring import Settings
    from paceline.keep.access import Access
    from paceline.serve.opening import room

    house = Settings.from_environment().at(home).house
    with Access.open(house.access) as access:
        opened = room(house.organisation(organisation))
        try:
            yield opened, access
        finally:
            opened.store.close()
            opened.audit.close()
            opened.pending.close()


def _one(room: Room, who: str) -> Person:
    """Whoever is meant.

    Raises:
        Absent: nobody has that pseudonym or name.
        Refused: several have that name.
    """
    from paceline.domain.errors import Absent, Refused
    from paceline.keep.subjects import SUBJECT

    if SUBJECT.fullmatch(who):
        return room.store.people.person(who)
    found = room.store.people.named(who)
    if len(found) > 1:
        because = f"{len(found)} people have that name"
        raise Refused("the command", because=because, advice="Give the pseudonym: paceline people list.")
    if not found:
        raise Absent("person", "of that name")
    return found[0]


for command, name in (
    (add, "add"),
    (list_people, "list"),
    (consent, "consent"),
    (export, "export"),
    (forget, "forget"),
):
    app.command(name=name)(to_the_end(command))
