"""OpenAI's Responses API.

Nothing is stored at OpenAI (``store=False``): the history goes out whole each time, and reasoning comes
back sealed (``encrypted_content``) so that the model that made it can go on from it. OpenAI counts
cached tokens inside ``input_tokens``, as our Usage does.
"""

import hashlib
import json
import re
from collections.abc import AsyncGenerator, Callable, Iterator
from functools import partial
from typing import Any

import openai

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
from tui.providers.history import arguments_text, seal, sealed, tidy, wire_id, wire_name
from tui.providers.wire import Endpoint, Parts, ask_models, converse, items, mapping, number, post, string

FAILURES = (openai.OpenAIError,)

_NO_REASONING = re.compile(r"^(ft:)?(gpt-3|gpt-4|chatgpt-4)")  # they refuse to be asked for sealed reasoning


def client(endpoint: Endpoint, http: Any) -> openai.AsyncOpenAI:
    """The SDK's client on our pooled one, for both of OpenAI's formats."""
    return openai.AsyncOpenAI(
        api_key=endpoint.key or "none",
        base_url=endpoint.base_url,
        max_retries=0,
        timeout=http.timeout,
        http_client=http,
    )


def headers(endpoint: Endpoint) -> dict[str, Any]:
    """Headers of each request. They are no defaults of the client: of those, this SDK lets none be left out."""
    return endpoint.headers(openai.Omit())


async def list_models(sdk: openai.AsyncOpenAI, site: Site, sent: dict[str, Any]) -> tuple[ModelInfo, ...]:
    """What ``/models`` lists. Some servers add ``context_length`` or ``max_model_len``; OpenAI says names only."""
    found = []
    for model in await ask_models(sdk.models.with_raw_response.list(extra_headers=sent), site, FAILURES):
        window = number(model, "context_length") or number(model, "max_model_len") or number(model, "context_window")
        found.append(ModelInfo(name=string(model, "id"), context_window=window or None))
    return tuple(found)


class OpenAI:
    """``Provider`` for the Responses API, at OpenAI or behind a compatible ``base_url``."""

    def __init__(self, endpoint: Endpoint) -> None:
        self.name = endpoint.name
        self.local = endpoint.local
        self._site = endpoint.site()
        self._http = endpoint.client()
        self._sdk = client(endpoint, self._http)
        self._create = self._sdk.responses.create  # here, because the SDK loads what is behind it when it is named
        self._headers = headers(endpoint)

    def stream(self, request: Request) -> AsyncGenerator[StreamEvent, None]:
        """See ``Provider.stream``."""
        reading = ResponsesReading(self._site, request.model)
        wire = body(request, self.name) | {"extra_headers": self._headers}
        sending = partial(post, self._create, wire)
        return converse(sending, reading, self._site, request.model, FAILURES)

    async def models(self) -> tuple[ModelInfo, ...]:
        """See ``Provider.models``."""
        return await list_models(self._sdk, self._site, self._headers)

    async def aclose(self) -> None:
        """See ``Provider.aclose``."""
        await self._http.aclose()


# --- history -> wire


def body(request: Request, provider: str) -> dict[str, Any]:
    """The request's arguments. The cache key is stable for a conversation, so its prompts meet one cache."""
    history = [item for message in tidy(request.messages) for item in _items(message, provider, request.model)]
    wire: dict[str, Any] = {
        "model": request.model,
        "input": history,
        "max_output_tokens": request.max_tokens,
        "store": False,
        "prompt_cache_key": _cache_key(request),
    }
    if request.system.strip():
        wire["instructions"] = request.system
    if request.tools:
        wire["tools"] = [
            {
                "type": "function",
                "name": tool.name,
                "description": tool.description,
                "parameters": json.loads(tool.parameters),
                "strict": False,
            }
            for tool in request.tools
        ]
    if not _NO_REASONING.match(request.model):
        wire["include"] = ["reasoning.encrypted_content"]
    if request.effort:
        wire["reasoning"] = {"effort": request.effort, "summary": "auto"}
    return wire


def _cache_key(request: Request) -> str:
    first = repr(request.messages[0].parts[:1]) if request.messages else ""
    seed = f"{request.system}\0{first}".encode(errors="replace")
    return hashlib.sha256(seed).hexdigest()[:32]


def _items(message: Message, provider: str, model: str) -> Iterator[dict[str, Any]]:
    """A user message is one item after its results; an assistant's parts are an item each, in their order."""
    if message.role == "assistant":
        for part in message.parts:
            yield from _said(part, provider, model)
        return
    content: list[dict[str, Any]] = []
    for part in message.parts:
        if isinstance(part, ToolResultPart):
            yield {"type": "function_call_output", "call_id": wire_id(part.call_id), "output": _output(part)}
        else:
            content.extend(_content(part))
    if content:
        yield {"type": "message", "role": "user", "content": content}


def _said(part: Part, provider: str, model: str) -> Iterator[dict[str, Any]]:
    data = sealed(part, provider, model)
    match part:
        case TextPart():
            item = {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": part.text}]}
            yield {**item, "phase": data["phase"]} if string(data, "phase") else item
        case ReasoningPart() if string(data, "encrypted"):
            yield {
                "type": "reasoning",
                "id": string(data, "id"),
                "summary": items(data, "summary"),
                "encrypted_content": string(data, "encrypted"),
            }
        case ToolCallPart():
            yield {
                "type": "function_call",
                "call_id": wire_id(part.call_id),
                "name": wire_name(part.name),
                "arguments": arguments_text(part.arguments),
            }
        case _:
            pass


def _content(part: Part) -> Iterator[dict[str, Any]]:
    match part:
        case TextPart():
            yield {"type": "input_text", "text": part.text}
        case ImagePart():
            yield {"type": "input_image", "image_url": data_url(part), "detail": "auto"}
        case _:
            pass


def data_url(image: ImagePart) -> str:
    """An image as both of OpenAI's formats take it."""
    return f"data:{image.media_type};base64,{image.data}"


def _output(part: ToolResultPart) -> str | list[dict[str, Any]]:
    text = result_text(part)
    if not part.images:
        return text
    return [{"type": "input_text", "text": text}, *(item for image in part.images for item in _content(image))]


def result_text(part: ToolResultPart) -> str:
    """OpenAI's formats have no mark for a failed call: the text says it."""
    text = part.text if part.text.strip() else "(no output)"
    return f"Error: {text}" if part.is_error and not text.startswith("Error") else text


# --- wire -> events


class ResponsesReading:
    """One answer; see ``Reading``. An output item is a part, known by its index."""

    def __init__(self, site: Site, model: str) -> None:
        self.whole = False
        self.done = False
        self._site = site
        self._model = model
        self._parts = Parts()
        self._refused = False
        self._called = False
        self._response: dict[str, Any] = {}
        self._events: dict[str, Callable[[dict[str, Any], int], Iterator[StreamEvent]]] = {
            "response.output_item.added": self._start,
            "response.output_item.done": self._end,
            "response.output_text.delta": partial(self._grow, "text"),
            "response.refusal.delta": self._refusal,
            "response.function_call_arguments.delta": self._argue,
            "response.reasoning_summary_text.delta": partial(self._grow, "reasoning"),
            "response.reasoning_text.delta": partial(self._grow, "reasoning"),
            "response.reasoning_summary_part.added": self._next_summary,
        }

    def feed(self, payload: dict[str, Any]) -> Iterator[StreamEvent]:
        """See ``Reading.feed``. Unknown events and items are passed over."""
        kind = string(payload, "type")
        if kind in self._events:
            yield from self._events[kind](payload, number(payload, "output_index"))
        elif kind in ("response.completed", "response.incomplete"):
            self._response = mapping(payload, "response")
            self.whole = self.done = True
        elif kind == "response.failed":
            raise told(mapping(mapping(payload, "response"), "error"), self._site, self._model)
        elif kind == "error" or (not kind and "error" in payload):
            raise told(payload, self._site, self._model)

    def finish(self) -> Finish:
        """See ``Reading.finish``."""
        usage = mapping(self._response, "usage")
        cached = mapping(usage, "input_tokens_details")
        return Finish(
            self._stop(),
            Usage(
                input_tokens=number(usage, "input_tokens"),
                output_tokens=number(usage, "output_tokens"),
                cache_read_tokens=number(cached, "cached_tokens"),
                cache_write_tokens=number(cached, "cache_write_tokens"),
                reasoning_tokens=number(mapping(usage, "output_tokens_details"), "reasoning_tokens"),
            ),
        )

    def _stop(self) -> StopReason:
        match string(mapping(self._response, "incomplete_details"), "reason"):
            case "content_filter":
                return StopReason.REFUSAL
            case "":
                pass
            case _:
                return StopReason.MAX_TOKENS
        if string(self._response, "status") == "incomplete":
            return StopReason.MAX_TOKENS
        if self._called:
            return StopReason.TOOL_USE
        return StopReason.REFUSAL if self._refused else StopReason.END

    def _start(self, payload: dict[str, Any], index: int) -> Iterator[StreamEvent]:
        item = mapping(payload, "item")
        match string(item, "type"):
            case "reasoning":
                yield self._parts.open(index, "reasoning")
            case "function_call":
                self._called = True
                call_id = string(item, "call_id") or string(item, "id")
                yield self._parts.open(index, "tool_call", string(item, "name"), call_id)
                if arguments := string(item, "arguments"):
                    yield self._parts.grow(index, arguments)
            case _:
                pass

    def _grow(self, kind: Any, payload: dict[str, Any], index: int) -> Iterator[StreamEvent]:
        text = string(payload, "delta")
        if not text:
            return
        if index not in self._parts:
            yield self._parts.open(index, kind)
        yield self._parts.grow(index, text)

    def _refusal(self, payload: dict[str, Any], index: int) -> Iterator[StreamEvent]:
        self._refused = True
        yield from self._grow("text", payload, index)

    def _argue(self, payload: dict[str, Any], index: int) -> Iterator[StreamEvent]:
        """Arguments of a call that was never announced have no name, and are no call."""
        if index in self._parts and string(payload, "delta"):
            yield self._parts.grow(index, string(payload, "delta"))

    def _next_summary(self, payload: dict[str, Any], index: int) -> Iterator[StreamEvent]:
        if index in self._parts and self._parts.text(index):
            yield self._parts.grow(index, "\n\n")

    def _end(self, payload: dict[str, Any], index: int) -> Iterator[StreamEvent]:
        item = mapping(payload, "item")
        kind = string(item, "type")
        if index not in self._parts and kind in ("reasoning", "function_call"):
            yield from self._start({"item": {**item, "arguments": ""}}, index)
        yield from self._remainder(index, _whole_text(item))
        if index not in self._parts:
            return
        sealing = None
        if kind == "reasoning" and (encrypted := string(item, "encrypted_content")):
            summary = items(item, "summary")
            sealing = self._seal(id=string(item, "id"), encrypted=encrypted, summary=summary)
        elif kind == "message" and (phase := string(item, "phase")):
            sealing = self._seal(phase=phase)
        yield self._parts.close(index, sealing)

    def _remainder(self, index: int, whole: str) -> Iterator[StreamEvent]:
        """What the finished item holds beyond its deltas: servers that send none put all of it there."""
        have = self._parts.text(index) if index in self._parts else ""
        if whole.startswith(have):
            yield from self._grow("text", {"delta": whole[len(have) :]}, index)

    def _seal(self, **data: Any) -> tuple[str, str]:
        return seal(self._site.provider, self._model, **data)


def _whole_text(item: dict[str, Any]) -> str:
    match string(item, "type"):
        case "message":
            return "".join(string(part, "text") or string(part, "refusal") for part in items(item, "content"))
        case "reasoning":
            parts = items(item, "summary") or items(item, "content")
            return "\n\n".join(string(part, "text") for part in parts)
        case "function_call":
            return string(item, "arguments")
        case _:
            return ""
