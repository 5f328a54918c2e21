"""Domain types in, Block Kit out: every text of the bot, one module per picture."""
