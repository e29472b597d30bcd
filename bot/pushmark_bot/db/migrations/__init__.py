"""How the tables came to be, one step after another: run by Alembic, from `pushmark-bot db upgrade`."""
