"""What is said while a request waits, runs or has ended, for each of its states."""

from __future__ import annotations

import dataclasses
from datetime import timedelta

import pytest

from bot import errors
from bot.domain import (
    Answer,
    Filing,
    FilingState,
    ItemState,
    Purpose,
    Stand,
    UntypedNumber,
    WaitingFor,
)
from bot.views import waiting
from bot.views.question import question
from bot.views.summary import summary
from bot.views.tell import tell
from tests.gallery_undo import taken, undo
from tests.views_samples import (
    CASE,
    CONTRACT,
    MORNING,
    OFFICE,
    attempt,
    buttons,
    done,
    failed,
    file,
    filing,
    item,
    listed,
    waits,
)

# Waiting


def test_a_person_without_an_account_is_asked_to_connect():
    drawn = waiting.connect_first(waits(WaitingFor.ACCOUNT))

    assert drawn.text == (
        "Connect your CRM account first. I attach files as you, with your own CRM rights. "
        "It takes about a minute. Your request to attach files 12 and 13 to Case #7 is saved for "
        "15 minutes and runs as soon as you connect."
    )
    assert buttons(drawn) == {
        "Connect account": "connect.open f1",
        "What is stored?": "connect.about",
        "Cancel request": "filing.cancel f1",
    }


def test_a_long_time_is_told_by_its_end():
    late = dataclasses.replace(waits(WaitingFor.ACCOUNT), expires_at=MORNING + timedelta(hours=24))

    assert "is saved until 24 Nov 2026, 07:54 UTC" in waiting.connect_first(late).text


def test_an_expired_key_is_told_with_the_request_that_waits():
    drawn = waiting.key_expired(waits(WaitingFor.KEY))

    assert drawn.text == (
        "Your CRM key has expired. Nothing was changed in CRM. Paste a new key and I finish this "
        "request: attach files 12 and 13 to Case #7."
    )
    assert buttons(drawn) == {
        "Paste a new key": "connect.open f1",
        "How to get a key": "connect.howto",
        "Cancel request": "filing.cancel f1",
    }


def test_trouble_says_until_when_and_what_happened_so_far():
    drawn = waiting.trouble(filing(expires_at=MORNING + timedelta(minutes=30)))

    assert drawn.text.startswith(
        "office.example.com does not answer. I keep your request and try again until "
        "23 Nov 2026, 08:24 UTC, then I tell you. Nothing was attached so far."
    )
    assert buttons(drawn) == {"Try now": "filing.again f1", "Cancel request": "filing.cancel f1"}


def test_an_unknown_outcome_can_be_looked_at_and_not_be_cancelled():
    drawn = waiting.trouble(filing(attempt=attempt()))

    assert drawn.text.startswith(
        "The portal stopped answering while I attached the files. I am checking Case #7 now; "
        "I will not send them twice."
    )
    assert buttons(drawn) == {"Check now": "filing.again f1"}


@pytest.mark.parametrize(
    ("facts", "says"),
    [
        ({}, "Nothing was attached."),
        ({"purpose": Purpose.LIST}, "Nothing was changed."),
        ({"attempt": attempt()}, "I do not know whether the files are on Case #7."),
        ({"items": (CONTRACT,), "event": 5}, "I attached file 12, but could not read the record"),
        (
            {"items": (item(12, ItemState.COPIED, "a.pdf"),)},
            "Nothing was attached, but copies are in CRM now: a.pdf.",
        ),
    ],
)
def test_an_ended_request_says_what_it_changed(facts: dict[str, object], says: str):
    assert says in waiting.lapsed(filing(**facts)).text
    assert says in tell(failed(errors.CrmClosedError(OFFICE), **facts)).text


# Every state


@pytest.mark.parametrize(
    ("present", "begins"),
    [
        (done(), "Attached 2 files to Case #7"),
        (listed(file(12)), "Case #7, Acme onboarding, has 1 file."),
        (failed(errors.EntityNotFoundError(CASE)), "Case #7 was not found."),
        (filing(state=FilingState.FAILED), "Something failed that I did not expect"),
        (waits(WaitingFor.ACCOUNT), "Connect your CRM account first."),
        (waits(WaitingFor.KEY), "Your CRM key has expired."),
        (waits(WaitingFor.RECORD, record=UntypedNumber(7)), "Is 7 a case"),
        (waits(WaitingFor.FILES, items=(item(9, ItemState.MISSING),)), "File 9 was not found"),
        (filing(state=FilingState.CANCELLED), "Request cancelled. Nothing was attached."),
        (
            filing(state=FilingState.CANCELLED, failure=errors.GoneError().failure()),
            "This request has ended, because it waited for an answer too long.",
        ),
        (filing(), "Attaching 2 files to Case #7."),
        (filing(purpose=Purpose.LIST), "Reading the files of Case #7."),
        (filing(troubles=3), "office.example.com does not answer."),
        (filing(attempt=attempt()), "The portal stopped answering while I attached the files."),
        (filing(attempt=attempt(unknown=False)), "Attaching 2 files to Case #7."),
    ],
)
def test_each_state_of_a_request_has_its_message(present: Filing, begins: str):
    assert tell(present).text.startswith(begins)


def test_answers_of_buttons_are_answers_that_exist():
    asks = waits(
        WaitingFor.FILES,
        items=(
            item(1, ItemState.MISPLACED, "a"),
            item(2, ItemState.HIDDEN),
            item(3, ItemState.READY, "b"),
        ),
    )
    drawn = {
        **buttons(question(asks)),
        **buttons(question(waits(WaitingFor.REPEAT))),
        **buttons(waiting.trouble(filing(troubles=1))),
        **buttons(waiting.progress(filing(items=(item(1, ItemState.SHARED),)))),
        **buttons(summary(done(item(1, ItemState.TWIN, "a")))),
        **buttons(question(undo(taken(1, "a", Stand.ASKED), waiting_for=WaitingFor.UNDO))),
    }

    actions = [does.split()[0].split(".", 1) for does in drawn.values()]
    assert {name for area, name in actions if area == "filing"} == set(Answer)
