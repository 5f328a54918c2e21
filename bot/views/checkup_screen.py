"""The doctor's list on the terminal: in colour, or plain when nobody looks at it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table
from rich.text import Text

from bot.views.blocks import plural
from bot.views.checkup import Finding, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_COLOURS = {
    Verdict.OK: "green",
    Verdict.WARNING: "yellow",
    Verdict.WRONG: "bold red",
    Verdict.UNKNOWN: "cyan",
}
_VERDICT = max(map(len, Verdict))
_CHECK = len("portal address")
_INDENT = " " * (_VERDICT + _CHECK + 4)


class Screen:
    """Standard output, one line a finding and one for what to do next."""

    def __init__(self, console: Console | None = None) -> None:
        self._console = console or Console(highlight=False, markup=False, emoji=False)

    def show(self, finding: Finding) -> None:
        step = f"Next: {finding.do}" if finding.do else ""
        if self._console.is_terminal:
            self._console.print(_rows(finding, step))
            return
        self._print(Text(f"{_columns(finding)}  {finding.says}"))
        if step:
            self._print(Text(f"{_INDENT}{step}"))

    def end(self, findings: Sequence[Finding], facts: Iterable[str]) -> None:
        """Show the sum, and the same again as support may read it."""
        self._print(Text())
        self._print(Text(_sum(findings), "bold"))
        self._print(Text())
        self._print(Text("For support (no secrets, no names of people):", "dim"))
        for fact in facts:
            self._print(Text(f"  {fact}"))
        for finding in findings:
            self._print(Text(f"  {_columns(finding)}  {finding.fact}".rstrip()))

    def _print(self, line: Text) -> None:
        # soft: whoever reads this by machine gets whole lines
        self._console.print(line, soft_wrap=True)


def _columns(finding: Finding) -> str:
    return f"{finding.verdict:<{_VERDICT}}  {finding.check:<{_CHECK}}"


def _rows(finding: Finding, step: str) -> Table:
    """Draw a finding so that long sentences stay in their column."""
    grid = Table.grid(padding=(0, 2))
    grid.add_column(width=_VERDICT)
    grid.add_column(width=_CHECK)
    grid.add_column()
    verdict = Text(finding.verdict, _COLOURS[finding.verdict])
    grid.add_row(verdict, Text(finding.check), Text(finding.says))
    if step:
        grid.add_row("", "", Text(step, "dim"))
    return grid


def _sum(findings: Sequence[Finding]) -> str:
    wrong = sum(finding.verdict is Verdict.WRONG for finding in findings)
    warnings = sum(finding.verdict is Verdict.WARNING for finding in findings)
    noted = f", {plural(warnings, 'warning')}" if warnings else ""
    if wrong:
        return f"{plural(wrong, 'thing')} {'is' if wrong == 1 else 'are'} wrong{noted}."
    return f"Nothing is wrong{noted}."
