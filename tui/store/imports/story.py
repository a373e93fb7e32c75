"""What a session of another program is made of, and the events that it becomes.

A reader collects a Story; ``tell`` writes it as a log that an engine could have written: every turn, step, part and
call has exactly one end, results stand behind the step that asked for them wherever the file had them, and times
never run backwards. So an imported session opens, folds and goes on like any other.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import assert_never

from tui.events import (
    ContextCompacted,
    Entry,
    PartEnded,
    PartStarted,
    PromptSubmitted,
    SessionEvent,
    SessionImported,
    SessionOpened,
    StepEnded,
    StepStarted,
    ToolEnded,
    ToolOutcome,
    ToolStarted,
    TurnEnded,
    TurnOutcome,
)
from tui.messages import (
    Display,
    ImagePart,
    Part,
    PartKind,
    ReasoningPart,
    StopReason,
    TextPart,
    ToolCallPart,
    Usage,
)
from tui.store.imports.lines import Line

NO_RESULT = "The file holds no result of this call."
NO_PROMPT = "(The file begins in the middle of a turn.)"
TITLE = 80


@dataclass(slots=True)
class Asked:
    """A prompt of the person's."""

    at: float
    text: str
    images: tuple[ImagePart, ...] = ()


@dataclass(slots=True)
class Step:
    """One answer of the model. ``key`` is the file's own name for it."""

    at: float
    model: str
    key: str = ""
    parts: list[tuple[float, Part]] = field(default_factory=list)
    usage: Usage = Usage()
    stop: StopReason = StopReason.END
    ended_at: float = 0.0
    closed: bool = False


@dataclass(slots=True)
class Compacted:
    at: float
    summary: str
    before: int = 0


@dataclass(slots=True)
class Ended:
    """The turn ended otherwise than well."""

    at: float
    outcome: TurnOutcome
    error: str = ""


@dataclass(slots=True)
class Result:
    at: float
    text: str
    outcome: ToolOutcome = ToolOutcome.OK
    images: tuple[ImagePart, ...] = ()
    display: tuple[Display, ...] = ()
    paths: tuple[str, ...] = ()
    duration: float | None = None


Item = Asked | Step | Compacted | Ended


@dataclass(slots=True)
class Story:
    """``parent`` names the foreign session and the call that this one is the sub-agent of."""

    program: str
    source: str
    digest: str
    foreign_id: str
    cwd: str = ""
    model: str = ""
    branch: str = ""
    version: str = ""
    title: str = ""
    began: float = 0.0
    parent: tuple[str, str] | None = None
    records: int = 0
    items: list[Item] = field(default_factory=list)
    results: dict[str, Result] = field(default_factory=dict)
    unread: list[tuple[str, Line]] = field(default_factory=list)
    called: set[str] = field(default_factory=set)
    told_by: dict[str, Line] = field(default_factory=dict)
    """The line of each result."""
    _again: dict[str, int] = field(default_factory=dict)
    _by_key: dict[str, Step] = field(default_factory=dict)
    _looked: int = 0

    @property
    def prompts(self) -> int:
        return sum(isinstance(item, Asked) for item in self.items)

    @property
    def calls(self) -> int:
        return len(self.called)

    def keep(self, what: str, line: Line) -> None:
        """A line that says nothing which a session could show. It is kept as it stands."""
        if not self.unread or self.unread[-1][1] is not line:
            self.unread.append((what, line))

    def answer(self, call_id: str, result: Result, line: Line) -> None:
        """The result of a call; another one for the same call is kept as it stands."""
        if self.results.setdefault(call_id, result).text != result.text:
            self.keep("second result of a call", line)
        self.told_by.setdefault(call_id, line)

    def keep_unasked(self) -> None:
        """Results of calls that the file does not hold are kept as they stand."""
        for call_id in self.results.keys() - self.called:
            del self.results[call_id]
        for call_id, line in self.told_by.items():
            if call_id not in self.called:
                self.keep("result of no call", line)

    def call_id(self, wanted: str) -> str:
        """An id for a call: the one in the file, or one beside it where another call has that already."""
        name, number = wanted or "call", self._again.get(wanted, 2)
        while name in self.called:
            name, number = f"{wanted or 'call'}_{number}", number + 1
        self._again[wanted] = number
        self.called.add(name)
        return name

    def step(self, at: float, key: str = "") -> Step:
        """The step that a part belongs to: the running one, the one of that key, or a new one."""
        if any(not isinstance(item, Step) for item in self.items[self._looked :]):
            self._by_key.clear()
        self._looked = len(self.items)
        last = self.items[-1] if self.items else None
        if key and key in self._by_key:
            return self._by_key[key]
        if not key and isinstance(last, Step) and not last.closed:
            return last
        step = Step(at, self.model, key, ended_at=at)
        self.items.append(step)
        self._by_key[key] = step
        self._looked += 1
        return step


def said_unread(kept: Iterable[tuple[str, Line]]) -> tuple[str, ...]:
    """``3 x progress``: what was not understood, the most frequent first."""
    counts: dict[str, int] = {}
    for what, _ in kept:
        counts[what] = counts.get(what, 0) + 1
    return tuple(f"{count} x {what}" for what, count in sorted(counts.items(), key=lambda pair: (-pair[1], pair[0])))


def title_of(story: Story) -> str:
    """Its own title, or the first line of its first prompt."""
    asked = next((item.text for item in story.items if isinstance(item, Asked) and item.text.strip()), "")
    line = " ".join((story.title or next(iter(asked.strip().splitlines()), "")).split())
    return (line if len(line) <= TITLE else line[: TITLE - 1] + "…") or "Imported session"


def tell(
    story: Story, session_id: str, *, workspace: str, cwd: str, slot: int, parent_call: tuple[str, str] | None = None
) -> list[Entry]:
    """The story as a session's log."""
    pen = _Pen(session_id, story.began)
    pen.write(
        story.began,
        SessionOpened(
            workspace=workspace, cwd=cwd, title=title_of(story), model=story.model, slot=slot, parent_call=parent_call
        ),
    )
    pen.write(
        story.began,
        SessionImported(
            program=story.program,
            source=story.source,
            digest=story.digest,
            foreign_id=story.foreign_id,
            version=story.version,
            cwd=story.cwd,
            branch=story.branch,
            records=story.records,
            unread=said_unread(story.unread),
            raw="\n".join(line.text for _, line in story.unread),
        ),
    )
    for item in story.items:
        _tell_item(pen, item, story)
    pen.end_turn(0.0, "done")
    return pen.entries


def _tell_item(pen: "_Pen", item: Item, story: Story) -> None:
    match item:
        case Asked():
            pen.end_turn(item.at, "done")
            pen.begin_turn(item.at, item.text, item.images)
        case Step():
            pen.ensure_turn(item.at)
            _tell_step(pen, item, story)
        case Compacted():
            if item.summary:  # one that nobody knows must not hide what came before it
                through = pen.entries[-1].seq
                pen.write(item.at, ContextCompacted(summary=item.summary, through_seq=through, before=item.before))
        case Ended():
            pen.ensure_turn(item.at)
            pen.end_turn(item.at, item.outcome, item.error)
        case _:
            assert_never(item)


def _tell_step(pen: "_Pen", step: Step, story: Story) -> None:
    step_id = pen.name("step")
    began = pen.write(step.at, StepStarted(step_id=step_id, turn_id=pen.turn_id, model=step.model))
    for at, part in step.parts:
        part_id = pen.name("part")
        kind, name = _kind_of(part)
        pen.write(at, PartStarted(part_id=part_id, step_id=step_id, kind=kind, name=name))
        pen.write(at, PartEnded(part_id=part_id, part=part))
    calls = [part for _, part in step.parts if isinstance(part, ToolCallPart)]
    stop = StopReason.TOOL_USE if calls else step.stop
    took = max(0.0, step.ended_at - began)
    pen.write(step.ended_at, StepEnded(step_id=step_id, stop=stop, usage=step.usage, duration=took))
    for call in calls:
        _tell_result(pen, call, story.results.get(call.call_id))


def _tell_result(pen: "_Pen", call: ToolCallPart, result: Result | None) -> None:
    if result is None:
        pen.write(0.0, ToolEnded(call_id=call.call_id, outcome=ToolOutcome.UNKNOWN, text=NO_RESULT))
        return
    began = pen.at
    if result.outcome != ToolOutcome.DENIED:
        ran = ToolStarted(call_id=call.call_id, turn_id=pen.turn_id, tool=call.name, arguments=call.arguments)
        pen.write(0.0, ran)
    took = max(0.0, result.at - began) if result.duration is None else result.duration
    ended = ToolEnded(
        call_id=call.call_id,
        outcome=result.outcome,
        text=result.text,
        display=result.display,
        images=result.images,
        duration=took,
        output_bytes=len(result.text.encode("utf-8", "replace")),
        paths=result.paths,
    )
    pen.write(result.at, ended)


def _kind_of(part: Part) -> tuple[PartKind, str]:
    match part:
        case ToolCallPart():
            return "tool_call", part.name
        case ReasoningPart():
            return "reasoning", ""
        case _:
            assert isinstance(part, TextPart)
            return "text", ""


class _Pen:
    """Writes entries: numbers them, names what is in them, and keeps time from running backwards."""

    def __init__(self, session_id: str, at: float) -> None:
        self.entries: list[Entry] = []
        self.turn_id = ""
        self.at = at
        self._session_id = session_id
        self._names: dict[str, int] = {}

    def write(self, at: float, event: SessionEvent) -> float:
        self.at = max(self.at, at)
        self.entries.append(Entry(self._session_id, len(self.entries) + 1, self.at, event))
        return self.at

    def name(self, kind: str) -> str:
        self._names[kind] = number = self._names.get(kind, 0) + 1
        return f"{kind}_{number}"

    def begin_turn(self, at: float, text: str, images: tuple[ImagePart, ...] = ()) -> None:
        self.turn_id = self.name("turn")
        self.write(at, PromptSubmitted(prompt_id=self.name("prompt"), turn_id=self.turn_id, text=text, images=images))

    def ensure_turn(self, at: float) -> None:
        if not self.turn_id:
            self.begin_turn(at, NO_PROMPT)

    def end_turn(self, at: float, outcome: TurnOutcome, error: str = "") -> None:
        """``at`` counts for an end that the file tells; one that a prompt implies came with what was before it."""
        if self.turn_id:
            event = TurnEnded(turn_id=self.turn_id, outcome=outcome, error=error)
            self.write(at if outcome != "done" else 0.0, event)
            self.turn_id = ""
