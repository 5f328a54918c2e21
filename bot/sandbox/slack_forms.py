"""What people do with messages and forms on their screen: click, choose, fill in, send, close."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from bot.sandbox.slack_blocks import view_problems
from bot.sandbox.slack_core import SlackCore
from bot.sandbox.slack_elements import GROUPS, OPTIONS
from bot.sandbox.slack_exchange import Exchange, Kind, Submission
from bot.sandbox.slack_inputs import filled, has_value, refused
from bot.sandbox.slack_screen import NotOnScreenError, Shown, find, offered
from bot.sandbox.slack_views import DEEPEST, OpenView

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bot.sandbox.slack_screen import Json, Part

LETTERS_BEFORE_SEARCH = 3
"""What a searching menu waits for when it does not say."""


class Forms(SlackCore):
    """A Slack whose people use what they see."""

    async def click(
        self, on: Shown | OpenView, what: str, *, user: str = "", choose: str = ""
    ) -> Exchange:
        """Use an element of a message or view: `what` is its action_id or its words.

        `choose` is the option to take in a menu, by its words or its value.
        """
        part = _part(on, what, choose)
        if isinstance(on, OpenView):
            if user not in ("", on.user):
                raise NotOnScreenError(f"this is on the screen of {on.user}")
            return await self._click_view(on, part)
        return await self._click_message(on, part, user or on.user)

    async def submit(
        self, view: OpenView, values: Mapping[str, object] | None = None
    ) -> Submission:
        """Fill in a form (by action_id or label) and send it.

        Raises when the client would not send it: a field is missing, empty or too short.
        """
        self._check_on_top(view)
        if "submit" not in view.content:
            raise NotOnScreenError("this form has nothing to send")
        self._fill(view, values or {})
        begun = self._begun(Kind.INTERACTION, view.user)
        submission = Submission(
            number=begun.number, kind=begun.kind, payload={}, since=begun.since, user=view.user
        )
        submission.payload = {
            **self._payloads.submission(self.workspace.people[view.user], view),
            **self._triggering(submission, view.id),
        }
        await self._deliver(submission)
        if not submission.trouble:
            self._take_response(view, submission)
        return submission

    async def close(self, view: OpenView, *, everything: bool = False) -> list[Exchange]:
        """Close a form, or the whole stack with the cross; return what the bot was told."""
        self._check_on_top(view)
        person = self.workspace.people[view.user]
        closing = list(reversed(self.views.stacks[view.user])) if everything else [view]
        exchanges = []
        for one in closing:
            self.views.close(one)
            if one.content.get("notify_on_close"):
                exchange = self._begun(Kind.INTERACTION, view.user)
                exchange.payload = self._payloads.closing(person, one, cleared=everything)
                exchanges.append(await self._deliver(exchange))
        return exchanges

    async def suggest(self, view: OpenView, what: str, typed: str = "") -> list[Json]:
        """Type into a searching menu (by action_id or label); return the options that it shows."""
        block = view.input(what)
        name = block["element"]["action_id"] if block else what
        part = find(view.blocks, name)
        if len(typed) < part.element.get("min_query_length", LETTERS_BEFORE_SEARCH):
            raise NotOnScreenError(f"{typed!r} is too short for this menu to search")
        exchange = self._begun(Kind.INTERACTION, view.user)
        person = self.workspace.people[view.user]
        exchange.payload = self._payloads.suggestion(person, view, part, typed)
        await self._deliver(exchange)
        options = _options(exchange)
        view.suggested[name] = options
        return options

    async def _click_message(self, on: Shown, part: Part, user: str) -> Exchange:
        message = self.workspace.messages.get(on.ts)
        if message is None or not self.workspace.sees(user, message):
            raise NotOnScreenError("this message is not there any more, or not for that person")
        exchange = self._begun(Kind.INTERACTION, user, on.channel)
        person = self.workspace.people[user]
        exchange.payload = {
            **self._payloads.click_on_message(person, message, part),
            **self._answerable(exchange, "actions", on.ts),
        }
        return await self._deliver(exchange)

    async def _click_view(self, view: OpenView, part: Part) -> Exchange:
        if view is not self.home_of(view.user):
            self._check_on_top(view)
        if part.block["type"] == "input" and not part.block.get("dispatch_action"):
            raise NotOnScreenError("this field tells the bot nothing until the form is sent")
        exchange = self._begun(Kind.INTERACTION, view.user)
        person = self.workspace.people[view.user]
        exchange.payload = {
            **self._payloads.click_on_view(person, view, part),
            **self._triggering(exchange, view.id),
        }
        return await self._deliver(exchange)

    def _check_on_top(self, view: OpenView) -> None:
        if self.view_of(view.user) is not view:
            raise NotOnScreenError("this form is not on the screen any more")

    def _fill(self, view: OpenView, values: Mapping[str, object]) -> None:
        for what, value in values.items():
            block = view.input(what)
            if block is None:
                raise NotOnScreenError(f"no field {what!r}; there is {view.labels}")
            _put(view, block["block_id"], block["element"], value)
        for block in view.inputs:
            value = view.state[block["block_id"]][block["element"]["action_id"]]
            reason = refused(block, value)
            if reason:
                raise NotOnScreenError(f"{block['label']['text']}: {reason}")

    def _take_response(self, view: OpenView, submission: Submission) -> None:
        """Do with the forms what the acknowledgement says."""
        body = submission.ack.body or {}
        if not isinstance(body, dict):
            submission.trouble = f"not an answer to a form: {body}"
            return
        submission.action = str(body.get("response_action", ""))
        match submission.action:
            case "":
                self.views.close(view)
            case "clear":
                self.views.clear(view.user)
            case "errors":
                self._mark(view, submission, body.get("errors"))
            case "update" | "push":
                self._show_next(view, submission, body.get("view"))
            case unknown:
                submission.trouble = f"unknown response_action {unknown}"

    def _mark(self, view: OpenView, submission: Submission, errors: object) -> None:
        fields = {block["block_id"]: block["element"]["action_id"] for block in view.inputs}
        if not isinstance(errors, dict) or not errors or errors.keys() - fields.keys():
            submission.trouble = f"errors must name input blocks, and were {errors}"
            return
        submission.errors = {fields[block]: str(text) for block, text in errors.items()}
        self.views.mark(view, submission.errors, submission.number)

    def _show_next(self, view: OpenView, submission: Submission, content: object) -> None:
        problems = view_problems(content)
        if not isinstance(content, dict) or problems:
            submission.trouble = "; ".join(str(problem) for problem in problems)
        elif submission.action == "update":
            self.views.change(view, content, submission.number)
        elif len(self.views.stacks[view.user]) >= DEEPEST:
            submission.trouble = "push_limit_reached"
        else:
            self.views.push(view.user, content, submission.number)


def _part(on: Shown | OpenView, what: str, choose: str) -> Part:
    """Return the element to use; what is chosen in a form stays chosen there."""
    part = find(on.blocks, what)
    if not choose:
        return part
    suggested = on.suggested.get(part.element["action_id"]) if isinstance(on, OpenView) else None
    options = {"options": suggested} if suggested else {}
    if isinstance(on, OpenView) and has_value(part.element):
        _put(on, part.block["block_id"], part.element, choose)
    return dataclasses.replace(part, option=offered({**part.element, **options}, choose))


def _put(view: OpenView, block: str, element: Json, value: object) -> None:
    action = element["action_id"]
    view.state[block][action] = filled(element, value, view.suggested.get(action, ()))


def _options(exchange: Exchange) -> list[Json]:
    """Return the options in an acknowledgement; none when Slack would not show them."""
    body = exchange.ack.body
    if exchange.trouble or not isinstance(body, dict):
        return []
    options, groups = body.get("options"), body.get("option_groups")
    shape, offer = (GROUPS, groups) if groups else (OPTIONS, options)
    problems = [] if offer == [] else list(shape.problems(offer, "/options"))
    if problems or not isinstance(offer, list):
        exchange.trouble = "; ".join(str(problem) for problem in problems)
        return []
    return [option for group in groups for option in group["options"]] if groups else offer
