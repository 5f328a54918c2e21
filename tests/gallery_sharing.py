"""Every picture about shared files and linked channels, drawn for one title."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

from bot import errors
from bot.domain import Purpose, SharedFile
from bot.reply_to import ReplyTo
from bot.sharing import Habit, HabitKind, Link, Offer, Prompt
from bot.views import prompt as views
from bot.views.linking import linked, unlinked
from bot.views.status import Agreed, status
from tests.views_samples import ANA, CASE, DEAL, FIRM, MORNING, OFFICE, SECOND, account, done

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.domain import Message

LINK = Link(team="T1", channel="C1", portal=SECOND, ref=DEAL, by="U1", at=MORNING)


def prompt(title: str, **facts: Any) -> Prompt:
    """Return a prompt about one file of that name, on a record of that title."""
    base = Prompt(
        id="01234567890-AbCdEfGhIjKlMnOpQrStUv",
        user=ANA,
        channel="C1",
        message="1.0",
        created_at=MORNING,
        reply=ReplyTo(channel="C1"),
        files=(SharedFile(id="F1", name=title, size=1_258_291),),
        offers=(Offer(ref=CASE, portal=OFFICE, title=title),),
    )
    return dataclasses.replace(base, **facts)


def sharing_pictures(title: str) -> Iterator[tuple[str, Message]]:
    """Yield every picture by a name."""
    for name, asked in _prompts(title).items():
        yield f"prompt, {name}", views.picture(asked)
        yield f"prompt to connect, {name}", views.picture(asked, unconnected=True)
        yield f"skipped, {name}", views.skipped(asked)
    yield "asked no more", views.muted(everywhere=True)
    yield "asked no more here", views.muted(everywhere=False)
    yield "always", views.always(prompt(title))
    yield from ((f"asked again, {count}", views.asks_again(count)) for count in (0, 1, 3))
    yield "invitation", views.invitation()
    yield from _links(title)


def _prompts(title: str) -> dict[str, Prompt]:
    files = tuple(SharedFile(id=f"F{number}", name=title, size=10) for number in range(1, 13))
    reasons = tuple(
        error.failure()
        for error in (
            errors.SlackFileKindError("F1", title, "canvas"),
            errors.SlackFileEmptyError("F1", title),
            errors.SlackFileGoneError("F1"),
            errors.SlackFileAwayError("F1", title),
            errors.SlackFileHiddenError("F1", channel="C1"),
        )
    )
    offers = tuple(Offer(ref=ref, portal=OFFICE, title=title) for ref in (CASE, DEAL, FIRM))
    return {
        "one file": prompt(title),
        "no title": prompt(title, offers=(Offer(ref=CASE, portal=OFFICE, closed=True),)),
        "unknown size": prompt(title, files=(SharedFile(id="F1"),)),
        "crowded": prompt(title, crowded=True),
        "many": prompt(title, files=files, left_out=reasons * 3),
        "direct": prompt(title, channel="D1", offers=offers),
        "direct, many": prompt(title, channel="D1", files=files, left_out=reasons, offers=()),
        "none can go": prompt(title, channel="D1", files=(), left_out=reasons * 3),
        "the one cannot go": prompt(title, channel="D1", files=(), left_out=reasons[:1]),
    }


def _links(title: str) -> Iterator[tuple[str, Message]]:
    made = dataclasses.replace(done(title=title), purpose=Purpose.LINK, items=())
    yield "linked", linked(made)
    yield "linked on two portals", linked(made, several_portals=True)
    yield "unlinked", unlinked(LINK)
    yield "was not linked", unlinked(None)
    mute = Habit(user=ANA, channel="C1", kind=HabitKind.MUTE)
    always = Habit(user=ANA, channel="C1", kind=HabitKind.ALWAYS, portal=OFFICE, ref=CASE)
    everywhere = dataclasses.replace(mute, channel="")
    for number, habits in enumerate(((), (mute,) * 12, (everywhere, mute, *(always,) * 12))):
        agreed = Agreed(link=LINK, habits=habits, several_portals=True)
        yield f"status around {number}", status([account(name=title)], (), agreed=agreed)
