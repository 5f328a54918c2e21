"""Records, files, events and people as the portal writes them; pure."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING
from urllib.parse import quote

from bot.domain import EntityRef, EntityType, Place
from bot.sandbox.portal_crm import CATEGORIES, FILES_UPLOADED, TASK_CLOSED
from bot.sandbox.portal_model import Share
from bot.sandbox.portal_names import NO_DATE, date, html_name, human_size
from bot.sandbox.portal_words import Words

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from bot.sandbox.portal_envelope import JsonObject
    from bot.sandbox.portal_model import Event, Folder, Operation, Person, Record, StoredFile
    from bot.sandbox.portal_state import PortalData

ROOT_TYPES = {Place.COMMON: 1, Place.CRM: 2, Place.TRASH: 3, Place.MY: 5, Place.OTHER: 8}
FULL, READ_ONLY = 0, 2
ICONS = "/Products/CRM/App_Themes/default/images"
FILE_HANDLER = "/Products/Files/HttpHandlers/filehandler.ashx"


@dataclasses.dataclass(frozen=True, slots=True)
class Wire:
    """Writes for one caller: `base` is the address under which they asked."""

    data: PortalData
    person: Person
    base: str

    def date(self, moment: datetime, *, exact: bool = False) -> str:
        return date(moment, self.data.offset, exact=exact)

    def who(self, person: Person) -> JsonObject:
        return {
            "id": person.id,
            "displayName": html_name(person.name),
            "avatarSmall": "/skins/default/images/default_user_photo_size_32-32.png",
            "profileUrl": f"{self.base}/Products/People/Profile.aspx?user="
            f"{quote(person.user_name)}",
        }

    # files

    def file(self, file: StoredFile, *, listed: bool = False) -> JsonObject:
        """Write a file; in lists of events its rights are not computed."""
        download = f"{self.base}{FILE_HANDLER}?action=download&fileid={file.id}"
        return {
            "folderId": file.folder.id,
            "version": file.version,
            "versionGroup": file.version,
            "contentLength": human_size(file.size),
            **_unless_default(pureContentLength=file.size),
            "fileStatus": 1 if file.editing else 0,
            "viewUrl": download,
            "webUrl": f"{self.base}/Products/Files/DocEditor.aspx?fileid={file.id}",
            **_unless_default(fileType=int(file.kind)),
            "fileExst": file.extension,
            "comment": None,
            "id": file.id,
            "title": file.title,
            "access": FULL if listed else self._access(file),
            "shared": False,
            "rootFolderType": ROOT_TYPES[file.folder.place],
            "updatedBy": self.who(file.editor),
            "created": self.date(file.created),
            "createdBy": self.who(file.author),
            "updated": self.date(max(file.created, file.updated)),
        }

    def _access(self, file: StoredFile) -> int:
        own = self.person in (file.author, file.editor) or self.person.crm_admin
        return FULL if own else READ_ONLY

    def folder(self, folder: Folder) -> JsonObject:
        owner = folder.owner or self.person
        return {
            "parentId": 0,
            "filesCount": len(self.data.store.inside(folder)),
            "foldersCount": 0,
            "id": folder.id,
            "title": folder.title,
            "access": FULL,
            "shared": False,
            "rootFolderType": ROOT_TYPES[folder.place],
            "updatedBy": self.who(owner),
            "createdBy": self.who(owner),
        }

    def operation(self, operation: Operation) -> JsonObject:
        return {
            "id": operation.id,
            "operation": operation.kind,
            "progress": 100 if operation.finished else 0,
            "error": operation.error or None,
            "processed": str(operation.processed),
            "finished": operation.finished,
            "url": None,
            "files": [self.file(one) for one in operation.files],
            "folders": [],
        }

    # events

    def event(self, event: Event, *, fresh: bool = False) -> JsonObject:
        """Write an event; a `fresh` one is the answer to the call that made it."""
        crm = self.data.crm
        may = fresh or crm.may_edit_event(event, self.person)
        contact = self._contact_of(event)
        return {
            "createBy": self.who(event.author),
            "created": self.date(event.created, exact=fresh),
            "content": event.content,
            "category": self.category(event.category),
            **({"contact": contact} if contact else {}),
            "entity": self._entity(event),
            **_unless_default(canEdit=may),
            "files": [self.file(one, listed=not fresh) for one in crm.files_on(event)],
            "id": event.id,
        }

    def category(self, id_: int) -> JsonObject:
        icon = "attach_file" if id_ == FILES_UPLOADED else f"{abs(id_)}"
        return {
            "imagePath": f"{ICONS}/event_category_{icon}.png",
            "title": self._category_title(id_),
            "id": id_,
        }

    def _category_title(self, id_: int) -> str:
        system = {FILES_UPLOADED: Words.UPLOADED, TASK_CLOSED: Words.TASK_CLOSED}
        return system[id_].to(self.person) if id_ in system else CATEGORIES.get(id_, "")

    def _contact_of(self, event: Event) -> JsonObject | None:
        record = self.data.records.get(EntityRef(EntityType.CONTACT, event.contact or 0))
        return self.contact(record) if record else None

    def _entity(self, event: Event) -> JsonObject | None:
        record = self.data.records.get(event.entity) if event.entity else None
        if record is None:
            return None
        return {
            "entityType": record.ref.type.value,
            "entityId": record.ref.id,
            "entityTitle": record.title,
        }

    # records

    def contact(self, record: Record) -> JsonObject:
        """Write the short form of a contact."""
        crm = self.data.crm
        photo = f"/Products/CRM/filehandler.ashx?action=contactphotoulr&cid={record.ref.id}"
        return {
            "smallFotoUrl": f"{photo}&isc={record.company}&ps=1".lower(),
            "mediumFotoUrl": f"{photo}&isc={record.company}&ps=2".lower(),
            "displayName": record.title,
            "isCompany": record.company,
            **({"accessList": self._people(record.listed)} if record.hidden else {}),
            "isPrivate": record.hidden,
            "isShared": record.share is not Share.MANAGERS,
            "shareType": int(record.share),
            "currency": None,
            "canEdit": crm.may_edit(record, self.person),
            "canDelete": self.person.crm_admin,
            "id": record.ref.id,
        }

    def record(self, record: Record, *, listed: bool = False) -> JsonObject:
        """Write a record in full, by its type."""
        match record.ref.type:
            case EntityType.CASE:
                return self._case(record)
            case EntityType.OPPORTUNITY:
                return self._opportunity(record, listed=listed)
            case EntityType.CONTACT:
                return self._full_contact(record)

    def _case(self, record: Record) -> JsonObject:
        return {
            "members": [],
            **self._made(record),
            "title": record.title,
            "isClosed": record.closed,
            "isPrivate": record.private,
            **({"accessList": self._people(record.listed)} if record.private else {}),
            "canEdit": self.data.crm.may_edit(record, self.person),
            "customFields": [],
            "id": record.ref.id,
        }

    def _opportunity(self, record: Record, *, listed: bool) -> JsonObject:
        shown = record.private or not listed
        stage = "Deal closed" if record.closed else "Lead"
        return {
            **self._made(record),
            "members": [],
            "title": record.title,
            "responsible": self.who(record.author),
            "stage": {"stageType": int(record.closed), "title": stage, "id": 1 + record.closed},
            "actualCloseDate": NO_DATE,
            "expectedCloseDate": NO_DATE,
            "isPrivate": record.private,
            **({"accessList": self._people(record.listed)} if shown else {}),
            "canEdit": self.data.crm.may_edit(record, self.person),
            "customFields": [],
            "id": record.ref.id,
        }

    def _full_contact(self, record: Record) -> JsonObject:
        return {
            **self.contact(record),
            **self._made(record),
            "about": "",
            "industry": "",
            "commonData": [],
            "customFields": [],
            "haveLateTasks": False,
            **(self._company(record) if record.company else self._individual(record)),
        }

    def _company(self, record: Record) -> JsonObject:
        people = [one for one in self.data.contacts.values() if one.employer == record.ref.id]
        return {"companyName": record.title, **_unless_default(personsCount=len(people))}

    def _individual(self, record: Record) -> JsonObject:
        first, _, last = record.title.partition(" ")
        employer = self.data.records.get(EntityRef(EntityType.CONTACT, record.employer or 0))
        company = {"company": self.contact(employer)} if employer else {}
        return {"firstName": first, "lastName": last, **company}

    def _made(self, record: Record) -> JsonObject:
        return {"createBy": self.who(record.author), "created": self.date(record.created)}

    def _people(self, people: Sequence[Person]) -> list[JsonObject]:
        return [self.who(person) for person in people]


def _unless_default(**members: bool | int) -> JsonObject:
    return {name: value for name, value in members.items() if value}
