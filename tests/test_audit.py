"""What the audit promises: it tells who did what, without contents, and no change goes unseen."""

from __future__ import annotations

import asyncio
import dataclasses
import itertools
import json
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import SecretStr

from bot import audit
from bot.__main__ import main
from bot.audit import Before
from bot.domain import (
    Answer,
    EntityName,
    EntityRef,
    EntityType,
    Failure,
    FileId,
    FilingState,
    Item,
    ItemState,
    Place,
    PortalFile,
    Purpose,
    Removal,
    SharedFile,
    Stand,
    Undo,
)
from bot.errors import StaleFilingError
from bot.sandbox.portal_faults import Fault
from bot.vault import Purpose as Sealing
from bot.vault import Vault, new_key
from storage.audit_trail import export, link_of, verify
from storage.rotation import rotate
from storage.sqlite import open_store
from storage.sqlite_audit import BEGINNING, Link, following, person_of
from tests.builders import ANA, BEN, OFFICE, account_of, done, filing_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable, Mapping
    from pathlib import Path

    from click.testing import Result

    from storage.sqlite import SqliteStore
    from tests.world import World

ONE_MODE = pytest.mark.parametrize("unstarted", ["http"], indirect=True)
CASE = EntityRef(EntityType.CASE, 7)
BEFORE = Before(version=0, state="ready", items=[("ready", None), ("ready", None)])
UNDO = Undo(filing="f", receipt="A7K2", events=(9,))
FILE = PortalFile(id=FileId(31), title="planted title.pdf")


# What is told


def acts(entries: Iterable[audit.Entry]) -> list[dict[str, Any]]:
    """Return what happened, without what each entry of a filing has."""
    common = {"filing", "receipt", "portal", "type", "number"}
    told = [json.loads(entry.text()) for entry in entries]
    return [{name: fact for name, fact in one.items() if name not in common} for one in told]


def items(*states: ItemState, **facts: Any) -> tuple[Item, ...]:
    return tuple(Item(source=FileId(12), state=state, file=FILE, **facts) for state in states)


def removals(stand: Stand, **facts: Any) -> tuple[Item, ...]:
    """Return an item that an undo has brought so far."""
    removal = Removal(stand=stand, **facts)
    return (Item(source=FileId(12), state=ItemState.ATTACHED, file=FILE, removal=removal),)


@pytest.mark.parametrize(
    ("facts", "told"),
    [
        ({}, []),
        (
            {"items": items(ItemState.ATTACHED, ItemState.READY), "event": 9},
            [{"act": "attached", "files": [31], "event": 9}],
        ),
        (
            {"items": items(ItemState.COPIED, copied_from=Place.MY)},
            [{"act": "copied", "files": [31], "of": 12}],
        ),
        (
            {"items": (Item(source=SharedFile(id="F1"), state=ItemState.COPIED, file=FILE),)},
            [{"act": "brought", "files": [31], "of_slack_file": "F1"}],
        ),
        ({"orphans": (1,)}, [{"act": "orphan_possible", "of": 13}]),
        (
            {"undo": UNDO, "items": removals(Stand.KEPT, copy=FILE)},
            [{"act": "kept", "files": [31], "of": [31]}],
        ),
        (
            {"undo": UNDO, "items": removals(Stand.REMOVED), "state": FilingState.DONE},
            [{"act": "undone", "files": [31]}],
        ),
        (
            {"undo": UNDO, "items": removals(Stand.LEFT), "state": FilingState.DONE},
            [{"act": "unchanged"}],
        ),
        ({"doubles": (8, 9)}, [{"act": "doubled", "events": [8, 9]}]),
        ({"answer": Answer.INSIST}, [{"act": "answered", "outcome": "insist"}]),
        ({"anyway": True}, [{"act": "answered", "outcome": "anyway"}]),
        (
            {"state": FilingState.FAILED, "failure": Failure("PortalUnpaidError", {"x": "y"})},
            [{"act": "failed", "outcome": "PortalUnpaidError"}],
        ),
        ({"state": FilingState.CANCELLED}, [{"act": "cancelled"}]),
        ({"state": FilingState.DONE}, [{"act": "unchanged"}]),
        ({"state": FilingState.WAITING}, []),
        ({"state": FilingState.FAILED, "purpose": Purpose.LIST}, []),
    ],
)
def test_a_save_tells_what_was_not_so_before_it(facts: dict[str, Any], told: list[Any]):
    ready = tuple(Item(source=FileId(id_), state=ItemState.READY) for id_ in (12, 13))

    entries = audit.saved(BEFORE, filing_of(**{"items": ready, **facts}))

    assert acts(entries) == told


def test_nothing_is_told_twice():
    ended = done(answer=Answer.COPY, doubles=(1, 2), orphans=(0,), anyway=True)
    after = Before(
        version=1,
        state="done",
        answer="copy",
        anyway=True,
        doubles=[1, 2],
        orphans=1,
        items=[("attached", None)],
    )

    assert audit.saved(after, ended) == []


def test_r1_no_contents_are_told():
    words = EntityName(words="planted name", type=EntityType.CASE)
    shared = SharedFile(id="F1", name="planted.pdf")
    filing = filing_of(record=words, note="planted note", items=(Item(source=shared),))
    failure = Failure("NoMatchError", {"words": "planted words"})
    brought = Item(source=shared, state=ItemState.COPIED, file=FILE, sha256="planted")
    later = dataclasses.replace(
        filing, state=FilingState.FAILED, failure=failure, items=(brought,), orphans=(0,)
    )

    told = [*audit.accepted(filing), *audit.saved(BEFORE, later), *audit.forgotten(filing)]

    assert len(told) == 5
    assert "planted" not in "".join(entry.text() for entry in told)


# The chain


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[SqliteStore]:
    async with open_store(f"sqlite:///{tmp_path}/attachbot.db") as opened:
        yield opened


async def fill(store: SqliteStore, count: int = 8) -> None:
    """Let Ana and Ben do things of which there are more than `count` entries."""
    await store.accounts.put(account_of(ANA))
    await store.accounts.put(account_of(BEN))
    for number in range(count):
        user = (ANA, BEN)[number % 2]
        filing, _ = await store.filings.accept(filing_of(user))
        ended = done(user, items=items(ItemState.ATTACHED), event=number)
        await store.filings.save(dataclasses.replace(ended, id=filing.id, version=0))
    await store.accounts.forget(BEN)


def url_of(folder: Path) -> str:
    return f"sqlite:///{folder}/attachbot.db"


@pytest.fixture
async def chained(tmp_path: Path) -> str:
    async with open_store(url_of(tmp_path)) as store:
        await fill(store)
    return url_of(tmp_path)


def test_r1_a_whole_chain_verifies(chained: str):
    trail = verify(chained)

    assert (trail.entries, trail.flaws, trail.begins) == (2 + 2 * 8 + 1, [], BEGINNING)
    assert trail.head.seq == trail.entries
    assert verify(chained, [trail.head]).flaws == []


def lines_of(url: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in export(url)]


def rows(url: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as db:
        return db.execute("select seq, at, person, entry, hash from audit order by seq").fetchall()


def write(url: str, *statements: tuple[str, tuple[Any, ...]]) -> None:
    """Write into the database as somebody who has its file."""
    with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as db:
        for statement, values in statements:
            db.execute(statement, values)
        db.commit()


@pytest.mark.parametrize("column", ["at", "person", "entry", "hash"])
def test_r1_every_changed_byte_is_found(chained: str, column: str):
    [row] = [row for row in rows(chained) if row[0] == 5]
    was = row[("seq", "at", "person", "entry", "hash").index(column)]

    for at, letter in enumerate(was):
        other = "1" if letter != "1" else "2"
        change = f"update audit set {column} = ? where seq = 5"  # noqa: S608  (of four names)
        write(chained, (change, (was[:at] + other + was[at + 1 :],)))
        assert verify(chained).flaws, (column, at)
    write(chained, (change, (was,)))
    assert verify(chained).flaws == []


@pytest.mark.parametrize(
    "statements",
    [
        ["delete from audit where seq = 1"],
        ["delete from audit where seq = 7"],
        ["delete from audit where seq between 3 and 9"],
        ["delete from audit where seq = 7", "update audit set seq = seq - 1 where seq > 7"],
        [
            "update audit set seq = -3 where seq = 3",
            "update audit set seq = 3 where seq = 4",
            "update audit set seq = 4 where seq = -3",
        ],
        [
            "insert into audit select 99, at, person, entry, hash from audit where seq = 4",
        ],
        [
            "delete from audit where seq <= 4",
            "insert into audit_anchor select 1, 4, 'x' where 1",
        ],
        ["update audit_people set user = 'U9' where user = 'U1'"],
        ["update audit_people set person = (select max(person) from audit_people)"],
    ],
)
def test_r1_a_row_that_was_removed_moved_or_put_in_is_found(chained: str, statements: list[str]):
    write(chained, *((statement, ()) for statement in statements))

    assert verify(chained).flaws


def test_r1_an_old_end_that_somebody_cut_off_is_found(chained: str):
    hash_ = rows(chained)[3][4]
    write(
        chained,
        ("delete from audit where seq <= 4", ()),
        ("insert into audit_anchor (id, seq, hash) values (1, 4, ?)", (hash_,)),
    )

    [flaw] = verify(chained).flaws
    assert "the beginning was cut off" in flaw


def test_r1_a_cut_or_rewritten_end_is_found_by_a_head_that_was_kept(chained: str):
    head = verify(chained).head
    write(chained, ("delete from audit where seq > 10", ()))

    assert verify(chained).flaws == []
    assert verify(chained, [head]).flaws == [f"the end is cut off: entry {head.seq} is missing"]

    link = Link(*[(row[0], row[4]) for row in rows(chained)][-1])
    for _ in range(head.seq - 10):
        link = following(link, "2026", "", "{}")
        values = (link.seq, "2026", "", "{}", link.hash)
        write(chained, ("insert into audit values (?, ?, ?, ?, ?)", values))
    assert verify(chained).flaws == []
    assert verify(chained, [head]).flaws


@given(one=st.lists(st.text("ab\n1:", max_size=4), min_size=3, max_size=3), data=st.data())
@settings(suppress_health_check=[HealthCheck.too_slow])
def test_r1_different_entries_have_different_hashes(one: list[str], data: st.DataObject):
    other = data.draw(st.lists(st.text("ab1:", max_size=4), min_size=3, max_size=3))
    plain = [part.replace("\n", "") for part in one]

    same = following(BEGINNING, *plain) == following(BEGINNING, *other)
    assert same == (plain == other)


def test_a_person_stands_in_the_chain_without_a_name():
    assert person_of("salt", "T1", "U1") == person_of("salt", "T1", "U1")
    differing = {person_of(*parts) for parts in itertools.product("ab", repeat=3)}
    assert len(differing) == 8


@pytest.mark.parametrize("text", ["", "7", "x:y", "7:abc", f"-1:{'0' * 64}", f"٣:{'0' * 64}"])
def test_what_is_no_head_is_not_taken_for_one(text: str):
    assert link_of(text) is None


async def test_an_entry_is_stored_with_what_it_tells_of_or_not_at_all(
    store: SqliteStore, tmp_path: Path
):
    filing, _ = await store.filings.accept(filing_of())
    await store.filings.accept(dataclasses.replace(filing_of(), dedupe_key=filing.dedupe_key))
    stale = dataclasses.replace(filing, version=7, state=FilingState.CANCELLED)
    with pytest.raises(StaleFilingError):
        await store.filings.save(stale)

    assert [json.loads(line)["entry"]["act"] for line in export(url_of(tmp_path))] == ["accepted"]


async def test_a_burst_is_one_chain(store: SqliteStore, tmp_path: Path):
    await asyncio.gather(
        *(store.filings.accept(filing_of((ANA, BEN)[n % 2])) for n in range(1_500)),
        *(store.accounts.put(account_of(BEN)) for _ in range(20)),
    )

    trail = verify(url_of(tmp_path))
    assert (trail.entries, trail.flaws) == (1_520, [])


# The sweep


async def test_old_entries_are_swept_and_the_chain_still_verifies(tmp_path: Path):
    url, now = url_of(tmp_path), datetime.now(UTC)
    async with open_store(url) as store:
        for days in (500, 450, 401, 399, 0):
            store.audit._clock = partial(datetime.fromtimestamp, at(now, days), UTC)
            await store.audit.write(audit.connected(ANA, OFFICE), audit.connected(BEN, OFFICE))
        before = verify(url)

        assert await store.audit.sweep(now - timedelta(days=400)) == 6
        assert await store.audit.sweep(now - timedelta(days=400)) == 0

    trail = verify(url, [Link(3, rows(url)[0][4]), before.head])
    assert (trail.begins.seq, trail.entries, trail.flaws) == (6, 5, [])
    assert [link.seq for link in trail.older] == [3]
    told = [line["entry"] for line in lines_of(url)]
    assert told[-1] == {"act": "swept", "seq": 6, "hash": trail.begins.hash}


async def test_an_audit_that_is_swept_to_the_last_entry_goes_on(tmp_path: Path):
    url, later = url_of(tmp_path), datetime.now(UTC) + timedelta(days=1)
    async with open_store(url) as store:
        await fill(store, 3)
        swept = await store.audit.sweep(later)
        await store.filings.accept(filing_of())

    trail = verify(url)
    assert (swept, trail.entries, trail.flaws) == (9, 2, [])


def at(now: datetime, days: int) -> float:
    """Return the time so many days ago."""
    return (now - timedelta(days=days)).timestamp()


@ONE_MODE
async def test_a_bot_that_starts_sweeps_its_audit(unstarted: World):
    world = unstarted
    url = world.settings.database_url
    async with open_store(url) as store:
        long_ago = datetime.now(UTC) - timedelta(days=100)
        store.audit._clock = lambda: long_ago
        await store.audit.write(audit.connected(ANA, OFFICE))

    await world.start()
    await world.slack.command("case 7 12")  # is stored after the sweep, in the same line
    await world.stop()
    assert verify(url).begins == BEGINNING
    await world.start(ATTACHBOT_KEEP_AUDIT_DAYS="90")
    await world.slack.command("case 7 12")
    await world.stop()

    assert (verify(url).begins.seq, verify(url).flaws) == (1, [])


# The command line


def attachbot(*args: str, env: Mapping[str, str]) -> Result:
    return CliRunner().invoke(main, args, env=env)


@ONE_MODE
async def test_r1_who_attached_what_can_be_read_afterwards(unstarted: World):
    world = unstarted
    await world.start()
    await world.connect()
    answer = await world.say("case 7 12,13 -- planted note")
    await world.say("case 99 12")
    exported = attachbot("audit", "export", env=world.env)
    verified = attachbot("audit", "verify", env=world.env)
    head = verified.stdout.splitlines()[1]
    kept = attachbot("audit", "verify", "--head", head, env=world.env)
    await world.stop()

    lines = [json.loads(line) for line in exported.stdout.splitlines()]
    assert [line["entry"]["act"] for line in lines] == [
        *("connected", "accepted", "attached", "accepted", "failed")
    ]
    [attached] = [line for line in lines if line["entry"]["act"] == "attached"]
    assert attached["who"] == {"team": world.slack.team, "user": "U0ANA"}
    entry = attached["entry"]
    assert (entry["type"], entry["number"], entry["files"]) == ("case", 7, [12, 13])
    assert entry["portal"] == world.portal.url
    assert f"Receipt {entry['receipt']}" in answer.all_text()
    assert entry["event"] == max(one.id for one in world.portal.events_of(CASE))
    assert "planted" not in exported.stdout
    assert "Acme" not in exported.stdout
    assert (verified.exit_code, kept.exit_code) == (0, 0)
    assert "The audit is whole: 5 entries, from number 1 on." in verified.stdout


def test_a_broken_chain_and_a_head_that_is_none_are_told(chained: str):
    env = {
        "SLACK_BOT_TOKEN": "xoxb-1",
        "SLACK_APP_TOKEN": "xapp-1",
        "ATTACHBOT_PORTAL_URL": OFFICE,
        "ATTACHBOT_SECRET_KEYS": new_key(),
        "ATTACHBOT_DATABASE_URL": chained,
    }
    write(chained, ("update audit set at = '2020' where seq = 5", ()))

    broken = attachbot("audit", "verify", env=env)
    no_head = attachbot("audit", "verify", "--head", "7:zz", env=env)
    none = attachbot("audit", "export", env={**env, "ATTACHBOT_DATABASE_URL": f"{chained}.other"})

    assert broken.exit_code == 1
    assert "NOT whole" in broken.stdout
    assert "entry 5, or what was before it, was changed" in broken.stdout
    assert (no_head.exit_code, none.exit_code) == (2, 2)
    assert "is no head" in no_head.stdout


async def test_a_change_of_keys_is_told(tmp_path: Path):
    old, new = new_key(), new_key()
    async with open_store(url_of(tmp_path)) as store:
        await store.canary(Vault.of(old).seal(Sealing.CANARY, SecretStr("canary")))
    vault = Vault.of(f"{new},{old}")

    rotate(url_of(tmp_path), vault)
    rotate(url_of(tmp_path), vault)

    [line] = lines_of(url_of(tmp_path))
    assert line["entry"] == {"act": "keys_rotated", "key": vault.ids[0], "values": 1, "dropped": 0}
    assert "who" not in line


# What goes wrong is told, too


@ONE_MODE
async def test_a_lost_copy_is_told_as_a_possible_orphan(unstarted: World):
    world = unstarted
    await world.start()
    await world.connect()
    url = world.settings.database_url
    answer = await world.say("case 7 14")
    world.portal.faults.add(Fault(match=("POST", "copyas$"), drop="after", times=1))
    click = await world.slack.click(answer, "Copy and attach")
    await world.slack.answer(click, "Attached 1 file")
    await world.stop()

    told = [json.loads(line)["entry"]["act"] for line in export(url)]
    assert told[-4:] == ["answered", "orphan_possible", "copied", "attached"]
    assert verify(url).flaws == []
