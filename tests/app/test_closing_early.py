"""A screen may be closed at any moment of its opening: before it is composed, while it reads, while it goes.

Keys come faster than screens open on a busy machine. Each screen is opened and closed again after a growing number of
turns of the event loop, so that the closing meets every step of the opening.
"""

import asyncio
from pathlib import Path

import pytest

from tests.app.stage import Stage, opened_app
from tests.conftest import LONG
from tests.scripts import call
from tui.app.keys import BY_ID
from tui.providers.scripted import text

SCREENS = (
    "session.pick", "session.rules", "session.model", "branch.rewind", "branch.restore",
    "worktree.list", "context.show", "context.system", "transcript.inspect", "compare.send",
    "calls.list", "inbox.open", "app.palette", "app.help", "app.theme", "app.settings",
)  # fmt: skip
TURNS = (*range(0, 24, 2), 30, 45, 70) if LONG else (0, 6, 30)
"""Turns of the loop between the opening and the closing. A screen stands after some forty."""


async def closed_after(stage: Stage, action: str, turns: int) -> None:
    stage.app.run_action_by_id(action)
    for _ in range(turns):
        await asyncio.sleep(0)
    for _ in range(10_000):
        if stage.app.screen is not stage.main:
            break
        await asyncio.sleep(0)
    assert stage.app.screen is not stage.main
    stage.app.screen.dismiss(None)
    await stage.until(lambda: stage.app.screen is stage.main)


@pytest.mark.parametrize("action", SCREENS)
async def test_a_screen_may_be_closed_at_any_moment_of_its_opening(action: str, home: Path) -> None:
    assert action in BY_ID
    async with opened_app(home, [call("read", {"path": "README.md"})], [text("Done.")]) as stage:
        await stage.send("Read")
        await stage.rested()
        for turns in TURNS:
            await closed_after(stage, action, turns)
            assert stage.app._exception is None
        assert stage.app.is_running
