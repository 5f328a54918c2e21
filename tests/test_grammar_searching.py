"""What is looked for by a text that is typed, letter by letter, into a search."""

from __future__ import annotations

import pytest
from hypothesis import given

from bot.domain import EntityName, EntityRef, EntityType, UntypedNumber
from bot.errors import BadRecordError, ForeignLinkError, KeyInCommandError, TypingError
from bot.grammar import Sought, sought
from tests.test_grammar_any_text import ANYTHING
from tests.typed import BRANCH, CASE_7, CRM, DEAL_31, DOCS, PORTALS, SLACK_FILE

CASE, DEAL, CONTACT = EntityType


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("", Sought()),
        ("  ", Sought()),
        ("acme", Sought(words="acme")),
        ("  Acme   Ltd ", Sought(words="Acme Ltd")),
        ('"acme ltd"', Sought(words="acme ltd")),
        ("7", Sought(record=UntypedNumber(7), words="7")),
        ("# 7", Sought(record=UntypedNumber(7))),
        ("99999999999", Sought(words="99999999999")),
        ("7 wonders", Sought(words="7 wonders")),
        ("case 7", Sought(record=CASE_7)),
        ("Deal:31", Sought(record=DEAL_31)),
        ("client #4", Sought(record=EntityRef(CONTACT, 4))),
        ("case 7 of ten", Sought(record=CASE_7, words="case 7 of ten")),
        ("case", Sought(words="case")),
        ("case study", Sought(record=EntityName(CASE, "study"), words="case study")),
        ("person Li", Sought(record=EntityName(CONTACT, "Li", company=False), words="person Li")),
        ("task force", Sought(words="task force")),
        ("help", Sought(words="help")),
        ("here", Sought(words="here")),
    ],
)
def test_numbers_types_and_words_are_told_apart(text: str, meant: Sought):
    assert sought(text, PORTALS) == meant


def test_a_link_says_record_and_portal():
    assert sought(f"{CRM}/Deals.aspx?id=31", PORTALS) == Sought(record=DEAL_31, portal=PORTALS[0])
    assert sought(f"<{BRANCH}/Products/CRM/Cases.aspx?id=7|x>", PORTALS).portal == PORTALS[1]


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("https://crm.example.net/Products/CRM/Cases.aspx?id=7", ForeignLinkError),
        (f"{CRM}/Cases.aspx?id=x", BadRecordError),
        (f"{DOCS}/DocEditor.aspx?fileid=12", BadRecordError),
        (SLACK_FILE, BadRecordError),
        (f"{BRANCH}/", BadRecordError),
        ("0" * 20 + "aB" * 20, KeyInCommandError),
    ],
)
def test_what_leads_to_no_record_says_why(text: str, error: type[TypingError]):
    with pytest.raises(error):
        sought(text, PORTALS)


@given(ANYTHING)
def test_any_text_is_looked_for_or_says_why_not(text: str):
    try:
        meant = sought(text, PORTALS)
    except TypingError:
        return
    assert meant.record is not None or meant.words == " ".join(meant.words.split())
