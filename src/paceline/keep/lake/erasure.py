"""Taking a person out of the lake, its past included, so that no version of it holds anything of them.

Deleting rows makes a new version; the old files stay for those who travel back. Here a subject's files are removed
themselves, and the log that names them is written anew without them: other people's history stays as it was.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from paceline.keep.lake.lake import Lake
from paceline.keep.lake.rows import condition
from paceline.keep.lake.tables import TABLES
from paceline.keep.objects import object_store

if TYPE_CHECKING:
    from obstore.store import ObjectStore

LOG = "_delta_log"


def forget(lake: Lake, subject: str) -> int:
    """Remove every row of a subject from every version of every table.

    It can be run again after it was cut off anywhere: what is gone already costs a look.

    Returns:
        The data version from which on the subject is gone; earlier ones no longer hold it either.
    """
    changed = {}
    for name in TABLES:
        opened = lake.opened(name)
        if opened is None:
            continue
        opened.delete(condition({"subject": [subject]}))
        changed[name] = opened.version()
        store = object_store(lake.path(name), options=lake.options)
        _without_files(store, subject)
        if _without_mentions(store, subject) and (cleared := lake.opened(name)) is not None:
            cleared.create_checkpoint()
    return lake.versions.add(changed) if changed else lake.version()


def _without_files(store: ObjectStore, subject: str) -> None:
    """Remove the subject's folder, with whatever a writer that was killed left in it."""
    import obstore

    for batch in obstore.list(store, f"subject={subject}"):
        if paths := [entry["path"] for entry in batch]:
            obstore.delete(store, paths)


def _without_mentions(store: ObjectStore, subject: str) -> bool:
    """Write the log anew without the subject; whether a checkpoint had to go, which then must be made again."""
    import obstore

    mark, again = subject.encode(), False
    paths = [entry["path"] for batch in obstore.list(store, LOG) for entry in batch]
    for path in paths:
        if not path.endswith(".json"):  # checkpoints only say again what the log says, packed beyond searching
            obstore.delete(store, path)
            again = True
        elif mark in (content := bytes(obstore.get(store, path).bytes())):
            obstore.put(store, path, _cleared(content, subject))
    return again


def _cleared(content: bytes, subject: str) -> bytes:
    """One commit of the log without the subject's files, and without the conditions that named it.

    >>> _cleared(b'{"add":{"path":"subject=s2/a"}}\\n{"commitInfo":{"operationParameters":{"p":"s2"}}}', "s2")
    b'{"commitInfo":{}}\\n'
    """
    kept = []
    for line in content.decode().splitlines():
        if subject not in line:
            kept.append(line)
        elif "commitInfo" in (action := json.loads(line)):
            action["commitInfo"] = {k: v for k, v in action["commitInfo"].items() if subject not in json.dumps(v)}
            kept.append(json.dumps(action, separators=(",", ":")))
    return "".join(f"{line}\n" for line in kept).encode()
