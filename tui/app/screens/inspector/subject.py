"""What is inspected: one call of a session's state, and what can be said about it without asking anybody."""

import difflib
import json
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from tui.app.words import call_line, duration, money, size
from tui.events import Entry, PartEnded
from tui.messages import DiffDisplay, TextDisplay, ToolCallPart
from tui.state import CallState, SessionState, StepState
from tui.store.codec import to_plain
from widgets.clean import clean
from widgets.fact_tree import Fact
from widgets.literal import escaped

RAW_SHOWN = 1_000_000
"""Characters of the arguments as they came that are shown."""
DIFFED = 2_000_000
"""Characters of an output that are compared."""


def heading(call: CallState, state: SessionState, now: float) -> tuple[str, list[str]]:
    """A call in a line, and its facts: state, duration, size, share of the cost, what it repeats."""
    facts = [call.phase.replace("_", " ")]
    if call.ended is not None:
        facts += [duration(call.ended.duration), size(call.ended.output_bytes)] if call.started_at is not None else []
    elif call.started_at is not None:
        facts.append(duration(now - call.started_at))
    share = cost_share(call, state)
    if share is not None:
        facts.append(f"~{money(share, 0)}")
    if call.original:
        facts.append("run again by you")
    elif call.aside:
        facts.append("run by you")
    return escaped(call_line(call.tool, call.arguments)), facts


def cost_share(call: CallState, state: SessionState) -> float | None:
    """The call's part in the price of the request that asked for it, in USD; None where that is unknown."""
    turn = next((turn for turn in reversed(state.turns) if turn.turn_id == call.turn_id), None)
    for step in turn.items if turn is not None else ():
        if isinstance(step, StepState) and step.ended is not None and step.ended.price is not None:
            calls = [part.part.call_id for part in step.parts if isinstance(part.part, ToolCallPart) and not part.cut]
            if call.call_id in calls:
                return step.ended.price / len(calls)
    return None


def reruns(call: CallState, state: SessionState) -> list[CallState]:
    """The side calls of the same original, oldest first, the call itself not among them."""
    original = call.original or call.call_id
    return [other for other in state.calls.values() if other.original == original and other is not call]


def argument_facts(call: CallState) -> list[Fact]:
    """The arguments as a tree, and below, as they came, with every character written out."""
    raw = call.arguments
    told = raw if len(raw) <= RAW_SHOWN else f"{raw[:RAW_SHOWN]}\n… {len(raw) - RAW_SHOWN:,} more characters"
    came = Fact("as they came", told, document=True, open=len(raw) <= 4_000)
    try:
        values = json.loads(raw or "{}")
    except (ValueError, RecursionError) as error:
        return [Fact("not JSON", str(error)), came]
    if isinstance(values, dict):
        return [*(_opened(Fact(str(name), value)) for name, value in values.items()), came]
    return [_opened(Fact("arguments", values)), came]


def _opened(fact: Fact) -> Fact:
    """Open to begin with where it is not long."""
    many = len(fact.value) > 20 if isinstance(fact.value, (list, tuple, dict)) else False
    long = isinstance(fact.value, str) and len(fact.value) > 4_000
    fact.open = fact.folds and not many and not long
    return fact


def event_facts(call_id: str, entries: Iterable[Entry]) -> list[Fact]:
    """The entries of the log that are about a call, as they are stored."""
    facts: list[Fact] = []
    for entry in entries:
        if _is_about(entry, call_id):
            kind, version, event = to_plain(entry.event)
            row: dict[str, Any] = {"seq": entry.seq, "at": entry.at, "version": version, "event": event}
            facts.append(Fact(f"{entry.seq} {kind}", row))
    for fact in facts[:1]:
        fact.open = True
    return facts


def event_lines(call_id: str, entries: Iterable[Entry]) -> str:
    """The same as JSON lines, to be copied or saved."""
    rows = []
    for entry in entries:
        if _is_about(entry, call_id):
            kind, version, event = to_plain(entry.event)
            rows.append(
                json.dumps({"seq": entry.seq, "at": entry.at, "kind": kind, "version": version, "event": event})
            )
    return "\n".join(rows)


def _is_about(entry: Entry, call_id: str) -> bool:
    event = entry.event
    if isinstance(event, PartEnded):
        return isinstance(event.part, ToolCallPart) and event.part.call_id == call_id
    return call_id in (getattr(event, "call_id", None), getattr(event, "original", None))


def output_text(call: CallState) -> str:
    """What came out: the whole of a result that is short, else what the model was given, or what has come so far."""
    return call.ended.text if call.ended is not None else "".join(call.output)


def call_diff(call: CallState) -> tuple[str, list[str]]:
    """The files' changes as one unified diff, and sentences about what is odd in it."""
    displays = call.ended.display if call.ended is not None and call.ended.display else ()
    asked = call.approval.preview if call.approval is not None else ()
    found = [d for d in displays if isinstance(d, DiffDisplay)] or [d for d in asked if isinstance(d, DiffDisplay)]
    notes = [f"{clean(d.path)}: the file had changed meanwhile, or this no longer applies." for d in found if d.stale]
    if found and call.ended is not None and call.ended.outcome != "ok":
        notes.append("This is what it would have changed: it did not end well.")
    return "\n".join(d.diff.rstrip("\n") for d in found), notes


def shown_text(call: CallState) -> str:
    """A result as the person is shown it: for comparing."""
    if call.ended is None:
        return ""
    texts = [display.text for display in call.ended.display if isinstance(display, TextDisplay)]
    return "\n".join(texts) or call.ended.text


def outputs_diff(one: CallState, two: CallState) -> str:
    """A unified diff of two outputs; slow, for a thread."""
    before, after = (clean(shown_text(call))[:DIFFED].splitlines() for call in (one, two))
    return "\n".join(difflib.unified_diff(before, after, _named(one), _named(two), lineterm="", n=3))


def _named(call: CallState) -> str:
    return f"{'run again' if call.original else 'original'} {call.call_id}"


def settled(call: CallState) -> CallState:
    """A copy that a thread may read while the call goes on."""
    return replace(call, output=list(call.output))
