"""Texts that mean harm, made by a seed: for every field of every view, and for every command."""

from __future__ import annotations

import random
from itertools import islice
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

PIECES = {
    "mention": (
        "<!channel>",
        "<!here|here>",
        "<@U0ANA>",
        "<#C0SALES|x>",
        "<!subteam^S1|@a>",
        "@here",
    ),
    "link": (
        "<http://evil.test|CRM>",
        "<https://x|y>",
        "https://evil.test/?a=1",
        "mailto:a@b.test",
    ),
    "markup": (
        "*bold*",
        "_it_",
        "~s~",
        "`code`",
        "```pre```",
        "> quote",
        "&gt; q",
        "• item",
        ":tada:",
    ),
    "date": ("<!date^1^{date}|x>", "<!date^1^{time}^https://evil.test|x>"),
    "direction": ("\u202egpj.exe", "\u2066a\u2069", "\u200f", "\u202a\u202c"),
    "zero width": ("\u200b", "\u200d", "\ufeff", "\u2060", "\u00ad", "\u180e"),
    "control": ("\x00", "\x1b[31m", "\x07", "\x7f", "\u0085", "\u2028", "\u2029"),
    "line": ("\r\n", "\n\n", "\r", "\t", "a\r\nSet-Cookie: x=1"),
    "surrogate": ("\ud83d", "\udc00", "\ud800\ud800"),
    "long": ("n" * 3_000, "&" * 1_000, "<" * 800, "\U0001f469\u200d\U0001f4bb" * 300, "a " * 2_000),
    "emoji": (
        "\U0001f469\u200d\U0001f469\u200d\U0001f467",
        "\U0001f1e6\U0001f1f9",
        "1\ufe0f\u20e3",
    ),
    "html": ("<script>alert(1)</script>", "<b onclick='x'>", "<!--", "]]>", "&#60;!channel&#62;"),
    "quotes": ('"', "'", "\u201c\u201d", '\\"', "`'\"", "'; drop table filings; --"),
    "escapes": ("&lt;!channel&gt;", "&amp;lt;", "&amp;", "%3C!channel%3E", "\\u003c!here\\u003e"),
    "template": ("{time}", "${x}", "{{7*7}}", "%s%n", "{0.__class__}", "<%= 1 %>", "{date_short}|"),
    "path": ("../../etc/passwd", "C:\\con\\nul", "a/b", "..", "/", "~root", ".htaccess", "x. "),
    "combining": ("Z\u0351\u036b\u0343" * 40, "e\u0301", "\u0e33" * 50),
}
"""By what they try; some are a whole text, the others stand in the middle of one."""

COMMANDS = (
    *("case 7 12,13", "case 7 12-15 -- signed", "deal 31 with 12", 'company "Acme Ltd" 12', "7 12"),
    *("list case 7", "list here all", "link case 7", "unlink", "status", "help links", "connect"),
    *("retry A7K2", "undo A7K2", "disconnect", "here last", "last, 12", "", "case", "12,13"),
    "case 7 https://acme.slack.com/files/U1/F0AB/contract.pdf",
    "https://office.example.com/Products/CRM/Cases.aspx?id=7 12",
    "<https://office.example.com/Products/Files/#preview/12|x> to case 7",
)

_ALPHABET = "cas e7123  ,,;-.#:&<>|'\"/?=@+x\n\u2013\u201c\u00a0\u200b\uff0c\uff17\u0663"


def texts(count: int, seed: int = 1) -> Sequence[str]:
    """Return so many different texts; each piece stands alone once, if there is room."""
    return list(islice(_texts(random.Random(seed)), count))


def _texts(dice: random.Random) -> Iterator[str]:
    seen = set()
    pieces = [piece for group in PIECES.values() for piece in group]
    for piece in pieces:
        seen.add(piece)
        yield piece
    while True:
        parts = dice.choices(pieces, k=dice.randint(1, 4))
        text = dice.choice(("", " ", "Offer ", "a|")).join(["Offer", *parts, "2026.pdf"])
        if text not in seen:
            seen.add(text)
            yield text


def commands(count: int, seed: int = 1) -> Iterator[str]:
    """Yield so many texts of commands: right ones, bent up to six times."""
    dice = random.Random(seed)
    pieces = [piece for group in PIECES.values() for piece in group if len(piece) < 100]
    for _ in range(count):
        text = dice.choice(COMMANDS)
        for _ in range(dice.randint(0, 6)):
            text = _bent(text, dice, pieces)
        yield text


def _bent(text: str, dice: random.Random, pieces: Sequence[str]) -> str:
    at = dice.randrange(len(text) + 1)
    match dice.randrange(7):
        case 0:
            return text[:at] + dice.choice(_ALPHABET) + text[at:]
        case 1:
            return text[:at] + dice.choice(pieces) + text[at:]
        case 2:
            return text[:at] + text[at + dice.randint(1, 4) :]
        case 3:
            return text[:at] + text[at:].swapcase()
        case 4:
            return text[at:] + text[:at]
        case 5:
            return f"{text} {dice.choice(COMMANDS)}"
        case _:
            return text[:at] + text[at : at + 5] * 2 + text[at:]
