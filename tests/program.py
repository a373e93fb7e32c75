"""The program without a screen, as a child process: what it prints, how it ends and what is left on disk.

    done = penstock("run", "Hello", cwd=folder)
    assert done.code == 0 and done.out == "Hello to you.\n"

    with Running("run", "Hello", cwd=folder) as child:
        child.prints("Hel")
        child.send(signal.SIGINT)
        assert child.ended().code == 130

No child may ever print a traceback: that is looked for each time. ``here`` runs the same command inside the test's own
process, where the SDKs are loaded already: for the many variants of what one child has shown.
"""

import io
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import chdir, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import TypeVar

import pytest

from tests.terminal import PATIENCE, ROOT
from tui.cli import main

T = TypeVar("T")

ASCII_LOCALES = {
    "POSIX": {"LC_ALL": "POSIX", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
    "ascii streams": {"PYTHONIOENCODING": "ascii"},
}
"""Environments whose streams hold no more than ASCII."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """How it ended. ``out`` and ``err`` are what it printed, read as UTF-8."""

    code: int
    out: str
    err: str

    def sentence(self) -> str:
        """The only thing that it printed: one line on standard error."""
        assert self.out == ""
        said = self.err.removesuffix("\n")
        assert said.startswith("penstock: ") and "\n" not in said, self.err
        return said


def _argv(arguments: tuple[str | bytes, ...]) -> list[str | bytes]:
    return [sys.executable, "-m", "tui", *arguments]


def _environment(env: Mapping[str, str] | None) -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(ROOT), **(env or {})}


def _ended(code: int, out: bytes, err: bytes) -> Ended:
    ended = Ended(code=code, out=out.decode(), err=err.decode())
    assert "Traceback" not in ended.err and "Exception ignored" not in ended.err, ended.err
    return ended


def penstock(
    *arguments: str | bytes, cwd: Path, stdin: bytes | None = None, env: Mapping[str, str] | None = None
) -> Ended:
    """Run it to its end. Without ``stdin`` there is nothing to read."""
    done = subprocess.run(
        _argv(arguments), cwd=cwd, env=_environment(env), capture_output=True, timeout=2 * PATIENCE, check=False,
        input=stdin or b"",
    )  # fmt: skip
    return _ended(done.returncode, done.stdout, done.stderr)


def here(*arguments: str, cwd: Path, stdin: bytes = b"", env: Mapping[str, str] | None = None) -> Ended:
    """The same without a process of its own."""
    out, err, given = (io.TextIOWrapper(io.BytesIO(text), "utf-8") for text in (b"", b"", stdin))
    with pytest.MonkeyPatch.context() as patch, chdir(cwd), redirect_stdout(out), redirect_stderr(err):
        patch.setattr(sys, "stdin", given)
        for name, value in (env or {}).items():
            patch.setenv(name, value)
        code = main(arguments)
    texts = []
    for stream in (out, err):
        stream.flush()
        texts.append(stream.buffer.getvalue())  # type: ignore[attr-defined]
    return _ended(code, *texts)


def in_shell(script: str, *arguments: str, cwd: Path, env: Mapping[str, str] | None = None) -> Ended:
    """The same by way of /bin/sh, for what only a shell can set up: in ``script``, ``"$@"`` is the program."""
    done = subprocess.run(
        ["/bin/sh", "-c", script, "sh", *_argv(arguments)], cwd=cwd, env=_environment(env), capture_output=True,
        timeout=2 * PATIENCE, check=False, input=b"",
    )  # fmt: skip
    return _ended(done.returncode, done.stdout, done.stderr)


class Running:
    """A child that is still at work. ``ignore``: a signal that its parent had ignored, as nohup does."""

    def __init__(
        self,
        *arguments: str,
        cwd: Path,
        env: Mapping[str, str] | None = None,
        ignore: signal.Signals | None = None,
        joined: bool = False,
    ) -> None:
        shell = ["/bin/sh", "-c", f'trap "" {ignore.name[3:]}; exec "$@"', "sh"] if ignore else []
        self._child = subprocess.Popen(
            [*shell, *_argv(arguments)], cwd=cwd, env=_environment(env), stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT if joined else subprocess.PIPE, start_new_session=True,
        )  # fmt: skip
        self._read = {stream: b"" for stream in (self._child.stdout, self._child.stderr) if stream is not None}

    def __enter__(self) -> "Running":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._child.poll() is None:
            self._child.kill()
        self._child.wait()
        for stream in (self._child.stdout, self._child.stderr):
            if stream is not None:
                stream.close()

    def prints(self, text: str) -> None:
        """Return when ``text`` has come on either stream."""
        wanted, until = text.encode(), time.monotonic() + PATIENCE
        while not any(wanted in got for got in self._read.values()):
            ready, _, _ = select.select(list(self._read), [], [], max(0.0, until - time.monotonic()))
            assert ready, f"{text!r} never came: {self._read}"
            pieces = {stream: os.read(stream.fileno(), 65536) for stream in ready}
            assert any(pieces.values()), f"it ended before {text!r} came: {self._read}"
            for stream, piece in pieces.items():
                self._read[stream] += piece

    def stop_reading(self) -> None:
        """Close our end of its standard output, as ``head -1`` does."""
        assert self._child.stdout is not None
        del self._read[self._child.stdout]
        self._child.stdout.close()
        self._child.stdout = None

    def send(self, *signals: signal.Signals) -> None:
        for number in signals:
            self._child.send_signal(number)

    def ended(self) -> Ended:
        """Wait for its end, with all that it printed."""
        streams = self._child.stdout, self._child.stderr
        before = [self._read[stream] if stream else b"" for stream in streams]
        after = self._child.communicate(timeout=PATIENCE)
        out, err = (early + (late or b"") for early, late in zip(before, after, strict=True))
        return _ended(self._child.returncode, out, err)


def wait_for(fact: Callable[[], T]) -> T:
    """What ``fact`` says once it is true, for facts that nothing announces."""
    until = time.monotonic() + PATIENCE
    while not (found := fact()):
        assert time.monotonic() < until, f"{fact} never came true"
        time.sleep(0.002)
    return found


def running(pid: int) -> bool:
    """Whether there is such a process."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


# --- what is on disk


def kept(home: Path) -> bytes:
    """Every byte of every file that the program keeps."""
    return b"".join(path.read_bytes() for path in sorted((home / "penstock").rglob("*")) if path.is_file())


def settings(home: Path, text: str) -> Path:
    """config.toml with ``text`` in it."""
    path = home / "penstock" / "config.toml"
    path.parent.mkdir(mode=0o700, exist_ok=True)
    path.write_text(text, "utf-8")
    return path
