"""Errors of the machine that the bot runs on: database, key ring, settings."""

from __future__ import annotations

from bot.errors.root import BotError


class StoreError(BotError):
    detail: str = ""


class AlreadyRunningError(StoreError):
    pass


class SecretError(BotError):
    detail: str = ""


class KeyMissingError(SecretError):
    """`keys` are the ids of those that are missing."""

    keys: tuple[str, ...] = ()


class SettingsError(BotError):
    """`problems` are sentences, one a wrong setting."""

    problems: tuple[str, ...] = ()
