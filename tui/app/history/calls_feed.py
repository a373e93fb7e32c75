"""The list of all calls as its screen holds it: a window of rows of the store, and above them what is open now.

The store's rows are paged: at most ``WINDOW`` of them are held, wherever the reader stands in however many. Calls that
live sessions have open come from memory and stand first in every order, until the store has their end; so the list
knows of a call before its batch is on disk, and no call is shown twice or for a moment not at all.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Protocol

from tui.calls import CallFilter, CallKey, CallOrder, CallQuery, CallRow
from tui.lines import deed, named_paths
from tui.messages import ToolCallPart
from tui.state import CallState, SessionState, StepState

PAGE = 150
WINDOW = 450

Key = tuple[str, str]


class CallStore(Protocol):
    """The store's part in it; see ``tui.store.store.Store``."""

    async def calls(
        self,
        query: CallQuery,
        *,
        after: CallKey | None = None,
        before: CallKey | None = None,
        offset: int = 0,
        limit: int = 100,
    ) -> list[CallRow]: ...

    async def count_calls(self, query: CallQuery, *, before: CallKey | None = None) -> int: ...

    async def ended_calls(self, keys: Sequence[Key]) -> set[Key]: ...

    async def calls_mark(self) -> tuple[object, ...]: ...


class CallsFeed:
    """``begin`` it, tell it with ``reach`` what is in sight, and ``refresh`` when the store has news.

    These three await the store and change what is held only after it has answered, so that one that is cancelled
    changes nothing. They must not run at the same time.
    """

    def __init__(
        self, store: CallStore, states: Callable[[], Iterable[SessionState]], clock: Callable[[], float]
    ) -> None:
        self._store = store
        self._states = states
        self._clock = clock
        self._open: dict[Key, _OpenCall] = {}
        self._query = CallQuery()
        self.pinned: list[CallRow] = []
        self.rows: list[CallRow] = []
        self.first = 0
        """Which of the store's rows ``rows`` begins with."""
        self.stored = 0
        """How many rows the store has; only a lower bound until it is ``counted``."""
        self.counted = False

    @property
    def total(self) -> int:
        return len(self.pinned) + self.stored

    def row(self, index: int) -> CallRow | None:
        """The row at that place in the whole list, where it is held."""
        if index < len(self.pinned):
            return self.pinned[index]
        at = index - len(self.pinned) - self.first
        return self.rows[at] if 0 <= at < len(self.rows) else None

    def index_of(self, key: Key) -> int | None:
        """Where a call stands, if its row is held."""
        for index, row in enumerate(self.pinned):
            if row.key == key:
                return index
        for index, row in enumerate(self.rows):
            if row.key == key:
                return len(self.pinned) + self.first + index
        return None

    # --- from memory

    def look(self) -> bool:
        """Take over what is open now. Whether anything changed."""
        for state in self._states():
            for call in state.open_calls.values():
                self._open.setdefault((state.session_id, call.call_id), _OpenCall(state, call))
        now, wanted = self._clock(), self._query.filter
        rows = [row for opened in self._open.values() if wanted.matches(row := opened.row(now), now)]
        rows.sort(key=lambda row: row.requested_at, reverse=True)
        changed = rows != self.pinned
        self.pinned = rows
        return changed

    async def _settle(self) -> CallQuery:
        """The query as of now, without the calls that come from memory."""
        self.look()
        ended = await self._store.ended_calls(list(self._open))
        live = {(state.session_id, call_id) for state in self._states() for call_id in state.open_calls}
        for key in ended - live:
            self._open.pop(key, None)
        self.look()
        return replace(self._query, without=tuple(self._open), now=self._clock())

    # --- from the store

    async def begin(self, wanted: CallFilter, order: CallOrder, descending: bool) -> None:
        """Another list, from its beginning. Rows come first, ``count`` may take longer. Raises StoreError."""
        before, self._query = self._query, CallQuery(filter=wanted, order=order, descending=descending)
        try:
            query = await self._settle()
            rows = await self._store.calls(query, limit=PAGE)
        except BaseException:
            self._query = before
            raise
        self.rows, self.first = rows, 0
        self.stored, self.counted = len(rows), len(rows) < PAGE

    async def count(self) -> None:
        """Find out how many there are, where that is not known yet. Raises StoreError."""
        if not self.counted:
            query = replace(self._query, without=tuple(self._open), now=self._clock())
            self.stored = await self._store.count_calls(query)
            self.counted = True

    async def reach(self, first: int, last: int) -> bool:
        """Hold the rows from ``first`` to ``last``, and some around them. Whether others came. Raises StoreError."""
        top, end = first - len(self.pinned), last - len(self.pinned) + 1
        held = self.first + len(self.rows)
        if max(top, 0) >= self.first and min(end, self.stored) <= held:
            return False
        query = replace(self._query, without=tuple(self._open), now=self._clock())
        if self.rows and self.first <= top <= held:  # the next page
            more = await self._store.calls(query, after=query.key(self.rows[-1]), limit=PAGE)
            cut = max(0, len(self.rows) + len(more) - WINDOW)
            self.rows, self.first = [*self.rows, *more][cut:], self.first + cut
            known = self.first + len(self.rows)
            self.stored = known if len(more) < PAGE else max(known, self.stored)
        elif self.rows and self.first <= end <= held:  # the one before
            asked = min(PAGE, self.first)
            more = await self._store.calls(query, before=query.key(self.rows[0]), limit=asked)
            self.first = self.first - asked if len(more) == asked else 0
            self.rows = [*more, *self.rows][:WINDOW]
        elif end >= self.stored - PAGE:
            self.rows = await self._store.calls(query, offset=-1, limit=PAGE)
            if len(self.rows) < PAGE:  # it is all there is, whatever was there before
                self.stored = len(self.rows)
            self.first = max(0, self.stored - len(self.rows))
        else:
            offset = max(0, top - PAGE // 3)
            self.rows, self.first = await self._store.calls(query, offset=offset, limit=PAGE), offset
            if len(self.rows) < PAGE:
                self.stored = offset + len(self.rows)
        return True

    async def refresh(self) -> None:
        """The same place of the list as it is by now. Raises StoreError."""
        query = await self._settle()
        limit = max(PAGE, len(self.rows))
        if not self.rows or self.first == 0:
            rows, first = await self._store.calls(query, limit=limit), 0
        else:
            value, row_id = query.key(self.rows[0])
            here = (value, row_id - 1), (value, row_id + 1)  # on either side of the first row
            rows = await self._store.calls(query, after=here[query.descending], limit=limit)
            first = await self._store.count_calls(query, before=here[query.descending])
        stored = await self._store.count_calls(query) if len(rows) == limit or first else len(rows)
        self.rows, self.first, self.stored, self.counted = rows, min(first, stored), stored, True


class _OpenCall:
    """A call that was open when it was last looked at, with its line kept while its arguments are the same."""

    def __init__(self, state: SessionState, call: CallState) -> None:
        self._state = state
        self._call = call
        self._said = ("", "", "")

    def row(self, now: float) -> CallRow:
        call, state, ended = self._call, self._state, self._call.ended
        if self._said[0] is not call.arguments:
            self._said = (call.arguments, deed(call.tool, call.arguments), named_paths(call.arguments))
        ran = None if call.started_at is None else now - call.started_at
        return CallRow(
            id=0,
            session_id=state.session_id,
            call_id=call.call_id,
            tool=call.tool,
            line=self._said[1],
            path=self._said[2],
            touched="\n".join(ended.paths) if ended is not None else "",
            state=call.phase,
            requested_at=call.requested_at,
            started_at=call.started_at,
            ended_at=call.ended_at,
            duration=ended.duration if ended is not None else ran,
            bytes=ended.output_bytes if ended is not None else None,
            price=_price_share(state, call),
            original=call.original,
            title=state.title,
            slot=state.slot,
            workspace=state.workspace,
        )


def _price_share(state: SessionState, call: CallState) -> float | None:
    """As the store reckons it: a step's calls share its price alike."""
    turn = next((turn for turn in reversed(state.turns) if turn.turn_id == call.turn_id), None)
    for item in reversed(turn.items) if turn is not None else ():
        if isinstance(item, StepState):
            calls = [p.part.call_id for p in item.parts if isinstance(p.part, ToolCallPart) and not p.cut]
            if call.call_id in calls:
                price = item.ended.price if item.ended is not None else None
                return None if price is None else price / len(calls)
    return None
