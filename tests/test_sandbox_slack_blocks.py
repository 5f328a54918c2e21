"""The sandbox refuses the blocks that Slack refuses, and takes the others."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.sandbox.slack_blocks import block_problems, view_problems

Json = dict[str, Any]


def plain(text: str) -> Json:
    return {"type": "plain_text", "text": text}


def marked(text: str) -> Json:
    return {"type": "mrkdwn", "text": text}


def section(**fields: Any) -> Json:
    return {"type": "section", "text": marked("Attached"), **fields}


def button(**fields: Any) -> Json:
    return {"type": "button", "action_id": "go", "text": plain("Go"), **fields}


def actions(*elements: Json) -> Json:
    return {"type": "actions", "elements": list(elements)}


def asked(element: Json, **fields: Any) -> Json:
    return {"type": "input", "label": plain("Record"), "element": element, **fields}


def typed(**fields: Any) -> Json:
    return {"type": "plain_text_input", "action_id": "note", **fields}


def option(name: str, **fields: Any) -> Json:
    return {"text": plain(name), "value": name, **fields}


def options(count: int) -> list[Json]:
    return [option(str(number)) for number in range(count)]


def menu(**fields: Any) -> Json:
    return {"type": "static_select", "action_id": "menu", **fields}


def confirm(**fields: Any) -> Json:
    texts = {"title": plain("Undo?"), "text": plain("Sure?"), "confirm": plain("Yes")}
    return {**texts, "deny": plain("No"), **fields}


def modal(*blocks: Json, **fields: Any) -> Json:
    return {
        "type": "modal",
        "title": plain("Attach"),
        "submit": plain("Attach"),
        "blocks": list(blocks),
        **fields,
    }


def without(view: Json, field: str) -> Json:
    return {name: value for name, value in view.items() if name != field}


WRONG_BLOCKS: dict[str, list[Json]] = {
    "long header": [{"type": "header", "text": plain("x" * 151)}],
    "marked header": [{"type": "header", "text": marked("x")}],
    "long section": [section(text=marked("x" * 3001))],
    "11 fields": [{"type": "section", "fields": [marked("f")] * 11}],
    "long field": [{"type": "section", "fields": [marked("f" * 2001)]}],
    "empty section": [{"type": "section"}],
    "empty text": [section(text=marked(""))],
    "51 blocks": [section()] * 51,
    "26 buttons": [actions(*(button(action_id=f"go{number}") for number in range(26)))],
    "11 in context": [{"type": "context", "elements": [marked("c")] * 11}],
    "button in context": [{"type": "context", "elements": [button()]}],
    "long button": [actions(button(text=plain("x" * 76)))],
    "marked button": [actions(button(text=marked("x")))],
    "long value": [actions(button(value="x" * 2001))],
    "odd style": [actions(button(style="warning"))],
    "long address": [actions(button(url="https://x.test/" + "x" * 3000))],
    "unknown field": [section(color="#fff")],
    "unknown block": [{"type": "sectoin", "text": marked("x")}],
    "unknown element": [actions(button(type="buttn"))],
    "block_id twice": [section(block_id="b"), section(block_id="b")],
    "long block_id": [section(block_id="x" * 256)],
    "action_id twice": [actions(button(), button())],
    "long action_id": [actions(button(action_id="x" * 256))],
    "101 options": [actions(menu(options=options(101)))],
    "no options": [actions(menu())],
    "long option value": [actions(menu(options=[option("a", value="x" * 151)]))],
    "long option": [actions(menu(options=[option("a", text=plain("x" * 76))]))],
    "marked option": [actions(menu(options=[option("a", text=marked("a"))]))],
    "initial not offered": [actions(menu(options=options(1), initial_option=option("b")))],
    "search with options": [actions(menu(type="external_select", options=options(1)))],
    "6 in overflow": [section(accessory={**menu(type="overflow"), "options": options(6)})],
    "long confirm title": [actions(button(confirm=confirm(title=plain("x" * 101))))],
    "long confirm button": [actions(button(confirm=confirm(confirm=plain("x" * 31))))],
    "image without words": [{"type": "image", "image_url": "https://x.test/a.png"}],
    "file field in a message": [asked({"type": "file_input", "action_id": "f"})],
    "two tables": [{"type": "table", "rows": [[{"type": "raw_text", "text": "x"}]]}] * 2,
    "no list": [{"type": "actions", "elements": button()}],
    "words for a flag": [section(expand="yes")],
    "words for a number": [{"type": "header", "text": plain("x"), "level": "1"}],
    "no object": ["section"],  # type: ignore[list-item]  # wrong on purpose
}
WRONG_VIEWS: dict[str, Json] = {
    "101 blocks": modal(*[section()] * 101),
    "no blocks": modal(),
    "long title": modal(section(), title=plain("x" * 25)),
    "no title": without(modal(section()), "title"),
    "long submit": modal(section(), submit=plain("x" * 25)),
    "inputs without submit": without(modal(asked(typed())), "submit"),
    "long metadata": modal(section(), private_metadata="x" * 3001),
    "long callback_id": modal(section(), callback_id="x" * 256),
    "11 checkboxes": modal(asked(menu(type="checkboxes", options=options(11)))),
    "long placeholder": modal(asked(typed(placeholder=plain("x" * 151)))),
    "high max_length": modal(asked(typed(max_length=3001))),
    "marked label": modal(asked(typed(), label=marked("x"))),
    "button as input": modal(asked(button())),
    "markdown in a form": modal({"type": "markdown", "text": "x"}),
    "table in a form": modal({"type": "table", "rows": [[{"type": "raw_text", "text": "x"}]]}),
    "two with focus": modal(
        asked(typed(focus_on_load=True)), asked(typed(action_id="b", focus_on_load=True))
    ),
    "home with submit": {"type": "home", "blocks": [section()], "submit": plain("Go")},
    "unknown view": {"type": "page", "blocks": []},
}
RIGHT_BLOCKS: dict[str, list[Json]] = {
    "nothing": [],
    "a receipt": [
        {"type": "header", "text": plain("Case #7")},
        section(fields=[marked("*Owner*\nAna"), plain("Open")], accessory=button(style="danger")),
        {"type": "divider"},
        {"type": "context", "elements": [marked("2 files"), plain("Receipt A7K2")]},
        actions(
            button(value="7", confirm=confirm(style="danger"), accessibility_label="Take back"),
            {**menu(type="overflow"), "options": [option("a", url="https://x.test")]},
        ),
    ],
    "a menu": [
        actions(
            menu(options=options(100), initial_option=option("3"), placeholder=plain("Which?")),
            {"type": "external_select", "action_id": "e", "min_query_length": 0},
            {"type": "datepicker", "action_id": "d", "initial_date": "2026-11-23"},
        )
    ],
    "groups": [
        actions(
            menu(
                option_groups=[{"label": plain("Cases"), "options": options(2)}],
                initial_option=option("1"),
            )
        )
    ],
    "rich text": [
        {
            "type": "rich_text",
            "elements": [
                {
                    "type": "rich_text_list",
                    "style": "bullet",
                    "elements": [
                        {
                            "type": "rich_text_section",
                            "elements": [
                                {"type": "text", "text": "a", "style": {"bold": True}},
                                {"type": "link", "url": "https://x.test", "text": "b"},
                            ],
                        }
                    ],
                }
            ],
        }
    ],
    "markdown": [{"type": "markdown", "text": "**b**"}],
    "a table": [{"type": "table", "rows": [[{"type": "raw_text", "text": "a"}]]}],
    "a picture": [{"type": "image", "image_url": "https://x.test/a.png", "alt_text": "a"}],
}
RIGHT_VIEWS: dict[str, Json] = {
    "a form": modal(
        section(),
        asked(
            {
                "type": "checkboxes",
                "action_id": "files",
                "options": [option("a", description=plain("PDF, 1.2 MB"))],
                "initial_options": [option("a", description=plain("PDF, 1.2 MB"))],
            },
            block_id="f",
            hint=plain("All of them"),
        ),
        asked({"type": "file_input", "action_id": "more", "max_files": 10}, optional=True),
        asked(typed(multiline=True, min_length=0, max_length=3000)),
        close=plain("Cancel"),
        private_metadata="",
        notify_on_close=True,
    ),
    "home": {"type": "home", "callback_id": "home", "blocks": [section(), actions(button())]},
}


@pytest.mark.parametrize("name", WRONG_BLOCKS)
def test_wrong_blocks_are_refused(name):
    assert block_problems(WRONG_BLOCKS[name])


@pytest.mark.parametrize("name", WRONG_VIEWS)
def test_wrong_views_are_refused(name):
    assert view_problems(WRONG_VIEWS[name])


@pytest.mark.parametrize("name", RIGHT_BLOCKS)
def test_right_blocks_are_taken(name):
    assert block_problems(RIGHT_BLOCKS[name]) == []


@pytest.mark.parametrize("name", RIGHT_VIEWS)
def test_right_views_are_taken(name):
    assert view_problems(RIGHT_VIEWS[name]) == []


def test_a_problem_says_what_and_where():
    [problem] = block_problems([section(), actions(button(style="warning"))])

    assert str(problem).endswith("[json-pointer:/blocks/1/elements/0/style]")
    assert "primary" in problem.says


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["type", "text", "elements", "options", "element", "block_id", "x"]),
            inner | st.sampled_from(["section", "actions", "input", "table", "plain_text"]),
            max_size=4,
        )
    ),
    max_leaves=12,
)


@settings(max_examples=100)
@given(JSON_VALUES)
def test_no_json_upsets_the_rules(value):
    block_problems(value)
    block_problems([value], "modal")
    view_problems({"type": "modal", "blocks": value})
    view_problems(value)
