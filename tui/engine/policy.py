"""Whether a call may run: allow, ask or deny. A pure function of the call, the folder and the grants.

Reading inside the workspace folder runs unasked. Everything else asks, unless the person granted it for
this session. A grant is one tool and one pattern: the exact text of a command, a path, or a
folder followed by ``/**``. What the pattern would be is part of every question, so that the
person knows what "this session" means before choosing it.
"""

from collections.abc import Iterable
from pathlib import Path
from typing import Any, Literal

from tui.events import GrantAdded
from tui.tools.base import ToolSpec
from tui.value import value

Action = Literal["allow", "ask", "deny"]

_BELOW = "/**"


@value
class Verdict:
    """``why`` is a sentence for the person; ``pattern`` is what a grant for this session would hold."""

    action: Action
    why: str
    pattern: str = ""


def judge(
    spec: ToolSpec, arguments: dict[str, Any], paths: tuple[Path, ...], root: Path, grants: Iterable[GrantAdded]
) -> Verdict:
    """The verdict on one call.

    Args:
        arguments: validated arguments.
        paths: the files that the arguments name, absolute, symlinks resolved.
        root: the workspace folder, resolved.
    """
    if spec.effect == "own":
        return Verdict(action="allow", why="It only asks you.")
    inside = bool(paths) and all(_within(path, root) for path in paths)
    if spec.effect == "read" and inside:
        return Verdict(action="allow", why="Reading inside the workspace folder runs unasked.")
    pattern = _pattern(spec, arguments, paths, root if inside else None)
    if any(_covers(grant, spec, pattern, paths) for grant in grants):
        return Verdict(action="allow", why=f"You allowed {spec.name} {pattern} for this session.", pattern=pattern)
    return Verdict(action="ask", why=_why(spec, paths, root), pattern=pattern)


def _pattern(spec: ToolSpec, arguments: dict[str, Any], paths: tuple[Path, ...], root: Path | None) -> str:
    if spec.effect == "run":
        return str(arguments.get("command", ""))
    if root is not None:
        return f"{str(root).rstrip('/')}{_BELOW}"
    if len(paths) != 1 or str(paths[0]).endswith(_BELOW):  # a file of that name would stand for a whole folder
        return ""
    return str(paths[0])


def _covers(grant: GrantAdded, spec: ToolSpec, pattern: str, paths: tuple[Path, ...]) -> bool:
    if grant.tool != spec.name or not grant.pattern:
        return False
    if grant.pattern == pattern:
        return True
    if spec.effect == "run" or not grant.pattern.endswith(_BELOW) or not paths:  # a command is never a pattern
        return False
    return all(_within(path, Path(grant.pattern.removesuffix(_BELOW) or "/")) for path in paths)


def _why(spec: ToolSpec, paths: tuple[Path, ...], root: Path) -> str:
    outside = [str(path) for path in paths if not _within(path, root)]
    match spec.effect:
        case "read":
            where = f"outside the workspace folder: {', '.join(outside)}" if paths else "what it does not name"
            return f"It reads {where}."
        case "write":
            where = f", outside the workspace folder: {', '.join(outside)}" if outside else ""
            return f"It changes files{where}."
        case _:
            return "It runs a command with your rights."


def _within(path: Path, root: Path) -> bool:
    return path == root or path.is_relative_to(root)
