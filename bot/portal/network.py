"""How portal calls travel: to tested addresses only, within limits of time and size.

The only module that imports httpx. It runs over aiohttp, since httpx's own asyncio transport
stalls the event loop when many calls are in flight.
"""

from __future__ import annotations

import asyncio
import dataclasses
import json
import ssl
import time
from contextlib import asynccontextmanager
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import TYPE_CHECKING, Any

import aiohttp
import httpx
from aiohttp import hdrs
from httpx_aiohttp import AiohttpTransport

from bot.errors import OutcomeUnknownError, PortalAwayError
from bot.portal.guard import USUAL, guarded_connector
from bot.portal.refusals import BUSY
from bot.portal.traffic import Sign, Traffic
from bot.unsent import never_left

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping, Sequence

    from pydantic import SecretStr

    from bot.domain import PortalUrl
    from bot.portal.addresses import IPNetwork
    from bot.portal.guard import Reaching
    from bot.portal.model import Credentials
    from bot.portal.streams import Body
    from bot.portal.traffic import Passage

DEADLINE_SECONDS = 30.0
BODY_LIMIT = 3 * 1024 * 1024
"""Bytes of an answer that are read at most; as text they may take the eightfold."""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One request to a portal. `path` is relative to `/api/2.0/`; `json` None sends no body.

    `person` is for whom it is made: people share a portal fairly. `page` is used instead of `path`
    outside the API: a path from the root, with its query. `body` is sent instead of `json`.
    """

    portal: PortalUrl
    method: str
    path: str = ""
    page: str = ""
    key: SecretStr | None = None
    person: str = ""
    query: Mapping[str, str | int] = dataclasses.field(default_factory=dict)
    json: Mapping[str, Any] | None = None
    body: Body | None = None
    deadline: float = DEADLINE_SECONDS
    urgent: bool = False
    """Do not queue behind the portal's other calls: a person waits in front of a form."""

    @classmethod
    def get(
        cls,
        by: Credentials,
        path: str,
        query: Mapping[str, str | int] | None = None,
        *,
        deadline: float = DEADLINE_SECONDS,
        urgent: bool = False,
    ) -> Call:
        """Return a read on behalf of a person."""
        return cls(
            portal=by.portal,
            method="GET",
            path=path,
            key=by.key,
            person=by.owner,
            query=query or {},
            deadline=deadline,
            urgent=urgent,
        )


@dataclasses.dataclass(frozen=True, slots=True)
class Reply:
    """What came back, whole."""

    status: int
    content_type: str
    body: bytes
    retry_after: float = 0


class Network:
    """The one way out to portals. Open it with `open_network`."""

    def __init__(self, client: httpx.AsyncClient, traffic: Traffic) -> None:
        self._client = client
        self._traffic = traffic

    def is_away(self, portal: PortalUrl) -> bool:
        """Say whether calls to a portal fail at once, since so many failed before."""
        return self._traffic.is_open(portal)

    async def send(self, call: Call) -> Reply:
        """Make one call, when its turn comes, and return its answer, whatever its status.

        Raises:
            PortalAwayError: the request certainly did not reach the portal, or not whole.
            OutcomeUnknownError: it may have.
            Exception: whatever the source of the body raised; the connection is closed then.

        """
        async with self._traffic.passage(call.portal, call.person, urgent=call.urgent) as passage:
            reply = await self._answer(call, passage)
            passage.sign = Sign.AWAY if reply.status in BUSY else Sign.WORKS
            passage.after = reply.retry_after
            return reply

    async def _answer(self, call: Call, passage: Passage) -> Reply:
        try:
            async with asyncio.timeout(call.deadline):
                return await self._exchange(call)
        except (
            *(httpx.HTTPError, httpx.InvalidURL),
            *(aiohttp.ClientError, OSError, UnicodeError),
        ) as error:
            if call.body is not None and call.body.broke is not None:
                raise call.body.broke from call.body.broke.__cause__
            if _never_left(error) or _hung(error, call):
                passage.sign = Sign.AWAY
            if _never_left(error) or not _is_whole(call):
                raise PortalAwayError(call.portal) from error
            raise OutcomeUnknownError(call.portal) from error

    async def _exchange(self, call: Call) -> Reply:
        content = json.dumps(call.json) if call.json is not None else call.body
        request = self._client.build_request(
            call.method,
            f"{call.portal}{call.page or f'/api/2.0/{call.path}'}",
            params=dict(call.query) or None,
            content=content,
            headers=_headers(call),
        )
        response = await self._client.send(request, stream=True)
        try:
            return Reply(
                response.status_code,
                response.headers.get(hdrs.CONTENT_TYPE, "").partition(";")[0].strip().lower(),
                await _body(response),
                _seconds(response.headers.get(hdrs.RETRY_AFTER, "")),
            )
        finally:
            await response.aclose()


def _headers(call: Call) -> dict[str, str]:
    headers: dict[str, str] = {
        hdrs.ACCEPT: "application/json",
        hdrs.ACCEPT_ENCODING: "identity",
    }
    if call.json is not None:
        headers[hdrs.CONTENT_TYPE] = "application/json"
    if call.body is not None:
        headers |= {
            hdrs.CONTENT_TYPE: call.body.content_type,
            hdrs.CONTENT_LENGTH: str(call.body.length),
        }
    if call.key is not None:
        headers[hdrs.AUTHORIZATION] = call.key.get_secret_value()
    return headers


async def _body(response: httpx.Response) -> bytes:
    if response.headers.get(hdrs.CONTENT_ENCODING, "identity") != "identity":
        raise httpx.DecodingError("the portal compressed an answer although asked not to")
    body = bytearray()
    async for chunk in response.aiter_raw():
        body += chunk
        if len(body) > BODY_LIMIT:
            raise httpx.ReadError("the portal's answer is too long")
    return bytes(body)


def _seconds(retry_after: str) -> float:
    return float(retry_after) if retry_after.isdecimal() else 0


def _is_whole(call: Call) -> bool:
    """Say whether all of a call may have arrived: servers act on no body that is short."""
    return call.body is None or call.body.whole


def _hung(error: BaseException, call: Call) -> bool:
    """Say whether a portal had all the time that a call may take.

    A shorter deadline shows only that it is slow, and that of a body was for its source as well.
    """
    whole = call.body is None and call.deadline >= DEADLINE_SECONDS
    return whole and isinstance(error, TimeoutError)


def _never_left(error: BaseException) -> bool:
    """Say whether the connection was never made.

    The transport reports a connection that broke after the request was sent as a connect timeout
    too (its table maps aiohttp's base class), so only aiohttp's own exception tells.
    """
    if isinstance(error, httpx.InvalidURL):
        return True
    return never_left(error.__cause__ if isinstance(error, httpx.HTTPError) else error)


async def _deleting_once(
    request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType
) -> aiohttp.ClientResponse:
    """Keep aiohttp from sending a deletion again by itself when the connection breaks.

    It repeats whatever HTTP calls idempotent. But a portal gives the number of a deleted file away
    again, and the second deletion could hit another file.
    """
    try:
        return await handler(request)
    except aiohttp.ClientConnectorError:
        raise
    except (aiohttp.ClientOSError, aiohttp.ServerDisconnectedError) as error:
        if request.method != "DELETE":
            raise
        raise aiohttp.ClientConnectionError(str(error)) from error


@asynccontextmanager
async def open_network(
    allowed: Sequence[IPNetwork] = (),
    tls: ssl.SSLContext | None = None,
    *,
    portals: int = 1,
    clock: Callable[[], float] = time.monotonic,
    reaching: Reaching = USUAL,
) -> AsyncIterator[Network]:
    """Open the way out; `allowed` are the private networks that portals may live in.

    There is room for as many `portals` to hang. `clock` counts seconds and never goes back.
    """
    context = tls or ssl.create_default_context()
    session = aiohttp.ClientSession(
        connector=guarded_connector(allowed, context, reaching.names),
        cookie_jar=aiohttp.DummyCookieJar(),
        trust_env=False,
        middlewares=(_deleting_once,),
    )
    # A portal answers a good key with a session cookie; a cookie kept would make the next
    # person's call run as this one. Neither layer keeps any.
    no_cookies = CookieJar(DefaultCookiePolicy(allowed_domains=[]))
    async with (
        session,
        httpx.AsyncClient(
            # It would read all certificates anew for a context that it never uses.
            transport=AiohttpTransport(client=session, verify=context),
            cookies=no_cookies,
            follow_redirects=False,
            trust_env=False,
            # The pool's limit holds for the look-up of the name as well, and for all its addresses.
            timeout=httpx.Timeout(None, connect=reaching.seconds, pool=reaching.seconds),
        ) as client,
    ):
        yield Network(client, Traffic(clock, portals))
