"""Holds commands inside the workspace: by bubblewrap where it works, else by Landlock, else not at all.

Which one works is found out by running it, once in the program's life and never before the first frame; what it lets
through is the same for both, as far as they can (see ``tui.tools.bounds``): the workspace and a temporary folder are
writable, the rest of the disk is read-only, what holds secrets is hidden, and there is no network unless the
call was allowed it.

What they do not do. Bubblewrap: with the network on, every server on this machine is within reach too; what git reads
besides hooks and settings is not guarded, nor a repository that the command itself makes; and what would lead git to
other settings (``commondir``) is taken away when the command has ended, not before. Landlock: it cannot take a part
out of what is writable, so hooks, ``.git/config``, the project's rules and shell start files inside the workspace are
not guarded, nor are secrets inside it hidden; the names (not the contents) of all files can be listed; modes and times
of the person's own files can be changed; ``/tmp`` is out of reach as a whole, and ``TMPDIR`` names the folder in its
place; there are no terminals (``/dev/pts``); before version 6 (Linux 6.12) other programs can be sent signals.
"""

import asyncio
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Literal

from tui.tools.base import Confined, ToolContext
from tui.tools.bounds import PRIVATE, RESOLVERS, Bounds, bounds, redirections
from tui.tools.child import environment

Kind = Literal["auto", "bubblewrap", "landlock", "none"]
BEST: tuple[Kind, ...] = ("bubblewrap", "landlock")
PROBE_SECONDS = 5.0
_LAUNCHER = str(Path(__file__).with_name("landlock.py"))


class Sandbox:
    """See ``tui.tools.base.Confines``.

    Args:
        kind: the one to use, "auto" for the best that works.
        network: whether every command may use the network.
        writable: what config.toml adds, absolute.
        hidden: what it hides besides; Penstock's own folders are among them.
    """

    def __init__(
        self, kind: Kind = "auto", *, network: bool = False, writable: Iterable[Path] = (), hidden: Iterable[Path] = ()
    ) -> None:
        self.kind: Kind = kind
        self._network = network
        self._writable = tuple(writable)
        self._hidden = tuple(hidden)
        self._found: Kind | None = None
        self._why = ""
        self._probing = asyncio.Lock()
        self._folder = ""

    @property
    def works(self) -> bool:
        """See ``Confines.works``."""
        return self._found in ("bubblewrap", "landlock")

    @property
    def holds(self) -> Confined:
        """See ``Confines.holds``."""
        return "no" if not self.works else "whole" if self._found == "bubblewrap" else "partly"

    @property
    def name(self) -> str:
        """See ``Confines.name``."""
        return f"none: {self._why}" if self._found == "none" else self._found or ""

    @property
    def why(self) -> str:
        """Why the better ones do not serve, or ""."""
        return self._why

    async def ready(self) -> "Sandbox":
        """See ``Confines.ready``."""
        async with self._probing:
            if self._found is None:
                self._found = await self._first_that_works()
        return self

    async def warm(self, delay: float) -> None:
        """``ready``, a little later: the first frame is to have the machine for itself."""
        await asyncio.sleep(delay)
        await self.ready()

    def wrap(self, argv: Sequence[str], *, cwd: Path, root: Path, network: bool) -> list[str]:
        """See ``Confines.wrap``."""
        if not self.works:
            return list(argv)
        wide = network or self._network
        allowed = bounds(cwd, root, network=wide, writable=self._writable, hidden=self._hidden)
        return bubblewrapped(argv, allowed) if self._found == "bubblewrap" else landlocked(argv, allowed, self._folder)

    def close(self) -> None:
        """Take the temporary folder away."""
        if self._folder:
            shutil.rmtree(self._folder, ignore_errors=True)
            self._folder = ""

    async def _first_that_works(self) -> Kind:
        if self.kind == "none":
            self._why = "turned off in config.toml"
            return "none"
        reasons: list[str] = []
        for kind in BEST:
            if self.kind not in ("auto", kind):
                continue
            reason = await (_try_bubblewrap() if kind == "bubblewrap" else self._try_landlock())
            if not reason:
                self._why = "; ".join(reasons)
                return kind
            reasons.append(reason)
        self._why = "; ".join(reasons)
        return "none"

    async def _try_landlock(self) -> str:
        if not sys.platform.startswith("linux"):
            return "Landlock is of Linux alone"
        if not self._folder:
            self._folder = tempfile.mkdtemp(prefix="penstock-")
        return await _trial("Landlock", partial(landlocked, temporary=self._folder))


async def confined(
    argv: Sequence[str], ctx: ToolContext, *, network: bool = False, unconfined: bool = False
) -> list[str]:
    """``argv`` as a call runs it: inside the program's sandbox, where it has one and the call need not be outside."""
    if ctx.kit.sandbox is None or unconfined:
        return list(argv)
    sandbox = await ctx.kit.sandbox.ready()
    return await ctx.bridge.run(partial(sandbox.wrap, argv, cwd=ctx.cwd, root=ctx.root, network=network))


async def unredirected(ctx: ToolContext) -> Callable[[], None]:
    """What takes away, after a confined command, what it made to lead git to settings of its own."""
    return partial(_take_away, await ctx.bridge.run(redirections, ctx.cwd, ctx.root))


def _take_away(paths: Iterable[Path]) -> None:
    for path in paths:
        with suppress(OSError):
            os.unlink(path)


async def _try_bubblewrap() -> str:
    """Why it does not serve, "" where it does."""
    if shutil.which("bwrap") is None:
        return "bubblewrap (bwrap) is not installed"
    return await _trial("bubblewrap", bubblewrapped)


async def _trial(name: str, confine: Callable[[Sequence[str], Bounds], list[str]]) -> str:
    """Why it does not serve: it has to let a file be made in one folder and, whatever our rights, not beside it."""
    with tempfile.TemporaryDirectory(prefix="penstock-") as folder:
        inside, outside = f"{folder}/in/made", f"{folder}/made"
        here = Path(folder, "in")
        os.mkdir(here)
        code, told = await _run(confine(["/bin/sh", "-c", ': > "$0"; : > "$1"', inside, outside], bounds(here, here)))
        if os.path.lexists(outside):  # noqa: ASYNC240 - of a folder that was just made
            return f"{name} lets everything be written here"
        if os.path.lexists(inside):  # noqa: ASYNC240
            return ""
    last = told.strip().rpartition("\n")[2]
    return f"{name} does not work here ({last or f'exit code {code}'})"


async def _run(argv: Sequence[str]) -> tuple[int, str]:
    """Exit code and what it complained of."""
    try:
        child = await asyncio.create_subprocess_exec(
            *argv, env=environment(), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
            start_new_session=True,
        )  # fmt: skip
    except OSError as error:
        return -1, f"it cannot be started: {error.strerror}"
    told = b""
    try:
        async with asyncio.timeout(PROBE_SECONDS):
            _, told = await child.communicate()
    except TimeoutError:
        return -1, f"it did not answer within {PROBE_SECONDS:g} s"
    finally:
        if child.returncode is None:
            with suppress(ProcessLookupError):
                child.kill()
            await child.wait()
    return child.returncode or 0, told.decode("utf-8", "replace")


def bubblewrapped(argv: Sequence[str], allowed: Bounds) -> list[str]:
    """``argv`` in namespaces of its own. What comes later lies over what came before."""
    program = shutil.which("bwrap") or "bwrap"
    alone = [] if allowed.network else ["--unshare-net"]
    resolvers = [word for path in RESOLVERS for word in ("--ro-bind-try", path, path)]
    outside = [path for path in allowed.hidden if not _below(path, allowed.writable)]
    inside = [path for path in allowed.hidden if _below(path, allowed.writable)]
    return [
        program, "--die-with-parent", "--unshare-user-try", "--unshare-pid", "--unshare-ipc", "--unshare-uts",
        "--unshare-cgroup-try", *alone, "--cap-drop", "ALL", "--ro-bind", "/", "/", "--dev", "/dev", "--proc", "/proc",
        *(word for path in PRIVATE if path.is_dir() for word in ("--tmpfs", str(path))), *resolvers,
        *_blank(path for path in outside if not _below(path, PRIVATE)),
        *(word for path in allowed.writable for word in ("--bind", str(path), str(path))),
        *(word for path in allowed.guarded for word in ("--ro-bind", str(path), str(path))),
        *(word for path in allowed.missing for word in ("--tmpfs", str(path), "--remount-ro", str(path))),
        *_blank(inside),
        *(word for path in allowed.hidden if path.is_dir() and not (path in outside and _below(path, PRIVATE))
          for word in ("--remount-ro", str(path))),
        "--chdir", str(allowed.cwd), "--setenv", "TMPDIR", "/tmp", "--", *argv,
    ]  # fmt: skip


def landlocked(argv: Sequence[str], allowed: Bounds, temporary: str) -> list[str]:
    """``argv`` started by the launcher, which confines itself first."""
    hidden = [*allowed.hidden, *PRIVATE, Path("/dev/pts")]  # the person's own terminal is there
    return [
        sys.executable, "-I", "-S", _LAUNCHER, *(["--network"] if allowed.network else []),
        *(word for path in allowed.writable for word in ("--write", str(path))),
        *(word for path in hidden for word in ("--hide", str(path))),
        *(word for path in RESOLVERS for word in ("--read", path)),
        "--temporary", temporary, "--", *argv,
    ]  # fmt: skip


def _blank(paths: Iterable[Path]) -> list[str]:
    """An empty folder over a folder, nothing over anything else."""
    words: list[str] = []
    for path in paths:
        words += ["--tmpfs", str(path)] if path.is_dir() else ["--ro-bind", "/dev/null", str(path)]
    return words


def _below(path: Path, folders: Iterable[Path]) -> bool:
    return any(path.is_relative_to(folder) for folder in folders)
