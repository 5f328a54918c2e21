"""The menu of records in the attach form: found while typing, in time, and only one's own."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from bot.sandbox.portal import SandboxPortal
from bot.sandbox.portal_faults import Fault
from bot.sandbox.portal_sample import crowd, firm

if TYPE_CHECKING:
    from bot.sandbox.slack import OpenView
    from tests.world import World

SEARCHING = "Still searching. One letter more or less shows what has come."
AWAY = "The portal does not answer now. Type and number, as case 7, do."
CONNECT = "Connect your CRM account first: type /attach connect."


async def opened(world: World, *, user: str = "U0ANA") -> OpenView:
    return await world.slack.opened(await world.slack.command("", user=user))


async def offered(world: World, form: OpenView, typed: str = "") -> dict[str, list[str]]:
    """Type into the menu; return the words of its options by the label of their group."""
    await world.slack.suggest(form, "record", typed)
    body: dict[str, Any] = world.slack.acks[-1].body
    return {
        group["label"]["text"]: [option["text"]["text"] for option in group["options"]]
        for group in body.get("option_groups", ())
    }


async def settled(world: World, form: OpenView, typed: str = "") -> dict[str, list[str]]:
    """Return what is offered once the portal has answered, however slow this machine is."""
    await offered(world, form, typed)
    await world.portal.until(lambda: world.portal.in_flight == 0)
    return await offered(world, form, typed)


def calls(world: World, path: str) -> int:
    return sum(path in request.path for request in world.portal.requests)


async def test_records_are_found_by_number_link_type_and_words(ana: World):
    onboarding, pilot = "Case #7, Acme onboarding", "Opportunity #7, Beta pilot"
    renewal, acme = "Opportunity #31, Acme renewal", "Company #4, Acme Ltd"
    form = await opened(ana)

    found = {
        "7": {"Cases": [onboarding], "Opportunities": [pilot]},
        "#31": {"Opportunities": [renewal]},
        "case 7": {"Cases": [onboarding]},
        "Deal: 31": {"Opportunities": [renewal]},
        "person 5": {"Contacts": ["Contact #5, Jo Li"]},
        f"{ana.portal.url}/Products/CRM/Cases.aspx?id=7": {"Cases": [onboarding]},
        "2024": {"Cases": ["Case #9, Trade fair 2024 (closed)"]},
        "acme": {"Cases": [onboarding], "Opportunities": [renewal], "Contacts": [acme]},
        "onb ACME": {"Cases": [onboarding]},
        "company acme": {"Contacts": [acme]},
        "opp acme": {"Opportunities": [renewal]},
        "zzz": {},
        "99": {},
    }

    assert {typed: await settled(ana, form, typed) for typed in found} == found


async def test_what_can_be_no_record_says_why_and_cannot_be_sent(ana: World):
    form = await opened(ana)
    typed = {
        "https://crm.example.net/Products/CRM/Cases.aspx?id=7": "no portal that I serve",
        f"{ana.portal.url}/Products/CRM/Tasks.aspx?id=7": "no case, opportunity or contact",
        ana.person("Ana Reyes").token: "This looks like a CRM key.",
    }

    for text, says in typed.items():
        [[remark]] = (await offered(ana, form, text)).values()
        sent = await ana.slack.submit(form, {"record": remark, "files": "12"})

        assert says in remark
        assert sent.errors["record"].startswith("This line is a remark, and no record.")


async def test_an_empty_menu_begins_with_ones_own_latest_records(ana: World):
    await ana.say("opp 31 13")
    await ana.say("case 7 12")
    form = await opened(ana)

    groups = await settled(ana, form)

    assert groups == {
        "Your latest records": ["Case #7, Acme onboarding", "Opportunity #31, Acme renewal"],
        "Newest cases": ["Case #8, Salary review", "Case #9, Trade fair 2024 (closed)"],
        "Newest opportunities": ["Opportunity #7, Beta pilot"],
        "Newest contacts": ["Contact #5, Jo Li", "Company #4, Acme Ltd"],
    }


async def test_on_a_message_the_menu_offers_what_its_files_and_words_are_about(ana: World):
    crowd(ana.portal, 300)
    shared = await ana.slack.share_files({"Trade-fair-plan.pdf": b"1"}, text="For the Acme people")
    exchange = await ana.slack.message_shortcut(shared.message, "attach_message")
    form = await ana.slack.opened(exchange, "Add files from your device")

    groups = await settled(ana, form)

    assert set(groups["Share words with the file, message or channel"]) == {
        "Case #9, Trade fair 2024 (closed)",
        "Case #7, Acme onboarding",
        "Opportunity #31, Acme renewal",
        "Company #4, Acme Ltd",
    }


async def test_private_records_are_for_those_who_may_see_them(ana: World):
    await ana.connect(user="U0BEN", name="Ben Ito")
    hers, his = await opened(ana), await opened(ana, user="U0BEN")

    for typed in ("", "8", "Salary", "case 8"):
        seen = [option for group in (await settled(ana, hers, typed)).values() for option in group]
        other = [option for group in (await settled(ana, his, typed)).values() for option in group]

        assert "Case #8, Salary review" in seen
        assert not any("Salary" in option for option in other)


async def test_another_key_begins_with_nothing_that_was_seen_before(ana: World):
    await ana.say("case 8 12")
    form = await opened(ana)
    assert "Case #8, Salary review" in (await settled(ana, form))["Your latest records"]

    await ana.slack.command("disconnect")
    without = await settled(ana, form, "Salary")
    await ana.slack.close(form)
    await ana.connect(name="Ben Ito")
    form = await opened(ana)

    assert without == {"Please note": [CONNECT]}
    assert await settled(ana, form, "Salary") == {}
    assert "Your latest records" not in await settled(ana, form)


async def test_typing_on_asks_the_portal_only_for_what_it_has_not_told(ana: World):
    form = await opened(ana)
    for typed in ("Ac", "Acm", "Acme", "Acme L", "Acme "):
        await settled(ana, form, typed)

    assert calls(ana, "contact/byprefix") == 1
    assert await settled(ana, form, "acme ltd") == {"Contacts": ["Company #4, Acme Ltd"]}


async def test_what_the_portal_left_out_before_it_looked_at_rights_is_there_soon(ana: World):
    await ana.connect(user="U0BEN", name="Ben Ito")
    for number in range(29):
        ana.portal.case(f"Harbour {number}", private_to=[ana.person("Ana Reyes")])
    long_ago = datetime(2020, 1, 1, tzinfo=UTC)
    ana.portal.case("Harbour claim of 2025", created=long_ago)
    ana.portal.case("Harbour claim", created=long_ago)
    crowd(ana.portal, 90)
    form = await opened(ana, user="U0BEN")

    first = await settled(ana, form, "harbour")
    typed = await settled(ana, form, "harbour claim")

    assert [len(options) for options in first.values()] == [1]
    assert [len(options) for options in typed.values()] == [2]


async def test_what_comes_too_late_is_there_for_the_next_letter(ana: World):
    ana.portal.faults.add(Fault(match=("GET", "case/byprefix"), latency=1.5))
    form = await opened(ana)

    first = await offered(ana, form, "Acme")
    await ana.portal.until(lambda: ana.portal.in_flight == 0)
    second = await offered(ana, form, "Acme o")

    assert first["Please note"] == [SEARCHING]
    assert first["Contacts"] == ["Company #4, Acme Ltd"]
    assert second == {"Cases": ["Case #7, Acme onboarding"]}


async def test_a_portal_that_hangs_leaves_what_is_known_here(ana: World):
    await ana.say("case 7 12")
    ana.portal.faults.add(Fault(match=("GET", "crm/"), latency=30))
    form = await opened(ana)

    empty = await offered(ana, form)
    typed = await offered(ana, form, "onboard")
    named = await offered(ana, form, "deal 31")

    assert empty == {"Your latest records": ["Case #7, Acme onboarding"]}
    assert typed == {"Cases": ["Case #7, Acme onboarding"], "Please note": [SEARCHING]}
    assert named == {"Opportunities": ["Opportunity #31"], "Please note": [SEARCHING]}
    assert max(ack.seconds for ack in ana.slack.acks[-3:]) < 2.5


async def test_a_portal_that_refuses_is_named(ana: World):
    form = await opened(ana)
    await settled(ana, form)
    ana.portal.revoke(ana.person("Ana Reyes").token)

    groups = await settled(ana, form, "Beta pilot")

    assert groups["Please note"] == ["Your CRM key is not accepted any more: type /attach connect."]


async def test_a_portal_that_is_away_is_named(ana: World):
    form = await opened(ana)
    await ana.portal.stop()

    assert await offered(ana, form, "Zeta") == {"Please note": [AWAY]}
    assert await offered(ana, form, "case 70") == {"Cases": ["Case #70"], "Please note": [AWAY]}


async def test_a_link_to_another_portal_of_ones_own_leads_there(unstarted: World):
    async with SandboxPortal.sample() as second:
        there = second.case("Harbour claim", id=7_000)
        file = second.file("claim.pdf")
        second.attach(second.case("Harbour files"), [file], by=second.who("Ana Reyes"))
        await unstarted.start(ATTACHBOT_PORTAL_URL=f"{unstarted.portal.url},{second.url}")
        key = {"portal": unstarted.portal.url, "key": unstarted.person("Ana Reyes").token}
        await connected(unstarted, key)
        link = f"{second.url}/Products/CRM/Cases.aspx?id=7000"
        form = await opened(unstarted)
        before = await offered(unstarted, form, link)
        await unstarted.slack.close(form)
        await connected(unstarted, {"portal": second.url, "key": second.who("Ana Reyes").token})
        form = await opened(unstarted)
        after = await offered(unstarted, form, link)
        await unstarted.slack.submit(
            form, {"record": "Case #7000, Harbour claim", "files": str(file)}
        )
        await unstarted.slack.shown("U0ANA", "C0SALES")

        assert before == {"Please note": [CONNECT]}
        assert after == {"Cases": ["Case #7000, Harbour claim"]}
        assert second.attached(there) == [file]


async def connected(world: World, values: dict[str, str]) -> None:
    form = await world.slack.opened(await world.slack.command("connect"))
    sent = await world.slack.submit(form, values)
    await world.slack.close(await world.slack.opened(sent, "Connected"))


async def test_ten_thousand_records_are_offered_within_slacks_limits(ana: World):
    crowd(ana.portal, 10_000)
    form = await opened(ana)

    many = await settled(ana, form, "on")
    few = await settled(ana, form, firm(17))

    more = ": there are more, type more letters"
    assert set(many) == {f"Cases{more}", f"Opportunities{more}", f"Contacts{more}"}
    assert all(len(options) >= 30 for options in many.values())
    assert sum(map(len, many.values())) <= 99
    assert all(options[0].split(", ")[1].startswith(firm(17)) for options in few.values())
    assert set(few) == {"Cases", "Opportunities", "Contacts"}


async def test_one_letter_is_answered_from_what_is_known(ana: World):
    form = await opened(ana)
    await settled(ana, form)

    groups = await settled(ana, form, "j")

    assert groups["Contacts"] == ["Contact #5, Jo Li"]
    assert groups["Please note"] == [
        "Type one letter more, a number such as case 7, or a CRM link."
    ]
    assert calls(ana, "byprefix") == 0


async def test_a_pasted_link_is_chosen_as_it_stands(ana: World):
    form = await opened(ana)
    link = f"{ana.portal.url}/Products/CRM/Cases.aspx?id=7"
    [[name]] = (await settled(ana, form, link)).values()

    await ana.slack.submit(form, {"record": name, "files": "12"})

    answer = (await ana.slack.shown("U0ANA", "C0SALES"))[-1]
    assert answer.text.startswith("Attached 1 file to Case #7")


async def test_a_bot_stops_while_the_portal_is_asked(ana: World):
    ana.portal.faults.add(Fault(match=("GET", "crm/"), latency=30))
    await opened(ana)
    await ana.portal.until(lambda: ana.portal.in_flight > 0)

    await ana.stop()

    assert [task for task in asyncio.all_tasks() if "Calls._ask" in repr(task)] == []
