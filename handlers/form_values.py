"""What stands in the fields of a sent attach form, read from Slack's `state.values`. Pure."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

from bot.domain import EntityRef, EntityType
from bot.draft import Offered, Wish
from bot.views.attach_form import DEVICE, NUMBERS, RECORD, TICKED, WISHES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from bot.draft import Draft

Values = dict[str, dict[str, Any]]


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class FormValues:
    """The fields. `called` is the record as the menu worded it; `device` are Slack's own words.

    `portal` is where the record is, if the menu said so. `ticked` are ids of the files `shown`.
    """

    record: EntityRef | None
    portal: str
    called: str
    numbers: str
    shown: tuple[Offered, ...]
    ticked: frozenset[str]
    device: tuple[dict[str, Any], ...]
    wishes: frozenset[Wish]

    def of(self, draft: Draft) -> tuple[Offered, ...]:
        """Return the files of a draft that are ticked."""
        return tuple(file for file in draft.can_go if file.id in self.ticked)


def values_of(view: dict[str, Any]) -> FormValues:
    """Read a form that was sent."""
    values: Values = view["state"]["values"]
    option = _state(values, RECORD).get("selected_option") or {}
    record, _, portal = str(option.get("value") or "").partition(" ")
    return FormValues(
        record=_record(record),
        portal=portal,
        called=str((option.get("text") or {}).get("text") or ""),
        numbers=str(_state(values, NUMBERS).get("value") or ""),
        shown=tuple(_shown(view["blocks"])),
        ticked=frozenset(_ticked(values)),
        device=tuple(_state(values, DEVICE).get("files") or ()),
        wishes=frozenset(_wishes(values)),
    )


def _state(values: Values, block: str) -> dict[str, Any]:
    """Return the state of the one field of a block; a block that is not there has none."""
    return next(iter(values.get(block, {}).values()), None) or {}


def _record(value: str) -> EntityRef | None:
    type_, _, number = value.partition(":")
    if type_ not in set(EntityType) or not number.isdecimal():
        return None
    return EntityRef(EntityType(type_), int(number))


def _shown(blocks: Iterable[dict[str, Any]]) -> Iterator[Offered]:
    """Yield the files that can be ticked; nothing but their names stands in the form."""
    for block in blocks:
        if str(block.get("block_id") or "").startswith(TICKED):
            for option in block["element"]["options"]:
                yield Offered(id=option["value"], name=option["text"]["text"], unseen=True)


def _ticked(values: Values) -> Iterator[str]:
    for block in values:
        if block.startswith(TICKED):
            for option in _state(values, block).get("selected_options") or ():
                yield option["value"]


def _wishes(values: Values) -> Iterator[Wish]:
    for option in _state(values, WISHES).get("selected_options") or ():
        if option["value"] in set(Wish):
            yield Wish(option["value"])
