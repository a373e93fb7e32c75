"""How full something is, in a few cells: the gauge of a context window.

Promises a text exactly ``width`` cells wide whatever the number, and never invents one: an unknown
fraction is a question mark, not an empty bar.
"""

import math
from typing import Literal

from rich.text import Text

Level = Literal["dim", "good", "warn", "bad"]

FULL, EMPTY = "▰", "▱"
WARN_FROM, BAD_FROM = 0.80, 0.90


def meter_text(fraction: float | None, width: int = 8) -> Text:
    """A bar of ``width`` cells, uncoloured: the colour is the theme's business (see ``meter_level``).

    Args:
        fraction: 0 to 1; above 1 is drawn full, None or not a number is drawn as "?".
        width: cells; nothing is drawn below 1.
    """
    if width < 1:
        return Text("")
    if fraction is None or math.isnan(fraction):
        return Text("?".ljust(width))
    filled = round(min(1.0, max(0.0, fraction)) * width)
    if fraction > 0 and filled == 0:  # something is never drawn as nothing
        filled = 1
    if fraction < 1 and filled == width > 1:  # and not quite full never as full
        filled = width - 1
    return Text(FULL * filled + EMPTY * (width - filled))


def meter_level(fraction: float | None) -> Level:
    """The style class, as ``status_line.Segment`` understands it, that fits ``fraction``."""
    if fraction is None or math.isnan(fraction):
        return "dim"
    if fraction >= BAD_FROM:
        return "bad"
    return "warn" if fraction >= WARN_FROM else "good"
