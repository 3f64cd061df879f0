"""Loads a server from one process: so many connections, each with one request on its way, answers compared.

python -m benchmarks.http_load PORT PATH CONNECTIONS REQUESTS CORE BODY EXPECTED
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import time


class Connection(asyncio.Protocol):
    """One keep-alive connection that asks until nothing is left to ask."""

    def __init__(self, request: bytes, expected: bytes, left: list[int], waits: list[float]) -> None:
        self.request, self.expected, self.left, self.waits = request, expected, left, waits
        self.done = asyncio.get_running_loop().create_future()
        self.got, self.asked = b"", 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Ask at once."""
        self.transport = transport
        self._ask()

    def data_received(self, data: bytes) -> None:
        """A whole answer is compared with what is expected, and the next is asked for."""
        self.got += data
        head, found, body = self.got.partition(b"\r\n\r\n")
        if not found:
            return
        length = int(head.lower().partition(b"content-length:")[2].split(b"\r\n", 1)[0])
        if len(body) < length:
            return
        self.waits.append(time.perf_counter() - self.asked)
        self.got = b""
        if not head.startswith(b"HTTP/1.1 200") or json.loads(body) != self.expected:
            self.done.set_exception(AssertionError(head[:40] + body[:200]))
            return
        self._ask()

    def connection_lost(self, _: Exception | None) -> None:
        """The server closed it: whoever still waited for an answer has failed."""
        if not self.done.done():
            self.done.set_exception(ConnectionError("closed by the server"))

    def _ask(self) -> None:
        if not self.left[0]:
            self.done.set_result(None)
            return
        self.left[0] -= 1
        self.asked = time.perf_counter()
        self.transport.write(self.request)  # type: ignore[attr-defined]


async def load(port: int, path: str, connections: int, requests: int, body: str, expected: str) -> list[float]:
    """The waits for each answer, in s."""
    head = f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: {len(body)}"
    request, waits, left = f"{head}\r\n\r\n{body}".encode(), [], [requests]
    loop = asyncio.get_running_loop()

    def made() -> Connection:
        return Connection(request, json.loads(expected), left, waits)

    opened = [(await loop.create_connection(made, "127.0.0.1", port))[1] for _ in range(connections)]
    await asyncio.gather(*(connection.done for connection in opened))
    return waits


def main() -> None:
    """Load, and print how long answers took."""
    port, path, connections, requests, core, body, expected = sys.argv[1:]
    os.sched_setaffinity(0, {int(core)})
    import uvloop

    begin = time.perf_counter()
    waits = sorted(uvloop.run(load(int(port), path, int(connections), int(requests), body, expected)))
    whole = time.perf_counter() - begin
    told = {"answers": len(waits), "per_s": len(waits) / whole, "p50_ms": 1e3 * waits[len(waits) // 2]}
    print(json.dumps({**told, "p99_ms": 1e3 * waits[len(waits) * 99 // 100]}))


if __name__ == "__main__":
    main()
