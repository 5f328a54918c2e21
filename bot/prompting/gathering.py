"""From single tellings of Slack's to messages: what belongs together is taken up together."""

from __future__ import annotations

import asyncio
import dataclasses
from functools import partial
from typing import TYPE_CHECKING

import structlog

from bot.alarms import Alarms
from bot.domain import SlackUser
from bot.errors import BotError, SlackFileTroubleError, StoreError
from bot.slack_file import SlackFile
from bot.slack_files.wire import Share

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from bot.sharing import Seen
    from bot.slack_files.client import Sight, SlackFiles
    from storage.sharing_ports import Shares

log = structlog.get_logger()

QUIET = 1.0
"""Seconds without another file after which a message is taken to be whole."""
LONGEST = 5.0
"""Seconds for which a stream of files is gathered at most."""
ROUNDS = 3
"""So often is looked for files that came while others were looked at."""
MOST_TRIES = 3
TRY_AGAIN = 20.0
"""Seconds until Slack is asked again for what it did not tell."""
STORE_PAUSE = 5.0
BUG_PAUSE = 60.0
MOST_AT_ONCE = 16

Key = tuple[SlackUser, str]
"""A person and a conversation."""


@dataclasses.dataclass(frozen=True, slots=True)
class Looked:
    """A file that the bot was told of, and what Slack says of it."""

    seen: Seen
    sight: Sight

    @property
    def file(self) -> SlackFile | None:
        return self.sight.file if isinstance(self.sight.file, SlackFile) else None

    @property
    def error(self) -> BotError | None:
        return self.sight.file if isinstance(self.sight.file, BotError) else None

    @property
    def name(self) -> str:
        """What it is called; the portal would keep it under this name."""
        return self.file.title if self.file else self.sight.file.name

    @property
    def size(self) -> int:
        return self.file.size if self.file else 0


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Shared:
    """The files of one message; `name` is its `ts`, or stands for it where Slack does not tell."""

    user: SlackUser
    channel: str
    name: str
    thread: str
    looked: tuple[Looked, ...]

    @property
    def seen(self) -> Sequence[Seen]:
        return [one.seen for one in self.looked]


def messages_of(user: SlackUser, channel: str, looked: Sequence[Looked]) -> Sequence[Shared]:
    """Return files by the message they stand in, the oldest first.

    Slack tells no message of some, such as deleted ones. They came at the same time as the others:
    if those are of one message, they are taken for its files, else for one of their own.
    """
    known = {one.sight.share for one in looked if one.sight.share is not None}
    [rest] = known if len(known) == 1 else [Share(f"event {_first(looked)}")]
    found: dict[tuple[str, str], list[Looked]] = {}
    for one in sorted(looked, key=lambda one: one.seen.file):
        share = one.sight.share or rest
        found.setdefault((share.ts, share.thread), []).append(one)
    return [
        Shared(user=user, channel=channel, name=name, thread=thread, looked=tuple(files))
        for (name, thread), files in sorted(found.items())
    ]


def _first(looked: Sequence[Looked]) -> str:
    return min((one.seen.event for one in looked), default="")


class Gathering:
    """Waits until a person's files have come, looks at them, and hands on each message of theirs.

    What is stored as wanted is the truth, an alarm only its clock.
    """

    def __init__(
        self,
        *,
        shares: Shares,
        slack_files: SlackFiles,
        take_up: Callable[[Shared], Awaitable[None]],
        quiet: float = QUIET,
    ) -> None:
        self._shares = shares
        self._slack_files = slack_files
        self._take_up = take_up
        self._quiet = quiet
        self._alarms: Alarms[Key] = Alarms()
        self._since: dict[Key, float] = {}
        self._running: dict[Key, asyncio.Task[None]] = {}
        self._again: set[Key] = set()
        self._tries: dict[Key, int] = {}
        self._places = asyncio.Semaphore(MOST_AT_ONCE)

    async def start(self) -> None:
        """Take up what an earlier process was told of."""
        for key in await self._shares.wanted():
            self.await_more(key)

    async def stop(self) -> None:
        """Stop: what was not handed on yet stays wanted."""
        self._alarms.clear()
        running = list(self._running.values())
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)

    def await_more(self, key: Key) -> None:
        """Take up a person's files once no more have come for a while."""
        now = asyncio.get_running_loop().time()
        since = self._since.setdefault(key, now)
        seconds = max(0.0, min(self._quiet, since + max(LONGEST, self._quiet) - now))
        self._alarms.set(key, seconds, partial(self._begin, key))

    def _begin(self, key: Key) -> None:
        self._since.pop(key, None)
        if key in self._running:
            self._again.add(key)
        else:
            self._running[key] = asyncio.create_task(self._run(key), name="gathering")

    async def _run(self, key: Key) -> None:
        pause: float | None = None
        try:
            async with self._places:
                pause = await self._hand_on(key)
        except StoreError:
            log.exception("store_failed")
            pause = STORE_PAUSE
        except Exception:  # a bug: the files stay wanted, and others go on
            log.exception("gathering_stuck", channel=key[1])
            pause = BUG_PAUSE
        finally:
            del self._running[key]
        if key in self._again:
            self._again.discard(key)
            self._begin(key)
        elif pause is not None:
            self._alarms.set(key, pause, partial(self._begin, key))

    async def _hand_on(self, key: Key) -> float | None:
        """Hand on what Slack has told of; return after how many seconds it is asked again."""
        looked = await self._looked(key)
        trouble = [one for one in looked if isinstance(one.error, SlackFileTroubleError)]
        tries = self._tries.get(key, 0) + 1
        if trouble and tries < MOST_TRIES:
            self._tries[key] = tries
            return TRY_AGAIN
        self._tries.pop(key, None)
        for message in messages_of(*key, looked):
            await self._take_up(message)
        return None

    async def _looked(self, key: Key) -> Sequence[Looked]:
        looked: dict[Seen, Looked] = {}
        for _ in range(ROUNDS):
            wanted = await self._shares.wanted_of(*key)
            fresh = [one for one in wanted if one not in looked]
            if not fresh:
                break
            found = await asyncio.gather(*(self._look(one) for one in fresh))
            looked.update(zip(fresh, found, strict=True))
        return list(looked.values())

    async def _look(self, seen: Seen) -> Looked:
        return Looked(seen, await self._slack_files.look_where(seen.file, seen.channel))
