"""Block Kit in small functions: the only module that knows Slack's escaping, limits and block JSON.

Two kinds of text live here. *Markup* is safe to put into a section: outside text has passed
`escape` or `link`. *Plain* text is for headers, buttons and options: outside text has passed
`plain`, and Slack reads no markup in it.
"""

from __future__ import annotations

import functools
import itertools
import re
import unicodedata
from datetime import UTC
from typing import TYPE_CHECKING

from bot.domain import Message

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from bot.domain import Block

MOST_SHOWN = 10
"""Files or records in one list, before "and 3 more"."""

NAME = 100
"""Characters of a name in a list, after escaping."""

SHORT = 60
"""Characters of a name in a sentence, after escaping."""

TIME = "{time}"
DAY = "{date_short}"
DAY_AND_TIME = "{date_short_pretty} at {time}"

_BLOCKS = 50
_SECTION = 3000
_CONTEXT = 2000
_HEADER = 150
_LABEL = 75
_VALUE = 2000
_SPOKEN = 300
_ASKED = 100
_YES = 30

_KILO = 1024
_DECIMAL_BELOW = 9.95

_INVISIBLE = frozenset({"Cf", "Cs"})
_MARKUP = {
    "&": "&amp;",
    "<": "&lt;",
    ">": "&gt;",
    # Slack cannot escape these; the look-alikes keep a title from turning bold, struck or code.
    "*": "\N{ASTERISK OPERATOR}",
    "~": "\N{TILDE OPERATOR}",
    "`": "\N{MODIFIER LETTER GRAVE ACCENT}",
}
_PLAIN = str.maketrans(
    {
        # Nothing says whether Slack unescapes plain text, so there is nothing to unescape.
        "<": "\N{SINGLE LEFT-POINTING ANGLE QUOTATION MARK}",
        ">": "\N{SINGLE RIGHT-POINTING ANGLE QUOTATION MARK}",
    }
)
_ADDRESS = str.maketrans({"&": "&amp;", "<": "%3C", ">": "%3E", "|": "%7C", " ": "%20"})
_UNIT = re.compile(r"<[^<>]*>|&(?:amp|lt|gt);|.", re.DOTALL)
_TOKEN = re.compile(r"<[^<>|]*\|([^<>]*)>")


# Text


def clean(text: str) -> str:
    """Return outside text as one line without control, direction and zero-width characters."""
    if not text.isprintable():  # what is cleaned away never is, and most names are
        text = "".join(map(_visible, text))
    return " ".join(text.split())


@functools.lru_cache(maxsize=4096)
def _visible(character: str) -> str:
    category = unicodedata.category(character)
    return " " if category == "Cc" else "" if category in _INVISIBLE else character


def escape(text: str, limit: int = NAME) -> str:
    """Return outside text as inert markup of at most `limit` characters, cut in its middle."""
    return _joined([_MARKUP.get(character, character) for character in clean(text)], limit)


def plain(text: str, limit: int = _LABEL) -> str:
    """Return outside text for a plain text object."""
    return cut(clean(text).translate(_PLAIN), limit)


def cut(text: str, limit: int) -> str:
    """Leave out the middle of a text that is too long; its ending stays visible."""
    return _joined(text, limit)


def _joined(pieces: Sequence[str], limit: int) -> str:
    if sum(map(len, pieces)) <= limit:
        return "".join(pieces)
    room = limit - 1
    ending = "".join(pieces[len(pieces) - _fitting(reversed(pieces), room // 3) :])
    start = "".join(pieces[: _fitting(pieces, room - len(ending))])
    return f"{start}…{ending}"


def _fitting(pieces: Iterable[str], room: int) -> int:
    """Return how many of the pieces fit."""
    ends = itertools.accumulate(map(len, pieces))
    return sum(1 for _ in itertools.takewhile(lambda end: end <= room, ends))


def clip(markup: str, limit: int) -> str:
    """Leave out the end of markup that is too long, but never half of a link or an entity."""
    if len(markup) <= limit:
        return markup
    units = _UNIT.findall(markup)
    return "".join(units[: _fitting(units, limit - 1)]) + "…"


def spoken(markup: str) -> str:
    """Return markup as a screen reader should say it: no marks, links and times by their words."""
    return _TOKEN.sub(r"\1", markup).replace("*", "").replace("`", "").replace("\n", " ")


def unescaped(markup: str) -> str:
    """Return markup as it reads in a place that knows plain text only."""
    text = spoken(markup).replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
    return text.translate(_PLAIN)


def link(label: str, url: str, limit: int = NAME) -> str:
    """Return markup that shows an outside `label` and leads to `url`."""
    shown = escape(label, limit).replace("|", "\N{BROKEN BAR}")
    return f"<{url.translate(_ADDRESS)}|{shown}>"


def mention(user: str) -> str:
    """Return markup that names a person by the Slack id."""
    return f"<@{re.sub('[^A-Za-z0-9]', '', user)}>"


def channel_link(channel: str) -> str:
    """Return markup that names a conversation by its Slack id, to those who may know it."""
    return f"<#{re.sub('[^A-Za-z0-9]', '', channel)}>"


def moment(at: datetime, fmt: str = DAY_AND_TIME) -> str:
    """Return a token that each reader sees in his own time zone, with UTC as its fallback."""
    return f"<!date^{int(at.timestamp())}^{fmt}|{_utc(at, fmt)}>"


def _utc(at: datetime, fmt: str) -> str:
    at = at.astimezone(UTC)
    day = f"{at.day} {at:%b} {at.year}"
    words = fmt.replace("{date_short_pretty} at ", f"{day}, ").replace(DAY, day)
    return words.replace(TIME, f"{at:%H:%M} UTC")


def size(count: int) -> str:
    """Return a number of bytes as people say it: "48 KB", "1.2 MB"."""
    if count < _KILO:
        return plural(count, "byte")
    amount, units = count / _KILO, iter(("MB", "GB", "TB"))
    unit = "KB"
    while round(amount) >= _KILO and (larger := next(units, "")):
        amount, unit = amount / _KILO, larger
    digits = 1 if amount < _DECIMAL_BELOW else 0
    return f"{amount:.{digits}f}".removesuffix(".0") + f" {unit}"


def plural(count: int, word: str) -> str:
    return f"{count} {word}" if count == 1 else f"{count} {word}s"


def names(listed: Sequence[str], most: int = MOST_SHOWN) -> str:
    """Return "a", "a and b", or "a, b and 3 more"; the names are markup already."""
    shown, more = list(listed[:most]), len(listed) - most
    last = f"{more} more" if more > 0 else shown.pop() if shown else ""
    return f"{', '.join(shown)} and {last}" if shown else last


def sentence(before: str, listed: Sequence[str], after: str) -> str:
    """Return one sentence with as many names as the fallback text has room for."""
    for most in range(min(len(listed), MOST_SHOWN), 1, -1):
        text = f"{before}{names(listed, most)}{after}"
        if len(text) <= _SPOKEN:
            return text
    return f"{before}{names(listed, 1)}{after}"


def said(*sentences: str) -> str:
    """Return the fallback text: the first sentence, and those of the others that still fit."""
    text, *others = (spoken(one) for one in sentences if one)
    for other in others:
        if len(text) + len(other) < _SPOKEN:
            text = f"{text} {other}"
    return clip(text, _SPOKEN)


# Blocks


def message(text: str, blocks: Iterable[Block]) -> Message:
    """Return a message; `text` is the fallback that says the same on its own."""
    shown = tuple(blocks)
    if len(shown) > _BLOCKS:
        raise ValueError(f"{len(shown)} blocks are more than Slack takes")
    return Message(clip(text, _SPOKEN), shown)


def header(text: str) -> Block:
    return {"type": "header", "text": label(text, _HEADER)}


def section(markup: str) -> Block:
    return {"type": "section", "text": _mrkdwn(clip(markup, _SECTION))}


def sections(lines: Iterable[str]) -> list[Block]:
    """Return lines of markup in as few sections as hold them; no line is torn apart."""
    texts: list[str] = []
    for line in (clip(line, _SECTION) for line in lines):
        if texts and len(texts[-1]) + 1 + len(line) <= _SECTION:
            texts[-1] = f"{texts[-1]}\n{line}"
        else:
            texts.append(line)
    return [section(text) for text in texts]


def context(markup: str) -> Block:
    return {"type": "context", "elements": [_mrkdwn(clip(markup, _CONTEXT))]}


def actions(buttons: Iterable[Block]) -> list[Block]:
    """Return a row of buttons, or nothing when there are none.

    An action that ends with a dot gets a number, since an id may stand only once in a block.
    """
    numbers = itertools.count(1)
    row = [
        {**one, "action_id": f"{one['action_id']}{next(numbers)}"}
        if one["action_id"].endswith(".")
        else one
        for one in buttons
    ]
    return [{"type": "actions", "elements": row}] if row else []


def button(
    text: str, action: str, value: str = "", *, says: str = "", primary: bool = False
) -> Block:
    """Return a button; `says` is what a screen reader says where `text` alone is vague."""
    if len(value) > _VALUE:
        raise ValueError("the value of a button is too long")
    return {
        "type": "button",
        "action_id": action,
        "text": label(text),
        **({"accessibility_label": plain(says)} if says else {}),
        **({"value": value} if value else {}),
        **({"style": "primary"} if primary else {}),
    }


def confirmed(button_: Block, *, title: str, text: str, yes: str, no: str) -> Block:
    """Return a button that first asks whether to do what it does; all texts are plain."""
    asks = {
        "title": label(title, _ASKED),
        "text": label(text, _SPOKEN),
        "confirm": label(yes, _YES),
        "deny": label(no, _YES),
        "style": "danger",
    }
    return {**button_, "confirm": asks}


def overflow(action: str, choices: Iterable[tuple[str, str]]) -> Block:
    """Return a menu of three dots; each choice is what it says and its value."""
    options = [{"text": label(text), "value": value} for text, value in choices]
    return {"type": "overflow", "action_id": action, "options": options}


def fits_button(value: str) -> bool:
    """Say whether a value that came from outside can stand behind a button."""
    return len(value) <= _VALUE and value.isprintable()


def link_button(text: str, action: str, url: str, *, says: str = "") -> Block:
    return {**button(text, action, says=says), "url": url}


def label(text: str, limit: int = _LABEL) -> Block:
    """Return a plain text object."""
    return {"type": "plain_text", "text": plain(text, limit), "emoji": False}


def _mrkdwn(markup: str) -> Block:
    # Without `verbatim` Slack would make links and mentions of words that only look like them.
    return {"type": "mrkdwn", "text": markup, "verbatim": True}
