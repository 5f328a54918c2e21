"""The real worker, steps and services between models, for one life."""

from __future__ import annotations

import functools
import random
from typing import TYPE_CHECKING, Protocol

from bench.simulated_clock import Life, VirtualLoop
from bench.simulated_files import SimulatedSlackFiles
from bench.simulated_forms import SimulatedFilling
from bench.simulated_office import OFFICE, SimulatedOffice
from bench.simulated_plan import ANA
from bench.simulated_portal import SimulatedPortal
from bench.simulated_sharing import NothingLinked, NothingSeen, NothingShared
from bench.simulated_slack import Channels, SimulatedMessenger
from bench.simulated_uploads import SimulatedUploads
from bot.accepting import Accepting
from bot.connecting import Connecting
from bot.drafting import Drafting
from bot.filing.bringing import Bringing
from bot.filing.steps import Steps
from bot.filing.telling import Telling
from bot.filing.transfers import Transfers
from bot.filing.undo_steps import UndoSteps
from bot.forgetting import Forgetting
from bot.places import Places
from bot.services import Services
from bot.suggesting import Suggesting
from bot.undo import Undoing
from bot.vault import Vault
from bot.worker import Worker

if TYPE_CHECKING:
    from bench.simulated_files import Cabinet
    from bot.filing.policy import Policy
    from storage.ports import Store


@functools.cache
def vault() -> Vault:
    """Return a vault; making its subkeys takes long, so one serves every simulation."""
    return Vault([bytes(random.Random(7).randbytes(32))])


class Ground(Protocol):
    """What outlives a bot, and what it stands on."""

    dice: random.Random
    loop: VirtualLoop
    office: SimulatedOffice
    channels: Channels
    cabinet: Cabinet

    @property
    def policy(self) -> Policy: ...

    def store(self, life: Life) -> Store:
        """Return what is on the disk, as this life of the bot gets at it."""
        ...


class NothingToUndo(UndoSteps):
    """In this world nobody takes anything back."""

    def __init__(self) -> None:
        """Need nothing."""


class Bot:
    """The insides of one life of the bot."""

    def __init__(self, ground: Ground) -> None:
        self.life = Life(ground.dice)
        clock, dice = ground.loop.clock, ground.dice.random
        store = ground.store(self.life)
        portal = SimulatedPortal(ground.office, self.life)
        messenger = SimulatedMessenger(ground.channels, self.life, clock)
        policy, linking = ground.policy, NothingLinked()
        transfers = Transfers()
        self.worker = Worker(
            filings=store.filings,
            steps=Steps(
                accounts=store.accounts,
                portal=portal,
                bringing=Bringing(
                    slack_files=SimulatedSlackFiles(ground.cabinet, self.life),
                    uploads=SimulatedUploads(ground.office, portal, self.life),
                    filings=store.filings,
                    vault=vault(),
                    policy=policy,
                    transfers=transfers,
                ),
                undo=NothingToUndo(),
                linking=linking,
                telling=Telling(messenger, policy, transfers=transfers, dice=dice),
                vault=vault(),
                policy=policy,
                clock=clock,
                dice=dice,
            ),
            clock=clock,
            quarantine=policy.quarantine,
        )
        connecting = Connecting(
            accounts=store.accounts,
            portal=portal,
            vault=vault(),
            portals=(OFFICE,),
            clock=clock,
        )
        places = Places(team=ANA.team)
        self.services = Services(
            store=store,
            worker=self.worker,
            accepting=Accepting(
                accounts=store.accounts,
                filings=store.filings,
                shares=NothingSeen(),
                linking=linking,
                worker=self.worker,
                vault=vault(),
                policy=policy,
                places=places,
                portals=(OFFICE,),
                clock=clock,
            ),
            undoing=Undoing(store=store, worker=self.worker, clock=clock),
            linking=linking,
            prompting=NothingShared(),
            connecting=connecting,
            suggesting=Suggesting(
                accounts=store.accounts,
                recents=store.recents,
                portal=portal,
                vault=vault(),
                portals=(OFFICE,),
                clock=ground.loop.time,
            ),
            drafts=Drafting(drafts=store.drafts, vault=vault(), clock=clock),
            filling=SimulatedFilling(),
            messenger=messenger,
            transfers=transfers,
            places=places,
            portals=(OFFICE,),
            forgetting=Forgetting(store=store, worker=self.worker, transfers=transfers),
            clock=clock,
        )

    async def start(self) -> None:
        await self.worker.start()
