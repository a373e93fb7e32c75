"""Pictures of the inspector: each tab, in both themes and two sizes. Each was looked at before it was committed."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.app.stage import NOON, Clock, opened_app
from tests.app.told import story
from tui.app.screens.inspector import InspectorScreen

SIZES = {"80x24": (80, 24), "120x40": (120, 40)}
THEMES = ("penstock-dark", "penstock-light")
KEYS = {
    "arguments": ("call_edit", "1"),
    "output": ("call_shell", "2"),
    "diff": ("call_edit", "s"),
    "timing": ("call_edit", "4"),
    "approval": ("call_edit", "5"),
    "rerun": ("side_1", "d"),
}


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("tab", KEYS)
async def test_a_call(
    home: Path, monkeypatch: pytest.MonkeyPatch, snap: Callable[..., bool], tab: str, size: str, theme: str
) -> None:
    clock = Clock().freeze(monkeypatch)
    clock.now = NOON + 70
    async with opened_app(home, [], size=SIZES[size], theme=theme) as stage:
        call_id, key = KEYS[tab]
        screen = InspectorScreen(story().state, call_id, stage.app)
        stage.app.push_screen(screen)
        await stage.until(lambda: screen._ready)
        await stage.press(key)
        await stage.until(lambda: not [w for w in screen.workers if w.is_running])
        await stage.drawn()
        assert snap(stage.app)
