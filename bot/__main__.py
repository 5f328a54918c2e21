"""The command line: `attachbot run` and its helpers, from `demo` to `backup`."""

from __future__ import annotations

import asyncio
import gc
import signal
import sys
import time
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import click

from bot.errors import BotError, SettingsError, SlackError, StoreError
from bot.views.console import backed_up, console_words, not_backed_up

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Iterator
    from contextlib import AbstractAsyncContextManager

    from bot.app import Running
    from bot.settings import Settings

WRONG_SETTINGS = 2
PEER_REFUSED = 3


@click.group()
@click.version_option(version("attachbot"), prog_name="attachbot")
def main() -> None:
    """Put files on cases, opportunities and contacts of ONLYOFFICE Workspace, from Slack."""


@main.command()
def run() -> None:
    """Run the bot until it is asked to stop."""
    with _made_for_life():
        settings = _settings()
        _log_as(settings)
        from bot.app import running_app
    _finish(_until_stopped(running_app(settings)))


@contextmanager
def _made_for_life() -> Iterator[None]:
    """Let the garbage collector leave alone, for good, what is made in the block.

    Modules stay as long as the process. Looking through them again and again took a tenth of the
    start, and later held up acknowledgements for 30 ms at a time.
    """
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        # A burst makes much that soon goes by itself; looking after it took a fifth of its time.
        gc.set_threshold(50_000, 20, 100)
        gc.enable()


async def _until_stopped(bot: AbstractAsyncContextManager[Running]) -> int:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    async with bot as running:
        click.echo(str(running), err=True)
        await stop.wait()
    return 0


@main.command()
@click.option("--tour", is_flag=True, help="Show the tour also on a terminal, and leave.")
def demo(*, tour: bool) -> None:
    """Try the bot between a sandbox Slack and a sandbox portal; no account is needed."""
    from bot.sandbox.demo import play

    interactive = sys.stdin.isatty() and sys.stdout.isatty() and not tour
    _finish(play(interactive=interactive))


@main.command()
def doctor() -> None:
    """Check settings, Slack, portal, database, keys and clock, and say what to do."""
    from bot.doctor import examine

    _finish(examine())


@main.command()
@click.argument("portal")
@click.option("--user", help="E-mail or user name; asked for without it.")
def token(portal: str, user: str | None) -> None:
    """Get a key from PORTAL; password and code are typed here and go to the portal only."""
    from bot.token import get_token

    _finish(get_token(portal, user))


@main.group()
def keys() -> None:
    """Manage the key ring that seals what the bot stores."""


@keys.command("new")
def new() -> None:
    """Print a new key for ATTACHBOT_SECRET_KEYS."""
    from bot.vault import new_key

    click.echo(new_key())


@keys.command("list")
def list_() -> None:
    """Print the id of each key, and how much it seals; the bot may run meanwhile."""
    from bot.keys import list_keys

    _exit_with(lambda: list_keys(_settings(), click.echo))


@keys.command("rotate")
@click.option(
    "--drop",
    multiple=True,
    metavar="ID",
    help="Id of a key: drop what it sealed and cannot be opened any more. May be repeated.",
)
def rotate(*, drop: tuple[str, ...]) -> None:
    """Seal all that is stored with the first key; stop the bot before."""
    from bot.keys import rotate_keys

    _exit_with(lambda: rotate_keys(_settings(), click.echo, drop=drop))


@main.group()
def audit() -> None:
    """Read who did what to which record; the bot may run meanwhile."""


@audit.command("verify")
@click.option(
    "--head", "heads", multiple=True, metavar="HEAD", help="A head that was kept elsewhere."
)
def verify(*, heads: tuple[str, ...]) -> None:
    """Find out whether anything in the audit was changed, moved or removed."""
    from bot.audit_trail import verify

    _exit_with(lambda: verify(_settings(), click.echo, heads))


@audit.command("export")
def export() -> None:
    """Print every entry as a line of JSON, oldest first."""
    from bot.audit_trail import export

    _exit_with(lambda: export(_settings(), click.echo))


@main.command()
@click.argument("file", type=click.Path(path_type=Path))
def backup(file: Path) -> None:
    """Copy the database into FILE, a new one; the bot may run meanwhile."""
    from storage.backup import back_up

    settings = _settings()
    began = time.perf_counter()
    try:
        count = back_up(settings.database_url, file)
    except StoreError as error:
        click.echo(not_backed_up(error), err=True)
        sys.exit(WRONG_SETTINGS)
    click.echo(backed_up(str(file), count, time.perf_counter() - began))


@main.command()
@click.option("--url", help="Public https address of the bot: print the manifest for HTTP mode.")
def manifest(url: str | None) -> None:
    """Print the manifest of the Slack app."""
    from bot.manifest import for_http, written
    from bot.manifest import manifest as plain

    content = plain()
    click.echo(written(for_http(content, url) if url else content), nl=False)


def _settings() -> Settings:
    from bot.loading import load

    try:
        return load()
    except SettingsError as error:
        _refuse(error)


def _log_as(settings: Settings) -> None:
    from bot.logs import configure

    as_text = sys.stderr.isatty()
    configure(settings.log_level, settings.log_format or ("text" if as_text else "json"))


def _finish(work: Coroutine[None, None, int]) -> NoReturn:
    _exit_with(lambda: asyncio.run(work))


def _exit_with(work: Callable[[], int]) -> NoReturn:
    try:
        sys.exit(work())
    except BotError as error:
        _refuse(error)


def _refuse(error: BotError) -> NoReturn:
    for line in console_words(error):
        click.echo(line, err=True)
    sys.exit(PEER_REFUSED if isinstance(error, SlackError) else WRONG_SETTINGS)


if __name__ == "__main__":
    main()
