"""The one door to other processes.

A child runs in a process group of its own, with standard input closed, an environment of allowed names only, and
output through one pipe that is read as it comes. Ending it ends the group: SIGTERM at once, SIGKILL
``GRACE`` seconds later, by work that outlives a cancelled call. So does its own end: what it left running in its
group is ended too, what left the group is looked for (see ``tui.tools.strays``), and a grandchild that keeps the pipe
open does not keep anybody waiting.
"""

import asyncio
import os
import signal
import subprocess
from codecs import getincrementaldecoder
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from pathlib import Path

from tui.ends import Ends
from tui.tools.base import ToolContext
from tui.tools.strays import MARK, end_strays
from tui.value import value

GRACE = 0.2
"""Seconds between SIGTERM and SIGKILL."""
LINGER = 0.5
"""Seconds that output may still come after the child itself has ended."""
LAST_BYTES = 4 << 20
"""Bytes of output that are read after its end: more than any pipe holds, for who never stops writing."""
CHUNK = 1 << 16
KEPT = 30_000
"""Characters of output that are kept at each end."""
ALLOWED = (
    "PATH", "HOME", "USER", "LOGNAME", "SHELL", "TERM", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "TMPDIR", "PWD",
    "VIRTUAL_ENV", "CONDA_PREFIX", "PYENV_ROOT", "CARGO_HOME", "RUSTUP_HOME", "GOPATH", "GOROOT", "JAVA_HOME",
    "NVM_DIR", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME",
)  # fmt: skip
"""The variables that a child gets. Never among them: keys."""


@value
class Finished:
    """``code`` is negative for a signal. ``text`` is head and tail of the output, ``cut`` the characters between."""

    code: int
    text: str
    cut: int


def environment() -> dict[str, str]:
    """What a child sees of ours."""
    kept = {name: os.environ[name] for name in ALLOWED if name in os.environ}
    return {**kept, "PAGER": "cat", "GIT_PAGER": "cat", "GIT_TERMINAL_PROMPT": "0", "NO_COLOR": "1"}


async def run_child(
    argv: Sequence[str],
    ctx: ToolContext,
    *,
    cwd: Path | None = None,
    show: Callable[[str], None] | None = None,
    keep: int = KEPT,
) -> Finished:
    """Run a program to its end, with head and tail of its output. Cancelling it ends the whole group.

    Raises:
        OSError: it cannot be started.
    """
    ends = Ends(keep)

    async def add(text: str) -> None:
        ends.add(text)
        if show is not None:
            show(text)

    child = await start_child(argv, ctx, cwd=cwd)
    return Finished(code=await child.to_the_end(add), text=ends.text, cut=ends.cut)


async def start_child(
    argv: Sequence[str],
    ctx: ToolContext,
    *,
    cwd: Path | None = None,
    mark: str = "",
    after: Callable[[], None] | None = None,
) -> "Child":
    """Start a program; ``to_the_end`` must be awaited then.

    Args:
        mark: see ``tui.tools.strays``.
        after: with a mark, what is done, in a thread, when all that it started has ended.

    Raises:
        OSError: it cannot be started.
    """
    output, transport, write_end = await _pipe()
    env = {**environment(), MARK: mark} if mark else environment()
    started: asyncio.Future[asyncio.subprocess.Process] = asyncio.get_running_loop().create_future()
    ctx.background(_start(started, argv, cwd or ctx.cwd, env, write_end))
    try:
        process = await started
    except BaseException:
        transport.close()
        if started.done() and not started.cancelled() and started.exception() is None:
            ctx.background(_end_group(started.result()))  # it was there just as the call was cancelled
        raise
    return Child(process, output, transport, ctx, mark, after)


async def _start(
    started: asyncio.Future[asyncio.subprocess.Process],
    argv: Sequence[str],
    cwd: Path,
    env: dict[str, str],
    write_end: int,
) -> None:
    """Start a program for ``started``; end it where nobody waits for that any more.

    In the background: asyncio, cancelled while it starts a program, ends that one alone and not its group.
    """
    try:
        process = await asyncio.create_subprocess_exec(
            *argv, cwd=cwd, env=env, stdin=subprocess.DEVNULL, stdout=write_end, stderr=write_end,
            start_new_session=True,
        )  # fmt: skip
    except (OSError, ValueError, subprocess.SubprocessError) as error:
        if not started.cancelled():
            started.set_exception(error)
        return
    finally:
        os.close(write_end)
    if started.cancelled():
        await _end_group(process)
    else:
        started.set_result(process)


class Child:
    """A program that was started."""

    def __init__(
        self,
        process: asyncio.subprocess.Process,
        output: asyncio.StreamReader,
        transport: asyncio.BaseTransport,
        ctx: ToolContext,
        mark: str,
        after: Callable[[], None] | None = None,
    ) -> None:
        self._process = process
        self._output = output
        self._transport = transport
        self._ctx = ctx
        self._mark = mark
        self._after = after
        self._read = 0
        self._taking = False
        self.is_text = True
        """Whether all of its output so far was UTF-8 text."""

    async def to_the_end(self, add: Callable[[str], Awaitable[None]]) -> int:
        """See ``tui.tools.base.Program``. Cancelling it ends the whole group."""
        process = self._process
        try:
            async with asyncio.TaskGroup() as group:
                reading = group.create_task(self._pass_on(add))
                await process.wait()
                await self._linger(reading)
                reading.cancel()
        except BaseException:
            self._ctx.background(self.stop())
            _signal(process.pid, signal.SIGTERM)
            raise
        finally:
            self._transport.close()
        if self._mark or _signal(process.pid, 0):  # grandchildren: no call leaves a process behind
            self._ctx.background(self.stop())
        return process.returncode if process.returncode is not None else -1

    async def stop(self) -> None:
        """See ``tui.tools.base.Program``."""
        await _end_group(self._process)
        if self._mark and await self._ctx.bridge.run(end_strays, self._mark, signal.SIGTERM):
            await asyncio.sleep(GRACE)
            await self._ctx.bridge.run(end_strays, self._mark, signal.SIGKILL)
        if self._after is not None:
            await self._ctx.bridge.run(self._after)

    async def _pass_on(self, add: Callable[[str], Awaitable[None]]) -> None:
        decoder = getincrementaldecoder("utf-8")("replace")
        at_end = False
        while not at_end:
            data = await self._output.read(CHUNK)
            at_end = not data
            text = decoder.decode(data, at_end)
            self.is_text = self.is_text and text.count("\ufffd") <= data.count(b"\xef\xbf\xbd") and "\0" not in text
            self._read += len(data)
            self._taking = True  # what takes it may wait for a disk: that is not the pipe's silence
            await add(text)
            self._taking = False

    async def _linger(self, reading: asyncio.Task[None]) -> None:
        """The program has ended: read what it left in the pipe, and a little of what its children still say."""
        most = self._read + LAST_BYTES
        while not reading.done():
            await asyncio.wait([reading], timeout=LINGER)
            if not self._taking or self._read > most:
                return


async def _pipe() -> tuple[asyncio.StreamReader, asyncio.BaseTransport, int]:
    """Ours, not asyncio's: with a pipe of its own, ``Process.wait`` waits until nobody holds that any more."""
    read_end, write_end = os.pipe()
    reader = asyncio.StreamReader(limit=CHUNK)
    try:
        transport, _ = await asyncio.get_running_loop().connect_read_pipe(
            lambda: asyncio.StreamReaderProtocol(reader), os.fdopen(read_end, "rb", 0)
        )
    except BaseException:
        os.close(write_end)
        raise
    return reader, transport, write_end


async def _end_group(child: asyncio.subprocess.Process) -> None:
    """SIGTERM, and SIGKILL after the grace, to all of the group that is left."""
    if not _signal(child.pid, signal.SIGTERM):
        return
    with suppress(TimeoutError):
        async with asyncio.timeout(GRACE):
            await child.wait()
    await asyncio.sleep(0 if child.returncode is None else GRACE / 4)
    _signal(child.pid, signal.SIGKILL)
    await child.wait()


def _signal(group: int, number: int) -> bool:
    """Whether anybody was left to get it; 0 only asks."""
    try:
        os.killpg(group, number)
    except (ProcessLookupError, PermissionError):
        return False
    return True
