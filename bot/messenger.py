"""One way out to Slack: one message by one way, and what became of it."""

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

from bot import replies
from bot.errors import SecretError, SlackError
from bot.replies import UNREACHABLE, Lost, Outcome, Refused, Taken
from bot.reply_to import Posted, Way
from bot.slack_hosts import hook_hosts
from bot.slack_word import NO_WORD, word_of
from bot.unsent import never_left
from bot.vault import Purpose

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from slack_sdk.web.async_client import AsyncWebClient

    from bot.domain import Clock, Message, SlackUser
    from bot.replies import Verdict
    from bot.reply_to import ReplyTo
    from bot.vault import Vault

log = structlog.get_logger()

DEADLINE_SECONDS = 20.0
CONNECTING = aiohttp.ClientTimeout(total=30, connect=10, sock_connect=5)
"""For the session. Connecting ends well before the deadline: only then is it told apart."""
PROBE = "auth.test"
_OK = 200
# Links lead to pages that only the reader's own session may open. (Ephemeral messages take no such
# argument, and unfurl nothing.)
_PLAIN: dict[str, Any] = {"unfurl_links": False, "unfurl_media": False}


class Messenger:
    """Sends each message once; `bot.replies` says by which way, and whether again.

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
        self._hosts = hook_hosts(slack.base_url)
        self._held: dict[str, datetime] = {}

    def seal(self, url: str, user: SlackUser) -> str:
        """Return a response URL as it may be stored, or "" for one that is not Slack's."""
        if urlsplit(url).netloc.lower() not in self._hosts:
            return ""
        return self._vault.seal(Purpose.RESPONSE_URL, SecretStr(url), user.team, user.id)

    def begun(self, reply: ReplyTo, message: Message) -> ReplyTo:
        """Return the intent to say this: see `replies.begun`."""
        return replies.begun(reply, message, self._clock())

    def follow(self, reply: ReplyTo, outcome: Outcome, *, chance: float) -> tuple[ReplyTo, Verdict]:
        """Return what follows from an outcome: see `replies.follow`."""
        return replies.follow(reply, outcome, self._clock(), chance)

    async def say(self, reply: ReplyTo, user: SlackUser, message: Message) -> None:
        """Say what is stored nowhere: by the first way that does not refuse it.

        Raises:
            SlackError: no way was open; `code` is Slack's reason for the last one.

        """
        while way := (reply := self.begun(reply, message)).trying:
            outcome = await self.post(reply, user, message)
            if not isinstance(outcome, Refused):
                return
            if way in replies.LAST:
                raise SlackError(outcome.code)
            reply = replies.closed(reply, way)

    async def post(self, reply: ReplyTo, user: SlackUser, message: Message) -> Outcome:
        """Send one message by the way that is intended (`trying`), and return what became of it.

        One that may have appeared already is not sent before Slack has answered a call that
        changes nothing: it is sent again only once, so not while Slack is away.
        """
        if reply.unsure and reply.trying not in replies.REPEATABLE:
            match await self._call(PROBE, {}):
                case Refused() as refused:
                    return refused
                case Lost(code=code):
                    return Refused(code=code, passing=True)
        outcome = await self._by_way(reply, user, message)
        if not isinstance(outcome, Taken):
            log.info(
                "not_said", way=reply.trying, outcome=type(outcome).__name__, code=outcome.code
            )
        return outcome

    async def _by_way(self, reply: ReplyTo, user: SlackUser, message: Message) -> Outcome:
        said = message.payload()
        thread = {"thread_ts": reply.thread} if reply.thread else {}
        match reply.trying:
            case Way.REPLACE | Way.URL:
                return await self._by_url(reply, user, said)
            case Way.EDIT if reply.posted:
                return await self._call("chat.update", {**dataclasses.asdict(reply.posted), **said})
            case Way.EPHEMERAL:
                to = {"channel": reply.channel, "user": user.id, **thread}
                return await self._call("chat.postEphemeral", {**to, **said})
            case Way.DIRECT:
                return await self._call("chat.postMessage", {"channel": user.id, **_PLAIN, **said})
            case Way.CHANNEL:
                to = {"channel": reply.channel, **thread}
                return await self._call("chat.postMessage", {**to, **_PLAIN, **said})
        return Refused(code="no_way")

    async def _by_url(self, reply: ReplyTo, user: SlackUser, said: dict[str, Any]) -> Outcome:
        try:
            url = self._vault.open(Purpose.RESPONSE_URL, reply.sealed_url, user.team, user.id)
        except SecretError:  # a key that has left the ring closes this way only
            return Refused(code="sealed_url")
        body = {
            **said,
            **_PLAIN,
            # A response URL leads to the channel; the thread has to be named.
            **({"thread_ts": reply.thread} if reply.thread else {}),
            "response_type": "in_channel" if reply.openly else "ephemeral",
            "replace_original": reply.trying is Way.REPLACE,
        }
        try:
            async with (
                asyncio.timeout(DEADLINE_SECONDS),
                self._session.post(
                    url.get_secret_value(), json=body, allow_redirects=False
                ) as response,
            ):
                text = (await response.content.read(200)).decode("utf-8", "replace")
        except (aiohttp.ClientError, TimeoutError) as error:
            return _without_answer(error)
        if response.status == _OK:
            return Taken()
        return replies.answered(_word(text), response.status, _seconds(response.headers))

    async def _call(self, method: str, args: dict[str, Any]) -> Outcome:
        """Call a method, unless Slack has asked for peace from it (a limit holds for all)."""
        now = self._clock()
        if (until := self._held.get(method, now)) > now:
            left = (until - now).total_seconds()
            return Refused(code="ratelimited", passing=True, after=left)
        try:
            # The SDK applies its own timeout only to sessions of its own.
            async with asyncio.timeout(DEADLINE_SECONDS):
                answer = await self._slack.api_call(method, json=args)
        except SlackApiError as error:
            outcome = _refusal(error)
            if isinstance(outcome, Refused) and outcome.after:
                self._held[method] = self._clock() + timedelta(seconds=outcome.after)
            return outcome
        except (aiohttp.ClientError, TimeoutError, SlackClientError) as error:
            return _without_answer(error)
        except AttributeError:  # what slack-sdk makes of a plain text with status 200
            return Lost("garbled")
        ts = answer.get("ts")
        return Taken(Posted(str(answer["channel"]), str(ts)) if ts else None)


def _without_answer(error: Exception) -> Refused | Lost:
    if never_left(error):
        return Refused(code=UNREACHABLE, passing=True)
    return Lost("connection")


def _refusal(error: SlackApiError) -> Refused | Lost:
    """Judge a refusal; a page of something in front of Slack has no word for it."""
    answer = error.response
    word = word_of(getattr(answer, "data", None), none="")
    # slack-sdk hands over aiohttp's own answer when it could not read it.
    status: int = getattr(answer, "status_code", None) or answer.status
    return replies.answered(word, status, _seconds(answer.headers))


def _seconds(headers: Mapping[str, str]) -> float:
    text = headers.get("Retry-After", "")
    return float(text) if text.isdecimal() else 0


def _word(text: str) -> str:
    word = word_of({"error": text.strip()})
    return "" if word == NO_WORD else word
