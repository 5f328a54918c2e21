"""Carries out a parsed command, whether it was typed or stands behind a button."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from bot.domain import WaitingFor
from bot.errors import NothingToRetryError
from bot.filing.pace import is_delayed
from bot.grammar import (
    Attach,
    Connect,
    Disconnect,
    ForgetMe,
    Help,
    Link,
    ListFiles,
    Retry,
    Status,
    TakeBack,
    Unlink,
    parse,
)
from bot.views.asked_before import asked_before
from bot.views.connect import disconnected
from bot.views.forgetting import forget_question
from bot.views.help import help_
from bot.views.linking import unlinked
from bot.views.status import Agreed, status
from bot.views.waiting import connect_first, slowed
from handlers.answering import reply_of
from handlers.asking_for_keys import ask_for_key
from handlers.forming import open_form

if TYPE_CHECKING:
    from bot.domain import Filing, Message
    from bot.services import Services
    from handlers.answering import Asking, Said


async def run_command(
    services: Services, text: str, who: Asking, *, kind: str, shown: bool = False
) -> Said:
    """Parse, do, draw. None: accepted, and the worker answers.

    Raises:
        BotError: see `parse` and `Services.accept`.

    """
    command = parse(text, services.portals)
    match command:
        case Help(topic=topic):
            return help_(await services.accounts_of(who.user), topic)
        case Status():
            return await _status(services, who, kind)
        case Unlink():
            return unlinked(await services.linking.unlink(by=who.user, channel=who.channel))
        case Connect() | Disconnect() | ForgetMe():
            return await _about_account(services, command, who)
        case Retry(receipt=receipt):
            await _retry(services, receipt, who, kind=kind, shown=shown)
            return None
        case TakeBack(receipt=receipt):
            origin = await services.undoing.latest(receipt, by=who.user)
            await take_back(services, origin, who, kind=kind, shown=shown)
            return None
        case (
            Attach(last_file=False, record=None) | Attach(slack_files=(), last_file=False, files=())
        ):
            return await open_form(services, command, who)
        case Attach() | ListFiles() | Link():
            return await _accepted(services, command, who, kind=kind, shown=shown)
    assert_never(command)


async def _about_account(
    services: Services, command: Connect | Disconnect | ForgetMe, who: Asking
) -> Said:
    match command:
        case Connect(portal=portal):
            return await ask_for_key(services, who, portal=portal)
        case Disconnect():
            return disconnected(await services.disconnect(who.user))
        case ForgetMe():
            return forget_question(await services.open_filings(who.user))
    assert_never(command)


async def take_back(
    services: Services, origin: Filing, who: Asking, *, kind: str, shown: bool
) -> None:
    """Have what a filing attached taken back; the worker answers."""
    reply = reply_of(services, who, shown=shown)
    await services.undoing.undo(origin, reply=reply, dedupe_key=who.dedupe_key(kind))


async def _accepted(
    services: Services,
    request: Attach | ListFiles | Link,
    who: Asking,
    *,
    kind: str,
    shown: bool,
) -> Said:
    filing, _ = await services.accepting.accept(
        request,
        by=who.user,
        reply=reply_of(services, who, shown=shown),
        dedupe_key=who.dedupe_key(kind),
        typed=kind == "command",
    )
    if filing.waiting_for is WaitingFor.REPEAT and not filing.unsaid:
        return asked_before(filing)
    if is_delayed(filing):
        return slowed(filing)
    return connect_first(filing) if filing.waiting_for is WaitingFor.ACCOUNT else None


async def _retry(services: Services, receipt: str, who: Asking, *, kind: str, shown: bool) -> None:
    """Have a request tried again; the worker answers."""
    reply = reply_of(services, who, shown=shown)
    click = who.dedupe_key(kind)
    if await services.retry(receipt, by=who.user, reply=reply, click=click) is None:
        raise NothingToRetryError(receipt)


async def _status(services: Services, who: Asking, kind: str) -> Message:
    """Say how this person stands, and tell here what could not be told."""
    accounts = await services.accounts_of(who.user)
    unfinished = await services.open_filings(who.user)
    reply, click = reply_of(services, who), who.dedupe_key(kind)
    untold = await services.say_again(by=who.user, reply=reply, click=click)
    aside = await services.set_aside_filings(who.user)
    agreed = await _agreed(services, who)
    return status(accounts, unfinished, untold, aside, agreed)


async def _agreed(services: Services, who: Asking) -> Agreed:
    """Return what holds for this person where they ask."""
    return Agreed(
        link=await services.linking.of(who.user.team, who.channel),
        habits=await services.prompting.answers.habits_of(who.user),
        several_portals=len(services.portals) > 1,
    )
