"""What the doctor says of a portal: its address, its TLS, whether it is one, its version."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.views.blocks import clean
from bot.views.checkup import Finding, Verdict

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime


def host_unknown(host: str) -> Finding:
    return Finding(
        "portal address",
        Verdict.WRONG,
        f"No address is known for {host}.",
        "Check the spelling in ATTACHBOT_PORTAL_URL, and the name service of this machine.",
        f"{host}: unknown",
    )


def host_not_allowed(host: str, networks: Sequence[str]) -> Finding:
    inner = ", ".join(networks)
    return Finding(
        "portal address",
        Verdict.WRONG,
        f"{host} is in a private network: {inner}.",
        f"If that is your portal, add this to ATTACHBOT_PORTAL_ALLOWED_NETWORKS: {inner}",
        f"{host}: not allowed",
    )


def host_fine(host: str) -> Finding:
    return Finding("portal address", Verdict.OK, f"{host} has an address that portals may have.")


def tls_none(host: str) -> Finding:
    return Finding(
        "portal TLS",
        Verdict.WARNING,
        f"Keys and names travel to {host} in the clear.",
        "Use https:// if the portal offers it.",
        f"{host}: none",
    )


def tls_fine(host: str, version: str, until: datetime) -> Finding:
    says = f"{host} has a certificate that is valid until {until:%Y-%m-%d} ({version})."
    return Finding("portal TLS", Verdict.OK, says, fact=f"{host}: {version}, {until:%Y-%m-%d}")


def tls_ends_soon(host: str, until: datetime) -> Finding:
    return Finding(
        "portal TLS",
        Verdict.WARNING,
        f"The certificate of {host} is valid until {until:%Y-%m-%d} only.",
        "Ask the portal's administrator to renew it.",
        f"{host}: until {until:%Y-%m-%d}",
    )


def tls_refused(host: str, problem: str) -> Finding:
    return Finding(
        "portal TLS",
        Verdict.WRONG,
        f"The connection to {host} cannot be trusted: {clean(problem)}.",
        "Check the address and the portal's certificate. If your company signs certificates "
        "itself, name its authority's file in SSL_CERT_FILE.",
        f"{host}: {clean(problem)}",
    )


def portal_away(host: str, check: str = "portal") -> Finding:
    return Finding(
        check,
        Verdict.WRONG,
        f"{host} does not answer.",
        "Check that the portal is up, and that a firewall lets this machine reach it.",
        f"{host}: away",
    )


def no_portal(host: str) -> Finding:
    return Finding(
        "portal",
        Verdict.WRONG,
        f"{host} answers, but not as an ONLYOFFICE Workspace portal.",
        "Check ATTACHBOT_PORTAL_URL: the address that people open, with https:// if it has that.",
        f"{host}: no portal",
    )


def portal_fine(host: str) -> Finding:
    return Finding("portal", Verdict.OK, f"{host} answers as a portal.")


def portal_version(host: str, version: str) -> Finding:
    shown = clean(version)
    return Finding("portal version", Verdict.OK, f"{host} runs {shown}.", fact=f"{host}: {shown}")


def portal_version_unknown(host: str) -> Finding:
    return Finding(
        "portal version", Verdict.UNKNOWN, f"{host} does not tell it.", fact=f"{host}: unknown"
    )


def portal_not_in_use(host: str, why: str) -> Finding:
    """Return that a portal is there and takes nothing; `why` is unpaid, closed or busy."""
    says = {
        "unpaid": f"The plan of {host} is not paid, so it takes no changes.",
        "closed": f"The portal at {host} is suspended or removed.",
    }
    return Finding(
        "portal version",
        Verdict.WRONG,
        says.get(why, f"{host} is busy: restored, moved or restarted."),
        "Ask the portal's administrator.",
        f"{host}: {why}",
    )
