"""A stream: channels that were sampled together on one clock.

Nothing here resamples, fills or drops: times stand as the device wrote them, even where they repeat or go backwards,
an absent reading is NaN, and each reading has a flag that says what is known about it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import IntFlag
from functools import cached_property
from typing import TYPE_CHECKING, TypeVar

import numpy as np
import numpy.typing as npt

from paceline.domain.channels import CHANNELS, Channel
from paceline.domain.efforts import SECOND
from paceline.domain.errors import UnknownName

if TYPE_CHECKING:
    import polars as pl

Floats = npt.NDArray[np.float64]
Nanoseconds = npt.NDArray[np.int64]
Flags = npt.NDArray[np.uint8]
Column = TypeVar("Column", Floats, Nanoseconds, Flags)


class Flag(IntFlag):
    """What is known about one reading; several may hold at once. 0 is a reading nobody doubts."""

    OK = 0
    MISSING = 1
    """Nothing was read: the value is NaN."""
    GAP = 2
    """The first reading after a hole in time."""
    SPIKE = 4
    """A jump that neither the body nor the bike can make."""
    FLAT = 8
    """The same value for longer than a live sensor would give it."""
    OUT_OF_RANGE = 16
    """Outside the catalogue's plausible range."""
    DROPOUT = 32
    """A zero that was written where nothing was measured."""
    TIME = 64
    """Its time repeats, goes backwards or jumps."""
    REPAIRED = 128
    """Computed by a named repair; the reading itself stands in the stream it was made from."""


@dataclass(frozen=True, eq=False)
class Stream:
    """Channels sampled together on one clock.

    Attributes:
        name: "record" for a head unit's samples, "rr" for beat-to-beat intervals, …
        time: (sample,), int64 ns UTC, as recorded.
        values: channel name → (sample,), float64 in the channel's unit; NaN where nothing was read.
        flags: channel name → (sample,), uint8 of `Flag` bits. A channel without an entry is flagged only where it is
            NaN. The entry "time" speaks of the clock itself.
        described: channels that the catalogue does not have (developer fields), by name.
    """

    name: str
    time: Nanoseconds
    values: Mapping[str, Floats]
    flags: Mapping[str, Flags] = field(default_factory=dict)
    described: Mapping[str, Channel] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Shapes and names are checked here once, so that nothing downstream needs to.

        What was recorded is not to be written over: the arrays are held as views that can't be written to, whoever
        wants other numbers takes a copy. The arrays that were given stay as they are.

        Raises:
            ValueError: a column differs in length from `time`.
            UnknownName: a channel that is neither in the catalogue nor described.
        """
        shapes = [(name, column.shape) for name, column in self.values.items()]
        shapes += [(name, column.shape) for name, column in self.flags.items()]
        for name, shape in shapes:
            if shape != self.time.shape:
                raise ValueError(f"{self.name}.{name} has shape {shape}, its clock {self.time.shape}.")
        for name in self.values:
            if name not in CHANNELS and name not in self.described:
                raise UnknownName("channel", name, known=CHANNELS)
        object.__setattr__(self, "time", fixed(self.time))
        object.__setattr__(self, "values", {name: fixed(column) for name, column in self.values.items()})
        object.__setattr__(self, "flags", {name: fixed(column) for name, column in self.flags.items()})

    def __reduce__(self) -> tuple[type[Stream], tuple[object, ...]]:
        """It travels to another process as what it was made of, and can't be written over there either."""
        return Stream, (self.name, self.time, dict(self.values), dict(self.flags), dict(self.described))

    def __repr__(self) -> str:
        """Name, length and channels; the numbers themselves are in `table()`."""
        return f"<Stream {self.name}: {len(self):,} × {', '.join(self.values) or 'nothing'}>"

    @cached_property
    def ordered(self) -> bool:
        """Whether each sample comes after the one before it."""
        return bool(np.all(self.time[1:] > self.time[:-1]))

    @cached_property
    def usual_steps(self) -> tuple[float, float]:
        """The median and the 90th percentile of the steps forward in time, in s; NaN where there is none."""
        steps = np.diff(self.time)
        steps = steps[steps > 0]
        if steps.size == 0:
            return np.nan, np.nan
        usual = float(np.quantile(steps, 0.9, method="lower"))
        return float(np.median(steps)) / SECOND, usual / SECOND

    def __len__(self) -> int:
        """How many samples there are."""
        return len(self.time)

    def channel(self, name: str) -> Channel:
        """Unit, range and meaning of one of its channels."""
        return self.described.get(name) or CHANNELS[name]

    def flag(self, name: str) -> Flags:
        """The flags of one channel, (sample,), uint8; NaN readings are always `MISSING`."""
        missing = np.isnan(self.values[name]).astype(np.uint8)
        known = self.flags.get(name)
        return missing if known is None else known | missing

    def with_flags(self, flags: Mapping[str, Flags]) -> Stream:
        """The same readings with more flags; what was flagged stays flagged."""
        empty = np.zeros(self.time.shape, np.uint8)
        merged = {**self.flags, **{name: self.flags.get(name, empty) | bits for name, bits in flags.items()}}
        return Stream(self.name, self.time, self.values, merged, self.described)

    def table(self, channels: Iterable[str] | None = None) -> pl.DataFrame:
        """The stream as a polars table: time (UTC) and one column a channel; NaN becomes null.

        >>> stream = Stream("record", np.array([0, 10**9]), {"power": np.array([200.0, np.nan])})
        >>> stream.table()["power"].to_list()
        [200.0, None]
        """
        import polars as pl

        names = list(self.values) if channels is None else list(channels)
        columns = {"time": pl.Series(self.time).cast(pl.Datetime("ns", "UTC"))}
        columns |= {name: pl.Series(self.values[name]).fill_nan(None) for name in names}
        return pl.DataFrame(columns)


def fixed(array: Column) -> Column:
    """The same numbers, as a view that can't be written to."""
    if not array.flags.writeable:
        return array
    view = array.view()
    view.flags.writeable = False
    return view
