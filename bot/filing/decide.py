"""What a filing needs next: one pure function of what is stored and of the clock."""

from __future__ import annotations

import dataclasses
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from bot.domain import (
    FINAL,
    Answer,
    Attempt,
    EntityRef,
    FileId,
    Filing,
    FilingState,
    Item,
    ItemState,
    Purpose,
)
from bot.filing.deaths import fatal
from bot.filing.undo_next import Finish, PortalUndoStep, UndoStep, next_undo

if TYPE_CHECKING:
    from bot.reply_to import ReplyTo

LOOKS = (timedelta(0), timedelta(seconds=5), timedelta(seconds=15))
"""When to look for the outcome of an unanswered attach, after it was sent."""
MOST_REPEATS = 1
SILENCE = timedelta(seconds=2)
"""How long a person hears nothing before one progress message."""


@dataclasses.dataclass(frozen=True, slots=True)
class Rest:
    """Nothing to do before `until`; None: nothing to do at all."""

    until: datetime | None = None


class Say:
    """Tell the person of the present state."""


class SayProgress:
    """Tell a person who has heard nothing yet that work is going on."""


class Share:
    """Post the summary where everybody in the conversation sees it."""


class Lapse:
    """Waiting has ended without an answer."""


class Search:
    """Find the record that was named by words, or by a number without its type."""


class Look:
    """Read the record, the files and the watermark."""


@dataclasses.dataclass(frozen=True, slots=True)
class Copy:
    """Copy one file into the CRM folder: an outside change."""

    position: int


@dataclasses.dataclass(frozen=True, slots=True)
class Bring:
    """Put the bytes of one item into the CRM folder: an outside change that may take long."""

    position: int


@dataclasses.dataclass(frozen=True, slots=True)
class Attach:
    """Attach these files: an outside change."""

    files: tuple[FileId, ...]


class Settle:
    """Look whether an attach happened whose answer was lost."""


class GiveUp:
    """The outcome stayed unknown after everything that may be tried."""


@dataclasses.dataclass(frozen=True, slots=True)
class SetAside:
    """Take this step no more: it has ended the process again and again."""

    step: str


class LookLate:
    """Count the events of an attach whose answer was lost, once no call can act any more."""


class ReadBack:
    """Read what is on the record now."""


Step = (
    Rest
    | Say
    | SayProgress
    | Share
    | Lapse
    | Search
    | Look
    | Copy
    | Bring
    | Attach
    | Settle
    | GiveUp
    | ReadBack
    | LookLate
    | SetAside
    | UndoStep
)

AT_DESK = Say | SayProgress | Share | Lapse | GiveUp | SetAside | Finish
"""Steps that need no portal."""
ON_RECORD = Look | Copy | Attach | Settle | ReadBack | PortalUndoStep
"""Steps between which nobody else may touch the record."""


def next_step(filing: Filing, now: datetime, quarantine: timedelta) -> Step:
    """Return the one thing to do next.

    A filing with an attempt and no event was cut off while it attached: whoever asks now was not
    the one who got the answer, so the outcome is looked for.
    """
    step = _wanted(filing, now, quarantine)
    return SetAside(name_of(step)) if fatal(filing, name_of(step)) else step


def name_of(step: Step) -> str:
    return type(step).__name__


def _wanted(filing: Filing, now: datetime, quarantine: timedelta) -> Step:
    if filing.unsaid and _due(filing.reply, now):
        return Say()
    step = _next_but_saying(filing, now, quarantine)
    return _until_it_can_be_said(step, filing) if isinstance(step, Rest) else step


def _until_it_can_be_said(rest: Rest, filing: Filing) -> Rest:
    """Cut a rest short where Slack refused for a while what the person has to hear."""
    said_at = filing.reply.retry_at if filing.unsaid else None
    times = [time for time in (rest.until, said_at) if time is not None]
    return Rest(min(times, default=None))


def _next_but_saying(filing: Filing, now: datetime, quarantine: timedelta) -> Step:
    if filing.state is FilingState.WAITING:
        return _while_waiting(filing, now)
    if filing.state in FINAL:
        return _afterwards(filing, now)
    if now < filing.wake_at:
        return _in_between(filing, now)
    if filing.purpose is Purpose.UNDO:
        step = next_undo(filing, now)
        return Rest(step) if isinstance(step, datetime) else step
    if not isinstance(filing.record, EntityRef):
        return Search()
    if filing.event is not None:
        return ReadBack()
    if filing.attempt is not None:
        return _settling(filing.attempt, now, quarantine)
    if not filing.looked or filing.purpose is not Purpose.ATTACH:
        return Look()
    return _after_looking(filing)


def _due(reply: ReplyTo, now: datetime) -> bool:
    return reply.retry_at is None or reply.retry_at <= now


def _afterwards(filing: Filing, now: datetime) -> Step:
    if filing.unsaid:
        return Rest()
    if filing.sharing is not None:
        return Share() if _due(filing.sharing, now) else Rest(filing.sharing.retry_at)
    if filing.late is not None:
        return LookLate() if filing.late.due <= now else Rest(filing.late.due)
    return Rest()


def _in_between(filing: Filing, now: datetime) -> Step:
    """Rest until the next try; a person who has heard nothing for two seconds is told first."""
    if filing.spoken:
        return Rest(filing.wake_at)
    due = silence_ends(filing)
    return SayProgress() if due <= now else Rest(min(due, filing.wake_at))


def silence_ends(filing: Filing) -> datetime:
    """Return when a person who asked, and has heard nothing, is told that work goes on."""
    return (filing.asked_at or filing.accepted_at) + SILENCE


def _while_waiting(filing: Filing, now: datetime) -> Step:
    if filing.expires_at is not None and filing.expires_at <= now:
        return Lapse()
    return Rest(filing.expires_at)


def _settling(attempt: Attempt, now: datetime, quarantine: timedelta) -> Step:
    due = look_due(attempt, quarantine)
    if due is not None:
        return Settle() if due <= now else Rest(due)
    if attempt.files and attempt.repeats < MOST_REPEATS:
        return Attach(attempt.files)
    return GiveUp()


def look_due(attempt: Attempt, quarantine: timedelta) -> datetime | None:
    """Return when the next look is due, or None once a look after the quarantine found nothing.

    A process that was away finds several looks overdue; one look then stands for them all.
    """
    if attempt.looked_at is not None and attempt.looked_at >= attempt.at + quarantine:
        return None
    times = (*LOOKS, quarantine)
    after = attempt.looked_at
    later = (attempt.at + delay for delay in times if after is None or attempt.at + delay > after)
    return next(later)


def _after_looking(filing: Filing) -> Step:
    for position, item in enumerate(filing.items):
        if wants_copy(filing, item):
            return Copy(position)
    for position, item in enumerate(filing.items):
        if wants_bringing(item):
            return Bring(position)
    files = attachable(filing)
    return Attach(files) if files else Look()  # the portal takes an empty list, too


def wants_copy(filing: Filing, item: Item) -> bool:
    """Say whether a copy of this file is still to be made."""
    if item.state is ItemState.COPYING:
        return True
    wanted = filing.answer in {Answer.COPY, Answer.INSIST}
    return item.state is ItemState.MISPLACED and wanted


def wants_bringing(item: Item) -> bool:
    """Say whether the bytes of this item are still to be brought."""
    return item.state in {ItemState.SHARED, ItemState.BRINGING}


def attachable(filing: Filing) -> tuple[FileId, ...]:
    """Return the ids to attach, in the order asked for."""
    ready = {ItemState.READY, ItemState.COPIED}
    # A note goes through the history, which does not check where a file lies.
    if filing.answer is Answer.INSIST and not filing.note:
        ready.add(ItemState.HIDDEN)
    numbers = (number_of(item) for item in filing.items if item.state in ready)
    return tuple(number for number in numbers if number is not None)


def number_of(item: Item) -> FileId | None:
    """Return the id to attach: that of the copy, if one was made; None while there is none."""
    return item.file.id if item.file else item.number
