"""The Slack app's manifest: as it is for Socket Mode, or with addresses for HTTP mode."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import yaml

from bot.web import EVENTS_PATH

NAME = "manifest.yml"


def manifest() -> dict[str, Any]:
    """Return the manifest for Socket Mode: it lies in the wheel, or at a checkout's root."""
    here = Path(__file__).resolve().parent
    path = next(path for path in (here / NAME, here.parent / NAME) if path.is_file())
    loaded: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return loaded


def for_http(plain: dict[str, Any], public_url: str) -> dict[str, Any]:
    """Return the manifest with every delivery posted to the bot at `public_url`."""
    url = public_url.rstrip("/") + EVENTS_PATH
    changed = copy.deepcopy(plain)
    changed["settings"]["socket_mode_enabled"] = False
    changed["settings"]["event_subscriptions"]["request_url"] = url
    changed["settings"]["interactivity"]["request_url"] = url
    changed["settings"]["interactivity"]["message_menu_options_url"] = url
    for command in changed["features"]["slash_commands"]:
        command["url"] = url
    return changed


def written(content: dict[str, Any]) -> str:
    """Return a manifest as YAML."""
    return yaml.safe_dump(content, sort_keys=False, allow_unicode=True)
