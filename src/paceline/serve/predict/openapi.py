"""OpenAPI 3.1 made from the contracts: the schemas of product.yaml are its schemas, word for word."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

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
_REFUSALS = {
    "400": "The body is no JSON.",
    "404": "No such product.",
    "413": "The body is too large.",
    "415": "The body is packed.",
    "422": "The request breaks its contract; each field is named.",
    "500": "The product failed, or its answer breaks its contract.",
    "503": "The worker was lost; try again.",
}


def openapi(products: Iterable[Product]) -> dict[str, Any]:
    """The document for some products."""
    paths: dict[str, Any] = {}
    for product in products:
        paths[f"/products/{product.name}/predict"] = {"post": _operation(product)}
    return {
        "openapi": "3.1.0",
        "info": {"title": "Paceline products", "version": "1"},
        "paths": paths,
        "components": {"schemas": {"Problem": PROBLEM}},
    }


def _operation(product: Product) -> dict[str, Any]:
    problem = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    asked: dict[str, Any] = {"schema": dict(product.request.schema)}
    if product.examples:
        asked["example"] = product.examples[0]["request"]
    good = {"description": "The answer.", "content": {"application/json": {"schema": dict(product.response.schema)}}}
    refused = {status: {"description": said, "content": problem} for status, said in _REFUSALS.items()}
    return {
        "operationId": f"predict_{product.name.replace('-', '_')}",
        "summary": product.about,
        "requestBody": {"required": True, "content": {"application/json": asked}},
        "responses": {"200": good, **refused},
    }
