"""The stream consumer: one model request, from the provider's stream to the log.

An ``asyncio.Event`` wakes it; between tokens it does not exist for the loop. The first text of a
step goes to the log at once, later chunks are joined for an interval that adapts to the loop: it
doubles (up to ``max_interval``) when the loop woke us later than half of it, and shrinks again
(down to ``min_interval``) when the loop keeps up. A trailing edge is always armed, so nothing hangs back.

It also owns the time limits of a request and the one retry loop of the program. Both are visible:
a retry is an event with its wait in it, and a limit ends the step as *cut* with what had come.
"""

import asyncio
import random
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import aclosing, asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from typing import assert_never

from tui.engine.log import Log
from tui.engine.refusals import Refusals
from tui.errors import ProviderError, Retryable, StreamBroken, StreamTimedOut
from tui.events import PartDelta, PartEnded, PartStarted, StepEnded, StepRetried, StepStarted
from tui.ids import new_id
from tui.messages import Part, PartKind, ReasoningPart, StopReason, TextPart, ToolCallPart, Usage
from tui.providers.base import STEP, Finish, Models, PartChunk, PartClose, PartOpen, Provider, Request, StreamEvent
from tui.value import value


@value
class Limits:
    """Seconds that a request may take.

    ``connect`` is enforced by the HTTP client; ``retries`` counts requests after the first.
    """

    connect: float = 10.0
    first_event: float = 60.0
    first_event_local: float = 300.0
    idle: float = 90.0
    request: float = 300.0
    retries: int = 4
    retry_cap: float = 30.0


@value
class Pace:
    """Bounds of the joining interval, in seconds."""

    min_interval: float = 0.010
    max_interval: float = 0.050


@value
class StepResult:
    """What a step came to. ``error`` says why it was cut; ``calls`` are the whole tool calls of it.

    ``shown``: something of an answer came; ``attempts``: how often it was asked for.
    """

    stop: StopReason
    calls: tuple[ToolCallPart, ...] = ()
    error: ProviderError | None = None
    shown: bool = False
    attempts: int = 1


@dataclass(slots=True)
class _OpenPart:
    part_id: str
    opened: PartOpen
    pending: list[str] = field(default_factory=list)


class StreamConsumer:
    """Feeds one stream into a log. ``read`` takes events in, ``flush`` runs beside it."""

    def __init__(self, log: Log, step_id: str, pace: Pace) -> None:
        self._log = log
        self._step_id = step_id
        self._pace = pace
        self._loop = asyncio.get_running_loop()
        self._wake = asyncio.Event()
        self._timer: asyncio.TimerHandle | None = None
        self._due = 0.0
        self._flushed_at = float("-inf")
        self._open: dict[int, _OpenPart] = {}
        self.interval = pace.min_interval
        self.wakeups = 0
        self.calls: list[ToolCallPart] = []
        self.progress_at = self._loop.time()
        self.first_text_at: float | None = None
        self.shown = False
        self.draining = False

    async def read(self, stream: AsyncIterator[StreamEvent]) -> Finish | None:
        """Take the stream to its end. None: it ended without its terminal event."""
        async for event in stream:
            self.progress_at = self._loop.time()
            self.shown = True
            match event:
                case PartChunk():
                    self._take(event)
                case PartOpen():
                    self._start(event)
                case PartClose():
                    self._end(event)
                case Finish():
                    return event
                case _:
                    assert_never(event)
            await self._drain()
        return None

    async def flush(self) -> None:
        """Write joined text whenever the event says that some is due. Runs until cancelled."""
        while True:
            await self._wake.wait()
            self._wake.clear()
            self.wakeups += 1
            self._adapt(self._loop.time() - self._due)
            self._write()

    def cut(self) -> None:
        """Close what the stream left open, keeping its text. Synchronous: safe while being cancelled."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        for index in list(self._open):
            self._cut(index)

    async def _drain(self) -> None:
        """Time spent waiting for our own disk is not the provider's silence."""
        self.draining = True
        try:
            await self._log.drain()
        finally:
            self.draining = False
            self.progress_at = self._loop.time()

    def _take(self, chunk: PartChunk) -> None:
        part = self._open.get(chunk.index) or self._start(PartOpen(chunk.index, "text"))
        part.pending.append(chunk.text)
        if self.first_text_at is None:
            self.first_text_at = self._loop.time()
        if self._timer is None and not self._wake.is_set():
            now = self._loop.time()
            self._due = max(now, self._flushed_at + self.interval)
            if self._due <= now:
                self._wake.set()
            else:
                self._timer = self._loop.call_at(self._due, self._ring)

    def _ring(self) -> None:
        self._timer = None
        self._wake.set()

    def _adapt(self, lag: float) -> None:
        if lag > self.interval / 2:
            self.interval = min(self.interval * 2, self._pace.max_interval)
        else:
            self.interval = max(self.interval * 0.9, self._pace.min_interval)

    def _write(self) -> None:
        self._flushed_at = self._loop.time()
        for part in self._open.values():
            if part.pending:
                text = "".join(part.pending)
                part.pending.clear()
                self._log.emit(PartDelta(part_id=part.part_id, text=text))

    def _start(self, event: PartOpen) -> _OpenPart:
        self._cut(event.index)  # a server that opens a part twice never ended the first
        part = self._open[event.index] = _OpenPart(new_id("part"), event)
        self._log.emit(PartStarted(part_id=part.part_id, step_id=self._step_id, kind=event.kind, name=event.name))
        return part

    def _end(self, event: PartClose) -> None:
        """The whole part supersedes what of it still waits to be written."""
        closed = event.part
        if event.index not in self._open:
            self._start(PartOpen(event.index, _kind(closed), getattr(closed, "name", "")))
        if isinstance(closed, ToolCallPart):
            closed = self._own_id(closed)
            self.calls.append(closed)
        self._log.emit(PartEnded(part_id=self._open.pop(event.index).part_id, part=closed))

    def _cut(self, index: int) -> None:
        part = self._open.pop(index, None)
        if part is None:
            return
        text = "".join((self._log.state.parts[part.part_id].text, *part.pending))
        self._log.emit(PartEnded(part_id=part.part_id, part=_cut_part(part.opened, text), cut=True))

    def _own_id(self, call: ToolCallPart) -> ToolCallPart:
        """Some servers send no id, or the same one twice: a call is known by its id, so it gets one of its own."""
        if call.call_id and call.call_id not in self._log.state.calls:
            return call
        return replace(call, call_id=new_id("call"))


def _kind(part: Part) -> PartKind:
    match part:
        case ToolCallPart():
            return "tool_call"
        case ReasoningPart():
            return "reasoning"
        case _:
            return "text"


def _cut_part(opened: PartOpen, text: str) -> Part:
    match opened.kind:
        case "tool_call":
            return ToolCallPart(call_id=opened.call_id, name=opened.name, arguments=text)
        case "reasoning":
            return ReasoningPart(text=text)
        case "text":
            return TextPart(text=text)
        case _:
            assert_never(opened.kind)


class Deadlines:
    """The time limits of one request. One timer, moved only when it rings, not for each event."""

    def __init__(self, consumer: StreamConsumer, limits: Limits, *, local: bool) -> None:
        self._loop = asyncio.get_running_loop()
        self._consumer = consumer
        self._first = limits.first_event_local if local else limits.first_event
        self._idle = limits.idle
        self._request = limits.request + (limits.first_event_local if local else 0.0)  # loading a model comes on top
        self._began = self._loop.time()
        self.passed: StreamTimedOut | None = None

    @asynccontextmanager
    async def watch(self) -> AsyncGenerator[None, None]:
        """Raises StreamTimedOut in place of the block when a limit passes."""
        try:
            async with asyncio.timeout(None) as expiry:
                timer = _Watch(self, expiry)
                try:
                    yield
                finally:
                    timer.stop()
        except TimeoutError:
            if self.passed is None:
                raise
            raise self.passed from None

    def next(self) -> tuple[float, StreamTimedOut]:
        """When the nearest limit passes, on the loop's clock, and what to say then."""
        whole = self._began + self._request, StreamTimedOut("whole request", self._request)
        if not self._consumer.shown:
            gap = self._began + self._first, StreamTimedOut("first event", self._first)
        else:
            last = self._loop.time() if self._consumer.draining else self._consumer.progress_at
            gap = last + self._idle, StreamTimedOut("idle", self._idle)
        return min(whole, gap, key=lambda limit: limit[0])

    def look_again(self, at: float) -> float:
        """When to ask ``next`` again if it said ``at``: the first event may start a shorter limit at any time."""
        return min(at, self._loop.time() + self._idle)


class _Watch:
    def __init__(self, deadlines: Deadlines, expiry: asyncio.Timeout) -> None:
        self._deadlines = deadlines
        self._expiry = expiry
        self._loop = asyncio.get_running_loop()
        self._timer = self._loop.call_at(deadlines.look_again(deadlines.next()[0]), self._ring)

    def _ring(self) -> None:
        at, error = self._deadlines.next()
        if at <= self._loop.time():
            self._deadlines.passed = error
            self._expiry.reschedule(self._loop.time())
        else:
            self._timer = self._loop.call_at(self._deadlines.look_again(at), self._ring)

    def stop(self) -> None:
        self._timer.cancel()


@dataclass(slots=True)
class _Asking:
    """A step that is being asked for. ``attempts`` counts requests, ``failures`` the one that could be tried again."""

    step_id: str
    reference: str
    request: Request
    attempts: int = 0
    failures: int = 1


class Step:
    """One model request with its retries, written to the log from StepStarted to StepEnded."""

    def __init__(
        self,
        log: Log,
        models: Models,
        *,
        limits: Limits,
        pace: Pace,
        mask: Callable[[str], str] = lambda text: text,
        refusals: Refusals | None = None,
    ) -> None:
        self._log = log
        self._models = models
        self._limits = limits
        self._pace = pace
        self._mask = mask
        self._refusals = refusals or Refusals()
        self.hurry = asyncio.Event()
        """Set it to end a retry's wait at once."""

    async def run(self, provider: Provider, request: Request, *, turn_id: str, reference: str) -> StepResult:
        """Send the request and keep whatever comes.

        Never raises ProviderError: a failed or cut step is a StepResult with ``error``. Cancelling it
        closes the socket, keeps what had come as cut, and re-raises.
        """
        asking = _Asking(new_id("step"), reference, request)
        started = asyncio.get_running_loop().time()
        self._log.emit(StepStarted(step_id=asking.step_id, turn_id=turn_id, model=reference))
        consumer = StreamConsumer(self._log, asking.step_id, self._pace)
        finish, error = None, None
        named = STEP.set(asking.step_id)
        try:
            finish = await self._attempt_until_answered(provider, asking, consumer)
        except ProviderError as failure:
            error = failure
        finally:
            STEP.reset(named)
            consumer.cut()
            price = 0.0 if _was_refused(error, consumer) else None
            if finish is not None:
                price = self._models.price(reference, finish.usage)
            self._log.emit(_step_ended(asking.step_id, finish, consumer, started, price))
        if finish is None and error is None:
            error = StreamBroken(
                "The answer ended without its closing event: it was cut.", hint="/continue asks for the rest."
            )
        return StepResult(
            stop=finish.stop if finish else StopReason.CUT,
            calls=tuple(consumer.calls),
            error=error,
            shown=consumer.shown,
            attempts=asking.attempts,
        )

    async def _attempt_until_answered(
        self, provider: Provider, asking: "_Asking", consumer: StreamConsumer
    ) -> Finish | None:
        """The answer, after as many tries as it takes. A wait ends when the person chooses another model meanwhile."""
        request = self._refusals.fitting(asking.request, asking.reference)
        chosen = self._log.state.model
        while True:
            asking.attempts += 1
            try:
                finish = await self._attempt(provider, request, consumer)
                if finish is not None:
                    self._refusals.learn(asking.reference, asking.request, request)
                return finish
            except ProviderError as error:
                if consumer.shown:
                    raise
                smaller = self._refusals.smaller(request, error)
                if smaller is not None:
                    request, told = smaller
                    self._tell_retry(asking, 0.0, f"{str(error).rstrip('.')}. {told}")
                    continue
                if not isinstance(error, Retryable):
                    raise
                wait = retry_wait(asking.failures, error.retry_after, self._limits)
                if wait is None:
                    raise given_up(asking.failures, error, self._limits) from error
                self._tell_retry(asking, wait, str(error))
                await self._rest(wait)
                if self._log.state.model != chosen:
                    raise given_up(asking.failures, error, self._limits) from error
                asking.failures += 1

    def _tell_retry(self, asking: "_Asking", wait: float, reason: str) -> None:
        self._log.emit(
            StepRetried(step_id=asking.step_id, attempt=asking.attempts, wait=wait, reason=self._mask(reason))
        )

    async def _attempt(self, provider: Provider, request: Request, consumer: StreamConsumer) -> Finish | None:
        """One request. A provider's failure is carried out of the task group by hand: it would wrap it."""
        deadlines = Deadlines(consumer, self._limits, local=provider.local)
        finish, failure = None, None
        async with deadlines.watch(), aclosing(provider.stream(request)) as stream, asyncio.TaskGroup() as group:
            flusher = group.create_task(consumer.flush())
            try:
                finish = await consumer.read(stream)
            except ProviderError as error:
                failure = error
            flusher.cancel()
        if failure is not None:
            raise failure
        return finish

    async def _rest(self, wait: float) -> None:
        self.hurry.clear()
        with suppress(TimeoutError):
            async with asyncio.timeout(wait):
                await self.hurry.wait()


def retry_wait(attempt: int, retry_after: float | None, limits: Limits) -> float | None:
    """Seconds before the next attempt, with jitter; None when there should be none.

    A server that asks for more than the cap is not asked again early: the person is told instead.
    """
    if attempt > limits.retries or (retry_after or 0) > limits.retry_cap:
        return None
    backoff = min(limits.retry_cap, 0.5 * 2**attempt) * random.uniform(0.75, 1.25)
    return round(min(limits.retry_cap, max(backoff, retry_after or 0)), 3)


def given_up(attempt: int, error: Retryable, limits: Limits) -> Retryable:
    """The same error, with a hint that says why it is not tried again."""
    if error.retry_after is not None and error.retry_after > limits.retry_cap:
        why = f"The server asks to wait {error.retry_after:g} s; /continue tries again."
    elif attempt > 1:
        why = f"It was tried {attempt} times; /continue tries again."
    else:
        why = ""
    hint = f"{error.hint} {why}".strip()
    return type(error)(str(error), hint=hint, status=error.status, retry_after=error.retry_after)


def _was_refused(error: ProviderError | None, consumer: StreamConsumer) -> bool:
    """Whether a server said no before it said anything else: the one failure that is known to cost nothing."""
    return error is not None and error.status is not None and error.status >= 400 and not consumer.shown


def _step_ended(
    step_id: str, finish: Finish | None, consumer: StreamConsumer, started: float, price: float | None
) -> StepEnded:
    usage = finish.usage if finish else Usage()
    first = consumer.first_text_at
    return StepEnded(
        step_id=step_id,
        stop=finish.stop if finish else StopReason.CUT,
        usage=usage,
        first_token=None if first is None else round(first - started, 4),
        duration=round(asyncio.get_running_loop().time() - started, 4),
        price=price,
    )
