"""The one door to other processes.

A child runs in a process group of its own, with standard input closed, an environment of allowed names only, and
output through one pipe that is read as it comes. Ending it ends the group: SIGTERM at once, SIGKILL
``GRACE`` seconds later, by work that outlives a cancelled call. So does its own end: what it left running in its
group is ended too, and a grandchild that keeps the pipe open does not keep anybody waiting.
"""

import asyncio
import os
import signal
import subprocess
from codecs import getincrementaldecoder
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

from tui.tools.base import ToolContext
from tui.value import value

GRACE = 0.2
"""Seconds between SIGTERM and SIGKILL."""
LINGER = 0.5
"""Seconds that output may still come after the child itself has ended."""
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


class Ends:
    """The beginning and the end of a text that may be far larger than both."""

    def __init__(self, keep: int = KEPT) -> None:
        self._keep = keep
        self._head = ""
        self._tail = ""
        self.cut = 0

    def add(self, text: str) -> None:
        room = self._keep - len(self._head)
        if room > 0:
            self._head, text = self._head + text[:room], text[room:]
        if text:
            tail = self._tail + text
            over = max(0, len(tail) - self._keep)
            self.cut += over
            self._tail = tail[over:]

    @property
    def text(self) -> str:
        gap = f"\n[... {self.cut:,} characters left out ...]\n" if self.cut else ""
        return f"{self._head}{gap}{self._tail}"


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
    """Run a program to its end. Cancelling it ends the whole group.

    Raises:
        OSError: it cannot be started.
    """
    output, transport, write_end = await _pipe()
    try:
        child = await asyncio.create_subprocess_exec(
            *argv, cwd=cwd or ctx.cwd, env=environment(), stdin=subprocess.DEVNULL, stdout=write_end,
            stderr=write_end, start_new_session=True,
        )  # fmt: skip
    except BaseException:
        transport.close()
        raise
    finally:
        os.close(write_end)
    try:
        return await _to_the_end(child, output, ctx, show, Ends(keep))
    finally:
        transport.close()


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


async def _to_the_end(
    child: asyncio.subprocess.Process,
    output: asyncio.StreamReader,
    ctx: ToolContext,
    show: Callable[[str], None] | None,
    ends: Ends,
) -> Finished:
    decoder = getincrementaldecoder("utf-8")("replace")

    async def read() -> None:
        while data := await output.read(CHUNK):
            text = decoder.decode(data)
            ends.add(text)
            if show is not None:
                show(text)

    try:
        async with asyncio.TaskGroup() as group:
            reading = group.create_task(read())
            await child.wait()
            await asyncio.wait([reading], timeout=LINGER)
            reading.cancel()
    except BaseException:
        ctx.background(end_group(child))
        _signal(child.pid, signal.SIGTERM)
        raise
    if not reading.cancelled():
        ends.add(decoder.decode(b"", True))
    if _signal(child.pid, 0):  # grandchildren: no call leaves a process behind
        ctx.background(end_group(child))
    code = child.returncode if child.returncode is not None else -1
    return Finished(code=code, text=ends.text, cut=ends.cut)


async def end_group(child: asyncio.subprocess.Process) -> None:
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
