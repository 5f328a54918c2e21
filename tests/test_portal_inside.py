"""The bot is no way into the inner network: by setting, by name, by redirect, by rebinding."""

from __future__ import annotations

import asyncio
import socket
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING

import pytest
from aiohttp import web
from aiohttp.abc import AbstractResolver, ResolveResult

from bot.domain import PortalUrl
from bot.errors import OutcomeUnknownError, PortalAwayError
from bot.installation import slack_session
from bot.portal.guard import Reaching
from bot.portal.network import Call, open_network
from bot.setting_values import portal as portal_setting
from bot.views.connect import connect_errors
from bot.views.problem import problem
from tests.test_portal_network import LOCAL, get, portal_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

# Each leads to this machine, or to an inner network, for some program.
SPELLINGS = [
    *("127.0.0.1", "127.1", "127.0.1", "2130706433", "0x7f000001", "0x7f.0.0.1", "0x7f.1"),
    *("017700000001", "0177.0.0.1", "0177.1", "127.0x1", "127.000.000.001", "127.0.0.1."),
    *("0", "0.0.0.0", "00.0.0.0", "127.255.255.254", "10.0.0.1", "172.16.0.1", "192.168.0.1"),
    *("169.254.169.254", "2852039166", "0xa9fea9fe", "100.64.0.1", "192.0.0.8", "255.255.255.255"),
    *("localhost", "LOCALHOST", "localhost.", "ip6-localhost", "%31%32%37.0.0.1"),
    *("[::1]", "[::]", "[0:0:0:0:0:0:0:1]", "[::127.0.0.1]", "[::ffff:127.0.0.1]"),
    *("[::ffff:7f00:1]", "[::ffff:169.254.169.254]", "[64:ff9b::7f00:1]", "[64:ff9b:1::7f00:1]"),
    *("[2002:7f00:1::]", "[2001:0:1::80ff:fffe]", "[fe80::1]", "[fe80::1%25lo]", "[fc00::1]"),
    *("[fec0::1]", "[fd00:ec2::254]", "[::1%251]"),
    *("127\u30020\u30020\u30021", "127\uff0e0\uff0e0\uff0e1", "127\uff610\uff610\uff611"),
    *("\uff11\uff12\uff17.0.0.1", "\u2460\u2461\u2466.\u24ea.\u24ea.\u2460", "l\u24decalhost"),
]
WITH_MORE = [
    *("http://ana@{}", "http://ana:pw@{}", "http://example.com@{}", "http://{}#@example.com"),
    *("http://{}?@example.com", "http://{}\\@example.com", "http://{}/@example.com"),
    *("ftp://{}", "http:///{}", "http://example.com\n@{}"),
]


@asynccontextmanager
async def counted() -> AsyncIterator[tuple[int, list[str]]]:
    """Listen on every address of this machine; yield the port, and who connected."""
    connected: list[str] = []

    def note(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connected.append(str(writer.get_extra_info("sockname")))
        writer.close()

    async with AsyncExitStack() as stack:
        first = await stack.enter_async_context(await asyncio.start_server(note, "0.0.0.0", 0))
        port = first.sockets[0].getsockname()[1]
        if socket.has_ipv6:
            await stack.enter_async_context(
                await asyncio.start_server(note, "::", port, family=socket.AF_INET6)
            )
        yield port, connected


@pytest.mark.parametrize("host", SPELLINGS)
async def test_i4_no_spelling_of_an_inner_address_is_connected_to(host: str):
    async with counted() as (port, connected), open_network() as closed:
        with pytest.raises(PortalAwayError):
            await closed.send(get(PortalUrl(f"http://{host}:{port}")))

    assert connected == []


@pytest.mark.parametrize("host", SPELLINGS)
def test_i4_a_setting_names_an_address_in_one_spelling_or_is_refused(host: str):
    try:
        origin = portal_setting(f"http://{host}")
    except ValueError:
        return
    name = origin.removeprefix("http://")
    assert portal_setting(origin) == origin
    assert name.isascii()
    assert not name[-1:].isdigit() or name == str(socket.inet_ntoa(socket.inet_aton(name)))


@pytest.mark.parametrize("written", WITH_MORE)
def test_i4_a_setting_is_a_plain_origin(written: str):
    with pytest.raises(ValueError, match="must"):
        portal_setting(written.format("127.0.0.1"))


class Names(AbstractResolver):
    """Gives each look-up the next answer: addresses, nothing known, or (None) none at all."""

    def __init__(self, *answers: list[str] | None) -> None:
        self._answers = iter(answers)

    async def resolve(self, host: str, port: int = 0, family: int = 0) -> list[ResolveResult]:
        addresses = next(self._answers)
        if addresses is None:
            await asyncio.Event().wait()
        if not addresses:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return [
            ResolveResult(
                hostname=host, host=address, port=port, family=socket.AF_INET, proto=0, flags=0
            )
            for address in addresses
        ]

    async def close(self) -> None:
        """Nothing is open."""


async def test_i4_a_name_that_is_bound_anew_leads_nowhere_else():
    names = Names(["127.0.0.1"], ["127.0.0.2"], ["127.0.0.1", "127.0.0.2"])
    async with counted() as (port, connected):
        for expected in (OutcomeUnknownError, PortalAwayError, PortalAwayError):
            async with open_network(LOCAL, reaching=Reaching(names=names)) as network:
                with pytest.raises(expected):
                    await network.send(get(PortalUrl(f"http://portal.example:{port}")))

    assert set(connected) == {str(("127.0.0.1", port))}  # reads are tried twice


async def test_i4_a_redirect_leads_nowhere():
    async with counted() as (inner, connected):

        async def handler(request: web.Request) -> web.Response:
            return web.Response(status=307, headers={"Location": f"http://127.0.0.1:{inner}/"})

        async with portal_of(handler) as (network, portal):
            reply = await network.send(get(portal))

    assert (reply.status, connected) == (307, [])


async def test_i5_all_that_cannot_be_reached_gets_the_same_words_within_the_same_limit():
    """Refused, silent in its greeting, unknown, denied, and a name that is looked up for ever."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    portal = PortalUrl(f"https://portal.example:{port}")
    heard: list[object] = []

    async def ask(addresses: list[str] | None) -> None:
        names = Names(*[addresses] * 2)
        reaching = Reaching(names=names, seconds=0.2)
        async with open_network(LOCAL, reaching=reaching) as network, asyncio.timeout(10):
            for call in (get(portal), Call(portal=portal, method="POST", path="x", json={})):
                with pytest.raises(PortalAwayError) as caught:
                    await network.send(call)
                heard.append((connect_errors(caught.value), problem(caught.value).payload()))

    for addresses in (["127.0.0.1"], [], ["10.0.0.1"], ["127.0.0.1", "10.0.0.1"], None):
        await ask(addresses)
    with socket.create_server(("127.0.0.1", port)):
        await ask(["127.0.0.1"])

    assert len(heard) == 12
    assert all(words == heard[0] for words in heard)


async def test_i4_nothing_of_the_environment_is_used(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    """No proxy, and no password of a netrc: neither for portals nor for Slack."""
    seen: list[str | None] = []

    async def handler(request: web.Request) -> web.Response:
        seen.append(request.headers.get("Authorization"))
        return web.json_response({})

    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login ana password planted\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    async with counted() as (port, connected):
        for name in ("http_proxy", "https_proxy", "all_proxy", "HTTPS_PROXY", "ALL_PROXY"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{port}")
        async with portal_of(handler) as (network, portal), slack_session() as slack:
            await network.send(Call(portal=portal, method="GET", path="x"))
            await slack.get(portal)

    assert (seen, connected) == ([None, None], [])
