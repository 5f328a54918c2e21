"""What becomes of a filing that was taken back; pure."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from bot.filing.undo_next import UNDO_WITHIN
from bot.filing.undoing import complete
from bot.reply_to import ReplyTo

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from bot.domain import FileId, Filing, Item, Removal


def taken_back(origin: Filing, undo: Filing, now: datetime) -> Filing:
    """Note with a filing what was taken back of it; if that is all, have its messages say so.

    Only what can be changed is told: the person hears of the undo by the undo itself, and what
    takes the place of the summary needs no second hand on it.
    """
    gone = {item.file.id: item.removal for item in undo.items if item.file and item.taken_back}
    origin = dataclasses.replace(origin, items=tuple(_marked(item, gone) for item in origin.items))
    if not complete(undo):
        return origin
    origin = dataclasses.replace(origin, undone_at=now, late=None)
    changeable = origin.reply.posted
    if changeable is not None and changeable != undo.reply.posted:
        reply = dataclasses.replace(origin.reply, sealed_url="", shown=False)
        origin = dataclasses.replace(origin, reply=reply, unsaid=True)
    if origin.shared is not None:
        shared = origin.shared
        openly = ReplyTo(channel=shared.channel, posted=shared, openly=True)
        origin = dataclasses.replace(origin, sharing=openly)
    return origin


def _marked(item: Item, gone: Mapping[FileId, Removal | None]) -> Item:
    if item.file is None or item.file.id not in gone:
        return item
    return dataclasses.replace(item, removal=gone[item.file.id])


def may_undo_until(filing: Filing) -> datetime:
    """Return when it is too late to take back what a finished filing attached."""
    return (filing.finished_at or filing.accepted_at) + UNDO_WITHIN
