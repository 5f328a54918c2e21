"""The doctor's look at Slack: token, scopes, clock, Socket Mode, and every picture of the bot."""

from __future__ import annotations

import asyncio
import dataclasses
import json
from collections.abc import Mapping
from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

import aiohttp
from slack_sdk.errors import SlackApiError, SlackClientError

from bot.domain import Message
from bot.errors import SlackError
from bot.installation import slack_client
from bot.manifest import manifest
from bot.slack_word import word_of
from bot.views import checkup
from bot.views.checkup import Verdict
from bot.views.gallery import templates

if TYPE_CHECKING:
    from collections.abc import Awaitable, Sequence
    from datetime import datetime

    from slack_sdk.web.async_client import AsyncWebClient
    from slack_sdk.web.async_slack_response import AsyncSlackResponse

    from bot.doctor.visit import Visit
    from bot.domain import View
    from bot.views.checkup import Finding

SCOPES_HEADER = "x-oauth-scopes"
WARNING_SECONDS = 60
SIGNATURE_SECONDS = 300
"""Slack's own signatures are good for so long; the gate refuses them after that."""
AT_ONCE = 4


@dataclasses.dataclass(frozen=True, slots=True)
class Heard:
    """Slack's answer to "who am I?": its word for a refusal or none, its names, its headers."""

    code: str = ""
    bot: str = ""
    team: str = ""
    team_id: str = ""
    headers: Mapping[str, str] = dataclasses.field(default_factory=dict)


async def look(visit: Visit) -> list[Finding]:
    """Return what is to be known of Slack."""
    slack = slack_client(visit.settings, visit.session)
    found = [
        *await visit.within("Slack", _token(visit, slack)),
        *await visit.within("app token", _way_in(visit, slack)),
    ]
    if any(one.check == "Slack" and one.verdict is Verdict.OK for one in found):
        found += await visit.within("messages", _pictures(slack))
    return found


async def _token(visit: Visit, slack: AsyncWebClient) -> Sequence[Finding]:
    heard = await _hear(slack)
    clock = _clock(heard, visit.clock(), http=visit.settings.mode == "http")
    if heard.code:
        return [clock, checkup.slack_refused(heard.code)]
    known = checkup.slack_fine(heard.bot, heard.team, heard.team_id)
    return [clock, known, _scopes(heard)]


async def _hear(slack: AsyncWebClient) -> Heard:
    try:
        answer = await slack.auth_test()
    except SlackApiError as error:
        return Heard(_code(error), headers=_headers(error.response))
    except (aiohttp.ClientError, SlackClientError):
        return Heard("connection")
    return Heard(
        bot=str(answer.get("user", "")),
        team=str(answer.get("team", "")),
        team_id=str(answer.get("team_id", "")),
        headers=_headers(answer),
    )


def _headers(answer: object) -> Mapping[str, str]:
    headers = getattr(answer, "headers", None)
    if not isinstance(headers, Mapping):
        return {}
    return {str(name).lower(): str(value) for name, value in headers.items()}


def _code(error: SlackApiError) -> str:
    """Return Slack's word, or `not_json` where it was somebody else who answered."""
    return word_of(getattr(error.response, "data", None), none="not_json")


def _clock(heard: Heard, now: datetime, *, http: bool) -> Finding:
    try:
        # HTTP knows no other zone, and some servers write it in a way that reads as none
        there = parsedate_to_datetime(heard.headers["date"]).replace(tzinfo=UTC)
    except (KeyError, ValueError):
        return checkup.clock_unknown()
    off = round((now - there).total_seconds())
    if abs(off) <= WARNING_SECONDS:
        return checkup.clock(off, Verdict.OK)
    wrong = http and abs(off) > SIGNATURE_SECONDS
    return checkup.clock(off, Verdict.WRONG if wrong else Verdict.WARNING)


def _scopes(heard: Heard) -> Finding:
    if SCOPES_HEADER not in heard.headers:
        return checkup.scopes_unknown()
    granted = {scope.strip() for scope in heard.headers[SCOPES_HEADER].split(",")} - {""}
    needed = set(manifest()["oauth_config"]["scopes"]["bot"])
    if needed - granted:
        return checkup.scopes_missing(needed - granted)
    if granted - needed:
        return checkup.scopes_to_spare(granted - needed)
    return checkup.scopes_fine(granted)


async def _way_in(visit: Visit, slack: AsyncWebClient) -> Sequence[Finding]:
    token = visit.settings.app_token
    if token is None:
        return [checkup.way_in_unknown()]
    try:
        await _answered(slack.apps_connections_open(app_token=token.get_secret_value()))
    except SlackError as error:
        return [checkup.app_token_refused(error.code)]
    return [checkup.app_token_fine()]


async def _pictures(slack: AsyncWebClient) -> Sequence[Finding]:
    """Let Slack itself look at every kind of message and form, a few at a time."""
    lane = asyncio.Semaphore(AT_ONCE)

    async def fits(picture: Message | View) -> bool:
        async with lane:
            return await _fits(slack, picture)

    looks: dict[str, asyncio.Task[bool]] = {}
    code = ""
    try:
        async with asyncio.TaskGroup() as group:  # the first refusal of Slack's ends the others
            for name, picture in templates():
                looks[name] = group.create_task(fits(picture))
    except* SlackError as failed:
        code = next(one.code for one in failed.exceptions if isinstance(one, SlackError))
    if code:
        return [checkup.pictures_unknown(code)]
    refused = [name for name, look in looks.items() if not look.result()]
    return [checkup.pictures_refused(refused) if refused else checkup.pictures_fine(len(looks))]


async def _fits(slack: AsyncWebClient, picture: Message | View) -> bool:
    if isinstance(picture, Message):
        given = {"message": {"text": picture.text, "blocks": list(picture.blocks)}}
    else:
        given = {"view": picture}
    # as a form: in the address, where the SDK puts them, some of these would be too long
    fields = {name: json.dumps(value) for name, value in given.items()}
    try:
        answer = await _answered(slack.api_call("blocks.validate", data=fields))
    except SlackError as error:
        if error.code in {"invalid_blocks", "invalid_view", "invalid_arguments"}:
            return False
        raise
    return not answer.get("errors")


async def _answered(call: Awaitable[AsyncSlackResponse]) -> AsyncSlackResponse:
    try:
        return await call
    except SlackApiError as error:
        raise SlackError(_code(error)) from error
    except (aiohttp.ClientError, SlackClientError) as error:
        raise SlackError("connection") from error
