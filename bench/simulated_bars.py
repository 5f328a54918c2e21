"""What must hold at the end of a simulation, and what is counted of it."""

from __future__ import annotations

import dataclasses
from collections import Counter
from typing import TYPE_CHECKING

from bot.domain import Filing, FilingState, ItemState
from bot.views.tell import tell
from bot.views.words import asked

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bench.simulated_office import Written
    from bench.simulated_plan import Request
    from bench.simulated_world import World

MARGIN_SECONDS = 2.0
"""An intent is saved so long before its call is sent at most, while the disk is well."""
TRUE_OF_AN_EVENT = ("do not know whether", "I attached")
"""What is said of a request that did not end well, and whose files may be on the record."""


@dataclasses.dataclass
class Verdict:
    """What one simulation, or many, showed; `missed` are bars with their seeds."""

    counts: Counter[str] = dataclasses.field(default_factory=Counter)
    missed: list[str] = dataclasses.field(default_factory=list)

    @property
    def doubled(self) -> int:
        return self.counts["doubled"] + self.counts["doubled by a late call"]

    def add(self, other: Verdict) -> None:
        self.counts += other.counts
        self.missed += other.missed


def judge(world: World, seed: int) -> Verdict:
    """Hold a simulation that has ended to the promises."""
    verdict = Verdict()
    verdict.counts.update(
        **{
            "simulations": 1,
            "lives ended": world.deaths,
            "attach calls": world.office.sent,
            "attach calls lost": world.office.lost,
        }
    )
    for request in world.plan.requests:
        filing = world.books.by_key(request.key)
        if filing is None:
            verdict.counts["not accepted"] += 1
            if request.acknowledged:
                verdict.missed.append(f"seed {seed}, {request.key}: acknowledged and not stored")
            continue
        _count(verdict.counts, filing)
        events = _events_of(request, world)
        found = [
            *_ending(request, filing, world, verdict.counts),
            *_doubling(events, world, verdict.counts),
        ]
        if filing.id in world.books.given_up:
            verdict.counts["late looks given up"] += 1
        else:
            found += _reporting(filing, events, _ever(request, world), verdict.counts)
            found += _effect(filing, events, world)
        verdict.missed += [f"seed {seed}, {request.key}: {wrong}" for wrong in found]
    return verdict


def _count(counts: Counter[str], filing: Filing) -> None:
    counts["accepted"] += 1
    counts[filing.state] += 1
    if filing.failure is not None and filing.failure.error == "SetAsideError":
        counts["set aside"] += 1
    attempt = filing.attempt
    if attempt is not None and attempt.unknown:
        counts["answers lost"] += 1
    if attempt is not None and attempt.repeats:
        counts["repeated"] += 1


def _events_of(request: Request, world: World) -> list[Written]:
    """Return the events that show files of this request."""
    ours = set(request.states) - world.office.gone
    return [
        event
        for event in world.office.events
        if ours & {world.office.origin(file) for file in event.files}
    ]


def _ending(request: Request, filing: Filing, world: World, counts: Counter[str]) -> Sequence[str]:
    if not filing.over:
        return [f"never ended: {filing.state}"]
    if filing.failure is not None and filing.failure.error == "UnexpectedError":
        return ["a bug"]
    read = world.channels.read[request.channel]
    if read and read[-1] == tell(filing).text:
        return []
    if filing.untold:
        counts["answers left to /attach status"] += 1
        return []
    return [f"{filing.state}, and the last thing told is {read[-1:]}"]


def _doubling(events: Sequence[Written], world: World, counts: Counter[str]) -> Sequence[str]:
    if len(events) < 2:
        return []
    if _late(events, world):
        counts["doubled by a late call"] += 1
        return []
    counts["doubled"] += 1
    return [f"{len(events)} events, after {[event.acted - event.sent for event in events]} s"]


def _ever(request: Request, world: World) -> set[int]:
    """Return the events that had files of this request, whatever became of the files."""
    return {
        event.id
        for event in world.office.events
        if set(request.states) & {world.office.origin(file) for file in event.files}
    }


def _reporting(
    filing: Filing, events: Sequence[Written], ever: set[int], counts: Counter[str]
) -> Sequence[str]:
    """Hold the bot to telling of every double, and of no other."""
    doubles = {event.id for event in events} if len(events) > 1 else set()
    if doubles <= set(filing.doubles) <= ever:
        counts["doubled and reported"] += bool(doubles)
        return []
    counts["doubled and not reported"] += 1
    return [f"events {sorted(doubles)}, and {filing.doubles} were reported"]


def _late(events: Sequence[Written], world: World) -> bool:
    """Say whether the portal acted on one of them when nobody needed to expect it any more."""
    fair = world.profile.quarantine - MARGIN_SECONDS
    return any(event.acted - event.sent >= fair for event in events)


def _effect(filing: Filing, events: Sequence[Written], world: World) -> Sequence[str]:
    """Compare what the person was told with what the portal did."""
    if filing.state is not FilingState.DONE:
        text = tell(filing).text
        if not events or any(words in text for words in TRUE_OF_AN_EVENT):
            return []
        return [f"{filing.state}, attached, and told {text!r}"]
    attached = set(asked(item for item in filing.items if item.state is ItemState.ATTACHED))
    told = attached - world.office.gone  # what was deleted afterwards shows nothing
    present = asked(item for item in filing.items if item.state is ItemState.PRESENT)
    if not told and _late(events, world) and present:  # a later look saw what an earlier call did
        return []
    wrong = [
        f"event {event.id} has {sorted(files)}, and {sorted(told)} were told"
        for event in events
        if ((files := {world.office.origin(file) for file in event.files}) ^ told)
        - world.office.gone
    ]
    if bool(events) != bool(told):
        wrong.append(f"{len(events)} events, and {sorted(told)} were told")
    if told and filing.event not in {event.id for event in events}:
        wrong.append(f"event {filing.event} is none of its own")
    return wrong
