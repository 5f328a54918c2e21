"""The lock files as data: what is pinned, by which hashes, and who asked for it."""

from __future__ import annotations

import dataclasses
import re
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

ROOT = Path(__file__).resolve().parent.parent
RUNTIME = ROOT / "requirements.lock"
"""What the product ships with."""
LOCKS = (RUNTIME, ROOT / "requirements-dev.lock", ROOT / "requirements-fuzz.lock")
PYPROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
PROJECT: dict[str, Any] = PYPROJECT["project"]
OURS = "attachbot"

_PIN = re.compile(r"(?P<name>[a-z0-9-]+)==(?P<version>[\w.+!]+)(?: ; [^\\]+)? \\")
_HASH = re.compile(r"    --hash=sha256:(?P<digest>[0-9a-f]{64})(?: \\)?")
_WHY = re.compile(r"    #(?: via|  )(?P<asker>(?: \S+)*)")


class UnpinnedError(ValueError):
    """A line of a lock file is neither a pin nor part of one."""


@dataclasses.dataclass(frozen=True, slots=True)
class Pin:
    """One package of a lock file. `via` are the packages that asked for it, or `OURS`."""

    name: str
    version: str
    hashes: tuple[str, ...] = ()
    via: tuple[str, ...] = ()

    @property
    def direct(self) -> bool:
        """Whether the project itself asks for it."""
        return OURS in self.via


def pins(text: str) -> Sequence[Pin]:
    """Return what a lock file pins.

    Raises:
        UnpinnedError: it says anything else, such as an address, an option or a range of versions.

    """
    return list(_pins(text))


def _pins(text: str) -> Iterator[Pin]:
    pin: Pin | None = None
    for line in text.splitlines():
        if begun := _PIN.fullmatch(line):
            if pin:
                yield pin
            pin = Pin(begun["name"], begun["version"])
        elif pin is None:
            raise UnpinnedError(line)
        else:
            pin = _more(pin, line)
    if pin:
        yield pin


def _more(pin: Pin, line: str) -> Pin:
    if hashed := _HASH.fullmatch(line):
        return dataclasses.replace(pin, hashes=(*pin.hashes, hashed["digest"]))
    if why := _WHY.fullmatch(line):
        asker = why["asker"].split()[:1]  # after ours stands the file that asks
        return dataclasses.replace(pin, via=(*pin.via, *asker))
    raise UnpinnedError(line)


def asked() -> dict[str, set[str]]:
    """Return the names of what pyproject.toml asks for: "dependencies", and each other group."""
    groups = {
        "dependencies": PROJECT["dependencies"],
        **PROJECT["optional-dependencies"],
        **PYPROJECT["dependency-groups"],
    }
    return {group: {_name(requirement) for requirement in groups[group]} for group in groups}


def _name(requirement: str) -> str:
    return re.split(r"[^\w-]", requirement, maxsplit=1)[0].lower().replace("_", "-")
