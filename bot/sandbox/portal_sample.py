"""A small believable world for the demo: one office, its records, its files."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.domain import Place

if TYPE_CHECKING:
    from bot.sandbox.portal import SandboxPortal


def fill(portal: SandboxPortal) -> None:
    """Let the portal know Ana, Ben and the Acme deal."""
    ana = portal.person("Ana Reyes", email="ana.reyes@office.example", owner=True, crm_admin=True)
    ben = portal.person("Ben Ito", email="ben.ito@office.example")
    onboarding = portal.case("Acme onboarding", id=7)
    portal.case("Salary review", id=8, private_to=(ana,))
    portal.case("Trade fair 2024", id=9, closed=True)
    portal.opportunity("Beta pilot", id=7)
    renewal = portal.opportunity("Acme renewal", id=31)
    acme = portal.contact("Acme Ltd", id=4, company=True, phone="+1 555 0104")
    portal.contact("Jo Li", id=5, employer=acme.id)
    for number, title in ((9, "kick-off-notes.docx"), (10, "site-plan.png"), (11, "quote.pdf")):
        portal.file(title, id=number, size=240_000, owner=ben)
    portal.file("contract-signed.pdf", id=12, size=1_258_291, owner=ana)
    portal.file("price-list.xlsx", id=13, size=49_152, owner=ben)
    portal.file("meeting-notes.docx", id=14, size=18_432, owner=ana, folder=Place.MY)
    portal.attach(onboarding, (9, 10, 11), by=ben)
    # Files of CRM can be read by number only once they are on a record.
    portal.attach(renewal, (12, 13), by=ana)
