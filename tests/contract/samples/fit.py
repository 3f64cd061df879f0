"""A made FIT file: two laps with power, a developer field, intervals between beats, and gears."""

from __future__ import annotations

from tests.unit.fit_bytes import EVENT, FIELD_DESCRIPTION, HRV, LAP, SESSION, START, ride


def sample() -> bytes:
    made = ride(seconds=20)
    made.define(2, FIELD_DESCRIPTION, [(0, "uint8"), (1, "uint8"), (2, "uint8"), (3, "string", 12), (8, "string", 4)])
    made.add(2, 0, 0, 0x88, b"Form Power", b"W")
    made.define(3, 20, [(253, "uint32"), (6, "uint16"), (69, "uint8", 2)], [(0, "float32", 0)])
    for second in range(20, 30):
        made.add(3, START + second, 8000 + second, [10, 120], 55.5)
    made.define(4, HRV, [(0, "uint16", 5)])
    made.add(4, [1000, 1010, 990, 0xFFFF, 0xFFFF])
    made.define(5, EVENT, [(253, "uint32"), (0, "enum"), (1, "enum"), (3, "uint32")])
    made.add(5, START, 0, 0, 0).add(5, START + 29, 0, 4, 0)
    made.define(6, LAP, [(253, "uint32"), (2, "uint32"), (7, "uint32"), (19, "uint16")])
    made.add(6, START + 20, START, 20_000, 210).add(6, START + 29, START + 20, 9_000, 190)
    made.define(7, SESSION, [(253, "uint32"), (2, "uint32"), (7, "uint32"), (5, "enum")])
    made.add(7, START + 29, START, 29_000, 2)
    return made.file()
