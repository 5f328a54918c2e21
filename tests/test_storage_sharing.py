"""What the store promises of links, habits, shared files and prompts, said through its ports."""

from __future__ import annotations

import asyncio
import dataclasses
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from bot.domain import EntityRef, EntityType, Failure, SharedFile, SlackUser
from bot.reply_to import Posted, ReplyTo
from bot.sharing import Answered, Habit, HabitKind, Link, Offer, Prompt, Seen
from storage.sqlite import open_store
from tests.builders import ANA, BEN, NOON, OFFICE, SECOND

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from storage.sharing_ports import SharingStore

CASE_7 = EntityRef(EntityType.CASE, 7)
DEAL_31 = EntityRef(EntityType.OPPORTUNITY, 31)
LINK = Link(team=ANA.team, channel="C1", portal=OFFICE, ref=CASE_7, by=ANA.id, at=NOON)
SEEN = Seen(user=ANA, channel="C1", file="F1", event="1.1", at=NOON)
PROMPT = Prompt(
    id="p1",
    user=ANA,
    channel="C1",
    message="1.0",
    created_at=NOON,
    reply=ReplyTo(channel="C1", thread="0.9"),
    files=(SharedFile(id="F1", name="a.pdf", size=5, channel="C1"),),
    left_out=(Failure("SlackFileEmptyError", {"file": "F2", "name": "b.pdf"}),),
    offers=(Offer(ref=CASE_7, portal=OFFICE, title="Acme"),),
    wake_at=NOON,
)


@pytest.fixture(params=["sqlite"])
async def store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[SharingStore]:
    async with open_store(f"{request.param}:///{tmp_path}/bot.db") as opened:
        yield opened


def seen(**changes: Any) -> Seen:
    return dataclasses.replace(SEEN, **changes)


def prompt(**changes: Any) -> Prompt:
    return dataclasses.replace(PROMPT, **changes)


# links and habits


async def test_a_conversation_has_one_link_and_says_which_it_replaced(store: SharingStore):
    other = dataclasses.replace(LINK, ref=DEAL_31, portal=SECOND, by=BEN.id)

    assert await store.links.put(LINK) is None
    assert await store.links.put(other) == LINK
    assert await store.links.of(ANA.team, "C1") == other
    assert await store.links.of(ANA.team, "C2") is None
    assert await store.links.of("T2", "C1") is None
    assert await store.links.remove(ANA.team, "C1") == other
    assert await store.links.remove(ANA.team, "C1") is None


async def test_what_a_person_decided_is_kept_once_for_each_conversation(store: SharingStore):
    always = Habit(user=ANA, channel="C1", kind=HabitKind.ALWAYS, portal=OFFICE, ref=CASE_7)
    mute = Habit(user=ANA, channel="C1", kind=HabitKind.MUTE)
    everywhere = Habit(user=ANA, channel="", kind=HabitKind.MUTE)
    elsewhere = dataclasses.replace(always, channel="C2")
    for habit in (always, mute, elsewhere, everywhere, dataclasses.replace(mute, user=BEN)):
        await store.habits.put(habit)

    assert await store.habits.of(ANA) == [everywhere, mute, elsewhere]
    assert await store.habits.forget(ANA, HabitKind.ALWAYS) == 1
    assert await store.habits.of(ANA) == [everywhere, mute]
    assert await store.habits.forget(ANA) == 2
    assert len(await store.habits.of(BEN)) == 1


# files


async def test_a_file_is_noted_once_a_telling(store: SharingStore):
    noted = await asyncio.gather(*(store.shares.note(SEEN, wanted=True) for _ in range(4)))
    again = await store.shares.note(seen(event="2.2"), wanted=True)

    assert sorted(noted) == [False, False, False, True]
    assert again
    assert await store.shares.wanted_of(ANA, "C1") == [SEEN, seen(event="2.2")]
    assert await store.shares.wanted() == [(ANA, "C1")]


async def test_the_newest_file_is_a_persons_own_of_that_conversation_and_day(store: SharingStore):
    await store.shares.note(seen(file="F1", at=NOON), wanted=False)
    await store.shares.note(seen(file="F2", at=NOON + timedelta(hours=1)), wanted=False)
    await store.shares.note(
        seen(file="F3", at=NOON + timedelta(hours=2), channel="C2"), wanted=False
    )
    await store.shares.note(seen(file="F4", at=NOON + timedelta(hours=3), user=BEN), wanted=False)

    assert await store.shares.newest(ANA, "C1", NOON) == "F2"
    assert await store.shares.newest(ANA, "C1", NOON + timedelta(hours=2)) is None
    assert await store.shares.wanted() == []


async def test_old_files_and_prompts_are_swept(store: SharingStore):
    await store.shares.note(SEEN, wanted=True)
    await store.prompts.open(PROMPT, [])

    assert (await store.shares.sweep(NOON), await store.prompts.sweep(NOON)) == (0, 0)
    later = NOON + timedelta(seconds=1)
    assert (await store.shares.sweep(later), await store.prompts.sweep(later)) == (1, 1)
    assert await store.prompts.get("p1") is None


# prompts


async def test_a_prompt_is_found_unchanged_and_its_files_are_looked_at_no_more(store: SharingStore):
    await store.shares.note(SEEN, wanted=True)
    await store.shares.note(seen(file="F9"), wanted=True)

    assert await store.prompts.open(PROMPT, [SEEN]) == PROMPT
    assert await store.prompts.get("p1") == PROMPT
    assert await store.shares.wanted_of(ANA, "C1") == [seen(file="F9")]
    assert await store.shares.newest(ANA, "C1", NOON) is not None


async def test_of_many_at_once_one_prompt_of_a_message_is_opened(store: SharingStore):
    opened = await asyncio.gather(
        *(store.prompts.open(prompt(id=f"p{number}"), []) for number in range(5))
    )

    assert len([one for one in opened if one]) == 1
    assert await store.prompts.open(prompt(id="other", message="2.0"), []) is not None


async def test_in_a_direct_message_what_comes_late_is_another_part(store: SharingStore):
    first = await store.prompts.open(prompt(channel="D1"), [])
    second = await store.prompts.open(prompt(id="p2", channel="D1"), [])

    assert first is not None
    assert second is not None
    assert (first.part, second.part) == (0, 1)


async def test_who_tells_and_who_clicks_do_not_undo_one_another(store: SharingStore):
    await store.prompts.open(PROMPT, [])

    assert await store.prompts.answer("p1", Answered.ATTACHED)
    reply = dataclasses.replace(PROMPT.reply, posted=Posted("C1", "3.0"))
    await store.prompts.save(prompt(reply=reply, wake_at=None))

    assert not await store.prompts.answer("p1", Answered.SKIPPED)
    expected = prompt(reply=reply, wake_at=None, answered=Answered.ATTACHED)
    assert await store.prompts.get("p1") == expected


async def test_what_is_due_and_what_waits_for_an_account(store: SharingStore):
    told = prompt(id="told", message="2.0", wake_at=None)
    waits = prompt(id="waits", message="3.0", wake_at=None, unconnected=True)
    gone = prompt(id="gone", message="4.0", wake_at=None, unconnected=True)
    for one in (PROMPT, told, waits, gone):
        await store.prompts.open(one, [])
    await store.prompts.answer("gone", Answered.SKIPPED)

    assert {one.id for one in await store.prompts.due()} == {"p1", "waits"}
    assert [one.id for one in await store.prompts.unconnected(ANA)] == ["waits"]
    assert await store.prompts.unconnected(BEN) == []


async def test_prompts_are_counted_in_channels_only(store: SharingStore):
    await store.prompts.open(PROMPT, [])
    await store.prompts.open(prompt(id="p2", channel="D1"), [])
    await store.prompts.open(prompt(id="p3", channel="C2", answered=Answered.ALWAYS), [])
    await store.prompts.open(prompt(id="p4", channel="C3", user=BEN), [])

    assert await store.prompts.asked_since(ANA, NOON) == 1
    assert await store.prompts.asked_since(ANA, NOON + timedelta(seconds=1)) == 0


async def test_a_workspace_that_removed_the_app_is_forgotten(store: SharingStore):
    other = SlackUser("T2", ANA.id)
    await store.links.put(LINK)
    await store.links.put(dataclasses.replace(LINK, team="T2"))
    for user in (ANA, other):
        await store.habits.put(Habit(user=user, channel="", kind=HabitKind.MUTE))
        await store.shares.note(seen(user=user), wanted=True)
        await store.prompts.open(prompt(id=user.team, user=user), [])

    for port in (store.links, store.habits, store.shares, store.prompts):
        await port.forget_team(ANA.team)

    assert await store.links.of(ANA.team, "C1") is None
    assert await store.habits.of(ANA) == []
    assert await store.shares.wanted() == [(other, "C1")]
    assert [one.id for one in await store.prompts.due()] == ["T2"]
    assert await store.links.of("T2", "C1") is not None
