"""Files that hold sessions: where they are, which program wrote them, and what they hold. Reads only.

Blocking: for a thread. What cannot be read is a sentence and no exception, so that one odd file in a folder does not
keep the others out.
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from tui.store.imports import claude_code, codex, own
from tui.store.imports.lines import File, read, text_of
from tui.store.imports.own import Archive
from tui.store.imports.story import Story

USUAL = ("~/.claude/projects", "~/.codex/sessions")
"""Where the other programs keep their sessions."""
_HEAD = 64 * 1024
MOST = 1024**3
"""Bytes of a session's files. They are read as a whole, and take a few times as much memory."""


@dataclass(slots=True)
class Found:
    """What one file holds: an archive of ours, or stories; ``problem`` says why neither."""

    name: str
    archive: Archive | None = None
    stories: list[Story] = field(default_factory=list)
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A file that may be imported, for a list to choose from."""

    path: Path
    program: str
    size: int
    changed_at: float
    words: str


def files_in(path: Path) -> list[Path]:
    """The file itself; of a folder all ``.jsonl`` in it, at any depth, but for sub-agents that come with others."""
    if not path.is_dir():
        return [path]
    names = [Path(where, name) for where, _, names in os.walk(path) for name in names if name.endswith(".jsonl")]
    return sorted(name for name in names if name.is_file() and not _comes_with_another(name))


def read_file(path: Path) -> Found:
    """What a file holds, with the files beside it that belong to it."""
    try:
        if not path.is_file() and path.exists():
            return Found(str(path), problem="It is no plain file.")
        if sum(each.stat().st_size for each in (path, *_beside(path))) > MOST:
            return Found(str(path), problem=f"It is larger than {MOST // 1024**2:,} MB.")
        data = path.read_bytes()
        beside = [read(str(each), each.read_bytes()) for each in _beside(path)]
    except OSError as error:
        return Found(str(path), problem=f"It cannot be read: {error.strerror}.")
    return read_bytes(str(path), data, beside)


def read_bytes(name: str, data: bytes, beside: list[File] | None = None) -> Found:
    """What these bytes hold, whoever wrote them."""
    file = read(name, data)
    if own.is_ours(file):
        archive = own.read_archive(file)
        return Found(name, archive if archive.sessions else None, problem="" if archive.sessions else _NOTHING)
    if claude_code.is_ours(file):
        stories = claude_code.read_session(file, beside or ())
    elif codex.is_ours(file):
        stories = codex.read_session(file)
    else:
        problem = "It is empty." if not file.lines else _UNKNOWN
        return Found(name, problem=problem)
    stories = [story for story in stories if story.items]
    return Found(name, stories=stories, problem="" if stories else _NOTHING)


def candidates(folders: Iterator[Path] | list[Path]) -> list[Candidate]:
    """What there is to choose from, the last changed first. Only the beginning of each file is read."""
    found = [each for folder in folders for path in files_in(folder) if (each := _candidate(path)) is not None]
    return sorted(found, key=lambda each: -each.changed_at)


_UNKNOWN = "No session is known in it. JSON lines (.jsonl) are read: ours, of Claude Code and of Codex CLI."
_NOTHING = "Nothing in it can be read as a session."


def _candidate(path: Path) -> Candidate | None:
    try:
        facts = path.stat()
        with path.open("rb") as stream:
            head = stream.read(_HEAD)
    except OSError:
        return None
    head = head if len(head) < _HEAD else head.rpartition(b"\n")[0]
    file = read(str(path), head)
    for program, is_ours in (("codex", codex.is_ours), ("claude-code", claude_code.is_ours), ("penstock", own.is_ours)):
        if is_ours(file):
            return Candidate(path, program, facts.st_size, facts.st_mtime, _first_words(file, program))
    return None


def _first_words(file: File, program: str) -> str:
    """The beginning of the first prompt, where it stands early in the file."""
    if program == "penstock":
        titles = (line.value for line in file.lines if line.value and line.value.get("kind") == "SessionOpened")
        opened = next((value["event"] for value in titles if isinstance(value.get("event"), dict)), {})
        return text_of(opened.get("title"))
    stories = codex.read_session(file) if program == "codex" else claude_code.read_session(file)
    texts = (text_of(getattr(item, "text", "")) for story in stories for item in story.items)
    return next((" ".join(text.split())[:200] for text in texts if text.strip()), "")


def _beside(path: Path) -> list[Path]:
    """Files of the sub-agents of a Claude Code session."""
    within = path.parent / path.stem / "subagents"
    apart = [each for each in path.parent.glob("agent-*.jsonl") if path.stem == _session_of(each)]
    found = [*(within.glob("*.jsonl") if within.is_dir() else ()), *apart]
    return sorted(each for each in found if each.is_file())


def _comes_with_another(path: Path) -> bool:
    if path.parent.name == "subagents":
        return path.parent.parent.with_suffix(".jsonl").exists()
    return path.name.startswith("agent-") and (path.parent / f"{_session_of(path)}.jsonl").exists()


def _session_of(path: Path) -> str:
    """The session that a sub-agent's file names in its first line."""
    if not path.is_file():
        return ""
    try:
        with path.open("rb") as stream:
            file = read(str(path), stream.readline(4 * _HEAD))
    except OSError:
        return ""
    value = file.lines[0].value if file.lines else None
    return text_of(value.get("sessionId")) if value else ""
