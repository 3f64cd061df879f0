"""Old facts read as new ones: what a journal holds is never rewritten because a field changed.

When a payload's fields change, its `VERSION` counts up, and one function here says what the old fields are in the new
ones. Functions are chained, so each says only one step. A new field with a default needs neither: old facts have the
default. There is no function yet: every payload is in its first version.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

Upcast = Callable[[dict[str, Any]], dict[str, Any]]

UPCASTS: Mapping[tuple[str, int], Upcast] = {}
"""(payload, version it was written in) → its fields, one version later."""
