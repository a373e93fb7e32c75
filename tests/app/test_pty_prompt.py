"""The prompt in a real terminal: the person's editor over a turn that streams, and what a kill leaves of a queue."""

import tempfile
from pathlib import Path

import pytest

from tests.app.person import EMPTY, folder_of, hangs_after, leave, on_disk, rows, says, send, serving, start

EDITOR = """\
#!/bin/sh
printf '\\033[2J\\033[HEDITOR %s MODE %s\\n' "$1" "$(stat -c %a "$2" 2>/dev/null || stat -f %Lp "$2")"
cat "$2"
printf '\\nPRESS ENTER'
read -r answer
printf 'Rewritten\\nin an editor\\n' > "$2"
exit 3
"""


@pytest.fixture
def editor(home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = home / "an editor"
    path.write_text(EDITOR)
    path.chmod(0o755)
    monkeypatch.delenv("VISUAL", raising=False)
    monkeypatch.setenv("EDITOR", f"'{path}' --flag")
    return path


def test_the_prompt_is_written_in_the_persons_editor_while_a_turn_streams(home: Path, editor: Path) -> None:
    folder = folder_of(home)
    slow = says(*(f"word{n} " for n in range(40)), chunk=600, gap=0.1)
    with serving(home, slow, says("And the end.")), start(folder) as terminal:
        send(terminal, "Look")
        terminal.wait_for("word1 ")
        terminal.type("half a thought")
        terminal.wait_for("half a thought")
        terminal.write(b"\x1bOS")
        terminal.wait_for("PRESS ENTER")
        assert "EDITOR --flag MODE 600" in terminal.text and "half a thought" in terminal.text
        before = len(terminal.raw)
        terminal.wait_for(lambda: on_disk("word39"))
        terminal.silence(0.3)
        assert bytes(terminal.raw[before:]) == b"", "what streams meanwhile is not drawn over the editor"
        terminal.press("enter")
        terminal.wait_for("word39")
        terminal.wait_for("in an editor")
        assert "half a thought" not in terminal.text and "EDITOR" not in terminal.text
        assert list(Path(tempfile.gettempdir()).glob("penstock-*/prompt.md")) == []
        terminal.press("enter")
        terminal.wait_for("And the end.")
        terminal.wait_for(lambda: on_disk("Rewritten\\nin an editor"))
        assert leave(terminal) == 0


def test_a_prompt_that_was_taken_back_is_not_lost_by_a_kill(home: Path) -> None:
    folder = folder_of(home)
    with serving(home, hangs_after("Thinking")), start(folder) as terminal:
        send(terminal, "Go")
        terminal.wait_for("Thinking")
        send(terminal, "a precious thought")
        terminal.wait_for("queued")
        terminal.press("alt+q")
        terminal.wait_for("x take back")
        terminal.press("x")
        terminal.wait_for(lambda: rows("SELECT 1 FROM prompts WHERE state='withdrawn'"))
        terminal.child.kill()
        terminal.ended()
        with start(folder) as again:
            again.wait_for("a precious thought")
            assert "queued" not in again.text


def test_a_queue_that_waited_is_there_after_a_kill_and_is_sent_when_the_person_says_so(home: Path) -> None:
    folder = folder_of(home)
    with serving(home, hangs_after("Thinking"), says("An answer.")), start(folder) as terminal:
        send(terminal, "Go")
        terminal.wait_for("Thinking")
        send(terminal, "the second message")
        terminal.wait_for(lambda: rows("SELECT 1 FROM prompts WHERE state='queued'"))
        terminal.child.kill()
        terminal.ended()
        with start(folder) as again:
            again.wait_for("held")
            assert EMPTY in again.text, "what is queued is not in the prompt too"
            again.press("alt+q")
            again.wait_for("x take back")
            again.press("enter")
            again.wait_for("An answer.")
            assert rows("SELECT state FROM prompts ORDER BY seq") == [("sent",), ("sent",)]
            assert leave(again) == 0
