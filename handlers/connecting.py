"""Connecting an account: the buttons, the form, and what the form answers."""

from __future__ import annotations

import contextlib
from functools import partial
from typing import TYPE_CHECKING, Any

import structlog
from pydantic import SecretStr

from bot.connect_links import Goal
from bot.connecting import Terms
from bot.domain import PortalUrl
from bot.errors import AccountError, DraftGoneError, OtherOwnerError, PortalError
from bot.views.connect import about, connect_errors, connect_form, connected_view, howto
from bot.views.connect_link import no_form
from handlers.answering import Errors, Open, Said, asking, clicked, reply_of, submitted
from handlers.asking_for_keys import ask_for_key
from handlers.forming import draft_id, known_form_of

if TYPE_CHECKING:
    from slack_bolt.async_app import AsyncApp
    from slack_bolt.kwargs_injection.async_args import AsyncArgs

    from bot.services import Services

log = structlog.get_logger()


def register(app: AsyncApp, services: Services) -> None:
    app.action("connect.open")(clicked(services, partial(connect_button, services)))
    app.action("connect.page")(clicked(services, partial(page_button, services)))
    app.action("connect.form")(clicked(services, partial(form_button, services)))
    app.action("connect.about")(clicked(services, partial(about_button, services)))
    app.action("connect.howto")(clicked(services, partial(howto_button, services)))
    app.view("connect")(submitted(services, partial(connect_submitted, services)))


async def connect_button(services: Services, args: AsyncArgs) -> Said:
    """Ask for a key for the portal of the filing that waits; its answer comes in this place."""
    who = asking(services, args.body)
    id_ = _value(args)
    reply = reply_of(services, who, shown=True)
    filing = await services.answer_here(id_, by=who.user, reply=reply)
    return await ask_for_key(services, who, portal=filing.portal if filing else None)


async def page_button(services: Services, args: AsyncArgs) -> Said:
    """Note where the link was followed: the news takes the place of the message with it."""
    who = asking(services, args.body)
    if services.connect_links:
        reply = reply_of(services, who, shown=True)
        await services.connect_links.answer_at(_value(args), who.user, reply)
    return None


async def form_button(services: Services, args: AsyncArgs) -> Said:
    """Open the form in Slack in place of the page, with what the link was for."""
    who = asking(services, args.body)
    if services.connect_links and not services.connect_links.form:
        return await ask_for_key(services, who)
    goal = (
        await services.connect_links.goal(_value(args), who.user)
        if services.connect_links
        else Goal()
    )
    return Open(connect_form(services.portals, chosen=goal.portal, draft=goal.draft))


async def about_button(services: Services, args: AsyncArgs) -> Said:
    """Say what is stored."""
    asking(services, args.body)
    return Open(about())


async def howto_button(services: Services, args: AsyncArgs) -> Said:
    """Say how to get a key."""
    asking(services, args.body)
    return Open(howto(services.portals))


async def connect_submitted(services: Services, args: AsyncArgs) -> Said:
    """Check the key live, keep it, and let go on what waited for it."""
    who = asking(services, args.body)
    if services.connect_links and not services.connect_links.form:
        return no_form()
    values, draft = args.body["view"]["state"]["values"], draft_id(args.body["view"])
    portal, key = _portal(services, values), SecretStr(_typed(values).strip())
    try:
        terms = Terms(agreed=_agreed(values))
        account, resumed = await services.connect(who.user, portal, key, terms)
    except OtherOwnerError as error:
        return Open(connect_form(services.portals, chosen=portal, draft=draft, other=error))
    except (AccountError, PortalError) as error:
        log.info("not_connected", error=type(error).__name__)
        return Errors(connect_errors(error))
    if draft:
        with contextlib.suppress(DraftGoneError):
            return await known_form_of(services, await services.drafts.get(draft, by=who.user))
    return Open(connected_view(account, resumed))


def _value(args: AsyncArgs) -> str:
    return str((args.action or {}).get("value") or "")


def _typed(values: dict[str, Any]) -> str:
    return values["cm.key"]["key"].get("value") or ""


def _agreed(values: dict[str, Any]) -> str:
    """Return the owner that the person agrees to act as in place of an earlier one, or ""."""
    ticked = values.get("cm.other", {}).get("other", {}).get("selected_options") or []
    return str(ticked[0]["value"]) if ticked else ""


def _portal(services: Services, values: dict[str, Any]) -> PortalUrl:
    """Return the portal chosen; a single one is not asked for."""
    if "cm.portal" not in values:
        return services.portals[0]
    return PortalUrl(values["cm.portal"]["portal"]["selected_option"]["value"])
