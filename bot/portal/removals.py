"""The portal's calls for taking files back: what proves that one may go, a copy to keep, the end.

There is no detach: `delete` destroys the file, on every record that it hangs on.
"""

from __future__ import annotations

import dataclasses
from enum import Enum, auto
from http import HTTPStatus
from typing import TYPE_CHECKING

import structlog

from bot.domain import FileId
from bot.errors import OutcomeUnknownError, PortalAwayError, PortalRefusedError
from bot.portal.model import Trace
from bot.portal.network import Call
from bot.portal.refusals import error_of, is_missing, refusal_of_file
from bot.portal.wire import NotUnderstoodError, WireFile, decode, decode_list
from bot.portal.wire_undo import WireFolderContent, WireTrace

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import datetime

    from bot.domain import EntityRef, PortalFile
    from bot.portal.client import PortalClient
    from bot.portal.model import Credentials
    from bot.portal.network import Network, Reply

log = structlog.get_logger()

PAGE = 50
MOST_PAGES = 40
"""How much of the portal's history is read at most to find out where a file hangs."""


class Deletion(Enum):
    """What the portal said to a deletion."""

    DONE = auto()
    DENIED = auto()  # not this person's to delete, or being edited; nothing happened


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """Which part of the history tells where files hang: what is newer than `after`.

    Of entries up to `own` (that of the receipt), those may be left out that were made before
    `made`, since the files did not exist then. With None there is no such time. (Newer ones may
    bear an older date: an e-mail has the date on which it was sent.)
    """

    after: int = 0
    own: int = 0
    made: datetime | None = None

    def ends_at(self, entry: WireTrace) -> bool:
        """Say whether this entry, and with it every one of a lower number, may be left out."""
        if entry.id <= self.after:
            return True
        if entry.id > self.own or self.made is None or entry.created is None:
            return False
        return entry.created < self.made


class Removals:
    """Thin calls; nothing here decides what follows from an answer."""

    def __init__(self, network: Network, client: PortalClient, *, page: int = PAGE) -> None:
        self._network = network
        self._client = client
        self._page = page

    async def files_on(self, ref: EntityRef, by: Credentials) -> Sequence[PortalFile]:
        """Return the files on a record where they lie really, those in a trash too."""
        root = await self._client.crm_root(by)
        reply = await self._read(by, f"crm/{ref.type}/{ref.id}/files")
        try:
            return [file.domain(root) for file in decode_list(reply, WireFile) if file.numbered]
        except NotUnderstoodError as error:
            raise PortalRefusedError(by.portal, reply.status) from error

    async def trace(self, span: Span, by: Credentials) -> Trace | None:
        """Return which entries of the whole portal's history tag which files.

        None: it cannot be known, since the span is too long, or the portal does not list it.
        Without a record the portal lists all entries, those of hidden records too
        (CRMApi.RelationshipEvent.cs, GetHistory), and no call asks for the records of a file.
        """
        entries: dict[int, WireTrace] = {}
        for _ in range(MOST_PAGES):
            # Entries that are deleted meanwhile move the others up: the last one has to come again.
            page = await self._entries(max(0, len(entries) - 1), by)
            if page is None or not _follows(page, entries):
                return None
            known = len(entries)
            entries |= {entry.id: entry for entry in page}
            if len(page) < self._page or any(span.ends_at(entry) for entry in page):
                return _traced(span, entries.values())
            if len(entries) == known:
                return None
        log.info("history_too_long", portal=by.portal, entries=len(entries))
        return None

    async def _entries(self, start: int, by: Credentials) -> Sequence[WireTrace] | None:
        query: dict[str, str | int] = {
            "sortBy": "id",
            "sortOrder": "descending",
            "count": self._page,
            "fields": "id,created,files",
            **({"startIndex": start} if start else {}),
        }
        try:
            return decode_list(await self._read(by, "crm/history/filter", query), WireTrace)
        except (PortalRefusedError, NotUnderstoodError) as error:
            # Older portals fail here if an entry of the page tags a file that does not exist.
            log.info("history_unread", portal=by.portal, error=type(error).__name__)
            return None

    async def keep(self, file: PortalFile, by: Credentials) -> PortalFile | None:
        """Copy a file into this person's own documents, at once, and return the copy.

        It is returned as the portal tells of it when asked anew. None: the portal lets this person
        not copy the file (it believes for a minute what it found before), or not read the copy.

        Raises:
            OutcomeUnknownError: the copy may be there.

        """
        folder = await self._own_folder(by)
        path = f"files/file/{file.id}/copyas"
        call = Call(
            portal=by.portal,
            method="POST",
            path=path,
            key=by.key,
            person=by.owner,
            json={"destFolderId": folder, "destTitle": file.title},
        )
        reply = await self._network.send(call)
        if reply.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            raise OutcomeUnknownError(by.portal)
        if refusal_of_file(reply) is not None:
            return None
        _check(reply, by, path)
        try:
            copy = decode(reply, WireFile).domain(await self._client.crm_root(by))
        except NotUnderstoodError as error:
            raise OutcomeUnknownError(by.portal) from error
        return (await self._client.look_at_file(copy.id, by)).file

    async def _own_folder(self, by: Credentials) -> int | str:
        reply = await self._read(by, "files/@my", {"count": 1})
        try:
            return decode(reply, WireFolderContent).current.id
        except NotUnderstoodError as error:
            raise PortalRefusedError(by.portal, reply.status) from error

    async def delete(self, file: FileId, by: Credentials) -> Deletion:
        """Delete a file for good, from every record.

        Raises:
            OutcomeUnknownError: it may be gone. "Not found" says so, too: the portal also answers
                it after it has deleted a file one of whose records is gone.

        """
        path = f"crm/files/{file}"
        call = Call(portal=by.portal, method="DELETE", path=path, key=by.key, person=by.owner)
        reply = await self._network.send(call)
        if reply.status >= HTTPStatus.INTERNAL_SERVER_ERROR or is_missing(reply):
            raise OutcomeUnknownError(by.portal)
        if refusal_of_file(reply) is not None:
            return Deletion.DENIED
        _check(reply, by, path)
        try:
            decode(reply, WireFile)
        except NotUnderstoodError as error:
            raise OutcomeUnknownError(by.portal) from error
        return Deletion.DONE

    async def _read(
        self, by: Credentials, path: str, query: Mapping[str, str | int] | None = None
    ) -> Reply:
        try:
            reply = await self._network.send(Call.get(by, path, query))
        except OutcomeUnknownError as error:  # a read changes nothing, so it can be repeated
            raise PortalAwayError(by.portal) from error
        _check(reply, by, path)
        return reply


def _check(reply: Reply, by: Credentials, path: str) -> None:
    error = error_of(reply, by.portal, path)
    if error is not None:
        raise error


def _follows(page: Sequence[WireTrace], before: Collection[int]) -> bool:
    """Say whether a page is in order, and leaves no gap behind what was read before."""
    numbers = [entry.id for entry in page]
    if numbers != sorted(set(numbers), reverse=True):
        return False
    return not before or (bool(numbers) and numbers[0] >= min(before))


def _traced(span: Span, entries: Collection[WireTrace]) -> Trace:
    on: dict[FileId, set[int]] = {}
    for entry in entries:
        for file in entry.files:
            if isinstance(file.id, int) or file.id.isdecimal():
                on.setdefault(FileId(int(file.id)), set()).add(entry.id)
    newest = max((entry.id for entry in entries), default=span.after)
    return Trace(newest=newest, entries={file: frozenset(ids) for file, ids in on.items()})
