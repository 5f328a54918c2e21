"""What the portal's refusals mean; pure."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

from bot.errors import (
    BotError,
    CrmClosedError,
    DocumentsClosedError,
    EntityNotFoundError,
    InvalidFolderError,
    KeyRefusedError,
    MayNotAttachError,
    PortalAwayError,
    PortalClosedError,
    PortalRefusedError,
    PortalUnpaidError,
)
from bot.portal.wire import message_of

if TYPE_CHECKING:
    from bot.domain import EntityRef, PortalUrl
    from bot.portal.network import Reply

BUSY = frozenset({429, 502, 503, 504})
"""Not now, says the portal, or whatever stands before it."""


def error_of(
    reply: Reply, portal: PortalUrl, path: str, entity: EntityRef | None = None
) -> BotError | None:
    """Return what an answer means that is no success; None for a success.

    Bodies are read only as far as they are envelopes: web servers and proxies in front put pages
    of their own there.
    """
    if HTTPStatus.OK <= reply.status < HTTPStatus.MULTIPLE_CHOICES:
        return None
    message = message_of(reply)
    match reply.status:
        case HTTPStatus.UNAUTHORIZED:
            return KeyRefusedError(portal)
        case HTTPStatus.PAYMENT_REQUIRED:
            return PortalUnpaidError(portal)
        case HTTPStatus.FORBIDDEN if message == "Forbidden":
            closed = DocumentsClosedError if path.startswith("files/") else CrmClosedError
            return closed(portal)
        case HTTPStatus.FORBIDDEN if message is not None and entity is not None:
            return MayNotAttachError(entity)
        case HTTPStatus.NOT_FOUND if message is None:
            return PortalClosedError(portal)
        case HTTPStatus.NOT_FOUND if entity is not None:
            return EntityNotFoundError(entity)
        case HTTPStatus.BAD_REQUEST if message == "invalid file folder":
            return InvalidFolderError()
        case status if status in BUSY:
            return PortalAwayError(portal, reply.retry_after)
    return PortalRefusedError(portal, reply.status)


def is_missing(reply: Reply) -> bool:
    """Say whether the API, and not something in front of it, knows no such thing."""
    return reply.status == HTTPStatus.NOT_FOUND and message_of(reply) is not None


def refusal_of_file(reply: Reply) -> str | None:
    """Return the text of a refusal of one file; None for every other answer."""
    text = message_of(reply) if reply.status == HTTPStatus.FORBIDDEN else None
    return None if text == "Forbidden" else text
