"""What a person sees in the menu of records: what is at hand in time, and the rest next time."""

from __future__ import annotations

import asyncio
import dataclasses
import time
from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any, Final, Protocol

import structlog

from bot.credentials import opened
from bot.domain import EntityName, EntityRef, EntityType
from bot.errors import BotError, NotConnectedError
from bot.grammar import sought
from bot.suggesting.calls import Calls
from bot.suggesting.known import Known
from bot.suggesting.matching import questions_of
from bot.suggesting.menus import Local, at, found_menu, ready_menu, remark_of
from bot.suggesting.patience import LAST_OF_ALL, enough, in_time
from bot.suggesting.ranking import telling
from bot.suggestions import Hints, Offer, Remark, Suggestions

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from bot.account import Account
    from bot.domain import PortalUrl, SlackUser
    from bot.grammar import Sought
    from bot.portal.client import PortalClient
    from bot.suggesting.calls import Asked
    from bot.suggesting.matching import Question
    from bot.vault import Vault
    from storage.ports import Accounts, Recents

log = structlog.get_logger()

MOST_RECENT: Final = 5
MOST_WORDS: Final = 2
"""Words of the hints that the portal is asked for: three calls each."""
HintsOf = Callable[[], Coroutine[Any, Any, Hints]]
"""Finds out what the form is about."""


class LinkedRecord(Protocol):
    """The record that a channel is linked to."""

    @property
    def ref(self) -> EntityRef: ...

    @property
    def portal(self) -> PortalUrl: ...


class LinkedRecords(Protocol):
    """Which record a channel is linked to."""

    async def of(self, team: str, channel: str, /) -> LinkedRecord | None: ...


class NoLinks:
    """No channel is linked to anything."""

    async def of(self, team: str, channel: str, /) -> LinkedRecord | None:
        del team, channel
        return None


@dataclasses.dataclass(frozen=True, slots=True)
class _Linked:
    """A channel's record, with the account that looks at it."""

    account: Account
    ref: EntityRef


class Suggesting:
    """Answers from what is known of this person's records, while the portal is asked for more.

    Calls that come too late for an answer go on for some seconds, so that the next letter finds
    what they brought; those that are of no use to it are ended.
    """

    def __init__(  # noqa: PLR0913  (one for each thing it looks into)
        self,
        *,
        accounts: Accounts,
        recents: Recents,
        portal: PortalClient,
        vault: Vault,
        portals: Sequence[PortalUrl],
        links: LinkedRecords | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._accounts = accounts
        self._recents = recents
        self._vault = vault
        self._portals = portals
        self._links = links or NoLinks()
        self._known = Known(clock)
        self._calls = Calls(portal, self._known)
        self._warming: set[asyncio.Task[None]] = set()

    async def suggest(
        self, text: str, *, to: SlackUser, hints: HintsOf | None = None
    ) -> Suggestions:
        """Return records for what was typed so far; without a letter, those that are likely meant.

        It takes 2.2 seconds at most. Trouble is a remark beside what was found. `hints` is called
        only where they are of use.
        """
        began = asyncio.get_running_loop().time()
        try:
            async with asyncio.timeout_at(began + LAST_OF_ALL):
                return await self._suggestions(text, to, hints or _no_hints, began)
        except TimeoutError:
            return Suggestions(remark=Remark.SEARCHING)
        except BotError as error:
            log.info("no_suggestions", error=type(error).__name__)
            return Suggestions(remark=remark_of(error))

    def warm(self, user: SlackUser, hints: Hints | None = None) -> None:
        """Begin to look for what an empty menu shows, as a form opens."""
        task = asyncio.create_task(self._warm(user, hints or Hints()))
        self._warming.add(task)
        task.add_done_callback(self._warming.discard)

    def forget(self, team: str, user: str = "") -> None:
        """Drop what portals have told this person, or a whole workspace, and ask no more."""

        def belongs(account: Account) -> bool:
            return account.user.team == team and user in {"", account.user.id}

        self._known.forget(belongs)
        self._calls.end(belongs)

    async def close(self) -> None:
        """End everything that is under way."""
        warming = list(self._warming)
        for task in warming:
            task.cancel()
        await asyncio.gather(*warming, return_exceptions=True)
        await self._calls.close()

    async def _suggestions(
        self, text: str, to: SlackUser, hints: HintsOf, began: float
    ) -> Suggestions:
        wanted = sought(text, self._portals)
        account = await self._account(to, wanted.portal)
        if wanted.record is None and not wanted.words:
            return await self._ready(account, hints, began)
        found = await self._found(account, wanted, began)
        usual = await self._account(to, None)
        return found if usual.portal == account.portal else at(account.portal, found)

    async def _account(self, user: SlackUser, portal: PortalUrl | None) -> Account:
        """Return this person's account for a portal, or for the first that they have one for."""
        own = {account.portal: account for account in await self._accounts.of(user)}
        for url in self._portals if portal is None else (portal,):
            if url in own:
                return own[url]
        raise NotConnectedError(portal or self._portals[0])

    # What was typed

    async def _found(self, account: Account, wanted: Sought, began: float) -> Suggestions:
        questions = questions_of(wanted)
        self._calls.make_room(account, questions)
        with self._calls.awaited(account, questions):
            asked = self._begin(account, questions)
            recents = await in_time(self._recents.of(account, MOST_RECENT), ())

            def menu() -> Suggestions:
                answers = {one: self._known.answer(account, one) for one in questions}
                known = [*recents, *self._known.entities(account)]
                return found_menu(wanted, answers, known)

            late = await enough(asked.values(), lambda: bool(menu().groups), began)
            remark = _remark(asked.values(), late) if questions else Remark.LETTERS
            return dataclasses.replace(menu(), remark=remark)

    # Before anything is typed

    async def _ready(self, account: Account, hints_of: HintsOf, began: float) -> Suggestions:
        self._begin(account, _first_questions(Hints()))
        hints = await in_time(hints_of(), Hints())
        questions = _first_questions(hints)
        self._calls.make_room(account, questions)
        with self._calls.awaited(account, questions):
            asked = self._begin(account, questions)
            recents, linked = await asyncio.gather(
                in_time(self._recents.of(account, MOST_RECENT), ()), self._linked(account, hints)
            )
            if linked is not None:
                asked |= self._begin(linked.account, [linked.ref])

            def menu() -> Suggestions:
                offer = None if linked is None else self._offer(linked, account)
                local = Local(linked=offer, recents=tuple(recents))
                newest = {type_: self._known.answer(account, type_) or () for type_ in EntityType}
                return ready_menu(local, newest, self._known.entities(account), hints.words)

            late = await enough(asked.values(), lambda: bool(menu().groups), began)
            found = menu()
            # Who sees some records misses none: this is what may be meant, and not what there is.
            remark = None if found.groups else _remark(asked.values(), late)
            return dataclasses.replace(found, remark=remark)

    async def _linked(self, usual: Account, hints: Hints) -> _Linked | None:
        """Return the record of the channel, if this person has a key for its portal."""
        user = usual.user
        link = await in_time(self._links.of(user.team, hints.channel), None)
        if link is None:
            return None
        if link.portal == usual.portal:
            return _Linked(usual, link.ref)
        account = await in_time(self._accounts.get(user, link.portal), None)
        return None if account is None else _Linked(account, link.ref)

    def _offer(self, linked: _Linked, usual: Account) -> Offer | None:
        """Return the channel's record as this person may see it: None if the portal hides it."""
        portal = None if linked.account.portal == usual.portal else linked.account.portal
        answer = self._known.answer(linked.account, linked.ref)
        if answer is None:
            return Offer(linked.ref, portal=portal)
        return Offer(answer[0], portal=portal) if answer else None

    async def _warm(self, user: SlackUser, hints: Hints) -> None:
        try:
            async with asyncio.timeout(LAST_OF_ALL):
                account = await self._account(user, None)
                self._begin(account, _first_questions(hints))
                linked = await self._linked(account, hints)
                if linked is not None:
                    self._begin(linked.account, [linked.ref])
        except (TimeoutError, BotError) as error:
            log.info("not_warmed", error=type(error).__name__)

    # Calls

    def _begin(self, account: Account, questions: Collection[Question]) -> dict[Question, Asked]:
        """Ask the portal for what is not known, and return that.

        What is known, but perhaps not all, is asked for as well, and shown the next time.
        """
        missing = [one for one in questions if self._known.answer(account, one) is None]
        unsure = [one for one in questions if not self._known.is_sure(account, one)]
        if not (missing or unsure):
            return {}
        by = opened(account, account.user, self._vault)
        asked = {one: self._calls.ask(account, by, one) for one in {*missing, *unsure}}
        return {question: asked[question] for question in missing}


async def _no_hints() -> Hints:
    return Hints()


def _first_questions(hints: Hints) -> list[Question]:
    words = telling(hints.words, MOST_WORDS)
    return [*EntityType, *(EntityName(type_, word) for word in words for type_ in EntityType)]


def _remark(asked: Collection[Asked], late: Collection[Asked]) -> Remark | None:
    ended = [one for one in asked if one not in late and not one.cancelled()]
    trouble = next((error for error in map(asyncio.Task.result, ended) if error), None)
    if trouble is not None:
        return remark_of(trouble)
    return Remark.SEARCHING if len(ended) < len(asked) else None
