"""Textual's way to the terminal, which takes the terminal again only where it had given it back.

Textual does so at every SIGCONT. Whoever was stopped from outside (``kill -STOP``), or is brought to the foreground
while it runs, then reads the keyboard twice, takes the raw terminal for the one to restore, and never ends.
"""

from typing import Any

from textual.drivers.linux_driver import LinuxDriver


class SteadyDriver(LinuxDriver):
    """See the module."""

    def _sigcont_application(self, *_: Any) -> None:
        if self._must_signal_resume:
            super()._sigcont_application()
        else:  # somebody may have written on the terminal meanwhile
            self._app.post_message(self.SignalResume())
