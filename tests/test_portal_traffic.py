"""How calls share portals: fairly, within limits; a portal that is away is left alone."""

from __future__ import annotations

import asyncio
import socket
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest
from aiohttp import web

from bot.domain import PortalUrl
from bot.errors import OutcomeUnknownError, PortalAwayError
from bot.portal.network import Network, Reply, open_network
from bot.portal.traffic import URGENT
from bot.web import serving
from tests.test_portal_network import LOCAL, get, portal_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

# places


class Counter:
    """Answers `quick` calls at once, holds all others until it is let go, and counts them."""

    def __init__(self) -> None:
        self.go = asyncio.Event()
        self.under_way: list[str] = []
        self.most = 0
        self._changed = asyncio.Condition()

    async def answer(self, request: web.Request) -> web.Response:
        who = request.path.rpartition("/")[2]
        if who.startswith("quick"):
            return web.Response()
        self.under_way.append(who)
        self.most = max(self.most, len(self.under_way))
        async with self._changed:
            self._changed.notify_all()
        await self.go.wait()
        self.under_way.remove(who)
        return web.Response()

    async def until(self, count: int) -> None:
        """Wait until so many calls are held."""
        async with asyncio.timeout(20), self._changed:
            await self._changed.wait_for(lambda: len(self.under_way) >= count)


def calls(
    network: Network, portal: PortalUrl, people: str, **facts: Any
) -> list[asyncio.Task[Reply]]:
    """Send a call for each letter, which is a person's name."""
    made = [get(portal, f"of/{person}", person=person, **facts) for person in people]
    return [asyncio.create_task(network.send(call)) for call in made]


async def test_a_portal_gets_four_calls_at_a_time_and_two_for_one_person():
    held = Counter()
    async with portal_of(held.answer) as (network, portal):
        sent = calls(network, portal, "aaaaaaaabb" + "cdef")
        await held.until(4)
        first = sorted(held.under_way)
        held.go.set()
        await asyncio.gather(*sent)

    assert (first, held.most) == (["a", "a", "b", "b"], 4)


async def test_an_urgent_call_does_not_queue_and_there_is_a_bound_to_that():
    held = Counter()
    async with portal_of(held.answer) as (network, portal):
        queueing = calls(network, portal, "aabbccdd")
        await held.until(4)
        await network.send(get(portal, "quick", person="a", urgent=True))
        urgent = calls(network, portal, "a" * URGENT.person, urgent=True)
        await held.until(4 + URGENT.person)
        with pytest.raises(PortalAwayError):
            await network.send(get(portal, "quick", person="a", urgent=True))
        await network.send(get(portal, "quick", person="b", urgent=True))
        held.go.set()
        await asyncio.gather(*queueing, *urgent)
        await network.send(get(portal, "quick", person="a", urgent=True))


async def test_d2_a_portal_that_hangs_holds_up_no_other():
    held = Counter()
    async with portal_of(held.answer) as (network, hung), portal_of(held.answer) as (_, good):
        waiting = calls(network, hung, "abcdefgh" * 10)
        await held.until(4)
        await asyncio.gather(*(network.send(get(good, "quick", person="a")) for _ in range(20)))
        still = sum(not call.done() for call in waiting)
        held.go.set()
        await asyncio.gather(*waiting)

    assert still == 80


async def test_who_gives_up_in_the_queue_or_under_way_leaves_their_place_to_others():
    held = Counter()
    async with portal_of(held.answer) as (network, portal):
        first, second = calls(network, portal, "aabbccdd"), calls(network, portal, "ee")
        await held.until(4)
        for call in first:
            call.cancel()
        await asyncio.wait(first)
        async with asyncio.timeout(20):
            while not {"e"} <= set(held.under_way):
                await held.until(len(held.under_way) + 1)
        held.go.set()
        await asyncio.gather(*second)

    assert all(call.cancelled() for call in first)


# circuits


class Weather:
    """A portal that is away or not, and what it was asked."""

    def __init__(self) -> None:
        self.status = 503
        self.headers: dict[str, str] = {}
        self.asked = 0

    async def answer(self, request: web.Request) -> web.Response:
        self.asked += 1
        return web.Response(status=self.status, headers=self.headers)


class Time:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@asynccontextmanager
async def portal_in(weather: Weather) -> AsyncIterator[tuple[Network, PortalUrl, Time]]:
    time = Time()
    site = web.Application()
    site.router.add_route("*", "/{path:.*}", weather.answer)
    async with (
        serving(site, "127.0.0.1", 0) as url,
        open_network(LOCAL, clock=time) as network,
    ):
        yield network, PortalUrl(url), time


async def send_all(network: Network, portal: PortalUrl, count: int, **facts: Any) -> None:
    for _ in range(count):
        await network.send(get(portal, **facts))


@pytest.mark.parametrize("status", [429, 502, 503, 504])
@pytest.mark.parametrize("urgent", [False, True])
async def test_a_portal_that_is_away_is_left_alone_until_a_probe_is_answered(status, urgent):
    weather = Weather()
    weather.status = status
    async with portal_in(weather) as (network, portal, time):
        await send_all(network, portal, 5)
        time.now += 10
        with pytest.raises(PortalAwayError) as sent_away:
            await network.send(get(portal, urgent=urgent))
        asked, away = weather.asked, network.is_away(portal)
        time.now += 20
        weather.status = 200
        await send_all(network, portal, 10, urgent=urgent)

        assert (asked, away, sent_away.value.after) == (5, True, 20)
        assert not network.is_away(portal)


async def test_a_probe_that_fails_leaves_it_alone_for_as_long_again():
    weather = Weather()
    async with portal_in(weather) as (network, portal, time):
        await send_all(network, portal, 5)
        time.now += 30
        await network.send(get(portal))
        with pytest.raises(PortalAwayError) as sent_away:
            await network.send(get(portal))

    assert (weather.asked, sent_away.value.after) == (6, 30)


async def test_the_portals_own_wish_says_for_how_long():
    weather = Weather()
    weather.headers = {"Retry-After": "120"}
    async with portal_in(weather) as (network, portal, _):
        await send_all(network, portal, 5)
        with pytest.raises(PortalAwayError) as sent_away:
            await network.send(get(portal))

    assert sent_away.value.after == 120


@pytest.mark.parametrize("status", [200, 400, 401, 403, 404, 500])
async def test_what_a_portal_answers_by_itself_shows_that_it_is_there(status: int):
    weather = Weather()
    weather.status = status
    async with portal_in(weather) as (network, portal, _):
        await send_all(network, portal, 20)

    assert weather.asked == 20


async def test_calls_that_wait_their_turn_fail_at_once_when_it_opens():
    weather = Weather()
    async with portal_in(weather) as (network, portal, _):
        sent = calls(network, portal, "abcdefghij" * 20)
        ends = await asyncio.gather(*sent, return_exceptions=True)

    away = [end for end in ends if isinstance(end, PortalAwayError)]
    assert 5 <= weather.asked <= 8
    assert len(away) == 200 - weather.asked


async def test_a_port_where_nobody_listens_opens_it_and_another_portal_is_not_concerned():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        nobody = PortalUrl(f"http://127.0.0.1:{taken.getsockname()[1]}")
    weather = Weather()
    weather.status = 200
    async with portal_in(weather) as (network, portal, _):
        for _ in range(5):
            with pytest.raises(PortalAwayError):
                await network.send(get(nobody))

        assert (network.is_away(nobody), network.is_away(portal)) == (True, False)
        assert (await network.send(get(portal))).status == 200


async def test_a_person_before_a_form_who_gives_up_shows_nothing_of_the_portal():
    held = Counter()
    async with portal_of(held.answer) as (network, portal):
        for _ in range(8):
            with pytest.raises(OutcomeUnknownError):
                await network.send(get(portal, "slow", urgent=True, deadline=0.02))

        assert not network.is_away(portal)
        held.go.set()


async def test_a_probe_that_is_given_up_lets_the_next_call_be_the_probe():
    weather = Weather()
    async with portal_in(weather) as (network, portal, time):
        await send_all(network, portal, 5)
        time.now += 30
        probe = asyncio.create_task(network.send(get(portal)))
        await asyncio.sleep(0)  # it is on its way
        with pytest.raises(PortalAwayError):
            await network.send(get(portal))
        probe.cancel()
        await asyncio.wait([probe])
        weather.status = 200
        await network.send(get(portal))

        assert not network.is_away(portal)
