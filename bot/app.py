"""The only module that knows every part: it opens them, joins them, and closes them in reverse."""

from __future__ import annotations

import asyncio
import dataclasses
import logging
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import aiohttp
import structlog
from pydantic import SecretStr
from slack_bolt.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

import handlers.attach_command
import handlers.attach_form
import handlers.buttons
import handlers.connecting
import handlers.events
import handlers.hearing
import handlers.message_shortcut
import handlers.record_menu
from bot.accepting import Accepting
from bot.connecting import Connecting
from bot.drafting import Drafting, drafts_swept
from bot.errors import SlackError
from bot.filing.bringing import Bringing
from bot.filing.policy import Policy
from bot.filing.retention import sweeping
from bot.filing.steps import Steps
from bot.filing.telling import Telling
from bot.filing.transfers import Transfers
from bot.filing.undo_steps import UndoSteps
from bot.filling import LOOK_SECONDS, Filling
from bot.intake import open_intake, served
from bot.messenger import CONNECTING, Messenger
from bot.portal.client import PortalClient
from bot.portal.network import open_network
from bot.portal.removals import Removals
from bot.portal.upload import Uploads
from bot.rush import Rush
from bot.screens import Screens
from bot.services import Services
from bot.slack_files.client import Patience, SlackFiles
from bot.suggesting import Suggesting
from bot.undo import Undoing
from bot.vault import Purpose, Vault
from bot.watching import Metrics, readiness
from bot.web import Inside, admin_site
from bot.worker import Worker
from storage.sqlite import open_store

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from bot.settings import Settings
    from bot.watching import Unready
    from storage.ports import Store

log = structlog.get_logger()

SURFACES = (
    handlers.hearing,
    handlers.attach_command,
    handlers.message_shortcut,
    handlers.attach_form,
    handlers.buttons,
    handlers.connecting,
    handlers.events,
    handlers.record_menu,
)
STOP_SECONDS = 25.0
START_SECONDS = 30


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Whom Slack takes the bot for (`auth.test`)."""

    team: str
    team_name: str
    bot_user: str
    bot_id: str


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
async def running_app(settings: Settings) -> AsyncIterator[Running]:
    """Run the bot until the block ends.

    Raises:
        SettingsError: a setting cannot be used (a port that is taken, say).
        SecretError: the key ring is no ring, or not the one of this database.
        StoreError: the database cannot be used.
        SlackError: Slack refuses the bot's token.

    """
    vault = Vault.of(settings.key_ring.get_secret_value())
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
        metrics = Metrics()
        transfers = Transfers()
        bringing = Bringing(
            slack_files=SlackFiles(slack, session, settings.blocked_file_types),
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
        )
        stack.push_async_callback(suggesting.close)
        drafts = Drafting(drafts=store.drafts, vault=vault, clock=now)
        services = Services(
            store=store,
            worker=worker,
            accepting=Accepting(
                accounts=store.accounts,
                filings=store.filings,
                worker=worker,
                vault=vault,
                policy=policy,
                portals=settings.portals,
                clock=now,
            ),
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
            portals=settings.portals,
            clock=now,
        )
        bolt = bolt_app(settings, session, identity, services)
        taken_up = await worker.start()
        stack.push_async_callback(_wind_down, worker, services)
        commands = handlers.attach_command.without_bolt(services, slack, rush)
        inside = Inside(bolt=bolt, commands=commands)
        intake = await open_intake(settings, inside, session, stack)
        metrics.watch_worker(worker)
        metrics.watch_intake(intake)
        metrics.watch_portals(network, settings.portals)
        unready = readiness(store, worker, intake)
        admin_url = await _open_admin(settings, unready, metrics, stack)
        await stack.enter_async_context(sweeping(store.filings, settings.keep_receipts, now))
        await stack.enter_async_context(drafts_swept(drafts))
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


def slack_session() -> aiohttp.ClientSession:
    """Return what calls to Slack travel by: no cookies, no proxies, no call without an end."""
    return aiohttp.ClientSession(
        cookie_jar=aiohttp.DummyCookieJar(), trust_env=False, timeout=CONNECTING
    )


def slack_client(settings: Settings, session: aiohttp.ClientSession) -> AsyncWebClient:
    """Return the client that speaks for the bot; it repeats nothing by itself."""
    return AsyncWebClient(
        token=settings.bot_token.get_secret_value(),
        base_url=settings.slack_api_url,
        session=session,
        retry_handlers=[],
    )


async def who_am_i(slack: AsyncWebClient) -> Identity:
    """Ask Slack whom the token belongs to.

    Raises:
        SlackError: Slack refuses the token, or does not answer.

    """
    try:
        # The SDK applies its own timeout only to sessions of its own.
        async with asyncio.timeout(START_SECONDS):
            answer = await slack.auth_test()
    except SlackApiError as error:
        raise SlackError(str(error.response.get("error", "unknown"))) from error
    except (aiohttp.ClientError, TimeoutError) as error:
        raise SlackError("connection") from error
    return Identity(
        team=str(answer["team_id"]),
        team_name=str(answer.get("team", "")),
        bot_user=str(answer["user_id"]),
        bot_id=str(answer.get("bot_id", "")),
    )


def bolt_app(
    settings: Settings, session: aiohttp.ClientSession, identity: Identity, services: Services
) -> AsyncApp:
    """Return the Bolt app with every surface.

    It answers only after a listener has stored its work, checks no signature (the gate did) and
    asks Slack nothing on the way. Its client bears no token: `authorize` gives it one a request.
    """
    token = settings.bot_token.get_secret_value()

    async def authorize(enterprise_id: str | None, team_id: str | None) -> AuthorizeResult:
        return AuthorizeResult(
            enterprise_id=enterprise_id,
            team_id=team_id or identity.team,
            bot_token=token,
            bot_user_id=identity.bot_user,
            bot_id=identity.bot_id,
        )

    app = AsyncApp(
        name="attachbot",
        # Bolt warns that it does not use the token of the environment: that is what is wanted.
        logger=_quiet("attachbot.bolt", logging.ERROR),
        client=AsyncWebClient(base_url=settings.slack_api_url, session=session, retry_handlers=[]),
        authorize=authorize,
        signing_secret="",
        process_before_response=True,
        request_verification_enabled=False,
        ssl_check_enabled=False,
        attaching_function_token_enabled=False,
        attaching_conversation_kwargs_enabled=False,
    )
    for surface in SURFACES:
        surface.register(app, services)
    return app


def _quiet(name: str, level: int) -> logging.Logger:
    logger = logging.getLogger(name)
    logger.setLevel(level)
    return logger


def _policy(settings: Settings) -> Policy:
    return Policy(
        keep=settings.keep_request,
        quarantine=timedelta(seconds=settings.quarantine),
        blocked=settings.blocked_file_types,
        largest=settings.max_file_size,
        several_portals=len(settings.portals) > 1,
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
    """Open the canary that the first start sealed: keys of another ring open nothing here."""
    canary = await store.canary(vault.seal(Purpose.CANARY, SecretStr("canary")))
    vault.open(Purpose.CANARY, canary)
