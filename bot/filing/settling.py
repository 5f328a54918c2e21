"""Looking for the outcome of an attach whose answer was lost."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from bot.domain import ItemState
from bot.errors import PortalRefusedError
from bot.portal.client import MOST_EVENTS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.domain import Attempt, EntityRef
    from bot.portal.client import PortalClient
    from bot.portal.model import Credentials, Event


async def event_of(
    attempt: Attempt, ref: EntityRef, portal: PortalClient, by: Credentials
) -> Event | None:
    """Return the event that the attempt wrote, or None while there is none."""
    for event in await _since(attempt, ref, portal, by):
        if await _is_of(attempt, event, portal, by):
            return event
    return None


async def events_of(
    attempt: Attempt, ref: EntityRef, portal: PortalClient, by: Credentials
) -> Sequence[Event]:
    """Return every event that the attempt wrote, the newest first.

    Raises:
        PortalRefusedError: none is shown, and older ones are not shown any more.

    """
    listed = await _since(attempt, ref, portal, by)
    found = [event for event in listed if await _is_of(attempt, event, portal, by)]
    if not found and len(listed) >= MOST_EVENTS:
        raise PortalRefusedError(by.portal)
    return found


async def _since(
    attempt: Attempt, ref: EntityRef, portal: PortalClient, by: Credentials
) -> Sequence[Event]:
    mine = dataclasses.replace(by, owner=attempt.author)
    return await portal.events_since(ref, attempt.watermark, mine)


async def _is_of(attempt: Attempt, event: Event, portal: PortalClient, by: Credentials) -> bool:
    """Say whether an event has the files of the attempt, but for those that are gone by now.

    The portal takes numbers of files that do not exist and says nothing of them; waiting for
    the whole set would attach the others twice.
    """
    there = {file.id for file in event.files}
    if not there or not there <= set(attempt.files):
        return False
    seen = [await portal.look_at_file(id_, by) for id_ in attempt.files if id_ not in there]
    return all(one.state is ItemState.MISSING for one in seen)
