"""What is left of a tool's displays when secrets are taken out of them: for the log, the screen and exports.

A diff is looked at side by side, without its marks, so that a secret of several lines is found in it; it keeps its
number of lines. Before a call is allowed, the person must see what it would write: those lines stay as they are, as do
the call's arguments.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import groupby
from typing import assert_never

from tui.messages import DiffDisplay, Display, TextDisplay, TodoDisplay
from tui.tools.base import Bridge

Told = Callable[[str], str]
"""A text without its secrets."""

LARGE = 100_000
"""Characters from which on displays are looked at in a thread."""
_HEADS = 2
_GONE = "…"


async def told(displays: tuple[Display, ...], mask: Told, bridge: Bridge) -> tuple[Display, ...]:
    """The displays of a result."""
    return await _masked(displays, mask, bridge, "")


async def previewed(displays: tuple[Display, ...], mask: Told, bridge: Bridge) -> tuple[Display, ...]:
    """The displays of a call that is asked about."""
    return await _masked(displays, mask, bridge, "+")


async def _masked(displays: tuple[Display, ...], mask: Told, bridge: Bridge, exact: str) -> tuple[Display, ...]:
    def work() -> tuple[Display, ...]:
        return tuple(_display(display, mask, exact) for display in displays)

    size = sum(len(display.diff) for display in displays if isinstance(display, DiffDisplay))
    size += sum(len(display.text) for display in displays if isinstance(display, TextDisplay))
    return await bridge.run(work) if size > LARGE else work()


def _display(display: Display, mask: Told, exact: str) -> Display:
    match display:
        case TextDisplay():
            return replace(display, text=mask(display.text), title=mask(display.title))
        case DiffDisplay():
            return replace(display, diff=diff_told(display.diff, mask, exact))
        case TodoDisplay():
            return replace(display, items=tuple(replace(item, text=mask(item.text)) for item in display.items))
        case _:
            assert_never(display)


def diff_told(diff: str, mask: Told, exact: str = "") -> str:
    """A unified diff without its secrets, but in lines that begin with ``exact``."""
    lines = diff.split("\n")
    rest = [line for mark, run in groupby(lines[_HEADS:], _mark) for line in _run(mark, list(run), mask, exact)]
    return "\n".join([*map(mask, lines[:_HEADS]), *rest])


def _mark(line: str) -> str:
    return line[:1]


def _run(mark: str, lines: list[str], mask: Told, exact: str) -> Iterator[str]:
    """Lines of one side, next to each other. What stands behind the last secret keeps its place."""
    plain = [line[1:] for line in lines]
    text = "\n".join(plain)
    masked = text if mark and mark == exact else mask(text)
    if masked == text:
        yield from lines
        return
    left = masked.split("\n")
    same = 0
    while same < min(len(left), len(plain)) and left[-same - 1] == plain[-same - 1]:
        same += 1
    until = len(left) - same
    yield from (f"{mark}{line}" for line in [*left[:until], *[_GONE] * (len(plain) - len(left)), *left[until:]])
