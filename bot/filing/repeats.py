"""The same request again within two minutes: it may be a slip, so it is asked about."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from datetime import timedelta
from typing import TYPE_CHECKING

from bot.domain import FilingState, ItemState, Purpose, SharedFile, WaitingFor, WrittenFile
from bot.errors import AskedBeforeError
from bot.filing.outcomes import wait

if TYPE_CHECKING:
    from bot.domain import Filing, Item

WITHIN = timedelta(minutes=2)
DOUBLE_CLICK = timedelta(seconds=5)
"""Within this a second click on a command's button is no second wish."""
_CLICK = "action:"
"""How the dedupe keys of clicks begin."""
_THERE = frozenset({ItemState.ATTACHED, ItemState.PRESENT})


def wish_of(filing: Filing) -> str:
    """Return what is the same for the same files on the same record, as it was named.

    A list or a link is harmless, and asked for as often as one likes: it has none.
    """
    if filing.purpose in {Purpose.LIST, Purpose.LINK}:
        return ""
    files = sorted({_name(item) for item in filing.items})
    wish = json.dumps([filing.user.team, filing.user.id, filing.portal, repr(filing.record), files])
    return hashlib.blake2b(wish.encode(), digest_size=16).hexdigest()


def _name(item: Item) -> str:
    match item.source:
        case SharedFile(id=id_):
            return id_
        case WrittenFile(title=title):
            return f"text {title}"
        case number:
            return str(number)


def asked_again(filing: Filing, earlier: Filing, keep: timedelta, *, typed: bool) -> Filing | None:
    """Return the filing that asks about the earlier one, or None where that is its answer, too.

    To a command the question is the acknowledgement itself, and nothing is left unsaid.
    """
    if earlier.undone_at is not None:  # whoever took it back may want it anew
        return filing
    between = filing.accepted_at - earlier.accepted_at
    clicks = filing.dedupe_key.startswith(_CLICK) and earlier.dedupe_key.startswith(_CLICK)
    if clicks and between <= DOUBLE_CLICK:
        return None
    seconds = max(0, round(between.total_seconds()))
    before = AskedBeforeError(earlier.receipt, seconds, _stand(earlier)).failure()
    asking = dataclasses.replace(filing, failure=before)
    asking = wait(asking, WaitingFor.REPEAT, filing.accepted_at, keep)
    return dataclasses.replace(asking, unsaid=not typed, spoken=typed)


def _stand(earlier: Filing) -> str:
    if earlier.state is FilingState.WAITING and earlier.waiting_for is not None:
        return earlier.waiting_for.value
    if earlier.state is FilingState.READY:
        return "under way"
    there = all(item.state in _THERE for item in earlier.items)
    return "attached" if there else "answered"
