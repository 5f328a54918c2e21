"""Takes accepted filings to their end, in this process; the stored filing is the truth.

A wake-up is only an alarm clock: losing one or getting it twice changes nothing, since every run
starts from what is stored and every save names the version that it read.
"""

from __future__ import annotations

import asyncio
import dataclasses
from collections import deque
from typing import TYPE_CHECKING
from weakref import WeakValueDictionary

import structlog

from bot.domain import FilingState
from bot.errors import StaleFilingError, StoreError
from bot.filing.decide import (
    Attach,
    Copy,
    Look,
    ReadBack,
    Rest,
    Say,
    SayProgress,
    Settle,
    Share,
    Step,
    next_step,
    silence_ends,
)
from bot.rush import Rush

if TYPE_CHECKING:
    from datetime import datetime, timedelta

    from bot.domain import Clock, EntityRef, Filing, PortalUrl
    from bot.filing.steps import Steps
    from storage.ports import Filings

log = structlog.get_logger()

ON_RECORD = Look | Copy | Attach | Settle | ReadBack
AT_ONCE = 32
"""Steps under way at the same time."""
AT_HAND = 64
"""Filings of the backlog under way at the same time; with all of it, the first command waits."""
SHORTEST_SILENCE = 0.3
STORE_PAUSE = 5.0
BUG_PAUSE = 300.0


class Worker:
    """One task a filing, and an alarm for each that rests."""

    def __init__(
        self,
        *,
        filings: Filings,
        steps: Steps,
        clock: Clock,
        quarantine: timedelta,
        rush: Rush | None = None,
    ) -> None:
        self._filings = filings
        self._steps = steps
        self._clock = clock
        self._quarantine = quarantine
        self._rush = rush or Rush()
        self._places = asyncio.Semaphore(AT_ONCE)
        self._running: dict[str, asyncio.Task[None]] = {}
        self._again: set[str] = set()
        self._backlog: deque[str] = deque()
        self._left: set[str] = set()
        self._turns: WeakValueDictionary[tuple[PortalUrl, EntityRef], asyncio.Lock] = (
            WeakValueDictionary()
        )
        self._alarms: dict[str, asyncio.TimerHandle] = {}
        self._stopping = False

    @property
    def running(self) -> int:
        """How many filings are under way now."""
        return len(self._running)

    @property
    def resting(self) -> int:
        """How many filings have an alarm set."""
        return len(self._alarms)

    @property
    def stopping(self) -> bool:
        return self._stopping

    async def start(self) -> int:
        """Take up every unfinished filing and return how many there are."""
        unfinished = await self._filings.unfinished()
        now = self._clock()
        self._left.update(id_ for id_, _ in unfinished)
        for id_, at in unfinished:
            if at <= now:
                self._backlog.append(id_)
            else:
                self._alarm(id_, at)
        self._feed()
        return len(unfinished)

    def _feed(self) -> None:
        """Take up the next of the backlog as others come to rest."""
        while self._backlog and len(self._running) < AT_HAND:
            self.wake(self._backlog.popleft())

    def wake(self, id_: str) -> None:
        """Look at a filing as soon as there is room."""
        alarm = self._alarms.pop(id_, None)
        if alarm is not None:
            alarm.cancel()
        if self._stopping:
            return
        if id_ in self._running:
            self._again.add(id_)
            return
        self._running[id_] = asyncio.create_task(self._run(id_), name=f"filing {id_}")

    def watch(self, filing: Filing) -> None:
        """Look after a filing that was just stored: at once, or when its waiting ends."""
        resting = filing.state is FilingState.WAITING and not filing.unsaid
        if resting and filing.expires_at is not None:
            self._alarm(filing.id, filing.expires_at)
        else:
            self.wake(filing.id)

    async def stop(self, within: float) -> None:
        """Claim nothing more, let running steps end for `within` seconds, then cut them off."""
        self._stopping = True
        for alarm in self._alarms.values():
            alarm.cancel()
        self._alarms.clear()
        self._backlog.clear()
        running = list(self._running.values())
        if not running:
            return
        _, late = await asyncio.wait(running, timeout=within)
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)

    def _alarm(self, id_: str, at: datetime) -> None:
        seconds = (at - self._clock()).total_seconds()
        if seconds <= 0:
            self.wake(id_)
        else:
            self._alarm_in(id_, seconds)

    def _alarm_in(self, id_: str, seconds: float) -> None:
        if not self._stopping:
            loop = asyncio.get_running_loop()
            self._alarms[id_] = loop.call_later(seconds, self.wake, id_)

    async def _run(self, id_: str) -> None:
        try:
            await self._rush.give_way()
            until = await self._drive(id_)
            if until is not None:
                self._alarm(id_, until)
        except StaleFilingError:
            self._again.add(id_)
        except StoreError:
            log.exception("store_failed", filing=id_)
            self._alarm_in(id_, STORE_PAUSE)
        except Exception:
            # A bug: the filing stays as it was stored, and others go on.
            log.exception("filing_stuck", filing=id_)
            self._alarm_in(id_, BUG_PAUSE)
        finally:
            del self._running[id_]
        if id_ in self._again:
            self._again.discard(id_)
            self.wake(id_)
        self._feed()

    async def _drive(self, id_: str) -> datetime | None:
        """Take steps until the filing rests, and return when it is to be looked at again."""
        filing = await self._read(id_)
        while filing is not None and not self._stopping:
            step = next_step(filing, self._clock(), self._quarantine)
            if isinstance(step, Rest):
                return step.until
            if filing.ref is None or not isinstance(step, ON_RECORD):
                filing = await self._take(filing, step)
                continue
            turn = self._turn(filing.portal, filing.ref)
            filing = await self._take_turn(filing, turn)
            try:
                filing = await self._work_on_record(filing)
            finally:
                turn.release()
        return None

    async def _read(self, id_: str) -> Filing | None:
        """Return a filing as it is stored; one that another process left is doubted once."""
        filing = await self._filings.get(id_)
        if filing is None or id_ not in self._left:
            return filing
        doubted = self._steps.doubt(filing)
        if doubted != filing:
            filing = await self._filings.save(doubted)
        self._left.discard(id_)
        return filing

    async def _take_turn(self, filing: Filing, turn: asyncio.Lock) -> Filing:
        """Wait until nobody else works on the record; a long wait is told once."""
        if not filing.spoken:
            try:
                async with asyncio.timeout(self._silence_left(filing)):
                    await turn.acquire()
            except TimeoutError:
                filing = await self._take(filing, SayProgress())
            else:
                return filing
        await turn.acquire()
        return filing

    async def _work_on_record(self, filing: Filing) -> Filing:
        """Take steps as long as they concern the record.

        Two people who file the same at once are served one after the other, so that the second
        look sees what the first attach did.
        """
        while not self._stopping:
            step = next_step(filing, self._clock(), self._quarantine)
            if not isinstance(step, ON_RECORD):
                break
            filing = await self._take(filing, step)
        return filing

    def _turn(self, portal: PortalUrl, ref: EntityRef) -> asyncio.Lock:
        return self._turns.setdefault((portal, ref), asyncio.Lock())

    async def _take(self, filing: Filing, step: Step) -> Filing:
        intended = self._steps.intend(filing, step)
        if intended is not filing:
            filing = await self._filings.save(intended)
        async with self._places:
            await self._rush.give_way()
            after = await self._perform(filing, step)
        return await self._filings.save(after)

    async def _perform(self, filing: Filing, step: Step) -> Filing:
        """Do the step; if the person has heard nothing for a while, say that work goes on."""
        if filing.spoken or isinstance(step, Say | SayProgress | Share):
            return await self._steps.perform(filing, step)
        doing = asyncio.create_task(self._steps.perform(filing, step))
        try:
            done, _ = await asyncio.wait({doing}, timeout=self._silence_left(filing))
            if done:
                return doing.result()
            told = await self._steps.telling.progress(filing)
            after = await doing
        finally:
            doing.cancel()
        return dataclasses.replace(after, reply=told.reply, spoken=told.spoken)

    def _silence_left(self, filing: Filing) -> float:
        left = (silence_ends(filing) - self._clock()).total_seconds()
        return max(SHORTEST_SILENCE, left)
