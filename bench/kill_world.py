"""One office whose bot is killed again and again, and the check of its books at the end."""

from __future__ import annotations

import asyncio
import dataclasses
import sqlite3
import time
from collections import Counter
from contextlib import closing
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from bench.kill_books import Fate, unannounced
from bench.kill_life import Log, a_life
from bench.kill_people import People

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from contextlib import AbstractAsyncContextManager
    from random import Random

    from bench.kill_life import Life
    from bench.office import Office

QUARANTINE = timedelta(seconds=10)
"""The shortest that may be set."""
LONGEST_END = 120.0
"""Seconds without an end of anything: after hundreds of deaths there is much to work off."""
TRANSFER, UPLOADED, BETWEEN = "transfer", "uploaded", "between"
"""What a kill cuts off: bytes under way; the answer to an upload, or its being noted; an attach."""
WISHES = 3
"""Commands a kill. What a life did not accept, since it died too early, is typed in a later one."""
GOOD = frozenset({Fate.DONE, Fate.NOTHING, Fate.FAILED, Fate.UNSURE, Fate.LATE})


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """What is tried: so many kills, in so many worlds side by side, for so long at most.

    Without `late` no answer of the portal outlasts the bot, and nothing has to sit out the
    quarantine.
    """

    kills: int = 1000
    seed: int = 1
    minutes: float = 15.0
    worlds: int = 6
    """More than cores, since a life mostly waits."""
    longest: float = 3.0
    late: bool = True


@dataclasses.dataclass(slots=True)
class Figures:
    """What a trial showed; `wrong` are sentences about what should not have been."""

    counts: Counter[str] = dataclasses.field(default_factory=Counter)
    latest: float = 0.0
    slowest_end: float = 0.0
    wrong: list[str] = dataclasses.field(default_factory=list)

    def add(self, other: Figures) -> None:
        """Take in what another world showed."""
        self.counts.update(other.counts)
        self.latest = max(self.latest, other.latest)
        self.slowest_end = max(self.slowest_end, other.slowest_end)
        self.wrong += other.wrong


class World:
    """One office whose bot is killed again and again."""

    def __init__(self, office: Office, trial: Trial, dice: Random) -> None:
        self._office = office
        self._trial = trial
        self._dice = dice
        self._env = {**office.env, "ATTACHBOT_QUARANTINE": str(int(QUARANTINE.total_seconds()))}
        self._log = Log()
        self._people = People(office, dice)
        self._figures = Figures()
        self._connected = False
        self._owed = 0

    async def prove(self, kills: int, until: float) -> Figures:
        """Kill so often, let the bot end what is left, and check the books."""
        self._people.move_in()
        for _ in range(kills):
            if time.monotonic() > until:
                break
            await self._one_kill()
        await self._end()
        self._check()
        return self._figures

    def _life(self) -> AbstractAsyncContextManager[Life]:
        self._figures.counts["lives"] += 1
        return a_life(self._env, self._office.folder, self._log)

    async def _wake(self, life: Life) -> None:
        """Wait until the bot is ready; the first one sees everybody connect."""
        self._people.meet(await life.listens())
        if not self._connected:
            await self._people.connect()
            self._people.trouble(late=self._trial.late)
            self._connected = True

    async def _one_kill(self) -> None:
        self._owed += WISHES
        doing: list[asyncio.Task[None]] = []
        async with self._life() as life:
            if self._connected and self._dice.random() < 0.2:
                await asyncio.sleep(self._dice.uniform(0, 1.2))
            else:
                await self._wake(life)
                doing = self._busy()
                await asyncio.sleep(self._moment())
        self._figures.counts["kills"] += 1
        self._figures.counts.update(f"phase {phase}" for phase in self._phases())
        self._people.leave()
        await asyncio.gather(*doing)
        self._people.books.put_by()

    def _phases(self) -> set[str]:
        """Return which phases of bringing a file from Slack a kill has hit."""
        if not self._connected:
            return set()
        titles = {
            id_: f.title for w in self._people.books.wishes.values() for id_, f in w.shared.items()
        }
        begun = {
            titles[id_] for id_ in self._ask("select shared from items where state = 'bringing'")
        }
        there = self._ask(
            """
            select count(*) from items join filings on filings.id = items.filing
            where items.state = 'copied' and items.digest != '' and filings.state = 'ready'
                and json_extract(filings.body, '$.attempt') is null
            """
        )
        stored = {title for title in begun if self._people.books.in_crm(title)}
        phases = {TRANSFER: begun - stored, UPLOADED: stored, BETWEEN: there[0]}
        return {phase for phase, hit in phases.items() if hit}

    def _busy(self) -> list[asyncio.Task[None]]:
        """Let people ask for what is owed, and answer questions, also older ones."""
        asking = [self._ask_once(self._dice.uniform(0, 0.2)) for _ in range(self._owed)]
        return [asyncio.create_task(deed) for deed in (*asking, self._people.answer())]

    async def _ask_once(self, after: float) -> None:
        accepted = await self._people.ask(after)
        self._owed -= accepted

    def _moment(self) -> float:
        """Return when to kill: mostly while commands come in and are worked on."""
        longest = self._trial.longest
        return self._dice.uniform(0, longest if self._dice.random() < 0.3 else longest / 5)

    async def _end(self) -> None:
        """Let one bot live until it has ended everything."""
        async with self._life() as life:
            await self._wake(life)
            began = time.monotonic()
            doing = self._busy()
            await self._until_nothing_is_left(self._left)
            self._figures.slowest_end = time.monotonic() - began
            if looking := await self._people.look():  # what twice died on the way is told there
                self._figures.counts["asked for the status"] += len(looking)
                await self._until_nothing_is_left(lambda: len(self._people.books.open()))
            self._people.leave()
            await asyncio.gather(*doing)

    async def _until_nothing_is_left(self, left: Callable[[], int]) -> None:
        """Wait as long as it becomes less."""
        least = left()
        latest = time.monotonic() + LONGEST_END
        while (now := left()) and time.monotonic() < latest:
            if now < least:
                least, latest = now, time.monotonic() + LONGEST_END
            await asyncio.sleep(0.1)  # the database of another process wakes nobody here

    def _left(self) -> int:
        """Count what is not typed yet, or waited for, with what the portal may still apply."""
        unfinished = self._ask(
            """
            select id from filings
            where over = 0 and (
                state in ('ready', 'waiting') or json_extract(body, '$.unsaid')
                or json_extract(body, '$.sharing') is not null
            )
            """
        )
        return self._owed + len(unfinished) + self._office.portal.in_flight

    def _ask(self, sql: str, *given: int | str | None) -> list[Any]:
        """Return the first column of what the bot's own database says."""
        address = f"{(self._office.folder / 'attachbot.db').as_uri()}?mode=ro"
        with closing(sqlite3.connect(address, uri=True)) as db:
            return [row[0] for row in db.execute(sql, given)]

    # the books

    def _check(self) -> None:
        figures, books = self._figures, self._people.books
        fates = books.fates(QUARANTINE)
        figures.latest = books.latest()
        figures.counts.update(f"fate {fate}" for fate in fates.values())
        figures.counts["asked"] = len(fates)
        figures.counts["brought"] = sum(
            len(books.wishes[number].shared) for number, fate in fates.items() if fate is Fate.DONE
        )
        figures.counts["accepted"] = sum(wish.accepted for wish in books.wishes.values())
        figures.counts["settled"] = self._log.events["settled"]
        figures.counts["repeats"] = sum(
            self._ask("select coalesce(json_extract(body, '$.attempt.repeats'), 0) from filings")
        )
        figures.counts["unfinished"] = self._left()
        figures.counts["late"] = len(
            self._ask("select id from filings where json_extract(body, '$.late') is not null")
        )
        figures.counts["aside"] = self._log.events["filing_set_aside"]
        for number, fate in fates.items():
            if fate not in GOOD:
                figures.wrong.append(f"{fate}: {books.story(number)}")
        figures.wrong += [f"logged: {line}" for line in self._log.bugs]
        if figures.counts["unfinished"]:
            figures.wrong.append(f"{self._left()} unfinished, and no end in {LONGEST_END:.0f} s")
        figures.wrong += self._unannounced()

    def _unannounced(self) -> Sequence[str]:
        """See that each copy that hangs on no record was announced in the log."""
        loose = self._people.books.orphans()
        self._figures.counts["orphans"] += loose.total()
        return unannounced(loose, Counter({wish: self._announced(wish) for wish in loose}))

    def _announced(self, wish: int) -> int:
        meant = self._people.books.wishes[wish]
        asked, shared = next(iter(meant.titles), None), next(iter(meant.shared), None)
        which = "select distinct filing from items where asked = ? or shared = ?"
        filings = self._ask(which, asked, shared)
        return sum(self._log.orphans[filing] for filing in filings)
