"""Two Socket Mode connections are kept: replaced, rebuilt when stuck, given up when refused."""

from __future__ import annotations

import asyncio
import dataclasses
import random
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING

import aiohttp
import structlog
from slack_sdk.errors import SlackApiError, SlackClientError

from bot.errors import SlackError
from bot.slack_word import word_of
from bot.sockets.connection import OFF, REFRESH, WARNING, Connection, cancelled
from bot.views.console import socket_mode_ended

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

log = structlog.get_logger()

SEATS = 2
"""Connections at the same time: Slack gives a delivery to one of those that are open, once."""
FINAL = frozenset(
    {
        OFF,
        "access_denied",
        "account_inactive",
        "forbidden_team",
        "invalid_auth",
        "missing_scope",
        "no_permission",
        "not_allowed_token_type",
        "not_authed",
        "org_login_required",
        "team_access_not_granted",
        "token_expired",
        "token_revoked",
    }
)
"""Slack's words after which asking again is of no use until somebody changes something."""
_ASKED = frozenset({WARNING, REFRESH})
_TROUBLES = (SlackError, SlackClientError, aiohttp.ClientError, OSError)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How long things may take, in seconds.

    `check` is how often each connection is pinged and looked at; without a sign of life for `stuck`
    it is rebuilt. An opening may take `opening`. A connection that was warned, and has a successor,
    waits `linger` for its end. Pauses after failures double from `first_pause` to `longest_pause`;
    a connection that lived for `settled` was no failure.
    """

    check: float = 10.0
    stuck: float = 60.0
    opening: float = 15.0
    linger: float = 30.0
    first_pause: float = 1.0
    longest_pause: float = 30.0
    settled: float = 10.0

    def pause(self, failures: int, after: float, chance: float) -> float:
        """Return how long to wait after so many failures: full jitter, Slack's own wish first."""
        longest = self.first_pause * 2.0 ** min(failures - 1, 16)
        return after + chance * min(self.longest_pause, longest)


@dataclasses.dataclass(frozen=True, slots=True)
class Trouble:
    """Why an opening failed, in Slack's word or ours, and for how long Slack wants to be left."""

    code: str
    after: float = 0.0

    @classmethod
    def of(cls, error: Exception) -> Trouble:
        """Return what an error of an opening means."""
        if isinstance(error, SlackError):
            return cls(error.code)
        if not isinstance(error, SlackApiError):
            return cls("connection")
        said = getattr(error.response, "data", None)
        code = word_of(said) if isinstance(said, dict) else "not_json"
        asked = str((getattr(error.response, "headers", None) or {}).get("Retry-After", ""))
        return cls(code, float(asked) if asked.isascii() and asked.isdecimal() else 0.0)


@dataclasses.dataclass(eq=False)
class _Seat:
    """A place for one connection, which the seat's own task keeps taken."""

    number: int
    connection: Connection
    failures: int = 0
    resting: bool = True
    """Whether there is nothing to do but to wait for the end of the connection."""
    moved_at: float = 0.0
    """The loop's time when the task last did something, or will do so after a pause."""

    def silent(self) -> float:
        """Return for how many seconds nothing has shown that this seat is alive."""
        return _now() - (self.connection.heard_at if self.resting else self.moved_at)


class Sockets:
    """The connections, and what is wrong with them."""

    def __init__(
        self,
        opened: Callable[[], Awaitable[Connection]],
        pace: Pace,
        dice: Callable[[], float] = random.random,
    ) -> None:
        self._opened = opened
        self._pace = pace
        self._dice = dice
        self._seats: dict[_Seat, asyncio.Task[None]] = {}
        self._farewells: dict[asyncio.Task[None], Connection] = {}
        self._ended = ""

    @property
    def open(self) -> int:
        """How many connections take deliveries."""
        return sum(not seat.connection.dismissed.is_set() for seat in self._seats)

    @property
    def trouble(self) -> str:
        """What is wrong, in words for the operator; empty while deliveries can come in."""
        if self._ended:
            return socket_mode_ended(self._ended).wrong
        return "" if self.open else "no connection to Slack"

    async def start(self) -> None:
        """Open the connections, and keep them from then on.

        Raises:
            SlackError: Slack refuses the app token, or does not answer.

        """
        for number in range(SEATS):
            try:
                seat = _Seat(number, await self._fresh())
            except _TROUBLES as error:
                raise SlackError(Trouble.of(error).code) from error
            self._seats[seat] = asyncio.create_task(self._keep(seat))

    async def watch(self) -> None:
        """Rebuild what is stuck, until Slack wants no connection any more."""
        while not self._ended:
            await asyncio.sleep(self._pace.check)
            for seat, task in list(self._seats.items()):
                if task.done() or seat.silent() > self._pace.stuck:
                    try:
                        await self._rebuild(seat)
                    except Exception:
                        log.exception("socket_not_rebuilt", seat=seat.number)

    async def stop(self) -> None:
        """Let acknowledgements under way travel, and end every connection."""
        await cancelled(*self._seats.values())
        connections = {*(seat.connection for seat in self._seats), *self._farewells.values()}
        await asyncio.gather(*(connection.close() for connection in connections))
        await cancelled(*self._farewells)

    async def _keep(self, seat: _Seat) -> None:
        """Replace the seat's connection whenever it is asked for, or lost."""
        while not self._ended:
            if seat.connection.leaving.is_set():
                await self._replace(seat)
            else:
                await self._stay(seat)
        self._let_go(seat.connection)

    async def _stay(self, seat: _Seat) -> None:
        """Wait until the connection wants a successor."""
        connection = seat.connection
        await connection.leaving.wait()
        seat.resting, seat.moved_at = False, _now()
        if connection.dismissed.is_set():
            self._let_go(connection)
        lived = _now() - connection.born
        log.info("socket_leaving", seat=seat.number, reason=connection.reason, lived=round(lived))
        if connection.reason == OFF:
            self._end(OFF)
        elif connection.reason in _ASKED or lived >= self._pace.settled:
            seat.failures = 0
        else:
            seat.failures += 1
            if seat.failures > 1:  # once is bad luck, and nobody should wait for that
                await self._pause(seat)

    async def _replace(self, seat: _Seat) -> None:
        """Try once to bring up a successor; the old connection is left only when it is there."""
        seat.moved_at = _now()
        try:
            fresh = await self._fresh()
        except _TROUBLES as error:
            trouble = Trouble.of(error)
            if trouble.code in FINAL:
                self._end(trouble.code)
                return
            log.warning("socket_not_opened", seat=seat.number, code=trouble.code)
            seat.failures += 1
            await self._pause(seat, trouble.after)
            return
        old, seat.connection, seat.resting = seat.connection, fresh, True
        self._let_go(old)
        log.info("socket_opened", seat=seat.number)

    async def _fresh(self) -> Connection:
        async with asyncio.timeout(self._pace.opening):
            return await self._opened()

    async def _pause(self, seat: _Seat, after: float = 0.0) -> None:
        pause = self._pace.pause(seat.failures, after, self._dice())
        seat.moved_at = _now() + pause
        await asyncio.sleep(pause)

    def _let_go(self, connection: Connection) -> None:
        task = asyncio.create_task(self._farewell(connection))
        self._farewells[task] = connection
        task.add_done_callback(self._farewells.pop)

    async def _farewell(self, connection: Connection) -> None:
        """Wait until Slack gives it nothing more, as it still may after a warning, and close it."""
        with suppress(TimeoutError):
            async with asyncio.timeout(self._pace.linger):
                await connection.dismissed.wait()
        await connection.close()

    async def _rebuild(self, seat: _Seat) -> None:
        """End what a seat is stuck in, all of it, and let it begin anew."""
        if self._ended:
            return
        task = self._seats[seat]
        failed = task.exception() if task.done() else None
        log.error("socket_rebuilt", seat=seat.number, silent=round(seat.silent()), exc_info=failed)
        await cancelled(task)
        if seat.resting:
            await seat.connection.close()
        seat.resting, seat.moved_at = False, _now()
        self._seats[seat] = asyncio.create_task(self._keep(seat))

    def _end(self, code: str) -> None:
        if self._ended:
            return
        self._ended = code
        ended = socket_mode_ended(code)
        log.error("socket_mode_ended", code=code, wrong=ended.wrong, do=ended.do)


@asynccontextmanager
async def sockets_kept(
    opened: Callable[[], Awaitable[Connection]], pace: Pace
) -> AsyncIterator[Sockets]:
    """Keep connections up until the block ends; `opened` opens one.

    Raises:
        SlackError: Slack refuses the app token, or does not answer.

    """
    sockets = Sockets(opened, pace)
    watching = asyncio.create_task(sockets.watch())
    try:
        await sockets.start()
        yield sockets
    finally:
        await cancelled(watching)
        await sockets.stop()


def _now() -> float:
    return asyncio.get_running_loop().time()
