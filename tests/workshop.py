"""A store, a portal and a Slack with a bot's insides between them, and no bot around."""

from __future__ import annotations

import dataclasses
import ssl
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network
from typing import TYPE_CHECKING, Any

import aiohttp
from pydantic import SecretStr
from slack_sdk.web.async_client import AsyncWebClient

from bot.domain import EntityRef, EntityType, Filing, Message, SlackUser
from bot.filing.bringing import Bringing
from bot.filing.policy import Policy
from bot.filing.steps import Steps
from bot.filing.telling import Telling
from bot.filing.transfers import Transfers
from bot.filing.undo_steps import UndoSteps
from bot.linking import Linking
from bot.messenger import CONNECTING, Messenger
from bot.portal.client import PortalClient
from bot.portal.network import open_network
from bot.portal.removals import Removals
from bot.portal.upload import Uploads
from bot.replies import URL_LIFE
from bot.reply_to import ReplyTo
from bot.slack_files.client import SlackFiles
from bot.vault import Purpose, Vault, new_key
from bot.worker import Worker
from storage.sqlite import SqliteStore, open_store
from tests.builders import account_of, filing_of
from tests.slack_bot import RECEIPT

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from bot.sandbox.portal import SandboxPortal
    from bot.sandbox.slack import SandboxSlack
    from storage.ports import Filings

CASE = EntityRef(EntityType.CASE, 7)
POLICY = Policy()
LOCAL = ip_network("127.0.0.1/32")


def now() -> datetime:
    return datetime.now(UTC)


@dataclasses.dataclass
class Shop:
    """A store, a portal and a Slack between which workers work for Ana."""

    store: SqliteStore
    portal: SandboxPortal
    slack: SandboxSlack
    messenger: Messenger
    vault: Vault
    bringing: Bringing
    transfers: Transfers
    undo: UndoSteps
    steps: Steps
    workers: list[Worker] = dataclasses.field(default_factory=list)
    doubled: int = 0

    @property
    def ana(self) -> SlackUser:
        return SlackUser(self.slack.team, "U0ANA")

    def worker(
        self, filings: Filings | None = None, *, probation: timedelta = timedelta(0)
    ) -> Worker:
        worker = Worker(
            filings=filings or self.store.filings,
            steps=self.steps,
            clock=now,
            quarantine=POLICY.quarantine,
            probation=probation,
        )
        self.workers.append(worker)
        return worker

    async def connect(
        self, id_: str = "U0ANA", name: str = "Ana Reyes", portal: SandboxPortal | None = None
    ) -> None:
        """Store the newest key of a person."""
        portal = portal or self.portal
        person, user = portal.who(name), SlackUser(self.slack.team, id_)
        owner = (user.enterprise, user.team, user.id, portal.url)
        sealed = self.vault.seal(Purpose.PORTAL_KEY, SecretStr(person.token), *owner)
        account = account_of(user, portal.url, sealed)
        await self.store.accounts.put(dataclasses.replace(account, owner=person.id))

    async def accept(
        self, *, asked: timedelta = timedelta(0), user: str = "U0ANA", **facts: Any
    ) -> str:
        """Store a filing that somebody asked for that long ago, and return its id.

        They have heard something already (`spoken`): else a slow machine would say one more thing.
        """
        accepted = now() - asked
        reply = ReplyTo(channel="C0SALES")
        given = {"reply": reply, "portal": self.portal.url, "spoken": True, **facts}
        filing = filing_of(SlackUser(self.slack.team, user), **given)
        filing = dataclasses.replace(filing, accepted_at=accepted, asked_at=accepted)
        await self.store.filings.accept(filing)
        return filing.id

    async def clicked(self) -> ReplyTo:
        """Return where the answer to a click goes: the place of the message clicked on."""
        await self.messenger.say(
            ReplyTo(channel="C0SALES"), self.ana, Message("Which?", tuple(RECEIPT))
        )
        [shown] = self.slack.messages_of("U0ANA", "C0SALES")
        url = (await self.slack.click(shown, "Undo")).response_url
        sealed = self.messenger.seal(url, self.ana)
        return ReplyTo(channel="C0SALES", sealed_url=sealed, url_until=now() + URL_LIFE, shown=True)

    async def filing(self, id_: str) -> Filing:
        filing = await self.store.filings.get(id_)
        assert filing is not None
        return filing

    async def told(self, count: int = 1) -> list[str]:
        """Wait for so many messages to Ana, let the workers finish, and return what she reads."""
        await self.slack.shown("U0ANA", "C0SALES", count)
        await self.rest()
        return self.read()

    def read(self) -> list[str]:
        return [one.text for one in self.slack.messages_of("U0ANA", "C0SALES")]

    async def rest(self) -> None:
        for worker in self.workers:
            await worker.stop(5)

    async def attached(self) -> None:
        """Wait until the portal has attached."""
        await self.portal.until(lambda: len(self.events) > 0)

    @property
    def events(self) -> list[list[int]]:
        """The files of each event on the case, but for the one that the sample brings."""
        return [one.tagged for one in self.portal.events_of(CASE)][1:]


@asynccontextmanager
async def open_shop(
    slack: SandboxSlack, portal: SandboxPortal, folder: Path
) -> AsyncIterator[Shop]:
    """Open a shop in which Ana is connected."""
    shop: Shop

    def doubled() -> None:
        shop.doubled += 1

    def wake(id_: str) -> None:
        for worker in shop.workers:
            worker.wake(id_)

    async with AsyncExitStack() as stack:
        store = await stack.enter_async_context(open_store(f"sqlite:///{folder}/bot.db"))
        session = await stack.enter_async_context(aiohttp.ClientSession(timeout=CONNECTING))
        client = AsyncWebClient(
            slack.bot_token, base_url=slack.api_url, session=session, retry_handlers=[]
        )
        vault = Vault.of(new_key())
        messenger = Messenger(client, session, vault, now)
        nothing_to_load = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        network = await stack.enter_async_context(open_network([LOCAL], nothing_to_load))
        calls = PortalClient(network)
        transfers = Transfers()
        bringing = Bringing(
            slack_files=SlackFiles(client, session),
            uploads=Uploads(network, calls),
            filings=store.filings,
            vault=vault,
            policy=POLICY,
            transfers=transfers,
        )
        undo = UndoSteps(
            portal=calls,
            removals=Removals(network, calls),
            filings=store.filings,
            keep=POLICY.keep,
            clock=now,
            wake=wake,
        )
        steps = Steps(
            accounts=store.accounts,
            portal=calls,
            bringing=bringing,
            undo=undo,
            linking=Linking(links=store.links, portals=(portal.url,), clock=now),
            telling=Telling(messenger, POLICY, transfers=transfers, dice=lambda: 0.0),
            vault=vault,
            policy=POLICY,
            clock=now,
            dice=lambda: 0.0,
            doubled=doubled,
        )
        shop = Shop(store, portal, slack, messenger, vault, bringing, transfers, undo, steps)

        await shop.connect()
        yield shop
        await shop.rest()
