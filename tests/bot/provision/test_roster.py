"""A whole roster gets its repositories, however often that is interrupted; `roster.py` plays it with a thousand."""

from tests.bot.provision.roster import play
from tests.bot.provision.school import School


def test_a_roster_whose_making_is_interrupted_twice_has_nothing_twice(school: School) -> None:
    play(school, learners=80)
