"""From answers to the menu: which records in which order, and why. Pure."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Final

from bot import errors
from bot.domain import EntityName, EntityRef, EntityType
from bot.suggesting.known import is_cut
from bot.suggesting.matching import fits, in_order, names_of
from bot.suggesting.ranking import ranked
from bot.suggestions import MOST_OFFERED, Group, Offer, Remark, Suggestions, Why

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from bot.domain import Entity, PortalUrl
    from bot.grammar import Sought
    from bot.suggesting.matching import Question

MOST_OF_TYPE: Final = MOST_OFFERED // len(EntityType)
MOST_FITTING: Final = 5
MOST_NEWEST: Final = 5


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Local:
    """What is known without the portal: the channel's record, and the person's latest ones.

    `linked` has its title once its portal has given it to this person.
    """

    linked: Offer | None = None
    recents: tuple[Entity, ...] = ()


def found_menu(
    wanted: Sought,
    answers: Mapping[Question, Sequence[Entity] | None],
    known: Iterable[Entity],
) -> Suggestions:
    """Return what fits, by type: what the portal said, and of what is known besides.

    A question without an answer has None. A record that was named by type and number is offered
    even then: whether it is there is seen when something is put on it.
    """
    names = names_of(wanted)
    found = {one.ref: one for one in known if any(fits(name, one) for name in names)}
    for entities in answers.values():
        found |= {one.ref: one for one in entities or ()}
    numbered = {question for question in answers if isinstance(question, EntityRef)}
    words = wanted.record.words if isinstance(wanted.record, EntityName) else wanted.words
    groups = []
    for type_ in EntityType:
        of_type = [one for one in found.values() if one.ref.type is type_]
        first = [one for one in of_type if one.ref in numbered]
        others = in_order((one for one in of_type if one.ref not in numbered), words)
        offers = [Offer(one) for one in (*first, *others)]
        if isinstance(wanted.record, EntityRef) and answers[wanted.record] is None:
            offers += [Offer(wanted.record)] if wanted.record.type is type_ else []
        cut = any(is_cut(answers.get(name) or ()) for name in names if name.type is type_)
        groups.append(Group(why=Why.FOUND, type=type_, offers=_first(offers), cut=cut))
    return Suggestions(groups=tuple(group for group in groups if group.offers))


def _first(offers: Sequence[Offer]) -> tuple[Offer, ...]:
    return tuple(offers[:MOST_OF_TYPE])


def ready_menu(
    local: Local,
    newest: Mapping[EntityType, Sequence[Entity]],
    known: Sequence[Entity],
    about: Sequence[str],
) -> Suggestions:
    """Return what is likely meant before anything is typed; each record stands once."""
    fresh = {entity.ref: entity for entity in known}
    linked = [local.linked] if local.linked else []
    recents = [Offer(fresh.get(entity.ref, entity)) for entity in local.recents]
    candidates = {entity.ref: entity for entity in (*local.recents, *known)}.values()
    taken = {(offer.ref, offer.portal) for offer in (*linked, *recents)}
    others = (entity for entity in candidates if (entity.ref, None) not in taken)
    fitting = [Offer(fit.entity, fit.shared) for fit in ranked(others, about, MOST_FITTING)]
    groups = [
        Group(why=Why.LINKED, offers=tuple(linked)),
        Group(why=Why.LATEST, offers=tuple(recents)),
        Group(why=Why.FITTING, offers=tuple(fitting)),
        *(
            Group(why=Why.NEWEST, type=type_, offers=tuple(map(Offer, entities)))
            for type_, entities in newest.items()
        ),
    ]
    return Suggestions(groups=tuple(_each_once(groups)))


def _each_once(groups: Iterable[Group]) -> Iterator[Group]:
    shown: set[tuple[EntityRef, PortalUrl | None]] = set()
    for group in groups:
        offers = [offer for offer in group.offers if (offer.ref, offer.portal) not in shown]
        if group.why is Why.NEWEST:
            offers = offers[:MOST_NEWEST]
        shown.update((offer.ref, offer.portal) for offer in offers)
        if offers:
            yield dataclasses.replace(group, offers=tuple(offers))


def at(portal: PortalUrl, found: Suggestions) -> Suggestions:
    """Return a menu whose records are on another portal than the usual one."""
    groups = (
        dataclasses.replace(
            group, offers=tuple(dataclasses.replace(offer, portal=portal) for offer in group.offers)
        )
        for group in found.groups
    )
    return dataclasses.replace(found, groups=tuple(groups))


def remark_of(error: errors.BotError) -> Remark:
    """Return what is said of trouble in the one line that a menu has for it."""
    match error:
        case errors.KeyInCommandError():
            return Remark.TYPED_KEY
        case errors.ForeignLinkError():
            return Remark.FOREIGN
        case errors.TypingError():
            return Remark.NO_RECORD
        case errors.NotConnectedError():
            return Remark.CONNECT
        case errors.CrmClosedError() | errors.GuestError():
            return Remark.CLOSED
        case errors.AccountError() | errors.SecretError():
            return Remark.KEY
        case _:
            return Remark.AWAY
