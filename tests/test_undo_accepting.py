"""Who may undo what, and that one receipt is taken back by one undo at a time."""

from __future__ import annotations

import asyncio
import dataclasses
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from bot.domain import (
    FileId,
    Filing,
    FilingState,
    Item,
    ItemState,
    LateLook,
    PortalFile,
    Purpose,
    SlackUser,
    Stand,
)
from bot.errors import (
    NothingToUndoError,
    NotYoursError,
    UndoneBeforeError,
    UndoTooLateError,
    UndoTooSoonError,
)
from bot.filing.undo_next import removal_of
from bot.reply_to import ReplyTo
from bot.undo import Undoing
from tests.builders import filing_of
from tests.looking import SENT
from tests.workshop import Shop, now, open_shop

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from bot.sandbox.portal import SandboxPortal
    from bot.sandbox.slack import SandboxSlack

ITEM = Item(
    source=FileId(12),
    state=ItemState.ATTACHED,
    file=PortalFile(id=FileId(12), title="offer.pdf"),
)
HERE = ReplyTo(channel="C0SALES")


@pytest.fixture
async def shop(slack: SandboxSlack, portal: SandboxPortal, tmp_path: Path) -> AsyncIterator[Shop]:
    async with open_shop(slack, portal, tmp_path) as opened:
        yield opened


@pytest.fixture
async def undoing(shop: Shop) -> Undoing:
    """Return the use case with a worker that has stopped: undos stay as they were accepted."""
    worker = shop.worker()
    await worker.stop(0)
    return Undoing(store=shop.store, worker=worker, clock=now)


async def attached(shop: Shop, user: SlackUser | None = None, **facts: Any) -> Filing:
    """Store a filing that attached a file a moment ago."""
    given = {"items": (ITEM,), "state": FilingState.DONE, "finished_at": now(), "event": 50}
    filing = filing_of(user or shop.ana, **{**given, "accepted_at": now(), **facts})
    stored, _ = await shop.store.filings.accept(filing)
    return stored


async def test_an_undo_is_stored_with_what_it_takes_back(shop: Shop, undoing: Undoing):
    left_out = dataclasses.replace(ITEM, state=ItemState.LEFT_OUT)
    origin = await attached(shop, items=(ITEM, left_out), author="ana", events_before=(41,))

    undo = await undoing.undo(origin, reply=HERE, dedupe_key="k")

    assert await shop.filing(undo.id) == undo
    assert (undo.purpose, undo.user, undo.author) == (Purpose.UNDO, shop.ana, "ana")
    assert undo.undo is not None
    assert (undo.undo.filing, undo.undo.events) == (origin.id, (41, 50))
    assert [removal_of(item).stand for item in undo.items] == [Stand.NAMED]


async def test_two_undos_of_one_receipt_at_once_are_one(shop: Shop, undoing: Undoing):
    origin = await attached(shop)

    undos = await asyncio.gather(
        *(undoing.undo(origin, reply=HERE, dedupe_key=f"k{n}") for n in range(5))
    )

    assert len({one.id for one in undos}) == 1


@pytest.mark.parametrize("state", [FilingState.FAILED, FilingState.CANCELLED, FilingState.WAITING])
async def test_an_undo_that_is_not_at_its_end_goes_on(
    shop: Shop, undoing: Undoing, state: FilingState
):
    origin = await attached(shop)
    first = await undoing.undo(origin, reply=HERE, dedupe_key="k1")
    await shop.store.filings.save(dataclasses.replace(first, state=state))

    again = await undoing.undo(origin, reply=HERE, dedupe_key="k2")

    assert again.id == first.id
    asks = state is FilingState.WAITING
    assert again.state is (state if asks else FilingState.READY)
    assert again.unsaid == asks


async def test_an_undo_that_left_something_can_be_followed_by_another(shop: Shop, undoing: Undoing):
    origin = await attached(shop)
    first = await undoing.undo(origin, reply=HERE, dedupe_key="k1")
    await shop.store.filings.save(dataclasses.replace(first, state=FilingState.DONE))

    second = await undoing.undo(origin, reply=HERE, dedupe_key="k2")
    delivered_again = await undoing.undo(origin, reply=HERE, dedupe_key="k1")

    assert second.id != first.id
    assert delivered_again.id == first.id


async def test_only_who_filed_it_takes_it_back(shop: Shop, undoing: Undoing):
    origin = await attached(shop)
    ben = SlackUser(shop.slack.team, "U0BEN")

    with pytest.raises(NotYoursError):
        await undoing.clicked(origin.id, by=ben)
    with pytest.raises(NothingToUndoError):
        await undoing.latest(origin.receipt, by=ben)
    with pytest.raises(NotYoursError):
        await undoing.clicked("unknown", by=shop.ana)
    assert (await undoing.clicked(origin.id, by=shop.ana)).id == origin.id


@pytest.mark.parametrize(
    ("facts", "error"),
    [
        ({"undone_at": now()}, UndoneBeforeError),
        ({"finished_at": now() - timedelta(days=7)}, UndoTooLateError),
        ({"late": LateLook(attempt=SENT, due=now() + timedelta(minutes=5))}, UndoTooSoonError),
        ({"state": FilingState.FAILED}, NothingToUndoError),
        ({"state": FilingState.READY}, NothingToUndoError),
        ({"purpose": Purpose.LIST}, NothingToUndoError),
        ({"purpose": Purpose.UNDO}, NothingToUndoError),
        ({"items": (Item(source=FileId(12), state=ItemState.PRESENT),)}, NothingToUndoError),
    ],
)
async def test_what_cannot_be_undone_says_why_and_nothing_is_stored(
    shop: Shop, undoing: Undoing, facts: dict[str, Any], error: type[Exception]
):
    origin = await attached(shop, **facts)

    with pytest.raises(error):
        await undoing.undo(origin, reply=HERE, dedupe_key="k")

    assert await shop.store.undos.of(origin) is None
