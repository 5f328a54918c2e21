"""Prompts, their pure parts, and what a death of the process leaves of them."""

from __future__ import annotations

import dataclasses
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain import EntityRef, EntityType, PortalUrl, SharedFile, SlackUser
from bot.prompting.gathering import Looked, messages_of
from bot.prompting.making import always, muted
from bot.reply_to import ReplyTo, Way
from bot.sharing import Answered, Habit, HabitKind, Link, Offer, Prompt, Seen
from bot.slack_file import SlackFile
from bot.slack_files.client import Sight
from bot.slack_files.wire import Share, share_in
from storage.sqlite import open_store
from tests.sharing import CASE_7, OFFER, PRICES, asked, digests, prompt, saying, sha

if TYPE_CHECKING:
    from tests.world import World

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
ANA = SlackUser("T1", "U1")
OFFICE = PortalUrl("https://office.example.com")
DEAL = EntityRef(EntityType.OPPORTUNITY, 31)
LINK = Link(team="T1", channel="C1", portal=OFFICE, ref=CASE_7, by="U2", at=NOW)
MUTE = Habit(user=ANA, channel="C1", kind=HabitKind.MUTE)
ALWAYS = Habit(user=ANA, channel="C1", kind=HabitKind.ALWAYS, portal=OFFICE, ref=CASE_7)


def looked(file: str, ts: str = "", thread: str = "", event: str = "9.0") -> Looked:
    """Return a file in the message of that `ts`, or in one that Slack does not tell."""
    return Looked(
        Seen(user=ANA, channel="C1", file=file, event=event, at=NOW),
        Sight(
            SlackFile(id=file, name=f"{file}.pdf", title=f"{file}.pdf", size=1, url="x"),
            Share(ts, thread) if ts else None,
        ),
    )


def named(*files: Looked) -> list[tuple[str, str, list[str]]]:
    """Return the messages of files: name, thread and ids."""
    found = messages_of(ANA, "C1", files)
    return [(one.name, one.thread, [it.seen.file for it in one.looked]) for one in found]


# what belongs together


def test_files_are_taken_by_their_message():
    files = (looked("F3", "2.0"), looked("F1", "1.0"), looked("F2", "1.0", "0.5"))

    assert named(*files) == [("1.0", "", ["F1"]), ("1.0", "0.5", ["F2"]), ("2.0", "", ["F3"])]


def test_files_without_a_known_message_go_with_the_only_one_or_together():
    lost, other = looked("F2", event="7.0"), looked("F4", event="8.0")

    assert named(looked("F1", "1.0"), lost) == [("1.0", "", ["F1", "F2"])]
    assert named(lost, other) == [("event 7.0", "", ["F2", "F4"])]
    assert named(looked("F1", "1.0"), looked("F3", "2.0"), lost, other) == [
        ("1.0", "", ["F1"]),
        ("2.0", "", ["F3"]),
        ("event 7.0", "", ["F2", "F4"]),
    ]
    assert named() == []


@given(
    st.lists(
        st.builds(
            looked,
            st.from_regex(r"F[0-9]{1,3}", fullmatch=True),
            st.sampled_from(["", "1.0", "2.0"]),
        ),
        max_size=12,
        unique_by=lambda one: one.seen.file,
    ),
    st.randoms(use_true_random=False),
)
def test_the_order_of_events_changes_nothing_and_no_file_is_lost(files: list[Looked], dice: Any):
    shuffled = list(files)
    dice.shuffle(shuffled)

    assert named(*files) == named(*shuffled)
    assert sorted(id_ for _, _, ids in named(*files) for id_ in ids) == sorted(
        one.seen.file for one in files
    )


@pytest.mark.parametrize(
    ("shares", "share"),
    [
        ({"public": {"C1": [{"ts": "2.5"}]}}, Share("2.5")),
        ({"private": {"C1": [{"ts": "2.5", "thread_ts": "1.5"}]}}, Share("2.5", "1.5")),
        ({"private": {"C1": [{"ts": "2.5", "thread_ts": "2.5"}]}}, Share("2.5")),
        ({"public": {"C1": [{"ts": "9.9"}, {"ts": "10.1"}]}}, Share("10.1")),
        ({"public": {"C2": [{"ts": "2.5"}]}}, None),
        ({"public": {"C1": [{"ts": None}, None, {}]}, "odd": 7}, None),
        ({"public": {"C1": {"ts": "2.5"}}}, None),
        ([], None),
        (None, None),
    ],
)
def test_the_message_of_a_file_is_its_newest_share_there(shares: object, share: Share | None):
    assert share_in({"shares": shares}, "C1") == share


@given(
    st.recursive(
        st.none() | st.text() | st.integers(),
        lambda inner: (
            st.lists(inner)
            | st.dictionaries(st.sampled_from(["public", "C1", "ts", "thread_ts"]), inner)
        ),
    )
)
def test_whatever_slack_says_of_shares_is_read(shares: object):
    share_in({"shares": shares}, "C1")


# what people decided


@pytest.mark.parametrize(
    ("habits", "unasked"),
    [
        ((), False),
        ((ALWAYS,), True),
        ((MUTE, ALWAYS), True),
        ((dataclasses.replace(ALWAYS, channel="C2"),), False),
        ((dataclasses.replace(ALWAYS, ref=DEAL),), False),
        ((dataclasses.replace(ALWAYS, portal=PortalUrl("https://second.example")),), False),
        ((MUTE,), False),
    ],
)
def test_always_is_for_one_channel_and_one_record(habits: tuple[Habit, ...], unasked: bool):
    assert always(habits, LINK) is unasked


@pytest.mark.parametrize(
    ("habits", "silent"),
    [
        ((), False),
        ((MUTE,), True),
        ((dataclasses.replace(MUTE, channel=""),), True),
        ((dataclasses.replace(MUTE, channel="C2"),), False),
        ((ALWAYS,), False),
    ],
)
def test_who_asked_for_silence_has_it(habits: tuple[Habit, ...], silent: bool):
    assert muted(habits, "C1") is silent


# what a death leaves


def left(world: World, **facts: Any) -> Prompt:
    """Return a prompt as a process leaves it that died over it."""
    file = world.slack.put_file("offer.pdf", OFFER)
    now = datetime.now(UTC)
    base = Prompt(
        id="left",
        user=SlackUser(world.slack.team, "U0ANA"),
        channel="C0SALES",
        message="1.0",
        created_at=now,
        reply=ReplyTo(channel="C0SALES"),
        files=(SharedFile(id=file.id, name="offer.pdf", size=len(OFFER), channel="C0SALES"),),
        offers=(Offer(ref=CASE_7, portal=world.portal.url),),
        wake_at=now,
    )
    return dataclasses.replace(base, **facts)


async def after_a_death(world: World, *prompts: Prompt) -> None:
    """Stop the bot, leave prompts on its disk, and start it again."""
    await world.stop()
    async with open_store(world.settings.database_url) as store:
        for one in prompts:
            await store.prompts.open(one, [])
    await world.start()


async def marked(world: World) -> None:
    """Have one more file asked about: whatever was to be told before has been."""
    await world.say("link case 7")
    await world.slack.share_files({"marker.pdf": PRICES})
    await saying(world, "Add *marker.pdf*")


async def test_a_prompt_that_was_not_sent_yet_is_sent(ana: World):
    await after_a_death(ana, left(ana))

    shown = await prompt(ana)

    assert shown.text == "Add offer.pdf to CRM? This channel is linked to Case #7."


@pytest.mark.parametrize(
    "how",
    [
        {"reply": ReplyTo(channel="C0SALES", trying=Way.EPHEMERAL, about="x")},
        {"created_at": datetime.now(UTC) - timedelta(minutes=3)},
    ],
    ids=["perhaps-sent", "too-late"],
)
async def test_a_prompt_that_may_have_been_seen_or_is_old_is_let_be(
    ana: World, how: dict[str, Any]
):
    await after_a_death(ana, left(ana, **how))

    await marked(ana)

    assert ["marker.pdf" in one.text for one in asked(ana)] == [True]


async def test_in_a_direct_message_it_is_told_once_more(ana: World):
    reply = ReplyTo(channel="D0ANA", openly=True, trying=Way.CHANNEL, about="x")

    await after_a_death(ana, left(ana, channel="D0ANA", reply=reply))

    await prompt(ana, channel="D0ANA")


async def test_what_is_always_attached_is_attached_once_after_a_death(ana: World):
    again = left(ana, answered=Answered.ALWAYS)

    await after_a_death(ana, again)
    await saying(ana, "Attached 1 file to Case #7")
    await after_a_death(ana)
    await marked(ana)

    assert len(ana.portal.events_of(CASE_7)) == 2
    assert digests(ana) == {"offer.pdf": sha(OFFER)}


async def test_a_prompt_ends_after_a_week_and_says_so(ana: World):
    old = left(ana, created_at=datetime.now(UTC) - timedelta(days=6))
    direct = dataclasses.replace(old, channel="D0ANA", reply=ReplyTo(channel="D0ANA", openly=True))
    await after_a_death(ana, direct)
    shown = await prompt(ana, channel="D0ANA")
    await ana.stop()
    async with open_store(ana.settings.database_url) as store:
        assert await store.prompts.sweep(datetime.now(UTC)) == 1
    await ana.start()

    click = await ana.slack.click(shown, "Not now")
    answer = await ana.slack.answer(click)

    assert "Nothing was changed" in answer.all_text()


async def test_nobody_answers_for_another_person(ana: World):
    await after_a_death(ana, left(ana))
    shown = await prompt(ana)
    await ana.stop()
    path = ana.settings.database_url.removeprefix("sqlite:///")
    with closing(sqlite3.connect(path)) as db:
        db.execute("update prompts set body = replace(body, 'U0ANA', 'U0BEN')")
        db.commit()
    await ana.start()

    click = await ana.slack.click(shown, "Attach to Case #7")
    answer = await ana.slack.answer(click)

    assert "This is not your request" in answer.text
    assert len(ana.portal.events_of(CASE_7)) == 1
