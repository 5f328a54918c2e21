"""The portal's uploads of one life: bytes that are cut off, refused, stored late or unheard."""

from __future__ import annotations

import asyncio
import hashlib
from typing import TYPE_CHECKING

from bench.simulated_files import number_in
from bot.errors import (
    MayNotUploadError,
    PortalAwayError,
    PortalRefusedError,
    StorageFullError,
    StoredWrongError,
)
from bot.portal.streams import exactly
from bot.portal.upload import MOST_TRANSFERS, Uploads

if TYPE_CHECKING:
    from collections.abc import AsyncIterable

    from bench.simulated_clock import Life
    from bench.simulated_office import SimulatedOffice
    from bench.simulated_portal import SimulatedPortal
    from bot.domain import EntityRef, PortalFile
    from bot.errors import BotError
    from bot.portal.model import Credentials

SECONDS_A_PIECE = 0.3


class SimulatedUploads(Uploads):
    """Takes bytes in until their end; what it has of a file without an end it drops."""

    def __init__(self, office: SimulatedOffice, portal: SimulatedPortal, life: Life) -> None:
        self._office = office
        self._portal = portal
        self._life = life
        self._lane = asyncio.Semaphore(MOST_TRANSFERS)

    async def put(
        self,
        name: str,
        length: int,
        chunks: AsyncIterable[bytes],
        *,
        to: EntityRef,
        by: Credentials,
    ) -> PortalFile:
        del to
        async with self._lane:
            await self._life.moment(SECONDS_A_PIECE)
            self._portal.refuse(by)
            fate = self._fate()
            content = b""
            async for chunk in exactly(length, chunks, name=name):
                await self._life.moment(SECONDS_A_PIECE)
                content += chunk
                if fate == "cut":
                    raise PortalAwayError(by.portal)
            if fate == "refused":
                raise self._refusal(name, length, by)
            return await self._stored(name, content, by, fate)

    def _fate(self) -> str:
        """Return what becomes of an upload; `wrong` is stored where it does not belong."""
        if self._office.dice.random() >= self._office.weather.uploads:
            return "answered"
        return self._office.dice.choice(
            ("cut", "cut", "lost", "late", "late", "unheard", "refused", "wrong")
        )

    async def _stored(self, name: str, content: bytes, by: Credentials, fate: str) -> PortalFile:
        digest = hashlib.sha256(content).hexdigest()
        acting = "answered" if fate == "wrong" else fate
        file = await self._portal.acted(
            by, lambda _: self._office.store(number_in(name), digest), acting
        )
        if fate == "wrong":
            raise StoredWrongError(by.portal, name)
        return file

    def _refusal(self, name: str, length: int, by: Credentials) -> BotError:
        errors = (
            StorageFullError(by.portal, name, length),
            MayNotUploadError(by.portal),
            PortalRefusedError(by.portal, 500),
        )
        return self._office.dice.choice(errors)
