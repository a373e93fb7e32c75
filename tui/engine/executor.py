"""Runs one tool call from its arguments to its one ToolEnded, whatever happens on the way.

The order is the promise: arguments are parsed strictly and validated, the policy judges, the
person is asked, ToolStarted reaches the disk, and only then does the tool touch the world.
One of the two broad ``except`` clauses of the program is here: a tool may fail in any way it
likes, and the model and the person are told.
"""

import asyncio
import logging
from collections.abc import Callable, Coroutine
from time import monotonic
from typing import Any

from tui.engine.limits import within_limit
from tui.engine.log import Log
from tui.engine.permit import Permits, Refused
from tui.errors import StoreError, ToolError, ToolTimedOut
from tui.events import ToolEnded, ToolOutcome, ToolOutput, ToolStarted
from tui.state import CallState
from tui.tools.base import ToolContext, ToolResult

LIVE_OUTPUT_LIMIT = 256 * 1024
"""Characters of a call's output that are shown while it runs. The result itself is not bound by it."""
LAST_WORDS_LIMIT = 16 * 1024
"""Characters of the output of a call that did not end by itself: its last ones, which the model reads."""
OUTPUT_INTERVAL = 0.05
"""Seconds in which a tool's live output is joined."""

NEVER_RAN = "The turn ended before this call ran."

_log = logging.getLogger(__name__)


class LiveOutput:
    """What a running tool shows: joined in intervals, timed, and bounded by the limit."""

    def __init__(self, log: Log, call_id: str) -> None:
        self._log = log
        self._call_id = call_id
        self._pending: list[str] = []
        self._room = LIVE_OUTPUT_LIMIT
        self._timer: asyncio.TimerHandle | None = None
        self._began: float | None = None

    def begin(self) -> None:
        """The tool starts now."""
        self._began = monotonic()

    @property
    def begun(self) -> bool:
        return self._began is not None

    @property
    def duration(self) -> float:
        """Seconds since ``begin``, 0 if the tool never started."""
        return 0.0 if self._began is None else round(monotonic() - self._began, 4)

    def after(self, sentence: str) -> str:
        """The result of a call that was stopped: why, and the end of what it had shown."""
        return with_last_words(sentence, "".join(self._log.state.calls[self._call_id].output + self._pending))

    def show(self, text: str) -> None:
        if not text or self._room <= 0:
            return
        self._pending.append(text[: self._room])
        self._room -= len(text)
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(OUTPUT_INTERVAL, self._write)

    def close(self) -> None:
        """What was not shown yet need not be: the result supersedes it."""
        self._room = 0
        if self._timer is not None:
            self._timer.cancel()

    def _write(self) -> None:
        self._timer = None
        self._log.emit(ToolOutput(call_id=self._call_id, text="".join(self._pending)))
        self._pending.clear()


Spawn = Callable[[Coroutine[Any, Any, None]], asyncio.Task[None]]
"""Starts a task in the workspace's group."""


class Executor:
    """Runs the calls of one session, in contexts that ``lend`` makes for them."""

    def __init__(self, log: Log, permits: Permits, lend: Callable[[CallState, LiveOutput], ToolContext]) -> None:
        self._log = log
        self._permits = permits
        self._lend = lend
        self._running: dict[str, asyncio.Task[Any]] = {}
        self._cancelled: set[str] = set()

    async def run(self, call_id: str) -> None:
        """Run one call. Ends it exactly once, also when cancelled; raises only CancelledError."""
        call = self._log.state.calls[call_id]
        output = LiveOutput(self._log, call_id)
        task = asyncio.current_task()
        assert task is not None
        self._running[call_id] = task
        try:
            ended = await self._run(call, output)
        except asyncio.CancelledError:
            stopped = self._why_stopped(call, output)
            self._end(call, output, ToolOutcome.CANCELLED, output.after(stopped))
            raise
        except Refused as refusal:
            self._end(call, output, refusal.outcome, str(refusal))
        except ToolTimedOut as error:
            self._end(call, output, ToolOutcome.TIMED_OUT, output.after(str(error)))
        except (ToolError, StoreError) as error:
            self._end(call, output, ToolOutcome.ERROR, error.sentence())
        except Exception as error:  # noqa: BLE001 - the tool boundary
            _log.exception("tool %s failed", call.tool)
            self._end(call, output, ToolOutcome.ERROR, f"{call.tool} failed: {type(error).__name__}: {error}")
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

    def _why_stopped(self, call: CallState, output: LiveOutput) -> str:
        if call.call_id in self._cancelled:
            return f"The person cancelled this call{'' if output.begun else ' before it ran'}."
        if call.original:
            return f"Penstock was closed {'while' if output.begun else 'before'} this ran."
        return "The person interrupted this call." if output.begun else NEVER_RAN

    async def _run(self, call: CallState, output: LiveOutput) -> ToolResult:
        prepared = await self._permits.prepare(call)
        context = self._lend(call, output)
        await self._permits.permit(call, prepared, context)
        self._log.emit(
            ToolStarted(call_id=call.call_id, turn_id=call.turn_id, tool=call.tool, arguments=call.arguments)
        )
        await self._log.settle()
        output.begin()
        return await within_limit(prepared.loaded.run(prepared.arguments, context), prepared.spec)

    def _end(
        self, call: CallState, output: LiveOutput, outcome: ToolOutcome, text: str, result: ToolResult | None = None
    ) -> None:
        output.close()
        pieces = result.pieces if result else ()
        self._log.emit(
            ToolEnded(
                call_id=call.call_id,
                outcome=outcome,
                text=text,
                display=result.display if result else (),
                images=result.images if result else (),
                duration=output.duration,
                output_bytes=sum(piece.size for piece in pieces) or len(text.encode("utf-8", "surrogatepass")),
                paths=result.paths if result else (),
                pieces=pieces,
            )
        )


def with_last_words(sentence: str, shown: str) -> str:
    """``sentence``, and the end of what a call had shown when it was stopped."""
    if not shown:
        return sentence
    if len(shown) <= LAST_WORDS_LIMIT:
        return f"{sentence} Its output until then:\n{shown}"
    return f"{sentence} The last of its output until then:\n{shown[-LAST_WORDS_LIMIT:]}"
