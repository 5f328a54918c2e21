"""A bot that ends while it brings a file: killed as nothing but SIGKILL kills, or stopped."""

from __future__ import annotations

import asyncio
import dataclasses
import hashlib
from typing import TYPE_CHECKING

import pytest
from structlog.testing import capture_logs

from bench.kill_life import Log, a_life
from bench.office import ANA, an_office
from bot.domain import EntityRef, EntityType, Place
from bot.sandbox.portal_faults import Fault as PortalFault
from bot.sandbox.slack import Fault

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from bench.office import Office
    from bot.sandbox.portal import SandboxPortal
    from bot.sandbox.slack import SandboxSlack
    from tests.world import World

CASE_8 = EntityRef(EntityType.CASE, 8)
FILM = b"film" * 400_000
WHOLE = hashlib.sha256(FILM).hexdigest()
UPLOAD = ("POST", r"/upload$")
LONG = 3600
ONE_MODE = pytest.mark.parametrize("unstarted", ["http"], indirect=True)


@dataclasses.dataclass(eq=False, kw_only=True)
class Noticed(PortalFault):
    """A fault that tells when it has begun to happen."""

    begun: asyncio.Event = dataclasses.field(default_factory=asyncio.Event)

    def fits(self, method: str, path: str) -> bool:
        """Note the first request that it happens to."""
        fits = super().fits(method, path)
        if fits:
            self.begun.set()
        return fits


def noticed(portal: SandboxPortal, fault: Noticed) -> Noticed:
    portal.faults.add(fault)
    return fault


def film_of(slack: SandboxSlack) -> str:
    """Lay the film into Slack, and return the command that names it."""
    film = slack.put_file("film.mp4", FILM)
    return f"case 8 https://acme.slack.com/files/{film.user}/{film.id}/film.mp4"


def films(portal: SandboxPortal) -> list[str]:
    """Return the digest of each film in the CRM folder, on a record or not."""
    files = portal.data.store.files.values()
    in_crm = (file for file in files if file.folder.place is Place.CRM)
    contents = (file.content or b"" for file in in_crm if file.title.startswith("film"))
    return [hashlib.sha256(content).hexdigest() for content in contents]


def attached(portal: SandboxPortal) -> list[list[str]]:
    """Return the digests of the files of each event that has a film."""
    files = portal.data.files
    events = [[files[id_] for id_ in event.tagged] for event in portal.events_of(CASE_8)]
    return [
        [hashlib.sha256(file.content or b"").hexdigest() for file in there]
        for there in events
        if any(file.title.startswith("film") for file in there)
    ]


async def half_of_it_came_from_slack(slack: SandboxSlack, portal: SandboxPortal) -> None:
    upload = noticed(portal, Noticed(match=UPLOAD))
    slack.faults["files"] = Fault("stall", times=1)
    await upload.begun.wait()


async def the_portal_takes_it_in(_: SandboxSlack, portal: SandboxPortal) -> None:
    upload = noticed(portal, Noticed(match=UPLOAD, pace=LONG))
    await upload.begun.wait()


async def the_portal_has_it_and_did_not_say_so(_: SandboxSlack, portal: SandboxPortal) -> None:
    portal.faults.add(Noticed(match=UPLOAD, linger=LONG))
    await portal.until(lambda: bool(films(portal)))


async def it_is_there_and_not_attached(_: SandboxSlack, portal: SandboxPortal) -> None:
    upload = noticed(portal, Noticed(match=UPLOAD, pace=0.05))
    await upload.begun.wait()
    look = noticed(portal, Noticed(match=("GET", "/crm/case/8"), latency=LONG))
    await look.begun.wait()


MOMENTS = {
    half_of_it_came_from_slack: 1,
    the_portal_takes_it_in: 1,
    the_portal_has_it_and_did_not_say_so: 2,
    it_is_there_and_not_attached: 1,
}
"""When the bot is killed, and how often the film is in CRM at the end."""


@pytest.mark.parametrize(
    ("moment", "copies"), MOMENTS.items(), ids=[moment.__name__ for moment in MOMENTS]
)
async def test_what_a_kill_cut_off_the_next_start_brings_and_attaches_once(
    moment: Callable[[SandboxSlack, SandboxPortal], Coroutine[None, None, None]], copies: int
):
    log = Log()
    async with an_office() as office:
        slack, portal = office.slack, office.portal
        async with a_life(office.env, office.folder, log) as life:
            slack.deliver_to = await life.listens()
            await connect(office)
            meant = asyncio.create_task(moment(slack, portal))
            exchange = await slack.command(film_of(slack), user=ANA)
            async with asyncio.timeout(30):
                await meant
        portal.faults.clear()

        async with a_life(office.env, office.folder, log) as life:
            slack.deliver_to = await life.listens()
            answer = await slack.answer(exchange, "Attached 1 file to Case #8")

        assert "film.mp4" in answer.text
        assert attached(portal) == [[WHOLE]]
        assert films(portal) == [WHOLE] * copies
        assert log.events["orphan_possible"] >= copies - 1
        assert not log.bugs


async def connect(office: Office) -> None:
    form = await office.slack.opened(await office.slack.command("connect", user=ANA))
    sent = await office.slack.submit(form, {"key": office.portal.who("Ana Reyes").token})
    await office.slack.close(await office.slack.opened(sent, "Connected"))


async def test_a_stop_lets_a_transfer_end_and_the_next_start_attaches_it(ana: World):
    upload = noticed(ana.portal, Noticed(match=UPLOAD, pace=0.05))
    exchange = await ana.slack.command(film_of(ana.slack))
    await upload.begun.wait()

    await ana.stop()
    assert (films(ana.portal), attached(ana.portal)) == ([WHOLE], [])
    await ana.start()
    await ana.slack.answer(exchange, "Attached 1 file to Case #8")

    assert (films(ana.portal), attached(ana.portal)) == ([WHOLE], [[WHOLE]])


@ONE_MODE
async def test_what_a_click_on_stop_leaves_in_crm_is_in_the_log(ana: World):
    ana.portal.faults.add(PortalFault(match=UPLOAD, linger=LONG, times=1))
    exchange = await ana.slack.command(film_of(ana.slack))
    progress = await ana.slack.answer(exchange, "Attaching 1 file to Case #8")
    await ana.portal.until(lambda: bool(films(ana.portal)))

    with capture_logs() as logs:
        click = await ana.slack.click(progress, "Stop")
        await ana.slack.answer(click, "Request stopped")

    assert [one["event"] for one in logs].count("orphan_possible") == 1
    assert (films(ana.portal), attached(ana.portal)) == ([WHOLE], [])
