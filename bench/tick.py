"""What one tick of streaming costs, and whether that depends on how long the message already is.

A tick is what the screen's clock does for a pane: `grow` with about four tokens, then the painting of the window.
Measured in a real (headless) app of 120x40, in CPU time, at 1,000 and at 100,000 characters, for prose, one long
list, one long fence and one long table; the short message is the yardstick. `tick_flatness` is the worst ratio of the
four. The messages change the processor's speed less than its other guests do, so short and long take turns.
"""

from __future__ import annotations

import asyncio
import gc
import json
from time import process_time

from textual.app import App, ComposeResult
from textual.geometry import Region

from bench.figures import Figure, figure
from widgets.blocks import Block
from widgets.transcript import Transcript

SHORT, LONG = 1_000, 100_000
STEP = 16
TICKS = 240
ROUNDS = 5

TEXTS = {
    "prose": "The **gate** opens a little, and water `flows` along the pipe towards the turbine, "
    "which turns as it always has; nobody hears it from the road.\n\n",
    "list": "- an item about *something* of `interest`, long enough to be real and then some\n",
    "fence": "    value = transform(value, scale=3)  # one more line of code\n",
    "table": "| a cell of text | another `cell` | 12345 | yes |\n",
}
OPENINGS = {
    "prose": "",
    "list": "",
    "fence": "```python\n",
    "table": "| one | two | three | four |\n|---|---|---:|---|\n",
}


NAMES = ("tick_flatness", *(f"tick_{kind}" for kind in TEXTS))


class _Stage(App[None]):
    def compose(self) -> ComposeResult:
        yield Transcript()


def message(kind: str, length: int) -> str:
    """A message of about `length` characters, ending with a whole unit of its kind."""
    unit = TEXTS[kind]
    return OPENINGS[kind] + unit * max(1, length // len(unit))


async def _tick_costs(kind: str, rounds: int) -> tuple[float, float]:
    """Microseconds of CPU of a tick, on average over TICKS, the best of `rounds`: of a short message, of a long one."""
    best = {SHORT: 1e9, LONG: 1e9}
    app = _Stage()
    async with app.run_test(size=(120, 40)) as pilot:
        transcript = app.query_one(Transcript)
        for number in range(rounds):
            for length in best:
                transcript.clear()
                transcript.put(Block(id=f"{kind}{number}", kind="text", streaming=True))
                transcript.grow(f"{kind}{number}", message(kind, length))
                await pilot.pause()
                best[length] = min(best[length], _ticks(transcript, f"{kind}{number}", TEXTS[kind]))
    return best[SHORT], best[LONG]


def _ticks(transcript: Transcript, name: str, unit: str) -> float:
    text, window = unit * (1 + STEP * TICKS // len(unit)), Region(0, 0, 120, 40)
    gc.collect()
    gc.disable()
    start = process_time()
    for tick in range(TICKS):
        transcript.grow(name, text[tick * STEP : (tick + 1) * STEP])
        transcript.render_lines(window)
    took = process_time() - start
    gc.enable()
    return 1e6 * took / TICKS


def measure(*, rounds: int = ROUNDS) -> dict[str, Figure]:
    """`tick_flatness`, and `tick_prose` and so on: microseconds at LONG characters against those at SHORT."""
    costs = {kind: asyncio.run(_tick_costs(kind, rounds)) for kind in TEXTS}
    worst = max(long / short for short, long in costs.values())
    return {
        "tick_flatness": figure([worst], "times", [1.0]),
        **{f"tick_{kind}": figure([long], "µs", [short]) for kind, (short, long) in costs.items()},
    }


if __name__ == "__main__":
    print(json.dumps(measure(), indent=2))
