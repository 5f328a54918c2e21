"""How portal calls travel: what a hostile or broken portal can do to the bot."""

from __future__ import annotations

import asyncio
import gzip
import socket
from contextlib import asynccontextmanager
from ipaddress import ip_network
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest
from aiohttp import web
from aiohttp.abc import AbstractResolver, ResolveResult
from pydantic import SecretStr

from bot.domain import PortalUrl
from bot.errors import OutcomeUnknownError, PortalAwayError
from bot.portal.circuit import FAILURES
from bot.portal.guard import Reaching, guarded_socket
from bot.portal.model import Credentials
from bot.portal.network import BODY_LIMIT, Call, Network, Reply, open_network
from bot.portal.network import _hung as has_hung
from bot.portal.streams import Body
from bot.web import serving
from tests.certificates import authority

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


# What is sent, as the portal sees it


async def asked(call: dict[str, Any]) -> dict[str, Any]:
    """Return what a portal gets of a call: method, address, headers and body."""
    got: dict[str, Any] = {}

    async def handler(request: web.Request) -> web.Response:
        got.update(method=request.method, url=request.raw_path, headers=request.headers)
        got["body"] = await request.text()
        return web.json_response({})

    async with portal_of(handler) as (network, portal):
        await network.send(Call(portal=portal, **{"method": "GET", **call}))
    return got


@pytest.mark.parametrize(
    ("call", "url"),
    [
        ({"path": "crm/case/7"}, "/api/2.0/crm/case/7"),
        ({"path": "a", "query": {"b": "c d", "e": 1}}, "/api/2.0/a?b=c+d&e=1"),
        ({"path": "a", "page": "/Products/x.ashx?b=c"}, "/Products/x.ashx?b=c"),
    ],
)
async def test_a_call_goes_to_its_path_in_the_api_or_to_its_page(call: dict[str, Any], url: str):
    assert (await asked(call))["url"] == url


async def test_a_read_sends_nothing_but_its_headers():
    got = await asked({"path": "a", "key": SecretStr("a-key")})

    assert (got["method"], got["body"]) == ("GET", "")
    assert got["headers"]["Accept"] == "application/json"
    assert got["headers"]["Accept-Encoding"] == "identity"
    assert got["headers"]["Authorization"] == "a-key"
    assert "Content-Type" not in got["headers"]


async def test_without_a_key_nobody_is_named():
    assert "Authorization" not in (await asked({"path": "a"}))["headers"]


@pytest.mark.parametrize(
    ("json", "body"), [({"a": [1]}, '{"a": [1]}'), ({}, "{}"), (None, "")], ids=str
)
async def test_a_change_sends_json(json: dict[str, Any] | None, body: str):
    got = await asked({"method": "POST", "path": "a", "json": json})

    assert (got["method"], got["body"]) == ("POST", body)
    assert (got["headers"]["Content-Type"] == "application/json") is (json is not None)


async def test_a_body_is_sent_as_what_it_is():
    async def chunks() -> AsyncIterator[bytes]:
        yield b"one "
        yield b"two"

    got = await asked({"method": "POST", "path": "a", "body": Body("text/x-own", 7, chunks())})

    assert got["body"] == "one two"
    assert got["headers"]["Content-Type"] == "text/x-own"
    assert got["headers"]["Content-Length"] == "7"
    assert got["headers"]["Accept"] == "application/json"
    assert "Transfer-Encoding" not in got["headers"]


def test_a_read_is_made_as_somebody():
    by = Credentials(portal=PortalUrl("https://a"), key=SecretStr("k"), owner="ana")

    plain, full = Call.get(by, "a"), Call.get(by, "a", {"b": 1}, deadline=2.0, urgent=True)

    assert plain == Call(
        portal=by.portal, method="GET", path="a", key=by.key, person="ana", deadline=30.0
    )
    assert (full.query, full.deadline, full.urgent) == ({"b": 1}, 2.0, True)


# What comes back


async def answer_of(answer: web.Response) -> Reply:
    async def handler(_: web.Request) -> web.Response:
        return answer

    async with portal_of(handler) as (network, portal):
        return await network.send(get(portal))


async def test_an_answer_is_what_the_portal_said():
    headers = {"Content-Type": "Application/JSON; charset=utf-8", "Retry-After": "7"}

    reply = await answer_of(web.Response(status=418, body=b"{}", headers=headers))

    assert reply == Reply(418, "application/json", b"{}", 7.0)
    plain = await answer_of(web.Response(content_type="text/plain"))
    assert plain == Reply(200, "text/plain", b"")


@pytest.mark.parametrize("wish", ["", "soon", "-1", "1.5", "Fri, 27 Nov 2026 12:00:00 GMT"])
async def test_a_wish_that_is_no_number_of_seconds_is_none(wish: str):
    assert (await answer_of(web.Response(headers={"Retry-After": wish}))).retry_after == 0


@pytest.mark.parametrize(("length", "whole"), [(BODY_LIMIT, True), (BODY_LIMIT + 1, False)])
async def test_d3_an_answer_has_a_limit(length: int, whole: bool):
    answer = web.Response(body=bytes(length))

    if whole:
        assert len((await answer_of(answer)).body) == length
    else:
        with pytest.raises(OutcomeUnknownError):
            await answer_of(answer)


async def test_what_says_that_it_is_not_packed_is_read():
    reply = await answer_of(web.Response(body=b"x", headers={"Content-Encoding": "identity"}))

    assert reply.body == b"x"


# What goes wrong


class BrokeError(Exception):
    pass


async def test_what_breaks_the_source_of_a_body_is_its_own_error():
    async def chunks() -> AsyncIterator[bytes]:
        yield b"x"
        raise BrokeError

    async def handler(request: web.Request) -> web.Response:
        await request.read()
        return web.Response()

    async with portal_of(handler) as (network, portal):
        with pytest.raises(BrokeError):
            await network.send(
                Call(portal=portal, method="POST", path="a", body=Body("a/b", 2, chunks()))
            )


@pytest.mark.parametrize(
    ("whole", "error"), [(True, OutcomeUnknownError), (False, PortalAwayError)]
)
async def test_a_body_that_was_not_sent_whole_has_certainly_done_nothing(
    whole: bool, error: type[Exception]
):
    cut = asyncio.Event()

    async def chunks() -> AsyncIterator[bytes]:
        yield b"x"
        if whole:
            yield b"y"
        await cut.wait()

    async def handler(request: web.Request) -> web.Response:
        await request.content.readexactly(2 if whole else 1)
        assert request.transport is not None
        request.transport.close()
        cut.set()
        return web.Response()

    async with portal_of(handler) as (network, portal):
        with pytest.raises(error):
            await network.send(
                Call(portal=portal, method="POST", path="a", body=Body("a/b", 2, chunks()))
            )


@pytest.mark.parametrize("method", ["GET", "DELETE"])
async def test_a_deletion_is_sent_once_whatever_becomes_of_its_connection(method: str):
    got: list[str] = []

    async def handler(request: web.Request) -> web.Response:
        got.append(request.method)
        if len(got) == 2:  # the second one comes by the connection of the first, which is gone
            assert request.transport is not None
            request.transport.close()
        return web.json_response({})

    async with portal_of(handler) as (network, portal):
        await network.send(get(portal))
        call = Call(portal=portal, method=method, path="a")
        if method == "DELETE":
            with pytest.raises(OutcomeUnknownError):
                await network.send(call)
        else:
            await network.send(call)

    assert got == (["GET", "DELETE"] if method == "DELETE" else ["GET"] * 3)


@pytest.mark.parametrize(
    "host", ["http://", "http://a b", "http://[::1", "http://x\ud800", f"http://{'a' * 64}.b"]
)
async def test_what_is_no_address_was_never_called(host: str):
    async with open_network(LOCAL) as network:
        with pytest.raises(PortalAwayError):
            await network.send(Call(portal=PortalUrl(host), method="POST", path="a", json={}))


async def test_i4_an_address_that_no_setting_names_is_not_connected_to():
    connected: list[str] = []

    async def handler(request: web.Request) -> web.Response:
        connected.append(request.path)
        return web.Response()

    async with portal_of(handler) as (_, portal), open_network() as closed:
        with pytest.raises(PortalAwayError):
            await closed.send(get(portal))

    assert connected == []


@pytest.mark.parametrize(("status", "away"), [(503, True), (500, False), (404, False)])
async def test_a_portal_that_is_busy_again_and_again_is_left_alone(status: int, away: bool):
    async def handler(_: web.Request) -> web.Response:
        return web.Response(status=status, headers={"Retry-After": "40"})

    async with portal_of(handler) as (network, portal):
        for _ in range(FAILURES):
            await network.send(get(portal))

        assert network.is_away(portal) is away
        if away:
            with pytest.raises(PortalAwayError) as refused:
                await network.send(get(portal))
            assert 30 < refused.value.after <= 40


async def test_a_portal_that_nobody_reaches_is_left_alone():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        portal = PortalUrl(f"http://127.0.0.1:{taken.getsockname()[1]}")
    async with open_network(LOCAL) as network:
        for _ in range(FAILURES):
            with pytest.raises(PortalAwayError):
                await network.send(get(portal))

        assert network.is_away(portal)
        assert not network.is_away(PortalUrl("http://127.0.0.1:1"))


@pytest.mark.parametrize(
    ("deadline", "body", "hung"), [(30.0, False, True), (29.9, False, False), (30.0, True, False)]
)
def test_only_who_had_all_the_time_and_no_body_to_read_has_hung(
    deadline: float, body: bool, hung: bool
):
    async def chunks() -> AsyncIterator[bytes]:
        yield b""

    made = Body("a/b", 0, chunks()) if body else None
    call = Call(portal=PortalUrl("https://a"), method="POST", body=made, deadline=deadline)

    assert has_hung(TimeoutError(), call) is hung
    assert not has_hung(OSError(), call)


# Connections


async def test_calls_do_not_wait_for_one_another_and_an_urgent_one_for_nobody():
    under_way, enough, done = 0, asyncio.Event(), asyncio.Event()

    async def handler(request: web.Request) -> web.Response:
        nonlocal under_way
        if request.path.endswith("/slow"):
            under_way += 1
            if under_way == 4:  # as many as a portal gets at once
                enough.set()
            await done.wait()
        return web.Response()

    async with portal_of(handler) as (network, portal), asyncio.timeout(20):
        slow = [
            asyncio.create_task(network.send(get(portal, "slow", person=person)))
            for person in ("ana", "ana", "ben", "ben")
        ]
        await enough.wait()
        urgent = await network.send(get(portal, "fast", person="ana", urgent=True))
        done.set()
        replies = await asyncio.gather(*slow)

    assert [one.status for one in (urgent, *replies)] == [200] * 5


async def test_a_portal_is_trusted_by_the_authority_that_is_given():
    async def handler(_: web.Request) -> web.Response:
        return web.Response()

    ours = authority()
    async with ours.serving(handler) as url:
        async with open_network(LOCAL, ours.client()) as network:
            assert (await network.send(get(PortalUrl(url)))).status == 200
        async with open_network(LOCAL, authority().client()) as network:
            with pytest.raises(PortalAwayError):
                await network.send(get(PortalUrl(url)))


class Asked(AbstractResolver):
    """Keeps what it is asked for, and knows one address."""

    def __init__(self) -> None:
        self.questions: list[tuple[str, int, int]] = []

    async def resolve(self, host: str, port: int = 1, family: int = 1) -> list[ResolveResult]:
        self.questions.append((host, port, family))
        return [
            ResolveResult(
                hostname=host,
                host="127.0.0.1",
                port=port,
                family=socket.AF_INET,
                proto=0,
                flags=0,
            )
        ]

    async def close(self) -> None:
        """Hold nothing."""


async def test_a_name_is_looked_up_in_both_families_for_its_port():
    async def handler(_: web.Request) -> web.Response:
        return web.Response()

    names = Asked()
    async with portal_of(handler) as (_, portal):
        port = urlsplit(portal).port or 0
        async with open_network(LOCAL, reaching=Reaching(names=names)) as network:
            await network.send(get(PortalUrl(f"http://office.example.com:{port}")))

    assert names.questions == [("office.example.com", port, socket.AF_UNSPEC)]


@pytest.mark.parametrize(
    ("family", "kind", "protocol", "host"),
    [
        (socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP, "127.0.0.1"),
        (socket.AF_INET, socket.SOCK_DGRAM, socket.IPPROTO_UDP, "127.0.0.1"),
        (socket.AF_INET6, socket.SOCK_STREAM, socket.IPPROTO_TCP, "::1"),
    ],
)
def test_i4_a_socket_is_made_for_the_address_that_was_tested_and_for_no_other(
    family: int, kind: int, protocol: int, host: str
):
    place = (family, kind, protocol, "", (host, 80))
    allowed = [ip_network(host)]

    with guarded_socket(allowed, place) as made:
        assert (made.family, made.type, made.proto) == (family, kind, protocol)
    with pytest.raises(OSError, match="address"):
        guarded_socket([], place)
