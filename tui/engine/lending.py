"""What one session lends to its running calls: a ToolContext for each, made here and nowhere else."""

from collections.abc import Awaitable, Callable
from pathlib import Path

from tui.engine.executor import LiveOutput
from tui.engine.log import Log
from tui.state import CallState
from tui.tools.base import Blobs, Bridge, FilesSeen, Kit, ToolContext


class Lender:
    """The lender of one session."""

    def __init__(
        self, log: Log, *, background: Callable[[Awaitable[None]], None], bridge: Bridge, blobs: Blobs, kit: Kit
    ) -> None:
        self._log = log
        self._background = background
        self._bridge = bridge
        self._blobs = blobs
        self._kit = kit
        self._files = FilesSeen()

    def lend(self, call: CallState, output: LiveOutput) -> ToolContext:
        """The context of one call."""
        state = self._log.state
        return ToolContext(
            cwd=Path(state.cwd),
            root=Path(state.workspace),
            call_id=call.call_id,
            files=self._files.aside() if call.original else self._files,
            output=output.show,
            background=self._background,
            bridge=self._bridge,
            blobs=self._blobs,
            kit=self._kit,
        )
