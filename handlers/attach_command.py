"""`/attach`: what is typed."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from handlers.answering import Body, Said, answered, answering, asking
from handlers.commanding import run_command

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from slack_bolt.async_app import AsyncApp
    from slack_sdk.web.async_client import AsyncWebClient

    from bot.rush import Rush
    from bot.services import Services

COMMAND = "/attach"


def register(app: AsyncApp, services: Services) -> None:
    app.command(COMMAND)(answered(partial(attach_command, services)))


def without_bolt(
    services: Services, slack: AsyncWebClient, rush: Rush
) -> dict[str, Callable[[Body], Awaitable[Body]]]:
    """Return what answers each command that comes over HTTP, where bursts come from."""
    return {COMMAND: answering(partial(attach_command, services), slack, rush)}


async def attach_command(services: Services, body: Body) -> Said:
    """Do what was typed, as the person who typed it."""
    return await run_command(
        services, body.get("text") or "", asking(services, body), kind="command"
    )
