"""Files in Slack as a model: what Slack says of each, its bytes, and what goes wrong with both."""

from __future__ import annotations

import asyncio
import dataclasses
import hashlib
import math
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import aiohttp

from bot.domain import FileId
from bot.errors import SlackFileAwayError, SlackFileGoneError
from bot.slack_files.client import Patience, SlackFiles
from bot.slack_files.stream import SlackBytes

if TYPE_CHECKING:
    import random
    from collections.abc import AsyncIterator, Iterable, Mapping, Sequence

    from bench.simulated_clock import Life
    from bench.simulated_office import Window
    from bot.slack_file import SlackFile

LARGEST = 2000
"""Bytes of a file at most, as the bot's settings say here."""
ODD: Sequence[Mapping[str, object]] = (
    {"mode": "tombstone"},
    {"mode": "hidden_by_limit"},
    {"mode": "canvas"},
    {"is_external": True},
    {"file_access": "check_file_info"},
    {"size": 0},
    {"size": LARGEST + 1},
)
"""What Slack says of files that cannot be taken for good."""
STALLED = 20.0


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Shared:
    """A file in Slack; the books of a simulation know it by `number`.

    Slack knows what it is from `ready` on, and has it until `gone`, in virtual seconds.
    """

    number: FileId
    content: bytes
    odd: Mapping[str, object] = dataclasses.field(default_factory=dict)
    ready: float = 0.0
    gone: float = math.inf

    @property
    def id(self) -> str:
        return f"F{self.number}"

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.content).hexdigest()

    def described(self, now: float) -> Mapping[str, object]:
        """Return what `files.info` says of it."""
        named = {"id": self.id, "name": title_of(self.number)}
        if now < self.ready:
            return named
        if now >= self.gone:
            return {**named, "mode": "tombstone"}
        known = {"size": len(self.content), "url_private": f"https://files.slack.com/{self.id}"}
        return {**named, **known, **self.odd}


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class SlackWeather:
    """How often looks and streams fail, and how long a piece of a file is on its way at most."""

    looks: float = 0.0
    streams: float = 0.0
    pace: float = 0.1
    outages: Sequence[Window] = ()


class Cabinet:
    """Every file in Slack; it outlives every life of the bot."""

    def __init__(self, weather: SlackWeather, dice: random.Random) -> None:
        self.weather = weather
        self.dice = dice
        self.files: dict[str, Shared] = {}

    def add(self, files: Iterable[Shared]) -> None:
        self.files |= {file.id: file for file in files}

    def away(self, now: float) -> bool:
        return any(begin <= now < end for begin, end in self.weather.outages)

    def pieces(self, file: Shared) -> tuple[list[bytes], Exception | None]:
        """Return what comes of a file, and what ends it early, if it is not its end."""
        whole, step = file.content, self.dice.randint(1, len(file.content))
        pieces = [whole[place : place + step] for place in range(0, len(whole), step)]
        if self.dice.random() >= self.weather.streams:
            return pieces, None
        left = pieces[: self.dice.randint(1, len(pieces))]
        match self.dice.choice(("cut", "stalled", "short", "edited")):
            case "cut":
                return left, aiohttp.ClientPayloadError()
            case "stalled":
                return left, TimeoutError()
            case "short":
                return left[:-1] or [whole[:1]], None
        return [*pieces, b"more"], None


def title_of(number: FileId) -> str:
    return f"{number}.pdf"


def number_in(title: str) -> FileId:
    """Return the number of what has this title."""
    return FileId(int(title.partition(".")[0]))


class _Body(aiohttp.StreamReader):
    """The bytes after the first piece."""

    def __init__(  # its base reads from a connection, and there is none
        self, pieces: list[bytes], breaks: Exception | None, pace: float, life: Life
    ) -> None:
        self._pieces = pieces
        self._breaks = breaks
        self._pace = pace
        self._life = life

    async def read(self, n: int = -1) -> bytes:
        del n
        await self._life.moment(self._pace)
        if self._pieces:
            return self._pieces.pop(0)
        if isinstance(self._breaks, TimeoutError):
            await self._life.moment(STALLED)
        if self._breaks:
            raise self._breaks
        return b""


class SimulatedSlackFiles(SlackFiles):
    """Slack's files as one life of the bot gets them; when it looks again the real one decides."""

    def __init__(self, cabinet: Cabinet, life: Life) -> None:
        self._cabinet = cabinet
        self._life = life
        self._blocked = ()
        self._patience = Patience(seconds=_now)

    async def _described(self, file_id: str, channel: str, until: float) -> Mapping[str, Any]:
        del channel, until
        await self._ask(file_id, self._cabinet.weather.looks)
        return self._cabinet.files[file_id].described(_now())

    @asynccontextmanager
    async def open(self, file: SlackFile) -> AsyncIterator[SlackBytes]:
        await self._ask(file.id, self._cabinet.weather.streams / 2)
        there = self._cabinet.files[file.id]
        if _now() >= there.gone:
            raise SlackFileGoneError(file.id, file.name)
        (head, *pieces), breaks = self._cabinet.pieces(there)
        yield SlackBytes(file, head, _Body(pieces, breaks, self._cabinet.weather.pace, self._life))

    async def _ask(self, file_id: str, trouble: float) -> None:
        cabinet = self._cabinet
        await self._life.moment(1.0)
        away = cabinet.away(_now())
        if away or cabinet.dice.random() < trouble:
            raise SlackFileAwayError(file_id, after=cabinet.dice.choice((0.0, 0.0, 5.0, 30.0)))


def _now() -> float:
    return asyncio.get_running_loop().time()
