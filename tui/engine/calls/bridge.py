"""The async bridge: one bounded pool of threads for everything in the program that blocks.

A thread cannot be stopped from outside. So a worker whose caller went away while it works (cancelled, or past its
time limit) is *lost*: it is counted and named, a new one takes its place, and when its work returns after all it
notices that and ends. Work that hangs takes a thread along, never a place in the pool: however many tools hang,
the rest goes on. Threads are daemons and closing waits a bounded time, so that none of them holds up the exit.
"""

import asyncio
import threading
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from contextvars import Context, ContextVar, copy_context
from time import monotonic
from typing import Any, TypeVar

from tui.value import value

T = TypeVar("T")

SIZE = 12
"""Workers that may work at once. Enough for a step's calls to overlap; what they wait for is mostly one disk."""
CLOSING_SECONDS = 1.0
"""How long closing waits for workers that are still busy."""

HANGS_AFTER = 1.0
"""Seconds from which on work that was left is said to hang: most ends by itself, soon after nobody waits any more."""
MOST_NAMED = 3

doing: ContextVar[str] = ContextVar("doing", default="")
"""On whose behalf work runs, for a person: a tool's name. Where it is empty, work is called by its function's name."""


@value
class Lost:
    """Work that nobody waits for any more and that has not returned yet. ``since`` is on the monotonic clock."""

    name: str
    since: float

    @property
    def seconds(self) -> float:
        """How long it has been running."""
        return monotonic() - self.since


@value
class Facts:
    """``workers`` are the threads that belong to the pool (the lost do not), ``busy`` those of them that work.

    ``lost`` are lost now, oldest first; ``lost_ever`` counts all that ever were.
    """

    size: int
    workers: int
    busy: int
    queued: int
    lost: tuple[Lost, ...]
    lost_ever: int

    @property
    def told(self) -> str:
        """What hangs, in words for the status line; "" where nothing does. Not what was only just left."""
        hang = [lost for lost in self.lost if lost.seconds >= HANGS_AFTER]
        if not hang:
            return ""
        which = ", ".join(f"{lost.name}, {lost.seconds:.0f} s" for lost in hang[:MOST_NAMED])
        more = f", and {len(hang) - MOST_NAMED} more" if len(hang) > MOST_NAMED else ""
        return f"{len(hang)} tool{'s' * (len(hang) > 1)} hang{'s' * (len(hang) == 1)} ({which}{more})"


class _Work:
    """One thing to run, and who waits for it."""

    __slots__ = ("arguments", "context", "future", "left", "loop", "name", "since", "work")

    def __init__(self, work: Callable[..., Any], arguments: tuple[Any, ...], loop: asyncio.AbstractEventLoop) -> None:
        self.work = work
        self.arguments = arguments
        self.context: Context = copy_context()
        self.loop = loop
        self.future: asyncio.Future[Any] = loop.create_future()
        self.name = doing.get() or getattr(work, "__qualname__", "") or type(work).__name__
        self.since = 0.0
        self.left = False


class Threads:
    """``tui.tools.base.Bridge``. Threads start when there is work for them."""

    def __init__(self, size: int = SIZE) -> None:
        self._size = size
        self._lock = threading.Lock()
        self._wake = threading.Condition(self._lock)
        self._queue: deque[_Work] = deque()
        self._running: set[_Work] = set()
        self._lost: dict[_Work, None] = {}
        self._lost_ever = 0
        self._workers = 0
        self._closed = False

    async def run(self, work: Callable[..., T], *arguments: Any) -> T:
        """See ``tui.tools.base.Bridge``.

        Raises:
            RuntimeError: the bridge is closed, or the work raised what only a program's own end may raise.
        """
        item = _Work(work, arguments, asyncio.get_running_loop())
        self._put(item)
        try:
            return await item.future
        except asyncio.CancelledError:
            self._leave(item)
            raise

    def facts(self) -> Facts:
        """What it does at this moment."""
        with self._lock:
            lost = tuple(Lost(name=item.name, since=item.since) for item in self._lost)
            return Facts(
                size=self._size,
                workers=self._workers,
                busy=len(self._running),
                queued=len(self._queue),
                lost=lost,
                lost_ever=self._lost_ever,
            )

    async def close(self) -> None:
        """Take no more work and let the workers end, for a bounded time. What was queued is cancelled."""
        with self._lock:
            self._closed = True
            dropped, self._queue = list(self._queue), deque()
            self._wake.notify_all()
            busy = [item.future for item in self._running]
        for item in dropped:
            item.future.cancel()
        if busy:
            await asyncio.wait(busy, timeout=CLOSING_SECONDS)

    def _put(self, item: _Work) -> None:
        with self._lock:
            if self._closed:
                raise RuntimeError("The program is closing: no more work is taken.")
            self._queue.append(item)
            self._staff()

    def _staff(self) -> None:
        """See to it that what is queued has a worker coming, as far as the size allows. The lock is held."""
        if self._workers - len(self._running) >= len(self._queue):
            self._wake.notify()  # one that waits, or is about to
        elif self._workers < self._size:
            self._workers += 1
            try:
                threading.Thread(target=self._work, name="bridge", daemon=True).start()
            except RuntimeError:  # the system gives no more threads: those that are there do it
                self._workers -= 1
                if not self._workers:
                    raise

    def _leave(self, item: _Work) -> None:
        """Nobody waits for ``item`` any more."""
        with self._lock:
            if item in self._running:
                item.left = True
                self._running.remove(item)
                self._lost[item] = None
                self._lost_ever += 1
                self._workers -= 1
                if self._queue:
                    self._staff()
            else:
                with suppress(ValueError):  # it was done already
                    self._queue.remove(item)

    def _work(self) -> None:
        """The life of a worker: until the bridge closes, or until it was lost."""
        while (item := self._next()) is not None:
            result, error = _outcome(item)
            with self._lock:
                if item.left:
                    del self._lost[item]
                    return
                self._running.remove(item)
            with suppress(RuntimeError):  # the loop has closed meanwhile
                item.loop.call_soon_threadsafe(_tell, item.future, result, error)
            del item, result, error  # an idle worker holds on to nothing

    def _next(self) -> _Work | None:
        with self._lock:
            while not self._queue and not self._closed:
                self._wake.wait()
            if not self._queue:
                self._workers -= 1
                return None
            item = self._queue.popleft()
            item.since = monotonic()
            self._running.add(item)
            return item


def _outcome(item: _Work) -> tuple[Any, BaseException | None]:
    """What the work returned, or what it raised: no thread of ours ends by an exception."""
    try:
        return item.context.run(item.work, *item.arguments), None
    except BaseException as error:  # noqa: BLE001 - it is carried to whoever waits for the work
        if isinstance(error, Exception) and not isinstance(error, StopIteration):
            return None, error
        # SystemExit in a thread must not end the program, and no future takes a StopIteration.
        told = RuntimeError(f"{type(error).__name__}: {error}")
        told.__cause__ = error
        return None, told


def _tell(future: asyncio.Future[Any], result: Any, error: BaseException | None) -> None:
    if future.done():
        return
    if error is None:
        future.set_result(result)
    else:
        future.set_exception(error)
