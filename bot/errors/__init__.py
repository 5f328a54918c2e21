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
│   ├── NoLastFileError         `last`, and no file of theirs was seen there of late
│   ├── NoLinkedRecordError     `here`, and no record is linked
│   ├── RemarkChosenError       a remark in the menu of records
│   └── NotAVerbYetError        a word kept for later
├── AccountError                who acts
│   ├── NotConnectedError
│   ├── KeyRefusedError         the portal never accepted this key
│   ├── KeyExpiredError         it did, and does no longer
│   ├── StrangerError           a member of another workspace
│   ├── ClosedChannelError      attaching is turned off in this conversation
│   ├── NoPortalError           not a portal that the bot serves
│   ├── GuestError              guests have no CRM
│   ├── CrmClosedError          CRM is closed for this account
│   ├── DocumentsClosedError    Documents is closed, so files cannot be looked at
│   └── OtherOwnerError         a key of another person than before: it takes a second yes
├── RecordError                 the record
│   ├── EntityNotFoundError     missing, or hidden from this person
│   ├── NoMatchError            no record has these words
│   └── MayNotAttachError
├── FilesError                  the files
│   ├── NoFilesLeftError        none of the files can be attached
│   ├── InvalidFolderError      the portal refused a file's folder after all
│   ├── CopyMisplacedError      the portal put the copy elsewhere
│   ├── VanishedError           attached, and not on the record a little later
│   └── StorageFullError
├── SlackFileRefusedError       a file that lies in Slack, and cannot be taken from there
│   ├── SlackFileHiddenError    the bot is not where the file is
│   ├── SlackFileElsewhereError in a conversation that the person may not be in
│   ├── SlackFileForeignError   of another company, whose Slack keeps it
│   ├── SlackFileGoneError      deleted, or hidden by the limit of Slack's plan
│   ├── SlackFileKindError      a canvas, list, post or link: no file
│   ├── SlackFileEmptyError     without a single byte
│   ├── SlackFileTooLargeError
│   ├── SlackFileTypeError      a type that is not allowed here
│   ├── SlackFileWithheldError  a page came in its place
│   ├── SlackFileScopeError     the app lacks a permission
│   └── SlackFileDeniedError    a refusal that nothing else explains
├── SlackFileTroubleError       the same, and it may pass: look at the file again
│   ├── SlackFileUnreadyError   Slack is still working on it
│   ├── SlackFileBrokenError    not the bytes that were promised
│   └── SlackFileAwayError      Slack does not answer, or wants to be left alone
├── UploadError                 a file did not get into the portal
│   ├── EmptyFileError
│   ├── FileTooLargeError
│   ├── FileTypeError           the portal takes no files of this type
│   ├── FileChangedError        it has more or fewer bytes than was said
│   ├── MayNotUploadError       this person may not put files into the CRM folder
│   ├── OverwroteError          the portal wrote it over another file
│   ├── SameContentError        the record has the same bytes already
│   └── StoredWrongError        the portal says that it stored something else
├── PortalError                 the portal
│   ├── PortalUnpaidError
│   ├── PortalClosedError       suspended, removed, or not here
│   ├── PortalRefusedError      a refusal that nothing else explains
│   ├── NotAttachedError        the answer was lost; the call did nothing, as is known now
│   ├── PortalAwayError         not now; the call did certainly nothing
│   └── OutcomeUnknownError     the answer was lost; the call may have worked
├── SlackError                  Slack did not take a message
├── FormError                   a form on somebody's screen
│   ├── FormLateError           it was not opened, filled or sent in time
│   └── DraftGoneError          what was chosen in it is not kept any more
├── FilingError                 the request
│   ├── NotYoursError           another person's, or not kept any more: one answer
│   ├── AskedBeforeError        the same was asked within two minutes
│   ├── GoneError               answered, ended or expired before
│   ├── TooManyWaitingError     so many of theirs wait that no more is taken
│   ├── SetAsideError           it ended the process, or broke, three times
│   ├── NothingToRetryError     nothing failed, lapsed or tries again
│   └── StaleFilingError        somebody else saved it in between
├── UndoError                   taking back what was attached
│   ├── NothingToUndoError      nothing was attached that can be taken back
│   ├── UndoTooLateError        it was attached more than seven days ago
│   ├── UndoTooSoonError        the portal may still act on a call of it
│   └── UndoneBeforeError       all of it was taken back already
├── StoreError                  the database cannot be read or written
│   └── AlreadyRunningError     another process owns the database file
├── UnexpectedError             a bug; its reference leads to the log
├── SecretError                 the key ring does not open this
│   └── KeyMissingError         a key that seals something is not in the ring
└── SettingsError               settings are wrong or missing
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.errors.accounts import (
    AccountError as AccountError,
    ClosedChannelError as ClosedChannelError,
    CrmClosedError as CrmClosedError,
    DocumentsClosedError as DocumentsClosedError,
    GuestError as GuestError,
    KeyExpiredError as KeyExpiredError,
    KeyRefusedError as KeyRefusedError,
    NoPortalError as NoPortalError,
    NotConnectedError as NotConnectedError,
    OtherOwnerError as OtherOwnerError,
    StrangerError as StrangerError,
)
from bot.errors.commands import (
    BadFilesError as BadFilesError,
    BadRecordError as BadRecordError,
    ForeignLinkError as ForeignLinkError,
    KeyInCommandError as KeyInCommandError,
    MixedPortalsError as MixedPortalsError,
    NoLastFileError as NoLastFileError,
    NoLastRecordError as NoLastRecordError,
    NoLinkedRecordError as NoLinkedRecordError,
    NotAVerbYetError as NotAVerbYetError,
    RemarkChosenError as RemarkChosenError,
    TooManyFilesError as TooManyFilesError,
    TypingError as TypingError,
    UnknownWordError as UnknownWordError,
    UnsupportedTypeError as UnsupportedTypeError,
)
from bot.errors.forms import (
    DraftGoneError as DraftGoneError,
    FormError as FormError,
    FormLateError as FormLateError,
)
from bot.errors.machine import (
    AlreadyRunningError as AlreadyRunningError,
    KeyMissingError as KeyMissingError,
    SecretError as SecretError,
    SettingsError as SettingsError,
    StoreError as StoreError,
)
from bot.errors.root import BotError as BotError
from bot.errors.slack_files import (
    SlackFileAwayError as SlackFileAwayError,
    SlackFileBrokenError as SlackFileBrokenError,
    SlackFileDeniedError as SlackFileDeniedError,
    SlackFileElsewhereError as SlackFileElsewhereError,
    SlackFileEmptyError as SlackFileEmptyError,
    SlackFileForeignError as SlackFileForeignError,
    SlackFileGoneError as SlackFileGoneError,
    SlackFileHiddenError as SlackFileHiddenError,
    SlackFileKindError as SlackFileKindError,
    SlackFileRefusedError as SlackFileRefusedError,
    SlackFileScopeError as SlackFileScopeError,
    SlackFileTooLargeError as SlackFileTooLargeError,
    SlackFileTroubleError as SlackFileTroubleError,
    SlackFileTypeError as SlackFileTypeError,
    SlackFileUnreadyError as SlackFileUnreadyError,
    SlackFileWithheldError as SlackFileWithheldError,
)
from bot.errors.undoing import (
    NothingToUndoError as NothingToUndoError,
    UndoError as UndoError,
    UndoneBeforeError as UndoneBeforeError,
    UndoTooLateError as UndoTooLateError,
    UndoTooSoonError as UndoTooSoonError,
)
from bot.errors.uploads import (
    EmptyFileError as EmptyFileError,
    FileChangedError as FileChangedError,
    FileTooLargeError as FileTooLargeError,
    FileTypeError as FileTypeError,
    MayNotUploadError as MayNotUploadError,
    OverwroteError as OverwroteError,
    SameContentError as SameContentError,
    StoredWrongError as StoredWrongError,
    UploadError as UploadError,
)

if TYPE_CHECKING:
    from bot.domain import EntityRef


class RecordError(BotError):
    """The record cannot be used."""


class EntityNotFoundError(RecordError):
    """Missing and hidden are one answer."""

    entity: EntityRef


class NoMatchError(RecordError):
    type: str
    words: str


class MayNotAttachError(RecordError):
    entity: EntityRef


class FilesError(BotError):
    """The files cannot be attached."""


class NoFilesLeftError(FilesError):
    """Every file of the filing has a reason of its own; the items say which."""


class InvalidFolderError(FilesError):
    """HTTP 400 `invalid file folder`: nothing was attached."""


class CopyMisplacedError(FilesError):
    """Without the right to create files in CRM the portal puts the copy into My documents."""

    name: str


class VanishedError(FilesError):
    """The event of an attach was seen, and a late look found none: somebody deleted it."""

    entity: EntityRef


class StorageFullError(FilesError):
    portal: str
    name: str
    size: int = 0


class PortalError(BotError):
    """The portal did not do what was asked."""


class PortalUnpaidError(PortalError):
    portal: str


class PortalClosedError(PortalError):
    portal: str


class PortalRefusedError(PortalError):
    portal: str
    status: int = 0


class PortalAwayError(PortalError):
    """The call certainly changed nothing: not connected, refused while busy, or a read that failed.

    `after` is the portal's own wish, in seconds, or 0. `until` is when the bot stops trying, as
    seconds since 1970, or 0.
    """

    portal: str
    after: float = 0
    until: int = 0


class OutcomeUnknownError(PortalError):
    """The call may have worked: its answer was lost, or said that the server failed."""

    portal: str


class NotAttachedError(PortalError):
    """The outcome was unknown, and a late look found that nothing was attached."""

    portal: str


class SlackError(BotError):
    """Slack refused a message; `code` is Slack's own word."""

    code: str


class FilingError(BotError):
    """The request cannot go on that way."""


class NotYoursError(FilingError):
    """Missing and another person's are one answer, so that nobody learns which ids there are."""


class AskedBeforeError(FilingError):
    """`stand` is what the earlier request, asked `seconds` before, had come to by then.

    It is `under way`, `attached` (all of it), `answered`, or what it waits for.
    """

    receipt: str
    seconds: int = 0
    stand: str = ""


class TooManyWaitingError(FilingError):
    """`count` requests of this person wait; this one was not stored."""

    count: int


class GoneError(FilingError):
    pass


class NothingToRetryError(FilingError):
    receipt: str = ""


class SetAsideError(FilingError):
    """Stopped so that the others go on; `reference` leads to the log."""

    reference: str


class StaleFilingError(FilingError):
    pass


class UnexpectedError(BotError):
    reference: str
