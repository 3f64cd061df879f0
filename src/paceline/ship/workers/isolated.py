"""One process of a product's own, and the pipes to it.

It works on one request at a time, in order, so a crash costs one answer. Others may wait in its pipe: that spares a
change of process for each; whatever it had not begun when it failed is somebody else's to answer (`NotBegun`).
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import subprocess
import sys
from collections import deque
from dataclasses import dataclass
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
_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(dict[str, Any]).decode


MARK = "%08x"
"""Each line begins with its request's number: an answer that nobody asked for is nobody's."""


class NotBegun(Exception):
    """The process failed before it came to this request: another one may answer it."""


@dataclass(slots=True)
class _Asked:
    """A request on its way: the number, who waits, and how long its answer may take once it is begun."""

    mark: bytes
    answer: asyncio.Future[dict[str, Any]]
    seconds: float
    doing: str


class Isolated:
    """A process that answers. Once it has failed it is of no more use: its pool starts another."""

    def __init__(self, product: Product, *, interpreter: str | None = None) -> None:
        self.product, self.interpreter = product, interpreter
        self._process: subprocess.Popen[bytes] | None = None
        self._asked: deque[_Asked] = deque()
        self._number = 0
        self._received, self._logged = bytearray(), bytearray()
        self._descriptors: dict[str, int] = {}
        self._unsent = bytearray()
        self._loop: asyncio.AbstractEventLoop
        self._due = 0.0
        self._alarm: asyncio.TimerHandle | None = None

    async def start(self) -> None:
        """Start the process and wait until its code is loaded."""
        self._loop = asyncio.get_running_loop()
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
        """What the code makes of one request.

        Raises:
            PredictionFailed, WorkerFailed: as `Worker` says.
            NotBegun: the process failed over another request.
        """
        if self._process is None:
            raise WorkerFailed(self.product.name, why="has ended")
        self._number = (self._number + 1) & 0xFFFFFFFF
        self._send((MARK % self._number).encode() + _encode({"call": call, "request": request}) + b"\n")
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
        for descriptor in self._descriptors.values():
            os.set_blocking(descriptor, False)
        self._loop.add_reader(self._descriptors["in"], self._read)
        self._loop.add_reader(self._descriptors["log"], self._note)

    async def _reply(self, seconds: float, *, doing: str) -> dict[str, Any]:
        asked = _Asked((MARK % self._number).encode(), self._loop.create_future(), seconds, doing)
        self._asked.append(asked)
        if len(self._asked) == 1:
            self._begun(asked)
        try:
            return await asked.answer
        except asyncio.CancelledError:
            if self._asked and self._asked[0] is asked:
                self._fail("was given up on")  # it may be busy with it for long
            raise

    def _begun(self, asked: _Asked) -> None:
        """The time of a request runs from when the process comes to it."""
        self._due = self._loop.time() + asked.seconds
        self._set_alarm()

    def _set_alarm(self) -> None:
        """One alarm for all requests: one that rings too early is set again then, which costs nothing meanwhile."""
        if self._alarm is not None and self._alarm.when() > self._due:
            self._alarm.cancel()
            self._alarm = None
        if self._alarm is None:
            self._alarm = self._loop.call_at(self._due, self._ring)

    def _ring(self) -> None:
        self._alarm = None
        if not self._asked or self._process is None:
            return
        if self._loop.time() >= self._due:
            self._fail(f"{self._asked[0].doing} within {self._asked[0].seconds:g} s")
        else:
            self._set_alarm()

    def _send(self, line: bytes) -> None:
        waiting = bool(self._unsent)
        self._unsent += line
        if waiting:
            return
        self._write()
        if self._unsent:
            self._loop.add_writer(self._descriptors["out"], self._write_rest)

    def _write(self) -> None:
        """As much as the pipe takes."""
        try:
            del self._unsent[: os.write(self._descriptors["out"], self._unsent)]
        except BlockingIOError:
            pass
        except BrokenPipeError:
            self._unsent.clear()
            self._loop.call_soon(self._fail, "crashed")

    def _write_rest(self) -> None:
        """The loop calls when the pipe takes more."""
        self._write()
        if not self._unsent:
            self._loop.remove_writer(self._descriptors["out"])

    def _read(self) -> None:
        if not self._heard_all():
            self._fail("crashed")
        elif len(self._received) > LARGEST:
            self._fail(f"answered more than {LARGEST // 1_000_000} MB")

    def _heard_all(self) -> bool:
        """Take what has come; False where nothing more will."""
        try:
            got = os.read(self._descriptors["in"], 1 << 18)
        except BlockingIOError:
            return True
        self._received += got
        if b"\n" in got:
            *lines, rest = bytes(self._received).split(b"\n")
            self._received = bytearray(rest)
            for line in lines:
                self._heard(line)
        return bool(got)

    def _heard(self, line: bytes) -> None:
        """One answer, for whoever asked first."""
        if self._process is None:
            return
        if not self._asked or line[:8] != self._asked[0].mark:
            self._fail("spoke without being asked")
            return
        try:
            said = _decode(line[8:])
        except msgspec.DecodeError:
            self._fail("answered nonsense")
            return
        asked = self._asked.popleft()
        if self._asked:
            self._begun(self._asked[0])
        if not asked.answer.done():
            asked.answer.set_result(said)

    def _note(self) -> None:
        try:
            got = os.read(self._descriptors["log"], 1 << 16)
        except BlockingIOError:
            return
        if got:
            self._logged = (self._logged + got)[-LOGGED:]
        else:
            self._loop.remove_reader(self._descriptors["log"])

    def _fail(self, why: str) -> None:
        """End the process; whoever waits for an answer is told why."""
        if self._process is None:
            return
        process, self._process = self._process, None
        if self._alarm is not None:
            self._alarm.cancel()
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, 9)  # with whatever it started
        process.wait()
        self._note_rest()
        self._close()
        asked, self._asked = self._asked, deque()
        for place, waiting in enumerate(asked):
            if not waiting.answer.done():
                waiting.answer.set_exception(NotBegun() if place else WorkerFailed(self.product.name, why=why))

    def _note_rest(self) -> None:
        with contextlib.suppress(OSError):
            self._note()

    def _close(self) -> None:
        for descriptor in self._descriptors.values():
            self._loop.remove_reader(descriptor)
            self._loop.remove_writer(descriptor)
            os.close(descriptor)
        self._descriptors = {}


def _environment() -> dict[str, str]:
    """What a worker sees of the server's environment: where programs are and how text is written, no secrets."""
    kept = ("PATH", "LANG", "LC_ALL", "HOME", "TMPDIR", "TZ", "R_HOME", "R_LIBS", "PYTHONPATH", "SYSTEMROOT")
    return {name: os.environ[name] for name in kept if name in os.environ} | {"PYTHONUNBUFFERED": "1"}
