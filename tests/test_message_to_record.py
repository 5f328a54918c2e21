"""From a message to the record: what the sent form attaches, and who is told of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.domain import EntityRef, EntityType
from bot.sandbox.slack import Fault
from tests.test_forms import days_pass
from tests.test_message_shortcut import FILES, form_on, ticked

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.sandbox.slack import Message, OpenView, Shown
    from tests.world import World

CASE_7 = EntityRef(EntityType.CASE, 7)
THREAD = "Reply in the thread so others know"
NOTE = "Save the message text as a note file"


async def filled_in(ana: World, message: Message, record: str = "7") -> OpenView:
    """Return the form on a message, with case 7 found in its menu."""
    form = await form_on(ana, message)
    await ana.slack.suggest(form, "record", record)
    return form


async def sent(ana: World, form: OpenView, **values: object) -> None:
    """Send the form for case 7."""
    values = {name.replace("_", "."): value for name, value in values.items()}
    result = await ana.slack.submit(form, {"record": "case:7", **values})
    assert result.errors == {}


async def told(ana: World, channel: str = "C0SALES") -> Shown:
    """Return the answer that only the person sees."""
    return await ana.slack.until(lambda: next(private(ana, channel), None), "a private answer")


def private(ana: World, channel: str) -> Iterator[Shown]:
    seen = reversed(ana.slack.messages_of("U0ANA", channel))
    return (one for one in seen if one.ephemeral and one.text.startswith("Attached"))


def openly(ana: World, channel: str = "C0SALES") -> list[Shown]:
    """Return what everybody reads of the bot."""
    seen = ana.slack.messages_of("U0BEN", channel)
    return [one for one in seen if one.author == ana.slack.bot_user]


def on_case_7(world: World) -> dict[str, bytes]:
    """Return what the latest event put on case 7, by title."""
    latest = world.portal.events_of(CASE_7)[-1]
    files = [world.portal.data.files[id_] for id_ in latest.tagged]
    return {file.title: file.content or b"" for file in files}


async def test_the_files_of_a_message_are_put_on_the_record(ana: World):
    shared = await ana.slack.share_files(FILES)

    await sent(ana, await filled_in(ana, shared.message))

    answer = await told(ana)
    assert answer.text.startswith("Attached 2 files to Case #7, Acme onboarding: contract.pdf")
    assert on_case_7(ana) == FILES
    assert ana.slack.view_of("U0ANA") is None
    assert openly(ana) == []


async def test_only_what_is_ticked_goes(ana: World):
    shared = await ana.slack.share_files(FILES)

    await sent(ana, await filled_in(ana, shared.message), ticked_1=["prices.xlsx"])

    await told(ana)
    assert on_case_7(ana) == {"prices.xlsx": FILES["prices.xlsx"]}


async def test_files_of_the_message_the_device_and_the_portal_go_together(ana: World):
    shared = await ana.slack.share_files(FILES)
    own = ana.slack.put_file("own.pdf", b"%PDF own")

    form = await filled_in(ana, shared.message)
    await sent(ana, form, more=[own.id], files="12 -- all of it")

    assert (await told(ana)).text.startswith("Attached 4 files to Case #7")
    assert {*FILES, "own.pdf"} < set(on_case_7(ana))


async def test_without_any_file_the_form_says_so(ana: World):
    shared = await ana.slack.share_files(FILES)
    form = await filled_in(ana, shared.message)

    result = await ana.slack.submit(form, {"record": "case:7", "ticked.1": []})

    assert result.errors == {
        "ticked.1": "Choose a file: tick one, add one from your device, or type its number."
    }


async def test_a_file_of_the_device_that_may_not_go_is_said_at_its_field(unstarted: World):
    await unstarted.start(ATTACHBOT_BLOCKED_FILE_TYPES="exe")
    await unstarted.connect()
    form = await filled_in(unstarted, unstarted.slack.say("Hello"))
    own = unstarted.slack.put_file("run.exe", b"MZ")

    result = await unstarted.slack.submit(form, {"record": "case:7", "more": [own.id]})

    assert result.errors == {
        "more": (
            "run.exe: Files of type .exe are not allowed here. "
            "Your Slack admin sets this rule. Attach the other files."
        )
    }


async def test_the_thread_is_told_if_it_is_wished(ana: World):
    shared = await ana.slack.share_files(FILES)

    await sent(ana, await filled_in(ana, shared.message), opts=[THREAD])

    await told(ana)
    (reply,) = await ana.slack.until(lambda: openly(ana) or None, "a reply in the thread")
    assert reply.thread == shared.message.ts
    assert "attached 2 files to Case #7" in reply.text


async def test_in_a_thread_both_answers_stand_in_the_thread(ana: World):
    first = ana.slack.say("Here they come")
    shared = await ana.slack.share_files(FILES, thread=first.ts)

    await sent(ana, await filled_in(ana, shared.message), opts=[THREAD])

    assert (await told(ana)).thread == first.ts
    (reply,) = await ana.slack.until(lambda: openly(ana) or None, "a reply in the thread")
    assert reply.thread == first.ts


async def test_a_private_record_is_told_to_nobody_else(ana: World):
    ana.portal.data.records[CASE_7].private = True
    shared = await ana.slack.share_files(FILES)

    await sent(ana, await filled_in(ana, shared.message), opts=[THREAD])

    await told(ana)
    await ana.say("status")
    assert openly(ana) == []


async def test_where_the_bot_was_thrown_out_only_the_person_is_told(ana: World):
    shared = await ana.slack.share_files(FILES)
    form = await filled_in(ana, shared.message)
    ana.slack.faults["chat.postMessage"] = Fault("not_in_channel")

    await sent(ana, form, opts=[THREAD])

    assert (await told(ana)).text.startswith("Attached 2 files to Case #7")
    assert openly(ana) == []


async def test_the_text_of_the_message_becomes_a_file(ana: World):
    await ana.connect(user="U0BEN", name="Ben Ito")
    said = ana.slack.say("Signed by <@U0ANA> &amp; co", user="U0BEN")

    await sent(ana, await filled_in(ana, said), opts=[NOTE])

    assert (await told(ana)).text.startswith("Attached 1 file to Case #7")
    ((title, content),) = on_case_7(ana).items()
    assert title.startswith("Slack message by Ben Ito, ")
    assert title.endswith(".txt")
    lines = content.decode().splitlines()
    assert lines[0].startswith("Message by Ben Ito in Slack, ")
    assert lines[1] == f"{ana.slack.url}/archives/C0SALES/p{said.ts.replace('.', '')}"
    assert lines[3] == "Signed by @Ana Reyes & co"


async def test_two_clicks_are_enough_in_a_linked_channel(ana: World):
    await ana.say("link case 7")
    shared = await ana.slack.share_files(FILES)

    form = await form_on(ana, shared.message)
    assert "Case #7, Acme onboarding" in form.all_text()
    await ana.slack.submit(form)

    assert (await told(ana)).text.startswith("Attached 2 files to Case #7, Acme onboarding")
    assert on_case_7(ana) == FILES


async def test_who_does_not_see_the_record_of_the_channel_chooses_another(ana: World):
    await ana.say("link case 7")
    await ana.connect(user="U0BEN", name="Ben Ito")
    record = ana.portal.data.records[CASE_7]
    record.private, record.listed = True, (ana.person("Ana Reyes"),)
    shared = await ana.slack.share_files(FILES)

    form = await form_on(ana, shared.message, user="U0BEN")

    assert "Case #7" not in form.all_text()
    assert "Acme" not in form.all_text()


async def test_what_was_filed_before_is_said(ana: World):
    shared = await ana.slack.share_files(FILES)
    await sent(ana, await filled_in(ana, shared.message), ticked_1=["prices.xlsx"])
    await told(ana)

    again = await form_on(ana, shared.message)

    assert "Filed before: prices.xlsx on Case #7 by <@U0ANA>" in again.all_text()


async def test_a_private_record_is_not_named_where_it_was_filed_before(ana: World):
    ana.portal.data.records[CASE_7].private = True
    shared = await ana.slack.share_files(FILES)
    await sent(ana, await filled_in(ana, shared.message), ticked_1=["prices.xlsx"])
    await told(ana)

    again = await form_on(ana, shared.message)

    assert "Filed before: prices.xlsx on a private record by <@U0ANA>" in again.all_text()


async def test_another_record_is_chosen_for_the_same_files_and_the_same_note(ana: World):
    shared = await ana.slack.share_files(FILES, text="Both are final")
    form = await form_on(ana, shared.message)
    gone = ana.portal.case("Gone tomorrow", id=70)
    await ana.slack.suggest(form, "record", "70")
    del ana.portal.data.records[gone]
    await ana.slack.submit(form, {"record": "case:70", "opts": [NOTE]})
    failed = await ana.slack.until(
        lambda: next(iter(find(ana, "was not found")), None), "word of the record"
    )

    again = await ana.slack.opened(await ana.slack.click(failed, "Choose a record"), "Files in")
    await ana.slack.suggest(again, "record", "7")
    await ana.slack.submit(again, {"record": "case:7"})

    await told(ana)
    titles = set(on_case_7(ana))
    assert set(FILES) < titles
    assert [title for title in titles if title.startswith("Slack message by ")]


def find(ana: World, words: str) -> list[Shown]:
    return [one for one in ana.slack.messages_of("U0ANA", "C0SALES") if words in one.text]


async def test_a_form_that_was_open_for_days_keeps_its_ticks(ana: World):
    shared = await ana.slack.share_files(FILES)
    form = await filled_in(ana, shared.message)
    own = ana.slack.put_file("own.pdf", b"%PDF own")
    await ana.stop()
    days_pass(ana)
    await ana.start()
    fields = {"record": "case:7", "ticked.1": ["prices.xlsx"], "more": [own.id]}
    late = await ana.slack.opened(await ana.slack.submit(form, fields), "open too long")

    clicked = await ana.slack.click(late, "Open the form again")
    again = await ana.slack.opened(clicked, "Files in Slack")

    assert ticked(again) == ["prices.xlsx", "own.pdf"]
    assert "contract.pdf" in again.all_text()
    await ana.slack.submit(again)
    answer = await ana.slack.shown("U0ANA", "U0ANA")
    assert answer[-1].text.startswith("Attached 2 files to Case #7")


async def test_a_form_sent_twice_brings_its_files_once(ana: World):
    shared = await ana.slack.share_files(FILES, text="Both are final")
    form = await filled_in(ana, shared.message)
    result = await ana.slack.submit(form, {"record": "case:7", "opts": [NOTE]})
    await told(ana)

    await ana.slack.redeliver(result)
    await ana.say("status")

    assert len(ana.portal.events_of(CASE_7)) == 2
    stored = [file.title for file in ana.portal.data.files.values() if file.title in FILES]
    assert sorted(stored) == sorted(FILES)
    assert len(on_case_7(ana)) == 3
