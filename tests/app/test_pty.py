"""The full-screen program in a real terminal: the first minutes of a new user, key by key."""

import json
from pathlib import Path

from tests.app.person import (
    DEAF,
    EMPTY,
    INTERRUPTED,
    folder_of,
    hangs_after,
    leave,
    on_disk,
    outcomes,
    rows,
    says,
    send,
    serving,
    start,
)
from tests.terminal import Terminal


def test_the_tour_answers_asks_and_writes_its_note_while_a_second_session_runs(home: Path) -> None:
    scratch = home / "scratch"
    scratch.mkdir()
    with start(folder_of(home), TMPDIR=str(scratch)) as terminal:
        send(terminal, "Where are the valves?")
        terminal.wait_for("no model behind it")
        terminal.press("ctrl+backslash")
        terminal.wait_for(lambda: terminal.text.count("New session") >= 2)
        send(terminal, "What of the garden?")
        terminal.wait_for(lambda: sum("no model" in line for line in terminal.lines) >= 2)
        terminal.press("f9")
        _allow(terminal, "write", 2)
        terminal.wait_for(lambda: any(scratch.glob("*/note.md")))
        [note] = scratch.glob("*/note.md")
        _allow(terminal, "edit", 1)
        terminal.wait_for(lambda: "changed this line" in note.read_text())
        assert leave(terminal) == 0
    assert len(rows("SELECT id FROM sessions")) == 2
    assert sorted(str(outcome) for outcome in outcomes()) == ["interrupted", "interrupted"]
    asked = rows("SELECT decision, decided_by FROM approvals WHERE asked AND tool = 'edit' AND decision = 'allow'")
    assert len(asked) == 1


def _allow(terminal: Terminal, tool: str, asking: int) -> None:
    """Wait until ``asking`` sessions ask, then say yes in the focused pane."""
    terminal.wait_for(lambda: terminal.text.count(f"Change files: {tool}") >= asking)
    terminal.silence(DEAF)
    terminal.press("y")
    terminal.wait_for(lambda: terminal.text.count(f"Change files: {tool}") < asking)


def test_a_turn_is_interrupted_by_ctrl_c_and_by_escape_twice(home: Path) -> None:
    with serving(home, hangs_after("First half."), hangs_after("Second half.")), start(folder_of(home)) as terminal:
        send(terminal, "Go")
        terminal.wait_for("First half.")
        terminal.press("ctrl+c")
        terminal.wait_for(INTERRUPTED)
        send(terminal, "Again")
        terminal.wait_for("Second half.")
        before = terminal.text
        terminal.press("escape")
        terminal.wait_for(lambda: terminal.text != before)
        terminal.wait_for(lambda: outcomes() == ["interrupted", None])
        terminal.press("escape")
        terminal.wait_for(lambda: terminal.text.count(INTERRUPTED) == 2)
        assert leave(terminal) == 0
    assert outcomes() == ["interrupted", "interrupted"]
    assert on_disk("First half.") and on_disk("Second half.")


def test_ctrl_c_clears_then_interrupts_then_quits(home: Path) -> None:
    with serving(home, hangs_after("It goes on.")), start(folder_of(home)) as terminal:
        terminal.type("never mind")
        terminal.wait_for("never mind")
        terminal.press("ctrl+c")
        terminal.wait_for(EMPTY)
        assert "never mind" not in terminal.text
        send(terminal, "Go")
        terminal.wait_for("It goes on.")
        terminal.press("ctrl+c")
        terminal.wait_for(INTERRUPTED)
        terminal.press("ctrl+c", "ctrl+c")
        assert terminal.ended() == 0
        assert terminal.left_behind() == []


def test_quitting_asks_while_another_session_runs(home: Path) -> None:
    with serving(home, hangs_after("It goes on.")), start(folder_of(home)) as terminal:
        send(terminal, "Go")
        terminal.wait_for("It goes on.")
        terminal.press("ctrl+n")
        terminal.wait_for("2 ")
        terminal.wait_until_gone("It goes on.")
        terminal.press("ctrl+c", "ctrl+c")
        terminal.wait_for("Sessions are running")
        terminal.press("escape")
        terminal.wait_until_gone("Sessions are running")
        assert outcomes() == [None]
        assert leave(terminal) == 0
    assert outcomes() == ["interrupted"]
    assert on_disk("It goes on.")


def test_a_killed_program_comes_back_with_everything_and_continues(home: Path) -> None:
    lines = [f"Kept line {n}.\n\n" for n in range(1, 9)]
    with serving(home, hangs_after(*lines), says("Here is the rest.")) as server:
        with start(folder_of(home)) as terminal:
            send(terminal, "Tell me a story")
            terminal.wait_for("Kept line 8.")
            terminal.press("ctrl+backslash")
            terminal.wait_for("New session")
            terminal.type("half a thought")
            terminal.wait_for("half a thought")
            terminal.wait_for(lambda: rows("SELECT 1 FROM ui WHERE value = 'half a thought'"))
            terminal.wait_for(lambda: on_disk("Kept line 8."))
            split_at = _divider(terminal)
            terminal.kill()
        with Terminal(terminal.argv, cwd=terminal.cwd) as again:
            again.wait_for(INTERRUPTED)
            again.wait_for("half a thought")
            for shown in ("Tell me a story", *(line.strip() for line in lines), "New session"):
                assert shown in again.text, f"{shown!r} is missing"
            assert _divider(again) == split_at
            again.press("f9")
            send(again, "/continue")
            again.wait_for("Here is the rest.")
            assert "half a thought" in again.text
            assert leave(again) == 0
    assert outcomes() == ["interrupted", "done"]
    sent = str([(m["role"], m["content"]) for m in json.loads(server.asked[-1].body)["messages"]])
    assert "Tell me a story" in sent and "Kept line 8." in sent


def _divider(terminal: Terminal) -> int:
    """The column of the line between two panes."""
    return terminal.lines[5].index("│")


def test_what_is_typed_right_behind_an_action_goes_where_the_action_leads(home: Path) -> None:
    with serving(home, says("Done.")), start(folder_of(home), columns=120) as terminal:
        terminal.type("one")
        terminal.press("ctrl+backslash", *"two", "f9", *"more", "ctrl+n", *"three", "ctrl+p", *"rename this")
        terminal.wait_for("Rename this session")
        terminal.press("escape")
        terminal.wait_until_gone("Rename this session")
        assert [line.split("│")[0].strip() for line in terminal.lines if "three" in line] == ["▌three"], terminal.text
        terminal.press("f7", "f9", *"again", "f1", *"needs you")  # f7: to the tab of the first two
        terminal.wait_for("Next session that needs you")
        terminal.press("escape")
        terminal.wait_for("onemoreagain")
        terminal.wait_for("▌two")
        assert leave(terminal) == 0
