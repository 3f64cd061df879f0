"""The papers of a release: a model card for people, a bill of materials (CycloneDX) for machines."""

from __future__ import annotations

import json
import re
from typing import Any

import yaml

from paceline.ship.bundle import Manifest
from paceline.ship.gates.check import Checked
from paceline.ship.lineage import LOCK
from paceline.ship.product import Product

_PIN = re.compile(r"^([A-Za-z0-9._\-]+)(?:\[[^\]]*\])?==([^\s;\\]+)", re.MULTILINE)
_HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})")


def model_card(product: Product, manifest: Manifest, checked: Checked | None, *, release: str) -> str:
    """What the release is, what it was made of, what its gates found: Markdown with a YAML head.

    Args:
        product: the product.
        manifest: of its bundle.
        checked: what its gates found, or None where they were not run.
        release: its name.
    """
    head: dict[str, Any] = {"product": product.name, "release": release, "language": manifest.lineage.language}
    head |= {"commit": manifest.lineage.commit, "lock": manifest.lineage.lock, "data": dict(manifest.lineage.data)}
    lines = [f"# {product.name}, release {release}", "", product.about, "", "## What it takes and gives", ""]
    for side in (product.request, product.response):
        lines += [f"- {side.side}: {_fields(side.schema)}"]
    lines += ["", "## What its gates found", ""]
    if checked is None:
        lines += ["The gates were not run."]
    else:
        lines += ["| gate | state | found |", "|---|---|---|"]
        lines += [f"| {one.gate} | {one.state} | {one.said.replace('|', '/')} |" for one in checked.outcomes]
    return f"---\n{yaml.safe_dump(head, sort_keys=False)}---\n\n" + "\n".join(lines) + "\n"


def _fields(schema: Any) -> str:
    required = set(schema.get("required", ()))
    named = (name if name in required else f"{name} (optional)" for name in schema.get("properties", {}))
    return ", ".join(named) or str(schema.get("type", "any"))


def bill_of_materials(product: Product, manifest: Manifest, *, release: str) -> str:
    """CycloneDX 1.6: every pinned package of the production lock with its hashes, the data, the model, the product.

    Source:
        CycloneDX 1.6, components of type `library`, `data` and `machine-learning-model`.
    """
    packages = _packages((product.folder / LOCK).read_text())
    data = [
        {"type": "data", "name": name, "hashes": [{"alg": "SHA-256", "content": digest}]}
        for name, digest in manifest.lineage.data.items()
        if not name.startswith("lake:")
    ]
    model = product.text.get("model", {}).get("file")
    models = [
        {"type": "machine-learning-model", "name": name, "hashes": [{"alg": "SHA-256", "content": digest}]}
        for name, digest in manifest.files.items()
        if name == model
    ]
    itself = {"type": "application", "name": product.name, "version": release, "description": product.about}
    document = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {"component": itself},
        "components": [*packages, *data, *models],
    }
    return json.dumps(document, indent=1) + "\n"


def _packages(lock: str) -> list[dict[str, Any]]:
    found = []
    starts = [*_PIN.finditer(lock)]
    for number, pin in enumerate(starts):
        end = starts[number + 1].start() if number + 1 < len(starts) else len(lock)
        hashes = [{"alg": "SHA-256", "content": digest} for digest in _HASH.findall(lock, pin.start(), end)]
        found.append({
            "type": "library", "name": pin[1], "version": pin[2],
            "purl": f"pkg:pypi/{pin[1].lower()}@{pin[2]}", "hashes": hashes,
        })  # fmt: skip
    return found
