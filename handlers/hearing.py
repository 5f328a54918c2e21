"""What every event says by the way: whether another company takes part in its conversation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import structlog

from bot.errors import StoreError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from slack_bolt.async_app import AsyncApp

    from bot.services import Services

log = structlog.get_logger()


def register(app: AsyncApp, services: Services) -> None:
    async def hear(body: dict[str, Any], next_: Callable[[], Awaitable[object]]) -> None:
        await _heard(services, body)
        await next_()

    app.middleware(hear)


async def _heard(services: Services, body: dict[str, Any]) -> None:
    event, shared = body.get("event") or {}, body.get("is_ext_shared_channel")
    channel = event.get("channel_id") or event.get("channel")
    authorized = (body.get("authorizations") or [{}])[0]
    team = authorized.get("team_id") or body.get("team_id") or ""
    if not isinstance(channel, str) or not isinstance(shared, bool):
        return
    try:
        await services.filling.hear(team, channel, shared=shared)
    except StoreError:  # the event itself matters more, and is tried all the same
        log.exception("not_heard")
