"""SessionState, and the one fold that makes it: ``apply``.

The screen, the model's history, resume, replay and export all read this state; none of them
keeps a second one. ``apply`` is called by ``Log.emit`` (live) and by ``fold`` (from the store)
and nowhere else. It trusts its input: what may follow what is the engine's business.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal, assert_never

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
    InstructionFile,
    InstructionsRead,
    JobEnded,
    JobStarted,
    Mode,
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
from tui.messages import Effort, TodoDisplay, TodoItem, ToolCallPart, Usage
from tui.turns import CallState as CallState
from tui.turns import FileState as FileState
from tui.turns import PartState as PartState
from tui.turns import Prompt as Prompt
from tui.turns import StepState as StepState
from tui.turns import TurnState as TurnState

Status = Literal["idle", "running", "asking", "queued", "failed"]


@dataclass(slots=True)
class SessionState:
    """Everything about one session, as of ``seq``. Change it through ``apply`` alone."""

    session_id: str
    workspace: str = ""
    cwd: str = ""
    title: str = ""
    title_by: str = ""
    model: str = ""
    system: str = ""
    mode: Mode | None = None
    effort: Effort = ""
    budget: float | None = None
    group: GroupJoined | None = None
    imported: SessionImported | None = None
    worktree: WorktreeMade | None = None
    worktree_ended: WorktreeEnded | None = None
    instructions: tuple[InstructionFile, ...] = ()
    put_away: set[str] = field(default_factory=set)
    """Failed turns that the person has seen."""
    slot: int = 0
    archived: bool = False
    closed: bool = False
    parent_call: tuple[str, str] | None = None
    forked_from: tuple[str, int] | None = None
    opened_at: float = 0.0
    changed_at: float = 0.0
    seq: int = 0
    turns: list[TurnState] = field(default_factory=list)
    steps: dict[str, StepState] = field(default_factory=dict)
    parts: dict[str, PartState] = field(default_factory=dict)
    calls: dict[str, CallState] = field(default_factory=dict)
    open_calls: dict[str, CallState] = field(default_factory=dict)
    outbox: list[Prompt] = field(default_factory=list)
    grants: dict[str, GrantAdded] = field(default_factory=dict)
    questions: dict[str, QuestionAsked] = field(default_factory=dict)
    jobs: dict[str, JobStarted] = field(default_factory=dict)
    ended_jobs: dict[str, JobEnded] = field(default_factory=dict)
    files: dict[str, dict[str, FileState]] = field(default_factory=dict)
    """Turn -> path -> what the turn did to it."""
    shared: dict[str, set[str]] = field(default_factory=dict)
    """Path -> the other sessions that wrote it too, as far as it was said."""
    todo: tuple[TodoItem, ...] = ()
    compacting: CompactionStarted | None = None
    compacting_at: float = 0.0
    compaction_retry: tuple[StepRetried, float] | None = None  # the last one, and when: while a summary is asked for
    summary: SummaryKept | None = None
    """The one that was kept last."""
    compacted: ContextCompacted | None = None
    compacted_seq: int = 0
    """Of the entry that changed the view last."""
    usage: Usage = Usage()
    context_tokens: int = 0
    cost: float = 0.0
    unpriced_steps: int = 0

    @property
    def root(self) -> str:
        """The folder that counts as its own: its worktree while it has one, else that of the workspace."""
        made = self.worktree
        return made.path if made is not None and self.worktree_ended is None else self.workspace

    @property
    def turn(self) -> TurnState | None:
        """The turn that runs now, if one does."""
        last = self.turns[-1] if self.turns else None
        return last if last is not None and last.outcome is None else None

    def asking(self) -> list[CallState]:
        """Calls that wait for the person, oldest first."""
        return [call for call in self.open_calls.values() if call.phase == "asking"]

    @property
    def status(self) -> Status:
        """Exact, from the log alone. ``queued``: prompts wait although nothing runs (held after an interrupt)."""
        if self.questions or self.asking():
            return "asking"
        # Without a turn: a call that the person ran again, or a compaction.
        if self.turn is not None or self.open_calls or self.compacting is not None:
            return "running"
        if self.outbox:
            return "queued"
        failed = bool(self.turns) and self.turns[-1].outcome == "failed" and self.turns[-1].seq > self._began
        return "failed" if failed else "idle"

    @property
    def branch(self) -> str:
        """The branch of the worktree that it works in, "" where it has none of its own."""
        return self.worktree.branch if self.worktree is not None and self.worktree_ended is None else ""

    @property
    def _began(self) -> int:
        """The last entry that is another session's: a fork has not failed by what failed before it."""
        return self.forked_from[1] if self.forked_from is not None else 0


def fold(
    session_id: str, entries: Iterable[Entry], refused: list[Entry] | None = None, *, onto: SessionState | None = None
) -> SessionState:
    """The state after ``entries``, which are a session's in order; ``onto``, where given, is moved on by them.

    ``refused``: takes the entries that go on from one that is not there, as after a disk failed; without it such an
    entry raises KeyError or StopIteration.
    """
    state = SessionState(session_id) if onto is None else onto
    for entry in entries:
        try:
            apply(state, entry)
        except (KeyError, StopIteration, IndexError, AssertionError, ValueError):
            if refused is None:
                raise
            refused.append(entry)
    return state


def apply(state: SessionState, entry: Entry) -> None:
    """Move ``state`` on by one entry."""
    state.seq = entry.seq
    state.changed_at = entry.at
    event = entry.event
    match event:
        case PartDelta():  # the hot path first
            state.parts[event.part_id].chunks.append(event.text)
        case ToolOutput():
            state.calls[event.call_id].output.append(event.text)
        case PartStarted() | PartEnded() | StepStarted() | StepRetried() | StepEnded():
            _apply_step(state, event, entry)
        case PromptQueued() | PromptEdited() | PromptMoved() | PromptWithdrawn() | PromptSteered() | PromptSubmitted():
            _apply_prompt(state, event, entry)
        case TurnEnded():
            turn = next(t for t in reversed(state.turns) if t.turn_id == event.turn_id)
            turn.outcome, turn.error, turn.hint = event.outcome, event.error, event.hint
            turn.cause, turn.ended_at = event.cause, entry.at
        case (
            ApprovalRequested()
            | ApprovalDecided()
            | ToolStarted()
            | ToolEnded()
            | SideCall()
            | QuestionAsked()
            | QuestionAnswered()
        ):
            _apply_call(state, event, entry)
        case JobStarted() | JobEnded() | FileKept() | FileWritten() | FileRestored() | FileShared():
            _apply_world(state, event, entry)
        case GrantAdded():
            state.grants[event.grant_id] = event
        case GrantRevoked():
            state.grants.pop(event.grant_id, None)
        case CompactionStarted() | SummaryKept() | ContextCompacted() | CompactionFailed():
            _apply_compaction(state, event, entry)
        case TurnPutAway():
            state.put_away.add(event.turn_id)
        case SessionOpened() | SessionRenamed() | SessionArchived() | SessionForked() | SessionClosed():
            _apply_session(state, event, entry)
        case _:  # its parameter's type says what is left: one that is forgotten here does not fit there
            _apply_setting(state, event)


def _apply_session(
    state: SessionState,
    event: SessionOpened | SessionRenamed | SessionArchived | SessionForked | SessionClosed,
    entry: Entry,
) -> None:
    match event:
        case SessionOpened():
            state.workspace, state.cwd, state.title = event.workspace, event.cwd, event.title
            state.model, state.slot, state.system = event.model, event.slot, event.system
            state.parent_call, state.opened_at = event.parent_call, entry.at
        case SessionRenamed():
            state.title, state.title_by = event.title, event.by
        case SessionArchived():
            state.archived = event.archived
        case SessionForked():
            _leave_parent(state, event)
        case SessionClosed():
            state.closed = True
        case _:
            assert_never(event)


def _leave_parent(state: SessionState, event: SessionForked) -> None:
    """What is folded up to here is the parent's: a fork keeps what was said, and none of what goes on there."""
    state.forked_from = (event.parent, event.through_seq)
    state.archived = state.closed = False
    state.group = state.worktree = state.worktree_ended = state.budget = state.compacting = None
    state.outbox.clear()
    state.grants.clear()
    state.put_away = {
        turn.turn_id for turn in state.turns if turn.outcome == "failed"
    }  # that is the parent's to see to
    for job_id in state.jobs.keys() - state.ended_jobs.keys():
        del state.jobs[job_id]
    for call_id in [call.call_id for call in state.open_calls.values() if call.aside]:
        del state.open_calls[call_id], state.calls[call_id]
    for question in [one for one in state.questions.values() if one.call_id not in state.calls]:
        del state.questions[question.question_id]
    state.usage, state.cost, state.unpriced_steps = Usage(), 0.0, 0


def _apply_setting(
    state: SessionState,
    event: (
        ModelChanged
        | ModeChanged
        | SystemChanged
        | EffortChanged
        | BudgetChanged
        | InstructionsRead
        | GroupJoined
        | WorktreeMade
        | WorktreeEnded
        | SessionImported
    ),
) -> None:
    match event:
        case ModelChanged():
            state.model = event.model
        case ModeChanged():
            state.mode = event.mode
        case SystemChanged():
            state.system = event.system
        case EffortChanged():
            state.effort = event.effort
        case BudgetChanged():
            state.budget = event.limit
        case InstructionsRead():
            state.instructions = event.files
        case GroupJoined():
            state.group = event
        case SessionImported():
            state.imported = event
        case WorktreeMade():
            state.worktree, state.worktree_ended, state.cwd = event, None, event.cwd
        case WorktreeEnded():
            state.worktree_ended, state.cwd = event, state.workspace
        case _:
            assert_never(event)


def _apply_compaction(
    state: SessionState, event: CompactionStarted | SummaryKept | ContextCompacted | CompactionFailed, entry: Entry
) -> None:
    match event:
        case CompactionStarted():
            state.compacting, state.compacting_at, state.compaction_retry = event, entry.at, None
        case SummaryKept():
            state.summary, state.compaction_retry = event, None
            _add_cost(state, event.usage, event.price)
        case ContextCompacted():
            state.compacted, state.compacting = event, None
            state.context_tokens, state.compacted_seq = event.after, entry.seq
        case CompactionFailed():
            state.compacting = None
            _add_cost(state, event.usage, event.price)
        case _:
            assert_never(event)


def _add_cost(state: SessionState, usage: Usage, price: float | None) -> None:
    state.usage = state.usage + usage
    if price is None:
        state.unpriced_steps += 1
    else:
        state.cost += price


def _apply_prompt(
    state: SessionState,
    event: PromptQueued | PromptEdited | PromptMoved | PromptWithdrawn | PromptSteered | PromptSubmitted,
    entry: Entry,
) -> None:
    outbox = state.outbox
    state.closed = False
    match event:
        case PromptQueued():
            outbox.append(Prompt(event.prompt_id, event.text, event.images, seq=entry.seq))
            return
        case PromptSubmitted():
            outbox[:] = [p for p in outbox if p.prompt_id != event.prompt_id]
            turn = state.turn
            if turn is None or turn.turn_id != event.turn_id:
                turn = TurnState(event.turn_id, entry.at, entry.seq)
                state.turns.append(turn)
            turn.items.append(Prompt(event.prompt_id, event.text, event.images, seq=entry.seq))
            return
        case _:
            pass
    prompt = next((p for p in outbox if p.prompt_id == event.prompt_id), None)
    if prompt is None:  # it left the outbox before the change arrived
        return
    match event:
        case PromptEdited():
            prompt.text, prompt.images = event.text, event.images
        case PromptSteered():
            prompt.steer = event.steer
        case PromptWithdrawn():
            outbox.remove(prompt)
        case PromptMoved():
            outbox.remove(prompt)
            at = next((i for i, p in enumerate(outbox) if p.prompt_id == event.before), len(outbox))
            outbox.insert(at, prompt)
        case _:
            assert_never(event)


def _apply_step(
    state: SessionState, event: PartStarted | PartEnded | StepStarted | StepRetried | StepEnded, entry: Entry
) -> None:
    match event:
        case PartStarted():
            part = PartState(event.part_id, event.step_id, event.kind, event.name, entry.seq)
            state.parts[event.part_id] = part
            step = state.steps[event.step_id]
            step.parts.append(part)
            step.answered_at = entry.at if step.answered_at is None else step.answered_at
        case PartEnded():
            part = state.parts[event.part_id]
            part.part, part.cut = event.part, event.cut
            part.chunks.clear()
            call = event.part
            if isinstance(call, ToolCallPart) and not event.cut:
                turn_id = state.steps[part.step_id].turn_id
                _open_call(state, CallState(call.call_id, turn_id, call.name, call.arguments, entry.at, entry.seq))
        case StepStarted():
            step = StepState(event.step_id, event.turn_id, event.model, entry.at, seq=entry.seq)
            state.steps[event.step_id] = step
            if state.turn is not None:
                state.turn.items.append(step)
        case StepRetried() if event.step_id in state.steps:
            step = state.steps[event.step_id]
            step.retries.append(event)
            step.retried_at = entry.at
        case StepRetried():  # of a request for a summary, which is no step
            state.compaction_retry = event, entry.at
        case StepEnded():
            state.steps[event.step_id].ended = event
            if event.usage.input_tokens:
                state.context_tokens = event.usage.input_tokens + event.usage.output_tokens
            _add_cost(state, event.usage, event.price)
        case _:
            assert_never(event)


def _apply_call(
    state: SessionState,
    event: (
        ApprovalRequested | ApprovalDecided | ToolStarted | ToolEnded | SideCall | QuestionAsked | QuestionAnswered
    ),
    entry: Entry,
) -> None:
    match event:
        case QuestionAsked():
            state.questions[event.question_id] = event
        case QuestionAnswered():
            state.questions.pop(event.question_id, None)
        case SideCall():
            original = event.original
            call = CallState(event.call_id, "", event.tool, event.arguments, entry.at, entry.seq, original, aside=True)
            _open_call(state, call)
        case ApprovalRequested():
            call = state.calls[event.call_id]
            call.approval, call.asked_at = event, entry.at
        case ApprovalDecided():
            call = state.calls[event.call_id]
            call.decision, call.decided_at = event, entry.at
        case ToolStarted():
            call = state.calls[event.call_id]
            call.started_at, call.arguments = entry.at, event.arguments
        case ToolEnded():
            call = state.calls.get(event.call_id)
            if call is None:  # a result of no call is nobody's
                return
            call.ended, call.ended_at = event, entry.at
            call.output.clear()
            state.open_calls.pop(event.call_id, None)
            _take_todo(state, call)
        case _:
            assert_never(event)


def _open_call(state: SessionState, call: CallState) -> None:
    state.calls[call.call_id] = state.open_calls[call.call_id] = call


def _take_todo(state: SessionState, call: CallState) -> None:
    """The checklist is what the last call that set it says: a call of the agent, not one that the person ran again."""
    if call.ended is not None and call.ended.outcome == "ok" and not call.aside:
        for display in call.ended.display:
            if isinstance(display, TodoDisplay):
                state.todo = display.items


def _apply_world(
    state: SessionState, event: JobStarted | JobEnded | FileKept | FileWritten | FileRestored | FileShared, entry: Entry
) -> None:
    match event:
        case JobStarted():
            state.jobs[event.job_id] = event
        case JobEnded():
            state.ended_jobs[event.job_id] = event
        case FileKept():
            files = state.files.setdefault(event.turn_id, {})
            if event.path in files:
                files[event.path].between += (event,)
                files[event.path].at = entry.at
            else:
                files[event.path] = FileState(event, entry.at, left=event.blob)
        case FileWritten() | FileRestored():
            file = state.files.get(event.turn_id, {}).get(event.path)
            if file is not None:
                file.left, file.restored = event.digest, isinstance(event, FileRestored) and not event.redone
                file.undone = event.replaced if isinstance(event, FileRestored) else ""
                file.at = entry.at
        case FileShared():
            state.shared.setdefault(event.path, set()).add(event.other)
        case _:
            assert_never(event)
