"""The form that takes a record and files: its ways in, its menu, and what it says when sent."""

from __future__ import annotations

import dataclasses
from functools import partial
from typing import TYPE_CHECKING, Any

from bot.domain import EntityRef, SharedFile, WaitingFor
from bot.draft import Draft, Wish
from bot.errors import (
    BadFilesError,
    DraftGoneError,
    FormLateError,
    NotYoursError,
    RecordError,
    RemarkChosenError,
    TypingError,
)
from bot.filing.pace import is_delayed
from bot.filing.request import Extras
from bot.grammar import Attach, parse
from bot.views.attach_form import form_errors, not_from_device, nothing_chosen
from bot.views.problem_form import late_view
from bot.views.waiting import slowed
from handlers.answering import (
    Errors,
    Open,
    Said,
    asking,
    clicked,
    reply_of,
    submitted,
)
from handlers.asking_for_keys import ask_for_key
from handlers.form_values import values_of
from handlers.forming import draft_id, form_of, open_form

if TYPE_CHECKING:
    from collections.abc import Iterable

    from slack_bolt.async_app import AsyncApp
    from slack_bolt.kwargs_injection.async_args import AsyncArgs

    from bot.domain import PortalUrl
    from bot.draft import Offered
    from bot.services import Services
    from handlers.answering import Asking
    from handlers.form_values import FormValues


def register(app: AsyncApp, services: Services) -> None:
    app.shortcut("attach_global")(clicked(services, partial(shortcut, services)))
    app.action("attach.open")(clicked(services, partial(open_button, services)))
    app.action("draft.open")(clicked(services, partial(again_button, services)))
    app.action("filing.elsewhere")(clicked(services, partial(elsewhere_button, services)))
    app.view("attach")(submitted(services, partial(attach_submitted, services)))


async def shortcut(services: Services, args: AsyncArgs) -> Said:
    """Open the empty form."""
    return await open_form(services, Attach(), asking(services, args.body))


async def open_button(services: Services, args: AsyncArgs) -> Said:
    """Open the form with what stands behind the button: a record, files, or nothing."""
    value = str((args.action or {}).get("value") or "-")
    request = parse("" if value == "-" else value, services.portals)
    known = request if isinstance(request, Attach) else Attach()
    return await open_form(services, known, asking(services, args.body))


async def again_button(services: Services, args: AsyncArgs) -> Said:
    """Open a form again that was late, with its choices, in place of what says so."""
    who = asking(services, args.body)
    id_ = str((args.action or {}).get("value") or "")
    form = await form_of(services, await services.drafts.get(id_, by=who.user), who)
    return dataclasses.replace(form, instead=True) if isinstance(form, Open) else form


async def elsewhere_button(services: Services, args: AsyncArgs) -> Said:
    """Open the form with the files of a request, to choose another record for them."""
    who = asking(services, args.body)
    filing = await services.filing(str((args.action or {}).get("value") or ""), by=who.user)
    if filing is None:
        raise NotYoursError
    services.places.check_attaching(who.channel)
    draft = services.filling.draft_of(filing, reply_of(services, who))
    await services.drafts.keep(draft)
    return await form_of(services, draft, who)


async def attach_submitted(services: Services, args: AsyncArgs) -> Said:
    """Accept what the form says; what is wrong with a field is said there."""
    view, who = args.body["view"], asking(services, args.body)
    chosen = values_of(view)
    try:
        draft = await services.drafts.get(draft_id(view), by=who.user)
    except DraftGoneError:
        return await _late(services, who, chosen)
    device = services.filling.offered(chosen.device, "")
    wrong = [file for file in device if file.failure is not None]
    if wrong:
        return Errors(not_from_device(wrong))
    extras = await _extras(services, draft, chosen, device)
    try:
        request = _request(services, draft, chosen)
        if not (request.files or request.slack_files or extras.shared or extras.note_file):
            return Errors(nothing_chosen(draft))
        filing, _ = await services.accepting.accept(
            request,
            by=who.user,
            reply=draft.reply,
            dedupe_key=_dedupe_key(who, view),
            typed=False,
            extras=extras,
        )
    except (TypingError, RecordError) as error:
        return Errors(form_errors(error))
    if filing.waiting_for is WaitingFor.ACCOUNT:
        return await ask_for_key(services, who, portal=filing.portal)
    return slowed(filing) if is_delayed(filing) else None


async def _extras(
    services: Services, draft: Draft, chosen: FormValues, device: Iterable[Offered]
) -> Extras:
    """Return the files of Slack, the note, and who else is told: what no command can say."""
    channel = draft.origin.channel if draft.origin else ""
    return Extras(
        shared=(
            *(_shared(file, channel) for file in chosen.of(draft)),
            *(_shared(file, "") for file in device),
        ),
        note_file=await services.filling.note(draft) if Wish.NOTE in chosen.wishes else None,
        openly=await services.filling.openly(draft) if Wish.THREAD in chosen.wishes else None,
        linking=draft.reply.channel if Wish.LINK in chosen.wishes else "",
    )


def _shared(file: Offered, channel: str) -> SharedFile:
    return SharedFile(id=file.id, name=file.name, size=file.size, channel=channel)


def _request(services: Services, draft: Draft, chosen: FormValues) -> Attach:
    """Return what record and numbers say, read by the grammar of the command.

    Raises:
        TypingError: no record, or something of it is no number.

    """
    if chosen.record is None:
        raise RemarkChosenError
    record = f"{chosen.record.type} {chosen.record.id}"
    request = parse(f"{record} {chosen.numbers}", services.portals)
    if not isinstance(request, Attach) or not isinstance(request.record, EntityRef):
        raise BadFilesError(chosen.numbers)
    portal = request.portal or _portal(services, chosen) or draft.portal
    return dataclasses.replace(request, portal=portal)


def _portal(services: Services, chosen: FormValues) -> PortalUrl | None:
    return next((portal for portal in services.portals if portal == chosen.portal), None)


async def _late(services: Services, who: Asking, chosen: FormValues) -> Open:
    """Keep the choices of a form whose draft is gone, and say so in its place."""
    device = services.filling.offered(chosen.device, "")
    draft = Draft(
        user=who.user,
        reply=reply_of(services, who),
        files=(*chosen.shown, *device),
        ticked=chosen.ticked | {file.id for file in device},
        record=chosen.record,
        called=chosen.called,
        portal=_portal(services, chosen),
        numbers=chosen.numbers,
        wishes=chosen.wishes,
        filled=False,
    )
    await services.drafts.keep(draft)
    return Open(late_view(FormLateError(draft.id, "send")))


def _dedupe_key(who: Asking, view: dict[str, Any]) -> str:
    return f"view:{who.user.team}:{view['id']}:{view.get('hash', '')}"
