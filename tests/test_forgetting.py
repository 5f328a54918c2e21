"""What forget-me promises: nothing of a person is left, and the audit is still whole."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from sqlite_utils import Database

from bot.sandbox.portal_faults import Fault
from storage import personal
from storage.audit_trail import verify
from storage.migrations.sqlite import migrate
from tests.builders import ANA, account_of, filing_of
from tests.test_audit import fill, lines_of, store, url_of

if TYPE_CHECKING:
    from storage.sqlite import SqliteStore
    from tests.world import World

__all__ = ["store"]


async def test_forgetting_a_person_deletes_their_rows_and_keeps_the_chain_whole(
    store: SqliteStore, tmp_path: Path
):
    await fill(store)
    url, open_one = url_of(tmp_path), filing_of(ANA)
    await store.filings.accept(open_one)
    person = {line["person"] for line in lines_of(url) if (line["who"] or {}).get("user") == "U1"}

    forgotten = await store.forget(ANA)
    again = await store.forget(ANA)

    assert (forgotten.keys, forgotten.receipts) == (1, 5)
    assert [filing.id for filing in forgotten.cut] == [open_one.id]
    assert (again.keys, again.receipts, again.cut) == (0, 0, [])
    assert list(await store.accounts.of(ANA)) == []
    assert await store.filings.get(open_one.id) is None
    trail = verify(url)
    assert trail.flaws == []
    told = lines_of(url)
    assert {line["who"] and line["who"]["user"] for line in told if "who" in line} == {None, "U2"}
    acts = [line["entry"]["act"] for line in told if line.get("person") in person]
    assert acts[-3:] == ["disconnected", "cancelled", "forgotten"]
    assert len(person) == 1


async def test_who_comes_back_is_somebody_new_to_the_audit(store: SqliteStore, tmp_path: Path):
    await store.accounts.put(account_of(ANA))
    [before] = lines_of(url_of(tmp_path))
    await store.forget(ANA)
    await store.accounts.put(account_of(ANA))

    after = lines_of(url_of(tmp_path))[-1]

    assert before["who"] == after["who"]
    assert before["person"] != after["person"]


def personal_tables() -> list[str]:
    """Return every table that says of its rows whose they are."""
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        db = Database(connection, execute_plugins=False)
        migrate(db)
        return [table.name for table in db.tables if {"user", "by"} & table.columns_dict.keys()]


@pytest.mark.parametrize("table", personal_tables())
def test_every_table_with_rows_of_people_is_known_to_forget_me(table: str):
    assert table in personal.BY_THEMSELVES | personal.REST.keys()


async def test_forget_me_asks_and_then_deletes(ana: World):
    await ana.say("case 7 12")
    ana.portal.faults.add(Fault(match=("GET", "crm/case"), status=503))
    held = await ana.slack.command("case 8 13")
    await ana.slack.answer(held)

    question = await ana.say("forget-me")
    kept = await ana.slack.answer(await ana.slack.click(question, "Keep everything"))
    stored = await ana.say("status")
    answer = await ana.slack.answer(await ana.slack.click(question, "Delete everything"))
    again = await ana.slack.answer(await ana.slack.click(question, "Delete everything"))
    status = await ana.say("status")
    await ana.stop()

    assert "Delete everything that I store about you?" in question.text
    assert "1 request is not finished, and end" in question.text
    assert "attach file 13 to Case #8" in question.all_text()
    assert "Nothing was deleted" in kept.text
    assert "Connected as Ana Reyes" in stored.all_text()
    assert "Deleted: your key, your settings, your 2 receipts. CRM keeps the files." in answer.text
    assert "Not attached, since you deleted the request:" in answer.all_text()
    assert "Nothing is stored about you" in again.text
    assert "Not connected" in status.all_text()
    path = Path(ana.settings.database_url.removeprefix("sqlite:///"))
    assert verify(ana.settings.database_url).flaws == []
    with closing(sqlite3.connect(path)) as db:
        dump = "\n".join(db.iterdump())
    assert not re.search(r"U0ANA|Ana Reyes|case 8", dump)


async def test_forget_me_deletes_nothing_of_others(ana: World):
    await ana.connect(user="U0BEN", name="Ben Ito")
    question = await ana.say("forget-me", user="U0BEN")

    await ana.slack.answer(await ana.slack.click(question, "Delete everything", user="U0BEN"))

    assert "Connected as Ana Reyes" in (await ana.say("status")).all_text()
    assert "Not connected" in (await ana.say("status", user="U0BEN")).all_text()
