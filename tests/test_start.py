"""A bot that starts with very many unfinished filings is ready at once and works them off."""

from __future__ import annotations

import asyncio
import dataclasses
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from bot.domain import (
    Answer,
    Attempt,
    EntityRef,
    EntityType,
    FileId,
    FilingState,
    Item,
    ItemState,
    PortalFile,
    WaitingFor,
)
from bot.lines import DESK
from tests.workshop import CASE, Shop, now, open_shop

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from bot.sandbox.portal import SandboxPortal
    from bot.sandbox.slack import SandboxSlack
    from storage.sqlite_filings import SqliteFilings

MANY = 2_000
BACKLOG = 60


@pytest.fixture
async def shop(slack: SandboxSlack, portal: SandboxPortal, tmp_path: Path) -> AsyncIterator[Shop]:
    async with open_shop(slack, portal, tmp_path) as shop:
        yield shop


async def wait(shop: Shop, reason: WaitingFor, *, unsaid: bool = False) -> None:
    """Store a filing that waits for Ana for a quarter of an hour."""
    until = now() + timedelta(minutes=15)
    await shop.accept(
        state=FilingState.WAITING, waiting_for=reason, expires_at=until, unsaid=unsaid
    )


class Watched:
    """The store's filings; what is asked of them one by one is noted."""

    def __init__(self, filings: SqliteFilings) -> None:
        self.asked: list[str] = []
        self._filings = filings

    def __getattr__(self, name: str) -> Any:
        self.asked.append(name)
        return getattr(self._filings, name)


async def test_a_bot_is_ready_before_it_has_read_a_single_filing(shop: Shop):
    await asyncio.gather(
        *(wait(shop, WaitingFor.KEY) for _ in range(MANY)),
        *(shop.accept(record=EntityRef(EntityType.CASE, 99)) for _ in range(MANY)),
    )
    filings = Watched(shop.store.filings)
    worker = shop.worker(filings)

    taken_up = await worker.start()

    assert (taken_up, filings.asked) == (2 * MANY, ["unfinished"])
    assert (worker.running + worker.waiting, worker.resting) == (MANY, MANY)


async def test_filings_that_wait_for_their_people_need_an_alarm_and_nothing_else(shop: Shop):
    await asyncio.gather(*(wait(shop, WaitingFor.FILES) for _ in range(MANY)))
    worker = shop.worker()

    taken_up = await worker.start()

    assert (taken_up, worker.resting, worker.running) == (MANY, MANY, 0)
    await worker.stop(5)
    assert worker.resting == 0
    assert list(shop.portal.requests) == []
    assert list(shop.slack.calls) == []


async def test_a_question_that_was_not_asked_yet_is_asked_at_the_start(shop: Shop):
    await wait(shop, WaitingFor.ACCOUNT, unsaid=True)

    await shop.worker().start()

    [question] = await shop.told()
    assert question.startswith("Connect your CRM account first.")


async def test_a_backlog_is_worked_off_and_a_new_command_need_not_wait_for_it(shop: Shop):
    await shop.connect("U0BEN", "Ben Ito")
    old = [shop.portal.case(f"Case {number}") for number in range(BACKLOG)]
    for case in old:
        await shop.accept(record=case)
    worker = shop.worker()

    taken_up = await worker.start()
    at_first = worker.running
    fresh = shop.portal.case("New case")
    worker.watch(await shop.filing(await shop.accept(record=fresh, user="U0BEN")))
    await shop.portal.until(lambda: bool(shop.portal.events_of(fresh)), within=30)
    behind = [case for case in old if not shop.portal.events_of(case)]
    await shop.portal.until(lambda: all(shop.portal.events_of(case) for case in old), within=30)
    await shop.told(BACKLOG)
    await shop.slack.shown("U0BEN", "C0SALES")

    assert taken_up == BACKLOG
    assert at_first <= DESK.whole
    assert len(behind) > BACKLOG / 2
    assert {len(shop.portal.events_of(case)) for case in [*old, fresh]} == {1}


async def test_a_stop_leaves_the_backlog_to_the_next_start(shop: Shop):
    ids = [await shop.accept() for _ in range(BACKLOG)]
    worker = shop.worker()
    await worker.start()

    await worker.stop(5)

    assert worker.running == 0
    assert {id_ for id_, _ in await shop.store.filings.unfinished()} >= set(ids[DESK.whole :])


def as_left(left: str) -> dict[str, Any]:
    """Return what a process left of a filing just before it was to attach."""
    ready = tuple(Item(source=FileId(id_), state=ItemState.READY) for id_ in (12, 13))
    if left == "looked":
        return {"items": ready, "looked": True}
    if left == "copied":
        copy = PortalFile(id=FileId(13), title="price-list.xlsx")
        copied = Item(source=FileId(14), state=ItemState.COPIED, file=copy)
        return {"items": (ready[0], copied), "looked": True, "answer": Answer.COPY}
    sent = now() - timedelta(minutes=5)
    attempt = Attempt(files=(FileId(12), FileId(13)), watermark=0, author="", at=sent)
    looked = dataclasses.replace(attempt, looked_at=sent + timedelta(minutes=2))
    return {"items": ready, "looked": True, "attempt": looked}


@pytest.mark.parametrize("left", ["looked", "copied", "about to repeat"])
async def test_what_was_attached_since_a_backup_is_not_attached_again(shop: Shop, left: str):
    person = shop.portal.who("Ana Reyes")
    facts = as_left(left)
    if attempt := facts.get("attempt"):
        watermark = shop.portal.events_of(CASE)[-1].id
        facts["attempt"] = dataclasses.replace(attempt, author=person.id, watermark=watermark)
    id_ = await shop.accept(**facts)
    shop.portal.attach(CASE, [12, 13], by=person)

    await shop.worker().start()
    [answer] = await shop.told()

    assert shop.events == [[12, 13]]
    assert (await shop.filing(id_)).state is FilingState.DONE
    assert answer.startswith(("Already on Case #7", "Attached 2 files to Case #7"))
