"""Slack's addresses: Web API, files, response URLs and the Socket Mode endpoint."""

from __future__ import annotations

import asyncio
import dataclasses
import json
from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from aiohttp import web

from bot.sandbox.slack_downloads import HALF_WAY, send, send_half, sign_in_page
from bot.sandbox.slack_limits import Limits

if TYPE_CHECKING:
    from bot.sandbox.slack_answers import Answers
    from bot.sandbox.slack_screen import Json
    from bot.sandbox.slack_sockets import Sockets
    from bot.sandbox.slack_web_api import WebApi

NO_HOST = "wss-primary.slack.invalid"  # RFC 6761: no name below .invalid ever resolves


@dataclasses.dataclass
class Fault:
    """Something that goes wrong on Slack's side, `times` times, or until it is taken away.

    `what` is an HTTP status (429 comes with `retry_after`), Slack's word for an error, `"drop"`
    (the connection breaks and nothing was done), `"drop_after"` (it was done, then the connection
    breaks) or `"hang"` (no answer until the sandbox closes). With `acts`, a call was done although
    its answer says otherwise, as may be with Slack's `internal_error`. A place of its own is
    `link`, where Socket Mode connects: there `"unresolvable"` hands out an address whose host does
    not exist. A download can also be `"cut"` (half of it comes, then the connection breaks) or
    `"stall"` (half of it comes, then nothing).
    """

    what: int | str
    times: int | None = dataclasses.field(default=None, kw_only=True)
    retry_after: int = dataclasses.field(default=1, kw_only=True)
    acts: bool = dataclasses.field(default=False, kw_only=True)


class Faults(dict[str, Fault]):
    """Faults by place: a Web API method, `response_url`, `files` or `link`."""

    def take(self, place: str) -> Fault | None:
        """Return the fault that this request meets, and count it."""
        fault = self.get(place)
        if fault is None or fault.times is None:
            return fault
        fault.times -= 1
        if not fault.times:
            del self[place]
        return fault


@dataclasses.dataclass(frozen=True, slots=True)
class Call:
    """One call of the Web API and its answer; without one (`response` is empty) it was dropped."""

    method: str
    args: Json
    response: Json
    status: int = 200


class Server:
    """Answers what the bot asks; `calls` keeps every call of the Web API."""

    def __init__(self, web_api: WebApi, answers: Answers, sockets: Sockets) -> None:
        self.web_api = web_api
        self.answers = answers
        self.sockets = sockets
        self.faults = Faults()
        self.limits = Limits(web_api.workspace.clock)
        self.calls: list[Call] = []
        self.closing = asyncio.Event()

    def app(self) -> web.Application:
        """Return the web application with every address."""
        app = web.Application(client_max_size=16 * 1024 * 1024)
        app.router.add_route("*", "/api/{method}", self._call)
        app.router.add_get("/link", self._connect)
        app.router.add_get("/files-pri/{file}/{tail:.*}", self._download)
        app.router.add_post("/{kind:commands|actions|app}/{tail:.*}", self._answer)
        return app

    async def _call(self, request: web.Request) -> web.Response:
        name = request.match_info["method"]
        given = await _arguments(request)
        token = _token(request) or str(given.pop("token", ""))
        fault = self.faults.take(name)
        if fault is None and (wait := self.limits.take(name)):
            fault = Fault(HTTPStatus.TOO_MANY_REQUESTS, retry_after=wait)
        if fault is None or fault.what == "drop_after":
            status, response = 200, self._done(name, given, token)
        else:
            if fault.acts:
                self.web_api.answer(name, given, token)
            status, response = _instead(fault)
        self.calls.append(Call(name, given, response, status))
        self.web_api.workspace.news.tell()
        await self._break(fault, request)
        scopes = ",".join(sorted(self.web_api.scopes))
        headers = {"x-oauth-scopes": scopes, **_retry_after(fault)}
        return web.json_response(response, status=status, headers=headers)

    def _done(self, name: str, given: Json, token: str) -> Json:
        response = self.web_api.answer(name, given, token)
        if name == "apps.connections.open" and "url" in response and self._misleads:
            self.faults.take("link")
            response["url"] = urlsplit(response["url"])._replace(netloc=NO_HOST).geturl()
        return response

    @property
    def _misleads(self) -> bool:
        fault = self.faults.get("link")
        return fault is not None and fault.what == "unresolvable"

    async def _break(self, fault: Fault | None, request: web.Request) -> None:
        if fault is None:
            return
        if fault.what == "hang":
            await self.closing.wait()
        if fault.what in ("drop", "drop_after", "hang") and request.transport:
            request.transport.abort()

    async def _answer(self, request: web.Request) -> web.Response:
        body = await request.read()
        fault = self.faults.take("response_url")
        if fault is None or fault.what == "drop_after":
            status, text = self.answers.by_url(request.path, _json(body))
        elif isinstance(fault.what, int):
            status, text = HTTPStatus(fault.what), "error"
        else:
            status, text = HTTPStatus.NOT_FOUND, fault.what
        await self._break(fault, request)
        return web.Response(status=status, text=text, headers=_retry_after(fault))

    async def _download(self, request: web.Request) -> web.StreamResponse:
        fault = self.faults.take("files")
        if fault and fault.what not in HALF_WAY:
            await self._break(fault, request)
        if fault and isinstance(fault.what, int):
            return web.Response(status=fault.what, headers=_retry_after(fault))
        allowed = _token(request) == self.web_api.tokens["bot"] and self.web_api.installed
        if not allowed or "files:read" not in self.web_api.scopes:
            return sign_in_page()
        file = self.web_api.workspace.files.get(request.match_info["file"].partition("-")[2])
        if file is None or file.mode == "tombstone":
            return web.Response(status=404, text="file not found")
        if file.moved_to:
            return web.Response(status=302, headers={"Location": file.moved_to})
        if fault and fault.what in HALF_WAY:
            await send_half(request, file)
            return await self._stop(fault, request)
        return await send(request, file)

    async def _stop(self, fault: Fault, request: web.Request) -> web.Response:
        if fault.what == "stall":
            await self.closing.wait()
        if request.transport:
            request.transport.abort()
        return web.Response()

    async def _connect(self, request: web.Request) -> web.StreamResponse:
        fault = None if self._misleads else self.faults.take("link")
        await self._break(fault, request)
        if fault and isinstance(fault.what, int):
            return web.Response(status=fault.what, headers=_retry_after(fault))
        if not self.web_api.tickets.use_link(request.query.get("ticket", "")):
            return web.Response(status=403)
        return await self.sockets.serve(request)


def _instead(fault: Fault) -> tuple[int, Json]:
    """Return the status and the answer of a call that a fault keeps from being done."""
    if fault.what in ("drop", "hang"):
        return 200, {}
    if isinstance(fault.what, str):
        return 200, {"ok": False, "error": fault.what}
    limited = fault.what == HTTPStatus.TOO_MANY_REQUESTS
    return fault.what, {"ok": False, "error": "ratelimited" if limited else "internal_error"}


def _retry_after(fault: Fault | None) -> dict[str, str]:
    if fault is None or fault.what != HTTPStatus.TOO_MANY_REQUESTS:
        return {}
    return {"Retry-After": str(fault.retry_after)}


def _token(request: web.Request) -> str:
    kind, _, token = request.headers.get("Authorization", "").partition(" ")
    return token if kind == "Bearer" else ""


async def _arguments(request: web.Request) -> Json:
    """Return the arguments of a call, wherever they stand: address, form or JSON."""
    body = await request.read()
    if request.content_type == "application/json":
        given = _json(body)
        return {**request.query, **(given if isinstance(given, dict) else {})}
    return {**request.query, **await request.post()}


def _json(body: bytes) -> object:
    try:
        parsed: object = json.loads(body)
    except ValueError:
        return None
    return parsed
