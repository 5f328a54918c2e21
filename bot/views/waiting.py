"""What is said while a request waits, runs, has trouble, or has ended without a result."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from bot.domain import ItemState, Purpose, SharedFile
from bot.views import blocks, buttons, words
from bot.views.notes import Note

if TYPE_CHECKING:
    from bot.domain import Filing, Message, Underway

_HOUR = 60
_BROUGHT = frozenset({ItemState.COPIED, ItemState.ATTACHED, ItemState.PRESENT, ItemState.READY})
_DOES = {
    Purpose.ATTACH: "attach files",
    Purpose.LIST: "list files",
    Purpose.UNDO: "remove files",
    Purpose.LINK: "look at records",
}


def slowed(filing: Filing) -> Message:
    """Say that a request of many begins later."""
    seconds = max(1, math.ceil((filing.wake_at - filing.accepted_at).total_seconds()))
    return Note(
        headline="You sent many requests",
        body=(
            f"I go on in {blocks.plural(seconds, 'second')}; you need not repeat them. This one is "
            "stored, and changed nothing in CRM so far."
        ),
        small=f"Receipt {filing.receipt}",
    ).message()


def connect_first(filing: Filing) -> Message:
    """Ask a person who has no account to connect one; the request goes on after that."""
    does = _DOES[filing.purpose]
    wish = words.wish(filing)
    return Note(
        headline="Connect your CRM account first",
        body=f"I {does} as you, with your own CRM rights. It takes about a minute.",
        lines=(f"Saved{_kept(filing)}: {wish}. It runs as soon as you connect.",),
        buttons=(buttons.connect(filing.id), buttons.about(), *buttons.cancel(filing)),
        also=(f"Your request to {wish} is saved{_kept(filing)} and runs as soon as you connect.",),
    ).message()


def _kept(filing: Filing) -> str:
    """Return how long the filing is kept; a short time is told in the moment it begins."""
    if filing.expires_at is None:
        return ""
    minutes = round((filing.expires_at - filing.accepted_at).total_seconds() / 60)
    if minutes > _HOUR or filing.trouble_since:
        return words.until(filing)
    return f" for {blocks.plural(minutes, 'minute')}"


def key_expired(filing: Filing) -> Message:
    """Ask for a new key; the request goes on after that."""
    return Note(
        headline="Your CRM key has expired",
        body=f"{_so_far(filing)} Paste a new key and I finish this request: {words.wish(filing)}.",
        buttons=(buttons.new_key(filing.id), buttons.howto(), *buttons.cancel(filing)),
        small=f"{words.host(filing.portal)} does not accept the key. {words.kept(filing)}",
    ).message()


def _so_far(filing: Filing) -> str:
    effect = words.effect(filing)
    return "Nothing was changed in CRM." if effect == "Nothing was attached." else effect


def cancelled(filing: Filing) -> Message:
    """Confirm that a request was given up, or stopped before anything had come."""
    stopped = any(item.state is ItemState.STOPPED for item in filing.items)
    return Note(
        headline="Request stopped" if stopped else "Request cancelled",
        body=f"{words.effect(filing)} The request was to {words.wish(filing)}.",
        buttons=(buttons.again(filing, "Try again"),) if stopped else (),
        small=f"Receipt {filing.receipt}.",
    ).message()


def lapsed(filing: Filing) -> Message:
    """Say that a waiting request has ended, since nobody answered."""
    return Note(
        headline="This request has ended, because it waited for an answer too long",
        body=(
            f"{words.effect(filing)} The request was to {words.wish(filing)}. "
            "You can still take it up again."
        ),
        buttons=(buttons.again(filing, "Try again"),),
        small=f"Receipt {filing.receipt}.",
    ).message()


def progress(filing: Filing, underway: Underway | None = None) -> Message:
    """Say what is going on, until the result replaces this; `underway` is how far bytes are."""
    told = [_done(filing), f"Working on {_far(underway)}." if underway else ""]
    return Note(
        headline=_doing(filing),
        body=" ".join(filter(None, (*told, "You need not wait: I tell you the result."))),
        buttons=buttons.stop(filing),
    ).message()


def _done(filing: Filing) -> str:
    """Return how many of several files lie in the portal, if some had to be brought there."""
    there = sum(item.state in _BROUGHT for item in filing.items)
    ours = any(isinstance(item.source, SharedFile) for item in filing.items)
    return f"{there} of {len(filing.items)} done." if ours and len(filing.items) > 1 else ""


def _far(underway: Underway) -> str:
    name = blocks.escape(underway.name, blocks.SHORT) or "a file"
    if not underway.size:
        return name
    return f"{name} ({blocks.size(underway.done)} of {blocks.size(underway.size)})"


def _doing(filing: Filing) -> str:
    where = words.short_record_of(filing)
    if filing.purpose is Purpose.LIST:
        return f"Reading the files of {where}"
    if filing.undo is not None:
        return f"Undoing receipt {filing.undo.receipt} on {where}"
    if filing.purpose is Purpose.LINK:
        return f"Looking at {where}, to link this channel to it"
    return f"Attaching {blocks.plural(len(filing.items), 'file')} to {where}"


def trouble(filing: Filing) -> Message:
    """Say that the portal does not answer, and what happens next."""
    if filing.uncertain:
        return _unknown(filing)
    return Note(
        headline=f"{words.host(filing.portal)} does not answer",
        body=(
            f"I keep your request and try again{words.until(filing)}, then I tell you. "
            f"{words.effect_so_far(filing)}"
        ),
        buttons=(buttons.again(filing), *buttons.cancel(filing)),
        small=f"Receipt {filing.receipt}.",
        also=(f"Request: {words.wish(filing, by_name=True)}.",),
    ).message()


def _unknown(filing: Filing) -> Message:
    where = words.short_record_of(filing)
    return Note(
        headline="The portal stopped answering while I attached the files",
        body=f"I am checking {where} now; I will not send them twice.",
        buttons=(buttons.again(filing, "Check now"),),
        small=f"Receipt {filing.receipt}.",
        also=(f"Request: {words.wish(filing, by_name=True)}.",),
    ).message()
