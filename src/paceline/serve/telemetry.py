"""What the server says about itself: one line a request, and numbers for Prometheus.

A line holds the route as it stands in the table, never the address that was asked for: addresses hold pseudonyms,
search words and, from careless clients, tokens. Nothing of a body, header or person is ever logged.
"""

from __future__ import annotations

import json
import logging
import sys
from datetime import UTC, datetime
from typing import Any

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

LOGGER = logging.getLogger("paceline.serve")
_FIELDS = ("request", "route", "status", "milliseconds", "bytes", "problem", "fault", "where")
_BUCKETS = (0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0, 30.0)


class Lines(logging.Formatter):
    """Each record as one JSON object with known fields; whatever else a record carries is left out."""

    def format(self, record: logging.LogRecord) -> str:
        """One line; of an error only its class and the place in our code, since its text may hold values."""
        moment = datetime.fromtimestamp(record.created, tz=UTC).isoformat(timespec="milliseconds")
        line: dict[str, Any] = {"time": moment, "level": record.levelname.lower(), "event": str(record.msg)}
        line.update({name: getattr(record, name) for name in _FIELDS if hasattr(record, name)})
        return json.dumps(line, ensure_ascii=True)


def configure() -> None:
    """Send our lines, and uvicorn's own, to standard error."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(Lines())
    for name, level in (("paceline.serve", logging.INFO), ("uvicorn", logging.WARNING)):
        logger = logging.getLogger(name)
        logger.handlers, logger.propagate = [handler], False
        logger.setLevel(level)


class Telemetry:
    """The numbers of one server."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        named = {"registry": self.registry, "namespace": "paceline"}
        self._requests = Counter("requests", "Requests answered.", ["route", "status"], **named)  # type: ignore[arg-type]
        self._seconds = Histogram("request_seconds", "How long they took.", ["route"], buckets=_BUCKETS, **named)  # type: ignore[arg-type]
        self._problems = Counter("problems", "Requests refused, by kind.", ["problem"], **named)  # type: ignore[arg-type]
        self._kept = Counter("predictions", "Answers of products, by what became of their record.",
                             ["product", "became"], registry=self.registry, namespace="paceline")  # fmt: skip
        self.running = Gauge("requests_running", "Requests being answered now.", **named)  # type: ignore[arg-type]

    def answered(self, route: str, *, status: int, seconds: float, request: str, size: int) -> None:
        """One request has its answer."""
        self._requests.labels(route, str(status)).inc()
        self._seconds.labels(route).observe(seconds)
        told = {"request": request, "route": route, "status": status, "milliseconds": round(seconds * 1e3, 1)}
        LOGGER.info("answered", extra={**told, "bytes": size})

    def recorded(self, product: str, became: str, *, count: int = 1) -> None:
        """What became of the record of a product's answers: kept, left out by the sample, or dropped and why."""
        self._kept.labels(product, became).inc(count)

    def refused(self, problem: str) -> None:
        """One request was refused."""
        self._problems.labels(problem).inc()

    def failed(self, error: BaseException, *, request: str, route: str) -> None:
        """A fault of ours: its class and where it came from, for whoever mends it."""
        last = error.__traceback__
        while last is not None and last.tb_next is not None:
            last = last.tb_next
        where = "" if last is None else f"{last.tb_frame.f_globals.get('__name__', '')}:{last.tb_lineno}"
        told = {"request": request, "route": route, "fault": type(error).__name__, "where": where}
        LOGGER.error("failed", extra=told)

    def text(self) -> bytes:
        """All numbers, as Prometheus reads them."""
        return generate_latest(self.registry)
