"""The one door to other processes: nothing of ours gets out through it, and nothing stays behind it."""

import asyncio
import os
import sys
from pathlib import Path

import psutil
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.scripts import eventually
from tests.tools.conftest import Bench
from tui.ends import Ends
from tui.tools import child
from tui.tools.child import ALLOWED, KEPT, Finished, environment, run_child

SECRETS = (
    "ANTHROPIC_API_KEY", "OPENAI_API_KEY", "AWS_SECRET_ACCESS_KEY", "SSH_AUTH_SOCK", "GITHUB_TOKEN", "MINE",
    "PYTHONPATH", "BASH_ENV", "DBUS_SESSION_BUS_ADDRESS", "LD_LIBRARY_PATH",
)  # fmt: skip
STUBBORN = (
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('ready', flush=True); time.sleep(600)"
)


async def bash(bench: Bench, command: str, *, keep: int = KEPT) -> Finished:
    return await run_child(["/bin/sh", "-c", command], bench.ctx, show=bench.shown.append, keep=keep)


def pid_in(file: Path) -> int:
    """The process id that a script wrote into a file, 0 before it did."""
    text = file.read_text() if file.exists() else ""
    return int(text) if text.endswith("\n") else 0


def is_gone(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


# --- what goes in


async def test_a_child_gets_only_the_variables_of_the_list(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in SECRETS:
        monkeypatch.setenv(name, "sk-secret-")
    monkeypatch.setenv("LANG", "C.UTF-8")
    done = await run_child([sys.executable, "-c", "import os; print(*os.environ.items(), sep='\\n')"], bench.ctx)
    names = {line.split("'")[1] for line in done.text.splitlines()}
    assert names <= {*ALLOWED, "PAGER", "GIT_PAGER", "GIT_TERMINAL_PROMPT", "NO_COLOR"}
    assert {"PATH", "HOME", "LANG"} <= names
    assert "secret" not in done.text


def test_no_name_on_the_list_is_one_of_a_key() -> None:
    words = ("KEY", "TOKEN", "SECRET", "PASS", "AUTH", "CREDENTIAL", "PROXY", "SOCK", "PRELOAD")
    assert [name for name in ALLOWED if any(word in name for word in words)] == []
    assert set(environment()) <= {*ALLOWED, "PAGER", "GIT_PAGER", "GIT_TERMINAL_PROMPT", "NO_COLOR"}


async def test_nothing_can_be_typed_into_a_child_and_no_terminal_is_its_own(bench: Bench) -> None:
    done = await bash(bench, "cat; echo read $?; (: < /dev/tty) 2>/dev/null || echo no terminal")
    assert done.text == "read 0\nno terminal\n"


@pytest.mark.skipif(not os.path.isdir("/proc/self/fd"), reason="no /proc here")
async def test_no_file_that_we_hold_open_is_handed_on(bench: Bench, tmp_path: Path) -> None:
    with (tmp_path / "secret").open("w") as held:
        os.set_inheritable(held.fileno(), True)
        done = await bash(bench, "ls -l /proc/self/fd")
    assert "secret" not in done.text
    assert "pipe:" in done.text


async def test_a_child_leads_a_group_and_a_session_of_its_own(bench: Bench) -> None:
    code = "import os; print(os.getpid() == os.getpgid(0) == os.getsid(0), os.getpgid(os.getppid()) != os.getpgid(0))"
    assert (await run_child([sys.executable, "-c", code], bench.ctx)).text == "True True\n"


async def test_a_child_works_in_the_folder_that_it_was_given(bench: Bench) -> None:
    assert (await bash(bench, "pwd")).text == f"{bench.folder}\n"
    done = await run_child(["/bin/sh", "-c", "pwd"], bench.ctx, cwd=bench.folder.parent)
    assert done.text == f"{bench.folder.parent}\n"


@pytest.mark.parametrize("argv", [["/no/such/program"], ["/"], ["/bin/sh", "-c", "x" * 3_000_000]])
async def test_what_cannot_be_started_leaves_no_pipe_open(bench: Bench, argv: list[str]) -> None:
    await bash(bench, "true")  # what asyncio opens for its first child stays open
    before = psutil.Process().num_fds()
    for _ in range(3):
        with pytest.raises(OSError):
            await run_child(argv, bench.ctx)
    await eventually(lambda: psutil.Process().num_fds() <= before)


# --- what comes out


async def test_output_is_shown_as_it_comes(bench: Bench) -> None:
    gate = bench.folder / "gate"
    running = asyncio.ensure_future(bash(bench, f"echo first; until [ -e {gate} ]; do sleep 0.01; done; echo last >&2"))
    await eventually(lambda: bench.shown == ["first\n"])
    assert not running.done()
    gate.touch()
    assert await running == Finished(code=0, text="first\nlast\n", cut=0)
    assert "".join(bench.shown) == "first\nlast\n"


@pytest.mark.parametrize(("command", "code"), [("exit 3", 3), ("exit 255", 255), ("kill -9 $$", -9), ("true", 0)])
async def test_how_a_child_ended_is_told(bench: Bench, command: str, code: int) -> None:
    assert (await bash(bench, command)).code == code


async def test_output_without_end_is_kept_at_both_ends_and_the_rest_is_counted(bench: Bench) -> None:
    done = await bash(bench, "echo HEAD; head -c 20000000 /dev/zero; echo TAIL", keep=1000)
    assert done.text.startswith("HEAD\n\0\0")
    assert done.text.endswith("\0\0TAIL\n")
    assert len(done.text) < 2100
    assert done.cut == 20_000_010 - 2000
    assert f"[... {done.cut:,} characters left out ...]" in done.text


async def test_binary_output_becomes_text_and_no_character_is_torn_in_two(bench: Bench) -> None:
    assert (await bash(bench, r"printf '\377\000a\303'")).text == "\ufffd\0a\ufffd"
    code = "import sys\nfor byte in '日本🦊'.encode():\n    sys.stdout.buffer.write(bytes([byte])); sys.stdout.flush()"
    assert (await run_child([sys.executable, "-c", code], bench.ctx)).text == "日本🦊"


async def test_random_bytes_do_no_harm(bench: Bench) -> None:
    done = await bash(bench, "head -c 3000000 /dev/urandom")
    assert (done.code, len(done.text) < 2 * KEPT + 100) == (0, True)


@given(st.lists(st.text(alphabet="abc\n", max_size=9)), st.integers(1, 12))
def test_the_ends_of_a_text_are_its_own_however_it_came_in_pieces(pieces: list[str], keep: int) -> None:
    ends, whole = Ends(keep), "".join(pieces)
    for piece in pieces:
        ends.add(piece)
    if len(whole) <= 2 * keep:
        assert (ends.text, ends.cut) == (whole, 0)
    else:
        assert ends.cut == len(whole) - 2 * keep
        assert ends.text.startswith(whole[:keep])
        assert ends.text.endswith(whole[-keep:])


# --- the end


async def test_cancelling_ends_the_child_and_the_children_of_its_children(bench: Bench) -> None:
    inner = bench.folder / "inner"
    running = asyncio.ensure_future(bash(bench, f"sh -c 'sleep 600 & echo $! > {inner}; wait' & wait"))
    await eventually(lambda: pid_in(inner))
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    await bench.finish()
    await eventually(lambda: is_gone(pid_in(inner)))


async def test_who_does_not_listen_to_sigterm_is_killed_after_the_grace(bench: Bench) -> None:
    inner = bench.folder / "inner"
    stubborn = f'{sys.executable} -c "{STUBBORN}" & echo $! > {inner}; wait'
    running = asyncio.ensure_future(bash(bench, f"trap '' TERM; {stubborn}"))
    await eventually(lambda: pid_in(inner) and "ready" in "".join(bench.shown))
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert not is_gone(pid_in(inner)), "nobody was kept waiting until it went"
    await bench.finish()
    await eventually(lambda: is_gone(pid_in(inner)))


async def test_a_grandchild_that_holds_the_pipe_keeps_nobody_waiting_and_is_ended(bench: Bench) -> None:
    inner = bench.folder / "inner"
    async with asyncio.timeout(20):
        done = await bash(bench, f"sleep 600 & echo $! > {inner}; sleep 0.1; echo done")
    assert done == Finished(code=0, text="done\n", cut=0)
    await bench.finish()
    await eventually(lambda: is_gone(pid_in(inner)))


async def test_a_grandchild_that_let_go_of_the_pipe_is_not_left_behind_either(bench: Bench) -> None:
    inner = bench.folder / "inner"
    await bash(bench, f"sleep 600 > /dev/null 2>&1 & echo $! > {inner}")
    await bench.finish()
    await eventually(lambda: is_gone(pid_in(inner)))


async def test_a_grandchild_that_never_stops_writing_is_cut_off(bench: Bench) -> None:
    async with asyncio.timeout(20):
        done = await bash(bench, "yes & echo $! > inner")
    assert done.code == 0
    assert done.text.startswith("y\ny\n")
    await bench.finish()
    await eventually(lambda: is_gone(pid_in(bench.folder / "inner")))


async def test_the_last_word_of_a_grandchild_is_still_heard(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(child, "LINGER", 30)
    assert (await bash(bench, "(sleep 0.1; echo late) & echo early")).text == "early\nlate\n"


async def test_a_fault_while_showing_ends_the_child_too(bench: Bench) -> None:
    def show(_: str) -> None:
        raise RuntimeError("the screen is gone")

    with pytest.raises(BaseExceptionGroup):
        await run_child(["/bin/sh", "-c", "echo $$ > pid; echo x; sleep 600"], bench.ctx, show=show)
    await bench.finish()
    await eventually(lambda: is_gone(pid_in(bench.folder / "pid")))


async def test_many_children_leave_no_file_open(bench: Bench) -> None:
    await bash(bench, "true")
    before = psutil.Process().num_fds()
    await asyncio.gather(*(bash(bench, "echo x; echo y >&2") for _ in range(20)))
    await eventually(lambda: psutil.Process().num_fds() <= before)
