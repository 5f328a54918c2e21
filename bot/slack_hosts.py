"""Where Slack lives: the hosts that may get its URLs, its files and the bot's token.

Everything follows from the one address of the Web API, so that a place that stands in for Slack is
the only one that is spoken to.
"""

from __future__ import annotations

import dataclasses
from urllib.parse import urlsplit

_HOOKS = frozenset({"hooks.slack.com"})
_TRUSTED = frozenset({"files.slack.com", "slack.com"})
_OTHERS = frozenset({"files-origin.slack.com", "slack-files.com"})


def hook_hosts(base_url: str) -> frozenset[str]:
    """Return the hosts of response URLs: Slack's, or the one place that stands in for Slack."""
    host = urlsplit(base_url).netloc.lower()
    return _HOOKS if _is_slack(host) else frozenset({host})


@dataclasses.dataclass(frozen=True, slots=True)
class FileHosts:
    """The hosts that files come from. Only the `trusted` ones are shown the bot's token."""

    scheme: str
    trusted: frozenset[str]
    others: frozenset[str] = frozenset()

    @classmethod
    def of(cls, base_url: str) -> FileHosts:
        """Return Slack's, or the one place that stands in for Slack."""
        base = urlsplit(base_url)
        host = base.netloc.lower()
        if _is_slack(host):
            return cls("https", _TRUSTED, _OTHERS)
        return cls(base.scheme, frozenset({host}))

    def serve(self, url: str) -> bool:
        """Say whether a file may be fetched from there."""
        return self._host(url) in self.trusted | self.others

    def trust(self, url: str) -> bool:
        """Say whether the bot's token may be shown there."""
        return self._host(url) in self.trusted

    def _host(self, url: str) -> str:
        """Return the host with its port, just as it is written; "" where none can be told."""
        try:
            parts = urlsplit(url)
        except ValueError:
            return ""
        return parts.netloc.lower() if parts.scheme == self.scheme else ""


def _is_slack(host: str) -> bool:
    return host == "slack.com" or host.endswith(".slack.com")
