"""The form that takes a record and files: opened by buttons and the global shortcut."""

from __future__ import annotations

import dataclasses
import json
from functools import partial
from typing import TYPE_CHECKING, Any

from bot.domain import EntityRef, WaitingFor
from bot.errors import BadFilesError, RecordError, RemarkChosenError, TypingError
from bot.grammar import Attach, parse
from bot.views.attach_form import form_errors
from bot.views.connect import connect_form
from bot.views.record_menu import NO_RECORD
from handlers.answering import (
    Errors,
    Open,
    Said,
    asking,
    clicked,
    reply_of,
    submitted,
)
from handlers.commanding import open_form

if TYPE_CHECKING:
    from slack_bolt.async_app import AsyncApp
    from slack_bolt.kwargs_injection.async_args import AsyncArgs

    from bot.services import Services
    from handlers.answering import Asking


def register(app: AsyncApp, services: Services) -> None:
    app.shortcut("attach_global")(clicked(services, partial(shortcut, services)))
    app.action("attach.open")(clicked(services, partial(open_button, services)))
    app.view("attach")(submitted(services, partial(attach_submitted, services)))


async def shortcut(services: Services, args: AsyncArgs) -> Said:
    """Open the empty form."""
    return await open_form(services, Attach(), asking(args.body))


async def open_button(services: Services, args: AsyncArgs) -> Said:
    """Open the form with what stands behind the button: a record, files, or nothing."""
    value = str((args.action or {}).get("value") or "-")
    request = parse("" if value == "-" else value, services.portals)
    known = request if isinstance(request, Attach) else Attach()
    return await open_form(services, known, asking(args.body))


async def attach_submitted(services: Services, args: AsyncArgs) -> Said:
    """Accept what the form says, as if it had been typed."""
    view = args.body["view"]
    who = asking(args.body)
    who = dataclasses.replace(
        who, channel=json.loads(view["private_metadata"] or "{}").get("channel", "")
    )
    try:
        request = _request(services, view["state"]["values"])
        filing, _ = await services.accepting.accept(
            request,
            by=who.user,
            reply=reply_of(services, who),
            dedupe_key=_dedupe_key(who, view),
            typed=False,
        )
    except (TypingError, RecordError) as error:
        return Errors(form_errors(error))
    if filing.waiting_for is WaitingFor.ACCOUNT:
        return Open(connect_form(services.portals, chosen=filing.portal))
    return None


def _request(services: Services, values: dict[str, Any]) -> Attach:
    """Return what the fields say, read by the grammar of the command.

    Raises:
        TypingError: no record, no files, or something that is none.

    """
    chosen = values["am.record"]["record"]["selected_option"]["value"]
    if chosen == NO_RECORD:
        raise RemarkChosenError
    type_, _, number = chosen.partition(":")
    files = values["am.files"]["files"].get("value") or ""
    request = parse(f"{type_} {number} {files}", services.portals)
    if not isinstance(request, Attach) or not isinstance(request.record, EntityRef):
        raise BadFilesError(files)
    if not (request.files or request.slack_files):
        raise BadFilesError(files)
    return request


def _dedupe_key(who: Asking, view: dict[str, Any]) -> str:
    return f"view:{who.user.team}:{view['id']}:{view.get('hash', '')}"
