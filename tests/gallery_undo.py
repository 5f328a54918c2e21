"""Every picture of an undo, drawn for one title."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

from bot.domain import (
    Doubt,
    FilingState,
    Item,
    ItemState,
    Place,
    Purpose,
    Removal,
    Stand,
    Undo,
    WaitingFor,
)
from bot.views.question import question
from bot.views.summary import shared, summary
from bot.views.tell import tell
from tests.views_samples import MORNING, done, entity, file, filing, item

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.domain import Filing, Message


def undo(*items: Item, title: str = "Acme onboarding", **facts: Any) -> Filing:
    """Return an undo of receipt A7K2."""
    taken = Undo(filing="f0", receipt="A7K2", events=(50,))
    given = {"purpose": Purpose.UNDO, "undo": taken, "entity": entity(title=title), **facts}
    return filing(receipt="B3Q9", items=items, **given)


def taken(
    number: int,
    title: str,
    stand: Stand,
    doubt: Doubt | None = None,
    *,
    brought: bool = True,
    copy: bool = False,
) -> Item:
    """Return one of its files."""
    kept = file(number + 50, title, place=Place.MY) if copy else None
    return dataclasses.replace(
        item(number, ItemState.ATTACHED, title),
        sha256="ab" if brought else "",
        removal=Removal(stand=stand, doubt=doubt, copy=kept),
    )


def undo_pictures(title: str) -> Iterator[tuple[str, Message]]:
    """Yield each by its name."""
    ended: dict[str, Any] = {"state": FilingState.DONE, "finished_at": MORNING, "title": title}
    removed = taken(12, title, Stand.REMOVED)
    copied = dataclasses.replace(
        taken(14, title, Stand.REMOVED, brought=False), copied_from=Place.MY
    )
    kept = taken(13, title, Stand.REMOVED, copy=True)
    yield "undone", tell(undo(removed, copied, kept, **ended))
    yield "undone, gone before", tell(undo(taken(12, title, Stand.GONE), **ended))
    yield "undone, fifty", tell(undo(*(taken(n, title, Stand.REMOVED) for n in range(50)), **ended))
    for doubt in Doubt:
        left = taken(15, title, Stand.LEFT, doubt)
        yield f"not undone, {doubt}", tell(undo(left, **ended))
        yield f"undone in part, {doubt}", tell(undo(removed, left, left, **ended))
    many = (taken(n, title, Stand.LEFT, Doubt.ELSEWHERE, copy=True) for n in range(50))
    yield "fifty left", tell(undo(*many, **ended))
    waits: dict[str, Any] = {
        "state": FilingState.WAITING,
        "waiting_for": WaitingFor.UNDO,
        "title": title,
    }
    for doubt in (Doubt.OLDER, Doubt.CHANGED, Doubt.UNPROVEN):
        asks = taken(16, title, Stand.ASKED, doubt)
        yield f"undo question, {doubt}", question(undo(asks, **waits))
        yield f"undo question, {doubt}, some", question(undo(asks, asks, removed, **waits))
    unsure = undo(removed, taken(17, title, Stand.REMOVING), title=title)
    yield "undo, outcome unknown", tell(unsure)
    yield "undo, progress", tell(undo(taken(12, title, Stand.NAMED), title=title))
    yield "undo, away", tell(undo(removed, title=title, troubles=2, expires_at=MORNING))
    for reason in (WaitingFor.KEY, WaitingFor.ACCOUNT):
        asks_for: dict[str, Any] = {
            "state": FilingState.WAITING,
            "waiting_for": reason,
            "title": title,
        }
        yield f"undo waits for {reason}", tell(undo(removed, **asks_for))
    yield "undo cancelled", tell(undo(removed, title=title, state=FilingState.CANCELLED))
    origin = dataclasses.replace(done(title=title), undone_at=MORNING)
    yield "summary that was undone", tell(origin)
    yield "shared summary that was undone", shared(origin)
    for items in ((removed,), (copied,), (item(12, ItemState.ATTACHED, title),), (removed, copied)):
        yield f"summary with undo of {len(items)}", summary(done(*items, title=title))
