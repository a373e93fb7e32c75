"""What all sessions may cost together in a day, and the requests that are under way now.

Requests that run have no price yet. Near a limit they are taken for what they will probably cost, and whoever would
pass it then waits until one of them has ended: so of any number of sessions one request at the most goes beyond.
Other processes count with what they have spent. What the person decides about a day is kept until it is over.
"""

import asyncio
import json
from collections.abc import Callable, Collection, Iterable
from time import time
from typing import Protocol

from tui.ledger import day_of, midnight
from tui.messages import Usage
from tui.state import SessionState
from tui.value import value

DAY = "day"
"""What the day's limit is called among those of sessions, which are called by their ids."""
EVERYWHERE = ""
KEY = "budget.day"
TOLD = "budget.told"
ANSWER = 1_000
"""Tokens that an answer is taken to have before it is there."""


class Treasury(Protocol):
    """What a purse needs of the store."""

    async def spent(self, since: float) -> tuple[float, int]: ...

    async def load_ui(self, workspace: str, key: str) -> str | None: ...

    def save_ui(self, workspace: str, key: str, value: str) -> None: ...


@value
class DayNote:
    """What was decided for one day. ``limit`` is USD, 0 for none; None: as the settings say.

    ``free``: sessions that the limit does not stop. ``told``: the limit that was said to be near, and put away.
    """

    day: str
    limit: float | None = None
    free: tuple[str, ...] = ()
    told: float = 0.0


@value
class Today:
    note: DayNote
    limit: float | None
    spent: float
    unpriced: int


@value
class Hold:
    """A request under way: its session and those that this works for, the model, and how many tokens it sends."""

    sessions: tuple[str, ...]
    reference: str
    tokens: int


@value
class Near:
    """A limit that is nearly reached. ``of`` is a session's id or ``DAY``, ``session_id`` whoever came near it."""

    of: str
    session_id: str
    spent: float
    limit: float


class Purse:
    """Of one workspace."""

    def __init__(
        self,
        store: Treasury,
        price: Callable[[str, Usage], float | None],
        *,
        day: float | None = None,
        warn: float = 0.0,
        now: Callable[[], float] = time,
    ) -> None:
        self.gate = asyncio.Lock()
        """Held while a request is admitted: what is known then must still hold when it begins."""
        self.near: Callable[[Near], None] = lambda near: None
        """Called once for each limit that is nearly reached. The app puts it into the inbox."""
        self.warn = warn
        self._store = store
        self._price = price
        self._day = day
        self._now = now
        self._holds: list[Hold] = []
        self._freed = asyncio.Event()
        self._told: set[tuple[str, str, float]] = set()

    # --- the day

    async def today(self) -> Today:
        """The day's limit and what was spent of it, by every process. Where there is no limit nothing is summed."""
        note = await self.note()
        limit = self._day if note.limit is None else note.limit or None
        spent, unpriced = await self._store.spent(midnight(self._now())) if limit is not None else (0.0, 0)
        return Today(note=note, limit=limit, spent=spent, unpriced=unpriced)

    async def sum_of_today(self) -> tuple[float, int]:
        return await self._store.spent(midnight(self._now()))

    async def note(self) -> DayNote:
        """What was decided for today; nothing of yesterday's holds."""
        day, text = day_of(self._now()), await self._store.load_ui(EVERYWHERE, KEY)
        try:
            kept = json.loads(text or "{}")
            if kept.get("day") == day:
                limit = None if kept["limit"] is None else float(kept["limit"])
                return DayNote(day=day, limit=limit, free=tuple(map(str, kept["free"])), told=float(kept["told"]))
        except (ValueError, TypeError, KeyError, AttributeError):
            pass  # what another version wrote: the settings hold
        return DayNote(day=day)

    async def limit_today(self, limit: float) -> None:
        """Another limit for the rest of the day, 0 for none. It outlives the program."""
        note = await self.note()
        self._keep(DayNote(day=note.day, limit=limit, free=note.free, told=note.told))

    async def free(self, session_id: str) -> None:
        """The day's limit does not stop this session today."""
        note = await self.note()
        self._keep(DayNote(day=note.day, limit=note.limit, free=(*note.free, session_id), told=note.told))

    def _keep(self, note: DayNote) -> None:
        told = {"day": note.day, "limit": note.limit, "free": note.free, "told": note.told}
        self._store.save_ui(EVERYWHERE, KEY, json.dumps(told))

    # --- nearly

    async def tell_near(self, near: Near) -> None:
        """Say it, unless it was said by this process, or put away on this day or for this limit."""
        day = day_of(self._now()) if near.of == DAY else ""
        mark = (near.of, day, near.limit)
        if mark in self._told:
            return
        self._told.add(mark)
        if near.of == DAY:
            put_away = (await self.note()).told == near.limit
        else:
            put_away = await self._store.load_ui(near.of, TOLD) == f"{near.limit:g}"
        if not put_away:
            self.near(near)

    async def put_away(self, near: Near) -> None:
        """The person has seen it: it is not said again, also not after a restart."""
        if near.of != DAY:
            self._store.save_ui(near.of, TOLD, f"{near.limit:g}")
            return
        note = await self.note()
        self._keep(DayNote(day=note.day, limit=note.limit, free=note.free, told=near.limit))

    # --- what is under way

    def under(self, limit: str) -> list[Hold]:
        """Requests under way that spend of a limit."""
        return [hold for hold in self._holds if limit == DAY or limit in hold.sessions]

    def take(self, hold: Hold) -> None:
        self._holds.append(hold)

    def give_back(self, hold: Hold) -> None:
        """It has ended: whoever waits looks again."""
        self._holds = [each for each in self._holds if each is not hold]
        self._freed.set()
        self._freed = asyncio.Event()

    @property
    def freed(self) -> asyncio.Event:
        """Set when the next request ends."""
        return self._freed

    async def guess(self, holds: Collection[Hold]) -> float:
        """USD that these will probably cost, nothing for those of unknown price. Prices may have to be loaded."""

        def reckon() -> float:
            asked = ((each.reference, Usage(input_tokens=each.tokens, output_tokens=ANSWER)) for each in holds)
            return sum(self._price(reference, usage) or 0.0 for reference, usage in asked)

        return await asyncio.to_thread(reckon)


def above(state: SessionState, state_of: Callable[[str], SessionState | None]) -> Iterable[str]:
    """The sessions that one works for, the nearest first."""
    seen: SessionState | None = state
    while seen is not None and seen.parent_call is not None:
        yield seen.parent_call[0]
        seen = state_of(seen.parent_call[0])
