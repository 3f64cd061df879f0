"""All that one server serves from: its organisations' stores, who may enter, its limits and its numbers.

An organisation's stores are opened when somebody of it first asks, and stay open. Nothing here knows of more than one
organisation at a time: a call gets the room of its token's organisation and has no way to another.
"""

from __future__ import annotations

import contextlib
import secrets
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Executor, ProcessPoolExecutor
from dataclasses import dataclass, field
from multiprocessing import get_context
from typing import TYPE_CHECKING

import anyio

from paceline.domain.errors import RequestRefused, StoreUnavailable
from paceline.serve.local import LocalDoor
from paceline.serve.pending import Pending
from paceline.serve.rates import Rates
from paceline.serve.recent import Recent
from paceline.serve.telemetry import Telemetry

if TYPE_CHECKING:
    from paceline.keep.access import Access
    from paceline.keep.audit import Audit
    from paceline.keep.store import Store


@dataclass(frozen=True, slots=True)
class Limits:
    """What one client may ask of a server.

    Attributes:
        rate: requests a second of one token, in the long run.
        burst: requests at once.
        workers: requests that wait for stores at the same time.
        decoders: recordings that are decoded at the same time.
        carried: bytes of bodies that may be on their way at the same time; all of them lie in memory.
        hosts: the names that the server answers to; any where empty.
    """

    rate: float = 50.0
    burst: int = 200
    workers: int = 16
    decoders: int = 2
    carried: int = 1 << 30
    hosts: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Room:
    """One organisation's stores, as the server uses them."""

    organisation: str
    store: Store
    pending: Pending
    audit: Audit
    cursor_key: bytes
    recent: Recent = field(default_factory=Recent)


@dataclass(slots=True)
class Hall:
    """What a server is made of.

    Attributes:
        access: who may enter.
        open_room: opens an organisation's stores.
        home: the organisation that the local URL opens.
        limits: what a client may ask for.
        door: the local URL with its one-time token, where there is one.
        clock: seconds since 1970, for what is forgotten by age.
    """

    access: Access
    open_room: Callable[[str], Room]
    home: str = "home"
    limits: Limits = field(default_factory=Limits)
    door: LocalDoor | None = None
    clock: Callable[[], float] = time.time
    telemetry: Telemetry = field(default_factory=Telemetry)
    stopping: bool = False
    _rooms: dict[str, Room] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _rates: Rates | None = None
    _decoders: Executor | None = None
    _workers: anyio.CapacityLimiter | None = None
    _patient: anyio.CapacityLimiter | None = None
    _carried: int = 0

    def room(self, organisation: str) -> Room:
        """The stores of one organisation, opened where they were not."""
        with self._lock:
            if organisation not in self._rooms:
                self._rooms[organisation] = self.open_room(organisation)
            return self._rooms[organisation]

    def rooms(self) -> tuple[Room, ...]:
        """The rooms that are open."""
        with self._lock:
            return tuple(self._rooms.values())

    @property
    def rates(self) -> Rates:
        """How many requests each token has left."""
        if self._rates is None:
            self._rates = Rates(rate=self.limits.rate, burst=self.limits.burst)
        return self._rates

    @property
    def workers(self) -> anyio.CapacityLimiter:
        """The threads that wait for stores."""
        if self._workers is None:
            self._workers = anyio.CapacityLimiter(self.limits.workers)
        return self._workers

    @property
    def patient(self) -> anyio.CapacityLimiter:
        """The threads of what may take long; however many wait there, the others are answered."""
        if self._patient is None:
            self._patient = anyio.CapacityLimiter(2 * self.limits.decoders)
        return self._patient

    @contextlib.contextmanager
    def carrying(self, size: int) -> Iterator[None]:
        """While it lasts, a body of so many bytes is on its way.

        Raises:
            RequestRefused: the bodies that are on their way fill what there is room for.
        """
        if self._carried and self._carried + size > self.limits.carried:
            raise RequestRefused("unavailable", "Too many recordings are on their way. Send it again later.")
        self._carried += size
        try:
            yield
        finally:
            self._carried -= size

    def faults(self) -> Mapping[str, str]:
        """What keeps this server from serving, by its name; nothing where all is well."""
        if self.stopping:
            return {"server": "it is stopping"}
        try:
            self.access.organisations()
        except StoreUnavailable:
            return {"access": "the store of tokens can't be reached"}
        return {}

    def decoders(self) -> Executor:
        """The processes that decode recordings; started when the first recording comes."""
        with self._lock:
            if self._decoders is None:
                # a fork would copy the locks of threads that it does not copy
                self._decoders = ProcessPoolExecutor(self.limits.decoders, mp_context=get_context("spawn"))
            return self._decoders

    def drop_decoders(self) -> None:
        """Let go of processes that died, so that the next recording gets new ones."""
        with self._lock:
            dropped, self._decoders = self._decoders, None
        if dropped is not None:
            dropped.shutdown(wait=False, cancel_futures=True)

    def visit(self, *, expires: int) -> str:
        """A token for whoever came by the local URL: all that may be done in the organisation of this machine."""
        return self.access.issue_token(self.home, "admin", expires=expires, by="owner")

    def forget_old(self) -> None:
        """Drop what no client will ask for any more; a store that can't be reached is tried again the next time."""
        with self._lock:
            rooms = list(self._rooms.values())
        for room in rooms:
            with contextlib.suppress(StoreUnavailable):
                room.pending.forget_old(now=self.clock())

    def close(self) -> None:
        """Close every store that was opened."""
        with self._lock:
            rooms, self._rooms = list(self._rooms.values()), {}
        self.drop_decoders()
        for room in rooms:
            room.pending.close()
            room.audit.close()
            room.store.close()
        self.access.close()


def cursor_key(pending: Pending) -> bytes:
    """The key that this organisation's cursors are signed with: made once, the same on every server."""
    return pending.key("cursors", fresh=secrets.token_bytes(32))
