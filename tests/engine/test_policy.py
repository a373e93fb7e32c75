"""Reading inside runs unasked, everything else asks, and a grant covers what it says and not a thing more."""

import os
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.scripts import call, eventually, scripted, text
from tui.engine.policy import Verdict, judge
from tui.engine.session import Session
from tui.events import Effect, GrantAdded
from tui.tools.base import ToolSpec, resolve
from tui.tools.catalog import Catalog

ROOT = Path("/a/b")
PARTS = ("a", "b", "bc", "c", "**", "*", "日本", "🦊", " ", "..b", "b..")
PATHS = st.lists(st.sampled_from(PARTS), max_size=5).map(lambda parts: Path("/", *parts))
EFFECTS: st.SearchStrategy[Effect] = st.sampled_from(("read", "write"))
COMMANDS = st.sampled_from(("ls", "ls ", "LS", "ls *", "/a/b/**", "/**", "**", "", "rm -rf /", "ls\n", "ls;rm", "/a/b"))


def spec(effect: Effect, name: str = "tool") -> ToolSpec:
    return ToolSpec(
        name=name, description="", parameters={}, module="", function="", arguments="", effect=effect,
        path_fields=("path",),
    )  # fmt: skip


def grant(pattern: str, tool: str = "tool") -> GrantAdded:
    return GrantAdded(grant_id="g", tool=tool, pattern=pattern, scope="session")


def verdict(
    effect: Effect, *paths: str | Path, grants: tuple[str, ...] = (), root: Path = ROOT, command: str = ""
) -> Verdict:
    given_paths = tuple(Path(path) for path in paths)
    arguments: dict[str, Any] = {"command": command} if effect == "run" else {}
    return judge(spec(effect), arguments, given_paths, root, [grant(pattern) for pattern in grants])


# --- without grants


@pytest.mark.parametrize("path", ["/a/b", "/a/b/c", "/a/b/c/d", "/a/b/.env", "/a/b/**", "/a/b/ "])
def test_reading_inside_runs_unasked(path: str) -> None:
    assert verdict("read", path).action == "allow"


@pytest.mark.parametrize("path", ["/a/bc", "/a/b.txt", "/a", "/", "/A/B/c", "/a/b2/c", "/x/a/b/c", "/a/B"])
def test_reading_outside_asks_and_names_the_place(path: str) -> None:
    asked = verdict("read", path)
    assert asked.action == "ask"
    assert path in asked.why


@pytest.mark.parametrize("effect", ["write", "run"])
@pytest.mark.parametrize("path", ["/a/b/c", "/a/bc", "/"])
def test_what_changes_the_world_asks_wherever_it_is(effect: Effect, path: str) -> None:
    asked = verdict(effect, path, command="ls")
    assert (asked.action, bool(asked.why)) == ("ask", True)


def test_one_path_outside_is_enough_to_ask() -> None:
    asked = verdict("read", "/a/b/c", "/etc/passwd")
    assert (asked.action, asked.pattern) == ("ask", "")
    assert "/etc/passwd" in asked.why
    assert "/a/b/c" not in asked.why


def test_what_names_no_file_is_not_taken_to_be_inside() -> None:
    assert (verdict("read").action, verdict("read").pattern) == ("ask", "")
    assert verdict("write").action == "ask"


def test_a_question_to_the_person_needs_no_leave() -> None:
    assert verdict("own").action == "allow"


def test_everything_is_inside_the_root_of_all() -> None:
    assert verdict("read", "/etc/passwd", root=Path("/")).action == "allow"
    asked = verdict("write", "/etc/passwd", root=Path("/"))
    assert (asked.action, asked.pattern) == ("ask", "/**")
    assert verdict("write", "/etc/passwd", root=Path("/"), grants=("/**",)).action == "allow"


def test_the_tools_that_exist_are_judged_so() -> None:
    for known in Catalog().specs():
        arguments = {"command": "ls"} if known.effect == "run" else {}
        inside = () if known.effect == "run" else (ROOT / "x",)
        outside = () if known.effect == "run" else (Path("/etc/x"),)
        assert judge(known, arguments, inside, ROOT, ()).action == ("allow" if known.effect == "read" else "ask")
        assert judge(known, arguments, outside, ROOT, ()).action == "ask"


# --- grants


def test_a_granted_command_is_exactly_that_text() -> None:
    assert verdict("run", command="ls -l", grants=("ls -l",)).action == "allow"
    for other in ("ls", "ls -l ", " ls -l", "ls -l; rm x", "ls  -l", "LS -L", "ls -l\n", ""):
        assert verdict("run", command=other, grants=("ls -l",)).action == "ask", other


@pytest.mark.parametrize("pattern", ["*", "**", "/**", "ls*", "ls/**", "", ".*"])
def test_a_command_is_never_a_pattern(pattern: str) -> None:
    assert verdict("run", command="ls -l", grants=(pattern,)).action == "ask"
    assert verdict("run", "/a/b/c", command="ls -l", grants=(pattern,)).action == "ask"


def test_a_granted_file_is_that_file() -> None:
    assert verdict("write", "/x/y", grants=("/x/y",)).action == "allow"
    for other in ("/x/y/z", "/x", "/x/yz", "/x/Y"):
        assert verdict("write", other, grants=("/x/y",)).action == "ask", other


def test_a_granted_folder_is_what_is_in_it_and_not_its_neighbour() -> None:
    for inside in ("/x/y", "/x/y/z", "/x/y/z/w"):
        assert verdict("write", inside, grants=("/x/y/**",)).action == "allow"
    for outside in ("/x/yz", "/x", "/x/y2/z", "/"):
        assert verdict("write", outside, grants=("/x/y/**",)).action == "ask"


def test_a_grant_is_for_one_tool() -> None:
    for asked in (spec("write", "other"), spec("read", "other")):
        assert judge(asked, {}, (Path("/x/y"),), ROOT, [grant("/x/y", "tool")]).action == "ask"


def test_leave_to_change_files_inside_does_not_reach_outside() -> None:
    pattern = verdict("write", "/a/b/c").pattern
    assert pattern == "/a/b/**"
    assert verdict("write", "/a/b/d/e", grants=(pattern,)).action == "allow"
    for outside in ("/a/bc", "/a/b2/x", "/etc/passwd"):
        assert verdict("write", outside, grants=(pattern,)).action == "ask"


def test_a_file_whose_name_is_a_pattern_cannot_be_granted_as_one() -> None:
    """Leave for the one file ``/x/**`` would otherwise be leave for the whole of ``/x``."""
    assert verdict("write", "/x/**").pattern == ""


@given(
    PATHS,
    st.lists(PATHS.map(str) | PATHS.map(lambda path: f"{path}/**"), max_size=3),
    EFFECTS,
)
def test_what_runs_unasked_is_inside_or_in_what_a_grant_says(path: Path, patterns: list[str], effect: Effect) -> None:
    def says(pattern: str) -> bool:
        folder, below = os.path.split(pattern)
        inside = f"{path}/".startswith(f"{folder.rstrip('/')}/")
        return str(path) == pattern or (below == "**" and inside)

    inside = f"{path}/".startswith("/a/b/")
    allowed = verdict(effect, path, grants=tuple(patterns)).action == "allow"
    if effect == "read" and inside:
        assert allowed
    elif allowed:
        assert any(says(pattern) for pattern in patterns)
    elif not inside and path.name != "**":  # elsewhere a grant is none that a question could have offered
        assert not any(says(pattern) for pattern in patterns)


@given(PATHS, EFFECTS)
def test_a_question_s_own_pattern_covers_it_and_only_its_own_side_of_the_wall(path: Path, effect: Effect) -> None:
    asked = verdict(effect, path)
    if asked.action == "ask" and asked.pattern:
        assert verdict(effect, path, grants=(asked.pattern,)).action == "allow"
        across = "/elsewhere" if path.is_relative_to(ROOT) else "/a/b/c"
        if effect == "write" and path != Path(across):
            assert verdict(effect, across, grants=(asked.pattern,)).action == "ask"


@given(COMMANDS, st.lists(COMMANDS, max_size=4))
def test_a_command_runs_unasked_only_when_its_own_text_was_granted(command: str, patterns: list[str]) -> None:
    allowed = verdict("run", command=command, grants=tuple(patterns)).action == "allow"
    assert allowed is (command != "" and command in patterns)


# --- real files


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace ``b`` with links of all kinds, a neighbour ``bc``, and something to steal above both."""
    top = Path(os.path.realpath(tmp_path_factory.mktemp("tree")))
    for folder in ("b/sub/deep", "bc", "b/日本"):
        (top / folder).mkdir(parents=True)
    for file in ("secret", "b/file", "bc/file", "b/sub/file"):
        (top / file).write_text("x")
    for link, target in {
        "b/out": "..", "b/in": "sub", "b/far": "/etc", "b/loop": "loop", "b/near": "../bc", "b/file-out": "../secret",
        "b/sub/up": "..", "b/dangling": "../nothing", "bc/back": "../b", "b/chain": "sub/up/out",
    }.items():  # fmt: skip
        (top / link).symlink_to(target)
    return top


STEPS = st.lists(
    st.sampled_from(("", ".", "..", "out", "in", "far", "near", "file-out", "sub", "up", "dangling", "back", "chain",
                     "file", "b", "bc", "secret", "日本", "new", "~", "deep")),
    max_size=7,
).map("/".join)  # fmt: skip


@given(STEPS, st.booleans())
def test_no_path_reads_outside_unasked_whatever_links_and_dots_it_takes(tree: Path, steps: str, absolute: bool) -> None:
    root = tree / "b"
    path = resolve(f"{root}/{steps}" if absolute else steps, root)
    real = os.path.realpath(root / os.path.expanduser(steps) if not absolute else f"{root}/{steps}")
    inside = real == str(root) or real.startswith(f"{root}/")
    assert (judge(spec("read"), {}, (path,), root, ()).action == "allow") is inside


@pytest.mark.parametrize(
    "path", ["..", "../secret", "out/secret", "file-out", "near/file", "far/passwd", "sub/../../secret",
             "in/up/out/secret", "chain/secret", "dangling", "~", "~/x", "/", "/etc/passwd", "sub/up/../secret"],
)  # fmt: skip
def test_an_escape_asks(tree: Path, path: str) -> None:
    root = tree / "b"
    assert judge(spec("read"), {}, (resolve(path, root),), root, ()).action == "ask"


@pytest.mark.parametrize("path", ["loop", "loop/x", "a\0b", "~nobody-of-that-name/x", "\ud800"])
def test_what_is_no_path_is_refused_before_it_is_judged(tree: Path, path: str) -> None:
    with pytest.raises(ValueError):
        resolve(path, tree / "b")


# --- through the engine


async def test_a_link_that_is_turned_while_the_person_thinks_is_not_followed(
    session: Callable[..., Awaitable[Session]], tmp_path: Path
) -> None:
    folder = tmp_path / "project"
    models, _ = scripted([call("write", {"path": "link/made", "content": "x"})], [text("Fine.")])
    opened = await session(models)
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
    (folder / "link").symlink_to(tmp_path / "one")
    opened.submit("Go")
    await eventually(opened.state.asking)
    approval = opened.state.asking()[0].approval
    assert approval is not None
    (folder / "link").unlink()
    (folder / "link").symlink_to(tmp_path / "two")
    opened.decide(approval.approval_id, "allow")
    await opened.rest()
    ended = next(iter(opened.state.calls.values())).ended
    assert ended is not None
    assert (ended.outcome, ended.text) == ("denied", "What was allowed is not what would run. Nothing was run.")
    assert os.listdir(tmp_path / "one") == os.listdir(tmp_path / "two") == []
