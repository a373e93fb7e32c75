"""Runs one tool call from its arguments to its one ToolEnded, whatever happens on the way.

The order is the promise: arguments are parsed strictly and validated, the policy judges, the
person is asked, ToolStarted reaches the disk, and only then does the tool touch the world.
One of the two broad ``except`` clauses of the program is here: a tool may fail in any way it
likes, and the model and the person are told. It may be a plain function, which runs in a thread, or a coroutine that
swallows its cancellation: neither keeps a call from ending.
"""

import asyncio
import logging
from collections.abc import Callable, Coroutine
from contextlib import suppress
from dataclasses import replace
from traceback import format_exception_only
from typing import Any

from tui.engine.calls.bridge import doing
from tui.engine.calls.driven import driven
from tui.engine.calls.limits import within_limit
from tui.engine.calls.output import LiveOutput, sound
from tui.engine.calls.permit import Permits, Prepared, Refused
from tui.engine.calls.told import told
from tui.engine.log import Log
from tui.errors import StoreError, ToolError, ToolTimedOut
from tui.events import ToolEnded, ToolOutcome, ToolStarted
from tui.secrets import Masks
from tui.state import CallState
from tui.tools.base import Blobs, ToolContext, ToolResult

MOST_TOLD = 4_000
"""Characters of the error of a tool that broke."""
NEVER_RAN = "The turn ended before this call ran."

_log = logging.getLogger(__name__)

Spawn = Callable[[Coroutine[Any, Any, None]], asyncio.Task[None]]
"""Starts a task in the workspace's group."""


class Executor:
    """Runs the calls of one session, in contexts that ``lend`` makes for them."""

    def __init__(
        self,
        log: Log,
        permits: Permits,
        lend: Callable[[CallState, LiveOutput], ToolContext],
        blobs: Blobs,
        *,
        masks: Masks | None = None,
    ) -> None:
        self._log = log
        self._masks = masks or Masks(known=False)
        self._blobs = blobs
        self._permits = permits
        self._lend = lend
        self._running: dict[str, asyncio.Task[Any]] = {}
        self._cancelled: set[str] = set()

    async def run(self, call_id: str) -> None:
        """Run one call. Ends it exactly once, also when cancelled; raises only CancelledError and KeyboardInterrupt."""
        call = self._log.state.calls[call_id]
        output = LiveOutput(self._log, call_id, self._blobs, masks=self._masks)
        task = asyncio.current_task()
        assert task is not None
        self._running[call_id] = task
        doing.set(call.tool)
        try:
            ended = await self._run(call, output)
        except Refused as refusal:
            self._end(call, output, refusal.outcome, str(refusal))
        except ToolTimedOut as error:
            self._end(call, output, ToolOutcome.TIMED_OUT, output.after(str(error)))
        except (ToolError, StoreError) as error:
            self._end(call, output, ToolOutcome.ERROR, error.sentence())
        except BaseException as error:
            if _is_from_outside(error, task):
                self._end(call, output, ToolOutcome.CANCELLED, output.after(self._why_stopped(call, output)))
                raise
            _log.exception("tool %s failed", call.tool)
            why = self._told(f"{call.tool} failed: {''.join(format_exception_only(error)).strip()}")
            self._end(call, output, ToolOutcome.ERROR, output.after(why[:MOST_TOLD]))
        else:
            outcome = ToolOutcome.ERROR if ended.error else ToolOutcome.OK
            self._end(call, output, outcome, ended.text, ended)
        finally:
            self._running.pop(call_id, None)
            self._cancelled.discard(call_id)

    def cancel(self, call_id: str) -> bool:
        """Cancel one call, and nothing around it: its turn goes on with that as the result. Whether it was running."""
        task = self._running.get(call_id)
        if task is None:
            return False
        self._cancelled.add(call_id)
        return task.cancel()

    async def check(self, tool: str, arguments: str) -> str:
        """What is wrong with a call before it is made, "" where nothing is. Nothing is judged, and nothing run."""
        trial = CallState("", "", tool, arguments, 0.0, 0)
        try:
            await self._permits.prepare(trial, self._lend(trial, LiveOutput(self._log, "", self._blobs)).bridge)
        except Refused as refusal:
            return str(refusal)
        return ""

    def _why_stopped(self, call: CallState, output: LiveOutput) -> str:
        if call.call_id in self._cancelled:
            return f"The person cancelled this call{'' if output.begun else ' before it ran'}."
        if call.aside:
            return f"Penstock was closed {'while' if output.begun else 'before'} this ran."
        return "The person interrupted this call." if output.begun else NEVER_RAN

    async def _run(self, call: CallState, output: LiveOutput) -> ToolResult:
        context = self._lend(call, output)
        prepared = await self._permits.prepare(call, context.bridge)
        prepared = await self._permits.permit(call, prepared, context)
        self._log.emit(ToolStarted(call_id=call.call_id, turn_id=call.turn_id, tool=call.tool, arguments=prepared.text))
        await self._log.settle()
        output.begin()
        try:
            return await within_limit(self._work(prepared, context), prepared.spec)
        except BaseException:
            await output.keep()
            raise

    async def _work(self, prepared: Prepared, context: ToolContext) -> ToolResult:
        """The tool itself: driven where it is a coroutine's function, in a thread where it is a plain one."""
        run = prepared.loaded.run
        if prepared.loaded.is_async:
            started = run(prepared.arguments, context)
            assert isinstance(started, Coroutine)
            result = await driven(started)
        else:
            result = await context.bridge.run(run, prepared.arguments, _from_thread(context))
        if not isinstance(result, ToolResult):
            raise TypeError(f"it returned {type(result).__name__} and no result")
        return replace(result, display=await told(result.display, self._told, context.bridge))

    def _told(self, text: str) -> str:
        """All text of a result goes through here: what nobody can read and what is secret stays behind."""
        return self._masks.mask(sound(text))

    def _end(
        self, call: CallState, output: LiveOutput, outcome: ToolOutcome, text: str, result: ToolResult | None = None
    ) -> None:
        output.close()
        text = self._told(text)
        pieces = result.pieces if result else output.spool.pieces
        self._log.emit(
            ToolEnded(
                call_id=call.call_id,
                outcome=outcome,
                text=text,
                display=result.display if result else (),
                images=result.images if result else (),
                duration=output.duration,
                output_bytes=sum(piece.size for piece in pieces) or len(text.encode()),
                paths=result.paths if result else (),
                pieces=pieces,
            )
        )


def _is_from_outside(error: BaseException, task: asyncio.Task[Any]) -> bool:
    """Whether a call was stopped: tools raise CancelledError of their own, and SystemExit of what they use."""
    return isinstance(error, KeyboardInterrupt) or (isinstance(error, asyncio.CancelledError) and task.cancelling() > 0)


def _from_thread(context: ToolContext) -> ToolContext:
    """The same context for a tool in a thread: what it shows goes through the loop."""
    loop, show = asyncio.get_running_loop(), context.output

    def output(text: str) -> None:
        with suppress(RuntimeError):  # the program has ended, and the tool has not noticed
            loop.call_soon_threadsafe(show, text)

    return replace(context, output=output)
