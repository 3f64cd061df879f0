"""What was asked and answered, kept in the lake: a sample, by pseudonym, in batches, and never in an answer's way.

An answer costs a draw and a place in a queue. A thread writes what waits, a batch at a time. Where the queue is full,
or a request too large, the record is dropped and counted, never the answer. While the lake is away, what waits stays.
"""

from __future__ import annotations

import logging
import random
import threading
import time
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from uuid import uuid4

from paceline.domain.errors import PacelineError
from paceline.ship.watch.rules import watch_of

if TYPE_CHECKING:
    from starlette.types import Message, Receive, Scope, Send

    from paceline.keep.lake import Lake
    from paceline.serve.predict.lanes import Desk
    from paceline.serve.predict.served import Served

NOBODY = "nobody"
"""Whose data a request holds that names no pseudonym: no pseudonym is made like this."""

LARGEST = 100_000
"""Bytes of a request with its answer that are kept."""

WAITING = 10_000
"""Records that may wait to be written, and …"""
HELD = 64_000_000
"""… bytes of them."""

BATCH = 2000
"""Records that are written at once."""

OK = 200

EVERY = 5.0
"""Seconds between two batches."""

_log = logging.getLogger("paceline.products")


@dataclass(frozen=True, slots=True)
class Record:
    """One line of a table that waits to be written."""

    table: str
    product: str
    values: dict[str, str | int]
    size: int


class Keeper:
    """Keeps what one organisation's products were asked and answered, and what turned out to be true.

    Args:
        lake: where to.
        tell: is told of a product, what became of records, and how many.
        gone: which of some pseudonyms are forgotten; asked once for each batch.
        clock: int64 ns UTC.
    """

    def __init__(
        self,
        lake: Lake,
        *,
        tell: Callable[[str, str, int], object] = lambda *_: None,
        gone: Callable[[set[str]], set[str]] = lambda _: set(),
        clock: Callable[[], int] = time.time_ns,
    ) -> None:
        self._lake, self._tell, self._gone, self._clock = lake, tell, gone, clock
        self._queue: deque[Record] = deque()
        self._added = self._removed = 0  # bytes; each is counted by one thread alone
        self._shares: dict[int, tuple[Served, float]] = {}
        self._draw = random.Random()  # noqa: S311 - which requests are kept is no secret
        self._over = threading.Event()
        self._writer: threading.Thread | None = None
        self._alone = threading.Lock()

    def start(self) -> None:
        """Begin to write."""
        self._writer = threading.Thread(target=self._write, name="paceline-predictions", daemon=True)
        self._writer.start()

    def answered(self, served: Served, *, number: str, subject: str, request: bytes, response: bytes) -> None:
        """One answer has gone out: keep it, if the product's sample says so.

        Args:
            served: who answered.
            number: the request's, by which feedback names it.
            subject: the pseudonym whose data the request holds, or empty.
            request: its body, which is JSON.
            response: the answer's body.
        """
        share = self._share(served)
        if share <= 0.0 or (share < 1.0 and self._draw.random() >= share):
            return
        size, product = len(request) + len(response), served.product.name
        if size > LARGEST:
            self._tell(product, "too large", 1)
            return
        values: dict[str, str | int] = {
            "subject": subject or NOBODY, "product": product, "release": served.release, "t": self._clock(),
            "request": request.decode(), "response": response.decode(), "id": number,
        }  # fmt: skip
        if not self._queued(Record("predictions", product, values, size)):
            self._tell(product, "dropped", 1)

    def heard(self, desk: Desk, scope: Scope, receive: Receive, send: Send, *, subject: str) -> tuple[Receive, Send]:
        """Both ways of one request, listened to; its answer is kept once all of it has gone out.

        Args:
            desk: whose product it is.
            scope: of the request, which has its number.
            receive: from the caller.
            send: to the caller.
            subject: the pseudonym whose data the request holds, or empty.
        """
        name, _, call = scope["path"].removeprefix("/products/").partition("/")
        if call != "predict" or name not in desk.names:
            return receive, send
        lanes, asked, said = desk.lanes(name), bytearray(), bytearray()
        answered_by: list[Served] = []

        async def listened() -> Message:
            message = await receive()
            if len(asked) <= LARGEST:
                asked.extend(message.get("body", b""))
            return message

        async def sent(message: Message) -> None:
            await send(message)
            if message["type"] == "http.response.start":
                release = dict(message["headers"]).get(b"paceline-release", b"").decode()
                mine = (one for one, _ in lanes.shares if one.release == release and message["status"] == OK)
                answered_by.extend(mine)
                return
            if len(said) <= LARGEST:
                said.extend(message.get("body", b""))
            if answered_by and not message.get("more_body", False):
                number = scope["state"]["request"]
                self.answered(
                    answered_by[0], number=number, subject=subject, request=bytes(asked), response=bytes(said)
                )

        return listened, sent

    def learnt(self, product: str, *, number: str, subject: str, label: str, source: str) -> bool:
        """What turned out to be true of an answer; False where it can't be taken now.

        Args:
            product: which.
            number: of the request.
            subject: the pseudonym whose data it held, or empty.
            label: JSON.
            source: whose token said so.
        """
        values: dict[str, str | int] = {
            "subject": subject or NOBODY, "product": product, "id": number, "t": self._clock(), "label": label,
            "source": source,
        }  # fmt: skip
        return self._queued(Record("feedback", product, values, len(label)))

    def flush(self) -> None:
        """Write everything that waits.

        Raises:
            StoreUnavailable, Conflict: the lake can't be written; what waits stays.
        """
        with self._alone:
            while batch := [self._queue[place] for place in range(min(BATCH, len(self._queue)))]:
                self._written(batch)
                for record in batch:
                    self._queue.popleft()
                    self._removed += record.size

    def close(self) -> None:
        """Write what waits, and stop; what can't be written is dropped and counted."""
        self._over.set()
        if self._writer is not None:
            self._writer.join()
        try:
            self.flush()
        except PacelineError as error:
            _log.error("predictions can't be kept: %s", type(error).__name__)
            for product, count in Counter(record.product for record in self._queue).items():
                self._tell(product, "dropped", count)

    def _share(self, served: Served) -> float:
        """The product's sample, looked up once for each release; the release is held, so its number stays its own."""
        if id(served) not in self._shares:
            if len(self._shares) > 100:
                self._shares.clear()
            self._shares[id(served)] = served, _sample(served)
        return self._shares[id(served)][1]

    def _queued(self, record: Record) -> bool:
        if len(self._queue) >= WAITING or self._added - self._removed + record.size > HELD:
            return False
        self._added += record.size
        self._queue.append(record)
        return True

    def _write(self) -> None:
        while not self._over.wait(EVERY):
            try:
                self.flush()
            except PacelineError as error:  # the lake may come back: what waits stays
                _log.error("predictions can't be kept now: %s", type(error).__name__)

    def _written(self, batch: list[Record]) -> None:
        """One batch into its tables; whoever was forgotten meanwhile is left out."""
        import polars as pl

        gone = self._gone({str(record.values["subject"]) for record in batch} - {NOBODY})
        mine = [record for record in batch if record.values["subject"] not in gone]
        for table in sorted({record.table for record in mine}):
            rows = [record.values for record in mine if record.table == table]
            month = f"{datetime.fromtimestamp(self._clock() / 1e9, UTC):%Y-%m}"
            frame = pl.DataFrame(rows).with_columns(month=pl.lit(month), session=pl.lit(f"{table}-{uuid4().hex}"))
            self._lake.append(table, frame, key=("session",))
        for (table, product), count in Counter((record.table, record.product) for record in mine).items():
            self._tell(product, "kept" if table == "predictions" else "learnt", count)


def _sample(served: Served) -> float:
    """The share that is kept; nothing of a product whose rules can't be understood, which is told."""
    try:
        watch = watch_of(served.product)
    except PacelineError as error:
        _log.error("%s is not watched: %s", served.product.name, error)
        return 0.0
    return 0.0 if watch is None else watch.sample
