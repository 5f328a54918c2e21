"""What holds for the project as a whole: names, sizes, layers, and registrations that fit."""

from __future__ import annotations

import ast
import inspect
import re
import tomllib
from importlib.metadata import packages_distributions, version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from slack_bolt.async_app import AsyncApp

import bot.errors
from bot.domain import Message
from bot.errors import BotError
from bot.surfaces import SURFACES
from bot.views.gallery import templates

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("bot", "handlers", "storage")
LONGEST_MODULE = 350
MANIFEST: dict[str, Any] = yaml.safe_load((ROOT / "manifest.yml").read_text("utf-8"))
PYPROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))


def modules(*folders: str) -> list[Path]:
    found = [path for folder in folders for path in sorted((ROOT / folder).rglob("*.py"))]
    assert found
    return found


def product() -> list[Path]:
    """Return every module of the wheel."""
    return modules(*PACKAGES)


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


def calls(path: Path) -> Iterator[str]:
    """Yield the plain names that a module calls."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            yield node.func.id


def imports(path: Path) -> Iterator[str]:
    """Yield every name that a module imports, with where it comes from."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


# Names and sizes


@pytest.mark.parametrize("name", PACKAGES)
def test_no_other_distribution_owns_our_import_names(name: str):
    assert set(packages_distributions().get(name, [])) <= {"attachbot"}


def test_a_module_is_short_enough_to_read():
    lines = {name_of(path): len(path.read_text("utf-8").splitlines()) for path in product()}

    assert {name: count for name, count in lines.items() if count > LONGEST_MODULE} == {}


def test_a_module_says_in_its_first_sentence_what_lives_there():
    texts = {name_of(path): path.read_text("utf-8") for path in product()}

    silent = {name for name, text in texts.items() if not ast.get_docstring(ast.parse(text))}

    assert {name for name in silent if texts[name].strip()} == set()


def test_only_the_command_line_and_the_sandbox_print():
    may = ("bot/__main__.py", "bot/sandbox/")

    printing = [name_of(path) for path in modules(*PACKAGES) if "print" in calls(path)]

    assert [name for name in printing if not name.startswith(may)] == []


def test_tests_stand_in_for_nothing_by_mock_or_patch():
    fakes = re.compile(r"(^|\.)(mock|mocker|Mock|MagicMock|AsyncMock|patch|MonkeyPatch)($|\.)")

    faking = {
        name_of(path): name
        for path in modules("tests")
        for name in imports(path)
        if fakes.search(name)
    }

    assert faking == {}


# Arrows


def test_every_part_has_its_place_in_the_layers():
    layers = PYPROJECT["tool"]["importlinter"]["contracts"][0]["layers"]
    placed = {part.strip() for layer in layers for part in re.split(r"[:|]", layer)}
    parts = {
        f"bot.{path.stem}"
        for path in (ROOT / "bot").iterdir()
        if not path.stem.startswith("__pycache__")
        and (path.suffix == ".py" or (path / "__init__.py").is_file())
        and path.stem not in {"__init__", "sandbox"}  # the sandbox has contracts of its own
    }

    assert parts | {"handlers", "storage"} <= placed


# Errors


def is_ours(leaf: type[BotError]) -> bool:
    return leaf.__module__.partition(".errors")[0] == "bot"


def test_every_error_is_drawn_in_the_tree():
    drawn = set(re.findall(r"\w+Error", bot.errors.__doc__ or ""))

    leaves = {leaf.__name__ for leaf in BotError.leaves() if is_ours(leaf)}

    assert leaves == drawn - {"BotError"}


def test_every_error_is_defined_beside_the_others():
    assert [leaf for leaf in BotError.leaves() if not is_ours(leaf)] == []
    assert [leaf for leaf in BotError.leaves() if getattr(bot.errors, leaf.__name__) != leaf] == []


# Versions


def test_the_changelog_begins_with_this_version():
    project = PYPROJECT["project"]["version"]
    versions = re.findall(
        r"^## \[?(\d[\w.]*)", (ROOT / "CHANGELOG.md").read_text("utf-8"), re.MULTILINE
    )

    assert versions[0] == project == version("attachbot")


# Slack


def elements(picture: object) -> Iterator[dict[str, Any]]:
    """Yield every part of a picture that has a name in deliveries."""
    if isinstance(picture, dict):
        if "action_id" in picture:
            yield picture
        picture = list(picture.values())
    if isinstance(picture, list | tuple):
        for part in picture:
            yield from elements(part)


class Registrations:
    """Takes what the surfaces register, as Bolt's app does, and notes for what."""

    def __init__(self) -> None:
        self.seen: dict[str, list[str | re.Pattern[str]]] = {}

    def __getattr__(self, kind: str) -> Any:
        def register(constraint: str | re.Pattern[str]) -> Any:
            self.seen.setdefault(kind, []).append(constraint)
            return lambda listener: listener

        return register


@pytest.fixture
def registered() -> dict[str, list[str | re.Pattern[str]]]:
    registrations = Registrations()
    for surface in SURFACES:
        surface.register(registrations, None)
    return registrations.seen


def test_the_stand_in_for_registering_takes_what_bolt_takes(
    registered: dict[str, list[str | re.Pattern[str]]],
):
    assert all(inspect.isfunction(getattr(AsyncApp, kind)) for kind in registered)


def test_every_command_of_the_manifest_has_a_listener(
    registered: dict[str, list[str | re.Pattern[str]]],
):
    commands = [command["command"] for command in MANIFEST["features"]["slash_commands"]]

    assert commands == registered["command"]


def test_every_shortcut_of_the_manifest_has_a_listener(
    registered: dict[str, list[str | re.Pattern[str]]],
):
    shortcuts = [shortcut["callback_id"] for shortcut in MANIFEST["features"]["shortcuts"]]

    assert shortcuts == registered["shortcut"]


def test_every_event_of_the_manifest_has_a_listener_of_its_own(
    registered: dict[str, list[str | re.Pattern[str]]],
):
    events = MANIFEST["settings"]["event_subscriptions"]["bot_events"]

    assert set(events) == {event for event in registered["event"] if isinstance(event, str)}


def test_every_event_that_may_come_is_answered(
    registered: dict[str, list[str | re.Pattern[str]]],
):
    patterns = [event for event in registered["event"] if isinstance(event, re.Pattern)]

    assert any(pattern.fullmatch("an_event_of_the_future") for pattern in patterns)


def test_every_button_of_every_picture_has_one_listener(
    registered: dict[str, list[str | re.Pattern[str]]],
):
    pictures = [said.blocks if isinstance(said, Message) else said for _, said in templates()]
    buttons = {
        element["action_id"]
        for picture in pictures
        for element in elements(picture)
        if element["type"] == "button"
    }

    takers = {
        button: [one for one in registered["action"] if is_for(one, button)] for button in buttons
    }

    assert buttons
    assert {button: found for button, found in takers.items() if len(found) != 1} == {}


def test_every_menu_and_form_of_every_picture_has_a_listener(
    registered: dict[str, list[str | re.Pattern[str]]],
):
    forms = [said for _, said in templates() if not isinstance(said, Message)]
    menus = {
        element["action_id"]
        for form in forms
        for element in elements(form)
        if element["type"] == "external_select"
    }

    assert {form["callback_id"] for form in forms if "submit" in form} == set(registered["view"])
    assert menus == set(registered["options"])


def is_for(constraint: str | re.Pattern[str], name: str) -> bool:
    if isinstance(constraint, str):
        return constraint == name
    return constraint.fullmatch(name) is not None
