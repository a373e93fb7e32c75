"""From a call's raw arguments to leave to run: parsed strictly, validated, judged, and asked about.

The executor runs nothing that has not come through here. What was allowed is bound by its digest to what
runs, and paths are resolved again after the answer: a link may have been turned meanwhile.
"""

from pathlib import Path
from typing import Any

from tui.engine.approvals import Approvals, digest_of, strict_json
from tui.engine.limits import within_limit
from tui.engine.log import Log
from tui.engine.policy import judge
from tui.errors import ToolError
from tui.events import ToolOutcome
from tui.state import CallState
from tui.tools.base import Bridge, LoadedTool, Toolbox, ToolContext, ToolSpec, resolve
from tui.value import value

MOST_ARGUMENTS = 2_000_000
"""Characters of a call's arguments. No model writes as many in earnest; a broken server does."""
LONG = 50_000
"""Characters from which on arguments are parsed in a thread."""
MOST_FAULTS = 10
MOST_TOLD = 2_000
"""What a call's result says at most of arguments that do not fit: faults, and characters."""


class Refused(Exception):
    """A call that does not run. Ends as ``outcome`` with the text as its result."""

    def __init__(self, outcome: ToolOutcome, text: str) -> None:
        super().__init__(text)
        self.outcome = outcome


@value
class Prepared:
    """A call that could run: its tool, and its arguments as the tool's own model."""

    spec: ToolSpec
    loaded: LoadedTool
    arguments: Any


class Permits:
    """The way of one session's calls to their leave."""

    def __init__(self, log: Log, approvals: Approvals, toolbox: Toolbox) -> None:
        self._log = log
        self._approvals = approvals
        self._toolbox = toolbox

    async def prepare(self, call: CallState, bridge: Bridge) -> Prepared:
        """Raises Refused, with a sentence for the model, for a call that cannot run."""
        spec = self._toolbox.spec(call.tool)
        if spec is None:
            names = ", ".join(known.name for known in self._toolbox.specs())
            raise Refused(ToolOutcome.ERROR, f"There is no tool named {call.tool[:80]!r}. The tools are: {names}.")
        size = len(call.arguments)
        if size > MOST_ARGUMENTS:
            told = f"The arguments are {size:,} characters long; {MOST_ARGUMENTS:,} at most are taken. Nothing was run."
            raise Refused(ToolOutcome.ERROR, told)
        try:
            raw = await bridge.run(strict_json, call.arguments) if size > LONG else strict_json(call.arguments)
        except (ValueError, RecursionError) as error:
            raise Refused(ToolOutcome.ERROR, f"The arguments are not JSON: {error}. Nothing was run.") from error
        if not isinstance(raw, dict):
            raise Refused(ToolOutcome.ERROR, "The arguments are not a JSON object. Nothing was run.")
        loaded = await bridge.run(self._toolbox.load, call.tool)
        try:
            return Prepared(spec=spec, loaded=loaded, arguments=loaded.arguments.model_validate(raw))
        except ValueError as error:
            raise Refused(ToolOutcome.ERROR, f"The arguments do not fit {call.tool}: {_plain(error)}") from error

    async def permit(self, call: CallState, prepared: Prepared, context: ToolContext) -> None:
        """Returns when the call may run; raises Refused when not."""
        state, spec, loaded = self._log.state, prepared.spec, prepared.loaded
        values = prepared.arguments.model_dump()
        paths = await context.bridge.run(_paths, spec, values, context.cwd)
        verdict = judge(spec, values, paths, Path(state.workspace), state.grants.values())
        if verdict.action == "allow":
            return
        if verdict.action == "deny":
            raise Refused(ToolOutcome.DENIED, f"Denied by policy: {verdict.why}")
        preview = await within_limit(loaded.preview(prepared.arguments, context), spec) if loaded.preview else ()
        decided = await self._approvals.ask(call, verdict, spec.effect, preview)
        if decided.decision == "deny":
            reason = f" The person says: {decided.reason}" if decided.reason else ""
            raise Refused(ToolOutcome.DENIED, f"The person did not allow this call.{reason}")
        leads_to = await context.bridge.run(_paths, spec, values, context.cwd)  # a link may have been turned meanwhile
        digest = digest_of(state.session_id, state.cwd, call.tool, call.arguments)
        if (digest, leads_to) != (decided.digest, paths):
            raise Refused(ToolOutcome.DENIED, "What was allowed is not what would run. Nothing was run.")


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
        return str(error)[:MOST_TOLD]
    items = listed()[:MOST_FAULTS]
    told = "; ".join(f"{'.'.join(map(str, item['loc'])) or 'arguments'}: {item['msg']}" for item in items)
    return told if len(told) <= MOST_TOLD else f"{told[:MOST_TOLD]}…"
