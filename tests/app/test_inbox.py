"""The inbox in the running program: what stands in it, and that it is answered from there with the pane's keys."""

from pathlib import Path

import pytest

from tests.app.inbox_stage import STATES, crowded
from tests.scripts import call, text
from tui.app.screens.edit_call import EditCall
from tui.app.screens.help import HelpScreen
from tui.app.screens.inbox import InboxScreen
from tui.app.screens.inspector import InspectorScreen
from tui.app.screens.rules import ConfirmRule
from widgets.picker import Picker
from widgets.status_line import StatusLine


@pytest.fixture(autouse=True)
def soon_heard(monkeypatch: pytest.MonkeyPatch) -> None:
    """A question is deaf for a shorter while: a test of a hundred keys would wait for it a hundred times."""
    monkeypatch.setattr("widgets.ask_bar.DEAF_FOR", 0.05)


def footer(line: StatusLine) -> str:
    return " ".join(segment.plain for segment in (*line._left, *line._right))


async def test_of_eight_sessions_in_every_state_those_that_wait_are_listed_oldest_first(home: Path) -> None:
    async with crowded(home, *STATES) as crowd:
        await crowd.opened()
        assert crowd.kinds() == ["approval", "question", "failed", "held", "budget"]
        assert crowd.names() == ["asking", "choosing", "failed", "held", "budget"]
        assert [session.status for session in crowd.sessions.values()] == [
            "idle", "running", "asking", "asking", "failed", "queued", "running", "failed",
        ]  # fmt: skip


async def test_yes_from_the_inbox_runs_the_call_and_the_next_question_comes(home: Path) -> None:
    async with crowded(home, "asking", "choosing") as crowd:
        await crowd.opened()
        await crowd.answerable()
        assert crowd.selected.kind == "approval"
        await crowd.stage.press("y")
        await crowd.stage.until(lambda: crowd.names() == ["choosing"])
        assert crowd.selected.kind == "question"
        await crowd.stage.until(lambda: (home / "project" / "src" / "new.py").exists())
        await crowd.answerable()
        await crowd.stage.press("2")
        await crowd.stage.until(lambda: crowd.names() == [])
        [asked] = crowd["choosing"].state.calls.values()
        await crowd.stage.until(lambda: asked.ended is not None)
        assert asked.ended is not None and "south" in asked.ended.text


async def test_keys_that_were_typed_before_a_question_appeared_answer_nothing(home: Path) -> None:
    async with crowded(home, "asking", "choosing") as crowd:
        await crowd.opened()
        clock = 0.0
        crowd.bar._clock = lambda: clock
        crowd.bar._go_deaf()
        await crowd.stage.press("y", "s", "n")
        assert crowd["asking"].status == "asking"
        clock = 0.6
        await crowd.stage.press("n", "1")  # the second was meant for what is no longer there
        await crowd.stage.until(lambda: crowd.names() == ["choosing"])
        assert crowd["choosing"].status == "asking"


async def test_later_is_not_no_and_goes_to_the_end(home: Path) -> None:
    async with crowded(home, "asking", "choosing") as crowd:
        await crowd.opened()
        await crowd.answerable()
        await crowd.stage.press("z")
        await crowd.stage.until(lambda: crowd.names() == ["choosing", "asking"])
        assert crowd.selected.kind == "question" and crowd["asking"].status == "asking"
        await crowd.answerable()
        await crowd.stage.press("z")
        await crowd.stage.until(lambda: crowd.names() == ["asking", "choosing"])
        assert [session.status for session in crowd.sessions.values()] == ["asking", "asking"]
        await crowd.closed()
        await crowd.opened()
        assert crowd.names() == ["asking", "choosing"]


async def test_no_with_a_reason_and_a_typed_answer(home: Path) -> None:
    async with crowded(home, "asking", "choosing") as crowd:
        await crowd.opened()
        await crowd.answerable()
        await crowd.stage.press("r", *"tests first", "enter")
        await crowd.stage.until(lambda: crowd.names() == ["choosing"])
        await crowd.answerable()
        await crowd.stage.press("r", *"both", "enter")
        await crowd.stage.until(lambda: crowd.kinds() == [])
        [denied], [asked] = (crowd[name].state.calls.values() for name in ("asking", "choosing"))
        await crowd.stage.until(lambda: denied.ended is not None and asked.ended is not None)
        assert denied.ended is not None and "tests first" in denied.ended.text
        assert asked.ended is not None and "both" in asked.ended.text


async def test_a_call_is_edited_from_the_inbox(home: Path) -> None:
    async with crowded(home, "asking") as crowd:
        await crowd.opened()
        await crowd.answerable()
        await crowd.stage.press("e")
        await crowd.stage.until(lambda: isinstance(crowd.stage.app.screen, EditCall) and crowd.stage.app.screen.focused)
        await crowd.stage.press("end", *".bak", "f3", "ctrl+s")  # f3 takes nothing away that is being written
        await crowd.stage.until(lambda: isinstance(crowd.stage.app.screen, InboxScreen) and crowd.kinds() == [])
        await crowd.stage.until(lambda: (home / "project" / "src" / "new.py.bak").exists())
        assert not (home / "project" / "src" / "new.py").exists()


async def test_a_failed_turn_goes_on_from_the_inbox(home: Path) -> None:
    async with crowded(home, "failed") as crowd:
        await crowd.opened()
        await crowd.answerable()
        await crowd.stage.press("r")
        await crowd.stage.until(lambda: crowd["failed"].status == "idle")
        assert [turn.outcome for turn in crowd["failed"].state.turns] == ["failed", "done"]
        assert crowd.kinds() == []


async def test_a_failed_turn_is_put_away_and_stays_so(home: Path) -> None:
    async with crowded(home, "failed") as crowd:
        await crowd.opened()
        await crowd.answerable()
        await crowd.stage.press("x")
        await crowd.stage.until(lambda: crowd.kinds() == [])
        assert crowd["failed"].state.put_away == {crowd["failed"].state.turns[0].turn_id}
        tab = crowd.stage.main.tabs.get(crowd["failed"].id)
        assert tab is not None and tab.state == "idle" and crowd["failed"].status == "failed"
        session_id = crowd["failed"].id
    async with crowded(home) as again:
        session = await again.stage.workspace.open_session(session_id)
        assert session.state.put_away
        await again.opened()
        assert again.kinds() == []


async def test_a_spent_budget_is_raised_from_the_inbox_and_a_limit_that_would_stop_at_once_is_not_taken(
    home: Path,
) -> None:
    async with crowded(home, "budget") as crowd:
        await crowd.opened()
        await crowd.answerable()
        await crowd.stage.press("r", *"0.75", "enter")
        await crowd.stage.until(lambda: "is no limit" in footer(crowd.screen.query_one(".notes", StatusLine)))
        assert crowd.kinds() == ["budget"]
        await crowd.answerable()
        await crowd.stage.press("r", *"$5", "enter")
        await crowd.stage.until(lambda: crowd["budget"].status == "idle")
        state = crowd["budget"].state
        assert (state.budget, [turn.outcome for turn in state.turns]) == (5.0, ["done", "failed", "done"])
        assert crowd.kinds() == []


async def test_held_prompts_are_sent_from_the_inbox(home: Path) -> None:
    async with crowded(home, "held") as crowd:
        await crowd.opened()
        await crowd.answerable()
        await crowd.stage.press("c")
        await crowd.stage.until(lambda: crowd["held"].status == "idle")
        assert crowd["held"].state.turns[-1].outcome == "done"
        await crowd.stage.until(lambda: crowd.kinds() == [])


async def test_it_opens_over_any_screen_and_comes_back_to_it(home: Path) -> None:
    async with crowded(home, "asking", "idle") as crowd:
        stage = crowd.stage
        for key, kind in (("f1", HelpScreen), ("ctrl+p", Picker), ("f5", object), ("ctrl+s", Picker)):
            await stage.press(key)
            await stage.until(
                lambda kind=kind: stage.app.screen is not stage.main and isinstance(stage.app.screen, kind)
            )
            below = stage.app.screen
            await crowd.opened()
            assert crowd.kinds() == ["approval"]
            await stage.press("f3")
            await stage.until(lambda below=below: stage.app.screen is below)
            await stage.press("escape")
            await stage.until(lambda: stage.app.screen is stage.main)


async def test_enter_goes_to_the_session_and_closes_what_stood_below(home: Path) -> None:
    async with crowded(home, "asking", "idle") as crowd:
        stage = crowd.stage
        await stage.press("ctrl+p")
        await stage.until(lambda: isinstance(stage.app.screen, Picker))
        await crowd.opened()
        await stage.press("enter")
        await stage.until(lambda: stage.app.screen is stage.main and stage.session is crowd["asking"])
        await stage.until(lambda: stage.pane.ask_bar.has_focus)
        assert crowd["asking"].status == "asking"


async def test_the_call_is_inspected_and_left_again(home: Path) -> None:
    async with crowded(home, "asking") as crowd:
        stage = crowd.stage
        await crowd.opened()
        await stage.press("i")
        await stage.until(lambda: isinstance(stage.app.screen, InspectorScreen) and stage.app.screen._ready)
        assert isinstance(stage.app.screen, InspectorScreen)
        assert stage.app.screen.call_id == next(iter(crowd["asking"].state.calls))
        await stage.press("f3")
        await stage.until(lambda: isinstance(stage.app.screen, InboxScreen))
        assert crowd.kinds() == ["approval"]


async def test_what_comes_meanwhile_moves_neither_selection_nor_focus(home: Path) -> None:
    async with crowded(home, "asking", "choosing") as crowd:
        await crowd.opened()
        await crowd.stage.press("j")
        await crowd.stage.until(lambda: crowd.selected.kind == "question")
        focused = crowd.screen.focused
        session = await crowd.stage.workspace.new_session("failed/m")
        session.submit("Fail")
        await crowd.stage.until(lambda: len(crowd.screen.listed) == 3)
        assert crowd.selected.kind == "question" and crowd.screen.focused is focused
        crowd["asking"].interrupt()
        await crowd.stage.until(lambda: len(crowd.screen.listed) == 2)
        assert crowd.selected.kind == "question"


async def test_what_is_answered_elsewhere_is_said_and_the_list_goes_on(home: Path) -> None:
    async with crowded(home, "asking", "choosing") as crowd:
        await crowd.opened()
        crowd["asking"].interrupt()
        await crowd.stage.until(lambda: crowd.names() == ["choosing"])
        assert "answered elsewhere, or is over" in footer(crowd.screen.query_one(".notes", StatusLine))
        assert crowd.selected.kind == "question"


async def test_where_nothing_waits_it_says_so_and_what_runs_as_long_as_it_does(home: Path) -> None:
    async with crowded(home, "running") as crowd:
        await crowd.opened()
        assert crowd.kinds() == [] and crowd.bar.request is None

        def shown() -> str:
            return str(crowd.screen.query_one("InboxScreen > Static").render())  # type: ignore[attr-defined]

        assert "Nothing waits for you." in shown() and "1 session runs:" in shown() and "running it" in shown()
        crowd.holds["running"].release()
        await crowd.stage.until(lambda: "Nothing runs either." in shown())
        await crowd.closed()


async def test_the_footer_counts_what_waits_in_sessions_that_are_not_on_screen(home: Path) -> None:
    async with crowded(home, "asking", "failed", "idle") as crowd:
        line = crowd.stage.main.query_one("#footer", StatusLine)
        await crowd.stage.until(lambda: "2 wait (f3)" in footer(line))
        await crowd.stage.main.show_session(crowd["asking"].id)
        await crowd.stage.until(lambda: "1 waits (f3)" in footer(line))
        crowd["failed"].put_away(crowd["failed"].state.turns[0].turn_id)
        await crowd.stage.until(lambda: "(f3)" not in footer(line))


async def test_always_shows_the_rule_first_and_no_rule_leaves_the_question(home: Path) -> None:
    command = call("shell", {"command": "pip install pipework"})
    async with crowded(home, more={"asking": [[command], [text("Done.")]]}) as crowd:
        await crowd.add("asking")
        await crowd.opened()
        await crowd.answerable()
        await crowd.stage.press("a")
        await crowd.stage.until(lambda: isinstance(crowd.stage.app.screen, ConfirmRule))
        await crowd.stage.press("escape")
        await crowd.stage.until(lambda: isinstance(crowd.stage.app.screen, InboxScreen))
        assert crowd["asking"].status == "asking" and crowd.kinds() == ["approval"]


async def test_what_failed_before_this_start_waits_still(home: Path) -> None:
    async with crowded(home, "failed") as crowd:
        kept = crowd["failed"].id
    async with crowded(home) as again:
        await again.opened()
        await again.stage.until(lambda: [item.session_id for item in again.screen.listed] == [kept])
        await again.answerable()
        assert again.selected.kind == "failed" and again.selected.what == "The key was refused."


async def test_a_failed_session_that_left_memory_is_read_again_when_it_is_answered(home: Path) -> None:
    async with crowded(home, "failed", "idle") as crowd:
        workspace, session_id = crowd.stage.workspace, crowd["failed"].id
        await crowd.stage.until(lambda: session_id in workspace._cold)
        workspace._forget(workspace._cold.pop(session_id))
        await crowd.opened()
        assert crowd.kinds() == ["failed"]
        await crowd.answerable()
        await crowd.stage.press("x")
        await crowd.stage.until(lambda: crowd.kinds() == [])
        session = workspace.session(session_id)
        assert session is not None and session is not crowd["failed"] and session.state.put_away


async def test_no_timer_is_left_when_it_is_closed_and_nothing_runs(home: Path) -> None:
    async with crowded(home, "failed") as crowd:
        await crowd.opened()
        assert crowd.screen._beat is not None and not crowd.screen._beat._active.is_set()
        await crowd.closed()
        frame = crowd.stage.main.frame
        assert frame is not None
        await crowd.stage.until(lambda: frame.idle)
        assert crowd.stage.app.attention.changed == []
