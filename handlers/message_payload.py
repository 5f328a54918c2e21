"""What a payload says of the message that a shortcut was used on. Pure."""

from __future__ import annotations

from typing import Any

from bot.draft import Origin

Payload = dict[str, Any]


def files_of(message: Payload) -> list[Payload]:
    """Return the files of a message, and of messages that it passes on, each once."""
    parts = [message, *(message.get("attachments") or ())]
    found = [file for part in parts for file in part.get("files") or () if file.get("id")]
    return list({file["id"]: file for file in found}.values())


def origin_of(message: Payload, channel: str, team: str) -> Origin:
    """Return the message; `team` is the workspace of the person who looks at it."""
    profile = message.get("bot_profile") or message.get("user_profile") or {}
    name = message.get("username") or profile.get("real_name") or profile.get("name") or ""
    return Origin(
        channel=channel,
        ts=str(message.get("ts") or ""),
        thread=str(message.get("thread_ts") or ""),
        author=str(message.get("user") or ""),
        author_name=str(name),
        text=str(message.get("text") or ""),
        foreign=_is_foreign(message, team),
    )


def _is_foreign(message: Payload, team: str) -> bool:
    """Say whether a message shows that another company takes part where it stands."""
    teams = {message.get(name) for name in ("team", "user_team", "source_team")}
    teams |= {file.get("user_team") for file in files_of(message)}
    return bool(teams - {None, "", team})
