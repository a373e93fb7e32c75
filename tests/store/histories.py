"""Made-up events for property tests: any event at all, and histories that an engine could have written."""

from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from enum import Enum
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from hypothesis import strategies as st

from tui.events import (
    ApprovalDecided,
    ApprovalRequested,
    ContextCompacted,
    Entry,
    FileKept,
    FileRestored,
    FileWritten,
    JobEnded,
    JobStarted,
    ModeChanged,
    ModelChanged,
    PartDelta,
    PartEnded,
    PartStarted,
    PromptEdited,
    PromptMoved,
    PromptQueued,
    PromptSubmitted,
    PromptWithdrawn,
    QuestionAnswered,
    QuestionAsked,
    SessionArchived,
    SessionClosed,
    SessionEvent,
    SessionOpened,
    SessionRenamed,
    SideCall,
    StepEnded,
    StepRetried,
    StepStarted,
    ToolEnded,
    ToolOutcome,
    ToolOutput,
    ToolStarted,
    TurnEnded,
)
from tui.messages import PartKind, ReasoningPart, StopReason, TextPart, ToolCallPart, Usage

_KINDS: list[PartKind] = ["text", "reasoning"]

EVENTS: tuple[type, ...] = get_args(SessionEvent)

_any_character = st.characters(exclude_categories=())  # lone surrogates, NUL and controls too
_long = st.builds(lambda text, times: text * times, st.text(_any_character, min_size=1, max_size=4), st.just(40_000))
TEXTS = st.one_of(st.text(_any_character, max_size=40), st.text(max_size=40), _long)


def values(hint: Any, texts: st.SearchStrategy[str] = TEXTS) -> st.SearchStrategy[Any]:
    """Any value of a type that events are made of."""
    origin, arguments = get_origin(hint), get_args(hint)
    if hint is str:
        return texts
    if hint is float:
        return st.floats(allow_nan=False)
    if hint is int:  # what a column of the store holds
        return st.integers(-(2**63) + 1, 2**63 - 1)
    if hint in (bool, NoneType):
        return st.from_type(hint)
    if origin is Literal:
        return st.sampled_from(arguments)
    if origin in (Union, UnionType):
        return st.one_of([values(argument, texts) for argument in arguments])
    if origin is tuple and arguments[-1] is ...:
        return st.lists(values(arguments[0], texts), max_size=3).map(tuple)
    if origin is tuple:
        return st.tuples(*(values(argument, texts) for argument in arguments))
    if isinstance(hint, type) and issubclass(hint, Enum):
        return st.sampled_from(list(hint))
    assert is_dataclass(hint) and isinstance(hint, type), f"no way to make a {hint}"
    hints = get_type_hints(hint)
    return st.builds(hint, **{field.name: values(hints[field.name], texts) for field in fields(hint)})


def opened(session_id: str = "s1", *, at: float = 1.0, **more: Any) -> Entry:
    """The first entry of a session."""
    facts = {"workspace": "/w", "cwd": "/w", "title": "New session", "model": "offline/tour", "slot": 1} | more
    return Entry(session_id, 1, at, SessionOpened(**facts))


def deltas(count: int, *, session_id: str = "s1", part_id: str = "part_1", after: int = 1) -> list[Entry]:
    return [
        Entry(session_id, after + n, float(after + n), PartDelta(part_id=part_id, text=f"token{n} "))
        for n in range(1, count + 1)
    ]


@st.composite
def histories(draw: st.DrawFn, *, session_id: str = "s1") -> list[Entry]:
    """A session's log that ends anywhere: prompts, turns, steps, parts, calls, approvals, questions."""
    events: list[SessionEvent] = [SessionOpened(workspace="/w", cwd="/w", title="t", model="m", slot=1)]
    for turn in range(draw(st.integers(0, 3))):
        events += _turn(draw, f"turn_{turn}")
        events += draw(st.lists(_asides, max_size=2))
    length = draw(st.integers(1, len(events)))
    return [Entry(session_id, seq, 1000.0 + seq / 8, event) for seq, event in enumerate(events[:length], 1)]


_short = st.text(_any_character, max_size=12)
_ARGUMENTS = ("{}", '{"command": "make test"}', '{"path": "src/a.py"}', "no JSON", '{"path": "\ud800"}')
_arguments = st.sampled_from(_ARGUMENTS)
_asides: st.SearchStrategy[SessionEvent] = st.one_of(
    st.builds(SessionRenamed, title=_short),
    st.builds(SessionArchived, archived=st.booleans()),
    st.builds(SessionClosed),
    st.builds(ModelChanged, model=_short),
    st.builds(ModeChanged, mode=st.sampled_from(["read-only", "ask"])),
    st.builds(ContextCompacted, summary=_short, through_seq=st.just(1)),
    st.builds(PromptQueued, prompt_id=st.sampled_from(["prompt_x", "prompt_y"]), text=_short),
    st.builds(PromptEdited, prompt_id=st.sampled_from(["prompt_x", "prompt_y"]), text=_short),
    st.builds(PromptMoved, prompt_id=st.just("prompt_x"), before=st.sampled_from(["prompt_y", None])),
)


def _turn(draw: st.DrawFn, turn_id: str) -> Iterator[SessionEvent]:
    prompt_id = f"prompt_{turn_id}"
    text = draw(_short)
    yield PromptQueued(prompt_id=prompt_id, text=text)
    if draw(st.integers(0, 5)) == 0:
        yield PromptWithdrawn(prompt_id=prompt_id)
        return
    yield PromptSubmitted(prompt_id=prompt_id, turn_id=turn_id, text=text)
    for step in range(draw(st.integers(1, 2))):
        yield from _step(draw, turn_id, f"step_{turn_id}_{step}")
    yield TurnEnded(turn_id=turn_id, outcome=draw(st.sampled_from(["done", "interrupted", "failed"])))


def _step(draw: st.DrawFn, turn_id: str, step_id: str) -> Iterator[SessionEvent]:
    yield StepStarted(step_id=step_id, turn_id=turn_id, model="m")
    if draw(st.booleans()):
        yield StepRetried(step_id=step_id, attempt=1, wait=0.5, reason="busy")
    for number, kind in enumerate(draw(st.lists(st.sampled_from(_KINDS), max_size=2))):
        part_id, chunks = f"part_{step_id}_{number}", draw(st.lists(_short, max_size=6))
        yield PartStarted(part_id=part_id, step_id=step_id, kind=kind)
        yield from (PartDelta(part_id=part_id, text=chunk) for chunk in chunks)
        make = TextPart if kind == "text" else ReasoningPart
        yield PartEnded(part_id=part_id, part=make(text="".join(chunks)), cut=draw(st.booleans()))
    calls = [f"call_{step_id}_{number}" for number in range(draw(st.integers(0, 2)))]
    for call_id in calls:
        yield PartStarted(part_id=f"part_{call_id}", step_id=step_id, kind="tool_call", name="shell")
        yield PartDelta(part_id=f"part_{call_id}", text="{}")
        part = ToolCallPart(call_id=call_id, name="shell", arguments=draw(_arguments))
        yield PartEnded(part_id=f"part_{call_id}", part=part)
    price = draw(st.sampled_from([None, 0.25, 0.1]))
    yield StepEnded(step_id=step_id, stop=StopReason.END, usage=Usage(input_tokens=7, output_tokens=3), price=price)
    for call_id in calls:
        yield from _call(draw, call_id, turn_id)


def _call(draw: st.DrawFn, call_id: str, turn_id: str) -> Iterator[SessionEvent]:
    arguments = draw(_arguments)
    if draw(st.booleans()):
        asked: dict[str, Any] = {"approval_id": f"approval_{call_id}", "call_id": call_id}
        yield ApprovalRequested(
            **asked, tool="shell", arguments=arguments, effect="run", why=draw(_short), digest="d", preview=()
        )
        yield ApprovalDecided(**asked, decision="allow", by="person")
    if draw(st.booleans()):
        yield QuestionAsked(question_id=f"question_{call_id}", call_id=call_id, text=draw(_short))
        yield QuestionAnswered(question_id=f"question_{call_id}", answer=draw(st.none() | _short))
    yield ToolStarted(call_id=call_id, turn_id=turn_id, tool="shell", arguments=arguments)
    for chunk in draw(st.lists(_short, max_size=4)):
        yield ToolOutput(call_id=call_id, text=chunk)
    outcome = draw(st.sampled_from(list(ToolOutcome)))
    yield ToolEnded(call_id=call_id, outcome=outcome, text=draw(_short), paths=tuple(draw(st.sets(_short, max_size=2))))
    if draw(st.booleans()):
        path = draw(_short)
        yield FileKept(turn_id=turn_id, call_id=call_id, path=path, blob=draw(_short), skipped=draw(_short))
        yield FileWritten(turn_id=turn_id, call_id=call_id, path=path, digest=draw(_short))
        yield FileRestored(turn_id=turn_id, path=path, digest="", replaced=draw(_short), redone=draw(st.booleans()))
        yield JobStarted(job_id=f"job_{call_id}", call_id=call_id, command=draw(_short))
        yield JobEnded(job_id=f"job_{call_id}", code=0)
    if draw(st.booleans()):
        again = f"{call_id}_again"
        yield SideCall(call_id=again, original=call_id, tool="shell", arguments=arguments)
        yield ToolEnded(call_id=again, outcome=ToolOutcome.OK, text="")
