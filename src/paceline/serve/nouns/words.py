"""The small types that several nouns share: what a pseudonym, a word, a day look like."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

Pseudonym = Annotated[str, Meta(pattern="^s[a-z2-7]{25}$", description="An athlete's pseudonym.")]
Word = Annotated[
    str,
    Meta(
        pattern="^[A-Za-z0-9][A-Za-z0-9:/_.,+ -]{0,99}$",
        description="A word of up to 100 letters, digits and :/_.,+- with spaces inside.",
    ),
]
Day = Annotated[
    str,
    Meta(
        pattern="^(19[0-9]{2}|20[0-9]{2}|21[0-9]{2})-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$",
        description="A day, such as 2026-05-01.",
        extra_json_schema={"format": "date"},
    ),
]
Text = Annotated[str, Meta(min_length=1, max_length=10_000, description="Free text; it lies with the people's names.")]
