"""The Open Inference Protocol beside our own addresses: `/v2/…`, for clients that speak it already.

Source: Open Inference Protocol, specification/protocol/inference_rest.md (github.com/kserve/open-inference-protocol).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

import msgspec

from paceline import __version__
from paceline.domain.errors import ContractBroken, Fault, PacelineError, RequestRefused
from paceline.serve.predict.exchange import asking, encode, reply, tell, whole
from paceline.serve.predict.lanes import Desk
from paceline.serve.predict.refusals import problem
from paceline.serve.predict.served import Served, written
from paceline.serve.predict.tensors import Tensor, fields, requests, tensors
from paceline.ship.product import Product

V2 = "/v2"

HEALTH: Mapping[str, bytes] = {
    f"{V2}/health/live": b'{"live":true}',
    f"{V2}/health/ready": b'{"live":true,"ready":true}',
}
"""What is asked without a token: that the server is there."""

_SERVER = {"name": "paceline", "version": __version__, "extensions": []}


class Wanted(msgspec.Struct):
    """An output that is asked for."""

    name: str
    parameters: dict[str, Any] = {}


class Asked(msgspec.Struct):
    """A request for inference."""

    inputs: Annotated[list[Tensor], msgspec.Meta(min_length=1, max_length=1000)]
    id: str = ""
    outputs: Annotated[list[Wanted], msgspec.Meta(max_length=1000)] = []
    parameters: dict[str, Any] = {}


class Answered(msgspec.Struct, omit_defaults=True):
    """What inference answers."""

    model_name: str
    outputs: list[Tensor]
    model_version: str = ""
    id: str = ""


_decode = msgspec.json.Decoder(Asked).decode


class Inference:
    """The ASGI application below `/v2` of the products at a desk."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answer one request; an error is a problem (RFC 9457) with the member `error` that this protocol asks for."""
        try:
            wish, key = asking(scope["headers"])
            body = await whole(receive)
            served, answer = await self._answered(scope, body, wish=wish, key=key or body)
        except PacelineError as error:
            told = problem(error, instance=scope["path"])
            await tell(send, told, encode({"error": told.detail, **msgspec.to_builtins(told)}))
            return
        await reply(send, answer, release="" if served is None else served.release)

    async def _answered(self, scope: Any, body: bytes, *, wish: bytes, key: bytes) -> tuple[Served | None, bytes]:
        if scope["path"] in HEALTH:
            return None, HEALTH[scope["path"]]
        parts = scope["path"].removeprefix(V2).strip("/").split("/")
        if parts == [""]:
            return None, encode(_SERVER)
        if parts[0] != "models" or len(parts) < 2:
            raise _unknown()
        name, version, call = parts[1], "", parts[2:]
        if call[:1] == ["versions"] and len(call) > 1:
            version, call = call[1], call[2:]
        lanes = self.desk.lanes(name)
        served = lanes.release(version) if version else lanes.champion
        if call == ["infer"]:
            if scope["method"] != "POST":
                raise RequestRefused("method-not-allowed", "Here is only POST.")
            return await self._inferred(name, body, release=version, wish=wish, key=key)
        if scope["method"] != "GET":
            raise RequestRefused("method-not-allowed", "Here is only GET.")
        if call == ["ready"]:
            return served, encode({"name": name, "ready": True})
        if call:
            raise _unknown()
        return served, encode(described(served.product, versions=[one.release for one in lanes.all if one.release]))

    async def _inferred(self, name: str, body: bytes, *, release: str, wish: bytes, key: bytes) -> tuple[Served, bytes]:
        asked = _read(body)
        given = requests(self.desk.lanes(name).champion.product, asked.inputs)
        try:
            served, answers = await self.desk.values(name, given, wish=wish, key=key, release=release)
        except ContractBroken as error:
            raise _placed(error, asked.inputs) from error
        outputs = tensors(served.product, answers, [wanted.name for wanted in asked.outputs])
        return served, written(served.product, Answered(name, outputs, model_version=served.release, id=asked.id))


def described(product: Product, *, versions: list[str]) -> dict[str, Any]:
    """A product's tensors, as the protocol describes a model."""
    sides = {
        f"{word}s": [
            {
                "name": field.name,
                "datatype": field.datatype,
                "shape": [-1, *field.dimensions],
                **({"parameters": {"content_type": "application/json"}} if field.text else {}),
            }
            for field in fields(product, side)
        ]
        for word, side in (("input", "request"), ("output", "response"))
    }
    return {"name": product.name, "versions": versions, "platform": f"paceline_{product.code.language}", **sides}


def _read(body: bytes) -> Asked:
    try:
        return _decode(body)
    except msgspec.ValidationError as error:
        said, _, place = str(error).partition(" - at `$")
        raise RequestRefused("invalid", said + ".", field=_pointer(place.rstrip("`"))) from error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise RequestRefused("unreadable", "The body is no JSON, or nested too deeply.") from error


def _pointer(path: str) -> str:
    """A JSON pointer for a place as msgspec says it, which does not tell which of a list it was.

    >>> _pointer(".inputs[...].shape[...]")
    '#/inputs'
    """
    return "#" + path.partition("[")[0].replace(".", "/")


def _placed(error: ContractBroken, inputs: list[Tensor]) -> ContractBroken:
    """A broken contract, told by tensor and place of the batch."""
    if error.side != "request":
        return error
    tensor = {one.name: f"/inputs/{place}" for place, one in enumerate(inputs)}
    faults = []
    for fault in error.faults:
        _, row, name, *_ = (*fault.pointer.split("/"), "")
        place = tensor.get(name, tensor.get("request", "/inputs"))
        faults.append(Fault(place, f"request {row}: {fault.message}"))
    return ContractBroken("request", faults)


def _unknown() -> RequestRefused:
    return RequestRefused("not-found", f"There are {V2}, {V2}/health/…, {V2}/models/NAME and …/infer, …/ready.")
