"""Socket Mode stays up: connections that are replaced before they end, and watched meanwhile."""

from bot.sockets.connection import Connection
from bot.sockets.keeping import Pace, Sockets, sockets_kept

__all__ = ["Connection", "Pace", "Sockets", "sockets_kept"]
