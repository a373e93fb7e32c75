"""The async bridge: what hangs takes a thread along, never a place, and never the program's end."""

import asyncio
import subprocess
import sys
import threading
from collections.abc import AsyncIterator
from contextvars import ContextVar
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from tests.scripts import eventually
from tui.engine.calls import bridge as room
from tui.engine.calls.bridge import SIZE, Threads, doing

ROOT = Path(__file__).resolve().parents[2]
SIZE_HERE = 3


class Gate:
    """Work that hangs until the gate is opened. ``inside`` counts what hangs in it."""

    def __init__(self) -> None:
        self._open = threading.Event()
        self._lock = threading.Lock()
        self.inside = 0

    def hang(self, result: str = "back") -> str:
        with self._lock:
            self.inside += 1
        self._open.wait()
        with self._lock:
            self.inside -= 1
        return result

    def open(self) -> None:
        self._open.set()


@pytest.fixture
def gate() -> Gate:
    return Gate()


@pytest_asyncio.fixture
async def threads(gate: Gate) -> AsyncIterator[Threads]:
    made = Threads(SIZE_HERE)
    yield made
    gate.open()
    await made.close()
    await eventually(lambda: made.facts().workers == 0 and not made.facts().lost)


def ours() -> int:
    """Threads of bridges that are alive in this process."""
    return sum(thread.name == "bridge" for thread in threading.enumerate())


async def hang(threads: Threads, gate: Gate, times: int) -> list[asyncio.Task[str]]:
    """Tasks that wait for work which hangs; the first of them have workers already."""
    tasks = [asyncio.ensure_future(threads.run(gate.hang)) for _ in range(times)]
    await eventually(lambda: threads.facts().busy == min(times, SIZE_HERE))
    return tasks


async def abandon(*tasks: asyncio.Task[Any]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


# --- work


async def test_work_runs_in_another_thread_with_its_arguments_and_its_context(threads: Threads) -> None:
    mark: ContextVar[str] = ContextVar("mark")
    mark.set("mine")
    told = await threads.run(lambda a, b: (a, b, mark.get(), threading.current_thread().name), 1, "two")
    assert told == (1, "two", "mine", "bridge")


async def test_what_work_raises_reaches_its_caller(threads: Threads) -> None:
    with pytest.raises(ZeroDivisionError):
        await threads.run(lambda: 1 // 0)


@pytest.mark.parametrize("kind", [SystemExit, KeyboardInterrupt, GeneratorExit, asyncio.CancelledError, StopIteration])
async def test_what_would_end_a_program_or_pass_for_a_cancel_becomes_an_ordinary_error(
    threads: Threads, kind: type[BaseException]
) -> None:
    def odd() -> None:
        raise kind("on purpose")

    with pytest.raises(RuntimeError, match=f"{kind.__name__}: on purpose"):
        await threads.run(odd)
    assert await threads.run(str, 7) == "7"


async def test_no_more_threads_than_its_size_however_much_waits(threads: Threads, gate: Gate) -> None:
    before = ours()
    tasks = await hang(threads, gate, 40)
    facts = threads.facts()
    assert (facts.workers, facts.busy, facts.queued, facts.size) == (3, 3, 37, 3)
    assert ours() - before <= 3
    gate.open()
    assert await asyncio.gather(*tasks) == ["back"] * 40


async def test_an_idle_worker_is_used_again(threads: Threads) -> None:
    for number in range(50):
        assert await threads.run(str, number) == str(number)
    assert threads.facts().workers == 1


async def test_one_pool_serves_all_sessions_and_has_a_size_that_is_set() -> None:
    assert 8 <= SIZE <= 16
    assert Threads().facts() == room.Facts(size=SIZE, workers=0, busy=0, queued=0, lost=(), lost_ever=0)


# --- what hangs


async def test_more_hung_work_than_workers_does_not_stop_the_rest(threads: Threads, gate: Gate) -> None:
    before = ours()
    for lost in range(1, 4 * SIZE_HERE + 1):
        (task,) = await hang(threads, gate, 1)
        await abandon(task)
        assert len(threads.facts().lost) == threads.facts().lost_ever == lost
        assert await threads.run(str, lost) == str(lost), "the rest goes on"
    facts = threads.facts()
    assert ours() - before == len(facts.lost) + facts.workers
    assert (gate.inside, facts.workers) == (12, 1)
    gate.open()
    await eventually(lambda: not threads.facts().lost)
    await eventually(lambda: ours() - before == 1)
    assert threads.facts().lost_ever == 12


async def test_all_places_lost_at_once_are_filled_again(threads: Threads, gate: Gate) -> None:
    hung = await hang(threads, gate, SIZE_HERE)
    waiting = [asyncio.ensure_future(threads.run(str, number)) for number in range(20)]
    await asyncio.sleep(0)
    assert threads.facts().queued == 20
    await abandon(*hung)
    assert await asyncio.gather(*waiting) == [str(number) for number in range(20)]
    assert len(threads.facts().lost) == SIZE_HERE
    others = await hang(threads, gate, SIZE_HERE)
    assert threads.facts().busy == SIZE_HERE, "the capacity is whole"
    await abandon(*others)


async def test_a_time_limit_that_passes_is_a_cancel_like_any_other(threads: Threads, gate: Gate) -> None:
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.02):
            await threads.run(gate.hang)
    assert len(threads.facts().lost) == 1


async def test_a_lost_worker_says_what_it_runs_and_for_whom(threads: Threads, gate: Gate) -> None:
    (task,) = await hang(threads, gate, 1)
    await abandon(task)
    doing.set("grep")
    (task,) = await hang(threads, gate, 1)
    await abandon(task)
    first, second = threads.facts().lost
    assert (first.name, second.name) == ("Gate.hang", "grep")
    assert 0 <= second.seconds <= first.seconds < 60


async def test_what_was_queued_and_is_cancelled_never_runs(threads: Threads, gate: Gate) -> None:
    hung = await hang(threads, gate, SIZE_HERE)
    ran: list[int] = []
    waiting = [asyncio.ensure_future(threads.run(ran.append, number)) for number in range(5)]
    await asyncio.sleep(0)
    await abandon(waiting[1], waiting[3])
    assert (threads.facts().queued, threads.facts().lost_ever) == (3, 0)
    gate.open()
    await asyncio.gather(*hung)
    await asyncio.gather(waiting[0], waiting[2], waiting[4])
    assert sorted(ran) == [0, 2, 4]


async def test_work_that_was_just_done_when_its_caller_went_is_not_lost(threads: Threads) -> None:
    done, pause = threading.Event(), threading.Event()
    task = asyncio.ensure_future(threads.run(done.set))
    await asyncio.sleep(0)
    assert done.wait(10)
    while threads.facts().busy:
        pause.wait(0.001)  # not an await: the loop must not hear of the result yet
    await abandon(task)
    assert task.cancelled()
    assert threads.facts().lost_ever == 0


# --- the end


async def test_closing_waits_for_what_still_works_and_takes_no_more(gate: Gate) -> None:
    threads = Threads(SIZE_HERE)
    tasks = await hang(threads, gate, 5)
    asyncio.get_running_loop().call_soon(gate.open)
    await threads.close()
    assert [task.result() for task in tasks[:3]] == ["back"] * 3
    assert all(task.cancelled() for task in tasks[3:]), "what was queued is cancelled"
    with pytest.raises(RuntimeError, match="closing"):
        await threads.run(str)
    await eventually(lambda: threads.facts().workers == 0)


async def test_closing_does_not_wait_for_ever(gate: Gate, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "CLOSING_SECONDS", 0.02)
    threads = Threads(SIZE_HERE)
    (task,) = await hang(threads, gate, 1)
    await threads.close()
    assert not task.done()
    gate.open()
    assert await task == "back"


def test_hung_work_does_not_hold_up_the_end_of_the_program() -> None:
    code = """
import asyncio, threading
from tui.engine.calls.bridge import Threads

async def main():
    threads = Threads(2)
    for _ in range(5):
        try:
            async with asyncio.timeout(0.05):
                await threads.run(threading.Event().wait)
        except TimeoutError:
            pass
    hung = asyncio.ensure_future(threads.run(threading.Event().wait))
    print(await threads.run(str, "alive"), len(threads.facts().lost), flush=True)
    await threads.close()

asyncio.run(main())
print("over", flush=True)
"""
    ran = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=30, check=False
    )
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, "alive 5\nover\n", "")
