"""One round of the isolation proof: ten portals, four people at each, a bot process between."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import os
import time
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from bench.bare import PATH
from bench.office import an_office
from bot.sandbox.portal import SandboxPortal
from bot.sandbox.portal_faults import Fault
from bot.sandbox.slack_workspace import Person

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from bench.office import Office
    from bench.processes import Server
    from bot.domain import EntityRef

GOOD = 7
TROUBLES = {
    "hung": Fault(latency=3600),
    "slow": Fault(latency=8),
    "failing": Fault(status=503),
}
PEOPLE = {"U0ANA": "Ana Reyes", "U0BEN": "Ben Ito", "U0CAT": "Cat Ode", "U0DAN": "Dan Fry"}
CHANNEL = "C0SALES"
FILE = 12
LONGEST = 120.0
AT_ONCE = 16
"""Commands under way at a time: Slack would not wait for one before it sends the next."""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """How many requests each person makes at each good and at each bad portal (`latency`: s)."""

    good: int = 6
    bad: int = 15
    latency: float = 0.25


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What a round showed: rate of the good portals, share of a core that the bot took."""

    rate: float
    cpu: float
    undone: int
    doubled: int
    calls: dict[str, int]
    """Calls that ended at each bad portal since it went bad."""
    most: int
    """Calls that the hung portal had at a time."""


class Round:
    """Portals, people and a running bot."""

    def __init__(self, office: Office, portals: Sequence[SandboxPortal], load: Load) -> None:
        self._slack = office.slack
        self._load = load
        self._good = portals[:GOOD]
        self._bad = dict(zip(TROUBLES, portals[GOOD:], strict=True))
        self._gate = asyncio.Semaphore(AT_ONCE)
        self._before = dict.fromkeys(TROUBLES, 0)

    def move_in(self) -> None:
        """Let everybody be in Slack and on each portal."""
        workspace = self._slack.workspace
        for user, name in PEOPLE.items():
            if user not in workspace.people:
                short = name.partition(" ")[0].lower()
                workspace.people[user] = Person(id=user, name=short, real_name=name)
                workspace.channels[CHANNEL].members.add(user)
            for portal in (*self._good, *self._bad.values()):
                if all(person.name != name for person in portal.data.people.values()):
                    portal.person(name)

    async def connect(self) -> None:
        """Connect each person with each portal, through the form."""
        for user, name in PEOPLE.items():
            for portal in (*self._good, *self._bad.values()):
                form = await self._slack.opened(await self._slack.command("connect", user=user))
                values = {"portal": portal.url, "key": portal.who(name).token}
                sent = await self._slack.submit(form, values)
                assert not sent.errors, sent.errors
                await self._slack.close(await self._slack.opened(sent, "Connected"))

    async def trouble(self) -> None:
        """Let the bad portals be bad, and have requests wait for each."""
        for name, portal in self._bad.items():
            self._before[name] = len(portal.requests)
            portal.faults.add(dataclasses.replace(TROUBLES[name]))
        await asyncio.gather(
            *(self._ask_all(portal, self._load.bad) for portal in self._bad.values())
        )
        hung = self._bad["hung"]
        await hung.until(lambda: hung.in_flight >= 4, within=LONGEST)

    async def measure(self, bot: Server) -> Shown:
        """Have the good portals work, and return what that showed."""
        for portal in self._good:
            portal.faults.add(Fault(latency=self._load.latency))
        cpu, began = _cpu_seconds(bot.pid), time.perf_counter()
        records = await asyncio.gather(*(self._work(portal) for portal in self._good))
        seconds = time.perf_counter() - began
        events = self._events(records)
        return Shown(
            rate=sum(count > 0 for count in events) / seconds,
            cpu=(_cpu_seconds(bot.pid) - cpu) / seconds,
            undone=events.count(0),
            doubled=sum(count > 1 for count in events),
            calls=self._calls(),
            most=self._bad["hung"].most_in_flight,
        )

    async def end(self) -> None:
        """Cut off what still hangs, so that the bot can stop."""
        await asyncio.gather(*(portal.stop() for portal in self._bad.values()))

    async def _work(self, portal: SandboxPortal) -> Sequence[EntityRef]:
        records = await self._ask_all(portal, self._load.good)
        with contextlib.suppress(TimeoutError):  # what is left undone then is counted
            await portal.until(lambda: all(map(portal.events_of, records)), within=LONGEST)
        return records

    async def _ask_all(self, portal: SandboxPortal, each: int) -> list[EntityRef]:
        records = [portal.case(f"Case {number}") for number in range(each * len(PEOPLE))]
        asking = zip(list(PEOPLE) * each, records, strict=True)
        await asyncio.gather(*(self._ask(portal, ref, user) for user, ref in asking))
        return records

    async def _ask(self, portal: SandboxPortal, ref: EntityRef, user: str) -> None:
        async with self._gate:
            text = f"{portal.url}/Products/CRM/Cases.aspx?id={ref.id} {FILE}"
            exchange = await self._slack.command(text, user=user)
        assert exchange.ack.good, exchange.ack

    def _calls(self) -> dict[str, int]:
        return {name: len(one.requests) - self._before[name] for name, one in self._bad.items()}

    def _events(self, records: Sequence[Sequence[EntityRef]]) -> list[int]:
        """Return how many events each record has."""
        pairs = zip(self._good, records, strict=True)
        return [len(portal.events_of(ref)) for portal, refs in pairs for ref in refs]


def _cpu_seconds(pid: int) -> float:
    """Return the processor time that a process has taken (Linux)."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@asynccontextmanager
async def _an_office_of_many() -> AsyncIterator[tuple[Office, list[SandboxPortal]]]:
    async with AsyncExitStack() as stack:
        office = await stack.enter_async_context(an_office())
        count = GOOD + len(TROUBLES)
        portals = [await stack.enter_async_context(SandboxPortal.sample()) for _ in range(count)]
        urls = ",".join(portal.url for portal in portals)
        env = {**office.env, "ATTACHBOT_PORTAL_URL": urls}
        yield dataclasses.replace(office, env=env), portals


async def a_round(load: Load, *, trouble: bool) -> Shown:
    """Run a fresh bot, with or without trouble at three of its portals, and measure the others."""
    async with _an_office_of_many() as (office, portals), office.bot() as bot:
        office.slack.deliver_to = f"http://127.0.0.1:{bot.port}{PATH}"
        this = Round(office, portals, load)
        this.move_in()
        await this.connect()
        if trouble:
            await this.trouble()
        try:
            return await this.measure(bot)
        finally:
            await this.end()
