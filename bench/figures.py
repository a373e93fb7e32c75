"""One figure as the results file holds it, medians of repeated runs, and what each should come to."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Literal, TypedDict


class Unavailable(Exception):
    """What a job compares with is not on this machine. Says how to get it."""


class Figure(TypedDict):
    """``ratio`` is value / yardstick; both are None where nothing comparable exists. ``n``: runs, or single events."""

    value: float
    unit: str
    yardstick: float | None
    ratio: float | None
    n: int


@dataclass(frozen=True, slots=True)
class Aim:
    """``limit`` is the most that ``of`` may be, or the least where ``least``."""

    limit: float
    of: Literal["value", "ratio"] = "value"
    least: bool = False

    def met(self, found: Figure) -> bool:
        """Whether a figure reaches the aim. One without the wanted number does not."""
        number = found[self.of]
        return number is not None and (number >= self.limit if self.least else number <= self.limit)

    def __str__(self) -> str:
        return f"{'≥' if self.least else '≤'} {self.limit:g}{'x' if self.of == 'ratio' else ''}"


AIMS: Mapping[str, Aim] = {
    "first_frame": Aim(2, "ratio"),
    "panes8_cpu": Aim(30),
    "panes8_fps": Aim(55, least=True),
    "panes8_key_p99": Aim(25),
    "panes16_cpu": Aim(60),
    "panes16_fps": Aim(50, least=True),
    "panes16_key_p50": Aim(20),
    "switch_10k": Aim(2, "ratio"),
    "append": Aim(2, "ratio", least=True),
    "interrupt_p99": Aim(50),
    "interrupt_socket_closed": Aim(1, least=True),
    "memory_per_session": Aim(5),
    "idle_cpu": Aim(1),
    "tick_flatness": Aim(1.2),
    "calls_paint": Aim(1.5, "ratio"),
    "web_fetch": Aim(1, "ratio"),
    "bridge": Aim(1, "ratio"),
    "tools_modules": Aim(0),
    "hour_growth": Aim(5),
}


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


def table(figures: Mapping[str, Figure]) -> str:
    """The figures for a person: name, value, unit, yardstick, ratio, aim. An aim that is missed is marked."""
    rows = [("", "value", "unit", "yardstick", "ratio", "aim"), *(_row(name, found) for name, found in figures.items())]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join(
        "  ".join(
            cell.rjust(width) if place in (1, 3, 4) else cell.ljust(width)
            for place, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    )


def _row(name: str, found: Figure) -> tuple[str, ...]:
    aim = AIMS.get(name)
    said = "" if aim is None else f"{aim}{'' if aim.met(found) else '  MISSED'}"
    return name, _text(found["value"]), found["unit"], _text(found["yardstick"]), _text(found["ratio"]), said


def _text(number: float | None) -> str:
    return "" if number is None else f"{number:,.6g}"


def _short(value: float) -> float:
    return float(f"{value:.3g}")
