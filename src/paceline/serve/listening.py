"""The server as a process: it listens, says where, and stops without cutting anybody off."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Callable
from dataclasses import dataclass

import uvicorn
from starlette.types import ASGIApp

from paceline.domain.errors import PlaceTaken

PATIENCE = 20
"""Seconds that requests under way have to end when the server stops."""

MESSAGE = 4 << 20
"""Bytes of one WebSocket message."""

AT_ONCE = 10_000
"""Connections at the same time; whoever comes beyond them is told to come later."""


@dataclass(frozen=True, slots=True)
class Address:
    """Where to listen; port 0 is any that is free."""

    host: str = "127.0.0.1"
    port: int = 0

    @property
    def here_only(self) -> bool:
        """Whether nobody but this machine can come.

        >>> Address("127.0.0.1").here_only, Address("::1").here_only, Address("0.0.0.0").here_only
        (True, True, False)
        """
        try:
            return self.host == "localhost" or ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return False

    @property
    def names(self) -> frozenset[str]:
        """The names that a server of this machine alone answers to."""
        return frozenset({"localhost", "127.0.0.1", "::1", self.host}) if self.here_only else frozenset()


def bound(address: Address) -> socket.socket:
    """A socket that listens there.

    Raises:
        PlaceTaken: the system would not give the address.
    """
    family = socket.AF_INET6 if ":" in address.host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((address.host, address.port))
    except OSError as error:
        listener.close()
        raise PlaceTaken(f"{address.host}:{address.port}", reason=error.strerror or "it can't be used") from error
    return listener


class _Server(uvicorn.Server):
    """Says when it listens."""

    def __init__(self, config: uvicorn.Config, *, ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, and say so."""
        await super().startup(sockets)
        if self.started:
            self._ready()


def listen(app: ASGIApp, address: Address, *, ready: Callable[[str], None]) -> None:
    """Serve until somebody ends the process (Ctrl-C, SIGTERM): requests under way are finished, stores are closed.

    Args:
        app: the application.
        address: where.
        ready: is told the base URL once the server listens.

    Raises:
        PlaceTaken: the address is in use, or not ours.
    """
    listener = bound(address)
    port = listener.getsockname()[1]
    host = f"[{address.host}]" if ":" in address.host else address.host
    config = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        ws="websockets-sansio",
        ws_max_size=MESSAGE,
        ws_per_message_deflate=False,  # packed samples don't shrink, and trying takes time
        limit_concurrency=AT_ONCE,
        timeout_keep_alive=15,
        timeout_graceful_shutdown=PATIENCE,
        lifespan="on",
    )
    with listener:
        _Server(config, ready=lambda: ready(f"http://{host}:{port}")).run(sockets=[listener])
