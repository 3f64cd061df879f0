"""Four other FIT readers, run on files by the interpreter of `.venv-peers`; the benchmarks of ours start it.

python peers_fit.py time PEER RUNS FILE…      one JSON object: file → seconds, records and sums, or an error
python peers_fit.py read PEER FOLDER FILE…    the same without times; `record` columns go to FOLDER/NUMBER.npz
"""

from __future__ import annotations

import gzip
import io
import json
import sys
import time
import zipfile
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

EPOCH = 631_065_600


def content(path):
    data = Path(path).read_bytes()
    if data[:2] == b"\x1f\x8b":
        return gzip.decompress(data)
    if data[:2] == b"PK":
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return archive.read(archive.namelist()[0])
    return data


def fitfast(data, rows):
    import fitfast as peer

    columns = peer.records(data, degrees=False)
    count = max((len(values) for values in columns.values()), default=0)
    rows.extend({} for _ in range(count))
    if "timestamp" in columns:
        columns["timestamp"] = columns["timestamp"] - EPOCH  # it counts from 1970
    return columns


def fitparse(data, rows):
    import fitparse as peer

    for message in peer.FitFile(io.BytesIO(data)).get_messages("record"):
        rows.append({field.name: field.value for field in message.fields})


def fitdecode(data, rows):
    import fitdecode as peer

    with peer.FitReader(io.BytesIO(data)) as reader:
        for frame in reader:
            if frame.frame_type == peer.FIT_FRAME_DATA and frame.name == "record":
                rows.append({field.name: field.value for field in frame.fields})


def garmin(data, rows):
    import garmin_fit_sdk as peer

    stream = peer.Stream.from_byte_array(bytearray(data))
    found = {}
    decoder = peer.Decoder(stream)
    found, errors = decoder.read(
        convert_types_to_strings=False, convert_datetimes_to_dates=False, merge_heart_rates=False
    )
    rows.extend(found.get("record_mesgs", []))
    if errors:
        raise ValueError(str(errors[0]))


PEERS = {"fitfast": fitfast, "fitparse": fitparse, "fitdecode": fitdecode, "garmin-fit-sdk": garmin}


def number(value):
    if isinstance(value, datetime):
        return value.replace(tzinfo=UTC).timestamp() - EPOCH
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else np.nan


def columns_of(rows, columns):
    """Field → (record,), float64; NaN where the peer has no number."""
    if columns is not None:
        return {
            name: np.asarray(v, float)
            for name, v in columns.items()
            if np.issubdtype(v.dtype, np.number) and v.ndim == 1
        }
    names = dict.fromkeys(name for row in rows for name in row if isinstance(name, str))
    return {name: np.array([number(row.get(name)) for row in rows], float) for name in names}


def run(peer, data):
    rows, error, columns = [], None, None
    started = time.perf_counter()
    try:
        columns = PEERS[peer](data, rows)
    except BaseException as failure:  # one of them panics, which is no Exception  # noqa: BLE001
        error = f"{type(failure).__name__}: {failure}"[:120]
    return time.perf_counter() - started, rows, columns, error


def main(arguments):
    action, peer, option, *paths = arguments
    found = {}
    for number_of_file, path in enumerate(paths):
        data = content(path)
        seconds, rows, columns, error = min(
            (run(peer, data) for _ in range(int(option) if action == "time" else 1)), key=lambda result: result[0]
        )
        found[path] = {"seconds": seconds, "records": len(rows), "error": error}
        table = columns_of(rows, columns)
        found[path]["sums"] = {name: float(np.nansum(table[name])) for name in ("power", "heart_rate") if name in table}
        if action == "read":
            np.savez(Path(option) / f"{number_of_file}.npz", **{name.replace("/", "_"): v for name, v in table.items()})
    json.dump(found, sys.stdout)


if __name__ == "__main__":
    main(sys.argv[1:])
