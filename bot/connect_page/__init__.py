"""The page that takes a key over HTTPS: its routes, its visits, and how often one may come."""

from bot.connect_page.routes import ConnectPage as ConnectPage
