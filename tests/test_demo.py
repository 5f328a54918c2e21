"""What the demo promises: an honest tour, and a prompt that answers and never loses a key."""

from __future__ import annotations

import asyncio
import contextlib
import io
import logging
import os
import pty
import signal
import unicodedata
from typing import TYPE_CHECKING

import pytest
import structlog
from rich.console import Console

from bot.sandbox.demo import a_sandbox, play, tour
from bot.sandbox.portal_faults import Fault
from bot.sandbox.terminal_line import Keyboard
from bot.sandbox.terminal_words import CASE_7

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator

    from bot.sandbox.demo import Sandbox


@pytest.fixture(autouse=True)
def _logging() -> Iterator[None]:
    """Give the logging back as it was; the demo turns it down."""
    logger = logging.getLogger()
    handlers, level, raising = logger.handlers[:], logger.level, logging.raiseExceptions
    yield
    logger.handlers[:] = handlers
    logger.setLevel(level)
    logging.raiseExceptions = raising
    structlog.reset_defaults()


class Paper(io.StringIO):
    """What a console writes on; it can be waited for."""

    def __init__(self) -> None:
        super().__init__()
        self._news = asyncio.Event()

    def write(self, text: str) -> int:
        self._news.set()
        return super().write(text)

    async def until(self, text: str, after: int = 0) -> int:
        """Wait for a text behind a place, and return where it ends."""
        async with asyncio.timeout(20):
            while (found := self.getvalue().find(text, after)) < 0:
                self._news.clear()
                await self._news.wait()
        return found + len(text)


# the tour


async def test_the_tour_takes_every_step_and_succeeds_and_reads_well_in_a_pipe():
    paper = Paper()

    code = await play(interactive=False, console=Console(file=paper, width=80))

    shown = paper.getvalue()
    assert code == 0
    assert "12 of 12" in shown
    assert "Every step came out right" in shown
    assert "✗ Step" not in shown
    assert "README.md" in shown
    lines = shown.split("\n")
    assert "Cc" not in {unicodedata.category(letter) for line in lines for letter in line}
    assert max(map(len, lines)) <= 80
    assert not [line for line in lines if line.startswith("┃ ") and line.endswith("  ")]


async def test_a_tour_that_is_stopped_is_no_success():
    paper = Paper()
    touring = asyncio.create_task(play(interactive=False, console=Console(file=paper, width=80)))
    await paper.until("1 of 12")

    os.kill(os.getpid(), signal.SIGINT)

    assert await touring == 1


def _no_key_checks(sandbox: Sandbox) -> None:
    sandbox.portal.faults.add(Fault(match=("GET", "people/@self"), status=500))


def _a_file_too_many(sandbox: Sandbox) -> None:
    extra = sandbox.portal.file("surprise.pdf")
    sandbox.portal.attach(CASE_7, [extra], by=sandbox.portal.who("Ben Ito"))


@pytest.mark.parametrize(
    ("sabotage", "expected"),
    [
        (_no_key_checks, "Step 2 came out wrong: expected: The wrong key is refused"),
        (_a_file_too_many, "Step 2 came out wrong: expected: On the portal Case #7 holds exactly"),
    ],
)
async def test_the_tour_of_a_broken_world_says_what_was_expected_and_fails(
    sabotage: Callable[[Sandbox], None], expected: str
):
    paper = Paper()
    async with a_sandbox(Console(file=paper, width=200)) as sandbox:
        sabotage(sandbox)

        code = await tour(sandbox)

    assert code == 1
    assert expected in paper.getvalue()
    assert "The newest message that Ana sees: " in paper.getvalue()
    assert "3 of 10" not in paper.getvalue()


# the prompt


class Person:
    """Somebody at a terminal: types, and reads what comes."""

    def __init__(self) -> None:
        self.master, self.terminal = pty.openpty()
        self.paper = Paper()
        self.read = 0

    def type(self, keys: str) -> None:
        os.write(self.master, keys.encode())

    async def sees(self, text: str) -> None:
        self.read = await self.paper.until(text, self.read)


@pytest.fixture
def person() -> Iterator[Person]:
    person = Person()
    yield person
    os.close(person.master)
    os.close(person.terminal)


@pytest.fixture
async def playing(person: Person) -> AsyncIterator[asyncio.Task[int]]:
    """Start the demo at a prompt, and wait until it shows the first answer."""
    console = Console(file=person.paper, width=100)
    task = asyncio.create_task(play(interactive=True, console=console, keyboard=person.terminal))
    await person.sees("Attached 2 files to Case #7")
    await person.sees("ana> ")
    yield task
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task


async def test_a_person_can_type_press_fill_and_leave(person: Person, playing: asyncio.Task[int]):
    person.type("case 7 14\r")
    await person.sees("[1 Copy and attach]")
    person.type("1\r")
    await person.sees("(replaces the message above)")
    await person.sees("6 files in total.")
    person.type("show case 7\r")
    await person.sees("meeting-notes.docx")
    person.type("/attach\r")
    await person.sees("Record: ")
    person.type("renewal\r")
    await person.sees("  1 Opportunity #31, Acme renewal")
    person.type("1\r")
    await person.sees("Files: ")
    person.type("10,x\r")
    await person.sees("After attaching: ")
    person.type("\r")
    await person.sees("✗ I read file 10")
    person.type("10\r")
    await person.sees("Attached 1 file to Opportunity #31")
    person.type("quit\r")

    assert await playing == 0
    assert "README.md" in person.paper.getvalue()


async def test_files_of_a_message_are_attached_from_its_menu(
    person: Person, playing: asyncio.Task[int]
):
    person.type("menu\r")
    await person.sees("No message has files yet.")
    person.type("share offer.pdf prices.xlsx\r")
    await person.sees("Ana shared offer.pdf, prices.xlsx in #sales.")
    person.type("menu\r")
    await person.sees("Record: ")
    person.type("renewal\r")
    await person.sees("  1 Opportunity #31, Acme renewal")
    person.type("1\r")
    await person.sees("Files in this message [offer.pdf, prices.xlsx]: ")
    person.type("1\r")
    await person.sees("Files: ")
    person.type("\r")
    await person.sees("After attaching: ")
    person.type("\r")
    await person.sees("Attached 1 file to Opportunity #31")
    person.type("show deal 31\r")
    await person.sees("offer.pdf")
    assert not playing.done()


async def test_shared_and_sent_files_are_asked_about(person: Person, playing: asyncio.Task[int]):
    person.type("link case 7\r")
    await person.sees("This channel is now linked to Case #7")
    person.type("share offer.pdf\r")
    await person.sees("[1 Attach to Case #7]")
    person.type("1\r")
    await person.sees("Attached 1 file to Case #7")
    person.type("send prices.xlsx\r")
    await person.sees("Which record should")
    await person.sees("[1 Case #7, Acme onboarding]")
    assert not playing.done()


async def test_another_person_connects_with_a_key_of_their_own(
    person: Person, playing: asyncio.Task[int]
):
    person.type("as ben\r")
    await person.sees("ben> ")
    person.type("2\r")
    await person.sees("That cannot be done: this message is not there any more")
    person.type("list case 7\r")
    await person.sees("[1 Connect account]")
    person.type("1\r")
    await person.sees("CRM key: ")
    person.type("press 1\r")
    await person.sees("developer tools")
    await person.sees("CRM key: ")
    person.type("short\r")
    await person.sees("CRM key: it is too short")
    person.type("key\r")
    await person.sees("Connected as Ben Ito")
    await person.sees("Case #7: 5 files")
    person.type("as nobody\r")
    await person.sees("There is no nobody in #sales.")
    person.type("connect\r")
    await person.sees("CRM key: ")
    person.type("cancel\r")
    await person.sees("nothing was sent")
    assert not playing.done()


async def test_an_answer_that_comes_late_is_drawn_when_it_comes(
    person: Person, playing: asyncio.Task[int]
):
    person.type("break\r")
    await person.sees("ana (portal off)> ")
    person.type("contact 4 11\r")
    await person.sees("No answer yet")
    person.type("break\r")
    await person.sees("The portal is on.")
    person.type("retry\r")
    await person.sees("Attached 1 file to Contact #4")
    assert not playing.done()


async def test_every_line_gets_an_answer(person: Person, playing: asyncio.Task[int]):
    answers = {
        "99": "There is no button 99",
        "1": "Open in CRM leads to http://127.0.0.1:",
        "/weather": "/weather is not installed",
        "show case 700": "The portal has no Case #700",
        "help": "Worth a try:",
        "as gia": "The portal has no such user",
        "hello": 'I do not know "hello"',
    }
    for line, answer in answers.items():
        person.type(f"{line}\r")
        await person.sees(answer)
    assert not playing.done()


@pytest.mark.parametrize("way", ["end of input", "interrupt"])
async def test_leaving_is_no_failure(person: Person, playing: asyncio.Task[int], way: str):
    if way == "interrupt":
        os.kill(os.getpid(), signal.SIGINT)
    else:
        person.type("\x04")

    assert await playing == 0


async def test_what_was_begun_is_kept_when_something_is_drawn_above_it(person: Person):
    console = Console(file=person.paper, width=100)
    async with Keyboard(console, person.terminal) as keyboard:
        reading = asyncio.create_task(keyboard.read("ana> "))
        person.type("lis")
        await person.sees("ana> lis")

        with keyboard.lifted():
            console.print("an answer")

        await person.sees("an answer\n")
        await person.sees("ana> lis")
        person.type("t case 7\r")
        assert await reading == "list case 7"


async def test_a_line_that_is_too_long_stays_on_its_row(person: Person):
    async with Keyboard(Console(file=person.paper, width=20), person.terminal) as keyboard:
        reading = asyncio.create_task(keyboard.read("ana> "))
        person.type("a" + "x" * 198 + "z")
        await person.sees("xz")
        person.type("\x01")
        await person.sees("ana> ax")
        person.type("\x15\x0b\x04")

        with pytest.raises(EOFError):
            await reading
    assert max(map(len, person.paper.getvalue().split("\r"))) < 20


async def test_a_terminal_that_is_gone_ends_the_talk():
    person = Person()
    with os.fdopen(person.terminal):
        async with Keyboard(Console(file=person.paper), person.terminal) as keyboard:
            os.close(person.master)
            with pytest.raises(EOFError):
                await keyboard.read("ana> ")
