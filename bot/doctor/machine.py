"""The doctor's look at this machine: database, disk, keys and ports."""

from __future__ import annotations

import asyncio
import errno
import shutil
from http import HTTPStatus
from typing import TYPE_CHECKING

import aiohttp
from aiohttp import web

from bot.errors import KeyMissingError, SecretError, StoreError
from bot.vault import Purpose, Vault
from bot.views import checkup_machine as words
from bot.views.checkup import Verdict
from bot.web import EVENTS_PATH, serving
from storage import checkup as databases

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.doctor.visit import Visit
    from bot.views.checkup import Finding
    from storage.checkup import Look

SPARE_PERCENT = 5.0
FULL_PERCENT = 1.0
_ANSWER = aiohttp.ClientTimeout(total=2)


async def look(visit: Visit) -> list[Finding]:
    """Return what is to be known of this machine."""
    return [
        *await visit.within("database", _stored(visit)),
        *await visit.within("disk", _disk(visit)),
        *await visit.within("port", _ports(visit)),
    ]


async def _stored(visit: Visit) -> Sequence[Finding]:
    """Look at the database, and at the keys that open it."""
    try:
        seen = await asyncio.to_thread(databases.look, visit.settings.database_url)
    except StoreError as error:
        return [words.database_unusable(error.detail), _keys(visit, None)]
    if seen is None:
        return [words.database_not_yet(), _keys(visit, databases.Look())]
    return [_database(seen), _keys(visit, seen)]


def _database(seen: Look) -> Finding:
    if seen.unknown:
        return words.database_too_new(seen.unknown)
    if seen.in_use:
        return words.database_in_use()
    return words.database_behind(seen.behind) if seen.behind else words.database_fine()


def _keys(visit: Visit, seen: Look | None) -> Finding:
    """Try the ring on what is stored; None means that it cannot be read."""
    try:
        vault = Vault.of(visit.settings.key_ring.get_secret_value())
    except SecretError as error:
        return words.keys_wrong(error.detail)
    if seen is None:
        return words.keys_untried()
    try:
        vault.check(seen.keys)
        if not seen.canary:
            return words.keys_unused()
        vault.open(Purpose.CANARY, seen.canary)
    except KeyMissingError as error:
        return _missing(error, seen)
    except SecretError:
        return words.keys_of_another_database()
    return words.keys_fine()


def _missing(error: KeyMissingError, seen: Look) -> Finding:
    if set(error.keys) == set(seen.keys):
        return words.keys_of_another_database()
    return words.keys_missing(error.keys)


async def _disk(visit: Visit) -> Sequence[Finding]:
    folder = databases.folder_of(visit.settings.database_url)
    try:
        usage = await asyncio.to_thread(shutil.disk_usage, folder)
    except OSError:
        return [words.disk_unknown()]
    percent = 100 * usage.free / usage.total if usage.total else 0.0
    return [words.disk(percent, disk_verdict(percent))]


def disk_verdict(percent: float) -> Verdict:
    """Say what so much free space means."""
    if percent > SPARE_PERCENT:
        return Verdict.OK
    return Verdict.WARNING if percent > FULL_PERCENT else Verdict.WRONG


async def _ports(visit: Visit) -> Sequence[Finding]:
    settings = visit.settings
    findings = []
    if settings.mode == "http" and settings.port:
        findings.append(await _port(visit, "ATTACHBOT_PORT", settings.port))
    if settings.admin_port:
        findings.append(await _port(visit, "ATTACHBOT_ADMIN_PORT", settings.admin_port))
    return findings


async def _port(visit: Visit, variable: str, port: int) -> Finding:
    host = visit.settings.host
    try:
        async with serving(web.Application(), host, port):
            return words.port_free(port)
    except OSError as error:
        if error.errno != errno.EADDRINUSE:
            return words.port_refused(port, host, error.strerror or type(error).__name__)
    ours = await _is_attachbot(visit.session, host, port, admin=variable == "ATTACHBOT_ADMIN_PORT")
    return words.port_of_attachbot(port) if ours else words.port_taken(variable, port)


async def _is_attachbot(
    session: aiohttp.ClientSession, host: str, port: int, *, admin: bool
) -> bool:
    """Say whether the one who listens answers as the bot does: to the operator, or to Slack.

    An unsigned request is refused there with an empty body.
    """
    place = f"http://{f'[{host}]' if ':' in host else host}:{port}"
    method, path = ("GET", "/healthz") if admin else ("POST", EVENTS_PATH)
    expected = (HTTPStatus.OK, b"ok\n") if admin else (HTTPStatus.UNAUTHORIZED, b"")
    try:
        async with session.request(
            method, place + path, allow_redirects=False, timeout=_ANSWER
        ) as answer:
            return (answer.status, await answer.content.read(100)) == expected
    except (aiohttp.ClientError, TimeoutError):
        return False
