"""Eight programs on one store at once: all of them append, read and open, and none ever hears of another's lock."""

import asyncio
import json
import os
import subprocess
import sys
from pathlib import Path

from tests.scripts import eventually
from tests.store.crowding import EACH
from tests.store.histories import opened
from tests.store.test_faults import locked
from tests.store.test_released import OpenStore, released
from tui.events import SCRATCH
from tui.store.store import Store

LONG = os.environ.get("PENSTOCK_LONG") == "1"
PROGRAMS = 8
ROUNDS = 100 if LONG else 8
ROOT = Path(__file__).resolve().parents[2]


async def test_a_store_opens_while_another_program_writes_and_catches_up_when_that_has_ended(
    open_store: OpenStore,
) -> None:
    first = await open_store()
    with locked(first.path):
        second = await open_store()
        second.add(opened("s2"))
        await eventually(lambda: second.health.failing_since)
        assert [entry.seq for entry in await second.load("s2")] == [1]
    await second.settle()
    assert second.health.failing_since is None


async def test_who_opens_a_store_of_an_older_format_waits_for_whoever_writes_it(
    open_store: OpenStore, tmp_path: Path
) -> None:
    path = released(1, tmp_path / "data" / "penstock.db")
    with locked(path):
        opening = asyncio.ensure_future(open_store(path))
        done, _ = await asyncio.wait({opening}, timeout=0.2)
        assert not done
    assert await (await opening).check() == []


async def test_eight_programs_at_once_never_hear_that_the_store_is_locked(tmp_path: Path) -> None:
    path = tmp_path / "data" / "penstock.db"
    argv = [sys.executable, "-m", "tests.store.crowding", str(path), str(PROGRAMS), str(ROUNDS)]
    crowd = subprocess.run(argv, cwd=ROOT, capture_output=True, text=True, check=False, timeout=600)  # noqa: ASYNC221 - nothing else runs on this loop
    assert crowd.returncode == 0, crowd.stderr[-4000:]
    done = [json.loads(path.with_name(f"s{number}.json").read_text()) for number in range(PROGRAMS)]
    assert [each["wrong"] for each in done] == [[]] * PROGRAMS, "nothing was raised to anybody"
    assert [each["said"] for each in done] == [[]] * PROGRAMS, "nothing was said on any screen"
    slots = [slot for each in done for slot in each["slots"]]
    assert len(slots) == len(set(slots)) == PROGRAMS * ROUNDS, "each number was given once"
    assert sum(each["opened"] for each in done) > PROGRAMS and all(each["read"] for each in done)
    store = await Store.open(path)
    try:
        assert await store.check() == []
        values = await store.ui_values("/w")
        for each in done:
            entries = await store.load(each["name"])
            assert [entry.seq for entry in entries if not isinstance(entry.event, SCRATCH)] == [
                1, *range(1 + EACH + 1, each["added"] + 1, EACH + 1)]  # fmt: skip
            assert each["added"] == entries[-1].seq == 1 + ROUNDS * (EACH + 1)
            assert values[f"draft:{each['name']}"] == str(ROUNDS - 1)
    finally:
        await store.close()
