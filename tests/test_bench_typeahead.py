"""The typing that is measured goes through a bot process, and finds what it looks for."""

from __future__ import annotations

from bench.office import an_office
from bench.typeahead import fill_in
from bot.sandbox.portal_sample import crowd


async def test_a_form_is_filled_in_and_the_record_is_on_offer():
    async with an_office() as office, office.bot() as bot:
        crowd(office.portal, 300)
        await office.connect(bot)
        office.slack.deliver_to = bot.events_url

        typed = await fill_in(office, 0.0, 1)

    assert typed.in_the_end == typed.forms == 1
    assert len(typed.waits) > len(typed.empty) == 1
    assert 0 <= typed.soon <= 1
