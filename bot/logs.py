"""How log lines are made: one a record, the same for every library, and without secrets."""

from __future__ import annotations

import datetime as dt
import json
import logging
import re
import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final, Literal, TextIO

import structlog

if TYPE_CHECKING:
    from structlog.typing import EventDict, Processor, WrappedLogger

HIDDEN: Final = "[hidden]"

_QUIET: Final = ("slack_bolt", "slack_sdk", "aiohttp.access", "httpx", "httpcore", "asyncio")
"""Loggers that tell bodies, addresses or too much below WARNING."""

_SECRET_NAMES: Final = frozenset(
    {"authorization", "cookie", "key", "password", "response_url", "secret", "token"}
)

_END: Final = r"""[^\s"'<>,;&)\]}]+"""
_SECRETS: Final = re.compile(
    "|".join(
        (
            r"xox[a-z]-[\w.-]+",
            r"xapp-[\w-]+",
            r"hooks\.slack(?:-gov)?\.com" + _END,
            # such an address as it is given out by a Slack under another name, also inside JSON
            r"\\?/(?:commands|actions|services|workflows)\\?/[A-Z0-9]+\\?/" + _END,
            r"\\?/connect\\?/[\w-]{16,}",  # the token of a link to the connect page
            r"""(?:response_url|asc_auth_key)["']?\s*[=:]\s*["']?""" + _END,
            r"""authorization["']?\s*[=:]\s*["']?(?:\w+\s+)?""" + _END,
            r"\b(?:bearer|basic)\s+[\w+/=.~-]{8,}",
        )
    ),
    re.IGNORECASE,
)
_SHORTEST_OPAQUE: Final = 40
# Each secret of fewer characters has one of these in or before it.
_SUSPECT: Final = re.compile(r"[-:=/\s]")
_SOURCE_OR_LONG: Final = re.compile(r'File "[^"\n]*"|[A-Za-z0-9+/_=-]{40,}')
_UNSEEN: Final = re.compile(
    r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]"
)


class _Lines(logging.StreamHandler[TextIO]):
    """The one handler of this module, told from those of others by its class."""


def configure(
    level: str, style: Literal["json", "text"] | None, stream: TextIO | None = None
) -> None:
    """Send structlog and the standard library's logging through one chain to `stream`.

    Without a stream it is standard error; without a style, a terminal gets text and everything
    else JSON. May be called again.
    """
    stream = stream or sys.stderr
    chosen = style or ("text" if stream.isatty() else "json")
    handler = _Lines(stream)
    handler.setFormatter(_formatter(_as_json if chosen == "json" else _as_text))
    root = logging.getLogger()
    for old in [old for old in root.handlers if isinstance(old, _Lines)]:
        root.removeHandler(old)
    root.addHandler(handler)
    root.setLevel(level.upper())
    for name in _QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)
    # a record that cannot be formatted would be printed with its arguments, past the redaction
    logging.raiseExceptions = False
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            structlog.contextvars.merge_contextvars,
            structlog.stdlib.PositionalArgumentsFormatter(),
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )


def _formatter(renderer: Processor) -> structlog.stdlib.ProcessorFormatter:
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[structlog.contextvars.merge_contextvars],
        processors=[
            structlog.processors.TimeStamper(fmt="iso", utc=True, key="time"),
            structlog.stdlib.add_log_level,
            structlog.stdlib.add_logger_name,
            structlog.processors.StackInfoRenderer(),
            # tracebacks of Python's own kind: they show no values of variables
            structlog.processors.format_exc_info,
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            redact,
            renderer,
        ],
    )


def redact(_logger: WrappedLogger, _method: str, record: EventDict) -> EventDict:
    """Return the record as plain JSON values, with everything hidden that may be a secret."""
    return {str(name): _clean_named(str(name), value) for name, value in record.items()}


def hide_secrets(text: str) -> str:
    """Return a text without tokens, response URLs and long opaque strings."""
    if len(text) < _SHORTEST_OPAQUE and not _SUSPECT.search(text):
        return text
    return _SOURCE_OR_LONG.sub(_hide_opaque, _SECRETS.sub(HIDDEN, text))


def _hide_opaque(found: re.Match[str]) -> str:
    """Hide base64 and hexadecimal, keep paths and long names in lower case."""
    text = found[0]
    if text.startswith('File "'):
        return text
    plain = text == text.lower() and ("/" in text or not re.search(r"\d", text))
    return text if plain else HIDDEN


def _clean_named(name: str, value: object) -> object:
    return HIDDEN if name.lower() in _SECRET_NAMES and value else _clean(value)


def _clean(value: object) -> object:
    match value:
        case None | bool() | int() | float():
            return value
        case str():
            return hide_secrets(value)
        case bytes():
            return f"{len(value)} bytes"
        case dt.date():
            return value.isoformat()
        case Mapping():
            return {hide_secrets(str(k)): _clean_named(str(k), v) for k, v in value.items()}
        case list() | tuple() | set() | frozenset():
            return [_clean(part) for part in value]
        case _:
            return hide_secrets(str(value))


def _as_json(_logger: WrappedLogger, _method: str, record: EventDict) -> str:
    head = {name: record.pop(name) for name in ("time", "level", "event") if name in record}
    # ensure_ascii: neither a line end nor a direction mark of a value reaches the reader
    return json.dumps({**head, **record}, ensure_ascii=True, separators=(",", ":"))


def _as_text(_logger: WrappedLogger, _method: str, record: EventDict) -> str:
    time, level, event = (_visible(record.pop(name, "")) for name in ("time", "level", "event"))
    traces = [record.pop(name) for name in ("exception", "stack") if name in record]
    fields = "".join(f" {_visible(name)}={_visible(value)}" for name, value in record.items())
    # a bar before each line of a traceback, so that none can pass for a record
    lines = (f"\n  | {_visible(line)}" for trace in traces for line in str(trace).split("\n"))
    return f"{time} {level:<8} {event}{fields}{''.join(lines)}"


def _visible(value: object) -> str:
    return _UNSEEN.sub(lambda found: found[0].encode("unicode_escape").decode(), str(value))
