"""The whole program in a test: real store, engine, tools and app, scripted models, a clock that stands still.

    async with opened_app(tmp, [text("Hi.")], size=(80, 24)) as stage:
        await stage.type("Hello"); await stage.press("enter")
        await stage.until(lambda: stage.session.state.turns and stage.session.status == "idle")

With ``clock`` every time that is drawn comes from it, so that pictures of it are the same on every machine.
"""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import pytest
from textual.pilot import Pilot

from tests.scripts import REFERENCE, ScriptedModels, scripted
from tui.app.app import PenstockApp
from tui.app.pane import Pane
from tui.app.screens.workspace import WorkspaceScreen
from tui.app.tabs.layout import EVERYWHERE, Shelf
from tui.engine.choice import ModelPlan
from tui.engine.session import Session
from tui.engine.stream import Limits
from tui.engine.workspace import Workspace, open_workspace
from tui.providers.base import Request
from tui.providers.scripted import Step
from tui.screen import tab_of_row
from tui.store.store import Store
from tui.tools.catalog import Catalog

NOON = 1_800_000_000.0
_CLOCKS = (
    "tui.engine.log.time",
    "tui.app.pane.time",
    "tui.app.history.present.time",
    "tui.app.screens.calls.time",
    "tui.app.screens.compare.time",
    "tui.app.screens.inspector.screen.time",
    "tui.app.screens.sessions.time",
    "tui.app.verbs.sessions.time",
)
_MONOTONIC = ("tui.engine.calls.output.monotonic",)


class AppModels(ScriptedModels):
    """Scripted models for the app: it also lists them."""

    recordings: ClassVar[dict[str, Any]] = {}

    async def discover(self) -> tuple[Any, ...]:
        return ()

    async def told(self, steps: Any) -> dict[str, Any]:
        return {step: told for step, told in self.recordings.items() if step in steps}


class Clock:
    """Stands at ``now`` until a test moves it; ``freeze`` puts it in the place of every clock that is drawn."""

    def __init__(self) -> None:
        self.now = NOON

    def freeze(self, monkeypatch: pytest.MonkeyPatch) -> "Clock":
        for name in (*_CLOCKS, *_MONOTONIC):
            monkeypatch.setattr(name, lambda: self.now)
        monkeypatch.setenv("TZ", "UTC")
        return self


@dataclass(slots=True)
class Stage:
    """A running app and what is behind it."""

    app: PenstockApp
    pilot: Pilot[int]
    workspace: Workspace
    store: Store

    @property
    def main(self) -> WorkspaceScreen:
        return self.app.main

    @property
    def pane(self) -> Pane:
        return self.main.focused_pane

    @property
    def session(self) -> Session:
        session = self.main.session
        assert session is not None
        return session

    async def press(self, *keys: str) -> None:
        await self.pilot.press(*keys)

    async def type(self, words: str) -> None:
        """Into the focused pane's prompt."""
        self.pane.prompt.focus()
        self.pane.prompt.insert(words)
        await self.pilot.pause()

    async def send(self, words: str) -> None:
        await self.type(words)
        await self.press("enter")

    async def until(self, fact: Callable[[], object], *, within: float = 15.0) -> None:
        """Let the app go on until ``fact`` is true and what it changed has been drawn."""
        loop_time = self.app._loop.time if self.app._loop else None
        deadline = (loop_time() if loop_time else 0.0) + within
        while not fact():
            if loop_time and loop_time() > deadline:
                raise AssertionError("it never came true")
            await self.pilot.pause()
        await self.drawn()

    async def drawn(self) -> None:
        """Everything that the log holds is on screen."""
        for _ in range(200):
            await self.pilot.pause()
            frame = self.main.frame
            if frame is not None and frame._timer is None and not self.app.screen._layout_required:
                break
        await self.pilot.pause()

    async def rested(self, turns: int = 1) -> None:
        """The focused session has ended ``turns`` turns."""
        await self.until(lambda: len(self.session.state.turns) >= turns and not self.session.running)

    async def asking(self) -> None:
        """The focused session asks."""
        await self.until(lambda: self.session.state.asking() and self.pane.ask_bar.request is not None)


def project(home: Path) -> Path:
    """A small folder to work in, under the test's own home."""
    folder = home / "project"
    (folder / "src").mkdir(parents=True, exist_ok=True)
    (folder / "README.md").write_text("# Valves\n\nOpens and closes the valves of a garden.\n")
    (folder / "src" / "valve.py").write_text(
        "def open_valve(litres: float) -> None:\n    print('open', litres)\n    flow = litres\n"
    )
    return folder


@asynccontextmanager
async def opened_app(
    home: Path,
    *scripts: Step | Callable[[Request], Step],
    models: ScriptedModels | None = None,
    size: tuple[int, int] = (120, 40),
    theme: str = "penstock-dark",
    store_path: Path | None = None,
    limits: Limits | None = None,
    plan: ModelPlan | None = None,
    keymap: dict[str, str] | None = None,
    rate: float | None = None,
    themes: Path | None = None,
    config: Path | None = None,
    restored: bool = True,
) -> AsyncIterator[Stage]:
    """The program over a store in ``home``; opened again over the same home, it finds what it left."""
    if models is None:
        known, provider = scripted(*scripts, rate=rate)
        models = AppModels({"scripted": provider}, window=200_000)
        del known
    folder = project(home)
    store = await Store.open(store_path or home / "data" / "penstock.db")
    try:
        async with open_workspace(
            store=store, models=models, toolbox=Catalog(), root=folder, cwd=folder, limits=limits, plan=plan
        ) as workspace:
            root = str(folder)
            app = PenstockApp(
                workspace,
                models,  # type: ignore[arg-type]
                store,
                Shelf(store, root, {**await store.ui_values(EVERYWHERE), **await store.ui_values(root)}),
                known={row.id: tab_of_row(row) for row in await store.sessions(workspace=root)},
                model=REFERENCE,
                theme=theme,
                keymap=keymap,
                themes=themes,
                config=config,
            )
            async with app.run_test(size=size, notifications=True) as pilot:
                stage = Stage(app, pilot, workspace, store)
                if restored:
                    await stage.until(lambda: app.main._restored)
                yield stage
                app.main.keep_all()
    finally:
        await store.close()
