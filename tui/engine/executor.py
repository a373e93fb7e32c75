"""Runs one tool call from its arguments to its one ToolEnded, whatever happens on the way.

The order is the promise: arguments are parsed strictly and validated, the policy judges, the
person is asked, ToolStarted reaches the disk, and only then does the tool touch the world.
One of the two broad ``except`` clauses of the program is here: a tool may fail in any way it
likes, and the model and the person are told.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from pathlib import Path
from time import monotonic
from typing import Any, TypeVar

from tui.engine.approvals import Approvals, digest_of, strict_json
from tui.engine.log import Log
from tui.engine.policy import judge
from tui.errors import StoreError, ToolError, ToolTimedOut
from tui.events import ToolEnded, ToolOutcome, ToolOutput, ToolStarted
from tui.messages import Display
from tui.state import CallState
from tui.tools.base import FileMemory, LoadedTool, Toolbox, ToolContext, ToolResult, ToolSpec, resolve

LIVE_OUTPUT_LIMIT = 256 * 1024
"""Characters of a call's output that are shown while it runs. The result itself is not bound by it."""
LAST_WORDS_LIMIT = 16 * 1024
"""Characters of the output of a call that did not end by itself: its last ones, which the model reads."""
OUTPUT_INTERVAL = 0.05
"""Seconds in which a tool's live output is joined."""

NEVER_RAN = "The turn ended before this call ran."

_T = TypeVar("_T")
_log = logging.getLogger(__name__)


class Refused(Exception):
    """A call that does not run. Ends as ``outcome`` with the text as its result."""

    def __init__(self, outcome: ToolOutcome, text: str) -> None:
        super().__init__(text)
        self.outcome = outcome


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


class Executor:
    """Runs the calls of one session."""

    def __init__(
        self,
        log: Log,
        approvals: Approvals,
        toolbox: Toolbox,
        files: FileMemory,
        *,
        background: Callable[[Awaitable[None]], None],
    ) -> None:
        self._log = log
        self._approvals = approvals
        self._toolbox = toolbox
        self._files = files
        self._background = background

    async def run(self, call_id: str) -> None:
        """Run one call. Ends it exactly once, also when cancelled; raises only CancelledError."""
        call = self._log.state.calls[call_id]
        output = LiveOutput(self._log, call_id)
        try:
            ended = await self._run(call, output)
        except asyncio.CancelledError:
            stopped = "The person interrupted this call." if output.begun else NEVER_RAN
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

    async def _run(self, call: CallState, output: LiveOutput) -> ToolResult:
        spec, loaded, arguments = await self._prepare(call)
        cwd = Path(self._log.state.cwd)
        context = ToolContext(cwd=cwd, files=self._files, output=output.show, background=self._background)
        await self._permit(call, spec, loaded, arguments, context)
        self._log.emit(
            ToolStarted(call_id=call.call_id, turn_id=call.turn_id, tool=call.tool, arguments=call.arguments)
        )
        await self._log.settle()
        output.begin()
        return await _within_limit(loaded.run(arguments, context), spec)

    async def _prepare(self, call: CallState) -> tuple[ToolSpec, LoadedTool, Any]:
        spec = self._toolbox.spec(call.tool)
        if spec is None:
            names = ", ".join(known.name for known in self._toolbox.specs())
            raise Refused(ToolOutcome.ERROR, f"There is no tool named {call.tool!r}. The tools are: {names}.")
        try:
            raw = strict_json(call.arguments)
        except (ValueError, RecursionError) as error:
            raise Refused(ToolOutcome.ERROR, f"The arguments are not JSON: {error}. Nothing was run.") from error
        if not isinstance(raw, dict):
            raise Refused(ToolOutcome.ERROR, "The arguments are not a JSON object. Nothing was run.")
        loaded = await asyncio.to_thread(self._toolbox.load, call.tool)
        try:
            return spec, loaded, loaded.arguments.model_validate(raw)
        except ValueError as error:
            raise Refused(ToolOutcome.ERROR, f"The arguments do not fit {call.tool}: {_plain(error)}") from error

    async def _permit(
        self, call: CallState, spec: ToolSpec, loaded: LoadedTool, arguments: Any, context: ToolContext
    ) -> None:
        """Returns when the call may run; raises Refused when not."""
        state = self._log.state
        values = arguments.model_dump()
        paths = await asyncio.to_thread(_paths, spec, values, context.cwd)
        verdict = judge(spec, values, paths, Path(state.workspace), state.grants.values())
        if verdict.action == "allow":
            return
        if verdict.action == "deny":
            raise Refused(ToolOutcome.DENIED, f"Denied by policy: {verdict.why}")
        preview = await _within_limit(loaded.preview(arguments, context), spec) if loaded.preview else ()
        decided = await self._approvals.ask(call, verdict, spec.effect, preview)
        if decided.decision == "deny":
            reason = f" The person says: {decided.reason}" if decided.reason else ""
            raise Refused(ToolOutcome.DENIED, f"The person did not allow this call.{reason}")
        leads_to = await asyncio.to_thread(_paths, spec, values, context.cwd)  # a link may have been turned meanwhile
        digest = digest_of(state.session_id, state.cwd, call.tool, call.arguments)
        if (digest, leads_to) != (decided.digest, paths):
            raise Refused(ToolOutcome.DENIED, "What was allowed is not what would run. Nothing was run.")

    def _end(
        self, call: CallState, output: LiveOutput, outcome: ToolOutcome, text: str, result: ToolResult | None = None
    ) -> None:
        output.close()
        display: tuple[Display, ...] = result.display if result else ()
        self._log.emit(
            ToolEnded(
                call_id=call.call_id,
                outcome=outcome,
                text=text,
                display=display,
                images=result.images if result else (),
                duration=output.duration,
                output_bytes=len(text.encode("utf-8", "surrogatepass")),
                paths=result.paths if result else (),
            )
        )


def with_last_words(sentence: str, shown: str) -> str:
    """``sentence``, and the end of what a call had shown when it was stopped."""
    if not shown:
        return sentence
    if len(shown) <= LAST_WORDS_LIMIT:
        return f"{sentence} Its output until then:\n{shown}"
    return f"{sentence} The last of its output until then:\n{shown[-LAST_WORDS_LIMIT:]}"


async def _within_limit(work: Awaitable[_T], spec: ToolSpec) -> _T:
    """Raises ToolTimedOut when the tool's own limit passes; a TimeoutError of the tool's own stays what it is."""
    limit = asyncio.timeout(spec.timeout)
    try:
        async with limit:
            return await work
    except TimeoutError:
        if not limit.expired():
            raise
        raise ToolTimedOut(f"{spec.name} did not end within {spec.timeout:g} s.") from None


def _paths(spec: ToolSpec, values: dict[str, Any], cwd: Path) -> tuple[Path, ...]:
    """The files that the arguments name.

    Raises:
        ToolError: one of them cannot be a path.
    """
    paths = []
    for field in spec.path_fields:
        try:
            paths.append(resolve(str(values.get(field) or "."), cwd))
        except (ValueError, OSError) as error:
            raise ToolError(f"{field} is not a usable path: {error}.") from error
    return tuple(paths)


def _plain(error: ValueError) -> str:
    """A validation error as one line. The engine does not import pydantic: its ``errors()`` is found by name."""
    listed = getattr(error, "errors", None)
    if listed is None:
        return str(error)
    return "; ".join(f"{'.'.join(map(str, item['loc'])) or 'arguments'}: {item['msg']}" for item in listed())
