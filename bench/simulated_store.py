"""A store in memory: what was saved outlives every life of the bot."""

from __future__ import annotations

import dataclasses
from operator import itemgetter
from typing import TYPE_CHECKING

from bench.simulated_forms import MemoryConversations, MemoryDrafts, MemoryFiled
from bot.domain import FilingState, ItemState, undo_wish
from bot.errors import SetAsideError, StaleFilingError, StoreError
from storage.ports import Forgotten, Standing

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime

    from bench.simulated_clock import Life
    from bot.account import Account
    from bot.audit import Entry
    from bot.domain import Entity, Filing, PortalUrl, SlackUser, WaitingFor
    from storage.ports import Pace, Unless

COMMIT_SECONDS = 0.02
FULL = 0.002
"""How often the disk takes nothing."""


@dataclasses.dataclass
class Books:
    """What is on the disk."""

    filings: dict[str, Filing] = dataclasses.field(default_factory=dict)
    accounts: dict[tuple[SlackUser, PortalUrl], Account] = dataclasses.field(default_factory=dict)
    noted: list[str] = dataclasses.field(default_factory=list)
    """What happened, in words without random numbers: the same seed gives the same."""
    given_up: set[str] = dataclasses.field(default_factory=set)
    """Filings whose late look failed for a day, so that nobody can be told of what it missed."""
    doubles: dict[str, set[int]] = dataclasses.field(default_factory=dict)
    """The doubles that each filing was ever found to have: taken up again, it tells of new ones."""

    def by_key(self, dedupe_key: str) -> Filing | None:
        found = (one for one in self.filings.values() if one.dedupe_key == dedupe_key)
        return next(found, None)


class MemoryAccounts:
    """Accounts as one life of the bot sees them."""

    def __init__(self, books: Books, life: Life) -> None:
        self._books = books
        self._life = life

    async def get(self, user: SlackUser, portal: PortalUrl, /) -> Account | None:
        await self._life.moment(COMMIT_SECONDS)
        return self._books.accounts.get((user, portal))

    async def of(self, user: SlackUser, /) -> Sequence[Account]:
        await self._life.moment(COMMIT_SECONDS)
        return [one for one in self._books.accounts.values() if one.user == user]

    async def put(self, account: Account, /) -> None:
        await self._life.moment(COMMIT_SECONDS)
        self._books.accounts[account.user, account.portal] = account

    async def forget(self, user: SlackUser, /) -> int:
        return self._drop([one for one in self._books.accounts if one[0] == user])

    async def forget_team(self, team: str, /) -> int:
        return self._drop([one for one in self._books.accounts if one[0].team == team])

    def _drop(self, keys: Sequence[tuple[SlackUser, PortalUrl]]) -> int:
        for key in keys:
            del self._books.accounts[key]
        return len(keys)


class MemoryFilings:
    """Filings as one life of the bot sees them; each save happens as a whole or not at all."""

    def __init__(self, books: Books, life: Life) -> None:
        self._books = books
        self._life = life

    async def accept(
        self, filing: Filing, /, *, unless: Unless | None = None, pace: Pace | None = None
    ) -> tuple[Filing, bool]:
        await self._begin()
        stored = self._books.by_key(filing.dedupe_key)
        earlier = self._same_wish(filing, unless) if unless else None
        if stored is None and unless and earlier:
            instead = unless.then(earlier)
            stored, filing = (None, instead) if instead else (earlier, filing)
        if stored is None and pace:
            filing = pace.then(filing, self._standing(filing, pace))
        if stored is None:
            self._books.filings[filing.id] = filing
            self._books.noted.append(f"accepted {filing.dedupe_key} {filing.state}")
        await self._life.moment(COMMIT_SECONDS)
        return stored or filing, stored is None

    def _standing(self, filing: Filing, pace: Pace) -> Standing:
        theirs = [one for one in self._books.filings.values() if one.user == filing.user]
        accepted = sorted(one.accepted_at for one in theirs if one.accepted_at >= pace.since)
        return Standing(accepted[-pace.counted :], sum(not one.over for one in theirs))

    def _same_wish(self, filing: Filing, unless: Unless) -> Filing | None:
        ended = {FilingState.FAILED, FilingState.CANCELLED}
        same = (
            one
            for one in self._books.filings.values()
            if one.wish == filing.wish != ""
            and one.accepted_at >= unless.since
            and one.state not in ended
        )
        return max(same, key=lambda one: one.accepted_at, default=None)

    async def get(self, id_: str, /) -> Filing | None:
        await self._life.moment(COMMIT_SECONDS)
        return self._books.filings.get(id_)

    async def save(self, filing: Filing, /) -> Filing:
        await self._begin()
        before = self._books.filings[filing.id]
        if before.version != filing.version:
            raise StaleFilingError
        if before.late and not filing.late and self._life.passed(before.late.until):
            self._books.given_up.add(filing.id)
        saved = dataclasses.replace(filing, version=filing.version + 1)
        self._books.filings[filing.id] = saved
        self._books.doubles.setdefault(saved.id, set()).update(saved.doubles)
        self._books.noted.append(f"saved {saved.dedupe_key} {saved.version} {saved.state}")
        await self._life.moment(COMMIT_SECONDS)
        return saved

    async def _begin(self) -> None:
        await self._life.moment(COMMIT_SECONDS)
        if self._life.dice.random() < FULL:
            raise StoreError("disk full")

    async def unfinished(self) -> Sequence[tuple[str, datetime]]:
        await self._life.moment(COMMIT_SECONDS)
        looks = [(one.id, _next(one)) for one in self._books.filings.values() if not one.over]
        return sorted(looks, key=itemgetter(1))

    async def open_of(self, user: SlackUser, /) -> Sequence[Filing]:
        return [one for one in self._of(user) if one.open]

    async def untold_of(self, user: SlackUser, /) -> Sequence[Filing]:
        return [one for one in self._of(user) if one.untold]

    async def waiting(
        self, user: SlackUser, portal: PortalUrl, reasons: Sequence[WaitingFor], /
    ) -> Sequence[Filing]:
        await self._life.moment(COMMIT_SECONDS)
        return [
            one
            for one in self._of(user)
            if one.state is FilingState.WAITING
            and one.waiting_for in reasons
            and one.portal == portal
        ]

    async def retriable(self, user: SlackUser, /) -> Sequence[Filing]:
        return [one for one in self._of(user) if one.state is FilingState.FAILED]

    async def alike(self, team: str, portal: PortalUrl, sha256: str, /) -> Sequence[Filing]:
        held = [
            filing
            for filing in self._books.filings.values()
            if (filing.user.team, filing.portal) == (team, portal)
            and any(item.sha256 == sha256 for item in filing.items)
        ]
        return sorted(held, key=lambda one: one.accepted_at, reverse=True)

    async def set_aside(self, user: SlackUser, /) -> Sequence[Filing]:
        return [
            one
            for one in self._of(user)
            if one.failure is not None and one.failure.error == SetAsideError.__name__
        ]

    async def last_done(self, user: SlackUser, /) -> Filing | None:
        done = (one for one in self._of(user) if one.state is FilingState.DONE)
        with_files = (
            one for one in done if any(item.state is ItemState.ATTACHED for item in one.items)
        )
        return next(with_files, None)

    def _of(self, user: SlackUser) -> list[Filing]:
        return [one for one in self._books.filings.values() if one.user == user]


class MemoryRecents:
    """Nobody opens a form there, so nothing is asked."""

    async def of(self, account: Account, most: int, /) -> Sequence[Entity]:
        del account, most
        return ()


def _next(filing: Filing) -> datetime:
    if filing.late is not None and not filing.open:
        return filing.late.due
    resting = filing.state is FilingState.WAITING and not filing.unsaid
    return filing.expires_at if resting and filing.expires_at else filing.wake_at


class MemoryUndos:
    """What can be taken back, and what takes it back."""

    def __init__(self, books: Books) -> None:
        self._books = books

    async def by_key(self, dedupe_key: str, /) -> Filing | None:
        return self._books.by_key(dedupe_key)

    async def by_receipt(self, user: SlackUser, receipt: str, /) -> Filing | None:
        mine = (one for one in self._books.filings.values() if one.user == user)
        return next((one for one in mine if one.receipt == receipt), None)

    async def latest(self, user: SlackUser, since: datetime, /) -> Filing | None:
        done = [
            one
            for one in self._books.filings.values()
            if one.user == user
            and one.state is FilingState.DONE
            and one.undone_at is None
            and one.finished_at is not None
            and one.finished_at >= since
            and any(item.state is ItemState.ATTACHED for item in one.items)
        ]
        return max(done, key=lambda one: one.accepted_at, default=None)

    async def of(self, origin: Filing, /) -> Filing | None:
        wish = undo_wish(origin)
        undos = [one for one in self._books.filings.values() if one.wish == wish]
        return max(undos, key=lambda one: one.accepted_at, default=None)


class NoAudit:
    """Nobody reads an audit of what never happened."""

    async def write(self, *entries: Entry) -> None:
        pass

    async def sweep(self, before: datetime, /) -> int:
        del before
        return 0

    async def head(self) -> str:
        return ""


class MemoryStore:
    """The store of one life."""

    def __init__(self, books: Books, life: Life) -> None:
        self._books = books
        self.audit = NoAudit()
        self.accounts = MemoryAccounts(books, life)
        self.filings = MemoryFilings(books, life)
        self.recents = MemoryRecents()
        self.drafts = MemoryDrafts()
        self.filed = MemoryFiled()
        self.conversations = MemoryConversations()
        self.undos = MemoryUndos(books)

    async def check(self) -> None:
        pass

    async def forget(self, user: SlackUser, /) -> Forgotten:
        keys = await self.accounts.forget(user)
        found = [one for one in self._books.filings.values() if one.user == user]
        for one in found:
            del self._books.filings[one.id]
        return Forgotten(keys=keys, receipts=len(found), cut=[one for one in found if one.open])

    async def sealing_keys(self) -> Collection[str]:
        return ()

    async def seals_with(self, key: str, /) -> None:
        pass

    async def canary(self, fresh: str, /) -> str:
        return fresh
