"""What a visit of the connect page comes to: which page, and what it changes."""

from __future__ import annotations

import asyncio
import dataclasses
import hashlib
import hmac
import secrets
from functools import partial
from http import HTTPStatus
from typing import TYPE_CHECKING

import structlog

from bot.connect_link import digest
from bot.connecting import PAGE_SECONDS, Terms
from bot.errors import AccountError, GoneError, OtherOwnerError, PortalError
from bot.views.connect import connected
from bot.views.pages import connect as pages

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pydantic import SecretStr

    from bot.connect_link import ConnectLink
    from bot.connect_links import ConnectLinks
    from bot.domain import PortalUrl
    from bot.errors import BotError
    from bot.services import Services

log = structlog.get_logger()


@dataclasses.dataclass(frozen=True, slots=True)
class Shown:
    """A page with its status; `asks` says that it holds the form, which needs the cookie."""

    status: HTTPStatus
    html: str = dataclasses.field(repr=False)
    asks: bool = False


DEAD = Shown(HTTPStatus.GONE, pages.dead_page())
ENDED = Shown(HTTPStatus.GONE, pages.ended_page())


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """What a browser has sent with the form; `key` and `cookie` are secrets."""

    cookie: str = dataclasses.field(repr=False)
    key: SecretStr
    fields: Mapping[str, str] = dataclasses.field(repr=False)


class Visits:
    """Answers those who follow a link."""

    def __init__(self, services: Services, links: ConnectLinks) -> None:
        self._services = services
        self._links = links
        self._under_way: dict[str, asyncio.Task[Shown]] = {}

    async def look(self, token: str, *, known: str, cookie: str) -> Shown:
        """Show the form, and change nothing: previews of links come this way, too.

        `known` is the cookie that the browser has brought, `cookie` the one that it has from now
        on; a link that another browser uses does not open for a new one.
        """
        link = await self._links.find(token, digest(known))
        return self._form(link, cookie) if link else DEAD

    async def send(self, token: str, sent: Sent, fresh: str) -> Shown:
        """Take a key; `fresh` is the cookie for a form that has to be shown anew."""
        browser = digest(sent.cookie)
        link = await self._links.find(token, browser)
        if link is None:
            return DEAD
        if not sent.cookie or not _proves(sent, link):
            return self._form(link, fresh, pages.NOT_THIS_PAGE, HTTPStatus.FORBIDDEN)
        if not await self._links.claim(link, browser):
            return DEAD
        # A second press of the button, while the portal is asked, gets the answer of the first.
        task = self._under_way.get(link.id)
        if task is None:
            task = asyncio.create_task(self._try(link, sent))
            self._under_way[link.id] = task
            task.add_done_callback(lambda _: self._under_way.pop(link.id, None))
        return await asyncio.shield(task)

    async def _try(self, link: ConnectLink, sent: Sent) -> Shown:
        portal = _chosen(self._portals(link), sent.fields)
        terms = Terms(
            within=PAGE_SECONDS,
            agreed=sent.fields.get("other", ""),
            still=partial(self._links.claim, link, digest(sent.cookie)),
        )
        try:
            account, resumed = await self._services.connect(link.user, portal, sent.key, terms)
        except GoneError:
            return DEAD
        except OtherOwnerError as error:
            return self._form(link, sent.cookie, error, HTTPStatus.CONFLICT, portal)
        except AccountError as error:
            if not await self._links.refuse(link):
                return ENDED
            return self._form(link, sent.cookie, error, HTTPStatus.UNPROCESSABLE_ENTITY, portal)
        except PortalError as error:
            log.info("not_connected", error=type(error).__name__)
            return self._form(link, sent.cookie, error, HTTPStatus.SERVICE_UNAVAILABLE, portal)
        ended = await self._links.end(link)
        said = connected(account, resumed, ended.draft)
        self._services.errands.say_soon(ended.reply, link.user, said)
        return Shown(HTTPStatus.OK, pages.connected_page(account, resumed, ended.draft))

    def _form(
        self,
        link: ConnectLink,
        cookie: str,
        problem: BotError | str | None = None,
        status: HTTPStatus = HTTPStatus.OK,
        chosen: PortalUrl | None = None,
    ) -> Shown:
        portals = self._portals(link)
        form = pages.Form(
            person=f"@{link.name}" if link.name else link.user.id,
            member=link.user.id,
            workspace=self._links.workspace,
            portals=portals,
            chosen=chosen or portals[0],
            proof=_proof(cookie, link),
        )
        return Shown(status, pages.connect_page(form, problem), asks=True)

    def _portals(self, link: ConnectLink) -> Sequence[PortalUrl]:
        return (link.portal,) if link.portal else self._services.portals


def broken(error: BaseException) -> Shown:
    """Log what nobody expects, and return a page that leads there."""
    reference = secrets.token_hex(2).upper()
    log.error("page_failed", reference=reference, exc_info=error)
    return Shown(HTTPStatus.INTERNAL_SERVER_ERROR, pages.broken_page(reference))


def _chosen(portals: Sequence[PortalUrl], fields: Mapping[str, str]) -> PortalUrl:
    return next((one for one in portals if one == fields.get("portal")), portals[0])


def _proof(cookie: str, link: ConnectLink) -> str:
    """Return what the form of this link holds in the browser with this cookie, and no other."""
    message = f"attachbot form {link.token}".encode()
    return hmac.new(cookie.encode(), message, hashlib.sha256).hexdigest()


def _proves(sent: Sent, link: ConnectLink) -> bool:
    given = sent.fields.get("proof", "").encode("utf-8", "surrogatepass")
    return hmac.compare_digest(given, _proof(sent.cookie, link).encode())
