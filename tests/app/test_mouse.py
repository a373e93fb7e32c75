"""The mouse does what people expect: it points, opens, selects, drags, scrolls, and leaves a list beside its box."""

from pathlib import Path

from textual import events
from textual.geometry import Offset
from textual.widget import Widget

from tests.app.stage import Stage, opened_app
from tests.scripts import call
from tui.app.pane import Pane
from tui.app.tabs.layout import LAYOUT_KEY
from tui.providers.scripted import text
from widgets.picker import Picker

LINES = "\n\n".join(f"Paragraph {number} of the answer." for number in range(60))


async def two(stage: Stage) -> tuple[Pane, Pane]:
    """Two panes side by side, each with a long answer; the second has the focus."""
    await stage.send("First")
    await stage.rested()
    await stage.press("ctrl+backslash")
    await stage.until(lambda: len(stage.main.panes) == 2 and not stage.session.state.turns)
    await stage.send("Second")
    await stage.rested()
    one, other = stage.main.panes
    return one, other


async def wheel(stage: Stage, widget: Widget, up: bool) -> None:
    kind = events.MouseScrollUp if up else events.MouseScrollDown
    await stage.pilot._post_mouse_events([kind], widget)
    await stage.drawn()


async def test_a_click_makes_a_pane_the_focused_one_and_points_at_the_block(home: Path) -> None:
    async with opened_app(home, [text(LINES)], [text("Short.")]) as stage:
        one, other = await two(stage)
        assert stage.pane is other
        await stage.pilot.click(one.transcript, offset=Offset(8, 4))
        await stage.until(lambda: stage.pane is one and one.transcript.has_focus)
        assert one.transcript.block(one.transcript.cursor or "").source.startswith("Paragraph 0")
        await stage.pilot.click(other.prompt)
        await stage.until(lambda: stage.pane is other and other.prompt.has_focus)


async def test_the_wheel_scrolls_what_is_under_it_and_leaves_the_focus(home: Path) -> None:
    async with opened_app(home, [text(LINES)], [text(LINES)]) as stage:
        one, other = await two(stage)
        assert one.transcript.anchor is None and other.transcript.anchor is None, "both follow the end"
        await wheel(stage, one.transcript, up=True)
        await stage.until(lambda: one.transcript.anchor is not None)
        assert other.transcript.anchor is None and other.prompt.has_focus
        for _ in range(3):
            await wheel(stage, one.transcript, up=False)
        await stage.until(lambda: one.transcript.anchor is None)


async def test_a_second_click_on_a_call_does_not_fold_what_the_first_has_opened(home: Path) -> None:
    async with opened_app(home, [call("read", {"path": "README.md"})], [text("Done.")]) as stage:
        await stage.send("Read")
        await stage.rested()
        transcript = stage.pane.transcript
        at = next(each for each in transcript.blocks if transcript.block(each).kind == "tool")
        y = next(y for y, row in enumerate(transcript._rows) if row.entry.id == at and row.chunk >= 0)
        assert at not in transcript.opened
        await stage.pilot.double_click(transcript, offset=Offset(8, y))
        await stage.until(lambda: at in transcript.opened)
        assert transcript.cursor == at and transcript.opened[at] != "line"


async def test_what_is_dragged_over_is_copied_by_ctrl_c_and_nothing_is_interrupted(home: Path) -> None:
    async with opened_app(home, [text("Water flows.")]) as stage:
        await stage.send("Go")
        await stage.rested()
        copied: list[str] = []
        stage.app.copy_to_clipboard = copied.append  # type: ignore[method-assign]
        transcript = stage.pane.transcript
        rows = [(y, row) for y, row in enumerate(transcript._rows) if row.chunk >= 0]
        y = next(y for y, row in rows if transcript.source_of(row.entry.id) == "Water flows.")
        await stage.pilot.mouse_down(transcript, offset=Offset(2, y))
        await stage.pilot.hover(transcript, offset=Offset(7, y))
        await stage.pilot.mouse_up(transcript, offset=Offset(7, y))
        await stage.until(lambda: stage.main.get_selected_text())
        await stage.press("ctrl+c")
        await stage.until(lambda: copied)
        assert copied[0].strip() in "Water flows." and "ate" in copied[0]
        assert "quits" not in stage.main.footer.render().plain  # type: ignore[union-attr]


async def test_a_line_between_panes_is_dragged_and_the_layout_is_kept(home: Path) -> None:
    async with opened_app(home, [text("One.")], [text("Two.")]) as stage:
        one, _ = await two(stage)
        width, kept = one.size.width, stage.main.shelf.get(LAYOUT_KEY)
        await stage.pilot.mouse_down("#split", offset=Offset(width, 5))
        await stage.pilot.hover("#split", offset=Offset(width + 12, 5))
        await stage.pilot.mouse_up("#split", offset=Offset(width + 12, 5))
        await stage.until(lambda: one.size.width == width + 12 and stage.main.shelf.get(LAYOUT_KEY) != kept)


async def test_a_click_beside_a_list_closes_it_and_loses_nothing(home: Path) -> None:
    async with opened_app(home) as stage:
        await stage.type("kept")
        await stage.press("ctrl+p")
        await stage.until(lambda: isinstance(stage.app.screen, Picker) and stage.app.screen.focused)
        await stage.pilot.click("#picker-title")
        await stage.drawn()
        assert isinstance(stage.app.screen, Picker), "inside the box it stays"
        await stage.pilot.click(offset=(1, 38))
        await stage.until(lambda: stage.app.screen is stage.main and stage.pane.prompt.has_focus)
        assert stage.pane.prompt.text == "kept"


async def test_a_click_on_a_tab_goes_there(home: Path) -> None:
    async with opened_app(home) as stage:
        await stage.type("one")
        await stage.press("ctrl+n")
        await stage.until(lambda: stage.session.state.slot == 2)
        await stage.pilot.click("#tabs", offset=Offset(4, 0))
        await stage.until(lambda: stage.session.state.slot == 1 and stage.pane.prompt.has_focus)
