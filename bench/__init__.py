"""Benchmarks: the bot side by side with the least that could do the same."""
