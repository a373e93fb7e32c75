"""What a session in a worktree may do: it is at home there, the main checkout is outside, and the limits stay."""

import asyncio
import os
import shutil
import subprocess
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.engine.judging import HOME, OWN, asked, shell, spec, tool
from tests.engine.repositories import git, repository
from tests.scripts import REFERENCE, call, scripted, text
from tui.engine.policy.facts import Question
from tui.engine.policy.places import WORKTREES, forbidden, places_of, secret
from tui.engine.policy.rules import Rule, Rules
from tui.engine.policy.surroundings import look
from tui.engine.policy.verdict import judge
from tui.engine.session import Session
from tui.engine.workspace import Workspace, open_workspace
from tui.errors import ToolError
from tui.store.store import Store
from tui.tools.base import Kit
from tui.tools.catalog import Catalog
from tui.tools.child import environment
from tui.tools.sandbox import Sandbox

MAIN = HOME / "project"
TREE = Path(OWN[0]) / WORKTREES / "project-12345678" / "side"


def judged(effect: Any, *paths: str | Path, **more: Any) -> str:
    question = asked(spec(effect), {}, *paths, root=TREE, workspace=MAIN, **more)
    return judge(question).action


# --- where it is at home


def test_a_worktree_among_penstocks_own_folders_is_the_sessions_home() -> None:
    assert judged("read", TREE / "a.txt") == "allow"
    assert judged("write", TREE / "a.txt") == "ask"
    assert judged("write", TREE / "a.txt", mode="accept-edits") == "allow"
    assert judged("write", MAIN / "a.txt", mode="accept-edits") == "ask"
    assert judged("read", MAIN / "a.txt") == "ask"
    assert judged("write", TREE / ".git", mode="accept-edits") == "deny"


@pytest.mark.parametrize(
    "path",
    [
        "penstock.db",
        "worktrees",
        "worktrees/../penstock.db",
        "WORKTREES",
        "worktrees-not/a",
        "worktreesa",
        "memory/person.md",
    ],
)
def test_all_else_that_penstock_keeps_stays_out_of_reach(path: str) -> None:
    plain = os.path.normpath(f"{OWN[0]}/{path}")
    places = places_of(str(HOME), OWN)
    assert forbidden(plain, places) and secret(plain, places)
    assert judged("write", plain, mode="accept-edits") == "deny"


def test_another_sessions_worktree_is_a_folder_like_any_other() -> None:
    other = TREE.parent / "other" / "a.txt"
    assert judged("read", other) == judged("write", other, mode="accept-edits") == "ask"
    question = asked(spec("write"), {}, TREE / "a.txt", root=MAIN, mode="accept-edits")
    assert judge(question).action == "ask"


# --- which rules hold


def test_the_files_of_rules_of_both_folders_are_always_asked_about() -> None:
    allowed = Rules(rules=(Rule(action="allow", tool="tool"),), mode="accept-edits")
    for folder in (MAIN, TREE):
        assert judged("write", folder / ".penstock.toml", book=allowed, mode="accept-edits") == "ask"
    assert judged("write", TREE / "a.txt", book=allowed) == "allow"


def test_what_a_rule_forbids_in_the_project_is_forbidden_in_its_worktree() -> None:
    for path in (f"{MAIN}/secret/**", "secret/**"):
        rules = Rules(rules=(Rule(action="deny", tool="*", path=path),))
        assert judged("read", TREE / "secret" / "key", book=rules) == "deny"
        assert judged("read", TREE / "open", book=rules) == "allow"


def test_commands_that_only_look_run_unasked_in_a_worktree_and_others_are_asked() -> None:
    more = {"root": TREE, "workspace": MAIN, "cwd": TREE}
    assert shell("git status && cat a.txt", **more).action == "allow"
    assert shell(f"cat {MAIN}/a.txt", **more).action == "ask"
    assert shell("git commit -am x", **more).action == "ask"
    assert shell("git commit -am x", mode="autonomous", confined="whole", **more).action == "allow"
    assert (
        shell(f"echo x > {MAIN}/.git/hooks/post-commit", mode="autonomous", confined="whole", **more).action == "deny"
    )


# --- a real one


@pytest.fixture
def place(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A home with a repository; not in the temporary folder, which commands do not see."""
    made = Path(os.path.realpath(tempfile.mkdtemp(prefix="penstock-home-", dir="/var/tmp")))
    monkeypatch.setenv("HOME", str(made))
    repository(made / "project")
    yield made
    shutil.rmtree(made)


class Book:
    """Rules that note where they are read."""

    def __init__(self, own: tuple[Path, ...]) -> None:
        self.own = own
        self.read_at: list[Path] = []

    def read(self, root: Path) -> Rules:
        self.read_at.append(root)
        return Rules()

    def add(self, rule: Rule) -> None: ...

    def remove(self, rule: Rule) -> bool:
        return False


@asynccontextmanager
async def opened(place: Path, *scripts: Any, sandbox: Sandbox | None = None) -> AsyncIterator[tuple[Workspace, Book]]:
    data, root = place / "data", place / "project"
    models, _ = scripted(*scripts)
    store = await Store.open(data / "penstock.db")
    book = Book((data,))
    try:
        async with open_workspace(
            store=store, models=models, toolbox=Catalog(), book=book, root=root, cwd=root, kit=Kit(sandbox=sandbox),
            worktrees=data / WORKTREES, mode="autonomous",
        ) as workspace:  # fmt: skip
            yield workspace, book
    finally:
        await store.close()


async def beside(workspace: Workspace) -> Session:
    session = await workspace.new_session(REFERENCE)
    await workspace.worktrees.give(session, branch="side")
    return session


def question(session: Session, book: Book, name: str, **arguments: Any) -> Question:
    return look(tool(name), arguments, session.state, book, mode="accept-edits", confined="whole")


async def test_a_look_at_the_disk_finds_the_worktree_at_home_and_the_rules_in_the_workspace(place: Path) -> None:
    async with opened(place) as (workspace, book):
        session = await beside(workspace)
        tree = Path(session.state.cwd)
        assert judge(question(session, book, "write", path="new.txt", content="")).action == "allow"
        assert judge(question(session, book, "write", path=f"{place}/project/a.txt", content="")).action == "ask"
        assert judge(question(session, book, "write", path=f"{place}/data/penstock.db", content="")).action == "deny"
        assert judge(question(session, book, "shell", command="git status")).action == "allow"
        assert {*book.read_at} == {place / "project"}
        (tree / "out").symlink_to(place / "project")
        assert judge(question(session, book, "write", path="out/a.txt", content="")).action == "ask"
        shutil.rmtree(tree)
        with pytest.raises(ToolError, match="worktree is gone"):
            question(session, book, "write", path="new.txt", content="")
        assert judge(question(session, book, "todo", items=[])).action == "allow"


@pytest.mark.parametrize("kind", ["bubblewrap", "landlock"])
async def test_a_command_in_the_sandbox_commits_there_and_reaches_nothing_else(place: Path, kind: Any) -> None:
    main, data = place / "project", place / "data"
    sandbox = Sandbox(kind, hidden=(data,))
    await sandbox.ready()
    if not sandbox.works:
        pytest.skip(f"not confined here, {sandbox.name}")
    (main / ".git" / "hooks").mkdir(exist_ok=True)
    async with opened(place) as (workspace, _):
        session = await beside(workspace)
        tree = Path(session.state.cwd)

        def code(command: str) -> int:
            argv = sandbox.wrap(["/bin/sh", "-c", command], cwd=tree, root=Path(session.state.root), network=False)
            ran = subprocess.run(argv, cwd=tree, env=environment(), capture_output=True, timeout=30, check=False)
            return ran.returncode

        assert code("echo side > new.txt && git add -A && git commit -q -m 'From the side'") == 0
        assert git(tree, "log", "-1", "--format=%s") == "From the side"
        for command in (f"echo bad > {main}/a.txt", f"cat {data}/penstock.db", f"echo x > {data}/x"):
            assert code(command) != 0, command
        if kind == "bubblewrap":  # the other cannot take a part out of what is writable
            assert code(f"echo bad > {main}/.git/hooks/post-commit") != 0
            assert code(f"echo bad >> {main}/.git/config") != 0
        assert (main / "a.txt").read_text() == "one\ntwo\nthree\n"
        assert (await workspace.worktrees.merge(str(tree))).files == 1
    sandbox.close()


async def test_a_fork_and_a_sub_agent_work_in_the_same_worktree(place: Path) -> None:
    task = call("task", {"prompt": "Look", "title": "Look"})
    async with opened(place, [task], [text("Seen.")], [text("Done.")]) as (workspace, _):
        session = await beside(workspace)
        children: list[Session] = []
        workspace.opened = children.append
        session.submit("Go")
        async with asyncio.timeout(20):
            await session.rest()
        fork = await workspace.fork(session.id)
        assert children
        for other in (*children, fork):
            assert (other.state.cwd, other.state.root) == (session.state.cwd, session.state.root)
            assert other.state.workspace == str(place / "project")
