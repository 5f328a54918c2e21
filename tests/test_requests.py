"""What arrives over HTTP: only what Slack signed, once, and in time."""

from __future__ import annotations

import asyncio
import io
import json
import time
from typing import TYPE_CHECKING
from urllib.parse import urlencode, urlsplit

import pytest
from click.testing import CliRunner
from pydantic import SecretStr
from slack_bolt.async_app import AsyncApp

from bench.gate_requests import head
from bench.prove_gate import status_of
from bot import logs
from bot.__main__ import main
from bot.domain import EntityRef, EntityType
from bot.sandbox.slack import Fault
from bot.sandbox.slack_delivery import Signed
from bot.web import Inside, serving, slack_site

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from bot.sandbox.portal import SandboxPortal
    from bot.sandbox.slack import SandboxSlack

from tests.test_sockets import until
from tests.world import World, a_world

CASE_7 = EntityRef(EntityType.CASE, 7)


@pytest.fixture
async def http(slack: SandboxSlack, portal: SandboxPortal, tmp_path: Path) -> AsyncIterator[World]:
    env = {"SLACK_SIGNING_SECRET": f"{'0' * 32},{slack.signing_secret}"}
    async with a_world(slack, portal, tmp_path, env) as world:
        await world.start()
        yield world


def port_of(world: World) -> int:
    return urlsplit(world.slack.deliver_to or "").port or 0


@pytest.mark.parametrize(
    ("timestamp", "headers", "secret"),
    [
        ("", {}, "wrong"),
        ("", {"X-Slack-Signature": "v0=" + "0" * 64}, ""),
        ("", {"X-Slack-Signature": ""}, ""),
        ("", {"X-Slack-Signature": "v0=\xe9"}, ""),
        (str(int(time.time()) - 900), {}, ""),
        (str(int(time.time()) + 900), {}, ""),
        ("", {"X-Slack-Request-Timestamp": "now"}, ""),
        ("", {"X-Slack-Request-Timestamp": ""}, ""),
        ("9" * 5000, {}, ""),
    ],
    ids=[
        "secret",
        "signature",
        "none",
        "not-ascii",
        "old",
        "future",
        "no-number",
        "no-time",
        "huge",
    ],
)
async def test_s1_what_slack_did_not_sign_gets_an_empty_401(
    http: World, timestamp: str, headers: dict[str, str], secret: str
):
    ack = await http.slack.signed_request(
        b"text=planted-words", headers, timestamp=timestamp, secret=secret
    )

    assert (ack.status, ack.body) == (401, "")


async def test_a_refused_body_is_not_logged(http: World):
    stream = io.StringIO()
    logs.configure("debug", "json", stream)

    await http.slack.signed_request(b"text=planted-words", secret="wrong")

    assert "request_not_signed" in stream.getvalue()
    assert "planted-words" not in stream.getvalue()


async def test_d4_a_body_over_one_mebibyte_is_refused_unread(http: World):
    ack = await http.slack.signed_request(b"x" * (1024 * 1024 + 1))

    assert ack.status == 413


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b"\xff\xfe",
        b"payload=%7B",
        b"payload=[]",
        b"command",
        b'{"a":1}',
        b"[" * 100_000,
    ],
)
async def test_signed_nonsense_is_refused_without_an_error_of_the_server(http: World, body: bytes):
    kinds = ["application/json", "application/x-www-form-urlencoded"]
    for kind in kinds:
        ack = await http.slack.signed_request(body, {"Content-Type": kind})
        assert ack.status in {401, 404, 415}


async def test_s2_either_of_two_signing_secrets_is_good(http: World):
    await http.connect()
    http.slack.signing_secret = "0" * 32

    answer = await http.say("case 7 12")

    assert answer.text.startswith("Attached 1 file")


async def test_slack_verifies_the_address(http: World):
    ack = await http.slack.verify_url("a-challenge")

    assert (ack.status, ack.body) == (200, {"challenge": "a-challenge"})


async def test_every_event_is_answered_with_200(http: World):
    for type_ in ("app_home_opened", "file_shared", "message", "something_new"):
        exchange = await http.slack.event({"type": type_, "user": "U0ANA", "channel": "C0SALES"})
        assert exchange.ack.status == 200


async def test_a_command_delivered_many_times_is_one_filing(http: World):
    await http.connect()
    exchange = await http.slack.command("case 7 12,13")
    for number in range(1, 4):
        await http.slack.redeliver(exchange, number=number)
    await http.slack.answer(exchange)
    await http.stop()
    await http.start()
    again = await http.slack.redeliver(exchange, number=4)
    await http.say("status")

    assert again.ack.status == 200
    assert len(http.portal.events_of(CASE_7)) == 2


def click_of(team: str, user: str, own_team: str) -> bytes:
    payload = {
        "type": "block_actions",
        "team": {"id": team},
        "user": {"id": user, "team_id": own_team},
        "channel": {"id": "C0PARTNER", "name": "partner"},
        "trigger_id": "1.2.3",
        "actions": [{"type": "button", "action_id": "command.run", "block_id": "b", "value": ""}],
    }
    return urlencode({"payload": json.dumps(payload)}).encode()


async def test_s4_members_of_another_company_are_refused_and_the_audit_tells_of_them(http: World):
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    for user in ("U0ZOE", "U0ZOE", "U0YAN"):
        body = click_of(http.slack.team, user, "T0OTHER")
        assert (await http.slack.signed_request(body, form)).status == 200
    await http.stop()

    exported = CliRunner().invoke(main, ["audit", "export"], env=http.env)

    lines = [json.loads(line) for line in exported.stdout.splitlines()]
    assert [(line["who"], line["entry"]) for line in lines] == [
        ({"team": "T0OTHER", "user": user}, {"act": "turned_away", "channel": "C0PARTNER"})
        for user in ("U0ZOE", "U0YAN")
    ]
    said = http.slack.messages_of("U0ZOE", "C0PARTNER")
    assert [one.text[:32] for one in said] == ["You belong to another workspace."] * 2


async def test_a_command_may_have_the_word_payload_in_it(http: World):
    await http.connect()

    answer = await http.say("case 7 12 -- the payload of payload=1&command=x")

    assert answer.text.startswith("Attached 1 file")
    assert http.portal.events_of(CASE_7)[-1].content == "the payload of payload=1&command=x"


async def test_work_goes_on_while_a_form_waits_for_slack(http: World):
    await http.connect()
    http.slack.faults["views.open"] = Fault("hang")

    opening = asyncio.create_task(http.slack.command("case 7"))
    answer = await http.slack.answer(await http.slack.command("case 7 12,13"), "Attached 2 files")

    assert "Case #7" in answer.text
    assert not opening.done()
    assert (await opening).ack.good


async def test_s1_of_two_signatures_none_is_good(http: World):
    body = urlencode({"command": "/attach", "text": "help"}).encode()
    signed = Signed(secret=http.slack.signing_secret, clock=time.time).headers(body)
    twice = [*signed.items(), ("X-Slack-Signature", "v0=0"), ("Content-Length", str(len(body)))]

    assert await status_of(port_of(http), head([("Host", "x"), *twice]) + body) == 401


@pytest.mark.parametrize(
    "begun",
    [
        b"Content-Length: 9\r\n\r\nx",
        b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n",
        b"Transfer-Encoding: chunked\r\n\r\nno size\r\n",
        b"Content-Length: x\r\n\r\n",
    ],
    ids=["short", "endless", "broken", "no-length"],
)
async def test_d4_a_body_that_never_comes_whole_is_refused_in_time(slack: SandboxSlack, begun):
    bolt = AsyncApp(token="xoxb-none", request_verification_enabled=False)
    site = slack_site(Inside(bolt=bolt, commands={}), [SecretStr("secret")], patience=0.2)
    async with serving(site, "127.0.0.1", 0) as url:
        raw = b"POST /slack/events HTTP/1.1\r\nHost: x\r\n" + begun

        assert await status_of(urlsplit(url).port or 0, raw) == 401


async def test_d4_who_leaves_amid_a_body_leaves_no_trace_of_it(http: World):
    stream = io.StringIO()
    logs.configure("debug", "json", stream)
    _, writer = await asyncio.open_connection("127.0.0.1", port_of(http))
    writer.write(head([("Host", "x"), ("Content-Length", "99")]) + b"planted-words")
    await writer.drain()
    writer.transport.abort()
    await until(lambda: "request_cut_short" in stream.getvalue())

    assert "Traceback" not in stream.getvalue()
    assert "planted-words" not in stream.getvalue()
