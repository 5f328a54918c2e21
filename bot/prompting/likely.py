"""The records that files sent to the bot are likely meant for."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from bot.domain import Entity
from bot.sharing import Offer
from bot.suggestions import Hints, Why

if TYPE_CHECKING:
    from bot.accepting import Accepting
    from bot.sharing import Prompt
    from bot.suggesting import Suggesting
    from storage.ports import Accounts

MOST_OFFERS = 3
_LIKELY = ((Why.LINKED, 1), (Why.FITTING, 1), (Why.LATEST, MOST_OFFERS))
"""Reasons, the best first, and how many records each gives at most."""


class Likely:
    """Picks from what the empty menu of the form would show."""

    def __init__(self, *, accounts: Accounts, accepting: Accepting, suggesting: Suggesting) -> None:
        self._accounts = accounts
        self._accepting = accepting
        self._suggesting = suggesting

    async def of(self, prompt: Prompt) -> tuple[Offer, ...]:
        """Return the record linked here, one whose title fits the files, and the latest ones."""

        async def hints() -> Hints:
            return Hints(channel=prompt.channel, words=tuple(file.name for file in prompt.files))

        found = await self._suggesting.suggest("", to=prompt.user, hints=hints)
        accounts = await self._accounts.of(prompt.user)
        usual = self._accepting.own_portal(accounts)
        offers = (
            offered(
                Offer(ref=one.ref, portal=one.portal or usual),
                one.record if isinstance(one.record, Entity) else None,
            )
            for why, most in _LIKELY
            for group in found.groups
            if group.why is why
            for one in group.offers[:most]
        )
        return tuple(offers)[:MOST_OFFERS]


def offered(offer: Offer, entity: Entity | None) -> Offer:
    """Return an offer with what the person's own key shows of the record."""
    if entity is None:
        return offer
    return dataclasses.replace(offer, title=entity.title, closed=bool(entity.closed))
