"""Reading the settings: from the environment and a file, with every problem at once."""

from __future__ import annotations

import difflib
import os
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from pydantic import ValidationError
from pydantic_settings import DotEnvSettingsSource

from bot.errors import SettingsError
from bot.settings import PREFIX, Settings

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pydantic_core import ErrorDetails


class Row(NamedTuple):
    """One line of the settings table."""

    variable: str
    meaning: str
    default: str


def settings_table() -> tuple[Row, ...]:
    """Return every variable with its meaning and its default as they are documented."""
    return tuple(
        Row(
            field.alias or name,
            field.description or "",
            "required" if field.is_required() else _written(field.default),
        )
        for name, field in Settings.model_fields.items()
    )


def _written(default: object) -> str:
    if isinstance(default, bool):
        return "yes" if default else "no"
    return str(default) if isinstance(default, str | int) else ""


def load(env: Mapping[str, str] | None = None, dotenv: Path | None = Path(".env")) -> Settings:
    """Return the settings; the environment wins over the file `dotenv`, if there is one.

    Raises:
        SettingsError: with every problem at once, and without any value of a setting.

    """
    given = {**_from_file(dotenv), **(os.environ if env is None else env)}
    known = {row.variable for row in settings_table()}
    ours = {
        name: value.strip()
        for name, value in given.items()
        if (name in known or name.upper().startswith(PREFIX)) and value.strip()
    }
    try:
        return Settings.model_validate(ours)
    except ValidationError as error:
        problems = tuple(dict.fromkeys(_sentences(error)))
    # outside of the except clause: the cause would carry the values
    raise SettingsError(problems)


def _from_file(dotenv: Path | None) -> dict[str, str]:
    try:
        written = DotEnvSettingsSource(Settings, env_file=dotenv, case_sensitive=True).env_vars
    except (OSError, UnicodeDecodeError):
        written = None
    if written is None:  # outside of the except clause, for the same reason as in `load`
        raise SettingsError((f"The file {dotenv} cannot be read, or is not UTF-8 text.",))
    return {name: value for name, value in written.items() if value}


def _sentences(error: ValidationError) -> Iterator[str]:
    for details in error.errors(include_url=False, include_input=False):
        place = str(details["loc"][0])
        # a default that is refused is placed at its field, a value at its variable
        field = Settings.model_fields.get(place)
        yield f"{field.alias if field else place} {_refusal(details)}."


def _refusal(details: ErrorDetails) -> str:
    """Return what is wrong as the end of a sentence that begins with the variable."""
    match details["type"]:
        case "missing":
            return "is missing"
        case "extra_forbidden":
            return f"is not a setting{_nearest(str(details['loc'][0]))}"
        case "value_error":
            return str(details["ctx"]["error"])
        case "int_parsing" | "int_from_float" | "int_parsing_size":
            return "must be a whole number"
        case "bool_parsing":
            return "must be yes or no"
        case _:
            return details["msg"].replace("Input should", "must")


def _nearest(name: str) -> str:
    known = [row.variable for row in settings_table()]
    nearest = difflib.get_close_matches(name.upper(), known, n=1)
    return f"; did you mean {nearest[0]}" if nearest else ""
