"""The CRM without its network: records, who sees them, events, and what is attached by tags."""

from __future__ import annotations

from collections import defaultdict
from datetime import timedelta
from typing import TYPE_CHECKING

from bot.domain import EntityRef, EntityType, Place
from bot.sandbox.portal_model import Event, Share
from bot.sandbox.portal_words import Words

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from bot.domain import Clock
    from bot.sandbox.portal_model import Person, Record, StoredFile
    from bot.sandbox.portal_store import Store

FILES_UPLOADED, TASK_CLOSED = -2, -1
CATEGORIES = {1: "Note", 2: "E-mail", 3: "Call", 4: "Meeting"}
REMEMBERED = timedelta(minutes=1)


class Crm:
    """All records and their history."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._looked: dict[tuple[str, int], tuple[bool, datetime]] = {}
        self.records: dict[EntityRef, Record] = {}
        self.events: dict[int, Event] = {}
        self._of_record: dict[EntityRef, dict[int, Event]] = defaultdict(dict)
        self._of_file: dict[int, dict[int, Event]] = defaultdict(dict)
        self.last_event = 5120

    # records

    def of(self, type_: EntityType) -> list[Record]:
        return [record for ref, record in self.records.items() if ref.type is type_]

    def free_id(self, type_: EntityType) -> int:
        return max((record.ref.id for record in self.of(type_)), default=0) + 1

    def sees(self, record: Record, person: Person) -> bool:
        return not record.hidden or person.crm_admin or person in record.listed

    def visible(self, ref: EntityRef, person: Person) -> Record | None:
        """Return a record; a hidden one is as good as missing."""
        record = self.records.get(ref)
        return record if record and self.sees(record, person) else None

    def may_edit(self, record: Record, person: Person) -> bool:
        if record.ref.type is not EntityType.CONTACT:
            return self.sees(record, person)
        return record.share is Share.WRITE or person.crm_admin or person in record.listed

    # events

    def attach(self, ref: EntityRef, files: Iterable[int], person: Person) -> Event:
        """Write the event of an attach; numbers of files that do not exist are tagged as well."""
        is_contact = ref.type is EntityType.CONTACT
        return self.write(
            Event(
                author=person,
                created=self._clock(),
                category=FILES_UPLOADED,
                content=Words.UPLOADED.to(person),
                entity=None if is_contact else ref,
                contact=ref.id if is_contact else None,
                tagged=list(files),
            )
        )

    def write(self, event: Event) -> Event:
        """Give an event its number and tag its files."""
        self.last_event += 1
        event.id = self.last_event
        event.tagged = [number for number in dict.fromkeys(event.tagged) if number]
        self.events[event.id] = event
        for ref in event.refs:
            self._of_record[ref][event.id] = event
        for number in event.tagged:
            self._of_file[number][event.id] = event
        return event

    def forget(self, event: Event) -> None:
        del self.events[event.id]
        for ref in event.refs:
            del self._of_record[ref][event.id]
        for number in event.tagged:
            del self._of_file[number][event.id]

    def main(self, event: Event) -> Record | None:
        """Return the record whose rights decide over an event."""
        return next((self.records.get(ref) for ref in event.refs), None)

    def may_edit_event(self, event: Event, person: Person) -> bool:
        record = self.main(event)
        if person.crm_admin or record is None:
            return person.crm_admin
        author = event.author is person and self.sees(record, person)
        return author or self.may_edit(record, person)

    def events_of(self, ref: EntityRef) -> list[Event]:
        return list(self._of_record[ref].values())

    def history_of(self, ref: EntityRef) -> list[Event]:
        """Return what the history page shows: a company has the events of its people as well."""
        refs = [ref]
        if ref.type is EntityType.CONTACT:
            people = self.of(EntityType.CONTACT)
            refs += [person.ref for person in people if person.employer == ref.id]
        found = {event.id: event for one in refs for event in self.events_of(one)}
        return list(found.values())

    # files

    def files_on(self, event: Event) -> list[StoredFile]:
        found = (self._store.files.get(number) for number in event.tagged)
        return sorted((file for file in found if file), key=lambda file: file.id)

    def files_of(self, ref: EntityRef) -> list[StoredFile]:
        """Return each file of a record once, those in a trash too."""
        found = {file.id: file for event in self.events_of(ref) for file in self.files_on(event)}
        return [found[number] for number in sorted(found)]

    def events_with(self, file: StoredFile) -> list[Event]:
        """Return the events that tag a file, in the order in which they were written."""
        return list(self._of_file[file.id].values())

    def outside(self, numbers: Iterable[int]) -> list[StoredFile]:
        """Return the existing files among `numbers` that do not lie in the CRM folder."""
        found = (self._store.files.get(number) for number in numbers)
        return [file for file in found if file and file.folder is not self._store.crm]

    def may_delete(self, file: StoredFile, person: Person) -> bool:
        return not file.editing and (person.crm_admin or person in (file.author, file.editor))

    def delete_file(self, file: StoredFile) -> None:
        """Delete for good, from every record."""
        self._store.files.pop(file.id, None)
        for event in self._of_file.pop(file.id, {}).values():
            event.tagged.remove(file.id)

    def forget_looks(self) -> None:
        """Forget what was found of who may read what, as the portal does after a minute."""
        self._looked.clear()

    def may_read(self, file: StoredFile, person: Person) -> bool:
        """Answer as the portal does: what it found for a CRM file it believes for a minute."""
        if file.folder.place is not Place.CRM:
            return file.folder.owner in (None, person)
        now, key = self._clock(), (person.id, int(file.id))
        said, until = self._looked.get(key, (False, now))
        if now < until:
            return said
        found = self._hangs_where_seen(file, person)
        self._looked[key] = found, now + REMEMBERED
        return found

    def _hangs_where_seen(self, file: StoredFile, person: Person) -> bool:
        first = next(iter(self._of_file[file.id].values()), None)
        record = self.main(first) if first else None
        return record is not None and self.sees(record, person)
