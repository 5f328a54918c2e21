"""The text of a message as a file: plain, with its author, time and address."""

from __future__ import annotations

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.draft import Origin
from bot.views.note_file import note_file, people_in, readable

PEOPLE = {"U0BEN": "Ben Ito", "U0ANA": "Ana Reyes"}
ORIGIN = Origin(
    channel="C1",
    ts="1795420440.000100",
    author="U0BEN",
    text="Signed by <@U0ANA>:\n<https://example.com/a?b=1&amp;c|the contract> &lt;final&gt;",
    permalink="https://acme.slack.com/archives/C1/p1795420440000100",
)


def test_a_note_has_author_time_address_and_text():
    title, text = note_file(ORIGIN, PEOPLE)

    assert title == "Slack message by Ben Ito, 2026-11-23 07.54.txt"
    assert text == (
        "Message by Ben Ito in Slack, 23 November 2026, 07:54 UTC\n"
        "https://acme.slack.com/archives/C1/p1795420440000100\n"
        "\n"
        "Signed by @Ana Reyes:\n"
        "the contract (https://example.com/a?b=1&c) <final>\n"
    )


def test_without_an_address_and_a_name_it_says_what_is_known():
    bare = dataclasses.replace(ORIGIN, permalink="", text="Hi")

    title, text = note_file(bare, {})

    assert title == "Slack message by U0BEN, 2026-11-23 07.54.txt"
    assert text == "Message by U0BEN in Slack, 23 November 2026, 07:54 UTC\n\nHi\n"


def test_the_people_of_a_note_are_its_author_and_the_mentioned():
    assert people_in(ORIGIN) == {"U0BEN", "U0ANA"}


@pytest.mark.parametrize(
    ("markup", "plain"),
    [
        ("<@U0BEN> and <@U9|zoe> and <@U8>", "@Ben Ito and @zoe and @U8"),
        ("<#C1|sales> <#C2>", "#sales #C2"),
        ("<!here> <!channel> <!everyone>", "@here @channel @everyone"),
        ("<!subteam^S1|@legal> <!subteam^S2>", "@legal subteam"),
        ("<!date^1795420440^{date_short}|23 Nov 2026>", "23 Nov 2026"),
        ("<https://example.com>", "https://example.com"),
        ("<https://example.com|https://example.com>", "https://example.com"),
        ("<mailto:ana@example.com|ana@example.com>", "ana@example.com"),
        ("1 &lt; 2 &amp;amp; 3", "1 < 2 &amp; 3"),
        ("<script>alert(1)</script>", "scriptalert(1)/script"),
        ("one\r\ntwo\rthree\x00\x1b[1m\u202e", "one\ntwo\nthree[1m"),
        ("a\tb  ", "a\tb"),
    ],
)
def test_markup_becomes_what_people_read(markup: str, plain: str):
    assert readable(markup, PEOPLE) == plain


@given(text=st.text(), name=st.text())
def test_any_text_becomes_a_file(text: str, name: str):
    origin = dataclasses.replace(ORIGIN, text=text, author_name=name, author="", ts=name)

    title, written = note_file(origin, {})

    assert title.endswith(".txt")
    assert "/" not in title
    assert written.encode()
