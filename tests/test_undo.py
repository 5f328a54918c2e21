"""Undo through the front door: what goes, what is asked about, and what is never lost."""

from __future__ import annotations

import hashlib
import sqlite3
from contextlib import closing
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from bot.domain import EntityRef, EntityType, Place
from bot.sandbox.portal_faults import Fault
from bot.sandbox.slack import Fault as SlackFault
from tests.processes import line_of, started
from tests.test_command_line import free_port

if TYPE_CHECKING:
    from pathlib import Path

    from bot.sandbox.portal_model import StoredFile
    from bot.sandbox.slack import Shown
    from tests.world import World

CASE_7 = EntityRef(EntityType.CASE, 7)
DEAL_31 = EntityRef(EntityType.OPPORTUNITY, 31)
OFFER = b"%PDF-1.7 " + bytes(range(256)) * 50
JSON = {"Content-Type": "application/json"}
DELETION = ("DELETE", r"/crm/files/")


def link(world: World, name: str = "offer.pdf", content: bytes = OFFER) -> str:
    """Let a file lie in Slack, and return the link to it as people copy it."""
    stored = world.slack.put_file(name, content)
    return f"https://acme.slack.com/files/{stored.user}/{stored.id}/x"


async def attach(world: World, what: str = "") -> tuple[Shown, StoredFile]:
    """Attach one file of Slack and return the summary, and the file on the portal."""
    summary = await world.say(f"case 7 {what or link(world)}")
    assert summary.text.startswith("Attached 1 file to Case #7")
    return summary, world.portal.data.files[world.portal.events_of(CASE_7)[-1].tagged[0]]


async def click(world: World, shown: Shown, button: str = "Undo", saying: str = "") -> Shown:
    """Click a button and return what takes the message's place."""
    exchange = await world.slack.click(shown, button)
    return await world.slack.answer(exchange, saying)


def receipt_of(summary: Shown) -> str:
    return summary.all_text().partition("Receipt ")[2][:4]


def deletions(world: World) -> list[str]:
    return [seen.path for seen in world.portal.requests if seen.method == "DELETE"]


def looks_at(world: World) -> list[str]:
    return [seen.path for seen in world.portal.requests if seen.path.endswith("/case/7/files")]


def database(world: World) -> str:
    return world.settings.database_url.removeprefix("sqlite:///")


def digests(world: World) -> set[str]:
    return {file.digest for file in world.portal.data.files.values()}


ONE_MODE = pytest.mark.parametrize("unstarted", ["socket"], indirect=True)
"""For what happens behind Slack's back: how it is delivered makes no difference there."""
SHA = hashlib.sha256(OFFER).hexdigest()


# What goes unasked


async def test_what_the_receipt_brought_goes_and_its_bytes_with_it(ana: World):
    summary, brought = await attach(ana)
    assert SHA in digests(ana)

    answer = await click(ana, summary)

    receipt = receipt_of(summary)
    assert answer.text == (
        f"Receipt {receipt} is undone. 1 file was removed from Case #7: offer.pdf. "
        "What was shared in Slack stays there."
    )
    assert answer.ts == summary.ts
    assert "Undo" not in answer.buttons
    assert brought.id not in ana.portal.data.files
    assert SHA not in digests(ana)
    assert len(deletions(ana)) == 1


@ONE_MODE
async def test_the_dialog_says_what_will_be_deleted_and_what_stays(ana: World):
    summary, _ = await attach(ana)

    [button] = [one for one in summary.blocks[-1]["elements"] if one["text"]["text"] == "Undo"]

    asks = button["confirm"]
    assert asks["title"]["text"] == "Undo this attachment?"
    assert asks["text"]["text"] == (
        "The copy I made will be deleted from Case #7, unless others changed or used it. "
        "The original stays in Slack."
    )
    assert (asks["confirm"]["text"], asks["deny"]["text"]) == ("Remove 1 file", "Keep it")
    assert asks["style"] == "danger"


async def test_a_copy_from_another_folder_goes_and_its_original_stays(ana: World):
    question = await ana.say("case 7 14")
    summary = await click(ana, question, "Copy and attach", "Attached 1 file")
    copy = ana.portal.events_of(CASE_7)[-1].tagged[0]

    answer = await click(ana, summary)

    assert "1 file was removed from Case #7" in answer.text
    assert "The originals of copies stay where they are." in answer.all_text()
    assert copy not in ana.portal.data.files
    assert 14 in ana.portal.data.files


async def test_the_typed_undo_takes_back_the_latest_receipt_and_the_next_one_after_it(ana: World):
    first, one = await attach(ana)
    second, two = await attach(ana, link(ana, "prices.pdf", b"%PDF 1;2"))

    latest = await ana.say("undo")
    before = await ana.say(f"undo {receipt_of(first).lower()}")
    nothing = await ana.say("undo")

    assert latest.text.startswith(f"Receipt {receipt_of(second)} is undone.")
    assert before.text.startswith(f"Receipt {receipt_of(first)} is undone.")
    assert nothing.text.startswith("You have attached nothing that can be undone.")
    assert not {one.id, two.id} & ana.portal.data.files.keys()


@ONE_MODE
async def test_last_is_no_record_that_was_undone(ana: World):
    await attach(ana)
    await ana.say("undo")

    answer = await ana.say("last 12")

    assert answer.text.startswith("You have not attached anything yet")


@ONE_MODE
async def test_what_was_undone_is_no_twin_of_what_comes_after_it(ana: World):
    file = link(ana)
    summary, brought = await attach(ana, file)
    await click(ana, summary, saying="is undone")
    _, other = await attach(ana, link(ana, "other.pdf", b"%PDF other"))
    assert other.id == brought.id  # the portal gives the number away again

    answer = await ana.say(f"case 7 {file}")

    assert answer.text.startswith("Attached 1 file to Case #7, Acme onboarding: offer.pdf.")


async def test_a_shared_summary_tells_everybody_that_it_was_undone(ana: World):
    summary, _ = await attach(ana)
    ana.slack.faults["response_url"] = SlackFault(404, times=1)
    await ana.slack.click(summary, "Share in channel")
    shared = (await ana.slack.shown("U0BEN", "C0SALES"))[-1]
    assert "attached 1 file to Case #7" in shared.text

    await ana.say("undo")

    def told() -> Shown | None:
        latest = ana.slack.messages_of("U0BEN", "C0SALES")[-1]
        return latest if "took them back" in latest.text else None

    assert (await ana.slack.until(told)).ts == shared.ts


@ONE_MODE
async def test_a_summary_in_direct_messages_changes_when_it_is_undone_elsewhere(ana: World):
    form = await ana.slack.opened(await ana.slack.global_shortcut("attach_global"))
    await ana.slack.suggest(form, "record", "7")
    fields = {"record": "Case #7, Acme onboarding", "files": link(ana)}
    await ana.slack.submit(form, fields)
    summary = (await ana.slack.shown("U0ANA", "U0ANA"))[-1]
    assert summary.text.startswith("Attached 1 file to Case #7")

    await ana.say("undo")

    def changed() -> Shown | None:
        [shown] = ana.slack.messages_of("U0ANA", "U0ANA")
        return shown if shown.text.startswith("Undone:") else None

    assert (await ana.slack.until(changed)).ts == summary.ts


async def test_an_undo_delivered_or_clicked_again_deletes_once(ana: World):
    summary, _ = await attach(ana)
    exchange = await ana.slack.click(summary, "Undo")
    await ana.slack.answer(exchange)

    await ana.slack.redeliver(exchange)
    again = await ana.say(f"undo {receipt_of(summary)}")

    assert again.text == (
        f"Receipt {receipt_of(summary)} was undone before. Nothing was changed. Attach the files "
        "again if you need them on the record."
    )
    assert len(deletions(ana)) == 1


# What is asked about, or left


@ONE_MODE
async def test_a_file_that_was_there_before_and_is_elsewhere_is_not_touched(ana: World):
    ana.portal.attach(DEAL_31, [12], by=ana.person("Ben Ito"))
    summary = await ana.say("case 7 12")

    answer = await click(ana, summary)

    assert answer.text == (
        f"Receipt {receipt_of(summary)} is not undone. Nothing was changed. Left on Case #7: "
        "contract-signed.pdf. It was attached once more, and deleting it would take it from "
        "there, too."
    )
    assert 12 in ana.portal.data.files
    assert not deletions(ana)


@pytest.fixture
async def orphan(ana: World) -> Shown:
    """Return the summary of a file that lay in the CRM folder on no record, and was insisted on."""
    made = ana.portal.file("draft.pdf", content=OFFER, owner=ana.person("Ana Reyes"))
    question = await ana.say(f"case 7 {made}")
    summary = await click(ana, question, "Attach anyway", "Attached 1 file")
    ana.portal.data.crm.forget_looks()
    return summary


async def test_a_file_that_was_there_before_is_asked_about_and_its_copy_comes_first(
    ana: World, orphan: Shown
):
    number = ana.portal.events_of(CASE_7)[-1].tagged[0]
    asked = await click(ana, orphan)
    assert asked.text.startswith("This undo would delete a file that was there before.")
    assert asked.buttons == ["Keep a copy, then detach", "Open in CRM", "Leave it"]
    assert not deletions(ana)

    answer = await click(ana, asked, "Keep a copy, then detach", "is undone")

    assert "In My documents you have now: draft.pdf." in answer.text
    assert number not in ana.portal.data.files
    [copy] = [file for file in ana.portal.data.files.values() if file.digest == SHA]
    assert copy.folder.place is Place.MY
    assert copy.folder.owner is ana.person("Ana Reyes")
    order = [seen.path for seen in ana.portal.requests if seen.method in {"POST", "DELETE"}]
    assert order.index(f"/api/2.0/files/file/{number}/copyas") < order.index(deletions(ana)[0])


@ONE_MODE
async def test_leave_it_leaves_it(ana: World, orphan: Shown):
    asked = await click(ana, orphan)

    answer = await click(ana, asked, "Leave it")

    assert answer.text.startswith(f"Receipt {receipt_of(orphan)} is not undone.")
    assert SHA in digests(ana)
    assert not deletions(ana)


@ONE_MODE
@pytest.mark.parametrize("what", ["a new version", "a new title"])
async def test_a_copy_that_somebody_changed_is_not_deleted_unasked(ana: World, what: str):
    summary, brought = await attach(ana)
    if what == "a new version":
        ana.portal.data.store.edit(brought, ana.person("Ben Ito"), b"%PDF better")
    else:
        ana.portal.data.store.rename(brought, ana.person("Ben Ito"), "final.pdf")

    asked = await click(ana, summary)

    assert asked.text.startswith("This undo would delete a file that was changed since.")
    assert brought.id in ana.portal.data.files
    assert not deletions(ana)


@ONE_MODE
async def test_what_changes_after_the_copy_was_made_is_asked_about_once_more(ana: World):
    summary, brought = await attach(ana)
    ben, store = ana.person("Ben Ito"), ana.portal.data.store
    store.edit(brought, ben, b"%PDF better")
    asked = await click(ana, summary)
    copying = ana.portal.faults.add(Fault(match=("POST", "copyas"), linger=0.2, times=1))
    exchange = await ana.slack.click(asked, "Keep a copy, then detach")
    await ana.portal.until(lambda: copying.times == 0)
    store.edit(brought, ben, b"%PDF best of all")

    again = await ana.slack.answer(exchange, "changed since")

    assert not deletions(ana)
    answer = await click(ana, again, "Keep a copy, then detach", "is undone")
    assert "In My documents you have now" in answer.text
    assert hashlib.sha256(b"%PDF best of all").hexdigest() in digests(ana)
    assert brought.id not in ana.portal.data.files


@ONE_MODE
@pytest.mark.parametrize("hidden", [False, True])
async def test_a_copy_that_was_put_on_a_second_record_is_not_deleted(ana: World, hidden: bool):
    summary, brought = await attach(ana)
    where = DEAL_31
    if hidden:
        where = ana.portal.case("Salary review", private_to=[ana.person("Ben Ito")])
    ana.portal.attach(where, [brought.id], by=ana.person("Ben Ito"))

    answer = await click(ana, summary)

    assert "It was attached once more" in answer.text
    assert "Salary" not in answer.all_text()
    assert "Keep a copy, then detach" not in answer.buttons
    assert brought.id in ana.portal.data.files
    assert not deletions(ana)


@ONE_MODE
async def test_a_file_that_somebody_has_open_stays_and_goes_once_it_is_closed(ana: World):
    summary, brought = await attach(ana)
    brought.editing = True
    answer = await click(ana, summary)
    assert "Somebody has it open just now." in answer.text
    brought.editing = False

    again = await click(ana, answer, "Undo again", "is undone")

    assert "1 file was removed from Case #7" in again.text
    assert brought.id not in ana.portal.data.files


@ONE_MODE
async def test_each_file_has_an_outcome_of_its_own(ana: World):
    files = f"{link(ana)} {link(ana, 'prices.pdf', b'%PDF 1;2')} {link(ana, 'x.pdf', b'%PDF x')}"
    summary = await ana.say(f"case 7 {files}")
    tagged = ana.portal.events_of(CASE_7)[-1].tagged
    offer, prices, _ = (ana.portal.data.files[id_] for id_ in tagged)
    ana.portal.data.store.edit(prices, ana.person("Ben Ito"), b"%PDF 3;4")
    ana.portal.attach(DEAL_31, [offer.id], by=ana.person("Ben Ito"))

    asked = await click(ana, summary)

    assert "1 file was removed from Case #7: x.pdf." in asked.all_text()
    assert "Somebody changed prices.pdf after receipt" in asked.all_text()
    assert "offer.pdf" in asked.all_text()
    answer = await click(ana, asked, "Leave it")
    assert answer.text.startswith(f"Receipt {receipt_of(summary)} is undone in part.")
    assert {offer.id, prices.id} <= ana.portal.data.files.keys()
    assert len(deletions(ana)) == 1


@ONE_MODE
async def test_the_number_of_a_deleted_file_is_not_mistaken_for_it(ana: World):
    summary, brought = await attach(ana)
    ana.portal.data.crm.delete_file(brought)
    other = ana.portal.file("other.pdf", content=b"other", owner=ana.person("Ana Reyes"))
    assert other == brought.id
    ana.portal.data.files[other].created += timedelta(seconds=5)
    ana.portal.attach(CASE_7, [other], by=ana.person("Ben Ito"))

    answer = await click(ana, summary)

    assert "offer.pdf was not on Case #7 any more." in answer.text
    assert other in ana.portal.data.files
    assert not deletions(ana)


@ONE_MODE
async def test_without_the_whole_history_nothing_is_deleted(ana: World):
    summary, brought = await attach(ana)
    ana.portal.faults.add(Fault(match=("GET", "history/filter"), status=500, body="{}"))

    answer = await click(ana, summary)

    assert "I cannot find out whether it is on another record, too." in answer.text
    assert brought.id in ana.portal.data.files


# Who, and until when


@ONE_MODE
async def test_only_who_attached_takes_it_back(ana: World):
    await ana.connect(user="U0BEN", name="Ben Ito")
    summary, brought = await attach(ana)
    receipt = receipt_of(summary)

    typed = await ana.say(f"undo {receipt}", user="U0BEN")
    latest = await ana.say("undo", user="U0BEN")

    assert typed.text.startswith(f"You have no receipt {receipt} that can be undone.")
    assert latest.text.startswith("You have attached nothing that can be undone.")
    assert brought.id in ana.portal.data.files


@ONE_MODE
async def test_what_attached_nothing_is_nothing_to_undo(ana: World):
    there = await ana.say("case 7 9")
    listed = await ana.say("list case 7")

    answer = await ana.say(f"undo {receipt_of(there)}")

    assert "Undo" not in there.buttons
    assert "Undo" not in listed.buttons
    assert "that can be undone" in answer.text


@ONE_MODE
async def test_after_eight_days_it_is_too_late_and_the_words_say_so(ana: World):
    summary, brought = await attach(ana)
    receipt = receipt_of(summary)
    await ana.stop()
    with closing(sqlite3.connect(database(ana))) as db:
        [(ended,)] = db.execute("select finished_at from filings where receipt = ?", (receipt,))
        before = (datetime.fromisoformat(ended) - timedelta(days=8)).isoformat()
        db.execute("update filings set finished_at = ? where receipt = ?", (before, receipt))
        db.commit()
    await ana.start()

    clicked = await click(ana, summary)
    latest = await ana.say("undo")

    assert clicked.text.startswith(f"Receipt {receipt} cannot be undone any more.")
    assert "possible for 7 days" in clicked.text
    assert latest.text.startswith("You have attached nothing that can be undone.")
    assert brought.id in ana.portal.data.files


# Trouble


async def test_a_kill_between_the_deletion_and_its_outcome_deletes_once(ana: World, tmp_path: Path):
    summary, brought = await attach(ana)
    await ana.stop()
    ana.portal.faults.add(Fault(match=DELETION, linger=1, times=1))
    env = {**ana.env, "ATTACHBOT_PORT": str(free_port())}
    async with started("run", env=env, folder=tmp_path) as process:
        line = await line_of(process)
        if "SLACK_SIGNING_SECRET" in env:
            ana.slack.deliver_to = line.partition("HTTP at ")[2].partition(";")[0]
        else:
            await ana.slack.connected(2)
        exchange = await ana.slack.click(summary, "Undo")
        await ana.portal.until(lambda: brought.id not in ana.portal.data.files)
        process.kill()
        await process.wait()

    await ana.start()

    answer = await ana.slack.answer(exchange, "is undone")
    assert answer.ts == summary.ts
    assert "1 file was removed from Case #7" in answer.text
    await ana.portal.until(lambda: len(deletions(ana)) > 0)  # it is noted once it was answered
    assert len(deletions(ana)) == 1


async def test_a_key_that_expired_is_asked_for_and_the_undo_goes_on(ana: World):
    summary, brought = await attach(ana)
    ana.portal.expire(ana.person("Ana Reyes"))
    asked = await click(ana, summary)
    assert asked.text.startswith("Your CRM key has expired.")
    assert f"undo receipt {receipt_of(summary)} on Case #7" in asked.all_text()
    status = await ana.say("status")
    assert f"undo receipt {receipt_of(summary)} on Case #7" in status.all_text()

    ana.portal.token(ana.person("Ana Reyes"))
    await ana.connect()

    await ana.slack.until(lambda: brought.id not in ana.portal.data.files or None)


@ONE_MODE
async def test_a_portal_that_fails_is_asked_again(ana: World):
    summary, brought = await attach(ana)
    ana.portal.faults.add(Fault(match=("GET", "case/7$"), status=503, body="", times=1))

    answer = await click(ana, summary, saying="is undone")

    assert "1 file was removed from Case #7" in answer.text
    assert brought.id not in ana.portal.data.files


@ONE_MODE
@pytest.mark.parametrize("happens", ["500 after", "cut after", "record gone"])
async def test_a_deletion_whose_answer_is_lost_is_looked_for_and_not_repeated(
    ana: World, happens: str
):
    summary, brought = await attach(ana)
    if happens == "500 after":
        ana.portal.faults.add(Fault(match=DELETION, status=500, body="{}", acts=True))
    elif happens == "cut after":
        ana.portal.faults.add(Fault(match=DELETION, drop="after"))
    else:
        body = '{"statusCode": 404, "error": {}}'
        ana.portal.faults.add(Fault(match=DELETION, status=404, body=body, headers=JSON, acts=True))

    answer = await click(ana, summary, saying="is undone")

    assert "1 file was removed from Case #7" in answer.text
    assert brought.id not in ana.portal.data.files
    assert len(deletions(ana)) == 1


async def test_a_deletion_that_may_still_come_is_told_and_not_repeated(ana: World):
    summary, brought = await attach(ana)
    ana.portal.faults.add(Fault(match=DELETION, drop="before"))

    told = await click(ana, summary, saying="stopped answering while I deleted offer.pdf")

    assert told.buttons == ["Check now"]
    looks = len(looks_at(ana))
    await ana.slack.click(told, "Check now")
    await ana.portal.until(lambda: len(looks_at(ana)) > looks)
    status = await ana.say("status")
    assert f"undo receipt {receipt_of(summary)} on Case #7" in status.all_text()
    assert len(deletions(ana)) == 1
    ana.portal.data.crm.delete_file(brought)
    answer = await click(ana, told, "Check now", "is undone")
    assert answer.text.startswith(f"Receipt {receipt_of(summary)} is undone.")
    assert len(deletions(ana)) == 1


@ONE_MODE
async def test_a_portal_that_denies_the_deletion_is_told_of(ana: World):
    summary, brought = await attach(ana)
    body = '{"statusCode": 403, "error": {"message": "Access Denied"}}'
    ana.portal.faults.add(Fault(match=DELETION, status=403, body=body, headers=JSON))

    answer = await click(ana, summary)

    assert "is not undone" in answer.text
    assert "The portal does not let you delete it." in answer.text
    assert brought.id in ana.portal.data.files


@ONE_MODE
async def test_a_copy_that_cannot_be_made_keeps_the_original(ana: World, orphan: Shown):
    asked = await click(ana, orphan)
    body = '{"statusCode": 403, "error": {"message": "No permission"}}'
    ana.portal.faults.add(Fault(match=("POST", "copyas"), status=403, body=body, headers=JSON))

    answer = await click(ana, asked, "Keep a copy, then detach")

    assert "The portal did not let me copy it." in answer.text
    assert SHA in digests(ana)
    assert not deletions(ana)
