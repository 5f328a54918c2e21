"""The use case: find out what a form has to show, and show it in place of the waiting one."""

from __future__ import annotations

import asyncio
import dataclasses
from functools import partial
from typing import TYPE_CHECKING, Any

import structlog

from bot.credentials import credentials_of
from bot.domain import SharedFile, WrittenFile
from bot.draft import Around, Draft, Offered, Threads, Wish
from bot.errors import (
    BotError,
    EntityNotFoundError,
    FormLateError,
    SlackError,
    SlackFileRefusedError,
)
from bot.grammar import Attach, spell
from bot.reply_to import ReplyTo
from bot.sharing import is_direct
from bot.slack_files.offering import offered, refused, seen, within
from bot.slack_files.wire import Rules
from bot.vault import Purpose
from bot.views.attach_form import attach_form
from bot.views.choices import choice
from bot.views.note_file import note_file, people_in

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from bot.domain import Filing, PortalUrl, SlackUser, Source
    from bot.draft import Origin
    from bot.drafting import Drafting
    from bot.portal.client import PortalClient
    from bot.screens import Screens
    from bot.slack_files.client import SlackFiles
    from bot.vault import Vault
    from storage.ports import Accounts, Conversations, Filed

log = structlog.get_logger()

SECONDS = 20.0
"""How long filling may take in all; a person has given the form up long before."""
PORTAL_SECONDS = 2.0
LOOK_SECONDS = 1.0
"""How long one file is asked for while Slack may not know it yet; the worker looks again."""
AT_ONCE = 4
MOST_NAMES = 50
"""People whose names one note looks up."""


class Filling:
    """Asks Slack for the files of a message, and the portal for what it takes."""

    def __init__(  # noqa: PLR0913  (one for each thing it asks)
        self,
        *,
        drafts: Drafting,
        files: SlackFiles,
        screens: Screens,
        portal: PortalClient,
        accounts: Accounts,
        conversations: Conversations,
        filed: Filed,
        vault: Vault,
        blocked: Collection[str] = (),
    ) -> None:
        self._drafts = drafts
        self._files = files
        self._screens = screens
        self._portal = portal
        self._accounts = accounts
        self._conversations = conversations
        self._filed = filed
        self._vault = vault
        self._rules = Rules(blocked=blocked)

    def offered(self, described: Iterable[Mapping[str, Any]], channel: str) -> tuple[Offered, ...]:
        """Return the files of a message as its payload describes them."""
        return tuple(offered(one, self._rules, channel) for one in described)

    async def fill(self, draft: Draft, portal: PortalUrl, *, view: str, hash_: str) -> None:
        """Show the form of a draft in place of the view that says to wait.

        Raises:
            FormLateError: that view is not there any more, or Slack is away.

        """
        try:
            async with asyncio.timeout(SECONDS):
                filled = await self.prepare(draft, portal)
                form = attach_form(filled, await self.around(filled, portal))
                await self._screens.show(form, on=view, hash_=hash_)
        except (SlackError, TimeoutError) as error:
            log.info("form_not_filled", code=getattr(error, "code", "timeout"))
            raise FormLateError(draft.id, "fill") from error

    async def prepare(self, draft: Draft, portal: PortalUrl) -> Draft:
        """Find out what a form has to show, and keep it in its draft."""
        files, largest, link, named = await asyncio.gather(
            self._looked_at(draft),
            self._largest(draft.user, portal),
            self._permalink(draft.origin),
            self._named(draft, portal),
        )
        filled = dataclasses.replace(
            named,
            files=tuple(within(file, largest) for file in files),
            origin=draft.origin and dataclasses.replace(draft.origin, permalink=link),
            filled=True,
        )
        await self._drafts.keep(filled)
        return filled

    async def around(self, draft: Draft, portal: PortalUrl) -> Around:
        """Return what the form shows beside the draft; nobody outside is asked."""
        account = await self._accounts.get(draft.user, portal)
        before = await self._filed.filed(draft.user.team, [file.id for file in draft.files])
        return Around(
            email=account.email if account else "",
            before=tuple(before),
            threads=await self.threads(draft),
            linkable=bool(draft.reply.channel) and not is_direct(draft.reply.channel),
        )

    async def threads(self, draft: Draft) -> Threads:
        """Say whether the thread of the message may be told.

        An event tells of its conversation whether another company takes part, and the bot gets
        events only where it is: so where nothing was heard yet, nothing is said openly.
        """
        if draft.origin is None:
            return Threads.NONE
        shared = await self._conversations.shared(draft.user.team, draft.origin.channel)
        if shared or draft.origin.foreign:
            return Threads.SHARED
        return Threads.UNHEARD if shared is None else Threads.OPEN

    async def note(self, draft: Draft) -> tuple[str, str] | None:
        """Return title and text of the file that keeps what the message says, if it says anything.

        Slack's payloads name people by their ids; those who are connected have a name here.
        """
        if draft.note or draft.origin is None or not draft.origin.text:
            return draft.note
        names: dict[str, str] = {}
        for id_ in sorted(people_in(draft.origin))[:MOST_NAMES]:
            if known := await self._accounts.of(dataclasses.replace(draft.user, id=id_)):
                names[id_] = known[0].name
        return note_file(draft.origin, names)

    def draft_of(self, filing: Filing, reply: ReplyTo) -> Draft:
        """Return the form for what a request is to attach, without its record."""
        sources = [item.source for item in filing.items]
        numbers = [source for source in sources if isinstance(source, int)]
        shared = [source for source in sources if isinstance(source, SharedFile)]
        note = next(filter(None, map(partial(self._opened, filing.user), sources)), None)
        return Draft(
            user=filing.user,
            reply=reply,
            files=tuple(Offered(id=one.id, name=one.name, size=one.size) for one in shared),
            portal=filing.portal,
            numbers=spell(Attach(files=tuple(numbers), note=filing.note)),
            note=note,
            wishes=frozenset({Wish.NOTE}) if note else frozenset(),
            filled=not shared,
        )

    def _opened(self, user: SlackUser, source: Source) -> tuple[str, str] | None:
        """Return title and text of a note; one whose bytes lie in the portal has none any more."""
        if not isinstance(source, WrittenFile) or not source.sealed:
            return None
        text = self._vault.open(Purpose.MESSAGE_TEXT, source.sealed, user.team, user.id)
        return source.title, text.get_secret_value()

    async def openly(self, draft: Draft) -> ReplyTo | None:
        """Return where everybody in the message's thread reads the summary, if they may."""
        if draft.origin is None or not (await self.threads(draft)).open:
            return None
        thread = draft.origin.thread or draft.origin.ts
        return ReplyTo(channel=draft.origin.channel, thread=thread, openly=True)

    async def hear(self, team: str, channel: str, *, shared: bool) -> None:
        """Note what an event says of its conversation."""
        await self._conversations.hear(team, channel, shared=shared)

    async def forget(self, team: str, user: str = "") -> None:
        """Delete the forms of a person, or what is known of a whole workspace."""
        await self._drafts.forget(team, user)
        if not user:
            await self._conversations.forget(team)

    async def _looked_at(self, draft: Draft) -> Sequence[Offered]:
        """Return the files, each as Slack says it is; what a payload says whole is believed.

        Where the bot may not be it may not read either, so there every file is asked for.
        """
        unheard = await self.threads(draft) is Threads.UNHEARD
        channel = draft.origin.channel if draft.origin else draft.reply.channel
        places = asyncio.Semaphore(AT_ONCE)

        async def look(file: Offered) -> Offered:
            if not (file.unseen or (unheard and file.failure is None)):
                return file
            async with places:
                return await self._look(file, channel, draft.user)

        return await asyncio.gather(*map(look, draft.files))

    async def _look(self, file: Offered, channel: str, user: SlackUser) -> Offered:
        try:
            return seen(await self._files.look(file.id, channel=channel, asker=user.id))
        except SlackFileRefusedError as error:
            return refused(file, error)
        except BotError as error:  # it may pass: the worker looks again
            log.info("file_unseen", error=type(error).__name__)
            return dataclasses.replace(file, unseen=True)

    async def _named(self, draft: Draft, portal: PortalUrl) -> Draft:
        """Return the draft with the title of its record; one that this person sees not is left out.

        The record of a channel is known by its number only: each person's own key names it.
        """
        if draft.record is None or draft.called:
            return draft
        try:
            async with asyncio.timeout(PORTAL_SECONDS):
                by = await credentials_of(draft.user, portal, self._accounts, self._vault)
                entity = await self._portal.entity(draft.record, by, urgent=True)
        except EntityNotFoundError:
            return dataclasses.replace(draft, record=None)
        except (BotError, TimeoutError):
            return draft  # the number does, and the worker looks at it
        return dataclasses.replace(draft, called=choice(entity))

    async def _largest(self, user: SlackUser, portal: PortalUrl) -> int | None:
        try:
            async with asyncio.timeout(PORTAL_SECONDS):
                by = await credentials_of(user, portal, self._accounts, self._vault)
                return (await self._portal.quota(by)).largest
        except (BotError, TimeoutError):
            return None  # the worker finds out

    async def _permalink(self, origin: Origin | None) -> str:
        if origin is None or not origin.text:
            return ""
        return await self._screens.permalink(origin.channel, origin.ts)
