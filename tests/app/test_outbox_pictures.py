"""Pictures of what stands around the prompt: the queue, an edit, images, and a shell line of the person's own."""

import base64
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.app.stage import NOON, Clock, Stage, opened_app
from tests.scripts import Hold, image, text

Snap = Callable[..., bool]
SIZES = {"80x24": (80, 24), "120x40": (120, 40)}
LOOKS = [("80x24", "penstock-dark"), ("120x40", "penstock-light")]
WAITING = (
    "Then bound the flow at both ends, and say so in the error that it raises for a litre too many",
    "Write a test for the north canal",
    "[bold]not markup[/]: 運河 and the pump",
    "Tidy the notes", "Look at the pond", "Count the gates", "Ask who built it", "Sum it up", "Commit",
)  # fmt: skip


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock().freeze(monkeypatch)


async def waiting(stage: Stage, hold: Hold, count: int) -> None:
    await stage.send("Review the valve")
    await hold.reached()
    for number, prompt in enumerate(WAITING[:count], 1):
        await stage.send(prompt)
        await stage.until(lambda number=number: len(stage.session.state.outbox) == number)


async def let_go(stage: Stage) -> None:
    stage.session.interrupt()
    await stage.until(lambda: not stage.session.running)


@pytest.mark.parametrize(("size", "theme"), LOOKS)
@pytest.mark.parametrize("count", [1, 3, 9])
async def test_what_waits(home: Path, snap: Snap, size: str, theme: str, count: int) -> None:
    hold = Hold()
    async with opened_app(home, [text("I look. ", hold)], size=SIZES[size], theme=theme) as stage:
        await waiting(stage, hold, count)
        if count == 3:
            await stage.press("alt+q", "j", "s")
            await stage.until(lambda: stage.session.state.outbox[1].steer)
        if count == 9:
            await stage.press("alt+q", "j", "j", "j", "j", "j")
        await stage.drawn()
        assert snap(stage.app)
        await let_go(stage)


@pytest.mark.parametrize(("size", "theme"), LOOKS)
async def test_a_queued_prompt_that_is_edited(home: Path, snap: Snap, size: str, theme: str) -> None:
    hold = Hold()
    async with opened_app(home, [text("I look. ", hold)], size=SIZES[size], theme=theme) as stage:
        await waiting(stage, hold, 2)
        await stage.press("alt+q", "j", "e")
        await stage.type(", and one for the south canal")
        await stage.drawn()
        assert snap(stage.app)
        await let_go(stage)


@pytest.mark.parametrize(("size", "theme"), LOOKS)
async def test_a_queue_that_is_held(home: Path, snap: Snap, size: str, theme: str) -> None:
    hold = Hold()
    async with opened_app(home, [text("I look. ", hold)], size=SIZES[size], theme=theme) as stage:
        await waiting(stage, hold, 2)
        await let_go(stage)
        await stage.drawn()
        assert snap(stage.app)


@pytest.mark.parametrize(("size", "theme"), LOOKS)
async def test_images_that_go_along(home: Path, snap: Snap, size: str, theme: str) -> None:
    async with opened_app(home, [text("Yes.")], size=SIZES[size], theme=theme) as stage:
        for name in ("canal.png", "gate.png"):
            (home / "project" / name).write_bytes(base64.b64decode(image().data))
        await stage.type("Which is older? [image: canal.png] [image: gate.png] [image: lost.png]")
        await stage.until(lambda: len(stage.pane._writing.facts) == 3)
        await stage.drawn()
        assert snap(stage.app)


@pytest.mark.parametrize(("size", "theme"), LOOKS)
async def test_a_shell_line_and_what_one_gave(home: Path, snap: Snap, size: str, theme: str, clock: Clock) -> None:
    async with opened_app(home, [text("Yes.")], size=SIZES[size], theme=theme) as stage:
        await stage.send("!printf 'two valves\\nof three are open\\n'; exit 3")
        await stage.until(lambda: stage.session.state.calls and not stage.session.state.open_calls)
        await stage.press("ctrl+o")
        clock.now = NOON + 5
        await stage.type("!git status")
        await stage.drawn()
        assert snap(stage.app)
