"""The only module that knows every part: it opens them, joins them, and closes them in reverse."""

from __future__ import annotations

import asyncio
import dataclasses
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import structlog
from pydantic import SecretStr

from bot.accepting import Accepting
from bot.connect_links import connect_links
from bot.connecting import Connecting
from bot.drafting import Drafting, drafts_swept
from bot.filing.bringing import Bringing
from bot.filing.pace import Limits
from bot.filing.policy import Policy
from bot.filing.retention import audit_sweeping, sweeping
from bot.filing.steps import Steps
from bot.filing.telling import Telling
from bot.filing.transfers import Transfers
from bot.filing.undo_steps import UndoSteps
from bot.filling import LOOK_SECONDS, Filling
from bot.forgetting import Forgetting
from bot.installation import slack_client, slack_session, who_am_i
from bot.intake import open_intake, served
from bot.linking import Linking
from bot.messenger import Messenger
from bot.places import Places
from bot.portal.client import PortalClient
from bot.portal.network import open_network
from bot.portal.removals import Removals
from bot.portal.upload import Uploads
from bot.prompting import QUIET, Prompting
from bot.rush import Rush
from bot.screens import Screens
from bot.services import Services
from bot.slack_files.client import Patience, SlackFiles
from bot.suggesting import Suggesting
from bot.surfaces import bolt_app
from bot.undo import Undoing
from bot.vault import Purpose, Vault
from bot.watching import Metrics, readiness
from bot.web import Inside, admin_site
from bot.worker import Worker
from handlers.attach_command import without_bolt
from storage.sqlite import open_store

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from bot.installation import Identity
    from bot.settings import Settings
    from bot.watching import Unready
    from storage.ports import Store

log = structlog.get_logger()

STOP_SECONDS = 25.0


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """A bot that is up. `events_url` is where Slack posts to, in HTTP mode."""

    identity: Identity
    mode: str
    portals: Sequence[str]
    taken_up: int
    events_url: str = ""
    admin_url: str = ""

    def __str__(self) -> str:
        way = "Socket Mode" if self.mode == "socket" else f"HTTP at {self.events_url}"
        hosts = ", ".join(urlsplit(portal).netloc for portal in self.portals)
        return (
            f"Connected to {self.identity.team_name} ({self.identity.team}) by {way}; "
            f"portal {hosts}; {self.taken_up} unfinished requests taken up."
        )


@asynccontextmanager
async def running_app(settings: Settings, *, quiet: float = QUIET) -> AsyncIterator[Running]:
    """Run the bot until the block ends.

    `quiet` is for how many seconds no more files of a message must have come.

    Raises:
        SettingsError: a setting cannot be used (a port that is taken, say).
        SecretError: the key ring is no ring, lacks a key in use, or is of another database.
        StoreError: the database cannot be used.
        SlackError: Slack refuses the bot's token.

    """
    metrics = Metrics()
    vault = Vault.of(settings.key_ring.get_secret_value(), metrics.unopened)
    async with AsyncExitStack() as stack:
        store = await stack.enter_async_context(open_store(settings.database_url))
        await _check_ring(store, vault)
        network = await stack.enter_async_context(
            open_network(settings.portal_networks, portals=len(settings.portals))
        )
        session = await stack.enter_async_context(slack_session())
        slack = slack_client(settings, session)
        identity = await who_am_i(slack)
        portal = PortalClient(network)
        messenger = Messenger(slack, session, vault, now)
        policy = _policy(settings)
        transfers = Transfers()
        slack_files = SlackFiles(slack, session, settings.blocked_file_types)
        places = Places(
            team=identity.team, enterprise=identity.enterprise, closed=settings.closed_channels
        )
        linking = Linking(links=store.links, portals=settings.portals, clock=now)
        bringing = Bringing(
            slack_files=slack_files,
            uploads=Uploads(network, portal),
            filings=store.filings,
            vault=vault,
            policy=policy,
            transfers=transfers,
        )

        def wake(id_: str) -> None:
            worker.wake(id_)  # which is made of these steps

        undo = UndoSteps(
            portal=portal,
            removals=Removals(network, portal),
            filings=store.filings,
            keep=policy.keep,
            clock=now,
            wake=wake,
        )
        steps = Steps(
            accounts=store.accounts,
            portal=portal,
            bringing=bringing,
            undo=undo,
            linking=linking,
            telling=Telling(messenger, policy, transfers=transfers),
            vault=vault,
            policy=policy,
            clock=now,
            doubled=metrics.doubled,
        )
        rush = Rush()
        worker = Worker(
            filings=store.filings,
            steps=steps,
            clock=now,
            quarantine=policy.quarantine,
            portals=len(settings.portals),
            rush=rush,
        )
        suggesting = Suggesting(
            accounts=store.accounts,
            recents=store.recents,
            portal=portal,
            vault=vault,
            portals=settings.portals,
            links=linking,
        )
        stack.push_async_callback(suggesting.close)
        drafts = Drafting(drafts=store.drafts, vault=vault, clock=now)
        accepting = Accepting(
            accounts=store.accounts,
            filings=store.filings,
            shares=store.shares,
            linking=linking,
            worker=worker,
            vault=vault,
            policy=policy,
            places=places,
            portals=settings.portals,
            clock=now,
        )
        prompting = Prompting(
            store=store,
            slack_files=slack_files,
            accepting=accepting,
            linking=linking,
            places=places,
            suggesting=suggesting,
            portal=portal,
            vault=vault,
            messenger=messenger,
            clock=now,
            quiet=quiet,
        )
        services = Services(
            store=store,
            worker=worker,
            accepting=accepting,
            connecting=Connecting(
                accounts=store.accounts,
                portal=portal,
                vault=vault,
                portals=settings.portals,
                clock=now,
            ),
            suggesting=suggesting,
            undoing=Undoing(store=store, worker=worker, clock=now),
            messenger=messenger,
            transfers=transfers,
            drafts=drafts,
            filling=Filling(
                drafts=drafts,
                files=SlackFiles(slack, session, policy.blocked, Patience(look=LOOK_SECONDS)),
                screens=Screens(slack),
                portal=portal,
                accounts=store.accounts,
                conversations=store.conversations,
                filed=store.filed,
                vault=vault,
                blocked=policy.blocked,
            ),
            linking=linking,
            prompting=prompting,
            forgetting=Forgetting(store=store, worker=worker, transfers=transfers),
            places=places,
            portals=settings.portals,
            clock=now,
            connect_links=connect_links(
                settings, store.key_links, identity.team_name or identity.team, now
            ),
        )
        bolt = bolt_app(settings, session, identity, services)
        taken_up = await worker.start()
        stack.push_async_callback(_wind_down, worker, services)
        await stack.enter_async_context(prompting.running())
        commands = without_bolt(services, slack, rush)
        inside = Inside(bolt=bolt, commands=commands)
        intake = await open_intake(settings, inside, session, stack, services)
        metrics.watch_worker(worker)
        metrics.watch_intake(intake)
        metrics.watch_portals(network, settings.portals)
        unready = readiness(store, worker, intake)
        admin_url = await _open_admin(settings, unready, metrics, stack)
        await stack.enter_async_context(sweeping(store.filings, settings.keep_receipts, now))
        await stack.enter_async_context(drafts_swept(drafts))
        await stack.enter_async_context(audit_sweeping(store.audit, settings.keep_audit, now))
        yield Running(
            identity=identity,
            mode=settings.mode,
            portals=settings.portals,
            taken_up=taken_up,
            events_url=intake.url,
            admin_url=admin_url,
        )


def now() -> datetime:
    """Return the time in UTC."""
    return datetime.now(UTC)


def _policy(settings: Settings) -> Policy:
    return Policy(
        keep=settings.keep_request,
        quarantine=timedelta(seconds=settings.quarantine),
        blocked=settings.blocked_file_types,
        largest=settings.max_file_size,
        several_portals=len(settings.portals) > 1,
        limits=Limits(a_minute=settings.requests_a_minute, waiting=settings.waiting_requests),
    )


async def _open_admin(
    settings: Settings, unready: Unready, metrics: Metrics, stack: AsyncExitStack
) -> str:
    if settings.admin_port == 0:
        return ""
    site = admin_site(unready, metrics.registry)
    return await served(stack, "ATTACHBOT_ADMIN_PORT", site, settings.host, settings.admin_port)


async def _wind_down(worker: Worker, services: Services) -> None:
    await asyncio.gather(worker.stop(STOP_SECONDS), services.errands.finish())


async def _check_ring(store: Store, vault: Vault) -> None:
    """See that the ring has every key in use, and that the canary of the first start opens."""
    vault.check(await store.sealing_keys())
    await store.seals_with(vault.ids[0])
    canary = await store.canary(vault.seal(Purpose.CANARY, SecretStr("canary")))
    vault.open(Purpose.CANARY, canary)
