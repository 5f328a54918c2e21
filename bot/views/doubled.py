"""The report that the history of a record shows the same files twice."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.domain import ItemState
from bot.views import blocks, buttons, commands, words
from bot.views.notes import Note

if TYPE_CHECKING:
    from bot.domain import Block, Filing, Message

_TWO = 2


def doubled(filing: Filing) -> Message:
    """Draw an attach that the portal carried out more than once."""
    where = words.short_record_of(filing)
    there = [item for item in filing.items if item.state is ItemState.ATTACHED]
    verb, them = ("is", "it") if len(there) == 1 else ("are", "them")
    known = words.those(there) if there else "the files"
    often = "twice" if len(filing.doubles) <= _TWO else f"{len(filing.doubles)} times"
    entries = blocks.names([str(event) for event in filing.doubles])
    return Note(
        headline=(
            f"{known[0].upper()}{known[1:]} {verb} on {where}, but its history shows {them} {often}"
        ),
        body=(
            f"The portal applied a call late. The list of files on {where} is right. I deleted "
            "nothing, since deleting an entry would delete the files. You need do nothing; if it "
            "matters, ask your portal administrator."
        ),
        buttons=tuple(_buttons(filing)),
        small=f"Receipt {filing.receipt}. Entries {entries}.",
    ).message()


def _buttons(filing: Filing) -> list[Block]:
    ref = words.target(filing)
    if ref is None:
        return []
    says = f"List the files of {words.spoken_record(ref)}"
    return [
        buttons.open_in_crm(filing.portal, ref, filing.entity),
        *buttons.run("List files", commands.listing(ref), says=says),
    ]
