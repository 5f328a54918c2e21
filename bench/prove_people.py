"""A thousand people at once, each with a key and a record of their own: nobody acts as another."""

from __future__ import annotations

import argparse
import asyncio
import dataclasses
import re
from collections import Counter
from random import Random
from typing import TYPE_CHECKING

from bench.office import an_office
from bot.sandbox.slack_workspace import BOT, Person

if TYPE_CHECKING:
    from collections.abc import Coroutine, Sequence

    from bench.office import Office
    from bot.domain import EntityRef
    from bot.sandbox.slack import Exchange

AT_ONCE = 16
"""Deliveries under way at a time: Slack would not wait for one before it sends the next."""
PATIENCE = 30.0
"""Seconds for an acknowledgement: here it counts who acts, not how fast."""
MOST_TRIES = 10
"""How often somebody sends the form: a busy portal is said not to answer in time."""
CHANNEL = "C0SALES"
FILES = "12,13"
_TITLE = re.compile(r"Affair of (U0P\d+)")
_RECORD = re.compile(r"/crm/case/(\d+)")


@dataclasses.dataclass(frozen=True, slots=True)
class Member:
    """Somebody in Slack, the name in the portal, and a case that nobody else may see."""

    user: str
    name: str
    record: EntityRef


@dataclasses.dataclass(slots=True)
class Figures:
    """What was done; `wrong` are sentences about what should not be."""

    counts: Counter[str] = dataclasses.field(default_factory=Counter)
    wrong: list[str] = dataclasses.field(default_factory=list)


class Crowd:
    """People who all talk to one bot at the same time."""

    def __init__(self, office: Office, people: int, seed: int) -> None:
        self._office = office
        self._slack = office.slack
        self._slack.patience = PATIENCE
        self._dice = Random(seed)
        self._gate = asyncio.Semaphore(AT_ONCE)
        self.members = [self._join(f"U0P{number:04}") for number in range(people)]
        self._asked: list[Exchange] = []
        self.figures = Figures()

    async def connect(self) -> None:
        """Let each of them give the bot their own key, through the form."""
        await self._all([self._connect(one) for one in self.members])

    async def ask(self) -> None:
        """Let each attach to their own case, list it, and try to attach to the next one's."""
        deeds: list[Coroutine[None, None, None]] = []
        for one, other in zip(self.members, [*self.members[1:], self.members[0]], strict=True):
            deeds += [
                self._say(one, f"case {one.record.id} {FILES}"),
                self._say(one, f"list case {one.record.id}"),
                self._say(one, f"case {other.record.id} {FILES}"),
            ]
        self._dice.shuffle(deeds)
        await self._all(deeds)
        await self._office.answered(self._asked)

    def look(self) -> None:
        """Compare what the portal did, and what each reads, with whose it is."""
        self._look_at_calls()
        self._look_at_history()
        self._look_at_messages()

    def _join(self, user: str) -> Member:
        name = f"Member {user}"
        self._slack.workspace.people[user] = Person(id=user, name=user.lower(), real_name=name)
        self._slack.workspace.channels[CHANNEL].members.add(user)
        portal = self._office.portal
        person = portal.person(name)
        return Member(user, name, portal.case(f"Affair of {user}", private_to=(person,)))

    async def _all(self, deeds: Sequence[Coroutine[None, None, None]]) -> None:
        async def one(deed: Coroutine[None, None, None]) -> None:
            async with self._gate:
                await deed

        async with asyncio.TaskGroup() as group:
            for deed in deeds:
                group.create_task(one(deed))

    async def _connect(self, one: Member) -> None:
        form = await self._slack.opened(await self._slack.command("connect", user=one.user))
        key = self._office.portal.who(one.name).token
        for _ in range(MOST_TRIES):
            sent = await self._slack.submit(form, {"key": key})
            if not sent.errors:
                self.figures.counts["connected"] += 1
                return
            self.figures.counts["forms sent again"] += 1
        self.figures.wrong.append(f"{one.user} could not connect")

    async def _say(self, one: Member, text: str) -> None:
        exchange = await self._slack.command(text, user=one.user)
        if not exchange.acks[-1].good:
            self.figures.wrong.append(f"{one.user} was not heard: {exchange.acks[-1]}")
        self._asked.append(exchange)
        self.figures.counts["commands"] += 1

    def _look_at_calls(self) -> None:
        owners = {one.record.id: one.name for one in self.members}
        for call in self._office.portal.requests:
            found = _RECORD.search(call.path)
            owner = owners.get(int(found[1])) if found else None
            if "Cookie" in call.headers:
                self.figures.wrong.append(f"a cookie came with {call.method} {call.path}")
            if owner is None:
                continue
            self.figures.counts["calls for own records" if call.person == owner else "refused"] += 1
            if call.person != owner and call.status < 400:
                self.figures.wrong.append(f"{call.person} acted on the record of {owner}")

    def _look_at_history(self) -> None:
        for one in self.members:
            events = self._office.portal.events_of(one.record)
            self.figures.counts["attached"] += len(events)
            authors = [event.author.name for event in events]
            if authors != [one.name]:
                self.figures.wrong.append(f"to the case of {one.name} attached {authors}")

    def _look_at_messages(self) -> None:
        users = [one.user for one in self.members]
        for shown in self._slack.workspace.history:
            if shown.author != BOT:
                continue
            named = set(_TITLE.findall(f"{shown.text}\n{shown.all_text()}"))
            self.figures.counts["messages with a title"] += bool(named)
            readers = {user for user in users if self._slack.workspace.sees(user, shown)}
            if named and named != readers:
                self.figures.wrong.append(f"{len(readers)} people read of {sorted(named)}")


async def prove(people: int, seed: int) -> Figures:
    """Try it with so many people, in an order that the seed decides."""
    async with an_office() as office, office.bot() as bot:
        crowd = Crowd(office, people, seed)
        office.slack.deliver_to = bot.events_url
        await crowd.connect()
        await crowd.ask()
        crowd.look()
    return crowd.figures


def told(figures: Figures) -> str:
    """Return the figures as lines to read."""
    counted = ", ".join(f"{count:,} {name}" for name, count in figures.counts.items())
    missed = [f"  MISSED {sentence}" for sentence in figures.wrong[:20]]
    return "\n".join([f"  {counted}", *missed, f"  {len(figures.wrong)} uses of another's key"])


def main(argv: Sequence[str]) -> int:
    """Print the figures; 1 when somebody acted as another."""
    parser = argparse.ArgumentParser(prog="python -m bench.prove people", description=__doc__)
    parser.add_argument("--people", type=int, default=1_000)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args(argv)
    figures = asyncio.run(prove(given.people, given.seed))
    print(told(figures))
    return 1 if figures.wrong else 0
