"""The message for the present state of a request, whatever that state is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.domain import FilingState, Purpose, Stand, WaitingFor
from bot.errors import BotError, GoneError
from bot.views import waiting
from bot.views.doubled import doubled
from bot.views.linking import linked
from bot.views.listing import listing
from bot.views.problem import problem
from bot.views.question import question
from bot.views.summary import summary
from bot.views.undone import of_stand, taken_back, undone, unsure

if TYPE_CHECKING:
    from bot.domain import Filing, Message


def tell(filing: Filing, *, several_portals: bool = False) -> Message:
    """Draw what the person should know of a filing now."""
    match filing.state:
        case FilingState.DONE if filing.purpose is Purpose.UNDO:
            return undone(filing)
        case FilingState.DONE if filing.undone_at is not None:
            return taken_back(filing)
        case FilingState.DONE if filing.doubles:
            return doubled(filing)
        case FilingState.DONE:
            return _DONE[filing.purpose](filing, several_portals=several_portals)
        case FilingState.FAILED:
            return problem(_error(filing), filing=filing, several_portals=several_portals)
        case FilingState.WAITING:
            return _waiting(filing)
        case FilingState.CANCELLED:
            ended = filing.failure is not None and filing.failure.error == GoneError.__name__
            return waiting.lapsed(filing) if ended else waiting.cancelled(filing)
        case FilingState.READY if of_stand(filing, Stand.REMOVING):
            return unsure(filing)
        case FilingState.READY:
            return waiting.trouble(filing) if _troubled(filing) else waiting.progress(filing)


_DONE = {Purpose.ATTACH: summary, Purpose.LIST: listing, Purpose.LINK: linked}


def _error(filing: Filing) -> BotError:
    return BotError.of(filing.failure) if filing.failure else BotError()


def _waiting(filing: Filing) -> Message:
    match filing.waiting_for:
        case WaitingFor.ACCOUNT:
            return waiting.connect_first(filing)
        case WaitingFor.KEY:
            return waiting.key_expired(filing)
        case _:
            return question(filing)


def _troubled(filing: Filing) -> bool:
    return filing.troubles > 0 or bool(filing.attempt and filing.attempt.unknown)
