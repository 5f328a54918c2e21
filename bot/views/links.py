"""Addresses of portal pages, built from the portal's origin and numbers only."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.domain import Entity, EntityType
from bot.file_kinds import FileKind

if TYPE_CHECKING:
    from bot.domain import EntityRef, PortalFile, PortalUrl

_PAGES = {
    EntityType.CASE: "Cases",
    EntityType.OPPORTUNITY: "Deals",
    EntityType.CONTACT: "Default",
}
_EDITED = frozenset({FileKind.DOCUMENT, FileKind.SPREADSHEET, FileKind.PRESENTATION})
_PREVIEWED = frozenset({FileKind.IMAGE, FileKind.AUDIO, FileKind.VIDEO})


def entity_url(portal: PortalUrl, entity: Entity | EntityRef) -> str:
    """Return the page of a record."""
    ref = entity.ref if isinstance(entity, Entity) else entity
    person = isinstance(entity, Entity) and entity.company is False
    return f"{portal}/Products/CRM/{_PAGES[ref.type]}.aspx?id={ref.id}" + (
        "&type=people" if person else ""
    )


def file_url(portal: PortalUrl, file: PortalFile) -> str:
    """Return where a person looks at a file: editor, preview, or else the download."""
    if file.kind in _EDITED:
        return f"{portal}/Products/Files/DocEditor.aspx?fileid={file.id}"
    if file.kind in _PREVIEWED:
        return f"{portal}/Products/Files/#preview/{file.id}"
    return f"{portal}/Products/Files/HttpHandlers/filehandler.ashx?action=download&fileid={file.id}"


def host(portal: str) -> str:
    """Return the portal's name as people say it: `office.example.com`."""
    return portal.rpartition("://")[2].partition("/")[0]
