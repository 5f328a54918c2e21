"""What people and Slack hear while the bot cannot write: nothing is taken that is not kept."""

from __future__ import annotations

import contextlib
import json
import resource
import sqlite3
from contextlib import asynccontextmanager, closing
from typing import TYPE_CHECKING

import pytest

from bench.office import Office, an_office

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

SAID = "I cannot save requests just now. Nothing was accepted and nothing was changed."
UNINSTALLED = {"type": "app_uninstalled"}


@pytest.fixture
async def office() -> AsyncIterator[Office]:
    async with an_office() as opened:
        yield opened


@asynccontextmanager
async def a_bot(office: Office) -> AsyncIterator[int]:
    """Run the bot as a process of its own, with Ana connected, and yield its id."""
    async with office.bot() as bot:
        await office.connect(bot)
        office.slack.deliver_to = bot.events_url
        yield bot.pid


@contextlib.contextmanager
def full_disk(pid: int) -> Iterator[None]:
    """Let no file of that process grow for the length of the block."""
    soft, hard = resource.prlimit(pid, resource.RLIMIT_FSIZE)
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (1, hard))
    try:
        yield
    finally:
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (soft, hard))


@contextlib.contextmanager
def held_database(office: Office) -> Iterator[None]:
    """Write to the database from another process's place, and not come to an end."""
    path = office.folder / "attachbot.db"
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("begin immediate")
        try:
            yield
        finally:
            other.execute("rollback")


async def test_d5_a_full_disk_is_said_to_people_and_to_slack(office: Office):
    async with a_bot(office) as pid:
        with full_disk(pid):
            command = await office.slack.command("case 7 12,13")
            event = await office.slack.event(UNINSTALLED)
        refused = office.filings()
        again = await office.slack.command("case 7 12,13")
        answer = await office.slack.answer(again, "Attached 2 files")

    assert command.ack.status == 200
    assert SAID in json.dumps(command.ack.body)
    assert event.ack.status == 503
    assert refused == 0
    assert "Case #7" in answer.text


async def test_d5_a_database_that_somebody_holds_is_said_within_slacks_three_seconds(
    office: Office,
):
    async with a_bot(office):
        with held_database(office):
            command = await office.slack.command("case 7 12,13")

    assert command.ack.status == 200
    assert SAID in json.dumps(command.ack.body)
    assert office.filings() == 0
