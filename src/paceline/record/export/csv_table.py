"""A recording's samples as CSV, for spreadsheets and for programs that read nothing else.

The first columns are `time`, ISO 8601 in UTC, and `elapsed_s`, seconds since the first sample; then one column a
channel, named with its unit: `power_w`, `speed_m_per_s`. An absent reading is an empty cell; a number has as many
digits as it takes to read back the same number. A recording that does not know when it was made has no `time`, and
`elapsed_s` counts from the start of its own clock.
"""

from __future__ import annotations

from paceline.domain.efforts import SECOND
from paceline.record.export.moments import iso_times
from paceline.record.export.tables import beside_the_table, column_names, columns_of, table_stream
from paceline.record.recordings import Recording

NAME = "CSV"


def encode(recording: Recording) -> tuple[bytes, tuple[str, ...]]:
    """The bytes of a CSV file in UTF-8, and what it has no place for.

    Raises:
        WriteError: there is no stream, or two channels would share one column.
    """
    import polars as pl

    stream = table_stream(recording, target=NAME)
    channels = columns_of(stream, column_names(stream, target=NAME))
    begin = int(stream.time[0]) if recording.dated and len(stream) else 0
    clock = [pl.Series("time", iso_times(stream.time), dtype=pl.String)] if recording.dated else []
    clock.append(pl.Series("elapsed_s", (stream.time - begin) / SECOND))
    text = pl.DataFrame([*clock, *channels.get_columns()]).write_csv()
    return text.encode(), beside_the_table(recording, stream)
