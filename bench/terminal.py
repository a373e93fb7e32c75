"""A real pty with a program in it: its bytes, its frames, and how soon keys and tokens show.

A frame is one synchronized update (mode 2026), which this terminal says it supports, as modern
ones do. Everything is timed where the bytes arrive, so what is measured is what a person gets.
"""

import fcntl
import os
import pty
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Callable, Mapping, Sequence

import psutil

FRAME_BEGIN = b"\x1b[?2026h"
_ASKED_2026 = b"\x1b[?2026$p"


class Terminal:
    """A child process on a pty of ``columns`` x ``rows``."""

    def __init__(
        self, argv: Sequence[str], *, columns: int = 120, rows: int = 40, env: Mapping[str, str] | None = None
    ) -> None:
        self.started_at = time.monotonic()
        self._fd, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        environment = {**os.environ, "TERM": "xterm-256color", "COLORTERM": "truecolor", **(env or {})}
        for name in ("NO_COLOR", "TMUX"):
            environment.pop(name, None)
        self.child = subprocess.Popen(
            argv, stdin=slave, stdout=slave, stderr=slave, env=environment, start_new_session=True, close_fds=True
        )
        os.close(slave)
        self.process = psutil.Process(self.child.pid)
        self.frames = 0
        self.bytes_read = 0
        self.seen = b""
        self.keep_seen = True

    def read(self, timeout: float) -> bytes:
        """Bytes that arrive within ``timeout`` seconds, at once when some do; empty at the end or after the wait."""
        ready, _, _ = select.select([self._fd], [], [], timeout)
        if not ready:
            return b""
        try:
            data = os.read(self._fd, 1 << 18)
        except OSError:
            return b""
        self.bytes_read += len(data)
        self.frames += data.count(FRAME_BEGIN)
        if _ASKED_2026 in data:
            self.write(b"\x1b[?2026;2$y")
        if self.keep_seen:
            self.seen += data
        return data

    def write(self, data: bytes) -> None:
        os.write(self._fd, data)

    def wait_for(self, what: bytes | Callable[[bytes], bool], *, within: float = 30.0) -> float:
        """Read until the output since the start (or the last ``forget``) satisfies ``what``; the time it did.

        Raises:
            TimeoutError: with the last that was seen.
        """
        met = what if callable(what) else lambda seen: what in seen
        deadline = time.monotonic() + within
        while not met(self.seen):
            left = deadline - time.monotonic()
            if left <= 0 or (not self.read(min(left, 0.5)) and self.child.poll() is not None):
                raise TimeoutError(f"not seen: {what!r}; the end of what was: {self.seen[-2000:]!r}")
        return time.monotonic()

    def forget(self) -> None:
        self.seen = b""

    def cpu_seconds(self) -> float:
        """Processor time of the child, all threads."""
        times = self.process.cpu_times()
        return times.user + times.system

    def memory(self) -> int:
        """Bytes that are the child's own: PSS where the system tells it, else RSS."""
        full = self.process.memory_full_info()
        return getattr(full, "pss", 0) or full.rss

    def close(self) -> int:
        """End the child, politely first; its exit code."""
        if self.child.poll() is None:
            self.child.send_signal(signal.SIGTERM)
            deadline = time.monotonic() + 10
            while self.child.poll() is None and time.monotonic() < deadline:
                self.read(0.05)
            if self.child.poll() is None:
                self.child.kill()
        os.close(self._fd)
        return self.child.wait()


def python(*arguments: str) -> list[str]:
    """argv for this interpreter."""
    return [sys.executable, *arguments]


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which ``share`` of ``values`` lie (nearest rank). ``values`` must not be empty."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]
