"""A backup is whole, private and new, and a bot that starts on it goes on where it was."""

from __future__ import annotations

import asyncio
import sqlite3
import stat
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from bot.errors import StoreError
from bot.sandbox.portal_faults import Fault
from storage.backup import back_up
from storage.sqlite import open_store
from tests.builders import filing_of
from tests.processes import ran

if TYPE_CHECKING:
    from pathlib import Path

    from tests.world import World

ONE_MODE = pytest.mark.parametrize("unstarted", ["http"], indirect=True)
ANSWERS = ("Attached", "Already on")


def url_of(path: Path) -> str:
    return f"sqlite:///{path}"


def names_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


async def stored(path: Path, count: int) -> None:
    """Make a database with so many filings."""
    async with open_store(url_of(path)) as store:
        await asyncio.gather(*(store.filings.accept(filing_of()) for _ in range(count)))


async def test_a_backup_has_what_was_accepted_before_it_and_holds_nobody_up(tmp_path: Path):
    source, copy = tmp_path / "bot.db", tmp_path / "copy.db"
    before, meanwhile = [filing_of() for _ in range(50)], [filing_of() for _ in range(50)]
    async with open_store(url_of(source)) as store:
        await asyncio.gather(*(store.filings.accept(filing) for filing in before))

        count, *accepted = await asyncio.gather(
            asyncio.to_thread(back_up, url_of(source), copy),
            *(store.filings.accept(filing) for filing in meanwhile),
        )

        assert accepted == [(filing, True) for filing in meanwhile]
    assert count == copy.stat().st_size
    async with open_store(url_of(copy)) as store:
        found = {id_ for id_, _ in await store.filings.unfinished()}
        assert {filing.id for filing in before} <= found
        assert [await store.filings.get(filing.id) for filing in before] == before


async def test_a_backup_is_one_file_that_nobody_else_may_read(tmp_path: Path):
    source, copy = tmp_path / "bot.db", tmp_path / "copy.db"
    await stored(source, 1)

    back_up(url_of(source), copy)

    assert names_in(tmp_path) == ["bot.db", "bot.db.lock", "copy.db"]
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    address = f"{copy.as_uri()}?immutable=1"
    with closing(sqlite3.connect(address, uri=True)) as read_only_disk:
        assert read_only_disk.execute("select count(*) from filings").fetchone() == (1,)


async def test_the_remains_of_a_backup_that_was_killed_are_no_hindrance(tmp_path: Path):
    await stored(tmp_path / "bot.db", 1)
    (tmp_path / ".copy.db.part").write_text("half a backup")

    back_up(url_of(tmp_path / "bot.db"), tmp_path / "copy.db")

    assert ".copy.db.part" not in names_in(tmp_path)


async def test_a_file_that_exists_is_never_overwritten(tmp_path: Path):
    await stored(tmp_path / "bot.db", 1)
    diary, dangling = tmp_path / "diary", tmp_path / "dangling"
    diary.write_text("my diary\n")
    dangling.symlink_to(tmp_path / "elsewhere")

    for target in (diary, dangling, tmp_path / "bot.db"):
        with pytest.raises(StoreError, match=f"{target} exists already"):
            back_up(url_of(tmp_path / "bot.db"), target)

    assert diary.read_text() == "my diary\n"
    assert names_in(tmp_path) == ["bot.db", "bot.db.lock", "dangling", "diary"]


async def test_a_damaged_database_is_said_and_leaves_no_backup(tmp_path: Path):
    source = tmp_path / "bot.db"
    await stored(source, 200)
    with source.open("r+b") as file:
        file.seek(source.stat().st_size // 2)
        file.write(b"\xff" * 20_000)

    with pytest.raises(StoreError, match=r"damaged|malformed"):
        back_up(url_of(source), tmp_path / "copy.db")

    assert "copy.db" not in " ".join(names_in(tmp_path))


@pytest.mark.parametrize(
    ("source", "target", "says"),
    [
        ("bot.db", "copy.db", "there is no database at "),
        ("diary", "copy.db", "not a database"),
        ("diary", "missing/copy.db", "No such file or directory"),
    ],
    ids=["no database", "another file", "no folder"],
)
def test_what_is_in_the_way_is_said_and_nothing_is_made(
    tmp_path: Path, source: str, target: str, says: str
):
    (tmp_path / "diary").write_text("my diary\n" * 200)

    with pytest.raises(StoreError, match=says):
        back_up(url_of(tmp_path / source), tmp_path / target)

    assert names_in(tmp_path) == ["diary"]


@ONE_MODE
async def test_the_command_says_one_line_and_refuses_a_file_that_exists(
    world: World, tmp_path: Path
):
    first = await ran("backup", "copy.db", env=world.env, folder=tmp_path)
    second = await ran("backup", "copy.db", env=world.env, folder=tmp_path)

    assert (first.code, first.err) == (0, "")
    assert first.out.startswith("Backed up to copy.db: ")
    assert " KB in " in first.out
    assert first.out.endswith(" seconds, checked.\n")
    assert (second.code, second.out) == (2, "")
    assert second.err == f"Nothing was backed up: {tmp_path / 'copy.db'} exists already.\n"


async def test_the_command_names_settings_that_are_wrong(tmp_path: Path):
    ended = await ran("backup", "copy.db", env={}, folder=tmp_path)

    assert ended.code == 2
    assert "ATTACHBOT_PORTAL_URL is missing." in ended.err
    assert names_in(tmp_path) == []


@ONE_MODE
async def test_a_bot_on_a_backup_ends_what_was_unfinished_and_attaches_nothing_twice(
    ana: World, tmp_path: Path
):
    copy = tmp_path / "copy.db"
    cases = [ana.portal.case(f"Case {number}") for number in range(8)]
    ana.portal.faults.add(Fault(match=("POST", r"/crm/case/\d+/files$"), linger=0.6))
    texts = [f"case {case.id} 12,13" for case in cases]
    for text in texts[:4]:
        assert (await ana.slack.command(text)).ack.good
    await ana.portal.until(lambda: any(ana.portal.events_of(case) for case in cases))

    async with asyncio.TaskGroup() as group:
        group.create_task(asyncio.to_thread(back_up, ana.settings.database_url, copy))
        for text in texts[4:]:
            group.create_task(ana.slack.command(text))
    await ana.portal.until(lambda: all(ana.portal.events_of(case) for case in cases))
    await ana.stop()
    ana.portal.faults.clear()
    before = answers(ana)
    running = await ana.start(ATTACHBOT_DATABASE_URL=url_of(copy))
    await ana.slack.until(lambda: answers(ana) >= before + running.taken_up)

    assert running.taken_up > 0
    assert [len(ana.portal.events_of(case)) for case in cases] == [1] * 8


def answers(world: World) -> int:
    seen = world.slack.messages_of("U0ANA", "C0SALES")
    return sum(one.text.startswith(ANSWERS) for one in seen)
