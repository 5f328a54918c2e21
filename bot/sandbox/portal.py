"""A portal on 127.0.0.1 that behaves like ONLYOFFICE Workspace, quirks and faults included."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Literal, Self, TypedDict

from aiohttp import web

from bot.domain import EntityRef, EntityType, PortalUrl
from bot.sandbox import (
    portal_accounts,
    portal_attach,
    portal_documents,
    portal_history,
    portal_lookup,
    portal_uploads,
)
from bot.sandbox.portal_gate import LARGEST_BODY, Gate
from bot.sandbox.portal_line import Line, Seen
from bot.sandbox.portal_model import Person, Record, Share
from bot.sandbox.portal_pages import PAGES
from bot.sandbox.portal_sample import fill
from bot.sandbox.portal_sessions import YEAR
from bot.sandbox.portal_state import PortalData

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from typing import Unpack

    from bot.domain import Clock, FileId
    from bot.sandbox.portal_faults import Faults
    from bot.sandbox.portal_model import Event
    from bot.sandbox.portal_state import PortalState
    from bot.sandbox.portal_store import FileTraits

ROUTES = (
    *portal_accounts.ROUTES,
    *portal_attach.ROUTES,
    *portal_history.ROUTES,
    *portal_lookup.ROUTES,
    *portal_uploads.ROUTES,
    *portal_documents.ROUTES,
)
HOST = "127.0.0.1"


class PersonTraits(TypedDict, total=False):
    """What a test may say of a person."""

    email: str
    password: str
    guest: bool
    crm: bool
    documents: bool
    crm_admin: bool
    owner: bool
    tfa: Literal["app", "sms"] | None
    phone: str
    authenticator: bool
    language: str
    update_existing: bool


class RecordTraits(TypedDict, total=False):
    """What a test may say of a record; contacts are `company`, `share`, `employer` and `phone`.

    `private_to` hides a record from all others (admins excepted); for contacts these are managers.
    """

    id: int
    private_to: Sequence[Person]
    closed: bool
    author: Person
    created: datetime
    company: bool
    share: Literal["write", "read", "managers"]
    employer: int
    phone: str


def now_utc() -> datetime:
    return datetime.now(UTC)


class SandboxPortal:
    """An async context manager: inside it, `url` answers.

    `data` is what the portal knows, `faults` what goes wrong, `requests` what was asked.
    """

    def __init__(self, *, port: int = 0, clock: Clock = now_utc) -> None:
        self.data = PortalData(clock)
        self._port = port
        self._runner: web.AppRunner | None = None
        self._line = Line(Gate(self.data, ROUTES, PAGES).answer, clock)

    @classmethod
    def sample(cls, *, port: int = 0, clock: Clock = now_utc) -> Self:
        """Return a portal with a small office in it."""
        portal = cls(port=port, clock=clock)
        fill(portal)
        return portal

    # life

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *exception: object) -> None:
        await self.stop()

    async def start(self) -> None:
        """Open the door; after a stop it is the same door."""
        app = web.Application(client_max_size=LARGEST_BODY)
        app.router.add_route("*", "/{path:.*}", self._line.carry)
        self._line.open()
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
        await self._runner.setup()
        await web.TCPSite(self._runner, HOST, self._port).start()
        self._port = self._runner.addresses[0][1]

    async def stop(self) -> None:
        """Close the door and drop what is still being answered; nothing is forgotten."""
        self._line.close()
        if self._runner:
            await self._runner.cleanup()
        self._runner = None

    @property
    def url(self) -> PortalUrl:
        return PortalUrl(f"http://{HOST}:{self._port}")

    # what happened

    @property
    def requests(self) -> list[Seen]:
        return self._line.requests

    @property
    def in_flight(self) -> int:
        return self._line.in_flight

    @property
    def most_in_flight(self) -> int:
        """The highest number of requests that were being answered at one time."""
        return self._line.most_in_flight

    async def until(self, predicate: Callable[[], bool], *, within: float = 20) -> None:
        """Wait until something is true; it is looked at before and after each request.

        Raises:
            TimeoutError: it did not become true.

        """
        async with asyncio.timeout(within):
            await self._line.until(predicate)

    def attached(self, ref: EntityRef) -> list[FileId]:
        """Return the files that hang on a record, each once."""
        return [file.id for file in self.data.crm.files_of(ref)]

    def events_of(self, ref: EntityRef) -> list[Event]:
        """Return the events of a record, oldest first; a repeated attach is one more."""
        return self.data.crm.events_of(ref)

    # switches

    @property
    def faults(self) -> Faults:
        return self._line.faults

    @property
    def state(self) -> PortalState:
        return self.data.state

    @state.setter
    def state(self, state: PortalState) -> None:
        self.data.state = state

    @property
    def search_down(self) -> bool:
        return self.data.search_down

    @search_down.setter
    def search_down(self, down: bool) -> None:
        self.data.search_down = down

    @property
    def storage_full(self) -> bool:
        return self.data.store.storage.full

    @storage_full.setter
    def storage_full(self, full: bool) -> None:
        self.data.store.storage.full = full

    # people and their keys

    def person(self, name: str, **traits: Unpack[PersonTraits]) -> Person:
        """Let a person be there, with a key of their own."""
        traits.setdefault("email", f"{name.lower().replace(' ', '.')}@office.example")
        return self.data.join(Person(id=self.data.guid(name), name=name, **traits))

    def who(self, name: str) -> Person:
        """Return the person of this name."""
        return next(person for person in self.data.people.values() if person.name == name)

    def token(self, person: Person, *, life: timedelta = YEAR) -> str:
        """Give out one more key; it becomes `person.token`."""
        return self.data.sessions.start(person, life=life).token

    def expire(self, person: Person) -> None:
        self.data.sessions.expire(person)

    def revoke(self, token: str) -> None:
        session = self.data.sessions.find(token)
        if session:
            self.data.sessions.end(session)

    def disable(self, person: Person) -> None:
        person.disabled = True

    # records and files

    def case(self, title: str, **traits: Unpack[RecordTraits]) -> EntityRef:
        return self._record(EntityType.CASE, title, traits)

    def opportunity(self, title: str, **traits: Unpack[RecordTraits]) -> EntityRef:
        return self._record(EntityType.OPPORTUNITY, title, traits)

    def contact(self, title: str, **traits: Unpack[RecordTraits]) -> EntityRef:
        return self._record(EntityType.CONTACT, title, traits)

    def file(self, title: str, **traits: Unpack[FileTraits]) -> FileId:
        """Let a file be there: `content`, or `size` for one that takes no memory."""
        return self.data.store.put(title, self._somebody(), **traits).id

    def attach(self, ref: EntityRef, files: Iterable[int], *, by: Person) -> Event:
        """Attach as the portal does, without a call."""
        return self.data.crm.attach(ref, files, by)

    def _record(self, type_: EntityType, title: str, traits: RecordTraits) -> EntityRef:
        listed = tuple(traits.get("private_to", ()))
        id_ = traits["id"] if "id" in traits else self.data.crm.free_id(type_)
        ref = EntityRef(type_, id_)
        hidden: Literal["write", "managers"] = "managers" if listed else "write"
        self.data.crm.records[ref] = Record(
            ref=ref,
            title=title,
            author=traits.get("author") or self._somebody(),
            created=traits.get("created") or self.data.clock(),
            closed=traits.get("closed", False),
            private=bool(listed),
            listed=listed,
            company=traits.get("company", False),
            share=Share[traits.get("share", hidden).upper()],
            employer=traits.get("employer"),
            phone=traits.get("phone", ""),
        )
        return ref

    def _somebody(self) -> Person:
        """Return the portal's first person, who makes what nobody else has made."""
        first = next(iter(self.data.people.values()), None)
        return first or self.person("Portal Owner", owner=True, crm_admin=True)
