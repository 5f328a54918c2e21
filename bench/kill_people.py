"""Who asks in the kill proof: connected people, their fresh files and clicks; what goes wrong."""

from __future__ import annotations

import asyncio
import dataclasses
import hashlib
from itertools import count
from typing import TYPE_CHECKING

from bench.kill_books import COPY, Books, Shared, Wish
from bot.domain import EntityRef, Place
from bot.sandbox.portal_faults import Fault
from bot.sandbox.slack import NotOnScreenError
from bot.sandbox.slack_workspace import Person

if TYPE_CHECKING:
    from collections.abc import Iterator
    from random import Random

    from bench.office import Office
    from bot.domain import FileId
    from bot.sandbox.portal_model import Person as PortalPerson

CHANNEL = "C0SALES"
NAMES = {"U0ANA": "Ana Reyes", "U0BEN": "Ben Ito", "U0CAT": "Cat Ode", "U0DAN": "Dan Fry"}
RECORDS = 4
WISHES_OF_A_RECORD = 10
"""A record with more files would cost more to look at than the kills do."""
NETWORK = 0.01
LATE = 0.02
LATE_CHANGES = 0.08
DROPPED = 0.03
SHARING = 0.35
"""How often people want something that lies in Slack."""
FILM = (500_000, 4_000_000)
"""Bytes of it: several pieces, on a portal that takes its time for each."""
UPLOAD = ("POST", r"/upload$")
PACES = (0.02, 0.1)
"""Seconds a piece, where uploads are slow."""
SLOW = 0.7
LINGERING = 0.3
"""Seconds until they are answered."""
DELAYS = (1.0, 3.0, 5.0, 8.0)
"""Seconds: longer than most lives, and shorter than the quarantine."""


@dataclasses.dataclass(eq=False, kw_only=True)
class Sometimes(Fault):
    """A fault that happens by chance."""

    chance: float
    dice: Random

    def fits(self, method: str, path: str) -> bool:
        """Throw the dice for each request that it may happen to."""
        return super().fits(method, path) and self.dice.random() < self.chance


class People:
    """Four people with a key each. What they ask, and what they are told, is in the books."""

    def __init__(self, office: Office, dice: Random) -> None:
        self.books = Books(office.portal, office.slack.workspace)
        self._alive = False
        self._office = office
        self._slack = office.slack
        self._portal = office.portal
        self._dice = dice
        self._numbers = count(1)
        self._holder = self._portal.case("Where the files hang before")
        self._records: list[EntityRef] = []
        self._made = 0

    def move_in(self) -> None:
        """Let everybody be there, in Slack and on the portal."""
        workspace = self._slack.workspace
        self._portal.data.keep_bytes = 0  # it remembers their digests
        for user, name in NAMES.items():
            if user not in workspace.people:
                short = name.partition(" ")[0].lower()
                workspace.people[user] = Person(id=user, name=short, real_name=name)
                workspace.channels[CHANNEL].members.add(user)
                self._portal.person(name)

    async def connect(self) -> None:
        """Connect each person with their key, through the form."""
        for user, name in NAMES.items():
            form = await self._slack.opened(await self._slack.command("connect", user=user))
            sent = await self._slack.submit(form, {"key": self._portal.who(name).token})
            await self._slack.close(await self._slack.opened(sent, "Connected"))

    def trouble(self, *, late: bool) -> None:
        """Switch on what goes wrong on the way to the portal; the first that fits happens."""
        anything, changes = ("*", ""), ("POST", r"/(files|copyas)$")
        faults = self._portal.faults
        for match, chance in ((changes, LATE_CHANGES), (anything, LATE)) if late else ():
            each = chance / len(DELAYS) / 2
            for delay in DELAYS:
                for when in ("latency", "linger"):
                    fault = Sometimes(match=match, chance=each, dice=self._dice)
                    setattr(fault, when, delay)
                    faults.add(fault)
        for pace in PACES if late else PACES[:1]:
            slow = Sometimes(match=UPLOAD, chance=SLOW / len(PACES), dice=self._dice, pace=pace)
            slow.linger = LINGERING
            faults.add(slow)
        faults.add(Sometimes(match=UPLOAD, chance=DROPPED, dice=self._dice, drop="after"))
        faults.add(Sometimes(match=changes, chance=DROPPED, dice=self._dice, drop="after"))
        faults.add(Fault(latency=NETWORK))

    # deeds

    async def ask(self, after: float) -> bool:
        """Type a command, and return whether it was accepted: the bot said 200."""
        wish = self.wish(sharing=SHARING)
        await asyncio.sleep(after)
        exchange = await self._slack.command(wish.text, user=wish.user)
        self.books.asked(wish, exchange)
        wish.accepted = exchange.ack.good
        return wish.accepted

    async def answer(self) -> None:
        """Click on each question that appears, until nobody answers any more."""
        while True:
            await self._slack.workspace.news.until(self._due, "a question", 3600)
            if not self._alive:
                return
            for wish in self.books.questions():
                await self._click(wish)

    async def look(self) -> list[str]:
        """Let those who were told of no end ask for the status, and return whose that is."""
        untold = sorted({wish.user for wish in self.books.open()})
        for user in untold:
            await self._slack.command("status", user=user)
        return untold

    def meet(self, address: str) -> None:
        """Note that a bot is alive there; deliveries reach it."""
        self._slack.deliver_to = address
        self._alive = True

    def leave(self) -> None:
        """Let nobody click any more: the bot is dead."""
        self._alive = False
        self._slack.workspace.news.tell()

    def _due(self) -> bool:
        return not self._alive or bool(self.books.questions())

    async def _click(self, wish: Wish) -> None:
        """Click until the bot says 200; a person sees a sign of failure otherwise."""
        question = wish.question
        if question is None:
            return
        try:
            exchange = await self._slack.click(question, COPY, user=wish.user)
        except NotOnScreenError:  # another message has taken its place
            return
        self.books.asked(wish, exchange)
        wish.answered = exchange.ack.good
        self._alive = self._alive and exchange.ack.good

    # things

    def wish(self, user: str = "", *, sharing: float = 0.0) -> Wish:
        """Return what somebody wants next: fresh files, of which the last may need a copy.

        `sharing` is how often some of them lie in Slack.
        """
        user = user or self._dice.choice(list(NAMES))
        name = NAMES[user]
        person, number = self._portal.who(name), next(self._numbers)
        shares = self._dice.random() < sharing
        places = [Place.CRM] * self._dice.randint(0 if shares else 1, 3)
        if places and self._dice.random() < 0.25:
            places[-1] = Place.MY
        titles = {
            self._file(f"wish-{number}-{letter}.pdf", place, person): f"wish-{number}-{letter}.pdf"
            for letter, place in zip("abc", places, strict=False)
        }
        files = self._portal.data.files
        inside = [id_ for id_ in titles if files[id_].folder.place is Place.CRM]
        # Files of CRM can be read by number only once they are on a record.
        if inside:
            self._portal.attach(self._holder, inside, by=person)
        wish = Wish(
            number=number,
            user=user,
            ref=self._record(),
            titles=titles,
            to_copy=[id_ for id_ in titles if id_ not in inside],
            shared=dict(self._share(number, user)) if shares else {},
        )
        self.books.wishes[number] = wish
        return wish

    def _share(self, number: int, user: str) -> Iterator[tuple[str, Shared]]:
        """Lay one or two films into Slack, and yield each with its id."""
        for letter in "xy"[: self._dice.choice((1, 1, 2))]:
            title = f"wish-{number}-{letter}.mp4"
            content = title.encode() + bytes(self._dice.randint(*FILM))
            file = self._slack.put_file(title, content, user=user, channel=CHANNEL)
            yield file.id, Shared(title, hashlib.sha256(content).hexdigest())

    def _file(self, title: str, place: Place, owner: PortalPerson) -> FileId:
        return self._portal.file(title, folder=place, owner=owner)

    def _record(self) -> EntityRef:
        """Return one of a few records, which are replaced by fresh ones after a while."""
        if self._made % (RECORDS * WISHES_OF_A_RECORD) == 0:
            make = (self._portal.case, self._portal.opportunity, self._portal.contact)
            self._records = [make[n % 3](f"Record of the proof {n}") for n in range(RECORDS)]
        self._made += 1
        return self._dice.choice(self._records)
