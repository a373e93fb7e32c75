"""The person's editor: which one it is, and what is said when there is none or it does not wait."""

from pathlib import Path

import pytest

from tests.app.stage import opened_app
from tests.scripts import text
from tui.app.prompt.editor import editor_command
from tui.errors import UsageError


def put(folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).write_text("#!/bin/sh\n")
        (folder / name).chmod(0o755)


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The only folder in which programs are found."""
    for name in ("VISUAL", "EDITOR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    return tmp_path


def test_visual_comes_before_editor_and_arguments_are_kept(programs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(programs, "one", "two")
    monkeypatch.setenv("EDITOR", "two")
    assert editor_command() == ["two"]
    monkeypatch.setenv("VISUAL", "one --wait 'a b'")
    assert editor_command() == ["one", "--wait", "a b"]


def test_where_none_is_named_a_usual_one_is_taken(programs: Path) -> None:
    with pytest.raises(UsageError, match="none was found") as caught:
        editor_command()
    assert "export EDITOR=nano" in caught.value.hint
    put(programs, "vi")
    assert editor_command() == ["vi"]
    put(programs, "nano")
    assert editor_command() == ["nano"]


@pytest.mark.parametrize("named", ["gone --wait", "'open quote"])
def test_one_that_is_named_and_not_there_is_said(programs: Path, monkeypatch: pytest.MonkeyPatch, named: str) -> None:
    put(programs, "vi")
    monkeypatch.setenv("EDITOR", named)
    with pytest.raises(UsageError, match=r"is not there|cannot be read"):
        editor_command()


async def test_without_a_terminal_to_give_away_the_prompt_stays(home: Path, programs: Path) -> None:
    put(programs, "vi")
    async with opened_app(home, [text("Yes.")]) as stage:
        await stage.type("half a thought")
        await stage.press("f4")
        await stage.until(lambda: any("cannot be given" in note.message for note in stage.app._notifications))
        assert stage.pane.prompt.value == "half a thought"
