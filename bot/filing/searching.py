"""Finding the record of a filing, and reading what a request needs to know of it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import structlog

from bot.domain import EntityName, EntityRef, EntityType, Purpose, UntypedNumber
from bot.errors import EntityNotFoundError, PortalError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.domain import Entity, PortalFile, Record
    from bot.portal.client import PortalClient
    from bot.portal.model import Credentials

log = structlog.get_logger()


class Searching:
    """Asks the portal for records, as the person who looks for them."""

    def __init__(self, portal: PortalClient) -> None:
        self._portal = portal

    async def matches(self, record: Record, by: Credentials) -> Sequence[Entity]:
        """Return the records that somebody may mean."""
        match record:
            case EntityName():
                return await self._portal.search(record, by)
            case UntypedNumber(id=number):
                return await self._numbered(number, tuple(EntityType), by)
            case EntityRef():
                return [await self._portal.entity(record, by)]

    async def _numbered(
        self, number: int, types: Sequence[EntityType], by: Credentials
    ) -> Sequence[Entity]:
        """Return the records of these types that have the number and that the person may see."""
        refs = [EntityRef(type_, number) for type_ in types]
        seen = await asyncio.gather(*(self._entity_or_none(ref, by) for ref in refs))
        return [entity for entity in seen if entity is not None]

    async def _entity_or_none(self, ref: EntityRef, by: Credentials) -> Entity | None:
        try:
            return await self._portal.entity(ref, by)
        except EntityNotFoundError:
            return None

    async def similar(self, ref: EntityRef, by: Credentials) -> Sequence[Entity]:
        """Return records of other types with that number: a help, so trouble means none."""
        others = [type_ for type_ in EntityType if type_ is not ref.type]
        try:
            return await self._numbered(ref.id, others, by)
        except PortalError as error:
            log.info("nosimilar", error=type(error).__name__)
            return ()

    async def files_of(
        self, ref: EntityRef, purpose: Purpose, by: Credentials
    ) -> tuple[Sequence[PortalFile], int]:
        """Return the record's files and its newest event, as far as a request needs them."""
        match purpose:
            case Purpose.LINK:
                return (), 0
            case Purpose.LIST:
                return await self._portal.files_of(ref, by), 0
            case Purpose.ATTACH | Purpose.UNDO:
                return await asyncio.gather(
                    self._portal.files_of(ref, by), self._portal.newest_event(ref, by)
                )
