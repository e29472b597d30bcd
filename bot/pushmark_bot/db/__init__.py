"""The bot's database: SQLite for one machine, PostgreSQL for many; the same tables and the same code."""
