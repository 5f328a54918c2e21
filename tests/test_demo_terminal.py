"""What the demo's terminal promises: every key and line is understood, every title stays inert."""

from __future__ import annotations

import io
import unicodedata
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.console import Console

from bot.domain import EntityRef, EntityType
from bot.sandbox.slack import SandboxSlack
from bot.sandbox.slack_screen import Shown
from bot.sandbox.slack_views import OpenView
from bot.sandbox.slack_workspace import BOT, Workspace
from bot.sandbox.terminal import Screen
from bot.sandbox.terminal_fields import Dialogue
from bot.sandbox.terminal_form import content_of
from bot.sandbox.terminal_keys import Typing
from bot.sandbox.terminal_markup import Reader, marked, tail
from bot.sandbox.terminal_words import (
    CASE_7,
    Become,
    Command,
    Plain,
    Press,
    Share,
    ShowRecord,
    Unknown,
    read_line,
)

MORNING = datetime(2026, 11, 23, 7, 54, tzinfo=UTC)
READER = Reader({"U0ANA": "@Ana Reyes", "C0SALES": "#sales"}, lambda: MORNING)


# keys and words


@pytest.mark.parametrize(
    ("keys", "line"),
    [
        ("case 7\r", "case 7"),
        ("cas\x7fse 7\n", "case 7"),
        ("ase 7\x01c\r", "case 7"),
        ("cse 7\x1b[D\x1b[D\x1b[D\x1b[Da\r", "case 7"),
        ("casex 7\x1b[D\x1b[D\x1b[D\x1b[3~\x05\r", "case 7"),
        ("list deal 7\x17\x17case 7\x01\x1b[C\x1b[C\r", "list case 7"),
        ("nothing\x15case 7\r", "case 7"),
        ("case 7 12\x02\x02\x02\x0b\r", "case 7"),
        ("\x1b\x1b[99~case 7\x00\r", "case 7"),
        ("\x7f\x1b[Dcase 7\x1b[C\x06\r", "case 7"),
    ],
)
def test_keys_edit_the_line(keys: str, line: str):
    whole, piecemeal = Typing(), Typing()

    assert whole.feed(keys) == [line]
    assert [done for key in keys for done in piecemeal.feed(key)] == [line]


def test_the_lines_of_before_can_be_fetched():
    typing = Typing()
    typing.feed("one\rtwo\rtwo\r")
    typing.feed("dra")

    assert typing.feed("\x1b[A\x1b[A\x1b[A\r") == ["one"]
    assert typing.feed("half\x10\x10\x0e\x0e\x0e\r") == ["half"]
    assert typing.feed("\x04") == [None]


@given(st.text())
def test_no_keys_are_too_odd(keys: str):
    typing = Typing()

    for line in typing.feed(keys):
        assert line is None or line.isprintable()
    assert 0 <= typing.cursor <= len(typing.text)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("", Plain("")),
        ("  ", Plain("")),
        ("HELP", Plain("help")),
        ("?", Plain("help")),
        ("exit", Plain("quit")),
        ("break", Plain("break")),
        ("/attach help", Command("help")),
        ("/attach", Command("")),
        ("attach case 7 12", Command("case 7 12")),
        (" case  7 12,13 ", Command("case  7 12,13")),
        ("help names", Command("help names")),
        ("12", Press(12)),
        ("press 3", Press(3)),
        ("press me", Command("press me")),
        ("1234567890", Command("1234567890")),
        ("12,13 to case 7", Command("12,13 to case 7")),
        ("show", ShowRecord(CASE_7)),
        ("show deal #31", ShowRecord(EntityRef(EntityType.OPPORTUNITY, 31))),
        ("show Case 7", ShowRecord(CASE_7)),
        ("show me", Unknown("Name a record by its number, for example: show case 7")),
        ("as Ben", Become("ben")),
        ("menu", Plain("menu")),
        ("share Offer.pdf b.txt Offer.pdf", Share(("Offer.pdf", "b.txt"))),
        ("Send Offer.pdf", Share(("Offer.pdf",), direct=True)),
        ("send", Unknown("Name the files, for example: send offer.pdf prices.xlsx")),
        ("share", Unknown("Name the files, for example: share offer.pdf prices.xlsx")),
        ("as", Unknown("Name one person, for example: as ben")),
        ("/remind", Unknown("/remind is not installed in this workspace. There is /attach.")),
    ],
)
def test_a_line_is_read_as_it_was_meant(typed: str, meant: object):
    assert read_line(typed) == meant


@given(st.text() | st.text("0123456789²٣ #caseshowpr"))
def test_no_line_is_too_odd_to_be_read(text: str):
    read_line(text)


# forms and drawings


async def test_menus_are_filled_in_by_number_or_words():
    def menu(kind: str, *words: str) -> dict[str, object]:
        options = [{"text": {"type": "plain_text", "text": one}, "value": one} for one in words]
        return {"type": kind, "action_id": kind, "options": options}

    def field(element: dict[str, object], *, optional: bool = False) -> dict[str, object]:
        label = {"type": "plain_text", "text": str(element["type"])}
        kind = element["type"]
        return {
            "type": "input",
            "block_id": kind,
            "label": label,
            "element": element,
            "optional": optional,
        }

    typed = iter(["3", "1", "two", "1, 2", "", "cancel"])
    prompts: list[str] = []

    async def ask(prompt: str) -> str:
        prompts.append(prompt)
        return next(typed)

    slack = SandboxSlack()
    content = {
        "submit": {"text": "Send"},
        "blocks": [
            field(menu("static_select", "one", "two")),
            field(menu("radio_buttons", "one", "two")),
            field(menu("checkboxes", "one", "two")),
            field({"type": "file_input", "action_id": "file_input"}),
            field({"type": "email_text_input", "action_id": "mail"}, optional=True),
            field({"type": "url_text_input", "action_id": "url"}),
        ],
    }
    view = slack.views.open("U0ANA", content)
    paper = io.StringIO()
    screen = Screen(Console(file=paper, width=80), slack.workspace)

    sent = await Dialogue(slack, screen, ask, lambda _: "").lead("U0ANA")

    assert sent is None
    assert [content_of(block, view.state) for block in view.inputs] == [
        "one", "two", "one, two", "", "", "",
    ]  # fmt: skip
    assert "static_select: no option '3'; there is ['one', 'two']." in paper.getvalue()
    assert "file_input: files of this device cannot be chosen" in paper.getvalue()
    assert prompts[-1] == "url_text_input: "
    assert slack.view_of("U0ANA") is None


@pytest.mark.parametrize(
    ("markup", "shown"),
    [
        ("*bold* and _so_ on ~not~", "bold and so on not"),
        ("2 * 3 * 4, kick_off_notes.docx", "2 * 3 * 4, kick_off_notes.docx"),
        ("`*code*` &lt;b&gt; &amp;lt;", "*code* <b> &lt;"),
        ("*<http://h/CRM/Cases.aspx?id=7|A & B>*", "A & B (Cases.aspx?id=7)"),
        ("<http://h/>", "http://h/"),
        (
            "<@U0ANA> <@U9> <#C0SALES> <!here> <!subteam^S1|@team>",
            "@Ana Reyes @U9 #sales @here @team",
        ),
        ("<!date^1795420440^{date_short_pretty} at {time}|x>", "today at 07:54"),
        ("<!date^1795334040^{date_pretty}|x>", "yesterday"),
        (
            "<!date^1795420440^{date_num}, {date_long}, {time_secs}|x>",
            "2026-11-23, Monday, 23 November 2026, 07:54:00",
        ),
        ("<!date^1795420440^{date_short}^http://x|x>", "23 Nov 2026"),
        ("<!date^1795420440^{ago}|some day>", "some day"),
        ("<!date^soon^{date}|some day>", "some day"),
    ],
)
def test_markup_reads_as_in_slack(markup: str, shown: str):
    assert marked(markup, READER).plain == shown


@pytest.mark.parametrize(
    ("url", "end"),
    [
        ("http://h/Products/Files/DocEditor.aspx?fileid=12", "DocEditor.aspx?fileid=12"),
        ("http://h/Products/Files/#preview/10", "Files/#preview/10"),
        ("http://h:80/", "h:80"),
        ("mailto:a@b", "mailto:a@b"),
    ],
)
def test_the_end_of_an_address_tells_links_apart(url: str, end: str):
    assert tail(url) == end


HOSTILE = ["[bold]x[/bold]", "[/]", "[link=http://x]y", ":smile:", "\x1b[31mred", "a\u202eb\ud83d"]


def _blocks(title: str) -> list[dict[str, object]]:
    """Return a message with this text in every place that shows text."""
    text = {"type": "plain_text", "text": title}
    marked_text = {"type": "mrkdwn", "text": title}
    button = {"type": "button", "action_id": "a", "text": text}
    return [
        {"type": "header", "text": text},
        {"type": "section", "text": marked_text, "fields": [text], "accessory": button},
        {"type": "section", "text": {"type": "mrkdwn", "text": f"1. {title}"}},
        {"type": "context", "elements": [marked_text, text]},
        {"type": "divider"},
        {"type": "image", "image_url": "http://x", "alt_text": title},
        {"type": "actions", "elements": [{**button, "url": "http://x"}]},
    ]


def _drawn(title: str, *, width: int, terminal: bool = False) -> str:
    paper = io.StringIO()
    console = Console(file=paper, width=width, color_system="standard" if terminal else None)
    screen = Screen(console, Workspace(lambda: 0.0))
    label = {"type": "plain_text", "text": title}
    field = {
        "type": "input",
        "block_id": "b",
        "label": label,
        "hint": label,
        "optional": True,
        "element": {"type": "plain_text_input", "action_id": "k", "placeholder": label},
    }
    content = {"title": label, "submit": label, "close": label, "blocks": [*_blocks(title), field]}
    blocks = tuple(_blocks(title))
    screen.message(Shown(ts="1", channel="C", author=BOT, text=title, blocks=blocks), to="U0ANA")
    screen.message(Shown(ts="2", channel="C", author="U0BEN", text=title), to="U0ANA")
    view = OpenView(id="V", user="U0ANA", content=content, hash="", root="V")
    screen.form(view)
    view.errors["k"] = title
    screen.form(view)
    screen.note(title)
    screen.typed("ana> ", title)
    return paper.getvalue()


@pytest.mark.parametrize("title", HOSTILE)
def test_no_title_can_steer_the_terminal(title: str):
    plain = _drawn(title, width=80)
    colourful = _drawn(title, width=80, terminal=True)

    harmless = "".join(c for c in title if unicodedata.category(c) not in {"Cc", "Cf", "Cs"})
    assert plain.count(harmless) >= 20
    assert "\x1b" not in plain
    assert "\x1b[31m" not in colourful
    assert "\x1b]8;;http://x" not in colourful


@settings(max_examples=50, deadline=None)
@given(title=st.text(st.characters(codec=None)), width=st.integers(10, 120))
def test_every_title_can_be_drawn_at_every_width(title: str, width: int):
    drawn = _drawn(title, width=width)

    categories = {unicodedata.category(letter) for letter in drawn if letter != "\n"}
    assert not categories & {"Cc", "Cf", "Cs"}


def test_without_colours_nothing_is_lost(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("NO_COLOR", "1")
    paper = io.StringIO()
    console = Console(file=paper, width=80, force_terminal=True)

    Screen(console, Workspace(lambda: 0.0)).right("It is so")

    assert paper.getvalue() == "✓ It is so\n"
