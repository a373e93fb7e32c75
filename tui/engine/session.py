"""A session: one conversation with one agent, and the verbs that a person has on it.

Every verb is a plain call that emits events and returns; the work happens in the turn's task,
which the workspace's task group owns. Prompts always go through the outbox: a prompt is durable
from the moment it is queued, and leaves the outbox only by the event that puts it in a turn.
"""

import asyncio
import json
from collections.abc import Callable, Iterable

from tui.engine.calls.approvals import Approvals
from tui.engine.calls.executor import Executor, Spawn
from tui.engine.calls.jobs import Jobs
from tui.engine.calls.questions import Questions
from tui.engine.calls.side_calls import SideCalls
from tui.engine.changes.checkpoints import Checkpoints, FileChange, Undone
from tui.engine.log import Log
from tui.engine.policy.rules import Rule
from tui.engine.policy.rulings import Rulings
from tui.engine.turn import Turn
from tui.engine.window.context import title_of
from tui.engine.window.filling import Filling, filling
from tui.errors import AlreadyDecided, SessionBusy, UsageError
from tui.events import (
    BudgetChanged,
    Decision,
    EffortChanged,
    GrantRevoked,
    Mode,
    ModeChanged,
    ModelChanged,
    PromptEdited,
    PromptMoved,
    PromptQueued,
    PromptSteered,
    PromptWithdrawn,
    Scope,
    SessionArchived,
    SessionRenamed,
    SystemChanged,
    TurnPutAway,
)
from tui.ids import new_id
from tui.messages import Effort, ImagePart
from tui.state import Prompt, SessionState, Status

OWN_TIMEOUT = 3600
"""Seconds that a command of the person's own may take: what the shell allows at most."""
CONTINUE = "Continue where you stopped."
"""What /continue sends: a visible prompt like any other, so that the history stays what was said."""


class Session:
    """A live session of this process."""

    def __init__(
        self,
        log: Log,
        approvals: Approvals,
        questions: Questions,
        turn: Turn,
        executor: Executor,
        *,
        checkpoints: Checkpoints,
        jobs: Jobs,
        rulings: Rulings,
        spawn: Spawn,
        mask: Callable[[str], str] = lambda text: text,
    ) -> None:
        self.log = log
        self._mask = mask
        self._checkpoints = checkpoints
        self._approvals = approvals
        self._rulings = rulings
        self._questions = questions
        self._turn = turn
        self._executor = executor
        self.jobs = jobs
        self.side_calls = SideCalls(log, executor, spawn=spawn)
        self._spawn = spawn
        self._task: asyncio.Task[None] | None = None
        self._go = False
        self._resting = asyncio.Event()
        self._resting.set()

    @property
    def id(self) -> str:
        return self.log.state.session_id

    @property
    def state(self) -> SessionState:
        return self.log.state

    @property
    def status(self) -> Status:
        return self.log.state.status

    @property
    def running(self) -> bool:
        """Whether a turn's task exists: true a little longer than the state's turn."""
        return self._task is not None

    @property
    def held_by(self) -> int | None:
        """The pid of the other process that runs it (0: unknown), so that here it is only read. None: it is ours."""
        return None

    def check_ours(self) -> None:
        """Raises SessionHeld where another process runs it."""

    @property
    def busy(self) -> bool:
        """Whether anything of it runs: a turn, a call that the person runs again, or a background job."""
        return self.running or self.side_calls.running or self.jobs.running

    # --- prompts

    def submit(self, text: str, images: tuple[ImagePart, ...] = ()) -> str:
        """Queue a prompt, and start it if nothing runs. Returns its id.

        Raises:
            UsageError: there is nothing in it.
        """
        if not text.strip() and not images:
            raise UsageError("The prompt is empty.")
        if not self.state.turns and not self.state.outbox and not self.state.title_by:
            self.log.emit(SessionRenamed(title=title_of(text, self._mask) or "Image", by="engine"))
        prompt_id = new_id("prompt")
        self.log.emit(PromptQueued(prompt_id=prompt_id, text=text, images=images))
        self.resume_queue()
        return prompt_id

    def steer(self, text: str, images: tuple[ImagePart, ...] = ()) -> str:
        """Like ``submit``, but into the running turn, at its next step."""
        if self.state.turn is None:
            return self.submit(text, images)
        prompt_id = new_id("prompt")
        self.log.emit(PromptQueued(prompt_id=prompt_id, text=text, images=images))
        self.log.emit(PromptSteered(prompt_id=prompt_id))
        return prompt_id

    def edit_queued(self, prompt_id: str, text: str, images: tuple[ImagePart, ...] = ()) -> None:
        """Make a prompt that still waits another one.

        Raises:
            AlreadyDecided: it has left the outbox.
            UsageError: there is nothing in it.
        """
        old = self._queued(prompt_id)
        if not text.strip() and not images:
            raise UsageError("The prompt is empty.", hint="Withdraw it instead.")
        if (text, images) != (old.text, old.images):
            self.log.emit(PromptEdited(prompt_id=prompt_id, text=text, images=images))

    def move_queued(self, prompt_id: str, before: str | None) -> None:
        """Put a waiting prompt in front of another, or last. Raises AlreadyDecided like ``edit_queued``."""
        self._queued(prompt_id)
        self.log.emit(PromptMoved(prompt_id=prompt_id, before=before))

    def steer_queued(self, prompt_id: str, steer: bool) -> None:
        """Send a waiting prompt into the running turn at its next step, or after the turn after all.

        Raises:
            AlreadyDecided: it has left the outbox.
            SessionBusy: no turn runs that it could go into.
        """
        waiting = self._queued(prompt_id)
        if steer and self.state.turn is None:
            raise SessionBusy("No turn runs here that it could go into.", hint="Enter sends what is held.")
        if steer != waiting.steer:
            self.log.emit(PromptSteered(prompt_id=prompt_id, steer=steer))

    def withdraw(self, prompt_id: str) -> Prompt:
        """Take a prompt out of the outbox and return it. Raises AlreadyDecided like ``edit_queued``."""
        prompt = self._queued(prompt_id)
        self.log.emit(PromptWithdrawn(prompt_id=prompt_id))
        return prompt

    def resume_queue(self) -> None:
        """Start the first waiting prompt, now or as soon as nothing runs."""
        self._go = True
        self._start()

    def carry_on(self) -> str:
        """Ask for the rest after a cut, an interrupt or a failure: sends CONTINUE before all that waits."""
        if self._task is not None:
            raise SessionBusy("A turn is running: there is nothing to continue.")
        prompt_id = new_id("prompt")
        first = self.state.outbox[0].prompt_id if self.state.outbox else None
        self.log.emit(PromptQueued(prompt_id=prompt_id, text=CONTINUE))
        if first is not None:
            self.log.emit(PromptMoved(prompt_id=prompt_id, before=first))
        self.resume_queue()
        return prompt_id

    # --- the running turn

    def interrupt(self) -> bool:
        """Stop the turn now. Returns whether there was one. What waits in the outbox stays there, held."""
        if self._task is None:
            return False
        self._go = False
        self._turn.compaction.forget()
        return self._task.cancel()

    def rerun(self, call_id: str, arguments: str | None = None) -> str:
        """Run a call again as a side call, which no model is told of; ``arguments``: others than ran, as JSON text.

        Returns the new call's id, at once; works while a turn runs and while none does.

        Raises:
            UsageError: there is no such call.
            SessionBusy: it has not ended yet.
        """
        return self.side_calls.run(call_id, arguments)

    def run_own(self, command: str) -> str:
        """Run a command of the person's own, which no model is told of, with the session's shell. The call's id.

        It is not asked about and not confined: it is what the person could as well type into a terminal.

        Raises:
            UsageError: there is nothing in it.
        """
        if not command.strip():
            raise UsageError("There is no command after the exclamation mark.", hint="Type one: !git status")
        arguments = {"command": command.strip(), "timeout": OWN_TIMEOUT, "unconfined": True}
        return self.side_calls.start("shell", json.dumps(arguments, ensure_ascii=False))

    def cancel_own(self) -> bool:
        """End the command of the person's own that was started last. Returns whether one was running."""
        own = [call for call in self.state.open_calls.values() if call.aside and not call.original]
        return bool(own) and self.cancel_call(own[-1].call_id)

    def cancel_call(self, call_id: str) -> bool:
        """End one call now; its turn goes on with that as the result. Returns whether it was running."""
        return self.side_calls.cancel(call_id) or self._executor.cancel(call_id)

    def stop(self) -> None:
        """Interrupt the turn, cancel what the person runs again and end its jobs: the program closes."""
        self.interrupt()
        if self._turn.guidance is not None:
            self._turn.guidance.stop()
        self.side_calls.stop()
        self.jobs.stop()

    def retry_now(self) -> None:
        """End the wait of a retry."""
        self._turn.step.hurry.set()
        self._turn.compaction.hurry()

    def decide(
        self,
        approval_id: str,
        decision: Decision,
        *,
        scope: Scope = "once",
        reason: str = "",
        arguments: str | None = None,
    ) -> None:
        """Answer an approval, with other ``arguments`` where they were edited. For "always" see ``allow_always``.

        Raises:
            AlreadyDecided: it is no longer open.
            UsageError: the arguments cannot run, or the scope cannot be chosen. The question stays open.
        """
        if scope == "always":
            raise UsageError("A rule has to be written first.")
        self._approvals.decide(approval_id, decision, scope=scope, reason=reason, arguments=arguments)

    async def allow_always(self, approval_id: str, rule: Rule | None = None) -> None:
        """Write a rule down (the suggested one, or ``rule``), and then allow the call.

        Raises:
            AlreadyDecided: the question is no longer open. A rule that was written by then stays.
            UsageError: no rule can say it, or it cannot be written (ConfigError). The question stays open.
        """
        self._approvals.still_open(approval_id)
        wanted = rule or self._approvals.suggestion(approval_id)
        if wanted is None:
            raise UsageError("No rule can say this.", hint="Allow it once, or for this session.")
        await self._rulings.add(wanted)
        self._approvals.decide(approval_id, "allow", scope="always", rule=wanted.text)

    def suggested_rule(self, approval_id: str) -> Rule | None:
        """What "always" would write for this approval; None where no rule can say it."""
        return self._approvals.suggestion(approval_id)

    def revoke(self, grant_id: str) -> None:
        """Take back what was allowed for this session. Raises AlreadyDecided where there is no such grant."""
        if grant_id not in self.state.grants:
            raise AlreadyDecided("This grant is gone already.")
        self.log.emit(GrantRevoked(grant_id=grant_id))

    def answer(self, question_id: str, text: str | None) -> None:
        """Answer a question of the agent's, with None that there will be no answer. The first answer counts.

        Raises:
            AlreadyDecided: it is no longer open.
            UsageError: the answer is empty.
        """
        self._questions.answer(question_id, text)

    async def rest(self) -> None:
        """Wait until no turn runs and nothing is about to start."""
        await self._resting.wait()

    # --- the context

    def compact(self, wish: str = "") -> None:
        """Let a summary take the place of what came before: now, or at the next step of the turn that runs.

        ``wish``: what the person wants to be kept in mind. How it went is in the log.

        Raises:
            UsageError: there is nothing to summarise, or it is being done already.
        """
        self._turn.compaction.want(wish)
        self._start()

    @property
    def compact_at(self) -> float:
        """The part of the window at which it is compacted by itself, 0 for never."""
        return self._turn.compaction.rules.compact_at

    def filling(self, window: int | None) -> Filling:
        """What the next request would hold."""
        return filling(self.state, self._turn.beside(), window)

    async def read_instructions(self) -> None:
        """Read the instruction files now instead of at the next turn."""
        if self._turn.guidance is not None:
            await self._turn.guidance.look()

    def change_system(self, system: str) -> None:
        """The next step is told it; "" for the usual system prompt."""
        if system.strip() != self.state.system:
            self.log.emit(SystemChanged(system=system.strip()))

    def put_away(self, turn_id: str) -> None:
        """The person has seen that this turn failed: it waits for them no longer. Raises AlreadyDecided."""
        turn = next((turn for turn in self.state.turns if turn.turn_id == turn_id), None)
        if turn is None or turn.outcome != "failed" or turn_id in self.state.put_away:
            raise AlreadyDecided("This turn waits for nobody.")
        self.log.emit(TurnPutAway(turn_id=turn_id))

    # --- what turns did to files

    async def changes(self, turn_id: str) -> tuple[FileChange, ...]:
        """What a turn changed. See ``Checkpoints.changes``."""
        return await self._checkpoints.changes(turn_id)

    async def undo(
        self, turn_id: str, paths: Iterable[str] | None = None, *, force: bool = False
    ) -> tuple[Undone, ...]:
        """Put files back as they were before a turn. See ``Checkpoints.undo``."""
        return await self._checkpoints.undo(turn_id, paths, force=force)

    async def redo(self, turn_id: str, paths: Iterable[str] | None = None) -> tuple[Undone, ...]:
        """Take an undo back. See ``Checkpoints.redo``."""
        return await self._checkpoints.redo(turn_id, paths)

    # --- the session itself

    def rename(self, title: str) -> None:
        """Raises UsageError for an empty title."""
        if not title.strip():
            raise UsageError("A title needs at least one letter.")
        self.log.emit(SessionRenamed(title=title.strip()))

    def archive(self, archived: bool = True) -> None:
        self.log.emit(SessionArchived(archived=archived))

    def change_model(self, model: str) -> None:
        """The next step uses it; a step that waits to be tried again does not wait any longer."""
        if model != self.state.model:
            self.log.emit(ModelChanged(model=model))
            self.retry_now()

    def change_effort(self, effort: Effort) -> None:
        """The next step uses it. "" leaves it to the model."""
        if effort != self.state.effort:
            self.log.emit(EffortChanged(effort=effort))

    def change_budget(self, limit: float | None) -> None:
        """What the session may cost in USD, None for no limit. A turn that the old one stopped has to be continued.

        Raises:
            UsageError: it is no amount.
        """
        if limit is not None and not 0 < limit < float("inf"):
            raise UsageError("A budget is more than nothing.", hint="/budget 5, or /budget off.")
        if limit != self.state.budget:
            self.log.emit(BudgetChanged(limit=limit))

    @property
    def mode(self) -> Mode:
        """How much runs unasked, before what the project's own rules narrow."""
        return self.state.mode or self._rulings.mode

    def change_mode(self, mode: Mode) -> None:
        """The next call is judged by it. A question that is open stays open."""
        if mode != self.mode:
            self.log.emit(ModeChanged(mode=mode))

    def _queued(self, prompt_id: str) -> Prompt:
        for prompt in self.state.outbox:
            if prompt.prompt_id == prompt_id:
                return prompt
        raise AlreadyDecided("This prompt has left the queue.", hint="It was sent or withdrawn.")

    def _start(self) -> None:
        if self._task is None and ((self._go and self.state.outbox) or self._turn.compaction.wanted):
            self._resting.clear()
            self._task = self._spawn(self._run())
            self._task.add_done_callback(self._rested)

    async def _run(self) -> None:
        """Turns until the outbox is empty, or one of them fails: then the rest is held."""
        await self._turn.compaction.as_wanted()
        while self._go and self.state.outbox:
            if await self._turn.run(self.state.outbox[0]) != "done":
                self._go = False
                return
            await self._turn.compaction.as_wanted()

    def _rested(self, task: asyncio.Task[None]) -> None:
        """A callback and not a ``finally``: a task that is cancelled before its first step runs neither."""
        self._task = None
        self._resting.set()
        self._start()
