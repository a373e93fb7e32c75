"""git, for what the program itself does with worktrees: bounded in time and output, and without surprises.

Arguments are a list and never pass a shell; no hook, pager, editor, prompt or external diff runs, whatever the
repository's settings say. Names come NUL-separated and may hold anything but that. Filters that the person has set up
(LFS and the like) do run: without them files would be written wrong.
"""

import asyncio
import os
import signal
import subprocess
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from tui.errors import GitFailed
from tui.value import value

SECONDS = 60.0
LONG_SECONDS = 600.0
"""For what writes a whole tree of files."""
MOST = 20_000_000
"""Bytes of output that are kept; what comes behind them is read and dropped."""
_SAID = 20_000
_STOPPING_SECONDS = 3.0
_SETTINGS = (
    "core.hooksPath=/dev/null", "core.fsmonitor=false", "core.quotePath=false", "submodule.recurse=false",
    "commit.gpgSign=false", "gc.auto=0", "maintenance.auto=false", "merge.autoStash=false",
)  # fmt: skip
_KEPT = ("PATH", "HOME", "USER", "LOGNAME", "TMPDIR", "TZ", "XDG_CONFIG_HOME", "VIRTUAL_ENV")
"""Of our environment: where git and the person's settings and filters are. Nothing that leads git elsewhere."""
_FIXED = {
    "LC_ALL": "C", "LANGUAGE": "C", "GIT_TERMINAL_PROMPT": "0", "GIT_OPTIONAL_LOCKS": "0", "GIT_EDITOR": "false",
    "GIT_SEQUENCE_EDITOR": "false", "GIT_MERGE_AUTOEDIT": "no", "GIT_PAGER": "cat", "PAGER": "cat",
}  # fmt: skip


@value
class Ran:
    """``said`` is what it wrote to standard error. ``cut``: there was more than is kept in ``out``."""

    code: int
    out: bytes
    said: str = ""
    cut: bool = False

    @property
    def text(self) -> str:
        """A name or a number: the output without its last newline. Bytes that are no UTF-8 become lone surrogates."""
        return os.fsdecode(self.out.removesuffix(b"\n"))

    @property
    def names(self) -> tuple[str, ...]:
        """NUL-separated names. Raises GitFailed where they are not all there: what is not known is not judged."""
        if self.cut:
            raise GitFailed("git has more to tell of this repository than can be read.")
        return tuple(os.fsdecode(name) for name in self.out.split(b"\0") if name)


async def git(
    folder: Path | str,
    *words: str,
    fine: tuple[int, ...] = (0,),
    seconds: float = SECONDS,
    variables: Mapping[str, str] | None = None,
) -> Ran:
    """Run git in ``folder``. ``fine`` are the exit codes that are no failure, ``variables`` more of its environment.

    Raises:
        GitFailed: there is no git, it took too long, or it failed; the sentence is its own.
    """
    settings = [word for setting in _SETTINGS for word in ("-c", setting)]
    argv = ["git", "-C", str(folder), "--no-pager", "--literal-pathspecs", *settings, *words]
    try:
        child = await asyncio.create_subprocess_exec(
            *argv, cwd="/", env=_environment(variables or {}), stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True,
        )  # fmt: skip
    except FileNotFoundError as error:
        raise GitFailed("git is not installed.", hint="Worktrees need it: install git, and try again.") from error
    except (OSError, ValueError) as error:
        raise GitFailed(f"git cannot be started: {error}.") from error
    try:
        async with asyncio.timeout(seconds):
            ran = await _to_the_end(child)
    except TimeoutError as error:
        raise GitFailed(f"git {words[0]} did not end within {seconds:g} s, and was stopped.") from error
    finally:
        if child.returncode is None:
            await _stop(child)
    if ran.code not in fine:
        raise failure(words[0], ran)
    return ran


def _environment(variables: Mapping[str, str]) -> dict[str, str]:
    return {**{name: os.environ[name] for name in _KEPT if name in os.environ}, **_FIXED, **variables}


def failure(word: str, ran: Ran) -> GitFailed:
    """What git said, as one sentence."""
    lines = [line.strip() for line in ran.said.splitlines() if line.strip()]
    told = next((line for line in lines if line.startswith(("fatal:", "error:"))), lines[-1] if lines else "")
    told = told.removeprefix("fatal: ").removeprefix("error: ") or f"exit code {ran.code}"
    hint = ""
    if any(words in ran.said for words in ("tell me who you are", "ident name", "auto-detect email")):
        told, hint = "it does not know who you are", 'Say so: git config --global user.name "…", and user.email.'
    return GitFailed(f"git {word} failed: {told.rstrip('.')}.", hint=hint, said=ran.said)


async def _stop(child: asyncio.subprocess.Process) -> None:
    """First so that it can take its lock files away: what they lock could not be changed by anybody else."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(child.pid, number)
        with suppress(TimeoutError):
            async with asyncio.timeout(_STOPPING_SECONDS):
                await child.wait()
                return


async def _to_the_end(child: asyncio.subprocess.Process) -> Ran:
    assert child.stdout is not None and child.stderr is not None
    async with asyncio.TaskGroup() as group:
        out = group.create_task(_read(child.stdout, MOST))
        said = group.create_task(_read(child.stderr, _SAID))
    (kept, cut), (told, _) = out.result(), said.result()
    return Ran(code=await child.wait(), out=kept, said=told.decode("utf-8", "replace"), cut=cut)


async def _read(stream: asyncio.StreamReader, most: int) -> tuple[bytes, bool]:
    """The beginning of it, and whether there was more."""
    kept, cut = bytearray(), False
    while piece := await stream.read(1 << 16):
        cut = cut or len(kept) + len(piece) > most
        kept += piece[: max(0, most - len(kept))]
    return bytes(kept), cut
