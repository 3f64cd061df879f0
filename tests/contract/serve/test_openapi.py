"""The description is sound by itself: schemathesis then holds the server to it."""

from __future__ import annotations

import re

import jsonschema_rs

from paceline.serve.openapi import document
from paceline.serve.table import ROUTES

DOCUMENT = document(ROUTES)


def everywhere(node):
    """Every object of the document."""
    if isinstance(node, dict):
        yield node
        for value in node.values():
            yield from everywhere(value)
    elif isinstance(node, list):
        for value in node:
            yield from everywhere(value)


def test_every_route_is_described_and_nothing_else():
    described = {f"{method.upper()} {path}" for path, item in DOCUMENT["paths"].items() for method in item}
    assert described == {route.name for route in ROUTES}
    assert DOCUMENT["openapi"] == "3.1.0"


def test_every_reference_leads_somewhere():
    for node in everywhere(DOCUMENT):
        if "$ref" in node:
            assert node["$ref"].rpartition("/")[2] in DOCUMENT["components"]["schemas"]


def test_every_schema_is_sound():
    for schema in DOCUMENT["components"]["schemas"].values():
        jsonschema_rs.meta.validate({"$schema": "https://json-schema.org/draft/2020-12/schema", **schema})


def test_every_operation_has_a_name_of_its_own_and_says_what_it_does():
    operations = [operation for item in DOCUMENT["paths"].values() for operation in item.values()]
    names = [operation["operationId"] for operation in operations]
    assert len(set(names)) == len(names)
    assert all(re.fullmatch(r"[a-z_0-9]+", name) for name in names)
    assert all(operation["summary"] for operation in operations)


def test_what_stands_under_a_field_is_said_to_machines_too():
    shown = DOCUMENT["components"]["schemas"]["Feedback"]["properties"]["score"]
    assert shown["description"] == "From 0, nothing at all, to 10, as hard as can be."


def test_only_open_routes_need_no_token():
    for route in ROUTES:
        operation = DOCUMENT["paths"][route.path][route.method.lower()]
        assert operation.get("security", DOCUMENT["security"]) == ([{"token": []}] if route.action else [])
