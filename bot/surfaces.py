"""The Bolt app, with every surface of Slack that the bot listens to."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from slack_bolt.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_sdk.web.async_client import AsyncWebClient

import handlers.attach_command
import handlers.attach_form
import handlers.buttons
import handlers.connecting
import handlers.events
import handlers.forgetting
import handlers.hearing
import handlers.message_shortcut
import handlers.record_menu
import handlers.sharing

if TYPE_CHECKING:
    import aiohttp

    from bot.installation import Identity
    from bot.services import Services
    from bot.settings import Settings

SURFACES = (
    handlers.hearing,
    handlers.attach_command,
    handlers.message_shortcut,
    handlers.attach_form,
    handlers.buttons,
    handlers.connecting,
    handlers.events,
    handlers.forgetting,
    handlers.record_menu,
    handlers.sharing,
)


def bolt_app(
    settings: Settings, session: aiohttp.ClientSession, identity: Identity, services: Services
) -> AsyncApp:
    """Return the Bolt app with every surface.

    It answers only after a listener has stored its work, checks no signature (the gate did) and
    asks Slack nothing on the way. Its client bears no token: `authorize` gives it one a request.
    """
    token = settings.bot_token.get_secret_value()

    async def authorize(enterprise_id: str | None, team_id: str | None) -> AuthorizeResult:
        return AuthorizeResult(
            enterprise_id=enterprise_id,
            team_id=team_id or identity.team,
            bot_token=token,
            bot_user_id=identity.bot_user,
            bot_id=identity.bot_id,
        )

    app = AsyncApp(
        name="attachbot",
        # Bolt warns that it does not use the token of the environment: that is what is wanted.
        logger=_quiet("attachbot.bolt", logging.ERROR),
        client=AsyncWebClient(base_url=settings.slack_api_url, session=session, retry_handlers=[]),
        authorize=authorize,
        signing_secret="",
        process_before_response=True,
        request_verification_enabled=False,
        ssl_check_enabled=False,
        attaching_function_token_enabled=False,
        attaching_conversation_kwargs_enabled=False,
    )
    for surface in SURFACES:
        surface.register(app, services)
    return app


def _quiet(name: str, level: int) -> logging.Logger:
    logger = logging.getLogger(name)
    logger.setLevel(level)
    return logger
