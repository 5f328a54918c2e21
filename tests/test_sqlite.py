"""What the SQLite store promises beyond its port: one file, one process, and survival."""

from __future__ import annotations

import asyncio
import os
import signal
import sqlite3
import stat
import sys
from contextlib import closing
from pathlib import Path

import pytest

from bot.errors import AlreadyRunningError, StoreError
from storage.files import path_of
from storage.sqlite import open_store
from tests.builders import account_of, filing_of

ROOT = Path(__file__).parent.parent

ACCEPTS_AND_WAITS = """
import asyncio, sys
from storage.sqlite import open_store
from tests.builders import filing_of

async def main():
    async with open_store(sys.argv[1]) as store:
        await asyncio.gather(*(store.filings.accept(filing_of()) for _ in range(50)))
        print("accepted", flush=True)
        await asyncio.Event().wait()

asyncio.run(main())
"""

CHECKS_WITHOUT_AND_WITH_ROOM = """
import asyncio, resource, sys
from bot.errors import StoreError
from storage.sqlite import open_store

async def main():
    async with open_store(sys.argv[1]) as store:
        soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (1, hard))
        try:
            await store.check()
        except StoreError as error:
            print(type(error).__name__)
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        await store.check()
        print("written")

asyncio.run(main())
"""


def url_of(path: Path) -> str:
    return f"sqlite:///{path}"


def modes_in(folder: Path) -> dict[str, int]:
    return {path.name: stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()}


async def test_what_was_accepted_survives_a_kill(tmp_path: Path):
    url = url_of(tmp_path / "bot.db")
    bot = await asyncio.create_subprocess_exec(
        sys.executable, "-c", ACCEPTS_AND_WAITS, url, cwd=ROOT, stdout=asyncio.subprocess.PIPE
    )
    assert bot.stdout is not None
    assert await bot.stdout.readline() == b"accepted\n"

    with pytest.raises(AlreadyRunningError, match=f"process {bot.pid} is using"):
        async with open_store(url):
            pass
    bot.send_signal(signal.SIGKILL)
    await bot.communicate()

    async with open_store(url) as store:
        assert len(await store.filings.unfinished()) == 50


async def test_a_database_belongs_to_one_store_at_a_time(tmp_path: Path):
    url = url_of(tmp_path / "bot.db")
    async with open_store(url):
        with pytest.raises(AlreadyRunningError, match=str(os.getpid())):
            async with open_store(url):
                pass

    async with open_store(url) as store:
        await store.check()


async def test_all_is_in_one_file_after_closing(tmp_path: Path):
    filing = filing_of()
    async with open_store(url_of(tmp_path / "bot.db")) as store:
        await store.filings.accept(filing)

    assert sorted(modes_in(tmp_path)) == ["bot.db", "bot.db.lock"]
    async with open_store(url_of(tmp_path / "bot.db")) as store:
        assert await store.filings.get(filing.id) == filing


async def test_nobody_else_may_read_the_files(tmp_path: Path):
    (tmp_path / "bot.db").touch(mode=0o644)

    async with open_store(url_of(tmp_path / "bot.db")) as store:
        await store.accounts.put(account_of())
        modes = modes_in(tmp_path)

    names = ("bot.db", "bot.db-shm", "bot.db-wal", "bot.db.lock")
    assert modes == dict.fromkeys(names, 0o600)


async def test_a_closed_store_refuses_work(tmp_path: Path):
    async with open_store(url_of(tmp_path / "bot.db")) as store:
        pass

    with pytest.raises(StoreError, match="closed"):
        await store.check()


async def test_closing_finishes_what_was_asked(tmp_path: Path):
    many = [filing_of() for _ in range(100)]
    async with open_store(url_of(tmp_path / "bot.db")) as store:
        asked = [asyncio.create_task(store.filings.accept(filing)) for filing in many]
        await asyncio.sleep(0)

    assert await asyncio.gather(*asked) == [(filing, True) for filing in many]


async def test_a_full_disk_is_said_and_leaves_nothing_half_written(tmp_path: Path):
    url = url_of(tmp_path / "bot.db")
    first, others = filing_of(), [filing_of(note="x" * 2_000) for _ in range(100)]
    async with open_store(url, most_pages=80) as store:
        await store.filings.accept(first)

        ends = await asyncio.gather(
            *(store.filings.accept(filing) for filing in others), return_exceptions=True
        )

        told = [filing.id for filing, end in zip(others, ends, strict=True) if is_accepted(end)]
        refused = [end for end in ends if isinstance(end, StoreError)]
        assert len(told) + len(refused) == len(others)
        assert {error.detail for error in refused} == {"database or disk is full"}
        assert all(isinstance(error.__cause__, sqlite3.Error) for error in refused)

    async with open_store(url) as store:
        stored = {id_ for id_, _ in await store.filings.unfinished()}
        assert stored == {first.id, *told}
        assert await store.filings.get(first.id) == first
        await store.filings.accept(others[0])


async def test_the_check_sees_that_no_file_can_grow_and_that_it_can_again(tmp_path: Path):
    bot = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        CHECKS_WITHOUT_AND_WITH_ROOM,
        url_of(tmp_path / "bot.db"),
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
    )

    said, _ = await bot.communicate()

    assert said.decode().splitlines() == ["StoreError", "written"]


def is_accepted(end: object) -> bool:
    return isinstance(end, tuple)


async def test_a_database_of_a_newer_version_is_refused(tmp_path: Path):
    path = tmp_path / "bot.db"
    async with open_store(url_of(path)):
        pass
    with closing(sqlite3.connect(path)) as database, database:
        database.execute(
            "insert into _sqlite_migrations (migration_set, name, applied_at) "
            "values ('attachbot', 'step_9999_later', '2030-01-01')"
        )

    with pytest.raises(StoreError, match=r"newer version of attachbot .*step_9999_later"):
        async with open_store(url_of(path)):
            pass


@pytest.mark.parametrize("url", ["sqlite:///", "postgresql://localhost/bot", "bot.db"])
async def test_other_addresses_are_refused(url: str):
    with pytest.raises(StoreError, match="only addresses such as sqlite:///"):
        async with open_store(url):
            pass


@pytest.mark.parametrize(
    ("url", "path"),
    [
        ("sqlite:///bot.db", Path.cwd() / "bot.db"),
        ("sqlite:////var/lib/bot.db", Path("/var/lib/bot.db")),
    ],
)
def test_three_slashes_are_relative_and_four_absolute(url: str, path: Path):
    assert path_of(url) == path


async def test_a_file_name_may_be_odd(tmp_path: Path):
    async with open_store(url_of(tmp_path / "a b?#%41.db")) as store:
        await store.check()

    assert "a b?#%41.db" in modes_in(tmp_path)


async def test_a_folder_that_is_missing_is_said(tmp_path: Path):
    with pytest.raises(StoreError, match="No such file"):
        async with open_store(url_of(tmp_path / "missing" / "bot.db")):
            pass


async def test_a_file_that_is_no_database_is_left_alone(tmp_path: Path):
    path = tmp_path / "bot.db"
    path.write_text("my diary\n" * 200)

    with pytest.raises(StoreError, match="not a database"):
        async with open_store(url_of(path)):
            pass

    assert path.read_text() == "my diary\n" * 200
