"""`POST /products/{name}/predict`, `batch`, `explain` as plain ASGI: the fastest road that still checks both sides."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from paceline.domain.errors import PacelineError, RequestRefused
from paceline.serve.predict.exchange import asking, encode, refuse, reply, whole
from paceline.serve.predict.inference import Inference
from paceline.serve.predict.lanes import Desk
from paceline.serve.predict.served import Served, decoded, written
from paceline.serve.predict.standing import standing

PREFIX = "/products/"

CALLS = ("predict", "batch", "explain")


class Predict:
    """The ASGI application of the products at a desk; everything else is for the one it is mounted in."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answer one request; every error becomes a problem (RFC 9457)."""
        name, _, call = scope["path"].removeprefix(PREFIX).partition("/")
        try:
            if not call and scope["method"] == "GET":
                await reply(send, encode(standing(self.desk.lanes(name))))
                return
            if call not in CALLS:
                raise RequestRefused("not-found", f"Products answer POST /products/NAME/ and {', '.join(CALLS)}.")
            if scope["method"] != "POST":
                raise RequestRefused("method-not-allowed", "Here is only POST.")
            wish, key = asking(scope["headers"])
            body = await whole(receive)
            served, answer = await self._answered(name, call, body, wish=wish, key=key or body)
        except PacelineError as error:
            await refuse(send, error, scope["path"])
            return
        await reply(send, answer, release=served.release)

    async def _answered(self, name: str, call: str, body: bytes, *, wish: bytes, key: bytes) -> tuple[Served, bytes]:
        if call == "predict":
            return await self.desk.answer(name, body, wish=wish, key=key)
        lanes = self.desk.lanes(name)  # whether there is such a product comes before what is wrong with the body
        if call == "explain":
            served = lanes.pick(wish=wish, key=key)
            return served, await served.explain(body)
        requests = decoded(body)
        if not isinstance(requests, list):
            raise RequestRefused("invalid", "A batch is a list of requests.", field="#")
        served, answers = await self.desk.values(name, requests, wish=wish, key=key)
        return served, written(served.product, answers)


def standalone(desk: Desk, *, openapi: Mapping[str, Any]) -> Any:
    """Products alone, with no house behind them: for trying one out, for its acceptance tests, for one container.

    Beside the products: `/v2`, `/healthz`, `/readyz` and `/openapi.json`.
    """
    predict, inference = Predict(desk), Inference(desk)
    said = {"/openapi.json": encode(openapi), "/healthz": b'{"ready":true}', "/readyz": b'{"ready":true}'}

    async def app(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            await _lifespan(desk, receive, send)
        elif scope["type"] != "http":
            return
        elif scope["path"].startswith(PREFIX):
            await predict(scope, receive, send)
        elif scope["path"] in said:
            await reply(send, said[scope["path"]])
        else:
            await inference(scope, receive, send)

    return app


async def _lifespan(desk: Desk, receive: Any, send: Any) -> None:
    while True:
        message = await receive()
        if message["type"] == "lifespan.startup":
            await send({"type": "lifespan.startup.complete"})
        else:
            await desk.close()
            await send({"type": "lifespan.shutdown.complete"})
            return
