"""What portals send, as models: names in any case, unknown members ignored, defaults filled in.

The server leaves out members with default values and writes camelCase; its published page shows
PascalCase and no envelope. Both are understood.
"""

from __future__ import annotations

import html
import json
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any, Generic, TypeVar

from pydantic import (
    AliasChoices,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    model_validator,
)

from bot.domain import (
    HIGHEST_ID,
    Entity,
    EntityRef,
    EntityType,
    FileId,
    FileMark,
    Place,
    PortalFile,
)
from bot.file_kinds import FileKind
from bot.portal.model import Quota

if TYPE_CHECKING:
    from bot.portal.network import Reply

_FIRST_YEAR = "0001-"
_PLACES = {1: Place.COMMON, 3: Place.TRASH, 5: Place.MY}
_CLOSED_STAGES = {1, 2}
_KINDS = {str(int(kind)): kind for kind in FileKind}
_LONGEST_NUMBER = len(str(HIGHEST_ID))
# Values of JSON take a hundred times the bytes that announce them: 4 MiB of `{},` are 200 MiB of
# objects, and seconds to make them. A page of a hundred events has some ten thousand marks.
_MARKS = (b",", b":", b"[", b"{")
_MOST_MARKS = 150_000
_BUSY = 1 | 4 | 16
"""Being edited, being converted, being edited by one person alone (FILES/Core/Entries/File.cs)."""


def _no_year_one(value: object) -> object:
    """Read the portal's way to say "no date" (module/ASC.Api/ASC.Specific/ApiDateTime.cs)."""
    return None if isinstance(value, str) and value.startswith(_FIRST_YEAR) else value


def _decoded(value: object) -> object:
    """Undo the HTML encoding of people's names (web/core/.../DisplayUserSettings.cs)."""
    return html.unescape(value) if isinstance(value, str) else value


def _empty(value: object) -> object:
    return "" if value is None else value


def _known_kind(value: object) -> FileKind:
    return _KINDS.get(str(value), FileKind.UNKNOWN)


Date = Annotated[datetime | None, BeforeValidator(_no_year_one)]
PersonName = Annotated[str, BeforeValidator(_decoded)]
Text = Annotated[str, BeforeValidator(_empty)]
_D = TypeVar("_D")


class Wire(BaseModel):
    """A payload; members are matched without their case (keys come folded)."""

    model_config = ConfigDict(
        frozen=True, extra="ignore", alias_generator=lambda name: name.replace("_", "")
    )

    @model_validator(mode="before")
    @classmethod
    def _without_nulls(cls, value: object) -> object:
        """Take null for left out: which of the two it is depends on the member."""
        if not isinstance(value, dict):
            return value
        return {name: inner for name, inner in value.items() if inner is not None}


class WirePerson(Wire):
    id: str = ""
    display_name: PersonName = ""
    email: Text = ""
    is_visitor: bool = False


class WireFile(Wire):
    id: int | str
    title: Text = Field("", validation_alias=AliasChoices("title", "name"))
    folder_id: int | str | None = None
    pure_content_length: int = 0
    version: int = 1
    version_group: int = 0
    file_status: int = 0
    file_type: Annotated[FileKind, BeforeValidator(_known_kind)] = FileKind.UNKNOWN
    file_exst: Text = ""
    root_folder_type: int = 0
    created: Date = None
    created_by: WirePerson | None = None
    updated: Date = None
    updated_by: WirePerson | None = None

    def domain(self, crm_root: int | None = None) -> PortalFile:
        """Return the file; without `crm_root` it is taken to lie in the CRM folder.

        Raises:
            NotUnderstoodError: it is not `numbered`.

        """
        if not self.numbered:
            raise NotUnderstoodError
        in_crm = crm_root is None or self.folder_id == crm_root
        place = Place.CRM if in_crm else _PLACES.get(self.root_folder_type, Place.OTHER)
        if self.root_folder_type == 3:  # noqa: PLR2004  (Folder.cs: the trash)
            place = Place.TRASH
        return PortalFile(
            id=FileId(int(self.id)),
            title=self.title,
            size=self.pure_content_length,
            kind=self.file_type,
            extension=self.file_exst.lower(),
            place=place,
            author=self.created_by.display_name if self.created_by else "",
            created=self.created,
            mark=self._mark(),
            busy=bool(self.file_status & _BUSY),
        )

    def _mark(self) -> FileMark | None:
        """Return the mark of the file's state, if all of it was said: a default proves nothing."""
        said = {"version", "version_group", "file_status"} <= self.model_fields_set
        made_by = self.created_by.id if self.created_by else ""
        changed_by = self.updated_by.id if self.updated_by else ""
        if not (said and made_by and changed_by and self.created and self.updated):
            return None
        return FileMark(
            version=self.version,
            group=self.version_group,
            made=self.created,
            made_by=made_by,
            changed=self.updated,
            changed_by=changed_by,
            title=self.title,
            size=self.pure_content_length,
        )

    @property
    def numbered(self) -> bool:
        """Whether it is a file that CRM can link: third-party storage has ids that are words."""
        if isinstance(self.id, int):
            return True
        return self.id.isdecimal() and len(self.id) <= _LONGEST_NUMBER


class WireEventEntity(Wire):
    entity_id: int = 0


class WireEventContact(Wire):
    id: int = 0


class WireEvent(Wire):
    id: int
    files: tuple[WireFile, ...] = ()
    create_by: WirePerson | None = None
    entity: WireEventEntity | None = None
    contact: WireEventContact | None = None

    def is_on(self, ref: EntityRef) -> bool:
        """Say whether this event hangs on that very record (a company lists its persons' too)."""
        if ref.type is EntityType.CONTACT:
            return self.contact is None or self.contact.id == ref.id
        return self.entity is None or self.entity.entity_id in {0, ref.id}


class WireStage(Wire):
    stage_type: int = 0


class WireEntity(Wire):
    """A case, an opportunity or a contact: titles of the first two, a display name of the third."""

    id: int
    title: Text = ""
    display_name: Text = ""
    is_closed: bool = False
    is_private: bool = False
    is_company: bool = False
    stage: WireStage | None = None

    def domain(self, type_: EntityType) -> Entity:
        contact = type_ is EntityType.CONTACT
        return Entity(
            ref=EntityRef(type_, self.id),
            title=self.display_name if contact else self.title,
            closed=None if contact else self._closed(type_),
            private=self.is_private,
            company=self.is_company if contact else None,
        )

    def _closed(self, type_: EntityType) -> bool:
        if type_ is EntityType.CASE:
            return self.is_closed
        return self.stage is not None and self.stage.stage_type in _CLOSED_STAGES


class WireQuota(Wire):
    """Bytes; ASC.Api.Settings/QuotaWrapper.cs."""

    available_size: int | None = None
    max_file_size: int | None = None

    def domain(self) -> Quota:
        return Quota(self.available_size, self.max_file_size)


class WireSessionData(Wire):
    """The state of an upload in pieces; `location` takes them."""

    location: Text = ""
    bytes_uploaded: int = Field(0, validation_alias="bytes_uploaded")


class WireAnswer(Wire, Generic[_D]):
    """An answer without an envelope, of the handler that takes pieces."""

    success: bool = False
    data: _D | None = None


class WireToken(Wire):
    """The answer of `POST authentication`: a token, or the second step that is due."""

    token: str | None = Field(None, repr=False)
    expires: Date = None
    sms: bool = False
    tfa: bool = False
    phone_noise: Text = ""
    tfa_key: Text = Field("", repr=False)


class WireError(Wire):
    message: Text = ""


_M = TypeVar("_M")


class NotUnderstoodError(ValueError):
    """A success whose body is not what the call promises."""


def folded(value: object) -> object:
    """Return JSON with every object key in lower case."""
    if isinstance(value, dict):
        return {str(key).lower(): folded(inner) for key, inner in value.items()}
    return [folded(inner) for inner in value] if isinstance(value, list) else value


def document(reply: Reply) -> dict[str, Any] | list[Any] | None:
    """Return the JSON of an answer with its keys folded, or None when it is not JSON."""
    if "json" not in reply.content_type or sum(map(reply.body.count, _MARKS)) > _MOST_MARKS:
        return None
    try:
        value = folded(json.loads(reply.body))
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict | list) else None


def payload(reply: Reply) -> object:
    """Return what a successful answer carries, out of its envelope if it has one.

    Raises:
        NotUnderstoodError: the body is not JSON.

    """
    value = document(reply)
    if value is None:
        raise NotUnderstoodError
    return value["response"] if isinstance(value, dict) and "response" in value else value


def decode(reply: Reply, model: type[_M]) -> _M:
    """Return the payload of a successful answer as `model`.

    Raises:
        NotUnderstoodError: the body is not JSON, or not of that shape.

    """
    return _validated(payload(reply), model)


def decode_list(reply: Reply, model: type[_M]) -> list[_M]:
    """Return a successful list answer, item by item.

    Raises:
        NotUnderstoodError: the body is not JSON, or not a list of that shape.

    """
    items = payload(reply)
    if not isinstance(items, list):
        raise NotUnderstoodError
    return [_validated(item, model) for item in items]


def _validated(value: object, model: type[_M]) -> _M:
    if not issubclass(model, BaseModel):
        if isinstance(value, model):
            return value
        raise NotUnderstoodError
    try:
        return model.model_validate(value)
    except ValidationError as error:
        raise NotUnderstoodError from error


def message_of(reply: Reply) -> str | None:
    """Return the portal's message of a refusal; None when the answer is no envelope."""
    value = document(reply)
    if not isinstance(value, dict) or "statuscode" not in value:
        return None
    try:
        return WireError.model_validate(value.get("error") or {}).message
    except ValidationError:
        return ""


def is_envelope(reply: Reply) -> bool:
    """Say whether an answer is one of the portal's API, be it a success or a refusal."""
    value = document(reply)
    return isinstance(value, dict) and not value.keys().isdisjoint({"response", "statuscode"})
