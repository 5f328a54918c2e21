"""One target under atheris, in a process of its own: it never comes back.

`python -m bench.fuzz_engine NAME MODULE FOLDER OPTION...`; the options are libFuzzer's.
"""

from __future__ import annotations

import hashlib
import importlib
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bench.fuzz_target import Target

GUIDES = ["bot", "storage", "slack_bolt.request"]
"""Packages in which it counts what an input reaches."""
SLOWEST = 20
"""Seconds after which an input counts as hanging."""
MOST_MEMORY = 1500


def prepared(target: Target, place: Path) -> list[str]:
    """Write seeds and words, and return the options that name them."""
    seeds, bred = place / "seeds", place / "bred"
    for folder in (seeds, bred):
        folder.mkdir(parents=True, exist_ok=True)
    for seed in target.seeds:
        (seeds / hashlib.sha256(seed).hexdigest()[:16]).write_bytes(seed)
    words = place / "words"
    words.write_text("".join(f'"{_escaped(word)}"\n' for word in target.words), "ascii")
    return [
        f"-dict={words}",
        f"-max_len={target.longest}",
        f"-timeout={SLOWEST}",
        f"-rss_limit_mb={MOST_MEMORY}",
        f"-artifact_prefix={place / 'found'}/",
        "-print_final_stats=1",
        str(bred),
        str(seeds),
    ]


def _escaped(word: bytes) -> str:
    return "".join(f"\\x{byte:02x}" for byte in word)


def main(argv: Sequence[str]) -> None:
    """Fuzz until a limit, or a finding, ends the process."""
    name, module, folder, *options = argv
    atheris = importlib.import_module("atheris")  # an own lock file has it
    with atheris.instrument_imports(include=GUIDES):
        tried = importlib.import_module(module)
    with tried.target() as target:
        atheris.Setup([name, *options, *prepared(target, Path(folder))], target.run)
        atheris.Fuzz()


if __name__ == "__main__":
    main(sys.argv[1:])
