"""Serve products alone: `python -m paceline.serve.predict FOLDER… [--port N]`.

Prints one line with its address once every product has answered its own example.
"""

from __future__ import annotations

import argparse
import asyncio
import socket
import sys
from pathlib import Path

from paceline.domain.errors import PacelineError


def main() -> int:
    """Serve until stopped."""
    asked = argparse.ArgumentParser(prog="python -m paceline.serve.predict")
    asked.add_argument("folders", nargs="+", type=Path)
    asked.add_argument("--host", default="127.0.0.1")
    asked.add_argument("--port", default=0, type=int)
    given = asked.parse_args()
    import uvloop

    try:
        uvloop.run(_serve(given.folders, given.host, given.port))
    except PacelineError as error:
        print(f"paceline: {error}", file=sys.stderr)  # noqa: T201 - a program's own complaint
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


async def _serve(folders: list[Path], host: str, port: int) -> None:
    import uvicorn

    from paceline.serve.predict.asgi import standalone
    from paceline.serve.predict.lanes import Desk
    from paceline.serve.predict.openapi import openapi
    from paceline.serve.predict.served import Served
    from paceline.ship.product import read_product

    products = [read_product(folder) for folder in folders]
    desk = Desk()
    try:
        await asyncio.gather(*(desk.serve(Served(product)) for product in products))
        with socket.socket() as listening:
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listening.bind((host, port))
            print(f"http://{host}:{listening.getsockname()[1]}", flush=True)  # noqa: T201 - the address is its answer
            settings = uvicorn.Config(
                standalone(desk, openapi=openapi(products)), log_level="warning", access_log=False, lifespan="on"
            )
            await uvicorn.Server(settings).serve(sockets=[listening])
    finally:
        await desk.close()


if __name__ == "__main__":
    sys.exit(main())
