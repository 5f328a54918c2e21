"""The store in one SQLite file, for one process."""

from __future__ import annotations

import sqlite3
from contextlib import ExitStack, asynccontextmanager, closing
from typing import TYPE_CHECKING

from bot.audit import Act, Entry
from bot.errors import StoreError
from storage import personal, sealed
from storage.engine import Lane, store_error
from storage.files import owned, path_of, readable, writable
from storage.migrations.sqlite import migrate
from storage.ports import Forgotten
from storage.sqlite_accounts import SqliteAccounts
from storage.sqlite_audit import SqliteAudit
from storage.sqlite_conversations import SqliteConversations
from storage.sqlite_drafts import SqliteDrafts
from storage.sqlite_filed import SqliteFiled
from storage.sqlite_filings import SqliteFilings
from storage.sqlite_key_links import SqliteKeyLinks
from storage.sqlite_links import SqliteHabits, SqliteLinks
from storage.sqlite_prompts import SqlitePrompts
from storage.sqlite_recents import SqliteRecents
from storage.sqlite_shares import SqliteShares
from storage.sqlite_undos import SqliteUndos

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Collection

    from sqlite_utils import Database

    from bot.domain import SlackUser


@asynccontextmanager
async def open_store(url: str, *, most_pages: int | None = None) -> AsyncIterator[SqliteStore]:
    """Open the database of `url`, bring its tables up to date, and close it after the block.

    `most_pages` is the limit of the file's size in pages.

    Raises:
        AlreadyRunningError: another process has it.
        StoreError: it cannot be opened, or a newer version has written it.

    """
    path = path_of(url)
    with ExitStack() as stack:
        try:
            stack.enter_context(owned(path))
            writing = stack.enter_context(writable(path, most_pages=most_pages))
            migrate(writing)
            reading = stack.enter_context(readable(path))
        except (OSError, sqlite3.Error) as error:
            raise store_error(error) from error
        writer = Lane(writing, begin="begin immediate", name="attachbot-writer")
        stack.enter_context(closing(writer))
        reader = Lane(reading, begin="begin", name="attachbot-reader")
        stack.enter_context(closing(reader))
        yield SqliteStore(writer, reader)


class SqliteStore:
    """An open database: writes go through one lane, reads through the other."""

    def __init__(self, writer: Lane, reader: Lane) -> None:
        self._writer = writer
        self._reader = reader
        self.audit = SqliteAudit(writer)
        self.accounts = SqliteAccounts(writer, reader, self.audit)
        self.filings = SqliteFilings(writer, reader, self.audit)
        self.recents = SqliteRecents(reader)
        self.drafts = SqliteDrafts(writer, reader)
        self.filed = SqliteFiled(reader)
        self.conversations = SqliteConversations(writer, reader)
        self.undos = SqliteUndos(reader, self.filings)
        self.links = SqliteLinks(writer, reader)
        self.habits = SqliteHabits(writer, reader)
        self.shares = SqliteShares(writer, reader)
        self.prompts = SqlitePrompts(writer, reader)
        self.key_links = SqliteKeyLinks(writer, reader)

    async def forget(self, user: SlackUser, /) -> Forgotten:
        """Delete everything of a person in one commit, and what tells whose audit entries are."""

        def delete(db: Database) -> Forgotten:
            keys = self.accounts.delete(db, user.team, user.id)
            receipts, cut = self.filings.delete(db, user)
            personal.delete_rest(db, user)
            counts = {"keys": keys, "receipts": receipts}
            self.audit.add(db, [Entry(Act.FORGOTTEN, user, counts)])
            self.audit.forget(db, user)
            return Forgotten(keys=keys, receipts=receipts, cut=cut)

        return await self.accounts.change(delete)

    async def check(self) -> None:
        """Write and read back.

        Raises:
            StoreError: the database cannot be written.

        """

        def write(db: Database) -> int:
            [row] = db.query("update probe set writes = writes + 1 returning writes")
            return int(row["writes"])

        def read(db: Database) -> int:
            [row] = db.query("select writes from probe")
            return int(row["writes"])

        written = await self._writer.run(write)
        if await self._reader.run(read) < written:
            raise StoreError("what was written cannot be read back")

    async def sealing_keys(self) -> Collection[str]:
        """Return the ids of the keys that may seal something here."""
        return await self._reader.run(sealed.noted_keys)

    async def seals_with(self, key: str, /) -> None:
        """Note the id of a key before anything is sealed with it."""

        def note(db: Database) -> None:
            db.execute("insert into sealing_keys (id) values (?) on conflict do nothing", (key,))

        await self._writer.run(note)

    async def canary(self, fresh: str, /) -> str:
        """Return the sealed text stored at the first start; `fresh` is stored if there is none."""

        def keep(db: Database) -> str:
            db.execute(
                "insert into canary (id, sealed) values (1, ?) on conflict do nothing", (fresh,)
            )
            rows = db.query("select sealed from canary where id = 1")
            return str(next(iter(rows))["sealed"])

        return await self._writer.run(keep)
