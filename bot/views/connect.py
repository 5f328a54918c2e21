"""Connecting: the form for the key, its errors, what is stored, how to get a key, the results."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.errors import (
    CrmClosedError,
    GuestError,
    KeyRefusedError,
    NoPortalError,
    OtherOwnerError,
    OutcomeUnknownError,
    PortalAwayError,
    PortalClosedError,
    PortalRefusedError,
    PortalUnpaidError,
)
from bot.views import blocks, buttons, forms, links, words
from bot.views.blocks import escape, names, plural
from bot.views.notes import Note

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.account import Account
    from bot.domain import Block, Filing, Message, PortalUrl, View
    from bot.errors import BotError

_KEY_LENGTHS = (16, 2000)
_PORTAL = "cm.portal"
_KEY = "cm.key"
_OTHER = "cm.other"


def connect_form(
    portals: Sequence[PortalUrl],
    *,
    chosen: PortalUrl | None = None,
    draft: str = "",
    other: OtherOwnerError | None = None,
) -> View:
    """Draw the form that takes a key; `draft` names the attach form to go on with after it.

    Requests that wait for the key are found by person and portal. `other` is what a second yes is
    asked for.
    """
    return forms.form(
        title="Connect to CRM",
        callback="connect",
        submit="Connect",
        facts={"draft": draft},
        blocks=[
            blocks.section(_intro(portals)),
            *_portal_field(portals, chosen),
            _key_field(),
            *(_second_yes(other) if other else ()),
            *blocks.actions([buttons.howto()]),
            blocks.context(
                "The key is checked with your portal, then stored encrypted. It is never posted in "
                "Slack and never written to a log. Delete it at any time with `/attach disconnect`."
            ),
        ],
    )


def _intro(portals: Sequence[PortalUrl]) -> str:
    rights = "so CRM shows your name and your rights apply."
    where = f" at {words.host(portals[0])}" if len(portals) == 1 else ""
    return f"Files are attached with your own CRM account{where}, {rights}"


def _portal_field(portals: Sequence[PortalUrl], chosen: PortalUrl | None) -> list[Block]:
    if len(portals) == 1:
        return []
    options = [forms.option(links.host(portal), portal) for portal in portals]
    first = chosen if chosen in portals else portals[0]
    menu = forms.chosen("portal", options, initial=options[portals.index(first)])
    return [forms.field("Portal", _PORTAL, menu, hint="The one that gave you the key.")]


def _key_field() -> Block:
    return forms.field(
        "CRM key",
        _KEY,
        forms.focused(forms.typed("key", placeholder="Paste your key", lengths=_KEY_LENGTHS)),
        hint=(
            "Paste the whole key. Slack cannot hide what you type here, so make sure that nobody "
            "sees your screen."
        ),
    )


def _second_yes(other: OtherOwnerError) -> tuple[Block, ...]:
    agreed = forms.option(f"Connect me as {other.now} from now on", other.owner)
    said = _other_owner(escape(other.now), escape(other.before))
    return (
        blocks.section(f"*Nothing was stored yet.* {said}"),
        forms.field("Another account", _OTHER, forms.ticks("other", [agreed]), optional=True),
    )


def _other_owner(now: str, before: str) -> str:
    return (
        f"This key belongs to {now}, and you are connected as {before}. "
        "If you mean it, tick the box, and paste the key again if the field is empty."
    )


def connect_errors(error: BotError) -> dict[str, str]:
    """Return what the form says at which field."""
    match error:
        case NoPortalError(portal=portal):
            return {_PORTAL: f"{links.host(portal)} is not served any more. Choose another portal."}
        case KeyRefusedError(portal=portal):
            return {
                _KEY: (
                    "The portal did not accept this key. Check that you pasted all of it and that "
                    f"it belongs to {links.host(portal)}."
                )
            }
        case OtherOwnerError(before=before, now=now):
            return {_KEY: _other_owner(now, before)}
        case GuestError(portal=portal):
            return {_KEY: f"This key is of a guest of {links.host(portal)}. Guests have no CRM."}
        case CrmClosedError(portal=portal):
            return {
                _KEY: (
                    f"This account cannot use CRM at {links.host(portal)}. A portal administrator "
                    "can turn it on."
                )
            }
        case _:
            return {_KEY: _portal_error(error)}


def connect_problem(error: BotError) -> str:
    """Return what is wrong as plain sentences, for a place without fields by Slack's names."""
    return " ".join(connect_errors(error).values())


def _portal_error(error: BotError) -> str:
    match error:
        case PortalAwayError(portal=portal) | OutcomeUnknownError(portal=portal):
            said = f"{links.host(portal)} does not answer, so the key could not be checked."
            return f"{said} Try again in a minute."
        case PortalUnpaidError(portal=portal):
            return (
                f"The plan of {links.host(portal)} is not paid, so the key could not be checked. "
                "Ask your portal administrator."
            )
        case PortalClosedError(portal=portal):
            return f"There is no portal in use at {links.host(portal)}. Ask your administrator."
        case PortalRefusedError(portal=portal):
            return (
                f"{links.host(portal)} refused to check the key and did not say why. "
                "Ask your portal administrator."
            )
        case _:
            return "The key could not be checked or stored. Nothing was changed. Try again."


def connected(account: Account, resumed: Sequence[Filing], draft: str = "") -> Message:
    """Confirm a new key, and say which waiting requests go on now; `draft` is a form to open."""
    return Note(
        headline=_connected_as(account),
        body=going_on(resumed),
        buttons=() if resumed else _first_steps(draft),
    ).message()


def connected_view(account: Account, resumed: Sequence[Filing]) -> View:
    """Draw the same in place of the form."""
    return forms.form(
        title="Connected",
        callback="connected",
        blocks=[
            blocks.section(f"*{_connected_as(account)}*\n{going_on(resumed)}"),
            blocks.context("Type `/attach help` to see what can be typed."),
        ],
    )


def _connected_as(account: Account) -> str:
    return f"Connected as {words.person(account)}"


def going_on(resumed: Sequence[Filing]) -> str:
    """Return what goes on now, as markup."""
    if not resumed:
        return "Your key works and is stored encrypted."
    wishes = [words.wish(filing) for filing in resumed]
    request = "request" if len(wishes) == 1 else "requests"
    return f"I am now finishing your {request}: {names(wishes, 3)}."


def _first_steps(draft: str) -> tuple[Block, ...]:
    says = "Attach files to a CRM record"
    if draft:
        return (blocks.button("Attach files", "draft.open", draft, says=says, primary=True),)
    return (
        *buttons.form("Attach files", "", says=says),
        *buttons.help_(),
    )


def disconnected(count: int) -> Message:
    """Confirm that `count` keys were deleted."""
    if count == 0:
        return Note(
            headline="You were not connected",
            body="No key of yours is stored. Nothing was changed.",
        ).message()
    keys = "Your key is" if count == 1 else f"Your {plural(count, 'key')} are"
    return Note(
        headline="Disconnected", body=f"{keys} deleted. Files that are already in CRM stay there."
    ).message()


def about() -> View:
    """Draw what is stored about a person."""
    return forms.form(
        title="What is stored",
        callback="about",
        blocks=[
            *blocks.sections(
                (
                    "*About you*",
                    "1. Your Slack ID and that of your workspace.",
                    "2. Your CRM key, encrypted.",
                    "3. What your portal says of the key's owner: ID, name and e-mail address.",
                    "*About each request*",
                    "1. The record, its title, what you typed to name it, and your note.",
                    "2. Numbers, names and sizes of the files, never their contents.",
                    "3. The conversation to answer in, the outcome and the times.",
                    "*About each form, for a day, encrypted*",
                    "1. What you chose, and the message that you opened it on.",
                    "*About files that you share where I am*",
                    "1. Their IDs, for 24 hours; with names and sizes for 7 days if I ask you.",
                    "2. What you decide about being asked, until you take it back.",
                )
            ),
            blocks.context(
                "`/attach disconnect` deletes your keys at once. So does removing this app from "
                "the workspace. `/attach forget-me` deletes all of this."
            ),
        ],
    )


def howto(portals: Sequence[PortalUrl]) -> View:
    """Draw how a person gets a key without telling anybody a password."""
    hosts = names([words.host(portal) for portal in portals])
    return forms.form(
        title="How to get a key",
        callback="howto",
        blocks=[
            blocks.section(f"A key lets this app act as you at {hosts}. There are two ways."),
            blocks.section(
                "*On your own machine*\n"
                "Run `attachbot token`. It asks the portal for a key and prints it. "
                "Your password stays on your machine. An administrator can help you to install it."
            ),
            blocks.section(
                "*In your browser*\n"
                "Sign in to the portal, open the browser's developer tools, find the portal's "
                "cookies, and copy the value of `asc_auth_key`. Signing out may end that key."
            ),
            blocks.context(
                "Paste the key into the form only, never into a message or a command. "
                "Nobody needs your password in Slack, and this app never asks for it."
            ),
        ],
    )
