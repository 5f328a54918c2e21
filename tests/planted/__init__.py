"""Planted secrets: everything secret in a test is known, and all that leaves the bot is searched.

`kinds` says which secrets there are and where each may be, `forms` in which spellings they are
looked for, `books` keeps what a test planted and what was seen, `taps` fill the books, `disk` reads
what lies on it, and `plugin` does so for the whole suite (`make leaks`).
"""
