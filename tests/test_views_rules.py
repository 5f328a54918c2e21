"""Rules that every message and form keeps, whatever title or name the portal sends."""

from __future__ import annotations

import functools
import json
import re
import unicodedata
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bench.hostile import texts
from bot.domain import Message
from bot.grammar import Attach, Help, Link, ListFiles, Status, Unlink, parse
from tests.gallery import HOSTILE, gallery
from tests.view_rules import (
    LINK,
    Drawn,
    alive,
    blocks_of,
    broken,
    buttons_of,
    limits_broken,
    markup_of,
    objects,
    plain_of,
    unseen,
)
from tests.views_samples import OFFICE, SECOND, TITLE

if TYPE_CHECKING:
    from collections.abc import Iterator

PORTALS = ("https://office.example.com/", "https://second.example.com/")
VERBS = {
    *("Open", "Attach", "Post", "Try", "Show", "List", "Search", "Cancel", "Copy", "Connect"),
    *("Delete", "Paste", "Choose", "Run", "Add", "Undo", "Keep", "Leave", "Check"),
    *("Paste", "Choose", "Run", "Add", "Link", "Unlink", "Do", "Ask"),
}
EVERY_TITLE = pytest.mark.parametrize("title", [TITLE, *HOSTILE.values()], ids=["plain", *HOSTILE])


@functools.cache
def hung(title: str = TITLE) -> tuple[tuple[str, Drawn], ...]:
    return tuple(gallery(title))


def messages(title: str = TITLE) -> Iterator[tuple[str, Message]]:
    return ((name, drawn) for name, drawn in hung(title) if isinstance(drawn, Message))


@EVERY_TITLE
def test_slack_takes_it(title: str):
    for name, drawn in hung(title):
        assert limits_broken(drawn) == [], name
        assert json.dumps(blocks_of(drawn), ensure_ascii=False).encode(), name


@EVERY_TITLE
def test_a_title_stays_inert(title: str):
    for name, drawn in hung(title):
        for markup in markup_of(drawn):
            assert alive(markup) == "", name
            assert unseen(markup) == [], name
        for text in plain_of(drawn):
            assert not set(text) & set("<>"), name
            assert unseen(text) == [], name


def test_markup_is_verbatim_and_plain_text_is_without_emoji_codes():
    for name, drawn in hung():
        for one in objects(blocks_of(drawn)):
            if one.get("type") == "mrkdwn":
                assert one["verbatim"] is True, name
            if one.get("type") == "plain_text":
                assert one["emoji"] is False, name


@EVERY_TITLE
def test_the_fallback_text_is_said_in_sentences(title: str):
    for name, drawn in messages(title):
        assert 10 <= len(drawn.text) <= 300, name
        assert drawn.text.endswith((".", "?", "…")), name
        assert not re.search(r"\n|<!date|[*`]", drawn.text), name


def test_the_fallback_text_is_not_cut_for_ordinary_names():
    for name, drawn in messages():
        assert "…" not in drawn.text, name


def test_the_fallback_text_begins_with_the_result_in_the_header():
    for name, drawn in messages():
        for block in drawn.blocks:
            if block["type"] == "header" and name.startswith("summary"):
                assert drawn.text.startswith(block["text"]["text"]), name


def test_nothing_is_said_by_pictures_or_emoji():
    for name, drawn in hung():
        said = " ".join((*markup_of(drawn), *plain_of(drawn)))

        assert "image" not in {one.get("type") for one in objects(blocks_of(drawn))}, name
        assert not re.search(r":[a-z_]+:", said), name
        assert all(unicodedata.category(character) != "So" for character in said), name


def test_our_own_words_are_calm():
    for name, drawn in hung():
        said = " ".join((*markup_of(drawn), *plain_of(drawn)))

        assert not re.search(r"\b(4\d\d|5\d\d|error|oops|sorry|invalid)\b", said, re.IGNORECASE), (
            name
        )
        assert "!" not in said.replace("<!date", ""), name


@EVERY_TITLE
def test_every_button_says_what_it_does(title: str):
    for name, drawn in hung(title):
        for one in buttons_of(drawn):
            says = one.get("accessibility_label", one["text"]["text"])
            assert says.split()[0] in VERBS, name


@EVERY_TITLE
def test_the_order_is_result_files_facts_actions(title: str):
    for name, drawn in messages(title):
        kinds = [block["type"] for block in drawn.blocks]
        order = [("header", "section", "context", "actions").index(kind) for kind in kinds]

        assert order == sorted(order), name
        assert kinds.count("header") <= 1, name


@EVERY_TITLE
def test_links_lead_to_the_portal_or_to_the_page_for_keys(title: str):
    places = {"crm.open": PORTALS, "connect.page": "https://bot.example.com/connect/"}
    for name, drawn in hung(title):
        for one in buttons_of(drawn):
            place = places.get(one["action_id"])
            assert ("url" in one) == (place is not None), name
            assert place is None or one["url"].startswith(place), name
        for markup in markup_of(drawn):
            assert all(url.startswith(PORTALS) for url, _ in LINK.findall(markup)), name


def test_every_command_behind_a_button_can_be_typed():
    seen = 0
    for name, drawn in hung():
        for one in buttons_of(drawn):
            if one["action_id"].startswith("command.run."):
                command = parse(one["value"], (OFFICE, SECOND))
                assert isinstance(command, (Attach, Link, ListFiles, Help, Status, Unlink)), name
                seen += 1
    assert seen > 20


def test_sizes_have_a_blank_before_their_unit():
    for name, drawn in hung():
        assert not re.search(r"\d(KB|MB|GB|bytes?)\b", " ".join(markup_of(drawn))), name


@EVERY_TITLE
def test_lists_are_numbered_and_end_after_ten(title: str):
    for name, drawn in hung(title):
        lines = [line for one in markup_of(drawn) for line in one.split("\n")]
        numbered = [line for line in lines if re.match(r"\d+\. ", line)]

        assert len(numbered) <= 10 or name.startswith("whole list"), name
        assert not any(line.startswith(("•", "- ", "* ")) for line in lines), name


def test_the_ending_of_a_long_name_stays_visible():
    seen = set()
    for name, drawn in hung(HOSTILE["long"]):
        if name in {"summary, success", "list of 5", "file misplaced"}:
            assert ".docx" in " ".join(markup_of(drawn)[:-1])
            seen.add(name)
    assert len(seen) == 3


def test_nothing_of_a_private_record_but_its_number_is_shared():
    drawn = dict(gallery("Secret merger"))["shared, private"]

    said = json.dumps(blocks_of(drawn)) + " ".join(markup_of(drawn))
    assert "Case #7" in said
    assert "Secret" not in said
    assert "contract" not in said


@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(title=st.text(max_size=300) | st.text("<>&|*`~_!@#{}^: \n\u202e\u200d.", max_size=300))
def test_any_title_stays_inert_and_within_the_limits(title: str):
    for name, drawn in gallery(title):
        assert limits_broken(drawn) == [], name
        assert not "".join(alive(markup) for markup in markup_of(drawn)), name
        assert not [one for text in (*markup_of(drawn), *plain_of(drawn)) for one in unseen(text)]
        if isinstance(drawn, Message):
            assert len(drawn.text) <= 300, name


@pytest.mark.parametrize("title", texts(500)[60::110], ids=range(4))
def test_t3_hostile_texts_stay_inert_in_every_field(title: str):
    assert [(name, found) for name, drawn in gallery(title) if (found := broken(drawn))] == []
