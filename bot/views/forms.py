"""Forms in small functions: the Block Kit of modal views."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from bot.views.blocks import clean, label

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from bot.domain import Block, View

_TITLE = 24
_HINT = 300
_PLACEHOLDER = 150
_MOST_TYPED = 3000
_OPTION_VALUE = 150
_MOST_OPTIONS = 100
_MOST_TICKS = 10


def form(
    *,
    title: str,
    callback: str,
    blocks: Iterable[Block],
    submit: str = "",
    facts: Mapping[str, str] | None = None,
) -> View:
    """Return a modal view; `facts` come back with it when it is submitted."""
    return {
        "type": "modal",
        "callback_id": callback,
        "title": label(title, _TITLE),
        **({"submit": label(submit, _TITLE)} if submit else {}),
        "close": label("Cancel" if submit else "Close", _TITLE),
        "private_metadata": json.dumps(facts or {}, separators=(",", ":")),
        "blocks": list(blocks),
    }


def field(
    name: str, block_id: str, element: Block, *, hint: str = "", optional: bool = False
) -> Block:
    """Return an input with its label; errors are told to it by `block_id`."""
    return {
        "type": "input",
        "block_id": block_id,
        **({"optional": True} if optional else {}),
        "label": label(name, _PLACEHOLDER),
        **({"hint": label(hint, _HINT)} if hint else {}),
        "element": element,
    }


def typed(
    action: str, *, placeholder: str, initial: str = "", lengths: tuple[int, int] = (1, _MOST_TYPED)
) -> Block:
    """Return a line to type into; `lengths` are the shortest and the longest text it takes."""
    shortest, longest = lengths
    return {
        "type": "plain_text_input",
        "action_id": action,
        "placeholder": label(placeholder, _PLACEHOLDER),
        **({"initial_value": clean(initial)[:longest]} if initial else {}),
        "min_length": shortest,
        "max_length": longest,
    }


def focused(element: Block) -> Block:
    """Return an element that the cursor stands in at first; one in a form may have this."""
    return {**element, "focus_on_load": True}


def chosen(action: str, choices: Sequence[Block], *, initial: Block | None = None) -> Block:
    """Return a menu with all its choices."""
    return {
        "type": "static_select",
        "action_id": action,
        "options": list(choices[:_MOST_OPTIONS]),
        **({"initial_option": initial} if initial in choices[:_MOST_OPTIONS] else {}),
    }


def searched(action: str, *, placeholder: str, initial: Block | None = None) -> Block:
    """Return a menu whose choices the bot is asked for, letter by letter."""
    return {
        "type": "external_select",
        "action_id": action,
        "min_query_length": 0,
        "placeholder": label(placeholder, _PLACEHOLDER),
        **({"initial_option": initial} if initial else {}),
    }


def ticks(action: str, choices: Sequence[Block], *, initial: Sequence[Block] = ()) -> Block:
    """Return boxes to tick, ten at most; `initial` are ticked at first."""
    return {
        "type": "checkboxes",
        "action_id": action,
        "options": list(choices[:_MOST_TICKS]),
        **({"initial_options": list(initial[:_MOST_TICKS])} if initial else {}),
    }


def device_files(action: str, *, most: int) -> Block:
    """Return a field that takes files from the device, which are laid into Slack for that."""
    return {"type": "file_input", "action_id": action, "max_files": most}


def option(text: str, value: str, *, description: str = "") -> Block:
    if len(value) > _OPTION_VALUE:
        raise ValueError("the value of an option is too long")
    return {
        "text": label(text),
        "value": value,
        **({"description": label(description)} if description else {}),
    }
