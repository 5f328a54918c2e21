"""What is said of accounts, keys and commands, and the forms that are filled in."""

from __future__ import annotations

import json

import pytest

from bot import errors
from bot.domain import (
    WaitingFor,
)
from bot.views import connect
from bot.views.help import help_
from bot.views.status import status
from tests.views_samples import (
    OFFICE,
    SECOND,
    account,
    buttons,
    filing,
    shown,
    waits,
)

# Accounts


def test_status_says_who_where_and_what_is_open():
    drawn = status([account()], [waits(WaitingFor.KEY), filing(troubles=1)])

    assert drawn.text == (
        "You are connected as Ana Reyes at office.example.com. 2 requests open: attach files 12 "
        "and 13 to Case #7 and attach files 12 and 13 to Case #7."
    )
    assert "Ana Reyes (ana@example.com) at office.example.com. Last check: <!date^" in shown(drawn)
    assert "1. attach files 12 and 13 to Case #7: waits for a new key. Receipt A7K2." in shown(
        drawn
    )


def test_status_without_an_account_offers_to_connect():
    drawn = status([], [])

    assert drawn.text == "You are not connected to CRM. No request is open."
    assert buttons(drawn)["Connect account"] == "connect.open -"


def test_help_is_one_screen_of_what_works():
    drawn = help_([account()])

    lines = shown(drawn).split("\n")
    assert len(lines) == 13
    assert "You are connected as Ana Reyes at office.example.com." in lines
    for word in (
        "connect",
        "status",
        "list case 7",
        "retry",
        "undo",
        "disconnect",
        "company Acme 12",
    ):
        assert f"`/attach {word}`" in shown(drawn)
    for later in ("doctor", "demo", "find", "history", "settings"):
        assert later not in shown(drawn)


def test_help_on_a_topic_is_short_and_leads_back():
    drawn = help_([], " Links ")

    assert shown(drawn).count("/attach") == 1
    assert buttons(drawn)["All commands"] == "command.run.1 help"
    assert shown(help_([], "nothing known")) == shown(help_([]))


def test_connecting_says_what_goes_on_now():
    alone = connect.connected(account(), [])
    resuming = connect.connected(account(), [filing()])

    assert alone.text.startswith("Connected as Ana Reyes at office.example.com.")
    assert resuming.text == (
        "Connected as Ana Reyes at office.example.com. I am now finishing your request: attach "
        "files 12 and 13 to Case #7."
    )
    assert "I am now finishing your request" in shown(connect.connected_view(account(), [filing()]))


@pytest.mark.parametrize(
    ("count", "says"),
    [
        (0, "You were not connected. No key of yours is stored. Nothing was changed."),
        (1, "Disconnected. Your key is deleted. Files that are already in CRM stay there."),
        (2, "Disconnected. Your 2 keys are deleted. Files that are already in CRM stay there."),
    ],
)
def test_disconnecting_says_what_was_deleted(count: int, says: str):
    assert connect.disconnected(count).text == says


def test_the_connect_form_asks_for_the_portal_only_if_there_are_several():
    one = connect.connect_form([OFFICE], draft="d")
    two = connect.connect_form([OFFICE, SECOND], chosen=SECOND)

    assert [block.get("block_id") for block in one["blocks"]].count("cm.portal") == 0
    assert json.loads(one["private_metadata"]) == {"draft": "d"}
    assert "office.example.com" in shown(one)
    (portal,) = [block for block in two["blocks"] if block.get("block_id") == "cm.portal"]
    assert portal["element"]["action_id"] == "portal"
    assert portal["element"]["initial_option"]["value"] == SECOND
    (key,) = [block for block in two["blocks"] if block.get("block_id") == "cm.key"]
    assert key["element"]["action_id"] == "key"
    assert (key["element"]["min_length"], key["element"]["max_length"]) == (16, 2000)
    assert "initial_value" not in key["element"]


@pytest.mark.parametrize(
    ("error", "block", "says"),
    [
        (errors.KeyRefusedError(OFFICE), "cm.key", "belongs to office.example.com."),
        (errors.GuestError(OFFICE), "cm.key", "Guests have no CRM."),
        (errors.CrmClosedError(OFFICE), "cm.key", "cannot use CRM at office.example.com."),
        (errors.PortalAwayError(OFFICE), "cm.key", "does not answer"),
        (errors.OutcomeUnknownError(OFFICE), "cm.key", "does not answer"),
        (errors.PortalClosedError(OFFICE), "cm.key", "There is no portal in use"),
        (errors.PortalUnpaidError(OFFICE), "cm.key", "is not paid"),
        (errors.PortalRefusedError(OFFICE, 418), "cm.key", "did not say why"),
        (errors.NoPortalError(OFFICE), "cm.portal", "not served any more"),
        (errors.StoreError("disk"), "cm.key", "could not be checked or stored"),
    ],
)
def test_a_key_that_is_not_taken_is_explained_at_its_field(
    error: errors.BotError, block: str, says: str
):
    ((at, told),) = connect.connect_errors(error).items()

    assert at == block
    assert says in told
    assert "418" not in told


def test_how_to_get_a_key_asks_for_no_password():
    drawn = shown(connect.howto([OFFICE]))

    assert "`attachbot token`" in drawn
    assert "`asc_auth_key`" in drawn
    assert "never into a message" in drawn
    assert "`/attach disconnect`" in shown(connect.about())
