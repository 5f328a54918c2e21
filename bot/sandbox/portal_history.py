"""Routes of the CRM's history: read, write, delete."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.domain import EntityRef, EntityType
from bot.sandbox.portal_call import Route
from bot.sandbox.portal_crm import CATEGORIES, FILES_UPLOADED, TASK_CLOSED
from bot.sandbox.portal_envelope import (
    ARGUMENT,
    OUT_OF_RANGE,
    PLAIN,
    SECURITY,
    JsonObject,
    Listing,
    Refusal,
    cut,
    missing,
)
from bot.sandbox.portal_model import Event
from bot.sandbox.portal_words import Words

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.sandbox.portal_call import Call

LONGEST_CONTENT = 65_000
SORTS: dict[str, Callable[[Event], tuple[object, ...]]] = {
    "created": lambda event: (event.created, event.id),
    "createby": lambda event: (event.author.name, event.id),
    "category": lambda event: (event.category, event.id),
    "content": lambda event: (event.content, event.id),
    "id": lambda event: (event.id,),
}


def add(call: Call) -> JsonObject:
    """Write an event with a text; the folders of its files are not looked at."""
    crm, params = call.data.crm, call.params
    numbers, category = params.numbers("fileId"), params.number("categoryId")
    content = params.text("content") or ""
    if not content or category not in {*CATEGORIES, FILES_UPLOADED, TASK_CLOSED}:
        raise Refusal(ARGUMENT, OUT_OF_RANGE)
    if len(content) > LONGEST_CONTENT:
        raise Refusal(ARGUMENT, "Data too long for column 'content'")
    entity, contact = _entity(call), params.number("contactId")
    if not entity and not contact:
        raise Refusal(ARGUMENT, OUT_OF_RANGE)
    wanted = [entity, EntityRef(EntityType.CONTACT, contact) if contact else None]
    if not all(crm.visible(ref, call.person) for ref in wanted if ref):
        raise Refusal(ARGUMENT, OUT_OF_RANGE)
    event = Event(
        author=call.person,
        created=params.moment("created", call.data.offset) or call.data.clock(),
        category=category,
        content=content,
        entity=entity,
        contact=contact or None,
        tagged=numbers,
    )
    return call.wire.event(crm.write(event), fresh=True)


def _entity(call: Call) -> EntityRef | None:
    """Return the case or opportunity of a new event; a contact does not belong here."""
    type_, number = call.params.text("entityType"), call.params.number("entityId")
    if not type_:
        return None
    if type_ not in {EntityType.CASE, EntityType.OPPORTUNITY} or not number:
        raise Refusal(ARGUMENT, OUT_OF_RANGE)
    return EntityRef(EntityType(type_), number)


def find(call: Call) -> Listing:
    """List events, newest first; the portal counts no total here."""
    fits = _filter(call)
    events = [event for event in _events(call) if fits(event)]
    page = call.page
    down = True if page.descending is None and not page.sort_by else bool(page.descending)
    events.sort(key=SORTS.get(page.sort_by, SORTS["created"]), reverse=down)
    return Listing([call.wire.event(event) for event in cut(events, page)], paged=True)


def _events(call: Call) -> list[Event]:
    type_, number = call.params.text("entityType") or "", call.params.number("entityId")
    if not type_:
        if number:
            raise Refusal(ARGUMENT, OUT_OF_RANGE)
        return list(call.data.events.values())
    if type_ not in set(EntityType):
        raise Refusal(ARGUMENT, OUT_OF_RANGE)
    ref = EntityRef(EntityType(type_), number)
    if call.data.crm.visible(ref, call.person) is None:
        raise missing()
    return call.data.crm.history_of(ref)


def _filter(call: Call) -> Callable[[Event], bool]:
    params, offset, words = call.params, call.data.offset, call.page.text.lower()
    category, author = params.number("categoryId"), params.text("createBy")
    first, last = params.moment("fromDate", offset), params.moment("toDate", offset)

    def fits(event: Event) -> bool:
        return (
            category in (0, event.category)
            and author in (None, event.author.id)
            and (first is None or first <= event.created)
            and (last is None or event.created <= last)
            and words in event.content.lower()
        )

    return fits


def delete(call: Call) -> JsonObject:
    """Delete an event and, one by one, its files: a refusal leaves what was done so far."""
    crm = call.data.crm
    event = call.data.events.get(call.params.number("event"))
    if event is None:
        raise missing()
    if not crm.may_edit_event(event, call.person):
        raise _denied(call)
    files = crm.files_on(event)
    if any(file.editing for file in files):
        raise Refusal(ARGUMENT, OUT_OF_RANGE)
    told = call.wire.event(event)
    for file in files:
        if not crm.may_delete(file, call.person):
            raise _denied(call)
        crm.delete_file(file)
    crm.forget(event)
    if crm.main(event) is None:
        raise Refusal(PLAIN, "Object reference not set to an instance of an object.")
    return told


def _denied(call: Call) -> Refusal:
    return Refusal(SECURITY, Words.ACCESS_DENIED.to(call.person))


def categories(call: Call) -> Listing:
    return Listing([call.wire.category(id_) for id_ in CATEGORIES])


ROUTES = (
    Route("POST", "crm/history", add),
    Route("GET", "crm/history/filter", find),
    Route("GET", "crm/history/category", categories),
    Route("DELETE", "crm/history/(?P<event>[0-9]+)", delete),
)
