"""What the doctor says of this machine: database, disk, keys and ports."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.views.blocks import clean
from bot.views.checkup import Finding, Verdict

if TYPE_CHECKING:
    from collections.abc import Sequence


def database_not_yet() -> Finding:
    return Finding("database", Verdict.OK, "There is none yet; the first start makes it.")


def database_fine() -> Finding:
    return Finding("database", Verdict.OK, "It can be written and is up to date.")


def database_behind(steps: int) -> Finding:
    return Finding(
        "database",
        Verdict.OK,
        "It can be written; the next start brings it up to date.",
        fact=f"{steps} steps behind",
    )


def database_in_use() -> Finding:
    return Finding(
        "database",
        Verdict.OK,
        "A running attachbot uses it, so writing was not tried.",
        fact="in use",
    )


def database_too_new(step: str) -> Finding:
    return Finding(
        "database",
        Verdict.WRONG,
        f"A newer version of attachbot has written it (step {clean(step)}).",
        "Install that version again, or put back a backup from before it.",
        "too new",
    )


def database_unusable(detail: str) -> Finding:
    return Finding(
        "database",
        Verdict.WRONG,
        f"It cannot be used: {clean(detail)}.",
        "Check ATTACHBOT_DATABASE_URL, and that the file and its folder belong to the one who "
        "runs the bot.",
        "unusable",
    )


def disk(percent: float, verdict: Verdict) -> Finding:
    free = f"{percent:.0f} %" if percent >= 1 else "less than 1 %"
    says = f"{free} of the disk under the database is free."
    do = "" if verdict is Verdict.OK else "Make room: without any the bot takes no requests."
    return Finding("disk", verdict, says, do, free)


def disk_unknown() -> Finding:
    return Finding("disk", Verdict.UNKNOWN, "The folder of the database cannot be looked at.")


def keys_wrong(detail: str) -> Finding:
    return Finding(
        "keys",
        Verdict.WRONG,
        f"This is no key ring: {clean(detail)}.",
        "`attachbot keys new` prints a key. Keep every key that has sealed something.",
        "no ring",
    )


def keys_of_another_database() -> Finding:
    return Finding(
        "keys",
        Verdict.WRONG,
        "They do not open what is stored: the database was written with another key ring.",
        "Put the former keys into the ring again, behind the new one. If they are lost, move the "
        "database file away: everybody has to connect anew.",
        "another ring",
    )


def keys_missing(keys: Sequence[str]) -> Finding:
    return Finding(
        "keys",
        Verdict.WRONG,
        f"The ring lacks {', '.join(keys)}, which seals some of what is stored.",
        "Put the key into the ring again, behind the first one. `attachbot keys rotate` makes old "
        "keys needless.",
        "key missing",
    )


def keys_fine() -> Finding:
    return Finding("keys", Verdict.OK, "The key ring opens what is stored.")


def keys_unused() -> Finding:
    return Finding("keys", Verdict.OK, "The key ring can be used; nothing is sealed with it yet.")


def keys_untried() -> Finding:
    says = "The key ring can be used; whether it opens the database was not tried."
    return Finding("keys", Verdict.UNKNOWN, says)


def port_free(port: int) -> Finding:
    return Finding("port", Verdict.OK, f"Port {port} is free.", fact=str(port))


def port_of_attachbot(port: int) -> Finding:
    return Finding("port", Verdict.OK, f"attachbot listens at port {port}.", fact=f"{port} in use")


def port_taken(variable: str, port: int) -> Finding:
    return Finding(
        "port",
        Verdict.WRONG,
        f"Another program listens at port {port}.",
        f"Stop it, or choose another port in {variable}.",
        f"{port} taken",
    )


def port_refused(port: int, host: str, detail: str) -> Finding:
    return Finding(
        "port",
        Verdict.WRONG,
        f"The bot cannot listen at port {port} of {host}: {clean(detail)}.",
        "Choose an address of this machine in ATTACHBOT_HOST, and a port above 1023.",
        f"{port} refused",
    )
