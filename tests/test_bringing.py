"""Files that lie in Slack: brought into the portal, and put on the record in one call."""

from __future__ import annotations

import asyncio
import hashlib
import re
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from bot.domain import EntityRef, EntityType, FileId, Item, Place, SharedFile
from bot.sandbox.portal import SandboxPortal
from bot.sandbox.portal_faults import Fault as PortalFault
from bot.sandbox.slack import Fault, SandboxSlack
from tests.hurry import HurriedLoop
from tests.workshop import Shop, open_shop

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from bot.sandbox.slack import Shown, StoredFile
    from tests.world import World

CASE_7 = EntityRef(EntityType.CASE, 7)
CASE_8 = EntityRef(EntityType.CASE, 8)
OFFER = b"%PDF-1.7 " + bytes(range(256)) * 500
PRICES = b"PK\x03\x04" + b"prices" * 20_000
MEBIBYTE = 1024 * 1024
UPLOAD = ("POST", r"/upload")
LONG_AGO = timedelta(seconds=30)


def link(*files: StoredFile) -> str:
    """Return links to files in Slack, as people copy them."""
    return " ".join(f"https://acme.slack.com/files/{one.user}/{one.id}/{one.name}" for one in files)


def sha(content: bytes | None) -> str:
    return hashlib.sha256(content or b"").hexdigest()


def attached(world: World, ref: EntityRef = CASE_7) -> dict[str, str]:
    """Return the digest of each file that the latest event put on a record, by its title."""
    latest = world.portal.events_of(ref)[-1]
    files = (world.portal.data.files[id_] for id_ in latest.tagged)
    return {file.title: sha(file.content) for file in files}


def events(world: World, ref: EntityRef = CASE_7) -> int:
    """Return how many events the record has beside the one of the sample."""
    return len(world.portal.events_of(ref)) - 1


def stored(world: World) -> list[str]:
    """Return the titles of all files that the sample did not bring."""
    known = {"offer.pdf", "prices.xlsx", "film.mp4"}
    return [file.title for file in world.portal.data.files.values() if file.title in known]


def last_in(shop: Shop, channel: str) -> str:
    """Return the text that stands last in a channel, as Ana sees it."""
    return next((one.text for one in reversed(shop.slack.messages_of("U0ANA", channel))), "")


def lines_of(shown: Shown) -> str:
    """Return every text that is shown."""
    return "\n".join(block["text"]["text"] for block in shown.blocks if "text" in block)


async def test_files_of_slack_are_put_on_the_record_byte_by_byte(ana: World):
    offer = ana.slack.put_file("offer.pdf", OFFER)
    prices = ana.slack.put_file("prices.xlsx", PRICES)

    answer = await ana.say(f"case 7 {link(offer, prices)}")

    assert answer.text == "Attached 2 files to Case #7, Acme onboarding: offer.pdf and prices.xlsx."
    assert attached(ana) == {"offer.pdf": sha(OFFER), "prices.xlsx": sha(PRICES)}
    assert "5 files in total" in lines_of(answer)
    posts = [seen.path for seen in ana.portal.requests if seen.method == "POST"]
    assert posts.count("/api/2.0/crm/case/7/files") == 1
    assert {seen.person for seen in ana.portal.requests if "upload" in seen.path} == {"Ana Reyes"}


async def test_numbers_and_files_of_slack_go_in_one_call(ana: World):
    offer = ana.slack.put_file("offer.pdf", OFFER)

    answer = await ana.say(f"case 7 12 {link(offer)}")

    assert answer.text.startswith("Attached 2 files to Case #7, Acme onboarding: contract-signed")
    assert (events(ana), len(attached(ana))) == (1, 2)


async def test_a_file_named_twice_is_brought_once(ana: World):
    offer = ana.slack.put_file("offer.pdf", OFFER)

    await ana.say(f"case 7 {link(offer, offer)}")

    assert stored(ana) == ["offer.pdf"]


@pytest.mark.parametrize(
    ("traits", "says"),
    [
        ({"mode": "tombstone"}, "plan.pdf is no longer in Slack."),
        ({"mode": "hidden_by_limit"}, "Slack hides plan.pdf, because its plan keeps files"),
        ({"is_external": True, "mode": "external"}, "“plan.pdf” is a link to another place."),
        ({"mode": "canvas"}, "“plan.pdf” is a Slack canvas. I can attach files, not canvases."),
        ({"mode": "list"}, "“plan.pdf” is a Slack list. I can attach files, not lists."),
        ({"mode": "post"}, "“plan.pdf” is a Slack post. I can attach files, not posts."),
        ({"size": 0}, "plan.pdf is empty. Share the file again with its contents."),
        ({"name": "tool.exe"}, "Files of type .exe are not allowed here."),
        ({"size": 3 * MEBIBYTE}, "plan.pdf is 3 MB. The limit is 2 MB."),
    ],
    ids=lambda value: next(iter(value.values())) if isinstance(value, dict) else "",
)
async def test_an_odd_file_has_its_reason_and_holds_the_others_back_from_nothing(
    unstarted: World, traits: dict[str, Any], says: str
):
    await unstarted.start(
        ATTACHBOT_BLOCKED_FILE_TYPES="exe", ATTACHBOT_MAX_FILE_SIZE=str(2 * MEBIBYTE)
    )
    await unstarted.connect()
    offer = unstarted.slack.put_file("offer.pdf", OFFER)
    odd = unstarted.slack.put_file("plan.pdf", PRICES)
    for trait, value in traits.items():
        setattr(odd, trait, value)

    answer = await unstarted.say(f"case 7 {link(odd, offer)}")

    assert answer.text.startswith("Attached 1 of 2 files to Case #7, Acme onboarding.")
    assert "*Not attached*\n1. " in lines_of(answer)
    assert says in lines_of(answer)
    assert attached(unstarted) == {"offer.pdf": sha(OFFER)}


async def test_a_name_and_title_of_null_are_no_reason(ana: World):
    nameless = ana.slack.put_file("x", OFFER)
    nameless.name = nameless.title = None

    answer = await ana.say(f"case 7 {link(nameless)}")

    assert answer.text.startswith("Attached 1 file to Case #7, Acme onboarding: file-F")
    assert list(attached(ana).values()) == [sha(OFFER)]


async def test_a_single_file_that_cannot_go_is_the_answer(ana: World):
    canvas = ana.slack.put_file("Plan", OFFER)
    canvas.mode = "canvas"

    answer = await ana.say(f"case 7 {link(canvas)}")

    assert answer.text.startswith(
        "“Plan” is a Slack canvas. Nothing was attached. I can attach files, not canvases. "
        "Export it as PDF first"
    )
    assert events(ana) == 0


async def test_a_sign_in_page_is_never_stored_as_a_file(ana: World):
    offer = ana.slack.put_file("offer.pdf", OFFER)
    ana.slack.scopes.discard("files:read")

    answer = await ana.say(f"case 7 {link(offer)}")

    assert "no permission to read files" in answer.text
    assert stored(ana) == []


async def test_an_upload_that_the_portal_did_not_begin_is_made_again(ana: World):
    offer = ana.slack.put_file("offer.pdf", OFFER)
    ana.portal.faults.add(PortalFault(match=UPLOAD, drop="before", times=1))

    exchange = await ana.slack.command(f"case 7 {link(offer)}")
    await ana.slack.answer(exchange, "Attached 1 file to Case #7")

    assert attached(ana) == {"offer.pdf": sha(OFFER)}


async def test_a_person_who_connects_later_gets_the_files_attached(world: World):
    offer = world.slack.put_file("offer.pdf", OFFER)
    asked = await world.say(f"case 7 {link(offer)}")
    assert asked.text.startswith("Connect your CRM account first.")

    await world.connect()
    await world.slack.shown("U0ANA", "C0SALES", 2)
    await world.portal.until(lambda: events(world) == 1)

    assert attached(world) == {"offer.pdf": sha(OFFER)}


# whose file


async def test_i3_a_file_of_a_conversation_that_the_person_is_not_in_stays_there(ana: World):
    secret = ana.slack.put_file("layoffs.pdf", OFFER, user="U0BEN", channel="C0DEALS")
    ana.slack.workspace.channels["C0DEALS"].members.discard("U0ANA")
    link_ = f"https://acme.slack.com/files/U0BEN/{secret.id}"
    before = len(ana.portal.data.files)

    answer = await ana.say(f"case 7 {link_}")

    assert answer.text.startswith("I do not know whether you may see")
    assert "layoffs" not in answer.all_text()
    assert (events(ana), len(ana.portal.data.files)) == (0, before)


@pytest.mark.parametrize(
    ("uploader", "channel"), [("U0BEN", "C0SALES"), ("U0ANA", "C0DEALS"), ("U0BEN", "C0PARTNER")]
)
async def test_files_that_the_person_sees_are_taken(ana: World, uploader: str, channel: str):
    offer = ana.slack.put_file("offer.pdf", OFFER, user=uploader, channel=channel)

    answer = await ana.say(f"case 7 {link(offer)}")

    assert answer.text.startswith("Attached 1 file")


async def test_where_a_private_channel_reads_it_a_command_takes_it(ana: World):
    offer = ana.slack.put_file("offer.pdf", OFFER, user="U0BEN", channel="C0DEALS")

    answer = await ana.say(f"case 7 {link(offer)}", channel="C0DEALS")

    assert answer.text.startswith("Attached 1 file")


# the same bytes


async def test_the_same_bytes_on_the_same_record_are_told_with_who_and_when(ana: World):
    await ana.connect(user="U0BEN", name="Ben Ito")
    first = ana.slack.put_file("offer.pdf", OFFER)
    await ana.say(f"case 7 {link(first)}")

    copy = ana.slack.put_file("prices.xlsx", OFFER, user="U0BEN")
    answer = await ana.say(f"case 7 {link(copy)}", user="U0BEN")

    assert answer.text.startswith("Already on Case #7, Acme onboarding.")
    assert "<@U0ANA> attached the same content as offer.pdf" in lines_of(answer)
    assert "Nothing was changed." in lines_of(answer)
    assert (events(ana), stored(ana)) == (1, ["offer.pdf"])


async def test_attach_anyway_attaches_it_once_more(ana: World):
    first, copy = ana.slack.put_file("offer.pdf", OFFER), ana.slack.put_file("film.mp4", OFFER)
    prices = ana.slack.put_file("prices.xlsx", PRICES)
    await ana.say(f"case 7 {link(first)}")
    answer = await ana.say(f"case 7 {link(copy, prices)}")
    assert answer.text.startswith("Attached 1 file to Case #7, Acme onboarding: prices.xlsx.")
    assert "film.mp4: <@U0ANA> attached the same content" in lines_of(answer)

    click = await ana.slack.click(answer, "Attach anyway")
    again = await ana.slack.answer(click, "Attached 1 file to Case #7")

    assert again.text.endswith("Acme onboarding: film.mp4. prices.xlsx was there before.")
    assert attached(ana) == {"film.mp4": sha(OFFER)}
    assert stored(ana) == ["offer.pdf", "prices.xlsx", "film.mp4"]


async def test_the_same_bytes_on_another_record_are_no_twin(ana: World):
    first, copy = ana.slack.put_file("offer.pdf", OFFER), ana.slack.put_file("film.mp4", OFFER)
    await ana.say(f"case 7 {link(first)}")

    answer = await ana.say(f"case 8 {link(copy)}")

    assert answer.text.startswith("Attached 1 file to Case #8")


async def test_what_was_deleted_from_the_record_is_no_twin(ana: World):
    first, copy = ana.slack.put_file("offer.pdf", OFFER), ana.slack.put_file("film.mp4", OFFER)
    await ana.say(f"case 7 {link(first)}")
    [gone] = ana.portal.events_of(CASE_7)[-1].tagged
    file = ana.portal.data.files[gone]
    file.folder = ana.portal.data.store.own(file.author, Place.TRASH)

    answer = await ana.say(f"case 7 {link(copy)}")

    assert answer.text.startswith("Attached 1 file to Case #7, Acme onboarding: film.mp4.")


async def test_two_people_who_file_the_same_at_once_file_it_once(ana: World):
    await ana.connect(user="U0BEN", name="Ben Ito")
    first = ana.slack.put_file("offer.pdf", OFFER)
    second = ana.slack.put_file("film.mp4", OFFER, user="U0BEN")
    ana.portal.faults.add(PortalFault(match=("POST", r"/upload"), linger=0.2, times=2))

    one = await ana.slack.command(f"case 7 {link(first)}")
    two = await ana.slack.command(f"case 7 {link(second)}", user="U0BEN")
    texts = [(await ana.slack.answer(it, "Case #7")).text for it in (one, two)]

    assert sorted(text.split()[0] for text in texts) == ["Already", "Attached"]
    assert events(ana) == 1


# stop


async def test_stop_keeps_what_came_and_attaches_it(ana: World):
    offer, film = ana.slack.put_file("offer.pdf", OFFER), ana.slack.put_file("film.mp4", OFFER * 50)
    ana.portal.faults.add(PortalFault(match=UPLOAD, pace=0.5))
    exchange = await ana.slack.command(f"case 7 {link(offer, film)}")
    progress = await ana.slack.answer(exchange, "Attaching 2 files to Case #7")
    await ana.portal.until(lambda: "offer.pdf" in stored(ana))

    click = await ana.slack.click(progress, "Stop")
    answer = await ana.slack.answer(click, "Attached 1 of 2 files to Case #7")

    assert "film.mp4. You stopped it." in lines_of(answer)
    assert "Try 1 file again" in answer.buttons
    assert attached(ana) == {"offer.pdf": sha(OFFER)}
    assert stored(ana) == ["offer.pdf"]


async def test_what_was_stopped_can_be_taken_up_again(ana: World):
    film = ana.slack.put_file("film.mp4", OFFER * 50)
    slow = ana.portal.faults.add(PortalFault(match=UPLOAD, pace=0.5))
    exchange = await ana.slack.command(f"case 7 {link(film)}")
    progress = await ana.slack.answer(exchange, "Attaching 1 file to Case #7")
    stop = await ana.slack.click(progress, "Stop")
    stopped = await ana.slack.answer(stop, "Request stopped")
    ana.portal.faults.remove(slow)
    assert (events(ana), stored(ana)) == (0, [])

    again = await ana.slack.click(stopped, "Try again")
    await ana.slack.answer(again, "Attached 1 file to Case #7")

    assert attached(ana) == {"film.mp4": sha(OFFER * 50)}


# trouble, with dice that wait no longer than they must


@pytest.fixture
async def shop(slack: SandboxSlack, portal: SandboxPortal, tmp_path: Path) -> AsyncIterator[Shop]:
    async with open_shop(slack, portal, tmp_path) as shop:
        yield shop


async def bring(shop: Shop, file: StoredFile, **facts: Any) -> str:
    """Have a worker bring a file, and return what Ana reads at last."""
    source = SharedFile(id=file.id, name=file.name or "")
    id_ = await shop.accept(items=(Item(source=source),), **facts)
    shop.worker().wake(id_)
    [*_, text] = await shop.told()
    return text


def bytes_on(shop: Shop) -> list[str]:
    files = shop.portal.data.files
    return [sha(files[FileId(id_)].content) for event in shop.events for id_ in event]


async def test_a_file_of_which_half_comes_is_begun_again(shop: Shop):
    film = shop.slack.put_file("film.mp4", OFFER * 20)
    shop.slack.faults["files"] = Fault("cut", times=2)

    text = await bring(shop, film)

    assert text == "Attached 1 file to Case #7, Acme onboarding: film.mp4."
    assert bytes_on(shop) == [sha(OFFER * 20)]
    assert [file.title for file in shop.portal.data.files.values()].count("film.mp4") == 1


async def test_another_size_than_announced_is_never_attached(shop: Shop):
    offer = shop.slack.put_file("offer.pdf", OFFER)
    offer.size = len(OFFER) + 1

    text = await bring(shop, offer)

    assert text.startswith("offer.pdf did not arrive whole from Slack. Nothing was attached.")
    assert (shop.events, bytes_on(shop)) == ([], [])


async def test_a_rate_limit_is_waited_for_as_slack_asks(shop: Shop):
    offer = shop.slack.put_file("offer.pdf", OFFER)
    shop.slack.faults["files"] = Fault(429, retry_after=1, times=1)

    text = await bring(shop, offer)

    assert text.startswith("Attached 1 file")


def test_a_slow_transfer_shows_how_far_it_is_and_the_answer_replaces_that(tmp_path: Path):
    with asyncio.Runner(loop_factory=HurriedLoop) as runner:
        runner.run(show_a_slow_transfer(tmp_path))


async def show_a_slow_transfer(folder: Path) -> None:
    async with (
        SandboxSlack() as slack,
        SandboxPortal.sample() as portal,
        open_shop(slack, portal, folder) as shop,
    ):
        film = slack.put_file("film.mp4", OFFER * 100)
        portal.faults.add(PortalFault(match=UPLOAD, pace=0.5))
        source = SharedFile(id=film.id, name="film.mp4")
        id_ = await shop.accept(items=(Item(source=source),), asked=LONG_AGO, spoken=False)

        shop.worker().wake(id_)
        direct = slack.workspace.direct("U0ANA").id
        news = slack.workspace.news
        await news.until(lambda: "Attached 1" in last_in(shop, direct), "the answer", 90)
        await shop.rest()

        [first] = slack.messages_of("U0ANA", "C0SALES")
        assert first.text.startswith("Attaching 1 file to Case #7.")
        told = [one for one in slack.workspace.history if one.channel == direct]
        assert {one.ts for one in told} == {told[0].ts}
        assert re.search(r"Working on film.mp4 \([\d.]+ MB of 12 MB\)", told[0].text)
        assert len(told) > 2
