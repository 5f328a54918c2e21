"""`python -m tests.licences`: writes docs/licences.md from the lock file and what is installed."""

from __future__ import annotations

import hashlib
import re
import sys
from importlib.metadata import PackageNotFoundError, distribution
from typing import TYPE_CHECKING, Final

from license_expression import (  # type: ignore[import-untyped]  # it comes without types
    ExpressionError,
    get_spdx_licensing,
)

from tests.locks import OURS, ROOT, RUNTIME, pins

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from importlib.metadata import Distribution

    from tests.locks import Pin

PAGE: Final = ROOT / "docs" / "licences.md"

ALLOWED: Final = frozenset(
    {"Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "MIT", "MIT-0", "PSF-2.0"}
)
"""Licences that ask for no more than their own text and the names of the authors."""

EXCEPTIONS: Final[Mapping[str, tuple[str, str]]] = {
    "certifi": (
        "MPL-2.0",
        "asks for the source of its own files only, which are text and go along unchanged",
    ),
}
"""Packages that may have one more licence, and why."""

READ: Final[Mapping[str, tuple[str, str]]] = {
    "click-default-group": (
        "BSD-3-Clause",
        "ec684181160e02c9e25c09dbfb32cc8278bb6bb3e84d7d9570a059ca55e4c118",
    ),
    "httpx-aiohttp": (
        "BSD-3-Clause",
        "154759c1e9eb58e42643ee43ec59d556def4d1d702d911a484c469e02f85dd5d",
    ),
}
"""Licences that only the text tells, and the SHA-256 of the text that somebody has read."""

_SPELLINGS: Final[Mapping[str, str]] = {
    "Apache 2.0": "Apache-2.0",
    "Apache License, Version 2.0": "Apache-2.0",
    "License :: OSI Approved :: MIT License": "MIT",
}
"""Older ways to say it that leave no doubt."""

_SPDX: Final = get_spdx_licensing()

_HEAD: Final = f"""\
# Licences

What attachbot ships with: the packages of requirements.lock, under which licence each is, and why
it is there. `make licences` writes this page; a test compares it with the lock file and with what
is installed, and fails at a licence that is not allowed or not known.

Allowed are {", ".join(sorted(ALLOWED))}.
They ask for their own text and the names of the authors.

| package | licence | why it is there |
| --- | --- | --- |
"""


class LicenceError(Exception):
    """A licence is unknown, or may not be shipped; the message says which."""


def licence_of(found: Distribution) -> str:
    """Return the licence of an installed package as an SPDX expression.

    Raises:
        LicenceError: it does not say, or not in words that leave no doubt.

    """
    name = found.name
    if name in READ:
        licence, digest = READ[name]
        if hashlib.sha256(_text(found)).hexdigest() != digest:
            raise LicenceError(f"{name}: the text of its licence is not the one that was read")
        return licence
    meta = found.metadata
    named = [meta[field] for field in ("License-Expression", "License") if field in meta]
    for words in (*named, *_classified(found)):
        try:
            return str(_SPDX.parse(_SPELLINGS.get(words, words), validate=True))
        except ExpressionError:
            continue
    raise LicenceError(f"{name}: nobody knows what its licence is: read it, and add it to READ")


def _text(found: Distribution) -> bytes:
    files = [file for file in found.files or () if file.name == "LICENSE"]
    return files[0].read_binary() if len(files) == 1 else b""


def _classified(found: Distribution) -> Sequence[str]:
    """Return what the classifiers say, if it is one thing."""
    classes = found.metadata.get_all("Classifier") or []
    licences = [line for line in classes if line.startswith("License ::")]
    return licences if len(licences) == 1 else ()


def check(name: str, licence: str) -> None:
    """See that a package may be shipped.

    Raises:
        LicenceError: its licence is not one of those that are allowed.

    """
    excepted = {EXCEPTIONS[name][0]} if name in EXCEPTIONS else set()
    if not _allowed(_SPDX.parse(licence), ALLOWED | excepted):
        raise LicenceError(f"{name}: {licence} is not among the licences that are allowed")


def _allowed(expression: object, licences: frozenset[str]) -> bool:
    """Tell whether a choice of OR leaves only such licences."""
    if isinstance(expression, _SPDX.OR):
        return any(_allowed(part, licences) for part in expression.args)
    if isinstance(expression, _SPDX.AND):
        return all(_allowed(part, licences) for part in expression.args)
    return str(expression) in licences  # a licence WITH an exception is none of them


def shipped() -> Sequence[tuple[Pin, str]]:
    """Return what the product ships with, and under which licences.

    Raises:
        LicenceError: a licence is unknown, or may not be shipped.

    """
    found = []
    for pin in pins(RUNTIME.read_text("utf-8")):
        licence = licence_of(_installed(pin))
        check(pin.name, licence)
        found.append((pin, licence))
    return found


def _installed(pin: Pin) -> Distribution:
    try:
        found = distribution(pin.name)
    except PackageNotFoundError as error:
        raise LicenceError(f"{pin.name} is in the lock file and not installed") from error
    if found.version != pin.version:
        raise LicenceError(f"{pin.name}: {found.version} is installed, not {pin.version}")
    return found


def reasons() -> Mapping[str, str]:
    """Return what each package is for that the project asks for, as docs/decisions.md tells it."""
    text = (ROOT / "docs" / "decisions.md").read_text("utf-8")
    table = text.partition("## What each dependency is for")[2]
    rows = re.findall(r"^\| ([^|]+) \| ([^|]+) \| [^|]+ \|$", table, re.MULTILINE)[2:]
    return {name: why for names, why in rows for name in names.split(", ")}


def page() -> str:
    """Return the page about licences.

    Raises:
        LicenceError: a licence is unknown, or may not be shipped.

    """
    why = reasons()
    rows = [f"| {pin.name} | {licence} | {_reason(pin, why)} |" for pin, licence in shipped()]
    more = [f"{name}: {licence} {because}." for name, (licence, because) in EXCEPTIONS.items()]
    return "\n".join([f"{_HEAD}{rows[0]}", *rows[1:], "", *more, ""])


def _reason(pin: Pin, why: Mapping[str, str]) -> str:
    asked = "needed by " + ", ".join(name for name in pin.via if name != OURS)
    return why[pin.name] if pin.direct else asked


def main() -> int:
    try:
        PAGE.write_text(page(), "utf-8")
    except LicenceError as error:
        sys.stderr.write(f"licences: {error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
