"""The portal's client of one life: calls that are lost, late, refused, and acted on unheard."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, TypeVar

from bench.simulated_office import owner_of
from bot.domain import EntityName, EntityRef, EntityType, FileId, PortalFile
from bot.errors import (
    EntityNotFoundError,
    KeyRefusedError,
    OutcomeUnknownError,
    PortalAwayError,
    PortalRefusedError,
)
from bot.portal.client import PortalClient
from bot.portal.model import Event, Owner
from bot.portal.network import DEADLINE_SECONDS
from bot.portal.traffic import CALLS

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from bench.simulated_clock import Life
    from bench.simulated_office import SimulatedOffice
    from bot.domain import Entity
    from bot.portal.model import Credentials, Seen

_T = TypeVar("_T")
QUICK, SLOW = 0.4, 31.0


class SimulatedPortal(PortalClient):
    """The calls that a filing makes; a lane of four, as the real client has it."""

    def __init__(self, office: SimulatedOffice, life: Life) -> None:
        self._office = office
        self._life = life
        self._dice = office.dice
        self._lane = asyncio.Semaphore(CALLS.lane)

    async def who(self, by: Credentials, *, deadline: float = DEADLINE_SECONDS) -> Owner:
        del deadline
        owner = owner_of(by.key.get_secret_value())
        return await self._see(by, lambda: Owner(owner, owner, f"{owner}@example.com"))

    async def check_crm(self, by: Credentials, *, deadline: float = DEADLINE_SECONDS) -> None:
        del by, deadline

    async def entity(self, ref: EntityRef, by: Credentials, *, urgent: bool = False) -> Entity:
        del urgent
        entity = await self._see(by, lambda: self._office.entity(ref))
        if entity is None:
            raise EntityNotFoundError(ref)
        return entity

    async def search(
        self,
        name: EntityName,
        by: Credentials,
        *,
        deadline: float = DEADLINE_SECONDS,
        urgent: bool = False,
    ) -> Sequence[Entity]:
        del deadline, urgent
        if name.type is not EntityType.CASE:
            return []
        return await self._see(by, lambda: self._office.named(name.words))

    async def crm_root(self, by: Credentials) -> int:
        del by
        return 1

    async def look_at_file(self, id_: FileId, by: Credentials) -> Seen:
        return await self._see(by, lambda: self._office.look(id_))

    async def files_of(self, ref: EntityRef, by: Credentials) -> Sequence[PortalFile]:
        return await self._see(by, lambda: self._office.files_of(ref))

    async def newest_event(self, ref: EntityRef, by: Credentials) -> int:
        return await self._see(by, lambda: self._office.newest(ref))

    async def events_since(
        self, ref: EntityRef, watermark: int, by: Credentials
    ) -> Sequence[Event]:
        return await self._see(by, lambda: self._office.since(ref, watermark, by.owner))

    async def storage_left(self, by: Credentials) -> int | None:
        return await self._see(by, lambda: None)

    async def attach_files(
        self, ref: EntityRef, files: Sequence[FileId], note: str, by: Credentials
    ) -> Event:
        del note

        def act(sent: float) -> Event:
            # The key says who writes, whoever the bot believes that it is.
            author, now = owner_of(by.key.get_secret_value()), _now()
            return self._office.attach(ref, files, author, sent=sent, now=now)

        self._office.sent += 1
        return await self._change(by, act)

    async def copy_into_crm(self, file: PortalFile, by: Credentials) -> PortalFile:
        misplace = self._dice.random() < self._office.weather.misplaced
        return await self._change(by, lambda _: self._office.copy(file, misplace=misplace))

    async def _see(self, by: Credentials, look: Callable[[], _T]) -> _T:
        """See the portal at one moment between question and answer."""
        async with self._lane:
            await self._life.alive()
            seconds = self._seconds()
            if seconds > DEADLINE_SECONDS:
                await self._pass(DEADLINE_SECONDS)
                raise PortalAwayError(by.portal)
            there = seconds * self._dice.random()
            await self._pass(there)
            self.refuse(by)
            if self._dice.random() < self._office.weather.reads:
                raise self._dice.choice(
                    [
                        *[PortalAwayError(by.portal)] * 3,
                        *[PortalAwayError(by.portal, after=7)] * 3,
                        PortalRefusedError(by.portal, 500),
                    ]
                )
            seen = look()
            await self._pass(seconds - there)
            return seen

    async def _change(self, by: Credentials, act: Callable[[float], _T]) -> _T:
        """Send a change; once it is sent the portal acts on it whatever becomes of the bot."""
        async with self._lane:
            await self._life.alive()
            fate = self._fate()
            if fate == "busy":
                raise PortalAwayError(by.portal, after=self._dice.choice((0.0, 3.0)))
            self.refuse(by)
            self._office.lost += fate == "lost"
            return await self.acted(by, act, fate)

    async def acted(self, by: Credentials, act: Callable[[float], _T], fate: str) -> _T:
        """Send a change that is not refused, and wait for the answer as long as its fate has it."""
        answer = self._send(act, fate)
        deadline = DEADLINE_SECONDS if fate == "answered" else self._cut()
        try:
            async with asyncio.timeout(deadline):
                result = await answer
        except TimeoutError as error:
            await self._life.alive()
            raise OutcomeUnknownError(by.portal) from error
        await self._life.alive()
        return result

    def _fate(self) -> str:
        if self._dice.random() >= self._office.weather.changes:
            return "answered"
        return self._dice.choice(("busy", "lost", "late", "late", "unheard"))

    def _send(self, act: Callable[[float], _T], fate: str) -> asyncio.Future[_T]:
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[_T] = loop.create_future()
        sent = loop.time()

        def acts() -> None:
            result = act(sent)
            if fate == "answered":
                loop.call_later(QUICK * self._dice.random(), _answer, answer, result)

        if fate != "lost":
            # Mostly near the end of what is allowed, where it is hardest.
            late = (1 - self._dice.random() ** 3) * self._office.weather.latest
            loop.call_later(late if fate == "late" else min(self._seconds(), late), acts)
        return answer

    def _cut(self) -> float:
        """Return when a connection breaks, or the bot waits no longer."""
        return self._dice.choice((0.1, 2.0, DEADLINE_SECONDS))

    def refuse(self, by: Credentials) -> None:
        """Raise where the portal is away, or takes no key of this person."""
        if self._office.away(_now()):
            raise PortalAwayError(by.portal)
        if not self._office.accepts(by.key.get_secret_value(), _now()):
            raise KeyRefusedError(by.portal)

    def _seconds(self) -> float:
        slow = self._dice.random() < self._office.weather.slow
        return self._dice.random() * (SLOW if slow else QUICK)

    async def _pass(self, seconds: float) -> None:
        await asyncio.sleep(seconds)
        await self._life.alive()


def _answer(answer: asyncio.Future[_T], result: _T) -> None:
    if not answer.done():
        answer.set_result(result)


def _now() -> float:
    return asyncio.get_running_loop().time()
