"""Files that lie in Slack: brought into the portal, and put on the record in one call."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from bot.domain import EntityRef, EntityType

if TYPE_CHECKING:
    from bot.sandbox.slack import StoredFile
    from tests.world import World

CASE_7 = EntityRef(EntityType.CASE, 7)
CASE_8 = EntityRef(EntityType.CASE, 8)
OFFER = b"%PDF-1.7 " + bytes(range(256)) * 500
PRICES = b"PK\x03\x04" + b"prices" * 20_000


def link(*files: StoredFile) -> str:
    """Return links to files in Slack, as people copy them."""
    return " ".join(f"https://acme.slack.com/files/{one.user}/{one.id}/x" for one in files)


def sha(content: bytes | None) -> str:
    return hashlib.sha256(content or b"").hexdigest()


def attached(world: World, ref: EntityRef = CASE_7) -> dict[str, str]:
    """Return the digest of each file that the latest event put on a record, by its title."""
    latest = world.portal.events_of(ref)[-1]
    files = (world.portal.data.files[id_] for id_ in latest.tagged)
    return {file.title: sha(file.content) for file in files}


async def test_files_of_slack_are_put_on_the_record_byte_by_byte(ana: World):
    offer, prices = ana.slack.put_file("offer.pdf", OFFER), ana.slack.put_file("p.xlsx", PRICES)

    answer = await ana.say(f"case 7 {link(offer, prices)}")

    assert answer.text == "Attached 2 files to Case #7, Acme onboarding: offer.pdf and p.xlsx."
    assert attached(ana) == {"offer.pdf": sha(OFFER), "p.xlsx": sha(PRICES)}
    posts = [seen.path for seen in ana.portal.requests if seen.method == "POST"]
    assert [path for path in posts if path.endswith("/case/7/files")] == [
        "/api/2.0/crm/case/7/files"
    ]
    assert len(ana.portal.events_of(CASE_7)) == 2
