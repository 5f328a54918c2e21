"""One Socket Mode connection, from its ticket to its end; it never reconnects."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import structlog
from aiohttp import ClientWSTimeout, WSMsgType
from slack_sdk.socket_mode.async_client import AsyncBaseSocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest

from bot.errors import SlackError

if TYPE_CHECKING:
    import aiohttp
    from aiohttp import ClientWebSocketResponse, WSMessage
    from slack_sdk.web.async_client import AsyncWebClient

log = structlog.get_logger()
_SDK_LOG = logging.getLogger("attachbot.socket")
_SDK_LOG.setLevel(logging.WARNING)  # below that it writes out what it is given

WARNING = "warning"
REFRESH = "refresh_requested"
OFF = "link_disabled"
GRACE_SECONDS = 5.0
"""How long deliveries may take to be acknowledged at the end; Slack itself waits for three."""
GOODBYE_SECONDS = 1.0
"""How long Slack may take to answer our closing frame; it is known not to answer at all."""

_LAST = frozenset({WSMsgType.CLOSE, WSMsgType.CLOSING, WSMsgType.CLOSED, WSMsgType.ERROR})

Answer = Callable[["Connection", SocketModeRequest], Awaitable[None]]
"""Does what a delivery asks for and acknowledges it through the connection that it came by."""


class Connection(AsyncBaseSocketModeClient):
    """A connection and its tasks: one that reads, and one for each delivery under way.

    The SDK's client replaces its connection by closing it first, and drops what is under way
    there. This one knows only how to live and how to end; who replaces it is `bot.sockets.keeping`.

    `leaving` is set once a successor is wanted, `dismissed` once Slack gives this one nothing more.
    `reason` is Slack's last word about its end. `born` and `heard_at`, its last sign of life, are
    the loop's times.
    """

    def __init__(self, ws: ClientWebSocketResponse, answer: Answer) -> None:
        loop = asyncio.get_running_loop()
        self.logger = _SDK_LOG
        self.reason = ""
        self.leaving = asyncio.Event()
        self.dismissed = asyncio.Event()
        self.born = self.heard_at = loop.time()
        self._ws = ws
        self._answer = answer
        self._greeted: asyncio.Future[bool] = loop.create_future()
        self._under_way: set[asyncio.Task[None]] = set()
        self._reading = asyncio.create_task(self._read())

    @classmethod
    async def opened(
        cls,
        slack: AsyncWebClient,
        token: str,
        session: aiohttp.ClientSession,
        answer: Answer,
        heartbeat: float,
    ) -> Connection:
        """Open a connection and wait until Slack gives it deliveries.

        `heartbeat` is how often Slack is pinged, in seconds; a pong may take half of that.

        Raises:
            SlackApiError: Slack gives no ticket.
            SlackError: Slack ends the connection before it began; the code is its reason.
            aiohttp.ClientError: the network is in trouble.

        """
        ticket = await slack.apps_connections_open(app_token=token)
        ws = await session.ws_connect(
            str(ticket["url"]),
            # Acknowledgements travel even after Slack's closing frame; pongs are signs of life.
            autoclose=False,
            autoping=False,
            heartbeat=heartbeat,
            timeout=ClientWSTimeout(ws_close=GOODBYE_SECONDS),
            proxy=slack.proxy,
            ssl=slack.ssl if slack.ssl is not None else True,
        )
        connection = cls(ws, answer)
        try:
            welcome = await connection._greeted
        except asyncio.CancelledError:
            await connection.close()
            raise
        if not welcome:
            await connection.close()
            raise SlackError(connection.reason or "connection")
        return connection

    async def send_message(self, message: str) -> None:
        """Send an acknowledgement; the SDK calls this.

        Raises:
            ConnectionError: the connection is over.

        """
        await self._ws.send_str(message)

    async def close(self) -> None:
        """Let acknowledgements under way travel, say goodbye, and leave no task behind."""
        with suppress(TimeoutError):
            async with asyncio.timeout(GRACE_SECONDS):
                while self._under_way:
                    await asyncio.wait(self._under_way)
        await self._ws.close()
        await cancelled(self._reading, *self._under_way)

    async def _read(self) -> None:
        try:
            while await self._heard(await self._ws.receive()):
                self.heard_at = asyncio.get_running_loop().time()
        except ConnectionError as error:
            log.info("socket_broken", error=type(error).__name__)
        except Exception:
            log.exception("socket_not_read")
        finally:
            self._ends(dismissed=True)

    async def _heard(self, message: WSMessage) -> bool:
        """Take one message in; False when it was the last."""
        if message.type is WSMsgType.TEXT:
            self._taken(message.data)
        elif message.type is WSMsgType.PING:
            await self._ws.pong(message.data)
        return message.type not in _LAST

    def _taken(self, text: str) -> None:
        try:
            said: dict[str, Any] = json.loads(text)
            kind = said.get("type")
            request = SocketModeRequest.from_dict(said)
        except (ValueError, AttributeError):
            log.warning("socket_message_not_understood", length=len(text))
            return
        if kind == "hello":
            self._greet(good=True)
        elif kind == "disconnect":
            self.reason = str(said.get("reason", "unknown"))
            self._ends(dismissed=self.reason != WARNING)
        elif request is not None:
            task = asyncio.create_task(self._deal(request))
            self._under_way.add(task)
            task.add_done_callback(self._under_way.discard)

    def _ends(self, *, dismissed: bool) -> None:
        self._greet(good=False)
        self.leaving.set()
        if dismissed:
            self.dismissed.set()

    def _greet(self, *, good: bool) -> None:
        if not self._greeted.done():
            self._greeted.set_result(good)

    async def _deal(self, request: SocketModeRequest) -> None:
        try:
            await self._answer(self, request)
        except ConnectionError:
            # Slack repeats an event; the person who typed a command sees that it failed.
            log.warning("acknowledgement_lost", kind=request.type)
        except Exception:
            log.exception("delivery_failed", kind=request.type)


async def cancelled(*tasks: asyncio.Task[Any]) -> None:
    """Cancel tasks, and wait until they have ended."""
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
