"""Routes of the Documents module on what is stored already: look, list, copy, delete."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.domain import Place
from bot.file_kinds import FileKind
from bot.sandbox.portal_call import Route
from bot.sandbox.portal_envelope import (
    DOCUMENTS,
    Counted,
    JsonObject,
    Listing,
    Refusal,
)
from bot.sandbox.portal_store import same_kind
from bot.sandbox.portal_uploads import too_big
from bot.sandbox.portal_words import Words

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.sandbox.portal_call import Call
    from bot.sandbox.portal_model import Folder, Operation, StoredFile

MOVE, COPY, DELETE = 0, 1, 2
SKIP, OVERWRITE = 0, 1
FILTERS = {
    3: FileKind.DOCUMENT,
    4: FileKind.PRESENTATION,
    5: FileKind.SPREADSHEET,
    7: FileKind.IMAGE,
    10: FileKind.ARCHIVE,
}


def refused(call: Call, words: Words) -> Refusal:
    """Return the answer to everything that fails here: 403, told apart by a localised text."""
    return Refusal(DOCUMENTS, words.to(call.person))


def info(call: Call) -> JsonObject:
    return call.wire.file(_readable(call, call.params.number("file")))


def _readable(call: Call, number: int) -> StoredFile:
    file = call.data.files.get(number)
    if file is None:
        raise refused(call, Words.NO_FILE)
    if not call.data.crm.may_read(file, call.person):
        raise refused(call, Words.MAY_NOT_VIEW_FILE)
    return file


def rename(call: Call) -> JsonObject:
    """Rename a file, with the right to edit it."""
    file = _readable(call, call.params.number("file"))
    if not call.data.crm.may_delete(file, call.person):
        raise refused(call, Words.MAY_NOT_EDIT)
    call.data.store.rename(file, call.person, call.params.needed("title"))
    return call.wire.file(file)


# folders


def own(call: Call) -> Counted:
    place = Place(call.params.needed("place"))
    return _content(call, call.data.store.at(place, call.person))


def folder(call: Call) -> Counted:
    """List a folder; the CRM folder can be read by nobody."""
    found = call.data.store.folders.get(call.params.number("folder"))
    if found is None:
        raise refused(call, Words.NO_FOLDER)
    if found.place is Place.CRM or found.owner not in (None, call.person):
        raise refused(call, Words.MAY_NOT_VIEW_FOLDER)
    return _content(call, found)


def _content(call: Call, found: Folder) -> Counted:
    page = call.page
    files = [file for file in call.data.store.inside(found) if _fits(call, file)]
    files.sort(key=lambda file: (file.updated, file.id), reverse=True)
    shown = [call.wire.file(file) for file in files[page.start : page.start + page.count]]
    value: JsonObject = {
        "files": shown,
        "folders": [],
        "current": call.wire.folder(found),
        "pathParts": [found.id],
        "startIndex": page.start,
        "count": len(shown),
        "total": len(files),
        "new": 0,
    }
    return Counted(value, len(shown))


def _fits(call: Call, file: StoredFile) -> bool:
    wanted = FILTERS.get(call.params.number("filterType"))
    return wanted in (None, file.kind) and call.page.text.lower() in file.title.lower()


def search(call: Call) -> Listing:
    """Search My and Common documents; files of the CRM never appear."""
    words = call.params.needed("query").lower()
    store, person = call.data.store, call.person
    places = (store.own(person), store.common)
    found = [file for place in places for file in store.inside(place)]
    return Listing([call.wire.file(file) for file in found if words in file.title.lower()])


# copying and deleting


def copy_as(call: Call) -> JsonObject:
    """Copy a file; where the caller may not create, it silently goes to My documents."""
    source = _readable(call, call.params.number("file"))
    store, person = call.data.store, call.person
    title = call.params.text("destTitle") or source.title
    if not same_kind(title, source.title):
        raise refused(call, Words.NOT_CONVERTED)  # the sandbox has no document server
    if source.size > store.largest:
        raise Refusal(DOCUMENTS, too_big(person, store.largest))
    wanted = store.folders.get(call.params.number("destFolderId"))
    place = wanted if wanted and store.may_create(wanted, person) else store.own(person)
    return call.wire.file(store.copy(source, place, person, title))


def operations(call: Call) -> Listing:
    told = call.data.store.report(call.person)
    return Listing([call.wire.operation(one) for one in told])


def copy_files(call: Call) -> Listing:
    return _begun(call, COPY, call.params.texts("fileIds"), _copy_one)


def move_files(call: Call) -> Listing:
    return _begun(call, MOVE, call.params.texts("fileIds"), _move_one)


def delete_file(call: Call) -> Listing:
    return _begun(call, DELETE, [call.params.needed("file")], _delete_one)


def _begun(
    call: Call,
    kind: int,
    files: list[str],
    do: Callable[[Call, StoredFile], StoredFile | None],
) -> Listing:
    """Answer with a running operation; what comes of it is told at the next look."""
    operation = call.data.store.begin(kind, call.person)
    answer = Listing([call.wire.operation(operation)])
    for number in files:
        _step(call, operation, number, do)
    operation.finished = True
    return answer


def _step(
    call: Call,
    operation: Operation,
    number: str,
    do: Callable[[Call, StoredFile], StoredFile | None],
) -> None:
    try:
        made = do(call, _readable(call, int(number) if number.isdecimal() else 0))
    except Refusal as refusal:
        operation.error = refusal.message
        return
    operation.processed += 1
    if made:
        operation.files.append(made)


def _destination(call: Call) -> Folder:
    store = call.data.store
    found = store.folders.get(call.params.number("destFolderId"))
    if found is None:
        raise refused(call, Words.NO_FOLDER)
    if not store.may_create(found, call.person):
        raise refused(call, Words.MAY_NOT_CREATE)
    return found


def _copy_one(call: Call, source: StoredFile) -> StoredFile | None:
    store, place = call.data.store, _destination(call)
    same = next((one for one in store.inside(place) if one.title == source.title), None)
    answer = call.params.number("conflictResolveType")
    if same and answer == SKIP:
        return None
    if source.size > store.largest:
        raise Refusal(DOCUMENTS, too_big(call.person, store.largest))
    if same and answer == OVERWRITE:
        same.size, same.content, same.digest = source.size, source.content, source.digest
        same.version += 1
        return same
    return store.copy(source, place, call.person, source.title)


def _move_one(call: Call, file: StoredFile) -> StoredFile:
    place = _destination(call)
    _check_leaving(call, file)
    file.folder = place
    return file


def _delete_one(call: Call, file: StoredFile) -> None:
    """Put a file into the trash; its tags survive there."""
    trash = call.data.store.own(call.person, Place.TRASH)
    _check_leaving(call, file)
    if call.params.flag("immediately") or file.folder == trash:
        call.data.crm.delete_file(file)
        return
    file.folder = trash


def _check_leaving(call: Call, file: StoredFile) -> None:
    if not call.data.crm.may_delete(file, call.person):
        raise refused(call, Words.MAY_NOT_DELETE)


FILE = "files/file/(?P<file>[0-9]+)"
ROUTES = (
    Route("GET", FILE, info),
    Route("PUT", FILE, rename),
    Route("DELETE", FILE, delete_file),
    Route("POST", f"{FILE}/copyas", copy_as),
    Route("GET", "files/@(?P<place>my|common|trash)", own),
    Route("GET", "files/@search/(?P<query>.+)", search),
    Route("GET", "files/(?P<folder>[0-9]+)", folder),
    Route("GET", "files/fileops", operations),
    Route("PUT", "files/fileops/copy", copy_files),
    Route("PUT", "files/fileops/move", move_files),
)
