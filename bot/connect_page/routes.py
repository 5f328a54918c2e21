"""The rim of the connect page: paths, cookies, headers and limits. No line of it logs a path."""

from __future__ import annotations

import asyncio
import dataclasses
import re
import secrets
import time
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import TYPE_CHECKING, Final
from urllib.parse import parse_qsl

import structlog
from aiohttp import web
from pydantic import SecretStr

from bot.connect_links import LIFE, PATH
from bot.connect_page.visitors import Visitors, address_of
from bot.connect_page.visits import DEAD, Sent, Shown, Visits, broken
from bot.views.pages import connect as pages
from bot.views.pages.shell import POLICY

if TYPE_CHECKING:
    from bot.connect_links import ConnectLinks
    from bot.services import Services

log = structlog.get_logger()

COOKIE: Final = "__Host-attachbot"
"""Browsers take a cookie of such a name only over HTTPS, for this very host and every path."""
BODY_LIMIT: Final = 16 * 1024
BODY_SECONDS: Final = 10.0
_MOST_FIELDS: Final = 8
_SECRET: Final = re.compile(r"[A-Za-z0-9_-]{43}")
_SECRET_BYTES: Final = 32
_HEADERS: Final = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": POLICY,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "Strict-Transport-Security": "max-age=31536000",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "X-Robots-Tag": "noindex, nofollow",
}
_Answer = Callable[[web.Request], Awaitable[web.Response]]


@dataclasses.dataclass(frozen=True, slots=True)
class _Browser:
    """The cookie of a browser: the one it has brought ("" for none), and the one it has now."""

    brought: str
    has: str


class ConnectPage:
    """Serves the page under `/connect/`."""

    def __init__(self, services: Services, links: ConnectLinks) -> None:
        self._visits = Visits(services, links)
        self._visitors = Visitors(time.monotonic)

    def add_to(self, site: web.Application) -> None:
        """Let a site answer the paths of the page."""
        site.router.add_get(f"{PATH}{{token}}", self._safely(self._look))
        site.router.add_post(f"{PATH}{{token}}", self._safely(self._send))

    def _safely(self, answer: _Answer) -> _Answer:
        """Count the visit, and let no failure reach aiohttp: what it logs is not ours."""

        async def run(request: web.Request) -> web.Response:
            forwarded = request.headers.get("X-Forwarded-For", "")
            seconds = self._visitors.wait(address_of(request.remote, forwarded))
            if seconds:
                log.debug("page_visited_too_often")
                return _busy(seconds)
            try:
                return await answer(request)
            except Exception as error:  # noqa: BLE001  (logged and told by `broken`)
                return _response(broken(error))

        return run

    async def _look(self, request: web.Request) -> web.Response:
        token, browser = request.match_info["token"], _browser(request)
        if not _SECRET.fullmatch(token):
            token = ""  # it is looked for all the same: no answer comes sooner than another
        shown = await self._visits.look(token, known=browser.brought, cookie=browser.has)
        return _response(shown, browser)

    async def _send(self, request: web.Request) -> web.Response:
        browser = _browser(request)
        fields = await _fields(request)
        if fields is None:
            return _response(DEAD)
        sent = Sent(
            cookie=browser.brought,
            key=SecretStr(fields.pop("key", "").strip()),
            fields=fields,
        )
        shown = await self._visits.send(request.match_info["token"], sent, browser.has)
        return _response(shown, browser)


def _browser(request: web.Request) -> _Browser:
    brought = request.cookies.get(COOKIE, "")
    if _SECRET.fullmatch(brought):
        return _Browser(brought, brought)
    return _Browser("", secrets.token_urlsafe(_SECRET_BYTES))


async def _fields(request: web.Request) -> dict[str, str] | None:
    """Return the fields of the form, or None for what no form sends."""
    if request.content_type != "application/x-www-form-urlencoded":
        return None
    try:
        async with asyncio.timeout(BODY_SECONDS):
            body = await request.clone(client_max_size=BODY_LIMIT).text()
        return dict(parse_qsl(body, keep_blank_values=True, max_num_fields=_MOST_FIELDS))
    except (web.HTTPRequestEntityTooLarge, ValueError, LookupError, TimeoutError):
        return None


def _response(shown: Shown, browser: _Browser | None = None) -> web.Response:
    response = web.Response(
        status=shown.status, text=shown.html, content_type="text/html", headers=_HEADERS
    )
    if shown.asks and browser is not None and browser.has != browser.brought:
        response.set_cookie(
            COOKIE,
            browser.has,
            max_age=int(LIFE.total_seconds()),
            path="/",
            secure=True,
            httponly=True,
            samesite="Strict",
        )
    return response


def _busy(seconds: int) -> web.Response:
    response = _response(Shown(HTTPStatus.TOO_MANY_REQUESTS, pages.busy_page()))
    response.headers["Retry-After"] = str(seconds)
    return response
