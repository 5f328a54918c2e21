"""The gate by itself: what it lets pass, and what it answers; and the site for the operator."""

from __future__ import annotations

import asyncio
import gzip
import json
import re
import socket
import time
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode, urlsplit

import aiohttp
import pytest
from prometheus_client import CollectorRegistry, Counter
from pydantic import SecretStr
from slack_bolt.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.response import BoltResponse

from bench.gate_requests import head
from bot.errors import SettingsError
from bot.intake import served
from bot.sandbox.slack_delivery import Signed
from bot.web import BODY_LIMIT, EVENTS_PATH, Inside, admin_site, serving, slack_site

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from slack_bolt.request.async_request import AsyncBoltRequest

    from bot.sandbox.slack_exchange import Ack
    from tests.world import World

FORM = "application/x-www-form-urlencoded"
JSON = "application/json"
WHO = {"user_id": "U1", "team_id": "T1", "trigger_id": "1.2"}
CLICK = {
    "type": "block_actions",
    "user": {"id": "U1"},
    "trigger_id": "1.2",
    "actions": [{"action_id": "a", "type": "button"}],
}


async def anybody() -> AuthorizeResult:
    return AuthorizeResult(enterprise_id=None, team_id="T1", bot_token="xoxb-none")


class Site:
    """A gate on a free port, and what came through it."""

    def __init__(self) -> None:
        self.commands: list[dict[str, Any]] = []
        self.to_bolt: list[dict[str, Any]] = []
        self.bolt_asked: list[AsyncBoltRequest] = []
        self.said: dict[str, Any] = {}
        self.bolt_says = BoltResponse(status=200)
        self.url = ""
        self.signer = Signed(secret="two", clock=time.time)

    @property
    def port(self) -> int:
        return urlsplit(self.url).port or 0

    def inside(self) -> Inside:
        bolt = AsyncApp(authorize=anybody, request_verification_enabled=False)

        @bolt.middleware
        async def everything(body: dict[str, Any], request: AsyncBoltRequest) -> BoltResponse:
            self.to_bolt.append(body)
            self.bolt_asked.append(request)
            return self.bolt_says

        return Inside(bolt=bolt, commands={"/attach": self._command, "/broken": self._broken})

    async def _command(self, delivery: dict[str, Any]) -> dict[str, Any]:
        self.commands.append(delivery)
        return self.said

    async def _broken(self, delivery: dict[str, Any]) -> dict[str, Any]:
        raise RuntimeError(delivery["text"])

    async def post(
        self, body: bytes, kind: str = FORM, headers: Mapping[str, str] | None = None, at: str = ""
    ) -> Ack:
        signed = self.signer.headers(body, at)
        given = {**signed, "Content-Type": kind, **(headers or {})}
        return await self.signer.post(self.url + EVENTS_PATH, body, given)

    async def raw(self, request: bytes, *, then: bytes = b"") -> str:
        """Send bytes, and `then` more once something came back; return the heads of the answers."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        writer.write(request)
        try:
            async with asyncio.timeout(20):
                heads = await reader.readuntil(b"\r\n\r\n")
                if then:
                    writer.write(then)
                    heads += await reader.readuntil(b"\r\n\r\n")
                return heads.decode()
        finally:
            writer.close()


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    made = Site()
    gate = slack_site(made.inside(), [SecretStr("one"), SecretStr("two")])
    async with serving(gate, "127.0.0.1", 0) as made.url:
        yield made


# What passes


async def test_a_command_comes_through_with_all_its_fields(site: Site):
    site.said = {"text": "Yes."}
    fields = {"command": "/attach", "text": "", "note": "a+b&c=d", **WHO}

    ack = await site.post(urlencode(fields).encode())

    assert site.commands == [fields]
    assert site.to_bolt == []
    assert (ack.status, ack.body) == (200, {"text": "Yes."})


async def test_a_command_that_has_nothing_to_say_gets_an_empty_200(site: Site):
    ack = await site.post(urlencode({"command": "/attach", **WHO}).encode())

    assert (ack.status, ack.body) == (200, "")


@pytest.mark.parametrize(
    ("body", "kind", "delivery"),
    [
        (json.dumps({"type": "x", "a": [1]}).encode(), JSON, {"type": "x", "a": [1]}),
        (urlencode({"payload": json.dumps(CLICK)}).encode(), FORM, CLICK),
        (
            urlencode({"command": "/other", **WHO}).encode(),
            FORM,
            {"command": "/other", **WHO},
        ),
        (b'{"type": "x", "text": "half \\ud83d"}', JSON, {"type": "x", "text": "half ?"}),
        (b'{"type": "x", "text": "\\u00e4\\ud83d\\ude00"}', JSON, {"type": "x", "text": "ä😀"}),
        (b'{"type": "x"}', "application/json; charset=utf-8", {"type": "x"}),
    ],
    ids=["event", "interaction", "other command", "half a pair", "whole pair", "charset"],
)
async def test_bolt_gets_everything_else(
    site: Site, body: bytes, kind: str, delivery: dict[str, Any]
):
    ack = await site.post(body, kind)

    assert ack.status == 200
    assert site.to_bolt == [delivery]
    assert site.commands == []


async def test_bolt_gets_headers_as_well_and_reads_no_form(site: Site):
    await site.post(b'{"type": "x"}', JSON, {"X-Slack-Retry-Num": "2"})

    (asked,) = site.bolt_asked
    assert asked.headers["x-slack-retry-num"] == ["2"]
    assert asked.mode == "socket_mode"


async def test_either_secret_is_good_and_a_third_is_not(site: Site):
    body = urlencode({"command": "/attach", **WHO}).encode()

    statuses = []
    for secret in ("one", "two", "three"):
        site.signer.secret = secret
        statuses.append((await site.post(body)).status)

    assert statuses == [200, 200, 401]


@pytest.mark.parametrize(("digits", "status"), [(12, 200), (13, 401)])
async def test_a_time_is_a_number_of_few_digits(site: Site, digits: int, status: int):
    body = urlencode({"command": "/attach", **WHO}).encode()

    ack = await site.post(body, at=str(int(time.time())).zfill(digits))

    assert ack.status == status


@pytest.mark.parametrize(
    ("missing", "given"),
    [
        ("X-Slack-Signature", ()),
        ("X-Slack-Request-Timestamp", ()),
        ("X-Slack-Request-Timestamp", ("1", "1")),
    ],
)
async def test_s1_signature_and_time_stand_there_once(
    site: Site, missing: str, given: tuple[str, ...]
):
    body = urlencode({"command": "/attach", **WHO}).encode()
    signed = site.signer.headers(body)
    signed.pop(missing)
    headers = [("Host", "x"), ("Connection", "close"), ("Content-Length", str(len(body)))]
    headers += [*signed.items(), *((missing, value) for value in given)]

    answer = await site.raw(head(headers) + body)

    assert answer.startswith("HTTP/1.1 401")
    assert site.commands == []


@pytest.mark.parametrize(
    "bent",
    [
        {"X-Slack-Signature": "v0=\u00e9"},
        {"X-Slack-Request-Timestamp": "now"},
        {"X-Slack-Request-Timestamp": "\u0661\u0662"},
        {"X-Slack-Request-Timestamp": "\u00b2"},
        {"X-Slack-Request-Timestamp": ""},
    ],
    ids=["signature", "word", "other digits", "no digit", "nothing"],
)
async def test_s1_signature_and_time_are_of_signs_that_can_be_compared(
    site: Site, bent: dict[str, str]
):
    body = urlencode({"command": "/attach", **WHO}).encode()
    headers = {**site.signer.headers(body), **bent, "Content-Length": str(len(body)), "Host": "x"}
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())

    answer = await site.raw(f"POST {EVENTS_PATH} HTTP/1.1\r\n{lines}\r\n".encode() + body)

    assert answer.startswith("HTTP/1.1 401")


# What does not


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b'{"type": "x"}', "text/plain"),
        (b'{"type": "x"}', FORM),
        (b'["type"]', JSON),
        (b'{"type": 1}', JSON),
        (b"[" * 100_000, JSON),
        (urlencode({"payload": "[]"}).encode(), FORM),
        (urlencode({"command": "/attach"}).encode(), FORM),
        (b"command=/attach&user_id", FORM),
    ],
)
async def test_s1_what_is_signed_but_no_delivery_is_refused(site: Site, body: bytes, kind: str):
    ack = await site.post(body, kind)

    assert (ack.status, ack.body) == (415, "")
    assert site.commands == site.to_bolt == []


async def test_s1_a_packed_body_is_refused_although_it_is_signed(site: Site):
    body = gzip.compress(b'{"type": "x"}')

    for packed in (body, b'{"type": "x"}'):
        ack = await site.post(packed, JSON, {"Content-Encoding": "gzip"})
        assert ack.status == (401 if packed is body else 415)


@pytest.mark.parametrize(("length", "status"), [(BODY_LIMIT, "415"), (BODY_LIMIT + 1, "413")])
async def test_d4_a_body_has_a_limit(site: Site, length: int, status: str):
    body = b"x" * length
    headers = {**site.signer.headers(body), "Content-Length": str(length), "Host": "x"}

    answer = await site.raw(head([*headers.items(), ("Connection", "close")]) + body)

    assert answer.startswith(f"HTTP/1.1 {status}")


async def test_d4_after_a_body_that_is_too_long_the_connection_ends(site: Site):
    headers = [("Host", "x"), ("Content-Length", str(BODY_LIMIT + 1))]

    answer = await site.raw(head(headers))

    assert answer.startswith("HTTP/1.1 413")
    assert "connection: close" in answer.lower()
    assert "content-length: 0" in answer.lower()


@pytest.mark.parametrize(
    ("expects", "length", "statuses"),
    [
        ("100-continue", 2, ["100", "401"]),
        ("100-Continue", 2, ["100", "401"]),
        ("100-continue", BODY_LIMIT + 1, ["413"]),
        ("something", 2, ["401"]),
    ],
)
async def test_d4_a_body_is_asked_for_only_if_it_is_short_enough(
    site: Site, expects: str, length: int, statuses: list[str]
):
    headers = [("Host", "x"), ("Content-Length", str(length)), ("Expect", expects)]
    headers.append(("Connection", "close"))
    at_once = b"" if statuses[0] == "100" else b"{}"

    answer = await site.raw(head(headers) + at_once, then=b"" if at_once else b"{}")

    assert re.findall(r"HTTP/1\.1 (\d+)", answer) == statuses


async def test_d4_the_largest_body_is_asked_for(site: Site):
    headers = [("Host", "x"), ("Content-Length", str(BODY_LIMIT)), ("Expect", "100-continue")]
    headers.append(("Connection", "close"))

    answer = await site.raw(head(headers), then=b"x" * BODY_LIMIT)

    assert answer.startswith("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 401")


async def test_d4_a_body_that_was_asked_for_may_still_come_to_an_error(site: Site):
    body = urlencode({"command": "/broken", "text": "x", **WHO}).encode()
    headers = [*site.signer.headers(body).items(), ("Host", "x"), ("Expect", "100-continue")]
    headers.append(("Content-Length", str(len(body))))

    answer = await site.raw(head(headers), then=body)

    assert answer.startswith("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 500")


# What Bolt and the commands answer


@pytest.mark.parametrize(
    ("says", "status", "body", "kind"),
    [
        (BoltResponse(status=200), 200, "", "text/plain; charset=utf-8"),
        (BoltResponse(status=200, body="ok"), 200, "ok", "text/plain; charset=utf-8"),
        (BoltResponse(status=200, body={"a": 1}), 200, '{"a": 1}', "application/json"),
        (BoltResponse(status=404, body="no"), 404, "no", "text/plain"),
        (BoltResponse(status=499), 499, "", "text/plain"),
        (BoltResponse(status=500), 503, "", "text/plain"),
        (BoltResponse(status=502), 503, "", "text/plain"),
    ],
)
async def test_slack_gets_what_bolt_says_and_tries_again_after_an_error(
    site: Site, says: BoltResponse, status: int, body: str, kind: str
):
    site.bolt_says = says
    says.headers["x-kept"] = ["yes"]
    raw = b'{"type": "x"}'
    headers = {**site.signer.headers(raw), "Content-Type": JSON}

    async with (
        aiohttp.ClientSession() as session,
        session.post(site.url + EVENTS_PATH, data=raw, headers=headers) as answer,
    ):
        assert (answer.status, await answer.text()) == (status, body)
        assert answer.headers.getall("Content-Type")[0].startswith(kind.partition(";")[0])
        assert len(answer.headers.getall("Content-Type")) == 1
        assert answer.headers["X-Kept"] == "yes"


@pytest.mark.parametrize(
    ("kind", "sent"),
    [
        ("text/html", "text/html; charset=utf-8"),
        ("text/html; charset=latin-1", "text/html; charset=utf-8"),
        (None, "text/plain; charset=utf-8"),
    ],
)
async def test_an_answer_of_bolt_is_of_its_kind(site: Site, kind: str | None, sent: str):
    site.bolt_says.headers.pop("content-type")
    if kind:
        site.bolt_says.headers["content-type"] = [kind]
    raw = b'{"type": "x"}'
    headers = {**site.signer.headers(raw), "Content-Type": JSON}

    async with (
        aiohttp.ClientSession() as session,
        session.post(site.url + EVENTS_PATH, data=raw, headers=headers) as answer,
    ):
        assert answer.headers["Content-Type"] == sent


async def test_what_breaks_behind_the_gate_is_an_error_that_slack_repeats(
    site: Site, caplog: pytest.LogCaptureFixture
):
    body = urlencode({"command": "/broken", "text": "planted-words", **WHO}).encode()

    ack = await site.post(body)

    assert ack.status == 500
    assert "planted-words" not in str(ack.body)
    assert "RuntimeError" in caplog.text


@pytest.mark.parametrize("request_", [b"\x16\x03\x01\x02\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n"])
async def test_s1_what_is_no_http_gets_the_answer_of_what_nobody_signed(site: Site, request_):
    answer = await site.raw(request_)

    assert answer.startswith("HTTP/1.0 401")  # after which a connection ends of itself
    assert "content-length: 0" in answer.lower()


@pytest.mark.parametrize(("method", "path"), [("GET", EVENTS_PATH), ("POST", "/"), ("PUT", "/x")])
async def test_nothing_else_is_served(site: Site, method: str, path: str):
    async with (
        aiohttp.ClientSession() as session,
        session.request(method, site.url + path) as answer,
    ):
        assert answer.status in {404, 405}


async def test_a_taken_port_is_told_by_the_name_of_its_setting(site: Site):
    again = slack_site(site.inside(), [])

    async with AsyncExitStack() as stack:
        with pytest.raises(SettingsError) as refused:
            await served(stack, "ATTACHBOT_PORT", again, "127.0.0.1", site.port)

    assert refused.value.problems == (
        f"ATTACHBOT_PORT cannot be used: 127.0.0.1:{site.port} is taken or not on this machine.",
    )


@pytest.mark.parametrize("unstarted", ["http"], indirect=True)
async def test_a_bot_whose_port_is_taken_says_which_setting_that_is(unstarted: World):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

        with pytest.raises(SettingsError) as refused:
            await unstarted.start(ATTACHBOT_PORT=str(port))

    assert refused.value.problems[0].startswith(f"ATTACHBOT_PORT cannot be used: 127.0.0.1:{port}")


# For the operator


@pytest.mark.parametrize(
    ("path", "wrong", "status", "text"),
    [
        ("/healthz", ["slack"], 200, "ok\n"),
        ("/readyz", [], 200, "ready\n"),
        ("/readyz", ["slack", "store"], 503, "slack\nstore\n"),
    ],
)
async def test_the_operator_hears_what_is_wrong(
    path: str, wrong: list[str], status: int, text: str
):
    async def unready() -> list[str]:
        return wrong

    site = admin_site(unready, CollectorRegistry())
    async with (
        serving(site, "127.0.0.1", 0) as url,
        aiohttp.ClientSession() as session,
        session.get(url + path) as answer,
    ):
        assert (answer.status, await answer.text()) == (status, text)
        assert answer.content_type == "text/plain"


async def test_figures_are_those_of_the_registry():
    registry = CollectorRegistry()
    Counter("eaten_cakes", "Cakes.", registry=registry).inc(3)

    async def unready() -> list[str]:
        return []

    site = admin_site(unready, registry)
    async with (
        serving(site, "127.0.0.1", 0) as url,
        aiohttp.ClientSession() as session,
        session.get(f"{url}/metrics") as answer,
    ):
        assert "eaten_cakes_total 3.0" in await answer.text()
        assert answer.headers["Content-Type"].startswith("text/plain; version=")
