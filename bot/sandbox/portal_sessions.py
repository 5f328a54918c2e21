"""Keys and log-ins of the sandbox portal: who a key belongs to, and for how long."""

from __future__ import annotations

import dataclasses
import secrets
from datetime import timedelta
from typing import TYPE_CHECKING
from urllib.parse import unquote

if TYPE_CHECKING:
    from datetime import datetime

    from bot.domain import Clock
    from bot.sandbox.portal_model import Person

YEAR = timedelta(days=365)
TRIES = 5
WINDOW = timedelta(seconds=60)


@dataclasses.dataclass(eq=False, kw_only=True)
class Session:
    """One log-in; `id` is the login event that a person sees among the active connections."""

    id: int
    person: Person
    token: str = dataclasses.field(repr=False)
    since: datetime
    expires: datetime
    ip: str = "127.0.0.1"
    ended: bool = False


class Sessions:
    """Every key that was ever given out."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._by_token: dict[str, Session] = {}

    def start(self, person: Person, *, life: timedelta = YEAR) -> Session:
        """Give out a new key; it becomes the person's newest."""
        now = self._clock()
        session = Session(
            id=len(self._by_token) + 1001,
            person=person,
            token=secrets.token_urlsafe(120),
            since=now,
            expires=now + life,
        )
        self._by_token[session.token] = session
        person.token = session.token
        return session

    def find(self, token: str) -> Session | None:
        """Return the living session of a key; the key may come URL-encoded."""
        session = self._by_token.get(unquote(token.strip()).replace(" ", "+"))
        return session if session and self._alive(session) else None

    def of(self, person: Person) -> list[Session]:
        return [one for one in self._by_token.values() if one.person is person and self._alive(one)]

    def end(self, session: Session) -> None:
        session.ended = True

    def expire(self, person: Person) -> None:
        """Let every key of this person reach the end of its life now."""
        for session in self.of(person):
            session.expires = self._clock()

    def _alive(self, session: Session) -> bool:
        over = session.ended or session.person.disabled
        return not over and self._clock() < session.expires


class Lockout:
    """Counts tries to log in, by login and address: the sixth in a minute closes the door."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._tries: dict[tuple[str, str], list[datetime]] = {}
        self._closed: dict[tuple[str, str], datetime] = {}

    def try_(self, login: str, ip: str) -> bool:
        """Count one try and return whether it may go on."""
        now, who = self._clock(), (login.lower(), ip)
        if who in self._closed and now < self._closed[who]:
            return False
        recent = [at for at in self._tries.get(who, ()) if now - at < WINDOW]
        self._tries[who] = [*recent, now]
        if len(recent) < TRIES:
            return True
        self._closed[who] = now + WINDOW
        self._tries[who] = []
        return False

    def good(self, login: str, ip: str) -> None:
        """Take the last try off the count: it was right."""
        self._tries[login.lower(), ip].pop()
