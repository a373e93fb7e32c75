"""Commands from Markdown files: what their text becomes, which file counts, and what is said of a bad one."""

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.errors import UsageError
from tui.settings.own_commands import OwnCommand, OwnCommands


@pytest.fixture
def config(tmp_path: Path) -> Path:
    (tmp_path / "config" / "commands").mkdir(parents=True)
    return tmp_path / "config"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "project" / ".penstock" / "commands").mkdir(parents=True)
    return tmp_path / "project"


def write(folder: Path, name: str, text: str) -> Path:
    place = folder / ("commands" if folder.name == "config" else ".penstock/commands") / name
    place.write_text(text)
    return place


def made(body: str, rest: str) -> str:
    return OwnCommand(name="x", path="x.md", origin="yours", body=body).prompt(rest)


def test_without_folders_there_are_none(tmp_path: Path) -> None:
    assert OwnCommands(tmp_path / "no", tmp_path).all() == []
    assert OwnCommands(None, tmp_path).all() == []


def test_a_file_with_a_heading_is_a_command(config: Path, project: Path) -> None:
    heading = '---\ndescription: Review what changed\n# a remark\narguments: "[FOLDER]"\n---\n'
    write(config, "review.md", heading + "Look at $1.\n\nAnd say: $ARGUMENTS")
    (review,) = OwnCommands(config, project).all()
    assert (review.name, review.description, review.arguments, review.origin) == (
        "review", "Review what changed", "[FOLDER]", "yours",
    )  # fmt: skip
    assert review.about == "[FOLDER] Review what changed (yours)"
    assert review.prompt("'src folder' fast") == "Look at src folder.\n\nAnd say: 'src folder' fast"


def test_a_file_without_a_heading_says_itself_what_it_does(config: Path, project: Path) -> None:
    write(project, "test.md", "# Run the tests\nand mend what fails")
    (command,) = OwnCommands(config, project).all()
    assert (command.about, command.prompt("")) == (
        "Run the tests (the project's)",
        "# Run the tests\nand mend what fails",
    )


def test_the_persons_own_is_it_where_both_have_one(config: Path, project: Path) -> None:
    write(config, "both.md", "mine")
    write(project, "both.md", "theirs")
    write(project, "only.md", "theirs alone")
    found = OwnCommands(config, project).all()
    assert [(command.name, command.origin, command.body) for command in found] == [
        ("both", "yours", "mine"), ("only", "project", "theirs alone"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("body", "rest", "prompt"),
    [
        ("$1-$2-$3", "a b", "a-b-"),
        ("$ARGUMENTS", "a  'b c'", "a  'b c'"),
        ("costs $$5 and $$1", "x", "costs $5 and $1"),
        ("$ARGUMENTSX $10", "x", "$ARGUMENTSX x0"),
        ("$1", "it's open", "it's"),
        ("$1", "$2 $ARGUMENTS", "$2"),
        ("!touch made", "", " !touch made"),
        ("$1 rm", "!x", " !x rm"),
        ("/quit", "", " /quit"),
    ],
)
def test_what_was_typed_is_put_in_its_places_once_and_runs_nothing(body: str, rest: str, prompt: str) -> None:
    assert made(body, rest) == prompt


@given(st.text(), st.text())
def test_no_text_becomes_a_shell_line_or_a_command(body: str, rest: str) -> None:
    try:
        prompt = made(body, rest)
    except UsageError:
        return
    assert prompt.strip() and not prompt.startswith(("!", "/"))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("---\ndescription: x\n", "has no second one"),
        ("---\nmodel: gpt\n---\nx", "line 2 is no"),
        ("---\ndescription: x\ndescription: y\n---\nx", "line 3 says description a second time"),
        ("---\nnonsense\n---\nx", "line 2 is no"),
        ("---\ndescription: x\n---\n  \n", "has no text"),
        ("", "has no text"),
        ("\0\1", "cannot be read"),
        ("x" * 100_001, "is larger"),
    ],
)
def test_a_file_that_cannot_be_used_says_why_when_it_is_used(config: Path, project: Path, text: str, said: str) -> None:
    path = write(config, "bad.md", text)
    (command,) = OwnCommands(config, project).all()
    with pytest.raises(UsageError, match=said) as caught:
        command.prompt("x")
    assert str(path) in str(caught.value) and said in command.about


def test_names_that_no_prompt_could_call_and_other_files_are_left_out(config: Path, project: Path) -> None:
    for name in ("a b.md", ".hidden.md", "notes.txt", "-x.md", "ok-1_2.md"):
        write(config, name, "x")
    (config / "commands" / "folder.md").mkdir()
    found = {command.name: command.problem for command in OwnCommands(config, project).all()}
    assert found.keys() == {"ok-1_2", "folder"}
    assert found["folder"]


def test_what_changed_is_read_again_and_nothing_else_is(
    config: Path, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write(config, "one.md", "first")
    commands = OwnCommands(config, project)
    before = commands.all()
    assert commands.all()[0] is before[0], "nothing has changed: nothing was read"
    path.write_text("second, longer")
    assert commands.all()[0].body == "second, longer"
    os.unlink(path)
    assert commands.all() == []
