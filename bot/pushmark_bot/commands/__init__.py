"""The commands that run the bot as a service."""
