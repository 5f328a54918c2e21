"""How a record reads in a menu or on a button, as plain text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.domain import EntityRef
from bot.views.blocks import plain

if TYPE_CHECKING:
    from bot.domain import Entity

_TITLE = 50


def choice(entity: Entity | EntityRef) -> str:
    """Return `Case #7, Acme onboarding`, with the remark that it is closed."""
    if isinstance(entity, EntityRef):
        return str(entity)
    kind = f"Company #{entity.ref.id}" if entity.company else str(entity.ref)
    title = plain(entity.title, _TITLE)
    return f"{kind}{f', {title}' if title else ''}{' (closed)' if entity.closed else ''}"
