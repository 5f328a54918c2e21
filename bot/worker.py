"""Takes accepted filings to their end, in this process; the stored filing is the truth.

A wake-up is only an alarm clock: losing one or getting it twice changes nothing, since every run
starts from what is stored and every save names the version that it read.

What cannot be served yet waits as an id in a line, without a task (`bot.lines`).
"""

from __future__ import annotations

import asyncio
import contextlib
from functools import partial
from typing import TYPE_CHECKING

import structlog

from bot.alarms import Alarms
from bot.company import Company
from bot.errors import StaleFilingError, StoreError
from bot.filing.deaths import PROBATION, alone, on_probation, spared
from bot.filing.decide import (
    AT_DESK,
    ON_RECORD,
    Rest,
    SayProgress,
    Step,
    name_of,
    next_step,
    silence_ends,
)
from bot.lines import BACKLOG, WOKEN, Lines
from bot.rush import Rush

if TYPE_CHECKING:
    from datetime import datetime, timedelta

    from bot.domain import Clock, EntityRef, Filing, SlackUser
    from bot.filing.steps import Steps
    from bot.lines import Line, LinePlace
    from storage.ports import Filings

log = structlog.get_logger()

STORE_PAUSE = 5.0
BUG_PAUSE = 300.0
NOTE_SECONDS = 1.0
"""For what a stop has cut off, to note that it was no death."""


class Worker:
    """Serves filings side by side, each portal in a lane of its own; those at rest have alarms."""

    def __init__(  # noqa: PLR0913  (one for each thing it works with)
        self,
        *,
        filings: Filings,
        steps: Steps,
        clock: Clock,
        quarantine: timedelta,
        probation: timedelta = PROBATION,
        portals: int = 1,
        rush: Rush | None = None,
    ) -> None:
        self._filings = filings
        self._steps = steps
        self._clock = clock
        self._quarantine = quarantine
        self._company = Company(steps=steps, filings=filings, clock=clock)
        self._rush = rush or Rush()
        self._lines = Lines(portals)
        self._running: dict[str, asyncio.Task[None]] = {}
        self._again: set[str] = set()
        self._left: set[str] = set()
        self._alarms: Alarms[str] = Alarms()
        self._patience: Alarms[SlackUser] = Alarms()
        self._alone = asyncio.Lock()
        self._trials_at = clock() + probation
        self._stopping = False

    @property
    def running(self) -> int:
        """How many filings are under way now."""
        return len(self._running)

    @property
    def waiting(self) -> int:
        """How many filings wait in line for what they need."""
        return len(self._lines)

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
                self._lines.to_desk(BACKLOG, id_)
            else:
                self._alarm(id_, at)
        self._go_on()
        return len(unfinished)

    def wake(self, id_: str) -> None:
        """Look at a filing as soon as there is room."""
        self._alarms.drop(id_)
        if self._stopping:
            return
        if id_ in self._running:
            self._again.add(id_)
            return
        self._lines.to_desk(WOKEN, id_)
        self._go_on()

    def watch(self, filing: Filing) -> None:
        """Look after a filing that was just stored: in its turn, or when its waiting ends."""
        step = next_step(filing, self._clock(), self._quarantine)
        if isinstance(step, Rest):
            _note_acceptance(filing)
            if step.until is not None:
                self._alarm(filing.id, step.until)
        elif isinstance(step, AT_DESK) or filing.id in self._running:
            self.wake(filing.id)
        elif not self._stopping:
            self._line_up(filing, self._lines.line_for(step))
            self._go_on()

    async def stop(self, within: float) -> None:
        """Claim nothing more, let running steps end for `within` seconds, then cut them off."""
        self._stopping = True
        self._alarms.clear()
        self._patience.clear()
        self._lines.clear()
        running = list(self._running.values())
        if not running:
            return
        _, late = await asyncio.wait(running, timeout=within)
        await _cut_off(await _cut_off(late, NOTE_SECONDS), None)

    def _alarm(self, id_: str, at: datetime) -> None:
        seconds = (at - self._clock()).total_seconds()
        if seconds <= 0:
            self.wake(id_)
        else:
            self._alarm_in(id_, seconds)

    def _alarm_in(self, id_: str, seconds: float) -> None:
        if not self._stopping:
            self._alarms.set(id_, seconds, partial(self.wake, id_))

    # lines

    def _go_on(self) -> None:
        """Take up all whose turn has come."""
        for line, place in self._lines.next():
            id_ = place.item
            if id_ not in self._running:
                run = self._run(place, line)
                self._running[id_] = asyncio.create_task(run, name=f"filing {id_}")
                continue
            line.leave(place)
            if line is self._lines.desk:
                self._again.add(id_)  # who is under way lines up for the portal by itself

    def _line_up(self, filing: Filing, line: Line) -> None:
        """Let a filing wait for its portal."""
        self._lines.line_up(filing, line)
        self._mind_silence(filing)

    def _mind_silence(self, filing: Filing) -> None:
        """See that a person hears in time that their request waits, of one request at a time.

        Hundreds asked at once are not hundreds of messages; each that runs long has its own.
        """
        if filing.spoken or filing.user in self._patience:
            return
        ring = partial(self._tell_if_waiting, filing.id)
        self._patience.set(filing.user, self._company.silence_left(filing), ring)

    def _tell_if_waiting(self, id_: str) -> None:
        if self._lines.waits(id_) and id_ not in self._running:
            self.wake(id_)

    def _pass_turn(self, id_: str) -> None:
        """Let the next filing of a record have its turn."""
        following = self._lines.turns.leave(id_)
        if following is not None:
            self.wake(following)

    # runs

    async def _run(self, place: LinePlace, line: Line) -> None:
        id_ = place.item
        try:
            await self._rush.give_way()
            rest = await self._serve(id_, line)
            if rest.until is not None:
                self._alarm(id_, rest.until)
        except StaleFilingError:
            self._again.add(id_)
        except StoreError:
            log.exception("store_failed", filing=id_)
            self._alarm_in(id_, STORE_PAUSE)
        except Exception:
            # A bug: the filing stays as it was stored, and others go on.
            log.exception("filing_stuck", filing=id_)
            self._alarm_in(id_, BUG_PAUSE)
            await self._broke(id_)
        finally:
            del self._running[id_]
            line.leave(place)
        if not self._lines.waits(id_):
            self._pass_turn(id_)
        if id_ in self._again:
            self._again.discard(id_)
            self.wake(id_)
        self._go_on()

    async def _broke(self, id_: str) -> None:
        """Count what broke; what is set aside for it is told at once."""
        try:
            filing = await self._filings.get(id_)
            noted = filing and await self._filings.save(self._steps.broke(filing))
            if noted and not noted.begun:
                self._again.add(id_)
        except Exception:  # whatever it is, the others go on
            log.exception("break_not_counted", filing=id_)

    async def _serve(self, id_: str, line: Line) -> Rest:
        """Take steps until the filing rests, or waits in a line that takes it up again."""
        filing = await self._read(id_)
        if filing is not None and on_probation(filing) and self._clock() < self._trials_at:
            return Rest(self._trials_at)
        if filing is not None and line is not self._lines.desk and filing.version == 0:
            _note_acceptance(filing)
        while filing is not None and not self._stopping:
            step = next_step(filing, self._clock(), self._quarantine)
            if isinstance(step, Rest):
                return step
            if isinstance(step, AT_DESK):
                filing = await self._take(filing, step)
            elif (needed := self._lines.line_for(step)) is not line:
                filing = await self._wait_in(needed, filing)
            elif filing.ref is None or not isinstance(step, ON_RECORD):
                filing = await self._take(filing, step)
            else:
                filing = await self._take_turn(filing, filing.ref)
        return Rest()

    async def _wait_in(self, line: Line, filing: Filing) -> Filing | None:
        """Wait for the portal; who has waited in silence for too long is told of it first."""
        silent = not filing.spoken and silence_ends(filing) <= self._clock()
        if silent and self._lines.waits(filing.id):
            return await self._take(filing, SayProgress())
        self._line_up(filing, line)
        return None

    async def _take_turn(self, filing: Filing, ref: EntityRef) -> Filing | None:
        """Work on the record, or wait until nobody else does."""
        if not self._lines.turns.take((filing.portal, ref), filing.id):
            self._mind_silence(filing)
            return None
        try:
            return await self._work_on_record(filing)
        finally:
            self._pass_turn(filing.id)

    async def _read(self, id_: str) -> Filing | None:
        """Return a filing as it is stored; until its first step one left before is doubted."""
        filing = await self._filings.get(id_)
        if filing is None or id_ not in self._left:
            return filing
        return self._steps.doubt(filing)

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

    async def _take(self, filing: Filing, step: Step) -> Filing:
        async with self._alone if alone(filing, name_of(step)) else contextlib.nullcontext():
            intended = self._steps.intend(filing, step, left=filing.id in self._left)
            if intended is not filing:
                filing = await self._filings.save(intended)
            self._left.discard(filing.id)
            await self._rush.give_way()
            try:
                after = await self._company.perform(filing, step)
            except asyncio.CancelledError:
                await self._spare(filing.id, step)
                raise
            return await self._filings.save(after)

    async def _spare(self, id_: str, step: Step) -> None:
        """Take back that a step began: a stop has cut it off, and nobody died in it."""
        filing = await self._filings.get(id_) if self._stopping else None
        if filing is None or (after := spared(filing, name_of(step))) is filing:
            return
        with contextlib.suppress(StaleFilingError):  # a click came in between, and counts more
            await self._filings.save(after)


async def _cut_off(tasks: set[asyncio.Task[None]], within: float | None) -> set[asyncio.Task[None]]:
    """Cancel tasks, and return those that have not ended in so many seconds."""
    for task in tasks:
        task.cancel()
    return (await asyncio.wait(tasks, timeout=within))[1] if tasks else tasks


def _note_acceptance(filing: Filing) -> None:
    """Write the line of the log where no acknowledgement has to wait for it."""
    log.info("accepted", filing=filing.id, purpose=filing.purpose, state=filing.state)
