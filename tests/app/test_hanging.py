"""What hangs in a thread is said in the footer, for as long as it does."""

import asyncio
import threading
from pathlib import Path

import pytest

from tests.app.stage import Stage, opened_app
from tests.scripts import eventually, text
from tui.engine.calls import bridge
from tui.engine.calls.bridge import doing


def footer(stage: Stage) -> str:
    return stage.main.query_one("#footer").render().plain  # type: ignore[union-attr]


async def test_a_tool_that_hangs_stands_in_the_footer_until_it_comes_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bridge, "HANGS_AFTER", 0.0)
    monkeypatch.setattr("tui.app.frame.BEAT", 0.05)
    gate = threading.Event()
    async with opened_app(tmp_path, [text("Hi.")]) as stage:
        frame, threads = stage.main.frame, stage.workspace.bridge
        assert frame is not None
        await eventually(lambda: frame.idle)
        doing.set("grep")
        hung = asyncio.ensure_future(threads.run(gate.wait))
        await eventually(lambda: threads.facts().busy)
        hung.cancel()
        await asyncio.gather(hung, return_exceptions=True)
        frame.touch("")  # as the end of the call does
        await eventually(lambda: "1 tool hangs (grep, 0 s)" in footer(stage))
        gate.set()
        await eventually(lambda: "hang" not in footer(stage))
        await eventually(lambda: frame.idle)


def test_many_are_counted_and_the_oldest_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bridge, "monotonic", lambda: 100.0)
    lost = tuple(bridge.Lost(name=f"tool{number}", since=number * 10.0) for number in range(10))
    facts = bridge.Facts(size=1, workers=1, busy=0, queued=0, lost=lost, lost_ever=10)
    assert facts.told == "10 tools hang (tool0, 100 s, tool1, 90 s, tool2, 80 s, and 7 more)"
    fresh = bridge.Lost(name="quick", since=99.5)
    assert bridge.Facts(size=1, workers=1, busy=0, queued=0, lost=(fresh,), lost_ever=1).told == ""
