"""What models cost and used, as the ledger shows it: values, the days they fall on, and how a span of days is written.

A request belongs to the local day on which it was sent. What has no known price is counted and never taken for nothing.
"""

import re
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from typing import Literal

from tui.errors import UsageError
from tui.value import value

By = Literal["day", "session", "model", "tool"]
BY: tuple[By, ...] = ("day", "session", "model", "tool")
_AGO = re.compile(r"(\d{1,5})\s*([hdwm])")
_HOURS = {"h": 1, "d": 24, "w": 168, "m": 720}


@value
class LedgerQuery:
    """``since <= sent < until`` in UTC epoch seconds; of one session, model or tool where those are named."""

    by: By = "day"
    since: float | None = None
    until: float | None = None
    session: str = ""
    model: str = ""
    tool: str = ""


@value
class LedgerRow:
    """The sum of some requests, or of the calls of a tool. ``key`` is a day (YYYY-MM-DD), an id or a name.

    ``cost`` is USD over those whose price is known, None where none is; ``unpriced`` counts the others that have ended.
    ``estimated``: of a tool. Its cost is what its results added to the requests that read them first, ``asked`` what
    its calls share of the requests that asked for them.
    """

    key: str
    title: str = ""
    slot: int = 0
    workspace: str = ""
    requests: int = 0
    running: int = 0
    unpriced: int = 0
    sessions: int = 0
    calls: int = 0
    failed: int = 0
    input: int = 0
    output: int = 0
    cache_read: int = 0
    cache_write: int = 0
    reasoning: int = 0
    cost: float | None = None
    asked: float | None = None
    first_token: float | None = None
    duration: float = 0.0
    last: float = 0.0
    estimated: bool = False


@value
class Ledger:
    """``days`` is every day on which something was asked, oldest first, whatever the rows are by."""

    rows: tuple[LedgerRow, ...]
    total: LedgerRow
    days: tuple[LedgerRow, ...]


def midnight(now: float, days: int = 0) -> float:
    """When the local day of ``now`` began, or that so many days before (below 0: after) it."""
    return _begin(datetime.fromtimestamp(now).date() - timedelta(days=days))


def day_of(moment: float) -> str:
    return datetime.fromtimestamp(moment).date().isoformat()


def bounds(day: str) -> tuple[float, float]:
    """When a day of this name begins, and when the next one does: clocks may be changed between."""
    begin = date.fromisoformat(day)
    return _begin(begin), _begin(begin + timedelta(days=1))


def read_moment(text: str, now: float, *, end: bool = False) -> float:
    """``7d`` ago, ``today``, ``yesterday``, a day, or a day and a time. ``end``: of a day its end is meant.

    Days ago are whole ones: ``7d`` begins with the day six days ago.

    Raises:
        UsageError: it is none of these.
    """
    words = text.strip().lower()
    if found := _AGO.fullmatch(words):
        hours = int(found[1]) * _HOURS[found[2]]
        if found[2] == "h" or end:
            return now - hours * 3600
        return midnight(now, max(0, hours // 24 - 1))
    try:
        named: dict[str, Callable[[], str]] = {"today": lambda: day_of(now), "yesterday": lambda: day_of(now - 86_400)}
        written = named[words]() if words in named else words
        if len(written) == len("2026-11-01"):
            return bounds(written)[end]
        return datetime.fromisoformat(written).timestamp()
    except (ValueError, OverflowError) as error:
        hint = "7d, 12h, today, yesterday, 2026-11-01, 2026-11-01T14:00."
        raise UsageError(f"{text.strip()!r} is no time.", hint=hint) from error


def _begin(day: date) -> float:
    return datetime.combine(day, time()).timestamp()
