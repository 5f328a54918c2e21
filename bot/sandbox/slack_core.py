"""The sandbox Slack without its people's hands: opening, delivering, looking, waiting."""

from __future__ import annotations

import bisect
import dataclasses
import itertools
import secrets
import time
from typing import TYPE_CHECKING, Self

from aiohttp import web

from bot.sandbox.slack_answers import Answers
from bot.sandbox.slack_delivery import Signed
from bot.sandbox.slack_exchange import PATIENCE, Ack, Exchange, Kind, Retry
from bot.sandbox.slack_payloads import Payloads
from bot.sandbox.slack_screen import NotOnScreenError
from bot.sandbox.slack_server import Server
from bot.sandbox.slack_sockets import Sockets
from bot.sandbox.slack_tickets import Tickets
from bot.sandbox.slack_views import Views
from bot.sandbox.slack_web_api import WebApi
from bot.sandbox.slack_workspace import BOT, TEAM, Workspace

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from types import TracebackType
    from typing import TypeVar

    from bot.sandbox.slack_limits import Limits
    from bot.sandbox.slack_screen import Json, Shown
    from bot.sandbox.slack_server import Call, Faults
    from bot.sandbox.slack_views import OpenView

    _T = TypeVar("_T")

SCOPES = frozenset({"commands", "chat:write", "files:read"})
EVENTS = frozenset({"app_home_opened", "app_uninstalled", "file_shared", "tokens_revoked"})


class SlackCore:
    """A Slack on 127.0.0.1. Deliveries go to `deliver_to` over HTTP, else through Socket Mode.

    Settings that a test may change at any time: `deliver_to`, `patience` (seconds until an
    acknowledgement is late), `scopes` (what the bot holds), `subscriptions` (events it gets),
    `faults`, and everything in `workspace`.
    """

    team = TEAM
    bot_user = BOT

    def __init__(self, *, port: int = 0, clock: Callable[[], float] = time.time) -> None:
        self._port = port
        self.bot_token = f"xoxb-{secrets.token_hex(16)}"
        self.app_token = f"xapp-{secrets.token_hex(16)}"
        self.signing_secret = secrets.token_hex(16)
        self.deliver_to: str | None = None
        self.patience = PATIENCE
        self.subscriptions = set(EVENTS)
        self.exchanges: list[Exchange] = []
        self.acks: list[Ack] = []
        self.workspace = Workspace(clock)
        self.views = Views(self.workspace)
        self._clock = clock
        self._tickets = Tickets(clock)
        self._payloads = Payloads(self.workspace)
        self._answers = Answers(self.workspace, self._tickets)
        self._sockets = Sockets(self.workspace.news)
        self._web_api = WebApi(
            workspace=self.workspace,
            views=self.views,
            tickets=self._tickets,
            descriptions=self._payloads,
            tokens={"bot": self.bot_token, "app": self.app_token},
            scopes=set(SCOPES),
        )
        self._server = Server(self._web_api, self._answers, self._sockets)
        self._runner: web.AppRunner | None = None
        self._numbers = itertools.count(1)

    async def __aenter__(self) -> Self:
        self._runner = web.AppRunner(self._server.app(), shutdown_timeout=1, access_log=None)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self._port).start()
        self._payloads.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.closing.set()
        await self._sockets.close()
        if self._runner:
            await self._runner.cleanup()

    @property
    def url(self) -> str:
        """Slack's own address."""
        return self._payloads.url

    @property
    def api_url(self) -> str:
        """The base of the Web API."""
        return f"{self.url}/api/"

    @property
    def faults(self) -> Faults:
        """What goes wrong on Slack's side."""
        return self._server.faults

    @property
    def limits(self) -> Limits:
        """How often Slack takes a call; none is limited unless a test says so."""
        return self._server.limits

    @property
    def calls(self) -> list[Call]:
        """Every call of the Web API, in order."""
        return self._server.calls

    @property
    def scopes(self) -> set[str]:
        """What the bot may do."""
        return self._web_api.scopes

    @scopes.setter
    def scopes(self, scopes: set[str]) -> None:
        self._web_api.scopes = scopes

    async def until(self, look: Callable[[], _T | None], what: str = "it to be true") -> _T:
        """Return the first thing that `look` finds as things happen in Slack."""
        return await self.workspace.news.until(look, what)

    @property
    def connections(self) -> int:
        """How many Socket Mode connections take deliveries."""
        return self._sockets.open

    @property
    def held_connections(self) -> int:
        """How many Socket Mode connections there are, those included that take nothing more."""
        return self._sockets.held

    async def connected(self, count: int = 1) -> None:
        """Wait until the bot has that many Socket Mode connections that take deliveries."""
        await self.until(lambda: self.connections >= count, f"{count} connections")

    async def disconnect(self, reason: str = "refresh_requested", count: int | None = None) -> None:
        """Tell Socket Mode connections, all or `count`, to go away."""
        await self._sockets.disconnect(reason, count)

    async def refresh(self, count: int | None = None, *, notice: float = 0.0) -> None:
        """Refresh Socket Mode connections, all or the `count` oldest, until they are gone.

        With a `notice` (seconds; Slack gives about ten) they are warned first.
        """
        await self._sockets.refresh(count, notice, self.patience)

    async def switch_off_sockets(self) -> None:
        """Switch Socket Mode off in the app's settings."""
        self._sockets.switched_on = False
        await self._sockets.disconnect("link_disabled")

    async def ping(self) -> None:
        """Ping every Socket Mode connection and wait for the pongs."""
        await self._sockets.ping(self.patience)

    def cut(self, count: int | None = None) -> int:
        """Reset Socket Mode connections, all or the `count` oldest; return how many it were."""
        return self._sockets.cut(count)

    def hush(self, count: int | None = None) -> None:
        """Let Socket Mode connections, all or the `count` oldest, fall silent without an end."""
        self._sockets.hush(count)

    def messages_of(self, user: str, channel: str) -> list[Shown]:
        """Return what a person sees in a channel now, oldest first; a person is their DM."""
        if channel in self.workspace.people:
            channel = self.workspace.direct(channel).id
        return self.workspace.seen(user, channel)

    async def shown(self, user: str, channel: str, count: int = 1) -> list[Shown]:
        """Return what a person sees in a channel, once that is so many messages."""

        def look() -> list[Shown] | None:
            seen = self.messages_of(user, channel)
            return seen if len(seen) >= count else None

        return await self.until(look, f"{count} messages")

    def view_of(self, user: str) -> OpenView | None:
        """Return the form that a person has open."""
        return self.views.top(user)

    def home_of(self, user: str) -> OpenView | None:
        """Return a person's Home tab, once there is one."""
        return self.views.homes.get(user)

    async def answer(
        self, exchange: Exchange, saying: str = "", *, passing: Callable[[str], bool] | None = None
    ) -> Shown:
        """Return the first message (that says this) which the person got after an exchange.

        What other exchanges caused does not count; a replaced message does. `passing` are texts
        that are no answer yet.
        """
        self._check(exchange)

        def look() -> Shown | None:
            came = self._after(exchange, saying)
            return next((one for one in came if not (passing and passing(one.text))), None)

        return await self.until(look, f"an answer {saying!r}")

    async def opened(self, exchange: Exchange, saying: str = "") -> OpenView:
        """Return the form (that says this) which opened or changed after an exchange."""
        self._check(exchange)

        def look() -> OpenView | None:
            view = self.view_of(exchange.user)
            fresh = view and view.number > exchange.since and saying in view.all_text()
            return view if fresh else None

        return await self.until(look, f"a form {saying!r}")

    async def redeliver(
        self, exchange: Exchange, *, reason: str = "http_timeout", number: int = 1
    ) -> Exchange:
        """Deliver the same once more, as Slack (or a proxy) repeats it."""
        return await self._deliver(exchange, Retry(number=number, reason=reason))

    async def signed_request(
        self,
        body: bytes,
        headers: Mapping[str, str] | None = None,
        *,
        timestamp: str = "",
        secret: str = "",
    ) -> Ack:
        """Post any body to the bot, signed rightly or with another time or secret."""
        signed = Signed(secret=secret or self.signing_secret, clock=self._clock)
        right = signed.headers(body, timestamp)
        return await signed.post(self.deliver_to or "", body, {**right, **(headers or {})})

    def _check(self, exchange: Exchange) -> None:
        if exchange.trouble:
            raise NotOnScreenError(f"the person only saw: {exchange.trouble}")

    def _after(self, exchange: Exchange, saying: str) -> Iterator[Shown]:
        history = self.workspace.history
        start = bisect.bisect_right(history, exchange.since, key=lambda shown: shown.number)
        for shown in history[start:]:
            ours = shown.author == BOT and shown.cause in (0, exchange.number)
            if ours and self.workspace.sees(exchange.user, shown) and saying in shown.all_text():
                yield dataclasses.replace(shown, user=exchange.user)

    def _begun(self, kind: Kind, user: str = "", channel: str = "") -> Exchange:
        return Exchange(
            number=next(self._numbers),
            kind=kind,
            payload={},
            since=self.workspace.number,
            user=user,
            channel=channel,
        )

    async def repeat(self, exchange: Exchange, number: int) -> Exchange:
        """Deliver it once more, as its repetition `number`; 0: as if for the first time."""
        return await self._deliver(exchange, Retry(number=number) if number else None)

    async def _deliver(self, exchange: Exchange, retry: Retry | None = None) -> Exchange:
        if retry is None:
            self.exchanges.append(exchange)
        ack = await self._carried(exchange, retry)
        exchange.acks.append(ack)
        self.acks.append(ack)
        exchange.trouble = _trouble(exchange)
        said = exchange.said
        if said:
            target = self._tickets.new_response_url(
                exchange.user, exchange.channel, exchange.number
            )
            exchange.trouble = self._answers.show(target, said)
        self.workspace.news.tell()
        return exchange

    async def _carried(self, exchange: Exchange, retry: Retry | None) -> Ack:
        if self.deliver_to is None:
            return await self._sockets.deliver(exchange, retry, self.patience)
        signed = Signed(secret=self.signing_secret, clock=self._clock)
        return await signed.deliver(self.deliver_to, exchange, retry, self.patience)

    def _answerable(self, exchange: Exchange, kind: str, message: str = "") -> Json:
        """Return the fields that let the bot answer: a trigger id and a response URL."""
        target = self._tickets.new_response_url(exchange.user, exchange.channel, exchange.number)
        target.message = message
        return {
            **self._triggering(exchange),
            "response_url": self.url + self._tickets.response_url(kind, TEAM, target),
        }

    def _triggering(self, exchange: Exchange, view: str = "") -> Json:
        return {"trigger_id": self._tickets.trigger(exchange.user, exchange.number, view)}


def _trouble(exchange: Exchange) -> str:
    """Return what the person sees when the acknowledgement was not right."""
    if exchange.ack.good or exchange.kind is Kind.EVENT:
        return ""
    return "operation_timeout" if "timeout" in exchange.ack.trouble else "dispatch_failed"
