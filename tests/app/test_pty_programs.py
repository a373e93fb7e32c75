"""Two programs on two terminals over one store: each sees what the other does, neither disturbs it, one inherits."""

from pathlib import Path

from tests.app.person import (
    EMPTY,
    chat,
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
from tests.faults import Answer
from tests.terminal import Terminal

HELD = "read-only, run by process"


def tabs(terminal: Terminal) -> str:
    return terminal.lines[0]


def refusal(owner: Terminal) -> str:
    """A piece of the sentence that says who runs a session: one that no line break can part."""
    return f"{owner.child.pid}:"


def begins(terminal: Terminal, prompt: str, answer: str) -> None:
    """A session of its own, that another program can find."""
    send(terminal, prompt)
    terminal.wait_for(answer)
    terminal.wait_for(lambda: on_disk(answer) and rows("SELECT 1 FROM ui WHERE key = 'layout'"))


def test_a_second_program_reads_along_and_each_finds_its_tabs_again(home: Path) -> None:
    folder = folder_of(home)
    words = [f"word{number} " for number in range(60)]
    slowly = Answer(body=chat("It begins. ", *words, "It ends."), chunk=140, gap=0.06)
    with serving(home, slowly, says("The second one's.")), start(folder) as first:
        begins(first, "Mine", "It begins.")
        with start(folder) as second:
            second.wait_for(f"{HELD} {first.child.pid}")
            second.wait_for("It begins.")
            assert f"⊘{first.child.pid}" in tabs(second) and outcomes() == [None]
            send(second, "And me?")
            second.wait_for(refusal(first))
            second.wait_for("And me?")
            second.wait_for(lambda: first.silence(0) is not None and "It ends." in second.text)
            assert len(rows("SELECT 1 FROM entries WHERE kind = 'PromptQueued'")) == 1
            second.press("ctrl+n")
            second.wait_for(lambda: HELD not in second.text)
            second.wait_for(EMPTY)
            send(second, "Also mine")
            second.wait_for("The second one's.")
            first.type("still here")
            first.wait_for("still here")
            assert "Also mine" not in first.text, "no layout changes by itself"
            assert leave(second) == 0
        assert leave(first) == 0
    assert sorted(title for (title,) in rows("SELECT title FROM sessions")) == ["Also mine", "Mine"]
    assert outcomes() == ["done", "done"]
    with start(folder) as again:
        again.wait_for(lambda: "Mine" in tabs(again) and "Also mine" in tabs(again))
        again.wait_for("still here")
        assert leave(again) == 0


def test_when_the_first_program_is_killed_the_second_goes_on_with_its_session_and_repeats_nothing(home: Path) -> None:
    folder = folder_of(home)
    with serving(home, hangs_after("The first one's."), says("The rest of it.")) as server, start(folder) as first:
        begins(first, "Mine", "The first one's.")
        with start(folder) as second:
            second.wait_for(f"{HELD} {first.child.pid}")
            second.wait_for("The first one's.")
            send(second, "Then this")
            second.wait_for(refusal(first))
            first.kill()
            second.wait_for(f"Process {first.child.pid} is gone")
            second.wait_for(lambda: HELD not in second.text and "⊘" not in tabs(second))
            second.wait_for("Then this")
            second.wait_for(lambda: outcomes() == ["interrupted"])
            assert len(server.asked) == 1
            second.press("enter")
            second.wait_for("The rest of it.")
            assert len(server.asked) == 2 and b"The first one's." in server.asked[1].body
            assert leave(second) == 0
    assert outcomes() == ["interrupted", "done"]
