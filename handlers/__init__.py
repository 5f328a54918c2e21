"""One module per Slack surface: each parses, does, and draws; `answering` is the shell around."""
