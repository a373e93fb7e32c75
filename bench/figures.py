"""One figure as the results file holds it, and medians of repeated runs."""

from collections.abc import Sequence
from statistics import median
from typing import TypedDict


class Figure(TypedDict):
    """``ratio`` is value / yardstick; both are None where nothing comparable exists."""

    value: float
    unit: str
    yardstick: float | None
    ratio: float | None
    n: int


def figure(values: Sequence[float], unit: str, yardstick: Sequence[float] | None = None) -> Figure:
    """The medians of repeated measurements, three significant digits, as a Figure."""
    value = median(values)
    floor = median(yardstick) if yardstick else None
    return Figure(
        value=_short(value),
        unit=unit,
        yardstick=None if floor is None else _short(floor),
        ratio=None if not floor else _short(value / floor),
        n=len(values),
    )


def _short(value: float) -> float:
    return float(f"{value:.3g}")
