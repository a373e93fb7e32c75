"""When Python's garbage collector runs: seldom while something is drawn, and whole when nothing is.

What streams leaves no cycles (``widgets.lean_strip``), but each screen that closes and each pane that goes leaves some
thousands of objects in them. With Python's own thresholds whole collections, 50 ms and more each, come while keys are
typed; without any the memory grows by a fifth in an hour. So: what is loaded by the first frame is never walked again,
the young are collected by count, and all of it some seconds after the last thing was drawn.
"""

import asyncio
import gc

REST = 4.0
"""Seconds without a drawing after which a pause is nobody's."""
THRESHOLDS = (2_000, 10, 5)
"""A collection of the youngest takes a millisecond, of the younger four; a whole one comes by itself only where a
quarter more than at the last has stayed."""
MANY = 100_000
"""Objects that stayed after a whole collection: they are what the sessions say, and are put aside, too."""


class Collecting:
    """``begin`` once what the program needs is loaded; ``drawn`` at each drawing. It owns one timer, and only until
    it has collected: a program at rest has none."""

    def __init__(self) -> None:
        self._loop: asyncio.AbstractEventLoop | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._last = 0.0

    def begin(self) -> None:
        """From now on. What is loaded stays for good, and is put aside."""
        self._loop = asyncio.get_running_loop()
        gc.freeze()
        gc.set_threshold(*THRESHOLDS)
        gc.enable()
        self.drawn()

    def drawn(self) -> None:
        """Something was drawn just now."""
        if self._loop is not None:
            self._last = self._loop.time()
            if self._timer is None:
                self._timer = self._loop.call_later(REST, self._look)

    def end(self) -> None:
        """The program ends: no timer is left."""
        if self._timer is not None:
            self._timer.cancel()
        self._loop = self._timer = None

    @property
    def idle(self) -> bool:
        """Whether no timer is armed."""
        return self._timer is None

    def _look(self) -> None:
        assert self._loop is not None
        left = self._last + REST - self._loop.time()
        self._timer = self._loop.call_later(left, self._look) if left > 0 else None
        if self._timer is None:
            collect()


def collect() -> None:
    """A whole collection of what came since the last that put things aside."""
    gc.collect()
    if len(gc.get_objects(generation=2)) > MANY:
        gc.unfreeze()  # a pane that was put aside may have gone since, and its cycles with it
        gc.collect()
        gc.freeze()
