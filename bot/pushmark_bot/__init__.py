"""Pushmark's bot: everything that talks to GitHub."""
