"""The verbs of what a session's model is asked for: how much it reasons, and what all of it may cost."""

from tui.app.verbs.base import Group
from tui.app.words import money
from tui.engine.purse import Purse
from tui.engine.session import Session
from tui.errors import UsageError
from tui.messages import EFFORT_NAMED, EFFORTS, Effort

AUTO = "auto"
"""How one says that the model is to reason as much as it does by itself."""
OFF = ("off", "none")


class ModelVerbs(Group):
    """On the focused session."""

    async def effort(self, rest: str) -> None:
        session = self._screen.session
        if session is None:
            return
        word = rest.strip().lower() or await self._pick_effort(session.state.effort)
        if not word:
            return
        session.change_effort(effort_named(word))
        now = session.state.effort or "as much as it does by itself"
        running = " The step that runs is finished as it was asked for." if session.running else ""
        self._screen.notify(f"{session.state.model} reasons: {now}.{running}", markup=False)

    async def _pick_effort(self, current: Effort) -> str:
        from tui.app.screens.lists import effort_list  # noqa: PLC0415

        return str(await self._program.ask(effort_list(current)) or "")

    async def budget(self, rest: str) -> None:
        session = self._screen.session
        if session is None:
            return
        word, _, more = rest.strip().partition(" ")
        purse = self._screen.workspace.purse
        if word == "day" and more.strip():
            await purse.limit_today(amount(more) or 0.0)
        elif word == "free":
            await purse.free(session.id)
        elif word and word != "day":
            session.change_budget(amount(rest))
        if word in ("day", "free"):
            line = await day_line(purse, session)
        else:
            line = budget_line(session, *await self._screen.workspace.delegated(session.id))
        self._screen.notify(line, markup=False)


def effort_named(word: str) -> Effort:
    """Raises UsageError for a word that is none."""
    if word != AUTO and word not in EFFORT_NAMED:
        raise UsageError(f"There is no effort {word!r}.", hint=f"There are: {', '.join((*EFFORTS, AUTO))}.")
    return EFFORT_NAMED.get(word, "")


def amount(text: str) -> float | None:
    """``3``, ``$3.50`` or ``3,50`` in USD; None for "off". Raises UsageError for anything else."""
    word = text.strip().lower().removeprefix("$").removesuffix("usd").strip()
    if word in OFF:
        return None
    try:
        found = float(word.replace(",", "."))
    except ValueError:
        found = 0.0
    if not 0 < found < float("inf"):
        raise UsageError(f"{text.strip()!r} is no amount in USD.", hint="/budget 5, or /budget off.")
    return found


async def day_line(purse: Purse, session: Session) -> str:
    """What all sessions have cost today, and what they may."""
    today = await purse.today()
    if today.limit is None:
        return f"Today, all sessions: {money(*await purse.sum_of_today())}. /budget day 20 limits that."
    free = " It does not stop this session." if session.id in today.note.free else ""
    return f"Today, all sessions: {money(today.spent, today.unpriced)} of {money(today.limit, 0)}.{free}"


def budget_line(session: Session, below: float, unpriced: int) -> str:
    """What the session has cost, its sub-agents (``below``) included, and what it may."""
    state = session.state
    cost = money(state.cost + below, state.unpriced_steps + unpriced)
    some = " (requests without a known price are not counted)" if state.unpriced_steps + unpriced else ""
    if state.budget is None:
        return f"So far: {cost}{some}. There is no limit: /budget 5 sets one."
    return f"So far: {cost} of {money(state.budget, 0)}{some}. /budget off lifts the limit."
