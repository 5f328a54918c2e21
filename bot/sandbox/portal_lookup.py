"""Routes that find records: by number, by filter, by the words of a name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.domain import EntityType
from bot.sandbox.portal_call import TYPE, Route
from bot.sandbox.portal_envelope import (
    ARGUMENT,
    OUT_OF_RANGE,
    JsonObject,
    Listing,
    Refusal,
    cut,
    missing,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.sandbox.portal_call import Call
    from bot.sandbox.portal_model import Record

PREFIX_LIMIT = 30
ANY, COMPANIES, PERSONS, LONE_PERSONS, COMPANIES_AND_LONE = -1, 0, 1, 2, 3
SEARCHES: dict[int, Callable[[Record], bool]] = {
    ANY: lambda _: True,
    COMPANIES: lambda record: record.company,
    PERSONS: lambda record: not record.company,
    LONE_PERSONS: lambda record: not record.company and record.employer is None,
    COMPANIES_AND_LONE: lambda record: record.company or record.employer is None,
}
VIEWS: dict[str, Callable[[Record], bool]] = {
    "company": SEARCHES[COMPANIES],
    "person": SEARCHES[PERSONS],
}
SORTS: dict[str, Callable[[Record], tuple[object, ...]]] = {
    "title": lambda record: (record.title.lower(), record.ref.id),
    "dateandtime": lambda record: (record.created, record.ref.id),
    "createby": lambda record: (record.author.name, record.ref.id),
    "id": lambda record: (record.ref.id,),
}
OTHER_NAMES = {
    "displayname": "title",
    "firstname": "title",
    "lastname": "title",
    "created": "dateandtime",
    "history": "dateandtime",
    "responsible": "createby",
}
SORTED_BY = {
    EntityType.CASE: ("title", False),
    EntityType.OPPORTUNITY: ("title", False),
    EntityType.CONTACT: ("created", True),
}


def get(call: Call) -> JsonObject:
    """Look a record up; number 0 is an argument error for all but cases."""
    ref = call.ref
    if not ref.id and ref.type is not EntityType.CASE:
        raise Refusal(ARGUMENT, OUT_OF_RANGE)
    record = call.data.crm.visible(ref, call.person)
    if record is None:
        raise missing()
    return call.wire.record(record)


def find(call: Call) -> Listing:
    """Filter records; for words it needs the search service, by pages its own query."""
    type_ = EntityType(call.params.needed("type"))
    found = [record for record in _searched(call, type_) if _fits(call, record)]
    rows = cut(_sorted(call, type_, found), call.page)
    return Listing(
        [call.wire.record(record, listed=True) for record in rows],
        paged=True,
        total=len(found),
    )


def _searched(call: Call, type_: EntityType) -> list[Record]:
    """With the service down, only contacts fall back to SQL; the others find nothing."""
    seen = [one for one in call.data.crm.of(type_) if call.data.crm.sees(one, call.person)]
    words = call.page.text.lower().split()
    if not words:
        return seen
    if call.data.search_down and type_ is not EntityType.CONTACT:
        return []
    return [record for record in seen if _begins(record.title.lower().split(), words)]


def _begins(title: list[str], words: list[str]) -> bool:
    return all(any(part.startswith(word) for part in title) for word in words)


def _fits(call: Call, record: Record) -> bool:
    match record.ref.type:
        case EntityType.CASE:
            return call.params.flag("isClosed") in (None, record.closed)
        case EntityType.OPPORTUNITY:
            stage = call.params.number("stageType")
            return "stageType" not in call.params or stage == int(record.closed)
        case EntityType.CONTACT:
            view = (call.params.text("contactListView") or "").lower()
            return VIEWS.get(view, SEARCHES[ANY])(record)


def _sorted(call: Call, type_: EntityType, records: list[Record]) -> list[Record]:
    name, down = SORTED_BY[type_]
    if call.page.sort_by:
        name, down = call.page.sort_by, False
    if call.page.descending is not None:
        down = call.page.descending
    key = SORTS.get(OTHER_NAMES.get(name, name), SORTS["id"])
    ordered = sorted(records, key=key, reverse=down)
    if type_ is EntityType.CASE and name != "id":
        ordered.sort(key=lambda record: record.closed)
    return ordered


def by_prefix(call: Call) -> Listing:
    """Find cases or opportunities that have every word; the 30 are picked before the rights."""
    type_ = EntityType(call.params.needed("type"))
    picked = _with_words(call, type_)[:PREFIX_LIMIT]
    seen = [record for record in picked if call.data.crm.sees(record, call.person)]
    seen.sort(key=SORTS["title"])
    return Listing([call.wire.record(record, listed=True) for record in seen])


def contacts_by_prefix(call: Call) -> Listing:
    """Find contacts; without a search type that is companies only."""
    fits = SEARCHES.get(call.params.number("searchType"), SEARCHES[ANY])
    found = [
        record
        for record in _with_words(call, EntityType.CONTACT)
        if fits(record) and call.data.crm.sees(record, call.person)
    ]
    found.sort(key=SORTS["title"])
    rows = [_with_phone(call, record) for record in found[:PREFIX_LIMIT]]
    return Listing(rows, total=len(rows))


def _with_phone(call: Call, record: Record) -> JsonObject:
    phone = {"phone": record.phone} if record.phone else {}
    return {**call.wire.contact(record), **phone}


def _with_words(call: Call, type_: EntityType) -> list[Record]:
    words = call.params.needed("prefix").lower().split()
    found = [
        one for one in call.data.crm.of(type_) if all(word in one.title.lower() for word in words)
    ]
    return sorted(found, key=SORTS["id"])


def tags(call: Call) -> Listing:
    """List the tags of a record; the sandbox has none."""
    if call.data.crm.visible(call.ref, call.person) is None:
        raise missing()
    return Listing([])


ROUTES = (
    Route("GET", f"crm/{TYPE}/(?P<id>[0-9]+)", get),
    Route("GET", f"crm/{TYPE}/filter", find),
    Route("GET", "crm/(?P<type>opportunity|case)/byprefix", by_prefix),
    Route("GET", "crm/contact/byprefix", contacts_by_prefix),
    Route("GET", f"crm/{TYPE}/tag/(?P<id>[0-9]+)", tags),
)
