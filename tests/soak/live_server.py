"""A server process with live sessions, as `paceline serve` runs it, that says at which port it listens.

python -m tests.soak.live_server FOLDER [--journal URL] [--mqtt PORT]
"""

from __future__ import annotations

import argparse
from pathlib import Path

from paceline.keep.places import House
from paceline.serve.listening import Address, listen
from paceline.serve.live import MqttAddress, live_application
from paceline.serve.opening import open_hall


def main() -> None:
    """Serve until killed."""
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--journal")
    parser.add_argument("--mqtt", type=int)
    asked = parser.parse_args()
    hall = open_hall(House(asked.folder, journal=asked.journal))
    broker = None if asked.mqtt is None else MqttAddress("home", "127.0.0.1", asked.mqtt)
    app = live_application(hall, broker=broker)
    listen(app, Address(), ready=lambda url: print(url, flush=True))  # noqa: T201


if __name__ == "__main__":
    main()
