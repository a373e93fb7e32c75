"""Finds what got away from a command's process group: daemons, and whatever else made a session of its own.

Every program that a command starts inherits a variable of its environment that is that command's alone. Where there is
a /proc, all processes of this user that carry it are found, wherever they hang in the tree. What remains: a
program that starts with an emptied environment, or runs as another user, and everything on systems without /proc.
"""

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

MARK = "PENSTOCK_CALL"
"""The variable. Its value is made anew for each command."""
_PROC = Path("/proc")


def end_strays(mark: str, number: int) -> int:
    """Send a signal to all processes that carry ``mark``; how many there were. Reads all of /proc (blocking)."""
    found = 0
    for pid in strays(mark):
        with suppress(ProcessLookupError, PermissionError):
            os.kill(pid, number)
            found += 1
    return found


def strays(mark: str) -> Iterator[int]:
    """The processes that carry ``mark``; none where there is no /proc."""
    wanted = f"{MARK}={mark}".encode()
    with suppress(OSError), os.scandir(_PROC) as entries:
        for entry in entries:
            if entry.name.isdigit() and wanted in _environment(entry.path).split(b"\0"):
                yield int(entry.name)


def _environment(folder: str) -> bytes:
    try:
        with open(f"{folder}/environ", "rb") as file:
            return file.read()
    except OSError:  # not ours, or gone
        return b""
