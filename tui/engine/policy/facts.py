"""The question that the policy answers: one call, and all that the verdict on it depends on. A value.

``tui.engine.policy.surroundings`` looks at the disk to fill it; the policy itself looks at nothing else.
"""

from collections.abc import Mapping
from dataclasses import field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from tui.engine.policy.places import PROJECT_FILE, Place
from tui.engine.policy.rules import Rules
from tui.engine.policy.shell_words import Script, read_script
from tui.events import GrantAdded, Mode
from tui.tools.base import Confined, ToolSpec
from tui.value import value


@value
class Question:
    """All that a verdict depends on.

    ``arguments`` are validated. ``named`` are the paths in them, absolute but as they were written; ``paths`` the same
    with symlinks resolved. ``real`` says where paths lead that a command's words name (``tui.engine.policy.commands``);
    ``workspace`` is where the rules are written, where that is not ``root``: of a session in a worktree of its own.
    ``local`` which programs of it are found inside the workspace, and ``git_runs`` what git would run there by its
    configuration, "" for nothing. ``odd`` says what names stand for that are no ordinary files, ``in_git`` which of the
    files would be changed inside a git folder of another name. ``confined``: how far a sandbox holds commands.
    """

    spec: ToolSpec
    arguments: Mapping[str, Any]
    root: Path
    cwd: Path
    home: Path
    named: tuple[str, ...] = ()
    paths: tuple[Path, ...] = ()
    grants: tuple[GrantAdded, ...] = ()
    rules: Rules = Rules()
    mode: Mode = "ask"
    confined: Confined = "no"
    places: tuple[Place, ...] = ()
    real: Mapping[str, str] = field(default_factory=dict)
    local: frozenset[str] = frozenset()
    git_runs: str = ""
    odd: Mapping[str, str] = field(default_factory=dict)
    in_git: str = ""
    workspace: Path | None = None

    @property
    def rule_files(self) -> tuple[str, ...]:
        """The project's files of rules: the one that holds, and that of a worktree, which would be merged into it."""
        roots = (self.root,) if self.workspace is None else (self.root, self.workspace)
        return tuple(f"{str(root).rstrip('/')}/{PROJECT_FILE}" for root in roots)

    def twins(self, path: str) -> tuple[str, ...]:
        """A path, and the same file in the workspace's own folder where it is one of a worktree."""
        if self.workspace is None or not Path(path).is_relative_to(self.root):
            return (path,)
        return path, str(self.workspace / Path(path).relative_to(self.root))

    @property
    def command(self) -> str | None:
        """The command line, for a tool that runs one."""
        found = self.arguments.get("command") if self.spec.effect == "run" else None
        return found if isinstance(found, str) else None

    @property
    def script(self) -> Script:
        return read_script(self.command or "")

    @property
    def effect(self) -> str:
        """What this call can do: less than its tool where it says so."""
        if self.spec.mild is not None:
            name, values = self.spec.mild
            if self.arguments.get(name) in values:
                return "own"
        return self.spec.effect


def hosts_of(question: Question) -> tuple[str, ...]:
    """The hosts of all addresses in the arguments; what is no address with a host is told as it stands."""
    hosts = []
    for name in question.spec.url_fields:
        found = question.arguments.get(name)
        for url in [found] if isinstance(found, str) else found or ():
            text = str(url)
            try:
                host = urlsplit(text if "://" in text else f"https://{text}").hostname
            except ValueError:
                host = None
            hosts.append(host or text)
    return tuple(dict.fromkeys(hosts))
