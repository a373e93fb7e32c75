"""Whether anybody has the store open: a lock that all who use it share, and that who replaces its file holds alone.

The kernel lets go of it when a process ends, however it ends. What is locked is the folder: the store's file itself
is replaced, and closing a descriptor of it would drop SQLite's locks; a file for the lock would be one more to explain.
"""

import fcntl
import os
import time
from pathlib import Path

from tui.errors import StoreError
from tui.store.care import swap

_TRIES, _PAUSE = 20, 0.05


class Presence:
    """Made by ``enter`` or ``alone``; ends with ``leave``."""

    def __init__(self, descriptor: int | None) -> None:
        self._descriptor = descriptor

    @classmethod
    def enter(cls, path: Path) -> "Presence":
        """Use the store together with others, after the file that was to take its place has taken it.

        Raises:
            StoreError: somebody is replacing its file, and is not done within a second.
        """
        try:
            descriptor = _open(path)
        except OSError:  # a folder that cannot be written: opening the store says so
            return cls(None)
        try:
            if swap.ready(path).exists() and _take(descriptor, fcntl.LOCK_EX, 1):
                swap.finish(path)
            if not _take(descriptor, fcntl.LOCK_SH, _TRIES):
                raise StoreError(
                    "The store is being repaired, redacted or pruned by another process.",
                    hint="Start again when that is done.",
                )
        except BaseException:
            os.close(descriptor)
            raise
        return cls(descriptor)

    @classmethod
    def alone(cls, path: Path) -> "Presence":
        """Have the store to oneself: nobody has it open, and nobody can open it.

        Raises:
            StoreError: another process has it open, or its folder cannot be written.
        """
        try:
            descriptor = _open(path)
        except OSError as error:
            raise StoreError(
                f"{path.parent} cannot be written: {error.strerror}.", hint="Make it writable first."
            ) from error
        if not _take(descriptor, fcntl.LOCK_EX, 2):
            os.close(descriptor)
            raise StoreError("Another Penstock has the store open.", hint="Leave it there, and try again.")
        swap.finish(path)
        return cls(descriptor)

    def leave(self) -> None:
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None


def _open(path: Path) -> int:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    return os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)


def _take(descriptor: int, how: int, tries: int) -> bool:
    for tries_left in reversed(range(tries)):
        try:
            fcntl.flock(descriptor, how | fcntl.LOCK_NB)
        except BlockingIOError:
            if tries_left:
                time.sleep(_PAUSE)
        else:
            return True
    return False
