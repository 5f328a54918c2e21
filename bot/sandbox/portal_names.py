"""How the portal spells: file titles, sizes, dates and names of people."""

from __future__ import annotations

import html
from datetime import UTC, datetime, timedelta, timezone

LONGEST_TITLE = 170
FORBIDDEN = frozenset('\t*+:"<>?|\\/')
LAST_OF_ONE_UNIT = 0xFFFF
HALVES = range(0xD800, 0xE000)
UNITS = ("bytes", "KB", "MB", "GB", "TB")
KILO = 1024
LATIN_1 = range(0xA0, 0x100)
NO_DATE = "0001-01-01T00:00:00.0000000Z"
MINUTE = 60


def clean_title(name: str) -> str:
    """Return the title under which the portal stores a file of this name."""
    stem, extension = split(name.strip())
    title = "".join(map(_clean, stem)) + "".join(map(_clean, extension)).lower()
    if len(title) <= LONGEST_TITLE:
        return title
    stem, extension = split(title)
    return stem[: LONGEST_TITLE - len(extension)] + extension


def split(title: str) -> tuple[str, str]:
    """Return stem and extension; the extension has its dot."""
    stem, dot, ending = title.rpartition(".")
    return (stem, dot + ending) if stem and ending else (title, "")


def _clean(char: str) -> str:
    if ord(char) > LAST_OF_ONE_UNIT:
        return "__"  # one for each half of the surrogate pair
    return "_" if char in FORBIDDEN or ord(char) in HALVES else char


def human_size(size: int) -> str:
    """Return a size as the portal prints it: `12.06 KB`, `100 MB`."""
    amount, unit = float(size), 0
    while amount >= KILO and unit < len(UNITS) - 1:
        amount, unit = amount / KILO, unit + 1
    return f"{amount:.2f}".rstrip("0").rstrip(".") + f" {UNITS[unit]}"


def html_name(name: str) -> str:
    """Return the name of a person as the portal encodes it, Latin letters with accents too."""
    escaped = html.escape(name, quote=False).replace('"', "&quot;").replace("'", "&#39;")
    return "".join(f"&#{ord(char)};" if ord(char) in LATIN_1 else char for char in escaped)


def date(moment: datetime, offset: timedelta, *, exact: bool = False) -> str:
    """Return a moment in the portal's zone; only create answers are `exact` below the second."""
    local = moment.astimezone(timezone(offset))
    fraction = f"{local.microsecond if exact else 0:06d}0"
    return f"{local:%Y-%m-%dT%H:%M:%S}.{fraction}{_zone(offset)}"


def _zone(offset: timedelta) -> str:
    if not offset:
        return "Z"
    hours, minutes = divmod(abs(int(offset.total_seconds())) // MINUTE, MINUTE)
    return f"{'-' if offset < timedelta() else '+'}{hours:02d}:{minutes:02d}"


def moment(text: str, offset: timedelta) -> datetime:
    """Return the moment that a caller wrote; without an offset it is the portal's own time.

    Raises:
        ValueError: this is no date.

    """
    found = datetime.fromisoformat(text)
    local = found if found.tzinfo else found.replace(tzinfo=timezone(offset))
    return local.astimezone(UTC)
