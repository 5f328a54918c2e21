"""Opens the attach form for whatever way in: with its draft, or first asks for a key."""

from __future__ import annotations

import dataclasses
import json
from functools import partial
from typing import TYPE_CHECKING, Any

from bot.domain import EntityRef
from bot.draft import Draft, Offered
from bot.drafting import hints_of
from bot.errors import NoLinkedRecordError
from bot.filing.request import linked_file
from bot.grammar import Attach, Here, spell
from bot.views.attach_form import attach_form, loading_form
from handlers.answering import Open, reply_of
from handlers.asking_for_keys import ask_for_key

if TYPE_CHECKING:
    from bot.domain import Message, PortalUrl
    from bot.draft import Origin
    from bot.services import Services
    from handlers.answering import Asking


async def open_form(  # noqa: PLR0913  (one for each thing that may be known)
    services: Services,
    request: Attach,
    who: Asking,
    *,
    origin: Origin | None = None,
    files: tuple[Offered, ...] = (),
    elsewhere: bool = False,
) -> Open | Message:
    """Keep what is known in a draft, and return the form for it, or what asks for a key first.

    `files` are files in Slack, those of the message `origin` where it was opened on one. Links to
    such files in the request are ticked as well. The record of the channel is filled in, unless the
    person wants one `elsewhere`; then the outcome takes the place of the message clicked on.

    Raises:
        ClosedChannelError: nothing is attached from there.
        NoLinkedRecordError: the request names the record of the channel, and there is none.

    """
    services.places.check_attaching(who.channel)
    if not elsewhere:
        request = await _with_record(services, request, who)
    linked = [linked_file(link, who.channel) for link in request.slack_files]
    files += tuple(Offered(id=one.id, name=one.name, unseen=True) for one in linked if one.id)
    draft = Draft(
        user=who.user,
        reply=reply_of(services, who, shown=elsewhere),
        place=who.place,
        origin=origin,
        files=files,
        record=request.record if isinstance(request.record, EntityRef) else None,
        portal=request.portal,
        numbers=spell_files(request),
        filled=not (origin or files),
    )
    await services.drafts.keep(draft)
    return await form_of(services, draft, who)


async def _with_record(services: Services, request: Attach, who: Asking) -> Attach:
    """Return the request with the record of the channel, where it names none of its own."""
    if not isinstance(request.record, Here | None):
        return request
    link = await services.linking.of(who.user.team, who.channel)
    if link is None or request.portal not in {None, link.portal}:
        if isinstance(request.record, Here):
            raise NoLinkedRecordError
        return request
    return dataclasses.replace(request, record=link.ref, portal=link.portal)


async def form_of(services: Services, draft: Draft, who: Asking) -> Open | Message:
    """Return the form of a draft; one that is not filled yet waits on the screen meanwhile.

    Who has no account is asked for a key first.

    Raises:
        ClosedChannelError: nothing is attached from where it was opened.

    """
    services.places.check_attaching(draft.reply.channel)
    portal = await portal_of(services, draft)
    if not await services.accounts_of(draft.user):
        if not draft.filled:  # who connects needs longer than this
            services.errands.do_soon(services.filling.prepare(draft, portal))
        return await ask_for_key(services, who, portal=draft.portal, draft=draft.id)
    services.suggesting.warm(draft.user, hints_of(draft))
    if not draft.filled:
        fill = partial(_fill_soon, services, draft, portal)
        return Open(loading_form(draft), draft=draft.id, then=fill)
    around = await services.filling.around(draft, portal)
    return Open(attach_form(draft, around), draft=draft.id)


async def known_form_of(services: Services, draft: Draft) -> Open:
    """Return the form with what is known by now: nothing can fill it later."""
    around = await services.filling.around(draft, await portal_of(services, draft))
    return Open(attach_form(draft, around), draft=draft.id)


async def portal_of(services: Services, draft: Draft) -> PortalUrl:
    """Return the portal that a form is for."""
    return draft.portal or await services.portal_of(draft.user)


def draft_id(view: dict[str, Any]) -> str:
    """Return the id of the draft that a form carries, or ""."""
    try:
        carried = json.loads(view.get("private_metadata") or "{}")
    except ValueError:
        return ""
    return str(carried.get("draft", "")) if isinstance(carried, dict) else ""


def spell_files(request: Attach) -> str:
    """Return the files of a request, and its note, as they may be typed."""
    return spell(Attach(record=None, files=request.files, note=request.note))


def _fill_soon(services: Services, draft: Draft, portal: PortalUrl, view: str, hash_: str) -> None:
    filling = services.filling.fill(draft, portal, view=view, hash_=hash_)
    services.errands.do_soon(filling, draft.reply, draft.user)
