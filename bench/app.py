"""The real program over a scripted provider, for measurements: ``python -m bench.app --panes 8 --rate 1000``.

Everything but the provider is what a person runs: store, engine, app. Each token of the streams says
when it was given out (``bench.tokens``), so that whoever reads the screen can tell how old it is. With ``--api`` and
``--url`` the provider is real, too, and speaks to ``bench.wire_server``.
"""

import argparse
import asyncio
import itertools
import math
import tempfile
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any

from bench.history import write_sessions
from bench.tokens import token
from tui.app.app import PenstockApp
from tui.app.tabs.arrangement import Arrangement, PaneTab
from tui.app.tabs.layout import LAYOUT_KEY, Shelf
from tui.engine.workspace import open_workspace
from tui.messages import StopReason, TextPart, Usage
from tui.providers.base import Finish, ModelInfo, PartChunk, PartClose, PartOpen, Provider, Request, StreamEvent
from tui.providers.models import Api, Directory, ProviderConfig
from tui.store.store import Store
from tui.tools.catalog import Catalog
from widgets import split_tree as tree
from widgets.tab_strip import Tab

MODEL = "bench/stream"


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
            text = token(number)
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

    def sees(self, reference: str) -> bool:
        return True

    async def discover(self) -> tuple[()]:
        return ()

    async def warm(self, reference: str) -> None:
        pass

    async def aclose(self) -> None:
        pass


def grid(panes: list[str]) -> Any:
    """A split value with all panes of a size: one row for two, two rows for up to eight, else about a square."""
    count = len(panes)
    rows = 1 if count <= 2 else 2 if count <= 8 else math.isqrt(count)
    columns = math.ceil(count / rows)
    return _even("y", [_even("x", list(panes[at : at + columns])) for at in range(0, count, columns)])


def _even(axis: str, parts: list[Any]) -> Any:
    first, *rest = parts
    return first if not rest else [axis, round(1 / len(parts), 4), first, _even(axis, rest)]


def wire_models(api: Api, url: str) -> Directory:
    """The program's own models, with the endpoint of a ``bench.wire_server`` among them."""
    suffix = "" if api == "anthropic" else "/v1"
    return Directory((ProviderConfig(name="bench", api=api, base_url=url + suffix, local=True),))


async def run(options: argparse.Namespace) -> None:
    """Open the program as the options say, and stay until it is told to end."""
    panes, stored = options.panes, options.stored
    if options.api:
        models: Any = wire_models(options.api, options.url)
    else:
        models = BenchModels(StampedProvider(options.rate / max(panes + options.hidden, 1), options.seconds))
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        store = await Store.open(root / "penstock.db")
        ids = [
            each for turns in options.turns for each in await write_sessions(store, str(root), 1, MODEL, turns=turns)
        ]
        ids += await write_sessions(store, str(root), stored, MODEL)
        for turns in options.aside:
            await write_sessions(store, str(root), 1, MODEL, turns=turns, title="Aside")
        async with open_workspace(store=store, models=models, toolbox=Catalog(), root=root, cwd=root) as workspace:
            streams = range(panes + options.hidden - len(ids))
            opened = [await workspace.new_session(MODEL, title=f"Stream {n + 1}") for n in streams]
            known = {s.id: Tab(s.id, s.state.slot, s.state.title) for s in opened}
            known |= {row.id: Tab(row.id, row.slot, row.title) for row in await store.sessions() if row.id in ids}
            layout = _arranged([*ids, *(s.id for s in opened)], panes)
            shelf = Shelf(store, str(root), {LAYOUT_KEY: layout.to_text()})
            app = PenstockApp(workspace, models, store, shelf, known=known, model=MODEL)
            if options.rate:
                for session in opened:
                    session.submit("Go on.")
            lag = workspace.spawn(_note_lag(Path(options.lag)), name="lag") if options.lag else None
            await app.run_async()
            if lag is not None:
                lag.cancel()
        await models.aclose()
        await store.close()


def _arranged(sessions: list[str], panes: int) -> Arrangement:
    """The first ``panes`` sessions in one tab, in front; each other in a tab of its own."""
    together = sessions[: max(panes, 1)]
    front = PaneTab(tree.from_value(grid(together)), together[0])
    return Arrangement(
        [front, *(PaneTab(tree.Leaf(session_id), session_id) for session_id in sessions[len(together) :])]
    )


async def _note_lag(path: Path) -> None:
    """Sleep for a hundredth of a second again and again; keep by how much each was too long, in ms, one a line."""
    loop = asyncio.get_running_loop()
    with path.open("w", encoding="ascii") as file:
        while True:
            due = loop.time() + 0.01
            await asyncio.sleep(0.01)
            file.write(f"{1000 * (loop.time() - due):.3f}\n")
            file.flush()


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--panes", type=int, default=1)
    parser.add_argument("--rate", type=float, default=100, help="tokens a second, over all panes")
    parser.add_argument("--seconds", type=float, default=3600)
    parser.add_argument("--stored", type=int, default=0, help="sessions that are there already, all of them in tabs")
    parser.add_argument("--hidden", type=int, default=0, help="more streaming sessions, in tabs that are not shown")
    parser.add_argument("--turns", type=int, nargs="*", default=[], help="sessions that are there, by their turns")
    parser.add_argument("--aside", type=int, nargs="*", default=[], help="and such as are in no tab")
    parser.add_argument("--lag", default="", help="a file for the event loop's lag")
    parser.add_argument("--api", default="", choices=("", "anthropic", "openai", "openai-chat"))
    parser.add_argument("--url", default="")
    asyncio.run(run(parser.parse_args()))


if __name__ == "__main__":
    main()
