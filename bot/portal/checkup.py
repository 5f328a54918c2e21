"""What can be learnt of a portal without a key: its version, and whether its TLS can be trusted."""

from __future__ import annotations

import asyncio
import dataclasses
import ssl
from datetime import UTC, datetime
from socket import AF_UNSPEC
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import aiohttp

from bot.errors import PortalRefusedError
from bot.portal.network import Call
from bot.portal.refusals import error_of
from bot.portal.wire import NotUnderstoodError, Text, Wire, decode

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.domain import PortalUrl
    from bot.portal.network import Network

_VERSION = "settings/version/build"


class WireBuild(Wire):
    """ASC.Api.Settings/BuildVersion.cs."""

    community_server: Text = ""


@dataclasses.dataclass(frozen=True, slots=True)
class Certificate:
    """What a TLS connection was made with."""

    version: str
    until: datetime


async def addresses(portal: PortalUrl) -> list[str]:
    """Return the IP addresses of the portal's host.

    Raises:
        OSError: its name is not known.

    """
    url = urlsplit(portal)
    resolver = aiohttp.ThreadedResolver()
    try:
        found = await resolver.resolve(url.hostname or "", url.port or 0, family=AF_UNSPEC)
    except UnicodeError as error:  # a part of the name is too long for any name service
        raise OSError(str(error)) from error
    return list(dict.fromkeys(entry["host"] for entry in found))


async def version(network: Network, portal: PortalUrl) -> str:
    """Return which version the portal runs.

    Raises:
        PortalError: the portal is closed, unpaid, busy or away, or did not say.

    """
    reply = await network.send(Call(portal=portal, method="GET", path=_VERSION, urgent=True))
    error = error_of(reply, portal, _VERSION)
    if error is not None:
        raise error
    try:
        return decode(reply, WireBuild).community_server
    except NotUnderstoodError as error:
        raise PortalRefusedError(portal, reply.status) from error


async def certificate(portal: PortalUrl, address: str, tls: ssl.SSLContext) -> Certificate:
    """Return what the portal at this address proves itself with; nothing is asked of it.

    Raises:
        ssl.SSLError: it cannot be trusted.
        OSError: nobody answers.

    """
    url = urlsplit(portal)
    _, writer = await asyncio.open_connection(
        address, url.port or 443, ssl=tls, server_hostname=url.hostname
    )
    try:
        secured: ssl.SSLObject = writer.get_extra_info("ssl_object")
        shown = secured.getpeercert() or {}
        until = ssl.cert_time_to_seconds(str(shown["notAfter"]))
        return Certificate(secured.version() or "TLS", datetime.fromtimestamp(until, UTC))
    finally:
        writer.transport.abort()


def certificate_problem(error: BaseException) -> str:
    """Return why a connection could not be trusted, or nothing when that was not the reason."""
    for cause in _causes(error):
        if isinstance(cause, ssl.SSLCertVerificationError):
            return cause.verify_message
        if isinstance(cause, ssl.SSLError):
            reason = (cause.reason or "no reason given").lower().replace("_", " ")
            return f"the TLS handshake failed ({reason})"
    return ""


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        # aiohttp's own classes inherit from those of ssl without their facts
        if isinstance(error, aiohttp.ClientConnectorCertificateError):
            yield error.certificate_error
        elif isinstance(error, aiohttp.ClientConnectorError):
            yield error.os_error
        else:
            yield error
        error = error.__cause__ or error.__context__
