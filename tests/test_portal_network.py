"""How portal calls travel: what a hostile or broken portal can do to the bot."""

from __future__ import annotations

import asyncio
import gzip
import socket
from contextlib import asynccontextmanager
from ipaddress import ip_network
from typing import TYPE_CHECKING, Any

import pytest
from aiohttp import web
from pydantic import SecretStr

from bot.domain import PortalUrl
from bot.errors import OutcomeUnknownError, PortalAwayError
from bot.portal.network import BODY_LIMIT, Call, Network, open_network
from bot.web import serving

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

LOCAL = [ip_network("127.0.0.1/32")]


@asynccontextmanager
async def portal_of(handler: Handler) -> AsyncIterator[tuple[Network, PortalUrl]]:
    site = web.Application()
    site.router.add_route("*", "/{path:.*}", handler)
    async with serving(site, "127.0.0.1", 0) as url, open_network(LOCAL) as network:
        yield network, PortalUrl(url)


def get(portal: PortalUrl, path: str = "crm/case/7", **facts: Any) -> Call:
    return Call(portal=portal, method="GET", path=path, key=SecretStr("a-key"), **facts)


async def test_e1_a_cookie_of_the_portal_is_never_sent_back():
    seen: list[str | None] = []

    async def handler(request: web.Request) -> web.Response:
        seen.append(request.headers.get("Cookie"))
        answer = web.json_response({})
        answer.set_cookie("asc_auth_key", "ana")
        return answer

    async with portal_of(handler) as (network, portal):
        await network.send(get(portal))
        await network.send(get(portal))

    assert seen == [None, None]


async def test_i4_a_redirect_is_not_followed_and_takes_no_key_elsewhere():
    asked: list[str] = []

    async def handler(request: web.Request) -> web.Response:
        asked.append(request.path)
        return web.Response(status=301, headers={"Location": "/elsewhere"})

    async with portal_of(handler) as (network, portal):
        reply = await network.send(get(portal))

    assert (reply.status, asked) == (301, ["/api/2.0/crm/case/7"])


@pytest.mark.parametrize("kind", ["compressed", "endless"])
async def test_d3_an_answer_that_would_fill_the_memory_is_cut_off(kind: str):
    async def handler(request: web.Request) -> web.StreamResponse:
        assert request.headers["Accept-Encoding"] == "identity"
        if kind == "compressed":
            body = gzip.compress(bytes(BODY_LIMIT * 20))
            return web.Response(body=body, headers={"Content-Encoding": "gzip"})
        stream = web.StreamResponse()
        await stream.prepare(request)
        for _ in range(2 * BODY_LIMIT // 65536):
            await stream.write(bytes(65536))
        return stream

    async with portal_of(handler) as (network, portal):
        with pytest.raises(OutcomeUnknownError):
            await network.send(get(portal))


async def test_d3_a_portal_that_drips_byte_by_byte_meets_the_deadline():
    async def handler(request: web.Request) -> web.StreamResponse:
        stream = web.StreamResponse()
        await stream.prepare(request)
        while True:
            await stream.write(b" ")
            await asyncio.sleep(0.02)

    async with portal_of(handler) as (network, portal):
        with pytest.raises(OutcomeUnknownError):
            await network.send(get(portal, deadline=0.2))


async def test_a_connection_that_breaks_after_the_request_may_have_acted():
    async def handler(request: web.Request) -> web.Response:
        await request.read()
        assert request.transport is not None
        request.transport.close()
        return web.Response()

    async with portal_of(handler) as (network, portal):
        with pytest.raises(OutcomeUnknownError):
            await network.send(
                Call(portal=portal, method="POST", path="crm/case/7/files", json={"fileids": [1]})
            )


async def test_a_port_where_nobody_listens_has_certainly_done_nothing():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        portal = PortalUrl(f"http://127.0.0.1:{taken.getsockname()[1]}")
    async with open_network(LOCAL) as network:
        with pytest.raises(PortalAwayError):
            await network.send(Call(portal=portal, method="POST", path="x", json={}))
