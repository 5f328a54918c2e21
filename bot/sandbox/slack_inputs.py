"""What stands in the fields of a form: empty at first, then what a person typed or chose."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from bot.sandbox.slack_screen import NotOnScreenError, interactive, offered

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from bot.sandbox.slack_screen import Json

State = dict[str, dict[str, Any]]
"""Slack's `state.values`: block_id, then action_id, then the value."""

_FIELD = {
    "channels_select": "selected_channel",
    "checkboxes": "selected_options",
    "conversations_select": "selected_conversation",
    "datepicker": "selected_date",
    "datetimepicker": "selected_date_time",
    "email_text_input": "value",
    "external_select": "selected_option",
    "file_input": "files",
    "multi_channels_select": "selected_channels",
    "multi_conversations_select": "selected_conversations",
    "multi_external_select": "selected_options",
    "multi_static_select": "selected_options",
    "multi_users_select": "selected_users",
    "number_input": "value",
    "plain_text_input": "value",
    "radio_buttons": "selected_option",
    "rich_text_input": "rich_text_value",
    "static_select": "selected_option",
    "timepicker": "selected_time",
    "url_text_input": "value",
    "users_select": "selected_user",
}
"""Where the value of an element stands; elements that are not here hold none."""

_FORM = {
    "email_text_input": r"[^@\s]+@[^@\s]+\.[^@\s]+",
    "number_input": r"-?\d+(\.\d+)?",
    "url_text_input": r"https?://\S+",
}
"""What the client accepts in a field."""


def state_of(blocks: Sequence[Json], before: State | None = None) -> State:
    """Return the values in a view: those of before where the same field is there, else the initial.

    Slack keeps what was typed when a view is updated, if block_id and action_id stay.
    """
    state: State = {}
    for part in interactive(blocks):
        element, block = part.element, part.block["block_id"]
        if element["type"] in _FIELD:
            kept = (before or {}).get(block, {}).get(element["action_id"])
            state.setdefault(block, {})[element["action_id"]] = kept or _initial(element)
    return state


def has_value(element: Json) -> bool:
    """Whether an element is a field; buttons and overflow menus are not."""
    return element["type"] in _FIELD


def filled(element: Json, value: object, suggested: Sequence[Json] = ()) -> Json:
    """Return the state of an element after a person put `value` into it.

    Options are given by their words or their values; those of external menus must have been
    suggested before.
    """
    kind = element["type"]
    if kind in _FORM and isinstance(value, str) and not re.fullmatch(_FORM[kind], value):
        raise NotOnScreenError(f"the client does not take {value!r} in a {kind}")
    return _state(element, _chosen(element, value, suggested))


def refused(block: Json, value: Json) -> str:
    """Return why the client would not send this input, or nothing."""
    content = value[_FIELD[value["type"]]]
    element = block["element"]
    if content in (None, "", []):
        return "" if block.get("optional") else "it is required"
    if isinstance(content, str) and len(content) < element.get("min_length", 0):
        return "it is too short"
    if isinstance(content, str) and len(content) > element.get("max_length", 3000):
        return "it is too long"
    return ""


def with_files(value: Json, describe: Callable[[str], Json]) -> Json:
    """Return the state with the ids of its files made file objects."""
    if value["type"] != "file_input":
        return value
    return {**value, "files": [describe(file) for file in value["files"]]}


def _state(element: Json, content: object) -> Json:
    return {"type": element["type"], _FIELD[element["type"]]: content}


def _initial(element: Json) -> Json:
    field = _FIELD[element["type"]]
    given = element.get(field.replace("selected", "initial"), element.get("initial_value"))
    if given is None and field.endswith("s"):
        given = []
    return _state(element, given)


def _chosen(element: Json, value: object, suggested: Sequence[Json]) -> object:
    field = _FIELD[element["type"]]
    if field == "selected_option":
        return _option(element, value, suggested)
    if field == "selected_options":
        many = value if isinstance(value, (list, tuple)) else [value]
        return [_option(element, one, suggested) for one in many]
    if field.endswith("s") and not isinstance(value, list):
        return [value]
    return value


def _option(element: Json, value: object, suggested: Sequence[Json]) -> Mapping[str, Any] | None:
    if value is None:
        return None
    initial = element.get("initial_option")
    options = element.get("options") or [*suggested, *([initial] if initial else ())]
    return offered({**element, "options": options}, str(value))
