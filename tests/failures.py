"""What can fail around a person with a key: each of these forces it, and waits until it has."""

from __future__ import annotations

import contextlib
import json
import secrets
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

from bot.domain import EntityRef, EntityType
from bot.errors import SlackError
from bot.sandbox.portal_faults import Fault
from bot.sandbox.slack import Fault as SlackFault
from tests.test_message_to_record import NOTE, filled_in, sent
from tests.visitor import Visitor, path_of

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from tests.world import World

CASE_7 = EntityRef(EntityType.CASE, 7)
CASE = ("GET", r"/crm/case/7$")
UPLOAD = ("POST", "/upload$")
JSON = {"Content-Type": "application/json"}
TEXT = "Please keep the margin of 37 percent between us, says Zoe."
CONTENT = b"%PDF The price that we would go down to is 41,500. " * 40


async def connect(world: World, key: str = "") -> None:
    """Connect Ana with her key or another, by the page where there is one."""
    exchange = await world.slack.command("connect")
    key = key or world.person("Ana Reyes").token
    if "ATTACHBOT_PUBLIC_URL" in world.env:
        visitor = Visitor(world, path_of(exchange.said or {}))
        await visitor.look()
        await visitor.send(key)
        return
    form = await world.slack.opened(exchange)
    await world.slack.submit(form, {"key": key})
    await world.slack.close(world.slack.view_of("U0ANA") or form)


async def the_portal_tells_the_key_in_its_failures(world: World) -> None:
    key = world.person("Ana Reyes").token
    said = json.dumps({"status": 1, "statusCode": 500, "error": {"message": key, "stack": key}})
    for status, body, headers in ((500, f"<html>{key}", {}), (500, said, JSON), (403, said, JSON)):
        for match in (("GET", "/people/"), ("GET", "/settings/security/")):
            fault = Fault(match=match, status=status, body=body, headers=headers, times=1)
            world.portal.faults.add(fault)
            await connect(world)
    world.portal.faults.add(Fault(match=CASE, status=403, body=said, headers=JSON, times=1))
    await world.say("case 7 12")


async def the_portal_answers_the_key(world: World) -> None:
    key = world.person("Ana Reyes").token
    headers = {"Content-Type": "application/json"}
    for body in (
        {"response": {"id": {"key": key}}},
        {"response": [key]},
        {"response": {"id": "x", "title": 7, key: key}},
    ):
        text = json.dumps({"status": 0, "statusCode": 200, **body})
        world.portal.faults.add(
            Fault(match=("GET", "/(crm|people)/"), status=200, body=text, headers=headers)
        )
        await world.say("case 7 12")
        await connect(world)
        world.portal.faults.clear()


async def an_attach_has_no_answer(world: World) -> None:
    key = world.person("Ana Reyes").token
    world.portal.faults.add(
        Fault(match=("POST", "files$"), status=502, body=key, acts=True, times=1)
    )
    await world.slack.command("case 7 12")
    await world.portal.until(lambda: any(one.status == 502 for one in world.portal.requests))
    await world.say("status")


async def keys_are_none(world: World) -> None:
    for ending in ("\r\nX-Other: 1", "\u2026", " and more", "\x00", "=" * 300):
        await connect(world, secrets.token_urlsafe(60) + ending)
    await connect(world, f"Basic {secrets.token_urlsafe(60)}")
    await connect(world, secrets.token_urlsafe(60))


async def keys_are_typed(world: World) -> None:
    key = world.person("Ana Reyes").token
    for text in ("connect {}", "case 7 {}", "{}", "case 7 12 -- {}", "status {}", "'{}' 12"):
        await world.slack.command(text.format(secrets.token_urlsafe(60)))
        await world.slack.command(text.format(key))
    await world.slack.command(f"case 7 {world.portal.url}/?asc_auth_key={key}")
    await world.slack.command(f"case 7 {world.portal.url}/Products/CRM/Cases.aspx?id=7&key={key}")


async def slack_tells_the_token_in_its_failures(world: World) -> None:
    for method in ("chat.postEphemeral", "chat.postMessage", "views.open", "auth.test"):
        world.slack.faults[method] = SlackFault(world.slack.bot_token)
    world.slack.faults["response_url"] = SlackFault(world.slack.bot_token)
    shared = await world.slack.share_files({"offer.pdf": CONTENT})
    world.slack.faults["files.info"] = SlackFault(world.slack.bot_token)
    await world.slack.command(f"case 7 https://acme.slack.com/files/U0ANA/{shared.files[0].id}/o")
    await world.slack.command("case 7 12")
    await world.slack.command("")
    await world.portal.until(lambda: len(world.portal.events_of(CASE_7)) > 1)
    await world.stop()
    with contextlib.suppress(SlackError):
        await world.start()
    world.slack.faults.clear()
    await world.stop()
    await world.start()


async def slack_breaks_off(world: World) -> None:
    for method in ("chat.postEphemeral", "chat.postMessage", "views.open", "response_url"):
        world.slack.faults[method] = SlackFault("drop")
    await world.slack.command("")
    await world.slack.command("case 7 12")
    await world.slack.command("connect")


async def the_store_breaks(world: World) -> None:
    form = await filled_in(world, world.slack.say(TEXT))
    tables = ("filings", "drafts", "connect_links", "accounts")
    _change(world, *(f"alter table {table} rename to gone_{table}" for table in tables))
    await world.slack.submit(form, {"record": "case:7", "opts": [NOTE]})
    await world.slack.command("case 7 12")
    await world.slack.command("status")
    await world.slack.command("connect")
    if world.slack.deliver_to:  # a socket says nothing for three seconds
        await world.slack.event({"type": "tokens_revoked", "tokens": {"oauth": ["U0ANA"]}})
    _change(world, *(f"alter table gone_{table} rename to {table}" for table in tables))


def _change(world: World, *statements: str) -> None:
    """Change the database behind the bot's back."""
    with closing(sqlite3.connect(world.settings.database_url.removeprefix("sqlite:///"))) as db:
        for statement in statements:
            db.execute(statement)
        db.commit()


async def a_key_is_moved(world: World) -> None:
    _change(world, "update accounts set user = 'U0BEN'")
    await world.stop()
    await world.start()
    await world.say("case 7 12", user="U0BEN")
    await connect(world)


async def a_file_fails_on_its_way(world: World) -> None:
    shared = await world.slack.share_files({"offer.pdf": CONTENT})
    command = f"case 7 https://acme.slack.com/files/U0ANA/{shared.files[0].id}/offer.pdf"
    world.portal.faults.add(Fault(match=UPLOAD, status=500, body=CONTENT))
    for what in ("cut", 403):
        world.slack.faults["files"] = SlackFault(what, times=1)
        await world.slack.command(command)
    await world.portal.until(lambda: any(one.status == 500 for one in world.portal.requests))


async def a_text_is_kept_back(world: World) -> None:
    world.portal.faults.add(Fault(match=CASE, status=503, body=TEXT))
    form = await filled_in(world, world.slack.say(TEXT))
    await sent(world, form, opts=[NOTE])
    await world.portal.until(lambda: any(one.status == 503 for one in world.portal.requests))


async def the_portal_is_no_portal(world: World) -> None:
    await world.stop()
    await world.start(ATTACHBOT_PORTAL_URL=world.portal.url.replace("http:", "https:"))
    await connect(world)
    await world.slack.command("case 7 12")


async def deliveries_are_bent(world: World) -> None:
    key = world.person("Ana Reyes").token
    url = next(one.response_url for one in world.slack.exchanges if one.response_url)
    body = json.dumps({"token": key, "response_url": url, "event": {"text": key}}).encode()
    for secret in ("", "not the secret") if world.slack.deliver_to else ():
        for cut in (body, body[:-1], body[1:]):
            await world.slack.signed_request(cut, JSON, secret=secret)
    for event in (
        {"type": "file_shared", "file_id": key},
        {"type": key},
        {"type": "message", "text": key},
    ):
        await world.slack.event(event)


FAILURES: tuple[Callable[[World], Awaitable[None]], ...] = (
    the_portal_tells_the_key_in_its_failures,
    the_portal_answers_the_key,
    an_attach_has_no_answer,
    keys_are_none,
    keys_are_typed,
    slack_tells_the_token_in_its_failures,
    slack_breaks_off,
    the_store_breaks,
    a_key_is_moved,
    a_file_fails_on_its_way,
    a_text_is_kept_back,
    the_portal_is_no_portal,
    deliveries_are_bent,
)
