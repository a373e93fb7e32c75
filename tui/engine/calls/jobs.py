"""Jobs: programs that go on after the call that started them, owned by their session.

A job's output is spooled as a call's is. It ends by itself, by ``job_kill``, or with Penstock, and its end reaches the
log each time; one that a dead process left open is closed when its session is loaded, with nothing known of it.
"""

import asyncio
from time import monotonic

from tui.engine.calls.executor import Spawn
from tui.engine.calls.output import Masked, Spool
from tui.engine.log import Log
from tui.errors import StoreError, ToolError
from tui.events import JobEnded, JobStarted
from tui.ids import new_id
from tui.secrets import Masks
from tui.tools.base import Blobs, Output, Program

MOST_JOBS = 16
"""Jobs of one session that may run at once."""


class _Job:
    """One that runs."""

    def __init__(self, program: Program, spool: Spool) -> None:
        self.program = program
        self.spool = spool
        self.began = monotonic()
        self.ended = asyncio.Event()
        self.code: int | None = None

    @property
    def duration(self) -> float:
        return round(monotonic() - self.began, 3)


class Jobs:
    """``tui.tools.base.Jobs`` of one session. ``spawn`` starts tasks in the workspace's group."""

    def __init__(self, log: Log, blobs: Blobs, *, spawn: Spawn, masks: Masks | None = None) -> None:
        self._log = log
        self._blobs = blobs
        self._spawn = spawn
        self._masks = masks
        self._running: dict[str, _Job] = {}
        self._seen: dict[str, int] = {}
        self._closing = False

    @property
    def running(self) -> bool:
        return bool(self._running)

    def start(self, call_id: str, command: str, program: Program) -> str:
        """See ``tui.tools.base.Jobs``."""
        job_id = new_id("job")
        job = self._running[job_id] = _Job(
            program, Spool(self._blobs, job_id, clean=self._masks and Masked(self._masks))
        )
        self._log.emit(JobStarted(job_id=job_id, call_id=call_id, command=command))
        task = self._spawn(self._run(job))
        task.add_done_callback(lambda _: self._close(job_id, job))
        if self._closing:
            self._spawn(program.stop())
        return job_id

    def check(self) -> None:
        """See ``tui.tools.base.Jobs``."""
        if len(self._running) >= MOST_JOBS:
            raise ToolError(f"{MOST_JOBS} jobs run already. job_kill ends one.")

    def output(self, name: str) -> Output:
        """See ``tui.tools.base.Jobs``."""
        state, job = self._log.state, self._running.get(name)
        seen = self._seen.get(name, 0)
        if job is not None:
            spool, told = job.spool, f"running for {job.duration:.0f} s"
            return Output(pieces=spool.pieces, rest=spool.rest, state=told, seen=seen)
        ended = state.ended_jobs.get(name)
        if ended is not None:
            rest = "" if ended.pieces else ended.text
            return Output(pieces=ended.pieces, rest=rest, state=_how(ended), seen=seen)
        call = state.calls.get(name)
        if call is None or call.aside:  # what the person ran again is not for the model
            raise ToolError(f"No job and no earlier call has the id {name[:80]!r}.")
        if call.ended is None:
            raise ToolError(f"The call {name} has not ended yet.")
        rest = "" if call.ended.pieces else call.ended.text
        return Output(pieces=call.ended.pieces, rest=rest, state=f"a call of {call.tool}, ended: {call.phase}")

    def saw(self, name: str, lines: int) -> None:
        """See ``tui.tools.base.Jobs``."""
        self._seen[name] = max(lines, self._seen.get(name, 0))

    async def kill(self, name: str) -> str:
        """See ``tui.tools.base.Jobs``."""
        job = self._running.get(name)
        if job is not None:
            await job.program.stop()
            await job.ended.wait()
        ended = self._log.state.ended_jobs.get(name)
        if ended is None:
            raise ToolError(f"There is no job {name[:80]!r}.")
        return _how(ended)

    def stop(self) -> None:
        """End all of them, and any that is started yet: the program closes."""
        self._closing = True
        for job in self._running.values():
            self._spawn(job.program.stop())

    async def rest(self) -> None:
        """Wait until none runs."""
        for job in list(self._running.values()):
            await job.ended.wait()

    async def _run(self, job: _Job) -> None:
        try:
            job.code = await job.program.to_the_end(job.spool.add)
            await job.spool.end()
        except StoreError:  # its output cannot be kept
            await job.program.stop()

    def _close(self, job_id: str, job: _Job) -> None:
        """A callback and not a ``finally``: a task that is cancelled before its first step runs neither."""
        del self._running[job_id]
        spool = job.spool
        self._log.emit(
            JobEnded(job_id=job_id, code=job.code, text=spool.text, pieces=spool.pieces, duration=job.duration)
        )
        job.ended.set()


def close_jobs(log: Log) -> None:
    """End the jobs that a process left open when it died: what became of them is not known."""
    state = log.state
    for job_id in state.jobs.keys() - state.ended_jobs.keys():
        log.emit(JobEnded(job_id=job_id, code=None, text="Penstock died while this ran. Its output is lost."))


def _how(ended: JobEnded) -> str:
    if ended.code is None:
        return "ended, nobody knows how: Penstock died or was closed meanwhile"
    how = f"exit code {ended.code}" if ended.code >= 0 else f"ended by signal {-ended.code}"
    return f"{how} after {ended.duration:.0f} s"
