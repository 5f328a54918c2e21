"""Sources of bytes, and somebody who puts them into a portal through the bot's own code."""

from __future__ import annotations

import asyncio
import hashlib
import ssl
from contextlib import asynccontextmanager
from ipaddress import ip_network
from typing import TYPE_CHECKING

from bot.domain import EntityRef, EntityType, FileId
from bot.portal.client import PortalClient
from bot.portal.network import open_network
from bot.portal.upload import AT_ONCE, Uploads

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from bot.domain import PortalFile
    from bot.portal.model import Credentials
    from bot.sandbox.portal import SandboxPortal
    from bot.sandbox.portal_model import StoredFile

CASE = EntityRef(EntityType.CASE, 7)
CHUNK = 64 * 1024
MIB = 1024 * 1024
ODD = (
    "a\N{GRINNING FACE}\ud800\u202e\u200d\u200f\ufeff\u2028\xa0\r\n\0\t\"'\\/:*?<>|+%;=&. "
    "\u0130\u03a3e\u0301\N{LATIN SMALL LIGATURE FI}"
)
"""A name with one of each thing that no name should have."""


class BrokenSourceError(Exception):
    """The other side of the transfer failed."""


class Source:
    """Bytes that differ from place to place; `breaks_at` and `stalls_at` are lengths."""

    def __init__(
        self,
        length: int,
        *,
        breaks_at: int | None = None,
        raises: Exception | None = None,
        stalls_at: int | None = None,
        chunk: int = CHUNK,
    ) -> None:
        self.length = length
        self.given = 0
        self.stalled = asyncio.Event()
        self._breaks_at, self._stalls_at = breaks_at, stalls_at
        self._raises = raises or BrokenSourceError()
        self._chunk = chunk
        self._digest = hashlib.sha256()

    @property
    def digest(self) -> str:
        return self._digest.hexdigest()

    async def chunks(self) -> AsyncIterator[bytes]:
        while self.given < self.length:
            if self._breaks_at is not None and self.given >= self._breaks_at:
                raise self._raises
            if self._stalls_at is not None and self.given >= self._stalls_at:
                self.stalled.set()
                await asyncio.Event().wait()
            size = min(self._chunk, self.length - self.given)
            block = hashlib.sha256(str(self.given).encode()).digest()
            piece = (block * (size // len(block) + 1))[:size]
            self.given += size
            self._digest.update(piece)
            yield piece


class Sender:
    """Puts sources into a portal."""

    def __init__(self, uploads: Uploads, client: PortalClient, by: Credentials) -> None:
        self.uploads = uploads
        self.client = client
        self.by = by

    def as_(self, by: Credentials) -> Sender:
        """Return another person who sends by the same way."""
        return Sender(self.uploads, self.client, by)

    async def put(
        self, source: Source, name: str = "offer.pdf", *, length: int | None = None
    ) -> PortalFile:
        size = source.length if length is None else length
        return await self.uploads.put(name, size, source.chunks(), to=CASE, by=self.by)


@asynccontextmanager
async def open_sender(by: Credentials, *, at_once: int = AT_ONCE) -> AsyncIterator[Sender]:
    nothing_to_load = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    async with open_network([ip_network("127.0.0.1/32")], nothing_to_load) as network:
        client = PortalClient(network)
        yield Sender(Uploads(network, client, at_once=at_once), client, by)


def kept(portal: SandboxPortal, id_: FileId) -> StoredFile:
    return portal.data.files[id_]
