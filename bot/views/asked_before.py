"""What a person is asked who asks for the same again within two minutes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.domain import WaitingFor
from bot.errors import AskedBeforeError, BotError
from bot.views import blocks, buttons, words
from bot.views.blocks import button, plural
from bot.views.notes import Note

if TYPE_CHECKING:
    from bot.domain import Filing, Message

_NEEDS = {
    WaitingFor.ACCOUNT: "waits until you connect your account",
    WaitingFor.KEY: "waits for a new key",
    WaitingFor.RECORD: "waits until you choose the record",
    WaitingFor.FILES: "waits for your answer about some files",
    WaitingFor.REPEAT: "waits for your answer",
    WaitingFor.UNDO: "waits for your answer about some files",
}


def asked_before(filing: Filing) -> Message:
    """Draw the question whether the same is to be done once more."""
    error = BotError.of(filing.failure) if filing.failure else AskedBeforeError(filing.receipt)
    if not isinstance(error, AskedBeforeError):
        error = AskedBeforeError(filing.receipt)
    says = f"Do it although it was asked before: {words.wish(filing)}"
    connect = (buttons.connect(),) if error.stand == WaitingFor.ACCOUNT else ()
    return Note(
        headline=f"You asked for the same {_ago(error.seconds)}",
        body=told(error, words.short_record_of(filing)),
        buttons=(
            *connect,
            button("Do it anyway", "filing.repeat", filing.id, says=blocks.unescaped(says)),
            *buttons.cancel(filing),
        ),
        small=words.kept(filing),
        also=(f"The request is to {words.wish(filing)}.",),
    ).message()


def told(error: AskedBeforeError, where: str) -> str:
    """Return what became of the earlier request, and that this one did nothing."""
    known = f"Receipt {blocks.escape(error.receipt, blocks.SHORT)}"
    return f"{known} {_came_to(error.stand, where)}. Nothing more was done."


def _came_to(stand: str, where: str) -> str:
    if stand in set(WaitingFor):
        return _NEEDS[WaitingFor(stand)]
    if stand == "attached":
        return f"put them on {where}"
    return "has its answer already" if stand == "answered" else "is still being worked on"


def _ago(seconds: int) -> str:
    return f"{plural(seconds, 'second')} ago" if seconds else "just now"
