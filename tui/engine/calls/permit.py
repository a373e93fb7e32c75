"""From a call's raw arguments to leave to run: parsed strictly, validated, judged, and asked about.

The executor runs nothing that has not come through here. What was allowed is bound by its digest to what
runs, and paths are resolved again after the answer: a link may have been turned meanwhile.
"""

from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from tui.engine.calls.approvals import Approvals, digest_of, strict_json
from tui.engine.calls.limits import within_limit
from tui.engine.calls.told import previewed
from tui.engine.log import Log
from tui.engine.policy.facts import Question
from tui.engine.policy.rules import RuleBook
from tui.engine.policy.surroundings import as_written, look
from tui.engine.policy.verdict import Verdict, judge, refusal
from tui.errors import ToolError, UsageError
from tui.events import ToolOutcome
from tui.state import CallState
from tui.tools.base import Bridge, Confined, LoadedTool, Toolbox, ToolContext, ToolSpec
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
    """A call that could run: its tool, and its arguments as the tool's own model and as the text that they came in."""

    spec: ToolSpec
    loaded: LoadedTool
    arguments: Any
    text: str


class Permits:
    """The way of one session's calls to their leave."""

    def __init__(
        self,
        log: Log,
        approvals: Approvals,
        toolbox: Toolbox,
        book: RuleBook,
        warn: Callable[[Iterable[Path]], str] = lambda paths: "",
    ) -> None:
        """``warn``: what the person should know of files before they are changed, "" for nothing."""
        self._warn = warn
        self._log = log
        self._approvals = approvals
        self._toolbox = toolbox
        self._book = book

    async def prepare(self, call: CallState, bridge: Bridge) -> Prepared:
        """Raises Refused, with a sentence for the model, for a call that cannot run."""
        spec = self._toolbox.spec(call.tool)
        if spec is None:
            names = ", ".join(known.name for known in self._toolbox.specs())
            raise Refused(ToolOutcome.ERROR, f"There is no tool named {call.tool[:80]!r}. The tools are: {names}.")
        return await self._read(spec, call.arguments, bridge)

    async def _read(self, spec: ToolSpec, arguments: str, bridge: Bridge) -> Prepared:
        size = len(arguments)
        if size > MOST_ARGUMENTS:
            told = f"The arguments are {size:,} characters long; {MOST_ARGUMENTS:,} at most are taken. Nothing was run."
            raise Refused(ToolOutcome.ERROR, told)
        try:
            raw = await bridge.run(strict_json, arguments) if size > LONG else strict_json(arguments)
        except (ValueError, RecursionError) as error:
            raise Refused(ToolOutcome.ERROR, f"The arguments are not JSON: {error}. Nothing was run.") from error
        if not isinstance(raw, dict):
            raise Refused(ToolOutcome.ERROR, "The arguments are not a JSON object. Nothing was run.")
        loaded = await bridge.run(self._toolbox.load, spec.name)
        try:
            return Prepared(spec=spec, loaded=loaded, arguments=loaded.arguments.model_validate(raw), text=arguments)
        except ValueError as error:
            raise Refused(ToolOutcome.ERROR, f"The arguments do not fit {spec.name}: {_plain(error)}") from error

    async def permit(self, call: CallState, prepared: Prepared, context: ToolContext) -> Prepared:
        """What may run: the call as it came, or as the person made it. Raises Refused when nothing may.

        What the person has typed themselves is judged by nobody.
        """
        if call.aside and not call.original:
            self._approvals.record_own(call)
            return prepared
        question, verdict = await self._judged(prepared, context)
        if verdict.action != "ask":
            self._approvals.record(call, verdict)
            if verdict.action == "deny":
                raise _denied(verdict)
            return prepared
        spec, loaded = prepared.spec, prepared.loaded
        preview = await within_limit(loaded.preview(prepared.arguments, context), spec) if loaded.preview else ()
        preview = await previewed(preview, context.kit.masks.mask, context.bridge)
        check = partial(_check, prepared, question)
        warned = self._warn(question.paths) if spec.effect == "write" else ""
        verdict = replace(verdict, why=f"{verdict.why} {warned}") if warned else verdict
        decided = await self._approvals.ask(call, verdict, spec.effect, preview, check)
        if decided.decision == "deny":
            reason = f" The person says: {decided.reason}" if decided.reason else ""
            raise Refused(ToolOutcome.DENIED, f"The person did not allow this call.{reason}")
        edited = decided.arguments != prepared.text
        runs = await self._read(spec, decided.arguments, context.bridge) if edited else prepared
        again, judged = await self._judged(runs, context)  # a link may have been turned, or a rule made, meanwhile
        if judged.action == "deny":
            raise _denied(judged)
        state = self._log.state
        digest = digest_of(state.session_id, state.cwd, call.tool, runs.text)
        moved = not edited and (again.paths, again.real) != (question.paths, question.real)
        if moved or digest != decided.digest:
            raise Refused(ToolOutcome.DENIED, "What was allowed is not what would run. Nothing was run.")
        return runs

    async def _judged(self, prepared: Prepared, context: ToolContext) -> tuple[Question, Verdict]:
        """The verdict, found in a thread: names are looked up on the disk, and commands parsed."""
        sandbox = context.kit.sandbox
        confined: Confined = "no"
        if sandbox is not None and prepared.spec.effect == "run":
            confined = (await sandbox.ready()).holds
        gather = partial(look, confined=confined)
        return await context.bridge.run(
            _look_and_judge, gather, prepared.spec, prepared.arguments.model_dump(), self._log.state, self._book
        )


def _look_and_judge(gather: Any, *arguments: Any) -> tuple[Question, Verdict]:
    question = gather(*arguments)
    return question, judge(question)


def _denied(verdict: Verdict) -> Refused:
    rule = f" [{verdict.rule}]" if verdict.rule else ""
    return Refused(ToolOutcome.DENIED, f"Denied by policy: {verdict.why}{rule}")


def _check(prepared: Prepared, question: Question, arguments: str) -> None:
    """Whether the person's arguments could run: they fit the tool, and nothing forbids them as they are written.

    Raises:
        UsageError: they could not; the sentence says why.
    """
    if len(arguments) > MOST_ARGUMENTS:
        raise UsageError(f"The arguments are longer than {MOST_ARGUMENTS:,} characters.")
    try:
        raw = strict_json(arguments)
    except (ValueError, RecursionError) as error:
        raise UsageError(f"The arguments are not JSON: {error}.") from error
    if not isinstance(raw, dict):
        raise UsageError("The arguments are not a JSON object.")
    try:
        values = prepared.loaded.arguments.model_validate(raw).model_dump()
    except ValueError as error:
        raise UsageError(f"The arguments do not fit {prepared.spec.name}: {_plain(error)}.") from error
    try:
        refused = refusal(as_written(question, values))
    except ToolError as error:
        raise UsageError(str(error)) from error
    if refused:
        raise UsageError(f"This can never run: {refused}")


def _plain(error: ValueError) -> str:
    """A validation error as one line. The engine does not import pydantic: its ``errors()`` is found by name."""
    listed = getattr(error, "errors", None)
    if listed is None:
        return str(error)[:MOST_TOLD]
    items = listed()[:MOST_FAULTS]
    told = "; ".join(f"{'.'.join(map(str, item['loc'])) or 'arguments'}: {item['msg']}" for item in items)
    return told if len(told) <= MOST_TOLD else f"{told[:MOST_TOLD]}…"
