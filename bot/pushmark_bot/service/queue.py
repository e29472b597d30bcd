"""The scheduler of many processes: jobs of Procrastinate on PostgreSQL, which any worker on any host takes.

A job says only which submission is to be looked at. Its queueing lock lets one job wait for each submission, so that a
burst of pushes is one job, and its lock lets one run. What a submission needs is in its row; a job that is lost with
its worker is missed by nobody for long: what is due and has no job gets one.
"""

import asyncio
import logging
import queue
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import psycopg_pool
from procrastinate import App, PsycopgConnector, SyncPsycopgConnector
from procrastinate.exceptions import ConnectorException
from procrastinate.jobs import Job, Status
from pushmark_graders.errors import PushmarkError
from sqlalchemy import Integer, Select, String, cast, column, func, make_url, select, table, text
from sqlalchemy.orm import Session

from pushmark_bot.db.locks import alone, one_at_a_time
from pushmark_bot.db.store import Database
from pushmark_bot.service.deliveries import hear_all
from pushmark_bot.service.due import Due, due
from pushmark_bot.service.reconcile import Reconciler
from pushmark_bot.service.scheduler import LOOK, attempt

QUEUE = TASK = "reconcile"
DISPATCH = 2
"""One process at a time hands out jobs (see `db.locks.one_at_a_time`)."""
AT_ONCE = 1000
IN_A_ROW = 3
"""So often one job looks at a submission for which there is always more to do; then it is the others' turn."""
CONNECTIONS = 4
PAUSE = 1.0
_JOBS = table("procrastinate_jobs", column("args"), column("status"), column("task_name"))
_RAISE = text(
    "UPDATE procrastinate_jobs AS job SET priority = submission.lane FROM submission"
    " WHERE job.status = 'todo' AND job.queueing_lock = 'submission ' || submission.id"
    " AND job.priority < submission.lane"
)
_log = logging.getLogger("pushmark_bot")


class Queue:
    """Hands out jobs, and works on them with `reconcilers`, of which there may be none.

    A worker that has given no sign of life for `stalled` is taken for dead, and its jobs are given to others.
    """

    def __init__(
        self,
        database: Database,
        reconcilers: Sequence[Reconciler],
        *,
        stalled: timedelta = timedelta(seconds=30),
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._database = database
        self._stalled = stalled.total_seconds()
        self._clock = clock
        self._address = make_url(str(database.engine.url.render_as_string(hide_password=False)))
        self._hand_out = App(connector=SyncPsycopgConnector()).job_manager
        self._free: queue.SimpleQueue[Reconciler] = queue.SimpleQueue()
        for one in reconcilers:
            self._free.put(one)
        self._number = len(reconcilers)
        self._pool = ThreadPoolExecutor(max(self._number, 1), "pushmark-worker")
        self._woken = threading.Event()
        self._ending = threading.Event()
        self._threads = [threading.Thread(target=self._dispatch_on, name="pushmark-dispatch")]
        if reconcilers:
            self._threads.append(threading.Thread(target=self._work_on, name="pushmark-workers"))

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Finish what is under way, then end."""
        self._ending.set()
        self._woken.set()
        for thread in self._threads:
            thread.join()
        self._pool.shutdown()

    def wake(self) -> None:
        """There is something new in the database."""
        self._woken.set()

    def busy(self) -> set[int]:
        """The submissions that a worker has, here or elsewhere."""
        with self._database.reading() as session:
            return set(session.scalars(_submissions("doing")))

    # jobs are handed out

    def _dispatch_on(self) -> None:
        while not self._ending.is_set():
            self._woken.clear()
            try:
                hear_all(self._database)
                more = self.dispatch() == AT_ONCE
            except PushmarkError as trouble:
                _log.error("%s", trouble)
                more = False
            except Exception:  # a thread that ends is a bot that does nothing
                _log.exception("handing out jobs")
                more = False
            if not more:
                self._woken.wait(LOOK.total_seconds())

    def dispatch(self) -> int:
        """Give a job to what is due and has none; returns to how many."""
        with self._database.session() as session:
            one_at_a_time(session, DISPATCH)
            session.execute(_RAISE)
            found = due(session, self._clock(), busy=_submissions("todo", "doing"), most=AT_ONCE)
            if found:
                self._defer(session, found)
            return len(found)

    def _defer(self, session: Session, found: Sequence[Due]) -> None:
        jobs = [
            Job(
                id=None,
                queue=QUEUE,
                lock=f"submission {one.number}",
                queueing_lock=f"submission {one.number}",
                task_name=TASK,
                priority=one.lane,
                task_kwargs={"submission": one.number},
            )
            for one in found
        ]
        self._hand_out.batch_defer_jobs(jobs, connection=session.connection().connection.driver_connection)

    # jobs are done

    def _work_on(self) -> None:
        while not self._ending.is_set():
            try:
                asyncio.run(self._work())
            except (ConnectorException, psycopg_pool.PoolTimeout, OSError) as trouble:
                _log.error("the workers lost the database (%s), and try again", trouble.__cause__ or trouble)
            except Exception:
                _log.exception("the workers ended, and begin again")
            self._ending.wait(PAUSE)

    async def _work(self) -> None:
        """Work until we are to end, or the database is lost."""
        connector = PsycopgConnector(
            conninfo=self._address.set(drivername="postgresql").render_as_string(hide_password=False),
            min_size=1,
            max_size=CONNECTIONS,
        )
        app = App(connector=connector)
        app.task(name=TASK, queue=QUEUE)(self._job)
        async with app.open_async():
            working = asyncio.create_task(
                app.run_worker_async(
                    queues=[QUEUE],
                    concurrency=self._number,
                    install_signal_handlers=False,
                    delete_jobs="always",
                    fetch_job_polling_interval=LOOK.total_seconds(),
                    update_heartbeat_interval=self._stalled / 3,
                    stalled_worker_timeout=self._stalled,
                )
            )
            beside = [asyncio.create_task(self._rescue(app)), asyncio.create_task(asyncio.to_thread(self._ending.wait))]
            try:
                await asyncio.wait([working, beside[1]], return_when=asyncio.FIRST_COMPLETED)
                if not working.done():
                    working.cancel()  # it ends after the jobs that are under way
                await asyncio.gather(working, return_exceptions=not working.done())
            finally:
                for task in beside:
                    task.cancel()

    async def _job(self, submission: int) -> None:
        await asyncio.get_running_loop().run_in_executor(self._pool, self._reconcile, submission)

    def _reconcile(self, number: int) -> None:
        reconciler = self._free.get()
        try:
            with alone(self._database, number) as mine:
                for _ in range(IN_A_ROW if mine else 0):
                    if self._ending.is_set() or not self._is_due(number) or not attempt(reconciler, number):
                        return
        except PushmarkError as trouble:
            _log.error("submission %d: %s", number, trouble)
        finally:
            self._free.put(reconciler)

    def _is_due(self, number: int) -> bool:
        with self._database.reading() as session:
            return bool(due(session, self._clock(), only=number))

    async def _rescue(self, app: App) -> None:
        """Take jobs from workers that died, so that they are handed out again."""
        while True:
            try:
                for job in await app.job_manager.get_stalled_jobs(
                    task_name=TASK, seconds_since_heartbeat=self._stalled
                ):
                    await app.job_manager.finish_job(job, Status.ABORTED, delete_job=True)
                    _log.warning("the worker of submission %s died; it is handed out again", job.task_kwargs)
                    self.wake()
            except ConnectorException:  # another worker was quicker, or the database is away
                _log.debug("a stalled job is gone", exc_info=True)
            await asyncio.sleep(self._stalled / 3)


def _submissions(*states: str) -> Select[int]:
    """The submissions that have a job in one of these states."""
    number = cast(func.jsonb_extract_path_text(_JOBS.c.args, "submission"), Integer)
    return select(number).where(_JOBS.c.task_name == TASK, cast(_JOBS.c.status, String).in_(states))
