"""A draft is on its way to the disk with the key that was typed: what a kill may take is a tenth of a second."""

from pathlib import Path

import pytest

from tests.app.stage import Stage, opened_app
from tests.scripts import text
from tui.app.prompt import desk
from tui.app.screens import workspace
from tui.app.tabs.layout import draft_key


async def kept(stage: Stage) -> str | None:
    """What the store has, or will have with its next batch."""
    return await stage.store.load_ui(stage.workspace.root.as_posix(), draft_key(stage.session.id))


@pytest.fixture
def never_later(monkeypatch: pytest.MonkeyPatch) -> None:
    """No timer brings a draft to the disk."""
    monkeypatch.setattr(workspace, "KEEP_AFTER", 3600.0)


async def test_each_key_hands_the_draft_to_the_store(home: Path, never_later: None) -> None:
    async with opened_app(home) as stage:
        for count in range(1, len("a thought") + 1):
            await stage.press({" ": "space"}.get("a thought"[count - 1], "a thought"[count - 1]))
            await stage.until(lambda: stage.pane.prompt.text)
            assert await kept(stage) == "a thought"[:count]
        await stage.press("ctrl+c")
        await stage.until(lambda: not stage.pane.prompt.text)
        assert await kept(stage) == ""


async def test_a_text_that_was_sent_is_no_draft_any_more(home: Path, never_later: None) -> None:
    async with opened_app(home, [text("Yes.")]) as stage:
        await stage.send("Are there gates?")
        await stage.rested()
        assert await kept(stage) == ""


async def test_a_long_draft_is_not_kept_with_each_key(
    home: Path, never_later: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(desk, "AT_ONCE", 10)
    async with opened_app(home) as stage:
        await stage.type("gates and valves")
        await stage.press(*"abcd")
        await stage.drawn()
        assert (stage.pane.prompt.text, await kept(stage)) == ("gates and valvesabcd", None)


async def test_a_long_draft_is_kept_a_little_later(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(desk, "AT_ONCE", 10)
    async with opened_app(home) as stage:
        await stage.type("gates and valves")
        await stage.until(lambda: stage.main.shelf.get(draft_key(stage.session.id)) == "gates and valves")
        assert await kept(stage) == "gates and valves"
