"""A modal screen that may be closed at any moment, also while it opens, reads or is taken apart.

Textual takes a screen apart from its leaves up: its workers and timers go on for some turns of the loop after its
widgets have gone, and what they look for is no longer there. Here they end first.
"""

from typing import TypeVar

from textual.await_complete import AwaitComplete
from textual.screen import ModalScreen
from textual.worker import NoActiveWorker, get_current_worker

V = TypeVar("V")


class Overlay(ModalScreen[V]):
    """As ModalScreen. A worker of its own that closes it is not cancelled by that and goes on to its end."""

    _dismissed = False
    _late: tuple[V | None] | None = None
    """What it is to be closed with as soon as it is in front again."""

    def dismiss(self, result: V | None = None) -> AwaitComplete:
        """Close it with ``result``, once: closing what is closed already does nothing."""
        if self._dismissed:
            return AwaitComplete.nothing()
        if not self.is_mounted:  # its widgets are still coming, and their first handlers want to find them
            self.call_next(self._close, result)
            return AwaitComplete.nothing()
        if not self.is_current:  # Textual would close the one that stands over it
            self._late = (result,)
            return AwaitComplete.nothing()
        self._dismissed = True
        self._end_what_runs()
        return super().dismiss(result)

    def on_screen_resume(self) -> None:
        if self._late is not None and not self._dismissed:
            self.call_next(self._close, self._late[0])

    def _close(self, result: V | None) -> None:
        self.dismiss(result)  # not awaited: Textual waits for the screen's own handler to end

    def _end_what_runs(self) -> None:
        try:
            current = get_current_worker()
        except NoActiveWorker:
            current = None
        for worker in list(self.workers):
            if worker.node is self and worker is not current:
                worker.cancel()
        for timer in list(self._timers):
            timer.stop()
