"""Trusted Python in the server's own process: the fastest way to answer, with nothing between it and its neighbours."""

from __future__ import annotations

import asyncio
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

from paceline.domain.errors import PredictionFailed, WorkerFailed
from paceline.ship.product import Product
from paceline.ship.workers import Call
from paceline.ship.workers import python_harness as harness
from paceline.ship.workers.imported import imported


class Trusted:
    """A product's code, imported here. Its modules are its own: two products may each have a `features.py`."""

    def __init__(self, product: Product) -> None:
        self.product = product
        self._calls: dict[str, Callable[[Any], Any]] = {}
        self._log = ""

    async def start(self) -> None:
        """Import the code, off the event loop."""
        file = self.product.folder / self.product.code.file
        try:
            self._calls = await asyncio.to_thread(imported, file, self.product.code.function or "")
        except (Exception, SystemExit) as error:  # whatever the analyst's code raises while it is imported
            self._log = "".join(traceback.format_exception(error))
            raise WorkerFailed(self.product.name, why=f"could not load the code: {type(error).__name__}") from error

    async def answer(self, request: Any, *, call: Call = "predict") -> Any:
        """What the code makes of one request; it runs on the event loop, so it has to be quick."""
        try:
            return msgspec.to_builtins(self._calls[call](request), enc_hook=harness.plain, str_keys=True)
        except (Exception, SystemExit) as error:  # the analyst's code may raise anything
            self._log = "".join(traceback.format_exception(error))
            frames = traceback.extract_tb(error.__traceback__)
            where = f"{Path(frames[-1].filename).name}, line {frames[-1].lineno}"
            raise PredictionFailed(self.product.name, kind=type(error).__name__, where=where) from error

    async def stop(self) -> None:
        """Forget the code."""
        self._calls = {}

    def log(self) -> str:
        """The last error, in full."""
        return self._log
