"""Shared files: the buttons of the prompts about them, and asking again."""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING

from bot.domain import WaitingFor
from bot.draft import Offered
from bot.errors import GoneError
from bot.filing.pace import is_delayed
from bot.grammar import Attach
from bot.reply_to import ReplyTo
from bot.views import prompt as views
from bot.views.waiting import connect_first, slowed
from handlers.answering import Said, asking, clicked, reply_of
from handlers.forming import open_form

if TYPE_CHECKING:
    from slack_bolt.async_app import AsyncApp
    from slack_bolt.kwargs_injection.async_args import AsyncArgs

    from bot.domain import Message
    from bot.services import Services
    from handlers.answering import Asking


def register(app: AsyncApp, services: Services) -> None:
    app.action(re.compile(r"share\.attach\.\d+"))(
        clicked(services, partial(attach_button, services))
    )
    app.action("share.pick")(clicked(services, partial(pick_button, services)))
    app.action("share.skip")(clicked(services, partial(skip_button, services)))
    app.action("share.mute")(clicked(services, partial(mute_menu, services)))
    app.action("direct.open")(clicked(services, partial(direct_button, services)))
    app.action("share.again")(clicked(services, partial(again_button, services)))


async def attach_button(services: Services, args: AsyncArgs) -> Said:
    """Attach the files of the prompt to the record of the button; the outcome takes its place."""
    who = asking(services, args.body)
    id_, _, number = str((args.action or {}).get("value") or "").partition("|")
    if not number.isdecimal():
        raise GoneError
    reply = reply_of(services, who, shown=True)
    filing = await services.prompting.answers.attach(id_, int(number), by=who.user, reply=reply)
    if filing.waiting_for is WaitingFor.ACCOUNT:
        return _instead(services, who, connect_first(filing))
    if is_delayed(filing):
        return _instead(services, who, slowed(filing))
    return None


async def pick_button(services: Services, args: AsyncArgs) -> Said:
    """Open the form with the files of the prompt, to choose another record for them."""
    who = asking(services, args.body)
    id_ = str((args.action or {}).get("value") or "")
    prompt = await services.prompting.answers.prompt(id_, by=who.user)
    files = tuple(Offered(id=file.id, name=file.name, size=file.size) for file in prompt.files)
    return await open_form(services, Attach(), who, files=files, elsewhere=True)


async def skip_button(services: Services, args: AsyncArgs) -> Said:
    """Let the files be."""
    who = asking(services, args.body)
    id_ = str((args.action or {}).get("value") or "")
    prompt = await services.prompting.answers.skip(id_, by=who.user)
    return _instead(services, who, views.skipped(prompt))


async def mute_menu(services: Services, args: AsyncArgs) -> Said:
    """Ask no more, or ask no more and attach."""
    who = asking(services, args.body)
    chosen = (args.action or {}).get("selected_option") or {}
    choice, _, id_ = str(chosen.get("value") or "").partition("|")
    answers = services.prompting.answers
    if choice == "always":
        # The confirmation takes the place of the prompt, so the summary stands on its own.
        reply = services.reply_to(who.user, url="", channel=who.channel, thread=who.thread)
        prompt = await answers.always(id_, by=who.user, reply=reply)
        return _instead(services, who, views.always(prompt))
    everywhere = choice == "me"
    await answers.mute(id_, by=who.user, everywhere=everywhere)
    return _instead(services, who, views.muted(everywhere=everywhere))


async def direct_button(services: Services, args: AsyncArgs) -> Said:
    """Write to the person directly: nothing else opens that conversation for them."""
    who = asking(services, args.body)
    services.errands.say_soon(ReplyTo(), who.user, views.invitation())
    return None


async def again_button(services: Services, args: AsyncArgs) -> Said:
    """Forget what was decided about prompts."""
    who = asking(services, args.body)
    return views.asks_again(await services.prompting.answers.ask_again(who.user))


def _instead(services: Services, who: Asking, message: Message) -> Said:
    """Say something in place of the message that was clicked on."""
    services.errands.say_soon(reply_of(services, who, shown=True), who.user, message)
    return None
