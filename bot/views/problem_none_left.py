"""The words for a request of which no file can be attached."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.domain import ItemState
from bot.views import refusals, words
from bot.views.blocks import MOST_SHOWN
from bot.views.notes import Note

if TYPE_CHECKING:
    from bot.domain import Filing, Item
    from bot.views.asked import Asked

_NONE = "None of the files can be attached"


def none_left(asked: Asked) -> Note:
    """Draw a request of which no file can be attached, each with its reason."""
    items = [item for item in _items(asked.filing) if item.state is not ItemState.PRESENT]
    lines = [f"{number}. {_told(item)}" for number, item in enumerate(items, 1)]
    more = [f"and {len(lines) - MOST_SHOWN} more"] if len(lines) > MOST_SHOWN else []
    one = len(items) == 1
    return Note(
        headline=f"{words.subject(items[0])} cannot be attached" if one else _NONE,
        body=asked.effect,
        lines=(*lines[:MOST_SHOWN], *more),
        buttons=asked.again(),
        also=(refusals.reason(items[0]),) if one else (),
    )


def _told(item: Item) -> str:
    if item.number is None:
        return refusals.told(item)
    return f"{words.numbered(item)}. {refusals.reason(item)}"


def _items(filing: Filing | None) -> tuple[Item, ...]:
    return filing.items if filing else ()
