"""Finds what was missed: deliveries that nobody dealt with, and work that was cut short by the end of its process.

What is due is found by every scheduler by itself (`service.due`). What is not to be seen from a submission's row is
found here.
"""

from sqlalchemy import select, update

from pushmark_bot.db.locks import one_at_a_time
from pushmark_bot.db.store import Database
from pushmark_bot.db.tables import Attempt, Submission
from pushmark_bot.service.deliveries import NEWS, hear_all
from pushmark_bot.service.scheduler import Scheduler


def sweep(database: Database, scheduler: Scheduler) -> None:
    """Deal with what was missed.

    An attempt that is open while nobody works on its submission was left behind by a process that was killed, unless
    another machine has it.
    """
    hear_all(database)
    busy = scheduler.busy()
    with database.session() as session:
        one_at_a_time(session, NEWS)
        opened = session.scalars(select(Attempt).where(Attempt.state == "open"))
        left = {row.submission_id for row in opened if row.errand is None} - busy
        looked_for = (Submission.id.in_(left), Submission.heard == Submission.seen)
        session.execute(update(Submission).where(*looked_for).values(heard=Submission.heard + 1))
