"""What the three wire formats share: the pooled client, the reading of one answer, and its parts.

Each adapter brings two things: a way to send the request, and a Reading that turns the payloads of
its stream into events. ``converse`` does the rest, the same for all: no event before the content
type is right, no Finish before the terminal event was whole, every failure as one of
``tui.errors``, and the socket closed when it returns, however it returns.
"""

import asyncio
import json
from collections.abc import AsyncGenerator, Awaitable, Callable, Hashable, Iterable
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol, assert_never

import httpx2

from tui.errors import ProviderError, StreamBroken
from tui.messages import Part, PartKind, ProviderData, ReasoningPart, TextPart, ToolCallPart
from tui.providers.base import Finish, PartChunk, PartClose, PartOpen, StreamEvent
from tui.providers.faults import Site, fault, not_a_stream
from tui.providers.history import encodable
from tui.providers.sse import EventDecoder
from tui.value import value

HeaderStyle = Literal["bearer", "x-api-key"]

CONNECT = 10.0
"""Seconds to reach the server."""
READ = 600.0
"""Seconds between two reads: a second wall far behind the engine's own limits."""
CONNECTIONS = 100
"""Sockets to one endpoint; each running session holds one."""

_FOR_USAGE = 5.0  # seconds that a whole answer waits for the usage that follows it
_FOR_EOF = 0.25  # seconds for the end of the body, which lets the connection be used again


@value
class Endpoint:
    """Where an adapter speaks to, and with what key.

    ``transport`` replaces the network (recordings); ``refused`` is called when the server refuses the key.
    """

    name: str
    base_url: str
    key: str = field(default="", repr=False)
    key_env: str = ""
    key_command: bool = False
    keyring: str = ""
    header: HeaderStyle = "bearer"
    local: bool = False
    connect: float = CONNECT
    refused: Callable[[], None] | None = field(default=None, repr=False)
    transport: httpx2.AsyncBaseTransport | None = field(default=None, repr=False)

    def site(self) -> Site:
        """The same, for sentences about failures."""
        return Site(
            provider=self.name,
            base_url=self.base_url,
            key_env=self.key_env,
            key_command=self.key_command,
            keyring=self.keyring,
            secret=self.key,
            connect=self.connect,
            read=READ,
        )

    def client(self) -> httpx2.AsyncClient:
        """The one pooled client of the endpoint. A server on this machine is never reached by a proxy."""
        return httpx2.AsyncClient(
            timeout=httpx2.Timeout(connect=self.connect, read=READ, write=60.0, pool=self.connect),
            limits=httpx2.Limits(max_connections=CONNECTIONS, max_keepalive_connections=20, keepalive_expiry=60.0),
            transport=self.transport,
            trust_env=not self.local,
            follow_redirects=True,
            event_hooks={"response": [self._note]},
        )

    async def _note(self, response: httpx2.Response) -> None:
        if response.status_code == 401 and self.refused is not None:
            self.refused()

    def headers(self, omit: Any) -> dict[str, Any]:
        """Headers beside the SDK's own; ``omit`` is the SDK's word for leaving one out."""
        if self.header == "x-api-key":
            return {"x-api-key": self.key, "Authorization": omit}
        return {} if self.key else {"Authorization": omit}


class Reading(Protocol):
    """One answer being read. ``whole``: its terminal event came; ``done``: nothing of use can follow."""

    whole: bool
    done: bool

    def feed(self, payload: dict[str, Any]) -> Iterable[StreamEvent]:
        """The events that a payload makes. Raises ProviderError for an error event."""
        ...

    def finish(self) -> Finish:
        """What to say last; asked only when ``whole``."""
        ...


async def converse(
    send: Callable[[], Awaitable[httpx2.Response]],
    reading: Reading,
    site: Site,
    model: str,
    failures: tuple[type[Exception], ...],
) -> AsyncGenerator[StreamEvent, None]:
    """Send and read one request. ``failures`` are the SDK's exceptions; see ``Provider.stream``."""
    failures = (*failures, httpx2.HTTPError, httpx2.StreamError, httpx2.InvalidURL, OSError, ValueError)
    try:
        response = await send()
    except failures as error:
        raise fault(error, site, model) from error
    try:
        if "event-stream" not in response.headers.get("content-type", ""):
            raise not_a_stream(response, site)
        async with aclosing(_payloads(response)) as payloads:
            while True:
                try:
                    payload = await _next(payloads, reading)
                except (*failures, ProviderError) as error:
                    if reading.whole:
                        break
                    raise fault(error, site, model) from error.__cause__ or error
                if payload is None:
                    break
                for event in reading.feed(payload):
                    if not isinstance(event, PartChunk) or event.text:
                        yield event
        if reading.whole:
            yield reading.finish()
    finally:
        await response.aclose()


async def _next(payloads: AsyncGenerator[dict[str, Any], None], reading: Reading) -> dict[str, Any] | None:
    """The next payload; None at the end, or when a whole answer has waited long enough for its tail."""
    if not reading.whole:
        return await anext(payloads, None)
    try:
        async with asyncio.timeout(_FOR_EOF if reading.done else _FOR_USAGE):
            return await anext(payloads, None)
    except TimeoutError:
        return None


async def _payloads(response: httpx2.Response) -> AsyncGenerator[dict[str, Any], None]:
    decoder = EventDecoder()
    async with aclosing(response.aiter_bytes()) as chunks:  # type: ignore[type-var]
        async for chunk in chunks:
            for data in decoder.feed(chunk):
                yield {"type": DONE} if data.strip() == "[DONE]" else _parse(data)


DONE = "[DONE]"
"""The type of the payload that stands for OpenAI's ``data: [DONE]``."""


def _parse(data: str) -> dict[str, Any]:
    try:
        payload = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise StreamBroken("The answer's stream holds an event that is not JSON.") from error
    if not isinstance(payload, dict):
        raise StreamBroken("The answer's stream holds an event that is not an object.")
    return payload


@dataclass(slots=True)
class _Draft:
    index: int
    kind: PartKind
    name: str
    call_id: str
    chunks: list[str] = field(default_factory=list)
    half: str = ""  # of a character, whose other half is on its way


class Parts:
    """The parts of an answer while they grow, by whatever key the API knows them."""

    def __init__(self) -> None:
        self._drafts: dict[Hashable, _Draft] = {}
        self._count = 0

    def __contains__(self, key: Hashable) -> bool:
        return key in self._drafts

    def still_open(self) -> list[Hashable]:
        """The keys of the open parts, oldest first."""
        return list(self._drafts)

    def text(self, key: Hashable) -> str:
        """What has come of an open part."""
        return "".join(self._drafts[key].chunks)

    def open(self, key: Hashable, kind: PartKind, name: str = "", call_id: str = "") -> PartOpen:
        """Begin a part."""
        draft = self._drafts[key] = _Draft(self._count, kind, name, call_id)
        self._count += 1
        return PartOpen(draft.index, kind, name, call_id)

    def grow(self, key: Hashable, text: str) -> PartChunk:
        """Add to an open part. The chunk may be empty: half a character waits for its other half."""
        draft = self._drafts[key]
        text, draft.half = _joined(draft.half, text)
        draft.chunks.append(text)
        return PartChunk(draft.index, text)

    def close(self, key: Hashable, provider_data: ProviderData = None) -> PartClose:
        """End a part: its text is exactly its chunks."""
        draft = self._drafts.pop(key)
        return PartClose(draft.index, _part(draft, "".join(draft.chunks), provider_data))


def _joined(half: str, text: str) -> tuple[str, str]:
    """``text`` after what waited, and what has to wait now.

    Servers and proxies written in JavaScript cut texts between UTF-16 units, so an emoji may come in two halves.
    """
    if half and text:
        text = (half + text[0]).encode("utf-16-le", "surrogatepass").decode("utf-16-le", "surrogatepass") + text[1:]
    if text and "\ud800" <= text[-1] <= "\udbff":
        return text[:-1], text[-1]
    return text, "" if text else half


def _part(draft: _Draft, text: str, provider_data: ProviderData) -> Part:
    match draft.kind:
        case "text":
            return TextPart(text=text, provider_data=provider_data)
        case "reasoning":
            return ReasoningPart(text=text, provider_data=provider_data)
        case "tool_call":
            return ToolCallPart(call_id=draft.call_id, name=draft.name, arguments=text, provider_data=provider_data)
        case _:
            assert_never(draft.kind)


def mapping(value: Any, key: str) -> dict[str, Any]:
    """``value[key]`` if it is an object, else an empty one: servers leave things out, or send null."""
    found = value.get(key) if isinstance(value, dict) else None
    return found if isinstance(found, dict) else {}


def items(value: Any, key: str) -> list[dict[str, Any]]:
    """``value[key]`` as a list of objects."""
    found = value.get(key) if isinstance(value, dict) else None
    return [item for item in found if isinstance(item, dict)] if isinstance(found, list) else []


def string(value: Any, key: str) -> str:
    """``value[key]`` if it is text, else ""."""
    found = value.get(key) if isinstance(value, dict) else None
    return found if isinstance(found, str) else ""


def number(value: Any, key: str) -> int:
    """``value[key]`` if it is a count, else 0."""
    found = value.get(key) if isinstance(value, dict) else None
    return found if isinstance(found, int) and found > 0 else 0


async def post(create: Callable[..., Awaitable[Any]], body: dict[str, Any]) -> httpx2.Response:
    """Send through an SDK's ``create`` and take the answer's raw response, of which nothing is read yet."""
    try:
        answer = await create(**body, stream=True)
    except UnicodeEncodeError:
        answer = await create(**encodable(body), stream=True)
    return answer.response


async def ask_models(
    listing: Awaitable[Any], site: Site, failures: tuple[type[Exception], ...]
) -> list[dict[str, Any]]:
    """What a listing of models holds, as it came. ``listing`` is an SDK's call for the raw response.

    The SDKs take anything for a page of models, a login page too, and then fail where it is read.
    """
    try:
        response: httpx2.Response = (await listing).http_response
        body = response.json()
    except (*failures, httpx2.HTTPError, httpx2.InvalidURL, OSError, ValueError, RecursionError) as error:
        raise fault(error, site) from error
    if not isinstance(body, dict):
        raise StreamBroken(f"{site.base_url} answered with no list of models.", status=response.status_code)
    return [model for model in items(body, "data") if string(model, "id")]
