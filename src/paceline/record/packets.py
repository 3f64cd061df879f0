"""Live packets: how a device sends what it senses while a session runs, a second or so at a time.

A packet says whose it is (device, stream, channels), its number in that device's row, and when its first sample was
taken; so nothing has to be known from before to read it. Little endian throughout:

```
0   2  "PL"
2   1  version: 1
3   1  kind: 1 samples at a rate, 2 samples each with its time, 3 a message passed on, 4 the device's last packet
4   4  size of the whole packet in bytes, the check sum included
8   4  number of the packet, from 0, of this device in this session
12  8  time of the first sample, int64 ns UTC
20  2  how many samples
22  2  size of the description
24  …  description: device and stream (each a length byte and its text); kind 1: the rate, two uint32, so many samples
       in so many seconds; kinds 1 and 2: how many channels (a byte), then each as a length byte, its name and how it
       is written: 0 float32, NaN where absent; 1 int16, -32768 where absent, followed by scale and offset (float64)
…   …  kind 2: each sample's time less the first, uint64 ns; then channel after channel, its samples in order.
       kind 3: the message
-4  4  CRC-32 (zlib) of all before
```

Several packets may stand one after another in one message: their sizes tell them apart.
"""

from __future__ import annotations

import re
import struct
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from paceline.domain.channels import CHANNELS
from paceline.domain.errors import PacketDamaged, PacketError, PacketUnknown
from paceline.record.streams import Floats, Nanoseconds

MAGIC, VERSION = b"PL", 1
LARGEST = 256 * 1024
"""Bytes of one packet."""

LONGEST = 86_400
"""Seconds from the first sample of a packet to its last."""

ABSENT = -32768
"""What an int16 sample says where nothing was read."""

_HEAD = struct.Struct("<2sBBIIqHH")
_RATE, _SCALE, _SUM = struct.Struct("<II"), struct.Struct("<dd"), struct.Struct("<I")
SMALLEST = _HEAD.size + _SUM.size
_FARTHEST = 2**62
_DEVICE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,59}")
_STREAM = re.compile(r"[a-z][a-z0-9_/]{0,59}")
_ENCODINGS: Mapping[int, npt.DTypeLike] = {0: "<f4", 1: "<i2"}


class Kind(IntEnum):
    """What a packet holds."""

    REGULAR = 1
    TIMED = 2
    MESSAGE = 3
    LAST = 4


@dataclass(frozen=True, slots=True)
class Written:
    """How the samples of one channel are written: as they are, or as whole numbers of `scale` above `offset`."""

    scale: float | None = None
    offset: float = 0.0


@dataclass(frozen=True, slots=True)
class Description:
    """What every packet of one stream repeats.

    Attributes:
        device: the name by which the device calls itself; it names a thing, not a person.
        stream: "record", "motion", …; for messages the topic they came under.
        rate: samples in seconds, as (50, 1); None where each sample has its own time.
        channels: catalogue name → how it is written, in the order of the samples.
        width: bytes of one sample of all channels.
    """

    device: str
    stream: str
    rate: tuple[int, int] | None
    channels: Mapping[str, Written]
    width: int


@dataclass(frozen=True, slots=True)
class Packet:
    """One packet that has been checked: its bytes are whole, its channels known, its samples as many as it says."""

    kind: int
    sequence: int
    first: int
    count: int
    description: Description
    raw: bytes
    body: int
    """Where in `raw` the samples begin, or the message."""

    @property
    def device(self) -> str:
        """Which device it is from."""
        return self.description.device

    @property
    def checksum(self) -> int:
        """The CRC-32 it ends with: two packets of one number that differ here are two packets."""
        return int.from_bytes(self.raw[-4:], "little")

    @property
    def message(self) -> bytes:
        """What was passed on, for that kind."""
        return self.raw[self.body : -4]

    def time(self) -> Nanoseconds:
        """(sample,), int64 ns UTC."""
        if self.description.rate is not None:
            samples, seconds = self.description.rate
            return self.first + np.arange(self.count, dtype=np.int64) * (seconds * 1_000_000_000) // samples
        since = np.frombuffer(self.raw, "<u8", self.count, self.body)
        return self.first + since.astype(np.int64)

    def values(self) -> dict[str, Floats]:
        """Channel → (sample,), float64 in the catalogue's unit; NaN where nothing was read."""
        at = self.body + (8 * self.count if self.kind == Kind.TIMED else 0)
        found = {}
        for name, written in self.description.channels.items():
            code = 0 if written.scale is None else 1
            samples = np.frombuffer(self.raw, _ENCODINGS[code], self.count, at)
            at += samples.nbytes
            found[name] = _unscaled(samples, written)
        return found


def _unscaled(samples: npt.NDArray[np.generic], written: Written) -> Floats:
    values = samples.astype(np.float64)
    if written.scale is None:
        values[~np.isfinite(values)] = np.nan
        return values
    values[values == ABSENT] = np.nan
    return values * written.scale + written.offset


def packets(data: bytes) -> Iterator[Packet | PacketError]:
    """The packets of one message, in order; each that can't be read is given as the error that says why.

    Where a size can't be believed, what follows it can't be told apart: it is one error, and the last.
    """
    at = 0
    while at < len(data):
        end = at + (packet_size(data, at) or len(data) - at)
        try:
            yield packet(data[at:end])
        except PacketError as error:
            error.raw = data[at:end]
            yield error
        at = end


def packet_size(data: bytes, at: int) -> int | None:
    """The size of the packet that begins there, as it says itself; None where none does, or it is not all there."""
    if len(data) - at < SMALLEST or data[at : at + 2] != MAGIC:
        return None
    size = int(_HEAD.unpack_from(data, at)[3])
    return size if SMALLEST <= size <= min(LARGEST, len(data) - at) else None


def packet(data: bytes) -> Packet:
    """One packet, checked to its last byte.

    Raises:
        PacketDamaged: it is cut, changed on its way, or contradicts itself.
        PacketUnknown: it is of a version, a kind or a channel that this release does not know; a later one may.
    """
    if len(data) < SMALLEST or data[:2] != MAGIC:
        raise PacketDamaged(expected="a packet that begins with 'PL' and its header", found=f"{len(data):,} bytes")
    _, version, kind, size, sequence, first, count, described = _HEAD.unpack_from(data)
    if size != len(data) or size > LARGEST:
        expected = f"a size of {len(data):,}" if len(data) <= LARGEST else f"at most {LARGEST:,} bytes"
        raise PacketDamaged(expected=expected, found=f"{size:,}", offset=4)
    if zlib.crc32(memoryview(data)[:-4]) != _SUM.unpack_from(data, size - 4)[0]:
        raise PacketDamaged(expected="the check sum of its bytes", found="another one", offset=size - 4)
    if version != VERSION:
        raise PacketUnknown(expected=f"version {VERSION}", found=f"version {version}", offset=2)
    body = _HEAD.size + described
    if body > size - 4 or abs(first) >= _FARTHEST:
        raise PacketDamaged(expected="a description inside the packet, and a time of this age", found="neither")
    description = _described(kind, data[_HEAD.size : body])
    found = Packet(kind, sequence, first, count, description, data, body)
    _check(found, size - 4 - body)
    return found


def _check(found: Packet, size: int) -> None:
    """Whether the samples are as many as the header says, and within a day."""
    if found.kind in (Kind.MESSAGE, Kind.LAST):
        return
    width = found.description.width + (8 if found.kind == Kind.TIMED else 0)
    if size != width * found.count:
        expected = f"{found.count:,} samples of {width} bytes"
        raise PacketDamaged(expected=expected, found=f"{size:,} bytes", offset=found.body)
    if found.count and found.description.rate is not None:
        samples, seconds = found.description.rate
        lasts = (found.count - 1) * seconds / samples
    else:
        since = np.frombuffer(found.raw, "<u8", found.count, found.body)
        lasts = float(since.max()) / 1e9 if found.count else 0.0
    if lasts > LONGEST:
        raise PacketDamaged(expected="samples of at most a day", found=f"{lasts:,.0f} s", offset=found.body)


@lru_cache(maxsize=32_768)  # a stream repeats its own in every packet
def _described(kind: int, text: bytes) -> Description:
    if kind not in tuple(Kind):
        raise PacketUnknown(expected="a kind from 1 to 4", found=f"kind {kind}", offset=3)
    try:
        device, at = _text(text, 0)
        stream, at = _text(text, at)
        rate: tuple[int, int] | None = None
        if kind == Kind.REGULAR:
            rate = _RATE.unpack_from(text, at)
            at += _RATE.size
        channels, at = _channels(text, at) if kind in (Kind.REGULAR, Kind.TIMED) else ({}, at)
    except (struct.error, IndexError, UnicodeDecodeError) as error:
        raise PacketDamaged(expected="a whole description", found="one that breaks off", offset=_HEAD.size) from error
    if at != len(text) or not _DEVICE.fullmatch(device) or not _STREAM.fullmatch(stream):
        raise PacketDamaged(expected="names of device and stream", found="something else", offset=_HEAD.size)
    if rate is not None and not (0 < rate[0] <= 1_000_000 and 0 < rate[1] <= 100_000):
        raise PacketDamaged(expected="a rate above 0, at most 1 MHz", found="another", offset=_HEAD.size)
    if unknown := sorted(channels.keys() - CHANNELS.keys()):
        raise PacketUnknown(expected="channels of the catalogue", found=", ".join(unknown)[:80], offset=_HEAD.size)
    width = sum(4 if written.scale is None else 2 for written in channels.values())
    return Description(device, stream, rate, channels, width)


def _text(text: bytes, at: int) -> tuple[str, int]:
    end = at + 1 + text[at]
    if end > len(text):
        raise IndexError
    return text[at + 1 : end].decode("ascii"), end


def _channels(text: bytes, at: int) -> tuple[dict[str, Written], int]:
    found: dict[str, Written] = {}
    number, at = text[at], at + 1
    for _ in range(number):
        name, at = _text(text, at)
        code, at = text[at], at + 1
        if code not in _ENCODINGS:
            raise PacketUnknown(expected="float32 (0) or int16 (1)", found=f"encoding {code}", offset=_HEAD.size)
        if code == 1:
            scale, offset = _SCALE.unpack_from(text, at)
            at += _SCALE.size
            if not (np.isfinite(scale) and np.isfinite(offset)):
                raise PacketDamaged(expected="a finite scale and offset", found="another", offset=_HEAD.size)
            found[name] = Written(scale, offset)
        else:
            found[name] = Written()
    if not found or len(found) != number:
        raise PacketDamaged(expected="channels, each once", found="none, or one twice", offset=_HEAD.size)
    return found, at


def sampled(
    device: str,
    stream: str,
    values: Mapping[str, Sequence[float] | Floats],
    *,
    sequence: int,
    first: int,
    rate: tuple[int, int] | None = None,
    since: Sequence[int] | None = None,
    written: Mapping[str, Written] | None = None,
) -> bytes:
    """The packet that says this: what devices, simulators and tests send.

    Args:
        device: its own name.
        stream: which of its streams.
        values: catalogue name → (sample,), in the catalogue's unit; NaN where nothing was read.
        sequence: number of the packet, from 0.
        first: int64 ns UTC of the first sample.
        rate: so many samples in so many seconds; or else
        since: (sample,), ns since the first, one for each sample.
        written: channels to be sent as int16; the others are float32.

    >>> sent = packet(sampled("hub", "record", {"power": [200.0, 210.0]}, sequence=7, first=0, rate=(2, 1)))
    >>> sent.sequence, sent.time().tolist(), sent.values()["power"].tolist()
    (7, [0, 500000000], [200.0, 210.0])
    """
    timing = b"" if since is None else np.asarray(since, "<u8").tobytes()
    described = _name(device) + _name(stream) + (b"" if rate is None else _RATE.pack(*rate)) + bytes([len(values)])
    body = timing
    count = 0
    for name, samples in values.items():
        how = (written or {}).get(name, Written())
        readings = np.asarray(samples, np.float64)
        count = readings.size
        described += _name(name) + (b"\0" if how.scale is None else b"\1" + _SCALE.pack(how.scale, how.offset))
        body += _scaled(readings, how)
    kind = Kind.TIMED if rate is None else Kind.REGULAR
    return _sealed(kind, described, body, sequence=sequence, first=first, count=count)


def passed_on(device: str, topic: str, message: bytes, *, sequence: int, time: int) -> bytes:
    """The packet of a message that somebody else published, kept as it came; `time` is when it came."""
    return _sealed(Kind.MESSAGE, _name(device) + _name(topic), message, sequence=sequence, first=time, count=0)


def last(device: str, *, sequence: int, time: int) -> bytes:
    """The packet by which a device says that it sends no more; its number tells how many came before."""
    return _sealed(Kind.LAST, _name(device) + _name("end"), b"", sequence=sequence, first=time, count=0)


def _sealed(kind: Kind, described: bytes, body: bytes, *, sequence: int, first: int, count: int) -> bytes:
    size = SMALLEST + len(described) + len(body)
    head = _HEAD.pack(MAGIC, VERSION, kind, size, sequence, first, count, len(described))
    whole = head + described + body
    return whole + _SUM.pack(zlib.crc32(whole))


def _name(text: str) -> bytes:
    return bytes([len(text)]) + text.encode("ascii")


def _scaled(readings: Floats, how: Written) -> bytes:
    if how.scale is None:
        return readings.astype("<f4").tobytes()
    counts = np.round((readings - how.offset) / how.scale)
    counts = np.where(np.isnan(counts), ABSENT, np.clip(counts, ABSENT + 1, 32767))
    return counts.astype("<i2").tobytes()
