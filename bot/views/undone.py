"""What is told of an undo: its question, its result, and the summary that was taken back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.domain import Doubt, Removal, Stand
from bot.views import blocks, buttons, words
from bot.views.blocks import MOST_SHOWN, button, names, plural
from bot.views.notes import Note

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.domain import Block, Filing, Item, Message

_ASKS = {
    Doubt.OLDER: "This undo would delete a file that was there before",
    Doubt.CHANGED: "This undo would delete a file that was changed since",
    Doubt.UNPROVEN: "This undo would delete a file that may have been changed since",
}
_ABOUT = {
    Doubt.OLDER: "{file} existed before receipt {receipt}, and other people may need it.",
    Doubt.CHANGED: "Somebody changed {file} after receipt {receipt}.",
    Doubt.UNPROVEN: "I cannot tell whether somebody changed {file} after receipt {receipt}.",
}
_WHY = {
    Doubt.OLDER: "It existed before receipt {receipt}, and other people may need it.",
    Doubt.CHANGED: "Somebody changed it after receipt {receipt}.",
    Doubt.UNPROVEN: "I cannot tell whether somebody changed it after receipt {receipt}.",
    Doubt.BUSY: "Somebody has it open just now. Undo again once it is closed.",
    Doubt.ELSEWHERE: "It was attached once more, and deleting it would take it from there, too.",
    Doubt.UNTRACED: "I cannot find out whether it is on another record, too.",
    Doubt.MOVED: "Somebody moved it out of the CRM folder, perhaps into the trash.",
    Doubt.DENIED: "The portal does not let you delete it.",
    Doubt.UNKEPT: "The portal did not let me copy it. Undo again after a minute.",
    Doubt.STUCK: "I had it deleted twice, and it is still there. Ask your portal administrator.",
}
_PASSING = frozenset({Doubt.BUSY, Doubt.UNKEPT, Doubt.DENIED})
"""Reasons for which it makes sense to try once more."""


def of_stand(filing: Filing, *stands: Stand) -> list[Item]:
    """Return the files of an undo that have come so far."""
    return [item for item in filing.items if (item.removal or Removal()).stand in stands]


# Result


def undone(filing: Filing) -> Message:
    """Draw an undo at its end: what was removed, what stays and why."""
    removed, gone = of_stand(filing, Stand.REMOVED), of_stand(filing, Stand.GONE)
    left = of_stand(filing, Stand.LEFT, Stand.ASKED)
    said = [*_removed(filing, removed), *_gone(filing, gone), *_stays(filing, removed)]
    return Note(
        headline=_headline(filing, removed, left),
        body=" ".join(said) or "Nothing was changed.",
        lines=tuple(_left(filing, left)),
        buttons=tuple(_buttons(filing, left)),
        small=_small_print(filing, removed),
        also=tuple(_left_in_short(filing, left)),
    ).message()


def _headline(filing: Filing, removed: Sequence[Item], left: Sequence[Item]) -> str:
    receipt = _receipt(filing)
    if not left:
        return f"Receipt {receipt} is undone"
    if removed:
        return f"Receipt {receipt} is undone in part"
    return f"Receipt {receipt} is not undone"


def _removed(filing: Filing, removed: Sequence[Item]) -> list[str]:
    if not removed:
        return []
    where = words.short_record_of(filing)
    were = "was" if len(removed) == 1 else "were"
    return [f"{plural(len(removed), 'file')} {were} removed from {where}: {_names(removed)}."]


def _gone(filing: Filing, gone: Sequence[Item]) -> list[str]:
    if not gone:
        return []
    were = "was" if len(gone) == 1 else "were"
    return [f"{_names(gone)} {were} not on {words.short_record_of(filing)} any more."]


def _stays(filing: Filing, removed: Sequence[Item]) -> list[str]:
    """Return where the content of removed files is still found."""
    kept = [item.removal.copy for item in removed if item.removal and item.removal.copy]
    own = [item for item in removed if item.made_here and not (item.removal and item.removal.copy)]
    stays = []
    if any(item.brought for item in own):
        stays.append("What was shared in Slack stays there.")
    if any(item.copied_from for item in own):
        stays.append("The originals of copies stay where they are.")
    if kept:
        copies = names([words.linked(filing.portal, copy) for copy in kept], 3)
        stays.append(f"In My documents you have now: {copies}.")
    return stays


def _left(filing: Filing, left: Sequence[Item]) -> list[str]:
    if not left:
        return []
    rows = [_row(filing, number, item) for number, item in enumerate(left[:MOST_SHOWN], 1)]
    more = [f"and {len(left) - MOST_SHOWN} more"] if len(left) > MOST_SHOWN else []
    return [f"*Left on {words.short_record_of(filing)}*", *rows, *more]


def _row(filing: Filing, number: int, item: Item) -> str:
    name = words.linked(filing.portal, item.file) if item.file else words.name(item)
    copy = item.removal.copy if item.removal else None
    kept = f" You have a copy: {words.linked(filing.portal, copy)}." if copy else ""
    return f"{number}. {name}. {_why(filing, item)}{kept}"


def _why(filing: Filing, item: Item) -> str:
    doubt = item.removal.doubt if item.removal else None
    return _WHY[doubt].format(receipt=_receipt(filing)) if doubt else "It stays there."


def _left_in_short(filing: Filing, left: Sequence[Item]) -> list[str]:
    if not left:
        return []
    why = f" {_why(filing, left[0])}" if len(left) == 1 else ""
    return [f"Left on {words.short_record_of(filing)}: {_names(left)}.{why}"]


def _small_print(filing: Filing, removed: Sequence[Item]) -> str:
    entry = ""
    if removed:
        where = words.short_record_of(filing)
        entry = f"The history of {where} keeps its entry, without what was removed. "
    return f"{entry}Receipt {_receipt(filing)}."


def _buttons(filing: Filing, left: Sequence[Item]) -> list[Block]:
    ref = words.target(filing)
    row = [buttons.open_in_crm(filing.portal, ref, filing.entity)] if ref else []
    passing = any(item.removal and item.removal.doubt in _PASSING for item in left)
    if passing and filing.undo is not None:
        says = f"Try to undo receipt {_receipt(filing)} again"
        row.append(button("Undo again", "receipt.undo", filing.undo.filing, says=says))
    return row


# Question


def undo_question(filing: Filing) -> Message:
    """Draw what is asked before a file is deleted that is not proved to be the receipt's own."""
    asked = of_stand(filing, Stand.ASKED)
    left = of_stand(filing, Stand.LEFT)
    removed, gone = of_stand(filing, Stand.REMOVED), of_stand(filing, Stand.GONE)
    so_far = [*_removed(filing, removed), *_gone(filing, gone)] or ["Nothing was deleted yet."]
    offer = (
        "In CRM, detaching deletes the file itself. I can first put a copy into My documents, "
        "and then delete it from CRM."
    )
    return Note(
        headline=_asks(asked),
        body=" ".join((_about(filing, asked), offer, *so_far)),
        lines=(*_several(filing, asked), *_left(filing, left)),
        buttons=tuple(_answers(filing, asked)),
        small=words.kept(filing),
    ).message()


def _asks(asked: Sequence[Item]) -> str:
    if len(asked) == 1 and asked[0].removal and asked[0].removal.doubt in _ASKS:
        return _ASKS[asked[0].removal.doubt]
    return f"This undo would delete {plural(len(asked), 'file')} that others may need"


def _about(filing: Filing, asked: Sequence[Item]) -> str:
    if len(asked) != 1:
        return "Look at the list below."
    doubt = asked[0].removal.doubt if asked[0].removal else None
    about = _ABOUT.get(doubt or Doubt.OLDER, _ABOUT[Doubt.OLDER])
    return about.format(file=words.subject(asked[0]), receipt=_receipt(filing))


def _several(filing: Filing, asked: Sequence[Item]) -> list[str]:
    if len(asked) == 1:
        return []
    rows = [_row(filing, number, item) for number, item in enumerate(asked[:MOST_SHOWN], 1)]
    more = [f"and {len(asked) - MOST_SHOWN} more"] if len(asked) > MOST_SHOWN else []
    return [*rows, *more]


def _answers(filing: Filing, asked: Sequence[Item]) -> list[Block]:
    where = words.short_record_of(filing)
    known = names([words.name(item, 30) for item in asked], 1)
    keep = blocks.unescaped(f"Copy {known} to My documents, then delete it from {where}")
    leave = blocks.unescaped(f"Leave {known} on {where}")
    ref = words.target(filing)
    text = "Keep a copy, then detach" if len(asked) == 1 else "Keep copies, then detach"
    return [
        button(text, "filing.detach", filing.id, says=keep),
        *([buttons.open_in_crm(filing.portal, ref, filing.entity)] if ref else []),
        button(
            "Leave it" if len(asked) == 1 else "Leave them", "filing.leave", filing.id, says=leave
        ),
    ]


# In between


def unsure(filing: Filing) -> Message:
    """Say that it is not known whether a file was deleted."""
    sent = of_stand(filing, Stand.REMOVING)
    return Note(
        headline=f"The portal stopped answering while I deleted {_names(sent)}",
        body=(
            f"I am checking {words.short_record_of(filing)} now. I do not delete it again before "
            "it is certain that the first call does nothing any more; that takes up to 11 minutes."
        ),
        buttons=(buttons.again(filing, "Check now"),),
        small=f"Receipt {filing.receipt}.",
        also=(f"Request: {words.wish(filing)}.",),
    ).message()


# The summary that was taken back


def taken_back(filing: Filing) -> Message:
    """Draw a summary of which nothing is true any more."""
    where = words.short_record_of(filing)
    at = f", {blocks.moment(filing.undone_at)}" if filing.undone_at else ""
    ref = words.target(filing)
    return Note(
        headline=f"Undone: what was attached to {where} was removed again",
        body=f"{words.heading(filing)}\nNothing of it is on the record any more.",
        buttons=(buttons.open_in_crm(filing.portal, ref, filing.entity),) if ref else (),
        small=f"Undone by {blocks.mention(filing.user.id)}{at}. Receipt {filing.receipt}.",
    ).message()


def shared_taken_back(filing: Filing) -> Message:
    """Draw the same for everyone in the conversation; a private record keeps its names."""
    result = (
        f"{blocks.mention(filing.user.id)} attached files to {words.short_record_of(filing)}, and "
        "took them back."
    )
    return blocks.message(result, [blocks.section(result)])


def _names(items: Sequence[Item]) -> str:
    return names([words.name(item) for item in items], 5)


def _receipt(filing: Filing) -> str:
    return filing.undo.receipt if filing.undo else filing.receipt
