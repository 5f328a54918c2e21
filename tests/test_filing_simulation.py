"""Filings against a portal that loses answers, acts late, and a bot that is killed: attached once.

Nothing sleeps here: the clock is a number, and the portal is a list of events.
"""

from __future__ import annotations

import dataclasses
import random
from collections import Counter
from datetime import datetime, timedelta

from bot.domain import Entity, EntityRef, EntityType, FileId, Filing, FilingState, Item, ItemState
from bot.domain import PortalFile as File
from bot.errors import OutcomeUnknownError, PortalAwayError
from bot.filing import late, outcomes
from bot.filing.decide import (
    Attach,
    GiveUp,
    Look,
    LookLate,
    ReadBack,
    Rest,
    Say,
    SayProgress,
    Settle,
    Step,
    next_step,
)
from bot.filing.doubles import looked_late
from bot.filing.troubles import troubled
from bot.portal.model import Event
from tests.builders import NOON, OFFICE, filing_of

RUNS = 300
QUARANTINE = timedelta(seconds=60)
KEEP = timedelta(minutes=15)
ACME = Entity(ref=EntityRef(EntityType.CASE, 7), title="Acme onboarding")
FILES = tuple(File(id=FileId(number), title=f"{number}.pdf") for number in (12, 13))


class Killed(Exception):  # noqa: N818  (it is no error of anybody)
    """The bot died here: what it had in memory is gone."""


class Life:
    """One filing from its acceptance to its end; `events` are when the portal attaches its files.

    An attach may be lost on its way, act at once, or act later; its answer may be lost. The bot
    may be killed before and after everything it does.
    """

    def __init__(self, seed: int, *, latest: float, quarantine: timedelta = QUARANTINE) -> None:
        self.dice = random.Random(seed)  # noqa: S311  (a seed lets a run happen again)
        self.latest = latest
        self.quarantine = quarantine
        self.now = NOON
        self.saved = filing_of(items=tuple(Item(source=file.id) for file in FILES))
        self.events: list[datetime] = []
        self.told = 0
        self.sent = 0
        self.slowest = 0.0

    def run(self) -> Filing:
        """Live until the filing is over; after each death the saved filing is all there is."""
        for _ in range(500):
            try:
                if self.advance():
                    return self.saved
            except Killed:
                self.now += timedelta(seconds=self.dice.choice([0, 2, 30, 300]))
        raise AssertionError("it never ended")

    def advance(self) -> bool:
        """Take the next step from what is saved, or say that there is none."""
        step = next_step(self.saved, self.now, self.quarantine)
        if isinstance(step, Rest):
            self.now = step.until or self.now
            return step.until is None
        if isinstance(step, Attach):
            self.saved = outcomes.attaching(self.saved, step.files, self.now)
        self.may_be_killed()
        after = self.perform(step)
        self.may_be_killed()
        self.saved = after
        return False

    def may_be_killed(self) -> None:
        if self.dice.random() < 0.1:
            raise Killed

    def perform(self, step: Step) -> Filing:
        """Do a step as the bot does, with the portal and the way to it as they happen to be."""
        self.now += timedelta(seconds=self.dice.random())
        try:
            return self.done(step)
        except (OutcomeUnknownError, PortalAwayError) as error:
            lost, chance = isinstance(step, Attach), self.dice.random()
            if isinstance(step, LookLate):
                return late.not_now(self.saved, self.now, chance=chance)
            return troubled(self.saved, error, self.now, keep=KEEP, chance=chance, lost=lost)

    def done(self, step: Step) -> Filing:
        filing = self.saved
        match step:
            case Say():
                self.told += 1
                return outcomes.said(filing, filing.reply)
            case SayProgress():
                return dataclasses.replace(filing, spoken=True)
            case Look():
                return outcomes.looked(filing, self.seen(), self.now, KEEP)
            case Attach():
                return outcomes.attached(filing, self.attach(), FILES, self.now)
            case Settle():
                newest = self.newest()
                if filing.attempt and newest > filing.attempt.watermark:
                    return outcomes.attached(filing, newest, FILES, self.now)
                return outcomes.not_settled(outcomes.calm(filing), self.now)
            case ReadBack():
                return outcomes.read_back(filing, FILES, self.now)
            case GiveUp():
                return outcomes.failed(filing, OutcomeUnknownError(OFFICE), self.now)
            case LookLate():
                since = filing.late.attempt.watermark if filing.late else 0
                found = range(since + 1, self.newest() + 1)
                return looked_late(filing, [Event(id_, FILES) for id_ in found], self.now)
        raise AssertionError(step)

    def newest(self) -> int:
        """Return the id of the newest event: they are counted."""
        if self.dice.random() < 0.1:
            raise PortalAwayError(OFFICE)
        return sum(moment <= self.now for moment in self.events)

    def seen(self) -> outcomes.Sight:
        newest = self.newest()
        state = ItemState.PRESENT if newest else ItemState.READY
        items = [Item(source=file.id, state=state, file=file) for file in FILES]
        there = FILES if newest else ()
        return outcomes.Sight(
            entity=ACME, on_record=there, items=items, author="ana", watermark=newest
        )

    def attach(self) -> int:
        """Attach now, later or never, and answer or not."""
        self.sent += 1
        match self.dice.choice(["busy", "lost", "late", "unanswered", "answered", "answered"]):
            case "busy":
                raise PortalAwayError(OFFICE)
            case "late":
                late = self.dice.random() * self.latest
                self.slowest = max(self.slowest, late)
                self.events.append(self.now + timedelta(seconds=late))
            case "unanswered":
                self.events.append(self.now)
            case "answered":
                self.events.append(self.now)
                return len(self.events)
        raise OutcomeUnknownError(OFFICE)


def lives(*, latest: float, quarantine: timedelta = QUARANTINE) -> list[tuple[Life, Filing]]:
    """Return many lives and how each ended; `latest` is how late the portal acts at most."""
    begun = [Life(seed, latest=latest, quarantine=quarantine) for seed in range(RUNS)]
    return [(life, life.run()) for life in begun]


def test_no_lost_answer_and_no_crash_attaches_twice_or_goes_untold():
    for life, filing in lives(latest=55):
        assert len(life.events) <= 1
        assert (filing.state is FilingState.DONE) == (len(life.events) == 1)
        assert filing.over
        assert life.told >= 1


def test_the_runs_do_meet_lost_answers_repeats_and_requests_that_are_given_up():
    runs = lives(latest=55)
    ends = Counter(filing.state for _, filing in runs)

    assert ends[FilingState.DONE] > RUNS / 2
    assert ends[FilingState.FAILED] > 0
    assert sum(life.sent > 1 for life, _ in runs) > RUNS / 10


def test_without_the_quarantine_the_same_runs_attach_twice():
    runs = lives(latest=55, quarantine=timedelta(0))

    assert any(len(life.events) > 1 for life, _ in runs)


def test_only_a_portal_that_acts_after_the_quarantine_attaches_twice():
    doubled = [life for life, _ in lives(latest=600) if len(life.events) > 1]

    assert doubled
    assert all(life.slowest > 59 for life in doubled)


def test_a_portal_that_acts_up_to_ten_minutes_late_doubles_nothing_unreported():
    for life, filing in lives(latest=600):
        assert len(filing.doubles) == (len(life.events) if len(life.events) > 1 else 0)
        assert (filing.state is FilingState.DONE) == (len(life.events) > 0)
        assert filing.over
