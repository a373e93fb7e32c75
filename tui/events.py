"""Everything that can happen in a session. The log is a sequence of these, and nothing else is true.

Events are past tense, frozen, and carry all that the fold needs: no event looks anything
up. Two of them are *scratch* (PartDelta, ToolOutput): they are written
so that a crash loses next to nothing, and are pruned in the same transaction that writes the
event which supersedes them (PartEnded, ToolEnded). The fold therefore gives the same state
with them or without them once their owner has ended.

Ephemeral stream events, from a provider to the engine, live in ``tui.providers.base``.
"""

from dataclasses import dataclass
from typing import Literal

from tui.call_events import (
    ApprovalDecided,
    ApprovalRequested,
    FileKept,
    FileRestored,
    FileShared,
    FileWritten,
    GrantAdded,
    GrantRevoked,
    JobEnded,
    JobStarted,
    QuestionAnswered,
    QuestionAsked,
    SideCall,
    ToolEnded,
    ToolOutput,
    ToolStarted,
)
from tui.call_events import Decision as Decision
from tui.call_events import Effect as Effect
from tui.call_events import Scope as Scope
from tui.call_events import ToolOutcome as ToolOutcome
from tui.messages import Effort, ImagePart, Part, PartKind, StopReason, Usage
from tui.value import value

TurnOutcome = Literal["done", "interrupted", "failed"]
TurnCause = Literal["", "provider", "budget", "day", "internal"]
"""What made a turn fail: a model's API, the session's budget, the day's, a bug of ours; "" for all else."""
Mode = Literal["read-only", "ask", "accept-edits", "autonomous"]
"""How much runs unasked in a session; see ``tui.engine.policy.verdict``."""


# --- session


@value
class SessionOpened:
    """The first event of every session.

    ``workspace`` is the real path that groups sessions, ``cwd`` where tools work, ``slot`` the
    number that the session keeps in its workspace for life. ``parent_call`` names the call that
    made a child session, as (session id, call id).
    """

    workspace: str
    cwd: str
    title: str
    model: str
    slot: int
    system: str = ""
    parent_call: tuple[str, str] | None = None


@value
class SessionRenamed:
    title: str
    by: Literal["person", "engine"] = "person"


@value
class SessionArchived:
    archived: bool


@value
class ModelChanged:
    model: str
    reason: str = ""


@value
class ModeChanged:
    mode: Mode


@value
class SystemChanged:
    """The person's own system prompt for this session, "" for the usual one."""

    system: str


@value
class EffortChanged:
    """How much the model is to reason from the next request on, "" for what it does by itself."""

    effort: Effort


@value
class BudgetChanged:
    """What the session may cost in USD before it stops and asks; None for no limit."""

    limit: float | None


@value
class InstructionFile:
    """An ``AGENTS.md`` as it was read: ``digest`` is the SHA-256 of its bytes, ``cut`` says that not all was taken.

    ``problem``: why the model is told nothing of it, empty where it is told.
    """

    path: str
    digest: str
    size: int
    cut: bool = False
    problem: str = ""


@value
class InstructionsRead:
    """From the next request on the model is told these files, outermost first."""

    files: tuple[InstructionFile, ...]


@value
class GroupJoined:
    """The session answers ``prompt_id`` beside others that were sent the same. ``label`` tells it from them.

    A second one for the same group says that the person promoted it: the others were put away.
    """

    group: str
    label: str
    prompt_id: str = ""
    promoted: bool = False


@value
class WorktreeMade:
    """The session works in a git worktree of its own from here on: ``path``, on ``branch``, begun at commit ``base``.

    ``cwd`` is where its tools work, in ``path``.
    """

    path: str
    cwd: str
    branch: str
    base: str
    repository: str


@value
class WorktreeEnded:
    """``how``: its branch was merged, or kept, or dropped with what was not merged. ``commit``: where it then stood."""

    path: str
    branch: str
    how: Literal["merged", "kept", "dropped"]
    commit: str = ""


@value
class SessionForked:
    """This session goes on from ``parent`` as it stood after ``through_seq``. Nothing is copied.

    It follows the fork's own SessionOpened. What waited in the parent's outbox, ran as its job or was granted to it
    stays there, and so does its cost. ``slot`` and ``title`` are the parent's as of then.
    """

    parent: str
    through_seq: int
    slot: int = 0
    title: str = ""


@value
class SessionImported:
    """What of the session stands before its next prompt was read from a file of another program, or a damaged one.

    ``source`` is the file as it was named, ``digest`` the SHA-256 of its bytes, ``foreign_id`` the other program's
    name for the session. ``unread`` says what was not understood, a sentence each, and ``raw`` holds those lines.
    """

    program: str
    source: str
    digest: str
    foreign_id: str = ""
    version: str = ""
    cwd: str = ""
    branch: str = ""
    records: int = 0
    unread: tuple[str, ...] = ()
    raw: str = ""


@value
class SessionClosed:
    """The person closed the session's tab. It stays in the store and can be opened again."""


# --- prompt: the outbox is these, folded


@value
class PromptQueued:
    prompt_id: str
    text: str
    images: tuple[ImagePart, ...] = ()


@value
class PromptEdited:
    """The prompt is now this, images and all."""

    prompt_id: str
    text: str
    images: tuple[ImagePart, ...] = ()


@value
class PromptMoved:
    """``before`` is the prompt to stand in front of, or None for the end of the queue."""

    prompt_id: str
    before: str | None


@value
class PromptWithdrawn:
    prompt_id: str


@value
class PromptSteered:
    """The prompt goes into the running turn at its next step instead of after the turn; or not, after all."""

    prompt_id: str
    steer: bool = True


@value
class PromptSubmitted:
    """The prompt left the outbox. It starts ``turn_id``, or joins it where that turn already runs."""

    prompt_id: str
    turn_id: str
    text: str
    images: tuple[ImagePart, ...] = ()


# --- turn and step


@value
class TurnEnded:
    """``error`` and ``hint`` are sentences for the person, empty unless the turn failed."""

    turn_id: str
    outcome: TurnOutcome
    error: str = ""
    hint: str = ""
    cause: TurnCause = ""


@value
class TurnPutAway:
    """The person has seen that this turn failed: it waits for them no longer."""

    turn_id: str


@value
class StepStarted:
    step_id: str
    turn_id: str
    model: str


@value
class StepRetried:
    """The request failed before anything was shown, and goes out again after ``wait`` seconds.

    Of a request for a summary ``step_id`` is the compaction's id.
    """

    step_id: str
    attempt: int
    wait: float
    reason: str


@value
class StepEnded:
    """``first_token`` and ``duration`` are seconds from StepStarted; ``price`` is USD as of then, None if unknown."""

    step_id: str
    stop: StopReason
    usage: Usage = Usage()
    first_token: float | None = None
    duration: float = 0.0
    price: float | None = None


# --- part


@value
class PartStarted:
    """``name`` is the tool's name where the part is a tool call."""

    part_id: str
    step_id: str
    kind: PartKind
    name: str = ""


@value
class PartDelta:
    """Scratch. More text of a part (for a tool call: of its arguments)."""

    part_id: str
    text: str


@value
class PartEnded:
    """``cut``: the stream ended before the part was whole. A cut tool call is never run."""

    part_id: str
    part: Part
    cut: bool = False


# --- context


@value
class CompactionStarted:
    """``model`` is asked for a summary of all up to ``through_seq``, of some ``tokens``."""

    compaction_id: str
    model: str
    through_seq: int
    by: Literal["person", "threshold", "overflow"] = "person"
    tokens: int = 0


@value
class SummaryKept:
    """The summary is on disk. Nothing that the model sees has changed yet. ``price`` as for StepEnded.

    ``model``: who wrote it, "" where nobody noted that it was another one than was asked first.
    """

    compaction_id: str
    summary: str
    usage: Usage = Usage()
    price: float | None = None
    duration: float = 0.0
    model: str = ""


@value
class ContextCompacted:
    """From here on the model sees ``summary`` in place of all up to ``through_seq``. Nothing is deleted.

    ``before`` and ``after``: the estimated tokens of the whole context, 0 where nobody estimated.
    """

    summary: str
    through_seq: int
    compaction_id: str = ""
    before: int = 0
    after: int = 0


@value
class CompactionFailed:
    """The model goes on seeing what it saw. ``usage`` and ``price``: of what was asked for all the same.

    A ``price`` of None is one that nobody knows: an answer was under way when it broke off.
    """

    compaction_id: str
    reason: str
    usage: Usage = Usage()
    price: float | None = 0.0


SessionEvent = (
    SessionOpened
    | SessionRenamed
    | SessionArchived
    | ModelChanged
    | ModeChanged
    | SystemChanged
    | EffortChanged
    | BudgetChanged
    | InstructionsRead
    | GroupJoined
    | WorktreeMade
    | WorktreeEnded
    | SessionForked
    | SessionImported
    | SessionClosed
    | PromptQueued
    | PromptEdited
    | PromptMoved
    | PromptWithdrawn
    | PromptSteered
    | PromptSubmitted
    | TurnEnded
    | TurnPutAway
    | StepStarted
    | StepRetried
    | StepEnded
    | PartStarted
    | PartDelta
    | PartEnded
    | ApprovalRequested
    | ApprovalDecided
    | GrantAdded
    | GrantRevoked
    | QuestionAsked
    | QuestionAnswered
    | ToolStarted
    | ToolOutput
    | ToolEnded
    | SideCall
    | JobStarted
    | JobEnded
    | FileKept
    | FileWritten
    | FileRestored
    | FileShared
    | CompactionStarted
    | SummaryKept
    | ContextCompacted
    | CompactionFailed
)

SCRATCH = (PartDelta, ToolOutput)


@dataclass(frozen=True, slots=True)
class Entry:
    """One row of a session's log.

    ``seq`` orders and strictly increases in a session (gaps come from pruned scratch alone);
    ``at`` is UTC epoch seconds, for people only.
    """

    session_id: str
    seq: int
    at: float
    event: SessionEvent
