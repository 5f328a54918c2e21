"""What an undo asks a portal, over the socket and from a portal with all its quirks."""

from __future__ import annotations

import ssl
from contextlib import asynccontextmanager
from datetime import timedelta
from ipaddress import ip_network
from typing import TYPE_CHECKING, Literal

import pytest

from bot.domain import EntityRef, EntityType, FileId, Place
from bot.errors import (
    CrmClosedError,
    DocumentsClosedError,
    KeyRefusedError,
    OutcomeUnknownError,
    PortalAwayError,
)
from bot.portal.client import PortalClient
from bot.portal.network import open_network
from bot.portal.removals import Deletion, Removals, Span
from tests.portal_calls import fault, key_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from bot.sandbox.portal import SandboxPortal
    from bot.sandbox.portal_model import StoredFile

CASE = EntityRef(EntityType.CASE, 7)
DEAL = EntityRef(EntityType.OPPORTUNITY, 31)
PRIVATE = EntityRef(EntityType.CASE, 8)


@asynccontextmanager
async def open_removals(page: int = 100) -> AsyncIterator[Removals]:
    nothing_to_load = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    async with open_network([ip_network("127.0.0.1/32")], nothing_to_load) as network:
        yield Removals(network, PortalClient(network), page=page)


@pytest.fixture
async def removals() -> AsyncIterator[Removals]:
    async with open_removals() as removals:
        yield removals


@pytest.fixture
def mine(portal: SandboxPortal) -> StoredFile:
    """Return a file that Ben made and attached to the case."""
    made = portal.file("mine.pdf", content=b"1;2;3", owner=portal.who("Ben Ito"))
    portal.attach(CASE, [made], by=portal.who("Ben Ito"))
    return portal.data.files[made]


# what proves the state of a file


async def test_every_change_of_a_file_is_another_mark(
    removals: Removals, portal: SandboxPortal, mine: StoredFile
):
    ben, ana, store = portal.who("Ben Ito"), portal.who("Ana Reyes"), portal.data.store

    async def mark() -> object:
        files = await removals.files_on(CASE, key_of(portal))
        return next(file.mark for file in files if file.id == mine.id)

    marks = [await mark()]
    assert await mark() == marks[0]
    store.rename(mine, ben, "renamed.pdf")
    marks.append(await mark())
    store.edit(mine, ben, b"9;9;9")
    marks.append(await mark())
    store.edit(mine, ana, b"9;9;9;9")
    marks.append(await mark())

    assert None not in marks
    assert len(set(marks)) == len(marks)


async def test_a_file_is_told_of_where_it_lies_and_whether_somebody_has_it_open(
    removals: Removals, portal: SandboxPortal, mine: StoredFile
):
    mine.editing = True
    trashed = portal.file("old.pdf", owner=portal.who("Ana Reyes"), folder="trash")
    portal.attach(CASE, [trashed], by=portal.who("Ana Reyes"))

    files = {file.id: file for file in await removals.files_on(CASE, key_of(portal))}

    assert (files[mine.id].place, files[mine.id].busy) == (Place.CRM, True)
    assert (files[trashed].place, files[trashed].busy) == (Place.TRASH, False)


# where a file hangs


async def test_the_trace_tells_of_every_record_those_that_are_hidden_too(
    removals: Removals, portal: SandboxPortal, mine: StoredFile
):
    ana = portal.who("Ana Reyes")
    [own] = [event for event in portal.events_of(CASE) if mine.id in event.tagged]
    hidden = portal.attach(PRIVATE, [mine.id], by=ana)

    trace = await removals.trace(Span(), key_of(portal, "Ben Ito"))

    assert trace is not None
    assert trace.entries[mine.id] == {own.id, hidden.id}
    assert trace.newest == hidden.id


async def test_a_trace_goes_through_all_pages_and_ends_where_it_may(
    portal: SandboxPortal, mine: StoredFile
):
    ben = portal.who("Ben Ito")
    others = [portal.attach(DEAL, [portal.file("x.pdf")], by=ben).id for _ in range(20)]
    async with open_removals(page=4) as removals:
        by = key_of(portal)
        whole = await removals.trace(Span(), by)
        part = await removals.trace(Span(after=others[-6]), by)

    assert whole is not None
    assert mine.id in whole.entries
    assert part is not None
    assert mine.id not in part.entries
    assert {entry for ids in part.entries.values() for entry in ids} >= set(others[-5:])


async def test_entries_of_before_a_file_are_not_read_but_backdated_ones_are(
    portal: SandboxPortal, mine: StoredFile
):
    ben, by = portal.who("Ben Ito"), key_of(portal)
    [own] = [event for event in portal.events_of(CASE) if mine.id in event.tagged]
    for event in portal.data.events.values():
        if event.id < own.id:
            event.created -= timedelta(days=30)
    old = portal.attach(DEAL, [mine.id], by=ben)
    old.created -= timedelta(days=300)
    for _ in range(8):
        portal.attach(DEAL, [portal.file("x.pdf")], by=ben).created -= timedelta(days=200)
    portal.requests.clear()

    async with open_removals(page=3) as removals:
        trace = await removals.trace(Span(own=own.id, made=own.created - timedelta(hours=1)), by)

    assert trace is not None
    assert trace.entries[mine.id] == {own.id, old.id}


@pytest.mark.parametrize("trouble", ["too long", "refused", "disordered"])
async def test_a_trace_that_is_not_whole_is_none(
    portal: SandboxPortal, mine: StoredFile, trouble: str
):
    for _ in range(45):
        portal.attach(DEAL, [mine.id], by=portal.who("Ben Ito"))
    if trouble == "refused":
        fault(portal, "GET", "history/filter", status=500, body="{}")
    if trouble == "disordered":
        body = '{"response": [{"id": 1}, {"id": 2}]}'
        json = {"Content-Type": "application/json"}
        fault(portal, "GET", "history/filter", status=200, body=body, headers=json)
    async with open_removals(page=2 if trouble == "too long" else 60) as removals:
        assert await removals.trace(Span(), key_of(portal)) is None


async def test_a_portal_that_is_away_is_trouble_and_no_unknown_trace(
    removals: Removals, portal: SandboxPortal
):
    fault(portal, "GET", "history/filter", drop="before")

    with pytest.raises(PortalAwayError):
        await removals.trace(Span(), key_of(portal))


# a copy to keep


async def test_a_copy_lands_in_the_persons_own_documents_with_every_byte(
    removals: Removals, portal: SandboxPortal, mine: StoredFile
):
    by = key_of(portal)
    [original] = [file for file in await removals.files_on(CASE, by) if file.id == mine.id]

    copy = await removals.keep(original, by)

    assert copy is not None
    assert (copy.place, copy.size) == (Place.MY, original.size)
    stored = portal.data.files[copy.id]
    assert stored.digest == mine.digest
    assert stored.folder.owner is portal.who("Ana Reyes")


async def test_a_file_that_may_not_be_read_is_not_copied(
    removals: Removals, portal: SandboxPortal, mine: StoredFile
):
    by = key_of(portal)
    [original] = [file for file in await removals.files_on(CASE, by) if file.id == mine.id]
    portal.data.crm.records.pop(CASE)

    assert await removals.keep(original, by) is None


async def test_a_copy_whose_answer_is_lost_may_be_there(
    removals: Removals, portal: SandboxPortal, mine: StoredFile
):
    by = key_of(portal)
    [original] = [file for file in await removals.files_on(CASE, by) if file.id == mine.id]
    fault(portal, "POST", "copyas", drop="after")

    with pytest.raises(OutcomeUnknownError):
        await removals.keep(original, by)


async def test_without_documents_there_is_no_place_for_a_copy(
    removals: Removals, portal: SandboxPortal, mine: StoredFile
):
    by = key_of(portal)
    [original] = [file for file in await removals.files_on(CASE, by) if file.id == mine.id]
    portal.who("Ana Reyes").documents = False

    with pytest.raises(DocumentsClosedError):
        await removals.keep(original, by)


# the end


async def test_a_file_is_deleted_for_good(
    removals: Removals, portal: SandboxPortal, mine: StoredFile
):
    assert await removals.delete(mine.id, key_of(portal, "Ben Ito")) is Deletion.DONE
    assert mine.id not in portal.data.files


@pytest.mark.parametrize("why", ["stranger", "editing"])
async def test_a_denied_deletion_changes_nothing(
    removals: Removals, portal: SandboxPortal, mine: StoredFile, why: str
):
    mine.editing = why == "editing"
    who = "Ben Ito" if why == "editing" else portal.person("Cai Stranger").name

    assert await removals.delete(mine.id, key_of(portal, who)) is Deletion.DENIED
    assert mine.id in portal.data.files


@pytest.mark.parametrize("answer", ["unknown file", "record gone", "500", "dropped", "garbled"])
async def test_whatever_leaves_a_doubt_is_an_unknown_outcome(
    removals: Removals, portal: SandboxPortal, mine: StoredFile, answer: str
):
    id_ = mine.id
    match answer:
        case "unknown file":
            id_ = FileId(999)
        case "record gone":
            portal.data.crm.records.pop(CASE)
        case "500":
            fault(portal, "DELETE", "crm/files", status=500, acts=True, body="{}")
        case "dropped":
            fault(portal, "DELETE", "crm/files", drop="after")
        case "garbled":
            fault(portal, "DELETE", "crm/files", status=200, body="<html>", acts=True)

    with pytest.raises(OutcomeUnknownError):
        await removals.delete(id_, key_of(portal, "Ben Ito"))


@pytest.mark.parametrize("drop", ["before", "after", "middle"])
async def test_a_deletion_is_sent_once_whatever_becomes_of_the_connection(
    removals: Removals, portal: SandboxPortal, mine: StoredFile, drop: Literal["before", "after"]
):
    by = key_of(portal, "Ben Ito")
    await removals.files_on(CASE, by)  # so that the connection is one that was used before
    fault(portal, "DELETE", "crm/files", drop=drop)

    with pytest.raises(OutcomeUnknownError):
        await removals.delete(mine.id, by)

    assert [seen.method for seen in portal.requests].count("DELETE") == 1


async def test_who_may_not_use_the_crm_or_has_no_key_deletes_nothing(
    removals: Removals, portal: SandboxPortal, mine: StoredFile
):
    by = key_of(portal, "Ben Ito")
    portal.who("Ben Ito").crm = False
    with pytest.raises(CrmClosedError):
        await removals.delete(mine.id, by)
    portal.expire(portal.who("Ben Ito"))
    with pytest.raises(KeyRefusedError):
        await removals.delete(mine.id, by)

    assert mine.id in portal.data.files


async def test_a_portal_that_is_not_there_deletes_certainly_nothing(
    removals: Removals, portal: SandboxPortal, mine: StoredFile
):
    by = key_of(portal, "Ben Ito")
    await portal.stop()

    with pytest.raises(PortalAwayError):
        await removals.delete(mine.id, by)
