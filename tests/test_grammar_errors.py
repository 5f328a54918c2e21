"""What the grammar promises when it cannot read: it says why, and never guesses in silence."""

from __future__ import annotations

import pytest

from bot.errors import (
    BadFilesError,
    BadRecordError,
    ForeignLinkError,
    KeyInCommandError,
    MixedPortalsError,
    NotAVerbYetError,
    TooManyFilesError,
    TypingError,
    UnknownWordError,
    UnsupportedTypeError,
)
from bot.grammar import Attach, parse
from tests.typed import BRANCH, CRM, DOCS, OFFICE, PORTALS


@pytest.mark.parametrize(
    ("text", "error"),
    [
        # words
        ("fliles case 7", UnknownWordError("fliles", "list", "list case 7")),
        ("files case 7 all", UnknownWordError("files", "list", "list case 7 all")),
        ("caes 7 12,13,14", UnknownWordError("caes", "case", "case 7 12-14")),
        ("compny Acme 12", UnknownWordError("compny", "company", 'company "Acme" 12')),
        ("compnies Acme 12", UnknownWordError("compnies", "company", 'company "Acme" 12')),
        ("12 to caes 7", UnknownWordError("caes", "case", "case 7 12")),
        ("list caes 7", UnknownWordError("caes", "case", "list case 7")),
        ("conect", UnknownWordError("conect", "connect", "connect")),
        ("lsit task 7", UnknownWordError("lsit", "list", "")),
        ("frobnicate case 7", UnknownWordError("frobnicate")),
        ('"Jo Li" 12', UnknownWordError('"Jo Li"')),
        ("status now", UnknownWordError("now", "status", "status")),
        ("list case 7 12", UnknownWordError("12", "list case 7", "list case 7")),
        ("undo A7K2 now", UnknownWordError("A7K2 now", "undo", "undo")),
        ("History", NotAVerbYetError("history")),
        ("My\u2011Data", NotAVerbYetError("my-data")),
        ("link case 7 12", UnknownWordError("12", "link case 7", "link case 7")),
        ("link", BadRecordError("link")),
        ("link here", BadRecordError("here")),
        ("link caes 7", UnknownWordError("caes", "case", "link case 7")),
        ("unlink case 7", UnknownWordError("case", "unlink", "unlink")),
        # types
        ("task 7 12", UnsupportedTypeError("task")),
        ("Invoices 7 12", UnsupportedTypeError("invoice")),
        ("12 to project 7", UnsupportedTypeError("project")),
        ("list lead 7", UnsupportedTypeError("lead")),
        (f"{CRM}/Tasks.aspx?id=7 12", UnsupportedTypeError("task")),
        # records
        ("case", BadRecordError("case")),
        ("case -- note", BadRecordError("case")),
        ("case with 12", BadRecordError("case")),
        ("case 0 12", BadRecordError("0")),
        ("case -3 12", BadRecordError("-3")),
        ("case 99999999999 12", BadRecordError("99999999999")),
        ("case 2147483648 12", BadRecordError("2147483648")),
        ("case 7x 12", BadRecordError("7x")),
        ("case 7,12", BadRecordError("7,12")),
        ('case "" 12', BadRecordError("case")),
        ('case "Acme 12', BadRecordError('"Acme')),
        ("case ?! 12", BadRecordError("?!")),
        ("12 to", BadRecordError("to")),
        ("list", BadRecordError("list")),
        (f"{CRM}/Cases.aspx?id=x 12", BadRecordError("x")),
        (f"{CRM}/Cases.aspx 12", BadRecordError("office.example.com/Products/CRM/Cases.aspx")),
        (f"12 to {DOCS}/DocEditor.aspx?fileid=1", BadRecordError(f"{DOCS}/DocEditor.aspx")),
        (f"case 7 {CRM}/Cases.aspx?id=8 12", BadRecordError("case 8")),
        ("case 7 12,13 to case 8", BadRecordError("case 8")),
        ("case 7 12 here", BadRecordError("here")),
        ("here 12 to 7", BadRecordError("7")),
        # files
        ("case 7 12,x", BadFilesError("x", (12,), "case 7")),
        ("case 7 x,12,13", BadFilesError("x", (12, 13), "case 7")),
        ("case Acme 12x", BadFilesError("12x", (), 'case "Acme"')),
        ("case 7 12,0", BadFilesError("0", (12,), "case 7")),
        ("case 7 12,2147483648", BadFilesError("2147483648", (12,), "case 7")),
        ("case 7 12-15-18", BadFilesError("12-15-18", (), "case 7")),
        ("case 7 12,-13", BadFilesError("-13", (12,), "case 7")),
        ("12,x", BadFilesError("x", (12,), "")),
        ("7 12,x", BadFilesError("x", (12,), "7")),
        ("12,13 too case 7", BadFilesError("too", (12, 13), "case 7")),
        ("12 to case 7 13", BadFilesError("13", (12,), "case 7")),
        ("12 to case 7 to case 7 13", BadFilesError("13", (12,), "case 7")),
        ("12 to deal Acme 2026", BadFilesError("2026", (12,), 'opportunity "Acme"')),
        (f"case 7 12 {DOCS}/DocEditor.aspx?fileid=x", BadFilesError("x", (12,), "case 7")),
        (f"case 7 12,x {BRANCH}", BadFilesError("x", (12,), f"case 7 {BRANCH}")),
        ("case 7 1-51", TooManyFilesError(51, tuple(range(1, 51)), "case 7")),
        ("1-2000000000,5-9", TooManyFilesError(2_000_000_000, tuple(range(1, 51)), "")),
        ("case 7 1-40,20-60", TooManyFilesError(60, tuple(range(1, 51)), "case 7")),
        # links
        ("https://evil.example/Products/CRM/Cases.aspx?id=7 12", ForeignLinkError("evil.example")),
        ("case 7 evil.example/Products/Files/#preview/1", ForeignLinkError("evil.example")),
        ("http://office.example.com/Products/ 1", ForeignLinkError("office.example.com")),
        ("https://office.example.com:8443/ 1", ForeignLinkError("office.example.com")),
        ("https://office.example.com@evil.example/ 1", ForeignLinkError("evil.example")),
        ("https://[ 1", ForeignLinkError("https://[")),
        ("case 7 https://acme.slack.com/archives/C1", ForeignLinkError("acme.slack.com")),
        ("connect https://evil.example", ForeignLinkError("evil.example")),
        (
            f"{CRM}/Cases.aspx?id=7 {BRANCH}/Products/Files/#preview/12",
            MixedPortalsError(OFFICE, BRANCH),
        ),
    ],
)
def test_what_is_not_understood_says_why(text: str, error: TypingError) -> None:
    with pytest.raises(TypingError) as raised:
        parse(text, PORTALS)

    assert (type(raised.value), vars(raised.value)) == (type(error), vars(error))


KEY = "Kj3+/x9Q" * 6 + "=="


@pytest.mark.parametrize(
    "text",
    [
        KEY,
        f"connect {KEY}",
        f'case "{KEY}" 12',
        f"case 7 12 -- my key is {KEY}",
        f"key={KEY}",
        f"https://office.example.com {KEY}",
        f"case 7 {OFFICE},{KEY}",
        KEY.replace("+", "%2B"),
        "case 7 0f8fad5b-d9cb-469f-a165-70867728950e",
        "connect 0F8FAD5B-D9CB-469F-A165-70867728950E",
        "connect hunter2",
        f"connect {OFFICE} hunter2",
        "connect https://ana:hunter2@office.example.com",
        "case 7 https://ana:hunter2@office.example.com/Products/Files/#preview/12",
        "\u200b".join(KEY),
    ],
)
def test_a_key_is_refused_and_nothing_of_it_is_kept(text: str) -> None:
    with pytest.raises(KeyInCommandError) as raised:
        parse(text, PORTALS)

    assert not raised.value.args
    assert not vars(raised.value)
    assert raised.value.__cause__ is raised.value.__context__ is None


@pytest.mark.parametrize(
    "text",
    [
        "case 7 " + "+".join(str(id_) for id_ in range(12, 42)),
        "case Donaudampfschifffahrtselektrizitaetenhauptbetriebswerk 12",
        f"case 7 12 -- see ({CRM}/Cases.aspx?id=7&view=everything)",
        "office.example.com/Products/CRM/Cases.aspx?id=7 12",
        "case 7 12 -- " + "=" * 60,
    ],
)
def test_long_words_that_are_no_keys_are_welcome(text: str) -> None:
    assert isinstance(parse(text, PORTALS), Attach)
