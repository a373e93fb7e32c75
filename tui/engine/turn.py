"""The turn loop: from a prompt, through steps and their calls, to the agent's rest.

``close_turn`` is the only writer of TurnEnded and leaves nothing open behind it: interrupt,
failure and recovery after a crash all end here, so every part, call and turn has exactly one end.
The other broad ``except`` of the program is in ``run``: a bug in a turn ends that turn, not the
workspace.
"""

import asyncio
import logging

from tui.engine.approvals import withdrawn
from tui.engine.context import history, instructions
from tui.engine.executor import NEVER_RAN, Executor
from tui.engine.log import Log
from tui.engine.outgoing import Outgoing
from tui.engine.output import with_last_words
from tui.engine.recall import Recall
from tui.engine.stream import Limits, Pace, Step, StepResult
from tui.errors import PenstockError
from tui.events import (
    PartEnded,
    PromptSubmitted,
    QuestionAnswered,
    StepEnded,
    ToolEnded,
    ToolOutcome,
    TurnEnded,
    TurnOutcome,
)
from tui.ids import new_id
from tui.messages import Part, ReasoningPart, StopReason, TextPart, ToolCallPart
from tui.providers.base import Models, Request, ToolSchema
from tui.secrets import Masks
from tui.state import CallState, PartState, Prompt, StepState

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
    ) -> None:
        self._log = log
        self._models = models
        self._executor = executor
        self._tools = tools
        self._recall = recall
        self._outgoing = Outgoing(masks or Masks(known=False))
        self.step = Step(log, models, limits=limits, pace=pace, mask=self._outgoing.text)

    async def run(self, prompt: Prompt) -> TurnOutcome:
        """Run a whole turn and close it. Raises only CancelledError, after closing."""
        turn_id = new_id("turn")
        try:
            self._submit(prompt, turn_id)
            failure = await self._steps(turn_id)
        except asyncio.CancelledError:
            close_turn(self._log, "interrupted")
            raise
        except PenstockError as error:
            return close_turn(self._log, "failed", error=self._outgoing.text(str(error)), hint=error.hint)
        except Exception as error:
            _logger.exception("a turn failed")
            cause = _innermost(error)
            told = f"Penstock failed inside this turn: {type(cause).__name__}: {cause}"
            told = self._outgoing.text(told)
            return close_turn(self._log, "failed", error=told, hint="Nothing is lost; /continue goes on.")
        if failure is not None:
            return close_turn(self._log, "failed", error=self._outgoing.text(str(failure)), hint=failure.hint)
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

    async def _step(self, turn_id: str) -> StepResult:
        state = self._log.state
        reference = state.model
        provider, model = await self._models.resolve(reference)
        system = instructions(state, await self._recall.told())
        messages = history(state, images=self._models.sees(reference))
        await self._outgoing.look(messages)
        told = self._outgoing.masked(messages)
        request = Request(model=model, messages=told, system=self._outgoing.text(system), tools=self._tools)
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


def _innermost(error: BaseException) -> BaseException:
    """The error that task groups have wrapped, where it is the only one."""
    while isinstance(error, BaseExceptionGroup) and len(error.exceptions) == 1:
        error = error.exceptions[0]
    return error


def close_turn(log: Log, outcome: TurnOutcome, *, error: str = "", hint: str = "") -> TurnOutcome:
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
            log.emit(StepEnded(step_id=item.step_id, stop=StopReason.CUT))
    mine = [call for call in log.state.open_calls.values() if not call.aside]  # what the person runs again goes on
    for question in list(log.state.questions.values()):
        asker = log.state.calls.get(question.call_id)
        if asker is None or not asker.aside:
            log.emit(QuestionAnswered(question_id=question.question_id, answer=None))
    for call in mine:
        _close_call(log, call, outcome)
    log.emit(TurnEnded(turn_id=turn.turn_id, outcome=outcome, error=error, hint=hint))
    return outcome


def _close_call(log: Log, call: CallState, outcome: TurnOutcome) -> None:
    if call.phase == "asking" and call.approval is not None:
        ended_how = "was interrupted" if outcome == "interrupted" else "ended"
        log.emit(withdrawn(call.approval, f"The turn {ended_how} before an answer."))
    if call.started_at is not None:
        told = "Penstock died while this ran. It may have happened, in whole or in part."
        ended, text = ToolOutcome.UNKNOWN, with_last_words(told, "".join(call.output))
    else:
        ended, text = ToolOutcome.CANCELLED, NEVER_RAN
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
