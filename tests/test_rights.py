"""Every way in, by everybody who may try it: a table of what each of them is answered.

A way in without a row fails. All of it runs in one world, through the front door.
"""

from __future__ import annotations

import dataclasses
import json
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest

from bot.domain import Answer
from tests.rights import (
    BOT,
    OTHERS,
    OWNER,
    REVOKED,
    UNKNOWN,
    Owned,
    Told,
    clicked,
    event,
    new_person,
    registered,
    replies,
    sent,
    shortcut,
    suggested,
    told,
    typed,
)
from tests.sharing import prompt
from tests.world import World, a_world

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from bot.sandbox.portal import SandboxPortal
    from bot.sandbox.slack import Exchange, SandboxSlack
    from tests.rights import Delivery, Role

SERVED, NOT_YOURS, LATE = Told.SERVED, Told.NOT_YOURS, Told.LATE
CONNECT, STRANGER, NOTHING = Told.CONNECT, Told.STRANGER, Told.NOTHING
NONE_OF_THEIRS = Told.NONE_OF_THEIRS


@dataclasses.dataclass(frozen=True, slots=True)
class Row:
    """What a connected member, somebody without an account, and a stranger are answered.

    A bot is as somebody without an account unless `bot` says more.
    Who owns what it is about is always served. `named`: the delivery names something of hers.
    """

    delivery: Delivery
    member: Told = SERVED
    unconnected: Told = SERVED
    stranger: Told = STRANGER
    bot: Told | None = None
    named: bool = False

    def expected(self, role: Role) -> Told:
        if role.foreign:
            return self.stranger
        if role is BOT and self.bot is not None:
            return self.bot
        return self.member if role.user == "U0BEN" else self.unconnected


def hers(delivery: Delivery, refused: Told = NOT_YOURS) -> Row:
    return Row(delivery, refused, refused, named=True)


def _filing(ids: Owned) -> str:
    return ids.filing


def _prompt(ids: Owned) -> str:
    return ids.prompt


RECORD = {"cm.record": {"record": {"selected_option": None}}}
KEY = {"cm.key": {"key": {"value": "no-key-at-all"}}}

TABLE: dict[str, list[Row]] = {
    # commands
    "verb Attach": [
        Row(typed("case 9 12"), SERVED, CONNECT),
        Row(typed("case 9"), SERVED, CONNECT),
    ],
    "verb ListFiles": [Row(typed("list case 9"), SERVED, CONNECT)],
    "verb Link": [Row(typed("link case 9"), SERVED, CONNECT)],
    "verb Unlink": [Row(typed("unlink"))],
    "verb Help": [Row(typed("help"), SERVED, CONNECT)],
    "verb Connect": [Row(typed("connect"), CONNECT, CONNECT)],
    "verb Status": [Row(typed("status"), SERVED, CONNECT)],
    "verb Retry": [hers(typed(lambda ids: f"retry {ids.receipt}"), NONE_OF_THEIRS)],
    "verb TakeBack": [hers(typed(lambda ids: f"undo {ids.receipt}"), NONE_OF_THEIRS)],
    # buttons
    r"action command\.run(\.\d+)?": [
        Row(clicked("command.run.1", lambda _: "list case 9"), SERVED, CONNECT),
        hers(clicked("command.run.1", lambda ids: f"undo {ids.receipt}"), NONE_OF_THEIRS),
    ],
    r"action filing\.record(\.\d+)?": [
        hers(clicked("filing.record.1", lambda ids: f"{ids.asked}|case:9"))
    ],
    **{
        f"action filing.{answer}": [hers(clicked(f"filing.{answer}", lambda ids: ids.asked))]
        for answer in Answer
    },
    "action filing.elsewhere": [hers(clicked("filing.elsewhere", _filing))],
    "action receipt.undo": [hers(clicked("receipt.undo", _filing))],
    "action receipt.share": [hers(clicked("receipt.share", _filing))],
    r"action crm\.open(\.\d+)?": [
        Row(clicked("crm.open", lambda _: ""), NOTHING, NOTHING, NOTHING)
    ],
    "action connect.open": [
        Row(clicked("connect.open", lambda ids: ids.asked), CONNECT, CONNECT, named=True)
    ],
    # Without a public address there is no page for keys.
    "action connect.page": [Row(clicked("connect.page", lambda _: "x"), NOTHING, NOTHING)],
    "action connect.form": [Row(clicked("connect.form", lambda _: "x"), CONNECT, CONNECT)],
    "action connect.about": [Row(clicked("connect.about", lambda _: ""))],
    "action connect.howto": [Row(clicked("connect.howto", lambda _: ""))],
    "action attach.open": [Row(clicked("attach.open", lambda _: "case 9"), SERVED, CONNECT)],
    "action draft.open": [hers(clicked("draft.open", lambda ids: ids.draft), LATE)],
    r"action share\.attach\.\d+": [hers(clicked("share.attach.1", lambda ids: f"{ids.prompt}|0"))],
    "action share.pick": [hers(clicked("share.pick", _prompt))],
    "action share.skip": [hers(clicked("share.skip", _prompt))],
    "action share.mute": [
        hers(clicked("share.mute", lambda ids, what=what: f"{what}|{ids.prompt}", menu=True))  # type: ignore[misc]
        for what in ("channel", "me", "always")
    ],
    "action share.again": [Row(clicked("share.again", lambda _: ""))],
    # Slack keeps no direct conversation between two bots.
    "action direct.open": [Row(clicked("direct.open", lambda _: ""), bot=NOTHING)],
    # forms
    "view attach": [hers(sent("attach", RECORD), LATE)],
    "view connect": [Row(sent("connect", KEY), named=True)],
    "options record": [Row(suggested(), NOTHING, NOTHING, NOTHING, named=True)],
    "shortcut attach_global": [Row(shortcut("attach_global", "shortcut"), SERVED, CONNECT)],
    "shortcut attach_message": [Row(shortcut("attach_message", "message_action"), SERVED, CONNECT)],
    # events: Slack tells of people, who are not answered
    "event file_shared": [
        Row(event("file_shared", file_id="F0", channel_id="C0DEALS"), NOTHING, NOTHING, NOTHING)
    ],
    "event .+": [Row(event("app_home_opened", channel="C0SALES"), NOTHING, NOTHING, NOTHING)],
    "verb Disconnect": [Row(typed("disconnect"))],  # last of what needs an account
    "verb ForgetMe": [Row(typed("forget-me"))],
    "action forget.keep": [Row(clicked("forget.keep", lambda _: ""))],
    "action forget.me": [Row(clicked("forget.me", lambda _: ""))],
    "event app_uninstalled": [],  # of another workspace, in a test of its own
    "event tokens_revoked": [],
}

STORED = (
    "select * from filings",
    "select * from prompts",
    "select * from drafts",
    "select * from accounts",
)


def test_every_way_in_has_a_row():
    assert registered() == TABLE.keys()


@pytest.fixture
async def office(
    slack: SandboxSlack, portal: SandboxPortal, tmp_path: Path
) -> AsyncIterator[World]:
    """Run a bot in HTTP mode: Ana and Ben are connected, Cid was and his permission has ended."""
    slack.workspace.people[REVOKED.user] = new_person()
    slack.workspace.channels["C0SALES"].members.add(REVOKED.user)
    env = {"SLACK_SIGNING_SECRET": slack.signing_secret}
    async with a_world(slack, portal, tmp_path, env) as world:
        await world.start()
        await world.connect()
        await world.connect(user="U0BEN", name="Ben Ito")
        await world.connect(user=REVOKED.user, name="Ben Ito")
        await slack.revoke_tokens(REVOKED.user)
        yield world


async def owned(world: World) -> Owned:
    """Let Ana have one of each: a request that is done, one that asks, a prompt, and a form."""
    await world.say("link case 7")
    await world.say("case 7 12")
    await world.say("case 7 12")  # which is asked about, as it was asked for a moment ago
    form = await world.slack.opened(await world.slack.command("case 7"))
    await world.slack.close(form)
    await world.slack.share_files({"offer.pdf": b"%PDF offer"})
    await prompt(world)
    await world.stop()  # which lets everything come to its rest
    await world.start()
    [filing, receipt] = stored(world, "select id, receipt from filings where state = 'done'")[-1]
    [[asked]] = stored(world, "select id from filings where state = 'waiting'")
    [[id_]] = stored(world, "select id from prompts")
    draft = json.loads(form.content["private_metadata"])["draft"]
    return Owned(filing=filing, asked=asked, receipt=receipt, prompt=id_, draft=draft)


def stored(world: World, query: str) -> list[Any]:
    with closing(sqlite3.connect(world.settings.database_url.removeprefix("sqlite:///"))) as db:
        return db.execute(query).fetchall()


def of_ana(world: World) -> list[Any]:
    """Return everything that is stored of Ana, but what her last look at it may change."""
    return [row for query in STORED for row in stored(world, query) if "U0ANA" in row]


async def answer(world: World, exchange: Exchange) -> Told:
    """Return what somebody is answered, once it is there."""

    def look() -> str | None:
        return next((said for said in replies(world.slack, exchange) if said), None)

    return told(await world.slack.until(look, f"an answer to {exchange.payload}"))


async def test_s4_t1_nobody_is_answered_otherwise_than_the_table_says(office: World):
    ids = await owned(office)
    before = of_ana(office)
    deviations, silent = [], []

    for name, rows in TABLE.items():
        for row in rows:
            for role in OTHERS:
                for about in (ids, UNKNOWN) if row.named else (ids,):
                    exchange = await row.delivery.to(office.slack, role, about)
                    expected = row.expected(role)
                    if expected is NOTHING:
                        silent.append((name, role, exchange))
                        continue
                    came = await answer(office, exchange)
                    if came is not expected:
                        deviations.append((name, role, about is ids, came))
                    office.slack.views.clear(role.user)

    assert not deviations, "\n".join(map(str, deviations))
    assert of_ana(office) == before
    await office.stop()
    assert [one[:2] for one in silent if _heard(office, one[2])] == []


async def test_who_owns_it_is_served(office: World):
    ids = await owned(office)
    exchanges = []

    for name, rows in TABLE.items():
        if name not in {"verb Disconnect", "view connect", "action forget.me"}:
            for row in rows:
                exchanges.append((name, await row.delivery.to(office.slack, OWNER, ids)))
                office.slack.views.clear(OWNER.user)
    await office.stop()

    refusals = {Told.NOT_YOURS, Told.STRANGER, Told.LATE}
    heard = [(name, told(said)) for name, one in exchanges for said in _heard(office, one)]
    assert [one for one in heard if one[1] in refusals] == []
    assert [
        (name, one.ack.status, one.payload) for name, one in exchanges if not one.ack.good
    ] == []


def _heard(world: World, exchange: Exchange) -> list[str]:
    """Return what came of this very exchange by its own ways."""
    by_url = [
        one.all_text() for one in world.slack.workspace.history if one.cause == exchange.number
    ]
    return [*by_url, *([str(exchange.said)] if exchange.said else [])]


@pytest.mark.parametrize("type_", ["app_uninstalled", "tokens_revoked"])
async def test_s4_the_end_in_another_workspace_ends_nothing_here(office: World, type_: str):
    tokens = {"tokens": {"bot": ["U0BOT"], "oauth": ["U0ANA"]}}

    await event(type_, **tokens).to(office.slack, OTHERS[-1], UNKNOWN)

    assert "Connected as" in (await office.say("status")).all_text()
