"""What `attachbot token` asks and says, on the person's own terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.errors import (
    CrmClosedError,
    GuestError,
    OutcomeUnknownError,
    PortalAwayError,
    PortalClosedError,
    PortalUnpaidError,
)
from bot.views.blocks import clean
from bot.views.links import host

if TYPE_CHECKING:
    from datetime import datetime

    from bot.errors import AccountError, PortalError

USER = "E-mail or user name"

_BY_BROWSER = (
    "If you sign in there through another service, you have no password of the portal: "
    '"How to get a key" in Slack describes the way through your browser.'
)
_HURDLES = {
    "locked": (
        "The portal refuses to listen after too many tries.",
        "Wait a minute, then run this again.",
    ),
    "no_phone": (
        "The portal sends codes by SMS, and you have set no phone there.",
        "Sign in on the portal once and set it, then run this again.",
    ),
    "no_app": (
        "The portal wants codes from an authenticator app, and you have connected none.",
        "Sign in on the portal once and connect it, then run this again.",
    ),
}


# Questions


def password(user: str, portal: str) -> str:
    return f"Password of {clean(user)} at {host(portal)}"


def code(*, by_sms: bool, phone: str) -> str:
    if not by_sms:
        return "Code of your authenticator app"
    return f"Code that was sent to {clean(phone)}"


# The address


def bad_address(problem: str) -> str:
    return f"The address of the portal {problem}."


def unknown_host(place: str) -> str:
    return f"No address is known for {place}. Check the spelling."


def public_http(place: str) -> str:
    return (
        f"{place} is on the internet, and http:// would show your password to everybody on the "
        "way. Use https://."
    )


def plain_http(place: str) -> str:
    return f"Warning: your password travels to {place} in the clear. Prefer https://."


def no_portal(portal: str) -> tuple[str, ...]:
    return (
        f"{host(portal)} answers, but not as an ONLYOFFICE Workspace portal.",
        "Use the address that you open in the browser, with https:// if it has that.",
    )


def not_trusted(portal: str, problem: str) -> tuple[str, ...]:
    return (
        f"The connection to {host(portal)} cannot be trusted: {clean(problem)}.",
        "Check the address. Does your company sign certificates itself?",
        "Then put the name of its authority's file into SSL_CERT_FILE.",
    )


def away(portal: str) -> tuple[str, ...]:
    return (f"{host(portal)} does not answer.", "Check the address and your network.")


# Refusals


def wrong_password(left: int) -> str:
    return f"The portal did not accept user name and password.{_tries(left)}"


def no_password() -> tuple[str, ...]:
    return (_BY_BROWSER,)


def wrong_code(left: int) -> str:
    return f"The portal did not accept the code.{_tries(left)}"


def no_code() -> tuple[str, ...]:
    return ("Run this again with a fresh code, and check the clock of the device that shows it.",)


def _tries(left: int) -> str:
    return f" Tries left: {left}." if left else ""


def hurdle(reason: str) -> tuple[str, ...]:
    """Return why there is no key, and what to do."""
    return _HURDLES[reason]


def no_key(error: PortalError) -> tuple[str, ...]:
    """Return why the portal gave none, where nothing typed has caused it."""
    match error:
        case PortalUnpaidError(portal=portal):
            return (f"The plan of {host(portal)} is not paid.", "Ask your portal administrator.")
        case PortalClosedError(portal=portal):
            return (
                f"There is no portal in use at {host(portal)}.",
                "Ask your portal administrator.",
            )
        case PortalAwayError(portal=portal) | OutcomeUnknownError(portal=portal):
            return away(portal)
    return (
        "The portal gave no key and did not say why.",
        "It may accept sign-ins from certain networks only. Ask your portal administrator.",
    )


def useless(error: AccountError) -> tuple[str, ...]:
    """Return why the key of this person would be refused in Slack."""
    end = "The sign-in stays among your active connections on the portal; you can end it there."
    match error:
        case GuestError():
            return ("You are a guest of this portal, and guests have no CRM.", end)
        case CrmClosedError():
            return (
                "This account cannot use CRM. A portal administrator can turn it on.",
                end,
            )
    return ("The portal does not accept the key that it has just given out.", "Try again.")


# The key


def key_of(name: str, email: str, until: datetime | None) -> tuple[str, ...]:
    who = " ".join(part for part in (clean(name), f"({clean(email)})" if email else "") if part)
    return (f"This is the key of {who or 'your account'}.", *_until(until))


def key_of_somebody(until: datetime | None) -> tuple[str, ...]:
    return ("The portal gave a key, but did not say yet whose it is.", *_until(until))


def _until(until: datetime | None) -> tuple[str, ...]:
    return (f"It works until {until.astimezone():%Y-%m-%d %H:%M %Z}.",) if until else ()


def what_now(portal: str) -> tuple[str, ...]:
    place = host(portal)
    return (
        "Type `/attach connect` in Slack and paste the key into the form, nowhere else.",
        f"To end it: sign in to {place} and look for active connections in your profile.",
    )
