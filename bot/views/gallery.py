"""One sample of every kind of message and form, drawn from made-up values.

What Slack itself says of these is the last word on whether the pictures are right.
"""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from bot import errors
from bot.account import Account, SealedKey
from bot.domain import (
    Attempt,
    Doubt,
    Entity,
    EntityName,
    EntityRef,
    EntityType,
    FileId,
    Filing,
    FilingState,
    Item,
    ItemState,
    Place,
    PortalFile,
    PortalUrl,
    Purpose,
    Removal,
    SharedFile,
    SlackUser,
    Stand,
    Underway,
    Undo,
    WaitingFor,
)
from bot.draft import Around, Draft, FiledBefore, Offered, Origin, Threads
from bot.reply_to import ReplyTo
from bot.sharing import Habit, HabitKind, Link, Offer, Prompt
from bot.views import connect, forgetting, prompt, waiting
from bot.views.attach_form import attach_form, loading_form
from bot.views.connect_link import connect_link, no_form
from bot.views.doubled import doubled
from bot.views.help import help_
from bot.views.linking import linked, unlinked
from bot.views.listing import listing
from bot.views.problem import problem
from bot.views.problem_form import late_view
from bot.views.question import question
from bot.views.status import Agreed, status
from bot.views.summary import shared, summary
from bot.views.undone import taken_back, undo_question, undone, unsure

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from bot.domain import Message, View

_PORTALS = (PortalUrl("https://office.example.com"), PortalUrl("https://second.example.com"))
_USER = SlackUser("T0SAMPLE", "U0SAMPLE")
_AT = datetime(2026, 1, 30, 9, 30, tzinfo=UTC)
_SOON = timedelta(seconds=20)
_CASE = EntityRef(EntityType.CASE, 7)
_DEAL = EntityRef(EntityType.OPPORTUNITY, 31)
_ENTITY = Entity(ref=_CASE, title="Sample & <sons>", closed=False)
_OTHER = Entity(ref=_DEAL, title="Sample *renewal*", closed=True)
_FILES = tuple(
    PortalFile(
        id=FileId(number),
        title=f"sample-{number}.pdf",
        size=1_258_291,
        extension=".pdf",
        author="Sample Person",
        created=_AT,
    )
    for number in range(12, 27)
)
_ACCOUNTS = tuple(
    Account(
        user=_USER,
        portal=portal,
        key=SealedKey(""),
        owner="sample",
        name="Sample Person",
        email="sample@example.com",
        checked_at=_AT,
    )
    for portal in _PORTALS
)
_FILING = Filing(
    id="sample",
    receipt="A7K2",
    dedupe_key="sample",
    user=_USER,
    portal=_PORTALS[0],
    record=_CASE,
    reply=ReplyTo(channel="C0SAMPLE"),
    accepted_at=_AT,
    wake_at=_AT,
    entity=_ENTITY,
    items=(Item(source=FileId(12)), Item(source=FileId(13))),
    expires_at=_AT + timedelta(minutes=15),
)

_BLANK = Draft(id="sample", user=_USER, reply=ReplyTo(channel="C0SAMPLE"), numbers="12,13")
_DRAFT = dataclasses.replace(
    _BLANK,
    origin=Origin(channel="C0SAMPLE", ts="1769765400.000100", author=_USER.id, text="Signed."),
    files=(
        Offered(id="F0SAMPLE1", name="sample-1.pdf", size=1_258_291, mimetype="application/pdf"),
        Offered(id="F0SAMPLE2", name="sample-2.xlsx", size=49_152),
        Offered(
            id="F0SAMPLE3",
            name="drawing.dwg",
            size=137_363_456,
            failure=errors.SlackFileTooLargeError(
                "F0SAMPLE3", "drawing.dwg", 137_363_456, 104_857_600
            ).failure(),
        ),
    ),
    record=_CASE,
    called="Case #7, Sample",
)
_AROUND = Around(
    email="sample@example.com",
    before=(FiledBefore("sample-1.pdf", _CASE, _USER.id, _AT),),
    threads=Threads.OPEN,
    linkable=True,
)


_HABITS = (
    Habit(user=_USER, channel="C1SAMPLE", kind=HabitKind.MUTE),
    Habit(user=_USER, channel="C0SAMPLE", kind=HabitKind.ALWAYS, portal=_PORTALS[0], ref=_CASE),
)


def templates() -> Iterable[tuple[str, Message | View]]:
    """Yield every kind of picture by its name."""
    yield from _results()
    yield from _questions()
    yield from _undos()
    yield from _meanwhile()
    yield from _problems()
    yield from _about_accounts()
    yield from _about_channels()
    yield from _forms()


def _every_state() -> tuple[Item, ...]:
    """Return a file in each state: every line that a list of files can have."""
    unseen = {ItemState.NAMED, ItemState.MISSING}
    return tuple(
        Item(
            source=file.id,
            state=state,
            file=None if state in unseen else dataclasses.replace(file, place=_place(state)),
        )
        for state, file in zip(ItemState, _FILES, strict=False)
    )


def _place(state: ItemState) -> Place:
    places = {ItemState.MISPLACED: Place.MY, ItemState.TRASHED: Place.TRASH}
    return places.get(state, Place.CRM)


def _results() -> Iterator[tuple[str, Message]]:
    done = dataclasses.replace(
        _FILING,
        state=FilingState.DONE,
        items=_every_state(),
        on_record=_FILES,
        finished_at=_AT,
    )
    listed = dataclasses.replace(done, purpose=Purpose.LIST, items=())
    yield "summary", summary(done, several_portals=True)
    yield "shared summary", shared(done)
    attached = tuple(
        Item(source=file.id, state=ItemState.ATTACHED, file=file) for file in _FILES[:2]
    )
    twice = dataclasses.replace(done, items=attached, doubles=(101, 102))
    yield "attached twice", doubled(twice)
    found = dataclasses.replace(
        done, items=attached, failure=errors.OutcomeUnknownError(_PORTALS[0]).failure()
    )
    yield "found after all", summary(found)
    yield "list", listing(listed, several_portals=True)
    yield "empty list", listing(dataclasses.replace(listed, on_record=()))


def _questions() -> Iterator[tuple[str, Message]]:
    asks = dataclasses.replace(
        _FILING,
        state=FilingState.WAITING,
        waiting_for=WaitingFor.RECORD,
        record=EntityName(EntityType.CASE, "sample"),
        entity=None,
        choices=(_ENTITY, _OTHER),
    )
    files = dataclasses.replace(_FILING, state=FilingState.WAITING, waiting_for=WaitingFor.FILES)
    yield "which record", question(asks)
    yield "which files", question(dataclasses.replace(files, items=_every_state()))
    before = errors.AskedBeforeError("B8M3", 40, "attached").failure()
    repeat = dataclasses.replace(
        _FILING, state=FilingState.WAITING, waiting_for=WaitingFor.REPEAT, failure=before
    )
    yield "asked before", question(repeat)
    for item in _every_state():
        if item.state in {ItemState.MISPLACED, ItemState.HIDDEN}:
            yield f"file {item.state}", question(dataclasses.replace(files, items=(item,)))


def _undos() -> Iterator[tuple[str, Message]]:
    stands = (
        Removal(stand=Stand.REMOVED),
        Removal(stand=Stand.REMOVED, copy=_FILES[9]),
        Removal(stand=Stand.GONE),
        *(Removal(stand=Stand.LEFT, doubt=doubt) for doubt in Doubt),
    )
    items = tuple(
        Item(source=file.id, state=ItemState.ATTACHED, file=file, sha256="00", removal=removal)
        for file, removal in zip(_FILES, stands, strict=False)
    )
    undo = dataclasses.replace(
        _FILING,
        receipt="B3Q9",
        purpose=Purpose.UNDO,
        undo=Undo(filing="sample", receipt="A7K2", events=(101,)),
        items=items,
    )
    asked = dataclasses.replace(
        items[0], removal=Removal(stand=Stand.ASKED, doubt=Doubt.OLDER), sha256=""
    )
    sent = dataclasses.replace(items[0], removal=Removal(stand=Stand.REMOVING))
    origin = dataclasses.replace(_FILING, items=items[:2], state=FilingState.DONE, undone_at=_AT)
    yield "undone", undone(undo)
    yield "undo question", undo_question(dataclasses.replace(undo, items=(asked,)))
    yield "undo, outcome unknown", unsure(dataclasses.replace(undo, items=(sent,)))
    yield "summary that was undone", taken_back(origin)
    yield "shared summary that was undone", shared(origin)
    late = errors.UndoTooLateError("A7K2", int(_AT.timestamp()))
    yield "undo problem", problem(late)


def _meanwhile() -> Iterator[tuple[str, Message]]:
    sent = Attempt(files=(FileId(12),), watermark=5, author="sample", at=_AT, unknown=True)
    yield "connect first", waiting.connect_first(_FILING)
    yield "key expired", waiting.key_expired(_FILING)
    yield "cancelled", waiting.cancelled(_FILING)
    yield "lapsed", waiting.lapsed(_FILING)
    yield "many requests", waiting.slowed(dataclasses.replace(_FILING, wake_at=_AT + _SOON))
    yield "progress", waiting.progress(_FILING)
    shared = [SharedFile(id=f"F0SAMPLE{n}", name=f"sample-{n}.pdf") for n in (1, 2)]
    bringing = tuple(Item(source=file, state=ItemState.SHARED) for file in shared)
    far = Underway("sample-1.pdf", 14_680_064, 50_331_648)
    yield (
        "bringing",
        waiting.progress(dataclasses.replace(_FILING, items=bringing), far),
    )
    yield "trouble", waiting.trouble(_FILING)
    yield "outcome unknown", waiting.trouble(dataclasses.replace(_FILING, attempt=sent))


def _problems() -> Iterator[tuple[str, Message]]:
    failed = dataclasses.replace(_FILING, state=FilingState.FAILED, choices=(_OTHER,))
    yield "typing problem", problem(errors.UnknownWordError("lits", "list", "list case 7"))
    yield "record problem", problem(errors.EntityNotFoundError(_CASE), filing=failed)
    too_large = errors.FileTooLargeError(_PORTALS[0], "drawing.dwg", 137_363_456, 104_857_600)
    yield "upload problem", problem(too_large, filing=failed)
    yield "portal problem", problem(errors.PortalAwayError(_PORTALS[0]), filing=failed)
    yield "not attached", problem(errors.NotAttachedError(_PORTALS[0]), filing=failed)
    yield "vanished", problem(errors.VanishedError(_CASE), filing=failed)
    yield "set aside", problem(errors.SetAsideError("9F3C"), filing=failed)
    same = errors.SameContentError("U0SAMPLE", _AT.isoformat(), 12, "sample-12.pdf")
    yield "same content", problem(same, filing=failed)
    yield "slack file problem", problem(errors.SlackFileHiddenError("F0SAMPLE", channel="C0SAMPLE"))
    yield "late form", problem(errors.FormLateError("sample"))
    yield "unexpected problem", problem(RuntimeError(), reference="9F3C")


def _about_accounts() -> Iterator[tuple[str, Message]]:
    aside = dataclasses.replace(_FILING, receipt="C9N4", state=FilingState.FAILED)
    yield "status", status(_ACCOUNTS, (_FILING,), aside=(aside,))
    cancelled = dataclasses.replace(_FILING, state=FilingState.CANCELLED)
    yield "status, untold", status(_ACCOUNTS, (), (cancelled,))
    yield "help", help_(_ACCOUNTS)
    link = "https://bot.example.com/connect/sample"
    yield "link to the page", connect_link("sample", link, portal=_PORTALS[0], form=True)
    yield "no form", no_form()
    yield "connected", connect.connected(_ACCOUNTS[0], ())
    yield "disconnected", connect.disconnected(1)
    yield "forget me?", forgetting.forget_question((_FILING,))
    yield "forgotten", forgetting.forgotten(1, 14, (_FILING,))
    yield "kept", forgetting.kept()


def _about_channels() -> Iterator[tuple[str, Message]]:
    empty = errors.SlackFileEmptyError("F0EMPTY", "empty.txt").failure()
    asked = Prompt(
        id="sample",
        user=_USER,
        channel="C0SAMPLE",
        message="1.0",
        created_at=_AT,
        reply=ReplyTo(channel="C0SAMPLE"),
        files=(SharedFile(id="F0SAMPLE", name="sample.pdf", size=1_258_291),),
        left_out=(empty,),
        offers=(Offer(ref=_CASE, portal=_PORTALS[0], title=_ENTITY.title),),
        crowded=True,
    )
    sent = dataclasses.replace(asked, channel="D0SAMPLE")
    yield "shared files", prompt.picture(asked)
    yield "sent files", prompt.picture(sent)
    yield "sent files, not connected", prompt.picture(sent, unconnected=True)
    yield "sent files, none can go", prompt.picture(dataclasses.replace(sent, files=()))
    yield "not added", prompt.skipped(asked)
    yield "asked no more", prompt.muted(everywhere=False)
    yield "attached from now on", prompt.always(asked)
    yield "asked again", prompt.asks_again(1)
    yield "attaching turned off", problem(errors.ClosedChannelError())
    yield "send files here", prompt.invitation()
    link = Link(
        team="T0SAMPLE", channel="C0SAMPLE", portal=_PORTALS[0], ref=_CASE, by="U0SAMPLE", at=_AT
    )
    done = dataclasses.replace(_FILING, state=FilingState.DONE, purpose=Purpose.LINK, items=())
    yield "linked", linked(done)
    yield "unlinked", unlinked(link)
    yield "status, linked", status(_ACCOUNTS, (), agreed=Agreed(link=link, habits=_HABITS))


def _forms() -> Iterator[tuple[str, View]]:
    yield "connect form", connect.connect_form(_PORTALS)
    yield "connected form", connect.connected_view(_ACCOUNTS[0], (_FILING,))
    yield "what is stored", connect.about()
    yield "how to get a key", connect.howto(_PORTALS)
    yield "attach form", attach_form(_DRAFT, _AROUND)
    yield "attach form without a message", attach_form(_BLANK, Around())
    yield "attach form, waiting", loading_form(_DRAFT)
    yield "attach form, too late", late_view(errors.FormLateError(_DRAFT.id, "send"))
