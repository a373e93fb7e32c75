"""Upright bars over time in a few rows: what was spent on which day, at a glance.

Each bar has its share of the width; where there are more than cells, neighbours are summed. A bar that stands for
something is never drawn as nothing, and one whose value nobody knows is a question mark.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from rich.cells import cell_len
from rich.text import Text
from textual.app import RenderResult
from textual.content import Content
from textual.widget import Widget

STEPS = " ▁▂▃▄▅▆▇█"
WIDEST = 6
"""Cells of a bar, with the one between."""


@dataclass(frozen=True, slots=True)
class Bar:
    """``value`` is None where it is not known."""

    label: str
    value: float | None


class BarPlot(Widget):
    """Told by ``show``. The first row says what it shows, the last where it begins and ends; between stand the bars."""

    DEFAULT_CSS = """
    BarPlot { height: 7; width: 1fr; padding: 0 1; background: $background; color: $text-accent; }
    """

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self._bars: tuple[Bar, ...] = ()
        self._title = ""

    def show(self, bars: Sequence[Bar], title: str) -> None:
        if (tuple(bars), title) != (self._bars, self._title):
            self._bars, self._title = tuple(bars), title
            self.refresh()

    def render(self) -> RenderResult:
        width, height = self.content_size.width, self.content_size.height
        bars = joined(self._bars, width)
        rows = [_styled(fitted(self._title, width), "$foreground 60%")]
        if bars and height > 2:
            rows += [Content(row) for row in drawn([bar.value for bar in bars], width, height - 2)]
            rows.append(_styled(_ends(bars, width), "$foreground 60%"))
        return Content("\n").join(rows)


def joined(bars: Sequence[Bar], width: int) -> list[Bar]:
    """No more bars than cells: neighbours are summed, as many in each."""
    if width < 1:
        return []
    each = -(-len(bars) // width)
    return [_sum(bars[at : at + each]) for at in range(0, len(bars), each)] if each > 1 else list(bars)


def _sum(bars: Sequence[Bar]) -> Bar:
    known = [bar.value for bar in bars if bar.value is not None]
    return Bar(bars[0].label, sum(known) if known else None)


def drawn(values: Sequence[float | None], width: int, height: int) -> list[str]:
    """``height`` rows, the highest first. The largest value is as high as there is room."""
    share = max(1, min(WIDEST, width // max(1, len(values))))
    gap = 1 if share > 1 else 0
    most = max((value for value in values if value is not None), default=0.0)
    rows = []
    for row in range(height - 1, -1, -1):
        cells = [_cell(value, most, row, height) * (share - gap) + " " * gap for value in values]
        rows.append("".join(cells).rstrip())
    return rows


def _cell(value: float | None, most: float, row: int, height: int) -> str:
    if value is None:
        return "?" if row == 0 else " "
    if value <= 0 or most <= 0:
        return " "
    eighths = max(1, round(value / most * height * 8)) - row * 8
    return STEPS[max(0, min(8, eighths))]


def _ends(bars: Sequence[Bar], width: int) -> str:
    first, last = bars[0].label, bars[-1].label
    share = max(1, min(WIDEST, width // len(bars)))
    used = min(width, share * len(bars))
    if len(bars) == 1 or used < cell_len(first) + cell_len(last) + 2:
        return fitted(first if len(bars) == 1 else f"{first} – {last}", width)
    return first + " " * (used - cell_len(first) - cell_len(last)) + last


def fitted(text: str, width: int) -> str:
    """One line of at most ``width`` cells."""
    line = Text(" ".join(text.split("\n")))
    line.truncate(width, overflow="ellipsis")
    return line.plain


def _styled(text: str, style: str) -> Content:
    return Content.styled(text, style)
