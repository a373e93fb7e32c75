"""Which files that git tracks were changed since a moment: one look at each, without git.

A command may change anything, and nobody says what. The kernel does: a file's time of change cannot be set. So after
a command the files that the repository's index names are looked at, in a thread and for ``SECONDS`` at the most: of a
repository that takes longer nothing is said. What others changed meanwhile is among them; new files are not.
"""

import os
import struct
import time
from collections.abc import Iterator
from pathlib import Path

SECONDS = 0.03
SLACK_NS = 10_000_000
"""A file's time is that of the kernel's last tick."""
_HEAD = struct.Struct(">4sLL")
_FIXED = 62
_AT_ONCE = 200


def changed_since(folder: Path, at_ns: int) -> tuple[str, ...]:
    """Absolute names, in order. ``at_ns`` as of ``time.time_ns``. None where there is no repository, or a big one."""
    deadline, since = time.perf_counter() + SECONDS, at_ns - SLACK_NS
    try:
        top, index = _place(folder)
        found = list[str]()
        for number, name in enumerate(_names(index.read_bytes())):
            if number % _AT_ONCE == 0 and time.perf_counter() > deadline:
                return ()
            path = os.path.join(top, os.fsdecode(name))
            if _is_changed(path, since):
                found.append(path)
    except (OSError, ValueError, struct.error):
        return ()
    return tuple(found)


def _place(folder: Path) -> tuple[str, Path]:
    """The top of the worktree, and its index. Raises OSError where there is none."""
    for top in (folder, *folder.parents):
        mark = top / ".git"
        if mark.is_dir():
            return str(top), mark / "index"
        if mark.is_file():
            return str(top), (top / mark.read_text().removeprefix("gitdir:").strip()) / "index"
    raise FileNotFoundError(folder)


def _names(data: bytes) -> Iterator[bytes]:
    """What an index of version 2 or 3 names. Raises ValueError for another."""
    mark, version, count = _HEAD.unpack_from(data)
    if mark != b"DIRC" or version not in (2, 3):
        raise ValueError(version)
    at = _HEAD.size
    for _ in range(count):
        begins = at + _FIXED + (2 if version == 3 and data[at + 60] & 0x40 else 0)
        ends = data.index(b"\0", begins)
        yield data[begins:ends]
        at += (ends - at + 8) & ~7


def _is_changed(path: str, since: int) -> bool:
    try:
        return os.lstat(path).st_ctime_ns >= since
    except OSError:  # gone: but since when, its folder may know
        try:
            return os.lstat(os.path.dirname(path)).st_mtime_ns >= since
        except OSError:
            return False
