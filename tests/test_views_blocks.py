"""Escaping, cutting, numbers and times of the views, and the addresses they lead to."""

from __future__ import annotations

import dataclasses
import time
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain import EntityRef, EntityType, PortalUrl
from bot.file_kinds import FileKind
from bot.views import blocks, commands, links
from tests.views_samples import CASE, DEAL, FIRM, MORNING, OFFICE, entity, file

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from bot.domain import Block


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Acme & Sons", "Acme &amp; Sons"),
        ("<!channel>", "&lt;!channel&gt;"),
        ("&lt;!here&gt;", "&amp;lt;!here&amp;gt;"),
        ("two\nlines\tand  blanks ", "two lines and blanks"),
        ("gpj\u202e.exe", "gpj.exe"),
        ("zero\u200bwidth\ufeff", "zerowidth"),
        ("*b* ~s~ `c` _i_", "\u2217b\u2217 \u223cs\u223c \u02cbc\u02cb _i_"),
        ("\ud800", ""),
        ("naïve 文書", "naïve 文書"),
    ],
)
def test_outside_text_becomes_inert_markup(text: str, shown: str):
    assert blocks.escape(text) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("<!channel> & co", "\u2039!channel\u203a & co"),
        ("a\u2066b\n", "ab"),
        ("x" * 80, f"{'x' * 50}…"),
    ],
)
def test_outside_text_becomes_plain_text(text: str, shown: str):
    assert blocks.plain(text).startswith(shown)
    assert len(blocks.plain(text)) <= 75


@pytest.mark.parametrize(
    ("text", "limit", "shown"),
    [
        ("contract.pdf", 12, "contract.pdf"),
        ("contract.pdf", 11, "contrac….pdf"[:7] + "…pdf"),
        ("a" * 100 + ".docx", 20, "aaaaaaaaaaaaa…a.docx"),
        ("", 5, ""),
    ],
)
def test_long_names_are_cut_in_their_middle(text: str, limit: int, shown: str):
    assert blocks.cut(text, limit) == shown
    assert len(shown) <= limit


@pytest.mark.parametrize(("limit", "shown"), [(9, "aaaaabbbb"), (8, "aaaaa…bb"), (5, "aaa…b")])
def test_a_text_that_is_cut_fills_its_room(limit: int, shown: str):
    assert blocks.cut("aaaaabbbb", limit) == shown


@given(st.text(), st.integers(10, 80))
def test_an_escaped_name_never_exceeds_its_limit_nor_ends_within_an_entity(text: str, limit: int):
    shown = blocks.escape(text, limit)

    assert len(shown) <= limit
    assert "&" not in shown.replace("&amp;", "").replace("&lt;", "").replace("&gt;", "")


@given(st.lists(st.sampled_from(["<https://a|b>", "&amp;", "x", " "])), st.integers(2, 60))
def test_markup_is_never_cut_within_a_link_or_an_entity(units: list[str], limit: int):
    shown = blocks.clip("".join(units), limit)

    assert len(shown) <= limit
    for unit in ("<https://a|b>", "&amp;"):
        shown = shown.replace(unit, "")
    assert not set(shown) & set("<>&")


@pytest.mark.parametrize(
    ("limit", "shown"), [(12, "one <u|l> &lt;"), (14, "one <u|l> &lt;"), (13, "one <u|l> …")]
)
def test_markup_that_is_clipped_fills_its_room(limit: int, shown: str):
    assert blocks.clip("one <u|l> &lt;", limit) == (shown if limit > 12 else "one <u|l> …")


@pytest.mark.parametrize(
    ("markup", "spoken", "read"),
    [
        ("*Bold* `code`\nnext", "Bold code next", "Bold code next"),
        ("<https://a|label> and <@U1>", "label and <@U1>", "label and \u2039@U1\u203a"),
        ("a &amp;lt; b &lt;c&gt; d", "a &amp;lt; b &lt;c&gt; d", "a &lt; b \u2039c\u203a d"),
    ],
)
def test_markup_is_said_without_its_marks(markup: str, spoken: str, read: str):
    assert blocks.spoken(markup) == spoken
    assert blocks.unescaped(markup) == read


@pytest.mark.parametrize(("last", "count"), [(1499, 1), (1500, 2)])
def test_a_section_is_filled_to_its_last_character(last: int, count: int):
    shown = blocks.sections(["x" * 1500, "y" * last])

    assert len(shown) == count


def test_lines_stay_whole_when_they_fill_several_sections():
    lines = [f"{number}. {'x' * 290}" for number in range(25)]

    texts = [block["text"]["text"] for block in blocks.sections(lines)]

    assert len(texts) == 3
    assert "\n".join(texts).split("\n") == lines


def test_a_line_that_is_too_long_is_cut_where_no_link_is():
    (only,) = blocks.sections([f"{'x' * 2990}<https://office.example.com|name>"])

    assert only["text"]["text"] == f"{'x' * 2990}…"


def test_a_link_cannot_be_forged_by_its_label():
    assert (
        blocks.link("a|b>c<http://x", "https://office.example.com/?a=1&b=2|3")
        == "<https://office.example.com/?a=1&amp;b=2%7C3|a¦b&gt;c&lt;http://x>"
    )


def test_a_label_of_a_link_has_a_limit():
    assert len(blocks.link("x" * 200, "https://a", 20)) == len("<https://a|>") + 20


def test_a_mention_takes_only_what_an_id_can_hold():
    assert blocks.mention("U0ana9> <!channel") == "<@U0ana9channel>"
    assert blocks.channel_link("C0sales9> <!channel") == "<#C0sales9channel>"


@pytest.mark.parametrize(
    ("count", "said"),
    [
        (0, "0 bytes"),
        (1, "1 byte"),
        (1023, "1023 bytes"),
        (1024, "1 KB"),
        (1500, "1.5 KB"),
        (49_152, "48 KB"),
        (1_048_575, "1 MB"),
        (1_258_291, "1.2 MB"),
        (10_434_000, "10 MB"),
        (10_800_000, "10 MB"),
        (10_380_902, "9.9 MB"),
        (1024**2 - 513, "1023 KB"),
        (1024**2 - 512, "1 MB"),
        (137_363_456, "131 MB"),
        (3_221_225_472, "3 GB"),
        (9_000 * 1024**4, "9000 TB"),
    ],
)
def test_sizes_are_said_as_people_say_them(count: int, said: str):
    assert blocks.size(count) == said


@pytest.mark.parametrize(
    ("listed", "most", "said"),
    [
        ([], 3, ""),
        (["a"], 3, "a"),
        (["a", "b"], 3, "a and b"),
        (["a", "b", "c"], 3, "a, b and c"),
        (["a", "b", "c", "d"], 2, "a, b and 2 more"),
        (["a", "b", "c"], 2, "a, b and 1 more"),
        (["a", "b"], 0, "2 more"),
    ],
)
def test_names_are_listed_in_a_sentence(listed: list[str], most: int, said: str):
    assert blocks.names(listed, most) == said


@pytest.mark.parametrize(
    ("lengths", "most"),
    [
        ([96, 96, 96], 3),  # 300 with everything around the names
        ([97, 96, 96], 2),
        ([80, 80, 80, 80], 3),
        ([290, 9, 9], 1),
        ([9] * 12, 10),
        ([300], 1),
    ],
)
def test_a_sentence_names_as_many_as_fit(lengths: list[int], most: int):
    listed = [letter * length for letter, length in zip("abcdefghijkl", lengths, strict=False)]

    said = blocks.sentence("See ", listed, ".")

    assert said == f"See {blocks.names(listed, most)}."


@pytest.mark.parametrize(("second", "fits"), [(0, True), (198, True), (199, False), (300, False)])
def test_the_fallback_text_has_the_first_sentence_and_those_that_fit(second: int, fits: bool):
    first, other, last = "a" * 101, "b" * second, "c" * 100

    said = blocks.said(first, "", other, last)

    assert said.startswith(f"{first} {other}".strip() if fits else f"{first} {last}")
    assert len(said) <= 300


@given(st.lists(st.text("ab. ", min_size=1, max_size=60), min_size=1, max_size=60))
def test_a_sentence_holds_as_many_names_as_there_is_room_for(listed: list[str]):
    said = blocks.sentence("Attached: ", listed, ".")

    assert len(said) <= 300
    assert said.startswith(f"Attached: {listed[0]}")


@pytest.fixture
def tokyo(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let the machine be in Japan."""
    with monkeypatch.context() as there:
        there.setenv("TZ", "Asia/Tokyo")
        time.tzset()
        yield
    time.tzset()


@pytest.mark.parametrize(
    ("fmt", "fallback"),
    [
        (blocks.DAY_AND_TIME, "23 Nov 2026, 07:54 UTC"),
        (blocks.TIME, "07:54 UTC"),
        (blocks.DAY, "23 Nov 2026"),
    ],
)
@pytest.mark.usefixtures("tokyo")
def test_a_time_is_a_token_with_utc_as_its_fallback(fmt: str, fallback: str):
    elsewhere: datetime = MORNING.astimezone(timezone(timedelta(hours=5)))

    assert blocks.moment(MORNING, fmt) == f"<!date^1795420440^{fmt}|{fallback}>"
    assert blocks.moment(elsewhere, fmt) == blocks.moment(MORNING, fmt)
    assert blocks.spoken(f"*Until* {blocks.moment(MORNING, fmt)}") == f"Until {fallback}"


# Slack's JSON


def plain(text: str) -> dict[str, object]:
    return {"type": "plain_text", "text": text, "emoji": False}


SHORT_BUTTON = {"type": "button", "action_id": "x", "text": plain("Run")}


@pytest.mark.parametrize(
    ("draw", "json"),
    [
        (lambda: blocks.header("Done"), {"type": "header", "text": plain("Done")}),
        (
            lambda: blocks.section("*a*"),
            {"type": "section", "text": {"type": "mrkdwn", "text": "*a*", "verbatim": True}},
        ),
        (
            lambda: blocks.context("*a*"),
            {
                "type": "context",
                "elements": [{"type": "mrkdwn", "text": "*a*", "verbatim": True}],
            },
        ),
        (lambda: blocks.button("Run", "x"), SHORT_BUTTON),
        (
            lambda: blocks.button("Run", "x", "v", says="Run <it>", primary=True),
            {
                **SHORT_BUTTON,
                "accessibility_label": "Run \u2039it\u203a",
                "value": "v",
                "style": "primary",
            },
        ),
        (
            lambda: blocks.confirmed(
                SHORT_BUTTON, title="Undo?", text="It goes.", yes="Undo", no="Keep"
            ),
            {
                **SHORT_BUTTON,
                "confirm": {
                    "title": plain("Undo?"),
                    "text": plain("It goes."),
                    "confirm": plain("Undo"),
                    "deny": plain("Keep"),
                    "style": "danger",
                },
            },
        ),
        (
            lambda: blocks.overflow("x", [("One", "1"), ("Two", "2")]),
            {
                "type": "overflow",
                "action_id": "x",
                "options": [
                    {"text": plain("One"), "value": "1"},
                    {"text": plain("Two"), "value": "2"},
                ],
            },
        ),
        (lambda: blocks.link_button("Run", "x", "https://a"), {**SHORT_BUTTON, "url": "https://a"}),
        (
            lambda: blocks.link_button("Run", "x", "https://a", says="Run it"),
            {**SHORT_BUTTON, "url": "https://a", "accessibility_label": "Run it"},
        ),
    ],
)
def test_blocks_are_what_slack_documents(draw: Callable[[], Block], json: dict[str, object]):
    assert draw() == json


def test_texts_of_blocks_end_at_slacks_limits():
    long = "x" * 4000
    asks = blocks.confirmed({}, title=long, text=long, yes=long, no=long)["confirm"]

    assert len(blocks.header(long)["text"]["text"]) == 150
    assert len(blocks.section(long)["text"]["text"]) == 3000
    assert len(blocks.context(long)["elements"][0]["text"]) == 2000
    assert len(blocks.button(long, "x")["text"]["text"]) == 75
    assert {name: len(asks[name]["text"]) for name in asks if name != "style"} == {
        "title": 100,
        "text": 300,
        "confirm": 30,
        "deny": 30,
    }
    assert len(blocks.message(long, []).text) == 300


def test_buttons_that_may_repeat_are_numbered():
    (row,) = blocks.actions([blocks.button("A", "x."), blocks.button("B", "y")] * 2)

    assert [one["action_id"] for one in row["elements"]] == ["x.1", "y", "x.2", "y"]
    assert blocks.actions([]) == []


@pytest.mark.parametrize("value", ["x" * 2001, "half \ud83d", "two\nlines"])
def test_a_value_that_no_button_can_hold_is_told_apart(value: str):
    assert not blocks.fits_button(value)


def test_what_is_just_enough_is_taken():
    assert len(blocks.message("Much.", [blocks.section("x")] * 50).blocks) == 50
    assert blocks.button("Run", "x", "v" * 2000)["value"] == "v" * 2000
    assert blocks.fits_button("v" * 2000)


def test_too_much_is_refused_before_slack_does():
    with pytest.raises(ValueError, match="51 blocks"):
        blocks.message("Much.", [blocks.section("x")] * 51)
    with pytest.raises(ValueError, match="too long"):
        blocks.button("Run", "x", "v" * 2001)


@pytest.mark.parametrize(
    ("ref", "path"),
    [
        (CASE, "/Products/CRM/Cases.aspx?id=7"),
        (DEAL, "/Products/CRM/Deals.aspx?id=31"),
        (FIRM, "/Products/CRM/Default.aspx?id=4"),
    ],
)
def test_a_record_leads_to_its_page(ref: EntityRef, path: str):
    assert links.entity_url(OFFICE, ref) == f"{OFFICE}{path}"
    assert links.entity_url(OFFICE, entity(ref)) == f"{OFFICE}{path}"


def test_a_person_has_a_page_of_their_own():
    person = entity(EntityRef(EntityType.CONTACT, 5), company=False)

    assert links.entity_url(OFFICE, person).endswith("Default.aspx?id=5&type=people")


@pytest.mark.parametrize(
    ("kind", "path"),
    [
        (FileKind.DOCUMENT, "/Products/Files/DocEditor.aspx?fileid=12"),
        (FileKind.SPREADSHEET, "/Products/Files/DocEditor.aspx?fileid=12"),
        (FileKind.PRESENTATION, "/Products/Files/DocEditor.aspx?fileid=12"),
        (FileKind.IMAGE, "/Products/Files/#preview/12"),
        (FileKind.AUDIO, "/Products/Files/#preview/12"),
        (FileKind.VIDEO, "/Products/Files/#preview/12"),
        (
            FileKind.ARCHIVE,
            "/Products/Files/HttpHandlers/filehandler.ashx?action=download&fileid=12",
        ),
        (
            FileKind.UNKNOWN,
            "/Products/Files/HttpHandlers/filehandler.ashx?action=download&fileid=12",
        ),
    ],
)
def test_a_file_leads_to_where_it_can_be_seen(kind: FileKind, path: str):
    shown = dataclasses.replace(file(12), kind=kind)

    assert links.file_url(OFFICE, shown) == f"{OFFICE}{path}"


@pytest.mark.parametrize(
    ("portal", "host"),
    [
        ("https://office.example.com", "office.example.com"),
        ("http://10.0.0.1:8080", "10.0.0.1:8080"),
        ("office.example.com", "office.example.com"),
        ("", ""),
    ],
)
def test_a_portal_is_called_by_its_host(portal: str, host: str):
    assert links.host(portal) == host


def test_commands_are_spelled_as_they_are_typed():
    other = PortalUrl("https://second.example.com")

    assert commands.attach(CASE, (12, 13)) == "case 7 12,13"
    assert commands.attach(CASE, ()) == "case 7"
    assert commands.listing(DEAL) == "list opportunity 31"
    assert commands.listing(DEAL, everything=True) == "list opportunity 31 all"
    assert (
        commands.attach(CASE, (12,), portal=other)
        == "https://second.example.com/Products/CRM/Cases.aspx?id=7 12"
    )
