"""What is said before and after everything of a person is deleted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.domain import Purpose
from bot.views import buttons, words
from bot.views.blocks import MOST_SHOWN, button, plural
from bot.views.notes import Note

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.domain import Filing, Message

_DELETES = "Delete your key, your settings and your receipts"


def forget_question(open_filings: Sequence[Filing]) -> Message:
    """Ask whether everything is to be deleted, and name what would not be attached."""
    unfinished = _wishes(open_filings)
    return Note(
        headline="Delete everything that I store about you?",
        body=(
            "That is your key, your settings and your receipts. CRM keeps the files. Nothing was "
            "deleted yet, and it cannot be taken back."
        ),
        lines=tuple(
            [f"{_not_finished(open_filings)}, and end:", *unfinished] if unfinished else []
        ),
        buttons=(
            button("Delete everything", "forget.me", says=_DELETES),
            button("Keep everything", "forget.keep", says="Keep what is stored about you"),
        ),
        also=(f"{_not_finished(open_filings)}, and end.",) if unfinished else (),
    ).message()


def kept() -> Message:
    """Confirm that nothing was deleted."""
    return Note(
        headline="Nothing was deleted",
        body="Your key, your settings and your receipts stay as they are.",
        buttons=buttons.status(),
    ).message()


def forgotten(keys: int, receipts: int, cut: Sequence[Filing]) -> Message:
    """Confirm what was deleted, and say which files were not attached by then."""
    if not keys and not receipts:
        return Note(
            headline="Nothing is stored about you",
            body="Neither a key nor receipts: there was nothing to delete. CRM keeps the files.",
        ).message()
    sent = [filing for filing in cut if filing.uncertain]
    unsent = [filing for filing in cut if not filing.uncertain]
    lines = [
        *_under("Not attached, since you deleted the request:", unsent),
        *_under("Sent already; look in CRM whether it was done:", sent),
    ]
    whose = [*_keys(keys), "your settings", f"your {plural(receipts, 'receipt')}"]
    return Note(
        headline="Everything about you is deleted",
        body=f"Deleted: {', '.join(whose)}. CRM keeps the files.",
        lines=tuple(lines),
        also=(f"{_not_finished(cut)} by then.",) if lines else (),
    ).message()


def _keys(count: int) -> list[str]:
    if count == 0:
        return []
    return ["your key" if count == 1 else f"your {plural(count, 'key')}"]


def _under(title: str, filings: Sequence[Filing]) -> list[str]:
    wishes = _wishes(filings)
    return [title, *wishes] if wishes else []


def _wishes(filings: Sequence[Filing]) -> list[str]:
    """Return what is still to be attached, a line each."""
    wishes = [words.wish(filing) for filing in _attaching(filings)]
    lines = [f"{number}. {wish}" for number, wish in enumerate(wishes[:MOST_SHOWN], start=1)]
    more = len(wishes) - MOST_SHOWN
    return [*lines, f"and {more} more"] if more > 0 else lines


def _not_finished(filings: Sequence[Filing]) -> str:
    count = len(_attaching(filings))
    verb = "is" if count == 1 else "are"
    return f"{plural(count, 'request')} {verb} not finished"


def _attaching(filings: Sequence[Filing]) -> list[Filing]:
    return [one for one in filings if one.purpose is Purpose.ATTACH and one.event is None]
