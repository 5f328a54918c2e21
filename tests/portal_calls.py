"""Somebody who calls a portal through the bot's client."""

from __future__ import annotations

import ssl
from contextlib import asynccontextmanager
from ipaddress import ip_network
from typing import TYPE_CHECKING, Any

from aiohttp import web
from pydantic import SecretStr

from bot.domain import PortalUrl
from bot.portal.client import PortalClient
from bot.portal.model import Credentials
from bot.portal.network import open_network
from bot.sandbox.portal_faults import Fault
from bot.web import serving

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from bot.sandbox.portal import SandboxPortal


@asynccontextmanager
async def open_client() -> AsyncIterator[PortalClient]:
    nothing_to_load = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    async with open_network([ip_network("127.0.0.1/32")], nothing_to_load) as network:
        yield PortalClient(network)


@asynccontextmanager
async def portal_of(
    handler: Callable[[web.Request], Awaitable[web.StreamResponse]],
) -> AsyncIterator[PortalUrl]:
    """Serve a portal that answers every call with one function."""
    site = web.Application()
    site.router.add_route("*", "/{path:.*}", handler)
    async with serving(site, "127.0.0.1", 0) as url:
        yield PortalUrl(url)


def key_of(portal: SandboxPortal, name: str = "Ana Reyes") -> Credentials:
    person = portal.who(name)
    return Credentials(portal.url, SecretStr(person.token), person.id)


def fault(portal: SandboxPortal, method: str, path: str, **facts: Any) -> Fault:
    return portal.faults.add(Fault(match=(method, path), **facts))
