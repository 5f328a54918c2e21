"""What follows from each step that failed."""

from __future__ import annotations

import dataclasses
from datetime import timedelta
from typing import Any

import pytest

from bot.domain import (
    Answer,
    Filing,
    FilingState,
    Item,
    ItemState,
    Purpose,
    WaitingFor,
)
from bot.errors import (
    BotError,
    EntityNotFoundError,
    FilesError,
    InvalidFolderError,
    KeyExpiredError,
    KeyRefusedError,
    NotConnectedError,
    OutcomeUnknownError,
    PortalAwayError,
    PortalRefusedError,
    PortalUnpaidError,
)
from bot.filing import resuming
from bot.filing.decide import Look, Settle, next_step
from bot.filing.troubles import troubled
from tests.builders import NOON, OFFICE, filing_of
from tests.looking import CASE, KEEP, QUARANTINE, SENT, at, error_of, item, looked

AWAY = PortalAwayError(OFFICE)
UNKNOWN = OutcomeUnknownError(OFFICE)
State = ItemState


def after(error: BotError, *, seconds: float = 0, **facts: Any) -> Filing:
    """Return what an error makes of a filing; `lost` and `chance` are those of the step."""
    lost, chance = facts.pop("lost", False), facts.pop("chance", 1.0)
    filing = filing_of(**facts)
    return troubled(filing, error, at(seconds), keep=KEEP, chance=chance, lost=lost)


@pytest.mark.parametrize(
    ("troubles", "bound"), [(0, 2), (1, 4), (4, 32), (7, 256), (8, 300), (99, 300)]
)
def test_pauses_double_from_2_to_300_seconds_with_full_jitter(troubles: int, bound: float):
    pauses = {
        chance: after(AWAY, troubles=troubles, trouble_since=NOON, chance=chance).wake_at - NOON
        for chance in (0, 0.5, 1)
    }

    assert pauses[1] == timedelta(seconds=bound)
    assert pauses[0.5] == timedelta(seconds=bound / 2)
    assert timedelta(0) < pauses[0] <= timedelta(seconds=0.1)


@pytest.mark.parametrize("wish", [30, 3600])
def test_no_try_comes_before_the_portals_own_wish_and_not_all_come_right_after_it(wish: float):
    tries = [after(PortalAwayError(OFFICE, after=wish), chance=chance) for chance in (0, 0.5, 1)]

    assert [filing.wake_at for filing in tries] == [at(wish + pause) for pause in (0.1, 1, 2)]


@pytest.mark.parametrize("wish", [1e6, 1e300, float("inf")])
def test_no_wish_lasts_longer_than_the_request_is_kept(wish: float):
    assert after(PortalAwayError(OFFICE, after=wish)).wake_at == NOON + timedelta(hours=24)


@pytest.mark.parametrize(
    ("purpose", "kept"), [(Purpose.ATTACH, 24 * 3600), (Purpose.LIST, 60)], ids=str
)
def test_a_portal_that_stays_away_ends_a_request_in_time(purpose: Purpose, kept: float):
    facts: dict[str, Any] = {"purpose": purpose, "trouble_since": NOON, "troubles": 20}
    trying = after(AWAY, seconds=kept - 1, **facts)
    ended = after(AWAY, seconds=kept, **facts)

    assert (trying.state, trying.wake_at) == (FilingState.READY, at(kept))
    assert trying.expires_at == at(kept)
    assert (ended.state, error_of(ended)) == (FilingState.FAILED, PortalAwayError)


def test_trouble_is_told_once_and_after_60_seconds():
    first = after(AWAY)
    early = after(AWAY, seconds=59, trouble_since=NOON)
    due = after(AWAY, seconds=60, trouble_since=NOON)
    again = after(AWAY, seconds=90, trouble_since=NOON, trouble_told=True)

    assert [one.unsaid for one in (first, early, due, again)] == [False, False, True, False]
    assert (first.trouble_since, due.trouble_told, again.trouble_told) == (NOON, True, True)


@pytest.mark.parametrize(
    ("error", "reason"),
    [(KeyRefusedError(OFFICE), WaitingFor.KEY), (NotConnectedError(OFFICE), WaitingFor.ACCOUNT)],
    ids=lambda value: type(value).__name__,
)
def test_without_a_key_the_request_waits_and_what_is_unknown_stays_known_as_such(error, reason):
    unknown = after(error, attempt=SENT)
    refused = after(error, attempt=SENT, lost=True, looked=True)

    expired = KeyExpiredError(OFFICE).failure() if reason is WaitingFor.KEY else None
    assert (unknown.state, unknown.waiting_for) == (FilingState.WAITING, reason)
    assert unknown.failure == expired
    assert (unknown.expires_at, unknown.unsaid) == (NOON + KEEP, True)
    assert unknown.attempt == SENT
    assert isinstance(next_step(resuming.resumed(unknown, NOON), NOON, QUARANTINE), Settle)
    assert (refused.attempt, refused.looked) == (None, False)


@pytest.mark.parametrize("error", [PortalUnpaidError(OFFICE), EntityNotFoundError(CASE)])
def test_a_refusal_for_good_ends_the_request_and_nothing_was_sent(error: BotError):
    filing = after(error, attempt=SENT, lost=True)

    assert (filing.state, error_of(filing)) == (FilingState.FAILED, type(error))
    assert filing.attempt is None


def test_a_refusal_while_an_outcome_is_looked_for_does_not_hide_that_it_is_unknown():
    assert after(PortalUnpaidError(OFFICE), attempt=SENT).attempt == SENT


def test_a_lost_answer_of_an_attach_is_looked_for_at_once():
    filing = after(UNKNOWN, attempt=SENT, lost=True, troubles=4, trouble_since=NOON, wake_at=at(99))

    assert (filing.state, filing.attempt, filing.troubles) == (FilingState.READY, SENT, 0)
    assert filing.wake_at == NOON
    assert isinstance(next_step(filing, NOON, QUARANTINE), Settle)


def test_a_busy_portal_certainly_attached_nothing():
    filing = after(PortalAwayError(OFFICE, after=9), attempt=SENT, lost=True, looked=True)

    assert (filing.attempt, filing.looked, filing.wake_at) == (None, False, at(9 + 2))


def test_a_server_error_of_a_read_passes_once():
    error = PortalRefusedError(OFFICE, 500)

    assert (after(error).state, after(error).wake_at) == (FilingState.READY, at(2))
    assert after(error, troubles=1, trouble_since=NOON).state is FilingState.FAILED
    assert after(PortalRefusedError(OFFICE, 400)).state is FilingState.FAILED


def tries(error: BotError, *items: Item) -> int:
    """Return how often the same step fails, after a good look each time, until that is the end."""
    filing = looked(*items, answer=Answer.COPY)
    for count in range(1, 50):
        sent = dataclasses.replace(filing, attempt=SENT if isinstance(error, FilesError) else None)
        filing = troubled(sent, error, NOON, keep=KEEP, chance=1.0, lost=True)
        if filing.state is not FilingState.READY:
            assert error_of(filing) is type(error)
            return count
        filing = looked(*items, answer=Answer.COPY, **trouble_of(filing))
    return 50


def trouble_of(filing: Filing) -> dict[str, Any]:
    names = ("troubles", "trouble_since", "trouble_told")
    return {name: getattr(filing, name) for name in names}


def test_a_refused_folder_is_looked_at_again_three_times_at_most():
    assert tries(InvalidFolderError(), item(State.READY), item(State.COPIED, 14)) == 4


def test_a_refused_folder_of_a_file_that_was_hidden_makes_it_missing_at_the_next_look():
    items = (item(State.HIDDEN, 12, file=None), item(State.READY, 13))

    facts: dict[str, Any] = {"attempt": SENT, "lost": True, "looked": True, "wake_at": at(99)}
    filing = after(InvalidFolderError(), items=items, **facts)

    assert (filing.wake_at, filing.attempt) == (NOON, None)
    assert [one.refused for one in filing.items] == [True, False]
    assert isinstance(next_step(filing, NOON, QUARANTINE), Look)


def test_a_copy_whose_answer_is_lost_is_asked_for_three_times_more_at_most():
    assert tries(UNKNOWN, item(State.MISPLACED)) == 4


@pytest.mark.parametrize("error", [KeyRefusedError(OFFICE), NotConnectedError(OFFICE), AWAY])
def test_files_that_are_attached_are_told_whoever_may_read_the_record_now(error: BotError):
    attached = (item(State.ATTACHED, 12), item(State.ATTACHED, 13))

    filing = after(error, items=attached, attempt=SENT, event=41, looked=True)

    assert (filing.state, filing.unsaid, filing.on_record) == (FilingState.DONE, True, None)
