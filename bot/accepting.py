"""The use case: a request becomes a filing, which survives whatever comes after."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from pydantic import SecretStr

from bot.domain import MOST_FILES, Filing, Purpose, WaitingFor, WrittenFile
from bot.errors import NoLastRecordError, NoLinkedRecordError, SlackFileError, TooManyFilesError
from bot.filing import outcomes
from bot.filing.repeats import WITHIN, asked_again, wish_of
from bot.filing.request import Extras, items_of
from bot.grammar import Attach, Here, Last, ListFiles
from bot.receipts import new_id, new_receipt
from bot.vault import Purpose as Sealing
from storage.ports import Unless

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.account import Account
    from bot.domain import Clock, Item, PortalUrl, Record, SlackUser
    from bot.filing.policy import Policy
    from bot.reply_to import ReplyTo
    from bot.vault import Vault
    from bot.worker import Worker
    from storage.ports import Accounts, Filings

_NO_EXTRAS = Extras()


class Accepting:
    """Stores requests; the worker does the rest."""

    def __init__(  # noqa: PLR0913  (one for each thing it works with)
        self,
        *,
        accounts: Accounts,
        filings: Filings,
        worker: Worker,
        vault: Vault,
        policy: Policy,
        portals: Sequence[PortalUrl],
        clock: Clock,
    ) -> None:
        self._accounts = accounts
        self._filings = filings
        self._worker = worker
        self._vault = vault
        self._policy = policy
        self._portals = portals
        self._clock = clock

    async def accept(  # noqa: PLR0913  (one for each thing that is known of a request)
        self,
        request: Attach | ListFiles,
        *,
        by: SlackUser,
        reply: ReplyTo,
        dedupe_key: str,
        typed: bool = True,
        extras: Extras = _NO_EXTRAS,
    ) -> tuple[Filing, bool]:
        """Store a request; once this returns it survives a crash. False: it was there before.

        A person without an account gets a filing that waits for one, and a person who asked for
        the same within two minutes one that waits for a yes. `typed` says that the acknowledgement
        can hold what is asked. `extras` are what no command can say.

        Raises:
            TypingError: the request names something that cannot be taken.
            StoreError: it could not be stored.

        """
        accounts = await self._accounts.of(by)
        record, portal = await self._resolved(request, by, accounts)
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
        )
        if all(account.portal != portal for account in accounts):
            # Told in the acknowledgement itself, so nothing is left unsaid.
            waiting = outcomes.wait(filing, WaitingFor.ACCOUNT, now, self._policy.keep)
            filing = outcomes.said(waiting, reply)
        filing = dataclasses.replace(filing, wish=wish_of(filing))
        stored, new = await self._filings.accept(filing, unless=self._unless_asked(filing, typed))
        if new:
            self._worker.watch(stored)
        return stored, new

    def _items(
        self, request: Attach | ListFiles, extras: Extras, by: SlackUser, reply: ReplyTo
    ) -> tuple[Item, ...]:
        if isinstance(request, ListFiles):
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

    async def _resolved(
        self, request: Attach | ListFiles, by: SlackUser, accounts: Sequence[Account]
    ) -> tuple[Record, PortalUrl]:
        """Return record and portal; `last` is looked up."""
        if isinstance(request, Attach) and request.last_file:
            raise SlackFileError
        match request.record:
            case Last():
                last = await self._filings.last_done(by)
                if last is None:
                    raise NoLastRecordError
                return last.record, last.portal
            case Here() | None:
                raise NoLinkedRecordError
            case record:
                return record, request.portal or self.own_portal(accounts)

    def own_portal(self, accounts: Sequence[Account]) -> PortalUrl:
        """Return the first portal that a person is connected to, else the default."""
        connected = {account.portal for account in accounts}
        return next((portal for portal in self._portals if portal in connected), self._portals[0])


def _purpose(request: Attach | ListFiles) -> Purpose:
    return Purpose.LIST if isinstance(request, ListFiles) else Purpose.ATTACH
