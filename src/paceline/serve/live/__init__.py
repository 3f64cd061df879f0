"""Sessions as they happen: packets in from devices, what they mean out to coaches.

`live_application` is the server with them; `routes` is what it mounts, `Live` what it holds.
"""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Sequence

from starlette.applications import Starlette
from starlette.routing import BaseRoute, WebSocketRoute

from paceline.serve.app import application
from paceline.serve.auth import grant as bearer
from paceline.serve.hall import Hall
from paceline.serve.live.coaches import Coaches
from paceline.serve.live.devices import Devices
from paceline.serve.live.doors import Doors, Granting
from paceline.serve.live.ending import Ending, measure_now
from paceline.serve.live.mqtt import MqttAddress, listening
from paceline.serve.live.organisations import Live
from paceline.serve.live.rooms import LiveRoom

__all__ = ["Ending", "Live", "LiveRoom", "MqttAddress", "live_application", "routes"]

PACKETS, WATCH = "/v1/sessions/{session:uuid}/packets", "/v1/sessions/{session:uuid}/live"


def routes(live: Live, *, grant: Granting) -> Sequence[BaseRoute]:
    """The WebSockets of live sessions.

    Args:
        live: the server's live sessions.
        grant: who a connection is, or an error that says why that is not known.
    """
    doors = Doors(live, grant)
    return [WebSocketRoute(PACKETS, Devices(doors).talk), WebSocketRoute(WATCH, Coaches(doors).talk)]


def live_application(hall: Hall, *, ending: Ending | None = None, broker: MqttAddress | None = None) -> Starlette:
    """The server with live sessions; `state.live` is where its other routes find them.

    Args:
        hall: what it serves from.
        ending: what is done when a session ends; it is measured, if left out.
        broker: an MQTT broker to listen to as well.
    """
    live = Live(hall.room, ending=ending or Ending(measure=measure_now))
    app = application(hall, others=routes(live, grant=bearer))
    app.state.live = live
    before = app.router.lifespan_context

    @contextlib.asynccontextmanager
    async def lifespan(served: Starlette) -> AsyncIterator[None]:
        async with before(served), contextlib.AsyncExitStack() as stack:
            stack.push_async_callback(live.close)
            if broker is not None:
                await stack.enter_async_context(listening(await live.room(broker.organisation), broker))
            yield

    app.router.lifespan_context = lifespan
    return app
