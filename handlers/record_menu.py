"""The menu of records in the form: what it offers, letter by letter."""

from __future__ import annotations

import json
from functools import partial
from typing import TYPE_CHECKING

from bot.suggestions import Hints
from bot.views.record_menu import record_menu
from handlers.answering import Options, Said, asking, offered

if TYPE_CHECKING:
    from slack_bolt.async_app import AsyncApp
    from slack_bolt.kwargs_injection.async_args import AsyncArgs

    from bot.services import Services
    from handlers.answering import Body


def register(app: AsyncApp, services: Services) -> None:
    app.options("record")(offered(partial(record_options, services)))


async def record_options(services: Services, args: AsyncArgs) -> Said:
    """Suggest records for what was typed so far."""
    typed = str(args.body.get("value") or "")
    who = asking(args.body)
    found = await services.suggesting.suggest(typed, to=who.user, hints=_hints(args.body))
    return Options(record_menu(found))


def _hints(body: Body) -> Hints:
    """Return what the form is about."""
    facts = json.loads((body.get("view") or {}).get("private_metadata") or "{}")
    return Hints(channel=facts.get("channel", ""))
