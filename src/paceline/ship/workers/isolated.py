"""One process of a product's own, and the pipes to it. One request at a time, so a crash costs one answer."""

from __future__ import annotations

import asyncio
import contextlib
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import msgspec

from paceline.domain.errors import ExtraMissing, PredictionFailed, WorkerFailed
from paceline.ship.product import Product
from paceline.ship.workers import Call

STARTED = 60.0
"""Seconds in which the code has to be loaded."""

LARGEST = 64_000_000
"""Bytes of one answer."""

LOGGED = 16_384
"""Characters of the log that are kept."""

_HERE = Path(__file__).parent


class Isolated:
    """A process that answers. Once it has failed it is of no more use: its pool starts another."""

    def __init__(self, product: Product, *, interpreter: str | None = None) -> None:
        self.product, self.interpreter = product, interpreter
        self._process: subprocess.Popen[bytes] | None = None
        self._waiting: asyncio.Future[Any] | None = None
        self._received, self._logged = bytearray(), bytearray()
        self._descriptors: dict[str, int] = {}
        self._unsent = memoryview(b"")

    async def start(self) -> None:
        """Start the process and wait until its code is loaded."""
        requests, self._descriptors["out"] = os.pipe()
        self._descriptors["in"], answers = os.pipe()
        self._descriptors["log"], printed = os.pipe()
        try:
            self._process = subprocess.Popen(  # noqa: S603 - the product's own code, by a list of arguments
                self._command(requests, answers),
                cwd=self.product.folder, stdin=subprocess.DEVNULL, stdout=printed, stderr=printed,
                pass_fds=(requests, answers), start_new_session=True,
                env=_environment(),
            )  # fmt: skip
        except OSError as error:
            self._close()
            raise ExtraMissing(f"A product in {self.product.code.language}", extra="r") from error
        finally:
            for theirs in (requests, answers, printed):
                os.close(theirs)
        self._limit()
        self._listen()
        said = await self._reply(STARTED, doing="was not ready")
        if "ready" not in said:
            kind = said.get("failed", {})
            self._fail(f"could not load the code: {kind.get('kind', 'error')} {kind.get('where', '')}".rstrip())
            raise WorkerFailed(self.product.name, why="could not load the code: " + str(kind.get("kind", "error")))

    async def answer(self, request: Any, *, call: Call = "predict") -> Any:
        """What the code makes of one request."""
        if self._process is None:
            raise WorkerFailed(self.product.name, why="has ended")
        self._send(msgspec.json.encode({"call": call, "request": request}) + b"\n")
        said = await self._reply(self.product.limits.timeout, doing="did not answer")
        if "error" in said:
            raise PredictionFailed(self.product.name, kind=said["error"]["kind"], where=said["error"].get("where", ""))
        if "answer" not in said:
            self._fail("answered nonsense")
            raise WorkerFailed(self.product.name, why="answered nonsense")
        return said["answer"]

    async def stop(self) -> None:
        """Kill the process."""
        self._fail("was stopped")

    def log(self) -> str:
        """The last of what the code printed."""
        return self._logged.decode(errors="replace")

    @property
    def alive(self) -> bool:
        """Whether it can be asked."""
        return self._process is not None

    @property
    def process(self) -> int | None:
        """The process's number, for those who measure it."""
        return None if self._process is None else self._process.pid

    def _command(self, requests: int, answers: int) -> list[str]:
        code = self.product.code
        ends = [str(requests), str(answers), code.file, code.function or ""]
        if code.language == "r":
            return [self.interpreter or "Rscript", "--vanilla", str(_HERE / "r_harness.R"), *ends]
        return [self.interpreter or sys.executable, str(_HERE / "python_harness.py"), *ends]

    def _limit(self) -> None:
        """Hold the process to its memory, where the system can (Linux)."""
        import resource

        if self._process is not None and hasattr(resource, "prlimit"):
            most = self.product.limits.memory
            with contextlib.suppress(OSError):  # it has ended already: the reply says so
                resource.prlimit(self._process.pid, resource.RLIMIT_AS, (most, most))

    def _listen(self) -> None:
        loop = asyncio.get_running_loop()
        for descriptor in self._descriptors.values():
            os.set_blocking(descriptor, False)
        loop.add_reader(self._descriptors["in"], self._read)
        loop.add_reader(self._descriptors["log"], self._note)

    async def _reply(self, seconds: float, *, doing: str) -> dict[str, Any]:
        loop = asyncio.get_running_loop()
        self._waiting = loop.create_future()
        late = loop.call_later(seconds, self._fail, f"{doing} within {seconds:g} s")
        try:
            said: dict[str, Any] = await self._waiting
        except asyncio.CancelledError:
            self._fail("was given up on")  # its answer would be taken for the next one's
            raise
        finally:
            late.cancel()
            self._waiting = None
        return said

    def _send(self, line: bytes) -> None:
        self._unsent = memoryview(line)
        self._write()

    def _write(self) -> None:
        """As much as the pipe takes; the loop calls again when it takes more."""
        out = self._descriptors.get("out")
        if out is None:
            return
        loop = asyncio.get_running_loop()
        try:
            self._unsent = self._unsent[os.write(out, self._unsent) :]
        except BlockingIOError:
            pass
        except BrokenPipeError:
            loop.call_soon(self._fail, "crashed")
            return
        if self._unsent:
            loop.add_writer(out, self._write)
        else:
            loop.remove_writer(out)

    def _read(self) -> None:
        try:
            got = os.read(self._descriptors["in"], 1 << 18)
        except BlockingIOError:
            return
        self._received += got
        if not got:
            self._fail("crashed")
        elif got.endswith(b"\n"):
            self._heard()
        elif len(self._received) > LARGEST:
            self._fail(f"answered more than {LARGEST // 1_000_000} MB")

    def _heard(self) -> None:
        line = bytes(self._received)
        self._received.clear()
        if self._waiting is None or self._waiting.done():
            self._fail("spoke without being asked")
            return
        try:
            said = msgspec.json.decode(line, type=dict[str, Any])
        except msgspec.DecodeError:
            self._fail("answered nonsense")
            return
        self._waiting.set_result(said)

    def _note(self) -> None:
        try:
            got = os.read(self._descriptors["log"], 1 << 16)
        except BlockingIOError:
            return
        if got:
            self._logged = (self._logged + got)[-LOGGED:]
        else:
            asyncio.get_running_loop().remove_reader(self._descriptors["log"])

    def _fail(self, why: str) -> None:
        """End the process; whoever waits for an answer is told why."""
        if self._process is None:
            return
        process, self._process = self._process, None
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, 9)  # with whatever it started
        process.wait()
        self._note_rest()
        self._close()
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_exception(WorkerFailed(self.product.name, why=why))

    def _note_rest(self) -> None:
        with contextlib.suppress(OSError):
            self._note()

    def _close(self) -> None:
        loop = asyncio.get_running_loop()
        for descriptor in self._descriptors.values():
            loop.remove_reader(descriptor)
            loop.remove_writer(descriptor)
            os.close(descriptor)
        self._descriptors = {}


def _environment() -> dict[str, str]:
    """What a worker sees of the server's environment: where programs are and how text is written, no secrets."""
    kept = ("PATH", "LANG", "LC_ALL", "HOME", "TMPDIR", "TZ", "R_HOME", "R_LIBS", "PYTHONPATH", "SYSTEMROOT")
    return {name: os.environ[name] for name in kept if name in os.environ} | {"PYTHONUNBUFFERED": "1"}
