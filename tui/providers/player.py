"""A recording as a provider, at any speed; what it said of a step, with times; and recording what has no wire.

``open_reel`` is behind the model ``replay:FILE``. ``told_of`` is what a session's replay reads to show an answer again
as it came. ``Taped`` writes down a provider that speaks our own events, such as the tour.
"""

import asyncio
import time
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from pathlib import Path
from typing import IO

import httpx2

from tui.errors import ConfigError, ProviderError
from tui.messages import Message, TextPart
from tui.providers.base import STEP, ModelInfo, PartChunk, PartOpen, Provider, Request, StreamEvent
from tui.providers.places import Places
from tui.providers.recording import Replay, note_step, played, private
from tui.providers.replaying import Recording, Reel
from tui.providers.scripted import ScriptedProvider
from tui.providers.tape import Exchange, Tape, event_line, header_line, read_tape, record_line, script_of

EVENTS = "events"
Make = Callable[[str, httpx2.AsyncBaseTransport], Provider]
"""An adapter for an API over a transport."""
Told = list[tuple[float, int, str]]
"""Seconds since the request, which part of the answer, and what came of it."""


def open_reel(reel: Reel, make: Make) -> tuple[Provider, str, str]:
    """A recording's provider, the model that was recorded, and the address it had.

    Raises:
        ConfigError: it cannot be read.
    """
    tape = read_tape(reel.path)
    asked = next((one.request for one in tape.exchanges if one.request.get("method") != "GET"), {})
    model, url = _model_of(asked), str(asked.get("url", ""))
    if tape.api == EVENTS:
        return _PlayedEvents(reel, tape), model, url
    transport = Replay(reel.path, timed=bool(reel.speed), speed=reel.speed or 1.0, by_place=True)
    return make(tape.api, transport), model, url


def _model_of(asked: dict[str, object]) -> str:
    body = str(asked.get("body", ""))
    _, _, rest = body.partition('"model"')
    return rest.partition('"')[2].partition('"')[0] or "recorded"


class _PlayedEvents:
    """A tape of our own events."""

    local = True

    def __init__(self, reel: Reel, tape: Tape) -> None:
        self.name = "replay"
        self._places = Places(reel.path.name, tape.exchanges, by_place=True)
        steps = script_of(tape, speed=reel.speed)
        self._scripts = {id(exchange): step for exchange, step in zip(tape.exchanges, steps, strict=True)}

    async def stream(self, request: Request) -> AsyncGenerator[StreamEvent, None]:
        """See ``Provider.stream``."""
        exchange = self._places.answer(len(request.messages))
        async with aclosing(ScriptedProvider([self._scripts[id(exchange)]]).stream(request)) as events:
            async for event in events:
                yield event

    async def models(self) -> tuple[ModelInfo, ...]:
        """It lists none."""
        return ()

    async def aclose(self) -> None:
        """Nothing is held."""


class Taped:
    """A provider whose events are written down as they come; see ``recording`` for those with a wire."""

    def __init__(self, provider: Provider, path: Path, recording: Recording, mask: Callable[[str], str]) -> None:
        self.name, self.local = provider.name, provider.local
        self._provider, self._path, self._recording, self._mask = provider, path, recording, mask
        self._file: IO[str] | None = None
        self._exchanges = 0

    async def stream(self, request: Request) -> AsyncGenerator[StreamEvent, None]:
        """See ``Provider.stream``."""
        file = self._begin()
        number, began, end = self._exchanges, time.monotonic(), "broken"
        self._exchanges += 1
        note_step(self._recording.steps, self._path)
        body = f'{{"model": "{request.model}", "messages": {[0] * len(request.messages)}}}'
        file.write(record_line(number, 0.0, step=STEP.get(), request={"method": "POST", "body": body}))
        try:
            async with aclosing(self._provider.stream(request)) as events:
                async for event in events:
                    file.write(self._mask(event_line(number, time.monotonic() - began, event)))
                    yield event
            end = "whole"
        finally:
            file.write(record_line(number, time.monotonic() - began, end=end))
            file.flush()

    async def models(self) -> tuple[ModelInfo, ...]:
        """See ``Provider.models``."""
        return await self._provider.models()

    async def aclose(self) -> None:
        """See ``Provider.aclose``."""
        await self._provider.aclose()
        if self._file is not None:
            self._file.close()

    def _begin(self) -> IO[str]:
        if self._file is None:
            self._file = private(self._path)
            self._file.write(header_line(EVENTS))
        return self._file


def told_of(steps: frozenset[str], places: list[tuple[str, Path]], make: Make) -> dict[str, Told]:
    """What was recorded of ``steps``, by their ids. ``places``: of each step the file. Slow: for a thread.

    What cannot be read any more is left out: the session then replays part by part.
    """
    found: dict[str, Told] = {}
    for path in dict.fromkeys(path for step, path in places if step in steps):
        try:
            tape = read_tape(path)
            found |= asyncio.run(_told_on(tape, steps, make))
        except (ConfigError, ProviderError):
            continue
    return found


async def _told_on(tape: Tape, steps: frozenset[str], make: Make) -> dict[str, Told]:
    wanted = {exchange.step: exchange for exchange in tape.exchanges if exchange.step in steps and _answered(exchange)}
    if tape.api == EVENTS:
        return {step: _told(exchange.events) for step, exchange in wanted.items()}
    line = _Line()
    provider = make(tape.api, line)
    try:
        return {step: _told(await line.listen(provider, exchange)) for step, exchange in wanted.items()}
    finally:
        await provider.aclose()


def _answered(exchange: Exchange) -> bool:
    return exchange.status == 200 or bool(exchange.events)


def _told(events: list[tuple[float, StreamEvent]]) -> Told:
    """Parts are counted in the order in which they began, as those of a step are."""
    ordinals: dict[int, int] = {}
    told: Told = []
    opened = -1
    for at, event in events:
        if isinstance(event, PartOpen):
            opened += 1
            ordinals[event.index] = opened
        elif isinstance(event, PartChunk):
            if event.index not in ordinals:
                opened += 1
                ordinals[event.index] = opened
            told.append((at, ordinals[event.index], event.text))
    return told


class _Line(httpx2.AsyncBaseTransport):
    """In the network's place: one answer of a tape, and the time of the piece that is being read."""

    def __init__(self) -> None:
        self._exchange = Exchange()
        self._at = 0.0

    async def listen(self, provider: Provider, exchange: Exchange) -> list[tuple[float, StreamEvent]]:
        """An exchange as the adapter reads it, each event at the time of the bytes that made it."""
        self._exchange, self._at = exchange, 0.0
        request = Request(model="replay", messages=(Message(role="user", parts=(TextPart(text="."),)),))
        heard: list[tuple[float, StreamEvent]] = []
        try:
            async with aclosing(provider.stream(request)) as events:
                async for event in events:
                    heard.append((self._at, event))
        except ProviderError:
            pass  # it broke off, as it did then
        return heard

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """The answer, without its pauses."""
        await request.aread()
        return played(self._exchange, request, 0.0, self._hear)

    def _hear(self, at: float) -> None:
        self._at = at
