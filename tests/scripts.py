"""Words for scripted providers, shared by the tests of every room.

    models, provider = scripted([call("read", {"path": "a"})], [text("Done.")])
    session = workspace.open_session(model=REFERENCE) ...

``scripted`` gives a Models whose every reference leads to one ScriptedProvider, so that a test sees
the requests that came (``provider.requests``) and how each stream ended (``provider.endings``).
"""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing
from typing import Any

from tui.errors import (
    AuthFailed,
    ConfigError,
    ConnectionLost,
    Overloaded,
    ProviderError,
    RateLimited,
    ServerFailed,
    StreamBroken,
)
from tui.messages import ImagePart, Message, Part, StopReason, TextPart, ToolCallPart, ToolResultPart, Usage
from tui.providers.base import Provider, Request, StreamEvent
from tui.providers.scripted import (
    Hold,
    ScriptedProvider,
    Step,
    call,
    cut,
    fail,
    finish,
    pause,
    reasoning,
    text,
    together,
    usage,
)

__all__ = [
    "REFERENCE",
    "AuthFailed",
    "ConnectionLost",
    "Hold",
    "Overloaded",
    "ProviderError",
    "RateLimited",
    "ScriptedModels",
    "ScriptedProvider",
    "ServerFailed",
    "StopReason",
    "StreamBroken",
    "call",
    "called",
    "cut",
    "drain",
    "eventually",
    "fail",
    "finish",
    "first",
    "image",
    "pause",
    "prompt",
    "reasoning",
    "results",
    "said",
    "scripted",
    "text",
    "together",
    "usage",
]

REFERENCE = "scripted/script"


class ScriptedModels:
    """``Models`` for tests: names -> providers. ``price``, ``window`` and ``sees`` answer what they were given."""

    def __init__(
        self,
        providers: dict[str, Provider],
        *,
        price: float | None = None,
        window: int | None = 200_000,
        sees: bool = True,
    ) -> None:
        self.providers = providers
        self.resolved: list[str] = []
        self._price = price
        self._window = window
        self._sees = sees

    async def resolve(self, reference: str) -> tuple[Provider, str]:
        self.resolved.append(reference)
        name, _, model = reference.partition("/")
        if name not in self.providers:
            raise ConfigError(f"No provider is called {name!r}.")
        return self.providers[name], model

    def price(self, reference: str, usage: Usage) -> float | None:
        return self._price

    def window(self, reference: str) -> int | None:
        return self._window

    def sees(self, reference: str) -> bool:
        return self._sees

    async def aclose(self) -> None:
        for provider in self.providers.values():
            await provider.aclose()


def scripted(
    *steps: Step | Callable[[Request], Step], rate: float | None = None, repeat: bool = False, **known: Any
) -> tuple[ScriptedModels, ScriptedProvider]:
    """Models and their one provider; use ``REFERENCE`` as the model. ``known``: ``price=``, ``window=``, ``sees=``."""
    provider = ScriptedProvider(steps, rate=rate, repeat=repeat)
    return ScriptedModels({"scripted": provider}, **known), provider


def prompt(content: str = "Hello.", *parts: Part) -> Message:
    """A user message."""
    return Message(role="user", parts=(TextPart(text=content), *parts))


def said(*parts: Part | str) -> Message:
    """An assistant message; strings become text parts."""
    return Message(role="assistant", parts=tuple(TextPart(text=p) if isinstance(p, str) else p for p in parts))


def results(**texts: str) -> Message:
    """A user message of tool results, by call id."""
    return Message(role="user", parts=tuple(ToolResultPart(call_id=key, text=value) for key, value in texts.items()))


def called(call_id: str, name: str, arguments: dict[str, Any] | str) -> ToolCallPart:
    """A tool call as history holds it."""
    raw = arguments if isinstance(arguments, str) else json.dumps(arguments)
    return ToolCallPart(call_id=call_id, name=name, arguments=raw)


def image() -> ImagePart:
    """The smallest PNG: one transparent pixel."""
    data = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=="
    return ImagePart(media_type="image/png", data=data)


async def drain(provider: Provider, request: Request) -> tuple[list[StreamEvent], ProviderError | None]:
    """Everything that a stream gave, and the error that ended it, if one did."""
    events: list[StreamEvent] = []
    async with aclosing(provider.stream(request)) as stream:
        try:
            async for event in stream:
                events.append(event)
        except ProviderError as error:
            return events, error
    return events, None


async def eventually(fact: Callable[[], object], *, within: float = 5.0) -> None:
    """Wait until ``fact()`` is true, giving the loop its turns; TimeoutError if it never is.

    For facts that nothing announces. Prefer a Hold or an event where there is one.
    """
    async with asyncio.timeout(within):
        while not fact():  # noqa: ASYNC110 - nothing announces these facts
            await asyncio.sleep(0.001)


async def first(stream: AsyncIterator[StreamEvent], kind: type[StreamEvent]) -> StreamEvent:
    """The next event of a kind."""
    async for event in stream:
        if isinstance(event, kind):
            return event
    raise AssertionError(f"the stream ended without a {kind.__name__}")
