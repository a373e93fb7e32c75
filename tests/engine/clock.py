"""A loop whose clock jumps: waits of minutes take no time, and every instant in a test is exact.

When nothing is ready the clock goes to the next timer at once, so what a test measures is what the code decided and
never how busy the machine was. Only for code that waits by the loop alone: no threads, sockets or processes.
"""

import asyncio
import selectors
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Any, ParamSpec

P = ParamSpec("P")


class LeapingLoop(asyncio.SelectorEventLoop):
    """``now`` is its clock; ``stall`` is what a callback that takes long does to it."""

    def __init__(self) -> None:
        self.now = 0.0
        super().__init__(_Leaping(self))

    def time(self) -> float:
        return self.now

    def stall(self, seconds: float) -> None:
        self.now += seconds


class _Leaping(selectors.SelectSelector):
    def __init__(self, loop: LeapingLoop) -> None:
        super().__init__()
        self._loop = loop

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        assert timeout is not None, "nothing is ready and no timer runs: the test would wait for ever"
        self._loop.now += max(timeout, 0.0)
        return super().select(0)


def leaping(test: Callable[P, Coroutine[Any, Any, None]]) -> Callable[P, None]:
    """Run an async test on a loop whose clock jumps."""

    @wraps(test)
    def run(*args: P.args, **kwargs: P.kwargs) -> None:
        with asyncio.Runner(loop_factory=LeapingLoop) as runner:
            runner.run(test(*args, **kwargs))

    return run


def the_loop() -> LeapingLoop:
    loop = asyncio.get_running_loop()
    assert isinstance(loop, LeapingLoop)
    return loop


@contextmanager
def takes(low: float, high: float | None = None) -> Iterator[None]:
    """The block takes ``low`` to ``high`` seconds of the loop's time: exactly ``low`` when that is all that is said."""
    loop = asyncio.get_running_loop()
    before = loop.time()
    yield
    spent = loop.time() - before
    assert low - 1e-6 <= spent <= (low if high is None else high) + 1e-6, f"it took {spent} s"
