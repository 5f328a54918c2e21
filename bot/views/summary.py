"""The answer to a request that attached files: what is on the record now, and what is not."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from bot.domain import Item, ItemState, Place
from bot.views import blocks, buttons, commands, refusals, words
from bot.views.blocks import MOST_SHOWN, names, plural
from bot.views.undo_button import undo
from bot.views.undone import shared_taken_back

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.domain import Block, Filing, Message, PortalUrl

Row = tuple[int, Item]
"""A file with its number in the request, so that people can speak of "file 2"."""

_FAILED_SHOWN = 5
_TWINS = 3


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class _Outcome:
    attached: tuple[Row, ...]
    present: tuple[Row, ...]
    twins: tuple[Row, ...]
    failed: tuple[Row, ...]

    @classmethod
    def of(cls, filing: Filing) -> _Outcome:
        rows = tuple(enumerate(filing.items, 1))
        good = (ItemState.ATTACHED, ItemState.PRESENT, ItemState.TWIN)
        return cls(
            attached=tuple(row for row in rows if row[1].state is ItemState.ATTACHED),
            present=tuple(row for row in rows if row[1].state is ItemState.PRESENT),
            twins=tuple(row for row in rows if row[1].state is ItemState.TWIN),
            failed=tuple(row for row in rows if row[1].state not in good),
        )

    @property
    def on_record(self) -> tuple[Row, ...]:
        """The rows worth listing: the new files, or the old ones when there are no new ones."""
        return self.attached or self.present

    @property
    def room(self) -> int:
        """How many of the files on the record can be listed, beside those that failed."""
        most = _FAILED_SHOWN if self.on_record else MOST_SHOWN
        return MOST_SHOWN - min(len(self.failed), most)


def summary(filing: Filing, *, several_portals: bool = False) -> Message:
    """Draw a finished request: result, record, files, facts, actions."""
    outcome = _Outcome.of(filing)
    headline = _headline(filing, outcome)
    portal = filing.portal if several_portals else None
    return blocks.message(
        _text(filing, headline, outcome),
        [
            blocks.header(blocks.unescaped(headline)),
            blocks.section(_facts(filing, several_portals=several_portals)),
            *_lists(filing, outcome),
            *blocks.sections(_remarks(filing, outcome)),
            blocks.context(_small_print(filing, outcome)),
            *blocks.actions(_buttons(filing, outcome, portal)),
        ],
    )


def shared(filing: Filing) -> Message:
    """Draw the result for everyone in the conversation; a private record keeps its names."""
    if filing.undone_at is not None:
        return shared_taken_back(filing)
    attached = _Outcome.of(filing).attached
    did = f"{blocks.mention(filing.user.id)} attached {plural(len(attached), 'file')} to"
    if filing.entity is not None and filing.entity.private:
        result = f"{did} {words.short_record_of(filing)}."
        return blocks.message(result, [blocks.section(result)])
    return blocks.message(
        blocks.sentence(f"{did} {words.record_of(filing)}: ", _names(attached), "."),
        [
            blocks.section(f"{did} {words.short_record_of(filing)}\n{words.heading(filing)}"),
            *blocks.sections(_listed(filing, attached, MOST_SHOWN)),
            blocks.context(f"{blocks.moment(filing.finished_at or filing.accepted_at)}."),
            *blocks.actions(_open(filing)),
        ],
    )


def _names(rows: Sequence[Row]) -> list[str]:
    return [words.name(item) for _, item in rows]


# Words


def _headline(filing: Filing, outcome: _Outcome) -> str:
    where = words.short_record_of(filing)
    count, failed = len(outcome.attached), len(outcome.failed)
    if count and failed:
        return f"Attached {count} of {plural(count + failed, 'file')} to {where}"
    if count:
        return f"Attached {plural(count, 'file')} to {where}"
    if (outcome.present or outcome.twins) and not failed:
        return f"Already on {where}"
    return f"Nothing was attached to {where}"


def _text(filing: Filing, headline: str, outcome: _Outcome) -> str:
    # The headline ends with the record, so that the title can follow it.
    ref = words.short_record_of(filing)
    result = headline.removesuffix(ref) + words.record_of(filing)
    known = _names(outcome.on_record)
    if not outcome.failed:
        first = blocks.sentence(f"{result}: ", known, ".") if known else f"{result}."
        return blocks.said(first, *_remarks(filing, outcome))
    what = "Attached" if outcome.attached else "There before"
    return blocks.said(
        blocks.sentence(f"{result}. Not attached: ", _names(outcome.failed), "."),
        refusals.reason(outcome.failed[0][1]) if len(outcome.failed) == 1 else "",
        blocks.sentence(f"{what}: ", known, ".") if known else "",
    )


def _facts(filing: Filing, *, several_portals: bool) -> str:
    facts = []
    if filing.entity and filing.entity.closed is not None:
        facts.append(f"{'Closed' if filing.entity.closed else 'Open'} {filing.entity.ref.type}.")
    if filing.on_record is not None:
        facts.append(f"{plural(len(filing.on_record), 'file')} in total.")
    title = words.heading(filing, several_portals=several_portals)
    return f"{title}\n{' '.join(facts)}".rstrip()


def _remarks(filing: Filing, outcome: _Outcome) -> list[str]:
    remarks = [_late(filing), _copied([item for _, item in outcome.attached if item.copied_from])]
    remarks += _of_twins([item for _, item in outcome.twins])
    if outcome.present and outcome.attached:
        were = "was" if len(outcome.present) == 1 else "were"
        remarks.append(f"{names(_names(outcome.present))} {were} there before.")
    if (outcome.present or outcome.twins) and not outcome.attached:
        remarks.append("Nothing was changed.")
    return [remark for remark in remarks if remark]


def _of_twins(items: Sequence[Item]) -> list[str]:
    told = [f"{words.name(item)}: {refusals.reason(item)}" for item in items[:_TWINS]]
    more = len(items) - _TWINS
    return [*told, f"The same goes for {plural(more, 'more file')}."] if more > 0 else told


def _late(filing: Filing) -> str:
    """Return why good news come after bad ones, if they do."""
    if filing.failure is None:
        return ""
    return "The portal did it after all; I have found it only now, and sent nothing again."


def _copied(items: Sequence[Item]) -> str:
    if not items:
        return ""
    places = {item.copied_from or Place.OTHER for item in items}
    source = words.place(places.pop()) if len(places) == 1 else "other folders"
    copied = names([words.name(item) for item in items])
    if len(items) == 1:
        return f"{copied} was copied from {source} first. The original was not changed."
    return f"{copied} were copied from {source} first. The originals were not changed."


def _small_print(filing: Filing, outcome: _Outcome) -> str:
    receipt = f"Receipt {filing.receipt}."
    if not outcome.attached:
        return receipt
    at = blocks.moment(filing.finished_at or filing.accepted_at)
    return f"Attached by {blocks.mention(filing.user.id)}, {at}. {receipt}"


# Lists


def _lists(filing: Filing, outcome: _Outcome) -> list[Block]:
    good = _listed(filing, outcome.on_record, outcome.room)
    if not outcome.failed:
        return blocks.sections(good)
    bad = [f"{number}. {refusals.told(item)}" for number, item in outcome.failed]
    most = MOST_SHOWN - min(len(outcome.on_record), outcome.room)
    title = "Attached" if outcome.attached else "There before"
    return [
        *blocks.sections([f"*{title}*", *good] if good else []),
        *blocks.sections(["*Not attached*", *bad[:most], *_more(len(bad) - most)]),
    ]


def _listed(filing: Filing, rows: Sequence[Row], most: int) -> list[str]:
    lines = [f"{number}. {_line(filing.portal, item)}" for number, item in rows[:most]]
    return [*lines, *_more(len(rows) - most)]


def _more(count: int) -> list[str]:
    return [f"and {count} more"] if count > 0 else []


def _line(portal: PortalUrl, item: Item) -> str:
    if item.file is None:
        return words.name(item)
    return f"{words.linked(portal, item.file)}{words.facts(item.file)}"


# Buttons


def _buttons(filing: Filing, outcome: _Outcome, portal: PortalUrl | None) -> list[Block]:
    ref = words.target(filing)
    if ref is None:
        return []
    where = words.spoken_record(ref)
    row = _open(filing)
    row += buttons.form(
        "Attach more", commands.record(ref, portal=portal), says=f"Attach more files to {where}"
    )
    if outcome.attached and _shareable(filing):
        says = "Post this result where everyone in the conversation can see it"
        row.append(blocks.button("Share in channel", "receipt.share", filing.id, says=says))
    again = words.asked(item for _, item in outcome.failed if item.state is ItemState.LEFT_OUT)
    if again:
        text = f"Try {plural(len(again), 'file')} again"
        says = f"Try to attach {words.numbers(again)} to {where} again"
        row += buttons.run(text, commands.attach(ref, again, portal=portal), says=says)
    row += _second_tries(filing, outcome)
    row += undo(filing)
    if len(outcome.on_record) > outcome.room:
        command = commands.listing(ref, everything=True, portal=portal)
        row += buttons.run("Show all", command, says=f"Show all files of {where}")
    return row


def _second_tries(filing: Filing, outcome: _Outcome) -> list[Block]:
    row = []
    again = [item for _, item in outcome.failed if refusals.may_pass(item)]
    if again:
        row.append(buttons.again(filing, f"Try {plural(len(again), 'file')} again"))
    if outcome.twins:
        names_ = names([words.name(item, 30) for _, item in outcome.twins], 1)
        says = f"Attach {names_} once more to {words.short_record_of(filing)}"
        row.append(
            blocks.button("Attach anyway", "filing.anyway", filing.id, says=blocks.unescaped(says))
        )
    return row


def _open(filing: Filing) -> list[Block]:
    ref = words.target(filing)
    return [buttons.open_in_crm(filing.portal, ref, filing.entity)] if ref else []


def _shareable(filing: Filing) -> bool:
    """Whether this is read in a channel, and the record is one that its members may know of."""
    private = filing.entity is None or filing.entity.private
    in_channel = filing.reply.channel.startswith(("C", "G")) and not filing.reply.direct
    return in_channel and not private
