"""What models and people say to each other: values only.

A Message is a role and its Parts. The same Parts are what a provider's stream builds up,
what the log keeps, and what the next request sends back. ``provider_data`` on a part is
opaque: whatever the provider that made the part needs to see again (Anthropic's
signature, OpenAI's encrypted reasoning), as ``(provider name, JSON text)``; other
providers ignore it.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Literal

from tui.value import value

Role = Literal["user", "assistant"]
PartKind = Literal["text", "reasoning", "tool_call"]
ProviderData = tuple[str, str] | None
Effort = Literal["", "low", "medium", "high", "xhigh", "max"]
"""How much a model is to reason; "" for what it does by itself: then nothing of it is sent."""
EFFORTS: tuple[Effort, ...] = ("low", "medium", "high", "xhigh", "max")
EFFORT_NAMED: Mapping[str, Effort] = {effort: effort for effort in EFFORTS}


@value
class TextPart:
    text: str
    provider_data: ProviderData = None


@value
class ReasoningPart:
    """What the model thought. ``text`` may be empty where the provider keeps it sealed in ``provider_data``."""

    text: str
    provider_data: ProviderData = None


@value
class ToolCallPart:
    """A model's wish to run a tool. ``arguments`` is the raw JSON text as it arrived, never repaired."""

    call_id: str
    name: str
    arguments: str
    provider_data: ProviderData = None


@value
class ToolResultPart:
    """What the model is told about a call."""

    call_id: str
    text: str
    is_error: bool = False
    images: tuple["ImagePart", ...] = ()
    provider_data: ProviderData = None


@value
class ImagePart:
    """An image; ``data`` is base64 text, ``media_type`` such as ``image/png``."""

    media_type: str
    data: str
    provider_data: ProviderData = None


Part = TextPart | ReasoningPart | ToolCallPart | ToolResultPart | ImagePart


@value
class Message:
    role: Role
    parts: tuple[Part, ...]


@value
class Usage:
    """Tokens of one model request.

    ``input_tokens`` is the WHOLE prompt, what was read from or written to the cache
    included; ``output_tokens`` includes ``reasoning_tokens``. Providers count differently:
    their adapters normalise to this.
    """

    input_tokens: int = 0
    output_tokens: int = 0
    cache_read_tokens: int = 0
    cache_write_tokens: int = 0
    reasoning_tokens: int = 0

    def __add__(self, other: "Usage") -> "Usage":
        return Usage(
            input_tokens=self.input_tokens + other.input_tokens,
            output_tokens=self.output_tokens + other.output_tokens,
            cache_read_tokens=self.cache_read_tokens + other.cache_read_tokens,
            cache_write_tokens=self.cache_write_tokens + other.cache_write_tokens,
            reasoning_tokens=self.reasoning_tokens + other.reasoning_tokens,
        )


class StopReason(StrEnum):
    """Why a step ended. CUT: the stream ended, or was ended, before its terminal event."""

    END = "end"
    TOOL_USE = "tool_use"
    MAX_TOKENS = "max_tokens"
    REFUSAL = "refusal"
    PAUSE = "pause"  # the provider asks to be called again with the same history
    CUT = "cut"


@value
class TextDisplay:
    """For the person: plain text, highlighted as ``language`` where that is not empty."""

    text: str
    language: str = ""
    title: str = ""


@value
class DiffDisplay:
    """For the person: one file's change as a unified diff with three lines of context.

    ``stale``: the file had changed under the agent, or the diff no longer applies.
    """

    path: str
    diff: str
    created: bool = False
    stale: bool = False


TodoStatus = Literal["open", "doing", "done"]
_MARKS: dict[TodoStatus, str] = {"open": " ", "doing": ">", "done": "x"}


@value
class TodoItem:
    text: str
    status: TodoStatus = "open"

    @property
    def line(self) -> str:
        """``[x] Write the tests``; ``[>]`` is being done."""
        return f"[{_MARKS[self.status]}] {self.text}"


@value
class TodoDisplay:
    """For the person: the agent's whole checklist as it is now. The fold takes the session's checklist from it."""

    items: tuple[TodoItem, ...]


Display = TextDisplay | DiffDisplay | TodoDisplay


@value
class OutputPiece:
    """A stretch of a call's whole output, kept in the store by its SHA-256.

    ``size`` in bytes of UTF-8; ``lines`` counts the newlines in it. A piece may begin and end inside a line,
    never inside a character.
    """

    hash: str
    size: int
    lines: int
