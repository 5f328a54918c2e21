"""The pipe that is measured moves real bytes, at once and in pieces, and says what it took."""

from __future__ import annotations

import pytest

from bench.bringing import a_desk
from bench.pipe import MIB, bot, curl, ends


@pytest.mark.parametrize(("scheme", "mib"), [("http", 101), ("https", 2)])
async def test_a_file_flows_through_and_takes_little_memory(scheme: str, mib: int):
    async with ends(scheme) as both:
        took = await bot(both, mib * MIB)
        other = await curl(both, MIB)

    assert took.seconds > 0
    assert took.more_mib < 32
    assert other is None or other.seconds > 0


async def test_the_real_bot_brings_a_file_and_holds_little_of_it():
    async with ends("https") as both, a_desk(both) as desk:
        took = await desk.bring(101 * MIB)

    assert took.cpu > 0
    assert took.more_mib < 32
