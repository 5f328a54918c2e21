"""Who is turned away is told of once an hour, and takes no more room than the bound."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING

from bot.domain import SlackUser
from bot.errands import Errands
from bot.strangers import QUIET, REMEMBERED, Strangers
from storage.audit_trail import export
from tests.builders import NOON
from tests.workshop import open_shop

if TYPE_CHECKING:
    from pathlib import Path

    from bot.sandbox.portal import SandboxPortal
    from bot.sandbox.slack import SandboxSlack

ZOE, YAN = SlackUser("T0OTHER", "U0ZOE"), SlackUser("T0OTHER", "U0YAN")


async def told(
    slack: SandboxSlack,
    portal: SandboxPortal,
    folder: Path,
    tries: list[tuple[SlackUser, timedelta]],
) -> list[str]:
    """Return whom the audit tells of after these tries, each at its time."""
    async with open_shop(slack, portal, folder) as shop:
        errands, at = Errands(shop.messenger), NOON
        strangers = Strangers(shop.store.audit, errands, lambda: at)
        for user, after in tries:
            at = NOON + after
            strangers.turned_away(user, "C0PARTNER")
            await errands.finish()
        entries = [json.loads(line) for line in export(f"sqlite:///{folder}/bot.db")]
    return [one["who"]["user"] for one in entries if one["entry"]["act"] == "turned_away"]


async def test_s4_a_stranger_is_told_of_again_after_an_hour(
    slack: SandboxSlack, portal: SandboxPortal, tmp_path: Path
):
    soon = QUIET - timedelta(seconds=1)
    tries = [(ZOE, timedelta(0)), (YAN, soon), (ZOE, soon), (ZOE, QUIET), (YAN, QUIET)]

    assert await told(slack, portal, tmp_path, tries) == ["U0ZOE", "U0YAN", "U0ZOE"]


async def test_s4_the_one_told_of_longest_ago_is_forgotten_first(
    slack: SandboxSlack, portal: SandboxPortal, tmp_path: Path
):
    crowd = [SlackUser("T0OTHER", f"U{number}") for number in range(REMEMBERED - 1)]
    tries = [(user, timedelta(0)) for user in (ZOE, YAN, *crowd, YAN, ZOE)]

    users = await told(slack, portal, tmp_path, tries)

    assert (users.count("U0ZOE"), users.count("U0YAN")) == (2, 1)
