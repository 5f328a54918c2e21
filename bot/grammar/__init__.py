"""What people type behind `/attach`, as types: `parse` reads it, `spell` writes it. Pure."""

from __future__ import annotations

from bot.grammar.commands import (
    Attach,
    Command,
    Connect,
    Disconnect,
    ForgetMe,
    Help,
    Here,
    Last,
    Link,
    ListFiles,
    Retry,
    Status,
    TakeBack,
    Unlink,
    spell,
    spell_record,
)
from bot.grammar.parsing import parse
from bot.grammar.searching import Sought, sought

__all__ = [
    "Attach",
    "Command",
    "Connect",
    "Disconnect",
    "ForgetMe",
    "Help",
    "Here",
    "Last",
    "Link",
    "ListFiles",
    "Retry",
    "Sought",
    "Status",
    "TakeBack",
    "Unlink",
    "parse",
    "sought",
    "spell",
    "spell_record",
]
