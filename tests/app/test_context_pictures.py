"""Pictures of what fills the context, of a compaction in the transcript, and of the system prompt's editor."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.app.stage import AppModels, Clock, Stage, opened_app
from tests.scripts import Hold, call, reasoning, scripted, text, usage
from tui.app.history import context_blocks
from tui.app.screens.context import ContextScreen
from tui.app.screens.edit_text import EditText

Snap = Callable[..., bool]
SIZES = {"80x24": (80, 24), "120x40": (120, 40)}
LOOKS = [("80x24", "penstock-dark"), ("120x40", "penstock-light")]
SUMMARY = """\
## What the person wants
Bound the flow of `src/valve.py` at both ends; "say so in the error".

## What was done
- read `src/valve.py` and `README.md`: nothing bounds `litres`
- the tests run with `python -m pytest -q`

## What comes next
Write the check, then a test for each end."""
SCRIPT = (
    [
        reasoning("The file first."),
        text("I will read the valve's code."),
        call("read", {"path": "src/valve.py"}),
        call("read", {"path": "README.md"}),
        usage(61_000, 400),
    ],
    [text("Nothing bounds the flow. " * 12), usage(84_300, 310)],
)


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    monkeypatch.setattr(context_blocks, "duration", lambda seconds: "4.2 s")
    return Clock().freeze(monkeypatch)


def models(*more: object) -> AppModels:
    return AppModels({"scripted": scripted(*SCRIPT, *more)[1]}, window=100_000)  # type: ignore[arg-type]


async def worked(stage: Stage) -> None:
    (stage.workspace.root / "AGENTS.md").write_text("# Valves\n\nEvery valve is tested at both ends.\n" * 40)
    await stage.send("Bound the flow of the valve at both ends, and say so in the error")
    await stage.rested()


@pytest.mark.parametrize(("size", "theme"), LOOKS)
async def test_what_fills_the_context(home: Path, snap: Snap, size: str, theme: str) -> None:
    async with opened_app(home, models=models(), size=SIZES[size], theme=theme) as stage:
        await worked(stage)
        await stage.send("/context")
        await stage.until(lambda: isinstance(stage.app.screen, ContextScreen) and stage.app.screen._pieces)
        await stage.press("j")
        await stage.until(lambda: not stage.app._notifications)
        await stage.drawn()
        assert snap(stage.app)


@pytest.mark.parametrize(("size", "theme"), LOOKS)
async def test_a_context_that_is_being_compacted(home: Path, snap: Snap, size: str, theme: str) -> None:
    hold = Hold()
    async with opened_app(home, models=models([hold]), size=SIZES[size], theme=theme) as stage:
        await worked(stage)
        await stage.send("/compact keep the names of the tests")
        await hold.reached()
        await stage.drawn()
        assert snap(stage.app)


@pytest.mark.parametrize(("size", "theme"), LOOKS)
async def test_a_context_that_was_compacted(home: Path, snap: Snap, size: str, theme: str) -> None:
    script = ([text(SUMMARY), usage(85_000, 200)], [text("I go on with the check.")])
    async with opened_app(home, models=models(*script), size=SIZES[size], theme=theme) as stage:
        await worked(stage)
        await stage.send("/compact")
        await stage.until(lambda: stage.session.state.compacted is not None and not stage.session.running)
        await stage.send("Go on")
        await stage.rested(2)
        await stage.drawn()
        assert snap(stage.app)


@pytest.mark.parametrize(("size", "theme"), LOOKS)
async def test_the_system_prompt(home: Path, snap: Snap, size: str, theme: str) -> None:
    async with opened_app(home, models=models(), size=SIZES[size], theme=theme) as stage:
        stage.session.change_system("You review code for a water works.\n\nSay what could burst, and where.")
        await stage.send("/system")
        await stage.until(lambda: isinstance(stage.app.screen, EditText) and stage.app.screen.focused)
        await stage.drawn()
        assert snap(stage.app)
