"""Many programs on one store: ``python -m tests.store.crowding STORE PROGRAMS ROUNDS`` forks them, and waits for all.

Each opens the store, then goes round: a session of its own gets entries, others' sessions are read and listed, a slot
is taken, values of the screen are kept, calls are listed, and now and then the store is closed and opened again.
What each did is in NAME.json beside the store; anything that was ever raised to it is in ``wrong``.
"""

import asyncio
import json
import os
import random
import sys
from pathlib import Path
from typing import Any

from tests.store.histories import deltas, opened
from tui.calls import CallQuery
from tui.errors import PenstockError
from tui.events import Entry, PartEnded
from tui.messages import TextPart
from tui.store.store import Health, Store

EACH = 12


async def main(path: Path, name: str, rounds: int) -> None:
    done: dict[str, Any] = {"name": name, "wrong": [], "added": 0, "read": 0, "opened": 0, "slots": [], "said": []}
    chance = random.Random(name)
    store = await begun(path, done)
    store.claim(name)
    add(store, done, [opened(name)])
    for number in range(rounds):
        try:
            store = await one_round(store, done, number, chance)
        except PenstockError as error:
            done["wrong"].append(error.sentence())
    await store.settle(60)
    await store.close()
    path.with_name(f"{name}.json").write_text(json.dumps(done))


async def begun(path: Path, done: dict[str, Any]) -> Store:
    def told(health: Health) -> None:
        if health.failing_since is not None:
            done["said"].append(health.error)

    store = await Store.open(path)
    store.on_health = told
    done["opened"] += 1
    return store


async def one_round(store: Store, done: dict[str, Any], number: int, chance: random.Random) -> Store:
    name, seq, part_id = done["name"], done["added"], f"part_{number}"
    add(store, done, deltas(EACH, session_id=name, part_id=part_id, after=seq))
    add(
        store,
        done,
        [Entry(name, seq + EACH + 1, 1.0, PartEnded(part_id=part_id, part=TextPart(text=f"all of {number}")))],
    )
    store.save_ui("/w", f"draft:{name}", f"{number}")
    for row in await store.sessions():
        entries = await store.load(row.id)
        done["read"] += len(entries)
        assert [entry.seq for entry in entries] == sorted({entry.seq for entry in entries})
    await store.calls(CallQuery())
    done["slots"].append(await store.next_slot("/w"))
    if chance.random() < 0.5:
        await store.settle()
    if chance.random() < 0.3:
        await store.close()
        store = await begun(store.path, done)
        store.claim(name)
    return store


def add(store: Store, done: dict[str, Any], entries: list[Entry]) -> None:
    for entry in entries:
        store.add(entry)
    done["added"] += len(entries)


if __name__ == "__main__":
    where, programs, rounds = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    children = []
    for number in range(programs):
        pid = os.fork()
        if not pid:
            asyncio.run(main(where, f"s{number}", rounds))
            sys.exit()
        children.append(pid)
    sys.exit(max(os.waitpid(pid, 0)[1] for pid in children) != 0)
