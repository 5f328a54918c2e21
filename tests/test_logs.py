"""What the logs promise: one line a record, readable, and no secret in it."""

from __future__ import annotations

import base64
import io
import json
import logging
import re
from typing import TYPE_CHECKING, Any

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from bot import logs

if TYPE_CHECKING:
    from collections.abc import Iterator

OPAQUE = "k9Qw7Zr2LmXv4Tb8Yc1Nd6Hs3Gf5Jp0Ae+Uo/Ri9Ek2Wq7="

SECRETS = {
    "bot token": "xoxb-1234-5678-aBcDeF",
    "rotated token": "xoxe.xoxb-1-Mi0yLTEy",
    "app token": "xapp-1-A012-345-abcdef",
    "response address": "https://hooks.slack.com/commands/T1/22/s3cr3t",
    "escaped response address": r"https:\/\/hooks.slack.com\/actions\/T1\/22\/s3cr3t",
    "local response address": "http://127.0.0.1:4040/commands/T1/22/s3cr3t",
    "response_url field": '{"response_url": "http://sandbox/s3cr3t"}',
    "link to the page": "https://bot.example.com/connect/s3cr3t-s3cr3t-s3cr3t",
    "portal cookie": "asc_auth_key=s3cr3t; path=/",
    "portal header": "Authorization: s3cr3t",
    "bearer header": "{'Authorization': 'Bearer s3cr3t'}",
    "bearer": "sent Bearer s3cr3t-s3cr3t",
    "portal key": OPAQUE,
    "signature": "v0=" + "0a1b2c3d" * 8,
}
LEAKS = re.compile(r"s3cr3t|aBcDeF|Mi0yLTEy|345-abcdef|9Qw7Zr2|0a1b2c3d")


@pytest.fixture
def root() -> Iterator[logging.Logger]:
    """Give the root logger back as it was."""
    logger = logging.getLogger()
    handlers, level, raising = logger.handlers[:], logger.level, logging.raiseExceptions
    yield logger
    logger.handlers[:] = handlers
    logger.setLevel(level)
    logging.raiseExceptions = raising
    structlog.reset_defaults()


@pytest.fixture
def stream(root: logging.Logger) -> io.StringIO:
    return io.StringIO()


def records(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_a_record_is_one_json_object(stream: io.StringIO):
    logs.configure("info", "json", stream)

    structlog.get_logger("bot.worker").info("filing done", filing="f1", files=2)

    (record,) = records(stream)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", record.pop("time"))
    assert record == {
        "level": "info",
        "event": "filing done",
        "filing": "f1",
        "files": 2,
        "logger": "bot.worker",
    }


def test_libraries_log_the_same_way(stream: io.StringIO):
    logs.configure("info", "json", stream)

    with structlog.contextvars.bound_contextvars(trace="f1"):
        logging.getLogger("some.library").warning("took %d s", 3)

    (record,) = records(stream)
    assert record["event"] == "took 3 s"
    assert (record["level"], record["logger"], record["trace"]) == ("warning", "some.library", "f1")


def test_lower_levels_are_left_out(stream: io.StringIO):
    logs.configure("warning", "json", stream)

    structlog.get_logger("bot").info("quiet")
    logging.getLogger("some.library").info("quiet")
    structlog.get_logger("bot").warning("loud")

    assert [record["event"] for record in records(stream)] == ["loud"]


@pytest.mark.parametrize(
    "name", ["slack_bolt.App", "slack_sdk.web", "aiohttp.access", "httpx", "asyncio"]
)
def test_talkative_libraries_start_at_warning(stream: io.StringIO, name: str):
    logs.configure("debug", "json", stream)

    logging.getLogger(name).info("a whole request body")
    logging.getLogger(name).warning("trouble")

    assert [record["event"] for record in records(stream)] == ["trouble"]


@pytest.mark.parametrize("style", ["json", "text"])
@pytest.mark.parametrize("secret", SECRETS.values(), ids=SECRETS.keys())
def test_no_secret_is_logged(stream: io.StringIO, style: Any, secret: str):
    logs.configure("debug", style, stream)
    log = structlog.get_logger("bot")

    log.info(secret)
    log.info("field", field=secret, deep={"list": [secret, (secret,)], secret: 1})
    log.info("object", error=ValueError(secret), data=secret.encode())
    log.info("argument %s", secret)
    logging.getLogger("some.library").warning("argument %s", secret)
    with structlog.contextvars.bound_contextvars(request=secret):
        log.info("context")
    try:
        raise_with(secret)
    except ValueError:
        log.exception("failed")
        logging.getLogger("some.library").exception("failed")

    assert stream.getvalue().count(logs.HIDDEN) >= 12
    assert not LEAKS.search(stream.getvalue())


def raise_with(secret: str) -> None:
    unused = "a local " + "value"
    raise ValueError(secret) from RuntimeError(f"cause {secret} {len(unused)}")


def test_fields_named_after_secrets_are_hidden(stream: io.StringIO):
    logs.configure("info", "json", stream)

    structlog.get_logger("bot").info("x", token="short", headers={"Authorization": "short"}, key="")

    (record,) = records(stream)
    assert record["token"] == logs.HIDDEN
    assert record["headers"] == {"Authorization": logs.HIDDEN}
    assert record["key"] == ""


@pytest.mark.parametrize(
    "text",
    [
        "Ev0123ABC",
        "command:T1:13345224609.738474920.8088930838d88f008e0",
        "38c0f464-f1e7-493e-8d95-dc4ee8ee834a",
        "/usr/lib/python3/dist-packages/aiohttp/connector",
        'File "/Users/Ana/Projects/2026/attachbot/handlers/attach_command.py", line 7',
        "a_function_with_quite_a_long_name_that_is_no_secret",
        "https://office.example.com/api/2.0/crm/case/7/files",
    ],
)
def test_what_helps_to_find_a_fault_stays(text: str):
    assert logs.hide_secrets(text) == text


@given(st.binary(min_size=32, max_size=64))
def test_any_long_random_string_is_hidden(data: bytes):
    text = base64.urlsafe_b64encode(data).decode()

    shown = logs.hide_secrets(f"before {text} after")

    plain = text == text.lower() and not re.search(r"\d", text)
    assert plain or text not in shown


@pytest.mark.parametrize("style", ["json", "text"])
def test_no_value_can_forge_a_line_or_colour_the_terminal(stream: io.StringIO, style: Any):
    logs.configure("info", style, stream)
    nasty = "a\nb\r\x1b[31m\u2028\u202e\x85"

    structlog.get_logger("bot").info(nasty, **{"title": nasty, "n\n": 1})

    (line,) = stream.getvalue().splitlines()
    assert line.isprintable()


def test_text_shows_a_traceback_that_cannot_pass_for_a_record(stream: io.StringIO):
    logs.configure("info", "text", stream)

    try:
        raise_with("first\nsecond")
    except ValueError:
        structlog.get_logger("bot").exception("failed", filing="f1")

    head, *trace = stream.getvalue().splitlines()
    assert re.fullmatch(r"\S+Z error    failed filing=f1 logger=bot", head)
    assert "  | Traceback (most recent call last):" in trace
    assert trace[-2:] == ["  | ValueError: first", "  | second"]
    assert all(line.startswith("  | ") for line in trace)
    assert "a local value" not in stream.getvalue()


def test_without_a_style_a_file_gets_json(stream: io.StringIO):
    logs.configure("info", None, stream)

    structlog.get_logger("bot").info("started")

    assert records(stream)[0]["event"] == "started"


def test_without_a_style_a_terminal_gets_text(root: logging.Logger):
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    terminal = Terminal()
    logs.configure("info", None, terminal)

    structlog.get_logger("bot").info("started")

    assert terminal.getvalue().endswith("Z info     started logger=bot\n")


def test_configuring_again_replaces_the_first_time(root: logging.Logger):
    first, second = io.StringIO(), io.StringIO()
    logs.configure("info", "json", first)
    ours = len(root.handlers)
    logs.configure("info", "json", second)

    structlog.get_logger("bot").info("once")

    assert first.getvalue() == ""
    assert len(records(second)) == 1
    assert len(root.handlers) == ours


def test_a_record_that_cannot_be_formatted_does_not_show_its_arguments(
    stream: io.StringIO, capsys: pytest.CaptureFixture[str]
):
    logs.configure("info", "json", stream)

    logging.getLogger("some.library").warning("%d", SECRETS["bot token"])

    assert not LEAKS.search(stream.getvalue() + capsys.readouterr().err)
