"""Who runs a session: one process at a time, by a lock on a file of the session's own.

The kernel lets go of the lock when its process ends, however it ends: there is nothing to clean up after a
crash and no stale owner to judge. The file's content (the owner's pid) is for the sentence only.
"""

import fcntl
import os
import time
from pathlib import Path
from urllib.parse import quote

from tui.errors import SessionHeld, StoreError

_TRIES, _PAUSE = 5, 0.002
"""Whoever asks for the ``holder`` of a free session has its lock for an instant: that is no owner."""


class Owner:
    """The sessions that this store, in this process, has claimed. ``folder`` holds the lock files."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._held: dict[str, int] = {}

    def claim(self, session_id: str) -> None:
        """Become the session's owner; nothing happens when it is ours already.

        Raises:
            SessionHeld: another process owns it.
            StoreError: the lock file cannot be made.
        """
        if session_id in self._held:
            return
        path = self._path(session_id)
        try:
            self._folder.mkdir(mode=0o700, exist_ok=True)
            self._held[session_id] = _lock_patiently(path)
        except BlockingIOError:
            pid = _pid(path)
            who = f"process {pid}" if pid else "another process"
            raise SessionHeld(
                f"Session {session_id} is run by {who}.", hint="Close it there, or end that process.", pid=pid
            ) from None
        except OSError as error:
            raise StoreError(
                f"The session's lock {path} cannot be made: {error.strerror}.", hint="Make its folder writable."
            ) from error

    def release(self, session_id: str) -> None:
        """Let go of a session; nothing happens when it is not ours."""
        descriptor = self._held.pop(session_id, None)
        if descriptor is not None:
            self._path(session_id).unlink(missing_ok=True)  # before the lock goes: see _lock
            os.close(descriptor)

    def release_all(self) -> None:
        for session_id in list(self._held):
            self.release(session_id)

    def holder(self, session_id: str) -> int | None:
        """The pid of the process that owns the session now (0: it did not say), None when nobody does."""
        if session_id in self._held:
            return os.getpid()
        path = self._path(session_id)
        try:
            descriptor = os.open(path, os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC)
        except OSError:
            return None
        try:
            fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return _pid(path)
        finally:
            os.close(descriptor)
        return None

    def _path(self, session_id: str) -> Path:
        return self._folder / f"{quote(session_id, safe='')}.lock"


def _lock_patiently(path: Path) -> int:
    for tries_left in reversed(range(_TRIES)):
        try:
            return _lock(path)
        except BlockingIOError:
            if not tries_left:
                raise
            time.sleep(_PAUSE)
    raise AssertionError("the last try returns or raises")


def _lock(path: Path) -> int:
    """A descriptor that holds the lock.

    The last owner unlinks the file while it still holds the lock. Who waited with the old file open would
    then lock a file that nobody else can find: so the name is looked up again, and on a difference the lock retried.
    """
    while True:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if _is_still(path, descriptor):
                os.ftruncate(descriptor, 0)
                os.pwrite(descriptor, str(os.getpid()).encode(), 0)
                return descriptor
        except BaseException:
            os.close(descriptor)
            raise
        os.close(descriptor)


def _is_still(path: Path, descriptor: int) -> bool:
    try:
        return os.path.samestat(os.fstat(descriptor), path.lstat())
    except FileNotFoundError:
        return False


def _pid(path: Path) -> int:
    try:
        return int(path.read_text(encoding="ascii"))
    except (OSError, ValueError):
        return 0
