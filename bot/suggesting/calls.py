"""The portal's side of suggesting: calls that outlive an answer, and fill what is known."""

from __future__ import annotations

import asyncio
from collections import Counter
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final
from weakref import WeakValueDictionary

import structlog

from bot.domain import EntityName, EntityRef, EntityType
from bot.errors import BotError, EntityNotFoundError, PortalAwayError
from bot.suggesting.matching import covers

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Sequence

    from bot.account import Account
    from bot.domain import Entity, PortalUrl
    from bot.portal.client import PortalClient
    from bot.portal.model import Credentials
    from bot.suggesting.known import Known
    from bot.suggesting.matching import Question

log = structlog.get_logger()

CALL_SECONDS: Final = 8.0
"""A slow portal may answer too late for this letter, and in time for the next."""
MOST_OF_PERSON: Final = 10
MOST_AT_PORTAL: Final = 18
"""Under way at a time; fewer than the portal's urgent places, which refuse whoever is too many."""

Asked = asyncio.Task[BotError | None]
"""Ends once the answer is known, or with what came instead of one."""


class Calls:
    """Asks each question of a person once at a time."""

    def __init__(self, portal: PortalClient, known: Known) -> None:
        self._portal = portal
        self._known = known
        self._places: WeakValueDictionary[tuple[PortalUrl, str], asyncio.Semaphore] = (
            WeakValueDictionary()
        )
        self._under_way: dict[tuple[Account, Question], Asked] = {}
        self._awaited: Counter[tuple[Account, Question]] = Counter()

    def ask(self, who: Account, by: Credentials, question: Question) -> Asked:
        """Ask, or join the same question that is under way."""
        asked = self._under_way.get((who, question))
        if asked is None:
            asked = asyncio.create_task(self._ask(who, by, question))
            self._under_way[who, question] = asked
            asked.add_done_callback(lambda ended: self._ended(ended, who, question))
        return asked

    def _ended(self, asked: Asked, who: Account, question: Question) -> None:
        if self._under_way.get((who, question)) is asked:  # it may have been asked anew
            del self._under_way[who, question]

    @contextmanager
    def awaited(self, who: Account, questions: Collection[Question]) -> Iterator[None]:
        """Keep calls for these going as long as somebody waits for them, if there is room."""
        keys = [(who, question) for question in questions]
        self._awaited.update(keys)
        try:
            yield
        finally:
            self._awaited.subtract(keys)
            for key in keys:
                if not self._awaited[key]:
                    del self._awaited[key]

    def make_room(self, who: Account, wanted: Collection[Question]) -> None:
        """End calls of a person that are of no use any more, then the oldest if need be."""
        own = [question for owner, question in self._under_way if owner == who]
        others = [one for one in own if one not in wanted]
        idle = [one for one in others if not self._awaited[who, one] and not _useful(one, wanted)]
        left = [one for one in others if one not in idle]
        room = max(0, MOST_OF_PERSON - len(wanted))
        for question in [*idle, *left[: max(0, len(left) - room)]]:
            self._under_way.pop((who, question)).cancel()

    def end(self, belongs: Callable[[Account], bool]) -> None:
        """End the calls of these accounts."""
        for who, question in [one for one in self._under_way if belongs(one[0])]:
            self._under_way.pop((who, question)).cancel()

    async def close(self) -> None:
        """End every call."""
        ending = list(self._under_way.values())
        self.end(lambda _: True)
        await asyncio.gather(*ending, return_exceptions=True)

    async def _ask(self, who: Account, by: Credentials, question: Question) -> BotError | None:
        try:
            async with (
                asyncio.timeout(CALL_SECONDS),
                self._place((who.portal, who.owner), MOST_OF_PERSON),
                self._place((who.portal, ""), MOST_AT_PORTAL),
            ):
                entities = await self._answer(question, by)
        except EntityNotFoundError:
            entities = ()
        except TimeoutError:
            return PortalAwayError(who.portal)
        except BotError as error:
            log.info("no_suggestions", error=type(error).__name__)
            return error
        self._known.put(who, question, entities)
        return None

    def _place(self, where: tuple[PortalUrl, str], most: int) -> asyncio.Semaphore:
        """Return the places of a person at a portal, or of all, as long as anybody needs them."""
        places = self._places.get(where)
        if places is None:
            places = self._places[where] = asyncio.Semaphore(most)
        return places

    async def _answer(self, question: Question, by: Credentials) -> Sequence[Entity]:
        match question:
            case EntityRef():
                return [await self._portal.entity(question, by, urgent=True)]
            case EntityName():
                return await self._portal.search(question, by, deadline=CALL_SECONDS, urgent=True)
            case EntityType():
                return await self._portal.recent(question, by, deadline=CALL_SECONDS)


def _useful(question: Question, wanted: Collection[Question]) -> bool:
    """Say whether an answer serves what is wanted now, too; the newest always do."""
    if isinstance(question, EntityType):
        return True
    names = [one for one in wanted if isinstance(one, EntityName)]
    return isinstance(question, EntityName) and any(covers(question, one) for one in names)
