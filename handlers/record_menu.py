"""The menu of records in the form: what it offers, letter by letter."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from bot.errors import FormError
from bot.suggestions import Hints
from bot.views.record_menu import record_menu
from handlers.answering import Options, Said, asking, offered
from handlers.forming import draft_id

if TYPE_CHECKING:
    from slack_bolt.async_app import AsyncApp
    from slack_bolt.kwargs_injection.async_args import AsyncArgs

    from bot.services import Services
    from handlers.answering import Asking


def register(app: AsyncApp, services: Services) -> None:
    app.options("record")(offered(partial(record_options, services)))


async def record_options(services: Services, args: AsyncArgs) -> Said:
    """Suggest records for what was typed so far."""
    typed = str(args.body.get("value") or "")
    who = asking(services, args.body)
    hints = partial(_hints, services, who, args.body.get("view") or {})
    found = await services.suggesting.suggest(typed, to=who.user, hints=hints)
    return Options(record_menu(found))


async def _hints(services: Services, who: Asking, view: dict[str, Any]) -> Hints:
    """Return what the form is about; one that is older than its draft is about nothing known."""
    try:
        return await services.drafts.hints(draft_id(view), who.user)
    except FormError:
        return Hints()
