"""Names of files as the portal keeps them, safe wherever they stand."""

from __future__ import annotations

import functools
import mimetypes
import re
import unicodedata

LONGEST_NAME = 170
"""UTF-16 units, the extension included (FILES/Helpers/Global.cs)."""

_FORBIDDEN = frozenset('*+:"<>?|')
_PATH = re.compile(r"[/\\]")
_INVISIBLE = frozenset({"Cf", "Cs"})
_ONE_UNIT = 0xFFFF


def clean_name(name: str) -> str:
    """Return the name under which the portal will store a file, or "" if nothing is left.

    What it would replace is replaced here in the same way, so that its answer is no surprise and
    the file is found again: forbidden characters, and each half of a surrogate pair, become `_`. Of
    a path only the last part stays. What is not seen goes, or is a space, so that no line ends and
    no extension hides.
    """
    text = unicodedata.normalize("NFC", "".join(map(_visible, name)))
    parts = [" ".join(part.split()).rstrip(". ") for part in _PATH.split(text)]
    last = next((part for part in reversed(parts) if part), "")
    stem, extension = _split("".join(map(_kept, last)))
    short = _short(stem, extension.lower())
    return short if short.strip("._ ") else ""


def extension_of(name: str) -> str:
    """Return the end of a name from its last dot on, in lower case, or ""."""
    return _split(name)[1].lower()


def with_extension(name: str, mimetype: str) -> str:
    """Return a clean name with the extension of its type, if it has none."""
    stem, extension = _split(name)
    return name if extension else _short(stem, _types().guess_extension(mimetype) or "")


def _visible(character: str) -> str:
    category = unicodedata.category(character)
    return " " if category == "Cc" else "" if category in _INVISIBLE else character


def _kept(character: str) -> str:
    if ord(character) > _ONE_UNIT:
        return "__"  # the portal counts in UTF-16 and replaces each half
    return "_" if character in _FORBIDDEN else character


def _split(name: str) -> tuple[str, str]:
    """Return stem and extension, the latter with its dot."""
    stem, dot, ending = name.rpartition(".")
    return (stem, f"{dot}{ending}") if stem and ending else (name, "")


def _short(stem: str, extension: str) -> str:
    room = max(LONGEST_NAME - len(extension), 1)
    return f"{stem[:room]}{extension}"[:LONGEST_NAME].rstrip()


@functools.cache
def _types() -> mimetypes.MimeTypes:
    """Return Python's own table, which is the same on every machine."""
    return mimetypes.MimeTypes()
