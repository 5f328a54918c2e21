"""The socket proof in short, and that it would notice what it is against."""

from __future__ import annotations

import pytest

from bench.prove_sockets import prove, told
from bench.sockets_life import Deed, Figures, Held, Trial
from bot.sandbox.slack import Ack
from bot.sandbox.slack_sockets import Lost

HELD = Held(own=6, connections=2, tasks=11, sockets=8)


async def test_no_command_is_lost_and_nothing_left_open_whatever_becomes_of_connections():
    trial = Trial(refreshes=12, resets=3, dns=2, idle=False)

    figures = await prove(trial)

    assert not figures.wrong, told(figures, 0)
    assert [figures.counts[deed] for deed in Deed] == [12, 3, 2]


@pytest.mark.parametrize(
    ("lost", "nowhere", "wrong"),
    [
        (Lost.LATE, False, True),
        (Lost.LEFT, False, True),
        (Lost.LEFT, True, True),
        (Lost.NOWHERE, False, True),
        (Lost.NOWHERE, True, False),
        (Lost.RESET, False, False),
    ],
)
def test_only_what_slack_itself_lost_is_forgiven(lost: Lost, *, nowhere: bool, wrong: bool):
    figures = Figures()

    figures.count(Ack(status=0, trouble=lost), nowhere=nowhere)

    assert bool(figures.wrong) is wrong


@pytest.mark.parametrize("more", ["own", "connections", "tasks", "sockets"])
def test_what_is_left_open_is_noticed(more: str):
    facts = {"own": 6, "connections": 2, "tasks": 11, "sockets": 8}

    assert HELD.back_to(HELD, idle=True)
    assert not Held(**facts | {more: facts[more] + 1}).back_to(HELD, idle=True)
