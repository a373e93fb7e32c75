"""Commands of the person's own and of a project's: Markdown files whose text becomes a prompt.

    ---
    description: Review what changed
    arguments: [FOLDER]
    ---
    Look at the changes in $1 and say what is wrong. $ARGUMENTS

The file's name is the command's: ``review.md`` is ``/review``. They lie in ``commands`` beside config.toml and in
``.penstock/commands`` of the workspace; where both have one of a name, the person's own is it. ``$ARGUMENTS`` is all
that was typed behind the name, ``$1`` to ``$9`` its words, quoted ones whole, and ``$$`` a dollar sign.
"""

import os
import re
import shlex
from pathlib import Path
from typing import Literal

from tui.disk_file import read_text
from tui.errors import ToolError, UsageError
from tui.value import value

Origin = Literal["yours", "project"]
FOLDER = "commands"
PROJECT_FOLDER = ".penstock/commands"
MOST_FILES = 200
MOST_BYTES = 100_000
_KEYS = ("description", "arguments")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
_PLACE = re.compile(r"\$(ARGUMENTS\b|[1-9]|\$)")


@value
class OwnCommand:
    """``problem`` is a sentence about a file that cannot be used; it is raised when the command is."""

    name: str
    path: str
    origin: Origin
    description: str = ""
    arguments: str = ""
    body: str = ""
    problem: str = ""

    @property
    def about(self) -> str:
        """What a list says of it."""
        said = self.problem or " ".join(part for part in (self.arguments, self.description) if part)
        return f"{said} ({self.whose})"

    @property
    def whose(self) -> str:
        return "the project's" if self.origin == "project" else "yours"

    def prompt(self, rest: str) -> str:
        """The prompt that it makes of what was typed behind its name.

        Raises:
            UsageError: its file cannot be used, or it says nothing.
        """
        if self.problem:
            raise UsageError(self.problem)
        try:
            words = shlex.split(rest)
        except ValueError:  # a quote that is open
            words = rest.split()

        def fill(found: re.Match[str]) -> str:
            name = found[1]
            if name == "$":
                return "$"
            if name == "ARGUMENTS":
                return rest
            return words[int(name) - 1] if int(name) <= len(words) else ""

        made = _PLACE.sub(fill, self.body).strip()
        if not made:
            raise UsageError(f"/{self.name} makes an empty prompt.", hint=f"{self.path} says what it is.")
        return f" {made}" if made.startswith(("!", "/")) else made


def is_name(name: str) -> bool:
    """Whether a command could have this name."""
    return _NAME.fullmatch(name) is not None


class OwnCommands:
    """The commands of one person and one workspace, read again where a folder or a file in it has changed."""

    def __init__(self, config: Path | None, workspace: Path) -> None:
        mine: tuple[tuple[Origin, Path], ...] = (("yours", config / FOLDER),) if config is not None else ()
        self._places: tuple[tuple[Origin, Path], ...] = (*mine, ("project", workspace / PROJECT_FOLDER))
        self._read: dict[str, tuple[tuple[int, int], OwnCommand]] = {}

    def all(self) -> list[OwnCommand]:
        """By their names. Blocks: it looks at the disk."""
        found: dict[str, OwnCommand] = {}
        kept: dict[str, tuple[tuple[int, int], OwnCommand]] = {}
        for origin, folder in self._places:
            for path, stamp in _files(folder):
                known = self._read.get(str(path))
                command = known[1] if known is not None and known[0] == stamp else read_command(path, origin)
                kept[str(path)] = (stamp, command)
                found.setdefault(command.name, command)
        self._read = kept
        return sorted(found.values(), key=lambda command: command.name)


def read_command(path: Path, origin: Origin) -> OwnCommand:
    """The command in a file; one that cannot be used says why."""
    name = path.stem

    def broken(why: str) -> OwnCommand:
        return OwnCommand(name=name, path=str(path), origin=origin, problem=f"{path} {why}")

    try:
        if path.stat().st_size > MOST_BYTES:
            return broken(f"is larger than the {MOST_BYTES:,} bytes that a command may have.")
        text = read_text(path).text
    except (ToolError, OSError) as error:
        return broken(f"cannot be read: {error}")
    head, body = _parted(text)
    said: dict[str, str] = {}
    for number, line in enumerate(head, 2):
        key, colon, told = line.partition(":")
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        if not colon or key.strip() not in _KEYS:
            return broken(f"line {number} is no '{_KEYS[0]}: ...' or '{_KEYS[1]}: ...'.")
        if key.strip() in said:
            return broken(f"line {number} says {key.strip()} a second time.")
        said[key.strip()] = told.strip().strip("\"'")
    if body is None:
        return broken("begins with --- and has no second one to end its heading.")
    if not body.strip():
        return broken("has no text: it would send nothing.")
    return OwnCommand(
        name=name,
        path=str(path),
        origin=origin,
        description=said.get("description", "") or _first_line(body),
        arguments=said.get("arguments", ""),
        body=body,
    )


def _parted(text: str) -> tuple[list[str], str | None]:
    """The heading's lines and the body, None where the heading has no end."""
    lines = text.splitlines()
    if not lines or lines[0].strip() != "---":
        return [], text
    for number, line in enumerate(lines[1:], 1):
        if line.strip() == "---":
            return lines[1:number], "\n".join(lines[number + 1 :])
    return [], None


def _first_line(body: str) -> str:
    line = next((line.strip().lstrip("# ") for line in body.splitlines() if line.strip()), "")
    return line if len(line) <= 60 else f"{line[:59]}…"


def _files(folder: Path) -> list[tuple[Path, tuple[int, int]]]:
    """The Markdown files of a folder with what tells that one has changed; none where there is no such folder."""
    found = []
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                path = Path(entry.path)
                if path.suffix == ".md" and is_name(path.stem) and len(found) < MOST_FILES:
                    facts = entry.stat()
                    found.append((path, (facts.st_mtime_ns, facts.st_size)))
    except OSError:
        return found
    return sorted(found)
