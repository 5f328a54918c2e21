"""What stands before every method of the portal: its state, the key, the module, the address."""

from __future__ import annotations

import base64
import binascii
import dataclasses
import gzip
import secrets
from http.cookies import SimpleCookie
from typing import TYPE_CHECKING

from aiohttp import web

from bot.sandbox.portal_binding import Params
from bot.sandbox.portal_call import API, Call, Route, Router
from bot.sandbox.portal_envelope import (
    CREATED,
    OK,
    PAYMENT,
    SECURITY,
    PageQuery,
    Refusal,
    dumps,
    failure,
    success,
)
from bot.sandbox.portal_reading import content_type, read_files, read_pairs

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.sandbox.portal_binding import Pair
    from bot.sandbox.portal_model import Person
    from bot.sandbox.portal_pages import Page
    from bot.sandbox.portal_sessions import Session
    from bot.sandbox.portal_state import PortalData

COOKIE = "asc_auth_key"
BLOCKED = {"suspended": 404, "restoring": 503, "unpaid": 402}
RESERVED = frozenset("<>*%&:\\")
LARGEST_BODY = 1024**3


@dataclasses.dataclass(frozen=True, slots=True)
class Caller:
    """Who asks: the session that counts, and what becomes of their cookie."""

    session: Session | None = None
    by_cookie: Session | None = None
    set_cookie: str = ""

    @property
    def person(self) -> Person | None:
        return self.session.person if self.session else None


class Gate:
    """Answers requests: refuses what the portal refuses early, and calls the method."""

    def __init__(self, data: PortalData, routes: Sequence[Route], pages: dict[str, Page]) -> None:
        self._data = data
        self._router = Router(routes)
        self._pages = pages

    async def answer(self, request: web.Request) -> tuple[web.StreamResponse, Person | None]:
        """Return the answer, and the person whom the portal took the caller for."""
        early = self._blocked(request)
        if early is not None:
            return early, None
        caller = self._identify(request)
        response = await self._for(request, caller)
        if caller.set_cookie and not response.prepared:
            response.headers.setdefault("Set-Cookie", caller.set_cookie)
        return response, caller.person

    def _blocked(self, request: web.Request) -> web.Response | None:
        state = self._data.state
        if state == "down":
            return html(502, "Bad Gateway")
        if RESERVED & set(request.path):
            return html(400, "Bad Request")
        if (request.content_length or 0) > LARGEST_BODY:
            return html(413, "Request Entity Too Large")
        if state in BLOCKED and not request.path.endswith("capabilities.json"):
            return web.Response(status=BLOCKED[state])
        return None

    async def _for(self, request: web.Request, caller: Caller) -> web.StreamResponse:
        if self._data.state == "ip" and caller.person and not caller.person.owner:
            return web.Response(status=403, headers={"Set-Cookie": _forgotten()})
        page = self._pages.get(request.path)
        if page is not None:
            return await page(self._data, request, caller.person)
        found = self._router.find(request.method, request.path)
        if found is None:
            return html(404, "Not Found")
        route, values = found
        if caller.person is None and not route.anonymous:
            return _unauthorized(request)
        try:
            self._refuse(request.path, route, caller.person)
            call = await self._call(request, caller, route, values)
            answer = route.method(call)
        except Refusal as refusal:
            kind = refusal.kind
            return _json(request, failure(refusal), status=kind.status, reason=kind.reason)
        status = CREATED if request.method == "POST" else OK
        envelope = success(answer, call.page, status=status)
        return _json(request, envelope, status=status)

    def _refuse(self, path: str, route: Route, person: Person | None) -> None:
        """Refuse what the portal's filter refuses before any method."""
        if route.anonymous or person is None:
            return
        if self._data.state == "unpaid-api":
            raise Refusal(PAYMENT, "PaymentRequired")
        module = path.removeprefix(API).partition("/")[0]
        closed = (module == "crm" and not person.may_use_crm) or (
            module == "files" and not person.documents
        )
        if closed:
            raise Refusal(SECURITY, "Forbidden")

    async def _call(
        self, request: web.Request, caller: Caller, route: Route, values: list[Pair]
    ) -> Call:
        uploads, body = (
            await read_files(request, self._data.keep_bytes)
            if route.receives
            else ((), await read_pairs(request))
        )
        kind = content_type(request)
        return Call(
            data=self._data,
            caller=caller.person,
            session=caller.by_cookie,
            ip=request.headers.get("X-Forwarded-For", request.remote or ""),
            base=f"{request.scheme}://{request.host}",
            params=Params([*values, *request.query.items(), *body]),
            page=PageQuery.of(request.query),
            uploads=uploads,
            multipart=kind.startswith("multipart/"),
            content_type=kind,
        )

    # who asks

    def _identify(self, request: web.Request) -> Caller:
        """Believe the header, else the cookie, else the query; the first good one counts."""
        by_cookie, cookie = self._cookie(request)
        by_header = self._header(request.headers.get("Authorization", ""))
        if by_header:
            return Caller(by_header, by_cookie, _remembered(by_header.token))
        if by_cookie:
            return Caller(by_cookie, by_cookie)
        by_query = self._data.sessions.find(request.query.get(COOKIE, ""))
        return Caller(by_query, None, _forgotten() if cookie else "")

    def _cookie(self, request: web.Request) -> tuple[Session | None, str]:
        cookie = request.cookies.get(COOKIE, "")
        return self._data.sessions.find(cookie), cookie

    def _header(self, header: str) -> Session | None:
        value = header.strip().partition(",")[0]
        if value.startswith("Basic "):
            return self._basic(value.removeprefix("Basic "))
        return self._data.sessions.find(value.removeprefix("Bearer "))

    def _basic(self, pair: str) -> Session | None:
        """Log in on the side: neither the second step nor the lockout is asked."""
        try:
            login, _, password = base64.b64decode(pair).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            return None
        person = self._data.login(login)
        if person is None or person.password != password:
            return None
        newest = person.token
        session = self._data.sessions.start(person)
        person.token = newest
        return session


def html(status: int, title: str) -> web.Response:
    """Return a page of the web server: the API never saw the request."""
    text = f"<html><head><title>{status} {title}</title></head><body><h1>{title}</h1></body></html>"
    return web.Response(status=status, text=text, content_type="text/html")


def _unauthorized(request: web.Request) -> web.Response:
    asked = "Authorization" in request.headers
    headers = {"WWW-Authenticate": f'Basic Realm="{request.host}"'} if asked else {}
    return web.Response(status=401, text="Unauthorized", content_type="text/html", headers=headers)


def _json(
    request: web.Request, body: object, *, status: int, reason: str | None = None
) -> web.Response:
    content = dumps(body)
    headers = {
        "Content-Type": "application/json; charset=UTF-8",
        "ETag": f'"{secrets.token_hex(16)}"',
        "Cache-Control": "private, max-age=0",
        "Access-Control-Allow-Origin": "*",
    }
    # Only an element that is exactly `gzip` counts: the portal does not trim blanks.
    if reason is None and "gzip" in request.headers.get("Accept-Encoding", "").split(","):
        headers["Content-Encoding"] = "gzip"
        content = gzip.compress(content, 1)
    return web.Response(status=status, reason=reason, body=content, headers=headers)


def _remembered(token: str) -> str:
    return _set_cookie(token, "")


def _forgotten() -> str:
    return _set_cookie("", "Thu, 01 Jan 1970 00:00:00 GMT")


def _set_cookie(token: str, expires: str) -> str:
    cookie = SimpleCookie({COOKIE: token})
    morsel = cookie[COOKIE]
    morsel["path"], morsel["expires"] = "/", expires
    return f"{morsel.OutputString()}; HttpOnly"
