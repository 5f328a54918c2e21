"""The doing: each step reads the portal, or makes the one outside change that was decided."""

from __future__ import annotations

import asyncio
import dataclasses
import random
import secrets
from typing import TYPE_CHECKING, assert_never

import structlog

from bot.credentials import credentials_of
from bot.domain import (
    ItemState,
)
from bot.errors import (
    BotError,
    EntityNotFoundError,
    OutcomeUnknownError,
    PortalRefusedError,
    StoredWrongError,
    UnexpectedError,
)
from bot.filing import brought, deaths, orphans, outcomes, resuming
from bot.filing.decide import (
    Attach,
    Bring,
    Copy,
    GiveUp,
    Lapse,
    Look,
    LookLate,
    ReadBack,
    Rest,
    Say,
    SayProgress,
    Search,
    SetAside,
    Settle,
    Share,
    Step,
    name_of,
    number_of,
)
from bot.filing.late_looks import LateLooks
from bot.filing.room import check_room
from bot.filing.searching import Searching
from bot.filing.settling import event_of
from bot.filing.troubles import set_aside, troubled
from bot.filing.undo_next import Finish, Keep, PortalUndoStep, Remove, UndoStep

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from bot.domain import Clock, FileId, Filing, Item, PortalFile
    from bot.filing.bringing import Bringing
    from bot.filing.policy import Policy
    from bot.filing.telling import Dice, Telling
    from bot.filing.undo_steps import UndoSteps
    from bot.linking import Linking
    from bot.portal.client import PortalClient
    from bot.portal.model import Credentials, Seen
    from bot.vault import Vault
    from storage.ports import Accounts

log = structlog.get_logger()

_STORED = (OutcomeUnknownError, StoredWrongError)
"""Errors after which a file may lie there that no answer named."""


class Steps:
    """Everything a filing may need done."""

    def __init__(  # noqa: PLR0913  (one for each thing it talks to)
        self,
        *,
        accounts: Accounts,
        portal: PortalClient,
        bringing: Bringing,
        undo: UndoSteps,
        linking: Linking,
        telling: Telling,
        vault: Vault,
        policy: Policy,
        clock: Clock,
        dice: Dice = random.random,
        doubled: Callable[[], None] = lambda: None,
    ) -> None:
        """`doubled` is called for every attach that a late look found done twice."""
        self._accounts = accounts
        self._portal = portal
        self._searching = Searching(portal)
        self._bringing = bringing
        self._undo = undo
        self._linking = linking
        self.telling = telling
        self._vault = vault
        self._policy = policy
        self._clock = clock
        self._dice = dice
        self._late = LateLooks(
            accounts=accounts, portal=portal, vault=vault, clock=clock, dice=dice, count=doubled
        )

    def intend(self, filing: Filing, step: Step, *, left: bool = False) -> Filing:
        """Return the filing with what is to be saved before a step, or the same filing.

        That is the intent of an outside change, and the beginning of a step that may end the
        process: `left` says that an earlier process left the filing, and this is the first step
        of this one.
        """
        intended = self._intended(filing, step)
        if isinstance(step, Rest | SetAside):
            return intended
        if left or intended is not filing or deaths.suspected(filing, name_of(step)):
            return deaths.begun(intended, name_of(step))
        return intended

    def broke(self, filing: Filing) -> Filing:
        """Note an error that no step answered for; after the third the filing is set aside."""
        noted = deaths.begun(filing, deaths.BREAK)
        return self._set_aside(noted, deaths.BREAK) if deaths.fatal(noted, deaths.BREAK) else noted

    def _set_aside(self, filing: Filing, step: str) -> Filing:
        reference = secrets.token_hex(2).upper()
        log.error("filing_set_aside", filing=filing.id, step=step, reference=reference)
        return set_aside(filing, reference, self._clock())

    def _intended(self, filing: Filing, step: Step) -> Filing:
        """Return the filing with the intent of a change or a message."""
        match step:
            case Copy(position=position):
                filing = orphans.note_under_way(filing)
                return outcomes.copying(filing, position)
            case Bring(position=position):
                filing = orphans.note_under_way(filing)
                return brought.bringing(filing, position)
            case Attach(files=files):
                return outcomes.attaching(filing, files, self._clock())
            case Keep() | Remove():
                return self._undo.intend(filing, step)
            case Say() | SayProgress() | Share():
                return self.telling.intend(filing, step)
            case _:
                return filing

    def doubt(self, filing: Filing) -> Filing:
        """Return a filing that another process left, to be looked at anew before it goes on."""
        return resuming.doubted(orphans.note_under_way(filing), self._policy.quarantine)

    async def perform(self, filing: Filing, step: Step) -> Filing:
        """Do one step and return the filing as it is after it; errors are outcomes too."""
        after = await self._outcome(filing, step)
        return orphans.note_left(filing, after)

    async def _outcome(self, filing: Filing, step: Step) -> Filing:
        try:
            return deaths.ended(await self._do(filing, step), name_of(step))
        except BotError as error:
            name = name_of(step)
            if isinstance(step, Copy | Bring) and isinstance(error, _STORED):
                filing = orphans.note(filing, step.position)
            log.info("step_failed", filing=filing.id, step=name, error=type(error).__name__)
            ended = deaths.ended(filing, name)
            if isinstance(step, Bring):
                return brought.not_brought(
                    ended,
                    step.position,
                    error,
                    self._clock(),
                    keep=self._policy.keep,
                    chance=self._dice(),
                )
            if isinstance(step, UndoStep):
                return self._undo.failed(ended, step, error, chance=self._dice())
            return troubled(
                ended,
                error,
                self._clock(),
                keep=self._policy.keep,
                chance=self._dice(),
                lost=isinstance(step, Attach | Copy),
            )
        except Exception:
            if isinstance(step, Say | SayProgress | Share):
                raise
            # A bug. The person hears of it; an attempt is kept, so trying again looks first.
            reference = secrets.token_hex(2).upper()
            log.exception("step_broken", filing=filing.id, step=name_of(step), reference=reference)
            ended = deaths.ended(filing, name_of(step))
            return outcomes.failed(ended, UnexpectedError(reference), self._clock())

    async def _do(self, filing: Filing, step: Step) -> Filing:
        match step:
            case Say() | SayProgress() | Share():
                return await self.telling.say(filing, step)
            case Lapse():
                return outcomes.lapsed(filing, self._clock())
            case GiveUp():
                return outcomes.failed(filing, OutcomeUnknownError(filing.portal), self._clock())
            case SetAside(step=name):
                return self._set_aside(filing, name)
            case LookLate():
                return await self._late.look(filing)
            case Finish():
                return await self._undo.finish(filing)
            case Rest():
                return filing
        by = await credentials_of(filing.user, filing.portal, self._accounts, self._vault)
        if isinstance(step, PortalUndoStep):
            return await self._undo.take(filing, step, by)
        return await self._ask_portal(filing, step, by)

    async def _ask_portal(
        self,
        filing: Filing,
        step: Search | Look | Copy | Bring | Attach | Settle | ReadBack,
        by: Credentials,
    ) -> Filing:
        match step:
            case Search():
                return await self._search(filing, by)
            case Look():
                return await self._look(filing, by)
            case Copy(position=position):
                return await self._copy(filing, position, by)
            case Bring(position=position):
                return await self._bringing.bring(filing, position, by)
            case Attach():
                return await self._attach(filing, by)
            case Settle():
                return await self._settle(filing, by)
            case ReadBack():
                return await self._read_back(filing, by)
        assert_never(step)

    async def _search(self, filing: Filing, by: Credentials) -> Filing:
        matches = await self._searching.matches(filing.record, by)
        return outcomes.found(filing, matches, self._clock(), self._policy.keep)

    async def _look(self, filing: Filing, by: Credentials) -> Filing:
        ref = filing.ref
        if ref is None:
            return filing
        try:
            entity = await self._portal.entity(ref, by)
        except EntityNotFoundError as error:
            similar = await self._searching.similar(ref, by)
            lost = dataclasses.replace(filing, choices=tuple(similar))
            return outcomes.failed(lost, error, self._clock())
        if filing.linking:
            await self._linking.link(ref, filing.portal, by=filing.user, channel=filing.linking)
            filing = dataclasses.replace(filing, linking="")
        on_record, watermark = await self._searching.files_of(ref, filing.purpose, by)
        sight = outcomes.Sight(
            entity=entity,
            on_record=on_record,
            items=await self._look_at_items(filing, on_record, by),
            author=by.owner,
            watermark=watermark,
        )
        return outcomes.looked(filing, sight, self._clock(), self._policy.keep)

    async def _look_at_items(
        self, filing: Filing, on_record: Sequence[PortalFile], by: Credentials
    ) -> Sequence[Item]:
        if not filing.items:
            return ()
        await self._portal.crm_root(by)
        there = {file.id: file for file in on_record}
        return await asyncio.gather(
            *(self._look_at_item(filing, item, there, by) for item in filing.items)
        )

    async def _look_at_item(
        self, filing: Filing, item: Item, there: Mapping[FileId, PortalFile], by: Credentials
    ) -> Item:
        number = number_of(item)
        if number is not None and number in there:
            return dataclasses.replace(item, state=ItemState.PRESENT, file=there[number])
        if item.state is ItemState.COPIED:  # on no record yet, so nobody may read it
            return await self._unless_twin(filing, item, there)
        if item.number is None:
            return outcomes.outside(item)
        seen = await self._portal.look_at_file(item.number, by)
        return dataclasses.replace(item, state=self._judged(item, seen), file=seen.file)

    async def _unless_twin(
        self, filing: Filing, item: Item, there: Mapping[FileId, PortalFile]
    ) -> Item:
        """Return the item, or what it is if somebody was faster with the same bytes."""
        if not item.sha256:
            return item
        same = await self._bringing.same(filing, item.sha256, there)
        if same is None:
            return item
        return dataclasses.replace(item, state=ItemState.TWIN, failure=same.failure())

    def _judged(self, item: Item, seen: Seen) -> ItemState:
        if seen.file is not None and seen.file.extension in self._policy.blocked:
            return ItemState.BLOCKED
        if seen.state is ItemState.HIDDEN and item.refused:
            return ItemState.MISSING
        return seen.state

    async def _copy(self, filing: Filing, position: int, by: Credentials) -> Filing:
        original = filing.items[position].file
        if original is None:
            return dataclasses.replace(filing, looked=False)
        try:
            copy = await self._portal.copy_into_crm(original, by)
        except (OutcomeUnknownError, PortalRefusedError):
            await check_room(self._portal, original, by)
            raise
        log.info("copied", filing=filing.id, position=position)
        return outcomes.copied(filing, position, copy, self._clock())

    async def _attach(self, filing: Filing, by: Credentials) -> Filing:
        if filing.ref is None or filing.attempt is None:
            return filing
        event = await self._portal.attach_files(filing.ref, filing.attempt.files, filing.note, by)
        log.info("attached", filing=filing.id, crm_event=event.id)
        return outcomes.attached(filing, event.id, event.files, self._clock())

    async def _settle(self, filing: Filing, by: Credentials) -> Filing:
        attempt, ref = filing.attempt, filing.ref
        if attempt is None or ref is None:
            return filing
        began = self._clock()
        event = await event_of(attempt, ref, self._portal, by)
        if event is None:
            log.info("not_settled", filing=filing.id)
            return outcomes.not_settled(outcomes.calm(filing), began)
        log.info("settled", filing=filing.id, crm_event=event.id)
        return outcomes.attached(filing, event.id, event.files, self._clock())

    async def _read_back(self, filing: Filing, by: Credentials) -> Filing:
        if filing.ref is None:
            return filing
        on_record = await self._portal.files_of(filing.ref, by)
        return outcomes.read_back(filing, on_record, self._clock())
