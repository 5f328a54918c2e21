"""The page that takes a key: whose key it will be, the form, what is wrong with it, and the end."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from bot.errors import OtherOwnerError
from bot.views import links
from bot.views.blocks import unescaped
from bot.views.connect import connect_problem, going_on
from bot.views.pages.shell import joined, page, paragraph, text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.account import Account
    from bot.domain import Filing, PortalUrl
    from bot.errors import BotError

NOT_THIS_PAGE = "This form was opened a second time, or your browser keeps no cookies."
UNREADABLE = "The form did not arrive whole."


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """What the page asks: for whom, for which of the portals, and the proof of the form itself."""

    person: str
    member: str
    workspace: str
    portals: Sequence[PortalUrl]
    chosen: PortalUrl
    proof: str = dataclasses.field(repr=False)


def connect_page(form: Form, problem: BotError | str | None = None) -> str:
    """Draw the form; after a key that was not taken, with what is wrong in front."""
    said = _said(problem)
    return page(
        f"{'Error: ' if said else ''}Connect your CRM account",
        "<h1>Connect your CRM account</h1>",
        paragraph("Files from Slack are then attached as you, with your own rights in CRM."),
        _who(form),
        _wrong(said),
        '<form method="post" autocomplete="off">',
        f'<input type="hidden" name="proof" value="{text(form.proof)}">',
        _portal_field(form),
        _key_field(wrong=bool(said)),
        _second_yes(problem),
        f'<button type="submit">Connect {text(form.person)}</button>',
        "</form>",
        _howto(),
        paragraph(
            "The key is checked with the portal and stored encrypted. It is never shown again. "
            "Nobody needs your password for this, and this page never asks for it.",
            "soft",
        ),
    )


def _who(form: Form) -> str:
    one = len(form.portals) == 1
    where = text(links.host(form.chosen)) if one else "<small>You choose it below.</small>"
    return joined(
        '<section class="who" aria-labelledby="who">',
        '<h2 id="who">Your key will belong to this Slack account</h2>',
        "<dl>",
        f'<dt>Person</dt><dd><span class="person">{text(form.person)}</span> '
        f"<small>member {text(form.member)}</small></dd>",
        f"<dt>Workspace</dt><dd>{text(form.workspace)}</dd>",
        f"<dt>CRM portal</dt><dd>{where}</dd>",
        "</dl>",
        paragraph(
            "<strong>Is that you?</strong> If it is not, or if somebody sent you this link, "
            "close the page: they could act in CRM as you."
        ),
        "</section>",
    )


def _said(problem: BotError | str | None) -> str:
    match problem:
        case None:
            return ""
        case str():
            return f"{problem} Paste your key again."
        case OtherOwnerError(before=before, now=now):
            return (
                f"It belongs to {now}, and you are connected as {before}. If you mean it, paste "
                "the key again and tick the box."
            )
        case _:
            return connect_problem(problem)


def _wrong(said: str) -> str:
    if not said:
        return ""
    return joined(
        '<div class="wrong" role="alert">',
        "<h2>The key was not stored</h2>",
        f'<p id="wrong">{text(said)}</p>',
        paragraph('<a href="#key">Go to the key</a>'),
        "</div>",
    )


def _portal_field(form: Form) -> str:
    if len(form.portals) == 1:
        return ""
    options = [
        f'<option value="{text(one)}"{" selected" if one == form.chosen else ""}>'
        f"{text(links.host(one))}</option>"
        for one in form.portals
    ]
    return joined(
        '<div class="field">',
        '<label for="portal">CRM portal</label>',
        '<p class="hint" id="portal-hint">The one that gave you the key.</p>',
        '<select id="portal" name="portal" aria-describedby="portal-hint">',
        *options,
        "</select>",
        "</div>",
    )


def _key_field(*, wrong: bool) -> str:
    described = "wrong key-hint" if wrong else "key-hint"
    invalid = ' aria-invalid="true"' if wrong else ""
    return joined(
        '<div class="field">',
        '<label for="key">CRM key</label>',
        '<p class="hint" id="key-hint">Paste the whole key. It is not your password.</p>',
        f'<input id="key" name="key" type="password" required autofocus autocomplete="off" '
        f'autocapitalize="none" spellcheck="false" aria-describedby="{described}"{invalid}>',
        "</div>",
    )


def _second_yes(problem: BotError | str | None) -> str:
    if not isinstance(problem, OtherOwnerError):
        return ""
    return joined(
        '<div class="field tick">',
        f'<input id="other" name="other" type="checkbox" value="{text(problem.owner)}">',
        f'<label for="other">Connect me as {text(problem.now)} from now on</label>',
        "</div>",
    )


def _howto() -> str:
    return joined(
        "<details>",
        "<summary>How do I get a key?</summary>",
        paragraph(
            "<strong>On your own machine:</strong> run <code>attachbot token</code>. It asks the "
            "portal for a key and prints it. An administrator can help you to install it."
        ),
        paragraph(
            "<strong>In your browser:</strong> sign in to the portal, open the developer tools, "
            "find the cookies of the portal, and copy the value of <code>asc_auth_key</code>. "
            "Signing out may end that key."
        ),
        "</details>",
    )


def connected_page(account: Account, resumed: Sequence[Filing], draft: str = "") -> str:
    """Confirm the key, and say what goes on in Slack."""
    host = links.host(account.portal)
    return page(
        "You are connected",
        '<h1 class="good">You are connected</h1>',
        paragraph(
            f"Your Slack account now works as <strong>{text(account.name)}</strong> at "
            f"<strong>{text(host)}</strong>."
        ),
        paragraph(_next(resumed, draft)),
        paragraph("<strong>You can close this page.</strong> The link has done its work."),
        paragraph(
            "To delete the key again, type <code>/attach disconnect</code> in Slack.", "soft"
        ),
    )


def _next(resumed: Sequence[Filing], draft: str) -> str:
    if resumed:
        return text(f"{unescaped(going_on(resumed))} The answer comes in Slack.")
    if draft:
        return "In Slack, press <strong>Attach files</strong> to go on where you were."
    return "Your key works and is stored encrypted. Go back to Slack and attach files."


def dead_page() -> str:
    """Say that a link leads nowhere; for every reason the same, so that nobody learns which."""
    return page(
        "This link does not work",
        "<h1>This link does not work</h1>",
        paragraph(
            "A link is for one person and one browser. It works once, for ten minutes, and only "
            "the newest one does."
        ),
        paragraph(
            "<strong>Have you just sent your key?</strong> Then look in Slack: it says "
            "whether you are connected."
        ),
        paragraph(_new_link()),
    )


def ended_page() -> str:
    """Say that the link ended after too many wrong keys."""
    return page(
        "This link has ended",
        "<h1>This link has ended</h1>",
        paragraph("The portal refused five keys, so this link takes no more. Nothing was stored."),
        paragraph(_new_link()),
    )


def busy_page() -> str:
    """Say that too many visits came from one address."""
    return page(
        "Too many visits",
        "<h1>Please wait a minute</h1>",
        paragraph("Too many visits came from your address. Nothing was changed."),
        paragraph("Wait a minute, then load this page again."),
    )


def broken_page(reference: str) -> str:
    """Say that something failed that should not; the reference leads to the log."""
    return page(
        "Something went wrong",
        "<h1>Something went wrong</h1>",
        paragraph(
            "It is not your fault, and I do not know whether your key was stored. "
            "Type <code>/attach status</code> in Slack: it says whether you are connected."
        ),
        paragraph(f"For your administrator: error <code>{text(reference)}</code>.", "soft"),
    )


def _new_link() -> str:
    return (
        "For a new link, type <code>/attach connect</code> in Slack, or press "
        "<strong>Connect account</strong> there again."
    )
