"""A sandbox Slack with one who takes files from it, and a time that passes only by waiting."""

from __future__ import annotations

import dataclasses
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import aiohttp
from slack_sdk.web.async_client import AsyncWebClient

from bot.slack_files.client import Patience, SlackFiles

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Collection

    from bot.sandbox.slack import SandboxSlack, StoredFile
    from bot.slack_file import SlackFile


@dataclasses.dataclass
class Ticker:
    """Counts seconds as they are slept."""

    pauses: list[float] = dataclasses.field(default_factory=list)

    def seconds(self) -> float:
        return sum(self.pauses)

    async def sleep(self, seconds: float) -> None:
        self.pauses.append(seconds)


@dataclasses.dataclass(frozen=True)
class Counter:
    """Where files are handed out; `pauses` are the waits between looks, in seconds."""

    slack: SandboxSlack
    files: SlackFiles
    ticker: Ticker

    @property
    def pauses(self) -> list[float]:
        return self.ticker.pauses

    @property
    def looks(self) -> int:
        return [call.method for call in self.slack.calls].count("files.info")

    async def look(self, stored: StoredFile) -> SlackFile:
        return await self.files.look(stored.id)

    async def fetch(self, file: SlackFile) -> tuple[bytes, str]:
        """Return all bytes of a file, and their digest."""
        got = bytearray()
        async with self.files.open(file) as stream:
            async for chunk in stream:
                got += chunk
        return bytes(got), stream.sha256


@asynccontextmanager
async def a_counter(
    slack: SandboxSlack,
    *,
    blocked: Collection[str] = (),
    token: str = "",
    api: str = "",
    patience: Patience | None = None,
) -> AsyncIterator[Counter]:
    ticker = Ticker()
    waits = dataclasses.replace(patience or Patience(), sleep=ticker.sleep, seconds=ticker.seconds)
    async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as session:
        client = AsyncWebClient(
            token or slack.bot_token,
            base_url=api or slack.api_url,
            session=session,
            retry_handlers=[],
        )
        yield Counter(slack, SlackFiles(client, session, blocked, waits), ticker)
