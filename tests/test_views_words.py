"""What records, files, requests and people are called, wherever they are."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from bot.domain import (
    EntityName,
    EntityRef,
    EntityType,
    FileId,
    Filing,
    Item,
    ItemState,
    Place,
    PortalUrl,
    Purpose,
    Removal,
    SharedFile,
    Stand,
    Undo,
    UntypedNumber,
)
from bot.errors import AskedBeforeError, SameContentError
from bot.file_kinds import FileKind
from bot.views import words
from tests.views_samples import CASE, MORNING, OFFICE, account, attempt, entity, file, filing, item

LONG = "q" * 200
COMPANY = EntityName(EntityType.CONTACT, "Acme", company=True)
PERSON = EntityName(EntityType.CONTACT, "Ana", company=False)
SAID_CASE = EntityName(EntityType.CASE, "Acme <1>")
NUMBER = UntypedNumber(7)
CASE_PAGE = f"{OFFICE}/Products/CRM/Cases.aspx?id=7"


def shared(name: str = "offer.pdf", state: ItemState = ItemState.SHARED) -> Item:
    return Item(source=SharedFile(id="F1", name=name), state=state)


def cut(text: str) -> int:
    """Return how long the run of q is said: the name was cut if it is shorter than `LONG`."""
    return text.count("q")


# Records


@pytest.mark.parametrize(
    ("record", "said"),
    [
        (CASE, "Case #7"),
        (NUMBER, "record 7"),
        (SAID_CASE, "case “Acme &lt;1&gt;”"),
        (COMPANY, "company “Acme”"),
        (PERSON, "person “Ana”"),
        (dataclasses.replace(PERSON, company=None), "contact “Ana”"),
    ],
)
def test_a_record_is_called_as_it_was_named(record: EntityRef, said: str):
    asked = filing(record=record)

    assert words.record(record) == said
    assert words.record_of(asked) == said
    assert words.short_record_of(asked) == said


def test_a_record_that_was_found_is_called_by_type_number_and_title():
    found = filing(record=COMPANY, entity=entity())

    assert words.target(found) == CASE
    assert words.record_of(found) == "Case #7, Acme onboarding"
    assert words.short_record_of(found) == "Case #7"
    assert words.spoken_record(CASE) == "case 7"
    assert words.titled(entity(title="\u200b")) == "Case #7"


@pytest.mark.parametrize(
    ("asked", "shown"),
    [
        (filing(), f"*<{CASE_PAGE}|Case #7>*"),
        (filing(record=NUMBER), "*record 7*"),
        (filing(record=SAID_CASE), "*case “Acme &lt;1&gt;”*"),
        (filing(record=NUMBER, entity=entity()), f"*<{CASE_PAGE}|Acme onboarding>*"),
        (filing(entity=entity(title=" ")), f"*<{CASE_PAGE}|Case #7>*"),
        (
            filing(entity=entity(EntityRef(EntityType.CONTACT, 5), "Ana", company=False)),
            f"*<{OFFICE}/Products/CRM/Default.aspx?id=5&amp;type=people|Ana>*",
        ),
    ],
)
def test_a_heading_leads_to_the_page_of_the_record_if_it_is_known(asked: Filing, shown: str):
    assert words.heading(asked) == shown
    assert words.heading(asked, several_portals=True) == f"{shown} at office.example.com"


def test_no_name_from_outside_takes_more_room_than_its_place_has():
    named = filing(record=dataclasses.replace(COMPANY, words=LONG))
    asked = filing(entity=entity(title=LONG))
    lengthy = dataclasses.replace(account(name=LONG), email=LONG)

    assert cut(words.record_of(named)) == 59
    assert cut(words.record_of(asked)) == 59
    assert cut(words.heading(asked)) == 99
    assert cut(words.titled(entity(title=LONG), 20)) == 19
    assert cut(words.name(item(12, ItemState.NAMED, LONG))) == 59
    assert cut(words.name(item(12, ItemState.NAMED, LONG), 20)) == 19
    assert cut(words.name(shared(LONG))) == 59
    assert cut(words.name(shared(LONG), 20)) == 19
    assert cut(words.host(f"https://{LONG}.example.com")) < 59
    assert cut(words.who(lengthy)) == 2 * 59
    assert cut(words.person(lengthy)) == 59


@pytest.mark.parametrize(
    ("portal", "said"),
    [(OFFICE, "office.example.com"), ("", "the portal"), ("https://", "the portal")],
)
def test_a_portal_is_called_by_its_host_if_it_has_one(portal: str, said: str):
    assert words.host(portal) == said


# Files


@pytest.mark.parametrize(
    ("one", "name", "numbered", "subject"),
    [
        (
            item(13, ItemState.NAMED, "a&b.pdf"),
            "a&amp;b.pdf",
            "a&amp;b.pdf (file 13)",
            "a&amp;b.pdf (file 13)",
        ),
        (item(13, ItemState.NAMED), "file 13", "file 13", "File 13"),
        (item(13, ItemState.NAMED, "\u202e"), "file 13", "file 13", "File 13"),
        (shared("a&b.pdf"), "a&amp;b.pdf", "a&amp;b.pdf", "a&amp;b.pdf"),
        (shared(""), "file F1", "file F1", "file F1"),
    ],
)
def test_a_file_is_called_by_title_or_number(one: Item, name: str, numbered: str, subject: str):
    assert words.name(one) == name
    assert words.numbered(one) == numbered
    assert words.subject(one) == subject


def test_a_file_is_linked_by_title_or_number():
    page = f"{OFFICE}/Products/Files/DocEditor.aspx?fileid=13"

    assert words.linked(OFFICE, file(13, "a|b.pdf")) == f"<{page}|a¦b.pdf>"
    assert words.linked(OFFICE, file(13, " ")) == f"<{page}|file 13>"


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        ({"extension": ".pdf"}, ", PDF, 1.2 MB"),
        ({"extension": ".doc"}, ", document, 1.2 MB"),
        ({"extension": ".zip", "kind": FileKind.ARCHIVE}, ", archive, 1.2 MB"),
        ({"extension": ".mp4", "kind": FileKind.VIDEO, "size": 0}, ", video"),
        ({"extension": "", "kind": FileKind.UNKNOWN}, ", 1.2 MB"),
        ({"extension": "", "kind": FileKind.UNKNOWN, "size": None}, ""),
    ],
)
def test_of_a_file_what_is_known_is_said(facts: dict[str, Any], said: str):
    assert words.facts(file(12, **facts)) == said


@pytest.mark.parametrize(
    ("items", "said"),
    [
        ([item(12, ItemState.NAMED)], "file 12"),
        ([item(12, ItemState.NAMED), item(13, ItemState.NAMED)], "files 12 and 13"),
        ([item(n, ItemState.NAMED) for n in range(1, 6)], "files 1, 2, 3, 4 and 5"),
        ([item(n, ItemState.NAMED) for n in range(1, 7)], "6 files"),
        ([shared()], "offer.pdf"),
        ([shared(), shared("b.pdf")], "2 files"),
        ([shared(), item(12, ItemState.NAMED)], "2 files"),
    ],
)
def test_files_are_named_as_they_were_asked_for(items: list[Item], said: str):
    assert words.those(items) == said


@pytest.mark.parametrize(
    ("one", "said"),
    [
        (
            item(12, ItemState.MISPLACED, "a.pdf", place=Place.MY),
            "It is in My documents, and CRM can only link files that are kept in CRM.",
        ),
        (
            item(12, ItemState.MISPLACED),
            "It is in a folder outside CRM, and CRM can only link files that are kept in CRM.",
        ),
        (
            item(12, ItemState.BLOCKED, "run.exe"),
            "Files of type .exe are not allowed here. Your Slack admin sets this rule.",
        ),
        (
            item(12, ItemState.BLOCKED, "run"),
            "Files of this type are not allowed here. Your Slack admin sets this rule.",
        ),
        (
            item(12, ItemState.BLOCKED),
            "Files of this type are not allowed here. Your Slack admin sets this rule.",
        ),
        (item(12, ItemState.STOPPED), "You stopped it."),
        (item(12, ItemState.NAMED), "It was not attached."),
    ],
)
def test_why_a_file_is_not_attached(one: Item, said: str):
    assert words.reason(one) == said


def test_a_type_that_is_not_allowed_is_not_spelled_at_length():
    odd = item(12, ItemState.BLOCKED, "run", extension=f".{LONG}")

    assert cut(words.reason(odd)) == 18


@pytest.mark.parametrize(
    ("called", "known"), [("offer <1>.pdf", "offer &lt;1&gt;.pdf"), ("", "file 12")]
)
def test_who_filed_the_same_bytes_before(called: str, known: str):
    error = SameContentError(user="U0BEN", at=MORNING.isoformat(), file=12, name=called)

    assert words.twin(error) == (
        f"<@U0BEN> attached the same content as {known}, "
        "<!date^1795420440^{date_short}|23 Nov 2026>."
    )
    assert cut(words.twin(dataclasses.replace(error, name=LONG))) == 59


# Requests

FOUR = [f"{letter}.pdf" for letter in "abcd"]
SHOWN = "a.pdf, b.pdf, c.pdf and 1 more"


def with_(state: ItemState, count: int = 4, **facts: object) -> Filing:
    items = [item(n, state, title) for n, title in enumerate(FOUR[:count], 1)]
    return filing(items=tuple(items), **facts)


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (filing(), "attach files 12 and 13 to Case #7"),
        (filing(purpose=Purpose.LIST, items=()), "list the files of Case #7"),
        (filing(purpose=Purpose.LINK, items=()), "link this channel to Case #7"),
        (
            filing(purpose=Purpose.UNDO, undo=Undo(filing="f0", receipt="B3X9", events=())),
            "undo receipt B3X9 on Case #7",
        ),
    ],
)
def test_what_a_request_is_for(asked: Filing, said: str):
    assert words.wish(asked) == said


def test_what_a_request_is_for_names_three_files_at_most():
    asked = with_(ItemState.NAMED)

    assert words.wish(asked, by_name=True) == "attach a.pdf, b.pdf, c.pdf and 1 more to Case #7"
    assert words.wish(asked) == "attach files 1, 2, 3 and 4 to Case #7"


def undoing(*stands: Stand | None) -> Filing:
    items = [
        dataclasses.replace(
            item(n, ItemState.ATTACHED, title), removal=Removal(stand=stand) if stand else None
        )
        for n, (title, stand) in enumerate(zip(FOUR, stands, strict=False), 1)
    ]
    undo = Undo(filing="f0", receipt="B3X9", events=())
    return filing(purpose=Purpose.UNDO, undo=undo, items=tuple(items))


ASKED_BEFORE = AskedBeforeError("B3X9").failure()


@pytest.mark.parametrize(
    ("asked", "said", "so_far"),
    [
        (filing(purpose=Purpose.LIST), "Nothing was changed.", "Nothing was changed so far."),
        (filing(purpose=Purpose.LINK), "Nothing was changed.", "Nothing was changed so far."),
        (filing(), "Nothing was attached.", "Nothing was attached so far."),
        (filing(failure=ASKED_BEFORE), "Nothing more was done.", None),
        (
            with_(ItemState.ATTACHED, 2),
            "I attached files 1 and 2 before, and nothing more.",
            None,
        ),
        (
            with_(ItemState.ATTACHED, 2, event=5),
            "I attached files 1 and 2, but could not read the record again.",
            None,
        ),
        (filing(attempt=attempt()), "I do not know whether the files are on Case #7.", None),
        (
            with_(ItemState.COPIED),
            f"Nothing was attached, but copies are in CRM now: {SHOWN}.",
            f"Nothing was attached so far, but copies are in CRM now: {SHOWN}.",
        ),
        (
            with_(ItemState.PRESENT, 1),
            "Nothing was attached. a.pdf was there before.",
            "Nothing was attached so far. a.pdf was there before.",
        ),
        (
            with_(ItemState.PRESENT),
            f"Nothing was attached. {SHOWN} were there before.",
            f"Nothing was attached so far. {SHOWN} were there before.",
        ),
        (undoing(None, Stand.NAMED), "Nothing was removed.", "Nothing was removed so far."),
        (
            undoing(Stand.REMOVED, Stand.REMOVING, Stand.LEFT),
            "I removed a.pdf from Case #7. I do not know whether b.pdf was removed from Case #7.",
            None,
        ),
        (
            undoing(*[Stand.REMOVED] * 4),
            "I removed a.pdf, b.pdf, c.pdf and 1 more from Case #7.",
            None,
        ),
        (
            undoing(*[Stand.REMOVING] * 4),
            "I do not know whether a.pdf, b.pdf, c.pdf and 1 more were removed from Case #7.",
            None,
        ),
    ],
)
def test_what_a_request_without_a_result_has_changed(asked: Filing, said: str, so_far: str | None):
    assert words.effect(asked) == said
    assert words.effect_so_far(asked) == (so_far or said)


def test_how_long_a_request_is_kept():
    until = "<!date^1795420440^{date_short_pretty} at {time}|23 Nov 2026, 07:54 UTC>"

    assert words.kept(filing()) == "I keep this request. Receipt A7K2."
    assert words.kept(filing(expires_at=MORNING)) == (
        f"I keep this request until {until}. Receipt A7K2."
    )


# People


@pytest.mark.parametrize(
    ("name", "email", "who", "person"),
    [
        ("Ana <1>", "a@example.com", "Ana &lt;1&gt; (a@example.com)", "Ana &lt;1&gt;"),
        ("Ana", "", "Ana", "Ana"),
        ("", "a@example.com", "a@example.com", "you"),
        ("", "", "you", "you"),
    ],
)
def test_a_person_is_called_by_what_the_portal_says(name: str, email: str, who: str, person: str):
    known = dataclasses.replace(account(name=name), email=email)

    assert words.who(known) == f"{who} at office.example.com"
    assert words.person(known) == f"{person} at office.example.com"


def test_a_person_is_connected_as_two_at_most():
    accounts = [account(PortalUrl(f"https://{name}.example.com"), "Ana") for name in "abc"]

    assert words.connection([]) == "You are not connected to CRM."
    assert words.connection(accounts[:1]) == "You are connected as Ana at a.example.com."
    assert words.connection(accounts) == (
        "You are connected as Ana at a.example.com, Ana at b.example.com and 1 more."
    )


def test_numbers_that_were_asked_for_are_those_of_the_portal():
    assert words.asked([item(12, ItemState.NAMED), shared()]) == (FileId(12),)
