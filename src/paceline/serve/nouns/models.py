"""Models: what was trained, on which data, how well it did, and the bytes that a phone runs."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

import msgspec

from paceline.keep.journal import Model
from paceline.serve import permission
from paceline.serve.hall import Room
from paceline.serve.nouns.words import Word
from paceline.serve.routes import Answer, Call, Route


class ModelTold(msgspec.Struct, frozen=True, kw_only=True):
    """A model that is kept."""

    id: UUID
    name: str
    sha256: str
    data_version: int
    commit: str
    lock: str
    scores: dict[str, float]
    state: str


class Models(msgspec.Struct, frozen=True):
    """Models."""

    models: list[ModelTold]


class Retirement(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Why a model is to be used no more."""

    reason: Word


def every(call: Call) -> Answer:
    """Those of nobody's own data and of those whom the one who asks may see."""
    sight = permission.Sight(call)
    found = call.room.store.journal.listed(Model, states=("kept", "retired"))
    shown = [model for model in found if sight.reaches(model.subject)]
    subjects = tuple(dict.fromkeys(model.subject for model in shown if model.subject))
    return Answer(Models([_told(model) for model in shown]), subjects=subjects)


def one(call: Call) -> Answer:
    """One."""
    return Answer(_told(call.room.store.journal.model(call.params["id"])))


def content(call: Call) -> Answer:
    """Its bytes, checked against their hash when read."""
    store = call.room.store
    return Answer(store.blobs.get(store.journal.model(call.params["id"]).blob))


def retire(call: Call) -> Answer:
    """To be used no more."""
    reason = call.body(Retirement).reason
    call.room.store.journal.retire_model(call.params["id"], reason=reason, by=call.by)
    return Answer()


def _owner(room: Room, params: Mapping[str, str]) -> str:
    return room.store.journal.model(params["id"]).subject


def _told(model: Model) -> ModelTold:
    return ModelTold(
        id=model.id,
        name=model.name,
        sha256=model.blob,
        data_version=model.data_version,
        commit=model.commit,
        lock=model.lock,
        scores=model.scores,
        state=model.state,
    )


_ONE = "/v1/models/{id}"
ROUTES = (
    Route("GET", "/v1/models", "predict", "Models", every, gives=Models, about="listed"),
    Route("GET", _ONE, "predict", "A model and what it was made of", one, gives=ModelTold, about="thing", owner=_owner),
    Route(
        "GET",
        f"{_ONE}/content",
        "predict",
        "A model's bytes",
        content,
        gives=bytes,
        media="application/octet-stream",
        about="thing",
        owner=_owner,
    ),
    Route(
        "POST",
        f"{_ONE}/retire",
        "release",
        "Use a model no more",
        retire,
        body=Retirement,
        status=204,
        about="thing",
        owner=_owner,
    ),
)
