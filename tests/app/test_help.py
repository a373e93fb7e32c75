"""The help: every action is in it, it can be searched, and it begins with what works where the person is."""

from pathlib import Path

import pytest

from tests.app.stage import Stage, opened_app
from tests.scripts import call
from tui.app.keymap import NUMBERED, is_rare, key_label, keys_of
from tui.app.keys import ACTIONS, BY_ID
from tui.app.screens.help import RARE, HelpScreen
from tui.app.screens.lists import command_list
from tui.providers.scripted import text


def shown(stage: Stage) -> str:
    screen = stage.app.screen
    assert isinstance(screen, HelpScreen)
    return screen.query_one("#help-text").render().plain  # type: ignore[union-attr]


async def opened(stage: Stage, key: str = "f1") -> None:
    await stage.press(key)
    await stage.until(lambda: isinstance(stage.app.screen, HelpScreen) and "Good to know" in shown(stage))


@pytest.mark.parametrize("size", [(80, 24), (120, 40)], ids=["80x24", "120x40"])
async def test_every_action_of_the_table_is_in_it_with_its_keys_and_its_command(
    home: Path, size: tuple[int, int]
) -> None:
    async with opened_app(home, size=size) as stage:
        await opened(stage)
        told = " ".join(shown(stage).split())
        for action in ACTIONS:
            assert all(word in told for word in action.title.split()), action.id
            assert not action.command or f"/{action.command}" in told, action.id
            keys = keys_of(action, {})
            for key in (keys[0], keys[-1]) if action.id in NUMBERED else keys:
                assert key_label(key) + RARE * is_rare(key) in told, (action.id, key)
        assert max(len(line.rstrip()) for line in shown(stage).split("\n")) <= size[0] - 4
        assert (size[0] == 120) == ("session.pick" in told), "names where there is room"


async def test_it_is_searched_by_keys_commands_words_and_names(home: Path) -> None:
    async with opened_app(home) as stage:
        await opened(stage)
        for query, found in (("half page", "Half a page down"), ("/budget", "What this session may cost")):
            stage.app.screen.query_one("Input").value = query  # type: ignore[attr-defined]
            await stage.until(lambda found=found: found in shown(stage) and "New session" not in shown(stage))
        for query, found in (("session.new", "ctrl+n"), ("ctrl+backslash", ""), ("zzz", "Nothing here matches.")):
            stage.app.screen.query_one("Input").value = query  # type: ignore[attr-defined]
            await stage.until(lambda found=found: found in shown(stage))


async def test_the_command_takes_words_to_search_for(home: Path) -> None:
    async with opened_app(home) as stage:
        await stage.send("/help zoom")
        await stage.until(lambda: isinstance(stage.app.screen, HelpScreen) and "Zoom the pane" in shown(stage))
        assert "New session" not in shown(stage)


async def test_it_begins_with_where_the_person_is_and_returns_there(home: Path) -> None:
    async with opened_app(home, [call("read", {"path": "README.md"})], [text("Done.")]) as stage:
        await stage.send("Read")
        await stage.rested()
        await opened(stage)
        assert shown(stage).startswith("Prompt\n")
        await stage.press("f1")
        await stage.until(lambda: stage.app.screen is stage.main and stage.pane.prompt.has_focus)
        await stage.press("tab", "k")
        await opened(stage, "question_mark")
        assert shown(stage).startswith("Transcript\n")
        await stage.press("escape")
        await stage.until(lambda: stage.app.screen is stage.main and stage.pane.transcript.has_focus)
        await stage.press("f5")
        await stage.until(lambda: stage.app.screen is not stage.main and stage.app.screen.focused is not None)
        calls = stage.app.screen
        await opened(stage)
        assert shown(stage).startswith("All calls\n")
        await stage.press("f1")
        await stage.until(lambda: stage.app.screen is calls)


async def test_it_shows_rebound_keys_and_moves_by_the_keys_of_lists(home: Path) -> None:
    async with opened_app(home, size=(80, 24), keymap={"session.new": "ctrl+t", "pane.zoom": ""}) as stage:
        await opened(stage)
        lines = shown(stage).split("\n")
        assert any(line.startswith("ctrl+t ") and "New session" in line for line in lines)
        assert any(line.startswith(" ") and "/zoom" in line for line in lines)
        area = stage.app.screen.query_one("VerticalScroll")
        await stage.press("ctrl+d")
        await stage.until(lambda: area.scroll_offset.y > 5)
        await stage.press("ctrl+u")
        await stage.until(lambda: area.scroll_offset.y == 0)
        await stage.press("ctrl+j", "ctrl+n", "ctrl+p")
        await stage.until(lambda: area.scroll_offset.y == 1)
        await stage.press("ctrl+end")
        await stage.until(lambda: area.scroll_offset.y == area.max_scroll_y)
        await stage.pilot.click(offset=(0, 0))
        await stage.until(lambda: stage.app.screen is stage.main)


def test_the_palette_has_every_action_that_has_no_other_way() -> None:
    offered = {item.value for item in command_list(lambda action: "")._items}
    assert offered == {action.id for action in ACTIONS if action.palette}
    for action in ACTIONS:
        assert keys_of(action, {}) or action.id in offered or action.command, action.id


async def test_commands_are_offered_with_what_they_take(home: Path) -> None:
    async with opened_app(home) as stage:
        await stage.press("/", "b", "u", "d")
        await stage.until(lambda: stage.pane.prompt._list_open)
        assert any("[5 | off | day 20 | free]" in item.detail for item in stage.pane.prompt._commands)
    assert BY_ID["model.budget"].takes == "[5 | off | day 20 | free]"
