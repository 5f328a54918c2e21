"""Every message and form of the bot, drawn for one title; the rules are tried on them."""

from __future__ import annotations

import dataclasses
from datetime import timedelta
from typing import TYPE_CHECKING

from bot import errors
from bot.domain import (
    EntityName,
    EntityType,
    FilingState,
    Item,
    ItemState,
    Message,
    Place,
    Purpose,
    Record,
    UntypedNumber,
    View,
    WaitingFor,
)
from bot.draft import Around, Draft, FiledBefore, Offered, Origin, Threads, Wish
from bot.reply_to import ReplyTo
from bot.views import connect, forgetting, waiting
from bot.views.attach_form import attach_form, loading_form
from bot.views.choices import choice
from bot.views.connect_link import connect_link, no_form
from bot.views.help import help_
from bot.views.listing import listing
from bot.views.problem import problem
from bot.views.problem_form import late_view
from bot.views.question import question
from bot.views.status import status
from bot.views.summary import shared, summary
from bot.views.tell import tell
from tests.gallery_sharing import sharing_pictures
from tests.gallery_undo import undo_pictures
from tests.views_samples import (
    ANA,
    CASE,
    CONTRACT,
    DEAL,
    FIRM,
    MORNING,
    OFFICE,
    PRICES,
    SECOND,
    TITLE,
    account,
    attempt,
    done,
    entity,
    failed,
    file,
    filing,
    item,
    listed,
    waits,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

ODD = (
    ItemState.MISSING,
    ItemState.HIDDEN,
    ItemState.MISPLACED,
    ItemState.TRASHED,
    ItemState.BLOCKED,
)
"""States of a file that a person is asked about."""

HOSTILE = {
    "channel": "<!channel> & <!here>",
    "mention": "<@U1>",
    "link": "<http://x|y>",
    "escaped": "&lt;!channel&gt; &amp;",
    "bold": "*b* _i_ ~s~ `c` > q",
    "pipe": "a|b | c",
    "direction": "invoice\u202egpj.exe\u2066\u200f\u200b\ufeff",
    "control": "one\ntwo\r\x00\x1b[31m\ttab\u2028line",
    "long": "n" * 495 + ".docx",
    "ampersands": "&" * 500,
    "surrogate": "half \ud83d of one",
    "emoji": "\U0001f469\u200d\U0001f4bb" * 100,
    "empty": "",
    "invisible": "\u200b\u200e",
    "sentence": "a. b. Is it? 1. c",
}


def every_error(title: str = TITLE) -> list[BaseException]:
    """Return one error of each class that has words of its own, and two that have none."""
    host = str(OFFICE)
    return [
        errors.UnknownWordError("fliles", "list", "list case 7"),
        errors.UnknownWordError(title),
        errors.UnsupportedTypeError("task"),
        errors.UnsupportedTypeError(title),
        errors.BadRecordError("0"),
        errors.BadRecordError(title),
        errors.BadFilesError("x", (12,), "case 7"),
        errors.BadFilesError(title, (), title),
        errors.TooManyFilesError(51, tuple(range(1, 51)), "case 7"),
        errors.TooManyFilesError(2_000_000_000, tuple(range(1, 51))),
        errors.ForeignLinkError(title),
        errors.MixedPortalsError(host, title),
        errors.KeyInCommandError(),
        errors.NoLastRecordError(),
        errors.RemarkChosenError(),
        errors.NoLastFileError(),
        errors.NoLinkedRecordError(),
        errors.NotAVerbYetError("history"),
        errors.NotConnectedError(host),
        errors.KeyRefusedError(host),
        errors.KeyExpiredError(host),
        errors.StrangerError(),
        errors.ClosedChannelError(),
        errors.NoPortalError(host),
        errors.OtherOwnerError(host, "owner", "Ana", title),
        errors.GuestError(host),
        errors.CrmClosedError(host),
        errors.DocumentsClosedError(host),
        errors.EntityNotFoundError(CASE),
        errors.NoMatchError("case", title),
        errors.MayNotAttachError(CASE),
        errors.NoFilesLeftError(),
        errors.InvalidFolderError(),
        errors.CopyMisplacedError(title),
        errors.VanishedError(CASE),
        errors.StorageFullError(host, title, 1_258_291),
        errors.SlackFileHiddenError("F1", title, "C1"),
        errors.SlackFileHiddenError("F1", channel="D1"),
        errors.SlackFileElsewhereError("F1"),
        errors.SlackFileElsewhereError("F1", title),
        errors.SlackFileForeignError("F1", title),
        errors.SlackFileGoneError("F1", title),
        errors.SlackFileGoneError("F1", title, limited=True),
        errors.SlackFileKindError("F1", title, "canvas"),
        errors.SlackFileKindError("F1", title, "link"),
        errors.SlackFileKindError("F1", kind=title),
        errors.SlackFileEmptyError("F1", title),
        errors.SlackFileTooLargeError("F1", title, 137_363_456, 104_857_600),
        errors.SlackFileTypeError("F1", title, title),
        errors.SlackFileWithheldError("F1", title),
        errors.SlackFileScopeError("F1", scope=title),
        errors.SlackFileDeniedError("F1", title, "odd"),
        errors.SlackFileUnreadyError("F1", title),
        errors.SlackFileBrokenError("F1", title),
        errors.SlackFileAwayError("F1", title, 30),
        errors.EmptyFileError(title),
        errors.FileTooLargeError(host, title, 137_363_456, 104_857_600),
        errors.FileTooLargeError(host, title),
        errors.FileTypeError(host, title),
        errors.FileChangedError(title),
        errors.MayNotUploadError(host),
        errors.OverwroteError(host, title, 12),
        errors.SameContentError("U0ANA", MORNING.isoformat(), 12, title),
        errors.StoredWrongError(host, title),
        errors.PortalUnpaidError(host),
        errors.PortalClosedError(host),
        errors.PortalRefusedError(host, 418),
        errors.PortalAwayError(host),
        errors.PortalAwayError(host, until=int(MORNING.timestamp())),
        errors.OutcomeUnknownError(host),
        errors.NotAttachedError(host),
        errors.SlackError("channel_not_found"),
        errors.FormLateError("d"),
        errors.FormLateError("d", "fill"),
        errors.FormLateError("d", "send"),
        errors.DraftGoneError(),
        errors.NotYoursError(),
        errors.TooManyWaitingError(200),
        errors.AskedBeforeError("A7K2", 40, "attached"),
        errors.GoneError(),
        errors.UnexpectedError("9F3C"),
        errors.SetAsideError("9F3C"),
        errors.NothingToUndoError(),
        errors.NothingToUndoError("A7K2"),
        errors.UndoTooLateError("A7K2", int(MORNING.timestamp())),
        errors.UndoTooSoonError("A7K2", int(MORNING.timestamp())),
        errors.UndoneBeforeError("A7K2"),
        errors.NothingToRetryError("A7K2"),
        errors.StaleFilingError(),
        errors.StoreError("disk"),
        errors.AlreadyRunningError("7"),
        errors.SecretError("x"),
        errors.KeyMissingError(keys=("b58f94ef",)),
        errors.SettingsError(("Set this.",)),
        errors.BotError(),
        RuntimeError(title),
    ]


def gallery(title: str = TITLE) -> Iterator[tuple[str, Message | View]]:
    """Yield every picture by a name; `title` stands wherever outside text can stand."""
    yield from _results(title)
    yield from _lists(title)
    yield from _questions(title)
    yield from undo_pictures(title)
    yield from _while_waiting(title)
    yield from _problems(title)
    yield from _accounts(title)
    yield from sharing_pictures(title)
    yield from _forms(title)


def _items(title: str, states: tuple[ItemState, ...] = tuple(ItemState)) -> tuple[Item, ...]:
    """Return an item of each state, with a file of that title where a file can be known."""
    places = {ItemState.MISPLACED: Place.MY, ItemState.TRASHED: Place.TRASH}
    return tuple(
        item(
            number,
            state,
            None if state in {ItemState.NAMED, ItemState.MISSING} else title,
            place=places.get(state, Place.CRM),
        )
        for number, state in enumerate(states, 12)
    )


def _results(title: str) -> Iterator[tuple[str, Message]]:
    copied = dataclasses.replace(item(13, ItemState.ATTACHED, title), copied_from=Place.MY)
    many = tuple(item(number, ItemState.ATTACHED, title) for number in range(1, 51))
    left = tuple(item(number, ItemState.LEFT_OUT, title) for number in range(1, 51))
    pictures = {
        "attached twice": dataclasses.replace(
            done(CONTRACT, PRICES, title=title), doubles=(101, 102)
        ),
        "found after all": dataclasses.replace(
            done(CONTRACT, title=title), failure=errors.OutcomeUnknownError(OFFICE).failure()
        ),
        "success": done(item(12, ItemState.ATTACHED, title), PRICES, title=title),
        "copied": done(CONTRACT, copied, title=title),
        "all copied": done(copied, copied, title=title),
        "every state": done(*_items(title), title=title),
        "fifty files": done(*many, title=title),
        "fifty left out": done(*left, title=title),
        "half of fifty": done(*many[:25], *left[25:], title=title),
        "already there": done(item(12, ItemState.PRESENT, title), title=title),
        "some there": done(CONTRACT, item(13, ItemState.PRESENT, title), title=title),
        "closed": dataclasses.replace(done(), entity=entity(title=title, closed=True)),
        "private": dataclasses.replace(done(), entity=entity(title=title, private=True)),
        "contact": dataclasses.replace(
            done(), record=FIRM, entity=entity(FIRM, title, company=True), on_record=None
        ),
        "without its entity": dataclasses.replace(done(), entity=None),
        "by name": dataclasses.replace(
            done(), entity=None, record=EntityName(EntityType.CASE, title or "Acme")
        ),
    }
    for name, picture in pictures.items():
        yield f"summary, {name}", summary(picture)
        yield f"summary on two portals, {name}", summary(picture, several_portals=True)
        yield f"shared, {name}", shared(picture)


def _lists(title: str) -> Iterator[tuple[str, Message]]:
    files = [
        file(number, title, created=MORNING + timedelta(hours=number), author=title)
        for number in range(1, 251)
    ]
    for count in (0, 1, 5, 11, 250):
        few = listed(*files[:count], title=title)
        yield f"list of {count}", listing(few)
        everything = dataclasses.replace(few, everything=True)
        yield f"whole list of {count}", listing(everything, several_portals=True)


def _questions(title: str) -> Iterator[tuple[str, Message]]:
    choices = (entity(CASE, title), entity(DEAL, title, closed=True), entity(FIRM, title))
    records: tuple[Record, ...] = (
        UntypedNumber(7),
        EntityName(EntityType.CASE, title or "Acme"),
        EntityName(EntityType.CONTACT, title or "Acme", company=True),
        CASE,
    )
    for number, record in enumerate(records):
        for purpose in Purpose:
            for count in (1, 3, 9):
                asks = waits(
                    WaitingFor.RECORD,
                    record=record,
                    choices=(choices * 3)[:count],
                    purpose=purpose,
                )
                yield f"record {number}, {purpose}, {count} choices", question(asks)
    for state in ODD:
        one = _items(title, (state,))
        yield f"file {state}", question(waits(WaitingFor.FILES, items=one))
        two = (*_items(title, (state,)), item(40, ItemState.READY, title))
        yield f"file {state} and one ready", question(waits(WaitingFor.FILES, items=two))
    many = _items(title, (ItemState.MISPLACED,) * 50)
    yield "fifty misplaced", question(waits(WaitingFor.FILES, items=many))
    states = (*ODD, ItemState.READY, ItemState.PRESENT, ItemState.COPIED)
    yield "files of all states", question(waits(WaitingFor.FILES, items=_items(title, states)))


def _while_waiting(title: str) -> Iterator[tuple[str, Message]]:
    named = EntityName(EntityType.CASE, title or "Acme")
    sent = filing(attempt=attempt(), entity=entity(title=title), items=_items(title)[1:3])
    for purpose in Purpose:
        base = filing(
            purpose=purpose,
            record=named,
            items=_items(title, ODD),
            expires_at=MORNING + timedelta(1),
        )
        pictures = {
            "connect first": waiting.connect_first(base),
            "connect first, soon": waiting.connect_first(
                dataclasses.replace(base, expires_at=MORNING + timedelta(minutes=15))
            ),
            "key expired": waiting.key_expired(base),
            "cancelled": waiting.cancelled(base),
            "lapsed": waiting.lapsed(base),
            "progress": waiting.progress(base),
            "trouble": waiting.trouble(base),
            "trouble without end": waiting.trouble(dataclasses.replace(base, expires_at=None)),
        }
        yield from ((f"{name}, {purpose}", drawn) for name, drawn in pictures.items())
    copied = _items(title, (ItemState.COPIED,) * 4)
    later = dataclasses.replace(filing(), wake_at=filing().accepted_at + timedelta(seconds=20))
    yield "slowed", waiting.slowed(later)
    yield "cancelled after copying", waiting.cancelled(filing(items=copied))
    yield "trouble after copying", waiting.trouble(filing(items=copied))
    yield "outcome unknown", waiting.trouble(sent)
    yield "key expired after sending", waiting.key_expired(sent)
    yield "trouble after attaching", waiting.trouble(dataclasses.replace(done(), event=9))


def _problems(title: str) -> Iterator[tuple[str, Message]]:
    similar = (entity(DEAL, title), entity(FIRM, title))
    for number, error in enumerate(every_error(title)):
        name = f"{type(error).__name__} {number}"
        yield name, problem(error, reference="9F3C")
        for purpose in Purpose:
            asked = filing(
                state=FilingState.FAILED,
                purpose=purpose,
                items=_items(title, (*ODD, ItemState.PRESENT, ItemState.LEFT_OUT)),
                choices=similar,
                entity=entity(title=title),
            )
            yield f"{name}, {purpose}", problem(error, filing=asked, reference="9F3C")
            unnamed = dataclasses.replace(
                asked, entity=None, record=EntityName(EntityType.CASE, title or "Acme")
            )
            yield f"{name}, {purpose}, unnamed", problem(error, filing=unnamed)
    yield "failed without a reason", tell(filing(state=FilingState.FAILED))
    lost = failed(errors.PortalAwayError(str(OFFICE)), attempt=attempt(), trouble_since=MORNING)
    yield "away after sending", tell(lost)


def _accounts(title: str) -> Iterator[tuple[str, Message | View]]:
    accounts = [account(name=title), account(SECOND, title)]
    wishes = [
        waits(WaitingFor.KEY, record=EntityName(EntityType.CASE, title or "Acme")),
        *(waits(reason) for reason in WaitingFor),
        filing(troubles=2),
        *(filing() for _ in range(12)),
    ]
    for count in (0, 1, 2):
        yield f"status of {count}", status(accounts[:count], wishes[:count])
        yield f"busy status of {count}", status(accounts[:count], wishes)
        yield f"untold status of {count}", status(accounts[:count], wishes[:count], wishes)
        yield f"help for {count}", help_(accounts[:count])
        yield f"connected with {count}", connect.connected(accounts[0], wishes[:count])
        yield f"form connected with {count}", connect.connected_view(accounts[0], wishes[:count])
        yield f"disconnected from {count}", connect.disconnected(count)
        yield f"forget me, {count} open", forgetting.forget_question(wishes[:count])
        yield f"forgotten, {count} open", forgetting.forgotten(count, count, wishes[:count])
    yield "forgotten, many", forgetting.forgotten(2, 40, wishes * 9)
    yield "all kept", forgetting.kept()
    yield "connected, and a form to go on with", connect.connected(accounts[0], (), "draft")
    link = "https://bot.example.com/connect/token"
    yield "link", connect_link("id", link)
    yield "link for a portal, and the form", connect_link("id", link, portal=OFFICE, form=True)
    yield "no form any more", no_form()
    yield "many accounts", status(accounts * 10, ())
    yield "connected with many", connect.connected(accounts[0], wishes)
    yield "help on links", help_(accounts, "links")
    yield "help on nothing known", help_(accounts, title)


def _forms(title: str) -> Iterator[tuple[str, View]]:
    yield "connect form", connect.connect_form([OFFICE])
    yield (
        "connect form of two",
        connect.connect_form([OFFICE, SECOND], chosen=SECOND, draft="d"),
    )
    other = errors.OtherOwnerError(str(OFFICE), "owner", title, title)
    yield "connect form, another owner", connect.connect_form([OFFICE], other=other)
    yield "about", connect.about()
    yield "howto", connect.howto([OFFICE, SECOND])
    yield from _attach_forms(title)
    yield "late form", late_view(errors.FormLateError("d", "send"))


def _attach_forms(title: str) -> Iterator[tuple[str, View]]:
    blank = Draft(id="d", user=ANA, reply=ReplyTo())
    yield "empty attach form", attach_form(blank, Around())
    known = dataclasses.replace(blank, record=CASE, called=choice(entity(title=title)))
    yield "attach form", attach_form(dataclasses.replace(known, numbers="12,13"), Around())
    typed = dataclasses.replace(blank, record=CASE, numbers=title)
    yield "attach form by number", attach_form(typed, Around(email=title))
    origin = Origin(channel="C1", ts="1795420440.000100", author="U0ANA", text=title)
    on_message = dataclasses.replace(known, origin=origin, wishes=frozenset(Wish))
    yield "waiting attach form", loading_form(on_message)
    for count in (0, 1, 11, 25):
        files = tuple(Offered(id=f"F{n}", name=title, size=n * 1000) for n in range(count))
        for threads in Threads:
            around = Around(email=title, threads=threads, linkable=True)
            drawn = attach_form(dataclasses.replace(on_message, files=files), around)
            yield f"attach form on {count} files, {threads}", drawn
    bot = dataclasses.replace(origin, author="", author_name=title)
    odd = tuple(
        Offered(id=f"F{n}", name=title, failure=error.failure())
        for n, error in enumerate(every_error(title))
        if isinstance(error, errors.SlackFileRefusedError)
    )
    before = tuple(
        FiledBefore(title, record, "U0ANA", MORNING) for record in (CASE, None) for _ in range(6)
    )
    yield (
        "attach form on odd files",
        attach_form(dataclasses.replace(on_message, origin=bot, files=odd), Around(before=before)),
    )
