"""Routes that hang files on records: attach, list, upload, text, delete."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.sandbox.portal_call import TYPE, Route
from bot.sandbox.portal_envelope import (
    ARGUMENT,
    NULL,
    NULL_REFERENCE,
    OUT_OF_RANGE,
    SECURITY,
    JsonObject,
    Listing,
    Refusal,
    missing,
)
from bot.sandbox.portal_model import Received
from bot.sandbox.portal_uploads import checked
from bot.sandbox.portal_words import Words

if TYPE_CHECKING:
    from bot.domain import EntityRef
    from bot.sandbox.portal_call import Call


def attach(call: Call) -> JsonObject:
    """Attach files that are there; the order of the checks is the portal's."""
    numbers, ref = call.params.numbers("fileids"), _numbered(call)
    crm = call.data.crm
    if crm.outside(numbers):
        raise Refusal(ARGUMENT, "invalid file folder")
    if crm.visible(ref, call.person) is None:
        raise missing()
    return call.wire.event(crm.attach(ref, numbers, call.person), fresh=True)


def files(call: Call) -> Listing:
    """List the files of a record; neither the record nor the caller's right is looked at."""
    found = call.data.crm.files_of(_numbered(call))
    return Listing([call.wire.file(file) for file in found])


def upload(call: Call) -> JsonObject:
    """Put files into the CRM folder; the record in the address plays no part."""
    if not all(received.name for received in call.uploads) or not call.uploads:
        raise Refusal(NULL, NULL_REFERENCE)
    person, store = call.person, call.data.store
    person.store_originals = call.params.flag("storeOriginalFileFlag") or False
    stored = [store.save(checked(call, one), store.crm, person) for one in call.uploads]
    return call.wire.file(stored[-1])


def text(call: Call) -> JsonObject:
    """Write a small text file and attach it; a bad record leaves the file behind."""
    title, content = call.params.text("title"), call.params.text("content")
    if title is None or content is None:
        raise Refusal(ARGUMENT, OUT_OF_RANGE)
    raw = content.encode()
    received = checked(call, Received(f"{title}.txt", len(raw), raw))
    crm, ref = call.data.crm, _numbered(call)
    made = call.data.store.save(received, call.data.store.crm, call.person)
    if crm.visible(ref, call.person) is None:
        raise missing()
    crm.attach(ref, [made.id], call.person)
    return call.wire.file(made)


def delete(call: Call) -> JsonObject:
    """Delete a file for good; nobody checks that it is one of the CRM's.

    Afterwards the portal writes into its log from which records: one that is gone, or that the
    caller may not see, fails the call when all is done.
    """
    crm, file = call.data.crm, call.data.files.get(call.params.number("file"))
    if file is None:
        raise missing()
    if not crm.may_delete(file, call.person):
        raise Refusal(SECURITY, Words.ACCESS_DENIED.to(call.person))
    told = call.wire.file(file)
    hung_on = [ref for event in crm.events_with(file) for ref in event.refs[:1]]
    crm.delete_file(file)
    if any(crm.visible(ref, call.person) is None for ref in hung_on):
        raise missing()
    return told


def root(call: Call) -> int:
    return call.data.store.crm.id


def _numbered(call: Call) -> EntityRef:
    if not call.ref.id:
        raise Refusal(ARGUMENT, OUT_OF_RANGE)
    return call.ref


RECORD = f"crm/{TYPE}/(?P<id>[0-9]+)"
ROUTES = (
    Route("POST", f"{RECORD}/files", attach),
    Route("GET", f"{RECORD}/files", files),
    Route("POST", f"{RECORD}/files/upload", upload, receives=True),
    Route("POST", f"{RECORD}/files/text", text),
    Route("DELETE", "crm/files/(?P<file>[0-9]+)", delete),
    Route("GET", "crm/files/root", root),
)
