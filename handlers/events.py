"""Events: a shared file, the end of an installation, and everything else that may come."""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING

import structlog

from bot.domain import SlackUser
from handlers.answering import taken

if TYPE_CHECKING:
    from slack_bolt.async_app import AsyncApp
    from slack_bolt.kwargs_injection.async_args import AsyncArgs

    from bot.services import Services

log = structlog.get_logger()


def register(app: AsyncApp, services: Services) -> None:
    app.event("app_uninstalled")(taken(partial(app_uninstalled, services)))
    app.event("tokens_revoked")(taken(partial(tokens_revoked, services)))
    app.event("file_shared")(taken(partial(file_shared, services)))
    # Slack counts every event that is not answered, and stops sending after too many.
    app.event(re.compile(".+"))(taken(other))


async def file_shared(services: Services, args: AsyncArgs) -> None:
    """Remember that somebody shared a file. It comes with ids only, and more than once."""
    event = args.event or {}
    file = event.get("file_id") or (event.get("file") or {}).get("id")
    user, channel = event.get("user_id"), event.get("channel_id")
    if not (file and user and channel):
        log.info("event_incomplete", type="file_shared")
        return
    await services.prompting.shared(
        SlackUser(_team(args), user, _enterprise(args)),
        channel=channel,
        file=file,
        event=str(event.get("event_ts") or ""),
    )


async def app_uninstalled(services: Services, args: AsyncArgs) -> None:
    """Delete every key of the workspace that removed the app."""
    deleted = await services.forget_team(_team(args))
    await services.filling.forget(_team(args))
    log.info("app_uninstalled", keys=deleted)


async def tokens_revoked(services: Services, args: AsyncArgs) -> None:
    """Delete the keys of the people whose permission ended; all, when it is the bot's own."""
    tokens = (args.event or {}).get("tokens") or {}
    team = _team(args)
    if tokens.get("bot"):
        await services.forget_team(team)
        await services.filling.forget(team)
    for user in tokens.get("oauth") or ():
        await services.disconnect(SlackUser(team, user, _enterprise(args)))
        await services.filling.forget(team, user)
    log.info("tokens_revoked", people=len(tokens.get("oauth") or ()))


async def other(args: AsyncArgs) -> None:
    """Take note of an event that nothing here needs."""
    log.debug("event_unused", type=(args.event or {}).get("type"))


def _team(args: AsyncArgs) -> str:
    """Return the workspace of the installation, never that of the sender."""
    authorizations = args.body.get("authorizations") or [{}]
    return authorizations[0].get("team_id") or args.body.get("team_id") or ""


def _enterprise(args: AsyncArgs) -> str:
    authorizations = args.body.get("authorizations") or [{}]
    return authorizations[0].get("enterprise_id") or args.body.get("enterprise_id") or ""
