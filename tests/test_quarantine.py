"""The quarantine is as long as it is set, whatever waits: the call before it, or a look."""

from __future__ import annotations

import asyncio
import dataclasses
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from bot.domain import Attempt, FileId
from bot.filing import outcomes
from bot.filing.decide import Attach, Rest, Settle, next_step
from bot.filing.policy import Policy
from bot.filing.steps import Steps
from bot.filing.telling import Telling
from bot.linking import Linking
from tests.builders import NOON, filing_of
from tests.looking import QUARANTINE, SENT, at
from tests.portal_calls import fault, open_client
from tests.workshop import open_shop

if TYPE_CHECKING:
    from pathlib import Path

    from bot.domain import Filing
    from bot.sandbox.portal import SandboxPortal
    from bot.sandbox.slack import SandboxSlack


def sent(looked_at: datetime | None = None) -> Filing:
    """Return a filing whose answer was lost, which the person knows."""
    return filing_of(attempt=dataclasses.replace(SENT, unknown=True, looked_at=looked_at))


def test_a_call_that_waited_before_it_was_sent_has_the_whole_quarantine():
    first = outcomes.not_settled(sent(), at(50))

    later = outcomes.not_settled(first, at(65))
    last = outcomes.not_settled(later, at(110))

    assert next_step(first, at(51), QUARANTINE) == Rest(at(55))
    assert next_step(later, at(66), QUARANTINE) == Rest(at(110))
    assert next_step(last, at(110), QUARANTINE) == Attach(SENT.files)


def test_a_look_that_began_before_the_end_of_the_quarantine_is_not_the_last():
    early = outcomes.not_settled(sent(at(15)), at(59))

    assert next_step(early, at(59.5), QUARANTINE) == Rest(at(60))
    assert isinstance(next_step(early, at(75), QUARANTINE), Settle)


async def test_a_look_counts_from_its_beginning(
    slack: SandboxSlack, portal: SandboxPortal, tmp_path: Path
):
    now = NOON
    async with open_shop(slack, portal, tmp_path) as shop, open_client() as client:
        steps = Steps(
            accounts=shop.store.accounts,
            portal=client,
            bringing=shop.bringing,
            undo=shop.undo,
            linking=Linking(links=shop.store.links, portals=(portal.url,), clock=lambda: now),
            telling=Telling(shop.messenger, Policy()),
            vault=shop.vault,
            policy=Policy(),
            clock=lambda: now,
        )
        filing = await shop.filing(await shop.accept())
        author = portal.who("Ana Reyes").id
        attempt = Attempt(files=(FileId(12),), watermark=9999, author=author, at=NOON)
        fault(portal, "GET", "history", linger=0.05)

        looking = asyncio.create_task(
            steps.perform(dataclasses.replace(filing, attempt=attempt), Settle())
        )
        await portal.until(lambda: portal.in_flight > 0)
        now += timedelta(seconds=20)
        looked = await looking

    assert looked.attempt
    assert looked.attempt.looked_at == NOON
