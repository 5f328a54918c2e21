"""A small believable world for the demo: one office, its records, its files."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.domain import EntityType, Place

if TYPE_CHECKING:
    from bot.sandbox.portal import SandboxPortal

FIRST_OF_CROWD = 1_001
_BEGINNINGS = (
    *("Al", "Bor", "Cas", "Del", "Er", "Fal", "Gor", "Hel", "Is", "Jor", "Kal", "Lor", "Mar"),
    *("Nor", "Or", "Pel", "Quin", "Ros", "Sal", "Tor", "Ul", "Ver", "Wil", "Yor", "Zan"),
)
_MIDDLES = ("a", "ber", "do", "en", "fi", "gra", "i", "ko", "lo", "mi", "no", "par", "ri", "ta")
_ENDINGS = ("con", "dent", "lux", "mont", "nova", "rix", "son", "tech", "via", "wick")
_WORK = ("renewal", "onboarding", "migration", "complaint", "audit", "pilot", "training")


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


def crowd(portal: SandboxPortal, count: int) -> None:
    """Let so many more records be there: as many cases, opportunities and companies.

    Their numbers begin at 1001, and three in a row are of the same firm: `firm(0)`, `firm(1)`...
    """
    for number in range(count):
        place, kind = divmod(number, len(EntityType))
        id_, name = FIRST_OF_CROWD + place, firm(place)
        if kind == 0:
            portal.case(f"{name} {_WORK[place % len(_WORK)]}", id=id_)
        elif kind == 1:
            portal.opportunity(f"{name} {2020 + place % len(_WORK)}", id=id_)
        else:
            portal.contact(f"{name} Ltd", id=id_, company=True)


def firm(place: int) -> str:
    """Return the name of a firm; 3,500 follow one another before a name comes again."""
    number = place * 1_999  # neighbours should not be alike
    number, beginning = divmod(number, len(_BEGINNINGS))
    number, middle = divmod(number, len(_MIDDLES))
    return _BEGINNINGS[beginning] + _MIDDLES[middle] + _ENDINGS[number % len(_ENDINGS)]
