"""What the disk does to a verdict, against real git and real files: each trap is first shown to spring."""

import os
import subprocess
from pathlib import Path

import pytest

from tui.engine.policy.surroundings import look
from tui.engine.policy.verdict import Verdict, judge
from tui.events import Mode
from tui.settings.rulebook import RuleFiles
from tui.state import SessionState
from tui.tools.catalog import Catalog

GIT = ("git", "-c", "user.name=me", "-c", "user.email=me@example.com", "-c", "init.defaultBranch=main")


class Place:
    """A workspace, and a program beside it that leaves a mark when it is run."""

    def __init__(self, top: Path) -> None:
        self.root = top / "work"
        self.root.mkdir()
        self.mark = top / "ran"
        self.trap = top / "trap"
        self.trap.write_text(f"#!/bin/sh\n: > {self.mark}\n")
        self.trap.chmod(0o755)

    def git(self, *words: str, at: str = ".") -> None:
        (self.root / at).mkdir(exist_ok=True, parents=True)
        subprocess.run([*GIT, *words], cwd=self.root / at, check=True, capture_output=True)

    def springs(self, command: str) -> bool:
        """Whether bash runs the trap with this command."""
        self.mark.unlink(missing_ok=True)
        subprocess.run(
            ["bash", "-c", command], cwd=self.root, stdin=subprocess.DEVNULL, capture_output=True, timeout=30
        )
        return self.mark.exists()

    def judged(self, tool: str, mode: Mode = "ask", **arguments: object) -> Verdict:
        spec, catalog = Catalog().spec(tool), Catalog()
        assert spec is not None
        values = catalog.load(tool).arguments.model_validate(arguments).model_dump()
        state = SessionState("s", workspace=str(self.root), cwd=str(self.root))
        return judge(look(spec, values, state, RuleFiles(self.root.parent / "config.toml", ()), mode=mode))


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(Path(os.path.realpath(tmp_path)))


def _one_line(place: Place) -> str:
    place.git("init")
    with open(place.root / ".git/config", "a") as file:
        file.write(f"[core]fsmonitor={place.trap}\n")
    return "git status"


def _far_down(place: Place) -> str:
    place.git("init")
    with open(place.root / ".git/config", "a") as file:
        file.write("# nothing to see here\n" * 60_000 + f"[core]\nfsmonitor={place.trap}\n")
    return "git status"


def _behind_a_false_one(place: Place) -> str:
    place.git("init")
    place.git("config", "core.fsmonitor", str(place.trap))
    (place.root / "sub/.git").mkdir(parents=True)
    return "cd sub && git status"


def _recorded_in_the_index(place: Place) -> str:
    place.git("init")
    place.git("init", at="sub/deep")
    place.git("commit", "--allow-empty", "-m", "x", at="sub/deep")
    place.git("add", "sub/deep")
    place.git("config", "core.fsmonitor", str(place.trap), at="sub/deep")
    return "git status"


def _bare_by_way_of_another(place: Place) -> str:
    place.git("init")
    (place.root / "file").write_text("x\n")
    place.git("add", "file")
    place.git("commit", "-m", "x")
    place.git("clone", "--bare", ".", "far")
    place.git("config", "diff.x.textconv", str(place.trap), at="far")
    (place.root / "far/info/attributes").write_text("* diff=x\n")
    (place.root / "near").mkdir()
    (place.root / "near/HEAD").write_text("ref: refs/heads/main\n")
    (place.root / "near/commondir").write_text("../far\n")
    return "cd near && git log -p"


def _missing_parts_are_fetched(place: Place) -> str:
    place.git("init")
    place.git("init", "--bare", at="far")
    for name, value in {
        "core.repositoryformatversion": "1", "extensions.partialclone": "o", "remote.o.url": str(place.root / "far"),
        "remote.o.promisor": "true", "remote.o.uploadpack": str(place.trap),
    }.items():  # fmt: skip
        place.git("config", name, value)
    return f"git show {'2' * 40}"


@pytest.mark.parametrize(
    "trap",
    [_one_line, _far_down, _behind_a_false_one, _recorded_in_the_index, _bare_by_way_of_another,
     _missing_parts_are_fetched],
)  # fmt: skip
def test_where_a_repository_makes_git_run_a_program_git_asks(place: Place, trap: object) -> None:
    command = trap(place)  # type: ignore[operator]
    assert place.springs(command)
    verdict = place.judged("shell", command=command)
    assert verdict.action == "ask" and "configuration may run a program" in verdict.why


def test_git_looks_unasked_in_an_ordinary_repository_and_in_one_with_submodules(place: Place) -> None:
    place.git("init", at="other")
    place.git("commit", "--allow-empty", "-m", "x", at="other")
    place.git("init")
    place.git("remote", "add", "origin", "https://example.com/pager/editor.git")
    place.git("-c", "protocol.file.allow=always", "submodule", "add", str(place.root / "other"), "sub")
    for command in ("git status", "git diff", "cd sub && git log"):
        assert place.judged("shell", command=command).action == "allow"
    place.git("config", "core.worktree", str(place.root.parent), at="sub")
    assert place.judged("shell", command="cd sub && git log").action == "ask"


def test_the_names_behind_flags_and_in_folders_are_followed_too(place: Place) -> None:
    secret = place.root.parent / "secret"
    secret.write_text("secret\n")
    for name in ("16", "one/k"):
        (place.root / name).parent.mkdir(exist_ok=True)
        (place.root / name).symlink_to(secret)
    (place.root / "two").mkdir()
    (place.root / "two/k").touch()
    colons = " ".join(f"a{number}:b:c:d:e" for number in range(240))
    for command in ("od -w 16", "diff one two", "diff one two/k", "grep -f16 two/k", f"cat {colons} 16"):
        assert place.judged("shell", command=command).action == "ask", command
    shown = subprocess.run(["diff", "one", "two"], cwd=place.root, capture_output=True, text=True).stdout
    assert "secret" in shown
    assert place.judged("shell", command="diff two/k two/k").action == "allow"


def test_what_would_be_waited_at_for_ever_asks(place: Place) -> None:
    os.mkfifo(place.root / "pipe")
    for command in ("cat pipe", "wc -l < pipe", "sort x pipe", "head -n 1 ./pipe"):
        assert place.judged("shell", command=command).action == "ask", command


@pytest.mark.parametrize("kind", ["pipe", "device", "huge", "folder"])
def test_rules_that_are_no_file_keep_nobody_waiting(place: Place, kind: str) -> None:
    path = place.root / ".penstock.toml"
    match kind:
        case "pipe":
            os.mkfifo(path)
        case "device":
            path.symlink_to("/dev/zero")
        case "huge":
            path.write_text("#" * 2_000_000)
        case _:
            path.mkdir()
    verdict = place.judged("shell", command="ls")
    assert verdict.action == "ask" and "Everything is asked" in verdict.why


def test_git_s_settings_that_are_no_file_keep_nobody_waiting(place: Place) -> None:
    (place.root / ".git").mkdir()
    os.mkfifo(place.root / ".git/config")
    assert place.judged("shell", command="git status").action == "ask"


def test_a_program_that_may_be_found_in_the_workspace_asks(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    (place.root / "bin").mkdir()
    (place.root / "bin/ls").symlink_to("/bin/ls")
    (place.root.parent / "link").symlink_to(place.root / "bin")
    (place.root.parent / "links").mkdir()
    (place.root.parent / "links/ls").symlink_to(place.root / "bin/tool")
    (place.root / "bin/tool").write_text("#!/bin/sh\n")
    (place.root / "bin/tool").chmod(0o755)
    ordinary = os.environ["PATH"]
    assert place.judged("shell", command="ls").action == "allow"
    for first in ("", ".", "bin", str(place.root / "bin"), str(place.root.parent / "link"),
                  str(place.root.parent / "links")):  # fmt: skip
        monkeypatch.setenv("PATH", f"{first}:{ordinary}")
        assert place.judged("shell", command="ls").action == "ask", first


def test_git_s_folder_is_never_written_to_whatever_its_name(place: Place) -> None:
    place.git("init", "--bare", at="mirror")
    verdict = place.judged("write", "accept-edits", path="mirror/hooks/post-index-change", content="x")
    assert (verdict.action, verdict.hard) == ("deny", True)
    assert place.judged("write", "accept-edits", path="mirrored/hooks/x", content="x").action == "allow"


def test_the_rules_that_a_link_leads_to_are_the_project_s_rules(place: Place) -> None:
    (place.root / "rules.toml").write_text("")
    (place.root / ".penstock.toml").symlink_to("rules.toml")
    for name in ("rules.toml", ".penstock.toml"):
        assert place.judged("write", "accept-edits", path=name, content="x").action == "ask"
