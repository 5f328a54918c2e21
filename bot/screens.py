"""What the bot does with forms that are on somebody's screen already, and asks of messages."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import aiohttp
import structlog
from slack_sdk.errors import SlackApiError, SlackClientError

from bot.errors import SlackError
from bot.slack_word import word_of

if TYPE_CHECKING:
    from slack_sdk.web.async_client import AsyncWebClient

    from bot.domain import View

log = structlog.get_logger()

CALL_SECONDS = 5.0
PERMALINK_SECONDS = 3.0
TRIES = 3
PAUSE_SECONDS = 0.2
_PASSING = frozenset(
    {"fatal_error", "internal_error", "ratelimited", "request_timeout", "service_unavailable"}
)
_UNANSWERED = (aiohttp.ClientError, TimeoutError, SlackClientError, AttributeError)
"""AttributeError: what slack-sdk makes of a plain text with status 200."""


class Screens:
    """Changes forms; to show the same once more does no harm, so what may pass is tried again."""

    def __init__(self, slack: AsyncWebClient) -> None:
        self._slack = slack

    async def show(self, view: View, *, on: str, hash_: str = "") -> None:
        """Show `view` in place of the form `on`; `hash_` is what it looked like (if not "").

        Raises:
            SlackError: the form is not there, changed meanwhile, or Slack is away.

        """
        unchanged = {"hash": hash_} if hash_ else {}
        for left in reversed(range(TRIES)):
            code = await self._shown(view_id=on, view=view, **unchanged)
            if not code:
                return
            if code not in _PASSING or not left:
                raise SlackError(code)
            await asyncio.sleep(PAUSE_SECONDS)

    async def _shown(self, **given: Any) -> str:  # noqa: ANN401  (what the SDK takes)
        """Return nothing, or why Slack did not do it."""
        try:
            # The SDK applies its own timeout only to sessions of its own.
            async with asyncio.timeout(CALL_SECONDS):
                await self._slack.views_update(**given)
        except SlackApiError as error:
            return _word(error)
        except _UNANSWERED:
            return "service_unavailable"
        return ""

    async def permalink(self, channel: str, ts: str) -> str:
        """Return the address of a message, or "" where Slack does not tell."""
        try:
            async with asyncio.timeout(PERMALINK_SECONDS):
                answer = await self._slack.chat_getPermalink(channel=channel, message_ts=ts)
        except SlackApiError as error:
            log.info("no_permalink", code=_word(error))
            return ""
        except _UNANSWERED:
            return ""
        return str(answer.get("permalink") or "")


def _word(error: SlackApiError) -> str:
    """Return Slack's word; a page of something in front of Slack has none."""
    data = getattr(error.response, "data", None)
    return word_of(data) if isinstance(data, dict) else "service_unavailable"
