"""Acknowledgements first: what may wait gives way, one by one, and not for ever."""

from __future__ import annotations

import asyncio

from bot.rush import Rush


async def turns(times: int = 5) -> None:
    for _ in range(times):
        await asyncio.sleep(0)


async def test_work_goes_on_at_once_when_nothing_is_acknowledged():
    async with asyncio.timeout(20):
        await Rush().give_way(at_most=60)


async def test_work_waits_for_every_acknowledgement_under_way():
    rush = Rush()
    with rush.acknowledging():
        with rush.acknowledging():
            work = asyncio.create_task(rush.give_way(at_most=60))
            await turns()
        await turns()
        assert not work.done()

    async with asyncio.timeout(20):
        await work


async def test_a_rush_without_end_holds_work_up_for_a_while_only():
    rush = Rush()
    with rush.acknowledging():
        async with asyncio.timeout(20):
            await rush.give_way(at_most=0.01)


async def test_an_acknowledgement_comes_between_two_pieces_of_work():
    rush, done = Rush(), []

    async def work(name: str) -> None:
        await rush.give_way(at_most=60)
        done.append(name)

    async def acknowledge() -> None:
        with rush.acknowledging():
            done.append("acknowledged")

    with rush.acknowledging():
        working = [asyncio.create_task(work(name)) for name in ("first", "second")]
        await turns()
        between = asyncio.create_task(acknowledge())
    await asyncio.gather(*working, between)

    assert done == ["acknowledged", "first", "second"]


async def test_who_stops_waiting_does_not_keep_the_turn():
    rush = Rush()
    with rush.acknowledging():
        stopped = asyncio.create_task(rush.give_way(at_most=60))
        await turns()
        stopped.cancel()
        other = asyncio.create_task(rush.give_way(at_most=60))
        await turns()

    async with asyncio.timeout(20):
        await other
