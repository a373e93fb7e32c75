"""What the policy must know of the disk: where names lead, which programs would be found, what git would run.

The only part of a judgement that looks at anything; it blocks, and is called in a thread. What cannot be looked at
is taken as it is written: the policy then judges the words alone.
"""

import os
import re
import shutil
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from tui.engine.commands import all_names, folders
from tui.engine.facts import Question
from tui.engine.places import places_of
from tui.engine.rules import RuleBook
from tui.engine.shell_words import UNKNOWN
from tui.errors import ToolError
from tui.events import Mode
from tui.state import SessionState
from tui.tools.base import ToolSpec, resolve

_RUNNING = re.compile(
    r"^\s*(?:\[\s*(include\w*)|(fsmonitor|external|textconv|pager|program|sshcommand|command|clean|smudge|process|askpass"
    r"|editor|hookspath|worktree|helper|gitproxy|driver)\s*=)",
    re.IGNORECASE | re.MULTILINE,
)
_MOST_CONFIG = 200_000


def look(
    spec: ToolSpec,
    arguments: Mapping[str, Any],
    state: SessionState,
    book: RuleBook,
    *,
    sandboxed: bool = False,
    mode: Mode | None = None,
) -> Question:
    """The whole question about one call of a session.

    Args:
        arguments: validated.
        mode: instead of the session's own.

    Raises:
        ToolError: an argument that should name a file cannot.
    """
    root, cwd, home = Path(state.workspace), Path(state.cwd), home_folder()
    rules = book.read(root)
    named = _named(spec, arguments)
    question = Question(
        spec=spec,
        arguments=arguments,
        root=root,
        cwd=cwd,
        home=home,
        named=tuple(os.path.normpath(cwd / Path(text)) for _, text in named),
        paths=tuple(_resolved(field, text, cwd) for field, text in named),
        grants=tuple(state.grants.values()),
        rules=rules,
        mode=rules.narrowed(mode or state.mode),
        sandboxed=sandboxed,
        places=places_of(str(home), tuple(map(str, book.own))),
    )
    return question if question.command is None else _with_command(question)


def as_written(question: Question, arguments: Mapping[str, Any]) -> Question:
    """The question about other arguments, without a look at the disk. Raises ToolError as ``look``."""
    named = [text for _, text in _named(question.spec, arguments)]
    if any("\0" in text for text in named):
        raise ToolError("a path cannot hold a NUL byte.")
    paths = tuple(os.path.normpath(question.cwd / Path(text)) for text in named)
    return replace(question, arguments=arguments, named=paths, paths=tuple(map(Path, paths)), real={})


def home_folder() -> Path:
    return Path(os.path.realpath(os.path.expanduser("~")))


def _named(spec: ToolSpec, arguments: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The arguments that name files, with ``~`` put in."""
    found = []
    for field in spec.path_fields:
        given = arguments.get(field)
        for text in given if isinstance(given, (list, tuple)) else [given]:
            written = str(text or ".")
            found.append((field, os.path.expanduser(written) if written.startswith("~") else written))
    return found


def _resolved(field: str, text: str, cwd: Path) -> Path:
    try:
        return resolve(f"./{text}" if text.startswith("~") else text, cwd)
    except (ValueError, OSError) as error:
        raise ToolError(f"{field} is not a usable path: {error}.") from error


def _with_command(question: Question) -> Question:
    script, cwd, home = question.script, str(question.cwd), str(question.home)
    real = {name: _real(name) for name in all_names(script, cwd, home)}
    where = [real.get(folder, folder) for folder in folders(script, cwd, home)]
    heads = {command.words[0] for command in script.commands if command.words}
    return replace(
        question,
        real=real,
        local=frozenset(head for head in heads if _is_local(head, question.root, where)),
        git_runs=next(filter(None, map(git_runs, where)), "") if "git" in heads else "",
    )


def _real(name: str) -> str:
    if UNKNOWN in name or "\0" in name:
        return os.path.normpath(name)
    try:
        return os.path.realpath(name)
    except (OSError, ValueError):
        return os.path.normpath(name)


def _is_local(head: str, root: Path, where: list[str]) -> bool:
    """Whether PATH leads to a program of that name inside the workspace, or in a folder that the command is in."""
    if "/" in head or UNKNOWN in head or "\0" in head:
        return False
    found = shutil.which(head)
    if found is None or not os.path.isabs(found):
        return found is not None
    return any(Path(found).is_relative_to(place) for place in (root, *where))


def git_runs(folder: str) -> str:
    """Which setting of the repository around ``folder`` names a program that git may run; "" for none."""
    for place in (Path(folder), *Path(folder).parents):
        gitdir = _gitdir(place)
        if gitdir is not None:
            return _programs_of(gitdir)
    return ""


def _gitdir(place: Path) -> Path | None:
    marker = place / ".git"
    if marker.is_dir():
        return marker
    if marker.is_file():
        text = _start_of(marker)
        return place / text.removeprefix("gitdir:").strip() if text.startswith("gitdir:") else marker
    bare = all((place / name).exists() for name in ("HEAD", "objects", "refs"))
    return place if bare else None


def _programs_of(gitdir: Path) -> str:
    common = _start_of(gitdir / "commondir").strip()
    places = [gitdir, gitdir / common] if common else [gitdir]
    for place in places:
        for name in ("config", "config.worktree"):
            if found := _RUNNING.search(_start_of(place / name)):
                return next(filter(None, found.groups()))
        if os.access(place / "hooks" / "post-index-change", os.X_OK):
            return "the hook post-index-change"
    return ""


def _start_of(path: Path) -> str:
    try:
        with open(path, "rb") as file:
            return file.read(_MOST_CONFIG).decode("utf-8", "replace")
    except OSError:
        return ""
