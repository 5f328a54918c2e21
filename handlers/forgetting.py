"""The buttons below the question whether everything of a person is to be deleted."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from bot.views.forgetting import forgotten, kept
from handlers.answering import Said, asking, clicked

if TYPE_CHECKING:
    from slack_bolt.async_app import AsyncApp
    from slack_bolt.kwargs_injection.async_args import AsyncArgs

    from bot.services import Services


def register(app: AsyncApp, services: Services) -> None:
    app.action("forget.me")(clicked(services, partial(forget_button, services)))
    app.action("forget.keep")(clicked(services, partial(keep_button, services)))


async def forget_button(services: Services, args: AsyncArgs) -> Said:
    """Delete everything of the person who clicks, and of nobody else."""
    done = await services.forgetting.forget(asking(services, args.body).user)
    return forgotten(done.keys, done.receipts, done.cut)


async def keep_button(services: Services, args: AsyncArgs) -> Said:
    """Say that nothing was deleted."""
    asking(services, args.body)
    return kept()
