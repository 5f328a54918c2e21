"""The whole sandbox portal as data, and the switches that a test may turn."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import TYPE_CHECKING, Literal

from bot.domain import EntityType
from bot.sandbox.portal_crm import Crm
from bot.sandbox.portal_sessions import Lockout, Sessions
from bot.sandbox.portal_store import Store

if TYPE_CHECKING:
    from bot.domain import Clock, EntityRef
    from bot.sandbox.portal_model import Event, Person, Record, StoredFile
    from bot.sandbox.portal_uploads import Pieces

PortalState = Literal["active", "suspended", "restoring", "unpaid", "unpaid-api", "ip", "down"]


class PortalData:
    """Everything that the portal keeps between two requests."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.people: dict[str, Person] = {}
        self.sessions = Sessions(clock)
        self.lockout = Lockout(clock)
        self.store = Store(clock)
        self.crm = Crm(self.store, clock)
        self.state: PortalState = "active"
        self.offset = timedelta(hours=3)
        """The portal's time zone; it is not UTC, so that nobody takes it for granted."""
        self.search_down = False
        self.pieces: dict[str, Pieces] = {}
        self.keep_bytes = 8 * 1024 * 1024
        """Contents larger than this are counted and forgotten."""

    def join(self, person: Person) -> Person:
        """Let a person be a user of the portal, with a first key."""
        self.people[person.id] = person
        self.sessions.start(person)
        return person

    def guid(self, name: str) -> str:
        return str(uuid.uuid5(uuid.NAMESPACE_OID, f"{name}/{len(self.people)}"))

    def login(self, name: str) -> Person | None:
        """Return who logs in under this user name or e-mail address."""
        wanted = name.strip().lower()
        known = (one for one in self.people.values() if not one.disabled)
        matching = (one for one in known if wanted in (one.email.lower(), one.user_name.lower()))
        return next(matching, None)

    @property
    def cases(self) -> dict[int, Record]:
        return {record.ref.id: record for record in self.crm.of(EntityType.CASE)}

    @property
    def opportunities(self) -> dict[int, Record]:
        return {record.ref.id: record for record in self.crm.of(EntityType.OPPORTUNITY)}

    @property
    def contacts(self) -> dict[int, Record]:
        return {record.ref.id: record for record in self.crm.of(EntityType.CONTACT)}

    @property
    def records(self) -> dict[EntityRef, Record]:
        return self.crm.records

    @property
    def files(self) -> dict[int, StoredFile]:
        return self.store.files

    @property
    def events(self) -> dict[int, Event]:
        return self.crm.events
