"""The use case: a link to the page that takes a key, made at a click and good for one key."""

from __future__ import annotations

import dataclasses
import secrets
from datetime import timedelta
from typing import TYPE_CHECKING, Final

import structlog
from pydantic import SecretStr

from bot.connect_link import MOST_WRONG, ConnectLink, digest
from bot.receipts import new_id

if TYPE_CHECKING:
    from bot.domain import Clock, PortalUrl, SlackUser
    from bot.reply_to import ReplyTo
    from bot.settings import Settings
    from storage.ports import KeyLinks

log = structlog.get_logger()

LIFE: Final = timedelta(minutes=10)
PATH: Final = "/connect/"
_TOKEN_BYTES: Final = 32


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Goal:
    """What a person connects for: a portal, or any; and the draft of a form to go on with."""

    portal: PortalUrl | None = None
    draft: str = ""


@dataclasses.dataclass(frozen=True, slots=True)
class NewLink:
    """A link as it is told to its person, once: the address opens it."""

    id: str
    url: SecretStr


class ConnectLinks:
    """Makes links and knows which of them work. The token is in the address and nowhere else."""

    def __init__(
        self, links: KeyLinks, *, site: str, workspace: str, form: bool, clock: Clock
    ) -> None:
        """Serve links at `site` (an origin) for the workspace that is called `workspace`.

        `form`: a form in Slack may take keys, too.
        """
        self._links = links
        self._site = site
        self._clock = clock
        self.workspace = workspace
        self.form = form

    async def make(self, user: SlackUser, name: str, goal: Goal, reply: ReplyTo) -> NewLink:
        """Return a new link for this person; earlier ones of theirs end.

        `name` is how Slack calls them, and `reply` where they hear how it went.
        """
        token = secrets.token_urlsafe(_TOKEN_BYTES)
        now = self._clock()
        link = ConnectLink(
            id=new_id(now),
            token=digest(token),
            user=user,
            name=name,
            portal=goal.portal,
            draft=goal.draft,
            reply=reply,
            until=now + LIFE,
        )
        await self._links.put(link, now)
        log.info("link_made", link=link.id)
        return NewLink(link.id, SecretStr(f"{self._site}{PATH}{token}"))

    async def find(self, token: str, browser: str) -> ConnectLink | None:
        """Return the link of a token if it works in the browser with this cookie (its digest)."""
        link = await self._links.find(digest(token))
        return link if link is not None and link.works(browser, self._clock()) else None

    async def claim(self, link: ConnectLink, browser: str) -> bool:
        """Let no other browser use this link; False: another one was quicker, or it has ended."""
        return await self._links.claim(link.id, browser)

    async def goal(self, id_: str, user: SlackUser) -> Goal:
        """Return what a person's link was made for, as far as it is still known."""
        link = await self._links.get(id_)
        if link is None or link.user != user:
            return Goal()
        return Goal(portal=link.portal, draft=link.draft)

    async def answer_at(self, id_: str, user: SlackUser, reply: ReplyTo) -> None:
        """Let the news of a link take the place of the message that was clicked on."""
        await self._links.answer_at(id_, user, reply)

    async def refuse(self, link: ConnectLink) -> bool:
        """Count a wrong key; return whether the link still works."""
        wrong = await self._links.count_wrong(link.id)
        log.info("link_refused_key", link=link.id, wrong=wrong)
        if 0 <= wrong < MOST_WRONG:
            return True
        await self._links.end(link.id)
        return False

    async def end(self, link: ConnectLink) -> ConnectLink:
        """Let the link work no more, and return it as it was last."""
        return await self._links.end(link.id) or link

    async def forget(self, user: SlackUser) -> None:
        """End the link of a person who wants nothing of theirs kept."""
        await self._links.forget(user)

    async def forget_team(self, team: str) -> None:
        """End the links of a workspace."""
        await self._links.forget_team(team)


def connect_links(
    settings: Settings, links: KeyLinks, workspace: str, clock: Clock
) -> ConnectLinks | None:
    """Return what makes links, if the settings name an address for the page."""
    site, form = settings.public_url, settings.connect_form
    if site is None:
        return None
    return ConnectLinks(links, site=site, workspace=workspace, form=form, clock=clock)
