"""`paceline tokens`: let somebody or something in, see who is let in, and let them in no more."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from paceline.cli.output import complain, to_the_end

if TYPE_CHECKING:
    from paceline.keep.access import Access, Token

NAME = "tokens"
DAY = 86_400 * 1_000_000_000

app = typer.Typer(help="Who may enter: athletes, coaches, analysts, devices, admins.", no_args_is_help=True)

Home = Annotated[Path | None, typer.Option(help="The house; else PACELINE_HOME.")]
Organisation = Annotated[str, typer.Option(help="The only one that it is good for.")]


def issue(
    role: Annotated[str, typer.Argument(help="athlete, coach, analyst, device or admin.")],
    subject: Annotated[str, typer.Option(help="The pseudonym whose data are the holder's own.")] = "",
    scope: Annotated[list[str] | None, typer.Option(help="An action it is good for, once for each; else all.")] = None,
    days: Annotated[int, typer.Option(min=1, max=400, help="How long it lives.")] = 90,
    home: Home = None,
    organisation: Organisation = "home",
) -> None:
    """Issue a token and print it, once: only its hash is kept."""
    with _at(home) as access:
        access.found_organisation(organisation)
        expires = time.time_ns() + days * DAY
        typer.echo(
            access.issue_token(organisation, role, subject=subject, scopes=scope or (), expires=expires, by="owner")
        )
    complain("this is shown once; whoever has it is let in")


def list_tokens(home: Home = None, organisation: Organisation = "home") -> None:
    """List tokens: id, role, whose data are its own, until when, and what it is good for."""
    with _at(home) as access:
        for token in access.tokens(organisation):
            grant = token.grant
            scopes = ", ".join(sorted(grant.scopes)) or "all of the role"
            typer.echo(f"{grant.token_id}  {grant.role.value:8} {grant.subject or '-':26} {_state(token)}  {scopes}")


def revoke(
    token: Annotated[str, typer.Argument(help="The token's id, as `paceline tokens list` shows it.")],
    home: Home = None,
    organisation: Organisation = "home",
) -> None:
    """Let a token in no more, from now on and on every server."""
    with _at(home) as access:
        access.revoke(token, organisation=organisation)


@contextmanager
def _at(home: Path | None) -> Iterator[Access]:
    from paceline.jobs.wiring import Settings
    from paceline.keep.access import Access

    with Access.open(Settings.from_environment().at(home).house.access) as access:
        yield access


def _state(token: Token) -> str:
    if token.revoked is not None:
        return "revoked         "
    expires = token.grant.expires or 0
    day = datetime.fromtimestamp(expires // 1_000_000_000, UTC).date().isoformat()
    return f"{'expired' if expires <= time.time_ns() else 'until'} {day}"


for command, name in ((issue, "issue"), (list_tokens, "list"), (revoke, "revoke")):
    app.command(name=name)(to_the_end(command))
