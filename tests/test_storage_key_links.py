"""What the store promises of links to the page for keys."""

from __future__ import annotations

import asyncio
import dataclasses
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from bot.connect_link import MOST_WRONG, ConnectLink, digest
from bot.reply_to import Posted, ReplyTo
from storage.sqlite import open_store
from tests.builders import ANA, ANA_ELSEWHERE, BEN, NOON, OFFICE

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from bot.domain import SlackUser
    from storage.ports import KeyLinks

LATER = NOON + timedelta(minutes=10)


@pytest.fixture
async def links(tmp_path: Path) -> AsyncIterator[KeyLinks]:
    async with open_store(f"sqlite:///{tmp_path}/bot.db") as store:
        yield store.key_links


def link_of(id_: str = "one", user: SlackUser = ANA) -> ConnectLink:
    reply = ReplyTo(channel="C1", sealed_url="sealed", url_until=LATER, posted=Posted("C1", "1.2"))
    return ConnectLink(
        id=id_,
        token=digest(id_),
        user=user,
        name="ana",
        portal=OFFICE,
        draft="draft",
        reply=reply,
        until=LATER,
    )


async def test_a_link_is_found_unchanged_by_its_token_and_its_name(links: KeyLinks):
    anywhere = dataclasses.replace(link_of("two", BEN), portal=None)
    await links.put(link_of(), NOON)
    await links.put(anywhere, NOON)

    assert await links.find(digest("one")) == link_of()
    assert await links.get("two") == anywhere
    assert await links.find(digest("three")) is None


async def test_a_person_has_one_link_in_each_workspace(links: KeyLinks):
    for id_, user in (("one", ANA), ("two", ANA), ("three", ANA_ELSEWHERE), ("four", BEN)):
        await links.put(link_of(id_, user), NOON)

    assert await links.get("one") is None
    assert [await links.get(id_) for id_ in ("two", "three", "four")].count(None) == 0


async def test_links_that_have_ended_leave_with_the_next_one(links: KeyLinks):
    await links.put(link_of(), NOON)

    await links.put(link_of("two", BEN), LATER)

    assert await links.get("one") is None


async def test_of_many_browsers_at_once_one_gets_the_link(links: KeyLinks):
    await links.put(link_of(), NOON)

    won = await asyncio.gather(*(links.claim("one", digest(f"b{n}")) for n in range(10)))

    assert won.count(True) == 1
    assert await links.claim("one", digest(f"b{won.index(True)}"))


async def test_wrong_keys_are_counted_one_by_one_however_they_come(links: KeyLinks):
    await links.put(link_of(), NOON)

    counted = await asyncio.gather(*(links.count_wrong("one") for _ in range(5)))

    assert sorted(counted) == [1, 2, 3, 4, 5]
    assert await links.count_wrong("nobody's") == -1


async def test_one_of_many_ends_a_link_and_gets_it_as_it_was_last(links: KeyLinks):
    await links.put(link_of(), NOON)
    await links.answer_at("one", ANA, ReplyTo(channel="C2"))

    ended = await asyncio.gather(*(links.end("one") for _ in range(5)))

    assert [one.reply.channel for one in ended if one] == ["C2"]


async def test_t1_another_person_does_not_turn_the_news_of_a_link(links: KeyLinks):
    await links.put(link_of(), NOON)

    assert not await links.answer_at("one", BEN, ReplyTo(channel="C2"))
    assert await links.get("one") == link_of()


async def test_links_are_forgotten_by_person_and_by_workspace(links: KeyLinks):
    for id_, user in (("one", ANA), ("two", BEN), ("three", ANA_ELSEWHERE)):
        await links.put(link_of(id_, user), NOON)

    await links.forget(BEN)
    await links.forget_team(ANA.team)

    assert [await links.get(id_) is None for id_ in ("one", "two", "three")] == [True, True, False]


@pytest.mark.parametrize(
    ("browser", "wrong", "minutes", "works"),
    [
        ("", 0, 0, True),
        (digest("mine"), 4, 9, True),
        (digest("other"), 0, 0, False),
        (digest("mine"), MOST_WRONG, 0, False),
        ("", 0, 10, False),
    ],
    ids=["new", "claimed", "another's", "worn", "old"],
)
def test_a_link_works_for_one_browser_until_its_end(
    browser: str, wrong: int, minutes: int, works: bool
):
    link = dataclasses.replace(link_of(), browser=browser, wrong=wrong)

    assert link.works(digest("mine"), NOON + timedelta(minutes=minutes)) is works
