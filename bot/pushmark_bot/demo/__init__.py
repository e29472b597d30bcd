"""`pushmark-bot demo`: a lab's whole life on one machine, with real git, training, grading and HTTP.

Only GitHub itself is played, by the fake that `pushmark_bot.testing` ships.
"""
