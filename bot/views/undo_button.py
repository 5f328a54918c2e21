"""The button that takes a receipt back, and what is asked before it does anything."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.domain import ItemState
from bot.views import words
from bot.views.blocks import button, confirmed, plural

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.domain import Block, Filing, Item


def undo(filing: Filing) -> tuple[Block, ...]:
    """Return the button, if the filing attached something that is not taken back yet."""
    attached = [item for item in filing.items if item.state is ItemState.ATTACHED]
    ref = words.target(filing)
    if not attached or ref is None or filing.undone_at is not None:
        return ()
    where, count = words.spoken_record(ref), plural(len(attached), "file")
    says = f"Undo receipt {filing.receipt}, remove {count} from {where}"
    own = [item for item in attached if item.made_here]
    return (
        confirmed(
            button("Undo", "receipt.undo", filing.id, says=says),
            title="Undo this attachment?",
            text=_asks(attached, own, str(ref)),
            yes=f"Remove {plural(len(own), 'file')}" if own else "Look, then ask me",
            no="Keep them" if len(attached) > 1 else "Keep it",
        ),
    )


def _asks(attached: Sequence[Item], own: Sequence[Item], where: str) -> str:
    """Return what will be deleted and what stays."""
    brought = [item for item in own if item.brought]
    copied = [item for item in own if not item.brought]
    older = len(attached) - len(own)
    texts = []
    if own:
        it = "copy I made" if len(own) == 1 else f"{len(own)} copies I made"
        them = "it" if len(own) == 1 else "them"
        unless = f"unless others changed or used {them}"
        texts.append(f"The {it} will be deleted from {where}, {unless}.")
    if brought:
        texts.append(_stay(len(brought), "Slack"))
    if copied:
        places = {item.copied_from for item in copied if item.copied_from}
        place = words.place(places.pop()) if len(places) == 1 else "their folders"
        texts.append(_stay(len(copied), place))
    if older:
        them = "1 file was" if older == 1 else f"{older} files were"
        it = "it" if older == 1 else "them"
        texts.append(f"{them} in CRM before: I ask you again before I delete {it}.")
    return " ".join(texts)


def _stay(count: int, place: str) -> str:
    return f"The original stays in {place}." if count == 1 else f"The originals stay in {place}."
