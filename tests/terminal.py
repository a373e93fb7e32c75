"""The program as a person meets it: a child on a pty of its own, a screen to read and a keyboard.

    with Terminal(penstock(), cwd=folder) as terminal:
        terminal.wait_for("Message")
        terminal.type("Hello"); terminal.press("enter")
        terminal.wait_for("Welcome to Penstock")
        terminal.press("ctrl+q")
        assert terminal.ended() == 0 and terminal.left_behind() == []

The terminal is a modern one: it knows synchronized updates (mode 2026), sends escape as the kitty protocol does where
that is switched on, and draws a cluster of code points (a family, a flag) as one character. Every byte that came is in
``raw``. Whatever it does not know does no harm.
"""

import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

import pyte
from wcwidth import wcwidth

ROOT = Path(__file__).resolve().parent.parent
PATIENCE = 30.0
"""Seconds until a fact that never comes fails a test."""

KEYS = {
    "enter": "\r", "tab": "\t", "shift+tab": "\x1b[Z", "space": " ", "backspace": "\x7f", "delete": "\x1b[3~",
    "up": "\x1b[A", "down": "\x1b[B", "right": "\x1b[C", "left": "\x1b[D", "home": "\x1b[H", "end": "\x1b[F",
    "pageup": "\x1b[5~", "pagedown": "\x1b[6~", "ctrl+backslash": "\x1c", "ctrl+underscore": "\x1f",
    "f1": "\x1bOP", "f2": "\x1bOQ", "f3": "\x1bOR", "f5": "\x1b[15~", "f7": "\x1b[18~", "f8": "\x1b[19~",
    "f9": "\x1b[20~",
    "f10": "\x1b[21~", "xterm's shift+enter": "\x1b[27;2;13~",
}  # fmt: skip
KITTY_ESCAPE = "\x1b[27u"

_ASKED_2026 = b"\x1b[?2026$p"
_BUFFER = re.compile(rb"(\x1b\[\?1049[hl])")
_BEYOND_PYTE = re.compile(rb"\x1b\[(?:[<=>][0-?]*[ -/]*|[0-?]*[ -/]+)[@-~]")
_UNFINISHED = re.compile(rb"\x1b(?:\[[0-?]*[ -/]*)?$")
_MODE = re.compile(rb"\x1b\[\?([0-9;]+)([hl])")
_KITTY = re.compile(rb"\x1b\[([<>])[0-9;]*u")
_NOTHING_LEFT = {7: True, 25: True}  # what a shell expects; every other private mode is off


def penstock(*arguments: str) -> list[str]:
    """argv of the program."""
    return [sys.executable, "-m", "tui", *arguments]


class Screen(pyte.Screen):
    """pyte's screen, with clusters: what joins the character before it takes no cell of its own."""

    def draw(self, data: str) -> None:
        if data.isascii():
            super().draw(data)
            return
        for char in data:
            if not self._join(char):
                super().draw(char)

    def _join(self, char: str) -> bool:
        line, x = self.buffer[self.cursor.y], self.cursor.x
        at = x - 2 if x >= 2 and line[x - 1].data == "" else x - 1
        if at < 0:
            return False
        before, width = line[at].data, x - at
        pair = _is_flag(char) and len(before) == 1 and _is_flag(before)
        tinted = "\U0001f3fb" <= char <= "\U0001f3ff" and width == 2
        if not (pair or tinted or before.endswith("\u200d") or wcwidth(char) == 0):
            return False
        line[at] = line[at]._replace(data=before + char)
        if (char == "\ufe0f" or pair) and width == 1 and x < self.columns:
            line[x] = line[at]._replace(data="")
            self.cursor.x += 1
        return True

    def rows(self) -> list[str]:
        """The screen as text; a wide character is followed by nothing."""
        return ["".join(self.buffer[y][x].data for x in range(self.columns)) for y in range(self.lines)]


def _is_flag(char: str) -> bool:
    return "\U0001f1e6" <= char <= "\U0001f1ff"


class Terminal:
    """A child process on a pty of ``columns`` x ``rows``, which is its controlling terminal."""

    def __init__(
        self,
        argv: Sequence[str],
        *,
        cwd: Path,
        columns: int = 100,
        rows: int = 30,
        env: Mapping[str, str] | None = None,
    ) -> None:
        self.argv, self.cwd = argv, cwd
        self._fd, self._slave = pty.openpty()
        self.columns, self.rows = columns, rows
        self._set_size()
        self.before = self.settings()
        environment = {**os.environ, "TERM": "xterm-256color", "COLORTERM": "truecolor", "PYTHONPATH": str(ROOT)}
        environment.pop("TMUX", None)
        # The shell leads a new session, so that the terminal which it opens becomes its controlling one.
        opening = ["/bin/sh", "-c", 'exec "$@" <>"$0" >&0 2>&1', os.ttyname(self._slave)]
        self.child = subprocess.Popen(
            [*opening, *argv],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            cwd=cwd, env={**environment, **(env or {})}, start_new_session=True,
        )  # fmt: skip
        self.raw = bytearray()
        self._held = b""
        self._normal, self._full = (Screen(columns, rows) for _ in range(2))
        self._shown = self._normal
        self._feeds = {screen: pyte.ByteStream(screen) for screen in (self._normal, self._full)}

    def __enter__(self) -> "Terminal":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    # --- the screen

    @property
    def lines(self) -> list[str]:
        """What is on the screen now, blanks at the right removed."""
        return [row.rstrip() for row in self._shown.rows()]

    @property
    def text(self) -> str:
        return "\n".join(self.lines).rstrip()

    def cells(self) -> list[list[str]]:
        """The screen cell by cell; the second cell of a wide character is empty."""
        screen = self._shown
        return [[screen.buffer[y][x].data for x in range(screen.columns)] for y in range(screen.lines)]

    @property
    def normal_text(self) -> str:
        """The normal screen, which a shell would go on writing on."""
        return "\n".join(row.rstrip() for row in self._normal.rows()).rstrip()

    @property
    def printed(self) -> str:
        """What stands on the normal screen as one line, as if it had never been wrapped."""
        return " ".join("".join(self._normal.rows()).split())

    @property
    def full_screen(self) -> bool:
        """Whether the alternate screen is shown."""
        return self._shown is self._full

    def wait_for(self, what: str | Callable[[], object], *, within: float = PATIENCE) -> None:
        """Until a text is on the screen, or a fact is true. AssertionError, with the screen, where it never is."""
        fact = what if callable(what) else lambda: what in self.text
        deadline = time.monotonic() + within
        while not fact():
            left = deadline - time.monotonic()
            if left <= 0 or (not self._read(min(left, 0.05)) and self._over() and not fact()):
                wanted = what if isinstance(what, str) else getattr(what, "__qualname__", what)
                raise AssertionError(f"not seen: {wanted!r}; code {self.child.poll()}\n{self.text}\n{self.normal_text}")

    def wait_until_gone(self, text: str) -> None:
        self.wait_for(lambda: text not in self.text)

    def silence(self, seconds: float) -> bytes:
        """All that came until ``seconds`` went by without a byte. AssertionError when it never falls silent."""
        deadline, before = time.monotonic() + PATIENCE, len(self.raw)
        while self._read(seconds):
            assert time.monotonic() < deadline, "it never fell silent"
        return bytes(self.raw[before:])

    def _read(self, timeout: float) -> bool:
        ready, _, _ = select.select([self._fd], [], [], timeout)
        if not ready:
            return False
        try:
            data = os.read(self._fd, 1 << 16)
        except OSError:
            return False
        self.raw += data
        for _ in range(data.count(_ASKED_2026)):
            self.write(b"\x1b[?2026;2$y")
        self._draw(data)
        return bool(data)

    def _draw(self, data: bytes) -> None:
        data = self._held + data
        tail = _UNFINISHED.search(data)
        self._held = tail[0] if tail else b""
        for piece in _BUFFER.split(data[: len(data) - len(self._held)]):
            if _BUFFER.fullmatch(piece):
                self._shown = self._full if piece.endswith(b"h") else self._normal
                if piece.endswith(b"h"):
                    self._full.reset()
            else:
                self._feeds[self._shown].feed(_BEYOND_PYTE.sub(b"", piece))

    # --- the keyboard

    def write(self, data: bytes) -> None:
        """Bytes as they are; the child's output is read while its input is full."""
        os.set_blocking(self._fd, False)
        try:
            while data:
                try:
                    data = data[os.write(self._fd, data) :]
                except BlockingIOError:
                    os.set_blocking(self._fd, True)
                    self._read(0.01)
                    os.set_blocking(self._fd, False)
        finally:
            os.set_blocking(self._fd, True)

    def type(self, words: str) -> None:
        self.write(words.encode())

    def press(self, *keys: str) -> None:
        """Keys by their names: ``enter``, ``ctrl+c``, ``escape``, ``y``."""
        for key in keys:
            self.write(self._bytes_of(key).encode())

    def _bytes_of(self, key: str) -> str:
        if key == "escape":
            return KITTY_ESCAPE if self.kitty_levels() else "\x1b"
        if key in KEYS:
            return KEYS[key]
        modifier, _, letter = key.rpartition("+")
        if modifier == "ctrl" and len(letter) == 1:
            return chr(ord(letter.upper()) - 64)
        if modifier == "alt":
            return "\x1b" + letter
        assert len(key) == 1, f"no key is called {key!r}"
        return key

    def paste(self, text: str) -> None:
        """A bracketed paste, which the program must have asked for."""
        self.wait_for(lambda: 2004 in self.modes())
        self.write(b"\x1b[200~" + text.encode() + b"\x1b[201~")

    def resize(self, columns: int, rows: int) -> None:
        self.columns, self.rows = columns, rows
        for screen in (self._normal, self._full):
            screen.resize(rows, columns)
        self._set_size()

    def _set_size(self) -> None:
        fcntl.ioctl(self._slave, termios.TIOCSWINSZ, struct.pack("HHHH", self.rows, self.columns, 0, 0))

    # --- the process

    def signal(self, number: int, pid: int = 0) -> None:
        """To the child, or to a process that it started."""
        os.kill(pid or self.child.pid, number)

    def kill(self) -> None:
        """End it as a power cut would; nothing of it gets a chance to clean up."""
        self.child.kill()
        self.child.wait(PATIENCE)

    def hang_up(self) -> None:
        """Close the window: the kernel tells the program, which has no terminal any more."""
        os.close(self._fd)
        os.close(self._slave)
        self._fd = self._slave = -1

    def ended(self) -> int:
        """Wait for the end of the program, read what it still says; its exit code."""
        if self._fd < 0:
            return self.child.wait(PATIENCE)
        self.wait_for(lambda: self.child.poll() is not None)
        while self._read(0):
            pass
        return self.child.wait()

    def close(self) -> None:
        """End the child, however it feels about it."""
        if self.child.poll() is None:
            self.child.kill()
            self.child.wait(PATIENCE)
        if self._fd >= 0:
            self.hang_up()

    def _over(self) -> bool:
        return self.child.poll() is not None

    # --- what the program did to the terminal

    def modes(self) -> set[int]:
        """The private modes that are on."""
        on: set[int] = set()
        for found in _MODE.finditer(self.raw):
            for number in map(int, found[1].split(b";")):
                (on.add if found[2] == b"h" else on.discard)(number)
        return on

    def kitty_levels(self) -> int:
        """How many keyboard modes of the kitty protocol are pushed and not popped."""
        return sum(1 if found[1] == b">" else -1 for found in _KITTY.finditer(self.raw))

    def left_behind(self) -> list[str]:
        """What a shell would find changed; empty when the terminal is as it was."""
        last = {int(n): found[2] == b"h" for found in _MODE.finditer(self.raw) for n in found[1].split(b";")}
        left = [f"mode {number}" for number, on in sorted(last.items()) if on != _NOTHING_LEFT.get(number, False)]
        if self.raw.rfind(b"\x1b[>4;2m") > self.raw.rfind(b"\x1b[>4m"):
            left.append("keys in their long form")
        if self.kitty_levels():
            left.append(f"{self.kitty_levels()} kitty keyboard modes")
        pairs = enumerate(zip(self.before, self.settings(), strict=True))
        return left + [f"termios {at}: {was} is {now}" for at, (was, now) in pairs if was != now]

    def settings(self) -> list[Any]:
        """The terminal's own settings: echo, lines or keys, signals."""
        return termios.tcgetattr(self._slave)


def stopped(pid: int) -> bool:
    """Whether a process is stopped (as ctrl+z stops it). Linux and macOS."""
    state = subprocess.run(["ps", "-o", "state=", "-p", str(pid)], capture_output=True, text=True, check=False)
    return state.stdout.strip().startswith("T")


HUNG_UP = 128 + signal.SIGHUP
TERMINATED = 128 + signal.SIGTERM
