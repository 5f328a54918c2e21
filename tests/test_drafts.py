"""Drafts: sealed, for their owner only, gone after a day; and what is known of conversations."""

from __future__ import annotations

import dataclasses
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from bot.domain import (
    Entity,
    EntityRef,
    EntityType,
    FileId,
    FilingState,
    Item,
    ItemState,
    PortalFile,
    SharedFile,
    SlackUser,
)
from bot.draft import Draft, FiledBefore, Offered, Origin, Wish
from bot.drafting import Drafting
from bot.errors import DraftGoneError, SlackFileGoneError
from bot.reply_to import ReplyTo
from bot.suggestions import Hints
from bot.vault import Vault, new_key
from storage.sqlite import open_store
from tests.builders import ANA, ANA_ELSEWHERE, BEN, NOON, done

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from datetime import datetime
    from pathlib import Path

    from bot.domain import Filing
    from storage.sqlite import SqliteStore

CASE_7 = EntityRef(EntityType.CASE, 7)
VAULT = Vault.of(new_key())


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[SqliteStore]:
    async with open_store(f"sqlite:///{tmp_path}/bot.db") as opened:
        yield opened


def drafting(store: SqliteStore, now: datetime = NOON, vault: Vault = VAULT) -> Drafting:
    return Drafting(drafts=store.drafts, vault=vault, clock=lambda: now)


def draft_of(user: SlackUser = ANA) -> Draft:
    return Draft(
        user=user,
        reply=ReplyTo(channel="C1", thread="1.2", sealed_url="v1.x", url_until=NOON),
        place="sales",
        origin=Origin(channel="C1", ts="1.3", author="U2", text="Signed by <@U2>"),
        files=(
            Offered(id="F1", name="contract.pdf", size=7),
            Offered(id="F2", failure=SlackFileGoneError("F2", "old.pdf", limited=True).failure()),
        ),
        record=EntityRef(EntityType.CASE, 7),
        called="Case #7, Acme",
        numbers="12-15",
        ticked=frozenset({"F1"}),
        wishes=frozenset({Wish.NOTE}),
        filled=False,
    )


async def test_a_draft_is_found_as_it_was_kept(store: SqliteStore):
    draft = draft_of()

    await drafting(store).keep(draft)

    assert await drafting(store).get(draft.id, by=ANA) == draft


async def test_an_id_has_128_random_bits(store: SqliteStore):
    ids = {draft_of().id for _ in range(100)}

    assert len(ids) == 100
    assert {len(id_) for id_ in ids} == {22}


async def test_a_draft_is_changed_and_stays_as_old_as_it_is(store: SqliteStore):
    draft = draft_of()
    await drafting(store).keep(draft)
    changed = dataclasses.replace(draft, numbers="20", filled=True)

    await drafting(store, NOON + timedelta(hours=20)).keep(changed)

    assert await drafting(store, NOON + timedelta(hours=21)).get(draft.id, by=ANA) == changed
    with pytest.raises(DraftGoneError):
        await drafting(store, NOON + timedelta(hours=25)).get(draft.id, by=ANA)


@pytest.mark.parametrize("other", [BEN, ANA_ELSEWHERE], ids=["person", "workspace"])
async def test_nobody_else_gets_a_draft(store: SqliteStore, other: SlackUser):
    draft = draft_of()
    await drafting(store).keep(draft)

    with pytest.raises(DraftGoneError):
        await drafting(store).get(draft.id, by=other)
    with pytest.raises(DraftGoneError):
        await drafting(store).hints(draft.id, other)


@pytest.mark.parametrize("id_", ["", "nothing", "' or 1=1 --"])
async def test_an_id_that_is_none_finds_nothing(store: SqliteStore, id_: str):
    with pytest.raises(DraftGoneError):
        await drafting(store).get(id_, by=ANA)


async def test_nothing_of_a_draft_can_be_read_in_the_database(store: SqliteStore, tmp_path: Path):
    await drafting(store).keep(draft_of())

    files = sorted(tmp_path.glob("bot.db*"))  # noqa: ASYNC240  (nothing else runs)
    stored = b"".join(path.read_bytes() for path in files)

    assert b"drafts" in stored
    assert not [word for word in (b"contract", b"Signed", b"12-15", b"Acme") if word in stored]


async def test_a_draft_does_not_open_for_another_row(store: SqliteStore):
    mine, other = draft_of(), draft_of()
    await drafting(store).keep(mine)
    sealed = await store.drafts.get(mine.id)
    assert sealed is not None
    await store.drafts.put(dataclasses.replace(sealed, id=other.id))

    with pytest.raises(DraftGoneError):
        await drafting(store).get(other.id, by=ANA)


async def test_what_another_ring_sealed_is_gone(store: SqliteStore):
    draft = draft_of()
    await drafting(store).keep(draft)

    with pytest.raises(DraftGoneError):
        await drafting(store, vault=Vault.of(new_key())).get(draft.id, by=ANA)


async def test_old_drafts_are_swept(store: SqliteStore):
    old, young = draft_of(), draft_of()
    await drafting(store).keep(old)
    await drafting(store, NOON + timedelta(hours=2)).keep(young)

    assert await drafting(store, NOON + timedelta(hours=25)).sweep() == 1

    assert await store.drafts.get(old.id) is None
    assert await store.drafts.get(young.id) is not None


async def test_the_drafts_of_a_person_or_a_workspace_are_forgotten(store: SqliteStore):
    for user in (ANA, BEN, ANA_ELSEWHERE):
        await drafting(store).keep(draft_of(user))

    assert await drafting(store).forget(ANA.team, ANA.id) == 1
    assert await drafting(store).forget(ANA.team) == 1
    assert await drafting(store).forget(ANA_ELSEWHERE.team) == 1


async def test_a_draft_gives_hints_for_the_record(store: SqliteStore):
    draft = draft_of()
    await drafting(store).keep(draft)

    hints = await drafting(store).hints(draft.id, ANA)

    assert hints == Hints(channel="C1", words=("contract.pdf", "Signed by <@U2>", "sales"))


async def test_what_was_heard_of_a_conversation_is_known(store: SqliteStore):
    heard = store.conversations

    assert await heard.shared("T1", "C1") is None
    await heard.hear("T1", "C1", shared=False)
    await heard.hear("T1", "C2", shared=True)
    await heard.hear("T1", "C1", shared=False)
    assert [await heard.shared("T1", channel) for channel in ("C1", "C2")] == [False, True]
    await heard.hear("T1", "C1", shared=True)
    assert await heard.shared("T1", "C1") is True
    assert await heard.shared("T2", "C1") is None
    assert await heard.forget("T1") == 2
    assert await heard.shared("T1", "C1") is None


async def test_it_is_known_after_a_restart(tmp_path: Path):
    for known in (None, True):
        async with open_store(f"sqlite:///{tmp_path}/bot.db") as store:
            assert await store.conversations.shared("T1", "C1") is known
            await store.conversations.hear("T1", "C1", shared=True)


def filed(slack_id: str, title: str, at: int, user: SlackUser = ANA, **facts: Any) -> Filing:
    """Return a filing that put a file of Slack on case 7, `at` minutes after noon."""
    file = PortalFile(id=FileId(50), title=title)
    item = Item(source=SharedFile(id=slack_id), state=ItemState.ATTACHED, file=file)
    entity = Entity(ref=CASE_7, title="Acme", private=facts.pop("private", False))
    return done(user, at=at, items=(item,), entity=entity, **facts)


async def test_what_a_workspace_filed_before_is_known_by_its_files_in_slack(store: SqliteStore):
    for filing in (
        filed("F1", "old.pdf", 1),
        filed("F1", "contract.pdf", 2, BEN),
        filed("F2", "secret.pdf", 3, private=True),
        filed("F3", "failed.pdf", 4, state=FilingState.FAILED),
        filed("F4", "elsewhere.pdf", 5, ANA_ELSEWHERE),
    ):
        await store.filings.accept(filing)

    before = await store.filed.filed("T1", ["F1", "F2", "F3", "F4", "F5"])

    assert before == [
        FiledBefore("secret.pdf", None, ANA.id, NOON + timedelta(minutes=3)),
        FiledBefore("contract.pdf", CASE_7, BEN.id, NOON + timedelta(minutes=2)),
    ]
    assert await store.filed.filed("T1", []) == ()
