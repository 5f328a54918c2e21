"""Texts that the portal says in the language of the person who asks."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bot.sandbox.portal_model import Person


class Words(Enum):
    """English first, German second; a language without words reads English."""

    UPLOADED = "Files are uploaded", "Dateien wurden hochgeladen"
    TASK_CLOSED = "Task is closed", "Aufgabe ist geschlossen"
    ACCESS_DENIED = "Access Denied", "Zugriff verweigert"
    NO_FILE = "The required file was not found", "Die benötigte Datei wurde nicht gefunden"
    NO_FOLDER = "The required folder was not found", "Der benötigte Ordner wurde nicht gefunden"
    MAY_NOT_VIEW_FILE = (
        "You don't have enough permission to view the file",
        "Sie haben nicht genug Rechte, um die Datei anzuzeigen",
    )
    MAY_NOT_VIEW_FOLDER = (
        "You don't have enough permission to view the folder content",
        "Sie haben nicht genug Rechte, um den Ordnerinhalt anzuzeigen",
    )
    MAY_NOT_CREATE = (
        "You don't have enough permission to create",
        "Sie haben nicht genug Rechte zum Erstellen",
    )
    MAY_NOT_EDIT = (
        "You don't have enough permission to edit the file",
        "Sie haben nicht genug Rechte, um die Datei zu bearbeiten",
    )
    MAY_NOT_DELETE = (
        "You don't have enough permission to delete the file",
        "Sie haben nicht genug Rechte, um die Datei zu löschen",
    )
    NOT_CONVERTED = "The file could not be converted", "Die Datei konnte nicht umgewandelt werden"
    TOO_BIG = (
        "The maximum file size is exceeded ({size}).",
        "Die maximale Dateigröße ist überschritten ({size}).",
    )
    BLOCKED_TYPE = "This file format isn't supported", "Dieses Dateiformat wird nicht unterstützt"
    NO_USER = "User not found", "Benutzer nicht gefunden"

    def to(self, person: Person) -> str:
        """Return these words in the language of `person`."""
        english, german = self.value
        return german if person.language == "de" else english
