"""A recording's samples as Parquet, for data frames of any language: exact, compressed, typed.

`time` is a timestamp in nanoseconds, UTC; every channel a float64 column named with its unit, null where nothing was
read. The file's metadata has, under "paceline", the stream's name, each column's unit, and whether its dates are real.
"""

from __future__ import annotations

import io
import json

from paceline.record.export.tables import beside_the_table, column_names, columns_of, table_stream
from paceline.record.recordings import Recording

NAME = "Parquet"


def encode(recording: Recording) -> tuple[bytes, tuple[str, ...]]:
    """The bytes of a Parquet file, and what it has no place for.

    Raises:
        WriteError: there is no stream, or two channels would share one column.
    """
    stream = table_stream(recording, target=NAME)
    names = column_names(stream, target=NAME)
    table = columns_of(stream, names).insert_column(0, stream.table([])["time"])
    facts = {
        "stream": stream.name,
        "dated": recording.dated,
        "units": {column: stream.channel(name).unit for name, column in names.items()},
    }
    content = io.BytesIO()
    table.write_parquet(content, metadata={"paceline": json.dumps(facts, ensure_ascii=False)})
    return content.getvalue(), beside_the_table(recording, stream)
