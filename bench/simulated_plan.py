"""What one seed has in store: people, requests, deliveries, weather and deaths."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from bench.simulated_bringing import NOTHING, bringing_of
from bench.simulated_files import SlackWeather
from bench.simulated_office import RECORDS, Weather, Window
from bot.domain import (
    Answer,
    EntityName,
    EntityRef,
    EntityType,
    FileId,
    ItemState,
    Record,
    SlackUser,
    UntypedNumber,
)
from bot.grammar import Attach

if TYPE_CHECKING:
    import random
    from collections.abc import Sequence

    from bench.simulated_files import Shared

ANA, BEN = SlackUser("T1", "ana"), SlackUser("T1", "ben")
FIRST_HOUR = 3600.0
DAY = 86_400.0
BRINGING = 0.6
"""How many requests have something that is to be brought into the portal."""
OTHERS = (
    ItemState.READY,
    ItemState.READY,
    ItemState.MISPLACED,
    ItemState.HIDDEN,
    ItemState.MISSING,
    ItemState.PRESENT,
    ItemState.TRASHED,
)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """How long the bot waits before it repeats, and how late the portal acts; in seconds."""

    quarantine: float = 60
    latest: float = 57
    """A little less than the quarantine, as an intent is saved shortly before it is sent."""


@dataclasses.dataclass(slots=True)
class Request:
    """One command or form; Slack delivers it several times. `vanishes` is a file deleted meanwhile.

    `shared` are files in Slack, and `written` is a text (its number, and the words) that is to be
    put on the record with the files that lie in the portal. `stops` is when its person clicks on
    *Stop*, if that is there. `said` is what they answered.
    """

    key: str
    by: SlackUser
    attach: Attach
    states: dict[FileId, ItemState]
    deliveries: list[float]
    vanishes: tuple[FileId, float] | None = None
    shared: Sequence[Shared] = ()
    written: tuple[FileId, str] | None = None
    stops: Sequence[float] = ()
    patience: int = 6
    acknowledged: bool = False
    said: list[Answer | EntityRef] = dataclasses.field(default_factory=list)

    @property
    def channel(self) -> str:
        return self.key

    @property
    def numbers(self) -> set[FileId]:
        """By which its files are known: those in the portal, those in Slack, and the text."""
        written = {self.written[0]} if self.written else set()
        return {*self.states, *(file.number for file in self.shared), *written}


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Everything that is decided before a simulation begins."""

    requests: list[Request]
    connected: list[SlackUser]
    weather: Weather
    slack_trouble: float
    slack_weather: SlackWeather
    deaths: int
    eagerness: float
    """How often a person clicks when nothing asks for it."""


def plan_of(profile: Profile, dice: random.Random) -> Plan:
    crowded = dice.random() < 0.05
    count = dice.randint(10, 24) if crowded else dice.randint(1, 4)
    span = dice.choice((0.1, 5.0, 60.0))
    records = RECORDS if crowded else RECORDS[:2]
    requests = [_request(number, span, records, dice) for number in range(1, count + 1)]
    return Plan(
        requests=requests,
        connected=[ANA, BEN] if dice.random() < 0.8 else [ANA],
        weather=_weather(profile, dice, crowded=crowded),
        slack_trouble=dice.choice((0.0, 0.0, 0.1, 0.3)),
        slack_weather=SlackWeather(
            looks=dice.choice((0.0, 0.1, 0.4)),
            streams=dice.choice((0.0, 0.2, 0.5)),
            pace=dice.choice((0.1, 0.1, 1.0, 6.0)),
            outages=_windows(dice, (10.0, 100.0, 2000.0)),
        ),
        deaths=dice.choice((0, 1, 1, 2, 4, 8)),
        eagerness=dice.choice((0.0, 0.2, 0.6)),
    )


def _weather(profile: Profile, dice: random.Random, *, crowded: bool) -> Weather:
    return Weather(
        reads=dice.choice((0.0, 0.02, 0.1, 0.3)),
        changes=dice.choice((0.1, 0.4, 0.8)),
        uploads=dice.choice((0.0, 0.1, 0.5)),
        slow=dice.choice((0.3, 0.9)) if crowded else dice.choice((0.0, 0.0, 0.05, 0.3)),
        latest=profile.latest,
        outages=_windows(dice, (10.0, 100.0, 2000.0, 2 * DAY)),
        refused=_windows(dice, (5.0, 100.0, 2000.0)),
        expiries=sorted(dice.random() * 300 for _ in range(dice.choice((0, 0, 0, 1, 2)))),
    )


def _windows(dice: random.Random, lengths: tuple[float, ...]) -> list[Window]:
    if dice.random() < 0.75:
        return []
    begin = dice.random() * dice.choice((3.0, 30.0, 300.0))
    return [(begin, begin + dice.random() * dice.choice(lengths))]


def _request(
    number: int, span: float, records: Sequence[EntityRef], dice: random.Random
) -> Request:
    record = _record(records, dice)
    brings = dice.random() < BRINGING
    count = dice.randint(0, 2) if brings else dice.randint(1, 3)
    files = [FileId(1000 * number + place) for place in range(count)]
    choices = (ItemState.READY,) if dice.random() < 0.6 else OTHERS
    states = {file: dice.choice(choices) for file in files}
    begin = dice.random() * span
    return Request(
        key=f"request {number}",
        by=dice.choice((ANA, BEN)),
        attach=Attach(record=record, files=tuple(files), note=dice.choice(("", "", "", "A note"))),
        states=states,
        deliveries=[begin + dice.random() * 8 for _ in range(dice.randint(1, 4))],
        vanishes=_vanishing(files, dice),
        **(bringing_of(FileId(1000 * number + 10), begin, dice) if brings else NOTHING),
    )


def _vanishing(files: list[FileId], dice: random.Random) -> tuple[FileId, float] | None:
    if len(files) < 2 or dice.random() < 0.9:
        return None
    return dice.choice(files), dice.random() * 100


def _record(records: Sequence[EntityRef], dice: random.Random) -> Record:
    drawn = dice.random()
    if drawn < 0.85:
        return dice.choice(records)
    if drawn < 0.95:
        return EntityName(EntityType.CASE, dice.choice(("Acme", "Zenith", "Nobody")))
    return UntypedNumber(2) if drawn < 0.98 else EntityRef(EntityType.CASE, 99)
