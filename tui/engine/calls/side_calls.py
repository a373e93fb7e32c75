"""Side calls: what the person runs beside the conversation, never told to a model: a call again, or one of their own.

A side call takes the whole way of any call (policy, question, limits, its one end), in a task of its own:
it works while a turn runs and while none does, and neither of the two ends the other. It is linked to
the call that it repeats, also where a side call is what was repeated; one of the person's own repeats none.
"""

import asyncio

from tui.engine.calls.approvals import withdrawn
from tui.engine.calls.executor import Executor, Spawn
from tui.engine.calls.output import with_last_words
from tui.engine.log import Log
from tui.errors import SessionBusy, UsageError
from tui.events import SideCall, ToolEnded, ToolOutcome
from tui.ids import new_id
from tui.state import CallState


class SideCalls:
    """The side calls of one session."""

    def __init__(self, log: Log, executor: Executor, *, spawn: Spawn) -> None:
        self._log = log
        self._executor = executor
        self._spawn = spawn
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._resting = asyncio.Event()
        self._resting.set()

    @property
    def running(self) -> bool:
        return bool(self._tasks)

    def run(self, call_id: str, arguments: str | None = None) -> str:
        """Run a call again, with the arguments that ran or with others. Returns the new call's id.

        Raises:
            UsageError: there is no such call.
            SessionBusy: it has not ended yet.
        """
        call = self._log.state.calls.get(call_id)
        if call is None:
            raise UsageError(f"There is no call {call_id} in this session.")
        if call.ended is None:
            raise SessionBusy("This call has not ended yet.", hint="Cancel it, or wait for its end.")
        wanted = call.arguments if arguments is None else arguments
        return self.start(call.tool, wanted, original=call.original or call_id)

    def start(self, tool: str, arguments: str, *, original: str = "") -> str:
        """Run a call of the person's own, where it has no ``original``. Returns its id."""
        side_id = new_id("side")
        self._log.emit(SideCall(call_id=side_id, original=original, tool=tool, arguments=arguments))
        self._resting.clear()
        task = self._tasks[side_id] = self._spawn(self._executor.run(side_id))
        task.add_done_callback(lambda _: self._ended(side_id))
        return side_id

    async def check(self, tool: str, arguments: str) -> str:
        """Whether a tool would take these arguments: "" or a sentence that says what is wrong with them."""
        return await self._executor.check(tool, arguments)

    def cancel(self, call_id: str) -> bool:
        """End a side call now. Returns whether it was running."""
        task = self._tasks.get(call_id)
        return task is not None and (self._executor.cancel(call_id) or task.cancel())

    def stop(self) -> None:
        """End all of them: the program closes."""
        for task in self._tasks.values():
            task.cancel()

    async def ended(self, call_id: str) -> None:
        """Wait until this one has ended."""
        task = self._tasks.get(call_id)
        if task is not None:
            await asyncio.wait([task])

    async def rest(self) -> None:
        """Wait until none runs."""
        await self._resting.wait()

    def _ended(self, call_id: str) -> None:
        """A callback and not a ``finally``: a task that is cancelled before its first step runs neither."""
        self._tasks.pop(call_id, None)
        call = self._log.state.open_calls.get(call_id)
        if call is not None:
            close_side_call(self._log, call)
        if not self._tasks:
            self._resting.set()


def close_side_calls(log: Log) -> None:
    """End the side calls that a process left open when it died."""
    for call in list(log.state.open_calls.values()):
        if call.aside:
            close_side_call(log, call)


def close_side_call(log: Log, call: CallState) -> None:
    """Give a side call that nothing runs its one end: *unknown* where it had started."""
    if call.phase == "asking" and call.approval is not None:
        log.emit(withdrawn(call.approval, "Penstock ended before an answer."))
    if call.started_at is not None:
        told = "Penstock died while this ran. It may have happened, in whole or in part."
        outcome, text = ToolOutcome.UNKNOWN, with_last_words(told, "".join(call.output))
    else:
        outcome, text = ToolOutcome.CANCELLED, "Penstock ended before this call ran."
    size = len(text.encode("utf-8", "surrogatepass"))
    log.emit(ToolEnded(call_id=call.call_id, outcome=outcome, text=text, output_bytes=size))
