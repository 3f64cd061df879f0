"""A device that sends live packets to a server and writes down, with fsync, what was acknowledged."""

from __future__ import annotations

import json
import os
from pathlib import Path
from uuid import UUID

from websockets.asyncio.client import ClientConnection, connect


def packets_url(base: str, session: UUID) -> str:
    """Where a session's packets go."""
    return f"{base.replace('http', 'ws', 1)}/v1/sessions/{session}/packets"


def live_url(base: str, session: UUID, after: int | None = None) -> str:
    """Where a session's events come from."""
    return f"{base.replace('http', 'ws', 1)}/v1/sessions/{session}/live" + ("" if after is None else f"?after={after}")


def entering(url: str, token: str) -> connect:
    """A connection with a token; no proxy, no compression."""
    headers = {"Authorization": f"Bearer {token}"}
    return connect(url, additional_headers=headers, compression=None, proxy=None, open_timeout=120)


async def send(connection: ClientConnection, message: bytes) -> dict:
    """A message, and what it was answered."""
    await connection.send(message)
    return json.loads(await connection.recv())


class Notebook:
    """What was acknowledged, on the disk before anybody believes it."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("a", encoding="ascii")
        self.lines = 0

    def note(self, session: UUID, kept: dict[str, list[list[int]]]) -> None:
        """Numbers of a session's devices, from first to last."""
        self._file.write(json.dumps([str(session), kept]) + "\n")
        self._file.flush()
        os.fsync(self._file.fileno())
        self.lines += 1


def noted(path: Path) -> dict[UUID, dict[str, set[int]]]:
    """Everything that was acknowledged."""
    found: dict[UUID, dict[str, set[int]]] = {}
    for line in path.read_text().splitlines() if path.exists() else []:
        session, kept = json.loads(line)
        for device, spans in kept.items():
            numbers = found.setdefault(UUID(session), {}).setdefault(device, set())
            for first, last in spans:
                numbers.update(range(first, last + 1))
    return found
