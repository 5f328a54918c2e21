"""The pipe that is measured moves real bytes, at once and in pieces, and says what it took."""

from __future__ import annotations

import pytest

from bench.pipe import MIB, bot, curl, ends


@pytest.mark.parametrize(("scheme", "mib"), [("http", 101), ("https", 2)])
async def test_a_file_flows_through_and_takes_little_memory(scheme: str, mib: int):
    async with ends(scheme) as both:
        took = await bot(both, mib * MIB)
        other = await curl(both, MIB)

    assert took.seconds > 0
    assert took.more_mib < 32
    assert other is None or other.seconds > 0
