"""Asking Slack for a file: what it is, until Slack knows it, and then for its bytes."""

from __future__ import annotations

import asyncio
import dataclasses
import itertools
import time
from contextlib import asynccontextmanager
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin

import aiohttp
from slack_sdk.errors import SlackApiError, SlackClientError

from bot import errors
from bot.slack_files.stream import CHUNK, opened
from bot.slack_files.wire import Rules, share_in, slack_file
from bot.slack_hosts import FileHosts
from bot.slack_word import word_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping

    from slack_sdk.web.async_client import AsyncWebClient

    from bot.slack_file import SlackFile
    from bot.slack_files.stream import SlackBytes
    from bot.slack_files.wire import Share

MOST_HOPS = 3
"""Redirects that are followed on the way to a file."""

SLOWEST = 256 * 1024
"""Bytes a second below which a file is given up."""

_FIRST_PAUSE = 0.5
_LOOKS_FOR_SHARE = 3
"""So often is asked for the message of a file that is known already."""
_LAST_CALL = 2.0
"""Seconds that the last question has, when there is no time left for another."""
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_HIDDEN = frozenset({"access_denied", "channel_not_found", "file_not_found", "not_in_channel"})
_PASSING = frozenset(
    {
        "fatal_error",
        "internal_error",
        "rate_limited",
        "ratelimited",
        "request_timeout",
        "service_unavailable",
    }
)
# A new file is asked for before Slack knows it everywhere, or whose it is.
_MAY_CHANGE = (
    errors.SlackFileTroubleError,
    errors.SlackFileHiddenError,
    errors.SlackFileForeignError,
)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long is waited, in seconds, and how.

    `look` is for a file to become ready, `call` for one answer about it. `connect` is for a
    connection to its bytes, `idle` for the next of them, and `transfer` for all of them, beside
    what they take at the slowest pace.
    """

    look: float = 15
    call: float = 10
    connect: float = 5
    idle: float = 20
    transfer: float = 30
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    seconds: Callable[[], float] = time.monotonic


@dataclasses.dataclass(frozen=True, slots=True)
class Sight:
    """What a file is, or why it cannot be taken, and the message that it was shared in.

    `share` is None where Slack does not tell.
    """

    file: SlackFile | errors.SlackFileRefusedError | errors.SlackFileTroubleError
    share: Share | None = None


class SlackFiles:
    """Looks at files in Slack and opens them.

    `slack` must bear the bot's token and have no retry handlers. `session` must keep no cookies.
    Nothing here changes anything, so whatever may pass can be tried again.
    """

    def __init__(
        self,
        slack: AsyncWebClient,
        session: aiohttp.ClientSession,
        blocked: Collection[str] = (),
        patience: Patience | None = None,
    ) -> None:
        self._slack = slack
        self._session = session
        self._blocked = blocked
        self._patience = patience or Patience()
        self._hosts = FileHosts.of(slack.base_url)

    async def look(
        self, file_id: str, *, channel: str = "", largest: int | None = None, asker: str = ""
    ) -> SlackFile:
        """Ask Slack what a file is, again and again while it may not know it yet.

        `channel` is where somebody saw it, `largest` the most bytes that the portal takes. `asker`
        is the id of the person who has to be known to see it, or "" where they certainly do.

        Raises:
            SlackFileRefusedError: it cannot go to CRM.
            SlackFileTroubleError: it could not be learned in time.

        """
        rules = Rules(blocked=self._blocked, largest=largest, asker=asker)
        seen = await self._seen(file_id, channel, rules, _is_known)
        if isinstance(seen.file, errors.BotError):
            raise seen.file
        return seen.file

    async def look_where(self, file_id: str, channel: str) -> Sight:
        """Ask Slack the same, and in which message of a conversation the file was shared last."""
        return await self._seen(file_id, channel, Rules(blocked=self._blocked), _is_placed)

    async def _seen(
        self, file_id: str, channel: str, rules: Rules, enough: Callable[[Sight, int], bool]
    ) -> Sight:
        """Look until it is `enough`, given what was seen and how often was looked."""
        until = self._patience.seconds() + self._patience.look
        pause = _FIRST_PAUSE
        for looks in itertools.count(1):
            sight = await self._sight(file_id, channel, rules, until)
            left = until - self._patience.seconds()
            wish = sight.file.after if isinstance(sight.file, errors.SlackFileAwayError) else 0
            if enough(sight, looks) or left <= 0 or wish > left:
                return sight
            await self._patience.sleep(min(max(pause, wish), left))
            pause *= 2
        raise AssertionError  # the loop has no other end

    async def _sight(self, file_id: str, channel: str, rules: Rules, until: float) -> Sight:
        try:
            described = await self._described(file_id, channel, until)
        except (errors.SlackFileRefusedError, errors.SlackFileTroubleError) as error:
            return Sight(error)
        share = share_in(described, channel)
        try:
            return Sight(slack_file(described, rules, channel), share)
        except (errors.SlackFileRefusedError, errors.SlackFileTroubleError) as error:
            return Sight(error, share)

    @asynccontextmanager
    async def open(self, file: SlackFile) -> AsyncIterator[SlackBytes]:
        """Open a file that was looked at, for the length of the block.

        Raises:
            SlackFileRefusedError: Slack does not hand it over.
            SlackFileTroubleError: not now.

        """
        answer = await self._answer(file)
        try:
            if answer.status != HTTPStatus.OK:
                raise _no_file(answer, file)
            yield await opened(file, answer)
        finally:
            answer.close()

    async def _described(self, file_id: str, channel: str, until: float) -> Mapping[str, Any]:
        left = max(until - self._patience.seconds(), _LAST_CALL)
        try:
            # The SDK applies its own timeout only to sessions of its own.
            async with asyncio.timeout(min(left, self._patience.call)):
                answer = await self._slack.files_info(file=file_id)
        except SlackApiError as error:
            raise _refusal(error, file_id, channel) from error
        except (aiohttp.ClientError, TimeoutError, SlackClientError) as error:
            raise errors.SlackFileAwayError(file_id) from error
        except AttributeError as error:  # what slack-sdk makes of a plain text with status 200
            raise errors.SlackFileAwayError(file_id) from error
        described = answer.get("file")
        if not isinstance(described, dict):
            raise errors.SlackFileAwayError(file_id)
        return {**described, "id": file_id}

    async def _answer(self, file: SlackFile) -> aiohttp.ClientResponse:
        """Return the first answer that is no redirect; hosts are checked at every hop."""
        url = file.url
        for _ in range(MOST_HOPS + 1):
            if not self._hosts.serve(url):
                break
            answer = await self._got(url, file)
            if answer.status not in _REDIRECTS:
                return answer
            answer.close()
            url = _joined(url, answer.headers.get("Location", ""))
        raise errors.SlackFileWithheldError(file.id, file.name)

    async def _got(self, url: str, file: SlackFile) -> aiohttp.ClientResponse:
        token = {"Authorization": f"Bearer {self._slack.token}"} if self._hosts.trust(url) else {}
        try:
            return await self._session.get(
                url,
                headers={"Accept-Encoding": "identity", **token},
                allow_redirects=False,
                auto_decompress=False,
                read_bufsize=CHUNK,
                timeout=aiohttp.ClientTimeout(
                    total=self._patience.transfer + file.size / SLOWEST,
                    sock_connect=self._patience.connect,
                    sock_read=self._patience.idle,
                ),
            )
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise errors.SlackFileAwayError(file.id, file.name) from error


def _is_known(sight: Sight, _: int) -> bool:
    return not isinstance(sight.file, _MAY_CHANGE)


def _is_placed(sight: Sight, looks: int) -> bool:
    """Say whether both are known; a file that cannot be had is in no message that matters."""
    placed = sight.share is not None or isinstance(sight.file, errors.BotError)
    return _is_known(sight, looks) and (placed or looks >= _LOOKS_FOR_SHARE)


def _refusal(error: SlackApiError, file_id: str, channel: str) -> errors.BotError:
    """Return what a refusal of files.info means."""
    answer = error.response
    data = getattr(answer, "data", None)
    # A page of something in front of Slack has no word, and may pass.
    word = word_of(data, none="service_unavailable")
    if word in _PASSING:
        return errors.SlackFileAwayError(file_id, after=_seconds(answer.headers))
    if word == "missing_scope":
        return errors.SlackFileScopeError(
            file_id, scope=word_of(data, none="files:read", name="needed")
        )
    if word == "file_deleted":
        return errors.SlackFileGoneError(file_id)
    if word in _HIDDEN:
        return errors.SlackFileHiddenError(file_id, channel=channel)
    if word.startswith("slack_connect_"):
        return errors.SlackFileForeignError(file_id)
    return errors.SlackFileDeniedError(file_id, code=word)


def _no_file(answer: aiohttp.ClientResponse, file: SlackFile) -> errors.BotError:
    """Return what an answer without the file means."""
    status = answer.status
    if status in (HTTPStatus.NOT_FOUND, HTTPStatus.GONE):
        return errors.SlackFileGoneError(file.id, file.name)
    if status == HTTPStatus.TOO_MANY_REQUESTS or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return errors.SlackFileAwayError(file.id, file.name, _seconds(answer.headers))
    if status >= HTTPStatus.BAD_REQUEST:
        return errors.SlackFileDeniedError(file.id, file.name, f"http_{status}")
    return errors.SlackFileBrokenError(file.id, file.name)


def _joined(url: str, location: str) -> str:
    """Return where a redirect leads, or "" if it leads nowhere."""
    try:
        return urljoin(url, location)
    except ValueError:
        return ""


def _seconds(headers: Mapping[str, str]) -> float:
    text = headers.get("Retry-After", "")
    return float(text) if text.isdecimal() else 0
