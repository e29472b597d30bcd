"""Which installations a running server takes webhooks of."""

from datetime import UTC, datetime

from pushmark_bot.db.store import Database
from pushmark_bot.db.tables import Course
from pushmark_bot.service.serve import KNOWN_SECONDS, Known

AT = datetime(2027, 1, 31, 18, tzinfo=UTC)


def add(database: Database, slug: str, installation: int | None) -> None:
    """A course."""
    with database.session() as session:
        session.add(Course(slug=slug, title="ML", organisation="school", installation=installation, created=AT))


def test_a_course_that_is_new_is_known_at_once_and_one_that_left_is_forgotten_soon(database: Database) -> None:
    now = 100.0
    known = Known(database, lambda: now)
    add(database, "without", None)
    assert not known(7)
    add(database, "ml-101", 7)
    assert known(7)
    with database.session() as session:
        session.query(Course).update({"installation": None})
    assert known(7)
    now += KNOWN_SECONDS + 1
    assert not known(7)
