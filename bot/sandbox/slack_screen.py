"""What a person sees of messages and views: texts, buttons, and the element behind a word."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

Json = dict[str, Any]
"""A JSON object, as it travels."""

SECONDS_TO_WAIT = 15.0
"""How long the sandbox waits for something to show before it says that nothing came."""


class NotOnScreenError(AssertionError):
    """A person cannot do that: it is not there to be seen, or the client would not send it."""


@dataclasses.dataclass(frozen=True, slots=True)
class Part:
    """An interactive element with the block that it stands in, and the option chosen in it."""

    block: Json
    element: Json
    option: Json | None = None


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A message as it looked when it appeared or changed.

    `user` is the person who looks, `author` who wrote it. `number` grows with every appearance and
    change in the workspace; `cause` is the number of the exchange that it answers, or 0.
    """

    ts: str
    channel: str
    author: str
    text: str
    blocks: tuple[Json, ...] = ()
    thread: str = ""
    ephemeral: bool = False
    user: str = ""
    files: tuple[Json, ...] = ()
    number: int = 0
    cause: int = 0

    @property
    def buttons(self) -> list[str]:
        """The words on the buttons, in order."""
        return button_words(self.blocks)

    def all_text(self) -> str:
        """Return every text that can be read, a line each."""
        return "\n".join(texts(self.blocks)) or self.text


def texts(value: object) -> Iterator[str]:
    """Yield the words that a person can read in blocks or in a view, in order."""
    if isinstance(value, dict):
        for name in ("text", "alt_text", "initial_value"):
            if isinstance(value.get(name), str):
                yield value[name]
        for inner in value.values():
            yield from texts(inner)
    elif isinstance(value, (list, tuple)):
        for inner in value:
            yield from texts(inner)


def button_words(blocks: Sequence[Json]) -> list[str]:
    """Return the words on the buttons of these blocks."""
    return [
        part.element["text"]["text"]
        for part in interactive(blocks)
        if part.element["type"] == "button"
    ]


def interactive(blocks: Sequence[Json]) -> Iterator[Part]:
    """Yield the elements that a person can use."""
    for block in blocks:
        inside = [*block.get("elements", ()), block.get("accessory"), block.get("element")]
        for element in inside:
            if isinstance(element, dict) and "action_id" in element:
                yield Part(block, element)


def find(blocks: Sequence[Json], what: str) -> Part:
    """Return the element that `what` names: its action_id, its words, or words in its overflow."""
    for part in interactive(blocks):
        if what in (part.element["action_id"], words_of(part.element)):
            return part
        if part.element["type"] == "overflow":
            for option in part.element["options"]:
                if what == option["text"]["text"]:
                    return dataclasses.replace(part, option=option)
    there = [words_of(part.element) or part.element["action_id"] for part in interactive(blocks)]
    raise NotOnScreenError(f"no {what!r} to be seen; there is {there}")


def offered(element: Json, choice: str) -> Json:
    """Return the option of an element by its words or its value."""
    groups = [group["options"] for group in element.get("option_groups", ())]
    options = [*element.get("options", ()), *(option for group in groups for option in group)]
    for option in options:
        if choice in (option["text"]["text"], option.get("value")):
            return dict(option)
    there = [option["text"]["text"] for option in options]
    raise NotOnScreenError(f"no option {choice!r}; there is {there}")


def words_of(element: Json) -> str:
    """Return the words on a button, or none."""
    text = element.get("text")
    return str(text["text"]) if isinstance(text, dict) else ""


def with_ids(blocks: Sequence[Json], prefix: str) -> list[Json]:
    """Return the blocks with the ids that Slack gives to those that come without."""
    return [_with_ids(block, f"{prefix}{number}") for number, block in enumerate(blocks)]


def _with_ids(block: Json, name: str) -> Json:
    named = {"block_id": name, **block}
    if block["type"] == "actions":
        named["elements"] = [
            _with_action_id(element, f"{name}.{number}")
            for number, element in enumerate(block["elements"])
        ]
    for place in ("accessory", "element"):
        if place in block:
            named[place] = _with_action_id(block[place], f"{name}.{place}")
    return named


def _with_action_id(element: Json, name: str) -> Json:
    return element if element["type"] == "image" else {"action_id": name, **element}
