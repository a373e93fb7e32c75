"""A broadcast to sessions that stand in tabs already shows them side by side, and one step puts all back."""

from pathlib import Path

from tests.app.stage import Stage, opened_app
from tests.app.test_compare import choosing, members, town
from tests.scripts import text
from tui.app.tabs.arrangement import Arrangement
from tui.app.tabs.layout import BEFORE, Named
from widgets.split_tree import leaves, to_value


def told(stage: Stage) -> str:
    return "\n".join(notice.message for notice in stage.app._notifications)


def tabs(stage: Stage) -> list[list[str]]:
    return [list(leaves(tab.root)) for tab in stage.main.arrangement.tabs]


async def test_one_step_puts_the_panes_back_as_they_were_and_fresh_ones_stay_together(home: Path) -> None:
    async with town(home, [[text("Red.")]], [[text("Blue.")]]) as stage:
        first = stage.session.id
        await stage.send("Hello")
        await stage.rested()
        stage.app.run_action_by_id("pane.right")
        await stage.until(lambda: len(stage.main.panes) == 2)
        second = stage.session.id
        await stage.press("alt+left")
        before = to_value(Arrangement.from_text(stage.main.arrangement.to_text()).tabs[0].root)
        assert tabs(stage) == [[first, second]]
        await choosing(stage, "Go")
        await stage.press("G", "k", "space")  # the first session, beside the two fresh ones
        await stage.press("enter")
        await stage.until(lambda: len(members(stage)) == 3 and len(stage.main.panes) == 3)
        assert "/back puts all panes back" in told(stage)
        fresh = [session.id for session in members(stage) if session.id != first]
        assert sorted(map(sorted, tabs(stage))) == sorted([sorted([first, *fresh]), [second]])
        await stage.send("/back")
        await stage.until(lambda: len(stage.main.panes) == 2 and len(tabs(stage)) == 2)
        assert [tabs(stage)[0], sorted(tabs(stage)[1])] == [[first, second], sorted(fresh)]
        assert (stage.main.session and stage.main.session.id) == second
        assert to_value(Arrangement.from_text(stage.main.arrangement.to_text()).tabs[0].root) == before
        assert BEFORE not in Named(stage.main.shelf).names


async def test_fresh_sessions_alone_move_no_pane_and_there_is_nothing_to_put_back(home: Path) -> None:
    async with town(home, [[text("Red.")]], [[text("Blue.")]]) as stage:
        await stage.send("Hello")
        await stage.rested()
        first = stage.session.id
        await choosing(stage, "Go")
        await stage.press("enter")
        await stage.until(lambda: len(members(stage)) == 2 and len(stage.main.panes) == 2)
        assert tabs(stage)[0] == [first] and "/back" not in told(stage)
        await stage.send("/back")
        await stage.until(lambda: "No broadcast has moved a pane" in told(stage))


async def test_a_layout_that_was_kept_before_a_broadcast_outlives_a_restart(home: Path) -> None:
    async with opened_app(home, [text("One.")]) as stage:
        await stage.send("Hello")
        await stage.rested()
        only = stage.session.id
        Named(stage.main.shelf).put(BEFORE, stage.main.arrangement.to_text())
    async with opened_app(home) as again:
        await again.send("/back")
        await again.until(lambda: BEFORE not in Named(again.main.shelf).names)
        assert tabs(again) == [[only]]
