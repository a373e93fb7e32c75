"""Many sessions at once: sixteen that stream with eight in sight, and how long a long one takes to come to the front.

The yardstick of processor time is Textual repainting eight regions with nothing behind them, that of key echo an idle
input field, and that of a switch to 10,000 messages a switch to 100.
"""

import json
import tempfile
import time
from pathlib import Path

from bench.figures import Figure, figure
from bench.panes import echo, repaint, stream
from bench.terminal import Terminal, percentile, python

SESSIONS, VISIBLE, RATE = 16, 8, 60
LONG, SHORT = 2_500, 25  # turns, of four messages each: a prompt, two calls, an answer
QUIET = 1.0
"""Seconds without work after which nothing more is drawn."""
_F8, _F7 = b"\x1b[19~", b"\x1b[18~"

NAMES = ("busy16_cpu", "busy16_key_p99", "busy16_lag_p99", "switch_10k", "switch_again")


def measure(*, repeats: int = 3, seconds: float = 6.0) -> dict[str, Figure]:
    """``busy16_*``: 16 sessions at 60 tokens a second each. ``switch_10k``: ms until its end is on screen."""
    busy = [_busy(seconds) for _ in range(repeats)]
    floors = [100 * repaint(VISIBLE, seconds / 2) for _ in range(repeats)]
    echoes = [1000 * percentile(echo(), 0.99) for _ in range(repeats)]
    long, short = ([switch(turns) for _ in range(repeats)] for turns in (LONG, SHORT))
    return {
        "busy16_cpu": figure([cpu for cpu, _, _ in busy], "% of a core", floors),
        "busy16_key_p99": figure([keys for _, keys, _ in busy], "ms", echoes),
        "busy16_lag_p99": figure([lag for _, _, lag in busy], "ms"),
        "switch_10k": figure([first for first, _ in long], "ms", [first for first, _ in short]),
        "switch_again": figure([again for _, again in long], "ms", [again for _, again in short]),
    }


def _busy(seconds: float) -> tuple[float, float, float]:
    """Processor share in per cent, key echo and loop lag at the 99th percentile in ms."""
    with tempfile.TemporaryDirectory() as folder:
        lag = Path(folder, "lag")
        hidden = str(SESSIONS - VISIBLE)
        sample = stream(VISIBLE, SESSIONS * RATE, seconds, "--hidden", hidden, "--lag", str(lag))
        lags = [float(line) for line in lag.read_text("ascii").split()]
    return 100 * sample.cpu, 1000 * percentile(sample.keys, 0.99), percentile(lags[len(lags) // 3 :], 0.99)


def switch(turns: int) -> tuple[float, float]:
    """Milliseconds from the key to the last frame of a switch to a session of so many turns: first time, and again.

    It was open before, in a tab behind: this is a switch, not a load from the disk.
    """
    terminal = Terminal(python("-m", "bench.app", "--rate", "0", "--turns", "1", str(turns), "--panes", "1"))
    try:
        terminal.wait_for(b"Session 1", within=120)
        _rested(terminal)
        first = _go(terminal, _F8)
        _go(terminal, _F7)
        return first, _go(terminal, _F8)
    finally:
        terminal.close()


def _go(terminal: Terminal, key: bytes) -> float:
    began = time.monotonic()
    terminal.write(key)
    return 1000 * (_rested(terminal) - began)


def _rested(terminal: Terminal) -> float:
    """Wait until the program has nothing to do. When its last output came."""
    last, before = time.monotonic(), -1.0
    while (now := terminal.cpu_seconds()) - before > 0.05:
        before, until = now, time.monotonic() + QUIET
        while time.monotonic() < until:
            if terminal.read(0.02):
                last = time.monotonic()
    return last


if __name__ == "__main__":
    print(json.dumps(measure(repeats=1), indent=2))
