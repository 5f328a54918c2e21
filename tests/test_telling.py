"""What a person hears of a request, and where, when Slack does not take what is said."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.domain import EntityRef, EntityType
from bot.sandbox.slack import Fault

if TYPE_CHECKING:
    from tests.world import World

CASE_7 = EntityRef(EntityType.CASE, 7)
DONE = "Attached 1 file to Case #7"


def read(world: World, where: str = "C0SALES") -> list[str]:
    """Return how the messages begin that Ana reads."""
    return [shown.text[: len(DONE)] for shown in world.slack.messages_of("U0ANA", where)]


def calls(world: World) -> list[str]:
    return [call.method for call in world.slack.calls if call.method.startswith("chat.")]


async def settled(world: World) -> None:
    """Wait until the bot has nothing more to say."""
    await world.stop()
    running = await world.start()
    assert running.taken_up == 0


async def test_an_answer_that_may_have_been_read_is_said_once_more_and_never_again(ana: World):
    ana.slack.faults["response_url"] = Fault("drop_after")

    await ana.slack.command("case 7 12")
    await ana.slack.shown("U0ANA", "C0SALES", 2)
    await settled(ana)

    assert read(ana) == [DONE, DONE]
    assert calls(ana) == ["chat.postEphemeral"]
    assert len(ana.portal.events_of(CASE_7)) == 2


async def test_question_and_answer_in_a_direct_message_are_one_message(ana: World):
    ana.slack.faults["response_url"] = Fault(404)
    await ana.slack.command("case 7 14", channel="C0RANDOM")
    [asked] = await ana.slack.shown("U0ANA", "U0ANA")

    exchange = await ana.slack.click(asked, "Copy and attach")
    await ana.slack.until(lambda: read(ana, "U0ANA") == [DONE])
    await settled(ana)

    assert exchange.ack.good
    assert calls(ana) == ["chat.postEphemeral", "chat.postMessage", "chat.update"]
    assert read(ana, "U0ANA") == [DONE]


async def test_a_command_behind_a_button_leaves_the_direct_message_of_its_request(ana: World):
    ana.slack.faults["response_url"] = Fault(404)
    await ana.slack.command("case 31 12", channel="C0RANDOM")
    [failed] = await ana.slack.shown("U0ANA", "U0ANA")
    ana.slack.faults.clear()

    click = await ana.slack.click(failed, "Attach to opportunity 31")
    answer = await ana.slack.answer(click)

    assert "Already on Opportunity #31" in answer.text
    assert ana.slack.messages_of("U0ANA", "U0ANA")[0].text == failed.text


async def test_what_could_not_be_told_is_told_to_whoever_asks_for_the_status(ana: World):
    ana.slack.faults["response_url"] = Fault(404)
    ana.slack.faults["chat.postEphemeral"] = Fault("channel_not_found")
    ana.slack.faults["chat.postMessage"] = Fault("user_disabled")
    await ana.slack.command("case 7 12")
    await ana.slack.until(lambda: calls(ana) == ["chat.postEphemeral", "chat.postMessage"])
    await settled(ana)
    ana.slack.faults.clear()

    asked = await ana.slack.command("status")
    [_, told] = await ana.slack.shown("U0ANA", "C0SALES", 2)
    await settled(ana)
    again = await ana.say("status")

    assert asked.said is not None
    assert "I could not tell you" in asked.said["text"]
    assert DONE in asked.said["text"]
    assert told.text.startswith(DONE)
    assert "Share in channel" in told.buttons
    assert "could not tell" not in again.all_text()


async def test_sharing_twice_changes_the_summary_that_the_bot_posted(ana: World):
    answer = await ana.say("case 7 12")
    ana.slack.faults["response_url"] = Fault(404)
    for count in (1, 2):
        await ana.slack.click(answer, "Share in channel")
        await ana.slack.until(lambda: len(calls(ana)) == count)  # noqa: B023  (awaited at once)
    await settled(ana)

    assert calls(ana) == ["chat.postMessage", "chat.update"]
    [shared] = ana.slack.messages_of("U0BEN", "C0SALES")
    assert shared.text.startswith("<@U0ANA> attached 1 file to Case #7")
