"""What a session's turns consist of, as the fold has it: prompts, steps, parts, calls, and files that changed.

Mutable, and changed by ``tui.state.apply`` alone. Everybody imports them from ``tui.state``.
"""

from dataclasses import dataclass, field

from tui.events import (
    ApprovalDecided,
    ApprovalRequested,
    FileKept,
    StepEnded,
    StepRetried,
    ToolEnded,
    TurnCause,
    TurnOutcome,
)
from tui.messages import ImagePart, Part, PartKind, ToolCallPart


@dataclass(slots=True)
class Prompt:
    """A prompt in the outbox (``turn_id`` empty) or in a turn."""

    prompt_id: str
    text: str
    images: tuple[ImagePart, ...] = ()
    steer: bool = False
    seq: int = 0


@dataclass(slots=True)
class PartState:
    """One part of a step. ``part`` is None while it streams; ``text`` is what has come so far."""

    part_id: str
    step_id: str
    kind: PartKind
    name: str
    seq: int
    part: Part | None = None
    cut: bool = False
    chunks: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        if isinstance(self.part, ToolCallPart):
            return self.part.arguments
        if self.part is not None:
            return getattr(self.part, "text", "")
        if len(self.chunks) > 1:
            self.chunks[:] = ["".join(self.chunks)]
        return self.chunks[0] if self.chunks else ""


@dataclass(slots=True)
class StepState:
    step_id: str
    turn_id: str
    model: str
    started_at: float
    answered_at: float | None = None
    """When the first part began to come."""
    parts: list[PartState] = field(default_factory=list)
    retries: list[StepRetried] = field(default_factory=list)
    retried_at: float = 0.0
    ended: StepEnded | None = None
    seq: int = 0


@dataclass(slots=True)
class TurnState:
    """From a prompt to the agent's rest. ``items`` are prompts and steps in the order they came."""

    turn_id: str
    started_at: float
    seq: int
    items: list[Prompt | StepState] = field(default_factory=list)
    outcome: TurnOutcome | None = None
    error: str = ""
    hint: str = ""
    cause: TurnCause = ""
    ended_at: float | None = None


@dataclass(slots=True)
class CallState:
    """One tool call, from its part's end to its result. ``started_at`` and ``ended_at`` are None until then.

    ``aside``: the person ran it beside the conversation; ``original`` is then the call that it repeats, "" for none.
    """

    call_id: str
    turn_id: str
    tool: str
    arguments: str
    requested_at: float
    seq: int
    original: str = ""
    aside: bool = False
    approval: ApprovalRequested | None = None
    asked_at: float | None = None
    decision: ApprovalDecided | None = None
    decided_at: float | None = None
    started_at: float | None = None
    ended: ToolEnded | None = None
    ended_at: float | None = None
    output: list[str] = field(default_factory=list)

    @property
    def phase(self) -> str:
        """``waiting``, ``asking``, ``running``, or how it ended."""
        if self.ended is not None:
            return self.ended.outcome.value
        if self.started_at is not None:
            return "running"
        return "asking" if self.approval is not None and self.decision is None else "waiting"


@dataclass(slots=True)
class FileState:
    """One file that a turn changed: what it was before, and the digest of what the turn last left in it.

    ``between`` is what others made of it while the turn ran; ``undone`` the digest of what stood there before it was
    ``restored``. ``at`` is when the turn last wrote it, or was about to.
    """

    before: FileKept
    at: float
    left: str = ""
    between: tuple[FileKept, ...] = ()
    restored: bool = False
    undone: str = ""
