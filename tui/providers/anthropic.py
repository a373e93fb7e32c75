"""Anthropic's Messages API.

Anthropic counts cached tokens beside ``input_tokens``; our Usage counts the whole prompt. Thinking goes
back to the model that made it with its signature, redacted thinking as the sealed text that it is.
"""

import json
from collections.abc import AsyncGenerator, Callable, Iterator
from functools import partial
from typing import Any

import anthropic

from tui.messages import (
    ImagePart,
    Message,
    Part,
    ReasoningPart,
    StopReason,
    TextPart,
    ToolCallPart,
    ToolResultPart,
    Usage,
)
from tui.providers.base import Finish, ModelInfo, Request, StreamEvent
from tui.providers.faults import Site, told
from tui.providers.history import arguments_object, seal, sealed, tidy, wire_id, wire_name
from tui.providers.wire import Endpoint, Parts, ask_models, converse, mapping, number, post, string

_STOPS = {
    "end_turn": StopReason.END,
    "stop_sequence": StopReason.END,
    "tool_use": StopReason.TOOL_USE,
    "max_tokens": StopReason.MAX_TOKENS,
    "model_context_window_exceeded": StopReason.MAX_TOKENS,
    "refusal": StopReason.REFUSAL,
    "pause_turn": StopReason.PAUSE,
}
_CACHED = {"type": "ephemeral"}
_FAILURES = (anthropic.AnthropicError,)


class Anthropic:
    """``Provider`` for the Messages API, at Anthropic or behind a compatible ``base_url``."""

    def __init__(self, endpoint: Endpoint) -> None:
        self.name = endpoint.name
        self.local = endpoint.local
        self._site = endpoint.site()
        self._http = endpoint.client()
        self._sdk = anthropic.AsyncAnthropic(
            api_key=endpoint.key or "none",
            base_url=endpoint.base_url,
            max_retries=0,
            timeout=self._http.timeout,
            default_headers=endpoint.headers(anthropic.Omit()),
            http_client=self._http,
        )

    def stream(self, request: Request) -> AsyncGenerator[StreamEvent, None]:
        """See ``Provider.stream``."""
        reading = MessagesReading(self._site, request.model)
        sending = partial(post, self._sdk.messages.create, body(request, self.name))
        return converse(sending, reading, self._site, request.model, _FAILURES)

    async def models(self) -> tuple[ModelInfo, ...]:
        """See ``Provider.models``."""
        found = await ask_models(self._sdk.models.with_raw_response.list(limit=100), self._site, _FAILURES)
        return tuple(_info(model) for model in found)

    async def aclose(self) -> None:
        """See ``Provider.aclose``."""
        await self._http.aclose()


def _info(model: dict[str, Any]) -> ModelInfo:
    """Compatible servers leave most fields out."""
    images = mapping(mapping(model, "capabilities"), "image_input").get("supported")
    return ModelInfo(
        name=string(model, "id"),
        title=string(model, "display_name"),
        context_window=number(model, "max_input_tokens") or None,
        max_output=number(model, "max_tokens") or None,
        images=images if isinstance(images, bool) else None,
    )


# --- history -> wire


def body(request: Request, provider: str) -> dict[str, Any]:
    """The request's arguments, with a cache mark after tools, system, and the last two user messages."""
    messages = [_message(message, provider, request.model) for message in tidy(request.messages)]
    messages = [message for message in messages if message["content"]]
    for message in [message for message in messages if message["role"] == "user"][-2:]:
        message["content"][-1]["cache_control"] = _CACHED
    wire: dict[str, Any] = {"model": request.model, "max_tokens": request.max_tokens, "messages": messages}
    if request.system.strip():
        wire["system"] = [{"type": "text", "text": request.system, "cache_control": _CACHED}]
    tools = [
        {"name": tool.name, "description": tool.description, "input_schema": json.loads(tool.parameters)}
        for tool in request.tools
    ]
    if tools:
        tools[-1]["cache_control"] = _CACHED
        wire["tools"] = tools
    elif names := _names_called(request):  # the API wants the tools of the history declared, offered or not
        empty = {"type": "object", "properties": {}}
        wire["tools"] = [{"name": name, "description": "Not available.", "input_schema": empty} for name in names]
        wire["tool_choice"] = {"type": "none"}
    if request.effort:
        wire["thinking"] = {"type": "adaptive", "display": "summarized"}
        wire["output_config"] = {"effort": request.effort}
    return wire


def _names_called(request: Request) -> list[str]:
    calls = (part for message in request.messages for part in message.parts if isinstance(part, ToolCallPart))
    return sorted({wire_name(call.name) for call in calls})


def _message(message: Message, provider: str, model: str) -> dict[str, Any]:
    content = [block for part in message.parts for block in _blocks(part, provider, model)]
    return {"role": message.role, "content": content}


def _blocks(part: Part, provider: str, model: str) -> Iterator[dict[str, Any]]:
    match part:
        case TextPart():
            yield {"type": "text", "text": part.text}
        case ReasoningPart():
            data = sealed(part, provider, model)
            if redacted := string(data, "redacted"):
                yield {"type": "redacted_thinking", "data": redacted}
            elif signature := string(data, "signature"):
                yield {"type": "thinking", "thinking": part.text, "signature": signature}
        case ToolCallPart():
            arguments = arguments_object(part.arguments)
            yield {
                "type": "tool_use",
                "id": wire_id(part.call_id),
                "name": wire_name(part.name),
                "input": arguments,
            }
        case ToolResultPart():
            yield _result(part)
        case ImagePart():
            yield _image(part)


def _result(part: ToolResultPart) -> dict[str, Any]:
    content: list[dict[str, Any]] = [{"type": "text", "text": part.text}] if part.text.strip() else []
    content += [_image(image) for image in part.images]
    block: dict[str, Any] = {"type": "tool_result", "tool_use_id": wire_id(part.call_id), "is_error": part.is_error}
    if content or part.is_error:  # an error must say something
        block["content"] = content or [{"type": "text", "text": "It failed and said nothing."}]
    return block


def _image(part: ImagePart) -> dict[str, Any]:
    return {"type": "image", "source": {"type": "base64", "media_type": part.media_type, "data": part.data}}


# --- wire -> events


class MessagesReading:
    """One answer; see ``Reading``. Blocks are known by their index and may interleave."""

    def __init__(self, site: Site, model: str) -> None:
        self.whole = False
        self.done = False
        self._site = site
        self._model = model
        self._parts = Parts()
        self._starts: dict[int, dict[str, Any]] = {}
        self._signatures: dict[int, str] = {}
        self._stop = ""
        self._usage: dict[str, int] = {}
        self._events: dict[str, Callable[[dict[str, Any], int], Iterator[StreamEvent]]] = {
            "content_block_start": self._start,
            "content_block_delta": self._delta,
            "content_block_stop": self._end,
        }

    def feed(self, payload: dict[str, Any]) -> Iterator[StreamEvent]:
        """See ``Reading.feed``. Unknown events and blocks are passed over."""
        kind = string(payload, "type")
        if kind in self._events:
            yield from self._events[kind](payload, number(payload, "index"))
        elif kind == "message_start":
            self._count(mapping(mapping(payload, "message"), "usage"))
        elif kind == "message_delta":
            self._stop = string(mapping(payload, "delta"), "stop_reason") or self._stop
            self._count(mapping(payload, "usage"))
        elif kind == "message_stop":
            self.whole = self.done = True
        elif kind == "error":
            raise told(payload, self._site, self._model)

    def finish(self) -> Finish:
        """See ``Reading.finish``."""
        counts = self._usage
        read, written = counts.get("cache_read_input_tokens", 0), counts.get("cache_creation_input_tokens", 0)
        usage = Usage(
            input_tokens=counts.get("input_tokens", 0) + read + written,
            output_tokens=counts.get("output_tokens", 0),
            cache_read_tokens=read,
            cache_write_tokens=written,
            reasoning_tokens=counts.get("thinking_tokens", 0),
        )
        return Finish(_STOPS.get(self._stop, StopReason.END), usage)

    def _count(self, usage: dict[str, Any]) -> None:
        """Counts are cumulative: a later one replaces an earlier one, a missing one does not."""
        counts = {**usage, **mapping(usage, "output_tokens_details")}
        self._usage.update({key: value for key, value in counts.items() if isinstance(value, int)})

    def _start(self, payload: dict[str, Any], index: int) -> Iterator[StreamEvent]:
        block = self._starts[index] = mapping(payload, "content_block")
        match string(block, "type"):
            case "text":
                yield from self._grow(index, string(block, "text"))
            case "thinking":
                self._signatures[index] = string(block, "signature")
                yield self._parts.open(index, "reasoning")
                yield from self._grow(index, string(block, "thinking"))
            case "redacted_thinking":
                yield self._parts.open(index, "reasoning")
            case "tool_use":
                yield self._parts.open(index, "tool_call", string(block, "name"), string(block, "id"))
            case _:
                pass

    def _delta(self, payload: dict[str, Any], index: int) -> Iterator[StreamEvent]:
        delta = mapping(payload, "delta")
        match string(delta, "type"):
            case "text_delta":
                yield from self._grow(index, string(delta, "text"))
            case "thinking_delta":
                yield from self._grow(index, string(delta, "thinking"))
            case "input_json_delta":
                yield from self._grow(index, string(delta, "partial_json"))
            case "signature_delta":
                self._signatures[index] = self._signatures.get(index, "") + string(delta, "signature")
            case _:
                pass

    def _grow(self, index: int, text: str) -> Iterator[StreamEvent]:
        """A text part opens with its first character: an empty one is never a part."""
        if not text:
            return
        if index not in self._parts:
            if string(self._starts.get(index), "type") != "text":
                return
            yield self._parts.open(index, "text")
        yield self._parts.grow(index, text)

    def _end(self, payload: dict[str, Any], index: int) -> Iterator[StreamEvent]:
        if index not in self._parts:
            return
        block, sealing = self._starts.get(index, {}), None
        match string(block, "type"):
            case "tool_use" if not self._parts.text(index):  # the start held the arguments: {} where there are none
                yield self._parts.grow(index, json.dumps(mapping(block, "input"), ensure_ascii=False))
            case "redacted_thinking":
                sealing = seal(self._site.provider, self._model, redacted=string(block, "data"))
            case "thinking" if self._signatures.get(index):
                sealing = seal(self._site.provider, self._model, signature=self._signatures[index])
            case _:
                pass
        yield self._parts.close(index, sealing)
