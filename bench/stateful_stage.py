"""One stage of the stateful proof: the real bot's insides, stepped, between a disk and a portal."""

from __future__ import annotations

import asyncio
import dataclasses
import random
from collections import Counter
from datetime import timedelta
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import SecretStr

from bench.simulated_bot import Bot
from bench.simulated_clock import Life, VirtualLoop
from bench.simulated_files import Cabinet, SlackWeather
from bench.simulated_office import OFFICE, RECORDS, SimulatedOffice, Weather, key_of
from bench.simulated_slack import Channels
from bot.domain import Answer, EntityRef, FileId, Filing, FilingState, ItemState, SlackUser
from bot.errors import BotError
from bot.filing.policy import Policy
from bot.grammar import Attach
from bot.reply_to import ReplyTo
from bot.views.tell import tell

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from bench.simulated_office import Written
    from bench.stepped_store import Disk
    from storage.ports import Store

_T = TypeVar("_T")
ANA, BEN = SlackUser("T1", "ana"), SlackUser("T1", "ben")
KEEP = timedelta(hours=24)
QUARANTINE = timedelta(seconds=60)
FAIR = Weather(reads=0, changes=0, slow=0, latest=57, misplaced=0)
ROUGH = dataclasses.replace(FAIR, changes=0.8, slow=0.3)
DARK = (0.5, 3.0, 45.0, 400.0)
"""Seconds from a death to the next life."""
STEP_SECONDS = 0.05
REST_SECONDS = 30.0
PATIENCE = 3
LONGEST_REST = 60
"""So many times the rest: nothing takes longer once the portal is well."""


@dataclasses.dataclass(frozen=True, slots=True)
class Typed:
    """What a person typed, and the files that it names."""

    key: str
    by: SlackUser
    record: EntityRef
    files: tuple[FileId, ...]


class Stage:
    """What outlives the bot, and its present life; each deed runs until it is heard or dead."""

    def __init__(self, seed: int, disk: Disk, quarantine: timedelta = QUARANTINE) -> None:
        self._runner = asyncio.Runner(loop_factory=VirtualLoop)
        loop = self._runner.get_loop()
        assert isinstance(loop, VirtualLoop)
        self.loop = loop
        self.dice = random.Random(seed)
        self.office = SimulatedOffice(FAIR, self.dice)
        self.channels = Channels(self.dice, 0.0, lambda _: None)
        self.cabinet = Cabinet(SlackWeather(), self.dice)
        self.typed: dict[str, Typed] = {}
        self.counts: Counter[str] = Counter()
        self._disk = disk
        self._policy = Policy(quarantine=quarantine, keep=KEEP)
        self._turns_left = 0
        self._clicks = 0
        self.loop.leaps.between = self._between
        self.bot = Bot(self)
        self._runner.run(self._begin())
        self.connect(ANA)

    @property
    def policy(self) -> Policy:
        return self._policy

    def store(self, life: Life) -> Store:
        return self._disk.open(life)

    def close(self) -> None:
        """End everything; nothing is judged any more."""
        self._turns_left = 0
        self.bot.life.over = True
        self._runner.run(self._bury())
        self._runner.close()

    # people

    def type(self, by: SlackUser, trouble: ItemState) -> str:
        """Make two files, the second of which may be in trouble, and return the request's key."""
        number = len(self.typed) + 1
        files = (FileId(1000 * number), FileId(1000 * number + 1))
        self.office.states |= {files[0]: ItemState.READY, files[1]: trouble}
        key = f"request {number}"
        self.typed[key] = Typed(key, by, self.dice.choice(RECORDS[:2]), files)
        return key

    def deliver(self, key: str) -> bool:
        """Deliver a command and return whether it is stored."""
        typed, services = self.typed[key], self.bot.services
        self.counts["deliveries"] += 1
        heard = self._do(
            services.accepting.accept(
                Attach(record=typed.record, files=typed.files),
                by=typed.by,
                reply=ReplyTo(channel=key),
                dedupe_key=key,
            )
        )
        return heard is not None or self.filing(key) is not None

    def answer(self, key: str, answer: Answer, copies: int = 1) -> bool:
        """Click, let Slack deliver the click several times, and return whether it was taken."""
        filing = self.filing(key)
        if filing is None:
            return False
        self._clicks += 1
        click = f"click {self._clicks}"
        heard = False
        for _ in range(copies):
            services, reply = self.bot.services, ReplyTo(channel=key)
            taken = services.answer(filing.id, answer, by=filing.user, reply=reply, click=click)
            heard |= self._do(taken) is not None
        stored = self.filings()[key].changed_by == click
        assert stored or not heard, f"{key}: {click} was acknowledged and is not stored"
        return stored

    def connect(self, user: SlackUser) -> None:
        """Paste the newest key, as often as it takes until the form says that it is good."""
        while not self._do(self._connected(user)):
            pass

    async def _connected(self, user: SlackUser) -> bool:
        key = SecretStr(key_of(user.id, self.office.generation(self.loop.time())))
        await self.bot.services.connect(user, OFFICE, key)
        return True

    def disconnect(self, user: SlackUser) -> None:
        while self._do(self.bot.services.disconnect(user)) is None:
            pass

    def _do(self, work: Coroutine[Any, Any, _T]) -> _T | None:
        """Return what the work returns; None for an error, or when the bot dies meanwhile."""
        return self._runner.run(self._heard(work))

    async def _heard(self, work: Coroutine[Any, Any, _T]) -> _T | None:
        life = self.bot.life
        heard: list[_T | None] = []
        broken: list[Exception] = []

        async def listen() -> None:
            try:
                result = await work
            except BotError as error:
                self.counts[f"refused: {type(error).__name__}"] += 1
                result = None
            except Exception as error:  # noqa: BLE001  (a bug: raised where it is waited for)
                broken.append(error)
                result = None
            await life.alive()
            heard.append(result)

        life.spawn(listen())
        while not heard and not life.over:  # noqa: ASYNC110  (a death tells nobody)
            await asyncio.sleep(STEP_SECONDS)
        await self._live_again_if_dead()
        work.close()  # where the bot died before it had begun
        if broken:
            raise broken[0]
        return heard[0] if heard else None

    # time, weather, deaths

    def weather(self, weather: Weather) -> None:
        """Change the weather; keys that have expired stay so."""
        expiries = self.office.weather.expiries
        self.office.weather = dataclasses.replace(weather, expiries=expiries)

    def expire(self) -> None:
        """Let the portal accept no key that was issued so far."""
        expiries = (*self.office.weather.expiries, self.loop.time())
        self.office.weather = dataclasses.replace(self.office.weather, expiries=expiries)

    def wake(self, key: str) -> None:
        """Wake a filing without a reason."""
        if filing := self.filing(key):
            self._runner.run(self._woken(filing.id))

    async def _woken(self, id_: str) -> None:
        self.bot.worker.wake(id_)

    def pass_time(self, seconds: float) -> None:
        """Let time pass; the bot may die in it, and live again."""
        until = self.loop.time() + seconds
        while self.loop.time() < until:
            self._runner.run(self._until(until))

    async def _until(self, moment: float) -> None:
        while self.loop.time() < moment and not self.bot.life.over:
            left = moment - self.loop.time()
            await asyncio.sleep(min(left, STEP_SECONDS) if self._turns_left else left)
        await self._live_again_if_dead()

    def doom(self, turns: int) -> None:
        """Have the bot die after so many turns of its loop."""
        self._turns_left = turns

    def rest(self) -> None:
        """Let time pass until nothing is under way; the portal gets well if it takes long."""
        before = self.office.weather
        for turn in range(LONGEST_REST):
            if self._at_rest():
                self.weather(before)
                return
            if turn == PATIENCE:
                self.weather(FAIR)
            self.pass_time(REST_SECONDS)
        raise AssertionError(f"never at rest: {[one.state for one in self.filings().values()]}")

    def _at_rest(self) -> bool:
        under_way = (
            one.state is FilingState.READY or one.unsaid for one in self.filings().values()
        )
        return not self.bot.worker.running and not any(under_way)

    def _between(self) -> None:
        if self._turns_left:
            self._turns_left -= 1
            self.bot.life.over = self._turns_left == 0

    async def _live_again_if_dead(self) -> None:
        if not self.bot.life.over:
            return
        self.counts["lives ended"] += 1
        await self._bury()
        await asyncio.sleep(self.dice.choice(DARK))
        self.bot = Bot(self)
        await self._begin()

    async def _begin(self) -> None:
        self.bot.life.spawn(self.bot.start())

    async def _bury(self) -> None:
        await self.bot.worker.stop(0)
        await self.bot.life.clear()
        self._disk.close()

    # what became of it

    def filings(self) -> dict[str, Filing]:
        """Return what is stored, by command.

        Raises:
            AssertionError: a command is stored twice.

        """
        found = self._disk.filings()
        by_key = {one.dedupe_key: one for one in found}
        assert len(by_key) == len(found), "stored twice"
        return by_key

    def filing(self, key: str) -> Filing | None:
        return self.filings().get(key)

    def events(self, key: str) -> list[Written]:
        files = set(self.typed[key].files)
        return [
            event
            for event in self.office.events
            if files & {self.office.origin(file) for file in event.files}
        ]

    def attached(self, key: str) -> set[FileId]:
        """Return which of its files hang on the record, themselves or as copies."""
        events = self.events(key)
        return {self.office.origin(file) for event in events for file in event.files}

    def told(self, filing: Filing) -> bool:
        """Whether the last that the person read is what is true now."""
        read = self.channels.read[filing.dedupe_key]
        if filing.state is FilingState.WAITING and not read:
            return True  # the acknowledgement itself said so
        return bool(read) and read[-1] == tell(filing).text
