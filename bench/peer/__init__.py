"""The store beside the one of another agent program, hermes-agent 0.19.0, in one run with the same messages.

The other lives in an environment of its own (``make bench-peer`` installs it there) and is driven by a script that
imports its ``SessionDB`` as it was installed, at the same ``synchronous``. ``peer_ack``: messages a second until the
last is acknowledged as on disk; ``peer_each``: where a writer waits for each; ``peer_found``: until a search has them
all in its index, which is as of the commit there, and behind it here. ``8``: writers at once; ``normal``: what is
acknowledged survives the process, not a power cut.
"""

import asyncio
import json
import subprocess
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from random import Random
from typing import NamedTuple

from bench.figures import Figure, figure
from bench.peer.environment import python_of
from tui.events import Entry, PartEnded, PartStarted, PromptSubmitted, SessionEvent, SessionOpened
from tui.messages import TextPart
from tui.searching import read_search
from tui.store.store import Store
from tui.store.writer import WriterLimits

MESSAGES = 4_000
"""Of all writers together; where each is waited for, a quarter."""
LAST = "lastofall"
"""A word of the last message of each writer."""
_DRIVER = Path(__file__).parent / "theirs.py"
_MODES = ("full", "normal")
_KINDS = ("ack", "each", "found")


def name_of(kind: str, writers: int, mode: str) -> str:
    return f"peer_{kind}_{writers}" + ("_normal" if mode == "normal" else "")


NAMES = tuple(name_of(kind, writers, mode) for mode in _MODES for kind in _KINDS for writers in (1, 8))


class Taken(NamedTuple):
    """Seconds until all is acknowledged, and until all is found."""

    acknowledged: float
    found: float


def measure(*, repeats: int = 3, messages: int = MESSAGES) -> dict[str, Figure]:
    """Messages a second. Raises Unavailable where the other is not installed."""
    python = python_of()
    found: dict[str, Figure] = {}
    for mode in _MODES:
        for writers in (1, 8):
            texts = texts_of(messages, writers)
            few = [each[: len(each) // 4] for each in texts]
            few = [[*each[:-1], f"{each[-1]} {LAST}"] for each in few]
            rows: dict[str, tuple[list[float], list[float]]] = {kind: ([], []) for kind in _KINDS}
            for _ in range(repeats):
                taken = asyncio.run(ours(texts, mode)), theirs(python, texts, mode)
                each = asyncio.run(ours(few, mode, each=True)), theirs(python, few, mode)
                for side in (0, 1):
                    rows["ack"][side].append(messages / taken[side].acknowledged)
                    rows["found"][side].append(messages / taken[side].found)
                    rows["each"][side].append(sum(map(len, few)) / each[side].acknowledged)
            found |= {
                name_of(kind, writers, mode): figure(mine, "messages/s", other) for kind, (mine, other) in rows.items()
            }
    return {name: found[name] for name in NAMES}


def texts_of(messages: int, writers: int) -> list[list[str]]:
    """Made-up messages of some sixty words, for each writer; the last of each has the word ``LAST``."""
    random = Random(7)
    words = ["".join(random.choices("abcdefghijklmnopqrstuvwxyz", k=random.randint(3, 9))) for _ in range(3_000)]
    made = [[" ".join(random.choices(words, k=60)) for _ in range(messages // writers)] for _ in range(writers)]
    return [[*each[:-1], f"{each[-1]} {LAST}"] for each in made]


def theirs(python: Path, texts: Sequence[Sequence[str]], mode: str) -> Taken:
    """The other, with a thread for each writer on one SessionDB, as it has them."""
    with tempfile.TemporaryDirectory() as folder:
        asked = Path(folder) / "asked.json"
        asked.write_text(json.dumps({"texts": texts, "mode": mode, "last": LAST}), "utf-8")
        done = subprocess.run(
            [python, _DRIVER, asked], env={"HOME": folder, "HERMES_HOME": folder}, capture_output=True, text=True,
            timeout=300, check=True,
        )  # fmt: skip
        took = json.loads(done.stdout.splitlines()[-1])
    assert took["rows"] == sum(map(len, texts)), took
    return Taken(took["acknowledged"], took["found"])


async def ours(texts: Sequence[Sequence[str]], mode: str, *, each: bool = False) -> Taken:
    """``each``: a writer waits until a message is on disk before its next."""
    with tempfile.TemporaryDirectory() as folder:
        store = await Store.open(Path(folder) / "penstock.db", limits=WriterLimits(sync=mode == "full"))
        began = time.perf_counter()
        async with asyncio.TaskGroup() as group:
            for number, said in enumerate(texts):
                group.create_task(_writer(store, f"session{number}", said, each))
        await store.settle()
        acknowledged = time.perf_counter() - began
        await store.search.finish()
        found = time.perf_counter() - began
        hits = await store.search.find(read_search(LAST, time.time()).query)
        assert len(hits.ids) == len(texts), hits
        await store.close()
        return Taken(acknowledged, found)


async def _writer(store: Store, session_id: str, texts: Sequence[str], each: bool) -> None:
    seq = 0
    for number, text in enumerate(texts):
        for event in events_of(number, text):
            seq += 1
            store.add(Entry(session_id, seq, time.time(), event))
        if each:
            await store.settle()
        elif number % 16 == 15:
            await store.drain()
            await asyncio.sleep(0)


def events_of(number: int, text: str) -> list[SessionEvent]:
    """The events that carry a message: prompts and answers by turns."""
    turn, part = f"turn{number // 2}", f"part{number}"
    if number % 2 == 0:
        opened = SessionOpened(workspace="/w", cwd="/w", title="t", model="m/m", slot=1)
        asked = PromptSubmitted(prompt_id=f"prompt{number}", turn_id=turn, text=text)
        return [asked] if number else [opened, asked]
    return [
        PartStarted(part_id=part, step_id=f"step{turn}", kind="text"),
        PartEnded(part_id=part, part=TextPart(text=text)),
    ]
