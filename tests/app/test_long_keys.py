"""Keys in their long form: what was typing stays typing, and shift+enter is a new line, in tmux too."""

import os
import shutil
import subprocess
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual import events

from tests.app.person import folder_of, leave, start
from tests.terminal import PATIENCE, penstock
from tui.app.long_keys import shortened
from tui.app.themes.ground import AnswerParser

XTERM = {
    "\x1b[27;2;13~": "shift+enter",
    "\x1b[27;5;13~": "ctrl+enter",
    "\x1b[27;2;9~": "shift+tab",
    "\x1b[27;2;65~": "A",
    "\x1b[27;2;196~": "Ä",
    "\x1b[27;2;63~": "?",
    "\x1b[27;2;32~": " ",
    "\x1b[27;2;127~": "backspace",
    "\x1b[27;5;99~": "ctrl+c",
    "\x1b[27;5;92~": "ctrl+backslash",
    "\x1b[27;6;95~": "ctrl+underscore",
    "\x1b[27;3;109~": "alt+m",
    "\x1b[27;5;9~": "ctrl+tab",
    "\x1b[13;2u": "shift+enter",
    "\x1b[65;2u": "A",
    "\x1b[20~": "f9",
    "\x1b[27;5;1114112~": "",
}


def heard(*chunks: str) -> list[str]:
    """The keys: what a key types, else its name."""
    parser = AnswerParser()
    told = [message for chunk in chunks for message in parser.feed(chunk)]
    keys = [message for message in told if isinstance(message, events.Key)]
    return [key.character if key.character and key.is_printable else key.key for key in keys]


@pytest.mark.parametrize("sequence", [one for one in XTERM if XTERM[one]], ids=lambda one: XTERM[one])
def test_a_key_in_its_long_form_is_the_key_however_it_is_cut(sequence: str) -> None:
    assert heard(sequence) == [XTERM[sequence]]
    for at in range(2, len(sequence)):
        assert heard(sequence[:at], sequence[at:]) == [XTERM[sequence]]


@given(st.text())
def test_what_holds_no_sequence_stays_as_it_is(text: str) -> None:
    assert shortened(text) == text


def test_what_is_no_key_is_left_alone() -> None:
    assert shortened("\x1b[27;5;1114112~\x1b[27;0;65~") == "\x1b[27;5;1114112~\x1b[27;0;65~"


def test_the_long_form_is_asked_for_at_the_start_and_given_back_at_the_end(home: Path) -> None:
    with start(folder_of(home)) as terminal:
        terminal.wait_for("Message")
        terminal.type("one")
        terminal.press("xterm's shift+enter")
        terminal.type("two")
        terminal.wait_for(lambda: {"one", "two"} <= {row.strip(" >❯│┃▌") for row in terminal.lines})
        assert terminal.raw.count(b"\x1b[>4;2m") == 1
        assert leave(terminal) == 0 and terminal.left_behind() == []
        assert terminal.raw.count(b"\x1b[>4m") == 1


@pytest.mark.skipif(shutil.which("tmux") is None, reason="there is no tmux here")
def test_in_tmux_with_extended_keys_shift_enter_is_a_new_line(home: Path) -> None:
    name = f"penstock-{os.getpid()}"
    there = folder_of(home)

    def tmux(*words: str) -> str:
        return subprocess.run(
            ["tmux", "-L", name, *words], capture_output=True, text=True, check=True, cwd=there
        ).stdout

    def wait_for(words: str) -> str:
        deadline = time.monotonic() + PATIENCE
        while words not in (seen := tmux("capture-pane", "-p")):
            assert time.monotonic() < deadline, seen
        return seen

    (home / "tmux.conf").write_text("set -s extended-keys on\nset -s escape-time 0\n")
    environment = [word for key in ("HOME", "PENSTOCK_HOME", "PATH") for word in ("-e", f"{key}={os.environ[key]}")]
    root = str(Path(__file__).resolve().parents[2])
    try:
        tmux("-f", str(home / "tmux.conf"), "new-session", "-d", "-x", "80", "-y", "24", *environment,
             "-e", f"PYTHONPATH={root}", *penstock())  # fmt: skip
        wait_for("Message")
        tmux("send-keys", "first")
        tmux("send-keys", "S-Enter")
        tmux("send-keys", "Second?")
        seen = wait_for("Second?")
        lines = [line.strip(" >❯│┃▌") for line in seen.splitlines()]
        assert lines.index("Second?") == lines.index("first") + 1, seen
    finally:
        subprocess.run(["tmux", "-L", name, "kill-server"], check=False, capture_output=True)
