"""What the garbage collector has to do is counted, and when it does all of it: no cycles while text streams."""

import asyncio
import gc
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from weakref import ref

import pytest

from tests.app.stage import Stage, opened_app
from tests.scripts import Hold, eventually, text
from tui.app import collecting
from tui.app.collecting import Collecting

LINES = "".join(
    f"Line {number} of the *answer*, with `code`, long enough to be wrapped somewhere in the pane.\n\n"
    for number in range(60)
)


@contextmanager
def collector_off() -> Iterator[None]:
    """Nothing is collected but by hand: what a collection then finds is all that was left in cycles."""
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(collecting, "REST", 0.05)


async def test_a_thousand_tokens_leave_next_to_nothing_in_cycles(home: Path) -> None:
    begin, end = Hold(), Hold()
    pieces = [LINES[at : at + 5] for at in range(0, len(LINES), 5)]
    assert len(pieces) > 1000
    async with opened_app(home, [text("Begin.\n\n", begin, *pieces, end, " The end.")], rate=2000) as stage:
        await stage.send("Go")
        await begin.reached()
        await stage.drawn()
        assert stage.main.frame is not None
        frames = stage.main.frame.frames
        with collector_off():
            begin.release()
            await end.reached()
            await stage.drawn()
            left = gc.collect()
        assert stage.main.frame.frames > frames + 5
        assert left < 100
        end.release()
        await stage.rested()


async def _visit(stage: Stage, key: str) -> None:
    await stage.press(key)
    await stage.until(lambda: stage.app.screen is not stage.main)
    await stage.press("escape")
    await stage.until(lambda: stage.app.screen is stage.main)


@pytest.mark.parametrize("key", ["f1", "f3", "f5", "ctrl+p", "ctrl+s"])
async def test_a_screen_that_closes_leaves_no_more_in_cycles_than_its_widgets(home: Path, key: str) -> None:
    async with opened_app(home, [text("Yes.")]) as stage:
        await stage.send("Go")
        await stage.rested()
        await _visit(stage, key)  # what is loaded for the first
        with collector_off():
            await _visit(stage, key)
            await _visit(stage, key)
            left = gc.collect()
        assert left < 2 * 9_000  # Textual's widgets hold each other; the rows they painted go by themselves


async def test_all_is_collected_once_nothing_was_drawn_for_a_while(at_once: None) -> None:
    whole: list[int] = []
    told = lambda phase, info: whole.append(info["collected"]) if info["generation"] == 2 else None  # noqa: E731
    with collector_off():
        collecting_now = Collecting()
        collecting_now.drawn()
        assert collecting_now.idle  # it has not begun: the start is not to be disturbed
        gc.callbacks.append(told)
        try:
            collecting_now.begin()
            for _ in range(3):
                collecting_now.drawn()
                assert not collecting_now.idle and not whole
                await asyncio.sleep(0)
            await eventually(lambda: collecting_now.idle)
            assert whole
            times = len(whole)
            collecting_now.drawn()
            await eventually(lambda: len(whole) > times)
            assert collecting_now.idle
        finally:
            gc.callbacks.remove(told)
            gc.unfreeze()


async def test_a_program_at_rest_has_collected_and_one_that_has_ended_waits_for_nothing(
    home: Path, at_once: None
) -> None:
    async with opened_app(home, [text("Yes.")]) as stage:
        await stage.send("Go")
        await stage.rested()
        await stage.until(lambda: stage.app._collecting.idle)
        await stage.type("more")
        app = stage.app
    assert app._collecting.idle


def test_what_is_put_aside_is_walked_no_more_but_is_not_beyond_reach(monkeypatch: pytest.MonkeyPatch) -> None:
    class Ring:
        def __init__(self) -> None:
            self.itself = self

    monkeypatch.setattr(collecting, "MANY", -1)
    rings = [Ring() for _ in range(1000)]
    gone = ref(rings[0])
    try:
        collecting.collect()
        assert gc.get_freeze_count() > 1000
        rings.clear()
        gc.collect()
        assert gone() is not None  # it was put aside
        collecting.collect()
        assert gone() is None
    finally:
        gc.unfreeze()
