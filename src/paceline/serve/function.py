"""A product as a cloud function: AWS Lambda's events, CloudEvents over HTTP, plain HTTP; from its folder, stateless.

Beside `product.yaml` stands a file that the cloud is pointed to:

    from pathlib import Path
    from paceline.serve.function import Function

    function = Function(Path(__file__).parent)
    handler, application = function.on_lambda, function.wsgi

Nothing is kept between calls but the code that was loaded. Both sides of the contract are enforced, and problems are
those of the server. No event loop, no web framework and no store is imported.

Source: AWS Lambda proxy integration, payload formats 1.0 and 2.0 (`requestContext`, `body`, `isBase64Encoded` in;
`statusCode`, `headers`, `body`, `isBase64Encoded` out); CloudEvents 1.0, HTTP protocol binding, sections 3.1 and 3.2.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Any
from uuid import uuid4

import msgspec

from paceline.domain.errors import PacelineError, PredictionFailed, ProductInvalid, RequestRefused
from paceline.serve.predict.refusals import problem
from paceline.serve.problems import MEDIA
from paceline.ship.data import bring
from paceline.ship.explaining import OWN, Explained, Steps, explained_by
from paceline.ship.product import FILE, read_product
from paceline.ship.workers import Call, python_harness
from paceline.ship.workers.imported import imported

LARGEST = 10_000_000
"""Bytes of a request's body."""

EVENT = "application/cloudevents+json"
ANSWERED = "paceline.product.answered"
"""The type of the event that an event is answered with."""

JSON = "application/json"


@dataclass(frozen=True, slots=True)
class Reply:
    """What goes back over HTTP."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Function:
    """One product, loaded once.

    Args:
        folder: holds product.yaml, the code and its data, whose checksums are looked at.

    Raises:
        ProductInvalid: product.yaml can't be used, or the code is no Python.
        DataMissing: a table is not in the folder, or is another one.
    """

    def __init__(self, folder: Path) -> None:
        self.product = read_product(folder)
        if self.product.code.language != "python":
            raise ProductInvalid(
                str(folder / FILE), place="language", expected="python: a function runs no other process", found="r"
            )
        self._explained: Explained | None = None
        bring(self.product, shared=None, reach=False)
        self._calls = imported(folder / self.product.code.file, self.product.code.function or "")

    def answer(self, request: Any, *, call: Call = "predict") -> Any:
        """What the code makes of a request, both sides checked; or why, by the product's own method.

        Raises:
            ContractBroken: the request breaks its schema, or the answer does.
            RequestRefused: the product explains nothing, or not this.
            PredictionFailed: the code ended in an error.
        """
        if call == "explain":
            self._explained = self._explained or explained_by(self.product)
        self.product.request.check(request)
        if call == "explain" and self._explained is not None and self._explained is not OWN:
            return self._walked(self._explained.steps(request))
        answer = self._made(request, call)
        if call == "predict":
            self.product.response.check(answer)
        return answer

    def _made(self, request: Any, call: Call) -> Any:
        batched = call == "predict" and self.product.limits.batch is not None  # then the code takes and gives lists
        try:
            made = self._calls[call]([request] if batched else request)
            answer = msgspec.to_builtins(made, enc_hook=python_harness.plain, str_keys=True)
            if batched:
                (answer,) = answer
        except (Exception, SystemExit) as error:  # the analyst's code may raise anything
            raise PredictionFailed(self.product.name, kind=type(error).__name__, where="") from error
        return answer

    def _walked(self, steps: Steps) -> dict[str, Any]:
        try:
            asked = next(steps)
            while True:
                try:
                    answer = self._made(asked, "predict")
                except PredictionFailed:
                    answer = None
                asked = steps.send(answer)
        except StopIteration as done:
            found: dict[str, Any] = done.value
            return found

    def on_lambda(self, event: Any, context: object = None) -> Any:  # noqa: ARG002  # Lambda hands it over
        """Lambda's entry: a request of its HTTP gateways, or the bare request, which is answered with the bare answer.

        Raises:
            PacelineError: a bare request can't be answered; Lambda tells its caller.
        """
        if not (isinstance(event, Mapping) and "requestContext" in event):
            return self.answer(event)
        path = event.get("rawPath") or event.get("path") or ""
        method = event.get("httpMethod") or event["requestContext"].get("http", {}).get("method", "POST")
        body = event.get("body") or ""
        try:
            content = base64.b64decode(body, validate=True) if event.get("isBase64Encoded") else body.encode()
        except binascii.Error:
            content = b"\xff"  # no JSON, and said so below
        reply = self.on_http(method, path, headers=event.get("headers") or {}, body=content)
        return {
            "statusCode": reply.status,
            "headers": dict(reply.headers),
            "body": reply.body.decode(),
            "isBase64Encoded": False,
        }

    def on_http(self, method: str, path: str, *, headers: Mapping[str, str], body: bytes) -> Reply:
        """One HTTP request: JSON, or a CloudEvent in binary or structured mode, answered in the same mode."""
        given = {name.lower(): value for name, value in headers.items()}
        try:
            if method != "POST":
                raise RequestRefused("method-not-allowed", "Here is only POST.")
            if len(body) > LARGEST:
                raise RequestRefused("too-large", f"A request's body may have {LARGEST:,} bytes.")
            event, request = _opened(given, _decoded(body))
            answer = self.answer(request, call="explain" if path.rstrip("/").endswith("/explain") else "predict")
            return self._closed(event, answer, structured=_structured(given))
        except PacelineError as error:
            told = problem(error, instance=path)
            return Reply(told.status, {"content-type": MEDIA}, msgspec.json.encode(told))

    def wsgi(self, environ: Mapping[str, Any], start: Callable[..., object]) -> Iterable[bytes]:
        """The same as a WSGI application."""
        headers = {name[5:].replace("_", "-"): value for name, value in environ.items() if name.startswith("HTTP_")}
        headers["content-type"] = environ.get("CONTENT_TYPE", "")
        length = int(environ.get("CONTENT_LENGTH") or 0)
        body = environ["wsgi.input"].read(min(length, LARGEST + 1))
        reply = self.on_http(environ["REQUEST_METHOD"], environ.get("PATH_INFO", ""), headers=headers, body=body)
        status = HTTPStatus(reply.status)
        told = [*reply.headers.items(), ("content-length", str(len(reply.body)))]
        start(f"{status.value} {status.phrase}", told)
        return [reply.body]

    def _closed(self, event: Mapping[str, Any] | None, answer: Any, *, structured: bool) -> Reply:
        """The answer; that to an event is an event, which says which one it answers."""
        if event is None:
            return Reply(200, {"content-type": JSON}, self._written(answer))
        about = {
            "specversion": "1.0", "id": str(uuid4()), "source": f"/products/{self.product.name}", "type": ANSWERED,
            "answers": str(event.get("id", "")),
        }  # fmt: skip
        if structured:
            whole = {**about, "datacontenttype": JSON, "data": answer}
            return Reply(200, {"content-type": EVENT}, self._written(whole))
        headers = {f"ce-{name}": value for name, value in about.items()}
        return Reply(200, {"content-type": JSON, **headers}, self._written(answer))

    def _written(self, answer: Any) -> bytes:
        try:
            return msgspec.json.encode(answer)
        except (TypeError, ValueError, RecursionError) as error:  # half a character, say
            raise PredictionFailed(self.product.name, kind="what can't be written as JSON") from error


def _decoded(body: bytes) -> Any:
    try:
        return msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise RequestRefused("unreadable", "The body is no JSON, or nested too deeply.") from error


def _structured(headers: Mapping[str, str]) -> bool:
    return headers.get("content-type", "").partition(";")[0].strip().lower() == EVENT


def _opened(headers: Mapping[str, str], body: Any) -> tuple[Mapping[str, Any] | None, Any]:
    """The event that a request came in, or None, and the request.

    Raises:
        RequestRefused: it says that it is an event, and lacks what every event has.
    """
    if _structured(headers):
        if not isinstance(body, Mapping) or not {"id", "source", "type", "specversion"} <= body.keys():
            raise RequestRefused("invalid", "A CloudEvent has id, source, type and specversion.")
        if "data_base64" not in body:
            return body, body.get("data")
        try:
            return body, _decoded(base64.b64decode(body["data_base64"], validate=True))
        except (binascii.Error, TypeError, ValueError) as error:
            raise RequestRefused("unreadable", "The event's data is no base64.", field="#/data_base64") from error
    if "ce-id" in headers:
        return {"id": headers["ce-id"]}, body
    return None, body
