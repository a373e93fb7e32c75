"""Chat completions: OpenAI's older format, and the one that every other server speaks.

Tool calls of one answer may interleave, so they are known by their index. Reasoning is no part of the
format; servers send it as ``reasoning_content`` or ``reasoning``, and want it back, if at all, only
while the turn that it belongs to goes on. The answer is whole when its ``finish_reason`` came; usage
follows that, and a server that then just hangs up has still answered.
"""

import json
from collections.abc import AsyncGenerator, Iterator
from functools import partial
from typing import Any
from urllib.parse import urlsplit

from tui.messages import (
    ImagePart,
    Message,
    ReasoningPart,
    StopReason,
    TextPart,
    ToolCallPart,
    ToolResultPart,
    Usage,
)
from tui.providers.base import Finish, ModelInfo, Request, StreamEvent
from tui.providers.faults import Site, told
from tui.providers.history import arguments_text, seal, sealed, tidy, wire_id, wire_name
from tui.providers.openai import FAILURES, client, data_url, headers, list_models, result_text
from tui.providers.wire import DONE, Endpoint, Parts, converse, items, mapping, number, post, string

_STOPS = {
    "stop": StopReason.END,
    "eos": StopReason.END,
    "tool_calls": StopReason.TOOL_USE,
    "function_call": StopReason.TOOL_USE,
    "length": StopReason.MAX_TOKENS,
    "content_filter": StopReason.REFUSAL,
    "refusal": StopReason.REFUSAL,
}
_REASONING = ("reasoning_content", "reasoning")


class OpenAIChat:
    """``Provider`` for chat completions: OpenAI, Ollama, LM Studio, llama.cpp, vLLM and their like."""

    def __init__(self, endpoint: Endpoint) -> None:
        self.name = endpoint.name
        self.local = endpoint.local
        self._site = endpoint.site()
        self._http = endpoint.client()
        self._sdk = client(endpoint, self._http)
        self._create = self._sdk.chat.completions.create  # here, because the SDK loads what is behind it when named
        self._headers = headers(endpoint)
        self._at_openai = (urlsplit(endpoint.base_url).hostname or "").endswith("openai.com")

    def stream(self, request: Request) -> AsyncGenerator[StreamEvent, None]:
        """See ``Provider.stream``."""
        reading = ChatReading(self._site, request.model)
        wire = body(request, self.name, at_openai=self._at_openai) | {"extra_headers": self._headers}
        return converse(partial(post, self._create, wire), reading, self._site, request.model, FAILURES)

    async def models(self) -> tuple[ModelInfo, ...]:
        """See ``Provider.models``."""
        return await list_models(self._sdk, self._site, self._headers)

    async def aclose(self) -> None:
        """See ``Provider.aclose``."""
        await self._http.aclose()


# --- history -> wire


def body(request: Request, provider: str, *, at_openai: bool) -> dict[str, Any]:
    """The request's arguments. OpenAI itself renamed ``max_tokens``; the other servers know only the old name."""
    history = tidy(request.messages)
    turn = max(i for i, message in enumerate(history) if _is_prompt(message))
    messages: list[dict[str, Any]] = []
    if request.system.strip():
        messages.append({"role": "system", "content": request.system})
    for i, message in enumerate(history):
        if message.role == "assistant":
            messages.extend(_assistant(message, provider, request.model, with_reasoning=i > turn))
        else:
            messages.extend(_user(message))
    wire: dict[str, Any] = {
        "model": request.model,
        "messages": messages,
        "max_completion_tokens" if at_openai else "max_tokens": request.max_tokens,
        "stream_options": {"include_usage": True},
    }
    if request.tools:
        wire["tools"] = [
            {
                "type": "function",
                "function": {
                    "name": tool.name,
                    "description": tool.description,
                    "parameters": json.loads(tool.parameters),
                },
            }
            for tool in request.tools
        ]
    if request.effort:
        wire["reasoning_effort"] = request.effort
    return wire


def _is_prompt(message: Message) -> bool:
    return message.role == "user" and not any(isinstance(part, ToolResultPart) for part in message.parts)


def _assistant(message: Message, provider: str, model: str, *, with_reasoning: bool) -> Iterator[dict[str, Any]]:
    """One message; text and calls have a field each. Reasoning of other makers has no field here."""
    texts = [part.text for part in message.parts if isinstance(part, TextPart)]
    calls = [part for part in message.parts if isinstance(part, ToolCallPart)]
    wire: dict[str, Any] = {"role": "assistant", "content": "\n\n".join(texts) or None}
    if calls:
        wire["tool_calls"] = [
            {
                "id": wire_id(call.call_id),
                "type": "function",
                "function": {"name": wire_name(call.name), "arguments": arguments_text(call.arguments)},
            }
            for call in calls
        ]
    for part in message.parts:
        if with_reasoning and isinstance(part, ReasoningPart):
            field = string(sealed(part, provider, model), "field")
            if field in _REASONING:
                wire[field] = wire.get(field, "") + part.text
    if texts or calls:
        yield wire


def _user(message: Message) -> Iterator[dict[str, Any]]:
    """Results are messages of their own, and hold no images: those follow in the user's message."""
    content: list[dict[str, Any]] = []
    for part in message.parts:
        if isinstance(part, ToolResultPart):
            yield {"role": "tool", "tool_call_id": wire_id(part.call_id), "content": result_text(part)}
            if part.images:
                content.append({"type": "text", "text": f"(Images of the result of {wire_id(part.call_id)}:)"})
                content.extend(_content(image) for image in part.images)
        elif isinstance(part, TextPart | ImagePart):
            content.append(_content(part))
    if all(item["type"] == "text" for item in content):  # plain text is what the smallest servers understand
        if content:
            yield {"role": "user", "content": "\n\n".join(item["text"] for item in content)}
    else:
        yield {"role": "user", "content": content}


def _content(part: TextPart | ImagePart) -> dict[str, Any]:
    if isinstance(part, TextPart):
        return {"type": "text", "text": part.text}
    return {"type": "image_url", "image_url": {"url": data_url(part)}}


# --- wire -> events


class ChatReading:
    """One answer; see ``Reading``. At most one text or reasoning is open; calls stay open until the end."""

    def __init__(self, site: Site, model: str) -> None:
        self.whole = False
        self.done = False
        self._site = site
        self._model = model
        self._parts = Parts()
        self._speaking = ""  # the field of the open text or reasoning
        self._stop = ""
        self._calls: dict[int, str] = {}  # index -> id of the call that grows there
        self._usage: dict[str, Any] = {}

    def feed(self, payload: dict[str, Any]) -> Iterator[StreamEvent]:
        """See ``Reading.feed``."""
        if payload.get("type") == DONE:
            self.done = True
            return
        if payload.get("error"):
            raise told(payload, self._site, self._model)
        self._usage = mapping(payload, "usage") or self._usage
        for choice in items(payload, "choices")[:1]:
            yield from self._delta(mapping(choice, "delta"))
            reason = string(choice, "finish_reason")
            if reason and not self.whole:
                self._stop = reason
                self.whole = True
                yield from self._close_all()

    def finish(self) -> Finish:
        """See ``Reading.finish``. Some servers say ``stop`` although they made calls."""
        usage = self._usage
        stop = _STOPS.get(self._stop, StopReason.END)
        if self._calls and stop is StopReason.END:
            stop = StopReason.TOOL_USE
        prompt, completion = mapping(usage, "prompt_tokens_details"), mapping(usage, "completion_tokens_details")
        return Finish(
            stop,
            Usage(
                input_tokens=number(usage, "prompt_tokens"),
                output_tokens=number(usage, "completion_tokens"),
                cache_read_tokens=number(prompt, "cached_tokens") or number(usage, "prompt_cache_hit_tokens"),
                cache_write_tokens=number(prompt, "cache_write_tokens"),
                reasoning_tokens=number(completion, "reasoning_tokens"),
            ),
        )

    def _delta(self, delta: dict[str, Any]) -> Iterator[StreamEvent]:
        if self.whole:  # nothing may come after the end; what does is no part of the answer
            return
        for field in (*_REASONING, "content", "refusal"):
            if text := string(delta, field):
                yield from self._speak(field, text)
                if field == "reasoning_content":
                    delta = {key: value for key, value in delta.items() if key != "reasoning"}  # some send both
        for position, call in enumerate(items(delta, "tool_calls")):
            yield from self._call(call, position)

    def _speak(self, field: str, text: str) -> Iterator[StreamEvent]:
        if self._speaking != field:
            yield from self._hush()
            self._speaking = field
            yield self._parts.open(field, "reasoning" if field in _REASONING else "text")
        yield self._parts.grow(field, text)

    def _hush(self) -> Iterator[StreamEvent]:
        if self._speaking:
            field, self._speaking = self._speaking, ""
            sealing = seal(self._site.provider, self._model, field=field) if field in _REASONING else None
            yield self._parts.close(field, sealing)

    def _call(self, call: dict[str, Any], position: int) -> Iterator[StreamEvent]:
        """Where ``index`` is missing, the place in the list serves; where it repeats, a new id is a new call."""
        index = call["index"] if isinstance(call.get("index"), int) else position
        function, call_id = mapping(call, "function"), string(call, "id")
        name = string(function, "name")
        if index not in self._calls or (name and call_id not in ("", self._calls[index])):
            if not name:
                return
            yield from self._hush()
            self._calls[index] = call_id
            yield self._parts.open((index, call_id), "tool_call", name, call_id)
        key = (index, self._calls[index])
        arguments = function.get("arguments")
        if isinstance(arguments, dict):  # an object in place of its text, from servers that do not stream calls
            arguments = json.dumps(arguments, ensure_ascii=False)
        if isinstance(arguments, str) and arguments:
            yield self._parts.grow(key, arguments)

    def _close_all(self) -> Iterator[StreamEvent]:
        yield from self._hush()
        for key in self._parts.still_open():
            if not self._parts.text(key):  # a call without arguments
                yield self._parts.grow(key, "{}")
            yield self._parts.close(key)
