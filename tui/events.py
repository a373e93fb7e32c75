"""Everything that can happen in a session. The log is a sequence of these, and nothing else is true.

Events are past tense, frozen, and carry all that the fold needs: no event looks anything
up. Two of them are *scratch* (PartDelta, ToolOutput): they are written
so that a crash loses next to nothing, and are pruned in the same transaction that writes the
event which supersedes them (PartEnded, ToolEnded). The fold therefore gives the same state
with them or without them once their owner has ended.

Ephemeral stream events, from a provider to the engine, live in ``tui.providers.base``.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from tui.messages import Display, ImagePart, OutputPiece, Part, PartKind, StopReason, Usage
from tui.value import value

TurnOutcome = Literal["done", "interrupted", "failed"]
Decision = Literal["allow", "deny"]
Scope = Literal["once", "session", "always"]
Effect = Literal["read", "write", "run", "fetch", "own"]
"""What a tool can do at most: read or change files, run programs, reach the network, or only the session itself."""
Mode = Literal["read-only", "ask", "accept-edits", "autonomous"]
"""How much runs unasked in a session; see ``tui.engine.policy``."""


class ToolOutcome(StrEnum):
    """How a call ended. UNKNOWN: the process died while it ran; it may have happened, or in part."""

    OK = "ok"
    ERROR = "error"
    DENIED = "denied"
    CANCELLED = "cancelled"
    TIMED_OUT = "timed_out"
    UNKNOWN = "unknown"


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
class SessionForked:
    """This session goes on from ``parent`` as it stood after ``through_seq``. Nothing is copied."""

    parent: str
    through_seq: int


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
    prompt_id: str
    text: str


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
    """The prompt goes into the running turn at its next step instead of after the turn."""

    prompt_id: str


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


@value
class StepStarted:
    step_id: str
    turn_id: str
    model: str


@value
class StepRetried:
    """The request failed before anything was shown, and goes out again after ``wait`` seconds."""

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


# --- tool


@value
class ApprovalRequested:
    """A call waits for the person. ``digest`` binds the answer to exactly this call (see ``tui.engine.approvals``).

    ``why`` says why it is asked and ``rule`` which rule asks ("" for none); ``touches`` what it would change or
    reach; ``pattern`` what "this session" would grant ("" where that cannot be chosen).
    """

    approval_id: str
    call_id: str
    tool: str
    arguments: str
    effect: Effect
    why: str
    digest: str
    preview: tuple[Display, ...] = ()
    rule: str = ""
    touches: tuple[str, ...] = ()
    pattern: str = ""


@value
class ApprovalDecided:
    """``arguments`` is what may run: the requested text, or what the person made of it.

    What the policy decides without a question is such an event too (``by`` is "policy"): ``reason`` is its
    sentence, and ``rule`` the rule that it followed, "" for none.
    """

    approval_id: str
    call_id: str
    decision: Decision
    by: Literal["person", "policy", "engine"]
    scope: Scope = "once"
    reason: str = ""
    digest: str = ""
    arguments: str = ""
    rule: str = ""


@value
class GrantAdded:
    """Calls of ``tool`` that ``pattern`` matches run unasked from now on, in this session."""

    grant_id: str
    tool: str
    pattern: str
    scope: Scope


@value
class GrantRevoked:
    grant_id: str


@value
class QuestionAsked:
    question_id: str
    call_id: str
    text: str
    options: tuple[str, ...] = ()


@value
class QuestionAnswered:
    """``answer`` is None where the question was withdrawn."""

    question_id: str
    answer: str | None


@value
class ToolStarted:
    """On disk before the tool touches anything. ``arguments`` is what runs, after any edit."""

    call_id: str
    turn_id: str
    tool: str
    arguments: str


@value
class ToolOutput:
    """Scratch. Output while the tool runs."""

    call_id: str
    text: str


@value
class ToolEnded:
    """Exactly one for each ToolCallPart. ``text`` is the model's face of the result, ``display`` the person's.

    ``pieces`` are the whole output where it is too long to stand here; ``output_bytes`` is then its size.
    """

    call_id: str
    outcome: ToolOutcome
    text: str
    display: tuple[Display, ...] = ()
    images: tuple[ImagePart, ...] = ()
    duration: float = 0.0
    output_bytes: int = 0
    paths: tuple[str, ...] = ()
    pieces: tuple[OutputPiece, ...] = ()


@value
class SideCall:
    """The person ran ``original`` again, as a call of its own that no model sees."""

    call_id: str
    original: str
    tool: str
    arguments: str


# --- background jobs of the shell


@value
class JobStarted:
    """A program that goes on after its call has ended."""

    job_id: str
    call_id: str
    command: str


@value
class JobEnded:
    """``code`` is the exit code (negative: a signal), None where it is unknown because Penstock died first."""

    job_id: str
    code: int | None
    text: str = ""
    pieces: tuple[OutputPiece, ...] = ()
    duration: float = 0.0


# --- files, so that what a turn changed can be shown and undone


@value
class FileKept:
    """What a file was before its first change in a turn. On disk before the change.

    A second one for the same turn and file is what others had made of it since, before the turn changed it again.
    ``blob`` is the SHA-256 of its old contents in the store, "" where there was no file, or where ``skipped``
    says why it was not kept. ``mode`` are its permission bits.
    """

    turn_id: str
    call_id: str
    path: str
    blob: str = ""
    size: int = 0
    mode: int = 0o644
    skipped: str = ""


@value
class FileWritten:
    """What a call left in a file: the SHA-256 of its bytes, "" where the file is gone."""

    turn_id: str
    call_id: str
    path: str
    digest: str


@value
class FileRestored:
    """The person undid a turn's change to a file, or with ``redone`` took that back. ``digest`` as for FileWritten.

    ``replaced`` is the SHA-256 of what stood there until then, which the store keeps; "" where there was no file.
    """

    turn_id: str
    path: str
    digest: str
    replaced: str = ""
    redone: bool = False


# --- context


@value
class ContextCompacted:
    """From here on the model sees ``summary`` in place of all up to ``through_seq``. Nothing is deleted."""

    summary: str
    through_seq: int


SessionEvent = (
    SessionOpened
    | SessionRenamed
    | SessionArchived
    | ModelChanged
    | ModeChanged
    | SessionForked
    | SessionClosed
    | PromptQueued
    | PromptEdited
    | PromptMoved
    | PromptWithdrawn
    | PromptSteered
    | PromptSubmitted
    | TurnEnded
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
    | ContextCompacted
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
