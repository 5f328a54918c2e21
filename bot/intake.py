"""How Slack's deliveries come in: sockets that the bot opens, or a site that it serves."""

from __future__ import annotations

import dataclasses
import logging
from typing import TYPE_CHECKING

import aiohttp
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.errors import SettingsError, SlackError
from bot.web import EVENTS_PATH, serving, slack_site

if TYPE_CHECKING:
    from collections.abc import Sequence
    from contextlib import AsyncExitStack

    from aiohttp import web

    from bot.settings import Settings
    from bot.web import Inside

CONNECTIONS = 2
"""Sockets at the same time: Slack closes one before its successor is up, and repeats no command."""


@dataclasses.dataclass(frozen=True, slots=True)
class Intake:
    """An open way in: `url` is where Slack posts to, in HTTP mode."""

    url: str = ""
    sockets: Sequence[AsyncSocketModeHandler] = ()

    async def is_open(self) -> bool:
        """Say whether anything can come in; the sockets reconnect by themselves."""
        if not self.sockets:
            return True
        return any([await socket.client.is_connected() for socket in self.sockets])


async def open_intake(
    settings: Settings, inside: Inside, session: aiohttp.ClientSession, stack: AsyncExitStack
) -> Intake:
    """Let Slack's deliveries in until the stack closes.

    Raises:
        SettingsError: the port is taken.
        SlackError: Slack refuses the app token, or does not answer.

    """
    if settings.app_token is None:
        site = slack_site(inside, settings.signing_secrets)
        url = await served(stack, "ATTACHBOT_PORT", site, settings.host, settings.port)
        return Intake(url + EVENTS_PATH)
    token = settings.app_token.get_secret_value()
    logger = logging.getLogger("attachbot.socket")
    logger.setLevel(logging.WARNING)
    sockets = []
    for _ in range(CONNECTIONS):
        client = AsyncWebClient(base_url=settings.slack_api_url, session=session)
        socket = AsyncSocketModeHandler(inside.bolt, token, logger=logger, web_client=client)
        stack.push_async_callback(socket.close_async)
        await _connect(socket)
        sockets.append(socket)
    return Intake(sockets=sockets)


async def _connect(socket: AsyncSocketModeHandler) -> None:
    try:
        await socket.connect_async()  # type: ignore[no-untyped-call]  # Bolt leaves it untyped
    except SlackApiError as error:
        raise SlackError(str(error.response.get("error", "unknown"))) from error
    except aiohttp.ClientError as error:
        raise SlackError("connection") from error


async def served(
    stack: AsyncExitStack, name: str, site: web.Application, host: str, port: int
) -> str:
    """Serve a site until the stack closes, and return its address; `name` is the port's setting.

    Raises:
        SettingsError: the port is taken.

    """
    try:
        return await stack.enter_async_context(serving(site, host, port))
    except OSError as error:
        problem = f"{name} cannot be used: {host}:{port} is taken or not on this machine."
        raise SettingsError((problem,)) from error
