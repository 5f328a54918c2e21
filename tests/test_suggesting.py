"""Suggestions for a form that is about something: its channel, its files, the words around."""

from __future__ import annotations

import asyncio
import dataclasses
from typing import TYPE_CHECKING

import pytest

from bot.domain import Entity, EntityRef, EntityType, SlackUser
from bot.errors import StoreError
from bot.sandbox.portal import SandboxPortal
from bot.suggesting import Suggesting
from bot.suggestions import Hints, Offer, Remark, Suggestions, Why
from tests.portal_calls import fault, open_client
from tests.workshop import Shop, open_shop

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence
    from pathlib import Path

    from bot.account import Account
    from bot.domain import PortalUrl
    from bot.portal.client import PortalClient
    from bot.sandbox.slack import SandboxSlack
    from bot.suggesting import LinkedRecords
    from bot.suggesting.suggesting import HintsOf
    from storage.ports import Accounts, Recents

ONBOARDING = EntityRef(EntityType.CASE, 7)
SALARY = EntityRef(EntityType.CASE, 8)


@dataclasses.dataclass(frozen=True)
class Link:
    """A record that a channel is linked to."""

    ref: EntityRef
    portal: PortalUrl


@dataclasses.dataclass
class Linked:
    """One channel that is linked to a record."""

    channel: str
    link: Link

    async def of(self, team: str, channel: str, /) -> Link | None:
        return self.link if channel == self.channel else None


class Hangs:
    """A store that gives no answer."""

    async def of(self, *_: object) -> Sequence[Entity]:
        await asyncio.Event().wait()
        return ()


class Breaks:
    """A store that cannot be read."""

    async def of(self, *_: object) -> Sequence[Entity]:
        raise StoreError("gone")


class HangingAccounts:
    """A store that does not even tell who is connected."""

    async def of(self, _: SlackUser, /) -> Sequence[Account]:
        await asyncio.Event().wait()
        return ()


@dataclasses.dataclass
class Desk:
    """A shop with a client of its portal."""

    shop: Shop
    client: PortalClient
    opened: list[Suggesting] = dataclasses.field(default_factory=list)
    others: tuple[PortalUrl, ...] = ()

    def linked(self, ref: EntityRef, portal: SandboxPortal | None = None) -> Suggesting:
        """Return suggesting in an office where C0SALES is linked to a record."""
        return self.suggesting(Linked("C0SALES", Link(ref, (portal or self.shop.portal).url)))

    def suggesting(
        self,
        links: LinkedRecords | None = None,
        recents: Recents | None = None,
        accounts: Accounts | None = None,
    ) -> Suggesting:
        made = Suggesting(
            accounts=accounts or self.shop.store.accounts,
            recents=recents or self.shop.store.recents,
            portal=self.client,
            vault=self.shop.vault,
            portals=(self.shop.portal.url, *self.others),
            links=links,
        )
        self.opened.append(made)
        return made


@pytest.fixture
async def desk(slack: SandboxSlack, portal: SandboxPortal, tmp_path: Path) -> AsyncIterator[Desk]:
    async with open_shop(slack, portal, tmp_path) as shop, open_client() as client:
        desk = Desk(shop, client)
        yield desk
        for one in desk.opened:
            await one.close()


def about(channel: str = "C0SALES", *texts: str) -> HintsOf:
    """Return what finds out what a form is about."""

    async def hints() -> Hints:
        return Hints(channel, texts)

    return hints


async def settled(desk: Desk, suggesting: Suggesting, text: str, *texts: str) -> Suggestions:
    """Return what Ana is offered in C0SALES once the portal has answered, however slow it is."""
    hints = about("C0SALES", *texts)
    await suggesting.suggest(text, to=desk.shop.ana, hints=hints)
    await desk.shop.portal.until(lambda: desk.shop.portal.in_flight == 0)
    return await suggesting.suggest(text, to=desk.shop.ana, hints=hints)


def of(found: Suggestions, why: Why) -> list[Offer]:
    return [offer for group in found.groups if group.why is why for offer in group.offers]


async def test_the_channels_record_stands_first_with_its_title(desk: Desk):
    suggesting = desk.linked(ONBOARDING)

    found = await settled(desk, suggesting, "")
    elsewhere = await suggesting.suggest("", to=desk.shop.ana, hints=about("C0DEALS"))

    assert found.groups[0].why is Why.LINKED
    [first] = of(found, Why.LINKED)
    assert isinstance(first.record, Entity)
    assert first.record.title == "Acme onboarding"
    assert of(elsewhere, Why.LINKED) == []


async def test_a_channels_record_is_hidden_from_those_who_may_not_see_it(desk: Desk):
    await desk.shop.connect("U0BEN", "Ben Ito")
    ben = SlackUser(desk.shop.slack.team, "U0BEN")
    suggesting = desk.linked(SALARY)

    hers = await settled(desk, suggesting, "")
    await suggesting.suggest("", to=ben, hints=about())
    await desk.shop.portal.until(lambda: desk.shop.portal.in_flight == 0)
    his = await suggesting.suggest("", to=ben, hints=about())

    assert of(hers, Why.LINKED)
    assert of(his, Why.LINKED) == []
    assert of(his, Why.NEWEST)


async def test_a_channels_record_has_no_title_before_the_portal_tells_it(desk: Desk):
    fault(desk.shop.portal, "GET", "crm/", latency=30)
    suggesting = desk.linked(SALARY)

    found = await suggesting.suggest("", to=desk.shop.ana, hints=about())

    assert of(found, Why.LINKED) == [Offer(SALARY)]


async def test_a_channels_record_may_be_on_another_portal_of_the_person(desk: Desk):
    async with SandboxPortal.sample() as second:
        desk.others = (second.url,)
        suggesting = desk.linked(ONBOARDING, second)
        without = await settled(desk, suggesting, "")
        await desk.shop.connect(portal=second)

        async with asyncio.timeout(20):
            found = await settled(desk, suggesting, "")
            while isinstance(of(found, Why.LINKED)[0].record, EntityRef):
                found = await settled(desk, suggesting, "")

    assert of(without, Why.LINKED) == []
    assert of(found, Why.LINKED)[0].portal == second.url
    newest = [offer for offer in of(found, Why.NEWEST) if offer.ref == ONBOARDING]
    assert [offer.portal for offer in newest] == [None]


async def test_titles_that_share_words_with_files_and_message_are_found_and_say_why(desk: Desk):
    for number in range(30):
        desk.shop.portal.case(f"Acme ticket {number}")
    desk.shop.portal.case("Bright Harbour claim", id=700)
    for number in range(30):
        desk.shop.portal.case(f"Acme request {number}")
    texts = ("2026-11-03_Harbour-contract-signed.pdf", "For the Harbour people")

    found = await settled(desk, desk.suggesting(), "", *texts)

    [fitting] = of(found, Why.FITTING)
    assert isinstance(fitting.record, Entity)
    assert fitting.record.ref == EntityRef(EntityType.CASE, 700)
    assert fitting.shared == ("harbour",)


async def test_a_warm_start_has_asked_before_the_menu_opens(desk: Desk):
    suggesting = desk.linked(ONBOARDING)
    hints = about("C0SALES", "renewal.pdf")

    suggesting.warm(desk.shop.ana, await hints())
    portal = desk.shop.portal
    await portal.until(lambda: len(portal.requests) == 7)
    found = await suggesting.suggest("", to=desk.shop.ana, hints=hints)

    assert len(portal.requests) == 7
    assert [group.why for group in found.groups][:2] == [Why.LINKED, Why.FITTING]


async def test_warming_for_somebody_without_a_key_asks_nothing(desk: Desk):
    suggesting = desk.suggesting()

    suggesting.warm(SlackUser(desk.shop.slack.team, "U0GIA"))
    found = await suggesting.suggest("", to=SlackUser(desk.shop.slack.team, "U0GIA"))

    assert found == Suggestions(remark=Remark.CONNECT)
    assert desk.shop.portal.requests == []


@pytest.mark.parametrize("recents", [Hangs(), Breaks()], ids=["hangs", "breaks"])
async def test_a_store_in_trouble_leaves_what_the_portal_says(desk: Desk, recents: Recents):
    suggesting = desk.suggesting(recents=recents)

    empty = await settled(desk, suggesting, "")
    typed = await settled(desk, suggesting, "onboarding")

    assert of(empty, Why.NEWEST)
    assert [offer.record.ref for offer in of(typed, Why.FOUND) if isinstance(offer.record, Entity)]


@pytest.mark.parametrize("trouble", [Hangs(), Breaks()], ids=["hangs", "breaks"])
async def test_a_form_that_cannot_be_read_is_about_nothing(desk: Desk, trouble: Hangs | Breaks):
    async def hints() -> Hints:
        await trouble.of()
        return Hints("C0DEALS")

    suggesting = desk.suggesting()
    await settled(desk, suggesting, "")

    found = await suggesting.suggest("", to=desk.shop.ana, hints=hints)

    assert of(found, Why.NEWEST)


async def test_hints_are_not_asked_for_while_letters_are_typed(desk: Desk):
    async def hints() -> Hints:
        raise AssertionError

    found = await desk.suggesting().suggest("onboarding", to=desk.shop.ana, hints=hints)

    assert found.remark in {None, Remark.SEARCHING}


async def test_a_store_that_tells_nothing_at_all_ends_the_wait_all_the_same(desk: Desk):
    accounts: Accounts = HangingAccounts()  # type: ignore[assignment]  # all that is asked of it

    found = await desk.suggesting(accounts=accounts).suggest("", to=desk.shop.ana)

    assert found == Suggestions(remark=Remark.SEARCHING)


async def test_nothing_is_answered_from_a_key_that_was_given_up(desk: Desk):
    suggesting = desk.suggesting()
    before = await settled(desk, suggesting, "Salary")
    await desk.shop.connect("U0ANA", "Ben Ito")

    after = await settled(desk, suggesting, "Salary")

    assert before.groups
    assert after.groups == ()


async def test_forgetting_drops_answers_and_ends_calls(desk: Desk):
    suggesting = desk.suggesting()
    await settled(desk, suggesting, "Acme")
    asked = len(desk.shop.portal.requests)

    suggesting.forget(desk.shop.slack.team, "U0BEN")
    await settled(desk, suggesting, "Acme")
    kept = len(desk.shop.portal.requests)
    suggesting.forget(desk.shop.slack.team)
    await settled(desk, suggesting, "Acme")

    assert kept == asked
    assert len(desk.shop.portal.requests) == asked + 3


async def test_hasty_keys_are_few_calls_at_a_time(desk: Desk):
    fault(desk.shop.portal, "GET", "crm/", latency=0.3)
    suggesting = desk.suggesting()
    keys = ["", "ab", "bc", "cd", "de", "ef", "fg", "gh", "Acme", "Acme o"]

    await asyncio.gather(*(suggesting.suggest(key, to=desk.shop.ana) for key in keys))
    found = await settled(desk, suggesting, "Acme o")

    assert [offer.record.ref for offer in of(found, Why.FOUND) if isinstance(offer.record, Entity)]
    assert desk.shop.portal.most_in_flight <= 12


async def test_many_people_at_a_slow_portal_wait_in_line_and_none_is_refused(desk: Desk):
    people = [f"U0{number}" for number in range(5)]
    for user in people:
        desk.shop.portal.person(f"Person {user}")
        await desk.shop.connect(user, f"Person {user}")
    fault(desk.shop.portal, "GET", "crm/", latency=0.2)
    suggesting = desk.suggesting()
    hints = about("C0SALES", "harbour renewal.pdf")

    async def all_ask() -> list[Suggestions]:
        asking = (SlackUser(desk.shop.slack.team, user) for user in people)
        return await asyncio.gather(
            *(suggesting.suggest("", to=one, hints=hints) for one in asking)
        )

    async with asyncio.timeout(20):
        found = await all_ask()
        while not all(of(one, Why.FITTING) for one in found):
            await desk.shop.portal.until(lambda: desk.shop.portal.in_flight == 0)
            found = await all_ask()

    assert [one.remark for one in found] == [None] * len(people)
    assert desk.shop.portal.most_in_flight <= 18
