"""OpenAPI 3.1 made from the contracts: the schemas of product.yaml are its schemas, word for word."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from paceline.serve.predict.served import BATCH
from paceline.ship.contract import Contract
from paceline.ship.product import Product

PROBLEM = {
    "type": "object",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "errors": {
            "type": "array",
            "items": {"type": "object", "properties": {"field": {"type": "string"}, "detail": {"type": "string"}}},
        },
    },
}
TENSORS = {
    "type": "array",
    "items": {
        "type": "object",
        "required": ["name", "datatype", "shape", "data"],
        "properties": {
            "name": {"type": "string"},
            "datatype": {"type": "string"},
            "shape": {"type": "array", "items": {"type": "integer"}},
            "data": {"type": "array"},
            "parameters": {"type": "object"},
        },
    },
}
ASKED = {"type": "object", "required": ["inputs"], "properties": {"inputs": TENSORS}}
ANSWERED = {"type": "object", "required": ["model_name", "outputs"], "properties": {"outputs": TENSORS}}
_REFUSALS = {
    "400": "The body is no JSON.",
    "404": "No such product, or it explains nothing.",
    "413": "The body is too large.",
    "415": "The body is packed.",
    "422": "The request breaks its contract; each field is named.",
    "500": "The product failed, or its answer breaks its contract.",
    "503": "The worker was lost; try again.",
}


def openapi(products: Iterable[Product]) -> dict[str, Any]:
    """The document for some products."""
    paths: dict[str, Any] = {}
    schemas: dict[str, Any] = {"Problem": PROBLEM}
    for product in products:
        schemas |= {
            f"{product.name}-{side.side}": _placed(side, product) for side in (product.request, product.response)
        }
        place = f"/products/{product.name}"
        paths[place] = {"get": _status(product)}
        asked, answered = (_named(f"{product.name}-{side}") for side in ("request", "response"))
        paths[f"{place}/predict"] = _operation(product, "predict", product.about, asked, answered)
        several = {"type": "array", "minItems": 1, "maxItems": BATCH, "items": asked}
        summary = "The same for several requests, in their order."
        paths[f"{place}/batch"] = _operation(product, "batch", summary, several, {"type": "array", "items": answered})
        if product.text.get("explain", "none") != "none":
            summary = "Why it answers as it does."
            paths[f"{place}/explain"] = _operation(product, "explain", summary, asked, {"type": "object"})
        summary = "The same by the Open Inference Protocol."
        paths[f"/v2/models/{product.name}/infer"] = _operation(product, "infer", summary, ASKED, ANSWERED)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Paceline products", "version": "1"},
        "paths": paths,
        "components": {"schemas": schemas},
    }


def _named(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{name}"}


def _placed(side: Contract, product: Product) -> Any:
    """A contract's schema with its own references led to where it stands in the document."""
    return _led(side.schema, to=f"#/components/schemas/{product.name}-{side.side}")


def _led(schema: Any, *, to: str) -> Any:
    if isinstance(schema, list):
        return [_led(one, to=to) for one in schema]
    if not isinstance(schema, Mapping):
        return schema
    led = {name: _led(inner, to=to) for name, inner in schema.items()}
    place = schema.get("$ref")
    if isinstance(place, str) and place.startswith("#"):
        led["$ref"] = to + place[1:]
    return led


def _status(product: Product) -> dict[str, Any]:
    good = {"description": "Its releases.", "content": {"application/json": {"schema": {"type": "object"}}}}
    return {
        "operationId": f"standing_{product.name.replace('-', '_')}",
        "summary": "How its releases do, as this server has seen it.",
        "responses": {"200": good},
    }


def _operation(
    product: Product, call: str, summary: str, asked: Mapping[str, Any], answered: Mapping[str, Any]
) -> dict[str, Any]:
    problem = {"application/problem+json": {"schema": _named("Problem")}}
    refused = {status: {"description": said, "content": problem} for status, said in _REFUSALS.items()}
    body: dict[str, Any] = {"schema": dict(asked)}
    if call == "predict" and product.examples:
        body["example"] = product.examples[0]["request"]
    good = {"description": "The answer.", "content": {"application/json": {"schema": dict(answered)}}}
    operation = {
        "operationId": f"{call}_{product.name.replace('-', '_')}",
        "summary": summary,
        "requestBody": {"required": True, "content": {"application/json": body}},
        "responses": {"200": good, **refused},
    }
    return {"post": operation}
