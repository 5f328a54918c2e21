"""The documents say what is: settings, commands, targets, links and examples are all there."""

from __future__ import annotations

import io
import logging
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import pytest
import structlog
import yaml
from rich.console import Console

from bot.__main__ import main
from bot.domain import PortalUrl
from bot.grammar import Command, parse
from bot.loading import load, settings_table
from bot.sandbox.demo import play

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

ROOT = Path(__file__).resolve().parent.parent
DOCUMENTS = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").glob("*.md"))]
OURS = [*DOCUMENTS, ROOT / ".env.example", ROOT / "Dockerfile", ROOT / "compose.yaml"]
README = (ROOT / "README.md").read_text("utf-8")
PORTALS = [PortalUrl("https://office.example.com")]

FENCE = re.compile(r"^ *```\w*\n(.*?)^ *```", re.MULTILINE | re.DOTALL)
SPAN = re.compile(r"`([^`\n]+)`")


def each(paths: Iterable[Path]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("path", paths, ids=lambda path: str(path.relative_to(ROOT)))


def code(text: str) -> Iterator[str]:
    """Yield what stands between backticks, and each line of blocks of code."""
    for block in FENCE.findall(text):
        yield from (line.partition("#")[0].strip() for line in block.splitlines())
    yield from SPAN.findall(FENCE.sub("", text))


def commands(group: click.Group, before: str = "") -> Iterator[tuple[str, click.Command]]:
    """Yield every command with the words that call it."""
    for name, command in group.commands.items():
        yield f"{before}{name}", command
        if isinstance(command, click.Group):
            yield from commands(command, f"{before}{name} ")


# Settings


def row(variable: str, meaning: str, default: str) -> str:
    shown = default if default in {"", "required"} else f"`{default}`"
    return f"| `{variable}` | {meaning} | {shown} |".replace("|  |", "| |")


def test_the_table_of_settings_is_the_one_of_the_code():
    table = [
        line
        for line in README.splitlines()
        if re.match(r"\| `(SLACK|ATTACHBOT|CREDENTIALS)_", line)
    ]

    assert table == [row(*setting) for setting in settings_table()]


@each(OURS)
def test_every_variable_that_is_named_is_a_setting(path: Path):
    named = set(re.findall(r"\b(?:SLACK|ATTACHBOT)_[A-Z_]*[A-Z]\b", path.read_text("utf-8")))

    assert named <= {setting.variable for setting in settings_table()}


def test_the_settings_of_the_image_and_of_compose_are_good():
    compose: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text("utf-8"))
    image = (ROOT / "Dockerfile").read_text("utf-8")
    environment = compose["services"]["attachbot"]["environment"]
    needed = {
        "SLACK_BOT_TOKEN": "xoxb-1",
        "SLACK_APP_TOKEN": "xapp-1",
        "ATTACHBOT_PORTAL_URL": PORTALS[0],
        "ATTACHBOT_SECRET_KEYS": "x",
    }

    settings = load({**needed, **environment}, dotenv=None)

    assert f"ATTACHBOT_DATABASE_URL={settings.database_url}" in image
    assert f":{settings.admin_port}/readyz" in image


# Commands and targets


@each(DOCUMENTS)
def test_every_make_target_that_is_named_exists(path: Path):
    targets = re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)

    named = {words.split()[1] for words in code(path.read_text("utf-8")) if is_of(words, "make")}

    assert named <= set(targets)


@each(DOCUMENTS)
def test_every_attachbot_command_that_is_named_exists(path: Path):
    known = dict(commands(main))

    for words in code(path.read_text("utf-8")):
        if not is_of(words, "attachbot"):
            continue
        typed = words.removeprefix("attachbot ")
        name = max((one for one in known if f"{typed} ".startswith(f"{one} ")), key=len, default="")
        options = {option for one in (known.get(name, main)).params for option in one.opts}
        assert name or typed.startswith("--"), words
        assert set(re.findall(r"--[a-z]+", typed)) <= options | {"--version", "--help"}, words


def is_of(words: str, program: str) -> bool:
    return words.startswith(f"{program} ") and len(words.split()) > 1


def test_the_readme_names_every_command():
    names = {name for name, command in commands(main) if not isinstance(command, click.Group)}

    unnamed = {name for name in names if not re.search(rf"\b(?:attachbot|make) {name}\b", README)}

    assert unnamed == set()


# Links


@each(DOCUMENTS)
def test_every_link_leads_somewhere(path: Path):
    text = path.read_text("utf-8")

    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if target.startswith("https://"):
            continue
        name, _, heading = target.partition("#")
        linked = path.parent / name if name else path
        assert linked.is_file(), target
        assert not heading or heading in anchors(linked.read_text("utf-8")), target


def anchors(text: str) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", FENCE.sub("", text), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading).lower().replace(" ", "-") for heading in headings}


@each(DOCUMENTS)
def test_every_file_that_is_named_exists(path: Path):
    named = re.findall(
        r"`((?:bot|handlers|storage|tests|docs|bench)/[\w/.]+|[.\w]+/[\w/]+\.\w+)`",
        path.read_text("utf-8"),
    )

    assert [name for name in named if not (ROOT / name).exists()] == []


@each(DOCUMENTS)
def test_every_module_that_is_named_exists(path: Path):
    named = re.findall(r"(?<![/\w.])(?:bot|handlers)(?:\.[a-z_]+)+\b", path.read_text("utf-8"))

    assert [name for name in named if not is_module(name) and not is_module(parent(name))] == []


def is_module(name: str) -> bool:
    path = ROOT.joinpath(*name.split("."))
    return "." in name and (path.is_dir() or path.with_suffix(".py").is_file())


def parent(name: str) -> str:
    return name.rpartition(".")[0]


# What people type


def examples() -> list[str]:
    spans = {words for words in code(README) if words.startswith("/attach")}
    typed = {line.partition("> ")[2] for line in README.splitlines() if "> /attach" in line}
    return sorted(spans | typed)


@pytest.mark.parametrize("example", examples())
def test_every_example_is_understood(example: str):
    command = parse(example.removeprefix("/attach").strip(), PORTALS)

    assert isinstance(command, Command)


@pytest.fixture
def _logging() -> Iterator[None]:
    """Give the logging back as it was; the demo turns it down."""
    logger = logging.getLogger()
    handlers, level, raising = logger.handlers[:], logger.level, logging.raiseExceptions
    yield
    logger.handlers[:] = handlers
    logger.setLevel(level)
    logging.raiseExceptions = raising
    structlog.reset_defaults()


@pytest.mark.usefixtures("_logging")
async def test_the_picture_in_the_readme_is_what_the_demo_shows():
    screen = io.StringIO()

    assert await play(interactive=False, console=Console(file=screen, width=80)) == 0

    answer = FENCE.findall(README)[0].partition("\n\n")[2]
    assert stable(answer) in stable(screen.getvalue())


def stable(picture: str) -> str:
    """Return a picture without what differs from one day to the next."""
    # The demo adds to the first line that a message was replaced; a single answer replaces none.
    lines = "\n".join(line.rstrip() for line in picture.strip().splitlines()[1:])
    return re.sub(r"today at \d\d:\d\d\. Receipt \w+\.", "today.", lines)
