"""Any order of commands, answers, wake-ups, deaths and hours: the bot agrees with a small model."""

from __future__ import annotations

import argparse
import dataclasses
import time
from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, ClassVar

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from bench.prove_simulation import listening
from bench.stateful_model import Model, Wanted
from bench.stateful_stage import ANA, BEN, FAIR, KEEP, QUARANTINE, ROUGH, Stage
from bench.stepped_store import MemoryDisk, SqliteDisk
from bot.domain import Answer, FilingState, ItemState

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import timedelta

    from bench.simulated_office import Weather
    from bench.stepped_store import Disk
    from bot.domain import SlackUser

RUNS, STEPS = 200, 50
PEOPLE = st.sampled_from((ANA, BEN))
ANSWERS = {
    ItemState.READY: (Answer.READY,),
    ItemState.MISPLACED: (Answer.COPY, Answer.READY),
    ItemState.HIDDEN: (Answer.INSIST, Answer.READY),
}
DOUBTS = st.sampled_from((ItemState.READY, ItemState.READY, ItemState.MISPLACED, ItemState.HIDDEN))
WEATHERS = st.sampled_from((FAIR, ROUGH, ROUGH))


class Machine(RuleBasedStateMachine):
    """The bot on one side, the model on the other."""

    counts: ClassVar[Counter[str]] = Counter()
    quarantine: ClassVar[timedelta] = QUARANTINE
    keys = Bundle("keys")

    def __init__(self) -> None:
        super().__init__()
        self.stage: Stage | None = None
        self.model = Model(connected={ANA})
        self.trouble: dict[str, ItemState] = {}

    def disk(self) -> Disk:
        """Return an empty disk of the kind that is tried."""
        return MemoryDisk()

    @initialize(
        target=keys,
        seed=st.integers(0, 2**32 - 1),
        weather=WEATHERS,
        by=PEOPLE,
        trouble=DOUBTS,
    )
    def begin(self, seed: int, weather: Weather, by: SlackUser, trouble: ItemState) -> str:
        self.stage = Stage(seed, self.disk(), self.quarantine)
        self.at.weather(weather)
        return self.command(by, trouble, copies=1)

    @property
    def at(self) -> Stage:
        assert self.stage is not None
        return self.stage

    # what people and Slack do

    @rule(target=keys, by=PEOPLE, trouble=DOUBTS, copies=st.integers(1, 3))
    def type(self, by: SlackUser, trouble: ItemState, copies: int) -> str:
        return self.command(by, trouble, copies)

    def command(self, by: SlackUser, trouble: ItemState, copies: int) -> str:
        key = self.at.type(by, trouble)
        self.trouble[key] = trouble
        for _ in range(copies):
            self.deliver(key)
        return key

    @rule(key=keys)
    def deliver(self, key: str) -> None:
        if self.at.deliver(key) and key not in self.model.wanted:
            doubtful = self.trouble[key] is not ItemState.READY
            self.model.wanted[key] = Wanted(self.at.typed[key].by, doubtful)

    @rule(key=keys, which=st.integers(0, 1), copies=st.integers(1, 2))
    def answer(self, key: str, which: int, copies: int) -> None:
        """Click on an answer of the question about files, if it stands there."""
        filing = self.at.filing(key)
        if filing is None or filing.waiting_for != "files":
            return
        choices = ANSWERS[self.trouble[key]]
        answer = choices[which % len(choices)]
        if self.at.answer(key, answer, copies):
            self.model.wanted[key].answer = answer

    @rule(key=keys, copies=st.integers(1, 2))
    def cancel(self, key: str, copies: int) -> None:
        if self.at.answer(key, Answer.CANCEL, copies):
            self.model.wanted[key].cancelled = True

    @rule(key=keys)
    def again(self, key: str) -> None:
        """Click on *Try again*."""
        filing = self.at.filing(key)
        ended = filing is not None and filing.state in {FilingState.FAILED, FilingState.CANCELLED}
        if self.at.answer(key, Answer.AGAIN) and ended:
            one = self.model.wanted[key]
            self.model.wanted[key] = dataclasses.replace(
                one, cancelled=False, answer=None, again=True
            )

    @rule(by=PEOPLE)
    def connect(self, by: SlackUser) -> None:
        self.at.connect(by)
        self.model.connected.add(by)

    @rule(by=st.sampled_from((ANA, BEN, None)))
    def lose_keys(self, by: SlackUser | None) -> None:
        """Let one person disconnect; or let every key that was issued be accepted no more."""
        self.rest()
        self.model.connected -= {by} if by else {ANA, BEN}
        if by:
            self.at.disconnect(by)
        else:
            self.at.expire()

    # what happens

    @rule(key=keys)
    def wake(self, key: str) -> None:
        self.at.wake(key)

    @rule(turns=st.integers(1, 80))
    def crash(self, turns: int) -> None:
        """Have the bot die within what comes next, between any two awaits."""
        self.at.doom(turns)

    @rule(weather=WEATHERS)
    def change_weather(self, weather: Weather) -> None:
        self.at.weather(weather)

    @rule(seconds=st.sampled_from((0.1, 1.0, 3.0, 8.0, 20.0, 70.0)))
    def pass_time(self, seconds: float) -> None:
        self.at.pass_time(seconds)

    @rule()
    def pass_a_day(self) -> None:
        """Let everything come to rest, and then what waits wait for too long."""
        self.rest()
        self.at.pass_time(KEEP.total_seconds() + 60)
        self.model.lapse()
        self.rest()

    @precondition(lambda self: self.trouble)
    @rule()
    def rest(self) -> None:
        """Let everything come to rest, try again what did not end well, and compare."""
        self.at.rest()
        while unsure := self._unsure():
            self.counts["ended unsure, tried again"] += len(unsure)
            for key in unsure:
                self.again(key)
            self.at.rest()
        self._agree()

    def _unsure(self) -> list[str]:
        stored = self.at.filings()
        return [key for key, one in stored.items() if one.state is FilingState.FAILED]

    # what must hold

    @invariant()
    def once(self) -> None:
        """Compare what was accepted with what is stored, and see that all was done once at most."""
        if self.stage is None:
            return
        stored = self.at.filings()
        for key in self.trouble:
            one, count = self.model.wanted.get(key), len(self.at.events(key))
            assert (one is None) == (key not in stored), f"{key}: {one}"
            assert count < 2, f"{key}: attached {count} times"
            assert not (count and one and one.cancelled), f"{key}: attached, and cancelled"

    def _agree(self) -> None:
        self.counts["comparisons"] += 1
        stored = self.at.filings()
        for key, one in self.model.wanted.items():
            filing = stored[key]
            assert filing.state in self.model.ends(key), f"{key}: {filing.state}, {one}"
            assert self.at.told(filing), f"{key}: {self.at.channels.read[key]}"
            attached = self.at.attached(key)
            assert bool(attached) == (filing.state is FilingState.DONE), f"{key}: {attached}"
            if attached and not one.again:
                left_out = one.doubtful and one.answer is Answer.READY
                first, second = self.at.typed[key].files
                assert attached == ({first} if left_out else {first, second}), f"{key}: {attached}"
            self.model.rests(key, filing.state)

    def teardown(self) -> None:
        if self.stage is None:
            return
        try:
            self.rest()
            self.counts["runs"] += 1
            self.counts["accepted"] += len(self.model.wanted)
            self.counts["attached"] += len(self.model.done)
            self.counts["events"] += len(self.at.office.events)
            self.counts.update(self.at.counts)
        finally:
            self.at.close()


class SqliteMachine(Machine):
    """The same on the real SQLite store."""

    counts: ClassVar[Counter[str]] = Counter()

    def disk(self) -> Disk:
        self._folder = TemporaryDirectory(prefix="attachbot-stateful-")
        return SqliteDisk(Path(self._folder.name) / "attachbot.db")

    def teardown(self) -> None:
        super().teardown()
        self._folder.cleanup()


MACHINES: dict[str, type[Machine]] = {"memory": Machine, "sqlite": SqliteMachine}


def try_machine(
    machine: type[Machine], runs: int, steps: int, *, shrink: bool = True
) -> Counter[str]:
    """Try it, always in the same ways, and return what was counted.

    What fails is made as short as possible, which takes minutes; `shrink` False leaves it as it is.

    Raises:
        AssertionError: bot and model do not agree; its notes say how to get there.

    """
    machine.counts.clear()
    ways = settings(
        max_examples=runs,
        stateful_step_count=steps,
        derandomize=True,
        database=None,
        phases=(Phase.generate, *([Phase.shrink] if shrink else [])),
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    with listening() as told:
        run_state_machine_as_test(machine, settings=ways)
    assert not told.bugs, told.bugs[0]
    return Counter(machine.counts)


def main(argv: Sequence[str]) -> int:
    """Print the figures; 1 when bot and model do not agree."""
    parser = argparse.ArgumentParser(prog="python -m bench.prove stateful", description=__doc__)
    parser.add_argument("--runs", type=int, default=RUNS)
    parser.add_argument("--steps", type=int, default=STEPS, help="of each run, at most")
    given = parser.parse_args(argv)
    for name, machine in MACHINES.items():
        began = time.monotonic()
        try:
            counts = try_machine(machine, given.runs, given.steps)
        except AssertionError as error:
            print(f"{name}: {error}", *getattr(error, "__notes__", ()), sep="\n")
            return 1
        print(f"{name} ({time.monotonic() - began:.0f} s)")
        print("\n".join(f"  {what:<32}{count:>9}" for what, count in sorted(counts.items())))
    print("held")
    return 0
