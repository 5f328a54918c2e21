"""The words for an account that cannot be used, and for a portal that does not do its part."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from bot import errors
from bot.views import buttons, words
from bot.views.blocks import escape, moment
from bot.views.notes import Note

if TYPE_CHECKING:
    from bot.domain import Filing
    from bot.views.asked import Asked


def account_words(error: errors.AccountError, asked: Asked) -> Note:
    match error:
        case errors.NotConnectedError():
            return Note(
                headline="Connect your CRM account first",
                body=(
                    "Nothing was changed. I attach files as you, with your own CRM rights. "
                    "Type the command again after that."
                ),
                buttons=(buttons.connect(), buttons.about()),
            )
        case errors.KeyRefusedError(portal=portal):
            return Note(
                headline="The portal did not accept this key",
                body=(
                    "Nothing was changed. Check that you pasted all of it and that it belongs to "
                    f"{words.host(portal)}."
                ),
                buttons=(buttons.new_key(), buttons.howto()),
            )
        case errors.KeyExpiredError(portal=portal):
            return Note(
                headline=f"Your CRM key for {words.host(portal)} has expired",
                body="Nothing was changed in CRM. Paste a new key, then try again.",
                buttons=(buttons.new_key(), buttons.howto()),
            )
        case errors.StrangerError():
            return Note(
                headline="You belong to another workspace",
                body="Nothing was changed. Use this app in a workspace that has it installed.",
            )
        case errors.ClosedChannelError():
            return Note(
                headline="Attaching is turned off in this channel by your Slack admin",
                body="Nothing was changed. Send me the files in a direct message.",
                buttons=(buttons.direct_message(),),
            )
        case errors.NoPortalError(portal=portal):
            return Note(
                headline=f"I do not serve {words.host(portal)}",
                body="Nothing was changed. The administrator of this app sets the portals.",
                buttons=buttons.help_(),
            )
        case errors.OtherOwnerError(portal=portal, before=before, now=now):
            return Note(
                headline=f"This key belongs to {escape(now)}",
                body=(
                    f"Nothing was changed: at {words.host(portal)} you are connected as "
                    f"{escape(before)}. Connect again if you mean it."
                ),
                buttons=(buttons.new_key(),),
            )
        case _:
            return _closed(error, asked.effect)


def _closed(error: errors.AccountError, effect: str) -> Note:
    match error:
        case errors.GuestError(portal=portal):
            return Note(
                headline=f"Your account at {words.host(portal)} is a guest, and guests have no CRM",
                body=f"A portal administrator can change that. {effect}",
                lines=_to_the_administrator("make my account a user with access to CRM", portal),
            )
        case errors.CrmClosedError(portal=portal):
            return Note(
                headline=f"Your account cannot use CRM at {words.host(portal)}",
                body=f"A portal administrator can turn it on for you. {effect}",
                lines=_to_the_administrator("turn on CRM for my account", portal),
            )
        case errors.DocumentsClosedError(portal=portal):
            return Note(
                headline=f"Your account cannot use Documents at {words.host(portal)}",
                body=(
                    "Without it I cannot look at the files. A portal administrator can turn it on "
                    f"for you. {effect}"
                ),
                lines=_to_the_administrator("turn on Documents for my account", portal),
            )
        case _:
            return Note(
                headline="Your account cannot be used for this",
                body=f"{effect} Look at your account, then try again.",
                buttons=buttons.status(),
            )


def _to_the_administrator(wish: str, portal: str) -> tuple[str, ...]:
    """Return a message that the person can copy and send."""
    host = words.host(portal)
    request = f"Please {wish} at {host}. I want to attach files to CRM records."
    return (f"To send to the administrator: “{request}”",)


def portal_words(error: errors.PortalError, asked: Asked) -> Note:
    match error:
        case errors.PortalUnpaidError(portal=portal):
            return Note(
                headline=f"The plan of {words.host(portal)} is not paid, so it takes no changes",
                body=f"{asked.effect} Ask your portal administrator.",
            )
        case errors.PortalClosedError(portal=portal):
            return Note(
                headline=f"There is no portal in use at {words.host(portal)}",
                body=f"{asked.effect} It may be suspended or moved. Ask its administrator.",
            )
        case errors.PortalRefusedError(portal=portal):
            return Note(
                headline=f"{words.host(portal)} refused the request and did not say why",
                body=f"{asked.effect} Try again later, or ask your portal administrator.",
                buttons=asked.again(),
            )
        case errors.PortalAwayError():
            return _away(error, asked)
        case errors.NotAttachedError(portal=portal):
            return Note(
                headline=f"The files are not on {asked.where}",
                body=(
                    f"{words.host(portal)} stopped answering while I attached them. I looked again "
                    "after eleven minutes, when nothing comes of it any more. "
                    f"{asked.effect}"
                ),
                buttons=(*asked.look(), *asked.again()),
            )
        case errors.OutcomeUnknownError(portal=portal):
            return _unknown(words.host(portal), asked)
        case _:
            return Note(
                headline="The portal did not do what I asked",
                body=f"{asked.effect} Try again later.",
                buttons=asked.again(),
            )


def _away(error: errors.PortalAwayError, asked: Asked) -> Note:
    return Note(
        headline=f"{words.host(error.portal)} does not answer",
        body=f"{_tried(error, asked.filing)} {asked.effect}",
        buttons=asked.again(),
    )


def _tried(error: errors.PortalAwayError, filing: Filing | None) -> str:
    if error.until:
        return f"I tried until {moment(datetime.fromtimestamp(error.until, UTC))} and stopped."
    if filing and filing.trouble_since:
        return f"I tried again and again since {moment(filing.trouble_since)}, and stopped."
    return "Try again in a minute."


def _unknown(host: str, asked: Asked) -> Note:
    if asked.filing is None:
        return Note(
            headline=f"{host} stopped answering",
            body="I do not know whether it did what I asked. Look there before you try again.",
        )
    if asked.filing.attempt is None:
        return Note(
            headline=f"{host} stopped answering while I copied files into CRM",
            body=f"{asked.effect} Copies may have been made; the originals are unchanged.",
            buttons=asked.again(),
        )
    return Note(
        headline=f"{host} stopped answering while I attached the files",
        body=(
            f"{asked.effect} Look at the record. If you try again, I look at it first, too, and "
            "attach only what is missing."
        ),
        buttons=(*asked.look(), *asked.again()),
    )
