"""The connections themselves: replaced, watched and given up, with a small app behind them."""

from __future__ import annotations

import asyncio
import itertools
import json
import logging
import os
from contextlib import asynccontextmanager
from io import StringIO
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest
from slack_bolt.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot import logs
from bot.errors import SlackError
from bot.intake import bolt_sockets
from bot.sandbox.slack import Fault
from bot.sockets import Connection, Pace, sockets_kept
from bot.sockets.keeping import Trouble
from bot.views.console import console_words

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator

    from slack_bolt.async_app import AsyncAck
    from slack_sdk.socket_mode.request import SocketModeRequest

    from bot.sandbox.slack import SandboxSlack
    from bot.sockets import Sockets

HURRIED = Pace(first_pause=0.01, longest_pause=0.05, linger=0.5)


@pytest.fixture
def lines() -> Iterator[StringIO]:
    """Yield what is logged, from warnings on."""
    root, stream = logging.getLogger(), StringIO()
    handlers, level = root.handlers[:], root.level
    logs.configure("warning", "json", stream)
    yield stream
    root.handlers[:] = handlers
    root.setLevel(level)


def events(lines: StringIO, name: str) -> list[dict[str, Any]]:
    """Return the log lines of that event."""
    records = [json.loads(line) for line in lines.getvalue().splitlines()]
    return [record for record in records if record["event"] == name]


class Clerk:
    """A small app: `status` is answered at once, `slow` when the test lets it."""

    def __init__(self) -> None:
        async def authorize() -> AuthorizeResult:
            return AuthorizeResult(enterprise_id=None, team_id="T0ACME", bot_token="xoxb-0")

        self.app = AsyncApp(
            signing_secret="",
            authorize=authorize,
            process_before_response=True,
            request_verification_enabled=False,
        )
        self.busy = 0
        self.go_on = asyncio.Event()
        self.app.command("/attach")(self._attach)

    async def _attach(self, ack: AsyncAck, command: dict[str, str]) -> None:
        if command["text"] == "slow":
            self.busy += 1
            await self.go_on.wait()
        await ack("done")


@asynccontextmanager
async def kept(
    slack: SandboxSlack, pace: Pace = HURRIED, clerk: Clerk | None = None
) -> AsyncIterator[Sockets]:
    """Keep connections up, and see that nothing of them is left at the end."""
    clerk = clerk or Clerk()
    before = asyncio.all_tasks()
    async with (
        aiohttp.ClientSession() as session,
        bolt_sockets(clerk.app, slack.app_token, slack.api_url, session, pace) as sockets,
    ):
        await slack.connected(2)
        yield sockets
    await slack.until(lambda: slack.held_connections == 0, "the end of every connection")
    assert not [task for task in asyncio.all_tasks() - before if _is_of_sockets(task)]


def keeping() -> list[asyncio.Task[Any]]:
    """Return the tasks that would open another connection."""
    return [task for task in asyncio.all_tasks() if "Sockets._keep" in repr(task.get_coro())]


def _is_of_sockets(task: asyncio.Task[Any]) -> bool:
    code = getattr(task.get_coro(), "cr_code", None)
    return code is not None and f"{os.sep}bot{os.sep}sockets{os.sep}" in code.co_filename


async def until(look: Callable[[], object]) -> None:
    """Wait until the bot has come to something that Slack cannot see."""
    async with asyncio.timeout(20):
        while not look():  # noqa: ASYNC110  (nobody is woken by it)
            await asyncio.sleep(0.005)


async def settled(slack: SandboxSlack) -> None:
    """Wait until there are two connections, and no third."""
    await slack.until(lambda: slack.connections == slack.held_connections == 2, "two connections")


async def test_the_successor_is_up_before_a_warned_connection_ends(slack: SandboxSlack):
    async with kept(slack):
        await slack.disconnect("warning", 1)
        await slack.connected(3)
        exchanges = [await slack.command("status") for _ in range(3)]
        await slack.refresh(1)
        await settled(slack)

    assert all(exchange.ack.good for exchange in exchanges)


async def test_both_at_once_lose_nothing_that_was_delivered(slack: SandboxSlack):
    clerk = Clerk()
    async with kept(slack, clerk=clerk):
        slow = [asyncio.create_task(slack.command("slow")) for _ in range(2)]
        await until(lambda: clerk.busy == 2)
        refreshing = asyncio.create_task(slack.refresh())
        await slack.until(lambda: slack.connections == 2 < slack.held_connections, "successors")
        clerk.go_on.set()
        await refreshing
        await settled(slack)

        assert all([(await one).ack.good for one in slow])


async def test_what_is_under_way_at_the_end_is_acknowledged(slack: SandboxSlack):
    clerk = Clerk()
    async with kept(slack, clerk=clerk):
        slow = asyncio.create_task(slack.command("slow"))
        await until(lambda: clerk.busy)
        asyncio.get_running_loop().call_later(0.05, clerk.go_on.set)

    assert (await slow).ack.good


async def test_a_reset_is_followed_by_a_new_connection(slack: SandboxSlack):
    async with kept(slack):
        for _ in range(3):
            slack.cut()
            await slack.until(lambda: slack.connections == 0, "the reset")
            await settled(slack)

        assert (await slack.command("status")).ack.good


async def test_pings_of_slacks_are_answered(slack: SandboxSlack):
    async with kept(slack):
        await slack.ping()


async def test_a_connection_without_pongs_is_replaced(slack: SandboxSlack):
    async with kept(slack, Pace(check=0.2, first_pause=0.01)):
        slack.hush()
        await slack.connected(4)  # Slack does not know that two of them are dead
        slack.cut(2)
        await settled(slack)


async def test_what_hangs_is_rebuilt_by_the_watchdog(slack: SandboxSlack, lines: StringIO):
    pace = Pace(check=0.05, stuck=0.2, opening=600, first_pause=0.01)
    async with kept(slack, pace):
        slack.faults["apps.connections.open"] = Fault("hang")
        slack.cut()
        await until(lambda: events(lines, "socket_rebuilt"))
        del slack.faults["apps.connections.open"]
        await settled(slack)


@pytest.mark.parametrize(
    ("place", "fault"),
    [
        ("link", Fault("unresolvable", times=3)),
        ("link", Fault(503, times=3)),
        ("link", Fault("drop", times=3)),
        ("apps.connections.open", Fault(500, times=3)),
        ("apps.connections.open", Fault("drop", times=3)),
        ("apps.connections.open", Fault("fatal_error", times=3)),
        ("apps.connections.open", Fault(429, times=1, retry_after=0)),
    ],
    ids=lambda value: value if isinstance(value, str) else str(value.what),
)
async def test_trouble_that_may_pass_is_outlasted(
    slack: SandboxSlack, lines: StringIO, place: str, fault: Fault
):
    async with kept(slack) as sockets:
        slack.faults[place] = fault
        slack.cut()
        await slack.until(lambda: place not in slack.faults, "attempts")
        await settled(slack)
        await until(lambda: not sockets.trouble)
    assert events(lines, "socket_not_opened")


async def test_switched_off_ends_it_for_good_with_one_line(slack: SandboxSlack, lines: StringIO):
    async with kept(slack) as sockets:
        assert len(keeping()) == 2
        await slack.switch_off_sockets()
        await until(lambda: slack.held_connections == 0 and not keeping())

        assert sockets.trouble == "Socket Mode is switched off in the app's settings"
        assert sockets.open == 0
    (line,) = events(lines, "socket_mode_ended")
    assert line["do"].startswith("Switch it on at api.slack.com/apps")


@pytest.mark.parametrize("code", ["invalid_auth", "not_authed", "token_revoked", "token_expired"])
async def test_a_refused_token_ends_it_for_good_and_the_other_connection_serves_on(
    slack: SandboxSlack, lines: StringIO, code: str
):
    async with kept(slack) as sockets:
        slack.faults["apps.connections.open"] = Fault(code)
        slack.cut(1)
        await until(lambda: sockets.trouble)

        assert sockets.trouble == f"Slack refuses the app token ({code})"
        assert (await slack.command("status")).ack.good
        slack.cut()
        await until(lambda: slack.held_connections == 0 and not keeping())
    (line,) = events(lines, "socket_mode_ended")
    assert "SLACK_APP_TOKEN" in line["do"]


async def test_a_token_that_is_refused_at_the_start_does_not_start(slack: SandboxSlack):
    slack.faults["apps.connections.open"] = Fault("invalid_auth")

    with pytest.raises(SlackError, match="invalid_auth"):
        async with kept(slack):
            pass


async def test_socket_mode_switched_off_does_not_start(slack: SandboxSlack):
    await slack.switch_off_sockets()

    with pytest.raises(SlackError, match="link_disabled"):
        async with kept(slack):
            pass


async def test_a_bug_in_an_opening_costs_one_round_of_the_watchdog(
    slack: SandboxSlack, lines: StringIO
):
    client = AsyncWebClient(base_url=slack.api_url)
    left = itertools.count(-2)

    async def acknowledged(connection: Connection, request: SocketModeRequest) -> None:
        await connection.send_socket_mode_response({"envelope_id": request.envelope_id})

    async def opened() -> Connection:
        if next(left) == 0:
            raise ZeroDivisionError
        return await Connection.opened(client, slack.app_token, session, acknowledged, 10)

    async with aiohttp.ClientSession() as session, sockets_kept(opened, Pace(check=0.05)):
        await slack.connected(2)
        slack.cut(1)
        await until(lambda: events(lines, "socket_rebuilt"))
        await settled(slack)
        assert (await slack.command("status")).ack.good
    (line,) = events(lines, "socket_rebuilt")
    assert "ZeroDivisionError" in json.dumps(line)


def test_the_command_line_says_what_to_do_when_socket_mode_is_switched_off():
    wrong, do = console_words(SlackError("link_disabled"))

    assert wrong == "Socket Mode is switched off in the app's settings."
    assert do.endswith("start the bot again.")


def refused(data: object, headers: dict[str, str]) -> SlackApiError:
    response = AsyncSlackResponse(
        client=AsyncWebClient(),
        http_verb="POST",
        api_url="",
        req_args={},
        data=data,  # type: ignore[arg-type]  # Slack's peers answer anything
        headers=headers,
        status_code=400,
    )
    return SlackApiError("refused", response)  # type: ignore[no-untyped-call]  # the SDK leaves it so


@pytest.mark.parametrize(
    ("error", "trouble"),
    [
        (SlackError("too_many_websockets"), Trouble("too_many_websockets")),
        (refused({"error": "invalid_auth"}, {}), Trouble("invalid_auth")),
        (refused({"error": "ratelimited"}, {"Retry-After": "30"}), Trouble("ratelimited", 30)),
        (refused({"error": "ratelimited"}, {"Retry-After": "soon"}), Trouble("ratelimited")),
        (refused("<html>", {}), Trouble("not_json")),
        (TimeoutError(), Trouble("connection")),
        (aiohttp.ClientError(), Trouble("connection")),
    ],
)
def test_errors_of_an_opening_have_a_meaning(error: Exception, trouble: Trouble):
    assert Trouble.of(error) == trouble


@pytest.mark.parametrize(
    ("failures", "after", "chance", "pause"),
    [(1, 0, 1, 1), (2, 0, 1, 2), (4, 0, 0.5, 4), (9, 0, 1, 30), (999, 0, 1, 30), (1, 30, 0, 30)],
)
def test_pauses_double_up_to_a_limit_and_honour_slacks_wish(failures, after, chance, pause):
    assert Pace().pause(failures, after, chance) == pause
