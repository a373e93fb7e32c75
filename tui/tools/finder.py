"""The search itself, as a program of its own, run by ``tui.tools.search`` through the door for children.

A regular expression can run for ever, and Python lets nothing else run while it does: here it can be stopped, and
the screen stays alive. Standard library alone, so that it starts in the time of a bare Python; as a program it
imports nothing of ours. Links to folders are not followed, and folders of SKIPPED are passed by unless ``everything``
is asked for: they hold what others made, and are said.

``finder.py QUERY``, where QUERY is JSON, writes one JSON object: ``{"lines": [...], "more": N, "folders": [...],
"large": [...]}``, N being how many are known beyond them, and the rest what was not looked at; or ``{"error": "..."}``.
"""

import json
import os
import re
import stat
import sys
from collections.abc import Collection, Iterable, Iterator
from typing import Any

MAX_COLUMNS = 400
MAX_FILE_BYTES = 5_000_000
SKIPPED = frozenset(
    (
        ".git", ".hg", ".svn", "node_modules", ".venv", "venv", "__pycache__", ".tox", ".nox", ".mypy_cache",
        ".ruff_cache", ".pytest_cache",
    )
)  # fmt: skip
"""Folders of dependencies, caches and histories, by their names. Only such as are surely nobody's own work."""
_PASSED_BY = 200_000
"""Entries of a tree that are looked through for what a search does not look at."""
_CLASS = re.compile(r"\[(!?)(\]?[^\]/]*)\]")
_ODD = re.compile(r"[\x00-\x1f\x7f]")


def answer(query: dict[str, Any]) -> dict[str, Any]:
    """What ``query`` asks for: ``find`` is ``"files"`` or ``"lines"``, ``most`` the number after which it stops."""
    try:
        names_only, place, most = query["find"] == "files", query["place"], query["most"]
        wanted = glob_pattern(query["glob"], anywhere=not names_only) if query["glob"] else None
        skipped = frozenset() if query.get("everything") else SKIPPED
        if names_only:
            found = newest(place, walk(place, skipped), wanted)
        else:
            pattern = re.compile(query["pattern"], re.IGNORECASE if query["ignore_case"] else 0)
            names = query["names"] if query["names"] is not None else walk(place, skipped)
            found = matches(place, names, wanted, pattern, most + 1)
        told = {"folders": [], "large": []} if query.get("one") else passed_by(place, skipped, wanted, names_only)
        return {"lines": found[:most], "more": max(0, len(found) - most), **told}
    except (re.error, OverflowError, RecursionError) as error:
        return {"error": str(error) or type(error).__name__}


def walk(place: str, skipped: Collection[str] = SKIPPED) -> Iterator[str]:
    """The names of all regular files below a folder, in the order of their parts."""
    stack = [iter(_entries(place, ""))]
    while stack:
        for name, is_folder in stack[-1]:
            if not is_folder:
                yield name
            elif name.rpartition("/")[2] not in skipped:
                stack.append(iter(_entries(place, f"{name}/")))
                break
        else:
            stack.pop()


def passed_by(
    place: str, skipped: Collection[str], wanted: re.Pattern[str] | None, names_only: bool
) -> dict[str, list[str]]:
    """What a search does not look at: names of folders, each once, and files that are too large.

    Looked for in the first _PASSED_BY entries, however the search itself went: it says the same with ripgrep.
    """
    folders: set[str] = set()
    large: list[str] = []
    left, todo = _PASSED_BY, [""]
    while todo and left > 0:
        deeper: list[str] = []
        for name, is_folder in _entries(place, todo.pop()):
            left -= 1
            last = name.rpartition("/")[2]
            if is_folder and last in skipped:
                folders.add(last)
            elif is_folder:
                deeper.append(f"{name}/")
            elif not names_only and _is_large(os.path.join(place, name)) and (not wanted or wanted.fullmatch(name)):
                large.append(_plain(name))
        todo.extend(reversed(deeper))
    return {"folders": sorted(folders), "large": large}


def _is_large(path: str) -> bool:
    try:
        return os.lstat(path).st_size > MAX_FILE_BYTES
    except OSError:
        return False


def _entries(place: str, prefix: str) -> list[tuple[str, bool]]:
    try:
        with os.scandir(os.path.join(place, prefix)) as found:
            kinds = [(entry.name, entry.is_dir(follow_symlinks=False), entry) for entry in found]
            return sorted(
                (f"{prefix}{name}", is_folder)
                for name, is_folder, entry in kinds
                if is_folder or entry.is_file(follow_symlinks=False)
            )
    except OSError:  # no longer there, or not ours to read
        return []


def newest(place: str, names: Iterable[str], wanted: re.Pattern[str] | None) -> list[str]:
    """The names that match, the newest file first."""
    dated = []
    for name in names:
        if wanted is None or wanted.fullmatch(name):
            try:
                dated.append((-os.lstat(os.path.join(place, name)).st_mtime_ns, name))
            except OSError:
                continue
    return [_plain(name) for _, name in sorted(dated)]


def matches(
    place: str, names: Iterable[str], wanted: re.Pattern[str] | None, pattern: re.Pattern[str], most: int
) -> list[str]:
    """``name:number:text`` of every line that matches, in the order of the names, ``most`` at most."""
    lines: list[str] = []
    for name in names:
        if wanted is not None and not wanted.fullmatch(name):
            continue
        for number, text in enumerate(text_lines(os.path.join(place, name)), 1):
            if pattern.search(text):
                cut = text if len(text) <= MAX_COLUMNS else f"{text[:MAX_COLUMNS]} [...]"
                lines.append(f"{_plain(name)}:{number}:{cut}")
                if len(lines) >= most:
                    return lines
    return lines


def text_lines(path: str) -> list[str]:
    """A text file's lines; none for a binary, a huge or an unreadable one, or one that is no file."""
    try:
        facts = os.stat(path)
        if not stat.S_ISREG(facts.st_mode) or facts.st_size > MAX_FILE_BYTES:
            return []
        with open(path, "rb", opener=lambda name, flags: os.open(name, flags | os.O_NONBLOCK)) as file:
            data = file.read(MAX_FILE_BYTES + 1)
    except OSError:
        return []
    if not data or b"\0" in data:
        return []
    lines = data.decode("utf-8-sig", "replace").split("\n")
    if not lines[-1]:
        lines.pop()
    return [line.removesuffix("\r") for line in lines]


def glob_pattern(glob: str, *, anywhere: bool) -> re.Pattern[str]:
    """A glob as a regular expression for a whole name: ``*`` and ``?`` stay in one folder, ``**`` is any folders.

    ``anywhere``: a glob without a slash is for the last part of the name, in whatever folder.
    """
    glob = glob.removeprefix("./")
    parts = ["(?:[^/]+/)*" if anywhere and "/" not in glob else ""]
    depth, at = 0, 0
    while at < len(glob):
        rest = glob[at:]
        step = 1
        if rest.startswith("**/") and (at == 0 or glob[at - 1] == "/"):
            parts.append("(?:[^/]+/)*")
            step = 3
        elif rest == "**" and (at == 0 or glob[at - 1] == "/"):
            parts.append(".*")
            step = 2
        elif found := _CLASS.match(rest):
            inside = re.sub(r"([\\\[\]^&~|])", r"\\\1", found[2])
            parts.append(f"[{'^/' if found[1] else ''}{inside}]")
            step = found.end()
        elif rest[0] == "{" and "}" in rest:
            depth += 1
            parts.append("(?:")
        elif depth and rest[0] in ",}":
            depth -= rest[0] == "}"
            parts.append("|" if rest[0] == "," else ")")
        else:
            parts.append({"*": "[^/]*", "?": "[^/]"}.get(rest[0]) or re.escape(rest[0]))
        at += step
    return re.compile("".join(parts), re.DOTALL)


def _plain(name: str) -> str:
    """A name on one line, whatever characters it has."""
    return _ODD.sub(lambda odd: f"\\x{ord(odd[0]):02x}", name)


if __name__ == "__main__":
    sys.stdout.write(json.dumps(answer(json.loads(sys.argv[1]))))
