"""What the policy must know of the disk: where names lead, which programs would be found, what git would run.

The only part of a judgement that looks at anything; it blocks, and is called in a thread. What cannot be looked at
is taken as it is written: the policy then judges the words alone.
"""

import os
import shutil
import stat
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

from tui.engine.policy.commands import all_names, folders
from tui.engine.policy.facts import Question
from tui.engine.policy.places import places_of
from tui.engine.policy.repositories import git_runs, is_git_folder
from tui.engine.policy.rules import RuleBook
from tui.engine.policy.shell_words import UNKNOWN
from tui.errors import ToolError
from tui.events import Mode
from tui.state import SessionState
from tui.tools.base import Confined, ToolSpec, resolve


def look(
    spec: ToolSpec,
    arguments: Mapping[str, Any],
    state: SessionState,
    book: RuleBook,
    *,
    confined: Confined = "no",
    mode: Mode | None = None,
) -> Question:
    """The whole question about one call of a session.

    Args:
        arguments: validated.
        confined: how commands run.
        mode: instead of the session's own.

    Raises:
        ToolError: an argument that should name a file cannot.
    """
    workspace, root, cwd, home = Path(state.workspace), Path(state.root), Path(state.cwd), home_folder()
    if root != workspace and spec.effect != "own" and not os.path.lexists(root / ".git"):
        raise ToolError(
            f"This session's worktree is gone: {root}. Nothing was run; the person can mend that with /worktrees."
        )
    rules = book.read(workspace)
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
        confined=confined,
        places=places_of(str(home), tuple(map(str, book.own))),
        workspace=None if root == workspace else workspace,
    )
    if question.command is not None:
        return _with_command(question)
    inside = next((path for path in map(str, question.paths) if _is_in_git(path)), "") if spec.effect == "write" else ""
    return replace(question, real=_own_rules(question), in_git=inside)


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
    names = all_names(script, cwd, home)
    real = {name: _real(name) for name in names}
    where = [real.get(folder, folder) for folder in folders(script, cwd, home)]
    heads = {command.words[0] for command in script.commands if command.words}
    return replace(
        question,
        real={**_own_rules(question), **real},
        local=frozenset(head for head in heads if _is_local(head, question.root, where)),
        odd=MappingProxyType({name: odd for name in names if (odd := _odd(name, folders_too="diff" in heads))}),
        git_runs=next(filter(None, map(git_runs, where)), "") if "git" in heads else "",
    )


def _own_rules(question: Question) -> dict[str, str]:
    """Where the project's files of rules lead."""
    return {path: _real(path) for path in question.rule_files}


def _is_in_git(path: str) -> bool:
    return any(is_git_folder(folder) for folder in Path(path).parents)


def _odd(name: str, *, folders_too: bool) -> str:
    """What a name stands for that is no ordinary file: reading it may wait for ever, or follow links."""
    if "\0" in name:
        return ""
    try:
        mode = os.stat(name).st_mode
    except (OSError, ValueError):
        return ""
    if stat.S_ISDIR(mode):
        return "a folder, in which it follows links" if folders_too else ""
    return "" if stat.S_ISREG(mode) else "no file but a pipe, a socket or a device"


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
    search = os.environ.get("PATH", os.defpath).split(os.pathsep)
    if not all(map(os.path.isabs, search)):  # an empty name, too, is the folder that a command is in
        return True
    found = shutil.which(head)
    if found is None:
        return False
    folder, name = os.path.split(found)
    ways = (found, os.path.realpath(found), f"{os.path.realpath(folder)}/{name}")
    return any(Path(way).is_relative_to(place) for way in ways for place in (root, *where))
