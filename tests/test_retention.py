"""What is over is forgotten in time; what is not, or may be sent again, stays."""

from __future__ import annotations

import asyncio
import dataclasses
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from bot.domain import FilingState, SlackUser
from bot.errors import StoreError
from bot.filing.retention import sweep, sweeping
from storage.sqlite import open_store
from tests.builders import filing_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from bot.domain import Filing
    from storage.sqlite import SqliteStore
    from tests.world import World

ONE_MODE = pytest.mark.parametrize("unstarted", ["http"], indirect=True)
NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
DEFAULT = timedelta(days=30)


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[SqliteStore]:
    async with open_store(f"sqlite:///{tmp_path}/bot.db") as opened:
        yield opened


def over(days: float, state: FilingState = FilingState.DONE, **facts: Any) -> Filing:
    """Return a filing that ended so many days ago, told and all."""
    ended = NOW - timedelta(days=days)
    given = {"accepted_at": ended, "finished_at": ended, "state": state, **facts}
    return filing_of(**given)


@pytest.mark.parametrize(
    ("filing", "keep", "stays"),
    [
        (over(29.9), 30, True),
        (over(30.1), 30, False),
        (over(30.1, FilingState.CANCELLED), 30, False),
        (over(30.1, FilingState.FAILED), 30, True),
        (over(89.9, FilingState.FAILED), 30, True),
        (over(90.1, FilingState.FAILED), 30, False),
        (over(6.9), 7, True),
        (over(7.1), 7, False),
        (over(7.1, FilingState.FAILED), 7, True),
        (over(399.0, FilingState.FAILED), 400, True),
        (over(401.0, FilingState.FAILED), 400, False),
        (over(99.0, unsaid=True), 30, True),
        (over(99.0, FilingState.READY, finished_at=None), 30, True),
        (over(99.0, FilingState.WAITING, finished_at=None), 30, True),
        (over(10.0, accepted_at=NOW - timedelta(days=99)), 30, True),
    ],
    ids=lambda value: f"{value.state}" if hasattr(value, "state") else str(value),
)
async def test_what_is_over_is_kept_for_its_days_and_all_else_for_good(
    store: SqliteStore, filing: Filing, keep: int, stays: bool
):
    await store.filings.accept(filing)

    swept = await sweep(store.filings, timedelta(days=keep), NOW)

    assert swept == (0 if stays else 1)
    assert await store.filings.get(filing.id) == (filing if stays else None)


async def test_a_sweep_takes_a_thousand_with_their_items_and_leaves_the_others(
    store: SqliteStore, tmp_path: Path
):
    kept = [over(1), filing_of()]
    await asyncio.gather(*(store.filings.accept(over(31)) for _ in range(1_000)))
    await asyncio.gather(*(store.filings.accept(filing) for filing in kept))

    assert await sweep(store.filings, DEFAULT, NOW) == 1_000

    assert [await store.filings.get(filing.id) for filing in kept] == kept
    with closing(sqlite3.connect(tmp_path / "bot.db")) as database:
        assert database.execute("select count(*) from filings").fetchone() == (2,)
        assert database.execute("select distinct filing from items").fetchall() == [
            (one,) for one in sorted(filing.id for filing in kept)
        ]


async def test_commands_are_accepted_while_a_sweep_goes_on(store: SqliteStore):
    await asyncio.gather(*(store.filings.accept(over(31)) for _ in range(1_000)))
    sweeping_up = asyncio.create_task(sweep(store.filings, DEFAULT, NOW))
    await asyncio.sleep(0)

    await store.filings.accept(filing_of())

    assert not sweeping_up.done()
    assert await sweeping_up == 1_000


async def test_a_delivery_repeated_after_the_sweep_finds_its_filing(store: SqliteStore):
    first = over(6.9, dedupe_key="command:T1:1")
    await store.filings.accept(first)
    await sweep(store.filings, timedelta(days=7), NOW)

    assert await store.filings.accept(filing_of(dedupe_key="command:T1:1")) == (first, False)


async def test_what_is_asked_for_again_just_before_a_sweep_stays(store: SqliteStore):
    failed = over(91, FilingState.FAILED)
    await store.filings.accept(failed)
    again = dataclasses.replace(failed, state=FilingState.READY, finished_at=None)
    saved = await store.filings.save(again)

    assert await sweep(store.filings, DEFAULT, NOW) == 0
    assert await store.filings.get(failed.id) == saved


class Broken:
    """A store that fails at first, and tells when it was asked for the third time."""

    def __init__(self) -> None:
        self.asked: list[tuple[datetime, datetime]] = []
        self.thrice = asyncio.Event()

    async def sweep(self, ended: datetime, failed: datetime, /) -> int:
        self.asked.append((ended, failed))
        if len(self.asked) == 1:
            raise StoreError("full")
        if len(self.asked) == 3:
            self.thrice.set()
        return 0


async def test_a_sweep_that_fails_is_made_again_and_the_end_of_the_block_ends_it():
    broken = Broken()

    async with sweeping(broken, DEFAULT, lambda: NOW, every=timedelta(milliseconds=1)):
        await asyncio.wait_for(broken.thrice.wait(), 20)
    asked = len(broken.asked)
    await asyncio.sleep(0.01)

    assert set(broken.asked) == {(NOW - DEFAULT, NOW - timedelta(days=90))}
    assert len(broken.asked) == asked


@ONE_MODE
async def test_a_bot_that_starts_forgets_what_is_old(unstarted: World):
    long_ago = datetime.now(UTC) - timedelta(days=8)
    ana = SlackUser(unstarted.slack.team, "U0ANA")
    old, older = (
        filing_of(ana, state=FilingState.DONE, accepted_at=at, finished_at=at)
        for at in (long_ago, long_ago - timedelta(days=30))
    )
    async with open_store(unstarted.settings.database_url) as store:
        await store.filings.accept(old)
        await store.filings.accept(older)

    await unstarted.start()
    await unstarted.slack.command("case 7 12")  # is stored after the sweep, in the same line
    await unstarted.stop()

    async with open_store(unstarted.settings.database_url) as store:
        assert await store.filings.get(older.id) is None
        assert await store.filings.get(old.id) == old
    await unstarted.start(ATTACHBOT_KEEP_RECEIPTS_DAYS="7")
    await unstarted.slack.command("case 7 12")
    await unstarted.stop()
    async with open_store(unstarted.settings.database_url) as store:
        assert await store.filings.get(old.id) is None
