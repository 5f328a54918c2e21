"""The portal's calls, each by the verb of its API, in domain types, with one exit for errors."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any, TypeVar

from bot.domain import (
    HIGHEST_ID,
    Entity,
    EntityName,
    EntityRef,
    EntityType,
    FileId,
    ItemState,
    Place,
)
from bot.errors import (
    CrmClosedError,
    GuestError,
    OutcomeUnknownError,
    PortalAwayError,
    PortalRefusedError,
)
from bot.portal.bodies import ATTACH_CATEGORY, attached, noted
from bot.portal.model import Event, Owner, Seen
from bot.portal.network import DEADLINE_SECONDS, Call, Reply
from bot.portal.refusals import error_of, is_missing, refusal_of_file
from bot.portal.wire import (
    NotUnderstoodError,
    WireEntity,
    WireEvent,
    WireFile,
    WirePerson,
    WireQuota,
    decode,
    decode_list,
    is_envelope,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bot.domain import PortalFile, PortalUrl
    from bot.portal.model import Credentials, Quota
    from bot.portal.network import Network

CRM_MODULE = "6743007c-6f95-4d20-8c88-a8601ce5e76d"
DOCUMENTS_MODULE = "e67be73d-f9ae-4ce1-8fec-1880cb518cb4"
"""The portal's ids of both (API reference of `settings/security`)."""
MOST_EVENTS = 50
MOST_NEWEST = 20
SHOWN_FIELDS = "id,title,displayName,isClosed,isPrivate,isCompany,stage,stageType"
"""All that is read of records in lists; the portal leaves the rest out."""


class PortalClient:
    """Thin calls; nothing here repeats a call or decides what follows from an answer."""

    def __init__(self, network: Network) -> None:
        self._network = network
        self._roots: dict[PortalUrl, int] = {}
        self._not_found: dict[tuple[PortalUrl, str], str] = {}

    async def is_portal(self, portal: PortalUrl) -> bool:
        """Say whether the address answers as a portal does; needs no key."""
        call = Call(portal=portal, method="GET", path="capabilities.json", urgent=True)
        return is_envelope(await self._read(call))

    async def who(self, by: Credentials, *, deadline: float = DEADLINE_SECONDS) -> Owner:
        """Return whom a key belongs to.

        Raises:
            KeyRefusedError: the portal does not know the key.
            GuestError: guests have no CRM.

        """
        reply = await self._get(by, "people/@self", deadline=deadline, urgent=True)
        person = self._decoded(reply, WirePerson, by)
        if person.is_visitor:
            raise GuestError(by.portal)
        return Owner(person.id, person.display_name, person.email)

    async def check_crm(self, by: Credentials, *, deadline: float = DEADLINE_SECONDS) -> None:
        """Return if CRM is open to this person.

        Raises:
            CrmClosedError: it is not.

        """
        path = f"settings/security/{CRM_MODULE}"
        reply = await self._get(by, path, deadline=deadline, urgent=True)
        if not self._decoded(reply, bool, by):
            raise CrmClosedError(by.portal)

    async def entity(self, ref: EntityRef, by: Credentials, *, urgent: bool = False) -> Entity:
        """Return the record as this person may see it.

        Raises:
            EntityNotFoundError: missing or hidden; the portal gives one answer for both.

        """
        reply = await self._get(by, f"crm/{ref.type}/{ref.id}", entity=ref, urgent=urgent)
        return self._decoded(reply, WireEntity, by).domain(ref.type)

    async def search(
        self,
        name: EntityName,
        by: Credentials,
        *,
        deadline: float = DEADLINE_SECONDS,
        urgent: bool = False,
    ) -> Sequence[Entity]:
        """Return records whose title has every word of the name (at most 30, as the portal gives).

        `byprefix` is plain SQL and works while the portal's search service is down; the documented
        `filter?filterValue=` is then silently empty (CRM/Core/Dao/CasesDao.cs).
        """
        query: dict[str, str | int] = {"prefix": name.words, "fields": SHOWN_FIELDS}
        if name.type is EntityType.CONTACT:
            query["searchType"] = {None: -1, True: 0, False: 1}[name.company]
        reply = await self._get(
            by, f"crm/{name.type}/byprefix", query, deadline=deadline, urgent=urgent
        )
        return [item.domain(name.type) for item in self._decoded_list(reply, WireEntity, by)]

    async def recent(
        self, type_: EntityType, by: Credentials, *, deadline: float
    ) -> Sequence[Entity]:
        """Return the newest records of a type: plain SQL, cheap (CRMAPI/CRMApi.Cases.cs)."""
        order = "created" if type_ is EntityType.CONTACT else "dateAndTime"
        query: dict[str, str | int] = {
            "sortBy": order,
            "sortOrder": "descending",
            "count": MOST_NEWEST,
            "fields": SHOWN_FIELDS,
        }
        reply = await self._get(by, f"crm/{type_}/filter", query, deadline=deadline, urgent=True)
        return [item.domain(type_) for item in self._decoded_list(reply, WireEntity, by)]

    async def crm_root(self, by: Credentials) -> int:
        """Return the id of the one folder that holds the portal's CRM files; it never changes."""
        if by.portal not in self._roots:
            reply = await self._get(by, "crm/files/root")
            self._roots[by.portal] = self._decoded(reply, int, by)
        return self._roots[by.portal]

    async def look_at_file(self, id_: FileId, by: Credentials) -> Seen:
        """Return what this person may know of a file number.

        The Files module answers 403 for missing and for forbidden files alike, told apart only by
        a text in the person's language. So the text is compared with the one that the portal gives
        this person for a number that no file has. (The portal keeps a refusal for a minute. Files
        refused here are attached only if the person insists, who is then told to wait so long.)
        """
        root = await self.crm_root(by)
        reply = await self._read(Call.get(by, f"files/file/{id_}"))
        if is_missing(reply):
            return Seen(ItemState.MISSING)
        text = refusal_of_file(reply)
        if text is not None:
            missing = await self._is_not_found(text, by)
            return Seen(ItemState.MISSING if missing else ItemState.HIDDEN)
        self._check(reply, by, f"files/file/{id_}")
        file = self._decoded(reply, WireFile, by)
        if not file.numbered:
            return Seen(ItemState.MISSING)
        found = file.domain(root)
        return Seen(_STATES.get(found.place, ItemState.MISPLACED), found)

    async def _is_not_found(self, text: str, by: Credentials) -> bool:
        """Say whether a refusal's text is the one for a number that no file has.

        The text known is trusted only when it fits: people change their language.
        """
        who = (by.portal, by.owner)
        if text != self._not_found.get(who):
            self._not_found[who] = await self._not_found_text(by)
        return text == self._not_found[who]

    async def _not_found_text(self, by: Credentials) -> str:
        path = f"files/file/{HIGHEST_ID}"
        reply = await self._read(Call.get(by, path))
        text = refusal_of_file(reply)
        if text is None and not is_missing(reply):
            self._check(reply, by, path)
        return text or ""

    async def files_of(self, ref: EntityRef, by: Credentials) -> Sequence[PortalFile]:
        """Return the files on a record, newest first, without those in the trash.

        The portal checks neither existence nor rights here: call `entity` before.
        """
        reply = await self._get(by, f"crm/{ref.type}/{ref.id}/files")
        files = [file.domain() for file in self._decoded_list(reply, WireFile, by) if file.numbered]
        shown = [file for file in files if file.place is not Place.TRASH]
        return sorted(shown, key=lambda file: file.id, reverse=True)

    async def newest_event(self, ref: EntityRef, by: Credentials) -> int:
        """Return the highest id of the record's attach events, or 0: the watermark."""
        return max((event.id for event in await self._events(ref, by, {"count": 1})), default=0)

    async def events_since(
        self, ref: EntityRef, watermark: int, by: Credentials
    ) -> Sequence[Event]:
        """Return this person's attach events on the record with ids above the watermark."""
        query: dict[str, str | int] = {"createBy": by.owner, "count": MOST_EVENTS}
        events = await self._events(ref, by, query)
        return [
            Event(event.id, tuple(file.domain() for file in event.files if file.numbered))
            for event in events
            if event.id > watermark and event.is_on(ref)
        ]

    async def _events(
        self, ref: EntityRef, by: Credentials, query: Mapping[str, str | int]
    ) -> Sequence[WireEvent]:
        fixed: dict[str, str | int] = {
            "entityType": ref.type,
            "entityId": ref.id,
            "categoryId": ATTACH_CATEGORY,
            "sortBy": "id",
            "sortOrder": "descending",
        }
        reply = await self._get(by, "crm/history/filter", {**fixed, **query}, entity=ref)
        return self._decoded_list(reply, WireEvent, by)

    async def attach_files(
        self, ref: EntityRef, files: Sequence[FileId], note: str, by: Credentials
    ) -> Event:
        """Link stored files to a record, in the order given, and return the event written.

        With a note the event is written through the history, which keeps both as one.

        Raises:
            ValueError: no files; the portal would write an empty event.
            InvalidFolderError: a file lies outside the CRM folder; nothing was attached.
            EntityNotFoundError: the record is gone, or hidden by now.
            OutcomeUnknownError: the answer was lost or said that the server failed.

        """
        if not files:
            raise ValueError("an empty list is never sent")
        if note:
            reply = await self._post(by, "crm/history", noted(ref, files, note))
        else:
            path = f"crm/{ref.type}/{ref.id}/files"
            reply = await self._post(by, path, attached(ref, files), entity=ref)
        try:
            event = decode(reply, WireEvent)
        except NotUnderstoodError as error:
            raise OutcomeUnknownError(by.portal) from error
        return Event(event.id, tuple(file.domain() for file in event.files if file.numbered))

    async def copy_into_crm(self, file: PortalFile, by: Credentials) -> PortalFile:
        """Copy a file into the CRM folder, at once, and return the copy.

        Without the right to create there, the portal silently puts the copy into My documents:
        the answer's `place` tells.
        """
        root = await self.crm_root(by)
        body = {"destFolderId": root, "destTitle": file.title}
        reply = await self._post(by, f"files/file/{file.id}/copyas", body)
        try:
            return decode(reply, WireFile).domain(root)
        except NotUnderstoodError as error:
            raise OutcomeUnknownError(by.portal) from error

    async def storage_left(self, by: Credentials) -> int | None:
        """Return the bytes that the portal has left, or None when it does not say."""
        return (await self.quota(by)).left

    async def quota(self, by: Credentials) -> Quota:
        """Return how much the portal still takes."""
        reply = await self._get(by, "settings/quota")
        return self._decoded(reply, WireQuota, by).domain()

    async def has_documents(self, by: Credentials) -> bool:
        """Say whether this person may use the Documents module."""
        reply = await self._get(by, f"settings/security/{DOCUMENTS_MODULE}")
        return self._decoded(reply, bool, by)

    async def _get(  # noqa: PLR0913  (each is one part of the call)
        self,
        by: Credentials,
        path: str,
        query: Mapping[str, str | int] | None = None,
        *,
        entity: EntityRef | None = None,
        deadline: float = DEADLINE_SECONDS,
        urgent: bool = False,
    ) -> Reply:
        reply = await self._read(Call.get(by, path, query, deadline=deadline, urgent=urgent))
        self._check(reply, by, path, entity)
        return reply

    async def _read(self, call: Call) -> Reply:
        try:
            return await self._network.send(call)
        except OutcomeUnknownError as error:  # a read changes nothing, so it can be repeated
            raise PortalAwayError(call.portal) from error

    async def _post(
        self,
        by: Credentials,
        path: str,
        body: Mapping[str, Any],
        *,
        entity: EntityRef | None = None,
    ) -> Reply:
        call = Call(
            portal=by.portal, method="POST", path=path, key=by.key, person=by.owner, json=body
        )
        reply = await self._network.send(call)
        if reply.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            raise OutcomeUnknownError(by.portal)
        self._check(reply, by, path, entity)
        return reply

    def _check(
        self, reply: Reply, by: Credentials, path: str, entity: EntityRef | None = None
    ) -> None:
        error = error_of(reply, by.portal, path, entity)
        if error is not None:
            raise error

    def _decoded(self, reply: Reply, model: type[_M], by: Credentials) -> _M:
        try:
            return decode(reply, model)
        except NotUnderstoodError as error:
            raise PortalRefusedError(by.portal, reply.status) from error

    def _decoded_list(self, reply: Reply, model: type[_M], by: Credentials) -> list[_M]:
        try:
            return decode_list(reply, model)
        except NotUnderstoodError as error:
            raise PortalRefusedError(by.portal, reply.status) from error


_M = TypeVar("_M")
_STATES = {Place.CRM: ItemState.READY, Place.TRASH: ItemState.TRASHED}
