"""How Slack's deliveries come in: sockets that the bot opens, or a site that it serves."""

from __future__ import annotations

import dataclasses
import time
from functools import partial
from typing import TYPE_CHECKING

from slack_bolt.adapter.socket_mode.async_internals import run_async_bolt_app, send_async_response
from slack_sdk.web.async_client import AsyncWebClient

from bot.connect_page import ConnectPage
from bot.errors import SettingsError
from bot.sockets import Connection, Pace, sockets_kept
from bot.web import EVENTS_PATH, serving, slack_site

if TYPE_CHECKING:
    from contextlib import AbstractAsyncContextManager, AsyncExitStack

    import aiohttp
    from aiohttp import web
    from slack_bolt.async_app import AsyncApp
    from slack_sdk.socket_mode.request import SocketModeRequest

    from bot.services import Services
    from bot.settings import Settings
    from bot.sockets import Sockets
    from bot.web import Inside

PACE = Pace()


@dataclasses.dataclass(frozen=True, slots=True)
class Intake:
    """An open way in: `url` is where Slack posts to, in HTTP mode."""

    url: str = ""
    sockets: Sockets | None = None

    @property
    def connections(self) -> int:
        """How many Socket Mode connections take deliveries."""
        return self.sockets.open if self.sockets else 0

    @property
    def trouble(self) -> str:
        """Why nothing can come in, or soon will not, in words for the operator; or empty."""
        return self.sockets.trouble if self.sockets else ""


async def open_intake(
    settings: Settings,
    inside: Inside,
    session: aiohttp.ClientSession,
    stack: AsyncExitStack,
    services: Services,
) -> Intake:
    """Let Slack's deliveries in until the stack closes; the site serves the connect page, too.

    Raises:
        SettingsError: the port is taken.
        SlackError: Slack refuses the app token, or does not answer.

    """
    if settings.app_token is None:
        site = slack_site(inside, settings.signing_secrets)
        if services.connect_links:
            ConnectPage(services, services.connect_links).add_to(site)
        url = await served(stack, "ATTACHBOT_PORT", site, settings.host, settings.port)
        return Intake(url + EVENTS_PATH)
    token = settings.app_token.get_secret_value()
    sockets = await stack.enter_async_context(
        bolt_sockets(inside.bolt, token, settings.slack_api_url, session)
    )
    return Intake(sockets=sockets)


def bolt_sockets(
    bolt: AsyncApp,
    token: str,
    api_url: str,
    session: aiohttp.ClientSession,
    pace: Pace = PACE,
) -> AbstractAsyncContextManager[Sockets]:
    """Return the connections whose deliveries a Bolt app answers, to be kept up for a block.

    Raises:
        SlackError: Slack refuses the app token, or does not answer.

    """
    slack = AsyncWebClient(base_url=api_url, session=session, retry_handlers=[])

    async def answer(connection: Connection, request: SocketModeRequest) -> None:
        response = await run_async_bolt_app(bolt, request)
        await send_async_response(connection, request, response, time.time())

    opened = partial(Connection.opened, slack, token, session, answer, pace.check)
    return sockets_kept(opened, pace)


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
