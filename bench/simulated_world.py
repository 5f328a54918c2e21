"""One simulation: people, their requests and clicks, and a bot that dies, on virtual time."""

from __future__ import annotations

import asyncio
import random
from datetime import timedelta
from typing import TYPE_CHECKING

from pydantic import SecretStr

from bench.simulated_bot import Bot, vault
from bench.simulated_clock import NOON, Life, VirtualLoop
from bench.simulated_files import LARGEST, Cabinet
from bench.simulated_office import OFFICE, SimulatedOffice, key_of
from bench.simulated_plan import Plan, Profile, Request, plan_of
from bench.simulated_slack import Channels
from bench.simulated_store import Books, MemoryStore
from bot.account import Account, SealedKey
from bot.domain import (
    Answer,
    EntityRef,
    Filing,
    FilingState,
    ItemState,
    SharedFile,
    SlackUser,
    WaitingFor,
)
from bot.errors import BotError, KeyRefusedError, PortalError
from bot.filing.policy import Policy
from bot.filing.request import Extras
from bot.reply_to import ReplyTo
from bot.vault import Purpose

if TYPE_CHECKING:
    from storage.ports import Store

POLL_SECONDS = 30.0
LONGEST_SECONDS = 5 * 86_400.0
SOON = 400
"""Turns of the loop: the next death comes within so many."""
GRACE_SECONDS = 25.0
STOPPING = 0.3
"""How often who clicks on a request that is under way wants to stop it."""


class World:
    """What outlives the bot: the disk, the portal, Slack, and the people."""

    def __init__(self, seed: int, profile: Profile, loop: VirtualLoop) -> None:
        self.dice = random.Random(seed)
        self.profile = profile
        self.loop = loop
        self.plan: Plan = plan_of(profile, self.dice)
        self.books = Books()
        self.office = SimulatedOffice(self.plan.weather, self.dice)
        self.channels = Channels(self.dice, self.plan.slack_trouble, self._heard)
        self.cabinet = Cabinet(self.plan.slack_weather, self.dice)
        self.requests = {request.channel: request for request in self.plan.requests}
        self.deaths = 0
        self._turns_left = 0
        self._clicks = 0
        self._thinking = 0
        self._restart: asyncio.Task[None] | None = None
        for user in self.plan.connected:
            self.books.accounts[user, OFFICE] = _account(user)
        for request in self.plan.requests:
            self._prepare(request)
        self.bot = Bot(self)

    @property
    def policy(self) -> Policy:
        return Policy(quarantine=timedelta(seconds=self.profile.quarantine), largest=LARGEST)

    def store(self, life: Life) -> Store:
        return MemoryStore(self.books, life)

    async def run(self) -> None:
        """Live until every request has ended and the portal has done all it will do."""
        self.loop.leaps.between = self._between
        for request in self.plan.requests:
            for moment in request.deliveries:
                self.loop.call_at(moment, self._deliver, request)
            for moment in request.stops:
                self.loop.call_at(moment, self._stop, request)
        self._begin()
        while self.loop.time() < LONGEST_SECONDS:
            if await self._ended():
                break
        self.loop.leaps.between = lambda: None

    async def _ended(self) -> bool:
        await asyncio.sleep(max(POLL_SECONDS, self.loop.time() / 20))
        if not self._quiet():
            return False
        await asyncio.sleep(self.plan.weather.latest + POLL_SECONDS)
        return self._quiet()

    def _quiet(self) -> bool:
        delivered = self.loop.time() > max(max(one.deliveries) for one in self.plan.requests)
        over = all(filing.over for filing in self.books.filings.values())
        return delivered and over and not self._thinking and not self.bot.life.over

    def _prepare(self, request: Request) -> None:
        record = request.attach.record
        for file, state in request.states.items():
            present = state is ItemState.PRESENT
            self.office.states[file] = ItemState.READY if present else state
            if present and isinstance(record, EntityRef) and record in self.office.on_record:
                self.office.on_record[record].append(file)
        self.cabinet.add(request.shared)
        if request.vanishes is not None:
            file, moment = request.vanishes
            self.loop.call_at(moment, self.office.delete, file)

    # lives and deaths

    def _begin(self) -> None:
        self.note("begins")
        if self.deaths < self.plan.deaths:
            self._turns_left = self.dice.randrange(1, SOON)
        self.bot.life.spawn(self.bot.start())

    def _between(self) -> None:
        self._turns_left -= 1
        if self._turns_left == 0:
            self._die()

    def _die(self) -> None:
        """End the life here and now, between two awaits; or have it stop in peace."""
        self.deaths += 1
        in_peace = self.dice.random() < 0.15
        self.bot.life.over = not in_peace
        self.note("stops" if in_peace else "dies")
        self.loop.call_soon(self._bury)

    def _bury(self) -> None:
        self._restart = self.loop.create_task(self._live_again(self.bot))

    async def _live_again(self, dead: Bot) -> None:
        if not dead.life.over:
            await dead.worker.stop(GRACE_SECONDS)
            dead.life.over = True
        await dead.worker.stop(0)
        await dead.life.clear()
        await asyncio.sleep(self.dice.choice((0.5, 3.0, 20.0, 45.0, 55.0, 400.0)))
        self.bot = Bot(self)
        self._begin()

    # people

    def _deliver(self, request: Request) -> None:
        if not self.bot.life.over:
            self.bot.life.spawn(self._accept(request, self.bot))

    async def _accept(self, request: Request, bot: Bot) -> None:
        try:
            filing, new = await bot.services.accepting.accept(
                request.attach,
                by=request.by,
                reply=ReplyTo(channel=request.channel),
                dedupe_key=request.key,
                extras=_extras(request),
            )
        except BotError as error:
            self.note(f"{request.key}: {type(error).__name__}")
            return
        await bot.life.alive()
        request.acknowledged = True
        self.note(f"{request.key}: acknowledged, {new=}")
        if new and filing.state is FilingState.WAITING:  # the acknowledgement says so
            self._heard(request.channel)

    def _heard(self, channel: str) -> None:
        """Let the person think about what they read, and perhaps click."""
        request = self.requests[channel]
        self.note(f"{channel}: reads")
        if request.patience == 0:
            return
        request.patience -= 1
        self._thinking += 1
        seconds = self.dice.random() * self.dice.choice((3.0, 60.0, 1200.0))
        self.loop.call_later(seconds, self._click, request)

    def _click(self, request: Request) -> None:
        self._thinking -= 1
        self._clicks += 1
        filing = self.books.by_key(request.key)
        if self.bot.life.over or filing is None:
            return
        asked = filing.state is FilingState.WAITING
        if self.dice.random() > (0.8 if asked else self.plan.eagerness):
            return
        for _ in range(self.dice.choice((1, 1, 1, 2))):  # Slack delivers some clicks twice
            self.bot.life.spawn(self._react(request, filing, f"click {self._clicks}"))

    async def _react(self, request: Request, filing: Filing, click: str) -> None:
        services = self.bot.services
        reply = ReplyTo(channel=request.channel)
        self.note(f"{request.key}: {click}")
        try:
            if filing.waiting_for in {WaitingFor.ACCOUNT, WaitingFor.KEY}:
                await self._connect(request.by)
            elif filing.state is FilingState.DONE and not (more := _more_to_do(filing)):
                await services.share(filing.id, by=request.by, reply=reply, click=click)
            else:
                done = filing.state is FilingState.DONE
                answer = self.dice.choice(more) if done else self._answer(filing)
                await self._say(request, filing, answer, click)
        except (KeyRefusedError, PortalError):
            self._heard(request.channel)  # the form says so, and they think again
        except BotError as error:
            self.note(f"{request.key}: {type(error).__name__}")

    def _stop(self, request: Request) -> None:
        filing = self.books.by_key(request.key)
        if filing is None or self.bot.life.over:
            return
        self._clicks += 1
        click = f"click {self._clicks}"
        self.bot.life.spawn(self._try_to_stop(request, filing, click))

    async def _try_to_stop(self, request: Request, filing: Filing, click: str) -> None:
        try:
            await self._say(request, filing, Answer.STOP, click)
        except BotError as error:
            self.note(f"{request.key}: {type(error).__name__}")

    async def _say(
        self, request: Request, filing: Filing, answer: Answer | EntityRef, click: str
    ) -> None:
        services, reply = self.bot.services, ReplyTo(channel=request.channel)
        self.note(f"{request.key}: {click} says {answer}")
        # Noted before: who dies at the end of the call has done it all the same.
        request.said.append(answer)
        await services.answer(filing.id, answer, by=request.by, reply=reply, click=click)

    async def _connect(self, user: SlackUser) -> None:
        key = key_of(user.id, self.office.generation(self.loop.time()))
        await self.bot.services.connect(user, OFFICE, SecretStr(key))

    def _answer(self, filing: Filing) -> Answer | EntityRef:
        if filing.waiting_for is WaitingFor.RECORD:
            return self.dice.choice(filing.choices).ref
        if filing.waiting_for is WaitingFor.FILES:
            return self.dice.choice(
                (Answer.COPY, Answer.INSIST, Answer.INSIST, Answer.READY, Answer.CANCEL)
            )
        if filing.state is FilingState.READY and self.dice.random() < STOPPING:
            return Answer.STOP
        if any(item.state is ItemState.TWIN for item in filing.items):
            return self.dice.choice((Answer.ANYWAY, Answer.AGAIN))
        return self.dice.choice((Answer.AGAIN, Answer.AGAIN, Answer.CANCEL))

    def note(self, text: str) -> None:
        self.books.noted.append(f"{self.loop.time():.6f} {text}")


def _extras(request: Request) -> Extras:
    """Return what a form says beside the numbers of files."""
    written = request.written
    return Extras(
        shared=tuple(SharedFile(id=file.id, channel=request.channel) for file in request.shared),
        note_file=(f"{written[0]}.txt", written[1]) if written else None,
    )


def _more_to_do(filing: Filing) -> list[Answer]:
    """Return what the buttons of a summary offer beside sharing it."""
    states = {item.state for item in filing.items}
    anyway = [Answer.ANYWAY] if ItemState.TWIN in states else []
    again = [Answer.AGAIN] if states & {ItemState.REFUSED, ItemState.STOPPED} else []
    return [*anyway, *again]


def _account(user: SlackUser) -> Account:
    owner = (user.enterprise, user.team, user.id, OFFICE)
    key = vault().seal(Purpose.PORTAL_KEY, SecretStr(key_of(user.id, 0)), *owner)
    return Account(
        user=user,
        portal=OFFICE,
        key=SealedKey(key),
        owner=user.id,
        name=user.id,
        email=f"{user.id}@example.com",
        checked_at=NOON,
    )


def simulate(seed: int, profile: Profile) -> World:
    """Run one seed to its end and return the world as it is then."""
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        loop = runner.get_loop()
        assert isinstance(loop, VirtualLoop)
        world = World(seed, profile, loop)
        runner.run(world.run())
    return world
