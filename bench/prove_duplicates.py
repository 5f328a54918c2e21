"""Slack delivers everything 1 to 4 times, in any order, also after a SIGKILL: it happens once."""

from __future__ import annotations

import argparse
import asyncio
import dataclasses
import json
import sqlite3
import time
from collections import Counter
from contextlib import asynccontextmanager, closing
from datetime import timedelta
from itertools import count
from random import Random
from typing import TYPE_CHECKING

from bench.kill_books import COPY, Fate
from bench.kill_life import Log, a_life
from bench.kill_people import NAMES, People
from bench.office import an_office

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable, Sequence

    from bench.kill_books import Wish
    from bench.office import Office
    from bot.sandbox.slack import Exchange, OpenView

MOST_COPIES = 4
COMMANDS = 16
"""Commands of one round; half as many events, a form of each person, and clicks on questions."""
AT_ONCE = 8
LONGEST_REST = 120.0
QUARANTINE = timedelta(seconds=60)
PATIENCE = 20.0
"""Seconds for an acknowledgement: here it counts what happens, not how fast."""
_UNDER_WAY = """
    select count(*) from filings
    where over = 0 and (state <> 'waiting' or json_extract(body, '$.unsaid'))
"""


@dataclasses.dataclass(slots=True)
class Figures:
    """What was delivered and what came of it; `wrong` are sentences about what should not be."""

    counts: Counter[str] = dataclasses.field(default_factory=Counter)
    wrong: list[str] = dataclasses.field(default_factory=list)


class Postman:
    """Delivers everything several times, around the death of a bot."""

    def __init__(self, office: Office, dice: Random, *, sockets: bool = False) -> None:
        self._office = office
        self._env = dict(office.env)
        if sockets:
            del self._env["SLACK_SIGNING_SECRET"]
            self._env["SLACK_APP_TOKEN"] = office.slack.app_token
        self._slack = office.slack
        self._slack.patience = PATIENCE
        self._dice = dice
        self._log = Log()
        self._people = People(office, dice)
        self._numbers = count(1)
        self._delivered: list[Exchange] = []
        self.figures = Figures()

    async def go_round(self, commands: int) -> None:
        """Deliver commands, forms and events, and then the clicks that answer what is asked."""
        async with self._life():
            if not self._delivered:
                self._people.move_in()
                await self._people.connect()
            forms = [await self._form(user) for user in NAMES]
        await self._deliver(
            [
                *[await self._command() for _ in range(commands)],
                *[await self._sent(wish, form) for wish, form in forms],
                *[await self._event() for _ in range(commands // 2)],
            ]
        )
        await self._deliver([await self._click(wish) for wish in self._people.books.questions()])

    # what is delivered: each is written while no bot lives, so that nothing has arrived yet

    async def _command(self) -> Exchange:
        wish = self._people.wish()
        return self._asked(wish, await self._slack.command(wish.text, user=wish.user))

    async def _form(self, user: str) -> tuple[Wish, OpenView]:
        wish = self._people.wish(user)
        typed = await self._slack.command(f"{wish.ref.type} {wish.ref.id}", user=wish.user)
        return wish, await self._slack.opened(typed)

    async def _sent(self, wish: Wish, form: OpenView) -> Exchange:
        files = ",".join(map(str, wish.titles))
        return self._asked(wish, await self._slack.submit(form, {"files": files}))

    async def _click(self, wish: Wish) -> Exchange:
        assert wish.question is not None
        clicked = await self._slack.click(wish.question, COPY, user=wish.user)
        wish.answered = True
        self.figures.counts["clicks"] += 1
        return self._asked(wish, clicked)

    async def _event(self) -> Exchange:
        """Return one of the end of somebody's permission, or one that nothing here needs."""
        number = next(self._numbers)
        revoked = {"type": "tokens_revoked", "tokens": {"oauth": [f"U0GONE{number}"], "bot": []}}
        unused = {"type": "team_rename", "name": f"Acme {number}"}
        return await self._slack.event(self._dice.choice((revoked, unused)))

    def _asked(self, wish: Wish, exchange: Exchange) -> Exchange:
        exchange.trouble = ""
        self._people.books.asked(wish, exchange)
        wish.accepted = True
        return exchange

    # how it is delivered

    async def _deliver(self, exchanges: Sequence[Exchange]) -> None:
        """Deliver some copies to one life of the bot, and the others to the next."""
        copies = [
            (exchange, number)
            for exchange in exchanges
            for number in range(self._dice.randint(1, MOST_COPIES))
        ]
        self._dice.shuffle(copies)
        self._delivered += exchanges
        self.figures.counts["deliveries"] += len(exchanges)
        self.figures.counts["copies"] += len(copies)
        cut = self._dice.randint(len(copies) // 3, len(copies))
        for part in (copies[:cut], copies[cut:]):
            async with self._life():
                await self._pour(part)
                await self._rest()

    async def _pour(self, copies: Iterable[tuple[Exchange, int]]) -> None:
        left = iter(copies)

        async def lane() -> None:
            for exchange, number in left:
                await self._slack.repeat(exchange, number)

        await asyncio.gather(*(lane() for _ in range(AT_ONCE)))

    @asynccontextmanager
    async def _life(self) -> AsyncIterator[None]:
        """Run a bot that ends by SIGKILL."""
        self.figures.counts["lives"] += 1
        async with a_life(self._env, self._office.folder, self._log) as life:
            self._slack.deliver_to = await life.listens() or None
            yield
        self._slack.deliver_to = None
        await self._slack.until(lambda: not self._slack.connections, "the end of all sockets")

    async def _rest(self) -> None:
        """Wait until the bot has done what it can do without an answer."""
        async with asyncio.timeout(LONGEST_REST):
            while self._count(_UNDER_WAY):  # noqa: ASYNC110
                await asyncio.sleep(0.05)  # the database of another process wakes nobody here

    def _count(self, sql: str) -> int:
        address = f"{(self._office.folder / 'attachbot.db').as_uri()}?mode=ro"
        with closing(sqlite3.connect(address, uri=True)) as db:
            return int(db.execute(sql).fetchone()[0])

    # what came of it

    def check(self) -> Figures:
        """Compare what was asked with what is stored, attached and said."""
        figures, books = self.figures, self._people.books
        fates = books.fates(QUARANTINE)
        wishes = books.wishes.values()
        figures.counts["filings"] = self._count("select count(*) from filings")
        figures.counts["events on records"] = sum(books.counted(number) for number in fates)
        figures.counts["answers"] = sum(len(answers(wish)) for wish in wishes)
        if figures.counts["filings"] != len(fates):
            figures.wrong.append(f"{len(fates)} requests, {figures.counts['filings']} filings")
        figures.wrong += [
            f"{fate}: {books.story(number)}"
            for number, fate in fates.items()
            if fate is not Fate.DONE
        ]
        figures.wrong += [
            f"{len(answers(wish))} answers: {books.story(wish.number)}"
            for wish in wishes
            if len(answers(wish)) != 1 + bool(wish.to_copy)
        ]
        figures.wrong += [
            f"a copy got {ack.status} {ack.trouble}: {exchange.payload.get('type', 'command')}"
            for exchange in self._delivered
            for ack in exchange.acks[1:]
            if not ack.good
        ]
        figures.wrong += [f"logged: {line}" for line in self._log.bugs]
        return figures


def answers(wish: Wish) -> list[str]:
    """Return what the person was told, but for word that work goes on."""
    return [one.text for one in wish.told if not one.text.startswith("Attaching ")]


async def prove(
    rounds: int, seed: int, minutes: float, *, commands: int = COMMANDS, sockets: bool = False
) -> Figures:
    """Try so many rounds, as long as there is time, and return what they showed."""
    until = time.monotonic() + minutes * 60
    async with an_office() as office:
        postman = Postman(office, Random(seed), sockets=sockets)
        for _ in range(rounds):
            if time.monotonic() > until:
                break
            await postman.go_round(commands)
        return postman.check()


def told(figures: Figures) -> str:
    """Return the figures as lines to read."""
    rows = [f"{name:<24}{number:>8}" for name, number in figures.counts.items()]
    return "\n".join([*rows, *figures.wrong, json.dumps(figures.counts)])


def main(argv: Sequence[str]) -> int:
    """Print the figures; 1 when a bar is missed."""
    parser = argparse.ArgumentParser(prog="python -m bench.prove duplicates", description=__doc__)
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--minutes", type=float, default=3.0, help="begin no round after that")
    given = parser.parse_args(argv)
    wrong = False
    for name, sockets in {"over HTTP": False, "in Socket Mode": True}.items():
        figures = asyncio.run(prove(given.rounds, given.seed, given.minutes, sockets=sockets))
        print(name, told(figures), sep="\n")
        wrong |= bool(figures.wrong)
    return int(wrong)
