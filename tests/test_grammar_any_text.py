"""What the grammar promises for every text and every command, however odd."""

from __future__ import annotations

import dataclasses
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain import EntityName, EntityRef, EntityType, FileId, PortalUrl, Record, UntypedNumber
from bot.errors import BadFilesError, TypingError, UnknownWordError
from bot.grammar import Attach, Here, Last, ListFiles, parse, spell
from tests.typed import (
    BRANCH,
    CASE_7,
    CONTACT_4,
    CRM,
    DEAL_31,
    DOCS,
    OFFICE,
    PORTALS,
    SLACK_FILE,
    attach,
    contact,
    outcome,
)

LOOKALIKES = "\u2013\u2014\u2011\u201c\u201d\u201e\u00ab\u00bb\u00a0\u200b\uff0c\uff17\u0663"
ALPHABET = f"cas e7123  ,,;-.#:&<>|'\"/?=@+x\n{LOOKALIKES}"
PIECES = [
    *("case", "deal", "list", "company", "last", "here", "with", "to", "and", "all", "--", "help"),
    *(" ", ",", "7", "12-15", "#12", '"', "task", "retry", "connect", "&lt;", "&amp;", "caes"),
    *(f"{CRM}/Cases.aspx?id=7", f"<{DOCS}/#preview/12|x>", f"{BRANCH}/", "https://[", SLACK_FILE),
]
ANYTHING = (
    st.text(max_size=60)
    | st.text(ALPHABET, max_size=40)
    | st.lists(st.sampled_from(PIECES), max_size=9).map(" ".join)
    | st.lists(st.sampled_from(PIECES), max_size=9).map("".join)
)


@settings(max_examples=300)
@given(text=ANYTHING)
def test_any_text_is_a_command_or_a_typing_error(text: str) -> None:
    said = outcome(text)

    if isinstance(said, Attach | ListFiles):
        assert outcome(spell(said)) == said


@settings(max_examples=300)
@given(text=ANYTHING)
def test_what_an_error_offers_can_be_typed(text: str) -> None:
    match outcome(text):
        case UnknownWordError(fixed=fixed):
            assert not isinstance(outcome(fixed), TypingError)
        case BadFilesError(good=good, record=record) if good:
            again = outcome(f"{record} {','.join(map(str, good))}")
            assert isinstance(again, Attach)
            assert again.files == good


HOSTILE = [
    *("1", "1,", "1 ", "1-", "- ", "12 - ", "a", "a ", "A1", "a.", "a/", "a.b/", "?a=1&", "1."),
    *(" ", "#", '"', '""', '"a ', "' '", "'a", "\u201ea ", "\u00aba ", "&lt;", "%", "\u200b"),
    *("case ", "case 7 ", "with ", "to ", "and ", "-- ", "\u2014", "\u2026", "last ", "last,"),
    *("<https://", "<https://a|", "https://", f"{CRM}/Cases.aspx?id=7 ", f"{DOCS}/#preview/1,"),
    *(f"{SLACK_FILE} ", "1-2000000000,"),
]


@pytest.mark.parametrize(
    "shape", ["{}", "case {}", "case 7 {}", "12 {}!", "list {}x", "https://{}"]
)
@pytest.mark.parametrize("piece", HOSTILE)
def test_long_and_hostile_text_is_read_quickly(piece: str, shape: str) -> None:
    text = shape.format((piece * 10_000)[:10_000])
    start = time.perf_counter()

    said = outcome(text)

    assert time.perf_counter() - start < 1
    assert not isinstance(said, TypingError) or len(str(said)) < 900


WORDS = st.text(
    st.characters(exclude_categories=("Cs", "Cc", "Cf", "Zs", "Zl", "Zp")), min_size=1, max_size=9
)
TRICKY_WORDS = st.sampled_from(["12", "--", "&lt;", '"', "<https://x>", "with"])
NAMES = st.lists(WORDS | TRICKY_WORDS, min_size=1, max_size=4).map(" ".join)
IDS = st.integers(1, 2_147_483_647) | st.integers(1, 40)
RECORDS: st.SearchStrategy[Record | Here | Last] = st.one_of(
    st.builds(EntityRef, st.sampled_from(EntityType), IDS),
    st.builds(EntityName, st.sampled_from([EntityType.CASE, EntityType.OPPORTUNITY]), NAMES),
    st.builds(contact, NAMES, company=st.sampled_from([None, True, False])),
    st.builds(UntypedNumber, IDS),
    st.builds(Here),
    st.builds(Last),
)
FILES = st.lists(IDS.map(FileId), max_size=12, unique=True).map(tuple) | st.integers(1, 99).map(
    lambda start: tuple(FileId(start + step) for step in range(50))
)
COMMANDS = st.builds(
    Attach,
    record=st.none() | RECORDS,
    files=FILES,
    note=st.just("") | NAMES,
    portal=st.sampled_from([None, *PORTALS]),
    slack_files=st.sampled_from([(), (SLACK_FILE,), (SLACK_FILE, f"{SLACK_FILE}?x=1")]),
    last_file=st.booleans(),
) | st.builds(
    ListFiles,
    record=RECORDS,
    portal=st.sampled_from([None, *PORTALS]),
    everything=st.booleans(),
)


@settings(max_examples=300)
@given(command=COMMANDS)
def test_what_is_spelled_is_read_as_the_same_command(command: Attach | ListFiles) -> None:
    assert parse(spell(command), PORTALS) == command


@pytest.mark.parametrize(
    ("command", "text"),
    [
        (attach(CASE_7, 12, 13), "case 7 12,13"),
        (attach(contact("Jo Li", company=None), 12), 'contact "Jo Li" 12'),
        (attach(None, 12, 13), "12,13"),
        (attach(DEAL_31, 12, 13, 14, 15, 20), "opportunity 31 12-15,20"),
        (attach(CASE_7, 14, 13, 12), "case 7 14,13,12"),
        (attach(UntypedNumber(7), 12), "7 12"),
        (attach(None), ""),
        (attach(CASE_7, 12, note="signed", portal=OFFICE), f"case 7 12 {OFFICE} -- signed"),
        (ListFiles(record=CASE_7, everything=True), "list case 7 all"),
    ],
)
def test_the_spelling_is_what_a_person_would_type(command: Attach | ListFiles, text: str) -> None:
    assert spell(command) == text


CASES = st.sampled_from([str.lower, str.upper, str.title])
DASHES = st.sampled_from("-\u2010\u2011\u2012\u2013\u2014\u2212\uff0d")
BLANKS = st.sampled_from([" ", "  ", "\u00a0", "\t", "\u3000", " \u200b"])
COMMAS = st.sampled_from([",", ", ", "\uff0c", ";", " + ", " and ", " & ", " &amp; "])


@given(
    record=st.sampled_from([CASE_7, DEAL_31, CONTACT_4, Here(), Last(), None]),
    files=FILES,
    portal=st.sampled_from([None, *PORTALS]),
    data=st.data(),
)
def test_dress_does_not_change_the_meaning(
    record: EntityRef | Here | Last | None,
    files: tuple[FileId, ...],
    portal: PortalUrl | None,
    data: st.DataObject,
) -> None:
    command = Attach(record=record, files=files)
    bare = data.draw(CASES)(spell(command))
    marks = {"-": DASHES, ",": COMMAS, " ": BLANKS}
    dressed = "".join(data.draw(marks[mark]) if mark in marks else mark for mark in bare)
    link = f"<{portal}|portal>" if portal else ""

    assert outcome(f"{dressed} {link}") == dataclasses.replace(command, portal=portal)
