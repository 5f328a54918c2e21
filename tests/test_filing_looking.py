"""What a filing reads of the portal: records, outcomes, room; and what it says may lie there."""

from __future__ import annotations

import asyncio
import dataclasses
import io
import json
from typing import TYPE_CHECKING, Any

import pytest

from bot import logs
from bot.domain import (
    Attempt,
    Entity,
    EntityName,
    EntityRef,
    EntityType,
    FileId,
    FilingState,
    Item,
    ItemState,
    Purpose,
    Removal,
    SharedFile,
    Stand,
    UntypedNumber,
    WrittenFile,
)
from bot.errors import EntityNotFoundError, PortalRefusedError, StorageFullError
from bot.filing import orphans
from bot.filing.room import check_room
from bot.filing.searching import Searching
from bot.filing.settling import event_of, events_of
from bot.filing.transfers import Transfers
from bot.portal.client import MOST_EVENTS
from tests.builders import NOON, filing_of
from tests.looking import file, item
from tests.portal_calls import fault, key_of, open_client

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from bot.portal.client import PortalClient
    from bot.portal.model import Event
    from bot.sandbox.portal import SandboxPortal

CASE = EntityRef(EntityType.CASE, 7)
DEAL = EntityRef(EntityType.OPPORTUNITY, 31)


@pytest.fixture
async def client() -> AsyncIterator[PortalClient]:
    async with open_client() as client:
        yield client


# Records


def refs(found: Sequence[Entity]) -> list[str]:
    return [str(entity.ref) for entity in found]


async def test_a_record_is_found_by_reference_name_or_number(
    client: PortalClient, portal: SandboxPortal
):
    searching, ana = Searching(client), key_of(portal)

    assert refs(await searching.matches(CASE, ana)) == ["Case #7"]
    assert refs(await searching.matches(UntypedNumber(7), ana)) == ["Case #7", "Opportunity #7"]
    assert refs(await searching.matches(UntypedNumber(99), ana)) == []
    named = EntityName(EntityType.OPPORTUNITY, "renewal")
    assert refs(await searching.matches(named, ana)) == ["Opportunity #31"]
    with pytest.raises(EntityNotFoundError):
        await searching.matches(EntityRef(EntityType.CASE, 99), ana)


async def test_trouble_is_no_missing_record(client: PortalClient, portal: SandboxPortal):
    fault(portal, "GET", "crm/opportunity", status=500, times=9)

    with pytest.raises(PortalRefusedError):
        await Searching(client).matches(UntypedNumber(7), key_of(portal))


async def test_records_of_the_same_number_are_a_help_and_no_trouble(
    client: PortalClient, portal: SandboxPortal
):
    searching, ana = Searching(client), key_of(portal)

    assert refs(await searching.similar(CASE, ana)) == ["Opportunity #7"]
    assert refs(await searching.similar(EntityRef(EntityType.CONTACT, 7), ana)) == [
        "Case #7",
        "Opportunity #7",
    ]
    fault(portal, "GET", "crm/opportunity", status=500, times=9)
    assert refs(await searching.similar(CASE, ana)) == []


@pytest.mark.parametrize(
    ("purpose", "files", "newest"),
    [
        (Purpose.LINK, [], False),
        (Purpose.LIST, [13, 12], False),
        (Purpose.ATTACH, [13, 12], True),
        (Purpose.UNDO, [13, 12], True),
    ],
)
async def test_of_a_record_is_read_what_the_request_needs(
    client: PortalClient, portal: SandboxPortal, purpose: Purpose, files: list[int], newest: bool
):
    found, watermark = await Searching(client).files_of(DEAL, purpose, key_of(portal))

    assert [one.id for one in found] == files
    assert watermark == (portal.events_of(DEAL)[-1].id if newest else 0)


# Outcomes


class Lost:
    """Ana's attach of two files, whose answer was lost."""

    def __init__(self, client: PortalClient, portal: SandboxPortal) -> None:
        self.client = client
        self.portal = portal
        self.ana = portal.who("Ana Reyes")
        self.attempt = Attempt(
            files=(FileId(12), FileId(13)),
            watermark=portal.events_of(CASE)[-1].id,
            author=self.ana.id,
            at=NOON,
        )

    def happens(self, *files: int, by: str = "Ana Reyes") -> int:
        return self.portal.attach(CASE, files or (12, 13), by=self.portal.who(by)).id

    async def found(self) -> list[int]:
        """Return the events that are its own, seen by Ben, who looks with his key."""
        by = key_of(self.portal, "Ben Ito")
        events: Sequence[Event] = await events_of(self.attempt, CASE, self.client, by)
        first = await event_of(self.attempt, CASE, self.client, by)
        assert (first and first.id) == (events[0].id if events else None)
        return [event.id for event in events]


@pytest.fixture
def lost(client: PortalClient, portal: SandboxPortal) -> Lost:
    return Lost(client, portal)


async def test_an_attach_is_found_by_its_author_and_its_files(lost: Lost):
    assert await lost.found() == []
    lost.happens(by="Ben Ito")
    assert await lost.found() == []
    first = lost.happens()
    assert await lost.found() == [first]
    second = lost.happens()
    assert await lost.found() == [second, first]


@pytest.mark.parametrize("files", [(12,), (12, 13, 9), (9, 10)])
async def test_an_event_of_other_files_is_another_one(lost: Lost, files: tuple[int, ...]):
    lost.happens(*files)

    assert await lost.found() == []


async def test_what_was_there_before_the_call_is_none_of_its_outcome(lost: Lost):
    own = lost.happens()
    lost.attempt = dataclasses.replace(lost.attempt, watermark=own)

    assert await lost.found() == []


async def test_a_file_that_is_gone_since_is_missed_by_nobody(lost: Lost):
    own = lost.happens()
    lost.portal.data.crm.delete_file(lost.portal.data.store.files[FileId(13)])

    assert await lost.found() == [own]


async def test_an_event_without_files_is_nobodys(lost: Lost):
    lost.happens()
    for number in (12, 13):
        lost.portal.data.crm.delete_file(lost.portal.data.store.files[FileId(number)])

    assert await lost.found() == []


async def test_an_outcome_that_is_shown_no_more_is_not_known(lost: Lost):
    by = key_of(lost.portal)
    for _ in range(MOST_EVENTS - 1):
        lost.happens(9)
    assert await events_of(lost.attempt, CASE, lost.client, by) == []
    lost.happens(9)

    with pytest.raises(PortalRefusedError):
        await events_of(lost.attempt, CASE, lost.client, by)
    own = lost.happens()
    assert [event.id for event in await events_of(lost.attempt, CASE, lost.client, by)] == [own]


# Room


async def test_a_copy_lacked_room_if_less_is_left_than_it_needs(
    client: PortalClient, portal: SandboxPortal
):
    ana = key_of(portal)
    left = await client.storage_left(ana)
    assert left is not None

    await check_room(client, dataclasses.replace(file(12), size=left), ana)
    with pytest.raises(StorageFullError) as full:
        await check_room(client, dataclasses.replace(file(12), size=left + 1), ana)

    assert full.value.failure().facts == {
        "portal": portal.url,
        "name": "12.pdf",
        "size": left + 1,
    }


async def test_a_portal_that_does_not_say_how_much_room_it_has_lacks_none(
    client: PortalClient, portal: SandboxPortal
):
    fault(portal, "GET", "settings/quota", status=500, times=9)

    await check_room(client, dataclasses.replace(file(12), size=2**60), key_of(portal))


# What may lie there

COPYING, BRINGING = item(ItemState.COPYING), item(ItemState.BRINGING)
KEEPING = item(ItemState.PRESENT, removal=Removal(stand=Stand.KEEPING))
KEPT = item(ItemState.PRESENT, removal=Removal(stand=Stand.KEPT))
COPIED, TWIN = item(ItemState.COPIED, 20), item(ItemState.TWIN, 21)
ATTACHED, NOWHERE = item(ItemState.ATTACHED), item(ItemState.TWIN, file=None)


def noted_in(log: io.StringIO) -> list[tuple[object, ...]]:
    """Return what the log says of files that may lie there: filing, position, file."""
    lines = [json.loads(line) for line in log.getvalue().splitlines()]
    assert {(line["event"], line["level"]) for line in lines} <= {("orphan_possible", "warning")}
    return [(line["filing"], line["position"], line.get("file")) for line in lines]


@pytest.fixture
def log() -> io.StringIO:
    log = io.StringIO()
    logs.configure("info", "json", log)
    return log


def test_what_was_under_way_when_a_process_ended_may_lie_there(log: io.StringIO):
    filing = filing_of(items=(ATTACHED, COPYING, KEPT, BRINGING, KEEPING), orphans=(7,))

    assert orphans.note_under_way(filing).orphans == (7, 1, 3, 4)
    assert noted_in(log) == [(filing.id, position, None) for position in (1, 3, 4)]
    assert orphans.note_under_way(filing_of(items=(ATTACHED,))).orphans == ()


@pytest.mark.parametrize(
    ("before", "after", "left"),
    [
        (FilingState.READY, FilingState.FAILED, (1, 2)),
        (FilingState.WAITING, FilingState.CANCELLED, (1, 2)),
        (FilingState.READY, FilingState.DONE, (1, 2)),
        (FilingState.READY, FilingState.READY, ()),
        (FilingState.READY, FilingState.WAITING, ()),
        (FilingState.FAILED, FilingState.FAILED, ()),
    ],
)
def test_what_was_put_there_and_not_attached_is_left_at_the_end(
    before: FilingState, after: FilingState, left: tuple[int, ...], log: io.StringIO
):
    items = (ATTACHED, COPIED, TWIN, NOWHERE)
    was = filing_of(items=items, state=before)

    noted = orphans.note_left(was, dataclasses.replace(was, state=after))

    assert noted.orphans == left
    assert noted_in(log) == [(was.id, position, 19 + position) for position in left]


# Transfers


@pytest.mark.parametrize(
    ("source", "size"),
    [
        (SharedFile(id="F1", name="a.pdf", size=9), 9),
        (SharedFile(id="F1", name="a.pdf"), 0),
        (WrittenFile(title="a.pdf"), 0),
    ],
)
async def test_a_transfer_is_seen_while_it_lasts(source: Any, size: int):
    async def chunks() -> AsyncIterator[bytes]:
        yield b"four"
        yield b"five."

    transfers, filing = Transfers(), filing_of(items=(ATTACHED, Item(source=source)))
    seen = []

    async with transfers.begun(filing, 1) as transfer:
        seen.append(transfers.of(filing.id))
        transfer.expect("b.pdf", 9)
        async for _ in transfer.watched(chunks()):
            seen.append(transfers.of(filing.id))
            assert not transfer.whole
        seen.append(transfers.of(filing.id))
        assert transfer.whole

    told = [(one.name, one.done, one.size) for one in seen if one]
    assert told == [("a.pdf", 0, size), ("b.pdf", 0, 9), ("b.pdf", 4, 9), ("b.pdf", 9, 9)]
    assert transfers.of(filing.id) is None
    transfers.stop(filing.id)


async def test_a_transfer_that_is_stopped_ends_without_an_error_and_no_other_does():
    transfers, filing, other = Transfers(), filing_of(), filing_of()
    ended = []

    async with transfers.begun(other, 0) as running:
        async with transfers.begun(filing, 0) as transfer:
            transfers.stop(filing.id)
            async for _ in transfer.watched(endless()):
                pass
            ended.append("by itself")
        assert transfer.stopped
        assert not running.stopped
        assert transfers.of(other.id) is not None
    with pytest.raises(TimeoutError):
        async with transfers.begun(filing, 0):
            raise TimeoutError
    assert ended == []
    assert transfers.of(filing.id) is None


async def endless() -> AsyncIterator[bytes]:
    while True:
        yield b"x"
        await asyncio.sleep(0)
