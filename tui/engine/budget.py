"""What a session may cost: looked at before each request, so that the one that passes the limit is the last.

The sub-agents of a session spend its budget. They have none of their own unless the person gives them one, and each
of them stops too when what is above it is spent. All sessions together have the day's (``tui.engine.purse``). Requests
whose price nobody knows cannot count, and that is said.
"""

from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Protocol

from tui.engine.log import Log
from tui.engine.purse import DAY, Hold, Near, Purse, above
from tui.errors import BudgetSpent, DayBudgetSpent
from tui.state import SessionState
from tui.value import value


class Family(Protocol):
    """What a budget needs of the workspace."""

    def state_of(self, session_id: str) -> SessionState | None:
        """A session that is in memory: whoever waits for a sub-agent is."""
        ...

    async def delegated(self, session_id: str) -> tuple[float, int]:
        """What the sessions below one have cost, and how many of their requests have no known price."""
        ...


@value
class Limit:
    """One limit that holds for a session. ``of`` is a session's id, its own or of one that it works for, or ``DAY``."""

    of: str
    usd: float
    cost: float
    unpriced: int
    slot: int = 0
    below: bool = False


class Budget:
    """The limit of one session, those of the sessions that it works for, and the day's."""

    def __init__(self, log: Log, family: Family, purse: Purse) -> None:
        self._log = log
        self._family = family
        self._purse = purse

    async def check(self, ahead: float = 0.0) -> None:
        """Raises BudgetSpent when a limit has been reached, or when ``ahead``, in USD, would pass it."""
        for limit in await self._limits():
            self._check(limit, ahead)

    @asynccontextmanager
    async def request(self, reference: str, paid: float = 0.0) -> AsyncGenerator[None, None]:
        """Around one request. It waits where others that are under way may spend what is left.

        ``paid``: USD that belong to it and that the log does not tell of yet.

        Raises:
            BudgetSpent: before it begins; the block is not run.
        """
        hold = await self._admit(reference, paid)
        try:
            yield
        finally:
            self._purse.give_back(hold)
        await self._look()

    async def _admit(self, reference: str, paid: float) -> Hold:
        purse, state = self._purse, self._log.state
        own = (state.session_id, *above(state, self._family.state_of))
        hold = Hold(sessions=own, reference=reference, tokens=state.context_tokens)
        while True:
            async with purse.gate:
                if not await self._crowded(hold, paid):
                    purse.take(hold)
                    return hold
                freed = purse.freed
            await freed.wait()

    async def _crowded(self, hold: Hold, paid: float) -> bool:
        """Whether what is under way may leave too little. Raises BudgetSpent."""
        for limit in await self._limits():
            self._check(limit, paid)
            others = self._purse.under(limit.of)
            if others and limit.cost + paid + await self._purse.guess([*others, hold]) > limit.usd:
                return True
        return False

    async def _look(self) -> None:
        """Say which limits are nearly reached."""
        if not self._purse.warn:
            return
        for limit in await self._limits():
            if limit.cost >= limit.usd * self._purse.warn:
                mine = self._log.state.session_id
                await self._purse.tell_near(Near(of=limit.of, session_id=mine, spent=limit.cost, limit=limit.usd))

    async def _limits(self) -> list[Limit]:
        state = self._log.state
        over = list(above(state, self._family.state_of))
        all_of_them = [state, *filter(None, map(self._family.state_of, over))]
        found = [await self._limit_of(one, one.budget) for one in all_of_them if one.budget is not None]
        today = await self._purse.today()
        if today.limit is not None and not {state.session_id, *over} & {*today.note.free}:
            found.append(Limit(of=DAY, usd=today.limit, cost=today.spent, unpriced=today.unpriced))
        return found

    async def _limit_of(self, state: SessionState, usd: float) -> Limit:
        cost, unpriced = await self._family.delegated(state.session_id)
        return Limit(
            of=state.session_id,
            usd=usd,
            cost=state.cost + cost,
            unpriced=state.unpriced_steps + unpriced,
            slot=state.slot,
            below=bool(cost),
        )

    def _check(self, limit: Limit, ahead: float) -> None:
        if limit.cost < limit.usd and limit.cost + ahead <= limit.usd:
            return
        some = "1 request" if limit.unpriced == 1 else f"{limit.unpriced} requests"
        more = f" {some} without a known price cannot be counted." if limit.unpriced else ""
        spent = f"{dollars(limit.cost)} of {dollars(limit.usd)}"
        reach = f"does not reach for some {dollars(ahead)} more"
        all_of_it = limit.cost >= limit.usd
        wanted = more_than(limit.cost + ahead, limit.usd)
        if limit.of == DAY:
            raise DayBudgetSpent(
                f"The day's budget {'is spent' if all_of_it else reach}: all sessions have cost {spent} today.{more}",
                hint=f"/budget day {wanted} raises it for today, /budget free lets this session go on today;"
                " then /continue.",
            )
        mine = limit.of == self._log.state.session_id
        who = "this session" if mine else f"session {limit.slot}, for which this one works,"
        them = ", its sub-agents included" if limit.below else ""
        there = "" if mine else f" in session {limit.slot}"
        raise BudgetSpent(
            f"The budget {'is spent' if all_of_it else reach}: {who} has cost {spent}{them}.{more}",
            hint=f"/budget {wanted}{there} raises the limit, /budget off lifts it; then /continue.",
        )


def together(
    stored: Mapping[str, tuple[float, int]], session_id: str, states: Sequence[SessionState]
) -> tuple[float, int]:
    """What the sessions below one have cost: as stored, and as they stand for those in memory."""
    known = {state.session_id: state for state in states}
    below = {key: each for key, each in known.items() if session_id in above(each, known.get)}
    costs = {**stored, **{key: (state.cost, state.unpriced_steps) for key, state in below.items()}}
    return sum(cost for cost, _ in costs.values()), sum(unpriced for _, unpriced in costs.values())


def dollars(usd: float) -> str:
    """``$5.02``; ``$0.0042`` for what is less than a cent."""
    return f"${usd:.4f}" if 0 < usd < 0.01 else f"${usd:.2f}"


def more_than(cost: float, limit: float) -> str:
    """A limit that would let the session go on, as one types it: twice the old one, or what lies above the cost."""
    wanted = max(limit * 2, cost * 1.2)
    return f"{wanted:.2f}".rstrip("0").rstrip(".") if wanted >= 0.01 else f"{wanted:.4f}"
