"""The shape of a provider: one request in, one stream of events out.

A provider turns an API's raw stream into four events, in an order that a consumer may rely on:
``PartOpen`` before any ``PartChunk`` of that index; at most one ``PartClose`` for an index;
``Finish`` last, and only if the API's own terminal event was seen. Parts may interleave.
A stream that just stops, without Finish, was cut; so was every part left open, and nothing
here pretends otherwise. Providers never retry, never sleep, never repair JSON: the engine
does the first two in the open, and nobody does the third.
"""

from collections.abc import AsyncGenerator, Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Protocol

from tui.messages import Effort, Message, Part, PartKind, StopReason, Usage
from tui.value import value

USUAL_TOKENS = 8192
"""How long an answer may be, its reasoning included."""
EFFORT_TOKENS: Mapping[Effort, int] = {"medium": 16_384, "high": 32_768, "xhigh": 64_000, "max": 64_000}
"""What it takes where more is thought about."""
STEP: ContextVar[str] = ContextVar("step", default="")
"""The id of the step that a request is made for, "" for none: a recording notes whose answer it holds."""


@value
class ToolSchema:
    """A tool as a model sees it. ``parameters`` is a JSON Schema object, as JSON text."""

    name: str
    description: str
    parameters: str


@value
class Request:
    """One model request. ``model`` is the provider's own name for it, with no prefix of ours."""

    model: str
    messages: tuple[Message, ...]
    system: str = ""
    tools: tuple[ToolSchema, ...] = ()
    max_tokens: int = USUAL_TOKENS
    effort: Effort = ""


@dataclass(frozen=True, slots=True)
class PartOpen:
    """``name`` and ``call_id`` are set for a tool call."""

    index: int
    kind: PartKind
    name: str = ""
    call_id: str = ""


@dataclass(frozen=True, slots=True)
class PartChunk:
    index: int
    text: str


@dataclass(frozen=True, slots=True)
class PartClose:
    index: int
    part: Part


@dataclass(frozen=True, slots=True)
class Finish:
    stop: StopReason
    usage: Usage


StreamEvent = PartOpen | PartChunk | PartClose | Finish


@value
class ModelInfo:
    """A model on offer. ``name`` is the provider's own; ``context_window`` in tokens, None if unknown."""

    name: str
    title: str = ""
    context_window: int | None = None
    max_output: int | None = None
    images: bool | None = None


class Provider(Protocol):
    """One API endpoint with its pooled client. All methods run on the one event loop."""

    name: str
    local: bool
    """True for a server on this machine: it may load a model first, so the first event may take longer."""

    def stream(self, request: Request) -> AsyncGenerator[StreamEvent, None]:
        """Send the request and yield its events.

        Consume it under ``contextlib.aclosing``: closing, or cancelling the consumer, closes the
        socket before it returns.

        Raises:
            ProviderError: see ``tui.errors`` for the kinds; the network's and the SDK's own exceptions
                never come through.
        """
        ...

    async def models(self) -> tuple[ModelInfo, ...]:
        """What the endpoint offers.

        Raises:
            ProviderError: it cannot be asked.
        """
        ...

    async def aclose(self) -> None:
        """Close the pooled client."""
        ...


class Models(Protocol):
    """Every provider that this program knows, and what is known of their models.

    A model reference is ``provider/model`` (the model's own name may hold more slashes).
    """

    async def resolve(self, reference: str) -> tuple[Provider, str]:
        """The provider and its own name for the model. Loads the SDK in a thread on first use.

        Raises:
            ConfigError: no such provider, or it is configured wrongly.
            AuthFailed: it needs a key that is nowhere; the hint names the variable.
        """
        ...

    def price(self, reference: str, usage: Usage) -> float | None:
        """USD for one request, None where unknown. Never 0 for an unknown model. Cheap after the first call."""
        ...

    def window(self, reference: str) -> int | None:
        """The context window in tokens, None where unknown."""
        ...

    def sees(self, reference: str) -> bool:
        """Whether images may be sent to the model. Others are told in words that there was one."""
        ...

    async def aclose(self) -> None:
        """Close every provider that was opened."""
        ...
