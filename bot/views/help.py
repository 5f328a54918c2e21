"""The answer to "help": what can be typed, on one screen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.views import blocks, buttons, words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.account import Account
    from bot.domain import Block, Message

_LINES = (
    (
        "message",
        "On a message, in a thread as well: open *More actions*, choose *Attach to CRM record*",
    ),
    ("attach", "`/attach case 7 12,13` attach portal files 12 and 13 to case 7"),
    ("attach", "`/attach 12-15 to deal 31` a range is fine, and the files may come first"),
    ("attach", "`/attach case 7` choose the files in a form; `/attach` alone opens it empty"),
    ("names", "`/attach company Acme 12` a name works where a number does"),
    ("links", "`/attach [link] [link]` paste links from CRM and Documents"),
    (
        "link unlink here",
        "`/attach link case 7` suggest it in this channel, as `here`; `/attach unlink` ends it",
    ),
    ("list", "`/attach list case 7` show the files of a record; add `all` to see more than ten"),
    (
        "connect disconnect forget-me",
        "`/attach connect` store your key, `/attach disconnect` delete it; `forget-me` deletes all",
    ),
    ("status", "`/attach status` show your account and your open requests"),
    (
        "retry undo",
        "`/attach retry` do a failed request again; `/attach undo` take back your latest attach",
    ),
)
"""Each line with the topics that show it alone."""


def help_(accounts: Sequence[Account], topic: str = "") -> Message:
    """Draw everything that can be typed, or the lines of one topic."""
    asked = topic.strip().casefold()
    found = [line for about, line in _LINES if asked in about.split()]
    lines = found or [line for _, line in _LINES]
    connection = words.connection(accounts)
    return blocks.message(
        blocks.said("Attach files to CRM.", *(f"{line}." for line in lines[:3]), connection),
        [
            blocks.header("Attach files to CRM"),
            *blocks.sections(lines),
            blocks.context(connection),
            *blocks.actions(_buttons(accounts, narrowed=bool(found))),
        ],
    )


def _buttons(accounts: Sequence[Account], *, narrowed: bool) -> list[Block]:
    row = [] if accounts else [buttons.connect()]
    row += buttons.form("Attach files", "", says="Attach files to a CRM record")
    if narrowed:
        row += buttons.run("All commands", "help", says="Show everything that you can type")
    return row
