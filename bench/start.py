"""From the command to a usable prompt, memory, and what an idle program costs.

First frame: until the prompt's placeholder is on screen, against a minimal Textual program with one
input field. Memory: PSS of the process when it has settled, and how much each further session adds: sessions of
ordinary length (``bench.history``), stored, and opened in tabs as at any start. Twenty of them stand in the strip; of
those that nobody looks at the program keeps sixteen in memory, and that is part of the figure.
"""

import tempfile
import time

from bench.figures import Figure, figure
from bench.terminal import Terminal, python

_PROMPT = b"enter sends"
_IDLE_SECONDS = 5.0
_SESSIONS = 20

NAMES = ("first_frame", "memory_1", "memory_per_session", "idle_cpu")


def measure(*, repeats: int = 7, settlings: int = 3) -> dict[str, Figure]:
    """``first_frame`` in ms, ``memory_1`` and ``memory_per_session`` in MB, ``idle_cpu`` with 20 sessions."""
    with tempfile.TemporaryDirectory() as home:
        first_frame(home)  # compiles what is not compiled yet, and makes the store
        ours, floor = [], []
        for _ in range(repeats):
            ours.append(first_frame(home))
            floor.append(minimal_first_frame())
    one = [settled(1)[0] for _ in range(settlings)]
    many = [settled(_SESSIONS) for _ in range(settlings)]
    each = [(memory - alone) / (_SESSIONS - 1) for (memory, _), alone in zip(many, one, strict=True)]
    bare = [minimal_memory() for _ in range(settlings)]
    return {
        "first_frame": figure([1000 * s for s in ours], "ms", [1000 * s for s in floor]),
        "memory_1": figure([m / 1e6 for m in one], "MB", [m / 1e6 for m in bare]),
        "memory_per_session": figure([m / 1e6 for m in each], "MB"),
        "idle_cpu": figure([100 * cpu for _, cpu in many], "% of a core"),
    }


def first_frame(home: str) -> float:
    """Seconds until the real program shows its prompt, over a store that exists already."""
    terminal = Terminal(python("-m", "tui"), env={"PENSTOCK_HOME": home, "HOME": home})
    try:
        return terminal.wait_for(_PROMPT) - terminal.started_at
    finally:
        terminal.close()


def minimal_first_frame() -> float:
    terminal = Terminal(python("-m", "bench.minimal"))
    try:
        return terminal.wait_for(b"essage") - terminal.started_at
    finally:
        terminal.close()


def minimal_memory() -> int:
    terminal = Terminal(python("-m", "bench.minimal"))
    try:
        terminal.wait_for(b"essage")
        return terminal.memory()
    finally:
        terminal.close()


def settled(sessions: int) -> tuple[int, float]:
    """Bytes, and processor share while nothing happens, with ``sessions`` stored sessions open, one of them shown."""
    terminal = Terminal(python("-m", "bench.app", "--panes", "1", "--rate", "0", "--stored", str(sessions)))
    try:
        terminal.wait_for(_PROMPT)
        terminal.keep_seen = False
        _quiet(terminal)
        cpu, began = terminal.cpu_seconds(), time.monotonic()
        while time.monotonic() < began + _IDLE_SECONDS:
            terminal.read(0.2)
        share = (terminal.cpu_seconds() - cpu) / (time.monotonic() - began)
        return terminal.memory(), share
    finally:
        terminal.close()


def _quiet(terminal: Terminal) -> None:
    """Wait until the program has written nothing for a second."""
    last = time.monotonic()
    while time.monotonic() - last < 1.0:
        if terminal.read(0.2):
            last = time.monotonic()


if __name__ == "__main__":
    import json

    print(json.dumps(measure(repeats=5), indent=2))
