"""The bot as a server: takes webhooks in, grades what is new, and says so on the pull request."""
