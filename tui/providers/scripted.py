"""A provider that plays a script: for the tour, for tests, for measurements, and for recordings.

A script is a list of steps, a step a list of words, and the Nth request plays the Nth step::

    hold = Hold()
    provider = ScriptedProvider(
        [
            [reasoning("Look first."), call("list", {"path": "."}), call("read", {"path": "a.txt"})],
            [text("The folder holds ", hold, "two files.")],
        ],
        rate=60,
    )

A step may also be a function of the request. Text goes out in tokens of a few characters, at
``rate`` tokens a second by the clock: a reader that was late gets what is due in one go, so a rate
of 10,000 costs no 10,000 timers. A Hold stops the stream at an exact place until a test lets go.
"""

import asyncio
import json
import re
from collections.abc import AsyncGenerator, Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal, assert_never

from tui.errors import ProviderError, RequestRejected
from tui.messages import (
    Part,
    PartKind,
    ProviderData,
    ReasoningPart,
    StopReason,
    TextPart,
    ToolCallPart,
    Usage,
)
from tui.providers.base import Finish, ModelInfo, PartChunk, PartClose, PartOpen, Request, StreamEvent

Ending = Literal["finished", "cut", "failed", "closed"]

_TOKEN = re.compile(r"\s*\S{1,5}|\s+")  # about what an English token is, its leading space included
_BURST = 32  # chunks that may go out before the loop gets a turn
_SLACK = 0.001  # seconds: a shorter wait is not worth a timer
_CATCH_UP = 1.0  # seconds of lateness that are made good; a longer stall just moves the clock


class Hold:
    """A place in a script where the stream waits: ``await hold.reached()``, look, ``hold.release()``."""

    def __init__(self) -> None:
        self._reached = asyncio.Event()
        self._released = asyncio.Event()

    async def reached(self) -> None:
        """Return when a stream has come to this place."""
        await self._reached.wait()

    def release(self) -> None:
        """Let the stream go on, now or when it gets here."""
        self._released.set()

    async def wait(self) -> None:
        """The stream's side of it."""
        self._reached.set()
        await self._released.wait()


@dataclass(frozen=True, slots=True)
class Fail:
    error: ProviderError


@dataclass(frozen=True, slots=True)
class Cut:
    """The stream just stops here: no Finish, open parts stay open."""


@dataclass(frozen=True, slots=True)
class Pause:
    seconds: float


Break = Hold | Fail | Cut | Pause
Piece = str | Break


@dataclass(frozen=True, slots=True)
class Say:
    """One part of the answer. ``pieces`` are its text (a call's: of its arguments) and places to stop at."""

    kind: PartKind
    pieces: tuple[Piece, ...]
    name: str = ""
    call_id: str = ""
    provider_data: ProviderData = None


@dataclass(frozen=True, slots=True)
class Together:
    """Parts whose chunks alternate, as parallel tool calls of some servers do."""

    parts: tuple[Say, ...]


@dataclass(frozen=True, slots=True)
class Ends:
    """What Finish will say. None: ``tool_use`` if the step made calls, else ``end``."""

    stop: StopReason | None = None
    usage: Usage | None = None


Word = Say | Together | Ends | Break | PartOpen | PartChunk | PartClose | Finish
Step = Sequence[Word]
Script = Iterable[Step | Callable[[Request], Step]]


def text(*pieces: Piece) -> Say:
    """A text part."""
    return Say("text", pieces)


def reasoning(*pieces: Piece, provider_data: ProviderData = None) -> Say:
    """A reasoning part."""
    return Say("reasoning", pieces, provider_data=provider_data)


def call(name: str, arguments: dict[str, Any] | str, *stops: Break, call_id: str = "") -> Say:
    """A tool call. ``arguments`` as a string go out as they are, valid or not; ``stops`` come before its end."""
    raw = arguments if isinstance(arguments, str) else json.dumps(arguments, ensure_ascii=False)
    return Say("tool_call", (raw, *stops), name, call_id)


def together(*parts: Say) -> Together:
    """The parts at once, chunk by chunk in turn."""
    return Together(parts)


def fail(error: ProviderError) -> Fail:
    """Raise ``error`` here."""
    return Fail(error)


def cut() -> Cut:
    """End the stream here without its terminal event."""
    return Cut()


def pause(seconds: float) -> Pause:
    """Be silent for so long."""
    return Pause(seconds)


def usage(input_tokens: int = 0, output_tokens: int = 0, *, cache_read: int = 0, reasoning: int = 0) -> Ends:
    """What Finish reports; without it, zeros."""
    return Ends(
        usage=Usage(
            input_tokens=input_tokens,
            output_tokens=output_tokens,
            cache_read_tokens=cache_read,
            reasoning_tokens=reasoning,
        )
    )


def finish(stop: StopReason) -> Ends:
    """How Finish says that the step ended."""
    return Ends(stop=stop)


class ScriptedProvider:
    """Plays ``script``, one step a request, whoever asks.

    ``requests`` are those that came, ``endings`` how each stream ended (``closed``: its reader left).

    Args:
        rate: tokens a second, or None for as fast as the reader takes them.
        repeat: start again from the first step when the script is over; else the next request is
            answered with RequestRejected.
        remember: keep ``requests`` and ``endings``; a provider that lives as long as the program should not.
    """

    def __init__(
        self,
        script: Script,
        *,
        name: str = "scripted",
        local: bool = False,
        rate: float | None = None,
        repeat: bool = False,
        remember: bool = True,
        models: Iterable[ModelInfo] = (ModelInfo(name="script"),),
    ) -> None:
        self.name = name
        self.local = local
        self.rate = rate
        self.requests: list[Request] = []
        self.endings: list[Ending] = []
        self.closed = False
        self._steps = list(script)
        self._repeat = repeat
        self._remember = remember
        self._played = 0
        self._models = tuple(models)

    async def stream(self, request: Request) -> AsyncGenerator[StreamEvent, None]:
        """See ``Provider.stream``."""
        number = self._played
        self._played += 1
        if self._remember:
            self.requests.append(request)
        beat = _Beat(self.rate)
        ending: Ending = "closed"
        try:
            for cue in _cues(self._step(number, request), number):
                match cue:
                    case PartChunk():
                        yield cue
                        await beat.tick()
                    case PartOpen() | PartClose():
                        yield cue
                    case Finish():
                        ending = "finished"
                        yield cue
                        return
                    case Hold():
                        await cue.wait()
                        beat.restart()
                    case Pause():
                        await asyncio.sleep(cue.seconds)
                        beat.restart()
                    case Fail():
                        ending = "failed"
                        raise cue.error
                    case Cut():
                        ending = "cut"
                        return
                    case _:
                        assert_never(cue)
        finally:
            if self._remember:
                self.endings.append(ending)

    async def models(self) -> tuple[ModelInfo, ...]:
        """See ``Provider.models``."""
        return self._models

    async def aclose(self) -> None:
        """Nothing is held; only remembered, for tests."""
        self.closed = True

    def _step(self, number: int, request: Request) -> Step:
        if self._repeat and self._steps:
            number %= len(self._steps)
        if number >= len(self._steps):
            raise RequestRejected(f"The script has {len(self._steps)} steps, and this is request {number + 1}.")
        step = self._steps[number]
        return step(request) if callable(step) else step


class _Beat:
    """Keeps to a rate by the clock, and gives the loop its turns."""

    def __init__(self, rate: float | None) -> None:
        self._rate = rate
        self._clock = asyncio.get_running_loop().time
        self._sent = 0
        self._burst = 0
        self.restart()

    def restart(self) -> None:
        self._since = self._clock()
        self._sent = 0

    async def tick(self) -> None:
        self._sent += 1
        self._burst += 1
        ahead = 0.0
        if self._rate is not None:
            ahead = self._since + self._sent / self._rate - self._clock()
            if ahead < -_CATCH_UP:
                self.restart()
        if ahead > _SLACK:
            self._burst = 0
            await asyncio.sleep(ahead)
        elif self._burst >= _BURST:
            self._burst = 0
            await asyncio.sleep(0)


def tokens(content: str) -> Iterator[str]:
    """``content`` in pieces of about a token; joined they are ``content``."""
    return (match.group() for match in _TOKEN.finditer(content))


def _cues(step: Step, number: int) -> Iterator[StreamEvent | Break]:
    """The step as events and places to stop, with Finish at its end."""
    stop, spent, called, index = None, Usage(), False, 0
    for word in step:
        match word:
            case Say() | Together():
                parts = (word,) if isinstance(word, Say) else word.parts
                called = called or any(part.kind == "tool_call" for part in parts)
                yield from _alternate([_part(part, index + i, number) for i, part in enumerate(parts)])
                index += len(parts)
            case Ends():
                stop = word.stop or stop
                spent = word.usage or spent
            case _:
                yield word
                if isinstance(word, Finish):
                    return
    yield Finish(stop or (StopReason.TOOL_USE if called else StopReason.END), spent)


def _part(part: Say, index: int, number: int) -> Iterator[StreamEvent | Break]:
    call_id = ""
    if part.kind == "tool_call":
        call_id = part.call_id or f"call_{number + 1}_{index + 1}"
    yield PartOpen(index, part.kind, part.name, call_id)
    for piece in part.pieces:
        if isinstance(piece, str):
            for token in tokens(piece):
                yield PartChunk(index, token)
        else:
            yield piece
    yield PartClose(index, _whole(part, call_id))


def _whole(part: Say, call_id: str) -> Part:
    content = "".join(piece for piece in part.pieces if isinstance(piece, str))
    match part.kind:
        case "text":
            return TextPart(text=content, provider_data=part.provider_data)
        case "reasoning":
            return ReasoningPart(text=content, provider_data=part.provider_data)
        case "tool_call":
            return ToolCallPart(call_id=call_id, name=part.name, arguments=content, provider_data=part.provider_data)
        case _:
            assert_never(part.kind)


def _alternate(parts: list[Iterator[StreamEvent | Break]]) -> Iterator[StreamEvent | Break]:
    while parts:
        for part in list(parts):
            cue = next(part, None)
            if cue is None:
                parts.remove(part)
            else:
                yield cue
