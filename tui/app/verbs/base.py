"""The shape that the groups of verbs take: each knows the workspace screen and the program around it."""

from tui.app.keymap import way_to
from tui.app.screens.workspace import WorkspaceScreen
from tui.app.services import Program

TWICE = 2.0
"""Seconds in which a second escape or ctrl+c counts as the second."""


class Group:
    """Verbs whose actions begin with the same word: ``pane.zoom`` is ``zoom`` of the group "pane"."""

    def __init__(self, screen: WorkspaceScreen, program: Program) -> None:
        self._screen = screen
        self._program = program

    def _way(self, name: str) -> str:
        """What a sentence names for an action: its key as it is now, or its command."""
        return way_to(name, self._program.keymap)
