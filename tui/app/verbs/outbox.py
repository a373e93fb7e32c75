"""The verbs of what waits to be sent."""

from tui.app.verbs.base import Group
from tui.errors import UsageError


class OutboxVerbs(Group):
    """On the focused session's outbox."""

    async def focus(self, rest: str) -> None:
        pane = self._screen.focused_pane
        if not pane.queue.items:
            raise UsageError("Nothing is queued here.", hint="What you send while a turn runs is.")
        pane.queue.focus()
