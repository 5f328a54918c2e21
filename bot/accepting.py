"""The use case: a request becomes a filing, which survives whatever comes after."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from pydantic import SecretStr

from bot.domain import MOST_FILES, Filing, Purpose, SharedFile, WaitingFor, WrittenFile
from bot.errors import (
    MixedPortalsError,
    NoLastFileError,
    NoLastRecordError,
    NoLinkedRecordError,
    TooManyFilesError,
)
from bot.filing import outcomes
from bot.filing.pace import paced
from bot.filing.repeats import WITHIN, asked_again, wish_of
from bot.filing.request import Extras, items_of
from bot.grammar import Attach, Here, Last, Link, ListFiles
from bot.receipts import new_id, new_receipt
from bot.sharing import KEEP_SHARES
from bot.vault import Purpose as Sealing
from storage.ports import Pace, Unless

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from bot.account import Account
    from bot.domain import Clock, Item, PortalUrl, Record, SlackUser
    from bot.filing.policy import Policy
    from bot.linking import Linking
    from bot.places import Places
    from bot.reply_to import ReplyTo
    from bot.vault import Vault
    from bot.worker import Worker
    from storage.ports import Accounts, Filings
    from storage.sharing_ports import Newest

Request = Attach | ListFiles | Link
_NO_EXTRAS = Extras()


class Accepting:
    """Stores requests; the worker does the rest."""

    def __init__(  # noqa: PLR0913  (one for each thing it works with)
        self,
        *,
        accounts: Accounts,
        filings: Filings,
        shares: Newest,
        linking: Linking,
        worker: Worker,
        vault: Vault,
        policy: Policy,
        places: Places,
        portals: Sequence[PortalUrl],
        clock: Clock,
    ) -> None:
        self._accounts = accounts
        self._filings = filings
        self._shares = shares
        self._linking = linking
        self._worker = worker
        self._vault = vault
        self._policy = policy
        self._places = places
        self._portals = portals
        self._clock = clock

    async def accept(  # noqa: PLR0913  (one for each thing that is known of a request)
        self,
        request: Request,
        *,
        by: SlackUser,
        reply: ReplyTo,
        dedupe_key: str,
        typed: bool = True,
        extras: Extras = _NO_EXTRAS,
    ) -> tuple[Filing, bool]:
        """Store a request; once this returns it survives a crash. False: it was there before.

        A person without an account gets a filing that waits for one, and a person who asked for
        the same within two minutes one that waits for a yes. Of many at once, some begin later
        (`bot.filing.pace`). `typed` says that the acknowledgement
        can hold what is asked. `extras` are what no command can say.

        Raises:
            TypingError: the request names something that cannot be taken.
            ClosedChannelError: nothing is attached from where it was asked.
            TooManyWaitingError: too much of this person's waits.
            StoreError: it could not be stored.

        """
        if not isinstance(request, ListFiles):
            self._places.check_attaching(reply.channel)
        accounts = await self._accounts.of(by)
        record, portal = await self._resolved(request, by, accounts, reply.channel)
        extras = await self._with_last_file(request, extras, by, reply.channel)
        now = self._clock()
        filing = Filing(
            id=new_id(now),
            receipt=new_receipt(),
            dedupe_key=dedupe_key,
            user=by,
            portal=portal,
            record=record,
            reply=reply,
            accepted_at=now,
            asked_at=now,
            wake_at=now,
            purpose=_purpose(request),
            items=self._items(request, extras, by, reply),
            note=getattr(request, "note", ""),
            everything=getattr(request, "everything", False),
            openly=extras.openly,
            linking=reply.channel if isinstance(request, Link) else extras.linking,
        )
        if all(account.portal != portal for account in accounts):
            # Told in the acknowledgement itself, so nothing is left unsaid.
            waiting = outcomes.wait(filing, WaitingFor.ACCOUNT, now, self._policy.keep)
            filing = outcomes.said(waiting, reply)
        filing = dataclasses.replace(filing, wish=wish_of(filing))
        stored, new = await self._filings.accept(
            filing, unless=self._unless_asked(filing, typed), pace=self._pace(now)
        )
        if new:
            self._worker.watch(stored)
        return stored, new

    def _items(
        self, request: Request, extras: Extras, by: SlackUser, reply: ReplyTo
    ) -> tuple[Item, ...]:
        if not isinstance(request, Attach):
            return ()
        written = self._sealed(*extras.note_file, by) if extras.note_file else None
        items = items_of(
            request.files, request.slack_files, extras.shared, written, channel=reply.channel
        )
        if len(items) > MOST_FILES:
            raise TooManyFilesError(len(items))
        return tuple(items)

    def _sealed(self, title: str, text: str, by: SlackUser) -> WrittenFile:
        """Return a text as it may be stored: in some conversations it is nobody else's business."""
        sealed = self._vault.seal(Sealing.MESSAGE_TEXT, SecretStr(text), by.team, by.id)
        return WrittenFile(title=title, sealed=sealed)

    def _unless_asked(self, filing: Filing, typed: bool) -> Unless:  # noqa: FBT001  (handed on)
        keep = self._policy.keep
        return Unless(
            since=filing.accepted_at - WITHIN,
            then=lambda earlier: asked_again(filing, earlier, keep, typed=typed),
        )

    def _pace(self, now: datetime) -> Pace:
        limits = self._policy.limits
        return Pace(
            since=now - limits.memory,
            counted=limits.counted,
            then=lambda filing, standing: paced(filing, standing, limits),
        )

    async def _resolved(
        self, request: Request, by: SlackUser, accounts: Sequence[Account], channel: str
    ) -> tuple[Record, PortalUrl]:
        """Return record and portal; `last` and `here` are looked up."""
        match request.record:
            case Last():
                last = await self._filings.last_done(by)
                if last is None:
                    raise NoLastRecordError
                return last.record, last.portal
            case Here() | None:
                link = await self._linking.of(by.team, channel)
                if link is None:
                    raise NoLinkedRecordError
                if request.portal not in {None, link.portal}:
                    raise MixedPortalsError(link.portal, str(request.portal))
                return link.ref, link.portal
            case record:
                return record, request.portal or self.own_portal(accounts)

    async def _with_last_file(
        self, request: Request, extras: Extras, by: SlackUser, channel: str
    ) -> Extras:
        """Return the extras with the file that `last` means, if the request has that word."""
        if not (isinstance(request, Attach) and request.last_file):
            return extras
        newest = await self._shares.newest(by, channel, self._clock() - KEEP_SHARES)
        if newest is None:
            raise NoLastFileError
        last = SharedFile(id=newest, channel=channel)
        return dataclasses.replace(extras, shared=(*extras.shared, last))

    def own_portal(self, accounts: Sequence[Account]) -> PortalUrl:
        """Return the first portal that a person is connected to, else the default."""
        connected = {account.portal for account in accounts}
        return next((portal for portal in self._portals if portal in connected), self._portals[0])


def _purpose(request: Request) -> Purpose:
    match request:
        case ListFiles():
            return Purpose.LIST
        case Link():
            return Purpose.LINK
        case Attach():
            return Purpose.ATTACH
