"""Refuses the blocks, messages and views that Slack refuses."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from bot.sandbox.slack_elements import (
    ACCESSORY,
    ACTION,
    CONTEXT,
    IMAGE_FIELDS,
    INPUT,
    RICH_TEXT,
    URL,
    plain,
    text,
)
from bot.sandbox.slack_shapes import (
    Anything,
    Choice,
    Flag,
    ListOf,
    Problem,
    Record,
    Typed,
    Whole,
    Words,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.sandbox.slack_shapes import Shape

_CELL = Typed(
    {
        "raw_text": Record({"text": Words(10_000, least=0)}),
        "rich_text": Record({"elements": ListOf(RICH_TEXT, least=0)}, {"block_id": Words()}),
    },
    "table cell",
)


def _block(must: dict[str, Shape] | None = None, **may: Shape) -> Record:
    return Record(must or {}, {**may, "block_id": Words(255)})


_UNCHECKED = ("card", "carousel", "container", "context_actions", "plan", "task_card")
"""Blocks that Slack knows and that no rule here looks into."""

_BLOCKS: dict[str, Shape] = {
    "actions": _block({"elements": ListOf(ACTION, 25)}),
    "alert": _block(
        {"text": text(3000)}, level=Choice(("default", "info", "warning", "error", "success"))
    ),
    "context": _block({"elements": ListOf(CONTEXT, 10)}),
    "divider": _block(),
    "header": _block({"text": plain(150)}, level=Whole(1, 4)),
    "image": Record(
        {"alt_text": Words(2000)},
        {**IMAGE_FIELDS, "title": plain(2000), "block_id": Words(255)},
        either=("image_url", "slack_file"),
    ),
    "input": _block(
        {"label": plain(2000), "element": INPUT},
        hint=plain(2000),
        optional=Flag(),
        dispatch_action=Flag(),
    ),
    "markdown": _block({"text": Words(12_000)}),
    "rich_text": _block({"elements": ListOf(RICH_TEXT, least=0)}),
    "section": _block(
        text=text(3000), fields=ListOf(text(2000), 10), accessory=ACCESSORY, expand=Flag()
    ),
    "table": _block(
        {"rows": ListOf(ListOf(_CELL, 20), 100)}, column_settings=ListOf(Anything(), 20)
    ),
    "video": _block(
        {"alt_text": Words(), "title": plain(199), "thumbnail_url": URL, "video_url": URL},
        author_name=Words(49),
        description=plain(199),
        provider_icon_url=URL,
        provider_name=Words(),
        title_url=URL,
    ),
    **dict.fromkeys(_UNCHECKED, Anything()),
}
_BLOCK = Typed(_BLOCKS, "block")

_SURFACES = {
    "alert": {"modal"},
    "card": {"message"},
    "carousel": {"message"},
    "context_actions": {"message"},
    "markdown": {"message"},
    "plan": {"message"},
    "table": {"message", "home"},
    "task_card": {"message"},
}
"""Where a block may stand; one that is not here may stand anywhere."""

_MOST_BLOCKS = {"message": 50, "modal": 100, "home": 100}

_VIEW: dict[str, Shape] = {
    "private_metadata": Words(3000, least=0),
    "callback_id": Words(255, least=0),
    "external_id": Words(255, least=0),
}
_VIEWS = Typed(
    {
        "modal": Record(
            {"title": plain(24), "blocks": Anything()},
            {
                **_VIEW,
                "submit": plain(24),
                "close": plain(24),
                "clear_on_close": Flag(),
                "notify_on_close": Flag(),
                "submit_disabled": Flag(),
            },
        ),
        "home": Record({"blocks": Anything()}, _VIEW),
    },
    "view",
)


def view_problems(view: object, at: str = "/view") -> list[Problem]:
    """Return what Slack has against a view; empty when it takes it."""
    found = list(_VIEWS.problems(view, at))
    if not isinstance(view, dict) or view.get("type") not in ("modal", "home"):
        return found
    blocks = view.get("blocks", [])
    found += block_problems(blocks, view["type"], f"{at}/blocks")
    inputs = any(block.get("type") == "input" for block in _objects(blocks))
    if view["type"] == "modal" and inputs and "submit" not in view:
        found.append(Problem(at, "missing required field: submit, as there are inputs"))
    return found


def block_problems(blocks: object, surface: str = "message", at: str = "/blocks") -> list[Problem]:
    """Return what Slack has against blocks on a surface: message, modal or home."""
    least = 1 if surface == "modal" else 0
    found = list(ListOf(_BLOCK, _MOST_BLOCKS[surface], least).problems(blocks, at))
    if isinstance(blocks, list):
        found += _repeated(blocks, at)
        found += _crowded(blocks, at)
        for index, block in enumerate(blocks):
            if isinstance(block, dict):
                found += _misplaced(block, surface, f"{at}/{index}")
                found += _contradicting(block, f"{at}/{index}")
    return found


def _repeated(blocks: list[Any], at: str) -> Iterator[Problem]:
    for name, times in Counter(_strings(_objects(blocks), "block_id")).items():
        if times > 1:
            yield Problem(at, f"block_id {name} already exists")


def _crowded(blocks: list[Any], at: str) -> Iterator[Problem]:
    if sum(block.get("type") == "table" for block in _objects(blocks)) > 1:
        yield Problem(at, "only one table is allowed")
    if sum(part.get("focus_on_load") is True for part in _inside(blocks)) > 1:
        yield Problem(at, "focus_on_load is allowed once")


def _misplaced(block: dict[str, Any], surface: str, at: str) -> Iterator[Problem]:
    kind = block.get("type")
    if isinstance(kind, str) and surface not in _SURFACES.get(kind, {surface}):
        yield Problem(at, f"unsupported type: {kind} cannot stand on a {surface}")
    element = block.get("element")
    if (
        kind == "input"
        and surface != "modal"
        and isinstance(element, dict)
        and element.get("type") == "file_input"
    ):
        yield Problem(at, f"unsupported type: file_input cannot stand on a {surface}")


def _contradicting(block: dict[str, Any], at: str) -> Iterator[Problem]:
    if block.get("type") == "section" and not (block.get("text") or block.get("fields")):
        yield Problem(at, "must have text or fields")
    for name, times in Counter(_strings(_inside(block), "action_id")).items():
        if times > 1:
            yield Problem(at, f"action_id {name} already exists")
    for element in _inside(block):
        yield from _wrong_choice(element, at)


def _wrong_choice(element: dict[str, Any], at: str) -> Iterator[Problem]:
    offered = list(_offered(element))
    initial = element.get("initial_options") or [element.get("initial_option")]
    if not offered or not isinstance(initial, list):
        return
    for option in initial:
        if option is not None and option not in offered:
            yield Problem(at, "initial_option is not among the options")


def _offered(element: dict[str, Any]) -> Iterator[Any]:
    yield from _objects(element.get("options"))
    for group in _objects(element.get("option_groups")):
        yield from _objects(group.get("options"))


def _objects(values: object) -> Iterator[dict[str, Any]]:
    if isinstance(values, list):
        yield from (value for value in values if isinstance(value, dict))


def _inside(value: object) -> Iterator[dict[str, Any]]:
    """Yield every object in a value, itself included."""
    if isinstance(value, dict):
        yield value
        for inner in value.values():
            yield from _inside(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _inside(inner)


def _strings(objects: Iterator[dict[str, Any]], name: str) -> Iterator[str]:
    for one in objects:
        value = one.get(name)
        if isinstance(value, str):
            yield value
