"""However the program ends or stops, the terminal is as it was, the exit code is right and what came is on disk."""

import signal
import sys
from pathlib import Path

import pytest

from tests.app.person import EMPTY, folder_of, hangs_after, leave, on_disk, outcomes, send, serving, start
from tests.terminal import HUNG_UP, TERMINATED, Terminal, penstock, stopped

STREAMED = "Streamed before the end."
SHELL = ["/bin/bash", "--norc", "--noprofile", "--noediting", "-i"]


def test_a_terminated_program_restores_the_terminal_and_keeps_what_came(home: Path) -> None:
    with serving(home, hangs_after(STREAMED)), start(folder_of(home)) as terminal:
        send(terminal, "Go")
        terminal.wait_for(STREAMED)
        terminal.press("tab")
        terminal.signal(signal.SIGTERM)
        assert terminal.ended() == TERMINATED
        assert terminal.left_behind() == [] and not terminal.full_screen
        assert terminal.normal_text.strip() == ""
    assert outcomes() == ["interrupted"] and on_disk(STREAMED)


def test_a_closed_window_ends_the_program_and_keeps_what_came(home: Path) -> None:
    with serving(home, hangs_after(STREAMED)), start(folder_of(home)) as terminal:
        send(terminal, "Go")
        terminal.wait_for(STREAMED)
        terminal.hang_up()
        assert terminal.ended() == HUNG_UP
    assert outcomes() == ["interrupted"] and on_disk(STREAMED)


@pytest.mark.parametrize("place", ["verb", "callback", "frame"])
def test_a_crash_restores_the_terminal_says_so_and_keeps_what_came(home: Path, place: str) -> None:
    argv = [sys.executable, "-m", "tests.crash", place]
    with serving(home, hangs_after(STREAMED)), Terminal(argv, cwd=folder_of(home)) as terminal:
        terminal.wait_for(EMPTY)
        send(terminal, "Go")
        terminal.wait_for(STREAMED)
        send(terminal, "/theme")
        assert terminal.ended() == 1
        assert terminal.left_behind() == [] and not terminal.full_screen
        assert "Fault: a fault on purpose" in terminal.normal_text
        assert terminal.printed.endswith("What had come is kept. Start it again to go on.")
    assert outcomes() == ["interrupted"] and on_disk(STREAMED)


@pytest.mark.parametrize("how", ["key", "signal"])
def test_a_stopped_program_gives_the_terminal_back_and_takes_it_again(home: Path, how: str) -> None:
    folder = folder_of(home)
    with serving(home, hangs_after(STREAMED)), Terminal(SHELL, cwd=folder, env={"PS1": "ready> "}) as terminal:
        terminal.wait_for("ready>")
        terminal.before = terminal.settings()
        terminal.type(f"{' '.join(penstock())} & echo pid=$!; fg\n")
        terminal.wait_for(EMPTY)
        pid = int(terminal.normal_text.partition("\npid=")[2].split()[0])
        send(terminal, "Go")
        terminal.wait_for(STREAMED)
        if how == "key":
            terminal.press("tab", "ctrl+z")
        else:
            terminal.signal(signal.SIGTSTP, pid)
        terminal.wait_for("Stopped")
        assert stopped(pid) and not terminal.full_screen
        assert terminal.left_behind() == []
        terminal.type("fg\n")
        terminal.wait_for(lambda: terminal.full_screen and STREAMED in terminal.text)
        assert terminal.raw.count(b"\x1b[>4;2m") == 2
        terminal.press("f9")
        terminal.type("still here")
        terminal.wait_for("still here")
        terminal.press("ctrl+c", "ctrl+q")
        terminal.wait_for("Sessions are running")
        send(terminal, "Quit")
        terminal.wait_for(lambda: not terminal.full_screen and terminal.text.endswith("ready>"))
        terminal.type("echo code=$?\n")
        terminal.wait_for("code=0")
        assert terminal.left_behind() == []
        terminal.type("exit\n")
        assert terminal.ended() == 0


def test_a_program_that_somebody_else_stopped_and_continued_goes_on_and_ends(home: Path) -> None:
    with serving(home, hangs_after(STREAMED)), start(folder_of(home)) as terminal:
        send(terminal, "Go")
        terminal.wait_for(STREAMED)
        terminal.signal(signal.SIGSTOP)
        terminal.wait_for(lambda: stopped(terminal.child.pid))
        seen = terminal.raw.count(STREAMED.encode())
        terminal.signal(signal.SIGCONT)
        terminal.wait_for(lambda: terminal.raw.count(STREAMED.encode()) > seen)
        terminal.type("every letter once")
        terminal.wait_for("every letter once")
        terminal.press("ctrl+c")
        assert leave(terminal) == 0


def test_an_error_before_the_screen_opens_is_one_sentence_on_a_terminal_that_was_never_touched(home: Path) -> None:
    kept = home / "penstock"
    kept.mkdir()
    (kept / "config.toml").write_text("theem = 'x'\n")
    with Terminal(penstock(), cwd=folder_of(home)) as terminal:
        assert terminal.ended() == 2
        assert terminal.printed.startswith("penstock: ") and terminal.printed.endswith("Did you mean theme?")
        assert terminal.left_behind() == [] and b"\x1b" not in terminal.raw


def test_leaving_an_idle_program_says_nothing_and_costs_no_question(home: Path) -> None:
    with start(folder_of(home)) as terminal:
        assert leave(terminal) == 0
        assert terminal.normal_text.strip() == ""
