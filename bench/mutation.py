"""`make mutate`: small changes of the code that guards, each of which some test has to notice."""

from __future__ import annotations

import argparse
import dataclasses
import os
import re
import shutil
import subprocess
import sys
import time
import tomllib
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
ROOM = ROOT / ".mutation"
"""Each group has a folder here: a view of the project, and the changed copies of the code."""

BAR = 0.9
SOURCES = ("bot", "handlers", "storage")
COPIED = ("bench", "docs", "manifest.yml", "README.md", ".env.example", "Makefile")
NOTICED = frozenset({"killed", "timeout"})
REFUSED, UNTRIED = "caught by type check", "not checked"
TYPES = ("mypy", "--output=json", "--disable-error-code=unused-ignore")
_IDLE = re.compile(r"^(?:enable_error_code|warn_unreachable) = .*\n", re.MULTILINE)
"""Settings of mypy by which it would refuse what only seems idle; that is left to the tests."""

MOST_SHOWN = 100
"""Changes that are shown: each takes half a second; `mutmut browse` has them all."""
_CHANGED = re.compile(r"[-+](?![-+])")
_RESULT = re.compile(r"^ {4}(\S+): ([\w ]+)$", re.MULTILINE)


@dataclasses.dataclass(frozen=True, slots=True)
class Group:
    """Modules that are changed, and the quick tests that have to notice."""

    name: str
    modules: tuple[str, ...]
    tests: tuple[str, ...]
    left_out: tuple[str, ...] = ()
    """Tests that say the same more slowly."""

    def __str__(self) -> str:
        return self.name


@dataclasses.dataclass(frozen=True, slots=True)
class Score:
    """What became of the changes of one group; those that mypy refuses count for nothing."""

    group: Group
    results: dict[str, str]
    seconds: float

    @property
    def noticed(self) -> int:
        return sum(result in NOTICED for result in self.results.values())

    @property
    def tried(self) -> int:
        return sum(result != REFUSED for result in self.results.values())

    @property
    def share(self) -> float:
        return self.noticed / self.tried if self.tried else 0.0

    @property
    def unnoticed(self) -> list[str]:
        passed = NOTICED | {REFUSED}
        return sorted(name for name, result in self.results.items() if result not in passed)


def groups(pyproject: str) -> dict[str, Group]:
    """Read the groups from the text of pyproject.toml."""
    tables = tomllib.loads(pyproject)["tool"]["attachbot-mutation"]["groups"]
    return {
        name: Group(name, **{key: tuple(values) for key, values in table.items()})
        for name, table in tables.items()
    }


def configured(pyproject: str, group: Group) -> str:
    """Return the text of a pyproject.toml that has mutmut change the modules of one group."""
    settings = {
        "source_paths": SOURCES,
        "only_mutate": group.modules,
        "also_copy": COPIED,
        "pytest_add_cli_args_test_selection": group.tests,
        "pytest_add_cli_args": [
            "-pno:cacheprovider",
            "--hypothesis-profile=ci",  # the same inputs each time, and no deadline
            "-pno:unraisableexception",  # it collects the garbage of everything, five times a run
            *(f"--deselect={test}" for test in group.left_out),
        ],
        "type_check_command": [*TYPES, *group.modules],
    }
    table = "".join(f"{key} = {_toml(values)}\n" for key, values in settings.items())
    return _IDLE.sub("", pyproject).replace("[tool.mutmut]\n", f"[tool.mutmut]\n{table}", 1)


def _toml(values: Iterable[str]) -> str:
    return "[" + ", ".join(f"'{value}'" for value in values) + "]"


def prepare(group: Group, pyproject: str) -> Path:
    """Lay a fresh folder from which the project looks as always, but for the configuration."""
    room = ROOM / group.name
    shutil.rmtree(room, ignore_errors=True)
    room.mkdir(parents=True)
    for name in (*SOURCES, "tests", *COPIED):
        (room / name).symlink_to(ROOT / name)
    (room / "pyproject.toml").write_text(configured(pyproject, group), "utf-8")
    return room


def run(group: Group, room: Path, children: int, *, again: bool) -> Score:
    """Have every change tried, and return what became of each; `again`: those that stand out."""
    began = time.monotonic()
    names = Score(group, _results(room), 0).unnoticed if again else []
    _mutmut(room, "run", f"--max-children={children}", *names)
    if UNTRIED in _results(room).values():  # code that is new since then has no names before
        _mutmut(room, "run", f"--max-children={children}")
    return Score(group, _results(room), time.monotonic() - began)


def _results(room: Path) -> dict[str, str]:
    return dict(_RESULT.findall(_mutmut(room, "results", "--all=true")))


def _mutmut(room: Path, *args: str) -> str:
    done = subprocess.run(  # noqa: S603 - the tool of the lock file, with the names of our modules
        [str(BIN / "mutmut"), *args],
        cwd=room,
        env={**os.environ, "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"mutmut {args[0]} failed:\n{_last_words(done.stdout)}")
    return done.stdout


def _last_words(output: str) -> str:
    """Return the end of an output without its spinner."""
    lines = [line for line in output.replace("\r", "\n").split("\n") if line.strip()]
    return "\n".join(lines[-40:])


def report(score: Score, room: Path) -> None:
    """Say what went unnoticed, and how much did not."""
    for name in score.unnoticed[:MOST_SHOWN]:
        diff = _mutmut(room, "show", name)
        lines = [line for line in diff.splitlines() if _CHANGED.match(line)]
        print(f"{name} ({score.results[name]})", *lines, sep="\n", flush=True)
    kinds = ", ".join(f"{n} {kind}" for kind, n in Counter(score.results.values()).most_common())
    print(
        f"{score.group.name}: {score.noticed} of {score.tried} noticed, "
        f"{score.share:.1%} ({kinds}; {score.seconds:.0f} s)",
        flush=True,
    )


def main(argv: Sequence[str]) -> int:
    """Try the named groups, or all; 1 if one of them is under the bar."""
    pyproject = (ROOT / "pyproject.toml").read_text("utf-8")
    known = groups(pyproject)
    parser = argparse.ArgumentParser(prog="mutation", description=__doc__)
    parser.add_argument("groups", nargs="*", metavar="GROUP", help=", ".join(known))
    parser.add_argument("--children", type=int, default=2, help="changes tried at once")
    parser.add_argument("--again", action="store_true", help="only what went unnoticed before")
    options = parser.parse_args(argv)
    if unknown := set(options.groups) - known.keys():
        parser.error(f"no group {unknown}")
    scores = []
    for name in options.groups or known:
        group = known[name]
        room = ROOM / name if options.again else prepare(group, pyproject)
        scores.append(run(group, room, options.children, again=options.again))
        report(scores[-1], room)
    return int(any(score.share < BAR for score in scores))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
