"""When a step that processes died in is taken alone, late, or not at all."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from bot.domain import Failure, FilingState, LateLook
from bot.errors import SetAsideError
from bot.filing import deaths
from bot.filing.decide import Look, SetAside, next_step
from bot.filing.troubles import set_aside
from bot.reply_to import ReplyTo
from tests.builders import NOON, filing_of
from tests.looking import QUARANTINE, SENT, at, error_of

LATE = LateLook(attempt=SENT, due=NOON)


@pytest.mark.parametrize(
    ("begun", "suspected", "alone", "probation", "fatal"),
    [
        ([], False, False, False, False),
        (["Look"], True, False, False, False),
        (["Copy", "Copy"], False, False, True, False),
        (["Look", "Look"], True, True, True, False),
        (["Look", "Copy", "Look", "Look"], True, True, True, True),
        (["Look"] * 4, True, True, True, True),
    ],
)
def test_suspicion_grows_with_each_death(
    begun: list[str], suspected: bool, alone: bool, probation: bool, fatal: bool
):
    filing = filing_of(begun=tuple(begun))

    assert deaths.suspected(filing, "Look") is suspected
    assert deaths.alone(filing, "Look") is alone
    assert deaths.on_probation(filing) is probation
    assert deaths.fatal(filing, "Look") is fatal
    step = next_step(filing, NOON, QUARANTINE)
    assert isinstance(step, SetAside if fatal else Look)
    assert not fatal or step == SetAside("Look")


def test_a_beginning_is_noted_and_taken_back_with_all_that_was_like_it():
    begun = deaths.begun(filing_of(begun=("Copy", "Look", deaths.BREAK)), "Look")

    assert begun.begun == ("Copy", "Look", "break", "Look")
    assert deaths.ended(begun, "Look").begun == ("Copy",)
    assert deaths.ended(filing_of(begun=("Copy",)), "Look").begun == ("Copy",)
    clean = filing_of()
    assert deaths.ended(clean, "Look") is clean


@pytest.mark.parametrize(
    ("begun", "left"),
    [
        (["Look"], []),
        (["Look", "Copy", "Look"], ["Look", "Copy"]),
        (["Look", "Look", "Copy", "Say"], ["Look", "Copy", "Say"]),
        (["Copy", "Look"], ["Copy"]),
        (["Copy"], ["Copy"]),
        ([], []),
    ],
)
def test_what_was_cut_off_in_peace_is_taken_back_once(begun: list[str], left: list[str]):
    filing = filing_of(begun=tuple(begun))

    assert deaths.spared(filing, "Look").begun == tuple(left)


def test_what_ends_the_process_is_given_up_and_told():
    aside = set_aside(filing_of(begun=("Look",) * 3, attempt=SENT), "ab12", at(5))

    assert aside.failure == SetAsideError("ab12").failure()
    assert error_of(aside) is SetAsideError
    assert (aside.state, aside.begun, aside.unsaid) == (FilingState.FAILED, (), True)
    assert (aside.attempt, aside.finished_at) == (SENT, at(5))


@pytest.mark.parametrize("state", [FilingState.DONE, FilingState.CANCELLED, FilingState.FAILED])
def test_of_what_was_told_only_what_would_still_come_is_dropped(state: FilingState):
    told: dict[str, Any] = {"state": state, "unsaid": False, "finished_at": NOON}
    filing = filing_of(sharing=ReplyTo(channel="C9"), late=LATE, begun=("Share",) * 3, **told)

    aside = set_aside(filing, "ab12", at(5))

    assert aside == dataclasses.replace(filing, sharing=None, late=None, begun=())


def test_what_cannot_even_be_told_is_not_told():
    first = set_aside(filing_of(begun=("Look",) * 3), "ab12", NOON)

    second = set_aside(dataclasses.replace(first, begun=("Say",) * 3), "cd34", at(5))

    assert second == dataclasses.replace(first, unsaid=False)


def test_another_failure_that_ends_the_process_in_its_telling_is_set_aside():
    failed = filing_of(
        state=FilingState.FAILED, failure=Failure("GoneError"), unsaid=True, begun=("Say",) * 3
    )

    assert error_of(set_aside(failed, "ab12", NOON)) is SetAsideError
