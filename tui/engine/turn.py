"""The turn loop: from a prompt, through steps and their calls, to the agent's rest.

``close_turn`` is the only writer of TurnEnded and leaves nothing open behind it: interrupt,
failure and recovery after a crash all end here, so every part, call and turn has exactly one end.
The other broad ``except`` of the program is in ``run``: a bug in a turn ends that turn, not the
workspace.
"""

import asyncio
import logging
from collections.abc import Sequence
from functools import partial

from tui.engine.budget import Budget
from tui.engine.calls.approvals import withdrawn
from tui.engine.calls.executor import NEVER_RAN, Executor
from tui.engine.calls.output import with_last_words
from tui.engine.choice import Choice
from tui.engine.log import Log
from tui.engine.refusals import Refusals
from tui.engine.stream import Limits, Pace, Step, StepResult
from tui.engine.window.compaction import Compaction, ContextRules
from tui.engine.window.context import history, instructions, own_instructions
from tui.engine.window.filling import Beside
from tui.engine.window.guidance import Guidance, told_files
from tui.engine.window.outgoing import Outgoing
from tui.engine.window.recall import Recall
from tui.errors import BudgetSpent, ConfigError, ContextTooLong, DayBudgetSpent, PenstockError, ProviderError
from tui.events import (
    PartEnded,
    PromptSteered,
    PromptSubmitted,
    QuestionAnswered,
    StepEnded,
    ToolEnded,
    ToolOutcome,
    TurnCause,
    TurnEnded,
    TurnOutcome,
)
from tui.ids import new_id
from tui.messages import Part, ReasoningPart, StopReason, TextPart, ToolCallPart
from tui.providers.base import EFFORT_TOKENS, USUAL_TOKENS, Models, Provider, Request, ToolSchema
from tui.secrets import Masks
from tui.state import CallState, PartState, Prompt, StepState
from tui.value import value

MAX_STEPS = 200
"""Steps in a turn before it stops and asks the person to continue: the last wall against an endless loop."""

_logger = logging.getLogger(__name__)


class Turn:
    """Runs turns of one session, one at a time."""

    def __init__(
        self,
        log: Log,
        models: Models,
        executor: Executor,
        tools: tuple[ToolSchema, ...],
        *,
        limits: Limits,
        pace: Pace,
        recall: Recall,
        masks: Masks | None = None,
        budget: Budget | None = None,
        fallback: Sequence[str] = (),
        refusals: Refusals | None = None,
        guidance: Guidance | None = None,
        rules: ContextRules | None = None,
    ) -> None:
        self._log = log
        self._models = models
        self._executor = executor
        self._tools = tools
        self._recall = recall
        self._outgoing = Outgoing(masks or Masks(known=False))
        self._budget = budget
        self._choice = Choice(log, models, fallback, self._outgoing.text)
        self.step = Step(log, models, limits=limits, pace=pace, mask=self._outgoing.text, refusals=refusals)
        self.guidance = guidance
        self.compaction = Compaction(
            log,
            models,
            limits=limits,
            pace=pace,
            outgoing=self._outgoing,
            rules=rules or ContextRules(),
            beside=self.beside,
            choice=self._choice,
            budget=budget,
        )

    def beside(self) -> Beside:
        """What the next request holds beside the history."""
        files = self.guidance.files if self.guidance is not None else ()
        own = own_instructions(self._log.state)
        return Beside(instructions=own, files=files, notes=self._recall.known, tools=self._tools)

    async def run(self, prompt: Prompt) -> TurnOutcome:
        """Run a whole turn and close it. Raises only CancelledError, after closing."""
        turn_id = new_id("turn")
        self._choice.begin()
        try:
            self._submit(prompt, turn_id)
            if self.guidance is not None:
                await self.guidance.look()
            failure = await self._steps(turn_id)
        except asyncio.CancelledError:
            close_turn(self._log, "interrupted")
            raise
        except PenstockError as error:
            return self._fail(error)
        except Exception as error:
            _logger.exception("a turn failed")
            cause = _innermost(error)
            told = f"Penstock failed inside this turn: {type(cause).__name__}: {cause}"
            told = self._outgoing.text(told)
            hint = "Nothing is lost; /continue goes on."
            return close_turn(self._log, "failed", error=told, hint=hint, cause="internal")
        if failure is not None:
            return self._fail(failure)
        return close_turn(self._log, "done")

    async def _steps(self, turn_id: str) -> PenstockError | None:
        for _ in range(MAX_STEPS):
            result = await self._step(turn_id)
            if result.error is not None:
                return result.error
            if result.stop is StopReason.REFUSAL:
                return PenstockError("The model declined to answer.", hint="Another wording or model may help.")
            if result.stop is StopReason.MAX_TOKENS and not result.calls:
                return PenstockError(
                    "The answer reached the model's length limit.", hint="/continue asks for the rest."
                )
            if not result.calls and result.stop is not StopReason.PAUSE and not self._steered():
                return None
            await self._run_calls(result)
            for prompt in self._steered():
                self._submit(prompt, turn_id)
        return PenstockError(f"The turn took {MAX_STEPS} steps and was stopped.", hint="/continue goes on.")

    def _fail(self, error: PenstockError) -> TurnOutcome:
        told = self._outgoing.text(str(error))
        return close_turn(self._log, "failed", error=told, hint=error.hint, cause=_cause(error))

    async def _step(self, turn_id: str) -> StepResult:
        await self._afford()
        await self.compaction.before_step()
        result = await self._choice.step(partial(self._ask, turn_id))
        if isinstance(result.error, ContextTooLong) and not result.shown and await self.compaction.after_overflow():
            return await self._choice.step(partial(self._ask, turn_id))
        return result

    async def _afford(self) -> None:
        """Raises BudgetSpent. Before each request: a summary and a model that failed have cost something, too."""
        if self._budget is not None:
            await self._budget.check()

    async def _ask(self, turn_id: str, provider: Provider, model: str, reference: str) -> StepResult:
        if self._budget is None:
            return await self._request(turn_id, provider, model, reference)
        async with self._budget.request(reference):
            return await self._request(turn_id, provider, model, reference)

    async def _request(self, turn_id: str, provider: Provider, model: str, reference: str) -> StepResult:
        state = self._log.state
        files = told_files(self.guidance.files) if self.guidance is not None else ""
        system = instructions(state, await self._recall.told(), files)
        messages = history(state, images=self._models.sees(reference))
        await self._outgoing.look(messages)
        masked = self._outgoing.masked(messages)
        request = Request(
            model=model,
            messages=masked,
            system=self._outgoing.text(system),
            tools=self._tools,
            effort=state.effort,
            max_tokens=EFFORT_TOKENS.get(state.effort, USUAL_TOKENS),
        )
        return await self.step.run(provider, request, turn_id=turn_id, reference=reference)

    async def _run_calls(self, result: StepResult) -> None:
        """All calls of a step at once. The executor ends each; it raises nothing but cancellation."""
        async with asyncio.TaskGroup() as group:
            for call in result.calls:
                group.create_task(self._executor.run(call.call_id), name=f"call {call.name}")

    def _steered(self) -> list[Prompt]:
        return [prompt for prompt in self._log.state.outbox if prompt.steer]

    def _submit(self, prompt: Prompt, turn_id: str) -> None:
        self._log.emit(
            PromptSubmitted(prompt_id=prompt.prompt_id, turn_id=turn_id, text=prompt.text, images=prompt.images)
        )


def _cause(error: PenstockError) -> TurnCause:
    if isinstance(error, BudgetSpent):
        return "day" if isinstance(error, DayBudgetSpent) else "budget"
    return "provider" if isinstance(error, ProviderError | ConfigError) else ""


def _innermost(error: BaseException) -> BaseException:
    """The error that task groups have wrapped, where it is the only one."""
    while isinstance(error, BaseExceptionGroup) and len(error.exceptions) == 1:
        error = error.exceptions[0]
    return error


@value
class Told:
    """What closing says of calls that had begun and of others, and what it takes an open step to have cost, in USD."""

    ran: str = "Penstock died while this ran. It may have happened, in whole or in part."
    never: str = NEVER_RAN
    price: float | None = None


_DIED = Told()


def close_turn(
    log: Log,
    outcome: TurnOutcome,
    *,
    error: str = "",
    hint: str = "",
    cause: TurnCause = "",
    told: Told = _DIED,
) -> TurnOutcome:
    """End the running turn and everything open in it. Synchronous, so that cancellation cannot split it.

    The executor ends every call that it starts, so one that has started and is still open here was
    left by a process that died: it is *unknown*, and is never run again by itself.
    """
    turn = log.state.turn
    if turn is None:
        return outcome
    for item in turn.items:
        if isinstance(item, StepState) and item.ended is None:
            for part in item.parts:
                if part.part is None:
                    log.emit(PartEnded(part_id=part.part_id, part=_cut(part), cut=True))
            log.emit(StepEnded(step_id=item.step_id, stop=StopReason.CUT, price=told.price))
    mine = [call for call in log.state.open_calls.values() if not call.aside]  # what the person runs again goes on
    for question in list(log.state.questions.values()):
        asker = log.state.calls.get(question.call_id)
        if asker is None or not asker.aside:
            log.emit(QuestionAnswered(question_id=question.question_id, answer=None))
    for call in mine:
        _close_call(log, call, outcome, told)
    for prompt in [prompt for prompt in log.state.outbox if prompt.steer]:  # no step of it is left to go into
        log.emit(PromptSteered(prompt_id=prompt.prompt_id, steer=False))
    log.emit(TurnEnded(turn_id=turn.turn_id, outcome=outcome, error=error, hint=hint, cause=cause))
    return outcome


def _close_call(log: Log, call: CallState, outcome: TurnOutcome, told: Told) -> None:
    if call.phase == "asking" and call.approval is not None:
        ended_how = "was interrupted" if outcome == "interrupted" else "ended"
        log.emit(withdrawn(call.approval, f"The turn {ended_how} before an answer."))
    if call.started_at is not None:
        ended, text = ToolOutcome.UNKNOWN, with_last_words(told.ran, "".join(call.output))
    else:
        ended, text = ToolOutcome.CANCELLED, told.never
    size = len(text.encode("utf-8", "surrogatepass"))
    log.emit(ToolEnded(call_id=call.call_id, outcome=ended, text=text, output_bytes=size))


def _cut(part: PartState) -> Part:
    match part.kind:
        case "tool_call":
            return ToolCallPart(call_id="", name=part.name, arguments=part.text)
        case "reasoning":
            return ReasoningPart(text=part.text)
        case _:
            return TextPart(text=part.text)
