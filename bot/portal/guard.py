"""Connections to portals: made to addresses that were tested, and to no other."""

from __future__ import annotations

import dataclasses
import socket
from functools import partial
from typing import TYPE_CHECKING

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult

from bot.portal.addresses import may_be_portal

if TYPE_CHECKING:
    import ssl
    from collections.abc import Sequence

    from aiohttp.connector import AddrInfoType

    from bot.portal.addresses import IPNetwork


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Reaching:
    """How portals are reached: `names` looks them up in place of the system.

    `seconds` is how long it may take until a connection is there, with the look-up and all
    addresses of a name; whatever keeps it from coming up.
    """

    names: AbstractResolver | None = None
    seconds: float = 5.0


USUAL = Reaching()


def guarded_connector(
    allowed: Sequence[IPNetwork], tls: ssl.SSLContext, names: AbstractResolver | None
) -> aiohttp.TCPConnector:
    """Return what connects to portals, and to addresses that they may have."""
    return aiohttp.TCPConnector(
        resolver=GuardedResolver(allowed, names or aiohttp.ThreadedResolver()),
        socket_factory=partial(guarded_socket, allowed),
        limit=0,
        ssl=tls,
    )


class GuardedResolver(AbstractResolver):
    """Resolves names and refuses them when any of their addresses is out of bounds.

    The test stands here, and not before the request, because aiohttp connects to what this
    returns: a name that changes its address in between cannot slip through.
    """

    def __init__(self, allowed: Sequence[IPNetwork], names: AbstractResolver) -> None:
        self._allowed = allowed
        self._names = names

    async def resolve(
        self,
        host: str,
        port: int = 0,
        family: socket.AddressFamily = 0,  # type: ignore[assignment]  # aiohttp passes 0 for "any"
    ) -> list[ResolveResult]:
        found = await self._names.resolve(host, port, family)
        if not all(may_be_portal(entry["host"], self._allowed) for entry in found):
            raise OSError(None, f"{host} has an address that portals may not have")
        return found

    async def close(self) -> None:
        await self._names.close()


def guarded_socket(allowed: Sequence[IPNetwork], place: AddrInfoType) -> socket.socket:
    """Return the socket for a connection that is about to be made.

    The last door: aiohttp asks no resolver for what looks like an address, and a host has many
    spellings that become one only on the way.
    """
    family, kind, protocol, _, address = place
    if not may_be_portal(str(address[0]), allowed):
        raise OSError(None, "portals may not have this address")
    return socket.socket(family=family, type=kind, proto=protocol)
