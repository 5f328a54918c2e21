"""What follows from bringing bytes into the portal: pure functions, one item at a time."""

from __future__ import annotations

import dataclasses
from datetime import timedelta
from typing import TYPE_CHECKING

from bot.domain import ItemState, SharedFile, WrittenFile
from bot.errors import (
    FileChangedError,
    OutcomeUnknownError,
    SameContentError,
    SlackFileRefusedError,
    SlackFileTroubleError,
    StorageFullError,
    UploadError,
)
from bot.filing.decide import wants_bringing
from bot.filing.outcomes import calm, with_item
from bot.filing.resuming import resumed, retried
from bot.filing.troubles import MOST_COPY_TRIES, pause, troubled

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable
    from datetime import datetime

    from bot.domain import EntityRef, FileId, Filing, Item, PortalFile
    from bot.errors import BotError
    from bot.reply_to import ReplyTo

MOST_TRIES = 3
"""How often a file is begun that does not come whole; each try looks at it for 15 s."""


def bringing(filing: Filing, position: int) -> Filing:
    """Note the intent to bring an item."""
    return with_item(filing, position, state=ItemState.BRINGING)


def brought(filing: Filing, position: int, file: PortalFile, sha256: str) -> Filing:
    """Follow bytes that lie in the CRM folder now; a text is forgotten."""
    item = filing.items[position]
    source = item.source
    if isinstance(source, WrittenFile):
        source = dataclasses.replace(source, sealed="")
    here = {"state": ItemState.COPIED, "source": source, "file": file, "sha256": sha256}
    return _next(with_item(calm(filing), position, **here, failure=None))


def not_brought(  # noqa: PLR0913  (the clock, the waiting time and the dice come from outside)
    filing: Filing,
    position: int,
    error: BotError,
    now: datetime,
    *,
    keep: timedelta,
    chance: float,
) -> Filing:
    """Follow an item that did not come: the others go on, unless the portal is what failed."""
    tries = filing.items[position].tries + 1
    filing = _named(filing, position, error)
    match error:
        case SameContentError():
            return _left_out(filing, position, ItemState.TWIN, error)
        case SlackFileTroubleError() | FileChangedError() if tries < MOST_TRIES:
            again = {"state": ItemState.SHARED, "failure": error.failure(), "tries": tries}
            wait = getattr(error, "after", 0.0) + pause(tries - 1, chance)
            left = with_item(filing, position, **again)
            return dataclasses.replace(left, wake_at=now + timedelta(seconds=wait))
        case OutcomeUnknownError() if filing.troubles < MOST_COPY_TRIES:  # it may lie there
            pass
        case (
            SlackFileTroubleError()
            | SlackFileRefusedError()
            | UploadError()
            | StorageFullError()
            | OutcomeUnknownError()
        ):
            return _left_out(filing, position, ItemState.REFUSED, error)
        case _:
            filing = with_item(filing, position, state=ItemState.SHARED)
    return troubled(filing, error, now, keep=keep, chance=chance, lost=True)


def _left_out(filing: Filing, position: int, state: ItemState, error: BotError) -> Filing:
    failure = error.failure()
    if failure.facts.get("name") == "":  # Slack did not say it, and the person knows it by name
        name = filing.items[position].name
        failure = dataclasses.replace(failure, facts={**failure.facts, "name": name})
    return _next(with_item(calm(filing), position, state=state, failure=failure))


def _named(filing: Filing, position: int, error: BotError) -> Filing:
    """Keep how the file is called, if the error knows it; a link does not tell."""
    source = filing.items[position].source
    name = getattr(error, "own", "") or getattr(error, "name", "")
    if not name or not isinstance(source, SharedFile):
        return filing
    return with_item(filing, position, source=dataclasses.replace(source, name=name))


def _next(filing: Filing) -> Filing:
    """Look again once everything is there: transfers are long, and the record may have changed."""
    more = any(wants_bringing(item) for item in filing.items)
    return dataclasses.replace(filing, looked=filing.looked and more)


def stopped(filing: Filing, now: datetime, reply: ReplyTo) -> Filing:
    """Bring nothing more; what was brought is attached."""
    items = tuple(
        dataclasses.replace(item, state=ItemState.STOPPED) if wants_bringing(item) else item
        for item in filing.items
    )
    return dataclasses.replace(resumed(filing, now, reply), items=items)


def insisted(filing: Filing, now: datetime, reply: ReplyTo) -> Filing:
    """Attach what the record has by content, too, although the rest has ended."""
    again = dataclasses.replace(retried(filing, now, reply), anyway=True)
    if again.uncertain:  # what was sent is looked for first
        return again
    return dataclasses.replace(again, items=tuple(map(_no_twin, again.items)))


def _no_twin(item: Item) -> Item:
    if item.state is not ItemState.TWIN:
        return item
    there = ItemState.COPIED if item.file else ItemState.SHARED
    return dataclasses.replace(item, state=there, failure=None, tries=0)


def twin(
    sha256: str,
    ref: EntityRef,
    there: Collection[FileId],
    filings: Iterable[Filing],
    *,
    but: str = "",
) -> SameContentError | None:
    """Return who filed these bytes on this record before, if they still are `there`.

    `filings` hold the bytes, the latest first; `but` is the id of the one that asks.
    """
    for filing in filings:
        if filing.id == but or filing.ref != ref:
            continue
        for item in filing.items:
            if item.taken_back:  # its number may be that of another file by now
                continue
            if item.sha256 == sha256 and item.file is not None and item.file.id in there:
                at = filing.finished_at or filing.accepted_at
                return SameContentError(
                    user=filing.user.id,
                    at=at.isoformat(),
                    file=item.file.id,
                    name=item.file.title,
                )
    return None
