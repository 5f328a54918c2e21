"""What the menu of records looks like: reasons, remarks, and Slack's limits."""

from __future__ import annotations

from typing import Any

import pytest

from bot.domain import Entity, EntityRef, EntityType, PortalUrl
from bot.sandbox.slack_elements import GROUPS
from bot.suggestions import Group, Offer, Remark, Suggestions, Why
from bot.views.record_menu import NO_RECORD, record_menu
from tests.gallery import HOSTILE

CASE, DEAL, CONTACT = EntityType


def entity(number: int = 7, title: str = "Acme onboarding", **facts: Any) -> Entity:
    return Entity(ref=EntityRef(CASE, number), title=title, **facts)


def group(*offers: Offer, why: Why = Why.LATEST, **facts: Any) -> Group:
    return Group(why=why, offers=offers, **facts)


def drawn(*groups: Group, **facts: Any) -> list[dict[str, Any]]:
    return record_menu(Suggestions(groups=groups, **facts))["option_groups"]


def test_nothing_found_is_no_option_at_all():
    assert record_menu(Suggestions()) == {"options": []}


@pytest.mark.parametrize("remark", Remark)
def test_every_remark_has_words_that_stand_whole_and_a_value_that_is_no_record(remark: Remark):
    [only] = drawn(remark=remark)

    [option] = only["options"]
    assert only["label"]["text"] == "Please note"
    assert option["value"] == NO_RECORD
    assert option["text"]["text"].endswith(".")
    assert "\u2026" not in option["text"]["text"]


@pytest.mark.parametrize(
    ("facts", "label"),
    [
        ({"why": Why.LINKED}, "Linked to this channel"),
        ({"why": Why.LATEST}, "Your latest records"),
        ({"why": Why.FITTING}, "Share words with the file, message or channel"),
        ({"why": Why.NEWEST, "type": CASE}, "Newest cases"),
        ({"why": Why.FOUND, "type": DEAL}, "Opportunities"),
        (
            {"why": Why.FOUND, "type": CONTACT, "cut": True},
            "Contacts: there are more, type more letters",
        ),
    ],
)
def test_a_group_says_why_it_is_there(facts: dict[str, Any], label: str):
    [only] = drawn(group(Offer(entity()), **facts))

    assert only["label"]["text"] == label


def test_a_record_says_type_number_title_and_that_it_is_closed():
    [only] = drawn(
        group(
            Offer(entity(closed=True)),
            Offer(EntityRef(DEAL, 31)),
            Offer(entity(8, "Acme harbour"), ("acme", "harbour")),
        )
    )

    assert [option["text"]["text"] for option in only["options"]] == [
        "Case #7, Acme onboarding (closed)",
        "Opportunity #31",
        "Case #8, Acme harbour",
    ]
    assert [option["value"] for option in only["options"]] == ["case:7", "opportunity:31", "case:8"]
    assert only["options"][2]["description"]["text"] == "Shares “acme” and “harbour”"


def test_a_record_elsewhere_names_its_portal():
    [only] = drawn(group(Offer(entity(), portal=PortalUrl("https://second.example.com"))))

    assert only["options"][0]["value"] == "case:7 https://second.example.com"


@pytest.mark.parametrize("title", HOSTILE.values(), ids=HOSTILE.keys())
def test_slack_takes_every_title(title: str):
    shared = tuple(title.split())
    groups = drawn(group(Offer(entity(title=title), shared)), remark=Remark.SEARCHING)

    assert list(GROUPS.problems(groups, "/option_groups")) == []


def test_there_are_never_more_options_than_slack_takes():
    many = [Offer(entity(number)) for number in range(1, 90)]

    groups = drawn(group(*many), group(*many), group(*many), remark=Remark.AWAY)

    assert sum(len(one["options"]) for one in groups) == 100
    assert groups[-1]["options"][0]["value"] == NO_RECORD
