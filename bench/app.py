"""The real program over a scripted provider, for measurements: ``python -m bench.app --panes 8 --rate 1000``.

Everything but the provider is what a person runs: store, engine, app. Each token of the streams is
``t`` and six digits of base 36: the microseconds of the monotonic clock at which the provider gave
it out, so that whoever reads the screen can tell how old it is.
"""

import argparse
import asyncio
import itertools
import tempfile
import time
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any

from tui.app.app import PenstockApp
from tui.app.layout import LAYOUT_KEY, Layout, Shelf
from tui.engine.workspace import open_workspace
from tui.messages import StopReason, TextPart, Usage
from tui.providers.base import Finish, ModelInfo, PartChunk, PartClose, PartOpen, Provider, Request, StreamEvent
from tui.store.store import Store
from tui.tools.catalog import Catalog
from widgets.tab_strip import Tab

DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
MODEL = "bench/stream"
_PARAGRAPH = 60  # tokens
_FENCE_EVERY = 5  # paragraphs


def stamp() -> str:
    """Now, as six base 36 digits of microseconds; comes round after 36 minutes."""
    number = int(time.monotonic() * 1e6) % 36**6
    digits = []
    for _ in range(6):
        number, digit = divmod(number, 36)
        digits.append(DIGITS[digit])
    return "t" + "".join(reversed(digits))


class StampedProvider:
    """Streams stamped tokens at ``rate`` a second, for ``seconds``: prose, and a fence now and then."""

    name = "bench"
    local = True

    def __init__(self, rate: float, seconds: float) -> None:
        self._rate = rate
        self._seconds = seconds

    async def stream(self, request: Request) -> AsyncGenerator[StreamEvent, None]:
        loop = asyncio.get_running_loop()
        began, written = loop.time(), []
        yield PartOpen(0, "text")
        for number in itertools.count(1):
            text = _token(number)
            written.append(text)
            yield PartChunk(0, text)
            ahead = began + number / self._rate - loop.time()
            if ahead > 0.001:
                await asyncio.sleep(ahead)
            elif number % 16 == 0:
                await asyncio.sleep(0)
            if loop.time() - began > self._seconds:
                break
        yield PartClose(0, TextPart(text="".join(written)))
        yield Finish(StopReason.END, Usage(input_tokens=10, output_tokens=len(written)))

    async def models(self) -> tuple[ModelInfo, ...]:
        return (ModelInfo(name="stream"),)

    async def aclose(self) -> None:
        pass


def _token(number: int) -> str:
    paragraph, place = divmod(number, _PARAGRAPH)
    fence = paragraph % _FENCE_EVERY == _FENCE_EVERY - 1
    if place == 0:
        return "\n\n```python\n" if fence else "\n\n"
    if fence and place == _PARAGRAPH - 1:
        return "\n```\n"
    if fence:
        return f"x = {stamp()}\n" if place % 6 == 0 else f"{stamp()} "
    return f"{stamp()} "


class BenchModels:
    """Models with the one provider of this module."""

    def __init__(self, provider: Provider) -> None:
        self._provider = provider

    async def resolve(self, reference: str) -> tuple[Provider, str]:
        return self._provider, reference.partition("/")[2]

    def price(self, reference: str, usage: Usage) -> float | None:
        return None

    def window(self, reference: str) -> int | None:
        return None

    async def discover(self) -> tuple[()]:
        return ()

    async def warm(self, reference: str) -> None:
        pass

    async def aclose(self) -> None:
        pass


def grid(panes: list[str]) -> Any:
    """A split value with the panes in two rows (one, when there are one or two), all of a size."""
    if len(panes) <= 2:
        return _even("x", list(panes))
    half = (len(panes) + 1) // 2
    return _even("y", [_even("x", list(panes[:half])), _even("x", list(panes[half:]))])


def _even(axis: str, parts: list[Any]) -> Any:
    first, *rest = parts
    return first if not rest else [axis, round(1 / len(parts), 4), first, _even(axis, rest)]


async def run(panes: int, rate: float, seconds: float, sessions: int) -> None:
    """Open the program with ``panes`` panes that stream ``rate`` tokens a second between them."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        store = await Store.open(root / "penstock.db")
        models = BenchModels(StampedProvider(rate / max(panes, 1), seconds))
        async with open_workspace(store=store, models=models, toolbox=Catalog(), root=root, cwd=root) as workspace:
            opened = [await workspace.new_session(MODEL, title=f"Stream {n + 1}") for n in range(max(panes, sessions))]
            shelf = Shelf(store, str(root), {LAYOUT_KEY: _layout([s.id for s in opened], panes).to_text()})
            known = {s.id: Tab(s.id, s.state.slot, s.state.title) for s in opened}
            app = PenstockApp(workspace, models, store, shelf, known=known, model=MODEL)  # type: ignore[arg-type]
            if rate:
                for session in opened[:panes]:
                    session.submit("Go on.")
            await app.run_async()
        await store.close()


def _layout(sessions: list[str], panes: int) -> Layout:
    ids = [f"pane-{n}" for n in range(1, max(panes, 1) + 1)]
    return Layout(sessions, dict(zip(ids, sessions, strict=False)), grid(ids), ids[0])


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--panes", type=int, default=1)
    parser.add_argument("--rate", type=float, default=100)
    parser.add_argument("--seconds", type=float, default=3600)
    parser.add_argument("--sessions", type=int, default=1)
    options = parser.parse_args()
    asyncio.run(run(options.panes, options.rate, options.seconds, options.sessions))


if __name__ == "__main__":
    main()
