"""What the one-line parts of the screen say about a session: pure functions of its state."""

import os

from rich.text import Text

from tui.app.comparing import group_title
from tui.app.words import OFFLINE, duration, home_path, money, one_line, tokens
from tui.engine.forks import NUMBERED
from tui.events import Mode
from tui.state import SessionState, StepState
from widgets.checklist import CheckItem
from widgets.clean import clean
from widgets.meter import meter_level, meter_text
from widgets.status_line import Segment, Style
from widgets.tab_strip import GLYPHS, HELD, Tab

Segments = tuple[list[Segment], list[Segment]]

STATE_STYLES: dict[str, Style] = {
    "idle": "dim",
    "running": "good",
    "asking": "warn",
    "queued": "accent",
    "failed": "bad",
}
MODE_STYLES: dict[Mode, Style] = {"read-only": "accent", "ask": "dim", "accept-edits": "warn", "autonomous": "warn"}
NEWS = "• new"
"""What a session has that nobody has seen yet."""
BELOW = "↓ more below"
SUB_AGENT = "↳ "
"""Before the title of a session that an agent opened."""
FORK = "Y" if os.environ.get("TERM", "") in ("linux", "dumb") else "↱"
"""Before the title of a fork, with its number where it has one: at the title's end it is the first to be cut off."""


def tab_of(state: SessionState, *, unread: bool) -> Tab:
    """What the strip shows of it. A failure that the person has put away is none there."""
    status = state.status
    if status == "failed" and state.turns[-1].turn_id in state.put_away:
        status = "idle"
    return Tab(state.session_id, state.slot, clean(session_title(state)), status, unread)


def session_title(state: SessionState) -> str:
    """Its title; that of a sub-agent's session, or of a fork, says that it is one."""
    return marked_title(state.title, agent=bool(state.parent_call), fork=state.forked_from is not None)


def marked_title(title: str, *, agent: bool, fork: bool) -> str:
    """``Valves (fork 2)`` is ``↱2 Valves``."""
    if not fork or agent:
        return f"{SUB_AGENT if agent else ''}{title}"
    found = NUMBERED.fullmatch(title)
    name, number = (found[1], found[2] or "") if found else (title, "")
    return f"{FORK}{number} {name}"


def bare_title(shown: str) -> str:
    """A title without the mark before it."""
    mark, _, rest = shown.partition(" ")
    return rest if mark.startswith((FORK, SUB_AGENT.strip())) else shown


def pane_title(state: SessionState, now: float, held_by: int | None = None) -> Segments:
    """Slot and title; where it works. Beside others that were sent the same prompt: how it does.

    ``held_by``: the process that runs it, where that is another one (0: unknown).
    """
    if state.group is not None and not state.group.promoted:
        return group_title(state, now)
    left = [Segment(f"{state.slot}", "accent", 9), Segment(one_line(clean(session_title(state)), 80), "", 8, least=8)]
    if held_by is not None:
        left.append(Segment(f"{HELD} read-only, run by process {held_by or '?'}", "warn", 8))
    return (left, [_place(state)])


def pane_status(
    state: SessionState, window: int | None, now: float, *, mode: Mode, sandbox: str = "", below: bool = False
) -> Segments:
    """State, elapsed time, model, mode and sandbox on the left; jobs, tokens, context and cost on the right.

    ``sandbox`` is what confines commands, "" while that is not known. ``below``: the end is not in sight, so that what
    comes is not either.
    """
    status = state.status
    left = [Segment(f"{GLYPHS[status]} {_doing(state, now)}", STATE_STYLES[status], 9), _model(state)]
    turn = state.turn or (state.turns[-1] if state.turns else None)
    if state.compacting is not None and state.turn is None:
        left.insert(1, Segment(duration(now - state.compacting_at), "dim", 5))
    elif turn is not None:
        left.insert(1, Segment(duration((turn.ended_at or now) - turn.started_at), "dim", 5))
    if below:
        left.insert(1, Segment(BELOW, "accent", 8))
    if state.effort:
        left.append(Segment(state.effort, "dim", 6))
    left.append(Segment(mode, MODE_STYLES[mode], 3 if mode == "ask" else 8))
    if sandbox:
        left.append(_sandbox(sandbox))
    right = []
    jobs = len(state.jobs.keys() - state.ended_jobs.keys())
    if jobs:
        right.append(Segment(f"{jobs} job{'s'[: jobs != 1]}", "good", 7))
    if state.usage.output_tokens or state.usage.input_tokens:
        right.append(
            Segment(f"{tokens(state.usage.input_tokens)} in {tokens(state.usage.output_tokens)} out", "dim", 3)
        )
    if state.context_tokens:
        right.append(_context(state.context_tokens, window))
    if _has_cost(state):
        right.append(_cost(state))
    return left, right


def glance(state: SessionState, now: float, *, unread: bool) -> str:
    """One session in one line beside others, in columns: what it does, since when, tokens, cost, model."""
    turn = state.turn or (state.turns[-1] if state.turns else None)
    elapsed = duration((turn.ended_at or now) - turn.started_at) if turn is not None else ""
    used = state.usage.input_tokens + state.usage.output_tokens
    cost = money(state.cost, state.unpriced_steps) if _has_cost(state) else ""
    doing = f"{_doing(state, now)}{f' {NEWS}' if unread else ''}"
    facts = (f"{one_line(doing, 18):18}", f"{elapsed:>6}", f"{tokens(used) if used else '':>5}", f"{cost:>7}")
    return f"{' '.join(facts)}  {one_line(clean(state.model), 30)}".rstrip()


def can_continue(state: SessionState) -> bool:
    """Whether the last turn did not come to its end."""
    return state.turn is None and bool(state.turns) and state.turns[-1].outcome in ("interrupted", "failed")


def check_items(state: SessionState) -> list[CheckItem]:
    """The agent's checklist; none once all of it is done and the agent rests."""
    if state.turn is None and all(item.status == "done" for item in state.todo):
        return []
    return [CheckItem(one_line(clean(item.text)), item.status) for item in state.todo]


def _place(state: SessionState) -> Segment:
    """Its folder; the branch where it works in a worktree of its own."""
    branch = state.branch
    return (
        Segment(f"⎇ {one_line(clean(branch), 60)}", "accent", 6) if branch else Segment(home_path(state.cwd), "dim", 1)
    )


def _model(state: SessionState) -> Segment:
    if state.model.startswith(OFFLINE):
        return Segment(f"{state.model} · no model", "warn", 7)
    return Segment(state.model, "dim", 7, least=10)


def _context(used: int, window: int | None) -> Segment:
    """How full the context window is; loudly when it is nearly full. Tokens alone where the window is unknown."""
    if not window:
        return Segment(f"context {tokens(used)}", "dim", 4)
    fraction = used / window
    level = meter_level(fraction)
    loud = level in ("warn", "bad")
    return Segment(Text.assemble(meter_text(fraction, 8), f" {fraction:.0%}"), level if loud else "", 8 if loud else 4)


def _has_cost(state: SessionState) -> bool:
    """Whether there is anything to say: before its first answer a session has cost nothing, and perhaps never will."""
    spent = state.cost or state.unpriced_steps or state.usage.input_tokens or state.usage.output_tokens
    return bool(spent or state.budget is not None) and not state.model.startswith(OFFLINE)


def _cost(state: SessionState) -> Segment:
    """What it has cost, and what it may, in another colour when less than a fifth is left."""
    cost = money(state.cost, state.unpriced_steps)
    if state.budget is None:
        return Segment(cost, "dim", 6)
    style: Style = "bad" if state.cost >= state.budget else "warn" if state.cost >= state.budget * 0.8 else "dim"
    return Segment(f"{cost} of {money(state.budget, 0)}", style, 6 if style == "dim" else 8)


def _sandbox(name: str) -> Segment:
    if name.startswith("none"):
        return Segment("no sandbox", "warn", 3)
    return Segment({"bubblewrap": "bwrap"}.get(name, name), "dim", 2)


def _doing(state: SessionState, now: float) -> str:
    status = state.status
    if status == "asking":
        return f"asking · {len(state.asking()) + len(state.questions)}"
    if status != "running":
        return status
    if state.compacting is not None:
        if state.compaction_retry is None:
            return "compacting"
        retry, at = state.compaction_retry
        left = at + retry.wait - now
        return f"compacting: retry {retry.attempt}{f' in {duration(left)}' if left > 0 else ''}"
    step = next((i for i in reversed(state.turn.items if state.turn else []) if isinstance(i, StepState)), None)
    if step is None and not state.open_calls:
        return "running"
    if step is not None and step.retries and not step.parts and step.ended is None:
        retry = step.retries[-1]
        left = step.retried_at + retry.wait - now
        return f"retry {retry.attempt} in {duration(left)}" if left > 0 else f"retrying ({retry.attempt})"
    running = [call.tool for call in state.open_calls.values() if call.started_at is not None]
    if running:
        return f"running {', '.join(running[:3])}"
    if step is not None and step.ended is None and not step.parts:
        return "waiting for the model"
    return "running"
