"""Whatever happens on the way, an undo deletes nothing but its own files: any order, any loss."""

from __future__ import annotations

import dataclasses
from datetime import timedelta
from typing import TYPE_CHECKING

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain import (
    Answer,
    EntityRef,
    EntityType,
    FileId,
    FileMark,
    Filing,
    FilingState,
    Item,
    ItemState,
    Place,
    PortalFile,
    Purpose,
    Removal,
    SharedFile,
    Stand,
    Undo,
)
from bot.errors import OutcomeUnknownError, PortalAwayError
from bot.filing import resuming, undoing
from bot.filing.late import LATE
from bot.filing.undo_next import (
    Finish,
    Keep,
    Remove,
    SettleRemoval,
    Survey,
    UndoStep,
    next_undo,
    removal_of,
)
from bot.filing.undo_troubles import undo_troubled
from bot.filing.undoing import Evidence, judged
from bot.reply_to import ReplyTo
from tests.builders import NOON, OFFICE, filing_of
from tests.looking import ACME, KEEP, QUARANTINE

if TYPE_CHECKING:
    from datetime import datetime

CASE = EntityRef(EntityType.CASE, 7)
OWN = 50
ANA, BEN = "ana", "ben"
NUMBERS = (15, 16)
FATES = ("done", "away", "lost, done", "lost, never", "lost, late")
MEDDLING = ("nothing", "edit", "elsewhere", "open", "gone", "upload", "die", "ask again")


@dataclasses.dataclass
class Kept:
    """A file of the portal; `ours` is False for one that only has a number that was ours."""

    file: PortalFile
    tags: frozenset[int] = frozenset({OWN})
    ours: bool = True


class Office:
    """A portal as far as an undo sees it; it gives numbers away again, and may act late."""

    def __init__(self) -> None:
        self.now = NOON
        self.files = {number: Kept(_file(number)) for number in NUMBERS}
        self.coming: list[tuple[datetime, int]] = []
        self.copies: list[PortalFile] = []
        self.uploads = 0

    def evidence(self) -> Evidence:
        tags = {FileId(number): kept.tags for number, kept in self.files.items()}
        on_record = [kept.file for kept in self.files.values() if kept.tags]
        return Evidence(on_record=on_record, tags=tags, all_tags=tags, newest=70)

    def forward(self, to: datetime) -> None:
        """Let time pass; what was on its way until then acts."""
        self.now = max(self.now, to)
        due = [number for at, number in self.coming if at <= self.now]
        self.coming = [(at, number) for at, number in self.coming if at > self.now]
        for number in due:
            self.delete(number)

    def delete(self, number: int) -> None:
        kept = self.files.pop(number, None)
        assert kept is None or kept.ours, "somebody else's file was deleted"

    def meddle(self, what: str, number: int) -> None:
        kept = self.files.get(number)
        if what == "upload":
            self._upload()
        if kept is None:
            return
        mark = kept.file.mark
        assert mark is not None
        match what:
            case "edit":
                changed = dataclasses.replace(mark, version=mark.version + 1, changed_by=BEN)
                kept.file = dataclasses.replace(kept.file, mark=changed)
            case "elsewhere":
                kept.tags |= {61}
            case "open":
                kept.file = dataclasses.replace(kept.file, busy=not kept.file.busy)
            case "gone" if not self.coming:  # by hand, and not while a call is on its way
                del self.files[number]

    def _upload(self) -> None:
        """Store a file of somebody else, under the first number that is free."""
        number = next(n for n in range(NUMBERS[0], 100) if n not in self.files)
        self.uploads += 1
        made = self.now + timedelta(seconds=self.uploads)
        self.files[number] = Kept(_file(number, made, BEN), frozenset({62}), ours=False)


def _file(number: int, made: datetime = NOON, by: str = ANA) -> PortalFile:
    title = f"{number}.pdf"
    mark = FileMark(
        version=1,
        group=1,
        made=made,
        made_by=by,
        changed=made,
        changed_by=by,
        title=title,
        size=5,
    )
    return PortalFile(id=FileId(number), title=title, size=5, mark=mark)


def _undo() -> Filing:
    items = tuple(
        Item(
            source=SharedFile(id=f"F{number}"),
            state=ItemState.ATTACHED,
            sha256="ab",
            file=_file(number),
            removal=Removal(),
        )
        for number in NUMBERS
    )
    undo = Undo(filing="f1", receipt="A7K2", events=(OWN,))
    return filing_of(purpose=Purpose.UNDO, items=items, author=ANA, undo=undo)


class Life:
    """Takes an undo through its steps; each call meets a fate of its own."""

    def __init__(self, data: st.DataObject) -> None:
        self.office = Office()
        self.filing = _undo()
        self._data = data

    def run(self) -> None:
        for _ in range(60):
            if self.filing.state is FilingState.WAITING:
                self._answer()
            if self.filing.state is not FilingState.READY:
                break
            self._meddle()
            step = next_undo(self.filing, self.office.now)
            if not isinstance(step, UndoStep):
                self.office.forward(step)
            else:
                self._take(step)
        self.office.forward(self.office.now + LATE)

    def _meddle(self) -> None:
        what = self._data.draw(st.sampled_from(MEDDLING))
        if what == "die":
            self.filing = resuming.doubted(self.filing, QUARANTINE)
        elif what == "ask again":
            self.filing = resuming.hurried(self.filing, self.office.now, ReplyTo())
        else:
            self.office.meddle(what, self._data.draw(st.sampled_from(NUMBERS)))

    def _answer(self) -> None:
        answer = self._data.draw(st.sampled_from([Answer.DETACH, Answer.LEAVE]))
        answered = dataclasses.replace(self.filing, answer=answer)
        self.filing = resuming.resumed(answered, self.office.now)

    def _take(self, step: UndoStep) -> None:
        now = self.office.now
        match step:
            case Survey():
                seen = self.office.evidence()
                self.filing = undoing.surveyed(self.filing, seen, ACME, now, KEEP)
                return
            case Finish():
                self.filing = undoing.finished(self.filing, now)
                return
            case SettleRemoval(position=position):
                gone = self.office.evidence().file(self.filing.items[position]) is None
                follow = undoing.removed if gone else undoing.not_gone
                args = (self.filing, position) if gone else (self.filing, position, now)
                self.filing = follow(*args)
            case Keep(position=position):
                self._keep(position)
            case Remove(position=position):
                self._remove(step, position)
        self.filing = undoing.onward(self.filing, now, KEEP)

    def _keep(self, position: int) -> None:
        self.filing = undoing.keeping(self.filing, position)
        there = self.office.evidence().file(self.filing.items[position])
        if there is None:
            self.filing = undoing.with_removal(self.filing, position, stand=Stand.GONE)
            return
        copy = dataclasses.replace(there, id=FileId(900), place=Place.MY)
        self.office.copies.append(copy)
        self.filing = undoing.kept(self.filing, position, there, copy)

    def _remove(self, step: Remove, position: int) -> None:
        office = self.office
        self.filing = undoing.removing(self.filing, position, office.now)
        item = self.filing.items[position]
        before = undoing.before_removing(item)
        latest = judged(before, office.evidence(), (OWN,), ANA)
        if removal_of(latest).stand not in {Stand.SURE, Stand.KEPT}:
            self.filing = undoing.spared(self.filing, position, latest)
            return
        self._may_go(position)
        fate = self._data.draw(st.sampled_from(FATES))
        number = int(item.file.id) if item.file else 0
        if fate in {"done", "lost, done"}:
            office.delete(number)
        if fate == "lost, late":
            assert not office.coming, "two deletions are on their way"
            seconds = self._data.draw(st.integers(1, 599))
            office.coming.append((office.now + timedelta(seconds=seconds), number))
        error = PortalAwayError(OFFICE) if fate == "away" else OutcomeUnknownError(OFFICE)
        if fate == "done":
            self.filing = undoing.removed(self.filing, position)
        else:
            self.filing = undo_troubled(self.filing, step, error, office.now, keep=KEEP, chance=0.5)
            office.forward(self.filing.wake_at)

    def _may_go(self, position: int) -> None:
        """Check what has to be true of a file in the moment in which its deletion is sent."""
        item = self.filing.items[position]
        kept = self.office.files[int(item.file.id) if item.file else 0]
        assert kept.ours
        assert kept.tags == {OWN}
        assert not kept.file.busy
        copied = {copy.mark for copy in self.office.copies}
        assert item.file is not None
        assert kept.file.mark == item.file.mark or kept.file.mark in copied


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_an_undo_deletes_only_its_own_files_and_keeps_whatever_was_changed(data: st.DataObject):
    life = Life(data)

    life.run()

    removed = [
        item.file.id
        for item in life.filing.items
        if item.file and removal_of(item).stand is Stand.REMOVED
    ]
    still = [number for number in removed if number in life.office.files]
    assert not [number for number in still if life.office.files[number].ours]
