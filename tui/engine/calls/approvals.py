"""Questions to the person about calls, and the answers that count.

The engine asks, whatever the screen shows: a hidden session never stalls unseen. An answer is
bound by ``digest`` to exactly the call that was shown, is used once, and may come from any
screen; one that comes twice, late or after an interrupt is refused with a sentence.
"""

import asyncio
import hashlib
import json
from collections import Counter
from collections.abc import Callable
from typing import Any

from tui.engine.log import Log
from tui.engine.policy.rules import Rule
from tui.engine.policy.verdict import Verdict
from tui.errors import AlreadyDecided, UsageError
from tui.events import ApprovalDecided, ApprovalRequested, Decision, Effect, GrantAdded, Scope
from tui.ids import new_id
from tui.messages import Display
from tui.state import CallState
from tui.value import value


def digest_of(session_id: str, cwd: str, tool: str, arguments: str) -> str:
    """SHA-256 over who runs what where. ``arguments`` is JSON text; its layout does not matter, its values do."""
    canonical = json.dumps(strict_json(arguments), sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    # A folder's name need not be UTF-8: Python holds such bytes as lone surrogates.
    return hashlib.sha256("\0".join((session_id, cwd, tool, canonical)).encode("utf-8", "surrogatepass")).hexdigest()


def strict_json(arguments: str) -> Any:
    """A call's arguments as values; no text at all is an empty object.

    Raises:
        ValueError: it is not JSON; Python's own NaN and Infinity are not, nor is a key that stands twice.
        RecursionError: it is nested deeper than anything meant.
    """
    return json.loads(arguments or "{}", parse_constant=_no_number, object_pairs_hook=_each_once)


def _each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Readers differ in which of two equal keys they take: what is asked about must be what runs."""
    named = dict(pairs)
    if len(named) < len(pairs):
        key, _ = Counter(key for key, _ in pairs).most_common(1)[0]
        raise ValueError(f"the key {key[:80]!r} stands in it twice")
    return named


def _no_number(name: str) -> None:
    raise ValueError(f"{name} is not a JSON value")


def withdrawn(request: ApprovalRequested, reason: str) -> ApprovalDecided:
    """The end of a question that nobody will answer."""
    return ApprovalDecided(
        approval_id=request.approval_id,
        call_id=request.call_id,
        decision="deny",
        by="engine",
        reason=reason,
        digest=request.digest,
        arguments=request.arguments,
    )


Check = Callable[[str], None]
"""Whether other arguments could run in a call's place. Raises UsageError, with a sentence, where they could not."""


@value
class _Open:
    """A question that waits: what it was asked about, and where the answer goes."""

    request: ApprovalRequested
    verdict: Verdict
    answer: asyncio.Future[ApprovalDecided]
    check: Check


class Approvals:
    """The open questions of one session."""

    def __init__(self, log: Log) -> None:
        self._log = log
        self._waiting: dict[str, _Open] = {}

    def record(self, call: CallState, verdict: Verdict) -> None:
        """What the policy decided without a question is history too."""
        self._log.emit(
            ApprovalDecided(
                approval_id=new_id("ask"),
                call_id=call.call_id,
                decision="allow" if verdict.action == "allow" else "deny",
                by="policy",
                reason=verdict.why,
                rule=verdict.rule,
            )
        )

    def record_own(self, call: CallState) -> None:
        """The person typed the command: that is the answer."""
        self._log.emit(
            ApprovalDecided(
                approval_id=new_id("ask"),
                call_id=call.call_id,
                decision="allow",
                by="person",
                reason="You ran it yourself.",
                arguments=call.arguments,
            )
        )

    async def ask(
        self, call: CallState, verdict: Verdict, effect: Effect, preview: tuple[Display, ...], check: Check
    ) -> ApprovalDecided:
        """Ask, and wait for as long as it takes. Cancelling it withdraws the question."""
        state = self._log.state
        request = ApprovalRequested(
            approval_id=new_id("ask"),
            call_id=call.call_id,
            tool=call.tool,
            arguments=call.arguments,
            effect=effect,
            why=verdict.why,
            digest=digest_of(state.session_id, state.cwd, call.tool, call.arguments),
            preview=preview,
            rule=verdict.rule,
            touches=verdict.touches,
            pattern=verdict.pattern,
        )
        answer = asyncio.get_running_loop().create_future()
        self._waiting[request.approval_id] = _Open(request=request, verdict=verdict, answer=answer, check=check)
        try:
            self._log.emit(request)
            return await answer
        except asyncio.CancelledError:
            if call.decision is None:
                self._log.emit(withdrawn(request, "The call was cancelled before an answer."))
            raise
        finally:
            self._waiting.pop(request.approval_id, None)

    def suggestion(self, approval_id: str) -> Rule | None:
        """The rule that "always" would write; None where no rule can say it."""
        waiting = self._waiting.get(approval_id)
        return None if waiting is None else waiting.verdict.suggestion

    def decide(
        self,
        approval_id: str,
        decision: Decision,
        *,
        scope: Scope = "once",
        reason: str = "",
        arguments: str | None = None,
        rule: str = "",
    ) -> None:
        """Answer a question. The first answer counts.

        Args:
            arguments: what runs instead of what was asked about, as JSON text.
            rule: the text of the rule that "always" has written.

        Raises:
            AlreadyDecided: it was answered, interrupted, or never asked in this run of the program.
            UsageError: the arguments cannot run, or the scope cannot be chosen. The question stays open.
        """
        waiting = self.still_open(approval_id)
        request, runs = waiting.request, waiting.request.arguments
        if decision == "allow" and arguments is not None and arguments != runs:
            if scope != "once":
                raise UsageError("What was edited can be allowed once only.", hint="The next such call asks again.")
            waiting.check(arguments)
            runs = arguments
        pattern = waiting.verdict.pattern
        if decision == "allow" and scope == "session" and not pattern:
            raise UsageError("This call can be allowed once only.", hint=waiting.verdict.why)
        state = self._log.state
        decided = ApprovalDecided(
            approval_id=approval_id,
            call_id=request.call_id,
            decision=decision,
            by="person",
            scope=scope,
            reason=reason,
            digest=request.digest
            if runs is request.arguments
            else digest_of(state.session_id, state.cwd, request.tool, runs),
            arguments=runs,
            rule=rule or request.rule,
        )
        self._log.emit(decided)
        if decision == "allow" and scope == "session":
            self._log.emit(GrantAdded(grant_id=new_id("grant"), tool=request.tool, pattern=pattern, scope=scope))
        waiting.answer.set_result(decided)

    def still_open(self, approval_id: str) -> _Open:
        """Raises AlreadyDecided for a question that nobody waits at any more."""
        waiting = self._waiting.get(approval_id)
        if waiting is None or waiting.answer.done():
            raise AlreadyDecided(
                "This question is no longer open.", hint="It was answered elsewhere, or its turn was interrupted."
            )
        return waiting
