"""How the portal wraps what it answers: envelope, paging, refusals; pure."""

from __future__ import annotations

import dataclasses
import json
import re
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Row = TypeVar("Row")

PAGE = 1000
COUNT = re.compile("[0-9]{1,9}", re.ASCII)
OK, CREATED = 200, 201
JsonObject = dict[str, object]


@dataclasses.dataclass(frozen=True, slots=True)
class Kind:
    """A sort of failure: HTTP status, reason phrase and .NET's number for it."""

    status: int
    reason: str
    hresult: int


NOT_FOUND = Kind(404, "The record could not be found", -2147467259)
ARGUMENT = Kind(400, "Invalid arguments", -2147024809)
SECURITY = Kind(403, "Access denied", -2146233078)
DOCUMENTS = Kind(403, "Server error", -2146233079)
PAYMENT = Kind(402, "Server error", -2147467259)
AUTHENTICATION = Kind(500, "Server error", -2146233087)
PLAIN = Kind(500, "Server error", -2146233088)
NULL = Kind(500, "Server error", -2147467261)
OUT_OF_RANGE = "Value does not fall within the expected range."
NULL_REFERENCE = "Object reference not set to an instance of an object."


class Refusal(Exception):  # noqa: N818  the portal refuses; nothing here went wrong
    """What a method throws instead of answering."""

    def __init__(self, kind: Kind, message: str) -> None:
        super().__init__(message)
        self.kind = kind
        self.message = message


def missing() -> Refusal:
    """Return the answer for a record that is not there, or not there for this person."""
    return Refusal(NOT_FOUND, "Not found")


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class PageQuery:
    """The part of the query string that every list understands."""

    count: int = PAGE
    start: int = 0
    sort_by: str = ""
    descending: bool | None = None
    text: str = ""
    fields: frozenset[str] = frozenset()

    @classmethod
    def of(cls, query: Mapping[str, str]) -> PageQuery:
        """Read the query string; of a list in one value only the first piece is used."""
        low = {name.lower(): value for name, value in query.items()}
        order = low.get("sortorder")
        text = low.get("filtervalue[]", low.get("filtervalue", "").split(",")[0])
        return cls(
            count=min(_natural(low.get("count"), PAGE), PAGE),
            start=_natural(low.get("startindex"), 0),
            sort_by=low.get("sortby", "").lower(),
            descending=None if order is None else order.lower() == "descending",
            text=text,
            fields=frozenset(filter(None, low.get("fields", "").lower().split(","))),
        )


def _natural(text: str | None, otherwise: int) -> int:
    return int(text) if text and COUNT.fullmatch(text) else otherwise


@dataclasses.dataclass(frozen=True, slots=True)
class Listing:
    """A list to answer with.

    `paged` says that the method skipped to `startIndex` itself and read one row too many at most;
    `total` is what it counted, if it did.
    """

    items: Sequence[object]
    paged: bool = False
    total: int | None = None


@dataclasses.dataclass(frozen=True, slots=True)
class Counted:
    """An object that brings a count of its own, such as a folder."""

    value: JsonObject
    count: int


def cut(rows: Sequence[Row], query: PageQuery) -> Sequence[Row]:
    """Return the rows that a method reads which pages in its own query: one more than asked."""
    return rows[query.start : query.start + query.count + 1]


def success(value: object, query: PageQuery, *, status: int) -> JsonObject:
    """Return the envelope of a success; `count` and `startIndex` are left out when 0."""
    if isinstance(value, Listing):
        return _listed(value, query, status=status)
    payload, count = (value.value, value.count) if isinstance(value, Counted) else (value, 1)
    if payload is None:
        return {"status": 0, "statusCode": status, "response": {}}
    return {
        **_unless_zero(count=count, startIndex=query.start),
        "status": 0,
        "statusCode": status,
        "response": trim(payload, query.fields),
    }


def _listed(listing: Listing, query: PageQuery, *, status: int) -> JsonObject:
    rows = listing.items if listing.paged else listing.items[query.start :]
    items, more = rows[: query.count], len(rows) > query.count
    total = listing.total
    if total is None and more:
        total = len(listing.items)
    answer = _unless_zero(count=len(items), startIndex=query.start)
    if more:
        answer["nextIndex"] = query.start + len(items) + 1  # one too far, as on the portal
    if total is not None:
        answer["total"] = total
    trimmed = [trim(item, query.fields) for item in items]
    return {**answer, "status": 0, "statusCode": status, "response": trimmed}


def failure(refusal: Refusal) -> JsonObject:
    """Return the envelope of a refusal, as release builds write it."""
    kind = refusal.kind
    error = {"message": refusal.message, "hresult": kind.hresult, "data": {}}
    return {"status": 1, "statusCode": kind.status, "error": error}


def trim(value: object, fields: frozenset[str]) -> object:
    """Leave only the members that `fields` names, in contacts within contacts too."""
    if not fields or not isinstance(value, dict):
        return value
    kept = {name: inner for name, inner in value.items() if name.lower() in fields}
    return {
        name: trim(inner, fields) if name in {"company", "contact"} else inner
        for name, inner in kept.items()
    }


def dumps(value: object) -> bytes:
    """Return JSON as the portal writes it: every slash escaped."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return text.replace("/", "\\/").encode(errors="replace")


def _unless_zero(**numbers: int) -> JsonObject:
    return {name: number for name, number in numbers.items() if number}
