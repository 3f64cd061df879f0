"""Tokens: who may enter an organisation, as what, and until when."""

from __future__ import annotations

import time
from typing import Annotated

import msgspec
from msgspec import Meta

from paceline.domain.errors import RequestRefused
from paceline.keep.access import ACTIONS, Role, Token
from paceline.serve.moments import Moment, nanoseconds, text, text_or_none
from paceline.serve.nouns.words import Pseudonym
from paceline.serve.routes import Answer, Call, Route

Scope = Annotated[str, Meta(extra_json_schema={"enum": list(ACTIONS)}, description="An action of the rules.")]


class TokenSaid(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A token to be issued."""

    role: Role
    athlete: Pseudonym | None = None
    """Whose data are its holder's own; an athlete and a device need one."""
    scopes: Annotated[list[Scope], Meta(max_length=50)] = []
    """The only actions it is good for; none for all of the role."""
    expires: Moment | None = None
    """At most 400 days ahead, which is what it is where nothing is said."""


class TokenIssued(msgspec.Struct, frozen=True):
    """A new token; its text is shown here and never again."""

    token: str


class TokenTold(msgspec.Struct, frozen=True, kw_only=True):
    """What is kept of a token; never the token."""

    id: str
    role: str
    athlete: str | None
    scopes: list[str]
    issued: Moment
    issuer: str
    expires: Moment | None
    revoked: Moment | None


class Tokens(msgspec.Struct, frozen=True):
    """An organisation's tokens, the newest first."""

    tokens: list[TokenTold]


def every(call: Call) -> Answer:
    """Also those that are worth nothing any more."""
    found = call.hall.access.tokens(call.room.organisation)
    return Answer(Tokens([_told(token) for token in found]))


def issue(call: Call) -> Answer:
    """A new one, for the issuer's own organisation."""
    body = call.body(TokenSaid)
    for number, scope in enumerate(body.scopes):
        if scope not in ACTIONS:
            raise RequestRefused("invalid", "There is no such action.", field=f"#/scopes/{number}")
    _no_more_than_own(call, body)
    expires = None if body.expires is None else nanoseconds(body.expires, field="#/expires")
    if expires is not None and expires <= time.time_ns():
        raise RequestRefused("invalid", "It must expire later than now.", field="#/expires")
    if body.athlete:
        call.room.store.people.person(body.athlete)
    issued = call.hall.access.issue_token(
        call.room.organisation, body.role, subject=body.athlete or "", scopes=body.scopes, expires=expires, by=call.by
    )
    return Answer(TokenIssued(issued), subjects=tuple(filter(None, [body.athlete])))


def revoke(call: Call) -> Answer:
    """Worth nothing from now on."""
    call.hall.access.revoke(call.params["token"], organisation=call.room.organisation)
    return Answer()


def _no_more_than_own(call: Call, body: TokenSaid) -> None:
    """A token that is good for few actions can't issue one that is good for more.

    Raises:
        RequestRefused: it would.
    """
    own = call.grant.scopes
    if own and (not body.scopes or not set(body.scopes) <= own):
        raise RequestRefused("forbidden", "A token can't issue one that reaches further.", field="#/scopes")


def _told(token: Token) -> TokenTold:
    grant = token.grant
    return TokenTold(
        id=grant.token_id,
        role=grant.role.value,
        athlete=grant.subject or None,
        scopes=sorted(grant.scopes),
        issued=text(token.issued),
        issuer=token.issuer,
        expires=text_or_none(grant.expires),
        revoked=text_or_none(token.revoked),
    )


ROUTES = (
    Route("GET", "/v1/tokens", "manage tokens", "An organisation's tokens", every, gives=Tokens),
    Route(
        "POST",
        "/v1/tokens",
        "manage tokens",
        "Issue a token",
        issue,
        body=TokenSaid,
        gives=TokenIssued,
        status=201,
        secret=True,
    ),
    Route("DELETE", "/v1/tokens/{token}", "manage tokens", "Revoke a token", revoke, status=204),
)
