"""Accounts: connecting, waiting for it, keys that expire, and who acts as whom."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bot.domain import EntityRef, EntityType
from bot.sandbox.portal import SandboxPortal
from bot.sandbox.portal_faults import Fault

if TYPE_CHECKING:
    from bot.sandbox.slack import OpenView, Submission
    from tests.world import World

CASE_7 = EntityRef(EntityType.CASE, 7)


async def form_of(world: World, *, user: str = "U0ANA") -> OpenView:
    return await world.slack.opened(await world.slack.command("connect", user=user))


async def send(world: World, key: str) -> Submission:
    return await world.slack.submit(await form_of(world), {"key": key})


async def test_a_request_before_connecting_waits_and_finishes_by_itself(world: World):
    exchange = await world.slack.command("case 7 12,13")
    assert exchange.said is not None
    assert exchange.said["text"].startswith("Connect your CRM account first.")
    assert "attach files 12 and 13 to Case #7 is saved for 15 minutes" in exchange.said["text"]
    asked = await world.slack.answer(exchange)

    clicked = await world.slack.click(asked, "Connect account")
    form = await world.slack.opened(clicked)
    sent = await world.slack.submit(form, {"key": world.person("Ana Reyes").token})
    confirmed = await world.slack.opened(sent)
    answer = await world.slack.answer(clicked, "Attached 2 files")

    assert "Connected as Ana Reyes" in confirmed.all_text()
    assert "I am now finishing your request: attach files 12 and 13 to Case #7." in (
        confirmed.all_text()
    )
    assert answer.text.startswith("Attached 2 files to Case #7, Acme onboarding")
    assert [one.ts for one in world.slack.messages_of("U0ANA", "C0SALES")] == [asked.ts]


async def test_a_list_waits_for_the_account_too(world: World):
    exchange = await world.slack.command("list case 7")
    assert exchange.said is not None
    await world.connect()

    answer = await world.slack.answer(exchange, "3 files")

    assert answer.text.startswith("Case #7, Acme onboarding, has 3 files.")


async def test_a_waiting_request_can_be_cancelled(world: World):
    asked = await world.say("case 7 12")

    exchange = await world.slack.click(asked, "Cancel request")
    answer = await world.slack.answer(exchange)
    await world.connect()

    assert answer.text.startswith("Request cancelled. Nothing was attached.")
    assert len(world.portal.events_of(CASE_7)) == 1


async def test_the_form_asks_for_no_portal_when_there_is_one(world: World):
    form = await form_of(world)

    assert [block["block_id"] for block in form.blocks if block["type"] == "input"] == ["cm.key"]


async def test_a_key_that_the_portal_does_not_know_is_a_field_error(world: World):
    sent = await send(world, "this-is-certainly-no-key-at-all")

    assert sent.errors["key"].startswith("The portal did not accept this key.")
    assert await world.slack.command("status")


@pytest.mark.parametrize("key", ["Basic YW5hOnNlY3JldHNlY3JldA==", "Bearer abcdefghijklmnop"])
async def test_a_password_in_disguise_is_no_key_and_does_not_leave_the_bot(world: World, key: str):
    asked_before = len(world.portal.requests)

    sent = await send(world, key)

    assert sent.errors["key"].startswith("The portal did not accept this key.")
    assert len(world.portal.requests) == asked_before


async def test_guests_and_people_without_crm_are_told_in_the_form(world: World):
    guest = world.portal.person("Gia Guest", guest=True)
    closed = world.portal.person("Cleo Closed", crm=False)

    of_guest = await send(world, guest.token)
    of_closed = await send(world, closed.token)

    assert "Guests have no CRM." in of_guest.errors["key"]
    assert "cannot use CRM" in of_closed.errors["key"]


@pytest.mark.parametrize(
    "fault", [Fault(latency=10), Fault(drop="before"), Fault(status=502, body="<html>")]
)
async def test_a_portal_that_does_not_answer_is_a_field_error_in_time(world: World, fault: Fault):
    world.portal.faults.add(fault)

    sent = await send(world, world.person("Ana Reyes").token)

    assert "does not answer, so the key could not be checked." in sent.errors["key"]
    assert sent.ack.seconds < 3


async def test_what_is_stored_opens_no_portal_without_the_key_ring(ana: World):
    path = ana.settings.database_url.removeprefix("sqlite:///")
    await ana.stop()

    with open(path, "rb") as file:  # noqa: ASYNC230, PTH123  (the bot has stopped)
        stored = file.read()

    assert ana.person("Ana Reyes").token.encode() not in stored
    assert b"hooks" not in stored
    assert b"/commands/" not in stored


async def test_a_key_of_another_person_than_before_takes_a_second_yes(ana: World):
    ben = ana.portal.person("Ben Okafor")

    asks = "This key belongs to Ben Okafor, and you are connected as Ana Reyes."

    asked = await ana.slack.opened(await send(ana, ben.token), asks)
    again = await ana.slack.opened(await ana.slack.submit(asked, {"key": ben.token}), asks)
    assert (await ana.say("status")).text.startswith("You are connected as Ana Reyes")
    agreed = {"key": ben.token, "other": "Connect me as Ben Okafor from now on"}
    sent = await ana.slack.submit(again, agreed)

    assert await ana.slack.opened(sent, "Connected as Ben Okafor")


async def test_status_says_who_and_where(ana: World):
    answer = await ana.say("status")

    assert answer.text.startswith("You are connected as Ana Reyes at")
    assert "Ana Reyes (ana.reyes@office.example) at" in answer.all_text()


async def test_disconnecting_deletes_the_key_and_the_next_request_asks_again(ana: World):
    answer = await ana.say("disconnect")
    assert answer.text == (
        "Disconnected. Your key is deleted. Files that are already in CRM stay there."
    )

    asked = await ana.say("case 7 12")

    assert asked.text.startswith("Connect your CRM account first.")


async def test_everybody_acts_with_their_own_key(ana: World):
    await ana.connect(user="U0BEN", name="Ben Ito")

    await ana.say("case 7 12", user="U0ANA")
    await ana.say("case 9 12", user="U0BEN")

    posts = {seen.path: seen.person for seen in ana.portal.requests if seen.method == "POST"}
    assert posts == {
        "/api/2.0/crm/case/7/files": "Ana Reyes",
        "/api/2.0/crm/case/9/files": "Ben Ito",
    }


async def test_an_expired_key_is_asked_for_anew_and_the_request_finishes(ana: World):
    person = ana.person("Ana Reyes")
    ana.portal.expire(person)
    exchange = await ana.slack.command("case 7 12")
    asked = await ana.slack.answer(exchange)
    assert asked.text.startswith("Your CRM key has expired. Nothing was changed in CRM.")

    ana.portal.token(person)
    clicked = await ana.slack.click(asked, "Paste a new key")
    form = await ana.slack.opened(clicked)
    await ana.slack.submit(form, {"key": person.token})
    answer = await ana.slack.answer(clicked, "Attached")

    assert answer.text.startswith("Attached 1 file to Case #7")
    assert len(ana.portal.events_of(CASE_7)) == 2


async def test_a_key_typed_into_a_command_is_refused_and_forgotten(world: World):
    key = world.person("Ana Reyes").token

    exchange = await world.slack.command(f"connect {key}")

    assert exchange.said is not None
    assert key not in str(exchange.said)
    assert "key" in exchange.said["text"]


async def test_how_to_get_a_key_and_what_is_stored_open_on_top(world: World):
    asked = await world.say("case 7 12")
    about = await world.slack.opened(await world.slack.click(asked, "What is stored?"))
    assert "Your CRM key, encrypted." in about.all_text()
    await world.slack.close(about)

    form = await form_of(world)
    howto = await world.slack.opened(await world.slack.click(form, "How to get a key"))

    assert "attachbot token" in howto.all_text()
    assert world.slack.calls[-1].method == "views.push"


async def test_several_portals_are_chosen_in_the_form_and_named_in_answers(unstarted: World):
    async with SandboxPortal() as second:
        owner = second.person("Olga Other", crm_admin=True)
        record = second.case("Elsewhere", id=5)
        file = second.file("there.pdf", id=6, size=3)
        second.attach(second.case("Holder", id=50), (file,), by=owner)
        await unstarted.start(ATTACHBOT_PORTAL_URL=f"{unstarted.portal.url},{second.url}")
        form = await form_of(unstarted)

        sent = await unstarted.slack.submit(form, {"portal": second.url, "key": owner.token})
        assert not sent.errors
        answer = await unstarted.say(f"{second.url}/Products/CRM/Cases.aspx?id=5 6")

        assert answer.text.startswith("Attached 1 file to Case #5, Elsewhere")
        assert second.url.removeprefix("http://") in answer.all_text()
        assert second.attached(record) == [6]


async def test_when_the_app_is_removed_every_key_of_the_workspace_goes(ana: World):
    await ana.slack.uninstall()
    ana.slack._web_api.installed = True

    asked = await ana.slack.command("case 7 12")

    assert asked.said is not None
    assert asked.said["text"].startswith("Connect your CRM account first.")


async def test_when_a_person_revokes_only_their_key_goes(ana: World):
    await ana.connect(user="U0BEN", name="Ben Ito")

    await ana.slack.revoke_tokens("U0ANA")

    gone = await ana.slack.command("case 7 12")
    kept = await ana.say("case 7 12", user="U0BEN")
    assert gone.said is not None
    assert kept.text.startswith("Attached 1 file")
