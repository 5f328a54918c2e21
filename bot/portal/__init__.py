"""The portal's API: addresses and network, wire models, and the calls that the bot makes."""
