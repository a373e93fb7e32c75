"""A tool's coroutine, driven by hand so that it can be left.

A task ends when its coroutine does, and a coroutine may swallow every cancellation; then an interrupt would wait for
ever, and so would the program's end. Driven here, a tool that was cancelled gets a grace to clean up; when it has
passed, the tool is closed where it stands, and whoever waits for it goes on. What this cannot end is a tool that
waits, while it swallows cancellations, for a task of its own that swallows them too.
"""

import asyncio
import logging
from collections.abc import Coroutine, Generator
from types import TracebackType
from typing import Any, TypeVar

T = TypeVar("T")

GRACE = 2.0
"""Seconds from a cancellation until the coroutine is closed."""

_log = logging.getLogger(__name__)


async def driven(coroutine: Coroutine[Any, Any, T]) -> T:
    """``await coroutine``, but for the grace."""
    driver = _Driver(coroutine)
    try:
        return await driver
    finally:
        driver.stop()


class _Driver(Generator[Any, Any, T]):
    """Between a task and a coroutine: passes on what the task sends and throws."""

    def __init__(self, coroutine: Coroutine[Any, Any, T]) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._task = task
        self._cancelling = task.cancelling()
        self._coroutine = coroutine
        self._timer: asyncio.TimerHandle | None = None
        self._left = False

    def __await__(self) -> Generator[Any, Any, T]:
        return self

    def send(self, value: Any, /) -> Any:
        return self._coroutine.send(value)

    def throw(self, kind: Any, error: BaseException | object = None, trace: TracebackType | None = None, /) -> Any:
        thrown = error if isinstance(error, BaseException) else kind
        if isinstance(thrown, asyncio.CancelledError):
            if self._left:
                self._task.uncancel()  # this one was ours
                self.close()
                raise thrown
            self.stop()
            self._timer = asyncio.get_running_loop().call_later(GRACE, self._leave)
        return self._coroutine.throw(thrown)

    def close(self) -> None:
        try:
            self._coroutine.close()
        except RuntimeError:  # it swallows that too: nobody drives it any more, so it is over all the same
            _log.warning("a tool swallowed its end")

    def stop(self) -> None:
        if self._timer is not None:
            self._timer.cancel()

    def _leave(self) -> None:
        """Not where the cancellation was the tool's own, a time limit inside of it, and it has gone on since."""
        if self._task.cancelling() > self._cancelling:
            self._left = True
            self._task.cancel()
