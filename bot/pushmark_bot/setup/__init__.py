"""Makes a GitHub App for the bot: one click on GitHub's page, and every secret in a file of its own."""
