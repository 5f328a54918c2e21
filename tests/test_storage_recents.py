"""The records that a person used lately, as the store tells them."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

import pytest

from bot.domain import Entity, EntityRef, EntityType, FilingState
from storage.sqlite import open_store
from tests.builders import ANA, ANA_ELSEWHERE, BEN, OFFICE, SECOND, account_of, done, filing_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from storage.ports import Store

HERS = account_of(ANA)


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    async with open_store(f"sqlite:///{tmp_path}/bot.db") as store:
        yield store


def seen(number: int, title: str = "") -> Entity:
    return Entity(ref=EntityRef(EntityType.CASE, number), title=title or f"Case of {number}")


async def test_the_latest_records_come_first_and_once_as_they_were_seen_last(store: Store):
    for at, entity in enumerate([seen(7, "Old name"), seen(8), seen(9), seen(7, "New name")]):
        await store.filings.accept(done(at=at, entity=entity, author=HERS.owner))

    assert await store.recents.of(HERS, 2) == [seen(7, "New name"), seen(9)]


async def test_nobody_is_told_of_another_account(store: Store):
    facts: dict[str, Any] = {"entity": seen(7), "author": HERS.owner}
    await store.filings.accept(done(BEN, **facts))
    await store.filings.accept(done(ANA_ELSEWHERE, **facts))
    await store.filings.accept(done(portal=SECOND, **facts))
    await store.filings.accept(done(entity=seen(7), author="another person on the portal"))

    assert await store.recents.of(HERS, 5) == []
    assert await store.recents.of(account_of(BEN), 5) == [seen(7)]
    assert HERS.portal == OFFICE


@pytest.mark.parametrize("state", [FilingState.FAILED, FilingState.WAITING, FilingState.CANCELLED])
async def test_what_came_to_nothing_is_no_recent_record(store: Store, state: FilingState):
    await store.filings.accept(filing_of(entity=seen(7), author=HERS.owner, state=state))
    await store.filings.accept(done(author=HERS.owner))

    assert await store.recents.of(HERS, 5) == []


async def test_a_title_with_every_kind_of_sign_comes_back_as_it_was(store: Store):
    odd = dataclasses.replace(seen(7, 'NUL \0, "quotes", \u2028 and \U0001f469'), closed=True)
    await store.filings.accept(done(entity=odd, author=HERS.owner))

    assert await store.recents.of(HERS, 5) == [odd]
