"""Which secrets there are, where things go, and which secret may be where."""

from __future__ import annotations

from enum import StrEnum


class Place(StrEnum):
    """Where something that the bot said or wrote is found."""

    LOG = "log lines with tracebacks"
    OUTPUT = "standard output and error"
    PROCESSES = "output of processes"
    ERRORS = "errors as text"
    DATABASE = "databases"
    WAL = "write-ahead logs"
    BACKUP = "backups"
    AUDIT = "audit exports"
    FILES = "other files"
    METRICS = "metrics and health"
    SLACK = "what Slack is sent"
    PORTAL = "what portals are sent"
    PAGES = "what browsers are sent"
    # Where some secret has to be.
    SLACK_HEADER = "Authorization for Slack"
    SLACK_ADDRESS = "addresses at Slack"
    PORTAL_HEADER = "Authorization for portals"
    COOKIES = "cookies for browsers"
    NEW_KEY = "output of `keys new`"
    TOKEN = "output of `token`"


class Kind(StrEnum):
    """What is secret."""

    PORTAL_KEY = "portal key"
    TYPED_KEY = "key typed into a command"
    WRONG_KEY = "key that a form or the page refuses"
    BOT_TOKEN = "bot token"
    APP_TOKEN = "app-level token"
    SIGNING_SECRET = "signing secret"
    SECOND_SIGNING_SECRET = "second signing secret"
    MASTER_KEY = "newest key of the ring"
    FORMER_KEY = "former key of the ring"
    RESPONSE_URL = "response URL"
    SOCKET_TICKET = "ticket for a socket"
    LINK = "token of a link to the page"
    COOKIE = "cookie of the page"
    PROOF = "hidden field of the page"
    FILE = "content of a file in Slack"
    TEXT = "text that is to become a file"
    HELD = "anything else that the bot holds as secret"


MAY_BE: dict[Kind, frozenset[Place]] = {
    Kind.PORTAL_KEY: frozenset({Place.PORTAL_HEADER, Place.TOKEN}),
    Kind.TYPED_KEY: frozenset(),
    Kind.WRONG_KEY: frozenset({Place.PORTAL_HEADER}),
    Kind.BOT_TOKEN: frozenset({Place.SLACK_HEADER}),
    Kind.APP_TOKEN: frozenset({Place.SLACK_HEADER}),
    Kind.SIGNING_SECRET: frozenset(),
    Kind.SECOND_SIGNING_SECRET: frozenset(),
    Kind.MASTER_KEY: frozenset({Place.NEW_KEY}),
    Kind.FORMER_KEY: frozenset({Place.NEW_KEY}),
    Kind.RESPONSE_URL: frozenset({Place.SLACK_ADDRESS}),
    Kind.SOCKET_TICKET: frozenset({Place.SLACK_ADDRESS}),
    Kind.LINK: frozenset({Place.SLACK}),
    Kind.COOKIE: frozenset({Place.COOKIES}),
    Kind.PROOF: frozenset({Place.PAGES}),
    Kind.FILE: frozenset({Place.PORTAL}),
    Kind.TEXT: frozenset({Place.PORTAL, Place.SLACK}),
    Kind.HELD: frozenset(
        {
            Place.PORTAL,
            Place.SLACK,
            Place.PORTAL_HEADER,
            Place.SLACK_HEADER,
            Place.NEW_KEY,
            Place.TOKEN,
        }
    ),
}
"""The places where a secret of each kind does its work; anywhere else it is a leak."""

SEARCHED = (
    Place.LOG,
    Place.OUTPUT,
    Place.PROCESSES,
    Place.ERRORS,
    Place.DATABASE,
    Place.WAL,
    Place.BACKUP,
    Place.AUDIT,
    Place.FILES,
    Place.METRICS,
    Place.SLACK,
    Place.PORTAL,
    Place.PAGES,
)
"""The places that a run of the whole suite must have searched."""
