"""The loops over a FIT file's bytes, compiled.

Three passes: `walk` counts the messages, `walk` notes where each one lies, `gather` turns the fields of one kind of
message into scaled columns. Nothing is allocated here: that multiplies the time of compilation. All kernels that call
one another live in this file, because what was compiled is kept for as long as this file stays as it is.

Numba checks no bounds, so every read must be shown to lie inside: `walk` never passes on a message that ends behind
`end`, and a definition's fields end where its message does. `tests/unit/test_fit_fuzz.py` runs them with the checks on.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from paceline.record.native import callee, kernel

Bytes = npt.NDArray[np.uint8]
Ints = npt.NDArray[np.int64]

REACHED_END, UNDEFINED, CUT_DATA, CUT_DEFINITION, BAD_DEFINITION, TOO_MANY = range(6)
"""Why a walk stopped."""

MESSAGES, DEFINITIONS, UNIQUE, STAMP, STOP, REASON, UNKNOWN_LOCAL, GOOD_AT, GOOD_STAMP = range(9)
"""What the cells of a walk's `tally` hold; `GOOD_AT` is the byte behind the last message whose time followed on."""

SLOT, SIZE, TIME_AT, BIG = range(4)
"""What the columns of the table of local message types hold."""

COLUMN, AT, WIDTH, BIG_ENDIAN, KIND, INVALID = range(6)
"""What the columns of a plan of `gather` hold."""

NO_CLOCK, OWN_CLOCK, COMPRESSED_CLOCK = range(3)
"""Where the time of a message comes from."""

MOST_DEFINITIONS = 65_536
"""Different definitions in one file; real ones have up to a hundred."""

PROBES = 64
CHUNK = 1024
CHAIN = 8
A_DAY = 86_400


def crc_tables() -> npt.NDArray[np.uint16]:
    """(16, 256), uint16: the CRC of a byte that stands 0 to 15 bytes before the end; CRC-16 with polynomial 0xA001."""
    tables = np.empty((16, 256), np.uint16)
    tables[0] = np.arange(256)
    for _ in range(8):
        tables[0] = (tables[0] >> 1) ^ np.where(tables[0] & 1, 0xA001, 0)
    for k in range(1, 16):
        tables[k] = (tables[k - 1] >> 8) ^ tables[0][tables[k - 1] & 0xFF]
    return tables


@kernel()
def crc16(data, tables):  # type: ignore[no-untyped-def]
    """The CRC-16 of all bytes, sixteen at a step."""
    crc = np.uint32(0)
    whole = np.uint64(data.size // 16 * 16)
    i = np.uint64(0)
    while i < whole:
        block = data[i : i + np.uint64(16)]
        crc = (
            np.uint32(tables[15, np.uint32(block[0]) ^ (crc & np.uint32(0xFF))])
            ^ np.uint32(tables[14, np.uint32(block[1]) ^ (crc >> np.uint32(8))])
            ^ np.uint32(tables[13, block[2]])
            ^ np.uint32(tables[12, block[3]])
            ^ np.uint32(tables[11, block[4]])
            ^ np.uint32(tables[10, block[5]])
            ^ np.uint32(tables[9, block[6]])
            ^ np.uint32(tables[8, block[7]])
            ^ np.uint32(tables[7, block[8]])
            ^ np.uint32(tables[6, block[9]])
            ^ np.uint32(tables[5, block[10]])
            ^ np.uint32(tables[4, block[11]])
            ^ np.uint32(tables[3, block[12]])
            ^ np.uint32(tables[2, block[13]])
            ^ np.uint32(tables[1, block[14]])
            ^ np.uint32(tables[0, block[15]])
        )
        i += np.uint64(16)
    while i < np.uint64(data.size):
        crc = (crc >> np.uint32(8)) ^ np.uint32(tables[0, (crc ^ np.uint32(data[i])) & np.uint32(0xFF)])
        i += np.uint64(1)
    return np.int64(crc)


@callee()
def _uint32(data, at, big):  # type: ignore[no-untyped-def]
    a, b, c, d = np.int64(data[at]), np.int64(data[at + 1]), np.int64(data[at + 2]), np.int64(data[at + 3])
    return a << 24 | b << 16 | c << 8 | d if big else d << 24 | c << 16 | b << 8 | a


@callee()
def _define(data, at, end, local):  # type: ignore[no-untyped-def]
    """Enter the definition message at `at` into the table of local types; its end, or minus the reason of none."""
    header = np.int64(data[at])
    if at + 6 > end:
        return -CUT_DEFINITION
    if data[at + 2] > 1:
        return -BAD_DEFINITION
    big = np.int64(data[at + 2] != 0)
    fields = at + 6 + 3 * np.int64(data[at + 5])
    stop = np.int64(fields)
    if header & 0x20:
        if fields + 1 > end:
            return -CUT_DEFINITION
        stop = fields + 1 + 3 * np.int64(data[fields])
    if stop > end:
        return -CUT_DEFINITION
    size = np.int64(0)
    time_at = np.int64(-1)
    for k in range(at + 6, fields, 3):
        if data[k] == 253 and data[k + 1] == 4:
            time_at = size
        size += np.int64(data[k + 1])
    for k in range(fields + 1, stop, 3):
        size += np.int64(data[k + 1])
    row = local[header & 0x0F]
    row[SLOT], row[SIZE], row[TIME_AT], row[BIG] = 0, size, time_at, big
    return stop


@callee()
def _slot(data, at, stop, table, definitions, unique):  # type: ignore[no-untyped-def]
    """The number of this definition among the different ones; `unique` where it is new, and noted."""
    size = stop - at
    kind = np.int64(data[at]) & 0x20
    mixed = np.uint32(2166136261) ^ np.uint32(kind)
    for k in range(at + 1, stop):
        mixed = (mixed ^ np.uint32(data[k])) * np.uint32(16777619)
    mask = np.int64(table.size - 1)
    cell = np.int64(mixed ^ (mixed >> np.uint32(15))) & mask
    for _ in range(PROBES):
        known = np.int64(table[cell])
        if known < 0:
            table[cell] = unique
            break
        same = definitions[known, 1] == size and np.int64(data[definitions[known, 0]]) & 0x20 == kind
        byte = np.int64(1)
        while same and byte < size:
            same = data[definitions[known, 0] + byte] == data[at + byte]
            byte += 1
        if same:
            return known
        cell = (cell + 1) & mask
    definitions[unique, 0], definitions[unique, 1] = at, size
    return unique


@callee()
def _rolled(stamp, header):  # type: ignore[no-untyped-def]
    """The running timestamp after a compressed header, whose five bits are the low end of the new one."""
    return (stamp + (((header & 0x1F) - stamp) & 0x1F)) & 0xFFFFFFFF if header & 0x80 else stamp


@kernel()
def walk(data, start, end, fill, local, tally, table, definitions, where, slots, stamps, clocks):  # type: ignore[no-untyped-def]  # noqa: C901, PLR0913, PLR0917 - one loop over all kinds of message; a kernel takes its arrays one by one
    """Go from message to message until `end` or until one makes no sense.

    Args:
        data: (byte,), uint8, the whole file.
        start: byte of the first message header.
        end: the byte behind the last message.
        fill: False only counts; True also writes the arrays below, which then must be as long as was counted.
        local: (16, 4), int64: the local message types in force, SLOT -1 where undefined; kept from walk to walk.
        tally: (9,), int64: counts, the running timestamp, where the walk stopped and why; kept likewise.
        table: (a power of two,), int32, -1 where empty: the hash table over the different definitions.
        definitions: (definition, 2), int64: where each different one lies, and its length.
        where: (message,), int32: byte of the message's header.
        slots: (message,), uint16: its definition.
        stamps: (message,), uint32: the running timestamp, FIT seconds; 0 before the first.
        clocks: (message,), uint8: where the time comes from.
    """
    at, stamp, messages = np.int64(start), tally[STAMP], tally[MESSAGES]
    good_at, good_stamp = tally[GOOD_AT], tally[GOOD_STAMP]
    reason = REACHED_END
    while at < end:
        header = np.int64(data[at])
        if header & 0xC0 == 0x40:
            stop = _define(data, at, end, local)
            if stop < 0:
                reason = -stop
                break
            if fill and tally[UNIQUE] == definitions.shape[0]:
                reason = TOO_MANY
                break
            if fill:
                known = _slot(data, at, stop, table, definitions, tally[UNIQUE])
                local[header & 0x0F, SLOT] = known
                tally[UNIQUE] += np.int64(known == tally[UNIQUE])
            tally[DEFINITIONS] += 1
            at = stop
            continue
        number = (header >> 5) & 0x03 if header & 0x80 else header & 0x0F
        if local[number, SLOT] < 0:
            tally[UNKNOWN_LOCAL] = number
            reason = UNDEFINED
            break
        stop = at + 1 + local[number, SIZE]
        if stop > end:
            reason = CUT_DATA
            break
        if fill and messages == where.size:
            reason = TOO_MANY
            break
        stamp = _rolled(stamp, header)
        clock = COMPRESSED_CLOCK if header & 0x80 else NO_CLOCK
        time_at = local[number, TIME_AT]
        if time_at >= 0:
            own = _uint32(data, at + 1 + time_at, local[number, BIG] != 0)
            if own != 0xFFFFFFFF:
                clock = OWN_CLOCK
                if 0 <= own - stamp <= A_DAY:
                    good_at, good_stamp = stop, own
                stamp = own
        if fill:
            where[messages], slots[messages], stamps[messages], clocks[messages] = at, local[number, SLOT], stamp, clock
        messages += 1
        at = stop
    tally[MESSAGES], tally[STAMP], tally[STOP], tally[REASON] = messages, stamp, at, reason
    tally[GOOD_AT], tally[GOOD_STAMP] = good_at, good_stamp


@callee()
def _credible(data, at, end, local, stamp):  # type: ignore[no-untyped-def]
    """Whether a chain of messages with rising times begins here; `local` is a copy that may be written to."""
    timed = 0
    for _ in range(CHAIN):
        if at == end:
            return timed >= 1
        header = np.int64(data[at])
        if header & 0xC0 == 0x40:
            plausible = at + 6 <= end and header & 0x10 == 0 and data[at + 1] == 0 and data[at + 5] != 0
            at = _define(data, at, end, local) if plausible else np.int64(-1)
            if at < 0:
                return False
            continue
        number = (header >> 5) & 0x03 if header & 0x80 else header & 0x0F
        stop = at + 1 + local[number, SIZE]
        if local[number, SLOT] < 0 or header & 0xD0 == 0x10 or stop > end:
            return False
        if local[number, TIME_AT] >= 0 and not header & 0x80:
            own = _uint32(data, at + 1 + local[number, TIME_AT], local[number, BIG] != 0)
            if own < stamp or own > stamp + A_DAY:
                return False
            stamp = own
            timed += 1
        at = stop
    return timed >= 2


@kernel()
def resynchronised(data, start, end, until, local, scratch, stamp):  # type: ignore[no-untyped-def]
    """The first byte from `start` at which messages plausibly go on, or -1 where there is none before `until`."""
    for at in range(start, until):
        for row in range(local.shape[0]):
            for column in range(local.shape[1]):
                scratch[row, column] = local[row, column]
        if _credible(data, at, end, scratch, stamp):
            return at
    return np.int64(-1)


@callee()
def _raw(data, at, width, big):  # type: ignore[no-untyped-def]
    raw = np.uint64(0)
    for k in range(width):
        byte = np.uint64(data[at + np.uint64(k if big else width - 1 - k)])
        raw = raw << np.uint64(8) | byte
    return raw


@callee()
def _two(data, p, big):  # type: ignore[no-untyped-def]
    """An unsigned integer of two bytes."""
    a, b = np.int64(data[p]), np.int64(data[p + np.uint64(1)])
    return a << 8 | b if big else b << 8 | a


@callee()
def _four(data, p, big):  # type: ignore[no-untyped-def]
    """An unsigned integer of four bytes."""
    first, second = _two(data, p, big), _two(data, p + np.uint64(2), big)
    return first << 16 | second if big else second << 16 | first


@callee(error_model="numpy")
def _scaled(raw, absent, sign, scale, shift):  # type: ignore[no-untyped-def]
    """The value of an integer; NaN where it is the absent one. A division costs as much as all the rest."""
    if raw == absent:
        return np.nan
    number = np.float64(raw - ((raw & sign) << 1))
    return number if scale == 1.0 and shift == 0.0 else number / scale - shift


@callee(error_model="numpy")
def _fill(data, where, begin, stop, plan, step, scale, shift, out):  # type: ignore[no-untyped-def]  # noqa: C901, PLR0912 - one loop for each layout
    """One field of a run of messages of one definition; integers of usual widths have loops of their own."""
    column, width, kind = plan[step, COLUMN], plan[step, WIDTH], plan[step, KIND]
    at, absent, big = np.uint64(plan[step, AT]), plan[step, INVALID], plan[step, BIG_ENDIAN] != 0
    sign = np.int64(1) << (8 * width - 1) if kind == 1 else np.int64(0)
    first, last, row = np.uint64(begin), np.uint64(stop), np.uint64(column)
    if kind == 2 and width == 4:
        for k in range(first, last):
            bits = _four(data, np.uint64(where[k]) + at, big)
            value = np.float64(np.uint32(bits).view(np.float32))
            out[row, k] = np.nan if bits == absent else value / scale - shift
    elif kind == 2 or width > 4 or width == 3:
        for k in range(first, last):
            raw = _raw(data, np.uint64(where[k]) + at, width, big)
            value = _number(raw, width, kind, np.uint64(sign))
            out[row, k] = np.nan if raw == np.uint64(absent) else value / scale - shift
    elif width == 1:
        for k in range(first, last):
            out[row, k] = _scaled(np.int64(data[np.uint64(where[k]) + at]), absent, sign, scale, shift)
    elif width == 2 and not big:
        for k in range(first, last):
            out[row, k] = _scaled(_two(data, np.uint64(where[k]) + at, False), absent, sign, scale, shift)
    elif width == 2:
        for k in range(first, last):
            out[row, k] = _scaled(_two(data, np.uint64(where[k]) + at, True), absent, sign, scale, shift)
    elif not big:
        for k in range(first, last):
            out[row, k] = _scaled(_four(data, np.uint64(where[k]) + at, False), absent, sign, scale, shift)
    else:
        for k in range(first, last):
            out[row, k] = _scaled(_four(data, np.uint64(where[k]) + at, True), absent, sign, scale, shift)


@callee()
def _number(raw, width, kind, sign):  # type: ignore[no-untyped-def]
    """The number that the bits stand for: unsigned, signed or floating."""
    if kind == 2 and width == 4:
        return np.float64(np.uint32(raw).view(np.float32))
    if kind == 2:
        return np.uint64(raw).view(np.float64)
    if kind == 1 and raw & sign:
        return -np.float64((np.uint64(2) * sign - np.uint64(1) - raw) + np.uint64(1))
    return np.float64(raw)


@kernel(error_model="numpy")
def gather(data, where, slots, first, plan, scales, shifts, out):  # type: ignore[no-untyped-def]
    """The scalar fields of messages of one kind as float64 columns.

    Args:
        data: (byte,), uint8.
        where: (row,), int32: byte of each message's header.
        slots: (row,), uint16: which definition it follows.
        first: (definition + 1,), int64: its first step in the plan.
        plan: (step, 6), int64: column, offset behind the header, width, big-endian, kind, the bits of an absent value.
        scales: (step,), float64: value = number / scale - shift.
        shifts: (step,), float64.
        out: (column, row), float64; cells that no step writes are left as they are.
    """
    begin = np.int64(0)
    while begin < where.size:
        slot = slots[begin]
        limit = min(where.size, begin + CHUNK)
        stop = begin + 1
        while stop < limit and slots[stop] == slot:
            stop += 1
        for k in range(first[slot], first[slot + 1]):
            _fill(data, where, begin, stop, plan, k, scales[k], shifts[k], out)
        begin = stop
