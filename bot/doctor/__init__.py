"""`attachbot doctor`: looks at everything that the bot stands on, and says what to do."""

from __future__ import annotations

import asyncio
import platform
import ssl
from importlib.metadata import version
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import aiohttp

from bot.app import now
from bot.doctor import machine, portals, slack
from bot.doctor.visit import Visit
from bot.errors import SettingsError
from bot.loading import load
from bot.portal.network import open_network
from bot.views import checkup
from bot.views.checkup import Verdict
from bot.views.checkup_screen import Screen

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from bot.domain import Clock
    from bot.settings import Settings
    from bot.views.checkup import Finding

PATIENCE = 10.0
"""Seconds that one check may take."""
WRONG_SETTINGS = 2
_LIBRARIES = ("slack-bolt", "slack-sdk", "aiohttp", "httpx", "cryptography")


async def examine() -> int:
    """Print every finding, and return 1 if something is wrong; 2 if the settings are."""
    screen = Screen()
    try:
        settings = load()
    except SettingsError as error:
        problems = [checkup.setting_problem(problem) for problem in error.problems]
        for problem in problems:
            screen.show(problem)
        screen.end(problems, _facts())
        return WRONG_SETTINGS
    found = await examination(settings, screen.show)
    screen.end(found, _facts(settings))
    return int(any(finding.verdict is Verdict.WRONG for finding in found))


async def examination(
    settings: Settings,
    show: Callable[[Finding], None],
    *,
    clock: Clock = now,
    tls: ssl.SSLContext | None = None,
    patience: float = PATIENCE,
) -> list[Finding]:
    """Show every finding in a fixed order, as soon as that can be; return them all."""
    tls = tls or ssl.create_default_context()
    found = _of_settings(settings)
    for finding in found:
        show(finding)
    async with (
        aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar(), trust_env=False) as session,
        open_network(settings.portal_networks, tls) as network,
        asyncio.TaskGroup() as group,
    ):
        visit = Visit(
            settings=settings,
            session=session,
            network=network,
            tls=tls,
            clock=clock,
            patience=patience,
        )
        looks = (
            slack.look(visit),
            *(portals.look(visit, portal) for portal in settings.portals),
            machine.look(visit),
        )
        for task in [group.create_task(look) for look in looks]:
            for finding in await task:
                show(finding)
                found.append(finding)
    return found


def _of_settings(settings: Settings) -> list[Finding]:
    rotating = settings.mode == "http" and len(settings.signing_secrets) > 1
    fine = checkup.settings_fine(settings.mode)
    return [fine, checkup.two_signing_secrets()] if rotating else [fine]


def _facts(settings: Settings | None = None) -> Iterable[str]:
    """Yield what support needs to know: versions, mode and hosts."""
    yield f"attachbot {version('attachbot')}, Python {platform.python_version()}"
    yield f"{platform.system()} {platform.release()} {platform.machine()}"
    yield ", ".join(f"{library} {version(library)}" for library in _LIBRARIES)
    if settings is not None:
        hosts = ", ".join(urlsplit(portal).netloc for portal in settings.portals)
        slack_host = urlsplit(settings.slack_api_url).netloc
        yield f"mode {settings.mode}, Slack {slack_host}, portal {hosts}"
