"""What one tick of streaming costs, and whether that depends on how long the message already is.

A tick is what the screen's clock does for a pane: `grow` with about four tokens, then the painting of the window.
Measured in a real (headless) app of 120x40, in CPU time, at 1,000 and at 100,000 characters, for prose, one long
list, one long fence and one long table. `tick_flatness` is the worst ratio of the four.
"""

from __future__ import annotations

import asyncio
import gc
import json
from time import process_time

from textual.app import App, ComposeResult
from textual.geometry import Region

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


class _Stage(App[None]):
    def compose(self) -> ComposeResult:
        yield Transcript()


def message(kind: str, length: int) -> str:
    """A message of about `length` characters, ending with a whole unit of its kind."""
    unit = TEXTS[kind]
    return OPENINGS[kind] + unit * max(1, length // len(unit))


async def _tick_cost(kind: str, length: int) -> float:
    """The CPU seconds of a tick, on average over TICKS, the best of ROUNDS."""
    app = _Stage()
    best = 1e9
    async with app.run_test(size=(120, 40)) as pilot:
        transcript = app.query_one(Transcript)
        window = Region(0, 0, 120, 40)
        for number in range(ROUNDS):
            name = f"{kind}{number}"
            transcript.clear()
            transcript.put(Block(id=name, kind="text", streaming=True))
            transcript.grow(name, message(kind, length))
            await pilot.pause()
            text = TEXTS[kind] * (1 + STEP * TICKS // len(TEXTS[kind]))
            gc.collect()
            gc.disable()
            start = process_time()
            for tick in range(TICKS):
                transcript.grow(name, text[tick * STEP : (tick + 1) * STEP])
                transcript.render_lines(window)
            best = min(best, (process_time() - start) / TICKS)
            gc.enable()
    return best


def measure() -> dict[str, object]:
    """{"tick_flatness": worst ratio, "ticks": {kind: {"short_us", "long_us", "ratio"}}}; times in microseconds."""
    ticks: dict[str, dict[str, float]] = {}
    for kind in TEXTS:
        short, long = (asyncio.run(_tick_cost(kind, length)) for length in (SHORT, LONG))
        ticks[kind] = {
            "short_us": round(short * 1e6, 1),
            "long_us": round(long * 1e6, 1),
            "ratio": round(long / short, 3),
        }
    return {"tick_flatness": max(tick["ratio"] for tick in ticks.values()), "ticks": ticks}


if __name__ == "__main__":
    print(json.dumps(measure(), indent=2))
