"""What tests of shared files look at: prompts on the screen, and bytes on the portal."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from bot.domain import EntityRef, EntityType
from bot.sandbox.slack_workspace import BOT

if TYPE_CHECKING:
    from bot.sandbox.slack import Shown
    from tests.world import World

CASE_7 = EntityRef(EntityType.CASE, 7)
CASE_9 = EntityRef(EntityType.CASE, 9)
DEAL_31 = EntityRef(EntityType.OPPORTUNITY, 31)
OFFER = b"%PDF-1.7 " + bytes(range(256)) * 300
PRICES = b"PK\x03\x04" + b"prices" * 9_000


def asked(world: World, user: str = "U0ANA", channel: str = "C0SALES") -> list[Shown]:
    """Return the prompts that a person sees now."""
    seen = world.slack.messages_of(user, channel)
    return [one for one in seen if one.author == BOT and "Other record" in one.buttons]


async def prompt(world: World, user: str = "U0ANA", channel: str = "C0SALES") -> Shown:
    """Return the one prompt that a person sees, once it is there."""
    [shown] = await world.slack.until(lambda: asked(world, user, channel) or None, "a prompt")
    return shown


async def saying(world: World, text: str, user: str = "U0ANA", channel: str = "C0SALES") -> Shown:
    """Return the first message of the bot that says this, once it is there."""

    def look() -> Shown | None:
        seen = world.slack.messages_of(user, channel)
        return next((one for one in seen if one.author == BOT and text in one.all_text()), None)

    return await world.slack.until(look, f"a message {text!r}")


def digests(world: World, ref: EntityRef = CASE_7) -> dict[str, str]:
    """Return the digest of each file that the latest event put on a record, by its title."""
    latest = world.portal.events_of(ref)[-1]
    files = (world.portal.data.files[id_] for id_ in latest.tagged)
    return {file.title: sha(file.content or b"") for file in files}


def sha(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
