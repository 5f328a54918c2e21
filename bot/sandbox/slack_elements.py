"""What may stand inside a block: texts, buttons, menus, inputs, rich text; with Slack's limits."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.sandbox.slack_shapes import Anything, Choice, Flag, ListOf, Record, Typed, Whole, Words

if TYPE_CHECKING:
    from bot.sandbox.slack_shapes import Shape

_PLAIN_EXTRAS = {"emoji": Flag()}
_MARKED_EXTRAS = {"verbatim": Flag()}


def plain(most: int) -> Typed:
    """Return the shape of a plain_text object of at most that many characters."""
    return Typed({"plain_text": Record({"text": Words(most)}, _PLAIN_EXTRAS)}, "plain_text object")


def text(most: int) -> Typed:
    """Return the shape of a text object, plain_text or mrkdwn."""
    shapes: dict[str, Shape] = {
        "plain_text": Record({"text": Words(most)}, _PLAIN_EXTRAS),
        "mrkdwn": Record({"text": Words(most)}, _MARKED_EXTRAS),
    }
    return Typed(shapes, "text object")


URL = Words(3000, form=r"[A-Za-z][A-Za-z0-9+.-]*:.+")
LINK_STYLE = Choice(("primary", "danger"))
CONFIRM = Record(
    {"title": plain(100), "text": text(300), "confirm": plain(30), "deny": plain(30)},
    {"style": LINK_STYLE},
)
_FILE_OR_URL = Record(may={"id": Words(), "url": URL}, either=("id", "url"))
IMAGE_FIELDS: dict[str, Shape] = {"image_url": URL, "slack_file": _FILE_OR_URL}
IMAGE = Record({"alt_text": Words(2000)}, IMAGE_FIELDS, either=("image_url", "slack_file"))

_PLAIN_OPTION = Record({"text": plain(75), "value": Words(150)}, {"description": plain(75)})
_MARKED_OPTION = Record({"text": text(75), "value": Words(150)}, {"description": text(75)})
_URL_OPTION = Record(
    {"text": plain(75), "value": Words(150)}, {"description": plain(75), "url": URL}
)
OPTIONS = ListOf(_PLAIN_OPTION, 100)
GROUPS = ListOf(Record({"label": plain(75), "options": OPTIONS}), 100)

_ACTION: dict[str, Shape] = {"action_id": Words(255)}
_CONFIRMED = {**_ACTION, "confirm": CONFIRM}
_FOCUSED = {**_CONFIRMED, "focus_on_load": Flag()}
_MENU = {**_FOCUSED, "placeholder": plain(150)}
_MANY = {**_MENU, "max_selected_items": Whole(1)}
_STATIC: dict[str, Shape] = {"options": OPTIONS, "option_groups": GROUPS}
_CONVERSATION_FILTER = Record(
    may={
        "include": ListOf(Choice(("im", "mpim", "private", "public")), 4),
        "exclude_external_shared_channels": Flag(),
        "exclude_bot_users": Flag(),
    }
)
_CONVERSATIONS: dict[str, Shape] = {
    "default_to_current_conversation": Flag(),
    "filter": _CONVERSATION_FILTER,
}
_SOME_IDS = ListOf(Words())


def _menus() -> dict[str, Shape]:
    one_static = Record(
        may={**_MENU, **_STATIC, "initial_option": _PLAIN_OPTION},
        either=("options", "option_groups"),
    )
    many_static = Record(
        may={**_MANY, **_STATIC, "initial_options": ListOf(_PLAIN_OPTION, 100)},
        either=("options", "option_groups"),
    )
    searched: dict[str, Shape] = {"min_query_length": Whole()}
    answers: dict[str, Shape] = {"response_url_enabled": Flag()}
    return {
        "static_select": one_static,
        "multi_static_select": many_static,
        "external_select": Record(may={**_MENU, **searched, "initial_option": _PLAIN_OPTION}),
        "multi_external_select": Record(
            may={**_MANY, **searched, "initial_options": ListOf(_PLAIN_OPTION, 100)}
        ),
        "users_select": Record(may={**_MENU, "initial_user": Words()}),
        "multi_users_select": Record(may={**_MANY, "initial_users": _SOME_IDS}),
        "channels_select": Record(may={**_MENU, **answers, "initial_channel": Words()}),
        "multi_channels_select": Record(may={**_MANY, "initial_channels": _SOME_IDS}),
        "conversations_select": Record(
            may={**_MENU, **_CONVERSATIONS, **answers, "initial_conversation": Words()}
        ),
        "multi_conversations_select": Record(
            may={**_MANY, **_CONVERSATIONS, "initial_conversations": _SOME_IDS}
        ),
    }


def _pickers() -> dict[str, Shape]:
    marked = ListOf(_MARKED_OPTION, 10)
    return {
        "checkboxes": Record({"options": marked}, {**_FOCUSED, "initial_options": marked}),
        "radio_buttons": Record(
            {"options": marked}, {**_FOCUSED, "initial_option": _MARKED_OPTION}
        ),
        "datepicker": Record(may={**_MENU, "initial_date": Words(form=r"\d{4}-\d\d-\d\d")}),
        "timepicker": Record(
            may={**_MENU, "initial_time": Words(form=r"\d\d:\d\d"), "timezone": Words()}
        ),
    }


def _buttons() -> dict[str, Shape]:
    looks: dict[str, Shape] = {"style": LINK_STYLE, "accessibility_label": Words(75)}
    return {
        "button": Record(
            {"text": plain(75)}, {**_CONFIRMED, **looks, "url": URL, "value": Words(2000)}
        ),
        "overflow": Record({"options": ListOf(_URL_OPTION, 5)}, _CONFIRMED),
        "workflow_button": Record(
            {"text": plain(75), "action_id": Words(255), "workflow": Anything()}, looks
        ),
    }


def _inputs() -> dict[str, Shape]:
    dispatch = Record(
        may={"trigger_actions_on": ListOf(Choice(("on_enter_pressed", "on_character_entered")), 2)}
    )
    typed: dict[str, Shape] = {
        **_ACTION,
        "focus_on_load": Flag(),
        "placeholder": plain(150),
        "dispatch_action_config": dispatch,
    }
    written = {**typed, "initial_value": Words(3000, least=0)}
    lengths = {"min_length": Whole(0, 3000), "max_length": Whole(1, 3000)}
    amount = Words(form=r"-?\d+(\.\d+)?")
    return {
        "plain_text_input": Record(may={**written, **lengths, "multiline": Flag()}),
        "email_text_input": Record(may=written),
        "url_text_input": Record(may=written),
        "number_input": Record(
            {"is_decimal_allowed": Flag()},
            {**typed, "initial_value": amount, "min_value": amount, "max_value": amount},
        ),
        "rich_text_input": Record(
            {"action_id": Words(255)}, {**typed, "initial_value": Anything()}
        ),
        "file_input": Record(
            may={**_ACTION, "filetypes": ListOf(Words()), "max_files": Whole(1, 10)}
        ),
    }


_DATE_TIME: dict[str, Shape] = {
    "datetimepicker": Record(may={**_FOCUSED, "initial_date_time": Whole(0, 9_999_999_999)})
}
ACCESSORY = Typed({**_menus(), **_pickers(), **_buttons(), "image": IMAGE}, "section accessory")
ACTION = Typed({**_menus(), **_pickers(), **_DATE_TIME, **_buttons()}, "actions element")
INPUT = Typed({**_menus(), **_pickers(), **_DATE_TIME, **_inputs()}, "input element")
CONTEXT = Typed({**text(3000).shapes, "image": IMAGE}, "context element")


def _rich_text() -> Typed:
    looks = Record(
        may=dict.fromkeys(
            ("bold", "italic", "strike", "underline", "code", "highlight", "client_highlight"),
            Flag(),
        )
    )
    style: dict[str, Shape] = {"style": looks}
    leaf = Typed(
        {
            "text": Record({"text": Words(40_000)}, style),
            "link": Record({"url": URL}, {**style, "text": Words(3000), "unsafe": Flag()}),
            "emoji": Record({"name": Words()}, {**style, "unicode": Words(), "skin_tone": Whole()}),
            "user": Record({"user_id": Words()}, style),
            "usergroup": Record({"usergroup_id": Words()}, style),
            "channel": Record({"channel_id": Words()}, style),
            "broadcast": Record({"range": Choice(("here", "channel", "everyone"))}, style),
            "color": Record({"value": Words()}, style),
            "date": Record(
                {"timestamp": Whole(), "format": Words()},
                {**style, "url": URL, "fallback": Words()},
            ),
        },
        "rich text element",
    )
    leaves: dict[str, Shape] = {"elements": ListOf(leaf, least=0)}
    bordered: dict[str, Shape] = {"border": Whole(0, 1)}
    section = Record(leaves)
    items = ListOf(Typed({"rich_text_section": section}, "list item"))
    parts: dict[str, Shape] = {
        "rich_text_section": section,
        "rich_text_quote": Record(leaves, bordered),
        "rich_text_preformatted": Record(leaves, {**bordered, "language": Words()}),
        "rich_text_list": Record(
            {"style": Choice(("bullet", "ordered")), "elements": items},
            {**bordered, "indent": Whole(), "offset": Whole()},
        ),
    }
    return Typed(parts, "part of rich text")


RICH_TEXT = _rich_text()
