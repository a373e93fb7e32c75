"""Tabs and panes by hand: split, moved, swapped, arranged, named; and the focus is always somewhere."""

from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.app.stage import Stage, opened_app
from tests.scripts import eventually
from tui.providers.scripted import Hold, text
from widgets import split_tree as tree


def groups(stage: Stage) -> list[list[int]]:
    """Slots as they stand in tabs."""
    slots = {tab.id: tab.slot for tab in stage.main.tabs.all()}
    return [[slots[session_id] for session_id in tab.ids] for tab in stage.main.arrangement.tabs]


async def do(stage: Stage, action: str, rest: str = "") -> None:
    await stage.app.verbs.run(action, rest)
    await stage.drawn()


async def three(stage: Stage) -> None:
    """Sessions 1 and 2 side by side, 3 in a tab of its own, in front; each with a draft, so that none goes away."""
    await stage.type("one")
    await do(stage, "pane.right")
    await stage.type("two")
    await do(stage, "session.new")
    await stage.type("three")
    await stage.until(lambda: groups(stage) == [[1, 2], [3]])


async def test_a_new_session_leaves_the_tab_as_it_was_and_choosing_one_goes_to_its_tab(home: Path) -> None:
    async with opened_app(home) as stage:
        await three(stage)
        assert len(stage.main.panes) == 1 and stage.session.state.slot == 3
        await do(stage, "session.slot", "2")
        assert [pane.session.state.slot for pane in stage.main.panes if pane.session] == [1, 2]
        assert stage.session.state.slot == 2 and stage.pane.prompt.text == "two" and stage.pane.prompt.has_focus
        await do(stage, "pane.next_tab")
        assert stage.session.state.slot == 3
        await do(stage, "pane.next_tab")
        assert stage.session.state.slot == 2, "the tab remembers who had the focus"


async def test_panes_are_swapped_moved_and_brought_and_drafts_stay_with_their_sessions(home: Path) -> None:
    async with opened_app(home, size=(200, 60)) as stage:
        await three(stage)
        await do(stage, "pane.bring", "1")
        assert groups(stage) == [[2], [3, 1]] and stage.session.state.slot == 1
        await do(stage, "pane.swap")
        assert groups(stage) == [[2], [1, 3]]
        await do(stage, "pane.swap", "2")
        assert groups(stage) == [[1], [2, 3]]
        await do(stage, "pane.move", "3")
        assert groups(stage) == [[2, 3, 1]] and stage.session.state.slot == 1
        await do(stage, "pane.move", "own")
        assert groups(stage) == [[2, 3], [1]] and stage.session.state.slot == 1
        await do(stage, "session.slot", "3")
        await do(stage, "pane.close")
        assert groups(stage) == [[2], [3], [1]] and stage.session.state.slot == 2
        for slot, words in (("1", "one"), ("2", "two"), ("3", "three")):
            await do(stage, "session.slot", slot)
            assert stage.pane.prompt.text == words


async def test_layouts_are_kept_by_name_and_come_back_after_a_restart(home: Path) -> None:
    async with opened_app(home, size=(200, 60)) as stage:
        await three(stage)
        await do(stage, "session.slot", "1")
        await do(stage, "pane.wider")
        await do(stage, "layout.keep", "pair")
        await do(stage, "pane.bring", "3")
        await do(stage, "pane.shape", "columns")
        await do(stage, "session.new")
        await stage.type("four")
        before = groups(stage)
        await do(stage, "layout.pick", "pair")
        assert groups(stage) == [[1, 2], [3], [4]]
        front = stage.main.arrangement.front
        assert front is not None and isinstance(front.root, tree.Branch) and front.root.ratio > 0.5
        await do(stage, "layout.pick", "nowhere")
        assert groups(stage) == [[1, 2], [3], [4]]
    async with opened_app(home, size=(200, 60)) as stage:
        assert groups(stage) == [[1, 2], [3], [4]] != before
        await do(stage, "layout.keep", "again")
        await do(stage, "layout.forget", "pair")
        await do(stage, "layout.pick", "pair")
        await stage.until(lambda: any("No layout is called" in note.message for note in stage.app._notifications))


async def test_a_zoomed_pane_is_zoomed_again_when_its_tab_comes_back(home: Path) -> None:
    async with opened_app(home) as stage:
        await three(stage)
        await do(stage, "session.slot", "2")
        await do(stage, "pane.zoom")
        await do(stage, "session.slot", "3")
        await do(stage, "session.slot", "2")
        assert stage.main.split.zoomed == stage.session.id
        assert [pane.display for pane in stage.main.panes] == [False, True]


async def test_a_small_terminal_shows_one_pane_and_the_strip_and_a_large_one_all_again(home: Path) -> None:
    async with opened_app(home, size=(200, 60)) as stage:
        await three(stage)
        await do(stage, "pane.bring", "1")
        await do(stage, "pane.bring", "2")
        await do(stage, "pane.shape", "columns")
        await stage.until(lambda: [pane.display for pane in stage.main.panes] == [True] * 3)
        await stage.pilot.resize_terminal(80, 24)
        await stage.until(lambda: sum(pane.display for pane in stage.main.panes) == 1)
        assert stage.pane.display and stage.pane.size.width == 80
        await stage.press("f9")
        await stage.until(lambda: stage.pane.display and sum(pane.display for pane in stage.main.panes) == 1)
        await stage.pilot.resize_terminal(300, 90)
        await stage.until(lambda: [pane.display for pane in stage.main.panes] == [True] * 3)


async def test_sixteen_panes_are_the_most_and_each_streams_its_own(home: Path) -> None:
    async with opened_app(home, *[[text(f"answer {n}")] for n in range(16)], size=(200, 60)) as stage:
        for number in range(16):
            if number:
                await do(stage, "pane.right")
                await do(stage, "pane.shape", "grid")
            stage.pane.send(f"question {number}")
        await do(stage, "pane.right")
        assert len(stage.main.panes) == 16 and all(pane.display for pane in stage.main.panes)
        await stage.until(lambda: all(pane.session and pane.session.status == "idle" for pane in stage.main.panes))
        for pane in stage.main.panes:
            assert pane.session is not None
            shown = [block.source for block in map(pane.transcript.block, pane.transcript.blocks)]
            turn = pane.session.state.turns[0]
            said = [part.text for item in turn.items for part in getattr(item, "parts", [])]
            assert said and all(text in shown for text in said)


ACTIONS = [
    "pane.right", "pane.down", "pane.next", "pane.previous", "pane.next_tab", "pane.previous_tab", "pane.zoom",
    "pane.close", "pane.swap", "pane.shape", "session.new", "session.next", "session.previous", "session.close",
    "session.needy", "transcript.find",
]  # fmt: skip


@settings(max_examples=4, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(actions=st.lists(st.sampled_from(ACTIONS), min_size=4, max_size=14), draft=st.booleans())
async def test_the_focus_is_always_somewhere_and_keys_reach_the_focused_pane(
    home: Path, actions: list[str], draft: bool
) -> None:
    async with opened_app(home, size=(200, 60)) as stage:
        for action in actions:
            if draft and len(stage.main.panes) < 10:
                await stage.type("x")
            await do(stage, action)
            await eventually(lambda: stage.main.focused is not None and stage.main.focused.is_attached)
            focused = stage.main.focused
            assert focused is not None and stage.pane in focused.ancestors_with_self, action
            assert stage.pane.display and stage.session.id in stage.main.arrangement
            assert sorted(stage.main.tabs.ids) == sorted(stage.main.arrangement.ids)


async def test_keys_behind_a_start_wait_for_the_first_sessions(home: Path) -> None:
    hold = Hold()
    async with opened_app(home) as stage:
        await stage.type("kept")
        await stage.until(lambda: stage.main.shelf.get(f"draft:{stage.session.id}") == "kept")
    async with opened_app(home, restored=False) as stage:
        opening = stage.workspace.open_session

        async def held(session_id: str):
            await hold.wait()
            return await opening(session_id)

        stage.workspace.open_session = held  # type: ignore[method-assign]
        split = stage.app.run_worker(stage.app.verbs.run("pane.right"))
        await stage.pilot.pause()
        assert len(stage.main.panes) == 1
        hold.release()
        await split.wait()
        await stage.until(lambda: len(stage.main.panes) == 2)
        assert groups(stage) == [[1, 2]]
