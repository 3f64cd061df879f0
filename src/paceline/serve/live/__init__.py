"""Sessions as they happen: packets in from devices, what they mean out to coaches.

`routes` is what the application mounts; `Live` is what it holds.
"""

from __future__ import annotations

from collections.abc import Sequence

from starlette.routing import BaseRoute, WebSocketRoute

from paceline.serve.live.coaches import Coaches
from paceline.serve.live.devices import Devices
from paceline.serve.live.doors import Doors, Granting
from paceline.serve.live.ending import Ending
from paceline.serve.live.rooms import Live, LiveRoom

__all__ = ["Ending", "Live", "LiveRoom", "routes"]

PACKETS, WATCH = "/v1/sessions/{session:uuid}/packets", "/v1/sessions/{session:uuid}/live"


def routes(live: Live, *, grant: Granting) -> Sequence[BaseRoute]:
    """The WebSockets of live sessions.

    Args:
        live: the server's live sessions.
        grant: who a connection is, or an error that says why that is not known.
    """
    doors = Doors(live, grant)
    return [WebSocketRoute(PACKETS, Devices(doors).talk), WebSocketRoute(WATCH, Coaches(doors).talk)]
