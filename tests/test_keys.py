"""What the key ring promises: only its own rows open, and a change of keys loses none of them."""

from __future__ import annotations

import asyncio
import dataclasses
import json
import re
import sqlite3
import typing
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest
from click.testing import CliRunner
from pydantic import SecretStr
from sqlite_utils import Database

from bot.__main__ import main
from bot.domain import Filing, FilingState, Item, ItemState, WrittenFile
from bot.errors import AlreadyRunningError, KeyMissingError, SecretError
from bot.reply_to import ReplyTo
from bot.vault import Purpose, Vault, new_key
from storage import sealed
from storage.migrations.sqlite import migrate
from storage.rotation import keys_in_use, rotate
from storage.sqlite import open_store
from tests.builders import ANA, OFFICE, account_of, filing_of
from tests.processes import ran, started
from tests.test_command_line import free_port

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from click.testing import Result

    from bot.account import Account
    from bot.domain import SlackUser
    from tests.world import World

ONE_MODE = pytest.mark.parametrize("unstarted", ["http"], indirect=True)
KEY = SecretStr("planted-portal-key-" + "k" * 40)
URL = SecretStr("https://hooks.slack.com/commands/T1/1/planted-response-url")
TEXT = SecretStr("planted message text")
OLD, NEW, NEWEST = new_key(), new_key(), new_key()


# T2: a row that was moved, cut or changed


def test_t2_no_bit_of_a_sealed_record_can_change() -> None:
    vault = Vault.of(f"{NEW},{OLD}")
    record = Vault.of(OLD).seal(Purpose.PORTAL_KEY, KEY, *owner(ANA)).encode()

    for bit in range(len(record) * 8):
        changed = bytearray(record)
        changed[bit // 8] ^= 1 << bit % 8
        with pytest.raises(SecretError):
            vault.open(Purpose.PORTAL_KEY, changed.decode("latin-1"), *owner(ANA))


def test_t2_no_part_of_a_sealed_record_can_be_cut() -> None:
    vault = Vault.of(OLD)
    record = vault.seal(Purpose.PORTAL_KEY, KEY, *owner(ANA))

    for length in range(len(record)):
        with pytest.raises(SecretError):
            vault.open(Purpose.PORTAL_KEY, record[:length], *owner(ANA))
        with pytest.raises(SecretError):
            vault.open(Purpose.PORTAL_KEY, record[length + 1 :], *owner(ANA))


@ONE_MODE
async def test_t2_a_key_moved_to_another_person_opens_for_neither_and_is_told(unstarted: World):
    world = unstarted
    await world.start(ATTACHBOT_ADMIN_PORT=str(free_port()))
    await world.connect()
    await world.connect(user="U0BEN", name="Ben Ito")
    await world.stop()
    with closing(sqlite3.connect(database(world))) as db:
        keys = dict(db.execute("select user, key from accounts").fetchall())
        for user, key in (("U0ANA", keys["U0BEN"]), ("U0BEN", keys["U0ANA"])):
            db.execute("update accounts set key = ? where user = ?", (key, user))
        db.commit()

    running = await world.start()
    answers = [await world.say("case 7 12", user=user) for user in keys]
    async with aiohttp.ClientSession() as web, web.get(f"{running.admin_url}/metrics") as page:
        figures = await page.text()

    for answer in answers:
        assert "I cannot open the key that is stored for you" in answer.all_text()
        assert "Nothing was changed in CRM" in answer.all_text()
    assert 'attachbot_decrypt_errors_total{purpose="portal-key"} 2.0' in figures


# I6: the operator


@ONE_MODE
async def test_i6_no_command_prints_a_key(unstarted: World, tmp_path: Path):
    await unstarted.start()
    await unstarted.connect()
    await unstarted.stop()
    second = new_key()
    env = {**unstarted.env}
    env["ATTACHBOT_SECRET_KEYS"] = f"{second},{env['ATTACHBOT_SECRET_KEYS']}"
    secrets = [*env["ATTACHBOT_SECRET_KEYS"].split(","), unstarted.person("Ana Reyes").token]

    copy = str(tmp_path / "copy.db")
    printed = [
        attachbot(*command, env=env).output
        for command in (("keys", "list"), ("keys", "rotate"), ("backup", copy))
    ]
    doctor = await ran("doctor", env=env, folder=tmp_path)

    for text in (*printed, doctor.out, doctor.err):
        for secret in secrets:
            assert secret not in text
    assert all(printed)


# Every place is known


def sealed_fields(type_: Any, seen: frozenset[Any] = frozenset()) -> set[str]:
    """Return the names of fields for sealed values in a stored type and the types in it."""
    if type_ in seen:
        return set()
    found: set[str] = set()
    for part in typing.get_args(type_):
        found |= sealed_fields(part, seen | {type_})
    if dataclasses.is_dataclass(type_) and isinstance(type_, type):
        for name, hint in typing.get_type_hints(type_).items():
            found |= {name} if "sealed" in name else set()
            found |= sealed_fields(hint, seen | {type_})
    return found


@pytest.mark.parametrize("stored", [Filing, Item])
def test_every_field_that_is_sealed_is_known_to_a_change_of_keys(stored: type) -> None:
    assert sealed_fields(stored) <= set(sealed.FIELDS)


def test_every_purpose_has_a_place() -> None:
    known = {place.purpose for place in sealed.PLACES} | set(sealed.FIELDS.values())

    assert known >= set(Purpose)


def columns() -> list[tuple[str, str]]:
    """Return every column of every table that may hold a text."""
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        db = Database(connection, execute_plugins=False)
        migrate(db)
        return [
            (table.name, column.name)
            for table in db.tables
            for column in table.columns
            if column.type.lower() == "text" and not table.name.startswith("_")
        ]


@pytest.mark.parametrize(("table", "column"), columns(), ids=".".join)
def test_a_sealed_value_anywhere_keeps_its_key_needed(table: str, column: str) -> None:
    value = Vault.of(OLD).seal(Purpose.RESPONSE_URL, URL)
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        db = Database(connection, execute_plugins=False)
        migrate(db)
        db.execute("pragma ignore_check_constraints = on")
        row = {one.name: "" if one.type.lower() == "text" else 1 for one in db[table].columns}
        db.table(table).insert(row | {column: f'{{"new_place":"{value}"}}'}, replace=True)

        assert sealed.keys_anywhere(db) == set(Vault.of(OLD).ids)


@pytest.mark.parametrize("place", ["filings.body", "prompts.body", "connect_links.reply"])
def test_an_address_to_answer_at_is_found_wherever_it_is_kept(place: str) -> None:
    table, column = place.split(".")
    value = Vault.of(OLD).seal(Purpose.RESPONSE_URL, URL, "T1", "U1")
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        db = Database(connection, execute_plugins=False)
        migrate(db)
        db.execute("pragma ignore_check_constraints = on")
        row = {one.name: "" if one.type.lower() == "text" else 1 for one in db[table].columns}
        body = f'{{"reply":{{"sealed_url":"{value}"}}}}'
        db.table(table).insert(row | {"id": "x", "team": "T1", "user": "U1", column: body})

        assert sealed.keys_in_use(db) == dict.fromkeys(Vault.of(OLD).ids, 1)


async def test_what_the_bot_seals_lies_in_known_places_only(tmp_path: Path):
    await fill(tmp_path, Vault.of(OLD), 2)

    with closing(sqlite3.connect(tmp_path / "bot.db")) as connection:
        db = Database(connection, execute_plugins=False)
        raw = sum(
            str(value).count(f"v1.{Vault.of(OLD).ids[0]}.")
            for table in db.tables
            for row in table.rows
            for value in row.values()
        )
        assert sealed.keys_in_use(db) == {Vault.of(OLD).ids[0]: raw}
    assert raw == 2 * 5 + 1


# A change of keys


async def test_a_rotation_seals_everything_anew_and_says_which_keys_are_not_needed(tmp_path: Path):
    await fill(tmp_path, Vault.of(OLD), 30)
    await fill(tmp_path, Vault.of(f"{NEW},{OLD}"), 30, start=30)
    url = f"sqlite:///{tmp_path}/bot.db"

    done = rotate(url, Vault.of(f"{NEWEST},{NEW},{OLD}"))
    again = rotate(url, Vault.of(f"{NEWEST},{NEW},{OLD}"))

    assert (done.values, done.closed) == (60 * 5 + 1, {})
    assert done.unneeded == [Vault.of(NEW).ids[0], Vault.of(OLD).ids[0]]
    assert (again.values, again.unneeded) == (0, done.unneeded)
    assert await opened(tmp_path, Vault.of(NEWEST)) == 60 * 5 + 1
    raw = (tmp_path / "bot.db").read_bytes()
    for old in done.unneeded:
        assert f"v1.{old}.".encode() not in raw


class Dying(Vault):
    """A ring whose process ends when it is to seal once too often."""

    lives = 0

    def seal(self, purpose: Purpose, secret: SecretStr, *owner: str) -> str:
        self.lives -= 1
        if not self.lives:
            raise KeyboardInterrupt
        return super().seal(purpose, secret, *owner)


async def test_a_rotation_that_ends_anywhere_leaves_all_readable(tmp_path: Path):
    await fill(tmp_path, Vault.of(OLD), 1_100)
    url = f"sqlite:///{tmp_path}/bot.db"
    total, left = 1_100 * 5 + 1, [1_100 * 5 + 1]

    for lives in (1, 1_001, 1_050, 3_301, 600):
        dying = Dying.of(f"{NEW},{OLD}")
        dying.lives = lives
        with pytest.raises(KeyboardInterrupt):
            rotate(url, dying)
        left.append(keys_in_use(url)[Vault.of(OLD).ids[0]])
        assert await opened(tmp_path, Vault.of(f"{NEW},{OLD}")) == total
    done = rotate(url, Vault.of(f"{NEW},{OLD}"))

    assert left == sorted(left, reverse=True)
    assert len(set(left)) == 4
    assert done.values == left[-1]
    assert await opened(tmp_path, Vault.of(NEW)) == total


async def test_a_killed_rotation_is_ended_by_the_next_one(tmp_path: Path):
    await fill(tmp_path, Vault.of(OLD), 700)
    env = settings(tmp_path, f"{NEW},{OLD}")
    url, old = env["ATTACHBOT_DATABASE_URL"], Vault.of(OLD).ids[0]

    async with started("keys", "rotate", env=env, folder=tmp_path) as process:
        await asyncio.to_thread(until_fewer, url, keys_in_use(url)[old])
        process.kill()
    assert await opened(tmp_path, Vault.of(f"{NEW},{OLD}")) == 700 * 5 + 1
    ended = attachbot("keys", "rotate", env=env)

    assert ended.exit_code == 0
    assert f"Not needed any more: {old}." in ended.stdout
    assert await opened(tmp_path, Vault.of(NEW)) == 700 * 5 + 1


def until_fewer(url: str, before: int) -> None:
    """Wait until a rotation has sealed something anew."""
    while keys_in_use(url).get(Vault.of(OLD).ids[0], 0) >= before:
        pass


async def test_a_value_that_does_not_open_is_kept_told_and_can_be_given_up(tmp_path: Path):
    await fill(tmp_path, Vault.of(OLD), 3)
    with closing(sqlite3.connect(tmp_path / "bot.db")) as db:
        [[key]] = db.execute("select key from accounts where user = 'U0'").fetchall()
        db.execute("update accounts set key = ? where user in ('U1', 'U2')", (key,))
        db.commit()
    env = settings(tmp_path, f"{NEW},{OLD}")
    old = Vault.of(OLD).ids[0]

    first = attachbot("keys", "rotate", env=env)
    listed = attachbot("keys", "list", env=env)
    dropped = attachbot("keys", "rotate", "--drop", old, env=env)
    last = attachbot("keys", "rotate", env=env)

    assert first.exit_code == 1
    assert ": 2 values in accounts.key." in first.stdout
    assert "Not needed" not in first.stdout
    assert listed.exit_code == 0
    assert f"{old}  opens only                seals 2 values\n" in listed.stdout
    assert dropped.exit_code == 0
    assert "Dropped 2 values, closed to all keys." in dropped.stdout
    assert f"Not needed any more: {old}." in dropped.stdout
    assert last.stdout.startswith("Nothing to do")
    assert "do not open" not in last.stdout
    assert last.exit_code == 0
    assert list(keys_in_use(env["ATTACHBOT_DATABASE_URL"])) == list(Vault.of(NEW).ids)
    with closing(sqlite3.connect(tmp_path / "bot.db")) as db:
        kept = db.execute("select user, key = '' from accounts order by user").fetchall()
    assert kept == [("U0", 0), ("U1", 1), ("U2", 1)]


async def test_a_rotation_says_what_it_did_and_stands_in_the_audit_trail(tmp_path: Path):
    await fill(tmp_path, Vault.of(OLD), 2)
    env = settings(tmp_path, f"{NEW},{OLD}")
    new = Vault.of(NEW).ids[0]

    first = attachbot("keys", "rotate", env=env)
    attachbot("keys", "rotate", env=env)

    said = re.fullmatch(
        rf"Sealed 11 values anew with the first key, {new}, in ([0-9.]+) s\.\n"
        r"Not needed any more: .*\n",
        first.stdout,
    )
    assert said
    assert float(said[1]) < 60
    with closing(sqlite3.connect(tmp_path / "bot.db")) as db:
        entries = [json.loads(entry) for (entry,) in db.execute("select entry from audit")]
    (rotated,) = [entry for entry in entries if entry["act"] == "keys_rotated"]
    assert rotated | {"key": new, "values": 11, "dropped": 0} == rotated


async def test_a_key_that_seals_something_is_needed_although_nobody_noted_it(tmp_path: Path):
    await fill(tmp_path, Vault.of(OLD), 1)
    with closing(sqlite3.connect(tmp_path / "bot.db")) as db:
        db.execute("delete from sealing_keys")
        db.execute("delete from accounts")
        db.commit()

    with pytest.raises(KeyMissingError):
        rotate(f"sqlite:///{tmp_path}/bot.db", Vault.of(NEW))


async def test_a_lost_key_is_given_up_and_what_others_sealed_stays(tmp_path: Path):
    await fill(tmp_path, Vault.of(OLD), 2)
    await fill(tmp_path, Vault.of(f"{NEW},{OLD}"), 2, start=2)
    url = f"sqlite:///{tmp_path}/bot.db"

    with pytest.raises(KeyMissingError):
        rotate(url, Vault.of(NEW))
    done = rotate(url, Vault.of(NEW), drop=Vault.of(OLD).ids)

    assert (done.dropped, done.closed) == (2 * 5 + 1, {})
    async with open_store(url) as store:
        Vault.of(NEW).check(await store.sealing_keys())


async def test_a_note_that_looks_sealed_stops_neither_rotation_nor_start(tmp_path: Path):
    typed = '"sealed":"v1.0badcafe.AAAAAAAAAAAAAAAA.AAAAAAAAAAAAAAAAAAAAAAAA"'
    url = f"sqlite:///{tmp_path}/bot.db"
    async with open_store(url) as store:
        await store.filings.accept(filing_of(note=typed))

    rotate(url, Vault.of(NEW))

    async with open_store(url) as store:
        assert set(await store.sealing_keys()) == set(Vault.of(NEW).ids)
    assert keys_in_use(url) == {}


async def test_a_rotation_beside_a_running_bot_is_refused(tmp_path: Path):
    env = settings(tmp_path, OLD)
    async with open_store(env["ATTACHBOT_DATABASE_URL"]):
        with pytest.raises(AlreadyRunningError):
            rotate(env["ATTACHBOT_DATABASE_URL"], Vault.of(OLD))
        ended = attachbot("keys", "rotate", env=env)
        listed = attachbot("keys", "list", env=env)

    assert ended.exit_code == 2
    assert "Another attachbot uses this database" in ended.stderr
    assert "Stop it first" in ended.stderr
    assert listed.exit_code == 0


# The start


@ONE_MODE
async def test_a_bot_does_not_start_without_a_key_in_use(unstarted: World):
    old = unstarted.env["ATTACHBOT_SECRET_KEYS"]
    await unstarted.start()
    await unstarted.connect()
    await unstarted.stop()
    both = f"{NEW},{old}"
    await unstarted.start(ATTACHBOT_SECRET_KEYS=both)
    await unstarted.connect(user="U0BEN", name="Ben Ito")
    await unstarted.stop()

    for ring, lacking in ((NEW, old), (old, NEW)):
        with pytest.raises(KeyMissingError) as refused:
            await unstarted.start(ATTACHBOT_SECRET_KEYS=ring)
        assert refused.value.keys == Vault.of(lacking).ids
        said = attachbot("keys", "rotate", env=unstarted.env)
        assert said.exit_code == 2
        assert f"The key ring lacks {Vault.of(lacking).ids[0]}" in said.stderr
        await unstarted.stop()
    rotated = attachbot("keys", "rotate", env={**unstarted.env, "ATTACHBOT_SECRET_KEYS": both})
    await unstarted.start(ATTACHBOT_SECRET_KEYS=NEW)
    answer = await unstarted.say("case 7 12")

    assert rotated.exit_code == 0
    assert "Attached" in answer.text


async def test_keys_are_listed_by_id_with_what_they_seal(tmp_path: Path):
    await fill(tmp_path, Vault.of(OLD), 1)
    old, new = Vault.of(f"{OLD},{NEW}").ids

    both = attachbot("keys", "list", env=settings(tmp_path, f"{NEW},{OLD}"))
    missing = attachbot("keys", "list", env=settings(tmp_path, NEW))

    assert both.stdout.splitlines() == [
        f"{new}  first, seals what is new  seals 0 values",
        f"{old}  opens only                seals 6 values",
    ]
    assert f"{old}  not in the ring           seals 6 values" in missing.stdout
    assert "does not start" in missing.stdout


# What the tests above have in common


def database(world: World) -> Path:
    return Path(world.settings.database_url.removeprefix("sqlite:///"))


def attachbot(*args: str, env: Mapping[str, str]) -> Result:
    """Run a command to its end."""
    return CliRunner().invoke(main, args, env=env)


def settings(folder: Path, ring: str) -> dict[str, str]:
    return {
        "SLACK_BOT_TOKEN": "xoxb-1",
        "SLACK_APP_TOKEN": "xapp-1",
        "ATTACHBOT_PORTAL_URL": OFFICE,
        "ATTACHBOT_SECRET_KEYS": ring,
        "ATTACHBOT_DATABASE_URL": f"sqlite:///{folder}/bot.db",
    }


def owner(user: SlackUser) -> Sequence[str]:
    return (user.enterprise, user.team, user.id, OFFICE)


async def fill(folder: Path, vault: Vault, count: int, *, start: int = 0) -> None:
    """Store so many people with five sealed values each, and the canary."""
    async with open_store(f"sqlite:///{folder}/bot.db") as store:
        await store.seals_with(vault.ids[0])
        await store.canary(vault.seal(Purpose.CANARY, SecretStr("canary")))
        users = [dataclasses.replace(ANA, id=f"U{n}") for n in range(start, start + count)]
        await asyncio.gather(*(store.accounts.put(account(vault, user)) for user in users))
        await asyncio.gather(*(store.filings.accept(filing(vault, user)) for user in users))


def account(vault: Vault, user: SlackUser) -> Account:
    return account_of(user, key=vault.seal(Purpose.PORTAL_KEY, KEY, *owner(user)))


def filing(vault: Vault, user: SlackUser) -> Filing:
    def reply() -> ReplyTo:
        return ReplyTo(sealed_url=vault.seal(Purpose.RESPONSE_URL, URL, user.team, user.id))

    text = vault.seal(Purpose.MESSAGE_TEXT, TEXT, user.team, user.id)
    items = (Item(source=WrittenFile(title="n.txt", sealed=text), state=ItemState.SHARED),)
    return filing_of(
        user,
        reply=reply(),
        sharing=reply(),
        openly=reply(),
        items=items,
        note='He said "v1."',
        state=FilingState.DONE,
    )


async def opened(folder: Path, vault: Vault) -> int:
    """Return how many values open, as the bot opens them; none may fail."""
    with closing(sqlite3.connect(folder / "bot.db")) as connection:
        db = Database(connection, execute_plugins=False)
        count = 0

        def check(purpose: Purpose, value: str, owner: Sequence[str]) -> str:
            nonlocal count
            count += 1
            planted = {Purpose.PORTAL_KEY: KEY, Purpose.RESPONSE_URL: URL}
            planted |= {Purpose.MESSAGE_TEXT: TEXT, Purpose.CANARY: SecretStr("canary")}
            assert vault.open(purpose, value, *owner) == planted[purpose]
            return value

        for place in sealed.PLACES:
            for page in sealed.pages(db, place):
                for held in page:
                    place.anew(held.text, held.owner, check)
        return count
