"""Processes that write and come to grief: ``python -m tests.store.dying HOW STORE ...``, run by test_faults.

``killed STORE VERB NUMBER`` kills itself with SIGKILL when the NUMBER-th statement that begins with VERB starts, and
prints a line for each batch that was settled before. ``full STORE`` may not let a file grow for a while.
"""

import asyncio
import json
import os
import random
import resource
import signal
import sys
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

from tests.scripts import eventually
from tests.store.histories import deltas, opened
from tui.errors import StoreError
from tui.events import Entry, PartEnded, ToolEnded, ToolOutcome
from tui.messages import TextPart
from tui.store.store import Store, WriterLimits

BATCH = 12
LIMITS = WriterLimits(quick_pause=0.001, first_pause=0.01, longest_pause=0.05)


def batches() -> Iterator[list[Entry]]:
    """A session that never ends, in batches: each second one supersedes the deltas of the one before."""
    yield [opened()]
    for number in count():
        after, part_id = 1 + number * (BATCH + 1), f"part_{number}"
        yield deltas(BATCH, part_id=part_id, after=after)
        seq = after + BATCH + 1
        yield [Entry("s1", seq, float(seq), PartEnded(part_id=part_id, part=TextPart(text=f"all of {number}")))]


def long_outputs(number: int, *, after: int) -> list[Entry]:
    """Entries of 100 kB that no compression makes small."""
    chance = random.Random(after)
    return [
        Entry("s1", seq, 1.0, ToolEnded(call_id=f"c{seq}", outcome=ToolOutcome.OK, text=chance.randbytes(50_000).hex()))
        for seq in range(after + 1, after + 1 + number)
    ]


async def killed(path: Path, verb: str, number: int) -> None:
    store = await Store.open(path, limits=LIMITS)
    await store._connection.set_trace_callback(_kill_at(verb, number))
    for settled, batch in enumerate(batches(), 1):
        for entry in batch:
            store.add(entry)
        await store.settle()
        print(settled, flush=True)  # noqa: T201


def _kill_at(verb: str, number: int) -> Callable[[str], None]:
    left = iter(range(number - 1, -1, -1))

    def traced(statement: str) -> None:
        if statement.startswith(verb) and next(left) == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    return traced


async def full(path: Path) -> None:
    store = await Store.open(path, limits=LIMITS)
    entries = [opened(), *long_outputs(8, after=1)]
    store.add(entries[0])
    await store.settle()
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, hard))
    for entry in entries[1:]:
        store.add(entry)
    said = ""
    await eventually(lambda: store.health.failing_since)
    try:
        await store.settle(0.2)
    except StoreError as error:
        said = str(error)
    behind = store.health.behind_events
    read = await store.load("s1") == entries
    resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    await store.settle()
    facts = {
        "said": said,
        "behind": behind,
        "read": read,
        "kept": await store.load("s1") == entries,
        "well": store.health.failing_since is None,
        "wrong": await store.check(),
    }
    await store.close()
    print(json.dumps(facts))  # noqa: T201


if __name__ == "__main__":
    how, where, *more = sys.argv[1:]
    asyncio.run(full(Path(where)) if how == "full" else killed(Path(where), more[0], int(more[1])))
