"""The buttons that several pictures share."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.domain import ItemState
from bot.views import commands, links, words
from bot.views.blocks import button, fits_button, link_button, plain

if TYPE_CHECKING:
    from bot.domain import Block, Entity, EntityRef, Filing, PortalUrl

_TITLE = 40
_ON_ITS_WAY = frozenset({ItemState.SHARED, ItemState.BRINGING})


def run(text: str, command: str, *, says: str = "") -> tuple[Block, ...]:
    """Return a button that runs a command, or nothing if the command is too long for one."""
    if not fits_button(command):
        return ()
    return (button(text, "command.run.", command, says=says),)


def help_() -> tuple[Block, ...]:
    return run("Help", "help", says="Show what you can type")


def status() -> tuple[Block, ...]:
    return run("Show status", "status", says="Show your accounts and open requests")


def connect(filing_id: str = commands.NOTHING) -> Block:
    return button(
        "Connect account", "connect.open", filing_id, says="Connect your CRM account", primary=True
    )


def new_key(filing_id: str = commands.NOTHING) -> Block:
    return button(
        "Paste a new key", "connect.open", filing_id, says="Paste a new CRM key", primary=True
    )


def direct_message() -> Block:
    return button(
        "Open direct message", "direct.open", says="Open the direct message where files may be sent"
    )


def about() -> Block:
    return button("What is stored?", "connect.about", says="Show what this app stores about you")


def howto() -> Block:
    return button("How to get a key", "connect.howto", says="Show how to get a CRM key")


def cancel(filing: Filing, text: str = "Cancel request") -> tuple[Block, ...]:
    """Return the button that gives a request up, while nothing has been sent to the record."""
    if filing.sent:
        return ()
    return (button(text, "filing.cancel", filing.id, says=f"Cancel request {filing.receipt}"),)


def stop(filing: Filing) -> tuple[Block, ...]:
    """Return the button that lets nothing more be brought, while something is."""
    if not any(item.state in _ON_ITS_WAY for item in filing.items):
        return ()
    says = f"Stop request {filing.receipt}, and attach what was brought so far"
    return (button("Stop", "filing.stop", filing.id, says=says),)


def again(filing: Filing, text: str = "Try now") -> Block:
    return button(text, "filing.again", filing.id, says=f"Try request {filing.receipt} again now")


def record(filing: Filing, ref: EntityRef, text: str, *, says: str) -> Block:
    """Return the button that chooses a record for a request that asks or has failed."""
    value = f"{filing.id}|{ref.type}:{ref.id}"
    return button(text, "filing.record.", value, says=says)


def form(text: str, prefill: str, *, says: str) -> tuple[Block, ...]:
    """Return a button that opens the attach form, filled in as far as there is room."""
    value = prefill if prefill and fits_button(prefill) else commands.NOTHING
    return (button(text, "attach.open", value, says=says),)


def choose_record(files: str = "") -> tuple[Block, ...]:
    says = "Choose another record for these files" if files else "Choose a record in a form"
    return form("Choose a record", files, says=says)


def elsewhere(filing: Filing, text: str) -> tuple[Block, ...]:
    """Return the button that opens the attach form with the files of a request."""
    says = "Search for another record for these files"
    return (button(text, "filing.elsewhere", filing.id, says=says),)


def open_in_crm(portal: PortalUrl, ref: EntityRef, entity: Entity | None = None) -> Block:
    title = plain(entity.title, _TITLE) if entity else ""
    says = f"Open {words.spoken_record(ref)}{f', {title},' if title else ''} in CRM"
    return link_button(
        "Open in CRM", "crm.open", links.entity_url(portal, entity or ref), says=says
    )
