"""What every engine of the store promises, said through its port."""

from __future__ import annotations

import asyncio
import dataclasses
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings

from bot.domain import (
    EntityRef,
    EntityType,
    Failure,
    FileId,
    Filing,
    FilingState,
    Item,
    ItemState,
    Purpose,
    SharedFile,
    SlackUser,
    WaitingFor,
    undo_wish,
)
from bot.errors import (
    BadFilesError,
    BotError,
    EntityNotFoundError,
    GoneError,
    PortalAwayError,
    StaleFilingError,
)
from storage.sqlite import open_store
from tests.builders import (
    ANA,
    ANA_ELSEWHERE,
    BEN,
    NOON,
    OFFICE,
    SECOND,
    account_of,
    done,
    filing_of,
)
from tests.strategies import filings

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from storage.ports import Store

shared_store = settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@pytest.fixture(params=["sqlite"])
async def store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Store]:
    async with open_store(f"{request.param}:///{tmp_path}/bot.db") as opened:
        yield opened


async def accept(store: Store, *filings: Filing) -> None:
    for filing in filings:
        await store.filings.accept(filing)


@shared_store
@given(filing=filings)
async def test_an_accepted_filing_is_found_unchanged(store: Store, filing: Filing):
    name = uuid4().hex
    filing = dataclasses.replace(filing, id=name, receipt=name, dedupe_key=name)

    accepted, is_new = await store.filings.accept(filing)

    assert (accepted, is_new) == (filing, True)
    assert await store.filings.get(name) == filing


@shared_store
@given(before=filings, after=filings)
async def test_a_saved_filing_is_found_as_its_next_version(
    store: Store, before: Filing, after: Filing
):
    name = uuid4().hex
    same: dict[str, Any] = {"id": name, "receipt": name, "dedupe_key": name}
    await store.filings.accept(dataclasses.replace(before, **same))

    saved = await store.filings.save(dataclasses.replace(after, **same, version=before.version))

    assert saved == dataclasses.replace(after, **same, version=before.version + 1)
    assert await store.filings.get(name) == saved


@pytest.mark.parametrize(
    "error",
    [
        EntityNotFoundError(EntityRef(EntityType.CONTACT, 5)),
        BadFilesError("x", good=(12, 13), record="case 7"),
        PortalAwayError(OFFICE, after=1.5, until=1_800_000_000),
        GoneError(),
    ],
    ids=lambda error: type(error).__name__,
)
async def test_an_error_is_found_as_the_error_it_was(store: Store, error: BotError):
    filing = filing_of(failure=error.failure())
    await store.filings.accept(filing)

    found = await store.filings.get(filing.id)

    assert found is not None
    assert found.failure is not None
    again = BotError.of(found.failure)
    assert (type(again), vars(again)) == (type(error), vars(error))


async def test_an_unknown_filing_is_none(store: Store):
    assert await store.filings.get("nobody") is None


async def test_a_second_delivery_gets_the_first_filing(store: Store):
    first = filing_of(dedupe_key="command:T1:1")
    await store.filings.accept(first)
    second = filing_of(dedupe_key="command:T1:1")

    answer = await store.filings.accept(second)

    assert answer == (first, False)
    assert await store.filings.get(second.id) is None


async def test_deliveries_at_the_same_time_make_one_filing(store: Store):
    deliveries = [filing_of(dedupe_key="command:T1:1") for _ in range(20)]

    answers = await asyncio.gather(*(store.filings.accept(filing) for filing in deliveries))

    assert [is_new for _, is_new in answers].count(True) == 1
    assert len({filing.id for filing, _ in answers}) == 1
    assert len(await store.filings.unfinished()) == 1


async def test_a_receipt_that_is_taken_is_replaced(store: Store):
    same = [filing_of(receipt="A7K2") for _ in range(20)]

    answers = await asyncio.gather(*(store.filings.accept(filing) for filing in same))

    receipts = {filing.receipt for filing, _ in answers}
    assert len(receipts) == 20
    assert "A7K2" in receipts
    assert {len(receipt) for receipt in receipts} == {4}
    found = [await store.filings.get(filing.id) for filing in same]
    assert found == [filing for filing, _ in answers]


async def test_a_late_writer_is_refused(store: Store):
    filing = filing_of()
    await store.filings.accept(filing)
    saved = await store.filings.save(dataclasses.replace(filing, note="first"))

    with pytest.raises(StaleFilingError):
        await store.filings.save(dataclasses.replace(filing, note="late"))

    assert await store.filings.get(filing.id) == saved


async def test_of_writers_at_the_same_time_one_wins(store: Store):
    filing = filing_of()
    await store.filings.accept(filing)
    rivals = [dataclasses.replace(filing, note=f"writer {number}") for number in range(10)]

    ends = await asyncio.gather(
        *(store.filings.save(rival) for rival in rivals), return_exceptions=True
    )

    winners = [end for end in ends if isinstance(end, Filing)]
    assert winners == [await store.filings.get(filing.id)]
    assert sum(isinstance(end, StaleFilingError) for end in ends) == 9


async def test_a_filing_that_was_never_accepted_cannot_be_saved(store: Store):
    with pytest.raises(StaleFilingError):
        await store.filings.save(filing_of())


async def test_a_failing_write_takes_no_other_with_it(store: Store):
    good = [filing_of() for _ in range(10)]

    ends = await asyncio.gather(
        *(store.filings.accept(filing) for filing in good[:5]),
        store.filings.save(filing_of()),
        *(store.filings.accept(filing) for filing in good[5:]),
        return_exceptions=True,
    )

    assert isinstance(ends.pop(5), StaleFilingError)
    assert ends == [(filing, True) for filing in good]


async def test_a_thousand_filings_at_once_are_all_there(store: Store):
    many = [filing_of() for _ in range(1_000)]

    await asyncio.gather(*(store.filings.accept(filing) for filing in many))

    assert {id_ for id_, _ in await store.filings.unfinished()} == {one.id for one in many}
    assert [await store.filings.get(filing.id) for filing in many[::100]] == many[::100]


async def test_who_stops_waiting_harms_nobody(store: Store):
    impatient = asyncio.create_task(store.filings.accept(filing_of()))
    await asyncio.sleep(0)
    impatient.cancel()
    patient = filing_of()

    assert await store.filings.accept(patient) == (patient, True)
    assert impatient.cancelled()


async def test_unfinished_are_those_with_anything_left_to_do_the_next_first(store: Store):
    later = filing_of(wake_at=NOON + timedelta(hours=1))
    soon = filing_of(BEN, wake_at=NOON + timedelta(seconds=0.5))
    untold = done(unsaid=True, wake_at=NOON)
    await accept(store, later, soon, untold, done(), filing_of(state=FilingState.CANCELLED))

    unfinished = await store.filings.unfinished()

    assert unfinished == [(one.id, one.wake_at) for one in (untold, soon, later)]


async def test_who_waits_for_a_person_is_looked_at_when_the_waiting_ends(store: Store):
    ends = NOON + timedelta(minutes=15)
    asked = filing_of(state=FilingState.WAITING, expires_at=ends)
    unasked = filing_of(state=FilingState.WAITING, expires_at=ends, unsaid=True)
    endless = filing_of(state=FilingState.WAITING, wake_at=NOON + timedelta(seconds=1))
    tried = filing_of(expires_at=ends, wake_at=NOON + timedelta(seconds=2))
    await accept(store, asked, tried, endless, unasked)

    unfinished = await store.filings.unfinished()

    looks = [(one.id, one.wake_at) for one in (unasked, endless, tried)]
    assert unfinished == [*looks, (asked.id, ends)]


async def test_open_filings_are_this_persons_oldest_first(store: Store):
    second, first = filing_of(at=2), filing_of(at=1, state=FilingState.WAITING)
    await accept(store, second, first, filing_of(BEN), filing_of(ANA_ELSEWHERE), done())

    assert await store.filings.open_of(ANA) == [first, second]


async def test_what_a_person_could_not_be_told_is_found_until_they_were(store: Store):
    second, first = filing_of(at=2, untold=True), done(untold=True)
    await accept(store, second, first, done(), done(BEN, untold=True))
    assert await store.filings.untold_of(ANA) == [first, second]

    await store.filings.save(dataclasses.replace(first, untold=False))
    assert await store.filings.untold_of(ANA) == [second]


async def test_waiting_filings_are_found_by_person_portal_and_reason(store: Store):
    def waiting(user: SlackUser = ANA, **facts: Any) -> Filing:
        return filing_of(user, **{"state": FilingState.WAITING, **facts})

    for_account = waiting(at=2, waiting_for=WaitingFor.ACCOUNT)
    for_key = waiting(at=1, waiting_for=WaitingFor.KEY)
    await accept(
        store,
        for_account,
        for_key,
        waiting(waiting_for=WaitingFor.FILES),
        waiting(waiting_for=WaitingFor.KEY, portal=SECOND),
        waiting(BEN, waiting_for=WaitingFor.KEY),
        filing_of(),
    )

    reasons = [WaitingFor.ACCOUNT, WaitingFor.KEY]
    assert await store.filings.waiting(ANA, OFFICE, reasons) == [for_key, for_account]
    assert await store.filings.waiting(ANA, OFFICE, []) == []


async def test_retriable_are_failed_lapsed_and_troubled_ones_the_latest_first(store: Store):
    lapsed = filing_of(at=1, state=FilingState.CANCELLED, failure=GoneError().failure())
    troubled = filing_of(at=2, troubles=3)
    failed = filing_of(at=3, state=FilingState.FAILED, failure=Failure("PortalRefusedError"))
    given_up = filing_of(state=FilingState.CANCELLED, failure=Failure("KeyExpiredError"))
    others = [filing_of(BEN, state=FilingState.FAILED), filing_of(), done(), given_up]
    await accept(store, troubled, failed, lapsed, *others)

    assert await store.filings.retriable(ANA) == [failed, troubled, lapsed]


async def test_filings_with_the_same_bytes_are_found_latest_first(store: Store):
    item = Item(source=SharedFile(id="F1"), state=ItemState.ATTACHED, sha256="d1")
    first, second = done(ANA, at=1, items=(item,)), done(BEN, at=2, items=(item,))
    others = [
        done(ANA, items=(dataclasses.replace(item, sha256="d2"),)),
        done(ANA, items=(item,), portal=SECOND),
        done(ANA_ELSEWHERE, items=(item,)),
        done(ANA),
    ]
    for filing in (first, second, *others):
        await store.filings.accept(filing)

    assert list(await store.filings.alike("T1", OFFICE, "d1")) == [second, first]
    assert list(await store.filings.alike("T1", OFFICE, "")) == []


async def test_last_done_is_the_latest_that_attached_something(store: Store):
    latest = done(at=5)
    left_out = (Item(source=FileId(12), state=ItemState.LEFT_OUT),)
    await accept(
        store,
        latest,
        done(at=1),
        done(at=6, items=left_out),
        done(at=7, purpose=Purpose.LIST),
        done(at=8, state=FilingState.FAILED),
        done(BEN, at=9),
        done(ANA_ELSEWHERE, at=9),
    )

    assert await store.filings.last_done(ANA) == latest


async def test_what_was_taken_back_is_no_last_record(store: Store):
    earlier = done(at=1)
    await accept(store, earlier, done(at=5, undone_at=NOON))

    assert await store.filings.last_done(ANA) == earlier


async def test_an_undo_finds_what_it_may_take_back(store: Store):
    latest = done(at=5)
    left_out = (Item(source=FileId(12), state=ItemState.LEFT_OUT),)
    others = [done(at=1), done(at=6, items=left_out), done(at=7, undone_at=NOON), done(BEN, at=9)]
    await accept(store, latest, *others)

    assert await store.undos.latest(ANA, NOON) == latest
    assert await store.undos.latest(ANA, NOON + timedelta(minutes=6)) is None
    assert await store.undos.by_receipt(ANA, latest.receipt) == latest
    assert await store.undos.by_receipt(BEN, latest.receipt) is None
    assert await store.undos.by_key(latest.dedupe_key) == latest


async def test_the_latest_undo_of_a_filing_is_found(store: Store):
    origin = done()
    undos = [
        filing_of(at=minutes, purpose=Purpose.UNDO, wish=undo_wish(origin)) for minutes in (1, 2)
    ]
    await accept(store, origin, *undos, filing_of(at=3, purpose=Purpose.UNDO, wish="undo:other"))

    assert await store.undos.of(origin) == undos[-1]
    assert await store.undos.of(undos[0]) is None


async def test_who_attached_nothing_has_no_last_record(store: Store):
    await accept(store, filing_of(), done(BEN))

    assert await store.filings.last_done(ANA) is None


async def test_an_account_is_found_as_it_was_put(store: Store):
    account = account_of(SlackUser("T1", "U1", "E1"))

    await store.accounts.put(account)

    assert await store.accounts.get(ANA, OFFICE) == account
    assert await store.accounts.get(ANA, SECOND) is None
    assert await store.accounts.get(BEN, OFFICE) is None


async def test_a_new_key_replaces_the_old_one(store: Store):
    await store.accounts.put(account_of(key="old"))

    await store.accounts.put(account_of(key="new"))

    assert await store.accounts.of(ANA) == [account_of(key="new")]


async def test_a_person_has_an_account_on_each_portal(store: Store):
    await store.accounts.put(account_of(portal=SECOND))
    await store.accounts.put(account_of())
    await store.accounts.put(account_of(BEN))

    assert await store.accounts.of(ANA) == [account_of(), account_of(portal=SECOND)]


async def test_forgetting_a_person_spares_the_others(store: Store):
    for account in (account_of(), account_of(portal=SECOND), account_of(BEN)):
        await store.accounts.put(account)

    assert await store.accounts.forget(ANA) == 2
    assert await store.accounts.forget(ANA) == 0
    assert await store.accounts.of(ANA) == []
    assert await store.accounts.of(BEN) == [account_of(BEN)]


async def test_forgetting_a_workspace_spares_the_others(store: Store):
    for account in (account_of(), account_of(BEN), account_of(ANA_ELSEWHERE)):
        await store.accounts.put(account)

    assert await store.accounts.forget_team("T1") == 2
    assert await store.accounts.of(ANA_ELSEWHERE) == [account_of(ANA_ELSEWHERE)]


async def test_a_key_that_is_forgotten_while_it_is_looked_for_is_not_found_afterwards(store: Store):
    account = account_of()
    await store.accounts.put(account)

    await asyncio.gather(
        *(store.accounts.of(account.user) for _ in range(20)),
        store.accounts.forget(account.user),
        *(store.accounts.of(account.user) for _ in range(20)),
    )

    assert await store.accounts.of(account.user) == []


async def test_a_change_of_which_nobody_waits_for_the_end_is_seen(store: Store):
    account = account_of()
    await store.accounts.put(account)
    assert await store.accounts.of(account.user) == [account]

    forgetting = asyncio.create_task(store.accounts.forget(account.user))
    for _ in range(3):  # turns of the loop, until the change has been asked for
        await asyncio.sleep(0)
    forgetting.cancel()
    await store.check()  # it stands behind the change

    assert await store.accounts.of(account.user) == []


async def test_checks_at_the_same_time_all_pass(store: Store):
    await asyncio.gather(*(store.check() for _ in range(5)))


async def test_the_first_canary_stays(store: Store):
    assert await store.canary("sealed at the first start") == "sealed at the first start"
    assert await store.canary("sealed later") == "sealed at the first start"
