"""The duplicates proof in short: each delivery up to four times, around a SIGKILL, happens once."""

from __future__ import annotations

from bench.prove_duplicates import prove, told

COMMANDS = 3


async def test_what_is_delivered_many_times_is_done_and_told_once():
    figures = await prove(rounds=1, seed=3, minutes=1, commands=COMMANDS)

    counts = figures.counts
    assert not figures.wrong, told(figures)
    assert counts["filings"] == counts["events on records"] > COMMANDS
    assert counts["copies"] > counts["deliveries"] > counts["filings"]
