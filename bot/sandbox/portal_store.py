"""The Documents module without its network: folders, files, versions, storage and operations."""

from __future__ import annotations

import dataclasses
import hashlib
import uuid
from typing import TYPE_CHECKING, TypedDict

from bot.domain import FileId, Place
from bot.sandbox.portal_model import Folder, Operation, Received, StoredFile
from bot.sandbox.portal_names import clean_title, split

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Unpack

    from bot.domain import Clock
    from bot.sandbox.portal_model import Person

MIB = 1024 * 1024
LARGEST_UPLOAD = 100 * MIB
CRM_FOLDER, COMMON_FOLDER, PROJECT_FOLDER, FIRST_OWN_FOLDER = 34, 3, 21, 101


class FileTraits(TypedDict, total=False):
    """What a test may say of a file; `size` makes one that takes no memory."""

    id: int | None
    folder: Place | str
    owner: Person
    content: bytes
    size: int


@dataclasses.dataclass(eq=False)
class Storage:
    """How much the portal may hold; `full` takes all that is free.

    `largest_upload` is for one request, `largest_file` in pieces; types are extensions.
    """

    total: int = 100 * 1024 * MIB
    largest_file: int = 25 * 1024 * MIB
    largest_upload: int = LARGEST_UPLOAD
    blocked_types: frozenset[str] = frozenset()
    elsewhere: int = 0
    full: bool = False


class Store:
    """All folders and files of the portal."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.crm = Folder(CRM_FOLDER, "crm_common", Place.CRM)
        self.common = Folder(COMMON_FOLDER, "Common", Place.COMMON)
        self.project = Folder(PROJECT_FOLDER, "Project documents", Place.OTHER)
        self.folders = {one.id: one for one in (self.crm, self.common, self.project)}
        self.files: dict[int, StoredFile] = {}
        self.storage = Storage()
        self.closed_folders: set[int] = set()
        """Folders in which nobody may create, whatever the rules say."""
        self._operations: list[Operation] = []

    # folders

    def own(self, person: Person, place: Place = Place.MY) -> Folder:
        """Return a person's own folder (My documents, or their trash), made on first use."""
        for folder in self.folders.values():
            if folder.owner is person and folder.place is place:
                return folder
        title = "My documents" if place is Place.MY else "Trash"
        made = Folder(len(self.folders) + FIRST_OWN_FOLDER, title, place, person)
        self.folders[made.id] = made
        return made

    def at(self, place: Place, person: Person) -> Folder:
        match place:
            case Place.CRM:
                return self.crm
            case Place.COMMON:
                return self.common
            case Place.OTHER:
                return self.project
            case _:
                return self.own(person, place)

    def may_create(self, folder: Folder | None, person: Person) -> bool:
        """Tell whether a folder takes new files; that of the CRM does from everybody."""
        if folder is None or folder.id in self.closed_folders:
            return False
        if folder.place is Place.COMMON:
            return person.owner
        if folder.place is Place.TRASH:
            return False
        return folder.owner is None or folder.owner is person

    # files

    def inside(self, folder: Folder) -> list[StoredFile]:
        return [file for file in self.files.values() if file.folder == folder]

    def put(self, title: str, person: Person, **traits: Unpack[FileTraits]) -> StoredFile:
        """Let a file be there, as tests and the demo want it."""
        owner = traits.get("owner", person)
        content = traits.get("content", None if "size" in traits else title.encode())
        known = Received(
            title,
            traits.get("size", len(content or b"")),
            content,
            "" if content is None else hashlib.sha256(content).hexdigest(),
        )
        folder = self.at(Place(traits.get("folder", Place.CRM)), owner)
        return self.create(known, folder, owner, id_=traits.get("id"))

    def create(
        self, received: Received, folder: Folder, person: Person, *, id_: int | None = None
    ) -> StoredFile:
        """Store a new file. Its number is one more than the highest there is, as on the portal."""
        number = id_ if id_ is not None else max(self.files, default=0) + 1
        now = self._clock()
        made = StoredFile(
            id=FileId(number),
            title=clean_title(received.name),
            folder=folder,
            author=person,
            editor=person,
            created=now,
            updated=now,
            size=received.size,
            content=received.content,
            digest=received.digest,
        )
        self.files[number] = made
        return made

    def save(
        self, received: Received, folder: Folder, person: Person, *, new: bool = False
    ) -> StoredFile:
        """Store an upload: a new file, or a new version where the person's settings want one."""
        old = None if new else self._older(received, folder, person)
        if old is None:
            return self.create(received, folder, person)
        old.size, old.content, old.digest = received.size, received.content, received.digest
        old.version += 1
        old.editor, old.updated = person, self._clock()
        return old

    def edit(self, file: StoredFile, person: Person, content: bytes) -> None:
        """Write what the editor saves: a new version."""
        file.size, file.content = len(content), content
        file.digest = hashlib.sha256(content).hexdigest()
        file.version += 1
        file.editor, file.updated = person, self._clock()

    def rename(self, file: StoredFile, person: Person, title: str) -> None:
        """Give a file another title: its version stays, its date and its editor do not."""
        file.title = clean_title(title)
        file.editor, file.updated = person, self._clock()

    def copy(self, file: StoredFile, folder: Folder, person: Person, title: str) -> StoredFile:
        return self.create(Received(title, file.size, file.content, file.digest), folder, person)

    def _older(self, received: Received, folder: Folder, person: Person) -> StoredFile | None:
        title = clean_title(received.name)
        if not person.update_existing:
            return None
        return next((one for one in self._mine(folder, person) if one.title == title), None)

    def _mine(self, folder: Folder, person: Person) -> Iterator[StoredFile]:
        for file in self.inside(folder):
            if person.crm_admin or person in (file.author, file.editor):
                yield file

    # storage

    @property
    def used(self) -> int:
        return self.storage.elsewhere + sum(file.size for file in self.files.values())

    @property
    def free(self) -> int:
        return 0 if self.storage.full else max(0, self.storage.total - self.used)

    @property
    def largest(self) -> int:
        """The largest file that fits now, sent in pieces."""
        return min(self.free, self.storage.largest_file)

    # operations

    def begin(self, kind: int, person: Person) -> Operation:
        made = Operation(id=str(uuid.uuid4()), kind=kind, person=person)
        self._operations.append(made)
        return made

    def report(self, person: Person) -> list[Operation]:
        """Return a person's operations; a finished one is told once and then forgotten."""
        told = [one for one in self._operations if one.person is person]
        self._operations = [one for one in self._operations if one not in told or not one.finished]
        return told


def same_kind(title: str, other: str) -> bool:
    """Whether two titles have one extension: a plain copy, no conversion."""
    return split(title)[1].lower() == split(other)[1].lower()
