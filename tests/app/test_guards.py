"""Counts that keep the screen fast: no layout while text streams, no timer while nothing happens, no early import."""

import asyncio
import os
import subprocess
import sys
from pathlib import Path

import pytest
from textual.screen import Screen
from textual.timer import Timer

from tests.app.stage import opened_app
from tests.scripts import Hold, pause, text

ROOT = Path(__file__).parents[2]
LINES = "".join(
    f"Line {number} of the *answer*, long enough to be wrapped somewhere in the pane.\n\n" for number in range(40)
)


async def test_nothing_is_laid_out_while_text_streams(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    begin, end = Hold(), Hold()
    pieces = [LINES[at : at + 7] for at in range(0, len(LINES), 7)]
    script = [text("Begin.\n\n", begin, *pieces, end, " The end.")]
    laid_out: list[str] = []
    whole = Screen._refresh_layout

    def counted(screen: Screen[object], *args: object, **kwargs: object) -> None:
        laid_out.append(type(screen).__name__)
        whole(screen, *args, **kwargs)  # type: ignore[arg-type]

    async with opened_app(home, script, rate=4000) as stage:
        await stage.send("Go")
        await begin.reached()
        await stage.drawn()
        monkeypatch.setattr(Screen, "_refresh_layout", counted)
        frames = stage.main.frame.frames if stage.main.frame else 0
        begin.release()
        await end.reached()
        await stage.drawn()
        assert stage.main.frame is not None and stage.main.frame.frames > frames
        assert "Line 39" in stage.pane.transcript.source_of(stage.pane.transcript.blocks[-1])
        assert laid_out == []
        end.release()
        await stage.rested()


async def test_a_frame_paints_all_that_came_since_the_last_and_hidden_sessions_none(home: Path) -> None:
    end = Hold()
    async with opened_app(home, [text("a", *("b" for _ in range(300)), end)]) as stage:
        await stage.send("Go")
        await end.reached()
        await stage.drawn()
        frame = stage.main.frame
        assert frame is not None
        assert frame.frames < 60  # for 300 chunks, and the prompt's own events
        end.release()
        await stage.rested()


async def test_no_timer_lives_while_nothing_happens(home: Path) -> None:
    async with opened_app(home, [text("Yes.")]) as stage:
        await stage.send("Go")
        await stage.rested()
        await stage.until(lambda: not stage.app._notifications)
        await stage.until(lambda: _ticking() == [])
        frame = stage.main.frame
        assert frame is not None
        await stage.until(lambda: frame.idle)


def _ticking() -> list[str]:
    """Textual timers that will wake the loop; those that are paused wait for an event, and never do."""
    found = []
    for task in asyncio.all_tasks():
        frame = getattr(task.get_coro(), "cr_frame", None)
        owner = frame.f_locals.get("self") if frame else None
        if isinstance(owner, Timer) and owner._active.is_set() and not task.done():
            found.append(repr(owner))
    return found


async def test_an_elapsed_time_is_moved_on_only_while_a_visible_turn_runs(home: Path) -> None:
    hold = Hold()
    async with opened_app(home, [text("a"), hold, text("b")], [pause(0.0), text("c")]) as stage:
        await stage.send("Go")
        await hold.reached()
        await stage.drawn()
        frame = stage.main.frame
        assert frame is not None and not frame.idle
        hold.release()
        await stage.rested()
        await stage.until(lambda: frame.idle)


FIRST_FRAME = """
import asyncio, sys
from tui.program import launch, opened
from tui.screen import make_app

async def main():
    start = launch("")
    async with opened(start) as program:
        app = await make_app(start, program)
        app._warm = lambda: None
        async with app.run_test(size=(80, 24)):
            assert app.main.panes
            print("LOADED", *{name.partition(".")[0] for name in sys.modules})
            await app.main.ready.wait()

asyncio.run(main())
"""


def test_the_first_frame_loads_no_sdk_no_http_client_and_no_tool(home: Path, tmp_path: Path) -> None:
    run = subprocess.run(
        [sys.executable, "-c", FIRST_FRAME],
        cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert run.returncode == 0, run.stderr
    loaded = set(run.stdout.partition("LOADED ")[2].split())
    assert {"textual", "aiosqlite"} <= loaded
    assert not loaded & {"anthropic", "openai", "httpx", "httpx2", "pydantic", "genai_prices", "mcp", "numpy"}
