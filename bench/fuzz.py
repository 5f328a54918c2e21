"""`make fuzz`: each target for a while, with inputs bred by what they reach in the code.

`python -m bench.fuzz vault --replay FILE` tries again what was found; it needs no atheris.
"""

from __future__ import annotations

import argparse
import dataclasses
import importlib
import importlib.util
import json
import re
import subprocess
import sys
import traceback
from pathlib import Path
from typing import TYPE_CHECKING

from bench.figures import table

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from contextlib import AbstractContextManager

    from bench.fuzz_target import Target

    Opened = Callable[[], AbstractContextManager[Target]]

TARGETS: Mapping[str, str] = {
    "grammar": "bench.fuzz_grammar",
    "gate": "bench.fuzz_gate",
    "vault": "bench.fuzz_vault",
    "names": "bench.fuzz_names",
}
FOLDER = Path(".fuzz")
"""Where inputs are kept from one run to the next, and what was found."""
_DONE = re.compile(r"^stat::(\w+): +(\d+)", re.MULTILINE)
_REACHED = re.compile(r"cov: (\d+) ft: \d+ corp: (\d+)/")


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """What came of one target. `reached` are places in the code, `kept` inputs that found them."""

    runs: int
    each_second: int
    reached: int
    kept: int
    found: Sequence[Path]
    said: str

    @property
    def wrong(self) -> bool:
        """Whether something was found, or nothing was tried."""
        return bool(self.found) or not self.runs


def fuzz(name: str, seconds: int, runs: int, folder: Path) -> Tried:
    """Try a target for so many seconds or runs, whichever end first; it stops at a finding."""
    place = folder / name
    found = place / "found"
    found.mkdir(parents=True, exist_ok=True)
    before = set(found.iterdir())
    limits = [f"-max_total_time={seconds}", f"-runs={runs or -1}"]
    done = subprocess.run(  # noqa: S603  (a module of ours, and numbers)
        [sys.executable, "-m", "bench.fuzz_engine", name, TARGETS[name], str(place), *limits],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        check=False,
    )
    (place / "log").write_text(done.stdout, "utf-8")
    return told(done.stdout, sorted(set(found.iterdir()) - before))


def told(said: str, found: Sequence[Path] = ()) -> Tried:
    """Return the figures that stand in what the engine said."""
    figures = {name: int(number) for name, number in _DONE.findall(said)}
    reached = _REACHED.findall(said)
    return Tried(
        runs=figures.get("number_of_executed_units", 0),
        each_second=figures.get("average_exec_per_sec", 0),
        reached=int(reached[-1][0]) if reached else 0,
        kept=int(reached[-1][1]) if reached else 0,
        found=found,
        said=said,
    )


def replay(opened: Opened, files: Sequence[Path]) -> Sequence[str]:
    """Try what was found again, and return a traceback for each input that still fails."""
    failures = []
    with opened() as target:
        for file in files:
            try:
                target.run(file.read_bytes())
            except Exception:  # noqa: BLE001  (whatever it is, it is what was found)
                failures.append(f"{file}\n{traceback.format_exc()}")
    return failures


def _campaign(names: Sequence[str], seconds: int, runs: int, folder: Path) -> int:
    if importlib.util.find_spec("atheris") is None:
        print("atheris is not installed; `make fuzz` installs it, on Linux")
        return 2
    rows, wrong, figures = [], [], {}
    for name in names:
        print(f"== {name}", flush=True)
        tried = fuzz(name, seconds, runs, folder)
        figures[name] = {"runs": tried.runs, "reached": tried.reached, "found": len(tried.found)}
        numbers = (tried.runs, tried.each_second, tried.reached, tried.kept, len(tried.found))
        rows.append((name, *(f"{number:,}" for number in numbers)))
        if tried.wrong:
            wrong.append(f"{name}: {[*map(str, tried.found)]}\n{tried.said[-3000:]}")
    heads = ("", "inputs", "a second", "places reached", "inputs kept", "found")
    print(table("inputs tried", heads, rows))
    print("\n".join([*wrong, json.dumps(figures)]))
    return 1 if wrong else 0


def main(argv: Sequence[str]) -> int:
    """Fuzz the targets that are named, or all; 1 when something was found."""
    parser = argparse.ArgumentParser(prog="python -m bench.fuzz", description=__doc__)
    parser.add_argument("targets", nargs="*", metavar="TARGET", help=", ".join(TARGETS))
    parser.add_argument("--seconds", type=int, default=60, help="for each target")
    parser.add_argument("--runs", type=int, default=0, help="inputs for each target at most")
    parser.add_argument("--folder", type=Path, default=FOLDER)
    parser.add_argument("--replay", type=Path, nargs="+", metavar="FILE")
    asked = parser.parse_args(argv)
    names = asked.targets or list(TARGETS)
    if unknown := set(names) - TARGETS.keys():
        parser.error(f"no target {unknown}; there is {', '.join(TARGETS)}")
    if not asked.replay:
        return _campaign(names, asked.seconds, asked.runs, asked.folder)
    opened = [importlib.import_module(TARGETS[name]).target for name in names]
    failures = [line for one in opened for line in replay(one, asked.replay)]
    print("\n".join(failures) or "nothing fails any more")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
