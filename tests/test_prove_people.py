"""The proof about people in short: many at once, and nobody acts with another's key."""

from __future__ import annotations

from slack_sdk.web.async_client import AsyncWebClient

from bench.office import an_office
from bench.prove_people import Crowd, prove, told


async def test_e1_of_people_who_all_talk_at_once_nobody_acts_as_another():
    figures = await prove(people=12, seed=1)

    assert not figures.wrong, told(figures)
    assert figures.counts["connected"] == figures.counts["attached"] == 12
    assert figures.counts["commands"] == 3 * 12
    assert figures.counts["refused"] >= 12
    assert figures.counts["messages with a title"] >= 2 * 12


async def test_the_proof_notices_who_acts_and_who_reads_instead_of_another():
    async with an_office() as office:
        crowd = Crowd(office, 2, 1)
        first, second = crowd.members
        office.portal.attach(first.record, [12], by=office.portal.who(second.name))
        client = AsyncWebClient(office.slack.bot_token, base_url=office.slack.api_url)
        await client.chat_postMessage(channel="C0SALES", text="Attached to Affair of U0P0000.")

        crowd.look()

    assert crowd.figures.wrong == [
        "to the case of Member U0P0000 attached ['Member U0P0001']",
        "to the case of Member U0P0001 attached []",
        "2 people read of ['U0P0000']",
    ]
