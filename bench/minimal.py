"""Yardsticks: the least that a Textual program can do. ``python -m bench.minimal [frames N]``.

Without arguments: one Input, which echoes keys. With ``frames N``: N small regions that change 60 times
a second, each by a widget that only repaints; nothing is parsed, wrapped or stored. That is
Textual's own cost of such a screen.
"""

import sys

from textual.app import App, ComposeResult, RenderResult
from textual.containers import Grid
from textual.widget import Widget
from textual.widgets import Input


class Echo(App[None]):
    """One line to type into."""

    ENABLE_COMMAND_PALETTE = False

    def compose(self) -> ComposeResult:
        field = Input(placeholder="Message")
        field.cursor_blink = False
        yield field


class Ticker(Widget):
    """A line that says how often it was told."""

    DEFAULT_CSS = "Ticker { height: 3; }"
    told = 0

    def render(self) -> RenderResult:
        return f"{self.told:>8} " * 12

    def tick(self) -> None:
        self.told += 1
        self.refresh()


class Frames(App[None]):
    """``count`` tickers at 60 a second."""

    ENABLE_COMMAND_PALETTE = False
    CSS = "Grid { grid-size: 2; }"

    def __init__(self, count: int) -> None:
        super().__init__()
        self._count = count

    def compose(self) -> ComposeResult:
        with Grid():
            for _ in range(self._count):
                yield Ticker()

    def on_mount(self) -> None:
        self.set_interval(1 / 60, self._tick)

    def _tick(self) -> None:
        for ticker in self.query(Ticker):
            ticker.tick()


if __name__ == "__main__":
    (Frames(int(sys.argv[2])) if sys.argv[1:2] == ["frames"] else Echo()).run()
