"""The inspector in a real terminal: a part of a call is read in the person's own editor, and nothing draws over it."""

import tempfile
from pathlib import Path

import pytest

from tests.app.person import folder_of, leave, says, send, serving, start

EDITOR = """\
#!/bin/sh
printf '\\033[2J\\033[HEDITOR MODE %s\\n' "$(stat -c %a "$1" 2>/dev/null || stat -f %Lp "$1")"
cat "$1"
printf 'PRESS ENTER'
read -r answer
"""


def test_a_part_is_read_in_the_persons_editor_and_then_everything_is_there_again(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = folder_of(home)
    (folder / "long.txt").write_text("the text of the file\n")
    editor = home / "an editor"
    editor.write_text(EDITOR)
    editor.chmod(0o755)
    monkeypatch.setenv("EDITOR", f"'{editor}'")
    looks = (("read", {"path": "long.txt"}),)
    with serving(home, says("I look.", calls=looks), says("The end of it.")), start(folder) as terminal:
        send(terminal, "Look")
        terminal.wait_for("The end of it.")
        send(terminal, "/inspect")
        terminal.wait_for("1 Arguments")
        terminal.wait_for("the text of the file")
        terminal.press("v")
        terminal.wait_for("PRESS ENTER")
        assert "EDITOR MODE 400" in terminal.text and "1 Arguments" not in terminal.text
        assert terminal.silence(0.5) == b""
        terminal.press("enter")
        terminal.wait_for("1 Arguments")
        terminal.press("r")
        terminal.wait_for("23 B  run again by you")
        terminal.press("d")
        terminal.wait_for("The outputs are the same.")
        terminal.press("escape")
        terminal.wait_for("The end of it.")
        assert leave(terminal) == 0
    assert not list(Path(tempfile.gettempdir()).glob("penstock-*/output.txt"))
