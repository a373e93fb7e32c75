"""What it costs to read the agent's checklist, at 10,000 messages and (the yardstick) at ten.

The list comes from a call at the very beginning, so a reader that walked the history would walk all of it.
"""

from random import Random
from time import process_time_ns

from bench.figures import Figure, figure
from bench.history import Scribe, Unsaved
from tui.engine.log import Log
from tui.engine.window.context import history
from tui.events import PartEnded, PartStarted, PromptSubmitted, StepStarted, ToolEnded, ToolOutcome, TurnEnded
from tui.messages import TodoDisplay, TodoItem, ToolCallPart
from tui.state import SessionState

NAMES = ("todo_read",)
MESSAGES = 10_000
READS = 200_000


def measure(*, repeats: int = 5) -> dict[str, Figure]:
    """Nanoseconds of a read, the loop around it included."""
    short, long = _session(10), _session(MESSAGES)
    pairs = [(_read(long), _read(short)) for _ in range(repeats)]
    return {"todo_read": figure([ours for ours, _ in pairs], "ns", [theirs for _, theirs in pairs])}


def _session(messages: int) -> SessionState:
    """A session of at least so many messages, whose first call set the checklist."""
    state = SessionState("session")
    log = Log(state, Unsaved())
    scribe = Scribe(log, Random(0))
    scribe.open(workspace="/w", title="t", model="m/m", slot=1)
    part = ToolCallPart(call_id="todo", name="todo", arguments="{}")
    items = tuple(TodoItem(text=f"Step {number}") for number in range(20))
    log.emit(PromptSubmitted(prompt_id="p", turn_id="t", text="Go"))
    log.emit(StepStarted(step_id="s", turn_id="t", model="m/m"))
    log.emit(PartStarted(part_id="a", step_id="s", kind="tool_call", name="todo"))
    log.emit(PartEnded(part_id="a", part=part))
    log.emit(ToolEnded(call_id="todo", outcome=ToolOutcome.OK, text="", display=(TodoDisplay(items=items),)))
    log.emit(TurnEnded(turn_id="t", outcome="done"))
    scribe.turn()
    for _ in range(messages // (len(history(state)) // 2)):
        scribe.turn()
    assert len(history(state)) >= messages and len(state.todo) == 20
    return state


def _read(state: SessionState) -> float:
    began = process_time_ns()
    for _ in range(READS):
        state.todo  # noqa: B018 - this is what is measured
    return (process_time_ns() - began) / READS


if __name__ == "__main__":
    import json

    print(json.dumps(measure(), indent=2))
