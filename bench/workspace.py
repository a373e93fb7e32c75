"""Many sessions at once: sixteen that stream with eight in sight, and how long a long one takes to come to the front.

The yardstick of processor time is Textual repainting eight regions with nothing behind them, that of key echo an idle
input field, and that of a switch to 10,000 messages a switch to 100.
"""

import json
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

import pyte

from bench.figures import Figure, figure
from bench.panes import echo, repaint, stream
from bench.terminal import Terminal, percentile, python

SESSIONS, VISIBLE, RATE = 16, 8, 60
LONG, SHORT = 2_500, 25  # turns, of four messages each: a prompt, two calls, an answer
SCROLL_BAR = 2
"""Columns at the right edge that say where in the session one is, not what is in it."""
QUIET = 1.0
"""Seconds without work after which nothing more is drawn."""
_F8, _F7 = b"\x1b[19~", b"\x1b[18~"

NAMES = ("busy16_cpu", "busy16_key_p99", "busy16_lag_p99", "switch_10k", "switch_again", "switch_whole")


def measure(*, repeats: int = 3, seconds: float = 6.0) -> dict[str, Figure]:
    """``busy16_*``: 16 sessions at 60 tokens a second each. ``switch_*``: see ``switch``, in ms."""
    busy = [_busy(seconds) for _ in range(repeats)]
    floors = [100 * repaint(VISIBLE, seconds / 2) for _ in range(repeats)]
    echoes = [1000 * percentile(echo(), 0.99) for _ in range(repeats)]
    long, short = ([switch(turns) for _ in range(repeats)] for turns in (LONG, SHORT))
    return {
        "busy16_cpu": figure([cpu for cpu, _, _ in busy], "% of a core", floors),
        "busy16_key_p99": figure([keys for _, keys, _ in busy], "ms", echoes),
        "busy16_lag_p99": figure([lag for _, _, lag in busy], "ms"),
        "switch_10k": figure([first.text for first, _ in long], "ms", [first.text for first, _ in short]),
        "switch_again": figure([again.text for _, again in long], "ms", [again.text for _, again in short]),
        "switch_whole": figure([first.whole for first, _ in long], "ms", [first.whole for first, _ in short]),
    }


def _busy(seconds: float) -> tuple[float, float, float]:
    """Processor share in per cent, key echo and loop lag at the 99th percentile in ms."""
    with tempfile.TemporaryDirectory() as folder:
        lag = Path(folder, "lag")
        hidden = str(SESSIONS - VISIBLE)
        sample = stream(VISIBLE, SESSIONS * RATE, seconds, "--hidden", hidden, "--lag", str(lag))
        lags = [float(line) for line in lag.read_text("ascii").split()]
    return 100 * sample.cpu, 1000 * percentile(sample.keys, 0.99), percentile(lags[len(lags) // 3 :], 0.99)


class Switched(NamedTuple):
    """Milliseconds from the key until the text on screen is what it stays, and until nothing more is drawn at all.

    Between the two the rest of a long session is taken in behind what is read: the scroll bar's thumb moves.
    """

    text: float
    whole: float


def switch(turns: int) -> tuple[Switched, Switched]:
    """A switch to a session of so many turns: the first time, and again.

    It was open before, in a tab behind: this is a switch, not a load from the disk.
    """
    terminal = Terminal(python("-m", "bench.app", "--rate", "0", "--turns", "1", str(turns), "--panes", "1"))
    screen = pyte.Screen(120, 40)
    stream = pyte.ByteStream(screen)
    try:
        terminal.wait_for(b"Session 1", within=120)
        stream.feed(terminal.seen)
        await_text(terminal, b"", screen, stream)
        first = await_text(terminal, _F8, screen, stream)
        await_text(terminal, _F7, screen, stream)
        return first, await_text(terminal, _F8, screen, stream)
    finally:
        terminal.close()


def await_text(terminal: Terminal, key: bytes, screen: pyte.Screen, stream: pyte.ByteStream) -> Switched:
    """Press it and wait until the program has nothing to do; the screen is made of the bytes only then."""
    began = last = time.monotonic()
    terminal.write(key)
    came: list[tuple[float, bytes]] = []
    before = -1.0
    while (now := terminal.cpu_seconds()) - before > 0.05:
        before, until = now, time.monotonic() + QUIET
        while time.monotonic() < until:
            if data := terminal.read(0.02):
                last = time.monotonic()
                came.append((last, data))
    texts = [(began, _text(screen))]
    for at, data in came:
        stream.feed(data)
        texts.append((at, _text(screen)))
    final = texts[-1][1]
    stands = last
    for at, text in reversed(texts):
        if text != final:
            break
        stands = at
    return Switched(1000 * (stands - began), 1000 * (last - began))


def _text(screen: pyte.Screen) -> list[str]:
    """What is read: all but the scroll bar."""
    return [line[:-SCROLL_BAR].rstrip() for line in screen.display]


if __name__ == "__main__":
    print(json.dumps(measure(repeats=1), indent=2))
