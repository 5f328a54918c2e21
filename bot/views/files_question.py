"""What a person is asked when some files cannot be attached as they are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.domain import ItemState, Place
from bot.views import buttons, refusals, words
from bot.views.blocks import MOST_SHOWN, button, names, plural, sentence, unescaped
from bot.views.notes import Note

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.domain import Block, Filing, Item, Message

_READY = frozenset({ItemState.READY, ItemState.COPIED, ItemState.SHARED})
_SETTLED = _READY | {ItemState.PRESENT, ItemState.ATTACHED}


def files_question(filing: Filing) -> Message:
    """Draw what is wrong with which files, and what can be done about them."""
    odd = [item for item in filing.items if item.state not in _SETTLED]
    note = _about_one(filing, odd[0]) if len(odd) == 1 else _about_several(filing, odd)
    return note.message()


def _about_one(filing: Filing, item: Item) -> Note:
    what, advice = _told(item)
    return Note(
        headline=what,
        body=" ".join(filter(None, (advice, *_hints(filing, [item]), *_settled(filing)))),
        buttons=tuple(_answers(filing, [item])),
        small=words.kept(filing),
    )


def _about_several(filing: Filing, odd: Sequence[Item]) -> Note:
    lines = [_line(number, item) for number, item in enumerate(odd[:MOST_SHOWN], 1)]
    more = [f"and {len(odd) - MOST_SHOWN} more"] if len(odd) > MOST_SHOWN else []
    known = sentence("They are ", [words.numbered(item) for item in odd], ".")
    return Note(
        headline=f"{plural(len(odd), 'file')} cannot be attached as they are",
        body=" ".join((*_hints(filing, odd), *_settled(filing))),
        lines=(*lines, *more),
        buttons=tuple(_answers(filing, odd)),
        small=words.kept(filing),
        heard=(known, *_settled(filing), *_hints(filing, odd)),
    )


def _told(item: Item) -> tuple[str, str]:
    """Return what is wrong with a file, without the final stop, and what may help."""
    who = words.subject(item)
    match item.state:
        case ItemState.MISPLACED:
            return f"{who} is in {words.place(item.file.place if item.file else Place.OTHER)}", ""
        case ItemState.MISSING:
            return f"{who} was not found, or you may not read it", ""
        case ItemState.HIDDEN:
            return f"{who} is on no record yet, or on one that you may not see", ""
        case ItemState.TRASHED:
            return f"{who} is in the trash", "Restore it in Documents, then use its number again."
        case _:
            return f"{who} cannot be attached", refusals.reason(item)


def _line(number: int, item: Item) -> str:
    what, advice = _told(item)
    return f"{number}. {what}. {advice}".rstrip()


def _hints(filing: Filing, odd: Sequence[Item]) -> list[str]:
    states = [item.state for item in odd]
    misplaced = states.count(ItemState.MISPLACED)
    hints = [_copy_hint(misplaced)] if misplaced else []
    if ItemState.HIDDEN in states:
        where = words.short_record_of(filing)
        hints.append(
            "Leave out the note if you want to attach it nevertheless."
            if filing.note
            else f"Once it is attached, everybody who sees {where} can open it, you after a minute."
        )
    return hints


def _copy_hint(count: int) -> str:
    rule = "CRM can only link files that are kept in CRM."
    if count == 1:
        offer = "I can put a copy into CRM and attach the copy. The original stays where it is."
    else:
        offer = "I can put copies into CRM and attach those. The originals stay where they are."
    return f"{rule} {offer}"


def _settled(filing: Filing) -> list[str]:
    ready = _ready(filing)
    present = [item for item in filing.items if item.state is ItemState.PRESENT]
    where = words.short_record_of(filing)
    return [
        *([f"{_are(ready)} ready."] if ready else []),
        *([f"{_are(present)} on {where} already."] if present else []),
        "Nothing was attached yet.",
    ]


def _are(items: Sequence[Item]) -> str:
    known, are = words.those(items), "is" if len(items) == 1 else "are"
    return f"{known[0].upper()}{known[1:]} {are}" if words.asked(items) else f"{known} {are}"


def _ready(filing: Filing) -> list[Item]:
    return [item for item in filing.items if item.state in _READY]


def _answers(filing: Filing, odd: Sequence[Item]) -> list[Block]:
    where = words.short_record_of(filing)
    row = []
    misplaced = [item for item in odd if item.state is ItemState.MISPLACED]
    if misplaced:
        copied = names([words.name(item, 30) for item in misplaced], 1)
        says = f"Copy {copied} into CRM and attach to {where}"
        row.append(
            button("Copy and attach", "filing.copy", filing.id, says=unescaped(says), primary=True)
        )
    if not filing.note and any(item.state is ItemState.HIDDEN for item in odd):
        says = f"Attach to {where} also what you may not read yourself"
        text = "Copy and attach all" if misplaced else "Attach anyway"
        row.append(button(text, "filing.insist", filing.id, says=unescaped(says)))
    ready = _ready(filing)
    if ready:
        text = f"Attach {words.those(ready)}"
        says = f"{text} to {where}, and leave out the others"
        row.append(button(text, "filing.ready", filing.id, says=unescaped(says)))
    return [*row, *buttons.cancel(filing, "Cancel")]
