"""Any order of commands, answers, wake-ups, deaths and hours, in short: bot and model agree."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bench.prove_stateful import MACHINES, Machine, try_machine
from bench.stateful_model import Model, Wanted
from bench.stateful_stage import ANA, BEN
from bot.domain import Answer, FilingState


@pytest.mark.parametrize("engine", MACHINES)
def test_bot_and_model_agree_whatever_happens_in_whatever_order(engine: str):
    counts = try_machine(MACHINES[engine], runs=12, steps=25)

    assert counts["runs"] >= 12
    assert counts["events"] == counts["attached"] > 0
    assert counts["lives ended"] > 0


class Hasty(Machine):
    """A bot that repeats at once what it got no answer to."""

    quarantine = timedelta(0)


def test_a_bot_without_the_quarantine_is_found_out():
    with pytest.raises(AssertionError, match=r"attached \d+ times"):
        try_machine(Hasty, runs=60, steps=25, shrink=False)


def test_what_the_model_expects():
    model = Model(connected={ANA})
    model.wanted = {"plain": Wanted(ANA, doubtful=False), "asked": Wanted(ANA, doubtful=True)}
    model.wanted["ben's"] = Wanted(BEN, doubtful=False)

    assert model.ends("plain") == {FilingState.DONE}
    assert model.ends("asked") == model.ends("ben's") == {FilingState.WAITING}

    model.wanted["asked"].answer = Answer.COPY
    model.lapse()
    assert model.ends("asked") == {FilingState.DONE}
    assert model.ends("ben's") == {FilingState.CANCELLED}
