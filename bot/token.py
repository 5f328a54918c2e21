"""`attachbot token`: a person gets a key on their own machine; nothing is stored or logged.

The key alone goes to standard output, so that it can be piped; all else goes to standard error.
"""

from __future__ import annotations

import asyncio
import ipaddress
import signal
from contextlib import contextmanager
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import click
from pydantic import SecretStr

from bot import setting_values
from bot.errors import AccountError, BotError, PortalError
from bot.portal.addresses import may_be_portal
from bot.portal.checkup import addresses, certificate_problem
from bot.portal.client import PortalClient
from bot.portal.model import Credentials
from bot.portal.network import open_network
from bot.portal.signin import CodeWanted, Hurdle, Login, NewKey, sign_in
from bot.views import signing_in as words

if TYPE_CHECKING:
    import ssl
    from collections.abc import Iterator, Sequence

    from bot.domain import PortalUrl
    from bot.portal.addresses import IPNetwork
    from bot.portal.network import Network

TRIES = 3
"""Fewer than the portal allows in a minute, both steps together."""
LOOK_SECONDS = 10.0
NO_KEY = 1
WRONG_ADDRESS = 2


class _NoKeyError(Exception):
    """There will be no key; the arguments are the lines that say why."""


async def get_token(portal: str, user: str | None, tls: ssl.SSLContext | None = None) -> int:
    """Ask for what the portal wants, and print a key.

    Return 1 if there is none, 2 if the address cannot be used.
    """
    try:
        url = _origin(portal)
        allowed = await _allowed(url)
    except ValueError as error:
        _say(str(error))
        return WRONG_ADDRESS
    async with open_network(allowed, tls) as network:
        try:
            await _check(network, url)
            name = user or _asked(words.USER)
            found = await _signed_in(network, url, name)
            about = await _about(network, url, found)
        except _NoKeyError as error:
            _say(*error.args)
            return NO_KEY
    _say(*about)
    click.echo(found.key.get_secret_value())
    _say(*words.what_now(url))
    return 0


def _origin(text: str) -> PortalUrl:
    """Return the portal of any address that people copy from their browser.

    Raises:
        ValueError: with a sentence; it is no address.

    """
    scheme, given, rest = text.strip().partition("://")
    place = (rest if given else scheme).partition("/")[0]
    try:
        return setting_values.portal(f"{scheme if given else 'https'}://{place}")
    except ValueError as error:
        raise ValueError(words.bad_address(str(error))) from None


async def _allowed(portal: PortalUrl) -> Sequence[IPNetwork]:
    """Return the addresses of the portal's host, which a person may name wherever they are.

    Raises:
        ValueError: with a sentence; the host is unknown, or its plain http would be public.

    """
    url = urlsplit(portal)
    try:
        found = await addresses(portal)
    except OSError:
        raise ValueError(words.unknown_host(url.netloc)) from None
    if url.scheme == "http":
        if any(may_be_portal(address, ()) for address in found):
            raise ValueError(words.public_http(url.netloc))
        _say(words.plain_http(url.netloc))
    return [ipaddress.ip_network(address.partition("%")[0]) for address in found]


async def _check(network: Network, portal: PortalUrl) -> None:
    """Make sure that it is a portal before anybody types a password."""
    try:
        async with asyncio.timeout(LOOK_SECONDS):
            there = await PortalClient(network).is_portal(portal)
    except PortalError as error:
        problem = certificate_problem(error)
        why = words.not_trusted(portal, problem) if problem else words.no_key(error)
        raise _NoKeyError(*why) from error
    except TimeoutError as error:
        raise _NoKeyError(*words.away(portal)) from error
    if not there:
        raise _NoKeyError(*words.no_portal(portal))


async def _signed_in(network: Network, portal: PortalUrl, user: str) -> NewKey:
    for left in reversed(range(TRIES)):
        login = Login(portal, user, SecretStr(_asked(words.password(user, portal), hidden=True)))
        match await _tried(network, login):
            case NewKey() as key:
                return key
            case CodeWanted() as wanted:
                return await _second_step(network, login, wanted)
            case Hurdle.WRONG:
                _say(words.wrong_password(left))
            case hurdle:
                raise _NoKeyError(*words.hurdle(hurdle))
    raise _NoKeyError(*words.no_password())


async def _second_step(network: Network, login: Login, wanted: CodeWanted) -> NewKey:
    for left in reversed(range(TRIES)):
        typed = _asked(words.code(by_sms=wanted.by_sms, phone=wanted.phone))
        match await _tried(network, login, "".join(filter(str.isalnum, typed)) or typed):
            case NewKey() as key:
                return key
            case Hurdle.WRONG | CodeWanted():
                _say(words.wrong_code(left))
            case hurdle:
                raise _NoKeyError(*words.hurdle(hurdle))
    raise _NoKeyError(*words.no_code())


async def _tried(network: Network, login: Login, code: str = "") -> NewKey | CodeWanted | Hurdle:
    try:
        return await sign_in(network, login, code)
    except PortalError as error:
        raise _NoKeyError(*words.no_key(error)) from error


async def _about(network: Network, portal: PortalUrl, found: NewKey) -> Sequence[str]:
    """Return whose key it is; a key that is of no use for CRM is not handed out."""
    client, by = PortalClient(network), Credentials(portal, found.key)
    try:
        owner = await client.who(by)
        await client.check_crm(by)
    except AccountError as error:
        raise _NoKeyError(*words.useless(error)) from error
    except BotError:
        return words.key_of_somebody(found.until)
    return words.key_of(owner.name, owner.email, found.until)


def _asked(question: str, *, hidden: bool = False) -> str:
    """Ask on standard error; asyncio would leave Ctrl-C waiting for the end of the prompt."""
    with _interruptible():
        answer: str = click.prompt(question, hide_input=hidden, err=True)
    return answer


@contextmanager
def _interruptible() -> Iterator[None]:
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _say(*lines: str) -> None:
    for line in lines:
        click.echo(line, err=True)
