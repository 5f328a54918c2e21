"""What the handlers are given: everything that a person may ask of the bot, in domain words."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import structlog

from bot.connecting import FORM
from bot.domain import Answer, EntityRef, Filing, FilingState, Purpose, WaitingFor
from bot.errands import Errands
from bot.errors import GoneError, NotYoursError, StaleFilingError
from bot.filing import orphans, outcomes, resuming
from bot.filing.answers import answered
from bot.replies import URL_LIFE
from bot.reply_to import Posted, ReplyTo
from bot.strangers import Strangers

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from pydantic import SecretStr

    from bot.accepting import Accepting
    from bot.account import Account
    from bot.connect_links import ConnectLinks
    from bot.connecting import Connecting, Terms
    from bot.domain import Clock, PortalUrl, SlackUser
    from bot.drafting import Drafting
    from bot.filing.transfers import Transfers
    from bot.filling import Filling
    from bot.forgetting import Forgetting
    from bot.linking import Linking
    from bot.messenger import Messenger
    from bot.places import Places
    from bot.prompting import Prompting
    from bot.suggesting import Suggesting
    from bot.undo import Undoing
    from bot.worker import Worker
    from storage.ports import Accounts, Filings, Store

log = structlog.get_logger()

MOST_SAVES = 5
_HARMLESS = frozenset({Answer.CANCEL, Answer.STOP, Answer.LEAVE, Answer.DETACH})
"""Answers that let nothing more be attached."""
_ATTACHING = frozenset({Purpose.ATTACH, Purpose.LINK})
MOST_AGAIN = 10
"""Requests that are told after all at once."""


class Services:
    """The front door of the use cases."""

    def __init__(  # noqa: PLR0913  (one for each thing it leads to)
        self,
        *,
        store: Store,
        worker: Worker,
        accepting: Accepting,
        connecting: Connecting,
        suggesting: Suggesting,
        undoing: Undoing,
        messenger: Messenger,
        transfers: Transfers,
        drafts: Drafting,
        filling: Filling,
        linking: Linking,
        prompting: Prompting,
        forgetting: Forgetting,
        places: Places,
        portals: Sequence[PortalUrl],
        clock: Clock,
        connect_links: ConnectLinks | None = None,
    ) -> None:
        """Without `connect_links` there is no page for keys: a form in Slack takes them."""
        self._accounts: Accounts = store.accounts
        self._filings: Filings = store.filings
        self._worker = worker
        self._connecting = connecting
        self.suggesting = suggesting
        self._messenger = messenger
        self._transfers = transfers
        self._clock = clock
        self.accepting = accepting
        self.undoing = undoing
        self.linking = linking
        self.prompting = prompting
        self.forgetting = forgetting
        self.places = places
        self.errands = Errands(messenger)
        self.strangers = Strangers(store.audit, self.errands, clock)
        self.drafts = drafts
        self.filling = filling
        self.portals = tuple(portals)
        self.connect_links = connect_links

    def reply_to(  # noqa: PLR0913  (one for each thing that Slack says of the place)
        self,
        user: SlackUser,
        *,
        url: str,
        channel: str,
        thread: str = "",
        message: str = "",
        shown: bool = False,
    ) -> ReplyTo:
        """Return a reply address that may be stored; `shown`: a message of ours stands there.

        `message` is its `ts`, if it can be changed without the URL, too.
        """
        sealed = self._messenger.seal(url, user) if url else ""
        return ReplyTo(
            channel=channel,
            thread=thread,
            sealed_url=sealed,
            url_until=self._clock() + URL_LIFE if sealed else None,
            shown=shown and bool(sealed),
            posted=Posted(channel, message) if shown and message else None,
        )

    async def portal_of(self, user: SlackUser) -> PortalUrl:
        """Return the portal that a person means without naming one: theirs, else the default."""
        return self.accepting.own_portal(await self._accounts.of(user))

    async def answer(
        self, id_: str, answer: Answer | EntityRef, *, by: SlackUser, reply: ReplyTo, click: str
    ) -> Filing:
        """Take a person's answer to a filing that waits, or that tries again by itself.

        Raises:
            NotYoursError: there is none of that id, or it is another person's.
            GoneError: it ended, or was answered before.
            ClosedChannelError: nothing is attached from where the person answers.

        """

        def change(filing: Filing) -> Filing:
            if filing.purpose in _ATTACHING and answer not in _HARMLESS:
                self.places.check_attaching(reply.channel)
            return answered(filing, answer, self._clock(), reply)

        changed = await self._change(id_, by, change, click)
        log.info("answered", filing=id_, state=changed.state)
        return changed

    async def answer_here(self, id_: str, *, by: SlackUser, reply: ReplyTo) -> Filing | None:
        """Let the answer of a waiting filing take the place of the message that was clicked on."""
        filing = await self.filing(id_, by=by)
        if filing is None or filing.state is not FilingState.WAITING:
            return None
        return await self._change(id_, by, lambda it: dataclasses.replace(it, reply=reply))

    async def share(self, id_: str, *, by: SlackUser, reply: ReplyTo, click: str) -> Filing:
        """Have the summary of a finished filing posted openly, once a click.

        Raises:
            NotYoursError: there is none of that id, or it is another person's.
            GoneError: nothing of it can be shared (private record, or nothing attached).

        """

        def sharing(filing: Filing) -> Filing:
            private = filing.entity is not None and filing.entity.private
            if filing.state is not FilingState.DONE or private:
                raise GoneError
            there = (
                filing.shared if filing.shared and filing.shared.channel == reply.channel else None
            )
            openly = dataclasses.replace(reply, openly=True, posted=there)
            return dataclasses.replace(filing, sharing=openly)

        return await self._change(id_, by, sharing, click)

    async def retry(
        self, receipt: str, *, by: SlackUser, reply: ReplyTo, click: str
    ) -> Filing | None:
        """Try the filing with this receipt again, or the person's latest that can be; else None."""
        for filing in await self._filings.retriable(by):
            if not receipt or filing.receipt == receipt.upper():
                return await self.answer(filing.id, Answer.AGAIN, by=by, reply=reply, click=click)
        return None

    async def _change(
        self, id_: str, by: SlackUser, change: Callable[[Filing], Filing], click: str = ""
    ) -> Filing:
        """Save a change of a filing; the worker may save in between, so it is made anew then.

        A second delivery of the same click finds its change made.
        """
        for _ in range(MOST_SAVES):
            filing = await self._filings.get(id_)
            if filing is None or filing.user != by:
                raise NotYoursError
            if click and filing.changed_by == click:
                return filing
            changed = dataclasses.replace(change(filing), changed_by=click)
            try:
                saved = await self._filings.save(self._with_orphans(filing, changed))
            except StaleFilingError:
                continue
            orphans.note_left(filing, saved)
            if self._transfers.of(id_) is None:  # else the transfer itself knows what it has sent
                orphans.note_under_way(filing)
            self._transfers.stop(id_)  # what is under way began before the change
            self._worker.wake(id_)
            return saved
        raise StaleFilingError

    def _with_orphans(self, before: Filing, after: Filing) -> Filing:
        lost = [] if self._transfers.of(after.id) else orphans.under_way(before)
        return orphans.with_orphans(after, [*orphans.left(before, after), *lost])

    async def connect(
        self, user: SlackUser, portal: PortalUrl, key: SecretStr, terms: Terms = FORM
    ) -> tuple[Account, Sequence[Filing]]:
        """Check and keep a key, and let go on what waited for it.

        Raises:
            AccountError, PortalError, GoneError: see `Connecting.connect`.

        """
        account = await self._connecting.connect(user, portal, key, terms)
        self.suggesting.forget(user.team, user.id)
        reasons = (WaitingFor.ACCOUNT, WaitingFor.KEY)
        waiting = await self._filings.waiting(user, portal, reasons)
        now = self._clock()
        resumed = [
            await self._change(filing.id, user, lambda it: resuming.resumed(it, now))
            for filing in waiting
        ]
        await self.prompting.connected(user)
        log.info("connected", portal=portal, resumed=len(resumed))
        return account, resumed

    async def disconnect(self, user: SlackUser) -> int:
        """Delete every key of this person and return how many there were.

        What was agreed to be done without asking ends with them.
        """
        if self.connect_links:
            await self.connect_links.forget(user)
        await self.prompting.disconnected(user)
        forgotten = await self._accounts.forget(user)
        self.suggesting.forget(user.team, user.id)
        return forgotten

    async def forget_team(self, team: str) -> int:
        """Delete every key of a workspace, with its links and prompts; return how many keys."""
        if self.connect_links:
            await self.connect_links.forget_team(team)
        await self.linking.forget_team(team)
        await self.prompting.forget_team(team)
        forgotten = await self._accounts.forget_team(team)
        self.suggesting.forget(team)
        return forgotten

    async def accounts_of(self, user: SlackUser) -> Sequence[Account]:
        return await self._accounts.of(user)

    async def open_filings(self, user: SlackUser) -> Sequence[Filing]:
        return await self._filings.open_of(user)

    async def say_again(self, *, by: SlackUser, reply: ReplyTo, click: str) -> Sequence[Filing]:
        """Return what this person could not be told, and have each told where they ask now."""
        found = await self._filings.untold_of(by)
        for filing in found[:MOST_AGAIN]:
            await self._change(filing.id, by, lambda it: outcomes.told_here(it, reply), click)
        return found

    async def set_aside_filings(self, user: SlackUser) -> Sequence[Filing]:
        return await self._filings.set_aside(user)

    async def filing(self, id_: str, *, by: SlackUser) -> Filing | None:
        """Return this person's filing of that id; None for another person's too."""
        filing = await self._filings.get(id_)
        return filing if filing is not None and filing.user == by else None
