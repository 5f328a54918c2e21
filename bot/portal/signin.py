"""Getting a key from a portal by password and second step; the person's own machine runs this.

Both steps send the password again. What fails is told without its cause: that one holds the
request, and the request the password.
"""

from __future__ import annotations

import dataclasses
from enum import StrEnum
from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.parse import quote

from pydantic import SecretStr

from bot.errors import PortalAwayError, PortalError, PortalRefusedError
from bot.portal.network import Call
from bot.portal.refusals import error_of
from bot.portal.wire import NotUnderstoodError, WireToken, decode, message_of

if TYPE_CHECKING:
    from datetime import datetime

    from bot.domain import PortalUrl
    from bot.portal.network import Network, Reply

_PATH = "authentication"


@dataclasses.dataclass(frozen=True, slots=True)
class Login:
    """Who signs in where; the user name may be an e-mail address."""

    portal: PortalUrl
    user: str
    password: SecretStr


@dataclasses.dataclass(frozen=True, slots=True)
class NewKey:
    """A key that was just given out, and when it ends; the portal may not say."""

    key: SecretStr
    until: datetime | None


@dataclasses.dataclass(frozen=True, slots=True)
class CodeWanted:
    """The password was right, and a code is due: from an app, or by SMS to `phone` (masked)."""

    by_sms: bool
    phone: str = ""


class Hurdle(StrEnum):
    """Why there is no key, where the person can do something about it."""

    WRONG = "wrong"  # user name, password or code
    LOCKED = "locked"  # too many tries in a minute
    NO_PHONE = "no_phone"  # codes come by SMS, and no phone is set
    NO_APP = "no_app"  # codes come from an app, and none is connected


Outcome = NewKey | CodeWanted | Hurdle

_HURDLES = {
    "User authentication failed": Hurdle.WRONG,
    "Login Fail. Too many attempts": Hurdle.LOCKED,
}
"""The portal's literals (ASC.Specific/AuthorizationApi/AuthenticationEntryPoint.cs)."""


async def sign_in(network: Network, login: Login, code: str = "") -> Outcome:
    """Do the first step, or with a code the second one.

    Raises:
        PortalAwayError: no answer; a try that was lost may be repeated.
        PortalError: the portal cannot be used now.

    """
    call = Call(
        portal=login.portal,
        method="POST",
        path=f"{_PATH}/{quote(code, safe='')}" if code else _PATH,
        json={"userName": login.user, "password": login.password.get_secret_value()},
        urgent=True,
    )
    try:
        reply = await network.send(call)
    except PortalError:
        reply = None
    if reply is None:  # outside of the except clause, so that the cause stays behind
        raise PortalAwayError(login.portal)
    return outcome(reply, login.portal)


def outcome(reply: Reply, portal: PortalUrl) -> Outcome:
    """Return what the portal's answer to either step means.

    Raises:
        PortalError: nothing that the person typed has caused it.

    """
    hurdle = _hurdle(reply)
    if hurdle is not None:
        return hurdle
    error = error_of(reply, portal, _PATH)
    if isinstance(error, PortalError):
        raise error
    if error is not None:
        raise PortalRefusedError(portal, reply.status)
    try:
        token = decode(reply, WireToken)
    except NotUnderstoodError:
        token = WireToken()
    found = _meaning(token)
    if found is None:  # outside of the except clause: the cause may hold the key
        raise PortalRefusedError(portal, reply.status)
    return found


def _hurdle(reply: Reply) -> Hurdle | None:
    # a wrong password is an inner error of the portal; only its message tells
    if reply.status != HTTPStatus.INTERNAL_SERVER_ERROR:
        return None
    return _HURDLES.get(message_of(reply) or "")


def _meaning(token: WireToken) -> Outcome | None:
    if token.token:
        return NewKey(SecretStr(token.token), token.expires)
    if token.sms and not token.phone_noise:
        return Hurdle.NO_PHONE
    if token.tfa and token.tfa_key:
        return Hurdle.NO_APP
    if token.sms or token.tfa:
        return CodeWanted(by_sms=token.sms, phone=token.phone_noise)
    return None
