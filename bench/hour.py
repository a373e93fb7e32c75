"""An hour of use at a hundred times its speed: does the program's memory grow with time?

Eight sessions, four in sight. In each of sixty rounds (a minute of the hour, 0.6 s here) a prompt is typed into one of
them, the answer streams, tool rows are opened and folded, tabs and panes change, and every fifth round the list of
sessions and that of calls are looked at. What the sessions themselves say stays in memory (some 25 KB a turn); what
grows beyond the first tenth is measured as a share of the whole.
"""

import json
import time
from statistics import median

from bench.figures import Figure, figure
from bench.terminal import Terminal, python

ROUNDS, ROUND = 60, 0.6
"""Minutes of the hour, and seconds that each takes here."""
VISIBLE, HIDDEN = 4, 4
_F5, _F7, _F8, _F9, _F10 = b"\x1b[15~", b"\x1b[18~", b"\x1b[19~", b"\x1b[20~", b"\x1b[21~"
_ESCAPE, _CTRL_O, _CTRL_S = b"\x1b", b"\x0f", b"\x13"

NAMES = ("hour_growth", "hour_memory")


def measure(*, repeats: int = 1) -> dict[str, Figure]:
    """``hour_growth``: per cent from the end of the first tenth to the last; ``hour_memory``: MB at the end."""
    runs = [hour() for _ in range(repeats)]
    return {
        "hour_growth": figure([100 * (last / first - 1) for first, last in runs], "%"),
        "hour_memory": figure([last / 1e6 for _, last in runs], "MB", [first / 1e6 for first, _ in runs]),
    }


def hour() -> tuple[float, float]:
    """Bytes that are the program's own: after the first tenth, and at the end (medians of a tenth each)."""
    options = ("--rate", "800", "--seconds", "2", "--panes", str(VISIBLE), "--hidden", str(HIDDEN))
    terminal = Terminal(python("-m", "bench.app", *options))
    sizes: list[float] = []
    try:
        terminal.wait_for(b"Go on.")
        terminal.keep_seen = False
        for number in range(ROUNDS):
            until = time.monotonic() + ROUND
            for keys in _minute(number):
                terminal.write(keys)
                _read(terminal, time.monotonic() + 0.05)
            _read(terminal, until)
            sizes.append(terminal.memory())
    finally:
        terminal.close()
    tenth = ROUNDS // 10
    return median(sizes[tenth : 2 * tenth]), median(sizes[-tenth:])


def _minute(number: int) -> list[bytes]:
    keys = [_F8 if number % 3 else _F9, b"What about the valve?", b"\r", _CTRL_O]
    if number % 5 == 4:
        keys += [_F10, _F10]
    if number % 5 == 2:
        keys += [_F5, _ESCAPE, _CTRL_S, _ESCAPE, _F7]
    return keys


def _read(terminal: Terminal, until: float) -> None:
    while (left := until - time.monotonic()) > 0:
        terminal.read(left)


if __name__ == "__main__":
    print(json.dumps(measure(), indent=2))
