"""What is looked for in every drawing: Slack's limits, markup that would act, unseen characters."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, Any

from bot.domain import Message, View
from bot.sandbox.slack_blocks import block_problems, view_problems

if TYPE_CHECKING:
    from collections.abc import Iterator

Drawn = Message | View

LINK = re.compile(r"<(https://(?:office|second)\.example\.com/[^<>|\s]*)\|([^<>|]+)>")
TIME = re.compile(r"<!date\^-?\d+\^[^<>|^]+\|[^<>|]+UTC>|<!date\^-?\d+\^\{date_short\}\|[^<>|]+>")
PERSON = re.compile(r"<@U0ANA>")
CHANNEL = re.compile(r"<#C1>")
ENTITY = re.compile(r"&(?:amp|lt|gt);")


def objects(value: object) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        yield value
        value = list(value.values())
    if isinstance(value, (list, tuple)):
        for inner in value:
            yield from objects(inner)


def blocks_of(drawn: Drawn) -> list[dict[str, Any]]:
    return list(drawn.blocks) if isinstance(drawn, Message) else list(drawn["blocks"])


def buttons_of(drawn: Drawn) -> list[dict[str, Any]]:
    return [one for one in objects(blocks_of(drawn)) if one.get("type") == "button"]


def markup_of(drawn: Drawn) -> list[str]:
    fallback = [drawn.text] if isinstance(drawn, Message) else []
    shown = [one["text"] for one in objects(blocks_of(drawn)) if one.get("type") == "mrkdwn"]
    return [*shown, *fallback]


def plain_of(drawn: Drawn) -> list[str]:
    found = list(objects(drawn if isinstance(drawn, dict) else blocks_of(drawn)))
    texts = [one["text"] for one in found if one.get("type") == "plain_text"]
    return [*texts, *(one["accessibility_label"] for one in found if "accessibility_label" in one)]


def limits_broken(drawn: Drawn) -> list[object]:
    if isinstance(drawn, Message):
        return list(block_problems(list(drawn.blocks)))
    return list(view_problems(drawn))


def alive(markup: str) -> str:
    """Return what is left of markup that Slack would act on, beside what the bot means."""
    for meant in (LINK, TIME, PERSON, CHANNEL, ENTITY):
        markup = meant.sub("", markup)
    return "".join(character for character in markup if character in "<>&")


def unseen(text: str) -> list[str]:
    return [
        character
        for character in text
        if character != "\n" and unicodedata.category(character) in {"Cc", "Cf", "Cs", "Zl", "Zp"}
    ]


def broken(drawn: Drawn) -> list[object]:
    """Return everything that is wrong with a drawing, whatever stands in it."""
    found = list(limits_broken(drawn))
    markup, plain = markup_of(drawn), plain_of(drawn)
    found += [f"alive: {alive(one)!r}" for one in markup if alive(one)]
    found += [f"unseen: {unseen(one)}" for one in (*markup, *plain) if unseen(one)]
    return [*found, *(f"markup in plain text: {one!r}" for one in plain if set(one) & set("<>"))]
