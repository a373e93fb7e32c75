"""Compaction: a summary takes the place of the older part of what a model sees, and nothing is deleted.

In two phases. First the summary is asked for and stored; until it is on disk the model sees what it saw. Then one
entry changes the view. Whatever goes wrong before that entry leaves the view as it was and is said in one sentence,
and what waits in the outbox goes on waiting. ``close_compaction`` says it for a process that died.
"""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import replace
from functools import partial

from tui.engine.budget import Budget
from tui.engine.choice import Choice
from tui.engine.log import Log
from tui.engine.stream import Limits, Pace, Step, StepResult
from tui.engine.window.condensing import Plan, Told, plan, request_text, told
from tui.engine.window.filling import Beside, estimate, estimated, needed
from tui.engine.window.outgoing import Outgoing
from tui.errors import ContextTooLong, PenstockError, UsageError
from tui.events import CompactionFailed, CompactionStarted, ContextCompacted, Entry, StepRetried, SummaryKept
from tui.ids import new_id
from tui.messages import Message, StopReason, TextPart, Usage
from tui.providers.base import Models, Provider, Request
from tui.state import SessionState
from tui.value import value

AGAIN_AFTER = 0.05
"""Of the window: how much the context must grow after a try at the threshold before the next one."""
MAX_TOKENS = 8192
MAX_FRACTION = 0.25
"""Of the window that a summary may take."""
FILLED = 0.9
"""Of the window that the request for a summary may fill: our count is an estimate."""
LONGEST = 2.0
"""Times the limit of a request that a compaction which nobody asked for may take: a turn waits for it."""
LEAST_ROOM = 400
HALVINGS = 4
"""How often the request is made smaller when the model says that it is still too long."""
_logger = logging.getLogger(__name__)
_SYSTEM = "You summarise a conversation of an agent, so that the agent can go on from your summary alone."


@value
class ContextRules:
    """``[context]`` of the settings. ``compact_at``: of the window, 0 for never; ``system``: of new sessions.

    ``instructions``: whether AGENTS.md files are read.
    """

    compact_at: float = 0.85
    instructions: bool = True
    system: str = ""


@value
class Asked:
    """What the request for a summary came to. ``model`` wrote it; ``left_out`` as of what it was told."""

    summary: str
    duration: float
    model: str
    left_out: str


@value
class Bill:
    """What requests have cost that no entry tells of yet. ``price`` is None where one of them is unknown."""

    usage: Usage = Usage()
    price: float | None = 0.0

    def plus(self, usage: Usage, price: float | None) -> "Bill":
        both = None if self.price is None or price is None else self.price + price
        return Bill(usage=self.usage + usage, price=both)


class Compaction:
    """Compacts one session's context: when the person asks, at the threshold, or when the model says "too long"."""

    def __init__(
        self,
        log: Log,
        models: Models,
        *,
        limits: Limits,
        pace: Pace,
        outgoing: Outgoing,
        rules: ContextRules,
        beside: Callable[[], Beside],
        choice: Choice,
        budget: Budget | None = None,
    ) -> None:
        self._log = log
        self._models = models
        self._limits = limits
        self._pace = pace
        self._outgoing = outgoing
        self.rules = rules
        self._beside = beside
        self._choice = choice
        self._budget = budget
        self._wish: str | None = None
        self._tried_at: int | None = None
        self._step: Step | None = None
        self._asked: Asked | None = None
        self._bill = Bill()

    @property
    def wanted(self) -> bool:
        """Whether the person asked for one that has not begun."""
        return self._wish is not None

    def want(self, wish: str) -> None:
        """Compact at the next step, or now where no turn runs: whoever runs the session asks ``wanted``.

        Raises:
            UsageError: there is nothing to summarise, or one is under way.
        """
        if self._log.state.compacting is not None:
            raise UsageError("The context is being compacted already.", hint="ctrl+c stops it.")
        if self._plan(by_person=True) is None:
            raise UsageError("There is nothing to compact here yet.")
        self._wish = wish

    def forget(self) -> None:
        """The person does not want it any more."""
        self._wish = None

    def hurry(self) -> None:
        """End the wait of a retry."""
        if self._step is not None:
            self._step.hurry.set()

    async def as_wanted(self) -> None:
        """What the person asked for, if they did and it still makes sense."""
        wish, self._wish = self._wish, None
        chosen = self._plan(by_person=True) if wish is not None else None
        if wish is not None and chosen is not None:
            await self._run(chosen, by="person", wish=wish)

    async def before_step(self) -> None:
        """The person's wish first; else what the threshold asks for."""
        await self.as_wanted()
        state = self._log.state
        if not state.steps or not self.rules.compact_at:  # the first request does not wait for the list of windows
            return
        window = self._models.window(state.model)
        if not window:
            return
        tokens = needed(state, self._beside())
        grown = self._tried_at is None or tokens >= self._tried_at + window * AGAIN_AFTER
        if tokens < window * self.rules.compact_at or not grown:
            return
        chosen = self._plan(by_person=False)
        if chosen is not None:
            await self._run(chosen, by="threshold")
        self._tried_at = needed(state, self._beside())

    async def after_overflow(self) -> bool:
        """The model said that the context is too long. Whether it is shorter now."""
        chosen = self._plan(by_person=False)
        return chosen is not None and await self._run(chosen, by="overflow")

    def _plan(self, *, by_person: bool) -> Plan | None:
        state = self._log.state
        return plan(state, self._models.window(state.model), by_person=by_person)

    async def _run(self, chosen: Plan, *, by: str, wish: str = "") -> bool:
        """Both phases. Raises nothing but what ends the turn: every other failure is an entry."""
        log, state, compaction_id = self._log, self._log.state, new_id("compaction")
        before = needed(state, self._beside())
        failed = CompactionFailed(compaction_id=compaction_id, reason="Penstock failed inside it.")
        self._bill = Bill()
        if state.turn is None:
            self._choice.begin()
        try:
            log.emit(
                CompactionStarted(
                    compaction_id=compaction_id,
                    model=state.model,
                    through_seq=chosen.through_seq,
                    by=by,  # type: ignore[arg-type]
                    tokens=chosen.tokens,
                )
            )
            asked = await self._ask_in_time(chosen, wish, by)
            log.emit(
                SummaryKept(
                    compaction_id=compaction_id,
                    summary=asked.summary,
                    usage=self._bill.usage,
                    price=self._bill.price,
                    duration=asked.duration,
                    model=asked.model,
                )
            )
            self._bill = Bill()
            await log.settle()
            log.emit(
                ContextCompacted(
                    summary=asked.summary,
                    through_seq=chosen.through_seq,
                    compaction_id=compaction_id,
                    before=before,
                    after=self._after(chosen, asked.summary, before),
                )
            )
        except asyncio.CancelledError:
            failed = replace(failed, reason="It was interrupted.")
            raise
        except PenstockError as error:
            why = error.sentence().replace("/continue", "/compact")  # what a step's failure says of a turn
            failed = replace(failed, reason=self._outgoing.text(why))
        except Exception:
            _logger.exception("a compaction failed")
        finally:
            if state.compacting is not None:
                again = " It is tried again when the context has grown." if by == "threshold" else ""
                bill = self._bill
                log.emit(replace(failed, reason=f"{failed.reason}{again}", usage=bill.usage, price=bill.price))
        return state.compacted is not None and state.compacted.compaction_id == compaction_id

    def _after(self, chosen: Plan, summary: str, before: int) -> int:
        """The tokens that will be left of ``before``, as our estimates are to each other."""
        whole = estimated(self._log.state, self._beside())
        left = whole - chosen.tokens + estimate(summary)
        return round(before * max(0, left) / whole) if whole else 0

    async def _ask_in_time(self, chosen: Plan, wish: str, by: str) -> Asked:
        """What a person asked for they can interrupt; a turn is not held up for longer than ``LONGEST``."""
        longest = None if by == "person" else self._limits.request * LONGEST
        expiry = asyncio.timeout(longest)
        try:
            async with expiry:
                await self._afford(self._price(chosen) if by == "person" else 0.0)
                return await self._ask(chosen, wish)
        except TimeoutError as error:
            if not expiry.expired():
                raise
            raise PenstockError(f"No summary came within {longest:g} s.") from error

    def _price(self, chosen: Plan) -> float:
        """What it costs at the least, in USD; 0 where nobody knows."""
        return self._models.price(self._log.state.model, Usage(input_tokens=chosen.tokens)) or 0.0

    async def _afford(self, ahead: float = 0.0) -> None:
        """Raises BudgetSpent. What this compaction has cost so far no entry tells of yet."""
        if self._budget is not None:
            await self._budget.check(ahead + (self._bill.price or 0.0))

    async def _ask(self, chosen: Plan, wish: str) -> Asked:
        """Of the session's model or a fallback. Raises PenstockError: also where what was answered is no summary."""
        await self._outgoing.look(chosen.messages)
        messages, wish = self._outgoing.masked(chosen.messages), self._outgoing.text(wish)
        result = await self._choice.step(partial(self._ask_one, messages, wish))
        if result.error is not None:
            raise result.error
        asked = self._asked
        assert asked is not None
        wrong = _what_is_wrong(result.stop, asked.summary)
        if wrong:
            raise PenstockError(wrong)
        note = f"\n\n(Not all was read for this summary. {asked.left_out})" if asked.left_out else ""
        return replace(asked, summary=f"{asked.summary}{note}")

    async def _ask_one(
        self, messages: tuple[Message, ...], wish: str, provider: Provider, model: str, reference: str
    ) -> StepResult:
        """One model, with less and less as long as it says that it is too much. Nothing of it is shown to anybody."""
        window = self._models.window(reference)
        most = min(MAX_TOKENS, int(window * MAX_FRACTION)) if window else MAX_TOKENS
        asking = estimate(request_text(Told(text=""), wish))
        room = max(LEAST_ROOM, int(window * FILLED) - most - asking) if window else None
        for halving in range(HALVINGS + 1):
            text = told(messages, room)
            message = Message(role="user", parts=(TextPart(text=request_text(text, wish)),))
            request = Request(model=model, messages=(message,), system=_SYSTEM, max_tokens=most)
            if self._budget is None:
                result = await self._one_request(provider, request, reference, text.left_out)
            else:
                async with self._budget.request(reference, self._bill.price or 0.0):
                    result = await self._one_request(provider, request, reference, text.left_out)
            if halving == HALVINGS or not isinstance(result.error, ContextTooLong):
                return replace(result, shown=False)
            room = max(LEAST_ROOM, min(room or estimate(text.text), estimate(text.text)) // 2)
        raise AssertionError("the last halving returns")

    async def _one_request(self, provider: Provider, request: Request, reference: str, left_out: str) -> StepResult:
        """Over a log of its own, which nobody keeps: with the retries and limits of a step, which alone are seen."""
        log = Log(SessionState(self._log.state.session_id), _Retries(self._tell_retry))
        self._step = Step(log, self._models, limits=self._limits, pace=self._pace, mask=self._outgoing.text)
        try:
            return await self._step.run(provider, request, turn_id="", reference=reference)
        finally:
            self._step = None
            (step,) = log.state.steps.values()
            assert step.ended is not None
            self._bill = self._bill.plus(step.ended.usage, step.ended.price)
            summary = "".join(part.text for part in step.parts if part.kind == "text").strip()
            self._asked = Asked(summary=summary, duration=step.ended.duration, model=reference, left_out=left_out)

    def _tell_retry(self, event: StepRetried) -> None:
        compacting = self._log.state.compacting
        if compacting is not None:
            self._log.emit(replace(event, step_id=compacting.compaction_id))


def close_compaction(log: Log) -> None:
    """End what a process that died left under way."""
    compacting = log.state.compacting
    if compacting is not None:
        reason = "Penstock ended before the context was compacted."
        kept = log.state.summary
        price = 0.0 if kept is not None and kept.compaction_id == compacting.compaction_id else None  # that one is paid
        log.emit(CompactionFailed(compaction_id=compacting.compaction_id, reason=reason, price=price))


def _what_is_wrong(stop: StopReason, summary: str) -> str:
    if stop is StopReason.REFUSAL:
        return "The model declined to summarise."
    if stop in (StopReason.MAX_TOKENS, StopReason.CUT):
        return "The summary was cut before its end."
    return "" if summary else "The summary was empty."


class _Retries:
    """The journal of a log that nobody keeps: only that it is tried again is told."""

    def __init__(self, tell: Callable[[StepRetried], None]) -> None:
        self._tell = tell

    def add(self, entry: Entry) -> None:
        if isinstance(entry.event, StepRetried):
            self._tell(entry.event)

    async def drain(self) -> None:
        pass

    async def settle(self) -> None:
        pass
