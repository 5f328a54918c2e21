"""Escaping, cutting, numbers and times of the views, and the addresses they lead to."""

from __future__ import annotations

import dataclasses
from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain import EntityRef, EntityType, PortalUrl
from bot.file_kinds import FileKind
from bot.views import blocks, commands, links
from tests.views_samples import CASE, DEAL, FIRM, MORNING, OFFICE, entity, file


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


def test_a_mention_takes_only_what_an_id_can_hold():
    assert blocks.mention("U0ANA> <!channel") == "<@U0ANAchannel>"


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
        (["a", "b"], 0, "2 more"),
    ],
)
def test_names_are_listed_in_a_sentence(listed: list[str], most: int, said: str):
    assert blocks.names(listed, most) == said


@given(st.lists(st.text("ab. ", min_size=1, max_size=60), min_size=1, max_size=60))
def test_a_sentence_holds_as_many_names_as_there_is_room_for(listed: list[str]):
    said = blocks.sentence("Attached: ", listed, ".")

    assert len(said) <= 300
    assert said.startswith(f"Attached: {listed[0]}")


@pytest.mark.parametrize(
    ("fmt", "fallback"),
    [
        (blocks.DAY_AND_TIME, "23 Nov 2026, 07:54 UTC"),
        (blocks.TIME, "07:54 UTC"),
        (blocks.DAY, "23 Nov 2026"),
    ],
)
def test_a_time_is_a_token_with_utc_as_its_fallback(fmt: str, fallback: str):
    elsewhere: datetime = MORNING.astimezone(timezone(timedelta(hours=5)))

    assert blocks.moment(MORNING, fmt) == f"<!date^1795420440^{fmt}|{fallback}>"
    assert blocks.moment(elsewhere, fmt) == blocks.moment(MORNING, fmt)
    assert blocks.spoken(f"*Until* {blocks.moment(MORNING, fmt)}") == f"Until {fallback}"


def test_buttons_that_may_repeat_are_numbered():
    (row,) = blocks.actions([blocks.button("A", "x."), blocks.button("B", "y")] * 2)

    assert [one["action_id"] for one in row["elements"]] == ["x.1", "y", "x.2", "y"]
    assert blocks.actions([]) == []


@pytest.mark.parametrize("value", ["x" * 2001, "half \ud83d", "two\nlines"])
def test_a_value_that_no_button_can_hold_is_told_apart(value: str):
    assert not blocks.fits_button(value)


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
