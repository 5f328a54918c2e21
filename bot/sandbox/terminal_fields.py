"""Filling in a form at the prompt: one field after the other, menus by number, then sending it."""

from __future__ import annotations

import dataclasses
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Final

from bot.sandbox.slack_inputs import filled, refused
from bot.sandbox.slack_screen import NotOnScreenError
from bot.sandbox.terminal_form import content_of, label_of
from bot.sandbox.terminal_words import Press, read_line

if TYPE_CHECKING:
    from bot.sandbox.slack import SandboxSlack
    from bot.sandbox.slack_exchange import Exchange
    from bot.sandbox.slack_screen import Json
    from bot.sandbox.slack_views import OpenView
    from bot.sandbox.terminal import Screen
    from bot.sandbox.terminal_blocks import Chip

Ask = Callable[[str], Awaitable[str]]
"""Shows a prompt and returns what is typed at it."""

CANCEL: Final = "cancel"
KEY: Final = "key"
MANY: Final = ("checkboxes", "multi_static_select")
HOW: Final = f"Enter keeps what stands in a field, `{CANCEL}` closes the form"


class LeftError(Exception):
    """The person left the fields: for a button of the form, or to close it."""

    def __init__(self, chip: Chip | None = None) -> None:
        super().__init__()
        self.chip = chip


@dataclasses.dataclass(frozen=True, slots=True)
class Dialogue:
    """Leads a person through the forms that they have open."""

    slack: SandboxSlack
    screen: Screen
    ask: Ask
    key_of: Callable[[str], str]
    """Returns the portal key of a Slack user, or nothing."""

    async def lead(self, user: str) -> Exchange | None:
        """Go through the forms of a person until none is open; return the last thing sent."""
        sent: Exchange | None = None
        while view := self.slack.view_of(user):
            buttons = self.screen.form(view)
            if "submit" not in view.content:
                await self.slack.close(view)
                continue
            try:
                await self._fill(view, buttons)
            except LeftError as left:
                self.screen.gap()
                sent = await self._left(view, left)
            else:
                self.screen.gap()
                sent = await self.slack.submit(view)
            if sent and sent.trouble:
                self.screen.note(f"Slack could not do that: {sent.trouble}")
        return sent

    async def _left(self, view: OpenView, left: LeftError) -> Exchange | None:
        if left.chip:
            return await self.slack.click(view, left.chip.what)
        await self.slack.close(view)
        self.screen.note("The form is closed; nothing was sent.")
        return None

    async def _fill(self, view: OpenView, buttons: dict[int, Chip]) -> None:
        """Ask for every field, or after a refusal only for those that were wrong."""
        press = ", `press 1` presses a button" if buttons else ""
        key = self.key_of(view.user) if view.input(KEY) else ""
        own = f", `{KEY}` fills in the key of {self.screen.first_name(view.user)}" if key else ""
        self.screen.note(f"{HOW}{press}{own}.")
        wrong = [block for block in view.inputs if block["element"]["action_id"] in view.errors]
        for block in wrong or view.inputs:
            await _Field(self, view, block, buttons).ask()


@dataclasses.dataclass(frozen=True, slots=True)
class _Field:
    dialogue: Dialogue
    view: OpenView
    block: Json
    buttons: dict[int, Chip]

    async def ask(self) -> None:
        """Ask until the field holds something that the client would send."""
        if self.block["element"]["type"] == "file_input":
            self._note("files of this device cannot be chosen in the demo")
            return
        await self._offer("")
        while True:
            typed = await self._answer()
            if typed and not await self._take(typed):
                continue
            reason = refused(self.block, self._state())
            if not reason:
                return
            self._note(reason)

    async def _answer(self) -> str:
        inside = content_of(self.block, self.view.state)
        label = label_of(self.block)
        typed = await self.dialogue.ask(f"{label} [{inside}]: " if inside else f"{label}: ")
        typed = typed.strip()
        if typed.lower() == CANCEL:
            raise LeftError
        press = read_line(typed) if typed.lower().startswith("press ") else None
        if isinstance(press, Press) and press.number in self.buttons:
            raise LeftError(self.buttons[press.number])
        return typed

    async def _take(self, typed: str) -> bool:
        """Put what was typed into the field; False when it was a search, or does not fit."""
        options = self._options()
        chosen = [options[number]["value"] for number in _numbers(typed) if number in options]
        if self._searches and not chosen:
            await self._offer(typed)
            return False
        action = self.block["element"]["action_id"]
        if action == KEY and typed.lower() == KEY:
            typed = self.dialogue.key_of(self.view.user) or typed
        many = self.block["element"]["type"] in MANY
        value: object = (chosen if many else chosen[0]) if chosen else typed
        try:
            state = filled(self.block["element"], value, self.view.suggested.get(action, ()))
        except NotOnScreenError as error:
            self._note(str(error))
            return False
        self.view.state[self.block["block_id"]][action] = state
        return True

    async def _offer(self, typed: str) -> None:
        """Show the options of a menu; one that searches asks the bot for them."""
        if self._searches:
            await self._search(typed)
        options = self._options()
        if options:
            self.dialogue.screen.choices([option["text"]["text"] for option in options.values()])
        elif self._searches and typed:
            self._note(f"nothing was found for “{typed}”")

    async def _search(self, typed: str) -> None:
        action = self.block["element"]["action_id"]
        try:
            await self.dialogue.slack.suggest(self.view, action, typed)
        except NotOnScreenError as error:
            self._note(str(error))

    def _options(self) -> dict[int, Json]:
        element = self.block["element"]
        grouped = [one for group in element.get("option_groups", ()) for one in group["options"]]
        suggested = self.view.suggested.get(element["action_id"], ())
        return dict(enumerate([*element.get("options", ()), *grouped, *suggested], 1))

    @property
    def _searches(self) -> bool:
        return str(self.block["element"]["type"]).endswith("external_select")

    def _state(self) -> Json:
        state: Json = self.view.state[self.block["block_id"]][self.block["element"]["action_id"]]
        return state

    def _note(self, reason: str) -> None:
        self.dialogue.screen.note(f"{label_of(self.block)}: {reason}.")


def _numbers(typed: str) -> list[int]:
    parts = [part.strip() for part in typed.split(",")]
    return [int(part[:9]) for part in parts] if all(part.isdecimal() for part in parts) else []
