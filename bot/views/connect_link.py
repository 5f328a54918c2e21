"""What a person reads in Slack about the page that takes a key: the link, and how it went."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.views import buttons, words
from bot.views.blocks import button, link_button
from bot.views.notes import Note

if TYPE_CHECKING:
    from bot.domain import Block, Message, PortalUrl


def connect_link(
    link_id: str, url: str, *, portal: PortalUrl | None = None, form: bool = False
) -> Message:
    """Draw the link; `form` offers the form in Slack besides it."""
    where = f" at {words.host(portal)}" if portal else ""
    return Note(
        headline="Connect your CRM account on a private page",
        body=(
            f"Files are attached with your own CRM account{where}. The page takes your key, "
            "so that Slack does not see it. The link is yours alone: it works once, for ten "
            "minutes. Pass it on to nobody."
        ),
        buttons=(
            {
                **link_button("Open the page", "connect.page", url, says="Open the page for a key"),
                "value": link_id,
                "style": "primary",
            },
            *(_form_button(link_id) if form else ()),
            buttons.howto(),
        ),
    ).message()


def _form_button(link_id: str) -> tuple[Block, ...]:
    """Return the button that opens the form, for those whose browser does not reach the page."""
    says = "Paste the key into a form in Slack instead"
    return (button("Use a form in Slack", "connect.form", link_id, says=says),)


def no_form() -> Message:
    """Say that a key came into the form, which the operator has turned off meanwhile."""
    return Note(
        headline="Keys are not taken in Slack any more",
        body=(
            "Your key was not stored, and nothing was changed. Connect on the private page. "
            "Slack has seen this key, so better get a new one."
        ),
        buttons=(buttons.connect(),),
    ).message()
