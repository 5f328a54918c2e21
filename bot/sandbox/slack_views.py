"""The forms and Home tabs that people have open, stacked as Slack stacks them."""

from __future__ import annotations

import copy
import dataclasses
from typing import TYPE_CHECKING

from bot.sandbox.slack_inputs import State, state_of
from bot.sandbox.slack_screen import button_words, texts, with_ids

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.sandbox.slack_screen import Json
    from bot.sandbox.slack_workspace import Workspace

DEEPEST = 3
"""Views in one stack."""


@dataclasses.dataclass(kw_only=True, eq=False)
class OpenView:
    """A form (or Home tab) on a person's screen: it changes as the bot and the person change it.

    `errors` stand at fields, by action_id; `number` is when it last appeared or changed.
    """

    id: str
    user: str
    content: Json
    hash: str
    root: str
    previous: str | None = None
    state: State = dataclasses.field(default_factory=dict)
    suggested: dict[str, list[Json]] = dataclasses.field(default_factory=dict)
    errors: dict[str, str] = dataclasses.field(default_factory=dict)
    number: int = 0
    cause: int = 0

    @property
    def blocks(self) -> list[Json]:
        blocks: list[Json] = self.content["blocks"]
        return blocks

    @property
    def title(self) -> str:
        return str(self.content["title"]["text"]) if "title" in self.content else ""

    @property
    def buttons(self) -> list[str]:
        """The words on the buttons, in order."""
        return button_words(self.blocks)

    @property
    def labels(self) -> list[str]:
        """The labels of the fields, in order."""
        return [block["label"]["text"] for block in self.inputs]

    @property
    def inputs(self) -> list[Json]:
        """The blocks that ask for something."""
        return [block for block in self.blocks if block["type"] == "input"]

    def all_text(self) -> str:
        """Return every text that can be read, errors included, a line each."""
        return "\n".join([*texts(self.content), *self.errors.values()])

    def input(self, what: str) -> Json | None:
        """Return the block of a field by its action_id or its label."""
        for block in self.inputs:
            if what in (block["element"]["action_id"], block["label"]["text"]):
                return block
        return None


class Views:
    """Every person's stack of forms (the last is on top) and Home tab."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self.stacks: dict[str, list[OpenView]] = {}
        self.homes: dict[str, OpenView] = {}

    def top(self, user: str) -> OpenView | None:
        """Return the form that a person sees."""
        stack = self.stacks.get(user)
        return stack[-1] if stack else None

    def find(self, view_id: str = "", external_id: str = "") -> OpenView | None:
        """Return an open view by its id, or by the bot's own id for it."""
        for view in self._all():
            if view_id and view.id == view_id:
                return view
            if external_id and view.content.get("external_id") == external_id:
                return view
        return None

    def open(self, user: str, content: Json, cause: int = 0) -> OpenView:
        """Show a form, in place of what was there."""
        self.stacks[user] = []
        return self.push(user, content, cause)

    def push(self, user: str, content: Json, cause: int = 0) -> OpenView:
        """Show a form on top of the others."""
        stack = self.stacks.setdefault(user, [])
        view = self._made(user, content, stack)
        stack.append(view)
        self._appeared(view, cause)
        return view

    def change(self, view: OpenView, content: Json, cause: int = 0) -> None:
        """Show something else in a view, and keep what the person typed."""
        view.content = _with_ids(content)
        view.state = state_of(view.blocks, view.state)
        view.errors = {}
        view.hash = self._hash()
        self._appeared(view, cause)

    def publish(self, user: str, content: Json) -> OpenView:
        """Show a Home tab."""
        if user in self.homes:
            self.change(self.homes[user], content)
        else:
            self.homes[user] = self._made(user, content, ())
            self._appeared(self.homes[user], 0)
        return self.homes[user]

    def mark(self, view: OpenView, errors: dict[str, str], cause: int) -> None:
        """Show errors at fields."""
        view.errors = errors
        self._appeared(view, cause)

    def close(self, view: OpenView) -> None:
        """Take a form away, if it is still there; the one under it shows again."""
        stack = self.stacks[view.user]
        self.stacks[view.user] = [other for other in stack if other is not view]
        self._workspace.news.tell()

    def clear(self, user: str) -> None:
        """Take all forms of a person away."""
        self.stacks[user] = []
        self._workspace.news.tell()

    def _all(self) -> list[OpenView]:
        open_forms = [view for stack in self.stacks.values() for view in stack]
        return [*open_forms, *self.homes.values()]

    def _made(self, user: str, content: Json, under: Sequence[OpenView]) -> OpenView:
        view_id = self._workspace.new_id("V")
        view = OpenView(
            id=view_id,
            user=user,
            content=_with_ids(content),
            hash=self._hash(),
            root=under[0].id if under else view_id,
            previous=under[-1].id if under else None,
        )
        view.state = state_of(view.blocks)
        return view

    def _hash(self) -> str:
        return f"{int(self._workspace.clock())}.{self._workspace.new_id('h')}"

    def _appeared(self, view: OpenView, cause: int) -> None:
        view.number = self._workspace.tick()
        view.cause = cause
        self._workspace.news.tell()


def _with_ids(content: Json) -> Json:
    content = copy.deepcopy(content)
    return {**content, "blocks": with_ids(content["blocks"], "v")}
