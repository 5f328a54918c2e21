"""The burst proof in short: many commands at once, each answered 200 and stored."""

from __future__ import annotations

import dataclasses

from bench.load import Run
from bench.prove_burst import Shown, Trial, prove, told


async def test_commands_that_come_all_at_once_are_all_answered_and_stored():
    shown = await prove(Trial(commands=60, rate=60, seconds=1))

    assert not shown.lost(), told(shown)
    assert shown.stored == 60 + 60


def test_the_proof_notices_what_it_is_against():
    def run(*waits: float, status: int = 200) -> Run:
        return Run(1.0, list(waits), [status] * len(waits))

    good = Shown(
        burst=run(0.1, 2.9),
        bare_burst=run(0.1, 0.2),
        streams=[run(0.004)],
        bare_streams=[run(0.001)],
        asked=3,
        stored=3,
        done=1,
    )
    assert (good.lost(), good.late()) == ([], [])

    refused = dataclasses.replace(good, burst=run(0.1, 0.1, status=503))
    assert refused.lost() == ["2 commands were not answered 200", "1 were answered, and 3 stored"]
    forgotten = dataclasses.replace(good, stored=2)
    assert forgotten.lost() == ["3 were answered, and 2 stored"]
    late = dataclasses.replace(good, burst=run(0.1, 3.1), streams=[run(0.051)])
    assert late.late() == [
        "the last of the burst was answered after 3.1 s",
        "of the stream, 1 % took longer than 51.0 ms",
        "that is 51.0 times the bare handler's",
    ]
