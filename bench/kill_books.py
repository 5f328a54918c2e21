"""The books of the kill proof: what people asked for, what they were told, what became true."""

from __future__ import annotations

import dataclasses
import re
from collections import Counter, defaultdict
from enum import StrEnum
from itertools import islice
from typing import TYPE_CHECKING

from bot.domain import Place
from bot.sandbox.slack_workspace import BOT
from bot.views.blocks import plural

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import timedelta

    from bot.domain import EntityRef, FileId
    from bot.sandbox.portal import SandboxPortal
    from bot.sandbox.portal_line import Seen
    from bot.sandbox.portal_model import Event
    from bot.sandbox.slack import Exchange, Shown
    from bot.sandbox.slack_workspace import Workspace

COPY = "Copy and attach"
_NUMBER = re.compile(r"\bwish-(\d+)-")
_TAKEN = re.compile(r" \(\d+\)(?=\.)")
_ATTACH = re.compile(r"/files(\.json)?$")


@dataclasses.dataclass(frozen=True, slots=True)
class Shared:
    """A file in Slack, and the SHA-256 of its bytes in hex."""

    title: str
    sha256: str


@dataclasses.dataclass(kw_only=True, eq=False)
class Wish:
    """Files that a person wants on a record; `to_copy` of them lie in My documents.

    `shared` are files in Slack, by their ids there. Each file has a title that says the number of
    the wish, and that no other file has, but for its copies.
    """

    number: int
    user: str
    ref: EntityRef
    titles: Mapping[FileId, str]
    to_copy: Sequence[FileId]
    shared: Mapping[str, Shared] = dataclasses.field(default_factory=dict)
    accepted: bool = False
    answered: bool = False
    told: list[Shown] = dataclasses.field(default_factory=list)

    @property
    def text(self) -> str:
        numbers = ",".join(map(str, self.titles))
        links = (f"https://acme.slack.com/files/{self.user}/{id_}/x" for id_ in self.shared)
        return " ".join([self.ref.type, str(self.ref.id), *([numbers] if numbers else []), *links])

    @property
    def names(self) -> list[str]:
        """The titles of all its files, wherever they lie."""
        return [*self.titles.values(), *(file.title for file in self.shared.values())]

    @property
    def question(self) -> Shown | None:
        """The question that this person has not answered yet, as far as they know."""
        asked = bool(self.told) and COPY in self.told[-1].buttons
        return self.told[-1] if asked and not self.answered else None

    def told_success(self) -> bool:
        """Whether one message says that all these files are attached."""
        headline = f"Attached {plural(len(self.names), 'file')} to"
        return any(
            shown.text.startswith(headline)
            and all(name in unnumbered(shown.all_text()) for name in self.names)
            for shown in self.told
        )

    def told_failure(self, words: str) -> bool:
        """Whether the last message says this, and that it is the end."""
        last = self.told[-1] if self.told else None
        return last is not None and words in last.all_text() and "Try again" in last.buttons

    @property
    def ended(self) -> bool:
        """Whether the person knows what became of it."""
        return self.told_success() or self.told_failure("")


class Fate(StrEnum):
    """What became of a wish; all but the first four are what the proof is against."""

    DONE = "done"  # one event with exactly its files, and the person knows
    NOTHING = "nothing"  # never accepted, never done
    FAILED = "failed"  # nothing was attached, and the person was told just that
    UNSURE = "unsure"  # the person was told that nobody knows
    LATE = "late"  # twice, since the portal applied a call later than the quarantine
    LOST = "lost"
    DOUBLED = "doubled"
    WRONG = "wrong"  # one event with other files, or with other bytes
    UNTOLD = "untold"  # done, and the person was not told, or not that


class Books:
    """Every wish by its number, and every message that is about one."""

    def __init__(self, portal: SandboxPortal, workspace: Workspace) -> None:
        self.wishes: dict[int, Wish] = {}
        self.changes: list[Seen] = []
        self._portal = portal
        self._workspace = workspace
        self._causes: dict[int, Wish] = {}
        self._read = 0

    def asked(self, wish: Wish, exchange: Exchange) -> None:
        """Note a command or a click of a wish; answers to it name its number."""
        self._causes[exchange.number] = wish

    def catch_up(self) -> None:
        """Read the messages that appeared since the last time."""
        history = self._workspace.history
        for shown in islice(history, self._read, None):
            wish = self._about(shown) if shown.author == BOT else None
            if wish and self._workspace.sees(wish.user, shown):
                wish.told.append(shown)
        self._read = len(history)

    def _about(self, shown: Shown) -> Wish | None:
        found = _NUMBER.search(shown.all_text())
        return self.wishes[int(found[1])] if found else self._causes.get(shown.cause)

    def questions(self) -> list[Wish]:
        """Return the wishes whose person is asked something."""
        self.catch_up()
        return [wish for wish in self.wishes.values() if wish.question]

    def open(self) -> list[Wish]:
        """Return the accepted wishes of which nobody told the end."""
        self.catch_up()
        return [wish for wish in self.wishes.values() if wish.accepted and not wish.ended]

    def put_by(self) -> None:
        """Keep the attach calls of the portal's log, and drop it, and bytes that have arrived."""
        requests = self._portal.requests
        self.changes += (one for one in requests if one.method == "POST" and _is_attach(one))
        requests.clear()
        for wish in self.wishes.values():
            for id_ in wish.shared if wish.ended else ():
                self._workspace.files[id_].content = b""

    # the end

    def fates(self, quarantine: timedelta) -> dict[int, Fate]:
        """Return what became of each wish."""
        self.catch_up()
        self.put_by()
        events = self._events()
        return {
            number: self._fate(wish, events[number], quarantine)
            for number, wish in self.wishes.items()
        }

    def _fate(self, wish: Wish, events: Sequence[Event], quarantine: timedelta) -> Fate:
        if len(events) > 1:
            late = max(self._lateness(event) for event in events) > quarantine.total_seconds()
            return Fate.LATE if late else Fate.DOUBLED
        if not events:
            return _undone(wish)
        titles = Counter(self._titles(events[0]))
        if events[0].refs != [wish.ref] or titles != Counter(wish.names):
            return Fate.WRONG
        if not self._whole(wish, events[0]):
            return Fate.WRONG
        if wish.told_success() or not wish.accepted:
            return Fate.DONE
        return Fate.UNSURE if wish.told_failure("I do not know whether") else Fate.UNTOLD

    def _events(self) -> Mapping[int, list[Event]]:
        """Return the events by the wish whose files they have; people's own are no answer."""
        found: dict[int, list[Event]] = defaultdict(list)
        for ref in {wish.ref for wish in self.wishes.values()}:
            for event in self._portal.events_of(ref):
                for number in _numbers(self._titles(event)):
                    found[number].append(event)
        return found

    def _titles(self, event: Event) -> list[str]:
        files = self._portal.data.files
        found = (files[number].title if number in files else "" for number in event.tagged)
        return [unnumbered(title) for title in found]

    def _whole(self, wish: Wish, event: Event) -> bool:
        """Whether what came from Slack has the bytes that it has there."""
        digests = {file.title: file.sha256 for file in wish.shared.values()}
        files = (self._portal.data.files[number] for number in event.tagged)
        brought = (file for file in files if unnumbered(file.title) in digests)
        return all(file.digest == digests[unnumbered(file.title)] for file in brought)

    def _lateness(self, event: Event) -> float:
        """Return the seconds from the arrival of a call to its event; the longest that fits."""
        ref = event.refs[0]
        created = event.created.timestamp()
        waits = [
            created - call.at.timestamp()
            for call in self.changes
            if call.path.find(f"/{ref.type}/{ref.id}/files") >= 0
            and call.at.timestamp() <= created <= call.at.timestamp() + call.seconds
        ]
        return max(waits, default=0.0)

    def story(self, number: int) -> str:
        """Return a wish in words: what was asked, done and told."""
        wish = self.wishes[number]
        done = [(event.id, self._titles(event)) for event in self._events()[number]]
        told = [shown.text for shown in wish.told]
        return f"{wish.text} (wish {number}); accepted {wish.accepted}; done {done}; told {told}"

    def counted(self, number: int) -> int:
        """Count the events on records that have files of a wish."""
        return len(self._events()[number])

    def latest(self) -> float:
        """Return how much later than its arrival the portal applied a call, at most."""
        refs = {wish.ref for wish in self.wishes.values()}
        events = (event for ref in refs for event in self._portal.events_of(ref))
        return max(map(self._lateness, events), default=0.0)

    def in_crm(self, title: str) -> int:
        """Count the files in the CRM folder that have a title, whether a record has them or not."""
        files = self._portal.data.store.files.values()
        return sum(
            file.folder.place is Place.CRM and unnumbered(file.title) == title for file in files
        )

    def orphans(self) -> Counter[int]:
        """Count the files that hang on no record, by the number of their wish."""
        crm, store = self._portal.data.crm, self._portal.data.store
        tagged = {number for event in crm.events.values() for number in event.tagged}
        loose = (
            file.title
            for number, file in store.files.items()
            if file.folder.place is Place.CRM and number not in tagged
        )
        return Counter(number for title in loose for number in _numbers([title]))


def unannounced(loose: Counter[int], announced: Counter[int]) -> list[str]:
    """Return a sentence for each wish with more copies on no record than its log lines admit."""
    return [
        f"{count} copies of wish {number} hang on no record, {announced[number]} are in the log"
        for number, count in loose.items()
        if announced[number] < count
    ]


def unnumbered(text: str) -> str:
    """Return a text without the numbers that a portal puts behind a title that is taken."""
    return _TAKEN.sub("", text)


def _undone(wish: Wish) -> Fate:
    if wish.told_failure("I do not know whether"):
        return Fate.UNSURE
    if wish.told_failure("Nothing was attached"):
        return Fate.FAILED
    if wish.told_success():
        return Fate.UNTOLD
    return Fate.LOST if wish.accepted else Fate.NOTHING


def _numbers(titles: Iterable[str]) -> set[int]:
    return {int(found[1]) for title in titles if (found := _NUMBER.search(title))}


def _is_attach(call: Seen) -> bool:
    return _ATTACH.search(call.path) is not None
