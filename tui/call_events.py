"""What can happen to tool calls, to the shell's jobs and to files: a part of the log's vocabulary.

The rest of it, and what holds for all events, is in ``tui.events``, which everybody imports these from.
"""

from enum import StrEnum
from typing import Literal

from tui.messages import Display, ImagePart, OutputPiece
from tui.value import value

Decision = Literal["allow", "deny"]
Scope = Literal["once", "session", "always"]
Effect = Literal["read", "write", "run", "fetch", "own"]
"""What a tool can do at most: read or change files, run programs, reach the network, or only the session itself."""


class ToolOutcome(StrEnum):
    """How a call ended. UNKNOWN: the process died while it ran; it may have happened, or in part."""

    OK = "ok"
    ERROR = "error"
    DENIED = "denied"
    CANCELLED = "cancelled"
    TIMED_OUT = "timed_out"
    UNKNOWN = "unknown"


# --- tool


@value
class ApprovalRequested:
    """A call waits for the person. ``digest`` binds the answer to exactly this call: see ``engine/calls/approvals``.

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
    """The person ran ``original`` again, or a call of their own (""), beside the conversation: no model sees it."""

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
class FileShared:
    """``other``, a session, has written a file that this one wrote too; each did so in its last turn.

    Said once for each pair of sessions and file, in the log of both. ``slot`` and ``title`` are the other's, as of
    then. ``last``: what stands in the file is the other's.
    """

    path: str
    other: str
    slot: int
    title: str
    last: bool


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
