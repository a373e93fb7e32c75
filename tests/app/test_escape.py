"""Escape closes and goes back; it never ends a turn, loses a draft or closes a session, wherever one is."""

import os
from pathlib import Path
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st
from textual.widgets import TextArea

from tests.app.stage import Stage, opened_app
from tests.scripts import call
from tui.app.keys import APP_ACTIONS
from tui.app.screens.edit_call import EditCall
from tui.app.screens.edit_text import EditText
from tui.providers.scripted import Hold, text

LONG = os.environ.get("PENSTOCK_LONG") == "1"
LEAVES_IT = {  # what ends something by itself, leaves the program, or writes outside of it
    "turn.interrupt", "turn.stop", "turn.unqueue", "turn.steer", "session.archive", "session.close", "app.quit",
    "app.suspend", "session.export", "draft.editor", "draft.image", "turn.retry", "session.slot",
}  # fmt: skip
OPENS = [action.id for action in APP_ACTIONS if action.id not in LEAVES_IT]
MOVES = ["j", "k", "G", "g", "down", "up", "tab", "pagedown", "left", "right", "ctrl+d"]
DRAFT = "kept, whatever happens"
ENOUGH = 6
"""Escapes that lead back from anywhere."""


async def one_escape(stage: Stage) -> None:
    """Long after the one before: two in a row are another thing."""
    stage.app.verbs.turns._escaped_at = float("-inf")
    await stage.press("escape")
    await stage.drawn()


def drafts(stage: Stage) -> dict[str, str]:
    """What is written for each session, on screen or kept."""
    for pane in stage.main.panes:
        if pane.session is not None:
            stage.main.keep(pane)
    ids = stage.main.tabs.ids
    return {session_id: stage.main.shelf.get(f"draft:{session_id}") for session_id in ids}


@settings(
    max_examples=40 if LONG else 3,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    phases=[Phase.explicit, Phase.reuse, Phase.generate],  # to shrink a walk takes minutes
)
@given(
    walk=st.lists(
        st.tuples(st.sampled_from(OPENS), st.lists(st.sampled_from(MOVES), max_size=3)), min_size=6, max_size=9
    )
)
@example(
    walk=[
        ("pane.down", []), ("session.rules", []), ("pane.narrower", []), ("inbox.open", ["up"]),
        ("turn.continue", ["ctrl+d"]), ("session.previous", ["up", "down", "tab"]), ("app.select_text", ["g"]),
    ]
)  # fmt: skip
async def test_one_escape_never_destroys_and_enough_of_them_lead_back_to_the_prompt(
    home: Path, walk: list[tuple[str, list[str]]]
) -> None:
    hold = Hold()
    script = [call("read", {"path": "README.md"}), text("Read.")]
    answers = [[text("Last.")]] * (1 + len(walk))  # /continue in another session takes one, too
    async with opened_app(home / uuid4().hex, script, [text("On it."), hold, text("End.")], *answers) as stage:
        await stage.send("First")
        await stage.until(lambda: stage.session.running)
        running = stage.session
        await stage.send("Queued")
        await stage.until(lambda: running.state.outbox)
        await stage.type(DRAFT)
        for action, keys in walk:
            stage.app.run_action_by_id(action)
            await stage.drawn()
            await stage.press(*keys)
            known, before = set(stage.main.tabs.ids), drafts(stage)
            for _ in range(ENOUGH):
                if stage.app.screen is stage.main and stage.pane.prompt.has_focus:
                    break
                await one_escape(stage)
                assert running.running and not running.state.turns[-1].ended_at, action
            assert stage.app.screen is stage.main and stage.pane.prompt.has_focus, action
            assert known <= set(stage.main.tabs.ids), action
            after = drafts(stage)
            assert {each: before[each] for each in known} == {each: after[each] for each in known}, action
        assert len(running.state.outbox) == 1
        hold.release()
        await stage.until(lambda: not running.running)
        assert all(turn.outcome == "done" for turn in running.state.turns)


async def test_an_escape_that_closed_something_is_not_the_first_of_two(home: Path) -> None:
    hold = Hold()
    async with opened_app(home, [text("One."), hold, text("Two.")]) as stage:
        await stage.send("Go")
        await stage.until(lambda: stage.session.running)
        await stage.press("ctrl+f")
        await stage.until(lambda: stage.pane.find_bar.has_focus)
        await stage.press("escape", "escape")
        await stage.drawn()
        assert stage.session.running and "esc again to interrupt" in stage.main.footer.render().plain  # type: ignore[union-attr]
        await stage.press("escape")
        await stage.until(lambda: not stage.session.running)
        assert stage.session.state.turns[-1].outcome == "interrupted"
        hold.release()


async def test_an_edited_text_is_left_by_a_second_escape_only(home: Path) -> None:
    async with opened_app(home) as stage:
        stage.app.run_action_by_id("context.system")
        await stage.until(lambda: isinstance(stage.app.screen, EditText) and stage.app.screen.focused)
        await stage.press("x", "escape")
        await stage.drawn()
        assert isinstance(stage.app.screen, EditText) and "x" in stage.app.screen.query_one(TextArea).text
        await stage.press("y", "escape")
        await stage.drawn()
        assert isinstance(stage.app.screen, EditText), "what was typed since is asked about again"
        await stage.press("escape")
        await stage.until(lambda: stage.app.screen is stage.main and stage.pane.prompt.has_focus)
        assert stage.session.state.system is None or "xy" not in stage.session.state.system


async def test_an_edited_call_is_left_by_a_second_escape_and_its_question_stays(home: Path) -> None:
    async with opened_app(home, [call("shell", {"command": "echo hi > made"})], [text("Done.")]) as stage:
        await stage.send("Do it")
        await stage.asking()
        await stage.press("ctrl+g")
        await stage.until(lambda: stage.pane.ask_bar.has_focus and stage.pane.ask_bar.hears)
        await stage.press("e")
        await stage.until(lambda: isinstance(stage.app.screen, EditCall) and stage.app.screen.focused)
        await stage.press("x", "escape")
        await stage.drawn()
        assert isinstance(stage.app.screen, EditCall)
        await stage.press("escape")
        await stage.until(lambda: stage.app.screen is stage.main)
        assert stage.session.state.asking()


@pytest.mark.parametrize("key", ["escape", "enter"])
async def test_a_find_that_is_open_is_left_with_what_was_typed_in_the_prompt(home: Path, key: str) -> None:
    async with opened_app(home, [text("Water, and more water.")]) as stage:
        await stage.send("Go")
        await stage.rested()
        await stage.type(DRAFT)
        await stage.press("ctrl+f", *"water", key)
        if key == "enter":
            await stage.press("escape")
        await stage.until(lambda: stage.pane.prompt.has_focus)
        assert stage.pane.prompt.text == DRAFT and not stage.pane.find_bar.has_class("-open")
