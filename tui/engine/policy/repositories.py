"""What git would run in a folder by the settings of the repositories there, found on the disk before git is.

Git obeys the settings of whatever repository it finds around a folder, and of those that are recorded inside it
(submodules). So all of them are looked at, from the folder up to the root of the disk, as git itself would read
them; what cannot be read whole counts as a program that would be run.
"""

import os
import re
import stat
from collections.abc import Iterator
from pathlib import Path

_KEYS = """fsmonitor external textconv pager program sshcommand command clean smudge process askpass editor hookspath
worktree helper gitproxy driver uploadpack promisor partialclone showsignature submodule"""
_RUNNING = re.compile(  # a setting may stand behind its heading, on the same line, and may have no value
    rf"(?:^|\])\s*(?:\[\s*(include\w*)|({'|'.join(_KEYS.split())})\s*(?:=\s*([^\n]*)|[#;]|$))",
    re.IGNORECASE | re.MULTILINE,
)
_MOST_CONFIG = 1_000_000
_MOST_INDEX = 100_000_000
_MOST_LINKS = 500
_LINK_MODE = (0o160000).to_bytes(4, "big")
_UNREAD = "settings that cannot be read whole"


class _Unreadable(Exception):
    """A file that git might read otherwise than it can be read here."""


def git_runs(folder: str) -> str:
    """What a repository around ``folder``, or one recorded in it, names that git may run; "" for nothing."""
    seen: set[str] = set()
    try:
        for place in (Path(folder), *Path(folder).parents):
            if found := _runs_in(place, seen):
                return found
    except _Unreadable:
        return _UNREAD
    return ""


def is_git_folder(folder: Path) -> bool:
    """Whether git would take it for a repository's own folder, whatever its name."""
    has = {name for name in ("HEAD", "objects", "refs", "commondir") if os.path.lexists(folder / name)}
    return "HEAD" in has and ("commondir" in has or len(has) == 3)


def _runs_in(place: Path, seen: set[str]) -> str:
    """What the repositories that begin at ``place`` would run, and those that are recorded in them."""
    for gitdir in _gitdirs(place):
        real = os.path.realpath(gitdir)
        if real in seen:
            continue
        seen.add(real)
        if len(seen) > _MOST_LINKS:
            raise _Unreadable
        found = _programs_of(gitdir, place)
        found = found or next(filter(None, (_runs_in(place / one, seen) for one in _links(gitdir))), "")
        if found:
            return found
    return ""


def _gitdirs(place: Path) -> Iterator[Path]:
    marker = place / ".git"
    if os.path.isdir(marker):
        yield marker
    elif text := _start_of(marker):
        yield place / text.removeprefix("gitdir:").lstrip(" ").rstrip("\r\n")
    if is_git_folder(place):
        yield place


def _programs_of(gitdir: Path, place: Path) -> str:
    common = _start_of(gitdir / "commondir").rstrip("\r\n")
    for folder in (gitdir, gitdir / common) if common else (gitdir,):
        for name in ("config", "config.worktree"):
            for found in _RUNNING.finditer(_start_of(folder / name)):
                heading, key, value = found.groups()
                if (key or "").lower() != "worktree" or not _leads_to(folder, value, place):
                    return heading or key
        if os.access(folder / "hooks" / "post-index-change", os.X_OK):
            return "the hook post-index-change"
    return ""


def _leads_to(gitdir: Path, value: str | None, place: Path) -> bool:
    """Whether a work tree, as a submodule's settings name it, is where it was found."""
    named = (value or "").strip().strip('"')
    return bool(named) and os.path.realpath(gitdir / named) == os.path.realpath(place)


def _links(gitdir: Path) -> Iterator[str]:
    """The folders that the index records as repositories of their own, and perhaps a few that it does not."""
    for index in (gitdir / "index", *gitdir.glob("sharedindex.*")):
        data = _bytes_of(index, _MOST_INDEX)
        at = data.find(_LINK_MODE)
        if at >= 0 and data[4:8] not in (b"\0\0\0\2", b"\0\0\0\3"):  # names are packed in later versions
            raise _Unreadable
        while at >= 0:
            for start in (at + 38, at + 40, at + 50, at + 52):  # by the length of hashes, and of flags
                name = data[start : start + 4096].partition(b"\0")[0]
                if (at - 36) % 8 == 0 and name:
                    yield os.fsdecode(name)
            at = data.find(_LINK_MODE, at + 1)


def _start_of(path: Path) -> str:
    return _bytes_of(path, _MOST_CONFIG).decode("utf-8-sig", "replace")


def _bytes_of(path: Path, most: int) -> bytes:
    """A file's contents, b"" where there is none. Raises _Unreadable for what is longer, or no file."""
    try:
        number = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except (OSError, ValueError):
        return b""
    with os.fdopen(number, "rb") as file:
        kind = os.fstat(number)
        if stat.S_ISDIR(kind.st_mode):
            return b""
        if not stat.S_ISREG(kind.st_mode) or kind.st_size > most:
            raise _Unreadable
        return file.read(most)
