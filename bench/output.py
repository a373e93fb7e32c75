"""A call's output of 100 MB: how long until it is seen, and how fast it is searched.

The output lies in the real store, in pieces. Opening is measured from the key to the first rows on screen, and the
yardstick is the same for 1 MB: the cost must not depend on the size. Searching is measured from the query to the last
count, in megabytes a second; the yardstick is ``bytes.find`` over the same bytes in memory, which reads no store.
"""

import asyncio
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from textual.app import App, ComposeResult
from textual.pilot import Pilot

from bench.figures import Figure, figure
from tui.app.screens.inspector.paper import StoredOutput
from tui.messages import OutputPiece
from tui.store.store import Store
from widgets.output_view import OutputView

NAMES = ("output_open", "output_search")
PIECE = 1_000_000
NEEDLE = "needle in the hay"


class _Host(App[None]):
    def compose(self) -> ComposeResult:
        yield OutputView()


def measure(*, repeats: int = 3, megabytes: int = 100) -> dict[str, Figure]:
    """ms until 100 MB are seen, MB/s of a search."""
    return asyncio.run(_measure(repeats, megabytes))


async def _measure(repeats: int, megabytes: int) -> dict[str, Figure]:
    pieces = [_piece(number) for number in range(megabytes)]
    pieces[-1] = pieces[-1][: -len(NEEDLE) - 1] + NEEDLE.encode() + b"\n"
    with tempfile.TemporaryDirectory() as folder:
        store = await Store.open(Path(folder) / "penstock.db")
        kept = [
            OutputPiece(hash=await store.keep(piece), size=len(piece), lines=piece.count(b"\n")) for piece in pieces
        ]
        await store.settle()
        try:
            small = [await _open(store, kept[:1]) for _ in range(repeats)]
            large = [await _open(store, kept) for _ in range(repeats)]
            searched = [await _search(store, kept) for _ in range(repeats)]
        finally:
            await store.close()
    size = sum(map(len, pieces)) / 1e6
    found = [_find(pieces) for _ in range(repeats)]
    return {
        "output_open": figure([1000 * took for took in large], "ms", [1000 * took for took in small]),
        "output_search": figure([size / took for took in searched], "MB/s", [size / took for took in found]),
    }


def _piece(number: int) -> bytes:
    """Lines as a build writes them."""
    line = 0
    rows: list[str] = []
    room = PIECE
    while room > 0:
        row = f"[{number:>4}.{line:>5}] compiling src/canal_{line % 97}.c: {'words ' * (line % 13)}done\n"
        rows.append(row)
        room -= len(row)
        line += 1
    return "".join(rows).encode()


async def _until(pilot: Pilot[None], fact: Callable[[], object]) -> None:
    while not fact():
        await pilot.pause()


async def _open(store: Store, kept: list[OutputPiece]) -> float:
    """Seconds from the telling to its rows on screen."""
    async with _Host().run_test(size=(120, 40)) as pilot:
        view = pilot.app.query_one(OutputView)
        await pilot.pause()
        began = time.perf_counter()
        view.open(StoredOutput(tuple(kept), store))
        await _until(pilot, lambda: view.settled and "compiling" in view.render_line(5).text)
        return time.perf_counter() - began


async def _search(store: Store, kept: list[OutputPiece]) -> float:
    """Seconds from the query until all places are counted and the one there is stands on screen."""
    async with _Host().run_test(size=(120, 40)) as pilot:
        view = pilot.app.query_one(OutputView)
        view.open(StoredOutput(tuple(kept), store))
        await _until(pilot, lambda: view.settled and "compiling" in view.render_line(5).text)
        began = time.perf_counter()
        view.search(NEEDLE)
        await _until(pilot, lambda: any(NEEDLE in view.render_line(y).text for y in range(view.size.height)))
        await view.workers.wait_for_complete()
        return time.perf_counter() - began


def _find(pieces: list[bytes]) -> float:
    needle, began = NEEDLE.encode(), time.perf_counter()
    assert any(piece.find(needle) >= 0 for piece in pieces)
    return time.perf_counter() - began


if __name__ == "__main__":
    import json

    print(json.dumps(measure(repeats=1), indent=2))
