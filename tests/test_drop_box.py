"""Files sent to the bot in a direct message: one question a message, and none without an answer."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from bot.sandbox.slack import Fault
from tests.sharing import CASE_7, OFFER, PRICES, asked, digests, prompt, saying, sha

if TYPE_CHECKING:
    from tests.world import World

BOX = "D0ANA"
TEN = {f"scan-{number}.pdf": OFFER + bytes([number]) for number in range(10)}


async def test_ten_files_at_once_are_one_question_with_the_latest_records(ana: World):
    await ana.say("case 9 12")
    await ana.say("case 7 12")
    await ana.say("case 7 13")

    await ana.slack.share_files(TEN, channel=BOX)
    shown = await prompt(ana, channel=BOX)
    await ana.slack.click(shown, "Case #7, Acme onboarding")
    done = await saying(ana, "Attached 10 files to Case #7", channel=BOX)

    assert shown.text.startswith("Which record should scan-0.pdf, scan-1.pdf")
    assert "Which record should these 10 files be added to?" in shown.all_text()
    assert shown.buttons == [
        "Case #7, Acme onboarding",
        "Case #9, Trade fair 2024 (closed)",
        "Other record",
        "Not now",
    ]
    assert (shown.ephemeral, done.ts) == (False, shown.ts)
    assert digests(ana) == {name: sha(content) for name, content in TEN.items()}


async def test_events_in_any_order_twice_and_around_a_restart_are_one_question(ana: World):
    shared = await ana.slack.share_files(dict(list(TEN.items())[:4]), channel=BOX)
    await asyncio.gather(*(ana.slack.redeliver(one) for one in reversed(shared.exchanges)))
    await ana.stop()
    await ana.start()
    await prompt(ana, channel=BOX)
    for exchange in shared.exchanges:
        await ana.slack.redeliver(exchange)
    await ana.stop()
    await ana.start()
    await ana.slack.share_files({"marker.pdf": PRICES}, channel=BOX)
    await saying(ana, "marker.pdf", channel=BOX)

    assert len(asked(ana, channel=BOX)) == 2
    assert "these 4 files" in asked(ana, channel=BOX)[0].all_text()


async def test_a_file_that_is_told_of_late_is_asked_about_and_not_lost(ana: World):
    shared = await ana.slack.share_files({"a.pdf": OFFER}, channel=BOX)
    await prompt(ana, channel=BOX)
    late = ana.slack.put_file("late.pdf", PRICES, channel=BOX)
    shared.message.files.append(late)

    event = {**shared.exchanges[0].payload["event"], "file_id": late.id, "file": {"id": late.id}}
    await ana.slack.event(event)
    await saying(ana, "late.pdf", channel=BOX)

    first, second = asked(ana, channel=BOX)
    assert ("a.pdf" in first.text, "late.pdf" in first.text) == (True, False)
    assert ("a.pdf" in second.text, "late.pdf" in second.text) == (False, True)


async def test_who_is_not_connected_connects_first_and_is_asked_then(world: World):
    await world.slack.share_files({"offer.pdf": OFFER, "empty.txt": b""}, channel=BOX)
    first = await saying(world, "Connect your CRM account first", channel=BOX)

    form = await world.slack.opened(await world.slack.click(first, "Connect account"))
    sent = await world.slack.submit(form, {"key": world.person("Ana Reyes").token})
    shown = await prompt(world, channel=BOX)

    assert not sent.errors
    assert "offer.pdf: I ask where to put them then." in first.all_text()
    assert "empty.txt is empty." in first.all_text()
    assert shown.ts == first.ts
    assert "Which record should *offer.pdf*" in shown.all_text()


async def test_who_connects_while_the_bot_is_away_is_asked_after_its_start(world: World):
    await world.slack.share_files({"offer.pdf": OFFER}, channel=BOX)
    first = await saying(world, "Connect your CRM account first", channel=BOX)
    world.slack.faults["chat.update"] = Fault("drop", times=1)
    await world.connect()
    await world.slack.until(
        lambda: any(one.method == "chat.update" for one in world.slack.calls) or None
    )
    await world.stop()
    await world.start()

    shown = await prompt(world, channel=BOX)

    assert shown.ts == first.ts


async def test_each_file_that_cannot_go_is_named_with_its_reason(ana: World):
    await ana.slack.share_files(
        {"Plan": b"<h1>", "gone.pdf": OFFER},
        channel=BOX,
        odd={"Plan": {"mode": "quip"}, "gone.pdf": {"mode": "tombstone"}},
    )
    several = await saying(ana, "None of these 2 files can be attached", channel=BOX)
    await ana.slack.share_files({"empty.txt": b""}, channel=BOX)
    one = await saying(ana, "empty.txt is empty", channel=BOX)

    assert "“Plan” is a Slack canvas." in several.all_text()
    assert "This file is no longer in Slack." in several.all_text()
    assert "Nothing was attached." in several.text
    assert one.text.startswith("empty.txt is empty.")
    assert one.buttons == []


async def test_a_question_that_slack_does_not_take_at_once_is_asked_later(ana: World):
    ana.slack.faults["chat.postMessage"] = Fault(503, times=1)

    await ana.slack.share_files({"offer.pdf": OFFER}, channel=BOX)

    await prompt(ana, channel=BOX)


async def test_not_now_lets_the_files_be(ana: World):
    await ana.slack.share_files({"offer.pdf": OFFER}, channel=BOX)
    shown = await prompt(ana, channel=BOX)

    click = await ana.slack.click(shown, "Not now")
    left = await saying(ana, "Not added: offer.pdf", channel=BOX)
    again = await ana.slack.redeliver(click)
    await ana.say("status", channel=BOX)

    assert again.ack.good
    assert left.ts == shown.ts
    assert len(ana.portal.events_of(CASE_7)) == 1


async def test_files_of_a_thread_are_asked_about_in_the_thread(ana: World):
    parent = ana.slack.say("Here they come.", channel=BOX)

    await ana.slack.share_files({"offer.pdf": OFFER}, channel=BOX, thread=parent.ts)

    assert (await prompt(ana, channel=BOX)).thread == parent.ts


# `last`


async def test_last_is_the_persons_newest_file_of_the_conversation(ana: World):
    await ana.slack.share_files({"old.pdf": PRICES})
    await ana.slack.share_files({"offer.pdf": OFFER})
    await ana.slack.share_files({"ben.pdf": PRICES}, user="U0BEN")
    await ana.slack.share_files({"elsewhere.pdf": PRICES}, channel="C0DEALS")

    exchange = await ana.slack.command("case 7 last -- signed copy")
    answer = await ana.slack.answer(exchange, "Attached")
    elsewhere = await ana.say("case 7 last", channel=BOX)

    assert answer.text.startswith("Attached 1 file to Case #7, Acme onboarding: offer.pdf")
    assert digests(ana) == {"offer.pdf": sha(OFFER)}
    assert "I have seen no file of yours in this conversation" in elsewhere.text


async def test_here_last_needs_neither_number_nor_name(ana: World):
    await ana.say("link case 7")
    await ana.slack.share_files({"offer.pdf": OFFER})

    exchange = await ana.slack.command("here last")
    answer = await ana.slack.answer(exchange, "Attached")

    assert answer.text.startswith("Attached 1 file to Case #7, Acme onboarding: offer.pdf")
