"""What a session may cost: looked at before each request, so that the one that passes the limit is the last.

The sub-agents of a session spend its budget. They have none of their own unless the person gives them one, and each
of them stops too when what is above it is spent. Requests whose price nobody knows cannot count, and that is said.
"""

from typing import Protocol

from tui.engine.log import Log
from tui.errors import BudgetSpent
from tui.state import SessionState


class Family(Protocol):
    """What a budget needs of the workspace."""

    def state_of(self, session_id: str) -> SessionState | None:
        """A session that is in memory: whoever waits for a sub-agent is."""
        ...

    async def delegated(self, session_id: str) -> tuple[float, int]:
        """What the sessions below one have cost, and how many of their requests have no known price."""
        ...


class Budget:
    """The limit of one session, and those of the sessions that it works for."""

    def __init__(self, log: Log, family: Family) -> None:
        self._log = log
        self._family = family

    async def check(self, ahead: float = 0.0) -> None:
        """Raises BudgetSpent when a limit has been reached, or when ``ahead``, in USD, would pass it."""
        state: SessionState | None = self._log.state
        while state is not None:
            if state.budget is not None:
                await self._check(state, state.budget, ahead)
            state = self._family.state_of(state.parent_call[0]) if state.parent_call is not None else None

    async def _check(self, state: SessionState, limit: float, ahead: float) -> None:
        below, unpriced_below = await self._family.delegated(state.session_id)
        cost, unpriced = state.cost + below, state.unpriced_steps + unpriced_below
        if cost < limit and cost + ahead <= limit:
            return
        mine = state is self._log.state
        who = "this session" if mine else f"session {state.slot}, for which this one works,"
        them = ", its sub-agents included" if below else ""
        some = "1 request" if unpriced == 1 else f"{unpriced} requests"
        more = f" {some} without a known price cannot be counted." if unpriced else ""
        there = "" if mine else f" in session {state.slot}"
        told = "The budget is spent:" if cost >= limit else f"The budget does not reach for some {dollars(ahead)} more:"
        raise BudgetSpent(
            f"{told} {who} has cost {dollars(cost)} of {dollars(limit)}{them}.{more}",
            hint=f"/budget {more_than(cost + ahead, limit)}{there} raises the limit, /budget off lifts it;"
            " then /continue.",
        )


def dollars(usd: float) -> str:
    """``$5.02``; ``$0.0042`` for what is less than a cent."""
    return f"${usd:.4f}" if 0 < usd < 0.01 else f"${usd:.2f}"


def more_than(cost: float, limit: float) -> str:
    """A limit that would let the session go on, as one types it: twice the old one, or what lies above the cost."""
    wanted = max(limit * 2, cost * 1.2)
    return f"{wanted:.2f}".rstrip("0").rstrip(".") if wanted >= 0.01 else f"{wanted:.4f}"
