"""Whatever portal and store do, there is an answer in time, and only with one's own records.

The clock is virtual. Portal and store are slow, hang and fail as the dice say, while people type
hastily, disconnect, and come back as somebody else.
"""

from __future__ import annotations

import asyncio
import random
from collections import Counter, defaultdict
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest
from pydantic import SecretStr

from bench.simulated_clock import VirtualLoop
from bot.account import Account, SealedKey
from bot.domain import Entity, EntityName, EntityRef, EntityType, SlackUser
from bot.errors import EntityNotFoundError, KeyRefusedError, PortalAwayError, StoreError
from bot.suggesting import Suggesting
from bot.suggesting.calls import MOST_AT_PORTAL, MOST_OF_PERSON
from bot.suggesting.matching import has_every
from bot.suggesting.patience import LAST_OF_ALL
from bot.suggestions import Hints
from bot.vault import Purpose, Vault, new_key
from tests.builders import NOON, OFFICE
from tests.test_suggesting import Link

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bot.portal.model import Credentials

RUNS = 30
KEYS = ("", "a", "ac", "acm", "acme", "acme 1", "17", "case 7", "deal 3", "person ac", "x", "me ac")
VAULT = Vault.of(new_key())


class Weather:
    """How slow everything is."""

    def __init__(self, dice: random.Random) -> None:
        self.dice = dice
        self.slowness = dice.choice((0.01, 0.3, 1.0, 4.0))
        self.trouble = dice.choice((0.0, 0.1, 0.5))

    async def passes(self, slowness: float = 0.0, *errors: Exception) -> None:
        """Let time pass, more than anybody waits once in a while; maybe fail."""
        longest = 1_000.0 if self.dice.random() < self.trouble / 2 else slowness or self.slowness
        await asyncio.sleep(self.dice.random() * longest)
        if errors and self.dice.random() < self.trouble:
            raise self.dice.choice(errors)


class Portal:
    """Shows everybody an office of their own, so that each title tells whose it is."""

    def __init__(self, weather: Weather) -> None:
        self._weather = weather
        self.of: Counter[str] = Counter()

    @contextmanager
    def _asked(self, by: Credentials) -> Iterator[None]:
        self.of[by.owner] += 1
        try:
            assert self.of[by.owner] <= MOST_OF_PERSON
            assert self.of.total() <= MOST_AT_PORTAL
            yield
        finally:
            self.of[by.owner] -= 1

    async def _office(self, type_: EntityType, by: Credentials) -> list[Entity]:
        with self._asked(by):
            await self._weather.passes(0.0, PortalAwayError(OFFICE), KeyRefusedError(OFFICE))
        return [
            Entity(ref=EntityRef(type_, number), title=f"Acme {number} of {by.owner}")
            for number in range(1, 41)
        ]

    async def entity(self, ref: EntityRef, by: Credentials, *, urgent: bool) -> Entity:
        found = [one for one in await self._office(ref.type, by) if one.ref == ref]
        if not found:
            raise EntityNotFoundError(ref)
        return found[0]

    async def search(
        self, name: EntityName, by: Credentials, *, deadline: float, urgent: bool
    ) -> Sequence[Entity]:
        office = await self._office(name.type, by)
        return [one for one in office if has_every(name.words, one.title)][:30]

    async def recent(
        self, type_: EntityType, by: Credentials, *, deadline: float
    ) -> Sequence[Entity]:
        return (await self._office(type_, by))[:20]


class Store:
    """Who is connected as whom, latest records, and the channel's."""

    def __init__(self, weather: Weather) -> None:
        self._weather = weather
        self.accounts: dict[SlackUser, Account] = {}

    async def of(self, user: SlackUser, /) -> Sequence[Account]:
        await self._weather.passes(0.01)
        return [self.accounts[user]] if user in self.accounts else []


class Recents:
    def __init__(self, weather: Weather) -> None:
        self._weather = weather

    async def of(self, account: Account, most: int, /) -> Sequence[Entity]:
        await self._weather.passes(0.02, StoreError("busy"))
        return [Entity(ref=EntityRef(EntityType.CASE, 5), title=f"Acme 5 of {account.owner}")]


class Links:
    def __init__(self, weather: Weather) -> None:
        self._weather = weather

    async def of(self, team: str, channel: str, /) -> Link | None:
        await self._weather.passes(0.02, StoreError("busy"))
        return Link(EntityRef(EntityType.CASE, 7), OFFICE)


class Life:
    """Two people at their keys."""

    def __init__(self, seed: int) -> None:
        self.dice = random.Random(seed)  # noqa: S311  (a seed lets a run happen again)
        self.weather = weather = Weather(self.dice)
        self.store = Store(weather)
        self.portal = Portal(weather)
        self.suggesting = Suggesting(
            accounts=self.store,  # type: ignore[arg-type]  # all that is asked of it
            recents=Recents(weather),
            portal=self.portal,  # type: ignore[arg-type]  # the same
            vault=VAULT,
            portals=(OFFICE,),
            links=Links(weather),
            clock=asyncio.get_running_loop().time,
        )
        self.owners: dict[SlackUser, list[str]] = defaultdict(list)
        """Whose key each had, one after the other."""
        self.answers = 0
        self.shown = 0

    def connect(self, user: SlackUser) -> None:
        owner = f"{user.id}-{self.dice.randrange(3)}"
        self.owners[user].append(owner)
        key = VAULT.seal(Purpose.PORTAL_KEY, SecretStr("key"), "", user.team, user.id, OFFICE)
        self.store.accounts[user] = Account(
            user=user,
            portal=OFFICE,
            key=SealedKey(key),
            owner=owner,
            name="",
            email="",
            checked_at=NOON,
        )
        self.suggesting.forget(user.team, user.id)

    async def person(self, user: SlackUser) -> None:
        self.connect(user)
        async with asyncio.TaskGroup() as keys:
            for _ in range(25):
                await asyncio.sleep(self.dice.choice((0.0, 0.1, 0.2, 3.0)))
                if self.dice.random() < 0.1:
                    self.connect(user)
                if self.dice.random() < 0.2:
                    self.suggesting.warm(user, Hints("C1", ("acme 17.pdf",)))
                keys.create_task(self.press(user, self.dice.choice(KEYS)))

    async def hints(self) -> Hints:
        await self.weather.passes(0.02, StoreError("busy"))
        return Hints("C1", ("acme 17.pdf",))

    async def press(self, user: SlackUser, typed: str) -> None:
        loop = asyncio.get_running_loop()
        began, before = loop.time(), len(self.owners[user]) - 1

        found = await self.suggesting.suggest(typed, to=user, hints=self.hints)

        assert loop.time() - began <= LAST_OF_ALL + 0.01
        offers = [offer.record for group in found.groups for offer in group.offers]
        mine = set(self.owners[user][before:])
        titles = [one.title for one in offers if isinstance(one, Entity)]
        assert {title.rpartition(" ")[2] for title in titles} <= mine
        self.answers += 1
        self.shown += bool(offers)


async def lived(seed: int) -> Life:
    life = Life(seed)
    people = [SlackUser("T1", name) for name in ("U1", "U2")]
    await asyncio.gather(*map(life.person, people))
    await life.suggesting.close()
    left = asyncio.all_tasks() - {asyncio.current_task()}
    assert left == set()
    assert life.portal.of.total() == 0
    return life


@pytest.mark.parametrize("first", range(0, RUNS, 15))
def test_every_letter_is_answered_in_time_and_with_ones_own_records(first: int):
    shown = 0
    for seed in range(first, first + 15):
        with asyncio.Runner(loop_factory=VirtualLoop) as runner:
            life = runner.run(lived(seed))
        assert life.answers == 50
        shown += life.shown

    assert shown > 15 * 50 / 2
