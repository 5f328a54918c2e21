"""Channels where the operator has turned attaching off: nothing is stored, the rest goes on."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from tests.sharing import CASE_7, OFFER, asked, prompt, saying

if TYPE_CHECKING:
    from tests.world import World

CLOSED = "Attaching is turned off in this channel by your Slack admin."

COUNTS = (
    "select count(*) from filings",
    "select count(*) from drafts",
    "select count(*) from prompts",
    "select count(*) from shares",
)


@pytest.fixture
async def closed(unstarted: World) -> World:
    """Return a world in which Ana is connected, and #sales was closed after it was linked."""
    await unstarted.start()
    await unstarted.connect()
    await unstarted.say("link case 7")
    await unstarted.stop()
    await unstarted.start(ATTACHBOT_CLOSED_CHANNELS="C0SALES")
    return unstarted


def rows(world: World) -> list[int]:
    with closing(sqlite3.connect(world.settings.database_url.removeprefix("sqlite:///"))) as db:
        return [db.execute(query).fetchone()[0] for query in COUNTS]


@pytest.mark.parametrize("command", ["case 7 12", "here 12", "case 7", "12", "", "link case 9"])
async def test_commands_that_attach_are_refused_and_nothing_is_stored(closed: World, command: str):
    before = rows(closed)

    answer = await closed.say(command)

    assert answer.text == (f"{CLOSED} Nothing was changed. Send me the files in a direct message.")
    assert rows(closed) == before
    assert len(closed.portal.events_of(CASE_7)) == 1


async def test_lists_and_status_go_on_there_and_attaching_elsewhere(closed: World):
    listed = await closed.say("list case 7")
    status = await closed.say("status")
    elsewhere = await closed.say("case 7 12", channel="C0DEALS")

    assert "Case #7" in listed.text
    assert "This channel is linked to Case #7." in status.all_text()
    assert elsewhere.text.startswith("Attached 1 file to Case #7")


async def test_the_shortcut_on_a_message_there_is_refused(closed: World):
    message = closed.slack.say("The offer?")

    said = await closed.slack.answer(await closed.slack.message_shortcut(message, "attach_message"))

    assert said.text.startswith(CLOSED)
    assert closed.slack.view_of("U0ANA") is None


async def test_nobody_is_asked_there_and_the_direct_message_is_opened_on_wish(closed: World):
    before = rows(closed)
    await closed.slack.share_files({"offer.pdf": OFFER})
    said = await closed.say("case 7 12")
    await closed.slack.click(said, "Open direct message")
    await saying(closed, "Send me the files here", channel="D0ANA")
    assert rows(closed) == before

    await closed.slack.share_files({"offer.pdf": OFFER}, channel="D0ANA")
    shown = await prompt(closed, channel="D0ANA")
    await closed.slack.click(shown, "Case #7, Acme onboarding")
    await saying(closed, "Attached 1 file to Case #7", channel="D0ANA")

    assert asked(closed) == []


async def test_what_was_asked_before_the_channel_was_closed_attaches_nothing(ana: World):
    await ana.say("link case 7")
    form = await ana.slack.opened(await ana.slack.command("case 9"))
    await ana.say("case 7 12")
    question = await ana.say("case 7 12")
    await ana.slack.share_files({"offer.pdf": OFFER})
    shown = await prompt(ana)
    await ana.stop()
    await ana.start(ATTACHBOT_CLOSED_CHANNELS="C0SALES")

    clicks = [
        await ana.slack.click(question, question.buttons[0]),
        await ana.slack.click(shown, "Attach to Case #7"),
        await ana.slack.click(shown, "Other record"),
        await ana.slack.click(shown, "Always use Case #7 in this channel"),
    ]
    said = [await ana.slack.answer(click) for click in clicks]
    await ana.slack.submit(form, {"files": "12"})
    told = await saying(ana, CLOSED.rstrip("."), channel="D0ANA")
    cancelled = await ana.slack.answer(await ana.slack.click(question, "Cancel request"))

    assert [one.text.startswith(CLOSED) for one in (*said, told)] == [True] * 5
    assert "ancelled" in cancelled.text
    assert len(ana.portal.events_of(CASE_7)) == 2
