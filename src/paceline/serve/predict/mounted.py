"""Products in the house's own server: who asks is known, what they may is checked, and each organisation has its own.

An organisation's desk is opened when somebody of it first asks for a product, and then follows its journal. One that
can't be opened says so and hurts no other.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, NoReturn

import anyio.to_thread
import msgspec
from starlette.applications import Starlette
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount
from starlette.routing import Route as Path
from starlette.types import Receive, Scope, Send

from paceline.domain.errors import RequestRefused
from paceline.keep.subjects import mark_of
from paceline.serve import auth, permission
from paceline.serve.predict.asgi import PREFIX, Predict
from paceline.serve.predict.exchange import reply
from paceline.serve.predict.feedback import learnt
from paceline.serve.predict.following import Follower
from paceline.serve.predict.inference import HEALTH, V2, Inference
from paceline.serve.predict.keeping import Keeper
from paceline.serve.predict.lanes import Desk
from paceline.serve.predict.openapi import openapi
from paceline.serve.routes import Answer, Call, NoQuery, Route
from paceline.serve.watched import WatchedFigures
from paceline.ship.releases import folder_of

if TYPE_CHECKING:
    from paceline.keep.access import Grant
    from paceline.serve.hall import Hall, Room

SUBJECT = "paceline-subject"
"""The header that names the pseudonym whose data a request holds; without it they are nobody's."""


def _unrun(_: Call) -> NoReturn:
    raise TypeError("a product answers by its desk, not by the table of routes")


ASK = Route("POST", f"{PREFIX}{{name}}/predict", "predict", "Ask a released product.", _unrun)
"""What the permission rules and the audit are told of a request to a product."""

LEARN = Route(
    "POST", f"{PREFIX}{{name}}/feedback", "annotate", "Say what turned out to be true.", _unrun, about="listed"
)
"""And of what somebody says of an athlete's answer; of nobody's, whoever may ask may say it."""


@dataclass(frozen=True, slots=True)
class Counter:
    """One organisation's products: where they answer, who keeps what they do, the task that follows its journal."""

    desk: Desk
    predict: Predict
    inference: Inference
    keeper: Keeper
    following: asyncio.Task[None]


class Products:
    """The ASGI application below `/products`, and below `/v2` for those who speak the Open Inference Protocol."""

    def __init__(self, hall: Hall) -> None:
        self.hall = hall
        self._counters: dict[str, Counter] = {}
        self._alone = asyncio.Lock()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request of somebody who may ask."""
        if scope["path"] in HEALTH:
            await self._alive(scope, send)
            return
        request = Request(scope, receive)
        scope["state"]["route"] = ASK.name
        visitor = await auth.grant(request)
        if wait := self.hall.rates.wait(visitor.token_id, now=time.monotonic()):
            scope["state"]["refusal_headers"] = {"Retry-After": str(wait)}
            raise RequestRefused("too-many", f"Wait for {wait} s.")
        feedback = scope["path"].endswith("/feedback") and scope["method"] == "POST"
        call = self._call(visitor, request.headers, feedback=feedback)
        await anyio.to_thread.run_sync(_permitted, call, limiter=self.hall.workers)
        counter = await self.counter(visitor.organisation)
        if feedback:
            answer = await learnt(counter.desk, counter.keeper, call, request)
            await answer(scope, receive, send)
            return
        if scope["method"] == "GET" and scope["path"] == f"{PREFIX}openapi.json":
            served = [counter.desk.lanes(name).champion.product for name in counter.desk.names]
            response = Response(msgspec.json.encode(openapi(served)), media_type="application/json")
            await response(scope, receive, send)
            return
        if scope["path"].startswith(V2):
            await counter.inference(scope, receive, send)
            return
        heard = counter.keeper.heard(counter.desk, scope, receive, send, subject=call.subject)
        await counter.predict(scope, *heard)

    async def _alive(self, scope: Scope, send: Send) -> None:
        """Whether the server is there: no token is asked for, since nothing else is said."""
        scope["state"]["route"] = "health"
        if self.hall.stopping and scope["path"].endswith("/ready"):
            raise RequestRefused("unavailable", "The server is stopping.")
        await reply(send, HEALTH[scope["path"]])

    async def counter(self, organisation: str) -> Counter:
        """An organisation's products, as its journal says; opened where nobody asked before.

        Raises:
            StoreUnavailable: its journal can't be read.
        """
        async with self._alone:
            if organisation not in self._counters:
                room = await anyio.to_thread.run_sync(self.hall.room, organisation, limiter=self.hall.workers)
                desk, keeper, store = Desk(), self._keeper(room), room.store
                follower = Follower(desk, store.journal, store.blobs, folder=folder_of(store.places))
                await follower.look()
                following = asyncio.get_running_loop().create_task(follower.follow())
                keeper.start()
                self._counters[organisation] = Counter(desk, Predict(desk), Inference(desk), keeper, following)
            return self._counters[organisation]

    async def close(self) -> None:
        """Finish what has begun, and follow no more."""
        counters, self._counters = list(self._counters.values()), {}
        for counter in counters:
            counter.following.cancel()
        await asyncio.gather(*(counter.following for counter in counters), return_exceptions=True)
        for counter in counters:
            await counter.desk.close()
            await anyio.to_thread.run_sync(counter.keeper.close)

    def _keeper(self, room: Room) -> Keeper:
        def tell(product: str, became: str, count: int) -> None:
            self.hall.telemetry.recorded(product, became, count=count)

        def gone(subjects: set[str]) -> set[str]:
            forgotten = room.store.people.forgotten() if subjects else frozenset()
            return {subject for subject in subjects if mark_of(subject) in forgotten}

        return Keeper(room.store.lake, tell=tell, gone=gone)

    def _call(self, visitor: Grant, headers: Headers, *, feedback: bool) -> Call:
        subject = headers.get(SUBJECT, "")
        route = LEARN if feedback and subject else ASK
        return Call(
            route, self.hall, visitor, params={}, headers={}, subject=subject, name="", asked_query=NoQuery(),
            asked_body=None,
        )  # fmt: skip


def with_products(app: Starlette) -> Starlette:
    """A server's application with its products mounted; they stop before its stores are closed."""
    products = Products(app.state.hall)
    app.state.products = products
    figures = WatchedFigures(app.state.hall)
    app.state.hall.telemetry.registry.register(figures)
    app.router.routes += [Path(V2, products), *(Mount(place.rstrip("/"), products) for place in (PREFIX, V2))]
    before = app.router.lifespan_context

    @contextlib.asynccontextmanager
    async def lifespan(served: Starlette) -> AsyncIterator[None]:
        async with before(served), contextlib.AsyncExitStack() as stack:
            stack.callback(figures.close)
            stack.push_async_callback(products.close)
            yield

    app.router.lifespan_context = lifespan
    return app


def _permitted(call: Call) -> None:
    """Let through who may ask; whose data they send is asked about and written down as everywhere else.

    Raises:
        AccessDenied: the rules don't allow it.
    """
    permission.permitted(call)
    if call.subject:
        permission.demand(call, call.subject)
        permission.audited(call, Answer())
