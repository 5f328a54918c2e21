"""The form that takes a record and files, what it shows while it is filled, and its errors."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.draft import Around, Wish
from bot.errors import (
    BadRecordError,
    NoLastRecordError,
    NoLinkedRecordError,
    RecordError,
    RemarkChosenError,
    UnsupportedTypeError,
)
from bot.views import blocks, forms
from bot.views.choices import choice
from bot.views.offers import filed_before, kind_and_size, name_of, not_offered, reason
from bot.views.problem import problem
from bot.views.thread_words import who_is_told

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bot.domain import Block, EntityRef, View
    from bot.draft import Draft, Offered
    from bot.errors import BotError

TITLE = "Attach to CRM"
RECORD = "am.record"
NUMBERS = "am.files"
DEVICE = "am.more"
WISHES = "am.opts"
TICKED = "am.ticked."
"""What the blocks of ticked files begin with; their number follows."""
MOST_FROM_DEVICE = 10

_TEN = 10
_OF_THE_RECORD = (
    RecordError,
    BadRecordError,
    NoLastRecordError,
    NoLinkedRecordError,
    RemarkChosenError,
    UnsupportedTypeError,
)
_WISHES = {
    Wish.THREAD: "Reply in the thread so others know",
    Wish.NOTE: "Save the message text as a note file",
    Wish.LINK: "Use this record in this channel from now on",
}
_NOTHING_CHOSEN = "Choose a file: tick one, add one from your device, or type its number."


def attach_form(draft: Draft, around: Around) -> View:
    """Draw the form as its draft says; the draft's id is all that it carries."""
    return forms.form(
        title=TITLE,
        callback="attach",
        submit="Attach",
        facts={"draft": draft.id},
        blocks=[
            _record_field(draft),
            *_of_the_message(draft, around),
            *_other_files(draft),
            *_wishes(draft, around),
            *_small_print(draft, around),
        ],
    )


def loading_form(draft: Draft) -> View:
    """Draw what stands on the screen until the form can be filled."""
    return forms.form(
        title=TITLE,
        callback="attach_waiting",
        facts={"draft": draft.id},
        blocks=[
            blocks.section(
                "*Looking at the message*\nThe form follows here in a moment. Nothing was attached."
            )
        ],
    )


def _record_field(draft: Draft) -> Block:
    initial = _chosen(draft)
    menu = forms.searched(
        "record", placeholder="Search cases, opportunities, contacts", initial=initial
    )
    return forms.field(
        "Record",
        RECORD,
        menu if initial else forms.focused(menu),
        hint="Type a name, a number such as case 7, or paste a CRM link.",
    )


def _chosen(draft: Draft) -> Block | None:
    if draft.record is None:
        return None
    return forms.option(draft.called or choice(draft.record), _value(draft.record))


def _of_the_message(draft: Draft, around: Around) -> Iterator[Block]:
    if draft.origin is not None and not draft.files:
        yield blocks.section(_no_files(draft))
    groups = list(_tens(draft.can_go))
    for number, group in enumerate(groups, 1):
        options = [_offer(file) for file in group]
        ticked = [one for one, file in zip(options, group, strict=True) if draft.is_ticked(file)]
        yield forms.field(
            _label(draft, number, len(groups)),
            f"{TICKED}{number}",
            forms.ticks(f"ticked.{number}", options, initial=ticked),
            optional=True,
        )
    yield from blocks.sections(not_offered(draft.cannot_go))
    yield from blocks.sections(filed_before(around.before))


def _no_files(draft: Draft) -> str:
    note = ", or save the message text as a note" if draft.noted else ""
    return f"*This message has no files*\nAdd files from your device{note}."


def _tens(files: Sequence[Offered]) -> Iterator[Sequence[Offered]]:
    for first in range(0, len(files), _TEN):
        yield files[first : first + _TEN]


def _label(draft: Draft, number: int, groups: int) -> str:
    where = "Files in this message" if draft.origin else "Files in Slack"
    if groups == 1:
        return where
    first = (number - 1) * _TEN + 1
    last = min(number * _TEN, len(draft.can_go))
    return f"{where}, {first} to {last}"


def _offer(file: Offered) -> Block:
    return forms.option(name_of(file), file.id, description=kind_and_size(file))


def _other_files(draft: Draft) -> Iterator[Block]:
    device = forms.field(
        "Add files from your device",
        DEVICE,
        forms.device_files("more", most=MOST_FROM_DEVICE),
        optional=True,
    )
    line = forms.typed("files", placeholder="12,13 or links to files", initial=draft.numbers)
    numbers = forms.field(
        "Files",
        NUMBERS,
        forms.focused(line) if draft.record and not draft.origin else line,
        hint="Numbers or links of files on the portal.",
        optional=True,
    )
    yield from (device, numbers) if draft.origin else (numbers, device)


def _wishes(draft: Draft, around: Around) -> Iterator[Block]:
    options = {wish: forms.option(_WISHES[wish], wish) for wish in offered_wishes(draft, around)}
    if not options:
        return
    ticked = [option for wish, option in options.items() if wish in draft.wishes]
    yield forms.field(
        "After attaching",
        WISHES,
        forms.ticks("opts", list(options.values()), initial=ticked),
        optional=True,
    )


def offered_wishes(draft: Draft, around: Around) -> Iterator[Wish]:
    """Yield what else may be wished for, with this message and in this conversation."""
    if around.threads.open:
        yield Wish.THREAD
    if draft.noted:
        yield Wish.NOTE
    if around.linkable:
        yield Wish.LINK


def _small_print(draft: Draft, around: Around) -> Iterator[Block]:
    facts = []
    if draft.origin and (draft.origin.author or draft.origin.author_name):
        author = draft.origin.author
        name = blocks.escape(draft.origin.author_name, blocks.SHORT)
        facts.append(f"From a message by {blocks.mention(author) if author else name}.")
    if around.email:
        facts.append(f"Connected as {blocks.escape(around.email, blocks.SHORT)}.")
    if draft.origin:
        facts.append(who_is_told(around.threads, draft.origin.channel))
    if small := " ".join(fact for fact in facts if fact):
        yield blocks.context(small)


def _value(ref: EntityRef) -> str:
    return f"{ref.type}:{ref.id}"


def form_errors(error: BotError) -> dict[str, str]:
    """Return what the form says at which field."""
    field = RECORD if isinstance(error, _OF_THE_RECORD) else NUMBERS
    return {field: blocks.unescaped(problem(error).text)}


def nothing_chosen(draft: Draft) -> dict[str, str]:
    """Return what the form says, at its first field for files, when none has any."""
    if draft.can_go:
        return {f"{TICKED}1": _NOTHING_CHOSEN}
    return {DEVICE if draft.origin else NUMBERS: _NOTHING_CHOSEN.replace("tick one, ", "")}


def not_from_device(files: Sequence[Offered]) -> dict[str, str]:
    """Return what the form says of files from the device that cannot go."""
    return {DEVICE: blocks.unescaped(" ".join(map(reason, files)))}
