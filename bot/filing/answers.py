"""What follows from a person's answer to a filing: pure functions."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from bot.domain import FINAL, Answer, EntityRef, FilingState, ItemState, WaitingFor
from bot.errors import GoneError
from bot.filing import brought, outcomes, resuming
from bot.filing.decide import wants_bringing

if TYPE_CHECKING:
    from datetime import datetime

    from bot.domain import Filing
    from bot.reply_to import ReplyTo


def answered(filing: Filing, answer: Answer | EntityRef, now: datetime, reply: ReplyTo) -> Filing:
    """Return the filing after an answer of its person; `reply` is where more is said.

    Raises:
        GoneError: it was answered before, or has ended.

    """
    if filing.state in FINAL:
        return _taken_up(filing, answer, now, reply)
    if answer is Answer.STOP:
        return _stopped(filing, now, reply)
    if answer is Answer.CANCEL:
        if filing.sent:  # it may have happened: cancelling would be a lie
            raise GoneError
        return outcomes.cancelled(dataclasses.replace(filing, reply=reply), now)
    if answer is Answer.AGAIN:
        return resuming.hurried(filing, now, reply)
    if answer is Answer.ANYWAY:
        raise GoneError
    repeats = filing.waiting_for is WaitingFor.REPEAT
    if filing.state is not FilingState.WAITING or (answer is Answer.REPEAT) != repeats:
        raise GoneError
    if isinstance(answer, EntityRef):
        return resuming.resumed(_chosen(filing, answer), now, reply)
    return resuming.resumed(dataclasses.replace(filing, answer=answer), now, reply)


def _taken_up(filing: Filing, answer: Answer | EntityRef, now: datetime, reply: ReplyTo) -> Filing:
    """Follow an answer to a filing that has ended: some can be taken up again."""
    states = {item.state for item in filing.items}
    if answer is Answer.ANYWAY and ItemState.TWIN in states:
        return brought.insisted(filing, now, reply)
    some_left = states & {ItemState.REFUSED, ItemState.STOPPED}
    if answer is Answer.AGAIN and (filing.state is not FilingState.DONE or some_left):
        return resuming.retried(filing, now, reply)
    if isinstance(answer, EntityRef) and filing.state is FilingState.FAILED:
        chosen = _chosen(filing, answer)
        return resuming.retried(chosen, now, reply)
    raise GoneError


def _chosen(filing: Filing, ref: EntityRef) -> Filing:
    if not outcomes.is_about(filing, ref):
        raise GoneError
    return dataclasses.replace(filing, record=ref, choices=())


def _stopped(filing: Filing, now: datetime, reply: ReplyTo) -> Filing:
    on_its_way = filing.state is FilingState.READY and filing.attempt is None
    if not on_its_way or not any(wants_bringing(item) for item in filing.items):
        raise GoneError
    return brought.stopped(filing, now, reply)
