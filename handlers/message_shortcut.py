"""*Attach to CRM record*, in the menu of a message: the form with all of its files."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from bot.grammar import Attach
from handlers.answering import Said, asking, clicked
from handlers.forming import open_form
from handlers.message_payload import files_of, origin_of

if TYPE_CHECKING:
    from slack_bolt.async_app import AsyncApp
    from slack_bolt.kwargs_injection.async_args import AsyncArgs

    from bot.services import Services


def register(app: AsyncApp, services: Services) -> None:
    app.shortcut("attach_message")(clicked(services, partial(message_shortcut, services)))


async def message_shortcut(services: Services, args: AsyncArgs) -> Said:
    """Open the form on a message; what its payload does not tell is asked for meanwhile."""
    who = asking(services, args.body)
    message = args.body.get("message") or {}
    origin = origin_of(message, who.channel, who.user.team)
    files = services.filling.offered(files_of(message), who.channel)
    return await open_form(services, Attach(), who, origin=origin, files=files)
