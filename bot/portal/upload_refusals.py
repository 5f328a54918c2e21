"""Why the portal did not take a file: its words vary with the person, so it is asked again."""

from __future__ import annotations

import re
from contextlib import suppress
from http import HTTPStatus
from typing import TYPE_CHECKING

from bot.errors import FileTooLargeError, FileTypeError, PortalError, StorageFullError
from bot.portal.wire import message_of

if TYPE_CHECKING:
    from bot.portal.client import PortalClient
    from bot.portal.model import Credentials
    from bot.portal.sessions import Sessions

IMMENSE = 10**15
"""Bytes that no portal takes."""
_FIGURE = re.compile(r"\([^()]*\)|[0-9]+")


class Refusals:
    """Finds reasons; what cannot be explained is left to whoever asked."""

    def __init__(self, client: PortalClient, sessions: Sessions) -> None:
        self._client = client
        self._sessions = sessions

    async def explain(
        self, said: str, name: str, size: int, *, folder: int, by: Credentials
    ) -> None:
        """Return if nothing explains why a file was refused with these words.

        Raises:
            UploadError, StorageFullError: this is why.

        """
        await self.check_room(name, size, by)
        with suppress(PortalError):
            if _same(said, await self._words(folder, name, 1, by)):
                raise FileTypeError(by.portal, name)
            if _same(said, await self._words(folder, name, IMMENSE, by)):
                raise FileTooLargeError(by.portal, name, size)

    async def check_room(self, name: str, size: int, by: Credentials) -> None:
        """Return if the portal has room for a file of this size, or does not say.

        Raises:
            StorageFullError: it has not that much left.
            FileTooLargeError: it takes no file of this size.

        """
        try:
            quota = await self._client.quota(by)
        except PortalError:
            return
        if quota.left is not None and quota.left < size:
            raise StorageFullError(by.portal, name, size)
        if quota.largest is not None and quota.largest < size:
            raise FileTooLargeError(by.portal, name, size, quota.largest)

    async def _words(self, folder: int, name: str, size: int, by: Credentials) -> str | None:
        """Return the words with which such a file is refused before it is sent, None if it is not.

        To ask for a session stores nothing.
        """
        reply = await self._sessions.begin(folder, name, size, by)
        if reply.status < HTTPStatus.BAD_REQUEST:
            await self._sessions.abort(self._sessions.opened(reply, by))
            return None
        return message_of(reply)


def _same(said: str, words: str | None) -> bool:
    """Compare texts but for their figures."""
    return words is not None and _FIGURE.sub("", said) == _FIGURE.sub("", words)
