"""Uploads in pieces: for files above what the portal takes at once."""

from __future__ import annotations

import dataclasses
from contextlib import suppress
from http import HTTPStatus
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import urlsplit

import structlog

from bot.errors import BotError, OutcomeUnknownError, PortalAwayError, PortalRefusedError
from bot.portal.network import Call
from bot.portal.refusals import error_of
from bot.portal.streams import Portions, multipart
from bot.portal.wire import (
    NotUnderstoodError,
    WireAnswer,
    WireFile,
    WireSessionData,
    decode,
)

if TYPE_CHECKING:
    from collections.abc import AsyncIterable

    from bot.domain import PortalUrl
    from bot.portal.model import Credentials
    from bot.portal.network import Network, Reply
    from bot.portal.streams import Body

log = structlog.get_logger()

PIECE = 10 * 1024 * 1024
"""Bytes of a piece; the portal refuses larger ones (`files.uploader.chunk-size`)."""
BYTES_PER_SECOND = 256 * 1024
"""A line slower than this is taken for dead."""
ABORT_SECONDS = 5.0
_PORTS = {"http": 80, "https": 443}


def deadline_of(size: int) -> float:
    """Return the seconds that sending `size` bytes may take, answer included."""
    return 30.0 + size / BYTES_PER_SECOND


def page_of(location: str, portal: PortalUrl) -> str:
    """Return the part of an address after its origin.

    Raises:
        ValueError: it does not lie on the portal.

    """
    parts = urlsplit(location)
    if not parts.path.startswith("/") or _origin(location) != _origin(portal):
        raise ValueError("the portal names an address that is not its own")
    return f"{parts.path}?{parts.query}"


def _origin(address: str) -> tuple[str, str | None, int | None]:
    parts = urlsplit(address)
    return parts.scheme, parts.hostname, parts.port or _PORTS.get(parts.scheme)


@dataclasses.dataclass(frozen=True, slots=True)
class Session:
    """An upload that has begun; `page` has its secret, and is all that its pieces need."""

    portal: PortalUrl
    person: str
    page: str = dataclasses.field(repr=False)


class Sessions:
    """The calls of an upload in pieces."""

    def __init__(self, network: Network) -> None:
        self._network = network

    async def begin(self, folder: int, name: str, size: int, by: Credentials) -> Reply:
        """Ask for a session; as nothing is stored yet, a lost answer does no harm."""
        call = Call(
            portal=by.portal,
            method="POST",
            path=f"files/{folder}/upload/create_session",
            key=by.key,
            person=by.owner,
            json={"fileName": name, "fileSize": size},
        )
        return await self._harmless(call)

    def opened(self, reply: Reply, by: Credentials) -> Session:
        """Return the session of a successful answer.

        Raises:
            PortalRefusedError: there is none in it, or it lies elsewhere.

        """
        try:
            session = decode(reply, WireAnswer[WireSessionData])
            location = session.data.location if session.success and session.data else ""
            return Session(by.portal, by.owner, page_of(location, by.portal))
        except (NotUnderstoodError, ValueError) as error:
            log.warning("upload_session_refused", portal=urlsplit(by.portal).netloc)
            raise PortalRefusedError(by.portal, reply.status) from error

    async def fill(
        self, session: Session, name: str, length: int, chunks: AsyncIterable[bytes]
    ) -> WireFile:
        """Send all pieces, one after the other, and return the file that the last one made.

        Raises:
            PortalAwayError: the file is certainly not there.
            PortalRefusedError: a piece was refused; the file is not there.
            OutcomeUnknownError: the answer to the last piece was lost.

        """
        portions = Portions(length, chunks)
        try:
            for begin in range(0, length - PIECE, PIECE):
                body = multipart(name, PIECE, portions.take(PIECE))
                await self._piece(session, body, sent=begin + PIECE)
            rest = length % PIECE or min(length, PIECE)
            return await self._last(session, multipart(name, rest, portions.take(rest)))
        except OutcomeUnknownError:
            raise
        except Exception:
            await self.abort(session)
            raise

    async def abort(self, session: Session) -> None:
        """Let the portal drop what it has; if it does not hear, it does so after 12 hours."""
        page = f"{session.page}&abort=true"
        call = Call(
            portal=session.portal,
            method="POST",
            page=page,
            person=session.person,
            deadline=ABORT_SECONDS,
        )
        with suppress(BotError):
            await self._network.send(call)

    async def _piece(self, session: Session, body: Body, *, sent: int) -> None:
        reply = await self._harmless(_call(session, body))
        error = error_of(reply, session.portal, session.page)
        if error is not None:
            raise error
        data = _data(reply, WireAnswer[WireSessionData], session.portal)
        if data.bytes_uploaded != sent:
            raise PortalRefusedError(session.portal, reply.status)

    async def _last(self, session: Session, body: Body) -> WireFile:
        reply = await self._network.send(_call(session, body))
        if reply.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            raise OutcomeUnknownError(session.portal)
        error = error_of(reply, session.portal, session.page)
        if error is not None:
            raise error
        return _data(reply, WireAnswer[WireFile], session.portal)

    async def _harmless(self, call: Call) -> Reply:
        """Make a call after whose answer, lost or not, there is no file yet."""
        try:
            return await self._network.send(call)
        except OutcomeUnknownError as error:
            raise PortalAwayError(call.portal) from error


def _call(session: Session, body: Body) -> Call:
    return Call(
        portal=session.portal,
        method="POST",
        page=session.page,
        person=session.person,
        body=body,
        deadline=deadline_of(body.length),
    )


_D = TypeVar("_D", WireSessionData, WireFile)


def _data(reply: Reply, model: type[WireAnswer[_D]], portal: PortalUrl) -> _D:
    """Return what an answer carries; refusals come as successes that say `success: false`."""
    try:
        answer = decode(reply, model)
    except NotUnderstoodError as error:
        raise OutcomeUnknownError(portal) from error
    if not answer.success or answer.data is None:
        raise PortalRefusedError(portal, reply.status)
    return answer.data
