"""Uploads into a folder of the Documents module, in one piece or as a session of pieces."""

from __future__ import annotations

import dataclasses
import hashlib
import re
import uuid
from datetime import UTC, timedelta
from typing import TYPE_CHECKING

from bot.sandbox.portal_call import Route
from bot.sandbox.portal_envelope import (
    ARGUMENT,
    DOCUMENTS,
    NOT_FOUND,
    NULL,
    NULL_REFERENCE,
    OUT_OF_RANGE,
    PLAIN,
    JsonObject,
    Listing,
    Refusal,
)
from bot.sandbox.portal_model import Received
from bot.sandbox.portal_names import clean_title, human_size, split
from bot.sandbox.portal_store import MIB
from bot.sandbox.portal_words import Words

if TYPE_CHECKING:
    from datetime import datetime

    from bot.sandbox.portal_call import Call
    from bot.sandbox.portal_model import Digest, Folder, Person, StoredFile
    from bot.sandbox.portal_state import PortalData

CHUNK = 10 * MIB
SIZE = re.compile("[0-9]{1,18}", re.ASCII)
CHUNK_LIFE = timedelta(hours=12)
CHUNK_PAGE = "/Products/Files/ChunkedUploader.ashx"
ENDINGS = {
    "application/pdf": ".pdf",
    "text/plain": ".txt",
    "image/png": ".png",
    "image/jpeg": ".jpg",
}


@dataclasses.dataclass(eq=False, kw_only=True)
class Pieces:
    """An upload in pieces, known by its secret number."""

    uid: str
    name: str
    total: int
    folder: Folder
    person: Person
    created: datetime
    expires: datetime
    sent: int = 0
    content: bytearray | None = dataclasses.field(default_factory=bytearray)
    digest: Digest = dataclasses.field(default_factory=hashlib.sha256)

    def data(self, location: str) -> JsonObject:
        """Write the session; its dates are plain .NET ones."""
        return {
            "id": self.uid,
            "path": [self.folder.id],
            "created": f"{self.created.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%f}0Z",
            "expired": f"{self.expires.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%f}0Z",
            "location": location,
            "bytes_uploaded": self.sent,
            "bytes_total": self.total,
        }

    def take(self, piece: Received, keep: int) -> None:
        self.sent += piece.size
        self.digest = piece.digested or self.digest
        if self.content is None or piece.content is None or self.sent > keep:
            self.content = None
        else:
            self.content += piece.content

    def whole(self) -> Received:
        content = None if self.content is None else bytes(self.content)
        return Received(self.name, self.total, content, self.digest.hexdigest())


def checked(call: Call, received: Received) -> Received:
    """Return a file that the portal takes.

    Raises:
        Refusal: it is empty, larger than what fits, or of a type that the filter refuses.

    """
    check_type(call, received.name)
    if not received.size:
        raise Refusal(PLAIN, "Empty file")
    limit = min(call.data.store.storage.largest_upload, call.data.store.largest)
    if received.size > limit:
        raise Refusal(PLAIN, too_big(call.person, limit))
    return received


def check_type(call: Call, name: str) -> None:
    """Refuse what the filter of extensions refuses; portals have it switched off by default."""
    if split(clean_title(name))[1] in call.data.store.storage.blocked_types:
        raise Refusal(PLAIN, Words.BLOCKED_TYPE.to(call.person))


def too_big(person: Person, limit: int) -> str:
    return Words.TOO_BIG.to(person).format(size=human_size(limit))


def upload(call: Call) -> JsonObject | Listing:
    """Store files in a folder; one answers an object, several answer a list."""
    folder = _folder(call)
    if not call.uploads:
        raise Refusal(DOCUMENTS, "No input files")
    flag = call.params.flag("storeOriginalFileFlag")
    if flag is not None:
        call.person.store_originals = flag
    new = call.params.flag("createNewIfExist") or False
    named = [checked(call, _named(call, one)) for one in call.uploads]
    stored = [call.data.store.save(one, folder, call.person, new=new) for one in named]
    if len(stored) == 1:
        return call.wire.file(stored[0])
    return Listing([call.wire.file(file) for file in stored])


def open_session(call: Call) -> JsonObject:
    """Begin an upload in pieces."""
    folder, data = _folder(call), call.data
    name, total = call.params.needed("fileName"), _size(call.params.needed("fileSize"))
    check_type(call, name)
    if total > data.store.largest:
        raise Refusal(PLAIN, too_big(call.person, data.store.largest))
    now = data.clock()
    made = Pieces(
        uid=uuid.uuid4().hex,
        name=name,
        total=total,
        folder=folder,
        person=call.person,
        created=now,
        expires=now + CHUNK_LIFE,
    )
    data.pieces[made.uid] = made
    return {"success": True, "data": made.data(location(call.base, made))}


def location(base: str, pieces: Pieces) -> str:
    return f"{base}{CHUNK_PAGE}?uid={pieces.uid}"


def add_piece(data: PortalData, pieces: Pieces, piece: Received) -> StoredFile | None:
    """Take the next piece; the last one makes the file.

    Raises:
        Refusal: the piece is empty, too large, or more than was announced.

    """
    if not piece.size:
        raise Refusal(PLAIN, "Empty file")
    if piece.size > CHUNK or pieces.sent + piece.size > pieces.total:
        raise Refusal(PLAIN, too_big(pieces.person, CHUNK))
    pieces.take(piece, data.keep_bytes)
    pieces.expires = data.clock() + CHUNK_LIFE
    if pieces.sent < pieces.total:
        return None
    del data.pieces[pieces.uid]
    return data.store.save(pieces.whole(), pieces.folder, pieces.person)


def _size(text: str) -> int:
    if not SIZE.fullmatch(text):
        raise Refusal(ARGUMENT, f"Can't convert value '{text}' of parameter 'fileSize'")
    return int(text)


def _folder(call: Call) -> Folder:
    folder = call.data.store.folders.get(call.params.number("folder"))
    if folder is None:
        raise Refusal(NOT_FOUND, Words.NO_FOLDER.to(call.person))
    if not call.data.store.may_create(folder, call.person):
        raise Refusal(DOCUMENTS, Words.MAY_NOT_CREATE.to(call.person))
    return folder


def _named(call: Call, received: Received) -> Received:
    """Give a raw body without a name one by its type."""
    if received.name:
        return received
    if call.multipart:
        raise Refusal(ARGUMENT, OUT_OF_RANGE)
    if not call.content_type:
        raise Refusal(NULL, NULL_REFERENCE)
    return dataclasses.replace(received, name=f"file{ENDINGS.get(call.content_type, '')}")


FOLDER = "files/(?P<folder>[0-9]+)/upload"
ROUTES = (
    Route("POST", FOLDER, upload, receives=True),
    Route("POST", f"{FOLDER}/create_session", open_session),
)
