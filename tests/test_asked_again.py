"""The same request again within two minutes is asked about, and never by accident done twice."""

from __future__ import annotations

import asyncio
import dataclasses
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from bot.domain import (
    EntityName,
    EntityRef,
    EntityType,
    FileId,
    FilingState,
    Item,
    ItemState,
    Purpose,
    SharedFile,
    UntypedNumber,
    WaitingFor,
    WrittenFile,
)
from bot.errors import AskedBeforeError, BotError
from bot.filing import resuming
from bot.filing.repeats import WITHIN, asked_again, wish_of
from storage.ports import Unless
from storage.sqlite import open_store
from tests.builders import ANA, ANA_ELSEWHERE, BEN, NOON, SECOND, filing_of
from tests.looking import KEEP

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from bot.domain import Filing
    from storage.ports import Store
    from tests.world import World

ONE_MODE = pytest.mark.parametrize("unstarted", ["http"], indirect=True)
CASE_7 = EntityRef(EntityType.CASE, 7)
BY_NAME = EntityName(EntityType.CASE, "acme")
ASKED = "You asked for the same"


def files(*ids: int, state: ItemState = ItemState.NAMED) -> tuple[Item, ...]:
    return tuple(Item(source=FileId(id_), state=state) for id_ in ids)


def wished(*, seconds: float = 0, **facts: Any) -> Filing:
    """Return a filing accepted so many seconds after noon, as the services make it."""
    filing = filing_of(**facts)
    filing = dataclasses.replace(filing, accepted_at=NOON + timedelta(seconds=seconds))
    return dataclasses.replace(filing, wish=wish_of(filing))


# the same wish


@pytest.mark.parametrize(
    "facts",
    [{"items": files(13, 12)}, {"items": files(12, 13, 12)}, {"note": "signed"}, {"everything": 1}],
    ids=["order", "twice", "note", "all"],
)
def test_the_same_files_on_the_same_record_are_the_same_wish(facts: dict[str, Any]):
    assert wish_of(filing_of(**facts)) == wish_of(filing_of())


@pytest.mark.parametrize(
    "facts",
    [
        {"user": BEN},
        {"user": ANA_ELSEWHERE},
        {"portal": SECOND},
        {"items": files(12)},
        {"items": files(12, 13, 14)},
        {"record": EntityRef(EntityType.CONTACT, 7)},
        {"record": EntityRef(EntityType.CASE, 8)},
        {"record": UntypedNumber(7)},
        {"record": BY_NAME},
    ],
    ids=["person", "team", "portal", "fewer", "more", "type", "number", "untyped", "name"],
)
def test_anything_else_is_another_wish(facts: dict[str, Any]):
    assert wish_of(filing_of(**facts)) != wish_of(filing_of())


def test_a_company_and_a_person_of_the_same_name_are_two_wishes():
    company, person = (
        filing_of(record=EntityName(EntityType.CONTACT, "acme", company=is_one))
        for is_one in (True, False)
    )

    assert wish_of(company) != wish_of(person)


def test_a_file_is_known_by_its_id_and_a_text_by_its_title():
    def wish(source: SharedFile | WrittenFile) -> str:
        return wish_of(filing_of(items=(Item(source=source),)))

    one = wish(SharedFile(id="F1", name="a.pdf", channel="C1"))

    assert wish(SharedFile(id="F1", name="b.pdf")) == one
    assert wish(SharedFile(id="F2", name="a.pdf")) != one
    assert wish(WrittenFile(title="a", sealed="1")) == wish(WrittenFile(title="a", sealed="2"))
    assert wish(WrittenFile(title="a")) != wish(WrittenFile(title="b"))
    assert len(one) == 32


def test_a_list_is_asked_for_as_often_as_one_likes():
    assert wish_of(filing_of(purpose=Purpose.LIST)) == ""


# the question


@pytest.mark.parametrize(
    ("earlier", "stand"),
    [
        ({}, "under way"),
        ({"state": FilingState.WAITING, "waiting_for": WaitingFor.KEY}, "key"),
        ({"state": FilingState.DONE, "items": files(12, state=ItemState.ATTACHED)}, "attached"),
        ({"state": FilingState.DONE, "items": files(12, state=ItemState.PRESENT)}, "attached"),
        ({"state": FilingState.DONE, "items": files(12, state=ItemState.LEFT_OUT)}, "answered"),
    ],
    ids=["ready", "waiting", "attached", "present", "left out"],
)
def test_the_question_says_what_became_of_the_first(earlier: dict[str, Any], stand: str):
    first, second = wished(receipt="A7K2", **earlier), wished(seconds=40)

    asking = asked_again(second, first, KEEP, typed=True)

    assert asking
    assert (asking.state, asking.waiting_for) == (FilingState.WAITING, WaitingFor.REPEAT)
    assert (asking.unsaid, asking.expires_at) == (False, second.accepted_at + KEEP)
    assert asking.failure
    error = BotError.of(asking.failure)
    assert isinstance(error, AskedBeforeError)
    assert (error.receipt, error.seconds, error.stand) == ("A7K2", 40, stand)


def test_a_second_click_of_a_double_click_is_no_second_wish():
    first = wished(dedupe_key="action:T1:1")
    second, later = (wished(seconds=s, dedupe_key="action:T1:2") for s in (4, 6))

    edge = wished(seconds=5, dedupe_key="action:T1:2")

    assert asked_again(second, first, KEEP, typed=False) is None
    assert asked_again(edge, first, KEEP, typed=False) is None
    assert asked_again(second, wished(), KEEP, typed=False) is not None
    asking = asked_again(later, first, KEEP, typed=False)
    assert asking
    assert (asking.unsaid, asking.spoken) == (True, False)


def test_two_at_the_same_moment_are_no_seconds_apart():
    asking = asked_again(wished(), wished(receipt="A7K2"), KEEP, typed=True)

    assert asking
    assert (asking.unsaid, asking.spoken) == (False, True)
    assert asking.failure == AskedBeforeError("A7K2", 0, "under way").failure()


# the store


@pytest.fixture(params=["sqlite"])
async def store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Store]:
    async with open_store(f"{request.param}:///{tmp_path}/bot.db") as opened:
        yield opened


async def accept(store: Store, filing: Filing) -> tuple[Filing, bool]:
    """Accept a filing as the services do, for a command."""
    return await store.filings.accept(
        filing,
        unless=Unless(
            filing.accepted_at - WITHIN,
            lambda earlier: asked_again(filing, earlier, KEEP, typed=True),
        ),
    )


@pytest.mark.parametrize(
    ("earlier", "seconds", "asked"),
    [
        ({}, 0, True),
        ({}, 119, True),
        ({}, 121, False),
        ({"state": FilingState.DONE}, 60, True),
        ({"state": FilingState.WAITING}, 60, True),
        ({"state": FilingState.FAILED}, 60, False),
        ({"state": FilingState.CANCELLED}, 60, False),
        ({"user": BEN}, 60, False),
        ({"record": BY_NAME}, 60, False),
    ],
)
async def test_what_was_asked_within_two_minutes_and_has_not_failed_is_asked_about(
    store: Store, earlier: dict[str, Any], seconds: float, asked: bool
):
    await accept(store, wished(**earlier))

    stored, new = await accept(store, wished(seconds=seconds))

    assert new
    assert (stored.waiting_for is WaitingFor.REPEAT) is asked
    assert await store.filings.get(stored.id) == stored


async def test_of_many_at_once_one_is_not_asked(store: Store):
    ends = await asyncio.gather(*(accept(store, wished()) for _ in range(50)))

    states = [filing.state for filing, _ in ends]
    assert all(new for _, new in ends)
    assert states.count(FilingState.READY) == 1
    assert states.count(FilingState.WAITING) == 49


async def test_the_name_that_was_asked_is_what_counts_whatever_it_was_found_to_be(store: Store):
    first, _ = await accept(store, wished(record=BY_NAME))
    await store.filings.save(dataclasses.replace(first, record=CASE_7))

    again, _ = await accept(store, wished(record=BY_NAME))

    assert again.waiting_for is WaitingFor.REPEAT


async def test_a_second_delivery_is_no_second_request(store: Store):
    first = wished(dedupe_key="command:T1:1")
    await accept(store, first)
    await accept(store, wished(seconds=1))

    again = await accept(store, wished(seconds=2, dedupe_key="command:T1:1"))

    assert again == (first, False)


async def test_what_is_not_to_be_stored_finds_the_earlier_one(store: Store):
    first = wished()
    await accept(store, first)
    click = wished(seconds=1)

    found = await store.filings.accept(click, unless=Unless(NOON, lambda _: None))

    assert found == (first, False)
    assert await store.filings.get(click.id) is None


async def test_the_look_is_one_in_an_index(store: Store):
    def plan(db: Any) -> list[str]:
        query = """
            explain query plan select * from filings
            where wish = ? and wish <> '' and accepted_at >= ? and dedupe_key <> ?
                and state not in ('failed', 'cancelled')
            order by accepted_at desc, rowid desc limit 1
        """
        return [row[3] for row in db.execute(query, ("w", "2026", "k")).fetchall()]

    steps = await store.filings._reader.run(plan)  # type: ignore[attr-defined] # what SQLite says

    assert steps == ["SEARCH filings USING INDEX filings_wished (wish=? AND accepted_at>?)"]


# through the front door


async def test_the_same_command_again_is_asked_about_in_its_acknowledgement(ana: World):
    first = await ana.say("case 7 12,13")
    asked = await ana.say("case 7 13,12")

    assert first.text.startswith("Attached 2 files")
    assert ASKED in asked.text
    assert "put them on Case #7. Nothing more was done." in asked.all_text()
    assert asked.buttons == ["Do it anyway", "Cancel request"]
    status = await ana.say("status")
    assert "waits for your yes" in status.all_text()
    assert len(ana.portal.events_of(CASE_7)) == 2


async def test_a_yes_looks_at_the_record_and_attaches_nothing_twice(ana: World):
    await ana.say("case 7 12,13")
    asked = await ana.say("case 7 12,13")

    answer = await ana.slack.answer(await ana.slack.click(asked, "Do it anyway"))

    assert answer.text.startswith("Already on Case #7")
    assert len(ana.portal.events_of(CASE_7)) == 2


async def test_a_no_ends_it(ana: World):
    await ana.say("case 7 12,13")
    asked = await ana.say("case 7 12,13")

    answer = await ana.slack.answer(await ana.slack.click(asked, "Cancel request"))

    assert answer.text.startswith("Request cancelled. Nothing more was done.")
    assert len(ana.portal.events_of(CASE_7)) == 2


async def test_what_is_not_under_way_any_more_may_be_asked_at_once(ana: World):
    failed = await ana.say("case 404 12")

    again = await ana.say("case 404 12")

    assert again.text == failed.text


@ONE_MODE
async def test_a_question_survives_a_restart_and_ends_with_its_time(unstarted: World):
    await unstarted.start(ATTACHBOT_KEEP_REQUEST_MINUTES="15")
    await unstarted.connect()
    await unstarted.say("case 7 12")
    await unstarted.say("case 7 12")
    await unstarted.stop()
    user = dataclasses.replace(ANA, team=unstarted.slack.team, id="U0ANA")
    async with open_store(unstarted.settings.database_url) as store:
        [asked] = await store.filings.open_of(user)
        await store.filings.save(dataclasses.replace(asked, expires_at=NOON))
    await unstarted.start()

    await unstarted.slack.workspace.news.until(
        lambda: any(
            shown.text.startswith("This request has ended")
            for shown in unstarted.slack.messages_of("U0ANA", "C0SALES")
        ),
        "the end",
    )
    assert asked.waiting_for is WaitingFor.REPEAT


async def test_the_form_asks_too_with_a_message_of_its_own(ana: World):
    await ana.say("case 7 12")
    form = await ana.slack.opened(await ana.slack.command("case 7"))

    sent = await ana.slack.submit(form, {"files": "12"})

    assert not sent.errors
    asked = (await ana.slack.shown("U0ANA", "C0SALES", 2))[-1]
    assert ASKED in asked.text
    assert asked.buttons == ["Do it anyway", "Cancel request"]


async def test_a_database_of_an_earlier_version_learns_of_wishes(tmp_path: Path):
    url = f"sqlite:///{tmp_path}/bot.db"
    async with open_store(url) as store:
        before, _ = await accept(store, wished())
    with closing(sqlite3.connect(tmp_path / "bot.db")) as db, db:
        db.execute("drop index filings_wished")
        db.execute("alter table filings drop column wish")
        db.execute("delete from _sqlite_migrations where name = 'step_0006_wishes'")

    async with open_store(url) as store:
        found = await store.filings.get(before.id)
        first, _ = await accept(store, wished(seconds=1))
        second, _ = await accept(store, wished(seconds=2))

    assert found == dataclasses.replace(before, wish="")
    assert first.state is FilingState.READY
    assert second.waiting_for is WaitingFor.REPEAT


async def test_who_wants_a_waiting_request_done_now_is_asked_again(ana: World):
    asked = await ana.say("case 7 12,99")
    user = dataclasses.replace(ANA, team=ana.slack.team, id="U0ANA")
    await ana.stop()
    async with open_store(ana.settings.database_url) as store:
        [filing] = await store.filings.open_of(user)
        again = resuming.hurried(filing, datetime.now(UTC), filing.reply)
        await store.filings.save(again)
    await ana.start()

    [first, second] = [one.text for one in await ana.slack.shown("U0ANA", "C0SALES", 2)]

    assert first == second == asked.text
