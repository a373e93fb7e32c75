"""Panes that stream: processor, frames, key echo and token-to-screen latency, in a real pty.

The yardstick of processor time is Textual repainting as many regions 60 times a second with
nothing behind them; that of key echo is a program with one idle input field.
"""

import re
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

from bench.figures import Figure, figure
from bench.terminal import Terminal, percentile, python
from bench.tokens import DIGITS

_TOKEN = re.compile(rb"t([0-9a-z]{6})(?![0-9a-z])")
_WRAP = 36**6
_KEYS = [chr(code) for code in range(0x3B1, 0x3C9) if code != 0x3C2]  # Greek letters: no stream holds them
_SETTLE = 3.0
"""Seconds of streaming before anything is measured."""
_MEASURED = ("cpu", "fps", "key_p50", "key_p99", "token_p50", "token_p99")


def names(panes: int) -> tuple[str, ...]:
    """What ``measure`` gives for so many panes."""
    return tuple(f"panes{panes}_{what}" for what in _MEASURED)


@dataclass(slots=True)
class Sample:
    """One run. Latencies in seconds."""

    cpu: float
    frames: float
    keys: list[float] = field(default_factory=list)
    tokens: list[float] = field(default_factory=list)


def measure(panes: int, rate: float, *, repeats: int = 3, seconds: float = 6.0) -> dict[str, Figure]:
    """Figures named ``panes8_cpu`` and so on, for ``rate`` tokens a second over all panes together."""
    samples = [stream(panes, rate, seconds) for _ in range(repeats)]
    echoes = [echo() for _ in range(repeats)]
    floors = [repaint(panes, seconds / 2) for _ in range(repeats)]
    name = f"panes{panes}"

    def share(of: str, at: float) -> list[float]:
        return [1000 * percentile(getattr(sample, of), at) for sample in samples]

    def idle(at: float) -> list[float]:
        return [1000 * percentile(keys, at) for keys in echoes]

    return {
        f"{name}_cpu": figure([100 * s.cpu for s in samples], "% of a core", [100 * floor for floor in floors]),
        f"{name}_fps": figure([s.frames for s in samples], "frames/s", [60.0]),
        f"{name}_key_p50": figure(share("keys", 0.50), "ms", idle(0.50)),
        f"{name}_key_p99": figure(share("keys", 0.99), "ms", idle(0.99)),
        f"{name}_token_p50": figure(share("tokens", 0.50), "ms"),
        f"{name}_token_p99": figure(share("tokens", 0.99), "ms"),
    }


def stream(panes: int, rate: float, seconds: float, *options: str) -> Sample:
    """Run the program with ``panes`` streaming panes, type into it, and watch. ``options``: more of bench.app's."""
    terminal = Terminal(python("-m", "bench.app", "--panes", str(panes), "--rate", str(rate), *options))
    try:
        terminal.wait_for(lambda seen: len(_TOKEN.findall(seen)) > 3 * panes)
        watch = _Watch(terminal)
        watch.until(time.monotonic() + _SETTLE)
        watch.forget()
        cpu, frames, began = terminal.cpu_seconds(), terminal.frames, time.monotonic()
        watch.type_until(began + seconds)
        took = time.monotonic() - began
        cpu, frames = (terminal.cpu_seconds() - cpu) / took, (terminal.frames - frames) / took
        return Sample(cpu, frames, watch.keys, watch.tokens)
    finally:
        terminal.close()


def echo(count: int = 60) -> list[float]:
    """Seconds from key to screen in a program with one input field."""
    terminal = Terminal(python("-m", "bench.minimal"))
    try:
        terminal.wait_for(b"essage")
        watch = _Watch(terminal)
        watch.type_until(time.monotonic() + 15, count=count)
        return watch.keys
    finally:
        terminal.close()


def repaint(regions: int, seconds: float) -> float:
    """Processor share of Textual repainting ``regions`` at 60 a second."""
    terminal = Terminal(python("-m", "bench.minimal", "frames", str(regions)))
    try:
        terminal.wait_for(lambda seen: seen.count(b"\x1b[?2026h") > 30)
        terminal.keep_seen = False
        cpu, began = terminal.cpu_seconds(), time.monotonic()
        while time.monotonic() < began + seconds:
            terminal.read(0.05)
        return (terminal.cpu_seconds() - cpu) / (time.monotonic() - began)
    finally:
        terminal.close()


class _Watch:
    """Reads a terminal and notes when keys and tokens show for the first time."""

    def __init__(self, terminal: Terminal) -> None:
        terminal.keep_seen = False
        self._terminal = terminal
        self._shown: set[bytes] = set()
        self._tail = b""
        self._waiting: tuple[bytes, float] | None = None
        self.keys: list[float] = []
        self.tokens: list[float] = []

    def forget(self) -> None:
        self.keys, self.tokens = [], []

    def until(self, deadline: float) -> None:
        while (now := time.monotonic()) < deadline:
            self._note(self._terminal.read(min(0.05, deadline - now)))

    def type_until(self, deadline: float, *, count: int = 10**9) -> None:
        """Type a key a twelfth of a second apart, each after the one before has shown; clear the line now and then."""
        keys = self._keys()
        while time.monotonic() < deadline and len(self.keys) < count:
            key = next(keys).encode()
            self._waiting = key, time.monotonic()
            self._terminal.write(key)
            while self._waiting and time.monotonic() < deadline:
                self._note(self._terminal.read(0.05))
            self.until(min(deadline, time.monotonic() + 0.083))

    def _keys(self) -> Iterator[str]:
        while True:
            yield from _KEYS
            self._terminal.write(b"\x7f" * len(_KEYS))
            self.until(time.monotonic() + 0.1)

    def _note(self, data: bytes) -> None:
        now = time.monotonic()
        if self._waiting and self._waiting[0] in data:
            self.keys.append(now - self._waiting[1])
            self._waiting = None
        data = self._tail + data
        self._tail = data[-16:]
        for match in _TOKEN.finditer(data):
            token = match.group(1)
            if token not in self._shown:
                self._shown.add(token)
                age = _age(token, now)
                if age < 60:
                    self.tokens.append(age)


def _age(token: bytes, now: float) -> float:
    stamped = 0
    for digit in token.decode():
        stamped = stamped * 36 + DIGITS.index(digit)
    return ((int(now * 1e6) - stamped) % _WRAP) / 1e6


if __name__ == "__main__":
    import argparse
    import json

    parser = argparse.ArgumentParser()
    parser.add_argument("panes", type=int, nargs="?", default=8)
    parser.add_argument("rate", type=float, nargs="?", default=1000)
    parser.add_argument("--repeats", type=int, default=1)
    options = parser.parse_args()
    print(json.dumps(measure(options.panes, options.rate, repeats=options.repeats), indent=2))
