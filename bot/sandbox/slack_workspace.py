"""The sandbox workspace: people, channels, files and messages, and who sees which of them."""

from __future__ import annotations

import asyncio
import copy
import dataclasses
import itertools
from enum import StrEnum
from typing import TYPE_CHECKING, TypeVar

from bot.sandbox.slack_screen import SECONDS_TO_WAIT, NotOnScreenError, Shown, with_ids

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from bot.sandbox.slack_screen import Json

TEAM = "T0ACME"
OTHER_TEAM = "T0OTHER"
BOT = "U0BOT"
_T = TypeVar("_T")


@dataclasses.dataclass(kw_only=True)
class Person:
    """A member of the workspace, or a stranger who shares a channel with it."""

    id: str
    name: str
    real_name: str
    team: str = TEAM
    admin: bool = False
    guest: bool = False
    bot: bool = False
    locale: str = "en-US"


class ChannelKind(StrEnum):
    """How open a conversation is."""

    PUBLIC = "public"
    PRIVATE = "private"
    DIRECT = "direct"


@dataclasses.dataclass(kw_only=True)
class Channel:
    """A conversation; `shared` is True when another company takes part (Slack Connect)."""

    id: str
    name: str
    members: set[str]
    kind: ChannelKind = ChannelKind.PUBLIC
    shared: bool = False


@dataclasses.dataclass(kw_only=True)
class StoredFile:
    """A file that lies in Slack; the fields that a test may bend are plain attributes.

    `size` is what Slack says, by default the length of `content`. So many calls of files.info do
    not find it yet (`late`), then so many find it half-made (`processing`). `file_access` is what
    payloads say, `info_access` what files.info says, of a file of another company. A download is
    led to `moved_to`, and its length is not announced if it comes in `chunked` form.
    """

    id: str
    name: str | None
    content: bytes = dataclasses.field(repr=False)
    user: str
    channel: str
    created: int
    mimetype: str = "application/octet-stream"
    title: str | None = None
    mode: str = "hosted"
    file_access: str = "visible"
    info_access: str = "visible"
    is_external: bool = False
    size: int | None = None
    late: int = 0
    processing: int = 0
    moved_to: str = ""
    chunked: bool = False


@dataclasses.dataclass(kw_only=True)
class Message:
    """A message as it stands now; `only_for` is the one person who sees an ephemeral one."""

    ts: str
    channel: str
    author: str
    text: str
    blocks: list[Json] = dataclasses.field(default_factory=list)
    thread: str = ""
    only_for: str = ""
    files: list[StoredFile] = dataclasses.field(default_factory=list)
    reactions: dict[str, set[str]] = dataclasses.field(default_factory=dict)
    edited: bool = False
    cause: int = 0
    number: int = 0


class News:
    """Wakes those who wait for something to become true."""

    def __init__(self) -> None:
        self._waiting: set[asyncio.Future[None]] = set()

    def tell(self) -> None:
        """Let everybody who waits look again."""
        for waiter in self._waiting:
            if not waiter.done():
                waiter.set_result(None)

    async def until(
        self, look: Callable[[], _T | None], what: str, seconds: float = SECONDS_TO_WAIT
    ) -> _T:
        """Return the first thing that `look` finds; raise when there is none in time."""
        try:
            async with asyncio.timeout(seconds):
                while not (found := look()):
                    await self._next()
        except TimeoutError:
            raise NotOnScreenError(f"waited {seconds} s for {what}") from None
        return found

    async def _next(self) -> None:
        waiter = asyncio.get_running_loop().create_future()
        self._waiting.add(waiter)
        try:
            await waiter
        finally:
            self._waiting.discard(waiter)


class Workspace:
    """Who and what is there. `history` keeps how every message looked, one after the other."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self.clock = clock
        self.news = News()
        self.people = {person.id: person for person in _people()}
        self.channels = {channel.id: channel for channel in _channels()}
        for person in self.people.values():
            if person.team == TEAM and not person.bot:
                self.direct(person.id)
        self.files: dict[str, StoredFile] = {}
        self.messages: dict[str, Message] = {}
        self.history: list[Shown] = []
        self.number = 0
        self._times = itertools.count(1)

    def new_id(self, prefix: str) -> str:
        """Return an id that nothing else has."""
        return f"{prefix}{next(self._times):09d}"

    def new_ts(self) -> str:
        """Return a time as Slack writes it, which also names a message."""
        return f"{int(self.clock())}.{next(self._times):06d}"

    def tick(self) -> int:
        """Count one more appearance or change, of a message or a view."""
        self.number += 1
        return self.number

    def direct(self, user: str) -> Channel:
        """Return the conversation of a person with the bot."""
        channel = f"D{user[1:]}"
        if channel not in self.channels:
            self.channels[channel] = Channel(
                id=channel, name="directmessage", members={user, BOT}, kind=ChannelKind.DIRECT
            )
        return self.channels[channel]

    def post(self, message: Message) -> Message:
        """Put a message into its channel."""
        message.blocks = with_ids(copy.deepcopy(message.blocks), f"b{message.ts[-4:]}")
        self.messages[message.ts] = message
        self._appeared(message)
        return message

    def change(self, message: Message, text: str, blocks: Sequence[Json], cause: int = 0) -> None:
        """Let a message say something else."""
        message.text = text
        message.blocks = with_ids(copy.deepcopy(list(blocks)), f"c{message.ts[-4:]}")
        message.edited = True
        message.cause = cause
        self._appeared(message)

    def remove(self, message: Message) -> None:
        """Take a message away."""
        self.messages.pop(message.ts, None)
        self.news.tell()

    def message(self, channel: str, ts: str) -> Message | None:
        """Return the message of a channel that all its members see."""
        found = self.messages.get(ts)
        return found if found and found.channel == channel and not found.only_for else None

    def sees(self, user: str, shown: Shown | Message) -> bool:
        """Whether a person can see this message."""
        only_for = shown.only_for if isinstance(shown, Message) else shown.user
        if only_for:
            return only_for == user
        return user in self.channels[shown.channel].members

    def seen(self, user: str, channel: str) -> list[Shown]:
        """Return what a person sees in a channel now, oldest first."""
        return [
            dataclasses.replace(_picture(message), user=user)
            for message in self.messages.values()
            if message.channel == channel and self.sees(user, message)
        ]

    def _appeared(self, message: Message) -> None:
        message.number = self.tick()
        self.history.append(_picture(message))
        self.news.tell()


def _picture(message: Message) -> Shown:
    return Shown(
        ts=message.ts,
        channel=message.channel,
        author=message.author,
        text=message.text,
        blocks=tuple(copy.deepcopy(message.blocks)),
        thread=message.thread,
        ephemeral=bool(message.only_for),
        user=message.only_for,
        files=tuple({"id": file.id, "name": file.name} for file in message.files),
        number=message.number,
        cause=message.cause,
    )


def _people() -> list[Person]:
    return [
        Person(id=BOT, name="crm_attach", real_name="CRM Attach", bot=True),
        Person(id="U0ANA", name="ana", real_name="Ana Reyes", admin=True),
        Person(id="U0BEN", name="ben", real_name="Ben Ito"),
        Person(id="U0GIA", name="gia", real_name="Gia (guest)", guest=True),
        Person(id="U0HAL", name="hal", real_name="Another bot", bot=True),
        Person(id="U0ZOE", name="zoe", real_name="Zoe (other company)", team=OTHER_TEAM),
    ]


def _channels() -> list[Channel]:
    private = ChannelKind.PRIVATE
    return [
        Channel(id="C0SALES", name="sales", members={"U0ANA", "U0BEN", "U0GIA", "U0HAL", BOT}),
        Channel(id="C0DEALS", name="deals", members={"U0ANA", "U0BEN", BOT}, kind=private),
        Channel(id="C0RANDOM", name="random", members={"U0ANA", "U0BEN"}),
        Channel(id="C0SECRET", name="secret", members={"U0ANA", "U0BEN"}, kind=private),
        Channel(id="C0PARTNER", name="partner", members={"U0ANA", "U0ZOE", BOT}, shared=True),
        Channel(
            id="D0ANABEN",
            name="directmessage",
            members={"U0ANA", "U0BEN"},
            kind=ChannelKind.DIRECT,
        ),
    ]
