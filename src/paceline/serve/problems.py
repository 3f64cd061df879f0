"""How the server says no: one JSON object (RFC 9457) that names what was wrong, where, and what to do.

Every error of Paceline's tree and every error of HTTP ends here. The `type` of a problem leads to its own page, so a
person who meets one can read what it means.

Source: RFC 9457 (Problem Details for HTTP APIs), sections 3 and 4.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

import msgspec

from paceline.domain import errors

MEDIA = "application/problem+json"


@dataclass(frozen=True, slots=True)
class Kind:
    """One way in which a request can fail."""

    status: int
    title: str
    meaning: str


KINDS: Mapping[str, Kind] = {
    "unreadable": Kind(400, "The request can't be read", "A header, the JSON or the packing of the body is broken."),
    "undecodable": Kind(
        400,
        "The recording can't be decoded",
        "The bytes are kept, the refusal is in the journal, and both can be replayed once a decoder is mended.",
    ),
    "unauthenticated": Kind(401, "Who asks is not known", "There is no token, or it is unknown, expired or revoked."),
    "forbidden": Kind(403, "This is not yours to do", "The token's role or scopes don't allow what was asked."),
    "not-found": Kind(404, "There is no such thing", "It does not exist, or not for the one who asks."),
    "method-not-allowed": Kind(405, "This can't be done here", "The header Allow names what can be done."),
    "too-slow": Kind(408, "The request came too slowly", "No byte of the body came for a while. Send it again."),
    "conflict": Kind(409, "It is not in a state for this", "What was asked contradicts what has happened already."),
    "changed": Kind(412, "It has changed meanwhile", "If-Match names another version. Read it again, then change it."),
    "too-large": Kind(413, "Too much at once", "The body, packed or unpacked, is larger than this route takes."),
    "unsupported": Kind(415, "Not in this form", "The body's media type or packing is not one that this route takes."),
    "invalid": Kind(422, "A field can't be used", "Each entry of `errors` names a field, what was expected and found."),
    "unconditional": Kind(428, "Say which version you change", "Send If-Match with the ETag that you read."),
    "too-many": Kind(429, "Too many requests", "Wait for as many seconds as Retry-After says."),
    "failed": Kind(500, "The server failed", "A fault of ours. The log holds the request's number."),
    "not-installed": Kind(501, "A part is not installed", "The server lacks an extra that this route needs."),
    "unavailable": Kind(503, "Not ready", "A store can't be reached, or the server is starting or stopping."),
    "full": Kind(507, "There is no room left", "The disk is full. What was there before is whole."),
}
"""The last segment of a problem's type → what it is."""

STATUS_KINDS: Mapping[int, str] = {kind.status: name for name, kind in reversed(list(KINDS.items()))}
"""HTTP status → the kind that stands for it where nothing closer is known."""


class FieldError(msgspec.Struct, frozen=True, omit_defaults=True):
    """One field that can't be used."""

    field: str
    """A JSON pointer into the body (`#/start`), or the name of a parameter or header."""
    detail: str


class ProblemDetails(msgspec.Struct, frozen=True, omit_defaults=True):
    """What went wrong, as RFC 9457 has it."""

    type: str
    title: str
    status: int
    detail: str
    instance: str = ""
    errors: list[FieldError] = []


_KIND_OF: Mapping[type[BaseException], str] = {
    errors.RequestRefused: "invalid",
    errors.ReadError: "undecodable",
    errors.TooLarge: "too-large",
    errors.FileUnreadable: "unavailable",
    errors.WriteError: "unavailable",
    errors.PlaceTaken: "failed",
    errors.UnknownName: "not-found",
    errors.SettingsError: "invalid",
    errors.NotPlausible: "invalid",
    errors.TooFewSamples: "invalid",
    errors.NotIdentifiable: "invalid",
    errors.SeveralRides: "invalid",
    errors.NotSolved: "invalid",
    errors.ExtraMissing: "not-installed",
    errors.StoreUnavailable: "unavailable",
    errors.Absent: "not-found",
    errors.BlobMissing: "failed",
    errors.Refused: "conflict",
    errors.Conflict: "conflict",
    errors.AccessDenied: "forbidden",
    errors.TokenRefused: "unauthenticated",
}


def kind_of(error: BaseException) -> str:
    """The kind of problem that an error is: its own class decides, else the nearest one above it.

    >>> kind_of(errors.NoSamples("ride.fit", expected="samples", found="none"))
    'undecodable'
    """
    if isinstance(error, errors.RequestRefused):
        return error.problem
    if isinstance(error, errors.StoreUnavailable) and re.search("full|No space left", error.reason):
        return "full"
    return next((_KIND_OF[base] for base in type(error).__mro__ if base in _KIND_OF), "failed")


def details(error: BaseException, *, instance: str = "") -> ProblemDetails:
    """What the caller is told; a fault of ours tells nothing but that it is one."""
    name = kind_of(error)
    kind = KINDS[name]
    ours = kind.status >= 500 and not isinstance(error, errors.RequestRefused | errors.ExtraMissing)
    detail = f"{kind.meaning} It is not the fault of your request." if ours else str(error)
    return ProblemDetails(f"/problems/{name}", kind.title, kind.status, detail, instance, _fields(error))


def _fields(error: BaseException) -> list[FieldError]:
    if isinstance(error, errors.RequestRefused):
        return [FieldError(error.field, str(error))] if error.field else []
    if isinstance(error, errors.SettingsError):
        return [FieldError(error.place, f"expected {error.expected}")]
    if isinstance(error, errors.NotPlausible):
        return [FieldError(error.quantity, f"must be {error.expected}")]
    return []
