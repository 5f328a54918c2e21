"""The page that takes a key: from the button in Slack to the request that goes on."""

from __future__ import annotations

import asyncio
import contextlib
import io
import logging
import re
import sqlite3
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
import structlog

from bot import logs
from bot.connect_link import digest
from bot.connect_links import LIFE
from bot.connect_page.visitors import VISITS
from bot.domain import EntityRef, EntityType
from bot.sandbox.portal import SandboxPortal
from bot.sandbox.portal_faults import Fault
from tests.visitor import SITE, Visitor, path_of
from tests.world import World, a_world

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

    from bot.sandbox.slack import SandboxSlack

CASE_7 = EntityRef(EntityType.CASE, 7)
CHECKS = 2
"""Calls that look at a key: who it is, and whether they have CRM."""
WRONG = "this-is-certainly-no-key-at-all"


@pytest.fixture
async def unpaged(
    slack: SandboxSlack, portal: SandboxPortal, tmp_path: Path
) -> AsyncIterator[World]:
    """Prepare a world with a page; the scenario starts the bot."""
    env = {"SLACK_SIGNING_SECRET": slack.signing_secret, "ATTACHBOT_PUBLIC_URL": SITE}
    async with a_world(slack, portal, tmp_path, env) as world:
        yield world


@pytest.fixture
async def paged(unpaged: World) -> World:
    """Return a world whose bot has a page and nobody connected."""
    await unpaged.start()
    return unpaged


async def link_of(world: World, command: str = "connect", *, user: str = "U0ANA") -> str:
    """Return the path of a new link."""
    exchange = await world.slack.command(command, user=user)
    assert exchange.said is not None
    return path_of(exchange.said)


async def visit(world: World, path: str = "") -> Visitor:
    """Return somebody who has opened the page."""
    visitor = Visitor(world, path or await link_of(world))
    await visitor.look()
    return visitor


def key_of(world: World, name: str = "Ana Reyes") -> str:
    return world.person(name).token


async def connected(world: World) -> bool:
    exchange = await world.slack.command("status")
    assert exchange.said is not None
    return "You are connected as" in exchange.said["text"]


# From Slack to the page and back


async def test_connect_answers_privately_with_a_link_in_place_of_the_form(paged: World):
    exchange = await paged.slack.command("connect")

    assert exchange.said is not None
    assert exchange.said["response_type"] == "ephemeral"
    assert exchange.said["text"].startswith("Connect your CRM account on a private page.")
    assert re.fullmatch(r"/connect/[A-Za-z0-9_-]{43}", path_of(exchange.said))


async def test_a_waiting_request_goes_on_after_the_page_as_after_the_form(paged: World):
    exchange = await paged.slack.command("case 7 12,13")
    asked = await paged.slack.answer(exchange)
    clicked = await paged.slack.click(asked, "Connect account")
    link = await paged.slack.answer(clicked)
    await paged.slack.click(link, "Open the page")
    visitor = await visit(paged, path_of(link))

    page = await visitor.send(key_of(paged))

    assert page.status == 200
    assert "You are connected" in page.text
    assert "now works as Ana Reyes at" in page.text
    assert "I am now finishing your request: attach files 12 and 13 to Case #7." in page.text
    assert "You can close this page." in page.text
    answer = await paged.slack.answer(clicked, "Attached 2 files")
    assert answer.text.startswith("Attached 2 files to Case #7, Acme onboarding")
    [told] = [
        one for one in paged.slack.messages_of("U0ANA", "C0SALES") if one.text.startswith("Conn")
    ]
    assert told.ts == link.ts
    assert told.text.startswith("Connected as Ana Reyes")
    assert "I am now finishing your request" in told.text


async def test_the_news_is_told_where_the_command_was_typed_if_slack_saw_no_click(paged: World):
    exchange = await paged.slack.command("connect")
    assert exchange.said is not None
    visitor = await visit(paged, path_of(exchange.said))

    await visitor.send(key_of(paged))

    told = await paged.slack.answer(exchange, "Connected as")
    assert told.text.startswith("Connected as Ana Reyes")
    assert await connected(paged)


async def test_a_form_that_was_wanted_is_offered_after_connecting(paged: World):
    exchange = await paged.slack.command("case 7")
    assert exchange.said is not None
    visitor = await visit(paged, path_of(exchange.said))

    page = await visitor.send(key_of(paged))
    told = await paged.slack.answer(exchange, "Connected as")
    form = await paged.slack.opened(await paged.slack.click(told, "Attach files"))

    assert "In Slack, press Attach files to go on where you were." in page.text
    assert "Case #7" in form.all_text()


async def test_a_shortcut_without_a_conversation_brings_the_link_into_the_direct_messages(
    paged: World,
):
    await paged.slack.global_shortcut("attach_global")
    [link] = await paged.slack.shown("U0ANA", "U0ANA")
    clicked = await paged.slack.click(link, "Open the page")
    visitor = await visit(paged, path_of(link))

    await visitor.send(key_of(paged))

    told = await paged.slack.answer(clicked, "Connected as")
    assert told.text.startswith("Connected as Ana Reyes")
    assert told.ts == link.ts


async def test_a_form_sent_without_an_account_asks_for_the_key_on_the_page(paged: World):
    await (await visit(paged)).send(key_of(paged))
    form = await paged.slack.opened(await paged.slack.command("case 7"))
    await paged.slack.command("disconnect")

    sent = await paged.slack.submit(form, {"files": "12"})
    visitor = await visit(paged, path_of(await paged.slack.answer(sent, "Connect your")))
    page = await visitor.send(key_of(paged))

    assert "I am now finishing your request: attach file 12 to Case #7." in page.text


async def test_the_form_in_slack_stays_for_those_whose_browser_does_not_come_through(paged: World):
    link = await paged.slack.answer(await paged.slack.command("connect"))

    form = await paged.slack.opened(await paged.slack.click(link, "Use a form in Slack"))
    sent = await paged.slack.submit(form, {"key": key_of(paged)})

    assert "Connected as Ana Reyes" in (await paged.slack.opened(sent)).all_text()


async def test_the_form_in_slack_can_be_forbidden(unpaged: World):
    await unpaged.start()
    link = await unpaged.slack.answer(await unpaged.slack.command("connect"))
    form = await unpaged.slack.opened(await unpaged.slack.click(link, "Use a form in Slack"))
    await unpaged.stop()
    await unpaged.start(ATTACHBOT_CONNECT_FORM="no")

    sent = await unpaged.slack.submit(form, {"key": key_of(unpaged)})
    again = await unpaged.slack.answer(await unpaged.slack.command("connect"))

    said = await unpaged.slack.answer(sent)
    assert said.text.startswith("Keys are not taken in Slack any more.")
    assert again.buttons == ["Open the page", "How to get a key"]
    assert not await connected(unpaged)


async def test_without_a_public_address_there_is_no_page(unpaged: World):
    await unpaged.start(ATTACHBOT_PUBLIC_URL="")

    exchange = await unpaged.slack.command("connect")

    assert "CRM key" in (await unpaged.slack.opened(exchange)).all_text()
    page = await Visitor(unpaged, f"/connect/{'a' * 43}").look()
    assert page.status == 404


# What the page says


async def test_s3_the_page_names_whose_account_it_will_be(paged: World):
    visitor = await visit(paged)

    assert visitor.page is not None
    assert "Your key will belong to this Slack account" in visitor.page.text
    ana = paged.slack.workspace.people["U0ANA"].name
    assert f"Person @{ana} member U0ANA Workspace Acme" in visitor.page.text
    assert f"Connect @{ana}" in visitor.page.text
    assert "if somebody sent you this link, close the page" in visitor.page.text


async def test_the_page_has_strict_headers_and_no_scripts(paged: World):
    visitor = await visit(paged)
    assert visitor.page is not None
    page = visitor.page
    gone = await Visitor(paged, f"/connect/{'a' * 43}").look()

    for one in (page, gone):
        headers = one.headers
        policy = headers["Content-Security-Policy"].split("; ")
        assert headers["Cache-Control"] == "no-store"
        assert headers["Referrer-Policy"] == "no-referrer"
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Strict-Transport-Security"] == "max-age=31536000"
        assert headers["Content-Type"] == "text/html; charset=utf-8"
        assert {"default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'"} <= set(policy)
        assert not any("unsafe" in part or "script" in part for part in policy)
        assert not re.search(r"<script|\son\w+=|javascript:|<link|<img|style=", one.html)


async def test_the_cookie_is_for_this_host_alone_and_out_of_reach(paged: World):
    visitor = await visit(paged)
    assert visitor.page is not None

    name, *attributes = visitor.page.set_cookie.split("; ")

    assert name.startswith("__Host-")
    assert {"HttpOnly", "Secure", "SameSite=Strict", "Path=/", "Max-Age=600"} == set(attributes)
    assert visitor.cookie.partition("=")[2] not in visitor.page.html


async def test_the_page_is_good_for_screen_readers_and_never_asks_for_a_password(paged: World):
    visitor = await visit(paged)
    await visitor.send(WRONG)
    assert visitor.page is not None
    html = visitor.page.html

    ids = re.findall(r'\bid="([^"]+)"', html)
    described = re.findall(r'aria-(?:describedby|labelledby)="([^"]+)"', html)
    assert '<html lang="en">' in html
    assert len(ids) == len(set(ids))
    assert {name for names in described for name in names.split()} <= set(ids)
    assert set(re.findall(r'<label for="([^"]+)"', html)) <= set(ids)
    assert re.findall(r"<h(\d)", html) == ["1", "2", "2"]
    assert "<title>Error: " in html
    assert 'role="alert"' in html
    assert 'aria-describedby="wrong key-hint" aria-invalid="true"' in html
    assert 'type="password" required autofocus autocomplete="off"' in html
    assert "this page never asks for it" in visitor.page.text


# Wrong keys, and portals in trouble


async def test_a_wrong_key_is_said_on_the_page_and_the_link_goes_on(paged: World):
    visitor = await visit(paged)

    wrong = await visitor.send(WRONG)
    right = await visitor.send(key_of(paged))

    assert wrong.status == 422
    assert "The portal did not accept this key." in wrong.text
    assert "The key was not stored" in wrong.text
    assert WRONG not in wrong.html
    assert right.status == 200


async def test_s3_five_wrong_keys_end_the_link(paged: World):
    visitor = await visit(paged)

    answers = [await visitor.send(WRONG) for _ in range(5)]
    after = await visitor.look()

    assert [one.status for one in answers] == [422, 422, 422, 422, 410]
    assert "The portal refused five keys" in answers[-1].text
    assert after.status == 410
    asked = len(paged.portal.requests)
    assert (await visitor.post({"key": key_of(paged)})).status == 410
    assert len(paged.portal.requests) == asked


async def test_who_has_no_crm_is_told_on_the_page(paged: World):
    guest = paged.portal.person("Gia Guest", guest=True)
    closed = paged.portal.person("Cleo Closed", crm=False)
    visitor = await visit(paged)

    of_guest = await visitor.send(guest.token)
    of_closed = await visitor.send(closed.token)

    assert (of_guest.status, of_closed.status) == (422, 422)
    assert "Guests have no CRM." in of_guest.text
    assert "cannot use CRM" in of_closed.text


async def test_a_portal_that_does_not_answer_costs_no_try(paged: World):
    visitor = await visit(paged)
    paged.portal.faults.add(Fault(status=502, body="<html>"))

    answers = [await visitor.send(key_of(paged)) for _ in range(2)]
    paged.portal.faults.clear()
    right = await visitor.send(key_of(paged))

    assert {one.status for one in answers} == {503}
    assert "does not answer, so the key could not be checked." in answers[0].text
    assert right.status == 200


async def test_a_wrong_key_keeps_the_choice_of_portal(unpaged: World):
    async with SandboxPortal.sample() as second:
        await unpaged.start(ATTACHBOT_PORTAL_URL=f"{unpaged.portal.url},{second.url}")
        visitor = await visit(unpaged)
        assert visitor.page is not None
        assert visitor.page.fields["portal"] == unpaged.portal.url

        wrong = await visitor.send(WRONG, portal=second.url)
        right = await visitor.send(second.who("Ana Reyes").token)

        assert wrong.fields["portal"] == second.url
        assert f"Ana Reyes at {second.url.removeprefix('http://')}" in right.text


async def test_a_link_for_one_portal_takes_no_key_for_another(unpaged: World):
    async with SandboxPortal.sample() as second:
        await unpaged.start(ATTACHBOT_PORTAL_URL=f"{unpaged.portal.url},{second.url}")
        asked = await unpaged.say("case 7 12")
        link = await unpaged.slack.answer(await unpaged.slack.click(asked, "Connect account"))
        visitor = await visit(unpaged, path_of(link))
        assert visitor.page is not None
        assert "portal" not in visitor.page.fields

        page = await visitor.send(second.who("Ana Reyes").token, portal=second.url)

        assert page.status == 422
        assert second.requests == []


async def test_a_key_of_another_person_than_before_takes_a_second_yes(paged: World):
    await (await visit(paged)).send(key_of(paged))
    ben = paged.portal.person("Ben Okafor")
    visitor = await visit(paged)

    asked = await visitor.send(ben.token)
    again = await visitor.send(ben.token)
    agreed = await visitor.send(ben.token, other=ben.id)

    assert (asked.status, again.status, agreed.status) == (409, 409, 200)
    assert f"It belongs to {ben.name}, and you are connected as Ana Reyes" in asked.text
    assert f"Connect me as {ben.name} from now on" in asked.text
    assert f"now works as {ben.name} at" in agreed.text


# Who may use a link, and when


async def test_s3_a_second_browser_gets_410(paged: World):
    ana = await visit(paged)
    await ana.send(WRONG)
    other = Visitor(paged, ana.path)

    looked = await other.look()
    sent = await other.post({**(ana.page.fields if ana.page else {}), "key": key_of(paged)})

    assert (looked.status, sent.status) == (410, 410)
    assert "A link is for one person and one browser." in looked.text
    assert other.cookie == ""
    assert not await connected(paged)
    assert (await ana.send(key_of(paged))).status == 200


async def test_s3_a_used_link_gets_410_in_the_same_browser_too(paged: World):
    visitor = await visit(paged)
    before = visitor.page
    await visitor.send(key_of(paged))

    looked = await visitor.look()
    visitor.page = before
    sent = await visitor.send(key_of(paged))

    assert (looked.status, sent.status) == (410, 410)
    assert "Have you just sent your key?" in looked.text


async def test_s3_looking_consumes_nothing(paged: World):
    path = await link_of(paged)

    previews = [await Visitor(paged, path).look() for _ in range(3)]
    visitor = await visit(paged, path)

    assert {one.status for one in previews} == {200}
    assert (await visitor.send(key_of(paged))).status == 200


async def test_s3_a_new_link_ends_the_earlier_one(paged: World):
    first, second = await link_of(paged), await link_of(paged)

    assert (await Visitor(paged, first).look()).status == 410
    assert (await Visitor(paged, second).look()).status == 200


async def test_s3_a_link_ends_after_ten_minutes(paged: World, tmp_path: Path):
    visitor = await visit(paged)
    await paged.stop()
    with contextlib.closing(sqlite3.connect(tmp_path / "attachbot.db")) as db:
        [[until]] = db.execute("select until from connect_links")
        db.execute("update connect_links set until = ?", (datetime.now(UTC).isoformat(),))
        db.commit()
    await paged.start()

    after = Visitor(paged, visitor.path)

    assert timedelta(minutes=8) < datetime.fromisoformat(until) - datetime.now(UTC) <= LIFE
    assert (await after.look()).status == 410
    assert (await after.post({"key": key_of(paged)})).status == 410


async def test_s3_an_unknown_token_gets_the_very_page_of_a_used_one(paged: World):
    used = await visit(paged)
    await used.send(key_of(paged))

    of_used = await used.look()
    of_unknown = await Visitor(paged, f"/connect/{'a' * 43}").look()
    of_garbage = await Visitor(paged, "/connect/%00%ff").look()

    assert of_used.html == of_unknown.html == of_garbage.html
    assert of_used.status == of_unknown.status == of_garbage.status == 410
    for one in (of_used, of_unknown, of_garbage):
        assert {name for name in one.headers if name != "Date"} == {
            name for name in of_used.headers if name != "Date"
        }


async def test_s3_a_form_from_elsewhere_is_not_taken(paged: World):
    visitor = await visit(paged)
    stranger = Visitor(paged, visitor.path)
    await stranger.look()
    assert stranger.page is not None

    without_cookie = await Visitor(paged, visitor.path).post({"key": key_of(paged)})
    of_another = await visitor.send(key_of(paged), proof=stranger.page.fields["proof"])
    of_a_person = await visitor.send(key_of(paged))

    assert (without_cookie.status, of_another.status) == (403, 403)
    assert "Paste your key again." in without_cookie.text
    assert of_a_person.status == 200


async def test_a_form_that_was_opened_twice_is_shown_anew_and_works(paged: World):
    first = await visit(paged)
    second = await visit(paged, first.path)
    first.cookie = second.cookie  # the browser has one jar

    refused = await first.send(key_of(paged))
    taken = await first.send(key_of(paged))

    assert (refused.status, taken.status) == (403, 200)


async def test_a_second_press_of_the_button_gets_the_answer_of_the_first(paged: World):
    visitor = await visit(paged)
    assert visitor.page is not None
    form = {**visitor.page.fields, "key": key_of(paged)}
    paged.portal.faults.add(Fault(latency=0.3))
    once = len(paged.portal.requests) + CHECKS

    pages = await asyncio.gather(*(visitor.post(form) for _ in range(3)))

    assert {page.status for page in pages} == {200}
    assert len(paged.portal.requests) == once


@pytest.mark.parametrize("event", ["app_uninstalled", "disconnect"])
async def test_a_link_ends_with_what_it_is_for(paged: World, event: str):
    visitor = await visit(paged)

    if event == "disconnect":
        await paged.slack.command("disconnect")
    else:
        await paged.slack.event({"type": "app_uninstalled"})

    assert (await visitor.send(key_of(paged))).status == 410


async def test_a_link_that_ends_while_its_key_is_checked_stores_nothing(paged: World):
    visitor = await visit(paged)
    asked = len(paged.portal.requests)
    paged.portal.faults.add(Fault(latency=0.5))

    sending = asyncio.create_task(visitor.send(key_of(paged)))
    await paged.portal.until(lambda: len(paged.portal.requests) > asked)
    await paged.slack.command("disconnect")

    assert (await sending).status == 410
    assert not await connected(paged)


# Odd visits


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b"{}", "application/json"),
        (b"key=" + b"k" * 20_000, "application/x-www-form-urlencoded"),
        (b"&".join(b"a%d=1" % number for number in range(20)), "application/x-www-form-urlencoded"),
        (b"key=\xff\xfe", "application/x-www-form-urlencoded"),
        (b"key=x", "application/x-www-form-urlencoded; charset=nonsense"),
    ],
    ids=["json", "long", "many", "not-utf-8", "unknown-charset"],
)
async def test_what_no_form_sends_is_answered_and_costs_nothing(
    paged: World, body: bytes, content_type: str
):
    visitor = await visit(paged)

    answer = await visitor.post(body, **{"Content-Type": content_type})

    assert answer.status in {403, 410}
    assert (await visitor.send(key_of(paged))).status == 200


async def test_too_many_visits_from_one_address_are_asked_to_wait(paged: World):
    visitor = await visit(paged)

    statuses = [(await visitor.look()).status for _ in range(VISITS)]
    last = await visitor.look()
    other = Visitor(paged, visitor.path, address="198.51.100.9")

    assert statuses[0] == 200
    assert last.status == 429
    assert 0 < int(last.headers["Retry-After"]) <= 60
    assert "Wait a minute, then load this page again." in last.text
    assert (await other.look()).status == 200


async def test_other_methods_and_paths_are_refused(paged: World):
    path = await link_of(paged)
    visitor = Visitor(paged, path)

    assert (await visitor._asked("PUT", path)).status == 405
    assert (await visitor._asked("HEAD", path)).status == 200
    assert (await visitor.look("/connect/")).status == 404
    assert (await visitor.look(f"{path}/more")).status == 404


# Secrets


@pytest.fixture
def captured() -> Iterator[io.StringIO]:
    """Catch all that is logged at the lowest level, and give the logging back as it was."""
    logger = logging.getLogger()
    handlers, level, raising = logger.handlers[:], logger.level, logging.raiseExceptions
    stream = io.StringIO()
    logs.configure("debug", "json", stream)
    yield stream
    logger.handlers[:] = handlers
    logger.setLevel(level)
    logging.raiseExceptions = raising
    structlog.reset_defaults()


def everything_in(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.iterdir() if path.is_file())


async def test_i1_neither_token_nor_key_nor_cookie_is_logged_or_stored(
    unpaged: World, tmp_path: Path, captured: io.StringIO
):
    await unpaged.start()
    visitor = await visit(unpaged)
    await visitor.send(WRONG)
    await visitor.send(key_of(unpaged))
    token = visitor.path.rpartition("/")[2]
    pending = await visit(unpaged)
    await pending.send(WRONG)
    await unpaged.stop()

    secrets = (
        token,
        pending.path.rpartition("/")[2],
        pending.cookie.partition("=")[2],
        WRONG,
        key_of(unpaged),
    )
    stored = everything_in(tmp_path)
    assert "link_made" in captured.getvalue()
    assert digest(secrets[1]).encode() in stored
    for secret in secrets:
        assert secret not in captured.getvalue()
        assert secret.encode() not in stored
