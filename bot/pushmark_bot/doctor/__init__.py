"""Looks at everything that the bot needs, and says of each whether it is right and what to do next."""
