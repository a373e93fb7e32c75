"""How long the list of all calls takes until its first rows are painted, and what it holds, by the number of calls.

The whole program without a terminal, over a store with as many calls; F5 is its action. A list that reads or holds all
of its rows takes a hundred times as long for a hundred times as many: here 1,000 calls are the yardstick for 100,000.
"""

import asyncio
import gc
import tempfile
import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path

from textual.pilot import Pilot

from bench.figures import Figure, figure
from bench.many_calls import write_calls
from tui.app.app import PenstockApp
from tui.app.screens.calls import CallsScreen
from tui.program import Launch, opened
from tui.screen import make_app
from tui.settings.config import read_settings
from widgets.virtual_table import VirtualTable

NAMES = ("calls_paint", "calls_memory")
FEW, MANY = 1_000, 100_000
SIZE = (120, 40)


class _Painted:
    """Notes when a table first draws a row that it was given."""

    def __init__(self) -> None:
        self.at = 0.0
        self.done = asyncio.Event()
        self._draw = VirtualTable._pieces

    def __enter__(self) -> "_Painted":
        draw, noted = self._draw, self

        def pieces(table, cells, style):
            if not noted.at and len(table._rows) and table._rows[0] is cells:
                noted.at = time.perf_counter()
                noted.done.set()
            return draw(table, cells, style)

        VirtualTable._pieces = pieces  # type: ignore[method-assign]
        return self

    def __exit__(self, *_: object) -> None:
        VirtualTable._pieces = self._draw  # type: ignore[method-assign]


def measure(*, repeats: int = 9) -> dict[str, Figure]:
    """ms from F5 to the first rows; MB of Python's objects after a walk through the list."""
    few, few_held = asyncio.run(_with_calls(FEW, repeats))
    many, many_held = asyncio.run(_with_calls(MANY, repeats))
    return {
        "calls_paint": figure(many, "ms", few),
        "calls_memory": figure([many_held], "MB", [few_held]),
    }


async def _with_calls(count: int, repeats: int) -> tuple[list[float], float]:
    """(ms to the first rows, each time; MB that the open list holds)."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        launch = Launch(
            root=folder, cwd=folder, store_path=folder / "penstock.db", settings=read_settings(folder / "none.toml")
        )
        async with opened(launch) as program:
            write_calls(launch.store_path, count, workspace=str(folder))
            app = await make_app(launch, program)
            async with app.run_test(size=SIZE) as pilot:
                await _until(lambda: app.main._restored, pilot)
                await _first_rows(app, pilot)  # the door of the screen is opened once
                took = [await _first_rows(app, pilot) for _ in range(repeats)]
                return took, await _held(app, pilot)


async def _first_rows(app: PenstockApp, pilot: Pilot[int]) -> float:
    with _Painted() as painted:
        began = time.perf_counter()
        app.run_action_by_id("calls.list")
        await painted.done.wait()
    await _close(app, pilot)
    return 1000 * (painted.at - began)


async def _held(app: PenstockApp, pilot: Pilot[int]) -> float:
    """MB that are there while the list is open and has been read down, at its end and up, and were not before."""
    gc.collect()
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        app.run_action_by_id("calls.list")
        await _until(lambda: isinstance(app.screen, CallsScreen) and app.screen._feed.counted, pilot)
        for key in ("pagedown",) * 12 + ("end",) + ("pageup",) * 12 + ("home",):
            await pilot.press(key)
        gc.collect()
        after, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    await _close(app, pilot)
    return (after - before) / 1e6


async def _close(app: PenstockApp, pilot: Pilot[int]) -> None:
    await _until(lambda: isinstance(app.screen, CallsScreen) and not app.screen._searching, pilot)
    await pilot.press("escape")
    await _until(lambda: app.screen is app.main, pilot)


async def _until(fact: Callable[[], object], pilot: Pilot[int]) -> None:
    while not fact():
        await pilot.pause()


if __name__ == "__main__":
    import json

    print(json.dumps(measure(repeats=5), indent=2))
