"""What is compared of sessions that were sent the same prompt: figures, final answers. Pure functions of their states.

Figures are of the turn that answers the prompt and of those that followed it; of a session that is in no group,
of its last turn. Tokens a second are what the provider counted, over the time from the first token on; while an answer
streams, or where nobody counted, they are estimated from characters, and said to be.
"""

from typing import Literal

from tui.app.words import OFFLINE, duration, money, one_line
from tui.engine.groups import short_model
from tui.state import Prompt, SessionState, StepState, TurnState
from tui.value import value
from widgets.clean import clean
from widgets.status_line import Segment, Style

CHARS_A_TOKEN = 4.0
"""What an estimate takes a token for."""
_LEAST_SECONDS = 0.05
"""A rate over less than that is none."""

Phase = Literal["waiting", "running", "asking", "done", "interrupted", "failed", "idle"]
PHASE_STYLES: dict[Phase, Style] = {
    "waiting": "accent",
    "running": "good",
    "asking": "warn",
    "done": "",
    "interrupted": "warn",
    "failed": "bad",
    "idle": "dim",
}


@value
class Measures:
    """Seconds, counts and USD. None is "not known", or "not yet"."""

    phase: Phase
    first_token: float | None = None
    rate: float | None = None
    estimated: bool = False
    seconds: float | None = None
    calls: int = 0
    failed: int = 0
    files: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    cost: float = 0.0
    unpriced: int = 0
    steps: int = 0


def compared_turns(state: SessionState) -> list[TurnState]:
    """The turns that count: from the one that the group's prompt began, else the last one."""
    if state.group is None or not state.group.prompt_id:
        return state.turns[-1:]
    for number, turn in enumerate(state.turns):
        if any(isinstance(item, Prompt) and item.prompt_id == state.group.prompt_id for item in turn.items):
            return state.turns[number:]
    return []


def measures(state: SessionState, now: float) -> Measures:
    """The figures as of ``now``, in the log's time."""
    turns = compared_turns(state)
    steps = [item for turn in turns for item in turn.items if isinstance(item, StepState)]
    ended = [step.ended for step in steps if step.ended is not None]
    ids = {turn.turn_id for turn in turns}
    calls = [call for call in state.calls.values() if call.turn_id in ids]
    rate, estimated = _rate(steps, now)
    return Measures(
        phase=_phase(state, turns),
        first_token=next((wait for step in steps if (wait := _first_token(step)) is not None), None),
        rate=rate,
        estimated=estimated,
        seconds=sum((turn.ended_at or now) - turn.started_at for turn in turns) if turns else None,
        calls=len(calls),
        failed=sum(call.phase in ("error", "timed_out", "unknown") for call in calls),
        files=len({path for turn_id in ids for path in state.files.get(turn_id, {})}),
        input_tokens=sum(step.usage.input_tokens for step in ended),
        output_tokens=sum(step.usage.output_tokens for step in ended),
        cost=sum(step.price or 0.0 for step in ended),
        unpriced=sum(step.price is None for step in ended),
        steps=len(steps),
    )


def final_answer(state: SessionState) -> str:
    """The text of the last step that said something, in the last of the turns that count."""
    for turn in reversed(compared_turns(state)):
        for item in reversed(turn.items):
            if isinstance(item, StepState):
                texts = [part.text for part in item.parts if part.kind == "text" and part.text.strip()]
                if texts:
                    return "\n\n".join(texts)
    return ""


def group_title(state: SessionState, now: float) -> tuple[list[Segment], list[Segment]]:
    """The title line of a pane whose session answers beside others: who it is, and how it does."""
    label = state.group.label if state.group is not None else ""
    who = [Segment(f"{state.slot}", "accent", 9), Segment(clean(label), "", 8, least=6)]
    name = clean(short_model(state.model))
    if name not in label:
        who.append(Segment(name, "dim", 2))
    if not state.title.startswith(f"{label}:"):  # it was there before, or has a name by now
        who.append(Segment(one_line(clean(state.title), 80), "dim", 3, least=8))
    found = measures(state, now)
    facts = [
        Segment("" if found.first_token is None else f"first {duration(found.first_token)}", "dim", 5),
        Segment(rate_text(found), "good" if found.phase == "running" else "dim", 7),
        Segment(calls_text(found) if found.calls else "", "dim", 4),
        Segment(cost_text(state, found), "dim", 6),
    ]
    return who, facts


def rate_text(found: Measures) -> str:
    """``62 tok/s``; ``~62 tok/s`` where it is estimated; "" where there is none yet."""
    if found.rate is None:
        return ""
    return f"{'~' if found.estimated else ''}{found.rate:.0f} tok/s"


def calls_text(found: Measures) -> str:
    failed = f", {found.failed} failed" if found.failed else ""
    return f"{found.calls} call{'s'[: found.calls != 1]}{failed}"


def cost_text(state: SessionState, found: Measures) -> str:
    """What it cost so far; "" before the first answer, and for what is no model."""
    if state.model.startswith(OFFLINE) or not (found.cost or found.unpriced):
        return ""
    return money(found.cost, found.unpriced)


def _phase(state: SessionState, turns: list[TurnState]) -> Phase:
    waits = state.group is not None and any(p.prompt_id == state.group.prompt_id for p in state.outbox)
    if waits:
        return "waiting"
    if not turns:
        return "idle"
    outcome = turns[-1].outcome
    if outcome is None:
        return "asking" if state.status == "asking" else "running"
    return outcome


def _first_token(step: StepState) -> float | None:
    if step.ended is not None and step.ended.first_token is not None:
        return step.ended.first_token
    return None if step.answered_at is None else max(0.0, step.answered_at - step.started_at)


def _rate(steps: list[StepState], now: float) -> tuple[float | None, bool]:
    """Of the answer that streams now, else over all that ended; and whether it is estimated."""
    last = steps[-1] if steps else None
    if last is not None and last.ended is None and last.answered_at is not None:
        took = now - last.answered_at
        return (_estimate(last) / took, True) if took >= _LEAST_SECONDS else (None, True)
    count = took = 0.0
    estimated = False
    for step in steps:
        if step.ended is not None and step.ended.first_token is not None:
            took += step.ended.duration - step.ended.first_token
            counted = step.ended.usage.output_tokens
            estimated = estimated or not counted
            count += counted or _estimate(step)
    return (count / took if count and took >= _LEAST_SECONDS else None), estimated


def _estimate(step: StepState) -> float:
    return sum(len(part.text) for part in step.parts) / CHARS_A_TOKEN
