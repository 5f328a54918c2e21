"""Questions about shared files: in a linked channel, in a direct message, and their ends."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.domain import Entity
from bot.errors import BotError, SlackFileRefusedError, SlackFileTroubleError
from bot.file_names import extension_of
from bot.views import blocks, buttons, words
from bot.views.asked import Asked
from bot.views.blocks import MOST_SHOWN, SHORT, button, escape, names, plain, plural, sentence, size
from bot.views.choices import choice
from bot.views.notes import Note
from bot.views.problem_slack_file import slack_file_words

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bot.domain import Block, Failure, Message, SharedFile
    from bot.sharing import Offer, Prompt

_LONGEST_TYPE = 6
_MOST_BESIDE = 5
"""Files that cannot go, beside several that can."""


def picture(prompt: Prompt, *, unconnected: bool = False) -> Message:
    """Draw a prompt as it stands; `unconnected`: its person has to connect first."""
    if not prompt.files:
        return _none_can_go(prompt)
    if unconnected:
        return _connect_first(prompt)
    return _direct(prompt) if prompt.direct else _in_channel(prompt)


def _in_channel(prompt: Prompt) -> Message:
    offer = prompt.offers[0]
    where = _titled(offer)
    question = f"Add {_these(prompt.files)} to CRM?"
    return blocks.message(
        sentence("Add ", _names(prompt.files), f" to CRM? This channel is linked to {where}."),
        [
            *_what(prompt, question),
            blocks.context(" ".join(_small(prompt, where))),
            *blocks.actions((*_choices(prompt), _more(prompt))),
        ],
    )


def _small(prompt: Prompt, where: str) -> Iterator[str]:
    yield f"Only you can see this. This channel is linked to {where}."
    if prompt.crowded:
        yield (
            "You share many files just now, so I do not ask about the next ones for some minutes. "
            "Send them to me in a direct message, or use `/attach here last`."
        )


def _direct(prompt: Prompt) -> Message:
    question = f"Which record should {_these(prompt.files)} be added to?"
    suggested = [f"{_titled(offer)}" for offer in prompt.offers]
    also = f" Suggested: {names(suggested)}." if suggested else ""
    return blocks.message(
        sentence("Which record should ", _names(prompt.files), f" be added to?{also}"),
        [*_what(prompt, question), *blocks.actions(_choices(prompt))],
    )


def _connect_first(prompt: Prompt) -> Message:
    return Note(
        headline="Connect your CRM account first",
        body="I attach files as you, with your own CRM rights. It takes about a minute.",
        lines=(
            f"{names(_names(prompt.files), MOST_SHOWN)}: I ask where to put them then.",
            *_left_out(prompt.left_out),
        ),
        buttons=(buttons.connect(), buttons.about()),
        also=("As soon as you connect, I ask where to put your files.",),
    ).message()


def _none_can_go(prompt: Prompt) -> Message:
    reasons = [_reason(failure) for failure in prompt.left_out]
    if len(reasons) == 1:
        return blocks.message(
            blocks.said(f"{reasons[0]}", "Nothing was attached."),
            [blocks.section(f"{reasons[0]} Nothing was attached.")],
        )
    headline = f"None of these {len(reasons)} files can be attached"
    return Note(
        headline=headline,
        body="Nothing was attached.",
        lines=tuple(_numbered(reasons)),
        also=tuple(reasons[:1]),
    ).message()


def _what(prompt: Prompt, question: str) -> list[Block]:
    """Return the question, and the files where they are several."""
    several = len(prompt.files) > 1
    beside = min(len(prompt.left_out), _MOST_BESIDE)
    left_out = _left_out(prompt.left_out, _MOST_BESIDE if several else MOST_SHOWN)
    lines = [f"*{_name(file)}*{_facts(file)}" for file in prompt.files] if several else []
    return [
        blocks.section(question),
        *blocks.sections([*_numbered(lines, MOST_SHOWN - beside), *left_out]),
    ]


def _left_out(failures: Sequence[Failure], most: int = MOST_SHOWN) -> list[str]:
    if not failures:
        return []
    heading = f"*{plural(len(failures), 'file')} cannot be attached*"
    return [heading, *_numbered([_reason(failure) for failure in failures], most)]


def _numbered(lines: Sequence[str], most: int = MOST_SHOWN) -> list[str]:
    shown = [f"{number}. {line}" for number, line in enumerate(lines[:most], 1)]
    more = len(lines) - most
    return [*shown, f"and {more} more"] if more > 0 else shown


def _reason(failure: Failure) -> str:
    error = BotError.of(failure)
    if not isinstance(error, SlackFileRefusedError | SlackFileTroubleError):
        return "A file cannot be attached."
    note = slack_file_words(error, Asked(part=True))
    said = f"{note.headline}. {note.body.strip()}"
    name = escape(error.name, SHORT)
    return said if not name or name in note.headline else f"{name}: {said}"


def _choices(prompt: Prompt) -> Iterator[Block]:
    names_ = _spoken(prompt.files)
    for number, offer in enumerate(prompt.offers):
        text = choice(_entity(offer)) if prompt.direct else f"Attach to {offer.ref}"
        where = f"{words.spoken_record(offer.ref)}{f', {offer.title}' if offer.title else ''}"
        yield button(
            text,
            "share.attach.",
            f"{prompt.id}|{number}",
            says=f"Attach {names_} to {where}",
            primary=not prompt.direct,
        )
    yield button(
        "Other record", "share.pick", prompt.id, says=f"Choose another record for {names_}"
    )
    yield button("Not now", "share.skip", prompt.id, says=f"Do not add {names_} to CRM")


def _more(prompt: Prompt) -> Block:
    choices = (
        ("Stop asking in this channel", f"channel|{prompt.id}"),
        ("Stop asking me anywhere", f"me|{prompt.id}"),
        (f"Always use {prompt.offers[0].ref} in this channel", f"always|{prompt.id}"),
    )
    return blocks.overflow("share.mute", choices)


# the ends of a prompt


def skipped(prompt: Prompt) -> Message:
    """Confirm that the files are let be."""
    return Note(
        headline=f"Not added: {names(_names(prompt.files), 3)}",
        body="Nothing was changed. Send them to me in a direct message if you change your mind.",
    ).message()


def muted(*, everywhere: bool) -> Message:
    """Confirm that a person is asked no more."""
    where = "anywhere" if everywhere else "in this channel"
    return Note(
        headline=f"I do not ask you about shared files {where} any more",
        body=(
            f"Nothing was added now. Files that you send to me in a direct message are still asked "
            f"about. {_TAKE_BACK}"
        ),
    ).message()


def always(prompt: Prompt) -> Message:
    """Confirm that a person's files go to the record unasked from now on."""
    ref = prompt.offers[0].ref
    return Note(
        headline=f"Files that you share in this channel go to {ref} from now on",
        body=(
            f"I am attaching {names(_names(prompt.files), 3)} now. This ends when the channel is "
            f"linked to another record, or when you disconnect. {_TAKE_BACK}"
        ),
    ).message()


def asks_again(count: int) -> Message:
    """Confirm that what was decided about prompts is forgotten."""
    if count == 0:
        return Note(
            headline="Nothing was set",
            body="I ask you about files that you share in channels that are linked to a record.",
        ).message()
    return Note(
        headline="I ask you again",
        body=(
            "When you share files in a channel that is linked to a record, I ask you each time "
            "whether to attach them. Nothing was changed in CRM."
        ),
    ).message()


def invitation() -> Message:
    """Begin the direct conversation with somebody who may not attach where they asked."""
    return Note(
        headline="Send me the files here",
        body=(
            "I ask you for the record that they belong to. Nothing was attached so far, and "
            "nothing is without you."
        ),
    ).message()


_TAKE_BACK = "To take this back, use the button *Ask me again* of `/attach status`."


# words


def _entity(offer: Offer) -> Entity:
    return Entity(ref=offer.ref, title=offer.title, closed=offer.closed)


def _titled(offer: Offer) -> str:
    return f"{words.titled(_entity(offer))}{' (closed)' if offer.closed else ''}"


def _these(files: Sequence[SharedFile]) -> str:
    if len(files) == 1:
        facts = _facts(files[0]).removeprefix(", ")
        return f"*{_name(files[0])}*{f' ({facts})' if facts else ''}"
    return f"these {len(files)} files"


def _names(files: Sequence[SharedFile]) -> list[str]:
    return [_name(file) for file in files]


def _name(file: SharedFile) -> str:
    return escape(file.name, SHORT) or f"file {escape(file.id, SHORT)}"


def _spoken(files: Sequence[SharedFile]) -> str:
    """Return the files for a screen reader, in few characters."""
    if len(files) > 1:
        return f"these {len(files)} files"
    return plain(files[0].name, 30) or "this file"


def _facts(file: SharedFile) -> str:
    """Return `, PDF, 1.2 MB`, as far as it is known."""
    type_ = extension_of(file.name).removeprefix(".").upper()
    known = (type_ if len(type_) <= _LONGEST_TYPE else "", size(file.size) if file.size else "")
    return "".join(f", {escape(fact)}" for fact in known if fact)
