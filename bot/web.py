"""HTTP in: the gate for Slack's requests, health, readiness and metrics."""

from __future__ import annotations

import asyncio
import dataclasses
import json
from collections.abc import Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from functools import partial
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

import structlog
from aiohttp import hdrs, web
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_sdk.signature import SignatureVerifier

from bot.delivery_shape import is_delivery

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from multidict import CIMultiDictProxy
    from pydantic import SecretStr
    from slack_bolt.async_app import AsyncApp
    from slack_bolt.response import BoltResponse


log = structlog.get_logger()

BODY_LIMIT = 1024 * 1024
"""Bytes of a request that are read at most; Slack's largest payloads are far smaller."""
BACKLOG = 4096
"""Connections of a burst that the kernel keeps until they are taken (it may keep fewer)."""
BODY_SECONDS = 5.0
"""How long the body of a request may take: Slack waits three seconds for all of an answer."""
LINGERING_SECONDS = 2.0
"""How long what is sent after the answer is thrown away, so that the sender can read it."""
IDLE_SECONDS = 75.0
"""How long a connection may ask for nothing, or for the head of a request only."""
EVENTS_PATH = "/slack/events"
# What becomes of a body that breaks off, takes too long, or comes in pieces that are none.
_CUT_SHORT = (TimeoutError, ConnectionError, web.RequestPayloadError)
# What Bolt raises on a body that is signed, and yet not of a shape that Slack sends.
_NO_DELIVERY = (ValueError, TypeError, AttributeError, KeyError)
SIGNATURE = "X-Slack-Signature"
TIMESTAMP = "X-Slack-Request-Timestamp"
JSON = "application/json"
FORM = "application/x-www-form-urlencoded"
_LONGEST_TIME = 12
"""Digits of a timestamp at most: a number of thousands cannot even be read."""

Commands = Mapping[str, Callable[[dict[str, Any]], Awaitable[dict[str, Any]]]]
"""What answers each command: from the delivery to the body of the acknowledgement."""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Inside:
    """What is behind the gate. Commands come in bursts and pass Bolt by."""

    bolt: AsyncApp
    commands: Commands


class Gate:
    """Lets only what Slack signed pass, before anything of it is parsed.

    Bolt's own check parses first, reads bodies of any size and logs the body that it refuses.
    """

    def __init__(self, inside: Inside, secrets: Sequence[SecretStr], patience: float) -> None:
        self._inside = inside
        self._patience = patience
        self._verifiers = [SignatureVerifier(secret.get_secret_value()) for secret in secrets]

    async def events(self, request: web.Request) -> web.Response:
        """Answer one request of Slack's."""
        try:
            body = await _body(request, self._patience)
        except web.HTTPRequestEntityTooLarge:
            log.warning("request_too_large", remote=request.remote)
            return _closing(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        except _CUT_SHORT:
            log.warning("request_cut_short", remote=request.remote)
            return _closing(HTTPStatus.UNAUTHORIZED)
        text = _text(body)
        if text is None or not self._signed(text, request.headers):
            log.warning("request_not_signed", remote=request.remote, length=len(body))
            return web.Response(status=HTTPStatus.UNAUTHORIZED)
        try:
            answered = self._answered(_read(text, _kind(request)), request.headers)
        except _NO_DELIVERY:
            log.warning("request_not_understood", length=len(body))
            return web.Response(status=HTTPStatus.UNSUPPORTED_MEDIA_TYPE)
        return await answered

    def _answered(
        self, delivery: dict[str, Any], headers: Mapping[str, str]
    ) -> Awaitable[web.Response]:
        answer = self._inside.commands.get(delivery.get("command", ""))
        if answer is not None:
            return _without_bolt(answer(delivery))
        return _by_bolt(self._inside.bolt, _bolt_request(delivery, headers))

    def _signed(self, body: str, headers: CIMultiDictProxy[str]) -> bool:
        signatures, times = headers.getall(SIGNATURE, ()), headers.getall(TIMESTAMP, ())
        if len(signatures) != 1 or len(times) != 1:
            return False
        signature, timestamp = signatures[0], times[0]
        # The verifier compares text and reads the time as a number: other input makes it raise.
        if not signature.isascii() or not (timestamp.isascii() and timestamp.isdecimal()):
            return False
        return len(timestamp) <= _LONGEST_TIME and any(
            verifier.is_valid(body, timestamp, signature) for verifier in self._verifiers
        )


async def _body(request: web.Request, patience: float) -> bytes:
    """Return the body, whole and as it was sent.

    Raises:
        HTTPRequestEntityTooLarge: it is longer than the limit.
        TimeoutError: it did not come in time.
        Exception: it broke off, or its pieces are none (`_CUT_SHORT` has the classes).

    """
    length = request.content_length
    if length is not None and length > BODY_LIMIT:
        raise web.HTTPRequestEntityTooLarge(BODY_LIMIT, length)
    async with asyncio.timeout(patience):
        return await request.read()


async def _continued(request: web.Request) -> None:
    """Ask for the body that a peer has announced, unless it is too long; wish for nothing else."""
    wanted = request.headers.get(hdrs.EXPECT, "").lower() == "100-continue"
    if wanted and (request.content_length or 0) <= BODY_LIMIT:
        await request.writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        request.writer.output_size = 0  # what aiohttp takes for the beginning of the answer


def _closing(status: HTTPStatus) -> web.Response:
    """Return an empty answer after which nothing more is taken from this connection."""
    answer = web.Response(status=status)
    answer.force_close()
    return answer


def _text(body: bytes) -> str | None:
    """Return the body as text; what is not UTF-8 was not signed by Slack."""
    try:
        return body.decode()
    except UnicodeDecodeError:
        return None


def _kind(request: web.Request) -> str:
    """Return the content type, or "" for a body that is packed: Slack packs none."""
    return "" if hdrs.CONTENT_ENCODING in request.headers else request.content_type


def _read(body: str, content_type: str) -> dict[str, Any]:
    """Return a delivery: JSON for events, a form for commands, JSON in a form for interactions.

    Raises:
        ValueError: it is none of these.

    """
    if content_type not in {JSON, FORM}:
        raise ValueError("Slack sends no other content type")
    if content_type == JSON:
        read = _json(body)
    else:
        form = dict(parse_qsl(body, keep_blank_values=True, strict_parsing=True))
        read = _json(form["payload"]) if "payload" in form else form
    if not isinstance(read, dict) or not is_delivery(read):
        raise ValueError("Slack sends nothing of that shape")
    return read


def _json(text: str) -> object:
    """Return what JSON says; half a letter, which no store takes, becomes a question mark.

    Raises:
        ValueError: it is no JSON, or deeper than Python can read.

    """
    try:
        read: object = json.loads(text)
    except RecursionError:
        raise ValueError("a delivery is not as deep as that") from None
    if "\\u" not in text:
        return read
    whole: object = json.loads(json.dumps(read, ensure_ascii=False).encode(errors="replace"))
    return whole


def _bolt_request(delivery: dict[str, Any], headers: Mapping[str, str]) -> AsyncBoltRequest:
    """Return what Bolt takes, as it comes in Socket Mode.

    Its own reading of a form loses a command in which the word "payload" occurs, and reads every
    form twice. What is null is left out: where nobody listens, Bolt fails at a view that is null.
    """
    there = {name: value for name, value in delivery.items() if value is not None}
    named: dict[str, str | Sequence[str]] = dict(headers)
    return AsyncBoltRequest(body=there, headers=named, mode="socket_mode")


async def _without_bolt(answer: Awaitable[Mapping[str, Any]]) -> web.Response:
    said = await answer
    return web.json_response(said) if said else web.Response()


async def _by_bolt(app: AsyncApp, asked: AsyncBoltRequest) -> web.Response:
    return _response(await app.async_dispatch(asked))


def _response(answer: BoltResponse) -> web.Response:
    status = answer.status
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        status = HTTPStatus.SERVICE_UNAVAILABLE  # Slack sends an event again
    headers = {
        name: value
        for name, values in answer.headers.items()
        for value in values
        if name.lower() != "content-type"
    }
    content_type = (answer.headers.get("content-type") or ["text/plain"])[0].partition(";")[0]
    return web.Response(
        status=status, text=answer.body or "", content_type=content_type, headers=headers
    )


def slack_site(
    inside: Inside, secrets: Sequence[SecretStr], patience: float = BODY_SECONDS
) -> web.Application:
    """Return the site that Slack posts to; `patience` are the seconds that a body may take."""
    site = web.Application(client_max_size=BODY_LIMIT)
    site.router.add_post(
        EVENTS_PATH, Gate(inside, secrets, patience).events, expect_handler=_continued
    )
    return site


def admin_site(
    unready: Callable[[], Awaitable[Sequence[str]]], registry: CollectorRegistry
) -> web.Application:
    """Return the site for the operator; `unready` names what is wrong, or nothing."""

    async def healthz(_: web.Request) -> web.Response:
        return web.Response(text="ok\n")

    async def readyz(_: web.Request) -> web.Response:
        wrong = await unready()
        status = HTTPStatus.SERVICE_UNAVAILABLE if wrong else HTTPStatus.OK
        return web.Response(status=status, text="\n".join(wrong or ["ready"]) + "\n")

    async def metrics(_: web.Request) -> web.Response:
        headers = {hdrs.CONTENT_TYPE: CONTENT_TYPE_LATEST}
        return web.Response(body=generate_latest(registry), headers=headers)

    site = web.Application()
    site.router.add_get("/healthz", healthz)
    site.router.add_get("/readyz", readyz)
    site.router.add_get("/metrics", metrics)
    return site


@asynccontextmanager
async def serving(site: web.Application, host: str, port: int) -> AsyncIterator[str]:
    """Serve a site and yield its address; port 0 takes a free one.

    Raises:
        OSError: the port is taken, or the host is not ours.

    """
    runner = web.AppRunner(site, access_log=None, handle_signals=False)
    await runner.setup()
    try:
        loop = asyncio.get_running_loop()
        connected = partial(_Peer, runner, loop=loop)
        listening = await loop.create_server(connected, host, port, backlog=BACKLOG)
        try:
            bound = listening.sockets[0].getsockname()
            yield f"http://{bound[0]}:{bound[1]}"
        finally:
            listening.close()
    finally:
        await runner.cleanup()


_PEER: dict[str, Any] = {
    "access_log": None,
    "auto_decompress": False,  # a signature is over the bytes that travel
    "keepalive_timeout": IDLE_SECONDS,
    "lingering_time": LINGERING_SECONDS,
}


class _Peer(web.RequestHandler):
    """One connection, within limits that aiohttp has not of itself.

    What is no HTTP gets the answer of what nobody signed: aiohttp would log all that came, with a
    traceback.
    """

    __slots__ = ()

    def __init__(self, runner: web.AppRunner, *, loop: asyncio.AbstractEventLoop) -> None:
        if runner.server is None:
            raise AssertionError  # it is set up before it listens
        super().__init__(runner.server, loop=loop, **_PEER)

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        """Answer what could not be read, and log no word of it; the rest is aiohttp's."""
        if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            return super().handle_error(request, status, exc, message)
        log.warning("request_unreadable", remote=request.remote)
        return _closing(HTTPStatus.UNAUTHORIZED)
