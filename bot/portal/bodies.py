"""What is sent to attach files: bare, or with a note as one event of the history; pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from bot.domain import EntityType

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.domain import EntityRef, FileId

ATTACH_CATEGORY = -2
"""History category "files uploaded" (CRM/Core/Enums/ListTypeEnum.cs)."""
_BEYOND_BMP = re.compile("[^\u0000-\uffff]")


def attached(ref: EntityRef, files: Sequence[FileId]) -> dict[str, Any]:
    """Return the body of the attach call; the portal takes type and id from its path."""
    return {"entityType": ref.type, "entityid": ref.id, "fileids": list(files)}


def noted(ref: EntityRef, files: Sequence[FileId], note: str) -> dict[str, Any]:
    """Return the body of a history event; contacts have a field of their own there."""
    plain = _BEYOND_BMP.sub("\N{REPLACEMENT CHARACTER}", note)
    target: dict[str, Any] = (
        {"contactId": ref.id}
        if ref.type is EntityType.CONTACT
        else {"entityType": ref.type, "entityId": ref.id}
    )
    return {**target, "content": plain, "categoryId": ATTACH_CATEGORY, "fileId": list(files)}
