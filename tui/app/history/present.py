"""Log entries as transcript blocks: the one way from what happened to what is seen.

A live session and a resumed one take the same way: ``Presenter.show`` is given entries, from the store
or from the last frame, and tells a Sink. For a whole history the Sink is a ``Draft``, which
joins everything into finished blocks before a widget sees any of it. Blocks are known by the id
of what they show: a prompt's, a part's, a call's part's, a turn's, a step's.
"""

from dataclasses import dataclass, field, replace
from time import time
from typing import Any, Protocol, assert_never

from tui.app.history.context_blocks import ContextBlocks
from tui.app.words import (
    call_body,
    call_detail,
    call_line,
    deed,
    duration,
    imported_line,
    one_line,
    shared_line,
    turn_line,
    worktree_end,
)
from tui.engine.window.pictures import named
from tui.events import (
    ApprovalDecided,
    ApprovalRequested,
    BudgetChanged,
    CompactionFailed,
    CompactionStarted,
    ContextCompacted,
    EffortChanged,
    Entry,
    FileKept,
    FileRestored,
    FileShared,
    FileWritten,
    GrantAdded,
    GrantRevoked,
    GroupJoined,
    InstructionsRead,
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
    PromptSteered,
    PromptSubmitted,
    PromptWithdrawn,
    QuestionAnswered,
    QuestionAsked,
    SessionArchived,
    SessionClosed,
    SessionForked,
    SessionImported,
    SessionOpened,
    SessionRenamed,
    SideCall,
    StepEnded,
    StepRetried,
    StepStarted,
    SummaryKept,
    SystemChanged,
    ToolEnded,
    ToolOutput,
    ToolStarted,
    TurnEnded,
    TurnPutAway,
    WorktreeEnded,
    WorktreeMade,
)
from tui.messages import ToolCallPart
from tui.state import CallState, SessionState, TurnState
from widgets.blocks import Block
from widgets.clean import clean

OWN = "you\u00a0ran"
"""In the place of the tool's name, for a command of the person's own."""


class Sink(Protocol):
    """What a transcript can be told."""

    def put(self, block: Block) -> None: ...

    def grow(self, block_id: str, text: str) -> None: ...

    def finish(self, block_id: str, source: str | None = None) -> None: ...

    def mark(self, block_id: str, **changes: Any) -> None: ...


class Draft:
    """A Sink that collects blocks for a history that nobody has seen yet."""

    def __init__(self) -> None:
        self._blocks: dict[str, Block] = {}
        self._grown: dict[str, list[str]] = {}

    def put(self, block: Block) -> None:
        self._blocks[block.id] = block
        self._grown.pop(block.id, None)

    def grow(self, block_id: str, text: str) -> None:
        self._grown.setdefault(block_id, []).append(text)

    def finish(self, block_id: str, source: str | None = None) -> None:
        if source is None:
            source = self._source(block_id)
        self._grown.pop(block_id, None)
        self._blocks[block_id] = replace(self._blocks[block_id], source=source, streaming=False)

    def mark(self, block_id: str, **changes: Any) -> None:
        self._blocks[block_id] = replace(self._blocks[block_id], **changes)

    def blocks(self) -> list[Block]:
        """What was told, in order."""
        return [replace(block, source=self._source(block.id)) for block in self._blocks.values()]

    def _source(self, block_id: str) -> str:
        return self._blocks[block_id].source + "".join(self._grown.get(block_id, ()))


@dataclass(slots=True)
class Tally:
    """What the calls of a running turn come to."""

    calls: int = 0
    failed: int = 0
    files: set[str] = field(default_factory=set)


class Presenter:
    """Tells a Sink what a session's entries look like."""

    def __init__(self, state: SessionState) -> None:
        self._state = state
        self._kinds: dict[str, str] = {}
        self._arguments: dict[str, int] = {}
        self._row_of: dict[str, str] = {}
        self._call_of: dict[str, str] = {}
        self._tallies: dict[str, Tally] = {}
        self._turns: dict[str, TurnState] = {}
        self._context = ContextBlocks()
        self._points: dict[str, int] = {}
        self._last_part = ""

    def point_of(self, block_id: str) -> int | None:
        """The entry after which all that a block shows has happened; the last one where it still grows.

        None for a block that is no prompt, part, call or end of a turn.
        """
        part = self._state.parts.get(block_id)
        return self._state.seq if part is not None and part.part is None else self._points.get(block_id)

    def earlier(self) -> "Presenter":
        """One for what came before this one's first entry. ``learn`` takes over what it has seen."""
        return Presenter(self._state)

    def learn(self, earlier: "Presenter") -> None:
        """Know the blocks of ``earlier``, too."""
        self._row_of |= earlier._row_of
        self._call_of |= earlier._call_of
        self._points |= earlier._points

    def call_of(self, block_id: str) -> CallState | None:
        """The call that a tool row shows, or None."""
        return self._state.calls.get(self._call_of.get(block_id, ""))

    def row_of(self, call_id: str) -> str | None:
        """The block that shows a call."""
        return self._row_of.get(call_id)

    def show(self, entries: list[Entry], sink: Sink) -> None:
        """Tell ``sink`` about ``entries``, which follow what was shown before."""
        grown: dict[str, list[str]] = {}
        for entry in entries:
            event = entry.event
            if isinstance(event, PartDelta):
                grown.setdefault(event.part_id, []).append(event.text)
            else:
                self._grow(grown, sink)
                self._note_point(entry)
                self._tell(entry, sink)
        self._grow(grown, sink)

    def beat(self, sink: Sink) -> None:
        """Move the elapsed times of running calls on."""
        for call in self._state.open_calls.values():
            if call.started_at is not None and call.call_id in self._row_of:
                sink.mark(self._row_of[call.call_id], detail=call_detail(call, time()))

    def _grow(self, grown: dict[str, list[str]], sink: Sink) -> None:
        """One call to the sink for each part and frame, however many entries brought its text."""
        for part_id, texts in grown.items():
            text = "".join(texts)
            if self._kinds.get(part_id) == "tool_call":
                self._arguments[part_id] = self._arguments.get(part_id, 0) + len(text)
                sink.mark(part_id, detail=f"{self._arguments[part_id]:,} characters of arguments")
            else:
                sink.grow(part_id, clean(text))
        grown.clear()

    def _note_point(self, entry: Entry) -> None:
        """A step's or turn's last part stands for its end too: an answer that is forked there is a whole one."""
        event, points = entry.event, self._points
        match event:
            case PromptSubmitted():
                points[event.prompt_id], self._last_part = entry.seq, ""
            case PartEnded():
                points[event.part_id], self._last_part = entry.seq, event.part_id
            case ToolEnded() if event.call_id in self._row_of:
                points[self._row_of[event.call_id]] = entry.seq
            case StepEnded() if self._last_part:
                points[self._last_part] = entry.seq
            case TurnEnded():
                points |= dict.fromkeys((event.turn_id, f"{event.turn_id}-sum"), entry.seq)
                if self._last_part:
                    points[self._last_part] = entry.seq
            case _:
                pass

    def _tell(self, entry: Entry, sink: Sink) -> None:
        event = entry.event
        match event:
            case PromptSubmitted():
                unnamed = len(event.images) - len(named(event.text))
                images = f"\n[{unnamed} image{'s' * (unnamed != 1)}]" if unnamed > 0 else ""
                sink.put(Block(id=event.prompt_id, kind="prompt", source=clean(event.text) + images))
            case PartStarted() | PartEnded():
                self._tell_part(event, sink)
            case ApprovalRequested() | ApprovalDecided() | ToolStarted() | ToolOutput() | ToolEnded():
                self._tell_call(event, sink)
            case SideCall():
                self._tell_own(event, sink)
            case StepRetried():
                when = f"in {duration(event.wait)} " if event.wait else ""
                text = f"{event.reason} Trying again {when}(attempt {event.attempt + 1})."
                which = "retry" if event.wait else f"without-{event.attempt}"  # what a model does not take stays said
                sink.put(_notice(f"{event.step_id}-{which}", clean(text), "waiting"))
            case TurnEnded():
                self._tell_turn_end(event, entry.seq, sink)
            case ModelChanged():
                model = one_line(clean(event.model), 100)
                if event.reason:
                    text = f"{one_line(clean(event.reason), 400)}. Going on with {model}."
                    sink.put(_notice(f"model-{entry.seq}-why", text, "error"))
                sink.put(Block(id=f"model-{entry.seq}", kind="divider", source="", title=model))
            case (
                CompactionStarted()
                | SummaryKept()
                | ContextCompacted()
                | CompactionFailed()
                | InstructionsRead()
                | SystemChanged()
            ):
                self._put_all(self._context.of(event, entry.seq, self._state.cwd), sink)
            case SessionForked():
                self._put_all(self._context.left(), sink)
                origin = f"{event.slot}: {event.title}" if event.slot else event.parent
                title = one_line(clean(f"forked from {origin}"), 100)
                sink.put(Block(id=f"fork-{entry.seq}", kind="divider", source="", title=title))
            case SessionImported():
                sink.put(_notice(f"imported-{entry.seq}", clean(imported_line(event)), ""))
            case WorktreeMade():
                title = f"in a worktree of its own, on {event.branch}, from {event.base[:9]}"
                sink.put(Block(id=f"worktree-{entry.seq}", kind="divider", source="", title=clean(title)))
            case WorktreeEnded():
                sink.put(_notice(f"worktree-{entry.seq}", clean(worktree_end(event)), ""))
            case FileShared():
                sink.put(_notice(f"shared-{entry.seq}", clean(shared_line(event, self._state.cwd)), "waiting"))
            case (
                SessionOpened()
                | SessionRenamed()
                | SessionArchived()
                | SessionClosed()
                | PromptQueued()
                | PromptEdited()
                | PromptMoved()
                | PromptWithdrawn()
                | PromptSteered()
                | StepStarted()
                | StepEnded()
                | GrantAdded()
                | GrantRevoked()
                | QuestionAsked()
                | QuestionAnswered()
                | ModeChanged()
                | EffortChanged()
                | BudgetChanged()
                | GroupJoined()
                | TurnPutAway()
                | JobStarted()
                | JobEnded()
                | FileKept()
                | FileWritten()
                | FileRestored()
                | PartDelta()
            ):
                pass  # shown by the tab strip, the status line and the queue
            case _:
                assert_never(event)

    def _put_all(self, blocks: list[Block], sink: Sink) -> None:
        for block in blocks:
            sink.put(block)

    def _tell_part(self, event: PartStarted | PartEnded, sink: Sink) -> None:
        match event:
            case PartStarted(kind="tool_call"):
                self._kinds[event.part_id] = event.kind
                title = clean(event.name) or "tool call"
                sink.put(Block(id=event.part_id, kind="tool", source="", title=title, status="waiting"))
            case PartStarted():
                self._kinds[event.part_id] = event.kind
                sink.put(
                    Block(
                        id=event.part_id,
                        kind="text" if event.kind == "text" else "reasoning",
                        source="",
                        folded=event.kind == "reasoning",
                        streaming=True,
                    )
                )
            case PartEnded(part=ToolCallPart() as call):
                self._arguments.pop(event.part_id, None)
                title = clean(call_line(call.name, call.arguments))
                if event.cut:
                    detail = "cut before it was whole: not run"
                    sink.mark(event.part_id, title=title, status="cut", detail=detail)
                    return
                self._row_of[call.call_id] = event.part_id
                self._call_of[event.part_id] = call.call_id
                sink.mark(event.part_id, title=title, status="waiting", detail="")
            case PartEnded():
                sink.finish(event.part_id, clean(getattr(event.part, "text", "")))
                if event.cut:
                    sink.mark(event.part_id, status="cut")
            case _:
                assert_never(event)

    def _tell_own(self, event: SideCall, sink: Sink) -> None:
        """A command of the person's own has a row; what they run again has none beside the one that it repeats."""
        if not event.original:
            self._row_of[event.call_id] = self._call_of[event.call_id] = event.call_id
            title = clean(f"{OWN} {deed(event.tool, event.arguments)}")
            sink.put(Block(id=event.call_id, kind="tool", source="", title=title, status="waiting", opened=True))

    def _tell_call(
        self, event: ApprovalRequested | ApprovalDecided | ToolStarted | ToolOutput | ToolEnded, sink: Sink
    ) -> None:
        row = self._row_of.get(event.call_id)
        if row is None:  # a call that the person ran again has no row
            return
        call = self._state.calls[event.call_id]
        match event:
            case ApprovalRequested():
                body, language = call_body(call)
                sink.mark(row, status="asking", detail="asks you", source=clean(body), language=language)
            case ApprovalDecided():
                sink.mark(row, status="waiting" if event.decision == "allow" else "denied", detail="")
            case ToolStarted():
                title = clean(_line(call))
                sink.mark(row, status="running", title=title, detail="", source="", streaming=True)
            case ToolOutput():
                sink.grow(row, clean(event.text))
            case ToolEnded():
                self._end_call(row, call, event, sink)
            case _:
                assert_never(event)

    def _end_call(self, row: str, call: CallState, event: ToolEnded, sink: Sink) -> None:
        if not call.aside:
            tally = self._tallies.setdefault(call.turn_id, Tally())
            tally.calls += 1
            tally.failed += event.outcome in ("error", "timed_out", "unknown")
            tally.files.update(event.paths)
        body, language = call_body(call)
        sink.finish(row, clean(body))
        sink.mark(
            row,
            title=clean(_line(call)),
            status=event.outcome.value,
            detail=call_detail(call, call.ended_at or 0.0),
            language=language,
        )

    def _turn(self, turn_id: str) -> TurnState | None:
        """A turn by its id; of a long history each is looked up once, so not by a walk over all."""
        known = self._turns
        if turn_id not in known:
            known |= {turn.turn_id: turn for turn in self._state.turns[len(known) :]}
        return known.get(turn_id)

    def _tell_turn_end(self, event: TurnEnded, seq: int, sink: Sink) -> None:
        tally = self._tallies.pop(event.turn_id, None)
        turn = next((turn for turn in reversed(self._state.turns) if turn.turn_id == event.turn_id), None)
        fork = self._state.forked_from
        if turn is not None and fork is not None and turn.seq <= fork[1] < seq:
            text = "This turn was still open there. /continue goes on with it here."
            sink.put(_notice(event.turn_id, text, "cancelled"))
            return
        if tally is not None and turn is not None:
            line = turn_line(turn, tally.calls, tally.failed, len(tally.files))
            sink.put(Block(id=f"{event.turn_id}-sum", kind="divider", source="", title=line))
        match event.outcome:
            case "done":
                return
            case "interrupted":
                sink.put(_notice(event.turn_id, "Interrupted. /continue goes on from here.", "cancelled"))
            case "failed":
                text = one_line(clean(f"{event.error} {event.hint}"), 600)
                sink.put(_notice(event.turn_id, text, "error"))
            case _:
                assert_never(event.outcome)


def _line(call: CallState) -> str:
    if call.aside and not call.original:
        return f"{OWN} {deed(call.tool, call.arguments)}"
    return call_line(call.tool, call.arguments)


def _notice(block_id: str, text: str, status: str, title: str = "") -> Block:
    return Block(id=block_id, kind="notice", source=text, title=title, status=status)  # type: ignore[arg-type]
