"""What the bot asks of its store; each engine answers in a module of its own."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence
    from datetime import datetime

    from bot.account import Account
    from bot.audit import Entry
    from bot.connect_link import ConnectLink
    from bot.domain import Entity, Filing, PortalUrl, SlackUser, WaitingFor
    from bot.draft import FiledBefore, SealedDraft
    from bot.reply_to import ReplyTo


class Accounts(Protocol):
    """One account per person and portal; keys arrive sealed and leave sealed."""

    async def get(self, user: SlackUser, portal: PortalUrl, /) -> Account | None: ...

    async def of(self, user: SlackUser, /) -> Sequence[Account]:
        """Return every account of this person, by portal."""
        ...

    async def put(self, account: Account, /) -> None: ...

    async def forget(self, user: SlackUser, /) -> int:
        """Delete every account of this person and return how many there were."""
        ...

    async def forget_team(self, team: str, /) -> int: ...


@dataclasses.dataclass(frozen=True, slots=True)
class Unless:
    """What is stored instead of a filing, if its wish was accepted before, at `since` or later.

    `then` is given the latest of these that has not failed and was not cancelled, in the thread
    and the commit that accept; None stores nothing.
    """

    since: datetime
    then: Callable[[Filing], Filing | None]


@dataclasses.dataclass(frozen=True, slots=True)
class Standing:
    """When the latest requests of a person were accepted, oldest first; how many are not over."""

    accepted: Sequence[datetime]
    unfinished: int


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """What becomes of a new filing, given how its person stands.

    The latest `counted` that were accepted at `since` or later are looked at. `then` returns what
    is stored, or raises; it is called in the thread and the commit that accept.
    """

    since: datetime
    counted: int
    then: Callable[[Filing, Standing], Filing]


class Filings(Protocol):
    """Accepted requests. Everything here is on disk when the call returns."""

    async def accept(
        self, filing: Filing, /, *, unless: Unless | None = None, pace: Pace | None = None
    ) -> tuple[Filing, bool]:
        """Store a new filing, or return the one that has its dedupe key already (and False).

        If that is so of its wish, `unless` says what is stored instead; where it says nothing,
        the earlier filing is returned (and False). `pace` has the last word on what is stored.

        Raises:
            BotError: `pace` raised it, and nothing is stored.

        """
        ...

    async def get(self, id_: str, /) -> Filing | None: ...

    async def save(self, filing: Filing, /) -> Filing:
        """Store the next version of a filing and return it with that version.

        Raises:
            StaleFilingError: the stored version is not the one that `filing` names.

        """
        ...

    async def unfinished(self) -> Sequence[tuple[str, datetime]]:
        """Return id and time of the next look of every filing that is not over, the next first.

        One that waits for its person needs no look before its waiting ends, and one that has ended
        none before its late look.
        """
        ...

    async def open_of(self, user: SlackUser, /) -> Sequence[Filing]:
        """Return this person's filings that they wait for, oldest first."""
        ...

    async def untold_of(self, user: SlackUser, /) -> Sequence[Filing]:
        """Return this person's filings of which they could not be told, oldest first."""
        ...

    async def waiting(
        self, user: SlackUser, portal: PortalUrl, reasons: Sequence[WaitingFor], /
    ) -> Sequence[Filing]: ...

    async def retriable(self, user: SlackUser, /) -> Sequence[Filing]:
        """Return this person's filings that failed, lapsed or try again, the latest first."""
        ...

    async def set_aside(self, user: SlackUser, /) -> Sequence[Filing]:
        """Return this person's filings that were set aside, the latest first."""
        ...

    async def last_done(self, user: SlackUser, /) -> Filing | None:
        """Return this person's latest filing that attached something, and was not taken back."""
        ...

    async def alike(self, team: str, portal: PortalUrl, sha256: str, /) -> Sequence[Filing]:
        """Return the workspace's filings that hold these bytes for this portal, latest first."""
        ...


class Recents(Protocol):
    """Records that people used lately."""

    async def of(self, account: Account, most: int, /) -> Sequence[Entity]:
        """Return the records that this account's owner used, the latest first.

        They are as that person saw them then: nobody else's filings tell, and none that was done
        with the key of another person on the portal.
        """
        ...


class Undos(Protocol):
    """What can be taken back, and what takes it back."""

    async def by_key(self, dedupe_key: str, /) -> Filing | None: ...

    async def by_receipt(self, user: SlackUser, receipt: str, /) -> Filing | None:
        """Return this person's filing that has the receipt."""
        ...

    async def latest(self, user: SlackUser, since: datetime, /) -> Filing | None:
        """Return this person's latest filing that attached something at `since` or later.

        What was taken back whole is passed over.
        """
        ...

    async def of(self, origin: Filing, /) -> Filing | None:
        """Return the latest filing that takes this one back, whatever came of it."""
        ...


class KeyLinks(Protocol):
    """Links to the page for keys, one per person; only a digest of the token is here."""

    async def put(self, link: ConnectLink, now: datetime, /) -> None:
        """Store a link in place of this person's earlier one; drop all that end before `now`."""
        ...

    async def find(self, token: str, /) -> ConnectLink | None:
        """Return the link with this digest of a token, whether it still works or not."""
        ...

    async def get(self, id_: str, /) -> ConnectLink | None: ...

    async def claim(self, id_: str, browser: str, /) -> bool:
        """Let only this browser (a digest) use a link; False: another one does, or it is gone."""
        ...

    async def answer_at(self, id_: str, user: SlackUser, reply: ReplyTo, /) -> bool:
        """Change where the news of this person's link goes; False: it is not there."""
        ...

    async def count_wrong(self, id_: str, /) -> int:
        """Count one more wrong key, and return how many there were; -1: the link is gone."""
        ...

    async def end(self, id_: str, /) -> ConnectLink | None:
        """Delete a link and return it as it was last; None: somebody else has ended it."""
        ...

    async def forget(self, user: SlackUser, /) -> None: ...

    async def forget_team(self, team: str, /) -> None: ...


class Sweepable(Protocol):
    """Filings of which the old ones can be deleted."""

    async def sweep(self, ended: datetime, failed: datetime, /) -> int:
        """Delete what is over since before `ended` (before `failed`, if it failed); count it."""
        ...


class Drafts(Protocol):
    """The choices of forms; they arrive sealed and leave sealed."""

    async def get(self, id_: str, /) -> SealedDraft | None: ...

    async def put(self, draft: SealedDraft, /) -> None:
        """Store a draft, in place of what has its id; that keeps the time when it was made."""
        ...

    async def forget(self, team: str, user: str = "", /) -> int:
        """Delete the drafts of a person, or of a whole workspace; return how many there were."""
        ...

    async def sweep(self, before: datetime, /) -> int:
        """Delete the drafts that were made before this; return how many there were."""
        ...


class Filed(Protocol):
    """What was filed before, by the files in Slack that it came from."""

    async def filed(self, team: str, files: Sequence[str], /) -> Sequence[FiledBefore]:
        """Return the latest time that this workspace attached each of these files, if it did.

        Of a private record nothing is told, not even its number.
        """
        ...


class Conversations(Protocol):
    """Conversations that the bot has heard of, and whether another company reads them."""

    async def shared(self, team: str, channel: str, /) -> bool | None:
        """Return whether another company takes part; None: nothing was ever heard from there."""
        ...

    async def hear(self, team: str, channel: str, /, *, shared: bool) -> None:
        """Note what an event said of its conversation."""
        ...

    async def forget(self, team: str, /) -> int: ...


class Audit(Protocol):
    """What was done, entry by entry. The store adds those of filings and accounts by itself."""

    async def write(self, *entries: Entry) -> None:
        """Store entries that tell of nothing else that is stored."""
        ...

    async def sweep(self, before: datetime, /) -> int:
        """Delete entries of before that time from the old end, and count them."""
        ...

    async def head(self) -> str:
        """Return number and hash of the newest entry, as `attachbot audit verify` takes them."""
        ...


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Forgotten:
    """What was deleted of a person: so many keys and receipts; `cut` had not ended."""

    keys: int
    receipts: int
    cut: Sequence[Filing] = ()


class Store(Protocol):
    """An open database."""

    @property
    def audit(self) -> Audit: ...

    @property
    def accounts(self) -> Accounts: ...

    @property
    def filings(self) -> Filings: ...

    @property
    def recents(self) -> Recents: ...

    @property
    def drafts(self) -> Drafts: ...

    @property
    def filed(self) -> Filed: ...

    @property
    def conversations(self) -> Conversations: ...

    @property
    def undos(self) -> Undos: ...

    async def check(self) -> None:
        """Write and read back, as the readiness probe does.

        Raises:
            StoreError: the database cannot be written.

        """
        ...

    async def forget(self, user: SlackUser, /) -> Forgotten:
        """Delete everything of a person in one commit, and what tells whose audit entries are."""
        ...

    async def sealing_keys(self) -> Collection[str]:
        """Return the ids of the keys that may seal something here."""
        ...

    async def seals_with(self, key: str, /) -> None:
        """Note the id of a key before anything is sealed with it."""
        ...

    async def canary(self, fresh: str, /) -> str:
        """Return the sealed text stored at the first start; `fresh` is stored if there is none."""
        ...
