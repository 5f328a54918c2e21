"""The bot's installation in a workspace: what calls to Slack travel by, and who makes them."""

from __future__ import annotations

import asyncio
import dataclasses
from typing import TYPE_CHECKING

import aiohttp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.errors import SlackError
from bot.messenger import CONNECTING
from bot.slack_word import word_of

if TYPE_CHECKING:
    from slack_sdk.web.async_slack_response import AsyncSlackResponse

    from bot.settings import Settings

START_SECONDS = 30


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Whom Slack takes the bot for (`auth.test`).

    `enterprise` is empty unless a whole enterprise has installed the bot.
    """

    team: str
    team_name: str
    bot_user: str
    bot_id: str
    enterprise: str = ""


def slack_session() -> aiohttp.ClientSession:
    """Return what calls to Slack travel by: no cookies, no proxies, no call without an end."""
    return aiohttp.ClientSession(
        cookie_jar=aiohttp.DummyCookieJar(), trust_env=False, timeout=CONNECTING
    )


def slack_client(settings: Settings, session: aiohttp.ClientSession) -> AsyncWebClient:
    """Return the client that speaks for the bot; it repeats nothing by itself."""
    return AsyncWebClient(
        token=settings.bot_token.get_secret_value(),
        base_url=settings.slack_api_url,
        session=session,
        retry_handlers=[],
    )


async def who_am_i(slack: AsyncWebClient) -> Identity:
    """Ask Slack whom the token belongs to.

    Raises:
        SlackError: Slack refuses the token, or does not answer.

    """
    try:
        # The SDK applies its own timeout only to sessions of its own.
        async with asyncio.timeout(START_SECONDS):
            answer = await slack.auth_test()
    except SlackApiError as error:
        raise SlackError(word_of(getattr(error.response, "data", None))) from error
    except (aiohttp.ClientError, TimeoutError) as error:
        raise SlackError("connection") from error
    return Identity(
        team=str(answer["team_id"]),
        team_name=str(answer.get("team", "")),
        bot_user=str(answer["user_id"]),
        bot_id=str(answer.get("bot_id", "")),
        enterprise=_enterprise(answer),
    )


def _enterprise(answer: AsyncSlackResponse) -> str:
    return str(answer["enterprise_id"]) if answer.get("is_enterprise_install") is True else ""
