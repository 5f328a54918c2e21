"""The choices of the menu of records: in groups that say why, with a remark where one is due."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bot.domain import EntityType
from bot.suggestions import MOST_OFFERED, Remark, Why
from bot.views import forms
from bot.views.blocks import label, names
from bot.views.choices import choice

if TYPE_CHECKING:
    from bot.domain import Block
    from bot.suggestions import Group, Offer, Suggestions

NO_RECORD: Final = "-"
"""The value of a remark: Slack lets people choose it, too."""

_TYPES = {
    EntityType.CASE: "Cases",
    EntityType.OPPORTUNITY: "Opportunities",
    EntityType.CONTACT: "Contacts",
}
_WHY = {
    Why.FOUND: "Records",
    Why.LINKED: "Linked to this channel",
    Why.LATEST: "Your latest records",
    Why.FITTING: "Share words with the file, message or channel",
    Why.NEWEST: "Newest records",
}
_REMARKS = {
    Remark.SEARCHING: "Still searching. One letter more or less shows what has come.",
    Remark.LETTERS: "Type one letter more, a number such as case 7, or a CRM link.",
    Remark.AWAY: "The portal does not answer now. Type and number, as case 7, do.",
    Remark.CONNECT: "Connect your CRM account first: type /attach connect.",
    Remark.KEY: "Your CRM key is not accepted any more: type /attach connect.",
    Remark.CLOSED: "Your account cannot use CRM. Ask your portal administrator.",
    Remark.FOREIGN: "This link leads to no portal that I serve.",
    Remark.NO_RECORD: "This link leads to no case, opportunity or contact.",
    Remark.TYPED_KEY: "This looks like a CRM key. It belongs into /attach connect only.",
}


def record_menu(found: Suggestions) -> dict[str, list[Block]]:
    """Return what Slack is told: groups of options, or no options at all."""
    groups: list[Block] = []
    room = MOST_OFFERED
    for group in found.groups:
        offers = [_option(offer) for offer in group.offers[:room]]
        room -= len(offers)
        if offers:
            groups.append({"label": label(_heading(group)), "options": offers})
    if found.remark is not None:
        remark = forms.option(_REMARKS[found.remark], NO_RECORD)
        groups.append({"label": label("Please note"), "options": [remark]})
    return {"option_groups": groups} if groups else {"options": []}


def _heading(group: Group) -> str:
    if group.type is None:
        return _WHY[group.why]
    types = _TYPES[group.type]
    if group.why is Why.NEWEST:
        return f"Newest {types.lower()}"
    return f"{types}: there are more, type more letters" if group.cut else types


def _option(offer: Offer) -> Block:
    value = f"{offer.ref.type}:{offer.ref.id}"
    elsewhere = f" {offer.portal}" if offer.portal else ""
    option = forms.option(choice(offer.record), f"{value}{elsewhere}")
    if not offer.shared:
        return option
    shared = names([f"“{word}”" for word in offer.shared], 3)
    return {**option, "description": label(f"Shares {shared}")}
