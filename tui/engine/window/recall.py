"""What the notes say to models, read in the background: neither opening a session nor a step waits for a disk.

A step looks whether the files have changed, and takes what is known after a moment: a disk that hangs costs one step
that moment, and no later one.
"""

import asyncio
import logging
from collections.abc import Callable, Coroutine
from typing import Any

from tui.errors import PenstockError
from tui.tools.base import Bridge, Notebook, NoteScope

WAIT = 0.2
"""Seconds that a step waits for the notes before it goes without."""
BYTES = 4096
"""Of each scope's notes that a model is told; ``memory`` finds the others."""
_LONGEST = 1000
_HEAD = (
    "Notes from earlier sessions, the newest last. They are what was known and wished then; what the person says now "
    "stands above them."
)
_TITLES: dict[NoteScope, str] = {"person": "About the person", "project": "About this project"}

_log = logging.getLogger(__name__)


class Recall:
    """The notes of one workspace, as its models are told them."""

    def __init__(
        self, book: Notebook | None, bridge: Bridge, spawn: Callable[[Coroutine[Any, Any, None]], asyncio.Task[None]]
    ) -> None:
        self._book = book
        self._bridge = bridge
        self._spawn = spawn
        self._reading: asyncio.Task[None] | None = None
        self._waited_for: asyncio.Task[None] | None = None
        self._told = ""

    def start(self) -> None:
        """Begin to read, unless that is under way already."""
        if self._book is not None and (self._reading is None or self._reading.done()):
            self._reading = self._spawn(self._read(self._book))

    def stop(self) -> None:
        """Read no more: the workspace closes."""
        if self._reading is not None:
            self._reading.cancel()

    @property
    def known(self) -> str:
        """What ``told`` gave last."""
        return self._told

    async def told(self) -> str:
        """The notes as a piece of a model's instructions; empty where there are none, or none in time."""
        self.start()
        reading = self._reading
        if reading is not None and reading is not self._waited_for:
            self._waited_for = reading
            await asyncio.wait({reading}, timeout=WAIT)
        return self._told

    async def _read(self, book: Notebook) -> None:
        notes: dict[NoteScope, tuple[str, ...]] = {}
        for scope in _TITLES:
            try:
                notes[scope] = await self._bridge.run(book.read, scope)
            except (PenstockError, OSError, ValueError) as error:  # the person's file may be anything; memory says what
                _log.warning("notes for the %s are not told: %s", scope, error)
        self._told = told(notes)


def told(notes: dict[NoteScope, tuple[str, ...]]) -> str:
    """Notes by scope as text for a model: the newest that there is room for."""
    pieces = []
    for scope, mine in notes.items():
        kept = _newest(mine)
        if kept:
            more = len(mine) - len(kept)
            left = [f"({more} older ones are not shown here: memory searches them.)"] if more else []
            pieces.append("\n".join([f"{_TITLES[scope]}:", *left, *kept]))
    return "\n\n".join([_HEAD, *pieces]) if pieces else ""


def _newest(notes: tuple[str, ...]) -> list[str]:
    kept, room = list[str](), BYTES
    for note in reversed(notes):
        line = f"- {note if len(note) <= _LONGEST else note[:_LONGEST] + '…'}"
        room -= len(line.encode("utf-8", "replace")) + 1
        if room < 0:
            break
        kept.append(line)
    return kept[::-1]
