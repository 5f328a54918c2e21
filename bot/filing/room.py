"""Whether a portal lacked the room for a copy; its own words for it vary."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.errors import PortalError, StorageFullError

if TYPE_CHECKING:
    from bot.domain import PortalFile
    from bot.portal.client import PortalClient
    from bot.portal.model import Credentials


async def check_room(portal: PortalClient, file: PortalFile, by: Credentials) -> None:
    """Find out whether a copy failed for want of storage.

    Raises:
        StorageFullError: it did.

    """
    try:
        left = await portal.storage_left(by)
    except PortalError:
        return
    if left is not None and left < file.size:
        raise StorageFullError(by.portal, file.title, file.size)
