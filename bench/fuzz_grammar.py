"""Whatever is typed is a command within limits, or an error with help; in linear time."""

from __future__ import annotations

from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from bench.fuzz_target import Target, bytes_of, swift, text_of
from bench.hostile import COMMANDS, PIECES
from bot.domain import HIGHEST_ID, MOST_FILES, PortalUrl
from bot.errors import BadFilesError, TypingError, UnknownWordError
from bot.grammar import Attach, ListFiles, parse, sought, spell
from bot.grammar.attaching import LONGEST_NOTE
from bot.views.problem import problem
from tests.view_rules import broken

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from bot.grammar import Command

    Read = Callable[[str, Sequence[PortalUrl]], Command]

PORTALS = (PortalUrl("https://office.example.com"), PortalUrl("http://crm.branch.example:8080"))
MARKS = (
    *("case ", "deal ", "list ", "company ", "last ", "here ", "with ", "to ", "and ", "-- "),
    *("help ", "retry ", "undo ", "connect ", "&lt;", "&amp;", "\u2013", "\u201e", "\u00ab"),
    *("<https://", "|x>", "/Products/CRM/Cases.aspx?id=", "/Products/Files/#preview/", "\u200b"),
    *("https://acme.slack.com/files/U1/F0AB/", f"{PORTALS[0]}", f"{PORTALS[1]}", "2147483647"),
)
LONG = (
    "case 7 12 -- " + "signed " * 200,
    "case 7 " + ",".join(map(str, range(1, 60))),
    "case 7 1-50",
    "list contact " + "Acme " * 60,
    "help " + "x" * 400,
    '"' * 300,
)


def check(text: str, read: Read = parse) -> None:
    """See what becomes of a text, as a command and as what is looked for in a menu."""
    with swift():
        try:
            command = read(text, PORTALS)
        except TypingError as error:
            _check_help(error, read)
        else:
            _check_command(command, read)
    with swift(), suppress(TypingError):
        sought(text, PORTALS)


def _check_command(command: Command, read: Read) -> None:
    if isinstance(command, Attach):
        assert len(command.files) <= MOST_FILES
        assert all(0 < file <= HIGHEST_ID for file in command.files)
        assert len(command.note) <= LONGEST_NOTE
    if isinstance(command, Attach | ListFiles):
        again = read(spell(command), PORTALS)
        assert again == command, f"{spell(command)!r} is read as {again}"


def _check_help(error: TypingError, read: Read) -> None:
    """See that an error can be shown, and that what it offers can be typed."""
    said = problem(error)
    assert said.text
    assert said.blocks
    assert not broken(said), broken(said)
    match error:
        case UnknownWordError(fixed=fixed) if fixed:
            read(fixed, PORTALS)
        case BadFilesError(good=good, record=record) if good:
            again = read(f"{record} {','.join(map(str, good))}", PORTALS)
            assert isinstance(again, Attach)
            assert again.files == good


@contextmanager
def target() -> Iterator[Target]:
    """Give what is tried."""
    pieces = [piece for group in PIECES.values() for piece in group if len(piece) < 100]
    yield Target(
        run=lambda data: check(text_of(data)),
        seeds=[bytes_of(text) for text in (*COMMANDS, *LONG, *pieces)],
        words=[bytes_of(mark) for mark in MARKS],
        longest=4000,
    )
