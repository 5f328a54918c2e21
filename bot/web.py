"""HTTP in: the gate for Slack's requests, health, readiness and metrics."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

import structlog
from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_sdk.signature import SignatureVerifier

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from pydantic import SecretStr
    from slack_bolt.async_app import AsyncApp
    from slack_bolt.response import BoltResponse


log = structlog.get_logger()

BODY_LIMIT = 1024 * 1024
"""Bytes of a request that are read at most; Slack's largest payloads are far smaller."""
BACKLOG = 4096
"""Connections of a burst that the kernel keeps until they are taken (it may keep fewer)."""
EVENTS_PATH = "/slack/events"
# What Bolt raises on a body that is signed, and yet not of a shape that Slack sends.
_NO_DELIVERY = (ValueError, TypeError, AttributeError, KeyError)
SIGNATURE = "X-Slack-Signature"
TIMESTAMP = "X-Slack-Request-Timestamp"


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

    def __init__(self, inside: Inside, secrets: Sequence[SecretStr]) -> None:
        self._inside = inside
        self._verifiers = [SignatureVerifier(secret.get_secret_value()) for secret in secrets]

    async def events(self, request: web.Request) -> web.Response:
        """Answer one request of Slack's."""
        body = await _body(request)
        if body is None:
            log.warning("request_too_large", remote=request.remote)
            return web.Response(status=HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        text = _text(body)
        if text is None or not self._signed(text, request.headers):
            log.warning("request_not_signed", remote=request.remote, length=len(body))
            return web.Response(status=HTTPStatus.UNAUTHORIZED)
        try:
            answered = self._answered(_read(text, request.content_type), request.headers)
        except _NO_DELIVERY:
            log.warning("request_not_understood", length=len(body))
            return web.Response(status=HTTPStatus.BAD_REQUEST)
        return await answered

    def _answered(
        self, delivery: dict[str, Any], headers: Mapping[str, str]
    ) -> Awaitable[web.Response]:
        answer = self._inside.commands.get(delivery.get("command", ""))
        if answer is not None:
            return _without_bolt(answer(delivery))
        return _by_bolt(self._inside.bolt, _bolt_request(delivery, headers))

    def _signed(self, body: str, headers: Mapping[str, str]) -> bool:
        signature, timestamp = headers.get(SIGNATURE, ""), headers.get(TIMESTAMP, "")
        # The verifier compares text and reads the time as a number: other input makes it raise.
        if not signature.isascii() or not (timestamp.isascii() and timestamp.isdecimal()):
            return False
        return any(verifier.is_valid(body, timestamp, signature) for verifier in self._verifiers)


async def _body(request: web.Request) -> bytes | None:
    """Return the body, or None when it is longer than the limit."""
    if (request.content_length or 0) > BODY_LIMIT:
        return None
    try:
        return await request.read()
    except web.HTTPRequestEntityTooLarge:
        return None


def _text(body: bytes) -> str | None:
    """Return the body as text; what is not UTF-8 was not signed by Slack."""
    try:
        return body.decode()
    except UnicodeDecodeError:
        return None


def _read(body: str, content_type: str) -> dict[str, Any]:
    """Return a delivery: JSON for events, a form for commands, JSON in a form for interactions.

    Raises:
        ValueError: it is none of these.

    """
    if content_type == "application/json":
        read = json.loads(body)
    else:
        form = dict(parse_qsl(body, keep_blank_values=True, strict_parsing=True))
        read = json.loads(form["payload"]) if "payload" in form else form
    if not isinstance(read, dict):
        raise ValueError("a delivery is an object")  # noqa: TRY004  (its text is wrong, not its type)
    return read


def _bolt_request(delivery: dict[str, Any], headers: Mapping[str, str]) -> AsyncBoltRequest:
    """Return what Bolt takes, as it comes in Socket Mode.

    Its own reading of a form loses a command in which the word "payload" occurs, and reads every
    form twice.
    """
    named: dict[str, str | Sequence[str]] = dict(headers)
    return AsyncBoltRequest(body=delivery, headers=named, mode="socket_mode")


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


def slack_site(inside: Inside, secrets: Sequence[SecretStr]) -> web.Application:
    """Return the site that Slack posts to."""
    site = web.Application(client_max_size=BODY_LIMIT)
    site.router.add_post(EVENTS_PATH, Gate(inside, secrets).events)
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
        headers = {"Content-Type": CONTENT_TYPE_LATEST}
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
        listening = web.TCPSite(runner, host, port, backlog=BACKLOG)
        await listening.start()
        bound = runner.addresses[0]
        yield f"http://{bound[0]}:{bound[1]}"
    finally:
        await runner.cleanup()
