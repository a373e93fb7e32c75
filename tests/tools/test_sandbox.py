"""The sandbox against the real kernel: what a confined command can do, and what it cannot, by each kind."""

import asyncio
import os
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
import pytest_asyncio

from tests.scripts import eventually
from tests.tools.conftest import Bench
from tests.tools.test_child import is_gone
from tui.tools.base import Kit, ToolResult
from tui.tools.bounds import bounds, git_folder
from tui.tools.sandbox import Sandbox
from tui.tools.shell import ShellArgs, shell_tool

PYTHON = os.path.realpath(sys.executable)  # a virtual environment may lie in /tmp, which commands do not see
GIT = ("git", "-c", "user.name=me", "-c", "user.email=me@example.com")


@dataclass
class Cell:
    """A person's home with a project in it, and a sandbox. Not in the temporary folder, which commands do not see."""

    bench: Bench
    sandbox: Sandbox

    @property
    def home(self) -> Path:
        return self.bench.folder.parent

    @property
    def root(self) -> Path:
        return self.bench.folder

    async def shell(
        self, command: str, *, cwd: Path | None = None, network: bool = False, unconfined: bool = False
    ) -> ToolResult:
        ctx = replace(self.bench.ctx, cwd=cwd or self.root, kit=Kit(sandbox=self.sandbox))
        args = ShellArgs(command=command, timeout=50, network=network, unconfined=unconfined)
        return await shell_tool(args, ctx)

    async def says(self, command: str, *, network: bool = False, unconfined: bool = False) -> str:
        return (await self.shell(command, network=network, unconfined=unconfined)).text.rpartition("\n[")[0]


@pytest.fixture
def home(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    made = Path(os.path.realpath(tempfile.mkdtemp(prefix="penstock-home-", dir="/var/tmp")))
    monkeypatch.setenv("HOME", str(made))
    (made / "project").mkdir()
    yield made
    shutil.rmtree(made)


async def _works(sandbox: Sandbox) -> Sandbox:
    await sandbox.ready()
    if not sandbox.works:
        sandbox.close()
        pytest.skip(f"not confined here, {sandbox.name}")
    return sandbox


async def _cell(home: Path, sandbox: Sandbox) -> AsyncIterator[Cell]:
    cell = Cell(Bench(home / "project"), await _works(sandbox))
    yield cell
    await cell.bench.finish()
    sandbox.close()


@pytest_asyncio.fixture(params=["bubblewrap", "landlock"])
async def cell(request: pytest.FixtureRequest, home: Path) -> AsyncIterator[Cell]:
    async for made in _cell(home, Sandbox(request.param)):
        yield made


@pytest_asyncio.fixture
async def bubble(home: Path) -> AsyncIterator[Cell]:
    async for made in _cell(home, Sandbox("bubblewrap")):
        yield made


@pytest_asyncio.fixture
async def landlock(home: Path) -> AsyncIterator[Cell]:
    async for made in _cell(home, Sandbox("landlock")):
        yield made


def git(folder: Path, *words: str) -> str:
    return subprocess.run([*GIT, "-C", str(folder), *words], check=True, capture_output=True, text=True).stdout


def repository(folder: Path) -> Path:
    folder.mkdir(exist_ok=True)
    git(folder, "init", "-q", "-b", "main")
    (folder / ".git" / "hooks").mkdir(exist_ok=True)
    (folder / "file").write_text("one\n")
    git(folder, "add", "file")
    git(folder, "commit", "-q", "-m", "first")
    return folder


# --- files

SECRET = (
    ".ssh/id_ed25519", ".aws/credentials", ".config/gh/hosts.yml", ".netrc", ".docker/config.json",
    ".local/share/penstock/penstock.db", ".mozilla/firefox/logins.json", ".cargo/credentials.toml",
)  # fmt: skip


async def test_the_workspace_is_writable_and_folders_in_it_too(cell: Cell) -> None:
    told = await cell.says("mkdir -p a/b && echo hi > a/b/c && mv a/b/c d && cat d && rm d && ls")
    assert told == "hi\na"
    assert (cell.root / "a" / "b").is_dir()


async def test_nothing_outside_can_be_written_made_or_removed(cell: Cell) -> None:
    (cell.home / ".bashrc").write_text("mine\n")
    for command in ("echo x >> ~/.bashrc", "rm ~/.bashrc", "echo x > ~/new", "mkdir ~/new", "echo x > /etc/penstock-x",
                    "ln ~/.bashrc link && echo x >> link", "mv ~/.bashrc ."):  # fmt: skip
        assert (await cell.shell(command)).error, command
    assert (cell.home / ".bashrc").read_text() == "mine\n"
    assert sorted(path.name for path in cell.home.iterdir()) == [".bashrc", "project"]
    assert "penstock-x" not in os.listdir("/etc")


async def test_a_link_leads_nowhere_that_could_not_be_written_without_it(cell: Cell) -> None:
    (cell.home / "file").write_text("mine\n")
    (cell.root / "out").symlink_to(cell.home)
    assert (await cell.shell("echo x > out/file")).error
    assert (await cell.shell("echo x > out/new")).error
    assert (await cell.shell("ln -s ~/file made && echo x > made")).error
    assert (cell.home / "file").read_text() == "mine\n"
    assert not (cell.home / "new").exists()


async def test_children_of_children_are_confined_too(cell: Cell) -> None:
    code = f"import subprocess; print(subprocess.call(['sh', '-c', 'setsid sh -c \"echo x > {cell.home}/new\"']))"
    (cell.root / "code.py").write_text(code)
    assert (await cell.says(f"sh -c '{PYTHON} code.py' 2>/dev/null")) != "0"
    assert not (cell.home / "new").exists()


async def test_what_holds_secrets_cannot_be_read_and_what_stands_beside_it_can(cell: Cell) -> None:
    for name in SECRET:
        file = cell.home / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("the secret\n")
        assert "the secret" not in await cell.says(f"cat ~/{name}; cat {file}; cp ~/{name} . && cat {file.name}"), name
    (cell.home / ".config" / "other").write_text("not secret\n")
    (cell.home / ".docker" / "other").write_text("not secret\n")
    assert await cell.says("cat ~/.config/other ~/.docker/other") == "not secret\nnot secret"


async def test_a_secret_folder_that_is_a_link_is_hidden_where_it_leads(cell: Cell) -> None:
    (cell.home / "vault").mkdir()
    (cell.home / "vault" / "id").write_text("the secret\n")
    (cell.home / ".ssh").symlink_to(cell.home / "vault")
    assert "the secret" not in await cell.says("cat ~/.ssh/id ~/vault/id")


async def test_more_can_be_hidden_and_more_opened(cell: Cell) -> None:
    (cell.home / "diary").write_text("the secret\n")
    (cell.home / "cache").mkdir()
    sandbox = await _works(Sandbox(cell.sandbox.kind, hidden=[cell.home / "diary"], writable=[cell.home / "cache"]))
    told = await Cell(cell.bench, sandbox).says("cat ~/diary; echo kept > ~/cache/x")
    sandbox.close()
    assert "the secret" not in told
    assert (cell.home / "cache" / "x").read_text() == "kept\n"


async def test_the_temporary_folder_is_a_private_one(cell: Cell, tmp_path: Path) -> None:
    (tmp_path / "other").write_text("of another program\n")
    told = await cell.says(f'cat {tmp_path}/other; echo "$TMPDIR"; f=$(mktemp) && echo works > $f && cat $f')
    assert "of another program" not in told
    assert told.endswith("\nworks")


async def test_a_workspace_in_the_temporary_folder_works_too(cell: Cell, folder: Path, tmp_path: Path) -> None:
    (tmp_path / "beside").write_text("of another program\n")
    told = await Cell(Bench(folder), cell.sandbox).says("pwd; echo x > y; cat y ../../beside ../beside")
    assert told.startswith(f"{folder}\nx\n")
    assert "of another program" not in told
    assert (folder / "y").read_text() == "x\n"


# --- git


async def test_git_works_inside(cell: Cell) -> None:
    repository(cell.root)
    told = await cell.says(f"echo two >> file && git status --short && {' '.join(GIT)} commit -qam second && git log")
    assert told.startswith(" M file\n")
    assert git(cell.root, "log", "--format=%s").split() == ["second", "first"]


async def test_hooks_and_settings_of_git_cannot_be_changed_nor_the_folder_exchanged(bubble: Cell) -> None:
    git_of = repository(bubble.root) / ".git"
    before = (git_of / "config").read_text()
    for command in ("echo x > .git/hooks/pre-commit", "git config core.fsmonitor ./x", "mv .git/hooks away",
                    "mv .git away", "rm -rf .git", "rm .git/config", "mv .git/config away"):  # fmt: skip
        assert (await bubble.shell(command)).error, command
        assert (git_of / "config").read_text() == before
    assert not (git_of / "hooks" / "pre-commit").exists()


async def test_repositories_below_and_hooks_that_are_not_there_yet_are_guarded_too(bubble: Cell) -> None:
    repository(bubble.root)
    shutil.rmtree(bubble.root / ".git/hooks")
    (bubble.root / "a").mkdir()
    below = repository(bubble.root / "a/b") / ".git"
    for trick in ("mkdir -p .git/hooks && echo x > .git/hooks/pre-commit", "git -C a/b config a.b c",
                  "echo x > a/b/.git/hooks/pre-commit", "mv a/b/.git a/b/old"):  # fmt: skip
        assert (await bubble.shell(trick)).error, trick
    assert not os.listdir(bubble.root / ".git/hooks")
    assert "[a]" not in (below / "config").read_text()
    assert not (await bubble.shell(f"echo two > a/b/file && {' '.join(GIT)} -C a/b commit -qam second")).error


@pytest.mark.parametrize("end", ["", "; sleep 60"])
async def test_git_is_not_led_to_settings_that_a_command_made(cell: Cell, end: str) -> None:
    repository(cell.root)
    trap = cell.root / "trap"
    command = f"cp -r .git {trap} && git -C {trap} config core.fsmonitor ./x && echo ../trap > .git/commondir"
    led = asyncio.create_task(cell.shell(f"{command} && git config core.fsmonitor{end}"))
    if end:
        await eventually((cell.root / ".git/commondir").exists)
        led.cancel()
        await asyncio.wait([led])
    else:
        assert "./x" in (await led).text
    await eventually(lambda: not (cell.root / ".git/commondir").exists())
    assert "fsmonitor" not in git(cell.root, "config", "--list")


async def test_the_project_s_rules_are_guarded(bubble: Cell) -> None:
    rules = bubble.root / ".penstock.toml"
    rules.write_text("[policy]\n")
    for trick in ("rm .penstock.toml", "mv .penstock.toml x", "echo >> .penstock.toml", "cp /dev/null .penstock.toml"):
        assert (await bubble.shell(trick)).error, trick
    assert rules.read_text() == "[policy]\n"


async def test_the_person_s_terminal_is_neither_read_nor_written_to(cell: Cell) -> None:
    ours, theirs = os.openpty()
    name = os.ttyname(theirs)
    os.write(ours, b"typed\n")
    try:
        for trick in (f"head -c 1 {name}", f"echo x > {name}", "echo x > /dev/tty"):
            assert (await cell.shell(f"timeout 5 bash -c '{trick}'")).error, trick
        assert os.read(theirs, 10) == b"typed\n"
    finally:
        os.close(ours)
        os.close(theirs)


async def test_a_harmless_command_is_confined_as_well_and_how_far_is_said(cell: Cell) -> None:
    assert cell.sandbox.holds == ("whole" if cell.sandbox.name == "bubblewrap" else "partly")
    (cell.home / ".ssh").mkdir()
    (cell.home / ".ssh/id").write_text("secret")
    assert (await cell.shell("cat ../.ssh/id")).error


async def test_a_commit_in_a_linked_worktree_reaches_its_repository_but_not_the_hooks(cell: Cell) -> None:
    main = repository(cell.home / "main")
    tree = cell.root / "tree"
    git(main, "worktree", "add", "-q", str(tree), "-b", "side")
    for cwd in (tree, cell.root / "tree"):
        result = await cell.shell(f"echo {cwd} >> file && {' '.join(GIT)} commit -qam more", cwd=cwd)
        assert not result.error, result.text
    assert git(main, "log", "--format=%s", "side").split() == ["more", "more", "first"]
    assert (await cell.shell("echo x >> ../../main/file", cwd=tree)).error
    if cell.sandbox.name == "bubblewrap":
        assert (await cell.shell("echo x > ../../main/.git/hooks/pre-commit", cwd=tree)).error


async def test_a_git_file_that_was_made_up_opens_nothing(cell: Cell) -> None:
    for made_up in ("gitdir: ..", f"gitdir: {cell.home}", "gitdir: ../evil/worktrees/x", "gitdir: /", "nonsense"):
        evil = cell.root / "evil" / "worktrees" / "x"
        evil.mkdir(parents=True, exist_ok=True)
        (evil / "gitdir").write_text(f"{cell.root}/.git\n")
        (evil / "commondir").write_text(f"{cell.home}\n")
        (cell.root / ".git").write_text(made_up)
        assert (await cell.shell("echo x > ../new")).error, made_up
    (cell.root / ".git").unlink()
    (cell.root / ".git").symlink_to(cell.home)
    assert (await cell.shell("echo x > ../new")).error
    assert not (cell.home / "new").exists()


def test_the_git_folder_of_a_submodule_is_its_own(home: Path) -> None:
    inner, outer = repository(home / "inner"), repository(home / "outer")
    git(outer, "-c", "protocol.file.allow=always", "submodule", "add", "-q", str(inner), "sub")
    assert git_folder(outer / "sub") == outer / ".git" / "modules" / "sub"
    allowed = bounds(outer, outer)
    assert outer / ".git" / "modules" / "sub" / "config" in allowed.guarded
    assert allowed.writable == (outer, outer / ".git")


# --- the network, and other programs


@pytest.fixture
def server() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield listening.getsockname()[1]


CONNECT = "import socket,sys; socket.create_connection(('127.0.0.1', int(sys.argv[1])), 5); print('reached')"


async def test_there_is_no_network_unless_the_call_was_allowed_it(cell: Cell, server: int) -> None:
    command = f'{PYTHON} -c "{CONNECT}" {server}'
    assert "reached" not in await cell.says(command)
    assert await cell.says(command, network=True) == "reached"
    assert await cell.says(command, unconfined=True) == "reached"


async def test_config_can_open_the_network_for_all(cell: Cell, server: int) -> None:
    sandbox = await _works(Sandbox(cell.sandbox.kind, network=True))
    assert await Cell(cell.bench, sandbox).says(f'{PYTHON} -c "{CONNECT}" {server}') == "reached"
    sandbox.close()


async def test_datagrams_do_not_get_out_either(cell: Cell) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as listening:
        listening.bind(("127.0.0.1", 0))
        listening.setblocking(False)
        code = "import socket,sys; socket.socket(2, 2).sendto(b'x', ('127.0.0.1', int(sys.argv[1]))); print('sent')"
        command = f'{PYTHON} -c "{code}" {listening.getsockname()[1]}'
        await cell.shell(command)
        with pytest.raises(BlockingIOError):
            listening.recv(10)
        await cell.shell(command, network=True)
        assert listening.recv(10) == b"x"


@pytest.mark.parametrize("network", [False, True])
async def test_the_sockets_of_other_programs_are_out_of_reach(cell: Cell, tmp_path: Path, network: bool) -> None:
    place = tmp_path / "agent"
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(place))
        listening.listen()
        code = "import socket,sys; socket.socket(1).connect(sys.argv[1]); print('reached')"
        command = f'{PYTHON} -c "{code}" {place}'
        assert "reached" not in await cell.says(command, network=network)
        assert await cell.says(command, unconfined=True) == "reached"


@pytest.fixture
def other() -> Iterator[subprocess.Popen[bytes]]:
    with subprocess.Popen(["sleep", "600"], env={"MINE": "the secret"}) as started:
        yield started
        started.kill()


async def test_other_programs_cannot_be_signalled_nor_their_environment_read(
    cell: Cell, other: subprocess.Popen[bytes]
) -> None:
    told = await cell.says(f"cat /proc/{other.pid}/environ; kill -9 {other.pid} || echo refused")
    assert "the secret" not in told
    assert told.endswith("refused")
    assert other.poll() is None


async def test_no_program_gains_rights(cell: Cell) -> None:
    assert await cell.says("grep NoNewPrivs /proc/self/status | tr -d '\\t '") == "NoNewPrivs:1"


# --- as a call


@pytest.mark.skipif(Path(sys.prefix).is_relative_to("/tmp"), reason="commands do not see this Python's folder")
async def test_programs_find_what_they_need(cell: Cell) -> None:
    (cell.root / "test_it.py").write_text("def test_it(tmp_path):\n    (tmp_path / 'x').write_text('x')\n")
    told = await cell.says(f"{sys.executable} -m pytest -q -p no:cacheprovider test_it.py 2>&1 | tail -n 1")
    assert told.startswith("1 passed"), told
    assert await cell.says("echo a | sort > /dev/null && head -c 2 /dev/urandom | wc -c | tr -d ' '") == "2"


async def test_output_and_exit_codes_come_through(cell: Cell) -> None:
    result = await cell.shell("echo one; echo two >&2; exit 3")
    assert (result.text, result.error) == ("one\ntwo\n[exit code 3]", True)
    assert "".join(cell.bench.shown) == "one\ntwo\n"


def _running(mark: str) -> list[int]:
    """Processes, of any namespace, that were told to sleep for this many seconds."""
    told = subprocess.run(["pgrep", "-f", f"^sleep {mark}$"], capture_output=True, text=True, check=False).stdout
    return [int(word) for word in told.split()]


async def test_interrupting_ends_all_that_a_confined_command_started(cell: Cell) -> None:
    mark = f"600.{os.getpid()}{cell.sandbox.kind == 'landlock':d}"
    command = f"trap '' TERM; sh -c 'sleep {mark} & sleep {mark}' & sleep {mark}; wait"
    running = asyncio.ensure_future(cell.shell(command))
    await eventually(lambda: len(_running(mark)) == 3)
    pids = _running(mark)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    await cell.bench.finish()
    await eventually(lambda: all(is_gone(pid) for pid in pids))


async def test_what_a_confined_command_left_running_is_ended_with_it(cell: Cell) -> None:
    mark = f"601.{os.getpid()}{cell.sandbox.kind == 'landlock':d}"
    assert await cell.says(f"sleep {mark} > /dev/null 2>&1 & echo done") == "done"
    await cell.bench.finish()
    await eventually(lambda: not _running(mark))


async def test_a_call_outside_the_sandbox_is_not_confined(cell: Cell) -> None:
    assert not (await cell.shell("echo x > ~/new", unconfined=True)).error
    assert (cell.home / "new").read_text() == "x\n"


# --- which one


async def test_the_best_that_works_is_taken_and_named() -> None:
    sandbox = Sandbox()
    assert (sandbox.name, sandbox.works) == ("", False)
    await sandbox.ready()
    assert sandbox.name.partition(":")[0] in ("bubblewrap", "landlock", "none")
    assert sandbox.works == (not sandbox.name.startswith("none"))
    sandbox.close()


async def test_without_bubblewrap_landlock_is_taken_and_why_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    await _works(Sandbox("landlock"))
    monkeypatch.setenv("PATH", "")
    sandbox = Sandbox()
    await sandbox.ready()
    assert (sandbox.name, sandbox.why) == ("landlock", "bubblewrap (bwrap) is not installed")
    sandbox.close()


async def test_one_that_runs_and_confines_nothing_is_not_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    for code, why in (
        ('while [ "$1" != -- ]; do shift; done; shift; exec "$@"', "lets everything be written here"),
        ("echo no namespaces >&2; exit 1", "does not work here (no namespaces)"),
        ("exit 3", "does not work here (exit code 3)"),
    ):
        (tmp_path / "bwrap").write_text(f"#!/bin/sh\n{code}\n")
        (tmp_path / "bwrap").chmod(0o755)
        assert (await Sandbox("bubblewrap").ready()).name == f"none: bubblewrap {why}"


async def test_turned_off_a_command_runs_as_it_is(home: Path) -> None:
    sandbox = await Sandbox("none").ready()
    assert sandbox.name == "none: turned off in config.toml"
    argv = sandbox.wrap(["true"], cwd=home, root=home, network=False)
    assert argv == ["true"]


async def test_a_launcher_that_cannot_confine_runs_nothing(landlock: Cell) -> None:
    argv = landlock.sandbox.wrap(["/bin/echo", "ran"], cwd=landlock.root, root=landlock.root, network=False)
    launcher = argv[: argv.index("--write")]
    code = f"import runpy, sys; sys.argv = {argv[3:]!r}; import platform; platform.machine = lambda: 'abacus'; "
    code += f"runpy.run_path({argv[3]!r}, run_name='__main__')"
    run = await asyncio.to_thread(
        subprocess.run, [launcher[0], "-c", code], capture_output=True, text=True, check=False
    )
    assert (run.returncode, run.stdout) == (125, "")
    assert "abacus" in run.stderr


def test_start_files_are_guarded_where_the_home_folder_is_the_workspace(home: Path) -> None:
    (home / ".bashrc").write_text("mine\n")
    assert home / ".bashrc" in bounds(home, home).guarded
    assert home / ".bashrc" not in bounds(home / "project", home / "project").guarded


def test_a_secret_inside_the_workspace_is_hidden_and_the_workspace_itself_never(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (home / ".ssh").mkdir()
    (home / "project" / ".keys").mkdir()
    allowed = bounds(home, home, hidden=[home, home / "project" / ".keys", home / ".ssh" / "id"])
    assert allowed.hidden == (home / ".ssh", home / "project" / ".keys")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(home / "settings"))
    (home / "settings" / "gh").mkdir(parents=True)
    assert home / "settings" / "gh" in bounds(home / "project", home / "project").hidden


async def test_a_workspace_below_a_hidden_folder_is_seen_and_the_rest_of_it_is_not(cell: Cell) -> None:
    (cell.home / ".aws" / "work").mkdir(parents=True)
    (cell.home / ".aws" / "credentials").write_text("the secret\n")
    inner = Cell(Bench(cell.home / ".aws" / "work"), cell.sandbox)
    assert await inner.says("echo x > y; cat y; cat ../credentials 2>/dev/null") == "x"
