"""A tool call's whole way in a real terminal, by keyboard: asked, inspected, edited, run, stopped, undone."""

from pathlib import Path

from tests.app.person import DEAF, folder_of, leave, rows, says, send, serving, start

APART = 0.2
"""Seconds after which a key is no longer taken for the end of an escape sequence."""
WRITE = ("write", {"path": "notes/plan.txt", "content": "first\n"})
LONG = ("shell", {"command": "python3 -c \"import time; print('begun', flush=True); time.sleep(600)\""})


def test_a_call_goes_its_whole_way_by_keyboard(home: Path) -> None:
    folder = folder_of(home)
    plan = folder / "notes" / "plan.txt"
    answers = (says("I write it.", calls=(WRITE,)), says("Now the long one.", calls=(LONG,)))
    with serving(home, *answers), start(folder, columns=120, rows=36) as terminal:
        send(terminal, "Go")
        terminal.wait_for("Change files: write")
        # inspect while it asks
        terminal.silence(DEAF)
        terminal.press("escape")
        terminal.silence(APART)
        send(terminal, "/inspect")
        terminal.wait_for("Arguments")
        terminal.wait_for("y answers")
        terminal.press("escape")
        terminal.wait_until_gone("y answers")
        terminal.wait_for("Change files: write")
        assert not plan.exists()
        # edit what it would write, and let that run
        terminal.press("ctrl+g")
        terminal.silence(DEAF)
        terminal.press("e")
        terminal.wait_for("Edit, then run")
        terminal.press("tab", "down")
        terminal.silence(APART)
        terminal.type("second")
        terminal.wait_for("second")
        terminal.press("ctrl+s")
        terminal.wait_for("Now the long one.")
        assert plan.read_text() == "first\nsecond"
        # a command that goes on and on is allowed, and stopped
        terminal.wait_for("Run a command: shell")
        terminal.silence(DEAF)
        terminal.press("y")
        terminal.wait_for(lambda: rows("SELECT 1 FROM tool_calls WHERE tool='shell' AND started_at IS NOT NULL"))
        terminal.press("ctrl+c")
        terminal.wait_for("Interrupted.")
        # the write is run again beside the conversation, compared, and undone
        terminal.press("f5")
        terminal.wait_for("filters")
        terminal.press("home", "j")
        terminal.wait_for("plan.txt")
        terminal.press("enter")
        terminal.wait_for("Arguments")
        terminal.press("escape")
        terminal.wait_until_gone("Arguments")
        terminal.press("escape")
        terminal.wait_until_gone("filters")
        send(terminal, "/changes")
        terminal.wait_for("+++ b/notes/plan.txt")
        terminal.press("u")
        terminal.wait_for(lambda: not plan.exists())
        terminal.press("r")
        terminal.wait_for(plan.exists)
        terminal.press("escape")
        terminal.wait_until_gone("undoes the file")
        assert leave(terminal) == 0
    assert rows("SELECT outcome FROM tool_calls ORDER BY seq") == [("ok",), ("cancelled",)]
    decided = rows("SELECT tool, decision, decided_by, scope FROM approvals WHERE asked ORDER BY seq")
    assert decided == [("write", "allow", "person", "once"), ("shell", "allow", "person", "once")]


def test_a_call_is_run_again_and_the_outputs_are_compared(home: Path) -> None:
    folder = folder_of(home)
    (folder / "weather.txt").write_text("rain\n")
    calls = (("shell", {"command": "cat weather.txt"}),)
    with serving(home, says(calls=calls), says("It rains.")), start(folder, columns=120, rows=36) as terminal:
        send(terminal, "How is the weather?")
        terminal.wait_for("It rains.")
        (folder / "weather.txt").write_text("sunshine\n")
        send(terminal, "/inspect")
        terminal.wait_for("Arguments")
        terminal.press("r")
        terminal.wait_for(lambda: len(rows("SELECT 1 FROM tool_calls WHERE outcome='ok'")) == 2)
        terminal.press("d")
        terminal.wait_for("sunshine")
        terminal.wait_for("rain")
        terminal.press("escape")
        terminal.wait_until_gone("Arguments")
        assert leave(terminal) == 0
    assert rows("SELECT count(*) FROM tool_calls WHERE original != ''") == [(1,)]
