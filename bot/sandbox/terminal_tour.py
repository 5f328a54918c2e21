"""The tour: twelve things that people do, each drawn, and each checked on screen and portal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bot.domain import EntityRef, EntityType, FileId, Place
from bot.sandbox.slack_screen import NotOnScreenError
from bot.sandbox.terminal_talk import CHANNEL
from bot.sandbox.terminal_words import CASE_7

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from bot.sandbox.portal import SandboxPortal
    from bot.sandbox.slack import SandboxSlack
    from bot.sandbox.slack_exchange import Exchange, Submission
    from bot.sandbox.slack_screen import Shown
    from bot.sandbox.slack_views import OpenView
    from bot.sandbox.terminal import Screen

ANA: Final = "U0ANA"
PROMPT: Final = "ana> "
ACME: Final = EntityRef(EntityType.CONTACT, 4)
SUPPORT: Final = EntityRef(EntityType.OPPORTUNITY, 32)
ORIGINAL: Final = FileId(14)
BAD_GATEWAY: Final = 502
LONG: Final = 30
SHARED: Final = {"offer.pdf": b"%PDF-1.7 offer", "prices.xlsx": b"PK prices"}
_BYTES: Final = set(SHARED.values())


class WrongStepError(Exception):
    """A step came out otherwise than it should have; the message says what was expected."""


class Tour:
    """Ana in #sales, with somebody who looks over her shoulder and into the portal."""

    def __init__(self, slack: SandboxSlack, portal: SandboxPortal, screen: Screen) -> None:
        self._slack = slack
        self._portal = portal
        self._screen = screen
        self._mark = 0

    async def take(self) -> bool:
        """Take every step; stop at the first that comes out wrong, and say so."""
        for number, (heading, step) in enumerate(_STEPS, 1):
            self._screen.heading(f"{number} of {len(_STEPS)}  {heading}")
            try:
                await step(self)
            except WrongStepError as error:
                self._wrong(number, f"expected: {error}")
                return False
            except (NotOnScreenError, TimeoutError) as error:
                self._wrong(number, str(error) or "something did not happen in time")
                return False
        return True

    def _wrong(self, number: int, what: str) -> None:
        self._screen.wrong(f"Step {number} came out wrong: {what}")
        seen = self._slack.messages_of(ANA, CHANNEL)
        if seen:
            self._screen.wrong(f"The newest message that Ana sees: {seen[-1].text}")

    # what Ana does

    async def _type(self, text: str) -> Exchange:
        self._screen.count_anew()
        self._screen.typed(PROMPT, f"/attach {text}")
        self._mark = self._slack.workspace.number
        return await self._slack.command(text, user=ANA, channel=CHANNEL)

    async def _press(self, message: Shown, words: str) -> Exchange:
        chips = [chip for _, chip in self._screen.buttons.values() if chip.words == words]
        self._check(f"a button [{words}]", bool(chips))
        self._screen.count_anew()
        self._screen.typed(PROMPT, f"{chips[0].number}", f"presses [{words}]")
        self._mark = self._slack.workspace.number
        return await self._slack.click(message, chips[0].what, user=ANA)

    async def _fill(self, form: OpenView, values: Mapping[str, str], remark: str) -> Submission:
        for label, value in values.items():
            shown = value if len(value) < LONG else f"{value[:LONG]}…"
            self._screen.typed(f"{label}: ", shown, remark)
        self._mark = self._slack.workspace.number
        return await self._slack.submit(form, values)

    # what Ana sees

    async def _answer(self, saying: str) -> Shown:
        """Wait for a message of the bot that says this, since the last thing done; draw it."""

        def look() -> Shown | None:
            for shown in self._slack.messages_of(ANA, CHANNEL):
                if self._says(shown, saying):
                    return shown
            return None

        try:
            shown = await self._slack.until(look)
        except NotOnScreenError as error:
            raise WrongStepError(f"an answer that says “{saying}”") from error
        self._screen.message(shown, to=ANA)
        return shown

    def _says(self, shown: Shown, saying: str) -> bool:
        return shown.number > self._mark and saying.lower() in shown.all_text().lower()

    async def _form(self, exchange: Exchange, saying: str) -> OpenView:
        form = await self._slack.opened(exchange, saying)
        self._screen.form(form)
        return form

    # what must be true

    def _check(self, what: str, truth: object) -> None:
        if not truth:
            raise WrongStepError(what)

    def _right(self, what: str, truth: object) -> None:
        self._check(what, truth)
        self._screen.right(what)

    def _holds(self, ref: EntityRef, *files: int) -> None:
        numbers = ", ".join(map(str, files))
        what = f"On the portal {ref} holds exactly these files: {numbers}"
        self._right(what, sorted(self._portal.attached(ref)) == sorted(files))

    def _attached_once(self, ref: EntityRef, *files: int) -> None:
        events = [event.tagged for event in self._portal.events_of(ref)]
        numbers = ", ".join(map(str, files))
        self._right(f"Its history tells of {numbers} once", events.count(list(files)) == 1)

    # the steps

    async def help(self) -> None:
        await self._type("help")
        answer = await self._answer("Attach files to CRM")
        self._right("The answer shows what can be typed", "list case 7" in answer.all_text())
        self._right("It offers to connect", "Connect account" in answer.buttons)

    async def connect(self) -> None:
        await self._type("case 7 12,13")
        waiting = await self._answer("Connect your CRM account first")
        form = await self._form(await self._press(waiting, "Connect account"), "CRM key")
        wrong = {"CRM key": "not-the-key-of-anybody"}
        sent = await self._fill(form, wrong, "a key that the portal does not know")
        self._screen.form(form)
        self._right(
            "The wrong key is refused at its field", "not accept" in sent.errors.get("key", "")
        )
        right = {"CRM key": self._portal.who("Ana Reyes").token}
        sent = await self._fill(form, right, "the key of Ana Reyes")
        await self._slack.close(await self._form(sent, "Connected as Ana Reyes"))
        await self._answer("Attached 2 files to Case #7")
        self._right("The waiting request was finished without being typed again", truth=True)
        self._holds(CASE_7, 9, 10, 11, 12, 13)
        self._attached_once(CASE_7, 12, 13)

    async def list_files(self) -> None:
        await self._type("list case 7")
        answer = await self._answer("Case #7: 5 files")
        named = all(
            self._portal.data.files[number].title in answer.all_text()
            for number in self._portal.attached(CASE_7)
        )
        self._right("Every file of the portal's record is named", named)

    async def choose(self) -> None:
        await self._type("deal Acme 9")
        question = await self._answer("Choose one to attach file 9")
        self._right("Nothing is attached before she has chosen", not self._portal.attached(SUPPORT))
        await self._press(question, "Opportunity #32, Acme support")
        await self._answer("Attached 1 file to Opportunity #32")
        self._holds(SUPPORT, 9)

    async def copy(self) -> None:
        await self._type("case 7 14")
        question = await self._answer("is in My documents")
        await self._press(question, "Copy and attach")
        await self._answer("Attached 1 file to Case #7")
        files = [self._portal.data.files[number] for number in self._portal.attached(CASE_7)]
        copies = [file for file in files if file.title == "meeting-notes.docx"]
        original = self._portal.data.files[ORIGINAL]
        self._right("A copy is on the record", len(copies) == 1 and copies[0] is not original)
        self._right("The original is where it was", original.folder.place is Place.MY)

    async def missing_file(self) -> None:
        before = self._portal.attached(CASE_7)
        await self._type("case 7 99")
        await self._answer("File 99")
        self._right("Nothing was attached", self._portal.attached(CASE_7) == before)

    async def missing_record(self) -> None:
        await self._type("case 77 12")
        answer = await self._answer("Case #77 was not found")
        self._right("The answer says that nothing was attached", "Nothing was" in answer.all_text())

    async def mistyped(self) -> None:
        events = len(self._portal.events_of(CASE_7))
        await self._type("caes 7 12")
        answer = await self._answer("Did you mean *case*?")
        await self._press(answer, "Run case 7 12")
        await self._answer("Already on Case #7")
        self._right("No second event was made", len(self._portal.events_of(CASE_7)) == events)

    async def share(self) -> None:
        self._screen.note(f"Ana shares {' and '.join(SHARED)} in #sales, in one message.")
        shared = await self._slack.share_files(SHARED, user=ANA, channel=CHANNEL)
        self._screen.count_anew()
        self._screen.typed(PROMPT, "menu", "chooses *Attach to CRM record* in the message's menu")
        self._mark = self._slack.workspace.number
        exchange = await self._slack.message_shortcut(shared.message, "attach_message", user=ANA)
        form = await self._form(exchange, "Files in this message")
        await self._slack.suggest(form, "record", "support")
        await self._fill(form, {"Record": "opportunity:32"}, "found by the word support")
        await self._answer("Attached 2 files to Opportunity #32")
        self._right("Every byte of both is on the record", self._bytes_on(SUPPORT) >= _BYTES)

    async def undo(self) -> None:
        answer = await self._answer_again("Attached 2 files to Opportunity #32")
        await self._press(answer, "Undo")
        await self._answer("is undone")
        self._right("The copies that the bot made are gone", not self._bytes_on(SUPPORT) & _BYTES)
        self._holds(SUPPORT, 9)

    async def _answer_again(self, saying: str) -> Shown:
        """Return the newest message that says this, as it stands on the screen."""
        seen = reversed(self._slack.messages_of(ANA, CHANNEL))
        return next(one for one in seen if saying in one.all_text())

    def _bytes_on(self, ref: EntityRef) -> set[bytes]:
        files = (self._portal.data.files[number] for number in self._portal.attached(ref))
        return {file.content for file in files if file.content}

    async def portal_away(self) -> None:
        self._portal.state = "down"
        self._screen.note("The portal is switched off.")
        await self._type("contact 4 11")
        await self._portal.until(lambda: self._portal.requests[-1].status == BAD_GATEWAY)
        self._right("The bot asked, and got no answer", not self._portal.attached(ACME))
        self._portal.state = "active"
        self._screen.note("The portal is switched on again. Ana does nothing.")
        await self._answer("Attached 1 file to Contact #4")
        self._holds(ACME, 11)
        self._attached_once(ACME, 11)

    async def disconnect(self) -> None:
        await self._type("disconnect")
        await self._answer("Your key is deleted")
        await self._type("status")
        answer = await self._answer("not connected")
        self._right("Her key is gone", "Connect account" in answer.buttons)


_STEPS: Final[tuple[tuple[str, Callable[[Tour], Awaitable[None]]], ...]] = (
    ("Ana asks for help", Tour.help),
    ("She is not connected: her request waits while she connects", Tour.connect),
    ("She lists the files of the case", Tour.list_files),
    ("Two opportunities have the name: she chooses", Tour.choose),
    ("The file lies in My documents: it is copied first", Tour.copy),
    ("The file does not exist", Tour.missing_file),
    ("The record does not exist", Tour.missing_record),
    ("She mistypes", Tour.mistyped),
    ("She attaches files that lie in Slack", Tour.share),
    ("She takes them back", Tour.undo),
    ("The portal is away for a moment", Tour.portal_away),
    ("She disconnects", Tour.disconnect),
)
