"""The outbox on screen: what waits is shown, edited, moved, steered and taken back, and nothing of it is lost."""

from pathlib import Path

import pytest

from tests.app.stage import Stage, opened_app
from tests.scripts import Hold, call, text
from tui.settings.prompt import PromptConfig
from tui.state import Prompt


async def queued(stage: Stage, hold: Hold, *prompts: str) -> None:
    """A turn in its middle, and prompts that wait for its end."""
    await stage.send("Go")
    await hold.reached()
    for prompt in prompts:
        await stage.send(prompt)
    await stage.until(lambda: len(stage.session.state.outbox) == len(prompts))


def texts(stage: Stage) -> list[str]:
    return [waiting.text for waiting in stage.session.state.outbox]


def sent(stage: Stage) -> list[str]:
    return [item.text for turn in stage.session.state.turns for item in turn.items if isinstance(item, Prompt)]


def shown(stage: Stage) -> str:
    return str(stage.pane.queue.render())


async def test_what_waits_is_shown_and_moved_and_sent_in_the_new_order(home: Path) -> None:
    hold = Hold()
    async with opened_app(home, [hold, text("a")], [text("b")], [text("c")], [text("d")]) as stage:
        await queued(stage, hold, "One", "Two", "Three")
        assert "One" in shown(stage) and "queued" in shown(stage) and "alt+q" in shown(stage)
        await stage.press("alt+q", "G", "K", "K")
        await stage.until(lambda: texts(stage) == ["Three", "One", "Two"])
        await stage.press("j", "J")
        await stage.until(lambda: texts(stage) == ["Three", "Two", "One"])
        hold.release()
        await stage.rested(4)
        assert sent(stage) == ["Go", "Three", "Two", "One"]
        assert stage.pane.prompt.has_focus, "the queue is empty: its focus went back"


async def test_a_queued_prompt_is_edited_in_the_prompt_and_the_draft_comes_back(home: Path) -> None:
    hold = Hold()
    async with opened_app(home, [hold, text("a")], [text("b")]) as stage:
        await queued(stage, hold, "Look at the valve")
        await stage.type("half a thought")
        await stage.press("alt+q", "e")
        assert stage.pane.prompt.value == "Look at the valve" and stage.pane.prompt.has_focus
        assert stage.pane.prompt.draft == "half a thought", "what would be kept is the draft"
        assert "edited below" in shown(stage) and stage.pane._note.display
        await stage.type(" and the pump")
        await stage.press("enter")
        await stage.until(lambda: texts(stage) == ["Look at the valve and the pump"])
        assert stage.pane.prompt.value == "half a thought"
        assert not stage.pane._note.display
        hold.release()
        await stage.rested(2)
        assert sent(stage)[1] == "Look at the valve and the pump"


@pytest.mark.parametrize("way", ["escape", "ctrl+c"])
async def test_an_edit_that_is_left_changes_nothing(home: Path, way: str) -> None:
    hold = Hold()
    async with opened_app(home, [hold, text("a")], [text("b")]) as stage:
        await queued(stage, hold, "As it was")
        await stage.type("draft")
        await stage.press("alt+q", "enter")
        await stage.type(", changed")
        await stage.press(way)
        await stage.until(lambda: stage.pane.prompt.value == "draft")
        assert texts(stage) == ["As it was"]
        assert stage.session.running, "neither of the two keys has interrupted"
        hold.release()
        await stage.rested(2)


async def test_what_is_written_for_a_prompt_that_was_sent_meanwhile_is_a_new_draft(home: Path) -> None:
    hold, second = Hold(), Hold()
    async with opened_app(home, [hold, text("a")], [second, text("b")]) as stage:
        await queued(stage, hold, "As it was")
        await stage.type("draft")
        await stage.press("alt+q", "e")
        await stage.type(", but better")
        hold.release()
        await second.reached()
        await stage.until(lambda: stage.pane.prompt.value == "As it was, but better\n\ndraft")
        assert sent(stage) == ["Go", "As it was"]
        assert any("was sent as it was" in note.message for note in stage.app._notifications)
        second.release()
        await stage.rested(2)


async def test_a_queued_prompt_is_steered_and_put_back(home: Path) -> None:
    hold = Hold()
    async with opened_app(home, [hold, call("list", {})], [text("b")], [text("c")]) as stage:
        await queued(stage, hold, "One", "Two")
        await stage.press("alt+q", "s")
        await stage.until(lambda: stage.session.state.outbox[0].steer)
        assert "steers at the next step" in shown(stage)
        await stage.press("s")
        await stage.until(lambda: not stage.session.state.outbox[0].steer)
        await stage.press("j", "s")
        await stage.until(lambda: stage.session.state.outbox[1].steer)
        hold.release()
        await stage.rested(2)
        first, second = stage.session.state.turns
        assert [item.text for item in first.items if isinstance(item, Prompt)] == ["Go", "Two"]
        assert [item.text for item in second.items if isinstance(item, Prompt)] == ["One"]


async def test_a_prompt_is_taken_back_before_the_draft(home: Path) -> None:
    hold = Hold()
    async with opened_app(home, [hold, text("a")], [text("b")]) as stage:
        await queued(stage, hold, "One", "Two")
        await stage.type("draft")
        await stage.press("alt+q", "x")
        await stage.until(lambda: stage.pane.prompt.value == "One\n\ndraft")
        assert texts(stage) == ["Two"]
        hold.release()
        await stage.rested(2)
        assert sent(stage) == ["Go", "Two"]


async def test_a_held_queue_is_sent_from_its_list(home: Path) -> None:
    hold = Hold()
    async with opened_app(home, [hold, text("a")], [text("b")]) as stage:
        await queued(stage, hold, "One")
        await stage.press("ctrl+c")
        await stage.until(lambda: not stage.session.running)
        assert "held" in shown(stage)
        await stage.press("alt+q", "enter")
        await stage.rested(2)
        assert sent(stage) == ["Go", "One"]


async def test_a_steered_prompt_that_finds_no_step_waits_as_any_other(home: Path) -> None:
    hold = Hold()
    async with opened_app(home, [hold, text("a")], [text("b")]) as stage:
        await stage.send("Go")
        await hold.reached()
        await stage.type("And this")
        await stage.press("ctrl+right_square_bracket")
        await stage.until(lambda: "steers at the next step" in shown(stage))
        await stage.press("ctrl+c")
        await stage.until(lambda: not stage.session.running)
        assert [(waiting.text, waiting.steer) for waiting in stage.session.state.outbox] == [("And this", False)]
        assert "held" in shown(stage)


async def test_a_setting_swaps_what_enter_and_the_other_key_do(home: Path) -> None:
    hold = Hold()
    async with opened_app(home, [hold, call("list", {})], [text("b")], [text("c")]) as stage:
        stage.app.errands.prompt = PromptConfig(enter="steer")
        await stage.send("Go")
        await hold.reached()
        await stage.send("Steered")
        await stage.type("Queued")
        await stage.press("ctrl+right_square_bracket")
        await stage.until(lambda: len(texts(stage)) == 2)
        assert [(waiting.text, waiting.steer) for waiting in stage.session.state.outbox] == [
            ("Steered", True), ("Queued", False),
        ]  # fmt: skip
        hold.release()
        await stage.rested(2)


async def test_the_queue_and_the_draft_are_there_after_a_restart(home: Path) -> None:
    hold = Hold()
    async with opened_app(home, [hold, text("a")]) as stage:
        await queued(stage, hold, "One", "Two")
        await stage.type("draft")
        await stage.press("alt+q", "K", "j", "K", "e")
        await stage.type(" half edited")
        stage.session.interrupt()
        await stage.until(lambda: not stage.session.running)
    async with opened_app(home, [text("b")], [text("c")]) as stage:
        assert texts(stage) == ["Two", "One"]
        assert stage.pane.prompt.value == "draft"
        await stage.press("alt+q", "enter")
        await stage.rested(3)
        assert sent(stage) == ["Go", "Two", "One"]


async def test_another_session_in_the_pane_ends_the_edit_and_keeps_both_drafts(home: Path) -> None:
    hold = Hold()
    async with opened_app(home, [hold, text("a")], [text("b")]) as stage:
        await queued(stage, hold, "One")
        first = stage.session
        await stage.type("draft")
        await stage.press("alt+q", "e")
        await stage.press("ctrl+n")
        await stage.until(lambda: stage.session is not first)
        assert stage.pane.prompt.value == "" and not stage.pane.prompt.is_lent
        await stage.main.show_session(first.id)
        await stage.until(lambda: stage.session is first and stage.pane.prompt.value != "")
        assert stage.pane.prompt.draft == "draft"
        assert texts(stage) == ["One"]
        hold.release()
        await stage.rested(2)


async def test_what_was_written_and_left_is_in_the_history(home: Path) -> None:
    hold = Hold()
    async with opened_app(home, [hold, text("a")]) as stage:
        await queued(stage, hold, "As it was")
        await stage.press("alt+q", "e")
        await stage.type(", changed")
        await stage.press("escape", "up")
        assert stage.pane.prompt.value == "As it was, changed"
        stage.session.interrupt()
        await stage.until(lambda: not stage.session.running)


async def test_two_prompts_are_taken_back_while_a_third_is_edited(home: Path) -> None:
    hold = Hold()
    async with opened_app(home, [hold, text("a")]) as stage:
        await queued(stage, hold, "One", "Two", "Three")
        await stage.press("alt+q", "j", "e")
        await stage.type(", changed")
        await stage.press("alt+q", "g", "x", "G", "x")
        await stage.until(lambda: texts(stage) == ["Two"])
        assert stage.pane.prompt.value == "Two, changed"
        assert stage.pane.prompt.draft == "Three\n\nOne"
        stage.pane.prompt.focus()
        await stage.press("enter")
        await stage.until(lambda: texts(stage) == ["Two, changed"])
        assert stage.pane.prompt.value == "Three\n\nOne"
        stage.session.interrupt()
        await stage.until(lambda: not stage.session.running)


async def test_what_was_taken_back_is_cleared_by_the_key_that_would_else_interrupt(home: Path) -> None:
    hold = Hold()
    async with opened_app(home, [hold, text("a")]) as stage:
        await queued(stage, hold, "One", "Two")
        await stage.press("alt+q", "x")
        await stage.until(lambda: texts(stage) == ["Two"] and stage.pane.prompt.value == "One")
        assert stage.pane.queue.has_focus
        await stage.press("ctrl+c")
        assert stage.pane.prompt.value == "" and stage.session.running
        await stage.press("ctrl+c")
        await stage.until(lambda: not stage.session.running)


async def test_the_key_for_the_queue_says_when_nothing_waits(home: Path) -> None:
    async with opened_app(home, [text("a")]) as stage:
        await stage.press("alt+q")
        await stage.until(lambda: any("Nothing is queued here." in note.message for note in stage.app._notifications))
        assert stage.pane.prompt.has_focus
