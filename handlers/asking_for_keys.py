"""How a person is asked for a key: by a link to the page, or by the form in Slack."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.connect_links import Goal
from bot.views.connect import connect_form
from bot.views.connect_link import connect_link
from handlers.answering import Open, reply_of

if TYPE_CHECKING:
    from bot.domain import Message, PortalUrl
    from bot.services import Services
    from handlers.answering import Asking


async def ask_for_key(
    services: Services, who: Asking, *, portal: PortalUrl | None = None, draft: str = ""
) -> Message | Open:
    """Return a new link to the page, or the form where there is no page.

    A portal that stands behind a link cannot be changed on the page; in the form it is a proposal.
    """
    if services.connect_links is None:
        return Open(connect_form(services.portals, chosen=portal, draft=draft), draft=draft)
    goal = Goal(portal=portal, draft=draft)
    link = await services.connect_links.make(who.user, who.name, goal, reply_of(services, who))
    return connect_link(
        link.id, link.url.get_secret_value(), portal=portal, form=services.connect_links.form
    )
