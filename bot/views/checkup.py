"""What the doctor says of each thing it looks at, and how the list is drawn."""

from __future__ import annotations

import dataclasses
from enum import StrEnum
from typing import TYPE_CHECKING

from bot.views.blocks import clean, names

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

REINSTALL = (
    "Paste what `attachbot manifest` prints into the manifest of your app, then reinstall the app."
)
_COPY_AGAIN = (
    'Copy SLACK_BOT_TOKEN again from "OAuth & Permissions" of your app. It begins with xoxb-.'
)
_MAKE_AGAIN = (
    'Make an app-level token with the scope connections:write under "Basic Information" of your '
    "app, put it into SLACK_APP_TOKEN, and turn Socket Mode on."
)
_NETWORK = "Check the network of this machine, and SLACK_API_URL if it is set."
_MOST_NAMED = 5


class Verdict(StrEnum):
    """What came of one look; only `wrong` keeps the bot from working."""

    OK = "ok"
    WARNING = "warning"
    WRONG = "wrong"
    UNKNOWN = "not checked"


@dataclasses.dataclass(frozen=True, slots=True)
class Finding:
    """What one look showed: `says` for the operator, `do` what to do next.

    `fact` is the same for support: it names no person, no file and no secret.
    """

    check: str
    verdict: Verdict
    says: str
    do: str = ""
    fact: str = ""


# Any check


def too_slow(check: str, seconds: float) -> Finding:
    return Finding(
        check,
        Verdict.WRONG,
        f"There was no result within {seconds:g} seconds.",
        "Check the network and the load of this machine, then run the doctor again.",
        "too slow",
    )


def broke(check: str, error: BaseException) -> Finding:
    kind = type(error).__name__
    return Finding(
        check,
        Verdict.WRONG,
        f"The check itself failed ({kind}).",
        "This is a fault of attachbot: report it with the lines for support below.",
        kind,
    )


# Settings and clock


def setting_problem(problem: str) -> Finding:
    """Return one wrong setting; the sentence names the variable and never its value."""
    return Finding(
        "settings", Verdict.WRONG, problem, "README and .env.example say what it means.", problem
    )


def settings_fine(mode: str) -> Finding:
    way = "Socket Mode" if mode == "socket" else "HTTP mode"
    return Finding("settings", Verdict.OK, f"They can be used, in {way}.")


def two_signing_secrets() -> Finding:
    return Finding(
        "signing secret",
        Verdict.WARNING,
        "Two are good, so whoever knows the old one can still speak as Slack.",
        "Once Slack signs with the new one, leave the old one out of SLACK_SIGNING_SECRET.",
        "two",
    )


def clock(off: int, verdict: Verdict) -> Finding:
    """Return how far the clock is from Slack's; `off` is positive when it is ahead."""
    if verdict is Verdict.OK:
        return Finding("clock", verdict, "It agrees with Slack's.", fact=f"{off:+d} s")
    says = f"It is {abs(off)} seconds {'ahead of' if off > 0 else 'behind'} Slack's."
    do = "Turn on time synchronisation, for example with `timedatectl set-ntp true`."
    if verdict is Verdict.WRONG:
        says += " Slack's requests look too old or too new and are refused."
    return Finding("clock", verdict, says, do, f"{off:+d} s")


def clock_unknown() -> Finding:
    return Finding("clock", Verdict.UNKNOWN, "Slack named no time to compare with.")


# Slack


def slack_fine(bot: str, team: str, team_id: str) -> Finding:
    who = f"It knows the bot as {clean(bot)} in {clean(team)} ({clean(team_id)})."
    return Finding("Slack", Verdict.OK, who, fact=clean(team_id))


def slack_refused(code: str) -> Finding:
    do = {
        "connection": _NETWORK,
        "not_json": _NETWORK,
        "ratelimited": "Run the doctor again in a minute.",
    }
    return Finding("Slack", Verdict.WRONG, _refusal(code), do.get(code, _COPY_AGAIN), code)


def scopes_fine(granted: Iterable[str]) -> Finding:
    return Finding("Slack scopes", Verdict.OK, f"The bot holds {_listed(granted)}.")


def scopes_missing(missing: Iterable[str]) -> Finding:
    lacks = _listed(missing)
    return Finding(
        "Slack scopes", Verdict.WRONG, f"The bot lacks {lacks}.", REINSTALL, f"without {lacks}"
    )


def scopes_to_spare(spare: Iterable[str]) -> Finding:
    more = _listed(spare)
    return Finding(
        "Slack scopes",
        Verdict.WARNING,
        f"The bot holds more than it needs: {more}.",
        f"Nothing breaks. To hold less: {REINSTALL[0].lower()}{REINSTALL[1:]}",
        f"also {more}",
    )


def scopes_unknown() -> Finding:
    return Finding("Slack scopes", Verdict.UNKNOWN, "Slack did not name the scopes of the token.")


def app_token_fine() -> Finding:
    return Finding("app token", Verdict.OK, "Slack lets the bot open Socket Mode connections.")


def app_token_refused(code: str) -> Finding:
    away = {"connection", "not_json", "ratelimited"}
    do = _NETWORK if code in away else _MAKE_AGAIN
    return Finding("app token", Verdict.WRONG, _refusal(code), do, code)


def way_in_unknown() -> Finding:
    return Finding(
        "Slack's way in",
        Verdict.UNKNOWN,
        "Whether Slack reaches the bot, and signs as expected, shows only from outside.",
        "Save the Request URL in the settings of your app: Slack tries it at once.",
    )


def pictures_fine(count: int) -> Finding:
    return Finding("messages", Verdict.OK, f"Slack accepts all {count} samples.")


def pictures_refused(refused: Sequence[str]) -> Finding:
    listed = names(list(refused), _MOST_NAMED)
    return Finding(
        "messages",
        Verdict.WRONG,
        f"Slack does not accept these samples: {listed}.",
        "This is a fault of attachbot: report it with the lines for support below.",
        listed,
    )


def pictures_unknown(code: str) -> Finding:
    says = "Slack does not offer to check them." if code == "unknown_method" else _refusal(code)
    return Finding("messages", Verdict.UNKNOWN, says, fact=code)


def _refusal(code: str) -> str:
    match code:
        case "connection":
            return "Slack does not answer."
        case "not_json":
            return "What answers there is not Slack."
        case "ratelimited":
            return "Slack asks to wait."
    return f"Slack refuses: {code}."


def _listed(words: Iterable[str]) -> str:
    return ", ".join(sorted(clean(word) for word in words))
