"""What one session lends to its running calls: a ToolContext for each, made here and nowhere else."""

from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path

from tui.engine.calls.delegation import Delegation
from tui.engine.calls.jobs import Jobs
from tui.engine.calls.output import LiveOutput
from tui.engine.calls.questions import Questions
from tui.engine.changes.checkpoints import Checkpoints
from tui.engine.log import Log
from tui.state import CallState
from tui.tools.base import Blobs, Bridge, FilesSeen, Kit, ToolContext


class Lender:
    """The lender of one session. ``questions`` is None where nobody can be asked."""

    def __init__(
        self,
        log: Log,
        *,
        background: Callable[[Awaitable[None]], None],
        bridge: Bridge,
        blobs: Blobs,
        kit: Kit,
        questions: Questions | None,
        delegation: Delegation,
        checkpoints: Checkpoints,
        jobs: Jobs,
    ) -> None:
        self._log = log
        self._background = background
        self._bridge = bridge
        self._blobs = blobs
        self._kit = kit
        self._questions = questions
        self._delegation = delegation
        self._checkpoints = checkpoints
        self._jobs = jobs
        self._files = FilesSeen()

    def lend(self, call: CallState, output: LiveOutput) -> ToolContext:
        """The context of one call."""
        state = self._log.state
        turn_id = call.turn_id or call.call_id  # a call that the person runs again is a turn of its own
        return ToolContext(
            cwd=Path(state.cwd),
            root=Path(state.root),
            call_id=call.call_id,
            files=self._files.aside() if call.aside else self._files,
            output=output.show,
            background=self._background,
            bridge=self._bridge,
            blobs=self._blobs,
            spool=output.spool,
            jobs=self._jobs,
            kit=self._kit,
            ask=partial(self._questions.ask, call.call_id) if self._questions is not None else None,
            delegate=partial(self._delegation.run, call.call_id, output.show),
            before_write=partial(self._checkpoints.before_write, turn_id, call.call_id),
            after_write=partial(self._checkpoints.after_write, turn_id, call.call_id),
        )
