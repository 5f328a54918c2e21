"""`/attach`: what is typed."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from handlers.answering import Said, answered, asking
from handlers.commanding import run_command

if TYPE_CHECKING:
    from slack_bolt.async_app import AsyncApp
    from slack_bolt.kwargs_injection.async_args import AsyncArgs

    from bot.services import Services


def register(app: AsyncApp, services: Services) -> None:
    app.command("/attach")(answered(partial(attach_command, services)))


async def attach_command(services: Services, args: AsyncArgs) -> Said:
    """Do what was typed, as the person who typed it."""
    body = args.body
    return await run_command(services, body.get("text") or "", asking(body), kind="command")
