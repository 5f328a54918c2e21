"""Bytes put into the CRM folder: over sockets, read back by their digest, and never short."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import aiohttp
import pytest

from bot.domain import Place
from bot.errors import (
    BotError,
    CrmClosedError,
    DocumentsClosedError,
    EmptyFileError,
    FileChangedError,
    FileTooLargeError,
    FileTypeError,
    KeyRefusedError,
    MayNotUploadError,
    OutcomeUnknownError,
    OverwroteError,
    PortalAwayError,
    PortalRefusedError,
    StorageFullError,
)
from bot.file_names import clean_name
from bot.portal.circuit import FAILURES
from bot.portal.streams import multipart
from tests.portal_calls import fault, key_of
from tests.portal_uploads import (
    CHUNK,
    MIB,
    ODD,
    BrokenSourceError,
    Sender,
    Source,
    kept,
    open_sender,
)

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from bot.sandbox.portal import SandboxPortal

UPLOAD, BEGIN, PIECES = "/upload$", "create_session", "ChunkedUploader"
LARGE = 23 * MIB + 5
"""More than two pieces of 10 MiB."""


@pytest.fixture
async def sender(portal: SandboxPortal) -> AsyncIterator[Sender]:
    async with open_sender(key_of(portal, "Ben Ito")) as sender:
        yield sender


@pytest.fixture
async def session(portal: SandboxPortal) -> AsyncIterator[Sender]:
    """Return somebody who sends all above 1 MiB in pieces."""
    async with open_sender(key_of(portal, "Ben Ito"), at_once=MIB) as sender:
        yield sender


def posts(portal: SandboxPortal, path: str) -> int:
    return sum(one.method == "POST" and path in one.path for one in portal.requests)


# stored


@pytest.mark.parametrize("size", [1, CHUNK, 3 * MIB + 7])
async def test_every_byte_arrives(sender: Sender, portal: SandboxPortal, size: int):
    source = Source(size)

    stored = await sender.put(source, "Offer: final.PDF")

    assert (stored.title, stored.size, stored.place) == ("Offer_ final.pdf", size, Place.CRM)
    assert kept(portal, stored.id).digest == source.digest
    assert kept(portal, stored.id).author is portal.who("Ben Ito")


async def test_a_file_above_the_limit_goes_in_pieces_and_every_byte_arrives(
    session: Sender, portal: SandboxPortal
):
    source = Source(LARGE, chunk=300_007)

    stored = await session.put(source, "film.MP4")

    assert (stored.title, stored.size, stored.extension) == ("film.mp4", LARGE, ".mp4")
    assert kept(portal, stored.id).digest == source.digest
    assert posts(portal, PIECES) == 3
    assert not portal.data.pieces


@pytest.mark.parametrize("size", [10 * MIB, 20 * MIB])
async def test_whole_pieces_leave_no_empty_one(session: Sender, portal: SandboxPortal, size: int):
    source = Source(size, chunk=MIB)

    stored = await session.put(source)

    assert kept(portal, stored.id).digest == source.digest
    assert posts(portal, PIECES) == size // (10 * MIB)


async def test_pieces_bear_no_key_and_no_cookie(session: Sender, portal: SandboxPortal):
    await session.put(Source(LARGE, chunk=MIB))

    pieces = [one for one in portal.requests if PIECES in one.path]
    assert all({"Authorization", "Cookie"}.isdisjoint(one.headers) for one in pieces)


async def test_the_same_name_never_overwrites_and_settings_stay(
    sender: Sender, portal: SandboxPortal
):
    ben = portal.who("Ben Ito")
    ben.update_existing, ben.store_originals = True, False

    first, second = await sender.put(Source(10)), await sender.put(Source(11))

    assert first.id != second.id
    assert (ben.update_existing, ben.store_originals) == (True, False)


async def test_without_documents_the_crm_takes_the_file(portal: SandboxPortal):
    dan = portal.person("Dan", documents=False)
    source = Source(MIB)

    async with open_sender(key_of(portal, "Dan")) as sender:
        stored = await sender.put(source)

    assert kept(portal, stored.id).digest == source.digest
    assert stored.place is Place.CRM
    assert dan.store_originals
    assert not portal.attached(portal.case("Another"))


async def test_who_may_use_documents_is_asked_once_a_minute(sender: Sender, portal: SandboxPortal):
    for _ in range(3):
        await sender.put(Source(10))

    assert sum("settings/security" in one.path for one in portal.requests) == 1


async def test_a_film_keeps_neither_its_person_nor_anybody_else_waiting(
    sender: Sender, portal: SandboxPortal
):
    portal.person("Dan")
    bens, dans, anas = sender, sender.as_(key_of(portal, "Dan")), sender.as_(key_of(portal))
    await asyncio.gather(*(one.put(Source(1)) for one in (bens, dans, anas)))
    film, next_film, dans_film, anas_film = (Source(MIB, stalls_at=CHUNK) for _ in range(4))

    async with asyncio.TaskGroup() as tasks:
        running = [tasks.create_task(bens.put(one)) for one in (film, next_film)]
        running.append(tasks.create_task(dans.put(dans_film)))
        await asyncio.gather(film.stalled.wait(), dans_film.stalled.wait())
        running.append(tasks.create_task(anas.put(anas_film)))
        for one in (bens, dans, anas):
            assert await one.client.has_documents(one.by)
        given = [one.given for one in (next_film, anas_film)]
        running[0].cancel()
        await anas_film.stalled.wait()
        for task in running:
            task.cancel()

    assert given == [0, 0]
    assert next_film.given == 0


async def test_transfers_come_to_their_end_one_after_the_other(
    sender: Sender, portal: SandboxPortal
):
    slow = fault(portal, "POST", UPLOAD, linger=0.05)

    await asyncio.gather(*(sender.put(Source(10)) for _ in range(6)))

    portal.faults.remove(slow)
    assert posts(portal, "/upload") == 6
    assert portal.most_in_flight == 1


# written over


async def test_a_version_of_another_file_is_noticed(session: Sender, portal: SandboxPortal):
    portal.who("Ben Ito").update_existing = True
    before = await session.put(Source(LARGE, chunk=MIB), "film.mp4")

    with pytest.raises(OverwroteError) as raised:
        await session.put(Source(LARGE, chunk=MIB), "film.mp4")

    assert raised.value.id == before.id


async def test_without_documents_too(portal: SandboxPortal):
    portal.person("Dan", documents=False, update_existing=True)

    async with open_sender(key_of(portal, "Dan")) as sender:
        await sender.put(Source(10))
        with pytest.raises(OverwroteError):
            await sender.put(Source(10))


# not taken


async def refused(sender: Sender, source: Source, name: str = "offer.pdf") -> BotError:
    with pytest.raises(BotError) as raised:
        await sender.put(source, name)
    return raised.value


async def test_an_empty_file_is_not_sent(sender: Sender, portal: SandboxPortal):
    assert isinstance(await refused(sender, Source(0)), EmptyFileError)
    assert not posts(portal, "upload")


@pytest.mark.parametrize("language", ["en", "de"])
async def test_refusals_are_told_apart_in_any_language(
    sender: Sender, portal: SandboxPortal, language: str
):
    storage, before = portal.data.store.storage, set(portal.data.files)
    portal.who("Ben Ito").language = language
    storage.blocked_types = frozenset({".exe"})
    storage.largest_upload = 100

    too_large = await refused(sender, Source(101))
    wrong_type = await refused(sender, Source(99), "setup.EXE")
    storage.largest_file = 90
    above_all = await refused(sender, Source(99))
    storage.full = True
    full = await refused(sender, Source(99))

    assert isinstance(too_large, FileTooLargeError)
    assert isinstance(wrong_type, FileTypeError)
    assert isinstance(above_all, FileTooLargeError)
    assert above_all.limit == 90
    assert isinstance(full, StorageFullError)
    assert set(portal.data.files) == before
    assert not portal.data.pieces


async def test_what_goes_in_pieces_is_refused_before_a_byte_is_read(
    session: Sender, portal: SandboxPortal
):
    storage, source = portal.data.store.storage, Source(LARGE)
    storage.largest_file = LARGE - 1
    too_large = await refused(session, source)
    storage.largest_file, storage.blocked_types = LARGE, frozenset({".mp4"})
    wrong_type = await refused(session, source, "film.mp4")
    storage.full, storage.blocked_types = True, frozenset()
    full = await refused(session, source)

    assert [type(one) for one in (too_large, wrong_type, full)] == [
        FileTooLargeError,
        FileTypeError,
        StorageFullError,
    ]
    assert source.given == 0


async def test_a_storage_that_fills_up_meanwhile_is_told(session: Sender, portal: SandboxPortal):
    answers = b'{"success":false,"data":null,"message":"..."}'
    fault(portal, "POST", PIECES, body=answers, headers={"Content-Type": "application/json"})
    source = Source(LARGE, chunk=MIB)

    sending = asyncio.create_task(refused(session, source))
    await portal.until(lambda: bool(posts(portal, BEGIN)))
    portal.storage_full = True

    assert isinstance(await sending, StorageFullError)


async def test_a_folder_that_takes_nothing_is_told(sender: Sender, portal: SandboxPortal):
    portal.data.store.closed_folders.add(34)

    assert isinstance(await refused(sender, Source(10)), MayNotUploadError)


async def test_people_who_may_not_are_told_why(sender: Sender, portal: SandboxPortal):
    portal.person("Cleo", crm=False)
    async with open_sender(key_of(portal, "Cleo")) as cleos:
        assert isinstance(await refused(cleos, Source(10)), CrmClosedError)
    await sender.put(Source(10))
    portal.who("Ben Ito").documents = False
    assert isinstance(await refused(sender, Source(10)), DocumentsClosedError)
    portal.expire(portal.who("Ben Ito"))
    assert isinstance(await refused(sender, Source(10)), KeyRefusedError)


async def test_a_refusal_that_nothing_explains_may_have_stored_the_file(
    sender: Sender, portal: SandboxPortal
):
    failing = b'{"status":1,"statusCode":500,"error":{"message":"Object reference not set"}}'
    fault(
        portal, "POST", UPLOAD, status=500, body=failing,
        headers={"Content-Type": "application/json"},
    )  # fmt: skip

    assert isinstance(await refused(sender, Source(10)), OutcomeUnknownError)


# cut off: never short


class Nothing:
    """Sees to it that a portal has stored nothing, and has nothing half."""

    def __init__(self, portal: SandboxPortal) -> None:
        self._portal = portal
        self._before = set(portal.data.files)

    async def stored(self) -> bool:
        await self._portal.until(lambda: self._portal.in_flight == 0)
        return set(self._portal.data.files) == self._before


@pytest.fixture
def nothing(portal: SandboxPortal) -> Nothing:
    return Nothing(portal)


@pytest.mark.parametrize("size", [MIB, LARGE])
@pytest.mark.parametrize(
    "raises",
    [
        BrokenSourceError(),
        TimeoutError(),
        ConnectionResetError(),
        aiohttp.ConnectionTimeoutError(),
        FileChangedError("x"),
    ],
    ids=lambda error: type(error).__name__,
)
async def test_what_the_source_raises_comes_out_and_nothing_is_stored(
    session: Sender, nothing: Nothing, size: int, raises: Exception
):
    with pytest.raises(type(raises)) as raised:
        await session.put(Source(size, breaks_at=size // 2, raises=raises))

    assert raised.value is raises
    assert await nothing.stored()


@pytest.mark.parametrize("size", [MIB, LARGE])
@pytest.mark.parametrize("off", [-1, 1])
async def test_a_file_of_another_size_than_announced_is_not_stored(
    session: Sender, portal: SandboxPortal, nothing: Nothing, size: int, off: int
):
    with pytest.raises(FileChangedError):
        await session.put(Source(size, chunk=MIB // 2), length=size + off)

    assert await nothing.stored()
    assert not portal.data.pieces


@pytest.mark.parametrize("reads", [0, CHUNK, 9 * MIB, 15 * MIB])
async def test_a_line_that_is_cut_on_the_way_in_stores_nothing(
    session: Sender, portal: SandboxPortal, nothing: Nothing, reads: int
):
    fault(portal, "POST", PIECES if reads else UPLOAD, reads=reads % (10 * MIB), times=1)
    size = LARGE if reads else MIB

    # A small file may lie whole in the buffers of the line when this is cut.
    with pytest.raises(PortalAwayError if reads else (PortalAwayError, OutcomeUnknownError)):
        await session.put(Source(size, chunk=MIB))

    assert await nothing.stored()


async def test_a_transfer_that_ends_short_is_not_held_against_the_portal(
    sender: Sender, portal: SandboxPortal
):
    for _ in range(FAILURES):
        with pytest.raises(BrokenSourceError):
            await sender.put(Source(MIB, breaks_at=CHUNK))
    cut = fault(portal, "POST", UPLOAD, reads=CHUNK)
    for _ in range(FAILURES):
        with pytest.raises(PortalAwayError):
            await sender.put(Source(LARGE, chunk=MIB))
    portal.faults.remove(cut)

    assert (await sender.put(Source(10))).size == 10


async def test_a_stopped_transfer_stores_nothing_and_reads_no_further(
    session: Sender, nothing: Nothing
):
    source = Source(MIB, stalls_at=MIB // 2)
    sending = asyncio.create_task(session.put(source))
    await source.stalled.wait()

    sending.cancel()
    with pytest.raises(asyncio.CancelledError):
        await sending

    assert await nothing.stored()
    assert source.given == MIB // 2


async def test_an_answer_that_comes_before_the_end_stops_the_reading(
    sender: Sender, portal: SandboxPortal, nothing: Nothing
):
    await sender.put(Source(10))
    source = Source(64 * MIB, chunk=MIB)
    portal.data.files.popitem()
    portal.expire(portal.who("Ben Ito"))

    error = await refused(sender, source)

    assert isinstance(error, KeyRefusedError | PortalAwayError)
    assert source.given < 64 * MIB
    assert await nothing.stored()


@pytest.mark.parametrize("drop", ["after", "middle"])
async def test_a_lost_answer_is_neither_a_success_nor_a_failure(
    sender: Sender, portal: SandboxPortal, drop: str
):
    fault(portal, "POST", UPLOAD, drop=drop)
    source = Source(MIB)

    assert isinstance(await refused(sender, source), OutcomeUnknownError)
    newest = max(portal.data.files.values(), key=lambda file: file.id)
    assert newest.digest == source.digest


async def test_only_the_last_piece_can_have_made_the_file(session: Sender, portal: SandboxPortal):
    lost = fault(portal, "POST", PIECES, drop="after", times=1)
    first = await refused(session, Source(LARGE, chunk=MIB))
    portal.faults.remove(lost)
    slow = fault(portal, "POST", PIECES, linger=0.2)
    sending = asyncio.create_task(refused(session, Source(LARGE, chunk=MIB)))
    before = posts(portal, PIECES)
    await portal.until(lambda: posts(portal, PIECES) == before + 2)
    portal.faults.remove(slow)
    fault(portal, "POST", PIECES, drop="after")

    assert isinstance(first, PortalAwayError)
    assert isinstance(await sending, OutcomeUnknownError)


# hostile


@pytest.mark.parametrize(
    "location",
    [
        "http://127.0.0.1:1/Products/Files/ChunkedUploader.ashx?uid=1",
        "https://{host}/Products/Files/ChunkedUploader.ashx?uid=1",
        "http://evil.example/x?uid=1",
        "http://{host}@evil.example/x",
        "//evil.example/x",
        "/relative?uid=1",
        "",
    ],
)
async def test_bytes_go_to_the_portal_only(session: Sender, portal: SandboxPortal, location: str):
    host = portal.url.partition("//")[2]
    body = (
        '{{"status":0,"statusCode":201,"response":{{"success":true,"data":{{"location":"{}"}}}}}}'
    )
    source = Source(LARGE)
    fault(
        portal, "POST", BEGIN, status=201, body=body.format(location.format(host=host)),
        headers={"Content-Type": "application/json"},
    )  # fmt: skip

    assert isinstance(await refused(session, source), PortalRefusedError)
    assert source.given == 0


@pytest.mark.parametrize("char", '"\r\n\0\\')
def test_a_name_that_is_not_clean_never_becomes_a_header(char: str):
    with pytest.raises(ValueError, match="header"):
        multipart(f"a{char}b.txt", 1, Source(1).chunks())


async def test_the_portal_reads_the_very_name_from_the_header(
    sender: Sender, portal: SandboxPortal
):
    odd = [ODD, "größe; name=x.txt", "100%25 'sure'.txt", "Ωmega=&.tar.GZ", "日本語.pdf"]

    titles = [(await sender.put(Source(1), name)).title for name in (*odd, "?")]

    assert titles == [*map(clean_name, odd), "file"]
