"""Whatever comes to the gate is answered in its few words, by no exception; forged is refused."""

from __future__ import annotations

import asyncio
import json
import logging
import re
import socket
import struct
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from random import Random
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from pydantic import SecretStr
from slack_bolt.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from structlog.testing import capture_logs

from bench.fuzz_target import Fed, Target
from bench.gate_deliveries import COMMAND, DELIVERIES
from bench.gate_requests import FORM, JSON, KINDS, Maker, head
from bot.delivery_shape import is_delivery
from bot.web import Inside, serving, slack_site

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Iterator

    from slack_bolt.context.ack.async_ack import AsyncAck

SECRETS = ("fuzz-secret", "fuzz-secret-before")
"""They sign for a server that only this process can reach, and only while it runs."""
REFUSED = frozenset({401, 404, 405, 413, 415})
BORNE = frozenset({200, 401, 404, 415})
CONTINUE = 100
PATIENCE = 10.0
TURNS = 40
"""Of the event loop, after which nobody answers any more; an answer takes about ten."""
_STATUS = re.compile(rb"HTTP/1\.[01] (\d{3}) [^\r\n]*\r\n(?:[^\r\n]+\r\n)*\r\n")
_ANY = re.compile(".*", re.DOTALL)
_RESET = struct.pack("ii", 1, 0)
"""Close at once: the kernel keeps a connection that ends in the usual way for a minute."""

WORDS = (
    *("POST /slack/events HTTP/1.1\r\n", "\r\n\r\n", "Content-Length: ", "Host: x\r\n", "GET "),
    *("Transfer-Encoding: chunked\r\n", "0\r\n\r\n", "Expect: 100-continue\r\n", "HTTP/1.0"),
    *("Content-Encoding: gzip\r\n", "X-Slack-Signature: v0=", "X-Slack-Request-Timestamp: "),
    *(f"Content-Type: {JSON}\r\n", "payload=", "command=%2Fattach", "&", "%7B", "\\ud800"),
    *('"type":', '"event":', '"actions":', '"view":', '"user":', "null", "[[", "{}", "1e999"),
)


class _Heard(asyncio.Protocol):
    """What came back on one connection."""

    def __init__(self) -> None:
        self.said = b""
        self.whole = asyncio.Event()

    def data_received(self, data: bytes) -> None:
        self.said += data
        if _STATUS.search(self.said):
            self.whole.set()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002  (asyncio's name)
        self.whole.set()


class Gate:
    """The gate of `opened`, from outside."""

    def __init__(self, url: str, failures: _Failures) -> None:
        host, _, port = url.removeprefix("http://").partition(":")
        self._address = (host, int(port))
        self._failures = failures

    async def statuses(self, raw: bytes, *, sure: bool) -> list[int]:
        """Send raw bytes and return the statuses that came back; one at least where `sure`.

        That a body may be sent is no status yet.
        """
        loop = asyncio.get_running_loop()
        door, heard = await loop.create_connection(_Heard, *self._address)
        door.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
        door.write(raw)
        if sure:
            async with asyncio.timeout(PATIENCE):
                await heard.whole.wait()
        else:
            for _ in range(TURNS):
                await asyncio.sleep(0)
        door.abort()
        await asyncio.sleep(0)
        self._failures.check()
        return [int(said) for said in _STATUS.findall(heard.said) if int(said) != CONTINUE]


class _Failures(logging.Handler):
    """Hears what the gate and its libraries log; only what went wrong is kept."""

    def __init__(self, lines: list[Any]) -> None:
        super().__init__(logging.ERROR)
        self._lines = lines
        self._heard: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self._heard.append(self.format(record))

    def check(self) -> None:
        """Fail when something went wrong that an answer may not show."""
        wrong = [*self._heard, *(line for line in self._lines if line["log_level"] != "warning")]
        self._heard.clear()
        self._lines.clear()
        assert not wrong, wrong


@contextmanager
def _heard() -> Iterator[_Failures]:
    loggers = [logging.getLogger(name) for name in ("aiohttp.server", "asyncio")]
    with capture_logs() as lines:
        failures = _Failures(lines)
        for logger in loggers:
            logger.addHandler(failures)
        try:
            yield failures
        finally:
            for logger in loggers:
                logger.removeHandler(failures)


@asynccontextmanager
async def opened(
    answer: Callable[[dict[str, Any]], Awaitable[dict[str, Any]]],
) -> AsyncIterator[Gate]:
    """Serve the gate on a free port; `answer` takes commands, and listeners everything else."""
    async with AsyncExitStack() as stack:
        failures = stack.enter_context(_heard())
        inside = Inside(bolt=_bolt(), commands={"/attach": answer})
        site = slack_site(inside, [SecretStr(secret) for secret in SECRETS])
        yield Gate(await stack.enter_async_context(serving(site, "127.0.0.1", 0)), failures)


def _bolt() -> AsyncApp:
    """Return Bolt as the bot has it, with one listener for each kind of delivery."""

    async def authorize(enterprise_id: str | None, team_id: str | None) -> AuthorizeResult:
        return AuthorizeResult(enterprise_id=enterprise_id, team_id=team_id, bot_token="xoxb-1")

    async def taken(ack: AsyncAck) -> None:
        await ack()

    quiet = logging.getLogger("attachbot.fuzz")
    quiet.setLevel(logging.ERROR)
    app = AsyncApp(
        logger=quiet,
        authorize=authorize,
        signing_secret="",
        process_before_response=True,
        request_verification_enabled=False,
        ssl_check_enabled=False,
        attaching_function_token_enabled=False,
        attaching_conversation_kwargs_enabled=False,
    )
    for kind in (app.event, app.action, app.view, app.shortcut, app.options):
        kind(_ANY)(taken)
    return app


async def check(gate: Gate, data: bytes) -> None:
    """Try the bytes in the way that the first of them names."""
    way, rest = (data or b"\0")[0] % len(WAYS), data[1:]
    await WAYS[way](gate, rest)


async def _raw(gate: Gate, data: bytes) -> None:
    """Send just these bytes: nobody can sign by chance, so nothing gets in."""
    answered = await gate.statuses(data, sure=False)
    assert set(answered) <= REFUSED, answered


async def _unsigned(gate: Gate, data: bytes) -> None:
    """Send a request of headers, a blank line and a body; it is whole, so it is answered."""
    headers, _, body = data.partition(b"\r\n\r\n")
    start = head([("Host", "x"), ("Content-Length", str(len(body)))]).removesuffix(b"\r\n")
    answered = await gate.statuses(start + headers + b"\r\n\r\n" + body, sure=False)
    assert set(answered) <= REFUSED, answered


async def _signed(gate: Gate, body: bytes, kind: str) -> None:
    shaped = _shaped(body) if kind == JSON else None
    maker = Maker(chance=Random(0), secrets=SECRETS, deliveries=())
    answered = await gate.statuses(maker.signed(body, kind), sure=True)
    assert len(answered) == 1, answered
    assert answered[0] in BORNE, answered
    assert shaped is None or shaped == (answered[0] not in {401, 415}), answered


def _shaped(body: bytes) -> bool:
    """Say whether JSON is a delivery; whatever it is, there is an answer."""
    try:
        read = json.loads(body.decode())
    except (ValueError, RecursionError):
        return False
    return isinstance(read, dict) and is_delivery(read)


async def _json(gate: Gate, data: bytes) -> None:
    await _signed(gate, data, JSON)


async def _form(gate: Gate, data: bytes) -> None:
    await _signed(gate, data, FORM)


async def _payload(gate: Gate, data: bytes) -> None:
    await _signed(gate, urlencode({"payload": data}).encode(), FORM)


async def _bent(gate: Gate, data: bytes) -> None:
    """Send a real delivery, bent as the bytes say."""
    made, right = KINDS["signed deliveries, bent"]
    maker = Maker(chance=Fed(data), secrets=SECRETS, deliveries=DELIVERIES)
    answered = await gate.statuses(made(maker), sure=True)
    assert len(answered) == 1, answered
    assert answered[0] in right, answered


WAYS = (_raw, _unsigned, _json, _form, _payload, _bent)


async def _accepted(delivery: dict[str, Any]) -> dict[str, Any]:
    return {"text": str(delivery["text"])} if delivery.get("text") else {}


@contextmanager
def target() -> Iterator[Target]:
    """Give what is tried, with the gate open meanwhile."""
    real = [json.dumps(one).encode() for _, one in DELIVERIES]
    seeds = [
        [
            head([("Host", "x"), ("Content-Length", "2")]) + b"{}",
            b"\x16\x03\x01",
            b"GET / HTTP/1.1\r\n\r\n",
        ],
        [f"Content-Type: {JSON}\r\n\r\n".encode() + real[1], b"X-Slack-Signature: v0=\r\n\r\nx"],
        [*real, b"[]", b'{"type":' + b"[" * 900 + b"]" * 900 + b"}", b'{"event":"\\ud800"}'],
        [urlencode(COMMAND).encode(), b"payload=", b"a=1&a=2", b"%ff=%fe"],
        [*real, b'{"view": null}'],
        [bytes(range(number, number + 40)) for number in range(0, 200, 20)],
    ]
    with asyncio.Runner() as runner:
        stack = AsyncExitStack()
        gate = runner.run(stack.enter_async_context(opened(_accepted)))
        try:
            yield Target(
                run=lambda data: runner.run(check(gate, data)),
                seeds=[bytes([way]) + data for way, some in enumerate(seeds) for data in some],
                words=[word.encode() for word in WORDS],
            )
        finally:
            runner.run(stack.aclose())
