"""``penstock policy``: the verdict first, then the rule and the reason, without a store."""

import json
from pathlib import Path

import pytest

from tests.program import here


def lines(text: str) -> list[str]:
    return text.splitlines()


@pytest.fixture
def folder(home: Path) -> Path:
    made = home / "project"
    made.mkdir()
    return made


def test_the_first_line_is_the_verdict(folder: Path, home: Path) -> None:
    (home / "penstock").mkdir()
    (home / "penstock" / "config.toml").write_text('[[policy.rules]]\naction = "deny"\ncommand = "git push"\n')
    for command, first, second in (
        ("git status", "allow", "rule: none"),
        ("rm x", "ask", "rule: none"),
        ("git push origin", "deny", "rule: deny * git push"),
        ("echo x > ~/.bashrc", "deny", "rule: none"),
    ):
        done = here("policy", command, cwd=folder)
        told = lines(done.out)
        assert (done.code, told[0], told[1]) == (0, first, second), done.err
        assert told[2].startswith("why: ") and len(told[2]) > 10
    assert not (home / "penstock" / "penstock.db").exists()


def test_any_tool_and_mode_can_be_tried(folder: Path) -> None:
    write = json.dumps({"path": "x", "content": "y"})
    for mode, verdict in (("read-only", "deny"), ("ask", "ask"), ("accept-edits", "allow")):
        done = here("policy", "--tool", "write", "--args", write, "--mode", mode, "--json", cwd=folder)
        values = json.loads(done.out)
        assert (values["action"], values["tool"]) == (verdict, "write")
        assert values["why"]
    assert not (folder / "x").exists()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("policy",), "nothing to judge"),
        (("policy", "--tool", "shel", "--args", "{}"), "There is no tool shel."),
        (("policy", "--tool", "write", "--args", "{}"), "do not fit write: path"),
        (("policy", "--tool", "write", "--args", "{"), "do not fit write"),
        (("policy", "--tool", "write", "ls"), "takes no command"),
        (("policy", "--args", '{"command": "ls"}', "pwd"), "twice"),
    ],
)
def test_what_cannot_be_judged_is_wrong_usage(folder: Path, arguments: tuple[str, ...], words: str) -> None:
    done = here(*arguments, cwd=folder)
    assert done.code == 2 and words in done.err
