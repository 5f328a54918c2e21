"""One way out to Slack: the response URL, then an ephemeral message, then a direct message."""

from __future__ import annotations

import asyncio
import dataclasses
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import aiohttp
import structlog
from pydantic import SecretStr
from slack_sdk.errors import SlackApiError, SlackClientError

from bot.errors import SecretError, SlackError
from bot.vault import Purpose

if TYPE_CHECKING:
    from collections.abc import Awaitable

    from slack_sdk.web.async_client import AsyncWebClient
    from slack_sdk.web.async_slack_response import AsyncSlackResponse

    from bot.domain import Clock, Message, ReplyTo, SlackUser
    from bot.vault import Vault

log = structlog.get_logger()

URL_USES = 5
URL_LIFE = timedelta(minutes=30)
"""What Slack allows of a response URL (docs.slack.dev, "Handling user interaction")."""
URL_MARGIN = timedelta(seconds=30)
DEADLINE_SECONDS = 20.0
TIMEOUT = aiohttp.ClientTimeout(total=DEADLINE_SECONDS, sock_connect=5)
MOST_FAILURES = 10
# Links lead to pages that only the reader's own session may open. (Ephemeral messages take no such
# argument, and unfurl nothing.)
_PLAIN: dict[str, Any] = {"unfurl_links": False, "unfurl_media": False}
_MAY_PASS = frozenset(
    {
        "connection",
        "ratelimited",
        "rate_limited",
        "internal_error",
        "fatal_error",
        "service_unavailable",
        "request_timeout",
    }
)


class Messenger:
    """Says each message once, by the first way that is open.

    `slack` must be a client without retry handlers: the SDK's default repeats a post when the
    connection drops, and the person reads it twice.
    """

    def __init__(
        self, slack: AsyncWebClient, session: aiohttp.ClientSession, vault: Vault, clock: Clock
    ) -> None:
        self._slack = slack
        self._session = session
        self._vault = vault
        self._clock = clock
        self._hosts = _hook_hosts(slack.base_url)

    def seal(self, url: str, user: SlackUser) -> str:
        """Return a response URL as it may be stored, or "" for one that is not Slack's."""
        if urlsplit(url).netloc.lower() not in self._hosts:
            return ""
        return self._vault.seal(Purpose.RESPONSE_URL, SecretStr(url), user.team, user.id)

    async def say(self, reply: ReplyTo, user: SlackUser, message: Message) -> ReplyTo:
        """Tell one person, and return where the next message goes.

        Raises:
            SlackError: no way was open; `code` is Slack's reason for the last one.

        """
        if self._url_usable(reply):
            try:
                await self._by_url(reply, user, message)
            except SlackError as error:
                log.info("response_url_failed", code=error.code)
            else:
                return dataclasses.replace(reply, uses=reply.uses + 1, failures=0, retry_at=None)
        if reply.channel:
            try:
                await _sent(
                    self._slack.chat_postEphemeral(
                        channel=reply.channel,
                        user=user.id,
                        thread_ts=reply.thread or None,
                        **message.payload(),
                    )
                )
            except SlackError as error:
                log.info("ephemeral_failed", code=error.code)
                if error.code in _MAY_PASS:
                    raise
            else:
                return _spent(reply)
        await _sent(self._slack.chat_postMessage(channel=user.id, **_PLAIN, **message.payload()))
        return _spent(reply)

    async def say_openly(self, reply: ReplyTo, user: SlackUser, message: Message) -> None:
        """Post where everybody in the conversation reads it, also where the bot is no member.

        Raises:
            SlackError: Slack took it by no way.

        """
        if self._url_usable(reply):
            try:
                await self._by_url(reply, user, message, openly=True)
            except SlackError as error:
                log.info("response_url_failed", code=error.code)
            else:
                return
        await _sent(
            self._slack.chat_postMessage(
                channel=reply.channel,
                thread_ts=reply.thread or None,
                **_PLAIN,
                **message.payload(),
            )
        )

    def after_failure(self, reply: ReplyTo, error: SlackError, *, chance: float) -> ReplyTo:
        """Return when to try again (`retry_at`), or no time when trying is of no use."""
        failures = reply.failures + 1
        if error.code not in _MAY_PASS or failures > MOST_FAILURES:
            return dataclasses.replace(reply, failures=failures, retry_at=None)
        pause = timedelta(seconds=1 + chance * min(2**failures, 60))
        return dataclasses.replace(reply, failures=failures, retry_at=self._clock() + pause)

    def _url_usable(self, reply: ReplyTo) -> bool:
        if not reply.sealed_url or reply.url_until is None or reply.uses >= URL_USES:
            return False
        return self._clock() < reply.url_until - URL_MARGIN

    async def _by_url(
        self, reply: ReplyTo, user: SlackUser, message: Message, *, openly: bool = False
    ) -> None:
        try:
            url = self._vault.open(Purpose.RESPONSE_URL, reply.sealed_url, user.team, user.id)
        except SecretError as error:  # a key that has left the ring closes this way only
            raise SlackError("sealed_url") from error
        body = {
            **message.payload(),
            **_PLAIN,
            "response_type": "in_channel" if openly else "ephemeral",
            "replace_original": reply.shown and not openly,
        }
        await self._post(url, body)

    async def _post(self, url: SecretStr, body: dict[str, Any]) -> None:
        try:
            async with self._session.post(
                url.get_secret_value(), json=body, timeout=TIMEOUT, allow_redirects=False
            ) as response:
                text = (await response.content.read(200)).decode("utf-8", "replace")
        except (aiohttp.ClientError, TimeoutError) as error:
            raise SlackError("connection") from error
        if response.status != 200:  # noqa: PLR2004
            raise SlackError(_word(text) or f"http_{response.status}")


async def _sent(call: Awaitable[AsyncSlackResponse]) -> None:
    try:
        # The SDK applies its own timeout only to sessions of its own.
        async with asyncio.timeout(DEADLINE_SECONDS):
            await call
    except SlackApiError as error:
        raise SlackError(_reason(error)) from error
    except (aiohttp.ClientError, TimeoutError, SlackClientError) as error:
        raise SlackError("connection") from error


def _reason(error: SlackApiError) -> str:
    """Return Slack's word; a page of something in front of Slack has none, and may pass."""
    data = getattr(error.response, "data", None)
    known = data.get("error") if isinstance(data, dict) else None
    return str(known or "service_unavailable")


def _spent(reply: ReplyTo) -> ReplyTo:
    """Return a reply address whose message cannot be replaced any more."""
    return dataclasses.replace(reply, sealed_url="", shown=False, failures=0, retry_at=None)


def _word(text: str) -> str:
    word = text.strip()
    return word if word.replace("_", "").isalnum() else ""


def _hook_hosts(base_url: str) -> frozenset[str]:
    """Return the hosts of response URLs: Slack's, or the one place that stands in for Slack."""
    host = urlsplit(base_url).netloc.lower()
    return frozenset({"hooks.slack.com"}) if host.endswith("slack.com") else frozenset({host})
