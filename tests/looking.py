"""What a look at the portal showed, and what became of the filing."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from bot.domain import (
    Attempt,
    Entity,
    EntityRef,
    EntityType,
    FileId,
    Filing,
    Item,
    ItemState,
    Place,
    PortalFile,
)
from bot.errors import BotError
from bot.filing import outcomes
from tests.builders import NOON, filing_of

KEEP = timedelta(minutes=15)
QUARANTINE = timedelta(seconds=60)
CASE = EntityRef(EntityType.CASE, 7)
ACME = Entity(ref=CASE, title="Acme onboarding")
SENT = Attempt(files=(FileId(12), FileId(13)), watermark=3, author="ana", at=NOON)


def at(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


def file(number: int, place: Place = Place.CRM) -> PortalFile:
    return PortalFile(id=FileId(number), title=f"{number}.pdf", place=place)


def item(state: ItemState, number: int = 12, **facts: Any) -> Item:
    return Item(source=FileId(number), state=state, **{"file": file(number), **facts})


def looked(*items: Item, **facts: Any) -> Filing:
    """Return what a look that showed these items makes of a filing."""
    sight = outcomes.Sight(entity=ACME, on_record=[file(9)], items=items, author="ana", watermark=3)
    return outcomes.looked(filing_of(**facts), sight, NOON, KEEP)


def error_of(filing: Filing) -> type[BotError]:
    """Return why a filing failed."""
    assert filing.failure is not None
    return type(BotError.of(filing.failure))
