"""Telling people of their prompts, and filing what they always want filed."""

from __future__ import annotations

import asyncio
import dataclasses
import random
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

import structlog

from bot.alarms import Alarms
from bot.errors import StoreError, TooManyWaitingError
from bot.filing.request import Extras
from bot.grammar import Attach
from bot.replies import Verdict
from bot.reply_to import ReplyTo
from bot.sharing import Answered
from bot.views.prompt import picture

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from bot.accepting import Accepting
    from bot.domain import Clock, Filing
    from bot.messenger import Messenger
    from bot.places import Places
    from bot.prompting.gathering import Shared
    from bot.prompting.likely import Likely
    from bot.prompting.making import Making
    from bot.sharing import Offer, Prompt
    from storage.sharing_ports import SharingStore

log = structlog.get_logger()

LIFE = timedelta(minutes=2)
"""How long a prompt in a channel is worth telling: later its person has gone on."""
CROWDED = timedelta(minutes=1)
"""After which an unasked filing is tried again that was one too many."""
STORE_PAUSE = 5.0
BUG_PAUSE = 60.0
STOP_SECONDS = 5.0
MOST_AT_ONCE = 16


class Asking:
    """Tells each prompt once. It is stored before, and what is stored is the truth.

    In a channel nobody waits for it, so what may have appeared is never told again. In a direct
    message it is the answer to what was sent, and told as every other answer is.
    """

    def __init__(  # noqa: PLR0913  (one for each thing it works with)
        self,
        *,
        store: SharingStore,
        making: Making,
        likely: Likely,
        accepting: Accepting,
        messenger: Messenger,
        places: Places,
        clock: Clock,
        dice: Callable[[], float] = random.random,
    ) -> None:
        self._accounts = store.accounts
        self._shares = store.shares
        self._prompts = store.prompts
        self._making = making
        self._likely = likely
        self._accepting = accepting
        self._messenger = messenger
        self._is_closed = places.is_closed
        self._clock = clock
        self._dice = dice
        self._alarms: Alarms[str] = Alarms()
        self._running: dict[str, asyncio.Task[None]] = {}
        self._again: set[str] = set()
        self._places = asyncio.Semaphore(MOST_AT_ONCE)
        self._stopping = False

    async def start(self) -> None:
        """Go on with what an earlier process left."""
        for prompt in await self._prompts.due():
            self.wake(prompt.id)

    async def stop(self) -> None:
        """Let be told what is being told; what is not told then stays due."""
        self._alarms.clear()
        self._stopping = True
        running = list(self._running.values())
        if not running:
            return
        _, late = await asyncio.wait(running, timeout=STOP_SECONDS)
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)

    async def take_up(self, message: Shared) -> None:
        """Store what is to be asked about a message, or let its files go."""
        made = await self._making.prompt(message)
        prompt = made and await self._prompts.open(made, message.seen)
        if prompt is None:
            await self._shares.drop(message.seen)
        else:
            self.wake(prompt.id)

    def wake(self, id_: str) -> None:
        """Tell of a prompt, if anything is to be told."""
        self._alarms.drop(id_)
        if self._stopping:
            return
        if id_ in self._running:
            self._again.add(id_)
        else:
            self._running[id_] = asyncio.create_task(self._run(id_), name=f"prompt {id_}")

    async def accept(self, prompt: Prompt, offer: Offer, reply: ReplyTo) -> Filing:
        """File what a prompt is about: once, however often this is called.

        Raises:
            TypingError, StoreError: see `Accepting.accept`.

        """
        filing, _ = await self._accepting.accept(
            Attach(record=offer.ref, portal=offer.portal),
            by=prompt.user,
            reply=reply,
            dedupe_key=prompt.dedupe_key,
            typed=False,
            extras=Extras(shared=prompt.files),
        )
        return filing

    async def _run(self, id_: str) -> None:
        pause: float | None = None
        try:
            async with self._places:
                pause = await self._tell(id_)
        except StoreError:
            log.exception("store_failed", prompt=id_)
            pause = STORE_PAUSE
        except Exception:  # a bug: it stays due, and others go on
            log.exception("prompt_stuck", prompt=id_)
            pause = BUG_PAUSE
        finally:
            del self._running[id_]
        if id_ in self._again:
            self._again.discard(id_)
            self.wake(id_)
        elif pause is not None and not self._stopping:
            self._alarms.set(id_, pause, partial(self.wake, id_))

    async def _tell(self, id_: str) -> float | None:
        """Tell what is due; return after how many seconds it is tried again."""
        prompt = await self._prompts.get(id_)
        while prompt is not None and not self._stopping and await self._is_due(prompt):
            if prompt.wake_at is not None and prompt.wake_at > self._clock():
                return (prompt.wake_at - self._clock()).total_seconds()
            prompt = await self._told(prompt)
        return None

    async def _is_due(self, prompt: Prompt) -> bool:
        if prompt.wake_at is not None:
            return True
        # Who was told to connect first, and has, is asked now.
        open_ = prompt.unconnected and prompt.answered is None
        return open_ and bool(await self._accounts.of(prompt.user))

    async def _told(self, prompt: Prompt) -> Prompt:
        """Return the prompt as it stands after one try to tell it."""
        if self._is_closed(prompt.channel):  # since it was stored
            return await self._saved(prompt, wake_at=None, unconnected=False)
        if prompt.answered is Answered.ALWAYS:
            place = ReplyTo(channel=prompt.channel, thread=prompt.reply.thread)
            try:
                await self.accept(prompt, prompt.offers[0], place)
            except TooManyWaitingError:  # nobody was told of it, so nobody sends it again
                return await self._saved(prompt, wake_at=self._clock() + CROWDED)
            return await self._saved(prompt, wake_at=None)
        if prompt.answered is not None or self._is_late(prompt):
            return await self._saved(prompt, wake_at=None, unconnected=False)
        unconnected = bool(prompt.files) and not await self._accounts.of(prompt.user)
        if prompt.direct and prompt.files and not (unconnected or prompt.offers):
            prompt = dataclasses.replace(prompt, offers=await self._likely.of(prompt))
        message = picture(prompt, unconnected=unconnected)
        reply = self._messenger.begun(prompt.reply, message)
        wake_at = (prompt.wake_at or self._clock()) if reply.trying else None
        prompt = await self._saved(prompt, reply=reply, unconnected=unconnected, wake_at=wake_at)
        if reply.trying is None:
            log.warning("prompt_undeliverable", prompt=prompt.id, unsure=reply.unsure)
            return prompt
        outcome = await self._messenger.post(reply, prompt.user, message)
        reply, verdict = self._messenger.follow(reply, outcome, chance=self._dice())
        again = verdict is Verdict.AGAIN and (prompt.direct or not reply.direct)
        return await self._saved(prompt, reply=reply, wake_at=self._due(reply) if again else None)

    def _is_late(self, prompt: Prompt) -> bool:
        """Say whether a prompt in a channel may have been told, or comes too late."""
        old = self._clock() - prompt.created_at > LIFE
        return not prompt.direct and (old or prompt.reply.trying is not None)

    def _due(self, reply: ReplyTo) -> datetime:
        return reply.retry_at or self._clock()

    async def _saved(self, prompt: Prompt, **changes: object) -> Prompt:
        changed = dataclasses.replace(prompt, **changes)  # type: ignore[arg-type]
        await self._prompts.save(changed)
        return changed
