"""Jobs and long output, with real programs: what goes on, what is read, and that nothing is left behind."""

import asyncio
import sys
from pathlib import Path

import pytest

from tests.scripts import eventually
from tests.tools.conftest import Bench
from tests.tools.test_child import is_gone, pid_in
from tui.engine.calls import jobs as room
from tui.errors import StoreError, ToolError
from tui.events import JobEnded, JobStarted
from tui.tools.jobs import MOST, JobKillArgs, JobOutputArgs, job_kill_tool, job_output_tool
from tui.tools.shell import NOT_TEXT, ShellArgs, shell_tool

needs_proc = pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="no /proc here")


async def start(bench: Bench, command: str) -> str:
    """Start a job; its id."""
    told = await shell_tool(ShellArgs(command=command, background=True), bench.ctx)
    started = bench.events[-1]
    assert isinstance(started, JobStarted)
    assert (started.call_id, started.command) == ("call", command)
    assert started.job_id in told.text
    return started.job_id


async def read(bench: Bench, name: str, offset: int = 0, limit: int = 500) -> str:
    return (await job_output_tool(JobOutputArgs(id=name, offset=offset, limit=limit), bench.ctx)).text


async def ended(bench: Bench) -> JobEnded:
    await eventually(lambda: isinstance(bench.events[-1], JobEnded), within=20)
    event = bench.events[-1]
    assert isinstance(event, JobEnded)
    return event


# --- jobs


async def test_a_job_goes_on_after_its_call_and_its_end_is_written_down(bench: Bench) -> None:
    job = await start(bench, "echo begun; until [ -e gate ]; do sleep 0.01; done; echo done; exit 3")
    assert bench.jobs.running
    (bench.folder / "gate").touch()
    event = await ended(bench)
    assert (event.job_id, event.code, event.text, event.pieces) == (job, 3, "begun\ndone\n", ())
    assert not bench.jobs.running


async def test_job_output_gives_what_is_new_and_the_state(bench: Bench) -> None:
    job = await start(bench, "echo one; until [ -e gate ]; do sleep 0.01; done; echo two; echo three")
    await eventually(lambda: bench.jobs.output(job).rest == "one\n")
    first = await read(bench, job)
    assert first.startswith("one\n[") and "running for" in first and "lines 1 to 1" in first
    assert "nothing new" in await read(bench, job)
    (bench.folder / "gate").touch()
    await ended(bench)
    second = await read(bench, job)
    assert second.startswith("two\nthree\n[") and "exit code 0 after" in second
    assert (await read(bench, job, offset=1)).startswith("one\ntwo\nthree\n[")


async def test_a_line_without_an_end_is_given_and_given_again_when_it_has_grown(bench: Bench) -> None:
    job = await start(bench, "printf 50%%; until [ -e gate ]; do sleep 0.01; done; printf ' 100%%\\n'")
    await eventually(lambda: bench.jobs.output(job).rest == "50%")
    assert (await read(bench, job)).startswith("50%\n[")
    (bench.folder / "gate").touch()
    await ended(bench)
    assert (await read(bench, job)).startswith("50% 100%\n[")


async def test_job_kill_ends_the_job_and_all_that_it_started(bench: Bench) -> None:
    job = await start(bench, "sleep 600 & echo $! > inner; wait")
    await eventually(lambda: pid_in(bench.folder / "inner"))
    told = await job_kill_tool(JobKillArgs(id=job), bench.ctx)
    assert f"{job}: ended by signal 15" in told.text
    assert (await ended(bench)).code == -15
    await eventually(lambda: is_gone(pid_in(bench.folder / "inner")))
    assert "ended by signal 15" in (await job_kill_tool(JobKillArgs(id=job), bench.ctx)).text, "twice does no harm"


async def test_a_job_without_manners_is_killed(bench: Bench) -> None:
    job = await start(bench, "trap '' TERM; echo ready; while :; do sleep 0.05; done")
    await eventually(lambda: bench.jobs.output(job).rest == "ready\n")
    assert "ended by signal 9" in (await job_kill_tool(JobKillArgs(id=job), bench.ctx)).text


async def test_closing_ends_jobs_and_one_that_starts_meanwhile(bench: Bench) -> None:
    await start(bench, "sleep 600")
    bench.jobs.stop()
    await bench.jobs.rest()
    assert (await ended(bench)).code == -15
    await start(bench, "sleep 600")
    await bench.jobs.rest()
    assert (await ended(bench)).code == -15


async def test_there_is_a_most_of_jobs(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "MOST_JOBS", 2)
    await start(bench, "sleep 600")
    await start(bench, "sleep 600")
    with pytest.raises(ToolError, match="2 jobs run already"):
        await start(bench, "sleep 600")


async def test_what_is_not_there_is_refused_with_a_sentence(bench: Bench) -> None:
    with pytest.raises(ToolError, match="No job and no earlier call has the id 'job_x'"):
        await read(bench, "job_x")
    with pytest.raises(ToolError, match="There is no job 'call'"):
        await job_kill_tool(JobKillArgs(id="call"), bench.ctx)
    with pytest.raises(ToolError, match="cannot be started"):
        await start(bench, f": {'x' * 3_000_000}")
    assert not bench.jobs.running


async def test_a_job_that_fails_to_keep_its_output_is_ended(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    async def keep(data: bytes) -> str:
        raise StoreError("The disk is full.")

    monkeypatch.setattr(bench.blobs, "keep", keep)
    await start(bench, "yes")
    assert (await ended(bench)).code is None


# --- output that is too long


async def test_a_hundred_megabytes_are_kept_whole_and_read_on_by_lines(bench: Bench) -> None:
    result = await shell_tool(ShellArgs(command="seq 1 13000000; echo END"), bench.ctx)
    assert sum(piece.size for piece in result.pieces) > 100_000_000
    assert sum(piece.lines for piece in result.pieces) == 13_000_001
    assert result.text.startswith("1\n2\n") and result.text.endswith("END\n[exit code 0]")
    assert len(result.text) < 61_000
    assert "job_output with id 'call'" in result.text
    assert len("".join(bench.shown)) > 100_000_000, "the screen bounds it, not the tool"
    await eventually(lambda: all(work.done() for work in bench.left))


async def test_pages_of_a_job_are_its_lines_wherever_the_pieces_were_cut(bench: Bench) -> None:
    job = await start(bench, "seq 1 400000")
    event = await ended(bench)
    assert len(event.pieces) > 2
    assert event.text.startswith("1\n2\n") and event.text.endswith("400000\n")
    for offset in (1, 2, 777, 200_000, 399_999, 400_000, *at_the_cuts(event)):
        lines = (await read(bench, job, offset=offset, limit=3)).splitlines()
        assert lines[:-1] == [str(number) for number in range(offset, min(offset + 3, 400_001))]
    assert "there are only 400,000 lines" in await read(bench, job, offset=400_001)
    page = await read(bench, job, offset=1, limit=10_000)
    assert f"lines 1 to {page.count(chr(10))}, and there are more" in page or "lines 1 to 10000" in page
    assert len(page) < MOST + 200


def at_the_cuts(event: JobEnded) -> list[int]:
    """The lines that stand in two pieces, and those beside them."""
    found, lines = [], 0
    for piece in event.pieces:
        lines += piece.lines
        found += [lines - 1, lines, lines + 1, lines + 2]
    return found[:-4]


async def test_one_endless_line_is_cut_and_said_so(bench: Bench) -> None:
    job = await start(bench, "head -c 3000000 /dev/zero | tr '\\0' x; echo; echo after")
    await ended(bench)
    page = await read(bench, job)
    assert page.startswith("x" * 2000 + "\nafter\n[")
    assert "1 lines are longer than 2,000 characters and cut" in page


async def test_binary_output_is_said_to_be_no_text(bench: Bench) -> None:
    for command in (r"printf '\377\376 x'", r"printf 'a\000b'", "head -c 100000 /dev/urandom"):
        result = await shell_tool(ShellArgs(command=command), bench.ctx)
        assert NOT_TEXT in result.text
        assert "\0" not in result.text
    bench.shown.clear()
    for command in ("echo 日本", "printf '\\357\\277\\275'"):
        assert NOT_TEXT not in (await shell_tool(ShellArgs(command=command), bench.ctx)).text


# --- what gets away


@needs_proc
@pytest.mark.parametrize("how", ["setsid", "double fork"])
async def test_what_left_the_group_is_ended_with_the_command(bench: Bench, how: str) -> None:
    inner = bench.folder / "inner"
    daemon = (
        "import os, sys, time\n"
        "if os.fork(): os._exit(0)\n"
        "os.setsid()\n"
        "if os.fork(): os._exit(0)\n"
        "open('inner', 'w').write(f'{os.getpid()}\\n')\n"
        "os.closerange(0, 3); time.sleep(600)\n"
    )
    command = {
        "setsid": f"setsid sh -c 'echo $$ > {inner}; exec sleep 600' > /dev/null 2>&1 & until [ -s inner ]; do :; done",
        "double fork": f'{sys.executable} -c "$(cat daemon.py)"; until [ -s inner ]; do :; done',
    }[how]
    (bench.folder / "daemon.py").write_text(daemon)
    await shell_tool(ShellArgs(command=command), bench.ctx)
    await eventually(lambda: is_gone(pid_in(inner)))


@needs_proc
async def test_what_left_the_group_of_a_command_that_is_stopped_is_ended_too(bench: Bench) -> None:
    inner = bench.folder / "inner"
    command = f"setsid sh -c 'echo $$ > {inner}; exec sleep 600' > /dev/null 2>&1 & sleep 600"
    running = asyncio.ensure_future(shell_tool(ShellArgs(command=command), bench.ctx))
    await eventually(lambda: pid_in(inner))
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    await eventually(lambda: is_gone(pid_in(inner)))


@needs_proc
async def test_a_job_lives_on_while_other_commands_end(bench: Bench) -> None:
    job = await start(bench, "setsid sh -c 'echo $$ > inner; exec sleep 600' & wait")
    await eventually(lambda: pid_in(bench.folder / "inner"))
    await shell_tool(ShellArgs(command="true"), bench.ctx)
    await asyncio.gather(*bench.left)
    assert bench.jobs.running
    assert not is_gone(pid_in(bench.folder / "inner"))
    await job_kill_tool(JobKillArgs(id=job), bench.ctx)
    await eventually(lambda: is_gone(pid_in(bench.folder / "inner")))
