"""Putting a stream of bytes into the portal's CRM folder, as one new file."""

from __future__ import annotations

import asyncio
import dataclasses
from collections import defaultdict
from http import HTTPStatus
from typing import TYPE_CHECKING

import structlog

from bot.domain import Place, PortalFile
from bot.errors import (
    EmptyFileError,
    FileTooLargeError,
    MayNotUploadError,
    OutcomeUnknownError,
    OverwroteError,
    PortalRefusedError,
    StoredWrongError,
)
from bot.file_names import clean_name, extension_of
from bot.portal.network import Call
from bot.portal.refusals import error_of, refusal_of_file
from bot.portal.sessions import Sessions, deadline_of
from bot.portal.streams import exactly, multipart
from bot.portal.upload_refusals import Refusals
from bot.portal.wire import NotUnderstoodError, WireFile, decode, message_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterable

    from bot.domain import EntityRef, PortalUrl
    from bot.portal.client import PortalClient
    from bot.portal.model import Credentials
    from bot.portal.network import Network, Reply

log = structlog.get_logger()

AT_ONCE = 100 * 1024 * 1024
"""Bytes that the portal takes in one request (`web.available-file-size`)."""
MOST_TRANSFERS = 2
"""Uploads to one portal at a time, and one of each person: fewer than the calls that a portal and a
person may have under way, so that short calls need not wait behind long ones."""
NAMELESS = "file"
KNOWN_FOR = 60.0
"""Seconds for which it is remembered who may use Documents; the portal itself does the same."""


@dataclasses.dataclass(frozen=True, slots=True)
class Upload:
    """What is to be stored, and for which record; `name` is clean."""

    name: str
    length: int
    chunks: AsyncIterable[bytes]
    to: EntityRef
    by: Credentials
    root: int


class Uploads:
    """Stores files; nothing here repeats a transfer, since a stream can be read only once."""

    def __init__(self, network: Network, client: PortalClient, *, at_once: int = AT_ONCE) -> None:
        self._network = network
        self._client = client
        self._at_once = at_once
        self._sessions = Sessions(network)
        self._refusals = Refusals(client, self._sessions)
        self._documents: dict[tuple[PortalUrl, str], tuple[bool, float]] = {}
        self._turns: dict[tuple[PortalUrl, str], asyncio.Lock] = defaultdict(asyncio.Lock)
        self._places: dict[PortalUrl, asyncio.Semaphore] = defaultdict(
            lambda: asyncio.Semaphore(MOST_TRANSFERS)
        )

    async def put(
        self,
        name: str,
        length: int,
        chunks: AsyncIterable[bytes],
        *,
        to: EntityRef,
        by: Credentials,
    ) -> PortalFile:
        """Store one new file and return it, under the title that the portal gave it.

        It is on no record yet, and until it is, nobody can read it. `chunks` are asked for only
        when it is this file's turn; what they raise comes out of here.

        Raises:
            UploadError, StorageFullError: the portal does not take this file; the leaf says why.
            OverwroteError: it became a new version of another file.
            StoredWrongError: something else was stored.
            AccountError: neither Documents nor CRM is open to this person.
            PortalAwayError: the file is certainly not there.
            OutcomeUnknownError: it may be.

        """
        if not length:
            raise EmptyFileError(name)
        # In this order a person waits for a place once, however many files there are.
        async with self._turns[by.portal, by.owner], self._places[by.portal]:
            root = await self._client.crm_root(by)
            clean = clean_name(name) or NAMELESS
            whole = exactly(length, chunks, name=name)
            upload = Upload(clean, length, whole, to, by, root)
            documents = await self._has_documents(by)
            if length > self._at_once and documents:
                stored = await self._in_pieces(upload)
            else:
                stored = await self._in_one(upload, documents=documents)
        log.info("uploaded", file=stored.id, bytes=stored.size)
        return stored

    async def _has_documents(self, by: Credentials) -> bool:
        """Ask before the stream is read: what was sent in vain cannot be sent again."""
        who, now = (by.portal, by.owner), asyncio.get_running_loop().time()
        known, until = self._documents.get(who, (False, 0.0))
        if now >= until:
            known = await self._client.has_documents(by)
            self._documents[who] = (known, now + KNOWN_FOR)
        return known

    # in one request

    async def _in_one(self, upload: Upload, *, documents: bool) -> PortalFile:
        by = upload.by
        call = Call(
            portal=by.portal,
            method="POST",
            path=_path(upload, documents=documents),
            # Without its flag, the second one would change a setting of the person.
            query={"createNewIfExist" if documents else "storeOriginalFileFlag": "true"},
            key=by.key,
            person=by.owner,
            body=multipart(upload.name, upload.length, upload.chunks),
            deadline=deadline_of(upload.length),
        )
        reply = await self._network.send(call)
        await self._explain(reply, upload)
        if reply.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            raise OutcomeUnknownError(by.portal)
        _check(reply, upload, call.path)
        try:
            file = decode(reply, WireFile)
        except NotUnderstoodError as error:
            raise OutcomeUnknownError(by.portal) from error
        if file.pure_content_length != upload.length:
            raise StoredWrongError(by.portal, file.title)
        return _stored(file, upload)

    async def _explain(self, reply: Reply, upload: Upload) -> None:
        """Raise what is known to be wrong with the file, or with the right to store it."""
        by = upload.by
        if reply.status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
            raise FileTooLargeError(by.portal, upload.name, upload.length)
        if refusal_of_file(reply) is not None:
            raise MayNotUploadError(by.portal)
        said = message_of(reply)
        if reply.status >= HTTPStatus.INTERNAL_SERVER_ERROR and said is not None:
            size, folder = upload.length, upload.root
            await self._refusals.explain(said, upload.name, size, folder=folder, by=by)

    # in pieces

    async def _in_pieces(self, upload: Upload) -> PortalFile:
        by, name, length = upload.by, upload.name, upload.length
        reply = await self._sessions.begin(upload.root, name, length, by)
        await self._explain(reply, upload)
        _check(reply, upload, "files/")
        session = self._sessions.opened(reply, by)
        try:
            file = await self._sessions.fill(session, name, length, upload.chunks)
        except PortalRefusedError:
            await self._refusals.check_room(name, length, by)
            raise
        # This answer has neither; each piece was counted on its way.
        known = {"pure_content_length": length, "file_exst": extension_of(file.title)}
        whole = file.model_copy(update=known)
        return _stored(whole, upload)


def _path(upload: Upload, *, documents: bool) -> str:
    if documents:
        return f"files/{upload.root}/upload"
    # It stores in the CRM folder as well, and does not look at the record.
    return f"crm/{upload.to.type}/{upload.to.id}/files/upload"


def _check(reply: Reply, upload: Upload, path: str) -> None:
    error = error_of(reply, upload.by.portal, path)
    if error is not None:
        raise error


def _stored(file: WireFile, upload: Upload) -> PortalFile:
    """Return the file of an answer, if it is one new file where it belongs."""
    portal = upload.by.portal
    if not file.numbered:
        raise StoredWrongError(portal, file.title)
    stored = file.domain(upload.root)
    if file.version > 1:
        log.error("upload_overwrote", file=stored.id, version=file.version)
        raise OverwroteError(portal, stored.title, stored.id)
    if stored.place is not Place.CRM:
        raise StoredWrongError(portal, stored.title)
    return stored
