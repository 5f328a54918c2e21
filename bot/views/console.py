"""What the command line says when it cannot go on: sentences for the operator."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from bot.errors import (
    AlreadyRunningError,
    KeyMissingError,
    SecretError,
    SettingsError,
    SlackError,
    StoreError,
)
from bot.views.blocks import size

if TYPE_CHECKING:
    from bot.errors import BotError

_TOKENS = frozenset(
    {"invalid_auth", "not_authed", "account_inactive", "token_revoked", "token_expired"}
)


@dataclasses.dataclass(frozen=True, slots=True)
class Ended:
    """What ended for good, and what brings it back."""

    wrong: str
    do: str


def console_words(error: BotError) -> list[str]:
    """Return what is wrong and what to do, a line each."""
    match error:
        case SettingsError(problems=problems):
            return ["These settings are wrong:", *(f"  {problem}" for problem in problems), _HELP]
        case SlackError(code="connection"):
            return ["Slack does not answer. Check the network, and SLACK_API_URL if it is set."]
        case SlackError(code=code) if code in _TOKENS:
            return [
                f"Slack refuses a token ({code}).",
                "Copy SLACK_BOT_TOKEN, and SLACK_APP_TOKEN for Socket Mode, from your app's pages.",
            ]
        case SlackError(code="link_disabled"):
            ended = socket_mode_ended("link_disabled")
            return [f"{ended.wrong}.", ended.do]
        case SlackError(code=code):
            return [f"Slack refused to start ({code})."]
        case AlreadyRunningError(detail=detail):
            return [f"Another attachbot uses this database: {detail}. Stop it first."]
        case StoreError(detail=detail):
            return [f"The database cannot be used: {detail}."]
        case KeyMissingError(keys=keys):
            return [
                f"The key ring lacks {', '.join(keys)}, which seals some of what is stored.",
                "Put it back, if this is the ring of this database. Nothing was changed.",
            ]
        case SecretError(detail=detail):
            return [f"The key ring cannot be used: {detail}. See `attachbot keys new`."]
    return [f"attachbot cannot start: {type(error).__name__}."]


def socket_mode_ended(code: str) -> Ended:
    """Return why the bot opens no more connections; `code` is Slack's word for it."""
    if code == "link_disabled":
        return Ended(
            "Socket Mode is switched off in the app's settings",
            "Switch it on at api.slack.com/apps, under Socket Mode, and start the bot again.",
        )
    return Ended(
        f"Slack refuses the app token ({code})",
        "Make an app-level token with connections:write at api.slack.com/apps, under Basic "
        "Information, set SLACK_APP_TOKEN and start the bot again.",
    )


def backed_up(place: str, count: int, seconds: float) -> str:
    """Return what is said of a copy of so many bytes."""
    return f"Backed up to {place}: {size(count)} in {seconds:.2f} seconds, checked."


def not_backed_up(error: StoreError) -> str:
    return f"Nothing was backed up: {error.detail}."


_HELP = "Nothing was started. The README and .env.example say what each one means."
