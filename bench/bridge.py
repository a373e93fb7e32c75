"""What a call through the async bridge costs, beside a thread pool made for each call.

Sixty-four calls at once, round after round, each of a function that does next to nothing, as most of a tool's are
that ask the disk for one thing. `bridge` is microseconds of a call; the yardstick makes a `ThreadPoolExecutor` for
each call and closes it, as programs do that want no pool of their own. `bridge_shared` is beside one shared
`ThreadPoolExecutor` of the same size, which loses a thread to each function that hangs. They take turns in one run.
"""

import asyncio
import os
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor

from bench.figures import Figure, figure
from tui.engine.calls.bridge import SIZE, Threads

NAMES = ("bridge", "bridge_shared")
WIDE = 64
ROUNDS = 30


def measure(*, repeats: int = 5) -> dict[str, Figure]:
    """Microseconds of a call: ours, and of both yardsticks."""
    ours, alone, shared = asyncio.run(_measure(repeats))
    return {"bridge": figure(ours, "us", alone), "bridge_shared": figure(ours, "us", shared)}


async def _measure(repeats: int) -> tuple[list[float], list[float], list[float]]:
    threads, loop = Threads(), asyncio.get_running_loop()
    pool = ThreadPoolExecutor(SIZE)

    async def through_the_bridge() -> None:
        await threads.run(os.getpid)

    async def through_its_own() -> None:
        with ThreadPoolExecutor(1) as own:
            await loop.run_in_executor(own, os.getpid)

    async def through_the_shared() -> None:
        await loop.run_in_executor(pool, os.getpid)

    ours, alone, shared = list[float](), list[float](), list[float]()
    for _ in range(repeats):
        ours.append(await _cost(through_the_bridge))
        alone.append(await _cost(through_its_own))
        shared.append(await _cost(through_the_shared))
    await threads.close()
    pool.shutdown()
    return ours, alone, shared


async def _cost(call: Callable[[], Awaitable[None]]) -> float:
    """Microseconds of a call, on average."""
    began = time.perf_counter()
    for _ in range(ROUNDS):
        await asyncio.gather(*(call() for _ in range(WIDE)))
    return 1e6 * (time.perf_counter() - began) / (ROUNDS * WIDE)


if __name__ == "__main__":
    import json

    print(json.dumps(measure(repeats=3), indent=2))
