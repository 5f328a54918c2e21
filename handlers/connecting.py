"""Connecting an account: the buttons, the form, and what the form answers."""

from __future__ import annotations

import contextlib
from functools import partial
from typing import TYPE_CHECKING, Any

import structlog
from pydantic import SecretStr

from bot.domain import PortalUrl
from bot.errors import AccountError, DraftGoneError, PortalError
from bot.views.connect import about, connect_errors, connect_form, connected_view, howto
from handlers.answering import Errors, Open, Said, asking, clicked, reply_of, submitted
from handlers.forming import draft_id, known_form_of

if TYPE_CHECKING:
    from slack_bolt.async_app import AsyncApp
    from slack_bolt.kwargs_injection.async_args import AsyncArgs

    from bot.services import Services

log = structlog.get_logger()


def register(app: AsyncApp, services: Services) -> None:
    app.action("connect.open")(clicked(services, partial(connect_button, services)))
    app.action("connect.about")(clicked(services, about_button))
    app.action("connect.howto")(clicked(services, partial(howto_button, services)))
    app.view("connect")(submitted(services, partial(connect_submitted, services)))


async def connect_button(services: Services, args: AsyncArgs) -> Said:
    """Open the form, for the portal of the filing that waits; its answer comes in this place."""
    who = asking(args.body)
    id_ = str((args.action or {}).get("value", ""))
    reply = reply_of(services, who, shown=True)
    filing = await services.answer_here(id_, by=who.user, reply=reply)
    return Open(connect_form(services.portals, chosen=filing.portal if filing else None))


async def about_button(_: AsyncArgs) -> Said:
    """Say what is stored."""
    return Open(about())


async def howto_button(services: Services, _: AsyncArgs) -> Said:
    """Say how to get a key."""
    return Open(howto(services.portals))


async def connect_submitted(services: Services, args: AsyncArgs) -> Said:
    """Check the key live, keep it, and let go on what waited for it."""
    who = asking(args.body)
    values = args.body["view"]["state"]["values"]
    try:
        account, resumed = await services.connect(
            who.user, _portal(services, values), SecretStr(_typed(values).strip())
        )
    except (AccountError, PortalError) as error:
        log.info("not_connected", error=type(error).__name__)
        return Errors(connect_errors(error))
    if id_ := draft_id(args.body["view"]):
        with contextlib.suppress(DraftGoneError):
            return await known_form_of(services, await services.drafts.get(id_, by=who.user))
    return Open(connected_view(account, resumed))


def _typed(values: dict[str, Any]) -> str:
    return values["cm.key"]["key"].get("value") or ""


def _portal(services: Services, values: dict[str, Any]) -> PortalUrl:
    """Return the portal chosen; a single one is not asked for."""
    if "cm.portal" not in values:
        return services.portals[0]
    return PortalUrl(values["cm.portal"]["portal"]["selected_option"]["value"])
