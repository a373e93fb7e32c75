"""Textual's way to the terminal, with what a program that stays open all day needs of it.

It takes the terminal again only where it had given it back. Textual does so at every SIGCONT: whoever was stopped
from outside (``kill -STOP``), or is brought to the foreground while it runs, then reads the keyboard twice, takes the
raw terminal for the one to restore, and never ends.

It asks for keys in their long form (``tui.app.long_keys``) and whether the terminal is dark or light
(``tui.app.themes.ground``), and leaves the mouse to it, so that the terminal itself selects text. All of it holds over
a suspension.
"""

import os
from time import monotonic
from typing import Any

from textual.drivers import linux_driver
from textual.drivers.linux_driver import LinuxDriver

from tui.app import long_keys
from tui.app.themes.ground import ASK, DEAF_TERMS, EXPECTED, FOLLOW, NO_MORE, AnswerParser

PUSH_TITLE, POP_TITLE = "\x1b[22;0t", "\x1b[23;0t"
NO_TITLE = "\x1b]0;\x07"
"""Where a terminal keeps no titles, the shell finds none rather than ours."""
setattr(linux_driver, "XTermParser", AnswerParser)  # noqa: B010 - it makes its own, in the thread that reads


class SteadyDriver(LinuxDriver):
    """See the module."""

    def __init__(self, *args: Any, **named: Any) -> None:
        super().__init__(*args, **named)
        self._follows = False
        self._title = ""
        self._running = False
        self._long_keys = os.environ.get("TERM", "") not in DEAF_TERMS

    def _sigcont_application(self, *_: Any) -> None:
        if self._must_signal_resume:
            super()._sigcont_application()
        else:  # somebody may have written on the terminal meanwhile
            self._app.post_message(self.SignalResume())

    def start_application_mode(self) -> None:
        super().start_application_mode()
        self._running = self._writer_thread is not None
        if self._long_keys and self._running:
            self.write(long_keys.ON)
            self.flush()
        if self._follows and self._running:
            self._ask()
        if self._title and self._running:
            self.write(PUSH_TITLE + self._title)

    def stop_application_mode(self) -> None:
        if self._long_keys and self._running:
            self.write(long_keys.OFF)
        if self._follows and self._running:
            self.write(NO_MORE)
        if self._title and self._running:
            self.write(NO_TITLE + POP_TITLE)
        self._running = False
        super().stop_application_mode()

    def follow_ground(self, follows: bool) -> None:
        """Ask for the terminal's background now, and to be told when it changes; or no more."""
        if os.environ.get("TERM", "") in DEAF_TERMS or not self.input_tty:
            return
        before, self._follows = self._follows, follows
        if self._running and follows:
            self._ask()
        elif self._running and before:
            self.write(NO_MORE)
            self.flush()

    def take_mouse(self, takes: bool) -> None:
        """Have the mouse reported, or leave it to the terminal."""
        if takes:
            self._mouse = True
            self._enable_mouse_support()
            if self._mouse_pixels:
                self._enable_mouse_pixels()
        else:
            self._disable_mouse_support()
            self._mouse = False  # also after a suspension

    def show_title(self, sequence: str) -> None:
        """Set the title of window and tab, by a sequence, until the program ends or is suspended."""
        if os.environ.get("TERM", "") not in DEAF_TERMS:
            before, self._title = self._title, sequence
            self.tell(sequence if before else PUSH_TITLE + sequence)

    def tell(self, sequence: str) -> None:
        """Write a sequence between two frames; nothing while the terminal is not ours."""
        if self._running and sequence:
            self.write(sequence)
            self.flush()

    def _ask(self) -> None:
        AnswerParser.expected_until = monotonic() + EXPECTED
        self.write(f"{FOLLOW}{ASK}")
        self.flush()
