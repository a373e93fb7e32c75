"""However a run without a screen ends: its exit code is right, what came is printed and kept, and no child stays."""

import json
import os
import signal
import subprocess
from pathlib import Path

import pytest

from tests.app.person import chat, folder_of, hangs_after, on_disk, outcomes, rows, says, serving
from tests.faults import Answer
from tests.program import Running, here, in_shell, penstock, running, wait_for

STREAMED = "Streamed before the end."
ENDLESS = says(STREAMED, *["more and more "] * 500, chunk=400, gap=0.02)
WRITES = says("I write. ", calls=(("write", {"path": "new.txt", "content": "made"}),))


def commands() -> str:
    """All that runs on this machine."""
    return subprocess.run(["ps", "-A", "-o", "args="], capture_output=True, text=True, check=True).stdout


def pid_in(folder: Path) -> int:
    """The process that said its number in a file there."""
    path = folder / "pid"
    return int(wait_for(lambda: path.exists() and path.read_text().strip()))


@pytest.mark.parametrize(
    "signals",
    [
        pytest.param((signal.SIGINT,), id="ctrl+c"),
        pytest.param((signal.SIGINT, signal.SIGINT), id="ctrl+c twice", marks=pytest.mark.long),
        pytest.param((signal.SIGTERM,), id="terminate"),
        pytest.param((signal.SIGHUP,), id="the terminal is gone", marks=pytest.mark.long),
    ],
)
def test_a_signal_interrupts_the_turn_and_what_came_is_kept(home: Path, signals: tuple[signal.Signals, ...]) -> None:
    with serving(home, hangs_after(STREAMED)), Running("run", "Go", cwd=folder_of(home)) as child:
        child.prints(STREAMED)
        child.send(*signals)
        done = child.ended()
    assert (done.code, done.out) == (130, f"{STREAMED}\n")
    assert "[cut] " in done.err and "penstock: Interrupted." in done.err
    assert outcomes() == ["interrupted"] and on_disk(STREAMED)
    assert rows("SELECT cut FROM messages WHERE kind = 'text' AND role = 'assistant'") == [(1,)]


def test_an_interrupt_ends_a_running_command(home: Path) -> None:
    folder = folder_of(home)
    marked = f"6{os.getpid()}"  # a sandbox has process numbers of its own: it is known by what it was told
    sleeps = says("Wait.", calls=(("shell", {"command": f"echo asleep; exec sleep {marked}"}),))
    with serving(home, sleeps), Running("run", "--json", "--allow", "shell", "Go", cwd=folder) as child:
        child.prints("asleep\\n")
        assert f"sleep {marked}" in commands()
        child.send(signal.SIGINT)
        assert child.ended().code == 130
    wait_for(lambda: f"sleep {marked}" not in commands())
    assert rows("SELECT outcome FROM tool_calls") == [("cancelled",)] and outcomes() == ["interrupted"]


def test_interrupts_before_there_is_a_turn_end_the_program_once_it_has_closed_everything(home: Path) -> None:
    folder = folder_of(home)
    command = ["/bin/sh", "-c", "echo $$ > pid; exec sleep 600"]
    slow = serving(home, says("Never."), more=f"key_command = {json.dumps(command)}")
    with slow, Running("run", "Go", cwd=folder) as child:
        fetching = pid_in(folder)
        child.send(signal.SIGINT)
        wait_for(lambda: not running(fetching))  # the program is closing now
        child.send(signal.SIGINT)
        done = child.ended()
    assert (done.code, done.out, done.err) == (130, "", "")
    assert rows("SELECT 1 FROM sessions") == []


def test_a_signal_that_was_ignored_from_the_start_stays_ignored(home: Path) -> None:
    dripping = says(STREAMED, *[f" {number}" for number in range(20)], chunk=400, gap=0.02)
    with serving(home, dripping), Running("run", "Go", cwd=folder_of(home), ignore=signal.SIGHUP) as child:
        child.prints(STREAMED)
        child.send(signal.SIGHUP)
        done = child.ended()
    assert done.code == 0 and done.out.endswith(" 18 19\n")


@pytest.mark.parametrize("arguments", [(), pytest.param(("--json",), marks=pytest.mark.long)], ids=["text", "json"])
def test_when_nobody_reads_any_more_the_turn_is_interrupted_in_silence(home: Path, arguments: tuple[str, ...]) -> None:
    with serving(home, ENDLESS), Running("run", *arguments, "Go", cwd=folder_of(home)) as child:
        child.prints(STREAMED)
        child.stop_reading()
        done = child.ended()
    assert done.code == 1 and outcomes() == ["interrupted"] and on_disk(STREAMED)


@pytest.mark.long
def test_when_nobody_reads_either_stream_it_ends_as_well(home: Path) -> None:
    with serving(home, ENDLESS), Running("run", "Go", cwd=folder_of(home), joined=True) as child:
        child.prints(STREAMED)
        child.stop_reading()
        assert child.ended().code == 1
    assert outcomes() == ["interrupted"]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_full_disk_under_the_output_is_said(home: Path) -> None:
    with serving(home, says("Hello.")):
        done = in_shell('exec "$@" >/dev/full', "run", "Go", cwd=folder_of(home))
    assert done.code == 1 and "The output cannot be written: No space left" in done.err


@pytest.mark.parametrize("clean", [False, True], ids=["the connection breaks", "the stream ends early"])
def test_an_answer_that_is_cut_is_printed_kept_and_said_to_be_cut(home: Path, clean: bool) -> None:
    whole = chat(STREAMED)
    cut = Answer(body=whole, cut_after=len(whole) - len(chat()), clean=clean)
    with serving(home, cut):
        done = (here if clean else penstock)("run", "Go", cwd=folder_of(home))
    assert (done.code, done.out) == (1, f"{STREAMED}\n")
    assert "[cut] The answer ends here, unfinished." in done.err and "penstock: " in done.err
    assert outcomes() == ["failed"] and on_disk(STREAMED)


def test_a_call_that_is_cut_is_never_run(home: Path) -> None:
    folder = folder_of(home)
    half = WRITES.body.index(b"new.txt") + 4
    with serving(home, Answer(body=WRITES.body, cut_after=WRITES.body.index(b"\n\n", half) + 2)):
        done = here("run", "--allow", "all", "Go", cwd=folder)
    assert done.code == 1 and "A call of write did not come whole" in done.err
    assert not (folder / "new.txt").exists()
