"""Everything that can go wrong, as one tree; each leaf is something a person can act on.

BotError
├── TypingError                 the words typed
│   ├── UnknownWordError        no verb and no record type
│   ├── UnsupportedTypeError    a CRM type that takes no files
│   ├── BadRecordError          not a record number, name or link
│   ├── BadFilesError           some file numbers are not numbers
│   ├── TooManyFilesError
│   ├── ForeignLinkError        a link to a portal that is not allowed
│   ├── MixedPortalsError       links of two portals in one command
│   ├── KeyInCommandError       looks like a key, which does not belong here
│   ├── NoLastRecordError       `last`, and nothing was attached before
│   ├── NoLinkedRecordError     `here`, and no record is linked
│   ├── SlackFileError          a file that lies in Slack
│   └── NotAVerbYetError        a word kept for later
├── AccountError                who acts
│   ├── NotConnectedError
│   ├── KeyRefusedError         the portal never accepted this key
│   ├── KeyExpiredError         it did, and does no longer
│   ├── NoPortalError           not a portal that the bot serves
│   ├── GuestError              guests have no CRM
│   ├── CrmClosedError          CRM is closed for this account
│   └── DocumentsClosedError    Documents is closed, so files cannot be looked at
├── RecordError                 the record
│   ├── EntityNotFoundError     missing, or hidden from this person
│   ├── NoMatchError            no record has these words
│   └── MayNotAttachError
├── FilesError                  the files
│   ├── NoFilesLeftError        none of the files can be attached
│   ├── InvalidFolderError      the portal refused a file's folder after all
│   └── StorageFullError
├── PortalError                 the portal
│   ├── PortalUnpaidError
│   ├── PortalClosedError       suspended, removed, or not here
│   ├── PortalRefusedError      a refusal that nothing else explains
│   ├── PortalAwayError         not now; the call did certainly nothing
│   └── OutcomeUnknownError     the answer was lost; the call may have worked
├── SlackError                  Slack did not take a message
├── FilingError                 the request
│   ├── NotYoursError           a button of somebody else's request
│   ├── GoneError               answered, ended or expired before
│   └── StaleFilingError        somebody else saved it in between
├── StoreError                  the database cannot be read or written
│   └── AlreadyRunningError     another process owns the database file
├── UnexpectedError             a bug; its reference leads to the log
├── SecretError                 the key ring does not open this
└── SettingsError               settings are wrong or missing
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, TypeVar, dataclass_transform

from bot.domain import EntityRef, EntityType, Failure

if TYPE_CHECKING:
    from collections.abc import Iterator


_E = TypeVar("_E", bound=BaseException)


@dataclass_transform(eq_default=False)
def error(cls: type[_E]) -> type[_E]:
    """Make an exception class a dataclass: its fields are the facts."""
    return dataclasses.dataclass(eq=False)(cls)


@error
class BotError(Exception):
    """Root of the tree. The fields of a subclass are its facts; the words stand in the views."""

    def __str__(self) -> str:
        shown = (field.name for field in dataclasses.fields(self) if field.repr)
        return " ".join(f"{name}={getattr(self, name)}" for name in shown)

    def failure(self) -> Failure:
        """Return this error in storable form."""
        return Failure(type(self).__name__, dataclasses.asdict(self))

    @classmethod
    def of(cls, failure: Failure) -> BotError:
        """Return the error that `failure` was made of."""
        found = next(leaf for leaf in cls.leaves() if leaf.__name__ == failure.error)
        return found(**{name: _fact(value) for name, value in failure.facts.items()})

    @classmethod
    def leaves(cls) -> Iterator[type[BotError]]:
        """Yield every class of the tree below this one."""
        for child in cls.__subclasses__():
            yield child
            yield from child.leaves()


def _fact(value: object) -> object:
    """Return a fact as its error keeps it; JSON has neither tuples nor entities."""
    if isinstance(value, dict):
        return EntityRef(EntityType(value["type"]), value["id"])
    return tuple(value) if isinstance(value, list) else value


class TypingError(BotError):
    """The words typed were not understood; nothing was changed."""


@error
class UnknownWordError(TypingError):
    """`fixed` is the whole command with the nearest known word, or empty."""

    word: str
    nearest: str = ""
    fixed: str = ""


@error
class UnsupportedTypeError(TypingError):
    word: str


@error
class BadRecordError(TypingError):
    text: str


@error
class BadFilesError(TypingError):
    """`good` were read, `bad` was not; `record` is the record as it may be typed again."""

    bad: str
    good: tuple[int, ...] = ()
    record: str = ""


@error
class TooManyFilesError(TypingError):
    """`files` are the ones that fit."""

    count: int
    files: tuple[int, ...] = ()
    record: str = ""


@error
class ForeignLinkError(TypingError):
    host: str


@error
class MixedPortalsError(TypingError):
    first: str
    second: str


@error
class KeyInCommandError(TypingError):
    pass


@error
class NoLastRecordError(TypingError):
    pass


@error
class NoLinkedRecordError(TypingError):
    pass


@error
class SlackFileError(TypingError):
    """A Slack file was named by link, or by `last`."""


@error
class NotAVerbYetError(TypingError):
    word: str


class AccountError(BotError):
    """The person's account cannot be used."""


@error
class NotConnectedError(AccountError):
    portal: str = ""


@error
class KeyRefusedError(AccountError):
    portal: str


@error
class KeyExpiredError(AccountError):
    portal: str


@error
class StrangerError(AccountError):
    pass


@error
class NoPortalError(AccountError):
    portal: str


@error
class GuestError(AccountError):
    portal: str


@error
class CrmClosedError(AccountError):
    portal: str


@error
class DocumentsClosedError(AccountError):
    portal: str


class RecordError(BotError):
    """The record cannot be used."""


@error
class EntityNotFoundError(RecordError):
    """Missing and hidden are one answer."""

    entity: EntityRef


@error
class NoMatchError(RecordError):
    type: str
    words: str


@error
class MayNotAttachError(RecordError):
    entity: EntityRef


class FilesError(BotError):
    """The files cannot be attached."""


@error
class NoFilesLeftError(FilesError):
    """Every file of the filing has a reason of its own; the items say which."""


@error
class InvalidFolderError(FilesError):
    """HTTP 400 `invalid file folder`: nothing was attached."""


@error
class CopyMisplacedError(FilesError):
    """Without the right to create files in CRM the portal puts the copy into My documents."""

    name: str


@error
class StorageFullError(FilesError):
    portal: str
    name: str
    size: int = 0


class PortalError(BotError):
    """The portal did not do what was asked."""


@error
class PortalUnpaidError(PortalError):
    portal: str


@error
class PortalClosedError(PortalError):
    portal: str


@error
class PortalRefusedError(PortalError):
    portal: str
    status: int = 0


@error
class PortalAwayError(PortalError):
    """The call certainly changed nothing: not connected, refused while busy, or a read that failed.

    `after` is the portal's own wish, in seconds, or 0. `until` is when the bot stops trying, as
    seconds since 1970, or 0.
    """

    portal: str
    after: float = 0
    until: int = 0


@error
class OutcomeUnknownError(PortalError):
    """The call may have worked: its answer was lost, or said that the server failed."""

    portal: str


@error
class SlackError(BotError):
    """Slack refused a message; `code` is Slack's own word."""

    code: str


class FilingError(BotError):
    """The request cannot go on that way."""


@error
class NotYoursError(FilingError):
    pass


@error
class GoneError(FilingError):
    pass


@error
class NothingToRetryError(FilingError):
    receipt: str = ""


@error
class StaleFilingError(FilingError):
    pass


@error
class StoreError(BotError):
    detail: str = ""


@error
class AlreadyRunningError(StoreError):
    pass


@error
class UnexpectedError(BotError):
    reference: str


@error
class SecretError(BotError):
    detail: str = ""


@error
class SettingsError(BotError):
    """`problems` are sentences, one a wrong setting."""

    problems: tuple[str, ...] = ()
