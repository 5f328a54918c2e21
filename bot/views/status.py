"""The answer to "status": who the person is on which portal, and what is still open."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from bot.domain import FilingState, WaitingFor
from bot.views import blocks, buttons, words
from bot.views.blocks import MOST_SHOWN, moment, names, plural
from bot.views.linking import ask_again, standing
from bot.views.tell import tell

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.account import Account
    from bot.domain import Block, Filing, Message
    from bot.sharing import Habit, Link

_NEEDS = {
    WaitingFor.ACCOUNT: "waits until you connect",
    WaitingFor.KEY: "waits for a new key",
    WaitingFor.RECORD: "waits until you choose the record",
    WaitingFor.FILES: "waits for your answer about some files",
    WaitingFor.REPEAT: "waits for your yes, as you asked for the same before",
    WaitingFor.UNDO: "waits for your answer about files that others may need",
}


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Agreed:
    """What the conversation is linked to, and what this person has decided about prompts."""

    link: Link | None = None
    habits: Sequence[Habit] = ()
    several_portals: bool = False


_NOTHING = Agreed()


def status(
    accounts: Sequence[Account],
    open_filings: Sequence[Filing],
    untold: Sequence[Filing] = (),
    aside: Sequence[Filing] = (),
    agreed: Agreed = _NOTHING,
) -> Message:
    """Draw the accounts of a person, what they could not be told, what is open and set aside.

    `agreed` is what holds in the conversation that they ask in.
    """
    lines = standing(agreed.link, agreed.habits, several_portals=agreed.several_portals)
    return blocks.message(
        blocks.said(
            words.connection(accounts),
            *_untold(untold[:1]),
            _open(open_filings),
            _aside(aside),
            *lines,
        ),
        [
            blocks.header("Connected" if accounts else "Not connected"),
            *blocks.sections(_lines(accounts)),
            *blocks.sections(lines),
            *blocks.sections(_missed(untold)),
            *blocks.sections(_requests(open_filings)),
            *blocks.sections(_set_aside(aside)),
            *blocks.actions([*_buttons(accounts), *([ask_again()] if agreed.habits else [])]),
        ],
    )


def _lines(accounts: Sequence[Account]) -> list[str]:
    if not accounts:
        return ["Connect your CRM account first. I attach files as you, with your own CRM rights."]
    return [
        f"Connected as {words.who(account)}. Last check: {moment(account.checked_at)}."
        for account in accounts[:MOST_SHOWN]
    ]


def _missed(filings: Sequence[Filing]) -> list[str]:
    if not filings:
        return []
    hidden = len(filings) - MOST_SHOWN
    more = f"and {hidden} more; `/attach status` again tells them." if hidden > 0 else ""
    here = "I say it here again, in full."
    return [*_untold(filings[:MOST_SHOWN]), f"{more} {here}" if more else here]


def _untold(filings: Sequence[Filing]) -> list[str]:
    return [f"{_doubt(filing)}: {tell(filing).text}" for filing in filings]


def _doubt(filing: Filing) -> str:
    """Say what is known of telling: a message whose answer was lost may have been read."""
    receipt = f"(receipt {filing.receipt})"
    if filing.reply.unsure:
        return f"I do not know whether this reached you {receipt}"
    return f"I could not tell you {receipt}"


def _open(filings: Sequence[Filing]) -> str:
    if not filings:
        return "No request is open."
    wishes = [words.wish(filing) for filing in filings]
    return f"{plural(len(filings), 'request')} open: {names(wishes, 2)}."


def _requests(filings: Sequence[Filing]) -> list[str]:
    if not filings:
        return ["No request is open."]
    lines = [
        f"{number}. {words.wish(filing)}: {_stand(filing)}. Receipt {filing.receipt}."
        for number, filing in enumerate(filings[:MOST_SHOWN], 1)
    ]
    hidden = len(filings) - MOST_SHOWN
    more = [f"and {hidden} more"] if hidden > 0 else []
    retry = ["`/attach retry` tries again at once."] if any(f.troubles for f in filings) else []
    return ["*Open requests*", *lines, *more, *retry]


def _aside(filings: Sequence[Filing]) -> str:
    return f"{plural(len(filings), 'request')} set aside." if filings else ""


def _set_aside(filings: Sequence[Filing]) -> list[str]:
    if not filings:
        return []
    lines = [
        f"{number}. {words.wish(filing)}. Receipt {filing.receipt}."
        for number, filing in enumerate(filings[:MOST_SHOWN], 1)
    ]
    hidden = len(filings) - MOST_SHOWN
    more = [f"and {hidden} more"] if hidden > 0 else []
    retry = f"`/attach retry {filings[0].receipt}` tries the first again."
    return ["*Set aside, since they stopped me*", *lines, *more, retry]


def _stand(filing: Filing) -> str:
    if filing.state is FilingState.WAITING and filing.waiting_for:
        return _NEEDS[filing.waiting_for]
    if filing.troubles:
        return "is tried again, because the portal does not answer"
    return "in progress"


def _buttons(accounts: Sequence[Account]) -> list[Block]:
    if not accounts:
        return [buttons.connect(), buttons.about()]
    return [
        *buttons.form("Attach files", "", says="Attach files to a CRM record"),
        buttons.about(),
        *buttons.help_(),
    ]
