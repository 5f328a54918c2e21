"""The demo at the prompt: a person types, the bot answers, and what comes late is drawn late."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Final, assert_never

from bot.sandbox.slack_screen import NotOnScreenError
from bot.sandbox.slack_workspace import BOT
from bot.sandbox.terminal_fields import Dialogue
from bot.sandbox.terminal_words import (
    HELP,
    TO_TRY,
    Become,
    Command,
    Line,
    Plain,
    Press,
    Share,
    ShowRecord,
    Unknown,
    read_line,
)

if TYPE_CHECKING:
    from bot.domain import EntityRef
    from bot.sandbox.portal import SandboxPortal
    from bot.sandbox.slack import SandboxSlack
    from bot.sandbox.slack_exchange import Exchange
    from bot.sandbox.slack_screen import Shown
    from bot.sandbox.terminal import Screen
    from bot.sandbox.terminal_fields import Ask

CHANNEL: Final = "C0SALES"
SHORTCUT: Final = "attach_message"
ANSWER_SECONDS: Final = 1.5
"""How long the prompt stays away for an answer; one that takes longer is drawn above it."""
A_DAY: Final = 86_400.0
NOTHING: Final = Plain("")


class Talk:
    """One person at a time in #sales, in front of the sandbox Slack."""

    def __init__(
        self, slack: SandboxSlack, portal: SandboxPortal, screen: Screen, ask: Ask
    ) -> None:
        self._slack = slack
        self._portal = portal
        self._screen = screen
        self._ask = ask
        self._user = "U0ANA"
        self._seen: dict[str, int] = {}
        self._dialogue = Dialogue(slack, screen, ask, self.key_of)

    @property
    def prompt(self) -> str:
        off = "" if self._portal.state == "active" else " (portal off)"
        return f"{self._screen.first_name(self._user).lower()}{off}> "

    async def go_on(self) -> None:
        """Do what is typed until the person leaves."""
        watching = asyncio.create_task(self._watch())
        try:
            with contextlib.suppress(EOFError):
                while await self._one_line():
                    pass
        finally:
            watching.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await watching

    async def _one_line(self) -> bool:
        line = read_line(await self._ask(self.prompt))
        if line != NOTHING:
            self._screen.gap()
        return await self.obey(line)

    async def obey(self, line: Line) -> bool:
        """Do one thing; False when it was to leave."""
        try:
            return await self._do(line)
        except NotOnScreenError as error:
            self._screen.note(f"That cannot be done: {error}.")
            return True

    async def _do(self, line: Line) -> bool:
        match line:
            case Plain(word="menu"):
                await self._choose_in_menu()
            case Plain(word=word):
                return self._plain(word)
            case Share(names=names, direct=direct):
                await self._share(names, direct=direct)
            case Command(text=text):
                self._screen.count_anew()
                await self._after(await self._slack.command(text, user=self._user, channel=CHANNEL))
            case Press(number=number):
                await self._press(number)
            case ShowRecord(ref=ref):
                self._show(ref)
            case Become(name=name):
                self._become(name)
            case Unknown(sentence=sentence):
                self._screen.note(sentence)
            case _:
                assert_never(line)
        return True

    def _plain(self, word: str) -> bool:
        match word:
            case "break":
                self._switch_portal()
            case "help":
                self._help()
            case "quit":
                return False
        return True

    async def _share(self, names: tuple[str, ...], *, direct: bool) -> None:
        """Share files with some made-up content; what the bot makes of them is drawn late."""
        self._screen.count_anew()
        channel = self._slack.workspace.direct(self._user).id if direct else CHANNEL
        files = {name: f"{name} of the demo\n".encode() * 1000 for name in names}
        await self._slack.share_files(files, user=self._user, channel=channel)
        who = self._screen.first_name(self._user)
        shared = f"{who} shared {', '.join(names)}"
        where = "with the bot, in a direct message" if direct else "in #sales. `menu` is its menu"
        self._screen.note(f"{shared} {where}.")

    async def _choose_in_menu(self) -> None:
        """Use the shortcut on the latest message with files; its form fills in a moment."""
        messages = reversed(self._slack.workspace.messages.values())
        message = next((one for one in messages if one.files and one.channel == CHANNEL), None)
        if message is None:
            self._screen.note("No message has files yet. Share some, for example: share offer.pdf")
            return
        self._screen.count_anew()
        exchange = await self._slack.message_shortcut(message, SHORTCUT, user=self._user)
        with contextlib.suppress(NotOnScreenError):
            await self._slack.until(self._form_to_send, "the form")
        await self._after(exchange)

    def _form_to_send(self) -> bool | None:
        form = self._slack.view_of(self._user)
        return True if form and "submit" in form.content else None

    def _help(self) -> None:
        """Draw what can be typed, and what is worth a try."""
        self._screen.note("At this prompt:")
        self._screen.pairs(HELP)
        self._screen.note("Worth a try:")
        self._screen.pairs(TO_TRY)

    def _switch_portal(self) -> None:
        if self._portal.state == "active":
            self._portal.state = "down"
            self._screen.note("The portal is off: it answers nothing. `break` switches it on.")
            return
        self._portal.state = "active"
        self._screen.note("The portal is on. The bot tries again by itself; `retry` hurries it.")

    def _show(self, ref: EntityRef) -> None:
        if ref in self._portal.data.records:
            self._screen.record(self._portal, ref)
        else:
            known = ", ".join(str(other) for other in self._portal.data.records)
            self._screen.note(f"The portal has no {ref}. It has {known}.")

    def _become(self, name: str) -> None:
        members = self._slack.workspace.channels[CHANNEL].members
        people = self._slack.workspace.people
        here = {people[id_].name: id_ for id_ in sorted(members) if not people[id_].bot}
        if name not in here:
            self._screen.note(f"There is no {name} in #sales. There are {', '.join(here)}.")
            return
        self._user = here[name]
        known = self.key_of(self._user)
        more = (
            "`status` says whether you are connected." if known else "The portal has no such user."
        )
        self._screen.note(f"You are {name.capitalize()} now. {more}")
        self._catch_up()

    def key_of(self, user: str) -> str:
        """Return the portal key of the portal's person with the same first name."""
        first = self._screen.first_name(user)
        people = self._portal.data.people.values()
        return next((one.token for one in people if one.name.split()[0] == first), "")

    async def _press(self, number: int) -> None:
        if number not in self._screen.buttons:
            self._screen.note(
                f"There is no button {number} to press. `help` says what can be typed."
            )
            return
        shown, chip = self._screen.buttons[number]
        if chip.url:
            self._screen.note(f"{chip.words} leads to {chip.url} (a browser would open it).")
            return
        await self._after(await self._slack.click(shown, chip.what, user=self._user))

    async def _after(self, exchange: Exchange | None) -> None:
        """Draw what comes of something done; forms are gone through at once."""
        while exchange:
            if exchange.trouble:
                self._screen.note(f"Slack says: {exchange.trouble}")
            elif not await self._answered(exchange):
                self._screen.note("No answer yet; it is drawn here when it comes.")
            self._catch_up()
            exchange = await self._dialogue.lead(self._user)

    async def _answered(self, exchange: Exchange) -> bool:
        """Wait for a message or a form, but not for long; False when none came."""

        def look() -> bool | None:
            told = any(one.number > exchange.since for one in self._told(0))
            form = self._slack.view_of(self._user)
            return True if told or (form and form.number > exchange.since) else None

        try:
            return await self._slack.workspace.news.until(look, "an answer", ANSWER_SECONDS)
        except NotOnScreenError:
            return False

    def _told(self, start: int) -> list[Shown]:
        """Return what the bot has told this person, from a place in the history on."""
        workspace = self._slack.workspace
        history = workspace.history[start:]
        return [one for one in history if one.author == BOT and workspace.sees(self._user, one)]

    def _news(self) -> list[Shown]:
        return self._told(self._seen.get(self._user, 0))

    def _catch_up(self) -> None:
        """Draw what the person has not seen yet."""
        for shown in self._news():
            self._screen.message(shown, to=self._user)
        self._seen[self._user] = len(self._slack.workspace.history)

    async def _watch(self) -> None:
        while True:
            with contextlib.suppress(NotOnScreenError):
                await self._slack.workspace.news.until(
                    lambda: bool(self._news()) or None, "something to draw", A_DAY
                )
            self._catch_up()
