"""The three wire formats for tests: recorded answers, and adapters that speak to whatever a test gives them."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx2

from tui.providers.anthropic import Anthropic
from tui.providers.base import Provider
from tui.providers.openai import OpenAI
from tui.providers.openai_chat import OpenAIChat
from tui.providers.wire import Endpoint

APIS = ("anthropic", "openai", "openai-chat")
ADAPTERS = {"anthropic": Anthropic, "openai": OpenAI, "openai-chat": OpenAIChat}
SUFFIX = {"anthropic": "", "openai": "/v1", "openai-chat": "/v1"}
KEY = "sk-neutral-0123456789"


def recorded(api: str) -> bytes:
    """A whole answer: reasoning, text, and two tool calls."""
    return (Path(__file__).parent / "providers" / "wires" / f"{api}.sse").read_bytes()


def adapter(api: str, url: str = "http://model.invalid", **options: object) -> Provider:
    """The adapter for an API; ``url`` without a path."""
    settings: dict[str, object] = {"key": KEY, "key_env": "NEUTRAL_API_KEY", **options}
    return ADAPTERS[api](Endpoint(name="neutral", base_url=url + SUFFIX[api], **settings))  # type: ignore[arg-type]


class Bytes(httpx2.AsyncBaseTransport):
    """Answers every request with ``pieces``, then with ``error`` if there is one."""

    def __init__(
        self,
        *pieces: bytes,
        status: int = 200,
        headers: dict[str, str] | None = None,
        error: Exception | None = None,
    ) -> None:
        self._pieces = pieces
        self._status = status
        self._headers = headers or {"content-type": "text/event-stream"}
        self._error = error
        self.asked: list[httpx2.Request] = []
        self.closed = 0

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        await request.aread()
        self.asked.append(request)
        return httpx2.Response(self._status, headers=self._headers, stream=_Stream(self))


class _Stream(httpx2.AsyncByteStream):
    def __init__(self, transport: Bytes) -> None:
        self._transport = transport

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for piece in self._transport._pieces:
            yield piece
        if self._transport._error is not None:
            raise self._transport._error

    async def aclose(self) -> None:
        self._transport.closed += 1
