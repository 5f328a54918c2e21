"""Many requests of one person: begun one after the other, kept over a restart, refused at last."""

from __future__ import annotations

import asyncio
import dataclasses
import re
import sqlite3
from contextlib import closing
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain import FilingState
from bot.errors import TooManyWaitingError
from bot.filing.pace import MINUTE, Limits, begins, is_delayed, paced
from storage.ports import Pace, Standing
from storage.sqlite import open_store
from tests.builders import NOON, filing_of
from tests.sharing import CASE_7, CASE_9

if TYPE_CHECKING:
    from pathlib import Path

    from bot.domain import Filing
    from bot.sandbox.slack import Exchange, Shown
    from storage.sqlite import SqliteStore
    from tests.world import World

USUAL = Limits()
REFUSED = -1.0
FEW = Limits(a_minute=3, waiting=5)


def after(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


@pytest.mark.parametrize(
    ("accepted", "now", "at"),
    [
        ([], 0, 0),
        ([0] * 29, 0, 0),
        ([0] * 30, 0, 2),
        ([0] * 39, 0, 20),
        ([0] * 30, 2, 2),
        ([0] * 30, 1, 2),
        ([0] * 60, 62, 62),
        ([0] * 60, 60, 62),
        (list(range(0, 600, 2)), 600, 600),
        ([0] * 200, 400, 400),
    ],
    ids=str,
)
def test_when_a_request_begins(accepted: list[int], now: int, at: int):
    assert begins(after(now), map(after, accepted), USUAL) == after(at)


@given(
    gaps=st.lists(st.floats(0, 200), max_size=80), a_minute=st.integers(1, 40), start=st.booleans()
)
def test_no_minute_sees_more_than_twice_the_limit_begin_and_order_is_kept(
    gaps: list[float], a_minute: int, start: bool
):
    limits = Limits(a_minute=a_minute)
    now = NOON
    accepted: list[datetime] = []
    begun: list[datetime] = []
    for gap in gaps if start else [0.0] * len(gaps):
        now += timedelta(seconds=gap)
        begun.append(begins(now, accepted, limits))
        accepted.append(now)

    assert begun == sorted(begun)
    assert all(at >= when for at, when in zip(begun, accepted, strict=True))
    for first in begun:
        within = sum(first <= at < first + MINUTE for at in begun)
        # A rested minute may be used at once, and while it is, the next one fills.
        assert within <= 2 * a_minute


def test_what_waits_for_its_person_is_not_delayed_and_counts():
    waiting = filing_of(state=FilingState.WAITING)

    assert paced(waiting, Standing([waiting.accepted_at] * 30, 30), USUAL) == waiting


def test_a_delayed_filing_says_so_until_it_has_begun():
    later = paced(filing_of(), Standing([NOON] * 40, 40), USUAL)

    assert is_delayed(later)
    assert not is_delayed(filing_of())
    for begun in ({"looked": True}, {"troubles": 1}, {"state": FilingState.WAITING}):
        assert not is_delayed(dataclasses.replace(later, **begun))
    assert not is_delayed(filing_of(spoken=True, wake_at=NOON))


def test_what_begins_at_once_is_left_as_it_is():
    filing = filing_of(wake_at=after(2))

    assert paced(filing, Standing([NOON] * 30, 30), USUAL) is filing


@pytest.mark.parametrize(("unfinished", "taken"), [(199, True), (200, False), (201, False)])
def test_so_many_may_wait_and_no_more(unfinished: int, taken: bool):
    standing = Standing([], unfinished)

    if taken:
        assert paced(filing_of(), standing, USUAL)
    else:
        with pytest.raises(TooManyWaitingError):
            paced(filing_of(), standing, USUAL)


async def test_d1_acceptances_of_one_commit_count_for_one_another(tmp_path: Path):
    def pace(limits: Limits) -> Pace:
        return Pace(
            since=NOON - limits.memory,
            counted=limits.counted,
            then=lambda filing, standing: paced(filing, standing, limits),
        )

    async def delay(store: SqliteStore, filing: Filing) -> float:
        try:
            stored, _ = await store.filings.accept(filing, pace=pace(FEW))
        except TooManyWaitingError:
            return REFUSED
        return (stored.wake_at - stored.accepted_at).total_seconds()

    async with open_store(f"sqlite:///{tmp_path / 'a.db'}") as store:
        told = await asyncio.gather(*(delay(store, filing_of()) for _ in range(7)))

    assert told == [0, 0, 0, 20, 40, REFUSED, REFUSED]


# through the front door


def delayed(exchanges: list[Exchange]) -> list[str]:
    return [one.said["text"] for one in exchanges if one.said]


async def test_d1_who_sends_many_is_told_and_another_is_answered_as_before(unstarted: World):
    await unstarted.start(ATTACHBOT_REQUESTS_A_MINUTE="3", ATTACHBOT_WAITING_REQUESTS="10")
    await unstarted.connect()
    await unstarted.connect(user="U0BEN", name="Ben Ito")

    files = range(10, 30)
    flood = [await unstarted.slack.command(f"case 7 {file}") for file in files]
    other = await unstarted.say("case 9 12", user="U0BEN")
    await unstarted.say("status")
    [first, *_] = told = delayed(flood)

    assert re.fullmatch(
        r"You sent many requests\. I go on in (1\d|20) seconds; you need not repeat them\. "
        r"This one is stored, and changed nothing in CRM so far\.",
        first,
    )
    refusal = (
        "10 of your requests wait, so I did not take this one. Nothing was changed, and nothing "
        "of it is stored. The others go on by themselves. Send it again when some of them are done."
    )
    assert refusal in told
    assert other.text.startswith("Attached 1 file to Case #9")
    assert len(flood) - len(told) == 3
    stored = len(flood) - told.count(refusal)
    assert ready_or_done(unstarted, "U0ANA") == stored


async def test_d1_a_restart_forgets_neither_what_was_asked_nor_how_much(unstarted: World):
    few = {"ATTACHBOT_REQUESTS_A_MINUTE": "2"}
    await unstarted.start(**few)
    await unstarted.connect()
    for wish in ("case 7 12", "case 7 13", "case 9 12"):
        await unstarted.slack.command(wish)
    await unstarted.stop()
    await unstarted.start(**few)

    fourth = await unstarted.slack.command("case 9 13")

    assert fourth.said is not None
    assert fourth.said["text"].startswith("You sent many requests. I go on in ")
    await unstarted.stop()
    hurry(unstarted)
    await unstarted.start(**few)
    seen = unstarted.slack.workspace.history
    await unstarted.slack.until(lambda: _attached(seen) == 4 or None)
    assert [len(unstarted.portal.events_of(case)) for case in (CASE_7, CASE_9)] == [3, 2]


def _attached(seen: list[Shown]) -> int:
    return sum("Attached 1 file" in one.text for one in seen)


def ready_or_done(world: World, user: str) -> int:
    with closing(sqlite3.connect(path(world))) as db:
        counting = "select count(*) from filings where user = ?"
        return int(db.execute(counting, (user,)).fetchone()[0])


def hurry(world: World) -> None:
    """Let the time come at which every request begins; the bot does not run."""
    with closing(sqlite3.connect(path(world))) as db, db:
        db.execute(
            "update filings set body = json_set(body, '$.wake_at', accepted_at),"
            " wake_at = accepted_at where state = 'ready'"
        )


def path(world: World) -> str:
    return world.settings.database_url.removeprefix("sqlite:///")
