"""The shell around every listener: who asks, the one try/except, and the acknowledgement.

A listener takes Bolt's arguments and returns what can be said at once; long work is accepted
there and done by the worker. Errors become words here, and not in Bolt's error handler, since
Bolt drops the acknowledgement of a listener that raises.
"""

from __future__ import annotations

import asyncio
import dataclasses
import secrets
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, TypeVar

import aiohttp
import structlog
from slack_sdk.errors import SlackApiError

from bot.domain import Message, SlackUser, View
from bot.errors import BotError, FormLateError, SlackError, StoreError, StrangerError
from bot.slack_word import word_of
from bot.views.problem import problem

if TYPE_CHECKING:
    from slack_bolt.kwargs_injection.async_args import AsyncArgs
    from slack_sdk.web.async_client import AsyncWebClient
    from slack_sdk.web.async_slack_response import AsyncSlackResponse

    from bot.reply_to import ReplyTo
    from bot.rush import Rush
    from bot.services import Services

log = structlog.get_logger()

FORM_SECONDS = 2.0
"""How long opening a form may take: the acknowledgement waits for it, and Slack three seconds."""

_NAMELESS = frozenset({"directmessage", "privategroup"})
_OPENED_BEFORE = "exchanged_trigger_id"
"""An earlier delivery of the same click has used its trigger."""


@dataclasses.dataclass(frozen=True, slots=True)
class Open:
    """Open this form, with the delivery's trigger; or `instead` of the form clicked in.

    `draft` keeps its choices, should it not open. Once it is open, `then` is given its id and
    hash, to begin what fills it.
    """

    view: View
    draft: str = ""
    then: Callable[[str, str], None] | None = None
    instead: bool = False


@dataclasses.dataclass(frozen=True, slots=True)
class Errors:
    """Show these words below the fields of the form, by block id."""

    by_block: dict[str, str]


@dataclasses.dataclass(frozen=True, slots=True)
class Options:
    """Offer these in a select menu: `options`, or `option_groups`, as Slack names them."""

    offered: dict[str, list[dict[str, Any]]]


Said = Message | Open | Errors | Options | None
Body = dict[str, Any]
"""A delivery of Slack's, read."""
Listener = Callable[["AsyncArgs"], Awaitable[Said]]
CommandListener = Callable[[Body], Awaitable[Said]]
Wrapped = Callable[["AsyncArgs"], Awaitable[None]]
_Given = TypeVar("_Given")


@dataclasses.dataclass(frozen=True, slots=True)
class Asking:
    """Who asks, where, and by which delivery."""

    user: SlackUser
    channel: str
    place: str
    """The name of the channel; private ones and direct messages have none."""
    thread: str
    message: str
    """The `ts` of the message that was clicked on, if it can be changed: no ephemeral one can."""
    trigger: str
    response_url: str
    name: str = ""
    """What Slack calls the person."""

    def dedupe_key(self, kind: str) -> str:
        return f"{kind}:{self.user.team}:{self.trigger}"


def asking(services: Services, body: Body) -> Asking:
    """Read who asks from a command or an interaction (forms of Slack's payload reference).

    Raises:
        StrangerError: a member of another workspace, there or in a conversation shared with it.

    """
    who = _asking(body)
    own_team = (body.get("user") or {}).get("team_id") or who.user.team
    try:
        services.places.check_person(who.user, own_team)
    except StrangerError:
        stranger = dataclasses.replace(who.user, team=own_team)
        services.strangers.turned_away(stranger, who.channel)
        raise
    return who


def _asking(body: Body) -> Asking:
    user = body.get("user") or {"id": body.get("user_id", "")}
    team = (body.get("team") or {}).get("id") or body.get("team_id") or user.get("team_id", "")
    container, message = body.get("container") or {}, body.get("message") or {}
    return Asking(
        user=SlackUser(team, user["id"], _enterprise(body)),
        channel=(body.get("channel") or {}).get("id") or body.get("channel_id") or "",
        place=_place((body.get("channel") or {}).get("name") or body.get("channel_name") or ""),
        thread=container.get("thread_ts") or _thread(message),
        message="" if container.get("is_ephemeral") else container.get("message_ts") or "",
        trigger=body.get("trigger_id", ""),
        response_url=body.get("response_url") or "",
        name=user.get("name") or user.get("username") or body.get("user_name") or "",
    )


def _place(name: str) -> str:
    return "" if name in _NAMELESS else name


def _thread(message: Body) -> str:
    """Return the thread that a message is an answer in; the first of a thread is in the channel."""
    thread = message.get("thread_ts") or ""
    return "" if thread == message.get("ts") else thread


def _enterprise(body: Body) -> str:
    return (body.get("enterprise") or {}).get("id") or body.get("enterprise_id") or ""


def reply_of(services: Services, who: Asking, *, shown: bool = False) -> ReplyTo:
    """Return where answers to this delivery go; `shown`: in place of the message clicked on."""
    return services.reply_to(
        who.user,
        url=who.response_url,
        channel=who.channel,
        thread=who.thread,
        message=who.message,
        shown=shown,
    )


async def _outcome(listener: Callable[[_Given], Awaitable[Said]], given: _Given) -> Said:
    try:
        return await listener(given)
    except BotError as error:
        log.info("refused", error=type(error).__name__)
        return problem(error)
    except Exception:
        reference = secrets.token_hex(2).upper()
        log.exception("listener_failed", reference=reference)
        return problem(RuntimeError(), reference=reference)


def answered(listener: CommandListener) -> Wrapped:
    """Wrap a listener for commands that Bolt delivers."""

    async def run(args: AsyncArgs) -> None:
        said = await _outcome(listener, args.body)
        await args.ack(**await _acknowledgement(said, args.body, args.client))

    return run


def answering(
    listener: CommandListener, slack: AsyncWebClient, rush: Rush
) -> Callable[[Body], Awaitable[Body]]:
    """Wrap a listener for commands that come without Bolt; `slack` opens its forms."""

    async def answer(body: Body) -> Body:
        with rush.acknowledging():
            said = await _outcome(listener, body)
        # To open a form is to wait for Slack: work may go on meanwhile.
        return await _acknowledgement(said, body, slack)

    return answer


async def _acknowledgement(said: Said, body: Body, slack: AsyncWebClient) -> Body:
    """Return the acknowledgement of a command: what the listener says stands in it."""
    if isinstance(said, Open):
        said = await _opened(said, body, slack)
    if not isinstance(said, Message):
        return {}
    return {"response_type": "ephemeral", **said.payload()}


def clicked(services: Services, listener: Listener) -> Wrapped:
    """Wrap a listener for buttons and shortcuts: what it says goes to their response URL."""

    async def run(args: AsyncArgs) -> None:
        said = await _outcome(listener, args)
        if isinstance(said, Open):
            said = await _opened(said, args.body, args.client)
        if isinstance(said, Message):
            who = _asking(args.body)
            services.errands.say_soon(reply_of(services, who), who.user, said)
        await args.ack()

    return run


def submitted(services: Services, listener: Listener) -> Wrapped:
    """Wrap a listener for forms: field errors keep the form open, everything else closes it."""

    async def run(args: AsyncArgs) -> None:
        said = await _outcome(listener, args)
        if isinstance(said, Errors):
            await args.ack(response_action="errors", errors=said.by_block)
            return
        if isinstance(said, Open):
            await args.ack(response_action="update", view=said.view)
            return
        if isinstance(said, Message):
            who = _asking(args.body)
            services.errands.say_soon(reply_of(services, who), who.user, said)
        await args.ack()

    return run


def offered(listener: Listener) -> Wrapped:
    """Wrap a listener for select menus: trouble offers nothing, and the form goes on."""

    async def run(args: AsyncArgs) -> None:
        said = await _outcome(listener, args)
        offered = said.offered if isinstance(said, Options) else {"options": []}
        await args.ack(options=offered.get("options"), option_groups=offered.get("option_groups"))

    return run


def taken(listener: Callable[[AsyncArgs], Awaitable[None]]) -> Wrapped:
    """Wrap a listener for events: it is acknowledged only once what it stores is stored."""

    async def run(args: AsyncArgs) -> None:
        try:
            await listener(args)
        except StoreError:
            log.exception("event_not_stored")
            raise
        await args.ack()

    return run


async def _opened(form: Open, body: Body, slack: AsyncWebClient) -> Said:
    """Open a form. The trigger lives three seconds, so this is the one call before the answer."""
    try:
        async with asyncio.timeout(FORM_SECONDS):
            answer = await _shown(form, body, slack)
    except SlackApiError as error:
        code = word_of(getattr(error.response, "data", None))
        return None if code == _OPENED_BEFORE else _not_opened(form, code)
    except (aiohttp.ClientError, TimeoutError):
        return _not_opened(form, "connection")
    view = answer.get("view") or {}
    if form.then and view:
        form.then(str(view["id"]), str(view.get("hash") or ""))
    return None


async def _shown(form: Open, body: Body, slack: AsyncWebClient) -> AsyncSlackResponse:
    clicked_in = body.get("view") or {}
    if clicked_in.get("type") != "modal":
        return await slack.views_open(trigger_id=body["trigger_id"], view=form.view)
    if form.instead:
        return await slack.views_update(view_id=clicked_in["id"], view=form.view)
    return await slack.views_push(trigger_id=body["trigger_id"], view=form.view)


def _not_opened(form: Open, code: str) -> Message:
    log.info("form_not_opened", code=code)
    return problem(FormLateError(form.draft) if form.draft else SlackError(code))
