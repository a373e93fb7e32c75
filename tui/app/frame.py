"""One clock for the whole screen.

The engine says that a session changed; the clock remembers which, and at most 60 times a second
tells its listener. It is stopped whenever nothing changed: an idle program has no timer. While a
visible turn runs, a slow beat moves the elapsed times and countdowns on; it stops with the turn.
"""

import asyncio
from collections.abc import Callable, Collection, Sequence
from contextvars import copy_context

FRAME = 1 / 60
BEAT = 1.0
CROWD = 4
"""Panes beside the focused one from which on they take turns."""
LONGEST_TURN = 3
"""Frames in which each of them is drawn at least once: 20 times a second is still live text."""


def taking_turns(panes: Sequence[str], changed: Collection[str], focused: str, frame: int) -> list[str]:
    """Which of the ``changed`` panes to draw in this frame; the others are owed and come in the next ones.

    The focused one is drawn in every frame. Of many others each is drawn in every second or third: eight panes that
    stream cost little more than four, and nobody reads eight texts sixty times a second.
    """
    others = [pane for pane in panes if pane != focused]
    share = min(LONGEST_TURN, 1 + sum(pane in changed for pane in others) // CROWD)
    due = {pane for place, pane in enumerate(others) if place % share == frame % share}
    return [pane for pane in panes if pane in changed and (pane == focused or pane in due)]


class Frame:
    """``touch`` is called by the engine, at any rate; ``draw(changed)`` at the clock's.

    ``draw`` returns whether the slow beat should go on. ``failed`` is told of an exception in it, which the loop
    would log where nobody looks: a screen that has stopped drawing must not pass for a quiet one.
    """

    def __init__(
        self, draw: Callable[[frozenset[str]], bool], failed: Callable[[Exception], None] = lambda error: None
    ) -> None:
        self._draw = draw
        self._failed = failed
        self._loop = asyncio.get_running_loop()
        self._context = copy_context()  # to draw in the screen's, not in that of whoever touched
        self._changed: set[str] = set()
        self._timer: asyncio.TimerHandle | None = None
        self._beat: asyncio.TimerHandle | None = None
        self._due = float("-inf")  # when the last frame was due: a late one does not make the next late too
        self.frames = 0
        self.beat = BEAT
        """Seconds between two slow beats."""

    @property
    def idle(self) -> bool:
        """Whether no timer is armed."""
        return self._timer is None and self._beat is None

    def touch(self, session_id: str) -> None:
        """Something of a session changed."""
        self._changed.add(session_id)
        if self._timer is None:
            self._due = max(self._loop.time(), self._due + FRAME)
            self._timer = self._loop.call_at(self._due, self._tick, context=self._context)

    def stop(self) -> None:
        for timer in (self._timer, self._beat):
            if timer is not None:
                timer.cancel()
        self._timer = self._beat = None

    def _tick(self) -> None:
        self._timer = None
        changed = frozenset(self._changed)
        self._changed.clear()
        self.frames += 1
        alive = self._drawn(changed)
        if alive and self._beat is None:
            self._beat = self._loop.call_later(self.beat, self._pulse, context=self._context)

    def _pulse(self) -> None:
        self._beat = None
        if self._drawn(frozenset()):
            self._beat = self._loop.call_later(self.beat, self._pulse, context=self._context)

    def _drawn(self, changed: frozenset[str]) -> bool:
        try:
            return self._draw(changed)
        except Exception as error:
            self._failed(error)
            raise
