"""One clock for the whole screen.

The engine says that a session changed; the clock remembers which, and at most 60 times a second
tells its listener. It is stopped whenever nothing changed: an idle program has no timer. While a
visible turn runs, a slow beat moves the elapsed times and countdowns on; it stops with the turn.
"""

import asyncio
from collections.abc import Callable

FRAME = 1 / 60
BEAT = 1.0


class Frame:
    """``touch`` is called by the engine, at any rate; ``draw(changed)`` at the clock's.

    ``draw`` returns whether the slow beat should go on.
    """

    def __init__(self, draw: Callable[[frozenset[str]], bool]) -> None:
        self._draw = draw
        self._loop = asyncio.get_running_loop()
        self._changed: set[str] = set()
        self._timer: asyncio.TimerHandle | None = None
        self._beat: asyncio.TimerHandle | None = None
        self._drawn_at = float("-inf")
        self.frames = 0

    @property
    def idle(self) -> bool:
        """Whether no timer is armed."""
        return self._timer is None and self._beat is None

    def touch(self, session_id: str) -> None:
        """Something of a session changed."""
        self._changed.add(session_id)
        if self._timer is None:
            self._timer = self._loop.call_at(max(self._loop.time(), self._drawn_at + FRAME), self._tick)

    def stop(self) -> None:
        for timer in (self._timer, self._beat):
            if timer is not None:
                timer.cancel()
        self._timer = self._beat = None

    def _tick(self) -> None:
        self._timer = None
        self._drawn_at = self._loop.time()
        changed = frozenset(self._changed)
        self._changed.clear()
        self.frames += 1
        alive = self._draw(changed)
        if alive and self._beat is None:
            self._beat = self._loop.call_later(BEAT, self._pulse)

    def _pulse(self) -> None:
        self._beat = None
        if self._draw(frozenset()):
            self._beat = self._loop.call_later(BEAT, self._pulse)
