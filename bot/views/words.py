"""The words for records, files and requests that several pictures share; all of them are markup."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from bot.domain import EntityName, EntityRef, ItemState, Place, Purpose, Stand, UntypedNumber
from bot.errors import AskedBeforeError
from bot.file_kinds import FileKind
from bot.views import links
from bot.views.blocks import (
    DAY,
    SHORT,
    clean,
    escape,
    link,
    mention,
    moment,
    names,
    plural,
    size,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence, Sized

    from bot.account import Account
    from bot.domain import Entity, Filing, Item, PortalFile, PortalUrl, Record
    from bot.errors import SameContentError

NOTHING_CHANGED = "Nothing was changed."

_FEW = 5
_PLACES = {
    Place.CRM: "CRM",
    Place.MY: "My documents",
    Place.COMMON: "Common documents",
    Place.TRASH: "the trash",
    Place.OTHER: "a folder outside CRM",
}
_KINDS = {
    FileKind.ARCHIVE: "archive",
    FileKind.VIDEO: "video",
    FileKind.AUDIO: "audio",
    FileKind.IMAGE: "picture",
    FileKind.SPREADSHEET: "spreadsheet",
    FileKind.PRESENTATION: "presentation",
    FileKind.DOCUMENT: "document",
}
_REASONS = {
    ItemState.PRESENT: "It was there before.",
    ItemState.MISSING: "It was not found, or you may not read it.",
    ItemState.HIDDEN: "It is on no record yet, or on one that you may not see.",
    ItemState.TRASHED: "It is in the trash. Restore it in Documents, then use its number again.",
    ItemState.COPYING: "I asked for a copy in CRM and do not know whether it was made.",
    ItemState.COPIED: "Its copy is in CRM now, but it was not attached.",
    ItemState.SHARED: "It was not brought from Slack.",
    ItemState.BRINGING: "I began to bring it, and do not know whether it came.",
    ItemState.REFUSED: "It could not be brought.",
    ItemState.TWIN: "The record has the same content already.",
    ItemState.STOPPED: "You stopped it.",
    ItemState.LEFT_OUT: "The portal accepted the request, but left this file out.",
}


# Records


def record(named: Record) -> str:
    """Return the record as it was named: `Case #7`, `company “Acme”`, `record 7`."""
    match named:
        case EntityRef():
            return str(named)
        case UntypedNumber():
            return f"record {named.id}"
        case EntityName():
            return f"{_kind(named)} “{escape(named.words, SHORT)}”"


def _kind(named: EntityName) -> str:
    if named.company is None:
        return named.type.value
    return "company" if named.company else "person"


def titled(entity: Entity, limit: int = SHORT) -> str:
    """Return `Case #7, Acme onboarding`."""
    title = escape(entity.title, limit)
    return f"{entity.ref}, {title}" if title else str(entity.ref)


def target(filing: Filing) -> EntityRef | None:
    return filing.entity.ref if filing.entity else filing.ref


def record_of(filing: Filing) -> str:
    """Return the record of a filing with its title, as far as they are known."""
    return titled(filing.entity) if filing.entity else record(filing.record)


def short_record_of(filing: Filing) -> str:
    ref = target(filing)
    return str(ref) if ref else record(filing.record)


def spoken_record(ref: EntityRef) -> str:
    """Return `case 7`, as it is typed and said in the middle of a sentence."""
    return f"{ref.type} {ref.id}"


def heading(filing: Filing, *, several_portals: bool = False) -> str:
    """Return the record's title in bold, leading to its page."""
    ref = target(filing)
    title = clean(filing.entity.title) if filing.entity else ""
    shown = title or short_record_of(filing)
    linked = link(shown, links.entity_url(filing.portal, filing.entity or ref)) if ref else shown
    return f"*{linked}*" + (f" at {host(filing.portal)}" if several_portals else "")


def host(portal: str) -> str:
    return escape(links.host(portal), SHORT) or "the portal"


# Files


def name(item: Item, limit: int = SHORT) -> str:
    if item.file:
        return file_name(item.file, limit)
    return escape(item.name, limit)


def file_name(file: PortalFile, limit: int = SHORT) -> str:
    return escape(file.title, limit) or f"file {file.id}"


def numbered(item: Item) -> str:
    """Return `price-list.xlsx (file 13)`, or `file 13` where no more is known."""
    known = name(item)
    if item.number is None or known == f"file {item.number}":
        return known
    return f"{known} (file {item.number})"


def subject(item: Item) -> str:
    """Return the same for the start of a sentence."""
    known = numbered(item)
    return f"File {item.number}" if known == f"file {item.number}" else known


def linked(portal: PortalUrl, file: PortalFile) -> str:
    """Return the file's name, leading to the file."""
    return link(clean(file.title) or f"file {file.id}", links.file_url(portal, file))


def facts(file: PortalFile) -> str:
    """Return `, PDF, 1.2 MB` with what is known of it, or nothing."""
    kind = "PDF" if file.extension == ".pdf" else _KINDS.get(file.kind)
    return "".join(f", {fact}" for fact in (kind, size(file.size) if file.size else "") if fact)


def place(where: Place) -> str:
    return _PLACES[where]


def numbers(ids: Sequence[int]) -> str:
    """Return `file 12`, `files 12 and 13`, or `20 files` where the list would be long."""
    if len(ids) > _FEW:
        return plural(len(ids), "file")
    return f"file{'' if len(ids) == 1 else 's'} {names([str(id_) for id_ in ids])}"


def asked(items: Iterable[Item]) -> tuple[int, ...]:
    """Return the numbers that were asked for."""
    return tuple(item.number for item in items if item.number is not None)


def those(items: Sequence[Item]) -> str:
    """Return items as they were asked for: `files 12 and 13`, or `offer.pdf`, or `3 files`."""
    ids = asked(items)
    if len(ids) == len(items):
        return numbers(ids)
    return name(items[0]) if len(items) == 1 else plural(len(items), "file")


def reason(item: Item) -> str:
    """Return why a file is not attached, as sentences without its name."""
    match item.state:
        case ItemState.MISPLACED:
            where = place(item.file.place if item.file else Place.OTHER)
            return f"It is in {where}, and CRM can only link files that are kept in CRM."
        case ItemState.BLOCKED:
            return f"{_blocked_type(item)} are not allowed here. Your Slack admin sets this rule."
        case _:
            return _REASONS.get(item.state, "It was not attached.")


def twin(error: SameContentError) -> str:
    """Return the sentence that says who filed the same bytes."""
    at = datetime.fromisoformat(error.at)
    known = escape(error.name, SHORT) or f"file {error.file}"
    return f"{mention(error.user)} attached the same content as {known}, {moment(at, DAY)}."


def _blocked_type(item: Item) -> str:
    extension = escape(item.file.extension, 20) if item.file else ""
    return f"Files of type {extension}" if extension else "Files of this type"


# Requests


def wish(filing: Filing, *, by_name: bool = False) -> str:
    """Return what a filing is for: `attach files 12 and 13 to Case #7`."""
    where = short_record_of(filing)
    if filing.purpose is Purpose.LIST:
        return f"list the files of {where}"
    if filing.undo is not None:
        return f"undo receipt {filing.undo.receipt} on {where}"
    if filing.purpose is Purpose.LINK:
        return f"link this channel to {where}"
    known = [name(item) for item in filing.items]
    what = names(known, 3) if by_name and known else those(filing.items)
    return f"attach {what} to {where}"


def effect(filing: Filing) -> str:
    """Return the sentence that says what a filing without a result has changed."""
    if filing.purpose in {Purpose.LIST, Purpose.LINK}:
        return NOTHING_CHANGED
    if filing.purpose is Purpose.UNDO:
        return _removed_so_far(filing)
    if filing.failure is not None and filing.failure.error == AskedBeforeError.__name__:
        return "Nothing more was done."
    attached = [item for item in filing.items if item.state is ItemState.ATTACHED]
    if attached and filing.event is None:  # it was taken up again after that
        return f"I attached {those(attached)} before, and nothing more."
    if attached:
        return f"I attached {those(attached)}, but could not read the record again."
    if filing.uncertain:
        return f"I do not know whether the files are on {short_record_of(filing)}."
    copies = [name(item) for item in filing.items if item.state is ItemState.COPIED]
    if copies:
        return f"Nothing was attached, but copies are in CRM now: {names(copies, 3)}."
    present = [name(item) for item in filing.items if item.state is ItemState.PRESENT]
    if present:
        return f"Nothing was attached. {names(present, 3)} {were(present)} there before."
    return "Nothing was attached."


def _removed_so_far(filing: Filing) -> str:
    stands = [(item, item.removal.stand) for item in filing.items if item.removal]
    removed = [name(item) for item, stand in stands if stand is Stand.REMOVED]
    sent = [name(item) for item, stand in stands if stand is Stand.REMOVING]
    where = short_record_of(filing)
    done = f"I removed {names(removed, 3)} from {where}." if removed else ""
    unsure = (
        f"I do not know whether {names(sent, 3)} {were(sent)} removed from {where}." if sent else ""
    )
    return " ".join(filter(None, (done, unsure))) or "Nothing was removed."


def were(those: Sized) -> str:
    return "was" if len(those) == 1 else "were"


def effect_so_far(filing: Filing) -> str:
    """Return the same sentence for a filing that goes on."""
    known = effect(filing)
    for opening in ("Nothing was attached", "Nothing was changed", "Nothing was removed"):
        if known.startswith(opening):
            return f"{opening} so far{known.removeprefix(opening)}"
    return known


def kept(filing: Filing) -> str:
    """Return the small print that says how long a waiting filing is kept."""
    return f"I keep this request{until(filing)}. Receipt {filing.receipt}."


def until(filing: Filing) -> str:
    """Return ` until today at 08:24` for a filing that ends by itself, or nothing."""
    return f" until {moment(filing.expires_at)}" if filing.expires_at else ""


# People


def who(account: Account) -> str:
    """Return `Ana Reyes (ana@example.com) at office.example.com`."""
    person, email = escape(account.name, SHORT), escape(account.email, SHORT)
    known = f"{person} ({email})" if person and email else person or email or "you"
    return f"{known} at {host(account.portal)}"


def person(account: Account) -> str:
    """Return `Ana Reyes at office.example.com`."""
    return f"{escape(account.name, SHORT) or 'you'} at {host(account.portal)}"


def connection(accounts: Sequence[Account]) -> str:
    if not accounts:
        return "You are not connected to CRM."
    return f"You are connected as {names([person(account) for account in accounts], 2)}."
