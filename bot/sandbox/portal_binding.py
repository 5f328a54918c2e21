"""How the portal reads parameters: route, query, then body; names in any case; pure."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from bot.domain import HIGHEST_ID
from bot.sandbox.portal_envelope import ARGUMENT, NULL, NULL_REFERENCE, Refusal
from bot.sandbox.portal_names import moment

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime, timedelta

Pair = tuple[str, str | None]
NUMBER = re.compile(r"\s*([+-]?[0-9]{1,20})\s*", re.ASCII)
INDEXED = re.compile(r"\[\d*\]$")
LOWEST = -HIGHEST_ID - 1


class Params:
    """The values of a call in the order in which they count."""

    def __init__(self, pairs: Iterable[Pair]) -> None:
        self._pairs = [(name.lower(), value) for name, value in pairs]

    def __contains__(self, name: str) -> bool:
        return any(True for _ in self._all(name))

    def text(self, name: str) -> str | None:
        """Return the first value of a scalar."""
        return next(self._all(name), None)

    def needed(self, name: str) -> str:
        """Return a text whose absence makes the portal stumble."""
        value = self.text(name)
        if value is None:
            raise Refusal(NULL, NULL_REFERENCE)
        return value

    def number(self, name: str) -> int:
        """Return a number, 0 when absent."""
        if name not in self:
            return 0
        return _number(name, self.text(name))

    def numbers(self, name: str) -> list[int]:
        """Return a list of numbers; absent is empty."""
        return [_number(name, value) for value in self._listed(name)]

    def texts(self, name: str) -> list[str]:
        return [value or "" for value in self._listed(name)]

    def flag(self, name: str) -> bool | None:
        value = self.text(name)
        if name not in self:
            return None
        if value is None or value.strip().lower() not in {"true", "false"}:
            raise _mismatch(name, value)
        return value.strip().lower() == "true"

    def moment(self, name: str, offset: timedelta) -> datetime | None:
        value = self.text(name)
        if not value:
            return None
        try:
            return moment(value, offset)
        except ValueError as error:
            raise _mismatch(name, value) from error

    def _all(self, name: str) -> Iterator[str | None]:
        wanted = name.lower()
        return (value for given, value in self._pairs if given == wanted)

    def _listed(self, name: str) -> list[str | None]:
        wanted = name.lower()
        return [value for given, value in self._pairs if INDEXED.sub("", given) == wanted]


def _number(name: str, value: str | None) -> int:
    found = NUMBER.fullmatch(value or "")
    number = int(found[1]) if found else None
    if number is None or not LOWEST <= number <= HIGHEST_ID:
        raise _mismatch(name, value)
    return number


def _mismatch(name: str, value: str | None) -> Refusal:
    return Refusal(ARGUMENT, f"Can't convert value '{value}' of parameter '{name}'")


def json_pairs(text: str) -> list[Pair]:
    """Flatten a JSON body; its top level must be an object.

    Raises:
        Refusal: with the text of the portal's JSON parser.

    """
    if not text.strip():
        return []
    try:
        body = json.loads(text)
    except json.JSONDecodeError as error:
        raise Refusal(ARGUMENT, _parser_text(text, error)) from error
    if not isinstance(body, dict):
        where = "Path '', line 1, position 1."
        raise Refusal(
            ARGUMENT,
            f"XmlNodeConverter can only convert JSON that begins with an object. {where}",
        )
    return [pair for name, value in body.items() for pair in _flat(name, value)]


def _flat(name: str, value: object) -> Iterator[Pair]:
    if isinstance(value, list):
        for one in value:
            yield name, _scalar(one)
    elif isinstance(value, dict):
        for inner, one in value.items():
            yield from _flat(f"{name}.{inner}", one)
    else:
        yield name, _scalar(value)


def _scalar(value: object) -> str | None:
    if value is None or isinstance(value, str):
        return value
    return json.dumps(value)


def _parser_text(text: str, error: json.JSONDecodeError) -> str:
    where = f"Path '', line {error.lineno}, position {error.colno}."
    if error.pos >= len(text):
        return f"Unexpected end of content while loading JObject. {where}"
    return f"Unexpected character encountered while parsing value: {text[error.pos]}. {where}"
