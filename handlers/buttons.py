"""Buttons of messages: commands ready to run, answers to waiting filings, sharing."""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING

from bot.domain import Answer, EntityRef, EntityType
from bot.errors import GoneError
from handlers.answering import Said, asking, clicked, reply_of
from handlers.commanding import run_command, take_back

if TYPE_CHECKING:
    from slack_bolt.async_app import AsyncApp
    from slack_bolt.kwargs_injection.async_args import AsyncArgs

    from bot.services import Services


def register(app: AsyncApp, services: Services) -> None:
    app.action(re.compile(r"command\.run(\.\d+)?"))(
        clicked(services, partial(command_button, services))
    )
    app.action(re.compile(r"filing\.record(\.\d+)?"))(
        clicked(services, partial(record_button, services))
    )
    for answer in Answer:
        app.action(f"filing.{answer}")(clicked(services, partial(answer_button, services, answer)))
    app.action("receipt.undo")(clicked(services, partial(undo_button, services)))
    app.action("receipt.share")(clicked(services, partial(share_button, services)))
    app.action(re.compile(r"crm\.open(\.\d+)?"))(clicked(services, link_button))


async def command_button(services: Services, args: AsyncArgs) -> Said:
    """Run the command behind the button as the person who clicks.

    Its answer takes the place of an ephemeral message. One that can be changed belongs to the
    request that posted it, which may have more to say there.
    """
    who = asking(services, args.body)
    return await run_command(services, _value(args), who, kind="action", shown=not who.message)


async def answer_button(services: Services, answer: Answer, args: AsyncArgs) -> Said:
    """Answer a filing."""
    who = asking(services, args.body)
    reply = reply_of(services, who, shown=True)
    click = who.dedupe_key("action")
    await services.answer(_value(args), answer, by=who.user, reply=reply, click=click)
    return None


async def undo_button(services: Services, args: AsyncArgs) -> Said:
    """Take back what the filing attached; what comes of it takes the place of its summary."""
    who = asking(services, args.body)
    origin = await services.undoing.clicked(_value(args), by=who.user)
    await take_back(services, origin, who, kind="action", shown=True)
    return None


async def record_button(services: Services, args: AsyncArgs) -> Said:
    """Choose one of the records that a filing asked about."""
    who = asking(services, args.body)
    id_, ref = _choice(_value(args))
    reply = reply_of(services, who, shown=True)
    click = who.dedupe_key("action")
    await services.answer(id_, ref, by=who.user, reply=reply, click=click)
    return None


async def share_button(services: Services, args: AsyncArgs) -> Said:
    """Post the summary for everybody in the conversation."""
    who = asking(services, args.body)
    click = who.dedupe_key("action")
    await services.share(_value(args), by=who.user, reply=reply_of(services, who), click=click)
    return None


async def link_button(_: AsyncArgs) -> Said:
    """Acknowledge a link: Slack reports the click although the browser follows it."""
    return None


def _value(args: AsyncArgs) -> str:
    return str((args.action or {}).get("value") or "")


def _choice(value: str) -> tuple[str, EntityRef]:
    id_, _, record = value.partition("|")
    type_, _, number = record.partition(":")
    if type_ not in set(EntityType) or not number.isdecimal():
        raise GoneError
    return id_, EntityRef(EntityType(type_), int(number))
