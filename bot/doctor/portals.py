"""The doctor's look at one portal: its address, its TLS, whether it is one, and its version."""

from __future__ import annotations

import ipaddress
import ssl
from datetime import timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from bot.errors import (
    OutcomeUnknownError,
    PortalAwayError,
    PortalClosedError,
    PortalError,
    PortalUnpaidError,
)
from bot.portal import checkup as portals
from bot.portal.addresses import may_be_portal
from bot.portal.client import PortalClient
from bot.views import checkup_portal as words
from bot.views.checkup import Verdict

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.doctor.visit import Visit
    from bot.domain import PortalUrl
    from bot.views.checkup import Finding

RENEWAL = timedelta(days=14)
"""Certificates that renew themselves do so earlier than this before their end."""


async def look(visit: Visit, portal: PortalUrl) -> list[Finding]:
    """Return what is to be known of a portal; a check that fails makes the next ones needless."""
    found: list[Finding] = []
    for check, looking in (
        ("portal address", _address),
        ("portal TLS", _tls),
        ("portal", _portal),
        ("portal version", _version),
    ):
        found += await visit.within(check, looking(visit, portal))
        if found[-1].verdict is Verdict.WRONG:
            break
    return found


async def _address(visit: Visit, portal: PortalUrl) -> Sequence[Finding]:
    host = _host(portal)
    try:
        found = await portals.addresses(portal)
    except OSError:
        return [words.host_unknown(host)]
    allowed = visit.settings.portal_networks
    inner = [_alone(address) for address in found if not may_be_portal(address, allowed)]
    return [words.host_not_allowed(host, inner) if inner else words.host_fine(host)]


def _alone(address: str) -> str:
    """Return the network of this one address, as the settings name it."""
    return str(ipaddress.ip_network(address.partition("%")[0]))


async def _tls(visit: Visit, portal: PortalUrl) -> Sequence[Finding]:
    host = _host(portal)
    if urlsplit(portal).scheme == "http":
        return [words.tls_none(host)]
    try:
        found = await portals.addresses(portal)
        # tested anew, as at each call: a name may have changed its address in between
        allowed = [one for one in found if may_be_portal(one, visit.settings.portal_networks)]
        shown = await portals.certificate(portal, allowed[0], visit.tls)
    except ssl.SSLError as error:
        return [words.tls_refused(host, portals.certificate_problem(error))]
    except (OSError, IndexError):
        return [words.portal_away(host, "portal TLS")]
    if shown.until - visit.clock() < RENEWAL:
        return [words.tls_ends_soon(host, shown.until)]
    return [words.tls_fine(host, shown.version, shown.until)]


async def _portal(visit: Visit, portal: PortalUrl) -> Sequence[Finding]:
    host = _host(portal)
    try:
        there = await PortalClient(visit.network).is_portal(portal)
    except PortalError:
        return [words.portal_away(host)]
    return [words.portal_fine(host) if there else words.no_portal(host)]


async def _version(visit: Visit, portal: PortalUrl) -> Sequence[Finding]:
    """Look what runs there, and with it whether the portal is in use: capabilities hide that."""
    host = _host(portal)
    try:
        version = await portals.version(visit.network, portal)
    except PortalUnpaidError:
        return [words.portal_not_in_use(host, "unpaid")]
    except PortalClosedError:
        return [words.portal_not_in_use(host, "closed")]
    except PortalAwayError:
        return [words.portal_not_in_use(host, "busy")]
    except OutcomeUnknownError:
        return [words.portal_away(host, "portal version")]
    except PortalError:
        version = ""
    return [words.portal_version(host, version) if version else words.portal_version_unknown(host)]


def _host(portal: PortalUrl) -> str:
    return urlsplit(portal).netloc
