"""What must hold at the end of a simulation, and what is counted of it."""

from __future__ import annotations

import dataclasses
from collections import Counter
from typing import TYPE_CHECKING

from bench.simulated_books import TAKES_UP, begun_anew, brought, loose, of_state, originals
from bot.domain import FileId, FilingState, ItemState
from bot.views.tell import tell

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bench.simulated_books import Told
    from bench.simulated_office import Written
    from bench.simulated_plan import Request
    from bench.simulated_world import World
    from bot.domain import Filing

MARGIN_SECONDS = 2.0
"""An intent is saved so long before its call is sent at most, while the disk is well."""
TRUE_OF_AN_EVENT = ("do not know whether", "I attached")
"""What is said of a request that did not end well, and whose files may be on the record."""
THERE_BEFORE = ("there before", "copies are in CRM now")
"""What is said of one that was taken up again after it had attached some of its files."""


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


def judge(world: World, seed: int, told: Told) -> Verdict:
    """Hold a simulation that has ended to the promises; `told` is what the bot's log said."""
    verdict = Verdict()
    verdict.counts.update(
        **{
            "simulations": 1,
            "lives ended": world.deaths,
            "attach calls": world.office.sent,
            "attach calls lost": world.office.lost,
            "files brought": len(world.office.digests),
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
            *_doubling(request, events, world, verdict.counts),
            *brought(request, filing, events, world, verdict.counts),
            *loose(request, filing, world, told, verdict.counts),
        ]
        if filing.id in world.books.given_up:
            verdict.counts["late looks given up"] += 1
        else:
            found += _reporting(request, filing, events, world, verdict.counts)
            found += _effect(request, filing, events, world)
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
    ours = request.numbers - world.office.gone
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


def _doubling(
    request: Request, events: Sequence[Written], world: World, counts: Counter[str]
) -> Sequence[str]:
    """See that no file was attached twice, and that there is an event a time that it was begun."""
    twice = _doubles(events, world)
    begun = 1 + sum(said in TAKES_UP for said in request.said)
    if not twice and len(events) <= begun:
        counts["events after a first"] += max(0, len(events) - 1)
        return []
    if _late(events, world):
        counts["doubled by a late call"] += 1
        return []
    counts["doubled"] += 1
    return [f"{len(events)} events, after {[event.acted - event.sent for event in events]} s"]


def _doubles(events: Sequence[Written], world: World) -> set[int]:
    """Return the events that have a file that another has, too."""
    times = Counter(file for event in events for file in originals(event, world))
    return {
        event.id for event in events if any(times[file] > 1 for file in originals(event, world))
    }


def _ever(request: Request, world: World) -> set[int]:
    """Return the events that had files of this request, whatever became of the files."""
    return {event.id for event in world.office.events if request.numbers & originals(event, world)}


def _reporting(
    request: Request,
    filing: Filing,
    events: Sequence[Written],
    world: World,
    counts: Counter[str],
) -> Sequence[str]:
    """Hold the bot to telling of every double, and of no other."""
    doubles = _doubles(events, world)
    reported = world.books.doubles.get(filing.id, set())
    if doubles <= reported <= (_ever(request, world) if doubles else set()):
        counts["doubled and reported"] += bool(doubles)
        return []
    counts["doubled and not reported"] += bool(doubles - reported)
    return [f"events {sorted(doubles)} are doubles, and {sorted(reported)} were reported"]


def _late(events: Sequence[Written], world: World) -> bool:
    """Say whether the portal acted on one of them when nobody needed to expect it any more."""
    fair = world.profile.quarantine - MARGIN_SECONDS
    return any(event.acted - event.sent >= fair for event in events)


def _effect(
    request: Request, filing: Filing, events: Sequence[Written], world: World
) -> Sequence[str]:
    """Compare what the person was told with what the portal did."""
    if filing.state is not FilingState.DONE:
        text = tell(filing).text
        true = (*TRUE_OF_AN_EVENT, *(THERE_BEFORE if begun_anew(request) else ()))
        if not events or any(words in text for words in true):
            return []
        return [f"{filing.state}, attached, and told {text!r}"]
    gone = world.office.gone  # what was deleted afterwards shows nothing
    told = of_state(filing, ItemState.ATTACHED) - gone
    present = of_state(filing, ItemState.PRESENT) - gone
    if not told and _late(events, world) and present:  # a later look saw what an earlier call did
        return []
    done = set[FileId]().union(*(originals(event, world) for event in events)) - gone
    # Of one that was begun anew, only what the last time attached is told as attached.
    known = told | present if begun_anew(request) else told
    wrong = []
    if done - known or told - done:
        wrong.append(f"the events have {sorted(done)}, and {sorted(told)} were told")
    nothing_new = begun_anew(request) and filing.event is None
    if told and not nothing_new and filing.event not in {event.id for event in events}:
        wrong.append(f"event {filing.event} is none of its own")
    return wrong
