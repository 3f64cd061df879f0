"""Every error a user can meet, as one tree.

```
PacelineError
├── ReadError (ValueError)            a file could not be read: file, offset, expected, found
│   ├── UnknownFormat                 no reader knows this content
│   ├── Damaged                       the content breaks its own format, nothing before the damage could be kept
│   ├── TooLarge                      the content would need more memory than the limit allows
│   ├── NoSamples                     sound files without anything to measure
│   └── PacketError                   a live packet can't be taken; its bytes are kept
│       ├── PacketDamaged             it is cut, changed on its way, or contradicts itself
│       ├── PacketUnknown             a version, kind or channel that this release does not know
│       └── NumberReused              another packet of this number is kept already
├── FileUnreadable (OSError)          the system would not give us the bytes
├── SeveralRides (ValueError)         one ride was asked for, the files hold more
├── WriteError (ValueError)           something can't be expressed in the format asked for
├── SettingsError (ValueError)        a settings file says something that can't be used
├── UnknownName (KeyError)            a channel, metric, stream, effort or unit that does not exist
├── TooFewSamples (ValueError)        less data than a definition needs
├── NotIdentifiable (ValueError)      data from which a model's parameters can't be told apart
├── NotPlausible (ValueError)         a quantity given by hand that no rider, bike, air or course has
├── NotSolved (RuntimeError)          an optimiser found no answer: its status, and what to change
├── NotAnExercise (ValueError)        a name that is of no exercise, kind, muscle or muscle group
├── PlanInvalid (ValueError)          a plan file says something that nobody can follow: file, place, expected, found
├── NothingSafe (ValueError)          every choice there is would cross a bound that somebody set
├── RequestRefused (ValueError)       what was asked of the server can't be done: problem, field
├── PlaceTaken (OSError)              a server can't listen where it was asked to
├── ProductInvalid (ValueError)       a product.yaml says something that a product can't be
├── DataMissing (OSError)             a product's data is nowhere to be had, or is not what its checksum says
├── LineageMissing (ValueError)       a release without data version, commit or lock
├── ReleaseStopped (ValueError)       a gate failed, so there is no release
├── NoRelease (LookupError)           a release that does not exist, or none to go back to
├── BundleRefused (ValueError)        a release's file that is not what it was, or holds what it must not
├── ContractBroken (ValueError)       a request or response breaks its product's schema: every place
├── PredictionFailed (RuntimeError)   the product's own code ended in an error
├── WorkerFailed (RuntimeError)       the process that predicts crashed, hung, or answered nonsense
├── StoreUnavailable (OSError)        a store can't be opened or written now: disk full, read-only, locked, away
├── StoreDamaged (ValueError)         what lies in a store is not what was put there
│   └── BlobDamaged                   raw bytes that are no longer what their name says
├── Absent (KeyError)                 nothing is kept under that id
│   ├── BlobMissing                   raw bytes that should be kept and are not
│   └── NoSuchVersion                 a data version that never was, or that was let go of
├── Refused (ValueError)              a command does not fit what happened before
├── Conflict (RuntimeError)           others kept changing the same thing first
├── AccessDenied (PermissionError)    the rules don't let this one do that
│   └── TokenRefused                  a token that is unknown, expired, revoked or malformed
├── SessionLeased (RuntimeError)      another server takes this session's packets
├── LeaseLost (RuntimeError)          this server did, and another one does now
├── TaskLost (RuntimeError)           every process that took a task up ended before it was done
├── TaskFailed (RuntimeError)         a task ended in an error that can't travel from its process to ours
├── RunUnderWay (RuntimeError)        the same job runs already, and was alive a moment ago
├── ScheduleInvalid (ValueError)      when a job is to run can't be understood: part, expected, found
├── ProgramFailed (RuntimeError)      a program of somebody else's could not be started, failed, or took too long
└── ExtraMissing (ImportError)        a part of Paceline that is installed by an extra
```

Each says who, what was needed, what came and what to do next, and keeps those facts as attributes. None carries an
athlete's values.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches

from paceline.domain.text import legible


class PacelineError(Exception):
    """The root: catch it to catch everything Paceline says about bad input.

    Its message is one line, whatever the names of files and fields in it hold.
    """

    def __init__(self, message: str = "") -> None:
        super().__init__(legible(message))

    def __reduce__(self) -> tuple[object, ...]:
        """As it is, facts and all, however its class is made: errors cross from one process to another."""
        return _again, (type(self), self.args, self.__dict__)


def _again(kind: type[PacelineError], args: tuple[object, ...], facts: dict[str, object]) -> PacelineError:
    error = kind.__new__(kind, *args)
    error.args = args
    error.__dict__.update(facts)
    return error


class ReadError(PacelineError, ValueError):
    """A file could not be read.

    Attributes:
        file: the name as it was given.
        offset: the byte at which reading stopped, or None where the whole file is meant.
        expected: what the format asks for there.
        found: what was there instead.
        advice: what to do next.
    """

    def __init__(self, file: str, *, expected: str, found: str, offset: int | None = None, advice: str = "") -> None:
        self.file, self.offset, self.expected, self.found, self.advice = file, offset, expected, found, advice
        place = file if offset is None else f"{file}, byte {offset:,}"
        super().__init__(f"{place}: expected {expected}, found {found}.{' ' + advice if advice else ''}")


class UnknownFormat(ReadError):
    """No reader knows this content."""


class Damaged(ReadError):
    """The content breaks its own format and nothing before the damage could be kept."""


class TooLarge(ReadError):
    """The content would need more memory than the limit allows."""


class NoSamples(ReadError):
    """The files are sound, but hold nothing to measure: settings, a planned workout, totals."""


class PacketError(ReadError):
    """A live packet can't be taken.

    Attributes:
        raw: its bytes, to be kept and tried again once a decoder is mended.
    """

    raw: bytes = b""

    def __init__(self, *, expected: str, found: str, offset: int | None = None, advice: str = "") -> None:
        super().__init__("live packet", expected=expected, found=found, offset=offset, advice=advice)


class PacketDamaged(PacketError):
    """It is cut, was changed on its way, or contradicts itself."""


class PacketUnknown(PacketError):
    """It is of a version, a kind or a channel that this release does not know; a later one may."""


class NumberReused(PacketError):
    """Another packet of this device and number is kept already: a device counts on, and never starts anew."""

    def __init__(self, number: int) -> None:
        advice = "After a restart a device goes on behind the number that the server names, or takes another name."
        super().__init__(expected="a number that is not taken", found=f"number {number:,} once more", advice=advice)


class SeveralRides(PacelineError, ValueError):
    """One ride was asked for, and the files hold more."""

    def __init__(self, files: Iterable[str], *, rides: int) -> None:
        self.files, self.rides = tuple(files), rides
        super().__init__(f"{', '.join(self.files)}: {rides} rides, not one. paceline.read_all gives each.")


class FileUnreadable(PacelineError, OSError):
    """The system would not give us the bytes: the file is missing, a folder, or not ours to read."""

    def __init__(self, file: str, *, reason: str) -> None:
        self.file, self.reason = file, reason
        super().__init__(f"{file}: {reason}")


class WriteError(PacelineError, ValueError):
    """Something can't be expressed in the format asked for, or the target can't be written."""

    def __init__(self, target: str, *, reason: str, advice: str = "") -> None:
        self.target, self.reason, self.advice = target, reason, advice
        super().__init__(f"{target}: {reason}.{' ' + advice if advice else ''}")


class SettingsError(PacelineError, ValueError):
    """A settings file says something that can't be used."""

    def __init__(self, file: str, *, place: str, expected: str, found: str) -> None:
        self.file, self.place, self.expected, self.found = file, place, expected, found
        super().__init__(f"{file}, at {place}: expected {expected}, found {found}.")


class UnknownName(PacelineError, KeyError):
    """A channel, metric, stream, effort or unit that does not exist; says which ones come close.

    >>> print(UnknownName("metric", "wieghted_power", known=["weighted_power", "work"]))
    There is no metric 'wieghted_power'. Did you mean weighted_power?
    """

    def __init__(self, kind: str, name: str, *, known: Iterable[str]) -> None:
        self.kind, self.name, self.known = kind, name, tuple(known)
        near = get_close_matches(str(name), self.known, n=3)
        hint = f"Did you mean {', '.join(near)}?" if near else f"There are: {', '.join(self.known) or 'none'}."
        self.message = f"There is no {kind} {name!r}. {hint}"
        super().__init__(self.message)

    def __str__(self) -> str:
        """The message itself: KeyError would put it in quotes."""
        return self.message


class TooFewSamples(PacelineError, ValueError):
    """A metric was asked for on less data than its definition needs."""

    def __init__(self, metric: str, *, need: int, got: int) -> None:
        self.metric, self.need, self.got = metric, need, got
        name = metric.replace("_", " ")
        readings = "reading" if need == 1 else "readings"
        super().__init__(f"{name[:1].upper()}{name[1:]} needs at least {need:,} {readings}, got {got:,}.")


class NotIdentifiable(PacelineError, ValueError):
    """The data can't tell a model's parameters apart, so no number is given for them."""

    def __init__(self, model: str, *, why: str, advice: str = "") -> None:
        self.model, self.why, self.advice = model, why, advice
        super().__init__(f"{model} can't be identified: {why}.{' ' + advice if advice else ''}")


class NotPlausible(PacelineError, ValueError):
    """A quantity was given that no rider, bike, air or course has."""

    def __init__(self, quantity: str, *, expected: str) -> None:
        self.quantity, self.expected = quantity, expected
        super().__init__(f"{quantity} must be {expected}.")


class NotAnExercise(PacelineError, ValueError):
    """A name is of no exercise, kind of exercise, muscle or muscle group."""

    def __init__(self, name: str, *, expected: str) -> None:
        self.name, self.expected = name, expected
        super().__init__(f"{name[:80]!r} names no exercise here: expected {expected}.")


class PlanInvalid(PacelineError, ValueError):
    """A plan file says something that nobody can follow."""

    def __init__(self, file: str, *, place: str, expected: str, found: str) -> None:
        self.file, self.place, self.expected, self.found = file, place, expected, found
        super().__init__(f"{file}, at {place}: expected {expected}, found {found}.")


class NothingSafe(PacelineError, ValueError):
    """Every choice there is would cross a bound that somebody set, so none is made."""

    def __init__(self, choice: str, *, bounds: str) -> None:
        self.choice, self.bounds = choice, bounds
        super().__init__(f"No {choice} stays within the bounds ({bounds}). Ask whoever set them, or rest.")


class NotSolved(PacelineError, RuntimeError):
    """An optimiser found no answer; nothing is given in its place."""

    def __init__(self, problem: str, *, status: str, advice: str) -> None:
        self.problem, self.status, self.advice = problem, status, advice
        super().__init__(f"{problem} was not solved: the solver ended with {status}. {advice}")


class PlaceTaken(PacelineError, OSError):
    """A server can't listen where it was asked to."""

    def __init__(self, place: str, *, reason: str) -> None:
        self.place, self.reason = place, reason
        super().__init__(f"{place}: {reason}. Choose another with --host and --port.")


class ProductInvalid(PacelineError, ValueError):
    """A product.yaml says something that a product can't be."""

    def __init__(self, file: str, *, place: str, expected: str, found: str) -> None:
        self.file, self.place, self.expected, self.found = file, place, expected, found
        super().__init__(f"{file}, at {place}: expected {expected}, found {found}.")


class DataMissing(PacelineError, OSError):
    """A product's data is nowhere to be had, or is not what its checksum says."""

    def __init__(self, table: str, *, tried: Iterable[str], advice: str) -> None:
        self.table, self.tried = table, tuple(tried)
        super().__init__(f"{table} can't be had: {'; '.join(self.tried) or 'it says not where from'}. {advice}")


class LineageMissing(PacelineError, ValueError):
    """A release whose origin can't be told; there is none without data version, commit and lock."""

    def __init__(self, product: str, *, part: str, advice: str) -> None:
        self.product, self.part, self.advice = product, part, advice
        super().__init__(f"{product} can't be released without {part}. {advice}")


class ReleaseStopped(PacelineError, ValueError):
    """A gate failed, so there is no release."""

    def __init__(self, product: str, *, gate: str) -> None:
        self.product, self.gate = product, gate
        super().__init__(f"{product} is not released: the gate {gate} has not been passed. `paceline check` says more.")


class NoRelease(PacelineError, LookupError):
    """A release that does not exist, or none to go back to."""

    def __init__(self, product: str, release: str, *, advice: str) -> None:
        self.product, self.release = product, release
        super().__init__(
            f"{product} has no release {release!r} for this. {advice}" if release else f"{product}: {advice}"
        )


class BundleRefused(PacelineError, ValueError):
    """A release's file is not what it was, or holds what it must not; nothing of it is used."""

    def __init__(self, bundle: str, *, why: str) -> None:
        self.bundle, self.why = bundle, why
        super().__init__(f"The bundle of {bundle} is refused: {why}.")


@dataclass(frozen=True, slots=True)
class Fault:
    """One place of a value that breaks a schema: a JSON pointer, and what is wrong there, without the value."""

    pointer: str
    message: str


class ContractBroken(PacelineError, ValueError):
    """A request or a response breaks its product's schema."""

    def __init__(self, side: str, faults: Iterable[Fault]) -> None:
        self.side, self.faults = side, tuple(faults)
        told = "; ".join(f"at {fault.pointer}: {fault.message}" for fault in self.faults)
        super().__init__(f"The {side} breaks its contract: {told}.")


class PredictionFailed(PacelineError, RuntimeError):
    """A product's own code ended in an error; its text is for the product's log, since it may hold values."""

    def __init__(self, product: str, *, kind: str, where: str = "") -> None:
        self.product, self.kind, self.where = product, kind, where
        super().__init__(f"{product}: its code ended in {kind}{' at ' + where if where else ''}. Its log says more.")


class WorkerFailed(PacelineError, RuntimeError):
    """The process that predicts crashed, took too long, grew too large or answered what is no JSON; it is replaced."""

    def __init__(self, product: str, *, why: str) -> None:
        self.product, self.why = product, why
        super().__init__(f"{product}: its worker {why}. A new one is being started: try again.")


class RequestRefused(PacelineError, ValueError):
    """What was asked of the server can't be done.

    Attributes:
        problem: the kind of problem, one of `docs/reference/http.md`.
        field: a JSON pointer into the body, or the name of a parameter or header; empty where the whole is meant.
    """

    def __init__(self, problem: str, detail: str, *, field: str = "") -> None:
        self.problem, self.detail, self.field = problem, detail, field
        super().__init__(detail)


class StoreUnavailable(PacelineError, OSError):
    """A store can't be opened, read or written now; what it held before is as it was."""

    def __init__(self, place: str, *, reason: str, advice: str = "") -> None:
        self.place, self.reason, self.advice = place, reason, advice
        super().__init__(f"{place}: {reason}.{' ' + advice if advice else ''}")


class StoreDamaged(PacelineError, ValueError):
    """What lies in a store is not what was put there."""

    def __init__(self, place: str, *, found: str, advice: str = "") -> None:
        self.place, self.found, self.advice = place, found, advice
        super().__init__(f"{place} is damaged: {found}.{' ' + advice if advice else ''}")


class Absent(PacelineError, KeyError):
    """Nothing is kept under that id, or nothing that the one who asks may see."""

    def __init__(self, kind: str, key: object) -> None:
        self.kind, self.key = kind, str(key)
        self.message = f"There is no {kind} {self.key}."
        super().__init__(self.message)

    def __str__(self) -> str:
        """The message itself: KeyError would put it in quotes."""
        return self.message


class BlobDamaged(StoreDamaged):
    """Raw bytes are no longer what their name says."""

    def __init__(self, sha256: str, *, place: str) -> None:
        self.sha256 = sha256
        found = f"blob {sha256[:12]}… does not hold the bytes it is named for"
        super().__init__(place, found=found, advice="Restore it from a backup, or import its file again.")


class BlobMissing(Absent):
    """Raw bytes should be kept and are not."""

    def __init__(self, sha256: str, *, place: str) -> None:
        self.sha256, self.place = sha256, place
        super().__init__("blob", f"{sha256[:12]}… in {place}: restore it from a backup, or import its file again")


class NoSuchVersion(Absent):
    """A data version never was, or was let go of."""

    def __init__(self, version: int, *, known: tuple[int, int]) -> None:
        self.version, self.known = version, known
        span = f"{known[0]} to {known[1]}" if known[1] else "none yet"
        super().__init__("data version", f"{version}; there are: {span}")


class Refused(PacelineError, ValueError):
    """A command does not fit what happened before, so nothing was written."""

    def __init__(self, command: str, *, because: str, advice: str = "") -> None:
        self.command, self.because, self.advice = command, because, advice
        super().__init__(f"{command} was refused: {because}.{' ' + advice if advice else ''}")


class Conflict(PacelineError, RuntimeError):
    """Others kept changing the same thing first; nothing was written."""

    def __init__(self, thing: str, *, attempts: int) -> None:
        self.thing, self.attempts = thing, attempts
        super().__init__(f"{thing} was changed by others {attempts} times while this was decided. Try again.")


class AccessDenied(PacelineError, PermissionError):
    """The rules don't let this one do that."""

    def __init__(self, action: str, *, because: str) -> None:
        self.action, self.because = action, because
        super().__init__(f"{action} is not allowed: {because}.")


class TokenRefused(AccessDenied):
    """A token that is unknown, expired, revoked or malformed; which of them is told to nobody but the log."""

    def __init__(self, because: str = "the token is unknown, expired or revoked") -> None:
        super().__init__("access", because=because)


class SessionLeased(PacelineError, RuntimeError):
    """Another server takes this session's packets, and is alive."""

    def __init__(self, what: str, *, holder: str) -> None:
        self.what, self.holder = what, holder
        super().__init__(f"{what} is with another server ({holder}). Connect to that one, or wait until it lets go.")


class LeaseLost(PacelineError, RuntimeError):
    """This server took a session's packets, and another one does now: what came here since was not acknowledged."""

    def __init__(self, session: str) -> None:
        self.session = session
        super().__init__(f"Session {session} went to another server. Connect again and send what is not acknowledged.")


class TaskLost(PacelineError, RuntimeError):
    """Every process that took a task up ended before it was done."""

    def __init__(self, task: str, *, times: int) -> None:
        self.task, self.times = task, times
        advice = "It may need more memory than there is: let fewer run at once."
        super().__init__(f"Task {task}: {times} processes that took it up ended before it was done. {advice}")


class TaskFailed(PacelineError, RuntimeError):
    """A task ended in an error, or gave an answer, that can't travel from its process to ours."""

    def __init__(self, task: str, *, reason: str) -> None:
        self.task, self.reason = task, reason
        super().__init__(f"Task {task} failed: {reason}.")


class RunUnderWay(PacelineError, RuntimeError):
    """The same job runs already, and was alive a moment ago."""

    def __init__(self, job: str, *, holder: str) -> None:
        self.job, self.holder = job, holder
        super().__init__(f"{job} runs already ({holder}). Wait until it is done, or end that process.")


class ScheduleInvalid(PacelineError, ValueError):
    """When a job is to run can't be understood."""

    def __init__(self, part: str, *, expected: str, found: str) -> None:
        self.part, self.expected, self.found = part, expected, found
        super().__init__(f"{part}: expected {expected}, found {found}.")


class ProgramFailed(PacelineError, RuntimeError):
    """A program of somebody else's could not be started, failed, or took too long."""

    def __init__(self, program: str, *, reason: str, advice: str = "") -> None:
        self.program, self.reason, self.advice = program, reason, advice
        super().__init__(f"{program}: {reason}.{' ' + advice if advice else ''}")


class ExtraMissing(PacelineError, ImportError):
    """A part of Paceline needs a package that one of its extras installs."""

    def __init__(self, part: str, *, extra: str) -> None:
        self.part, self.extra = part, extra
        super().__init__(f"{part} needs more than the core. Run: pip install 'paceline[{extra}]'")
