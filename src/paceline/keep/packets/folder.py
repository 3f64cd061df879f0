"""A packet log in a folder, for one server: a row of segments, each a file that only ever grows.

A segment is a row of frames, one a group: `PLF1`, the size of what follows the header, its CRC-32, and the CRC-32 of
these twelve bytes; then the entries of the group, each its size, its CRC-32, what it is (0 a packet, 1 the word that a
session is let go, 2 erased), the session's 16 bytes and the packet. Little endian.

A group is acknowledged when its frame is on the disk. So a broken frame at the end of the last segment was never
acknowledged, and is cut off when the log is opened; a broken one with whole ones behind it is damage, which `verify`
tells and nothing cuts.

One file for all sessions, because each file costs its own wait for the disk: on the machine this was chosen on, a group
of 1,000 packets took 0.4 ms in one file and 150 ms in a file for each session.
"""

from __future__ import annotations

import os
import threading
from array import array
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from uuid import UUID

from paceline.domain.errors import StoreUnavailable
from paceline.keep.leases import FolderLeases, Leases
from paceline.keep.packets import Entry, Kept
from paceline.keep.packets.frames import Found, Item, What, entry_at, erased, frame, item, scanned

SEGMENT = 64 << 20
"""Bytes after which a new segment is begun."""

_NAME = "{:08d}.packets"
_OFFSET = 1 << 32


class FolderLog:
    """Packets in segments of a folder that one process holds; see `PacketLog`."""

    def __init__(self, place: str | Path, *, segment: int = SEGMENT) -> None:
        self._folder, self._limit = Path(place), segment
        try:
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            held = FolderLeases(self._folder)
            self.leases: Leases = held
            self._token = held.token
            try:
                self._open()
            except OSError:
                self.leases.close()
                raise
        except StoreUnavailable:
            raise
        except OSError as error:
            raise self._unusable(error) from error

    def _open(self) -> None:
        self._guard = threading.RLock()
        self._index: dict[UUID, array[int]] = {}
        self._inside: dict[int, set[UUID]] = {}
        self._readers: dict[int, int] = {}
        numbers = sorted(int(path.stem) for path in self._folder.glob("*.packets") if path.stem.isdigit())
        for number in numbers:
            self._take_in(number, newest=number == numbers[-1])
        self._number = numbers[-1] if numbers else 0
        self._writer: int | None = None
        self._size = 0
        self._begin(self._number or 1)
        self._tidy()

    def _take_in(self, number: int, *, newest: bool) -> None:
        """One segment into the index; a torn end of the newest is cut off."""
        path = self._folder / _NAME.format(number)
        data = path.read_bytes()
        stretches = list(scanned(data))
        while newest and stretches and not stretches[-1].sound:
            stretches.pop()
        for stretch in stretches:
            self._note(number, stretch.items)
        if newest and (end := stretches[-1].stop if stretches else 0) < len(data):
            with path.open("r+b") as stream:
                stream.truncate(end)
                os.fsync(stream.fileno())
        self._inside.setdefault(number, set())

    def _note(self, number: int, items: Iterable[Item]) -> None:
        for at, what, session in items:
            if what == What.PACKET:
                self._place(session, number, number * _OFFSET + at)
            elif what == What.LET_GO:
                self._index.pop(session, None)

    def commit(self, entries: Sequence[Entry]) -> list[int]:
        """See `PacketLog`."""
        parts = [item(What.PACKET, entry.lease.session.bytes, entry.packet) for entry in entries]
        with self._guard:
            live = [entry.lease.token == self._token for entry in entries]
            at = self._written([part for part, kept in zip(parts, live, strict=True) if kept])
            positions, base = [], self._number * _OFFSET
            for entry, part, kept in zip(entries, parts, live, strict=True):
                positions.append(base + at if kept else -1)
                if kept:
                    self._place(entry.lease.session, self._number, base + at)
                    at += len(part)
            return positions

    def _place(self, session: UUID, number: int, position: int) -> None:
        known = self._index.get(session)
        if known is None:
            known = self._index[session] = array("Q")
        known.append(position)
        self._inside.setdefault(number, set()).add(session)

    def _written(self, parts: Sequence[bytes]) -> int:
        """A frame at the end, on the disk; gives where its first entry stands. A failure leaves the file as it was."""
        if self._size >= self._limit:
            self._begin(self._number + 1)
        data, header = frame(parts)
        begins = self._size + header
        if self._writer is None:
            raise StoreUnavailable(str(self._folder), reason="the log is closed")
        try:
            done = 0
            while done < len(data):
                done += os.write(self._writer, memoryview(data)[done:])
            os.fdatasync(self._writer)
        except OSError as error:
            self._take_back()
            raise self._unusable(error) from error
        self._size += len(data)
        return begins

    def _take_back(self) -> None:
        """After a failed write: what it left is cut off; where even that fails, a new segment is begun."""
        try:
            os.ftruncate(self._writer or -1, self._size)
            os.fsync(self._writer or -1)
        except OSError:
            self._size = self._limit

    def _begin(self, number: int) -> None:
        path = self._folder / _NAME.format(number)
        try:
            writer = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
            _flush(self._folder)
        except OSError as error:
            raise self._unusable(error) from error
        if self._writer is not None:
            os.close(self._writer)
        self._writer, self._number, self._size = writer, number, os.fstat(writer).st_size
        self._inside.setdefault(number, set())

    def read(self, session: UUID, *, after: int = -1) -> Iterator[Kept]:
        """See `PacketLog`."""
        with self._guard:
            positions = self._index.get(session, array("Q"))
            wanted = positions[bisect_right(positions, after) :] if after >= 0 else positions[:]
        for position in wanted:
            packet = self._packet(position)
            if packet is not None:
                yield Kept(position, packet)

    def _packet(self, position: int) -> bytes | None:
        number, at = divmod(position, _OFFSET)
        try:
            with self._guard:
                if number not in self._readers:
                    self._readers[number] = os.open(self._folder / _NAME.format(number), os.O_RDONLY | os.O_CLOEXEC)
                return entry_at(self._readers[number], at)
        except OSError as error:
            raise self._unusable(error) from error

    def sessions(self) -> frozenset[UUID]:
        """See `PacketLog`."""
        with self._guard:
            return frozenset(self._index)

    def let_go(self, session: UUID) -> None:
        """See `PacketLog`; a segment of which every session is gone is removed."""
        with self._guard:
            if session not in self._index:
                return
            self._written([item(What.LET_GO, session.bytes, b"")])
            del self._index[session]
            self._tidy()

    def _tidy(self) -> None:
        """Remove old segments, the oldest first and none before: a later one's word about a session stays needed."""
        for number in sorted(self._inside):
            if number >= self._number or self._inside[number] & self._index.keys():
                return
            self._forget_reader(number)
            (self._folder / _NAME.format(number)).unlink(missing_ok=True)
            del self._inside[number]

    def forget(self, session: UUID) -> None:
        """See `PacketLog`; each segment is written anew with the packets wiped, and takes the old one's place."""
        with self._guard:
            self.let_go(session)
            inside = [number for number, there in self._inside.items() if session in there]
            if self._number in inside:
                self._begin(self._number + 1)
            for number in inside:
                self._wipe(number, session)
            self._tidy()

    def _wipe(self, number: int, session: UUID) -> None:
        path = self._folder / _NAME.format(number)
        beside = path.with_suffix(".unfinished")
        try:
            with beside.open("wb") as stream:
                stream.write(erased(path.read_bytes(), session))
                stream.flush()
                os.fsync(stream.fileno())
            beside.replace(path)
            _flush(self._folder)
        except OSError as error:
            beside.unlink(missing_ok=True)
            raise self._unusable(error) from error
        self._forget_reader(number)
        self._inside[number].discard(session)

    def _forget_reader(self, number: int) -> None:
        if (reader := self._readers.pop(number, None)) is not None:
            os.close(reader)

    def verify(self) -> Iterator[str]:
        """See `PacketLog`."""
        with self._guard:
            numbers, newest, size = sorted(self._inside), self._number, self._size
        for number in numbers:
            path = self._folder / _NAME.format(number)
            data = path.read_bytes()
            yield from _damage(path.name, scanned(data[:size] if number == newest else data))

    def close(self) -> None:
        """See `PacketLog`."""
        with self._guard:
            for number in list(self._readers):
                self._forget_reader(number)
            if self._writer is not None:
                os.close(self._writer)
                self._writer = None
            self.leases.close()

    def _unusable(self, error: OSError) -> StoreUnavailable:
        return StoreUnavailable(str(self._folder), reason=error.strerror or type(error).__name__)


def verified(folder: Path) -> Iterator[str]:
    """A sentence for each thing that is not as it was kept, without taking the log, which a server may be writing.

    A broken end of the newest segment was never acknowledged, or is being written; a segment that is gone by the time
    it is to be read holds nothing that is needed.
    """
    paths = sorted(path for path in folder.glob("*.packets") if path.stem.isdigit())
    for path in paths:
        try:
            found = list(scanned(path.read_bytes()))
        except FileNotFoundError:
            continue
        except OSError as error:
            yield f"{path.name} can't be read: {error.strerror or type(error).__name__}."
            continue
        while path == paths[-1] and found and not found[-1].sound:
            found.pop()
        yield from _damage(path.name, found)


def _damage(name: str, stretches: Iterable[Found]) -> Iterator[str]:
    for found in stretches:
        if not found.sound:
            yield f"{name}, byte {found.start:,}: {found.stop - found.start:,} bytes are not as they were kept."


def _flush(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
