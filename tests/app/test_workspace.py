"""The workspace screen by keyboard: sessions, panes, drafts, and what comes back after a restart."""

from pathlib import Path

from tests.app.stage import NOON, Stage, opened_app, project
from tests.scripts import REFERENCE, Hold, call, text
from tui.app.status import BELOW
from tui.events import Entry, PromptQueued, PromptSubmitted, SessionOpened, TurnEnded
from tui.store.store import Store
from widgets.picker import PickerRows
from widgets.status_line import StatusLine


async def test_a_prompt_is_answered_in_the_focused_pane(home: Path) -> None:
    async with opened_app(home, [text("The valve is **open**.")]) as stage:
        assert "It works in" in stage.pane.transcript.source_of("welcome")
        await stage.send("Is it open?")
        await stage.rested()
        sources = [stage.pane.transcript.source_of(block) for block in stage.pane.transcript.blocks]
        assert sources == ["Is it open?", "The valve is **open**."]
        assert stage.pane.prompt.value == ""
        assert stage.main.tabs.all()[0].title == "Is it open?"


async def test_who_has_scrolled_up_is_told_that_there_is_more_below(home: Path) -> None:
    async with opened_app(home, [text("\n\n".join(f"Line {n}" for n in range(80)))]) as stage:
        await stage.send("Go")
        await stage.rested()
        await stage.drawn()
        status = stage.pane.query_one(".status", StatusLine)
        assert BELOW not in status.render().plain  # type: ignore[union-attr]
        await stage.press("pageup")
        await stage.until(lambda: BELOW in status.render().plain)  # type: ignore[union-attr]
        await stage.press("pagedown")
        await stage.until(lambda: BELOW not in status.render().plain)  # type: ignore[union-attr]


async def test_text_that_looks_like_markup_is_text(home: Path) -> None:
    async with opened_app(home, [text("[@click=app.quit]go[/] \x1b]52;c;eA==\x07\x1b[2J end")]) as stage:
        await stage.send("[bold red]hi[/] [@click=app.quit]quit[/]")
        await stage.rested()
        drawn = stage.app.export_screenshot()
        assert "[@click=app.quit]go[/]" in drawn.replace("&#160;", " ")
        assert "\x1b" not in drawn and "\x07" not in drawn
        assert stage.main.tabs.all()[0].clean_title == "[bold red]hi[/] [@click=app.quit]quit[/]"


async def test_a_hidden_session_runs_on_costs_the_screen_nothing_and_becomes_unread(home: Path) -> None:
    hold = Hold()
    async with opened_app(home, [text("First "), hold, text("second.")]) as stage:
        await stage.send("Go")
        first = stage.session
        await hold.reached()
        await stage.press("ctrl+n")
        await stage.until(lambda: stage.session is not first)
        told: list[str] = []
        stage.pane.transcript.grow = lambda block, text: told.append(text)  # type: ignore[method-assign]
        hold.release()
        await stage.until(lambda: not first.running)
        assert told == []
        tabs = {tab.id: tab for tab in stage.main.tabs.all()}
        assert (tabs[first.id].state, tabs[first.id].unread) == ("idle", True)
        await stage.press("f7")
        await stage.until(lambda: stage.session is first)
        shown = [stage.pane.transcript.source_of(block) for block in stage.pane.transcript.blocks]
        assert shown == ["Go", "First ", "second."]
        assert not stage.main.tabs.get(first.id).unread  # type: ignore[union-attr]


async def test_panes_split_move_zoom_and_close_and_their_sessions_go_on(home: Path) -> None:
    async with opened_app(home, [text("Yes.")]) as stage:
        first = stage.session
        await stage.send("One")
        await stage.rested()
        await stage.press("ctrl+backslash")
        await stage.until(lambda: len(stage.main.panes) == 2 and stage.session is not first)
        await stage.press("ctrl+underscore")
        await stage.until(lambda: len(stage.main.panes) == 3)
        assert [pane.session.state.slot for pane in stage.main.panes if pane.session] == [1, 2, 3]
        await stage.press("f9")
        await stage.until(lambda: stage.session is first)
        await stage.press("f10")
        await stage.until(lambda: stage.main.split.zoomed is not None)
        assert stage.pane.region.width == 120
        await stage.press("f10")
        await stage.until(lambda: stage.main.split.zoomed is None)
        width = stage.pane.region.width
        await stage.press("alt+right")
        await stage.until(lambda: stage.pane.region.width > width)
        await stage.send("/unsplit")
        await stage.until(lambda: len(stage.main.panes) == 2)
        assert first.id in stage.main.tabs
        await stage.press("ctrl+s", "1")
        await stage.until(lambda: stage.session is first)


async def test_everything_is_there_again_after_a_restart(home: Path) -> None:
    long = "\n\n".join(f"Paragraph {number}." for number in range(80))
    async with opened_app(home, [text(long)]) as stage:
        await stage.send("A long one")
        await stage.rested()
        await stage.press("tab", "g", "pagedown")
        anchor = stage.pane.transcript.anchor
        assert anchor is not None
        await stage.press("ctrl+backslash")
        await stage.until(lambda: len(stage.main.panes) == 2)
        await stage.type("half a th\nought")
        ids = stage.main.tabs.ids
    async with opened_app(home, [text("Again.")]) as stage:
        assert stage.main.tabs.ids == ids
        left, right = stage.main.panes
        assert [pane.session.id for pane in (left, right) if pane.session] == ids
        assert right.prompt.value == "half a th\nought"
        assert stage.pane is right
        assert left.transcript.anchor == anchor and not left.transcript.follow
        assert left.transcript.source_of(left.transcript.blocks[1]) == long


async def test_a_message_that_waits_is_shown_and_can_be_taken_back(home: Path) -> None:
    hold = Hold()
    async with opened_app(home, [text("a"), hold, text("b")], [text("c")]) as stage:
        await stage.send("One")
        await hold.reached()
        await stage.send("Two")
        await stage.send("Three")
        await stage.until(lambda: len(stage.session.state.outbox) == 2)
        assert stage.pane.queue.display
        await stage.send("/unqueue")
        await stage.until(lambda: stage.pane.prompt.value == "Three")
        stage.pane.prompt.value = ""
        hold.release()
        await stage.rested(2)
        prompts = [stage.pane.transcript.source_of(block) for block in stage.pane.transcript.blocks]
        assert "Two" in prompts and "Three" not in prompts


async def test_a_steered_message_joins_the_running_turn(home: Path) -> None:
    hold = Hold()
    async with opened_app(home, [text("Looking."), hold, call("list", {})], [text("Done.")]) as stage:
        await stage.send("Look")
        await hold.reached()
        await stage.type("and be brief")
        await stage.press("ctrl+right_square_bracket")
        await stage.until(lambda: stage.session.state.outbox)
        assert stage.session.state.outbox[0].steer
        hold.release()
        await stage.rested()
        assert len(stage.session.state.turns) == 1
        assert len(stage.session.state.turns[0].items) == 4


async def test_the_ladder_of_ctrl_c_clears_then_interrupts_then_leaves(home: Path) -> None:
    hold = Hold()
    async with opened_app(home, [text("Half an "), hold, text("answer")]) as stage:
        await stage.send("Go")
        await hold.reached()
        await stage.type("not yet")
        await stage.press("ctrl+c")
        await stage.until(lambda: stage.pane.prompt.value == "")
        assert stage.session.running
        await stage.press("ctrl+c")
        await stage.rested()
        assert stage.session.state.turns[0].outcome == "interrupted"
        await stage.press("ctrl+c", "ctrl+c")
        await stage.until(lambda: stage.app._exit)


async def test_escape_twice_interrupts_and_once_does_not(home: Path) -> None:
    hold = Hold()
    async with opened_app(home, [text("Half an "), hold, text("answer")]) as stage:
        await stage.send("Go")
        await hold.reached()
        await stage.press("tab", "escape")  # returns to the prompt: does not count
        await stage.until(lambda: stage.pane.prompt.has_focus)
        await stage.press("escape")
        await stage.drawn()
        assert stage.session.running
        await stage.press("escape")
        await stage.rested()
        assert stage.session.state.turns[0].outcome == "interrupted"


async def test_one_key_goes_on_after_an_interrupt(home: Path) -> None:
    hold = Hold()
    async with opened_app(home, [text("Half an "), hold], [text("answer")]) as stage:
        await stage.send("Go")
        await hold.reached()
        assert "continue" not in stage.main.query_one("#footer").render().plain  # type: ignore[union-attr]
        await stage.press("ctrl+c")
        await stage.rested()
        assert "ctrl+r continue" in stage.main.query_one("#footer").render().plain  # type: ignore[union-attr]
    async with opened_app(home, [text("answer")]) as stage:
        await stage.until(lambda: "ctrl+r continue" in stage.main.query_one("#footer").render().plain)  # type: ignore[union-attr]
        stage.pane.transcript.follow = False
        await stage.press("ctrl+r")
        await stage.rested(2)
        await stage.until(lambda: stage.pane.transcript.follow)
        assert stage.session.state.turns[1].outcome == "done"


async def test_a_slash_finds_in_the_transcript_and_begins_a_command_in_the_prompt(home: Path) -> None:
    async with opened_app(home, [text("The valve leaks.")]) as stage:
        await stage.send("Look")
        await stage.rested()
        await stage.press("tab", "slash", *"leaks")
        await stage.until(lambda: stage.pane.find_bar.value == "leaks" and bool(stage.pane.transcript.finder.matches))
        assert len(stage.main.tabs.ids) == 1, "no letter of it did anything else"
        await stage.press("escape", "escape")
        await stage.until(lambda: stage.pane.prompt.has_focus)
        await stage.press("slash")
        await stage.until(lambda: stage.pane.prompt.value == "/")


async def test_quitting_while_something_runs_asks_first(home: Path) -> None:
    hold = Hold()
    async with opened_app(home, [text("Half an "), hold, text("answer")]) as stage:
        await stage.send("Go")
        await hold.reached()
        await stage.press("ctrl+q")
        await stage.until(lambda: stage.app.screen is not stage.main)
        await stage.press("enter")  # the first choice is to stay
        await stage.until(lambda: stage.app.screen is stage.main)
        assert not stage.app._exit and stage.session.running
        hold.release()
        await stage.rested()
        await stage.press("ctrl+q")
        await stage.until(lambda: stage.app._exit)


async def test_a_session_that_another_process_holds_is_named_and_the_rest_opens(home: Path) -> None:
    async with opened_app(home, [text("Yes.")]) as stage:
        await stage.send("Mine")
        await stage.rested()
        async with opened_app(home, [text("No.")]) as other:
            held = other.main.tabs.get(stage.session.id)
            assert held is not None and held.held and held.holder
            assert other.session.id == stage.session.id and other.session.held_by == held.holder
            notes = [note.message for note in other.app._notifications]
            assert any("run by process" in note for note in notes), notes
            await other.press("ctrl+n")
            await other.until(lambda: other.session.id != stage.session.id)
            assert other.main.tabs.ids == [stage.session.id, other.session.id]
            await other.send("Also here")
            await other.rested()
        assert stage.main.tabs.ids == [stage.session.id]


async def test_a_closed_tab_is_found_again_and_a_last_one_makes_room_for_a_new(home: Path) -> None:
    async with opened_app(home, [text("Yes.")]) as stage:
        await stage.send("Keep me")
        await stage.rested()
        first = stage.session.id
        await stage.send("/close")
        await stage.until(lambda: stage.main.session is not None and stage.session.id != first)
        assert first not in stage.main.tabs
        await stage.press("ctrl+s", *"Keep")
        await stage.until(lambda: _chosen(stage) == "Keep me")
        await stage.press("enter")
        await stage.until(lambda: stage.session.id == first)


def _chosen(stage: Stage) -> str:
    """The highlighted row of the list that is open."""
    rows = list(stage.app.screen.query(PickerRows))
    return rows[0].highlighted.text if rows and rows[0].highlighted else ""


async def test_a_turn_that_a_crash_left_open_is_closed_at_the_next_start_though_no_tab_shows_it(home: Path) -> None:
    folder = str(project(home))
    store = await Store.open(home / "data" / "penstock.db")
    left = (
        SessionOpened(workspace=folder, cwd=folder, title="Cut", model=REFERENCE, slot=await store.next_slot(folder)),
        PromptQueued(prompt_id="p", text="Go"),
        PromptSubmitted(prompt_id="p", turn_id="t", text="Go"),
    )
    for seq, event in enumerate(left, 1):
        store.add(Entry("left", seq, NOON, event))
    await store.settle()
    assert [(row.status, row.left_open) for row in await store.sessions()] == [("idle", True)]
    await store.close()
    async with opened_app(home, [text("Yes.")]) as stage:
        await stage.until(lambda: stage.workspace.session("left") is not None)
        await stage.store.settle()
        row = next(row for row in await stage.store.sessions() if row.id == "left")
        assert (row.status, row.left_open, row.turns) == ("idle", False, 1)
        assert (await stage.store.load("left"))[-1].event == TurnEnded(turn_id="t", outcome="interrupted")
