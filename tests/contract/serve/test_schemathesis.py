"""The interface keeps what its description promises, whatever is sent: schemathesis, with few examples a route."""

from __future__ import annotations

import base64
import hashlib
import os

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode

from paceline.serve.app import application
from paceline.serve.table import ROUTES

EXAMPLES = int(os.environ.get("PACELINE_TEST_EXAMPLES", "6"))
PIECES = "application/offset+octet-stream"


schemathesis.serializer.alias(PIECES, "application/octet-stream")


def made_right(case):
    """What no schema can say: a cursor is one that was given out, and a checksum is the piece's."""
    if case.query:
        case.query.pop("after", None)
    if case.media_type == PIECES:
        content = case.body.data if hasattr(case.body, "data") else case.body
        content = content.encode() if isinstance(content, str) else content
        case.headers["Upload-Checksum"] = "sha256 " + base64.b64encode(hashlib.sha256(content).digest()).decode()


@pytest.mark.parametrize("mode", list(GenerationMode), ids=lambda mode: mode.value)
def test_every_route_keeps_its_promises(mode, hall, token):
    described = schemathesis.openapi.from_asgi("/openapi.json", application(hall))
    headers, broken = token("admin"), {}
    for route in ROUTES:
        operation = described[route.path][route.method]

        @settings(
            max_examples=EXAMPLES,
            phases=[Phase.explicit, Phase.generate],
            deadline=None,
            database=None,
            derandomize=True,
            suppress_health_check=list(HealthCheck),
        )
        @given(case=operation.as_strategy(generation_mode=mode))
        def keeps(case):
            if mode is GenerationMode.POSITIVE:
                made_right(case)
            case.call_and_validate(headers=headers)

        try:
            keeps()
        except Unsatisfiable:  # nothing is sent, so nothing can be wrong with it
            continue
        except (Exception, BaseExceptionGroup) as error:  # noqa: BLE001 - all that is broken is to be told at once
            broken[route.name] = str(error)[:1500]
    assert broken == {}, "\n\n".join(f"{name}: {why}" for name, why in broken.items())
