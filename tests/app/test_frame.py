"""The frame clock draws what changed, once a frame, and stops when nothing does."""

import asyncio

from tests.scripts import eventually
from tui.app.frame import Frame, taking_turns


class Drawn:
    """Counts draws, and can be waited for."""

    def __init__(self) -> None:
        self.frames: list[frozenset[str]] = []
        self.alive = False
        self._more = asyncio.Event()

    def __call__(self, changed: frozenset[str]) -> bool:
        self.frames.append(changed)
        self._more.set()
        return self.alive

    async def next(self) -> frozenset[str]:
        async with asyncio.timeout(5):
            await self._more.wait()
        self._more.clear()
        return self.frames[-1]


async def test_many_changes_are_one_frame() -> None:
    drawn = Drawn()
    frame = Frame(drawn)
    for _ in range(1000):
        frame.touch("a")
        frame.touch("b")
    assert await drawn.next() == {"a", "b"}
    assert len(drawn.frames) == 1


async def test_the_clock_stands_still_when_nothing_changes() -> None:
    drawn = Drawn()
    frame = Frame(drawn)
    frame.touch("a")
    await drawn.next()
    assert frame.idle
    assert frame.frames == 1


async def test_the_slow_beat_goes_on_only_while_something_is_alive() -> None:
    drawn = Drawn()
    frame = Frame(drawn)
    drawn.alive = True
    frame.touch("a")
    await drawn.next()
    assert not frame.idle
    drawn.alive = False
    assert await drawn.next() == frozenset()
    assert frame.idle


async def test_a_stopped_clock_has_no_timer() -> None:
    frame = Frame(Drawn())
    frame.touch("a")
    frame.stop()
    assert frame.idle


async def test_a_failing_draw_is_told_and_not_only_logged() -> None:
    told: list[Exception] = []

    def draw(changed: frozenset[str]) -> bool:
        raise ValueError("on purpose")

    asyncio.get_running_loop().set_exception_handler(lambda loop, context: None)
    Frame(draw, told.append).touch("a")
    await eventually(lambda: told)
    assert str(told[0]) == "on purpose"


def test_of_many_panes_each_is_drawn_within_three_frames_and_the_focused_one_in_each() -> None:
    for count in range(1, 17):
        panes = [f"p{number}" for number in range(count)]
        for first in range(6):
            frames = [taking_turns(panes, panes, "p0", first + later) for later in range(3)]
            assert {pane for frame in frames for pane in frame} == {*panes}
            assert all("p0" in frame for frame in frames)
            if count <= 4:
                assert frames[0] == panes


def test_a_pane_in_which_nothing_happened_is_not_drawn() -> None:
    assert taking_turns(["a", "b", "c"], {"b"}, "a", 0) == ["b"]
    assert taking_turns(["a", "b", "c"], set(), "a", 0) == []
