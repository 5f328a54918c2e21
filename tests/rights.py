"""Who may ask what: the people, what Slack delivers of them, and what they are answered."""

from __future__ import annotations

import dataclasses
import json
from enum import StrEnum
from typing import TYPE_CHECKING, Any, cast, get_args

from bot.grammar.commands import Command
from bot.sandbox.slack_exchange import Kind
from bot.sandbox.slack_workspace import OTHER_TEAM, TEAM, Person
from bot.surfaces import SURFACES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from slack_bolt.async_app import AsyncApp

    from bot.sandbox.slack import Exchange, SandboxSlack
    from bot.services import Services

Json = dict[str, Any]


class Told(StrEnum):
    """What somebody is answered, as far as rights go."""

    SERVED = "served"  # about what is their own: their request, their form, a question
    NOT_YOURS = "not yours, or not kept any more"
    LATE = "the form is not kept"  # also said of another person's
    NONE_OF_THEIRS = "no such request of theirs"
    CONNECT = "connect first"
    STRANGER = "another workspace"
    NOTHING = "nothing"


_WORDS = {
    "This is not your request, or I do not keep it any more": Told.NOT_YOURS,
    "I do not have the choices of this form any more": Told.LATE,
    "This form was open too long": Told.LATE,
    "You have no request": Told.NONE_OF_THEIRS,
    "You have attached nothing": Told.NONE_OF_THEIRS,
    "You have no receipt": Told.NONE_OF_THEIRS,
    "You belong to another workspace": Told.STRANGER,
    "Connect your CRM account": Told.CONNECT,
    "Files are attached with your own CRM account": Told.CONNECT,
}


def told(said: str) -> Told:
    """Return what words come to."""
    return next((means for words, means in _WORDS.items() if words in said), Told.SERVED)


@dataclasses.dataclass(frozen=True, slots=True)
class Role:
    """Somebody, as Slack's payloads describe them: where they are, and where they belong."""

    user: str
    channel: str = "C0SALES"
    team: str = TEAM
    own_team: str = TEAM

    @property
    def foreign(self) -> bool:
        return self.own_team != TEAM


OWNER = Role("U0ANA")
MEMBER = Role("U0BEN")
GUEST = Role("U0GIA")
BOT = Role("U0HAL")
REVOKED = Role("U0CID")
STRANGER = Role("U0ZOE", "C0PARTNER", TEAM, OTHER_TEAM)
ELSEWHERE = Role("U0ZOE", "C0PARTNER", OTHER_TEAM, OTHER_TEAM)
OTHERS = (MEMBER, GUEST, BOT, REVOKED, STRANGER, ELSEWHERE)


def new_person() -> Person:
    return Person(id=REVOKED.user, name="cid", real_name="Cid")


@dataclasses.dataclass(frozen=True, slots=True)
class Owned:
    """The ids of what belongs to Ana, or ids that nobody has."""

    filing: str
    asked: str
    receipt: str
    prompt: str
    draft: str


UNKNOWN = Owned(
    filing="019a0000000-AAAAAAAAAAAAAAAAAAAAAA",
    asked="019a0000000-BBBBBBBBBBBBBBBBBBBBBB",
    receipt="ZZZZ",
    prompt="AAAAAAAAAAAAAAAAAAAAAA",
    draft="BBBBBBBBBBBBBBBBBBBBBB",
)


# what is registered


class _Recorder:
    """Stands where Bolt stands, and notes what surfaces listen to."""

    def __init__(self) -> None:
        self.heard: set[str] = set()

    def middleware(self, listener: object) -> None:
        """Not a way in of its own: it sees what the others take."""

    def __getattr__(self, kind: str) -> Callable[[Any], Callable[[object], object]]:
        def listen(name: Any) -> Callable[[object], object]:
            self.heard.add(f"{kind} {getattr(name, 'pattern', name)}")
            return lambda listener: listener

        return listen


def registered() -> set[str]:
    """Return every way in: what the surfaces register with Bolt, and every verb of the command."""
    recorder = _Recorder()
    for surface in SURFACES:
        surface.register(cast("AsyncApp", recorder), cast("Services", None))
    verbs = {f"verb {verb.__name__}" for verb in get_args(Command)}
    return recorder.heard - {"command /attach"} | verbs


# what Slack delivers


@dataclasses.dataclass(frozen=True, slots=True)
class Delivery:
    """One use of a way in; `make` returns what is special in its payload, given the ids in it."""

    kind: Kind
    make: Callable[[Role, Owned], Json]
    by_url: bool = True

    async def to(self, slack: SandboxSlack, role: Role, ids: Owned) -> Exchange:
        exchange = slack._begun(self.kind, role.user, role.channel)
        special = self.make(role, ids)
        if self.kind is Kind.EVENT:
            exchange.payload = slack._payloads.event(special) | {"team_id": role.team}
            exchange.payload["authorizations"][0]["team_id"] = role.team
            return await slack._deliver(exchange)
        answerable = (
            slack._answerable(exchange, "actions") if self.by_url else slack._triggering(exchange)
        )
        exchange.payload = {**special, **answerable}
        return await slack._deliver(exchange)


def typed(text: str | Callable[[Owned], str]) -> Delivery:
    def make(role: Role, ids: Owned) -> Json:
        return {
            "command": "/attach",
            "text": text if isinstance(text, str) else text(ids),
            "team_id": role.own_team,  # a command comes from where its person belongs
            "user_id": role.user,
            "channel_id": role.channel,
            "channel_name": "sales",
        }

    return Delivery(Kind.COMMAND, make)


def clicked(action: str, value: Callable[[Owned], str], *, menu: bool = False) -> Delivery:
    def make(role: Role, ids: Owned) -> Json:
        chosen = {"selected_option": {"value": value(ids)}} if menu else {"value": value(ids)}
        kind = "overflow" if menu else "button"
        container = {"type": "message", "message_ts": "1.0", "channel_id": role.channel}
        return {
            **_of(role, "block_actions"),
            "container": {**container, "is_ephemeral": True},
            "channel": {"id": role.channel, "name": "sales"},
            "actions": [{"type": kind, "action_id": action, "block_id": "b", **chosen}],
        }

    return Delivery(Kind.INTERACTION, make)


def sent(callback: str, values: Json) -> Delivery:
    def make(role: Role, ids: Owned) -> Json:
        return {**_of(role, "view_submission"), "view": _view(callback, ids, values)}

    return Delivery(Kind.INTERACTION, make, by_url=False)


def suggested() -> Delivery:
    def make(role: Role, ids: Owned) -> Json:
        view = _view("attach", ids, {})
        special = {"action_id": "record", "block_id": "record", "value": "Acme", "view": view}
        return {**_of(role, "block_suggestion"), **special}

    return Delivery(Kind.INTERACTION, make, by_url=False)


def shortcut(callback: str, kind: str) -> Delivery:
    def make(role: Role, _: Owned) -> Json:
        message = {"ts": "1.0", "text": "hello", "user": role.user}
        place = {"channel": {"id": role.channel, "name": "sales"}, "message": message}
        on = place if kind == "message_action" else {}
        return {**_of(role, kind), "callback_id": callback, **on}

    return Delivery(Kind.INTERACTION, make, by_url=kind == "message_action")


def event(type_: str, **more: object) -> Delivery:
    return Delivery(
        Kind.EVENT, lambda role, _: {"type": type_, "user_id": role.user, **more}, by_url=False
    )


def _of(role: Role, kind: str) -> Json:
    return {
        "type": kind,
        "team": {"id": role.team, "domain": "acme"},
        "user": {"id": role.user, "name": "x", "team_id": role.own_team},
        "token": "",
    }


def _view(callback: str, ids: Owned, values: Json) -> Json:
    return {
        "id": "V0TABLE",
        "hash": "1.a",
        "type": "modal",
        "callback_id": callback,
        "private_metadata": json.dumps({"draft": ids.draft}),
        "blocks": [{"type": "divider", "block_id": "d"}],
        "state": {"values": values},
    }


# what came of it


def replies(slack: SandboxSlack, exchange: Exchange) -> Iterator[str]:
    """Yield what the person was told after an exchange, as far as it has come."""
    if exchange.said:
        yield str(exchange.said)
    body = exchange.ack.body
    if isinstance(body, dict) and body.get("response_action"):
        yield json.dumps(body, ensure_ascii=False)
    view = slack.view_of(exchange.user)
    if view and view.number > exchange.since:
        yield view.all_text()
    yield from (shown.all_text() for shown in slack._after(exchange, ""))
