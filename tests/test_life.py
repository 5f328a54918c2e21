"""The bot's own life: what survives a stop, what a broken store or Slack costs."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import aiohttp
import pytest

from bot.domain import EntityRef, EntityType
from bot.errors import AlreadyRunningError, SecretError, SlackError
from bot.sandbox.portal_faults import Fault as PortalFault
from bot.sandbox.slack import Fault
from bot.vault import new_key

if TYPE_CHECKING:
    from tests.world import World

CASE_7 = EntityRef(EntityType.CASE, 7)


def broken(world: World, sql: str) -> None:
    """Change the database behind the bot's back."""
    path = world.settings.database_url.removeprefix("sqlite:///")
    with closing(sqlite3.connect(path)) as db:
        db.execute(sql)
        db.commit()


async def test_what_was_accepted_before_a_stop_is_done_after_the_start(ana: World):
    fault = ana.portal.faults.add(PortalFault(match=("GET", r"/crm/case/7$"), drop="before"))
    exchange = await ana.slack.command("case 7 12,13")
    assert exchange.ack.good
    await ana.stop()
    ana.portal.faults.remove(fault)

    running = await ana.start()
    answer = await ana.slack.answer(exchange)

    assert running.taken_up == 1
    assert answer.text.startswith("Attached 2 files to Case #7")
    assert len(ana.portal.events_of(CASE_7)) == 2


async def test_a_question_survives_a_restart(ana: World):
    asked = await ana.say("case 7 14")
    await ana.stop()
    await ana.start()

    exchange = await ana.slack.click(asked, "Copy and attach")
    answer = await ana.slack.answer(exchange)

    assert answer.text.startswith("Attached 1 file to Case #7")


async def test_a_question_is_answered_once(ana: World):
    asked = await ana.say("case 7 14")
    first = await ana.slack.click(asked, "Copy and attach")
    await ana.slack.redeliver(first)
    await ana.slack.answer(first, "Attached 1 file")
    await ana.say("status")

    assert len(ana.portal.events_of(CASE_7)) == 2
    assert not any("no effect" in one.text for one in ana.slack.messages_of("U0ANA", "C0SALES"))


async def test_a_click_to_share_that_came_twice_shares_once(ana: World):
    answer = await ana.say("case 7 12")
    click = await ana.slack.click(answer, "Share in channel")
    await ana.slack.shown("U0BEN", "C0SALES")
    await ana.slack.redeliver(click)
    await ana.say("status")

    assert len(ana.slack.messages_of("U0BEN", "C0SALES")) == 1


async def test_buttons_of_another_persons_request_do_nothing(ana: World):
    await ana.connect(user="U0BEN", name="Ben Ito")
    asked = await ana.say("case 7 14")
    exchange = await ana.slack.click(asked, "Copy and attach")
    await ana.slack.answer(exchange, "Attached")
    payload = {**exchange.payload, "user": {"id": "U0BEN", "team_id": ana.slack.team}}
    exchange.payload = payload

    await ana.slack.redeliver(exchange)

    assert len(ana.portal.events_of(CASE_7)) == 2


async def test_a_store_that_cannot_write_is_told_and_nothing_is_taken(ana: World):
    broken(ana, "alter table filings rename to away")

    exchange = await ana.slack.command("case 7 12")
    assert exchange.ack.good
    assert exchange.said is not None
    assert "Nothing was accepted and nothing was changed." in exchange.said["text"]

    broken(ana, "alter table away rename to filings")
    answer = await ana.say("case 7 12")
    assert answer.text.startswith("Attached 1 file")


async def test_an_event_that_cannot_be_stored_is_sent_again_by_slack(ana: World):
    broken(ana, "alter table accounts rename to away")

    exchange = await ana.slack.event(
        {"type": "tokens_revoked", "tokens": {"oauth": ["U0ANA"]}}, retries=0
    )
    assert not exchange.ack.good

    broken(ana, "alter table away rename to accounts")
    await ana.slack.redeliver(exchange)
    asked = await ana.slack.command("case 7 12")
    assert asked.said is not None


async def test_when_the_response_url_fails_the_answer_comes_as_an_ephemeral_message(ana: World):
    ana.slack.faults["response_url"] = Fault(500)

    await ana.slack.command("case 7 12")

    (answer,) = await ana.slack.shown("U0ANA", "C0SALES")
    assert answer.text.startswith("Attached 1 file")
    assert [call.method for call in ana.slack.calls][-1] == "chat.postEphemeral"


async def test_where_the_bot_is_no_member_the_answer_comes_as_a_direct_message(ana: World):
    ana.slack.faults["response_url"] = Fault(404)

    await ana.slack.command("case 7 12", channel="C0RANDOM")

    answer = (await ana.slack.shown("U0ANA", "U0ANA"))[-1]
    assert answer.text.startswith("Attached 1 file")


async def test_readiness_names_what_is_wrong(unstarted: World):
    running = await unstarted.start(ATTACHBOT_ADMIN_PORT=str(_free_port()))

    async with aiohttp.ClientSession() as web:
        async with web.get(f"{running.admin_url}/healthz") as healthy:
            assert healthy.status == 200
        async with web.get(f"{running.admin_url}/readyz") as ready:
            assert (ready.status, await ready.text()) == (200, "ready\n")
        broken(unstarted, "alter table probe rename to away")
        async with web.get(f"{running.admin_url}/readyz") as unready:
            assert unready.status == 503
            assert await unready.text() == "the database cannot be written\n"
        async with web.get(f"{running.admin_url}/metrics") as metrics:
            assert "attachbot_filings_running" in await metrics.text()


def _free_port() -> int:
    import socket  # noqa: PLC0415

    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


async def test_a_second_bot_on_the_same_database_is_refused(world: World):
    with pytest.raises(AlreadyRunningError):
        await world.start()


async def test_the_wrong_key_ring_does_not_start(world: World):
    await world.stop()

    with pytest.raises(SecretError):
        await world.start(ATTACHBOT_SECRET_KEYS=new_key())


async def test_a_rotated_key_ring_still_opens_what_was_sealed(ana: World):
    old = ana.env["ATTACHBOT_SECRET_KEYS"]
    await ana.stop()

    await ana.start(ATTACHBOT_SECRET_KEYS=f"{new_key()},{old}")

    answer = await ana.say("case 7 12")
    assert answer.text.startswith("Attached 1 file")


async def test_a_token_that_slack_refuses_does_not_start(unstarted: World):
    with pytest.raises(SlackError):
        await unstarted.start(SLACK_BOT_TOKEN="xoxb-wrong-token-of-nobody")


async def test_the_line_at_the_start_says_what_is_connected(world: World):
    line = str(world.bot)

    assert line.startswith(f"Connected to Acme ({world.slack.team}) by ")
    assert "0 unfinished requests taken up." in line
