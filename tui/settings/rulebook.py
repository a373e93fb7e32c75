"""Rules in files: the person's in config.toml, and a project's own in ``.penstock.toml`` at the workspace folder.

    [policy]
    mode = "ask"                       # or "read-only", "accept-edits", "autonomous"
    [[policy.rules]]
    action = "allow"                   # or "ask", "deny"
    tool = "shell"                     # a tool's name; every tool where it is left out
    command = "cargo test"             # or path = "docs/**", or domain = "example.com"; exact = true for no more words

A project's file only narrows: its allow rules are ignored, and said to be, and its mode is a ceiling. A file that
cannot be read is no leave: the rules then say why, and everything is asked.
"""

import os
import stat
from collections.abc import Callable
from pathlib import Path
from threading import Lock
from typing import Any, get_args

from tui.engine.policy.places import PROJECT_FILE
from tui.engine.policy.rules import MODES, Rule, RuleAction, Rules, Source, words_of
from tui.errors import ConfigError
from tui.events import Mode
from tui.settings.toml_file import rewrite
from tui.settings.toml_table import Table, either
from tui.value import value

MOST_BYTES = 1_000_000
_KINDS = ("path", "command", "domain")


@value
class PolicyTable:
    """What one file says. ``mode`` is None where it says nothing."""

    mode: Mode | None = None
    rules: tuple[Rule, ...] = ()


def read_policy(table: Table, source: Source = "user") -> PolicyTable:
    """A ``[policy]`` table. Raises ConfigError for anything that is not known."""
    mode: Any = table.choice("mode", MODES) or None
    rules = tuple(_rule(one, source) for one in table.tables("rules"))
    table.end()
    return PolicyTable(mode=mode, rules=rules)


def _rule(table: Table, source: Source) -> Rule:
    action: Any = table.choice("action", get_args(RuleAction))
    if not action:
        raise table.missing("action", either(get_args(RuleAction)))
    tool = table.text("tool", "a tool's name, or *") or "*"
    given = {kind: table.text(kind) for kind in _KINDS}
    exact = table.flag("exact", False)
    table.end()
    empty = next((kind for kind in _KINDS if table.take(kind) == ""), "")
    if empty:  # it would say: everything
        raise table.wrong(empty, "left out, or some text")
    named = [kind for kind in _KINDS if given[kind]]
    if len(named) > 1:
        raise table.wrong(named[1], f"left out where {named[0]} is set: a rule speaks of one thing")
    if not named and tool == "*" and action == "allow":
        raise table.missing("tool", "a tool's name: a rule that allows everything is none")
    if given["command"] and not _is_words(given["command"]):
        raise table.wrong("command", "the first words of a command, with every quote closed")
    if exact and not given["command"]:
        raise table.wrong("exact", "left out where there is no command")
    return Rule(action=action, tool=tool, exact=exact, source=source, **given)


def _is_words(command: str) -> bool:
    try:
        return bool(words_of(command))
    except ValueError:
        return False


class RuleFiles:
    """The RuleBook over both files. Read again when one of them has changed."""

    def __init__(self, config: Path, own: tuple[Path, ...]) -> None:
        self.own = own
        self._config = config
        self._lock = Lock()
        self._cache: dict[Path, tuple[object, PolicyTable, str]] = {}

    def read(self, root: Path) -> Rules:
        """See ``tui.engine.policy.rules.RuleBook``."""
        ours, problem = self._cached(self._config, "user")
        theirs, broken = self._cached(root / PROJECT_FILE, "project")
        kept = tuple(rule for rule in theirs.rules if rule.action != "allow")
        ignored = len(theirs.rules) - len(kept)
        note = f"{PROJECT_FILE} may only narrow: {ignored} of its rules would allow something, and count for nothing."
        return Rules(
            rules=(*ours.rules, *kept),
            mode=ours.mode or "ask",
            ceiling=theirs.mode or "autonomous",
            problem=" ".join(filter(None, (problem, broken))),
            notes=(note,) if ignored else (),
        )

    def _cached(self, path: Path, source: Source) -> tuple[PolicyTable, str]:
        stamp = _stamp(path)
        with self._lock:
            kept = self._cache.get(path)
        if kept is not None and kept[0] == stamp:
            return kept[1], kept[2]
        try:
            found, problem = _read(path, source), ""
        except ConfigError as error:
            found, problem = PolicyTable(), error.sentence()
        with self._lock:
            self._cache[path] = (stamp, found, problem)
        return found, problem

    def add(self, rule: Rule) -> None:
        """Write a rule into config.toml, once, with all that stands there kept. Raises ConfigError."""

        def append(document: Any, rules: Any, known: tuple[Rule, ...]) -> bool:
            if rule in known:
                return False
            entry = _new_table(rule)
            if rules is None:
                policy = _policy_of(document)
                policy["rules"] = entry["array" if type(policy).__name__ == "InlineTable" else "list"]
            rules = document["policy"]["rules"]
            rules.append(entry["inline"] if type(rules).__name__ == "Array" else entry["table"])
            return True

        self._change(append, lambda found: rule in found)

    def remove(self, rule: Rule) -> bool:
        """Take all entries of a rule out of config.toml; whether there were any. Raises ConfigError."""
        removed: list[int] = []

        def take_out(document: Any, rules: Any, known: tuple[Rule, ...]) -> bool:
            removed.extend(number for number, one in enumerate(known) if one == rule)
            for number in reversed(removed):
                del rules[number]
            if removed and len(removed) == len(known):
                del document["policy"]["rules"]
            return bool(removed)

        self._change(take_out, lambda found: rule not in found)
        return bool(removed)

    def _change(
        self,
        work: Callable[[Any, Any, tuple[Rule, ...]], bool],
        holds: Callable[[tuple[Rule, ...]], bool],
    ) -> None:
        """Change the file, and only into one that says what was meant."""
        path = self._config

        def change(document: Any, text: str) -> bool:
            known = _parse(path, text, "user").rules
            return work(document, document.get("policy", {}).get("rules"), known)

        def check(text: str) -> None:
            if not holds(_parse(path, text, "user").rules):
                raise ConfigError(f"{path}: the rule cannot be written as it is meant.")

        _read(path, "user")  # a pipe or a device is no file to change
        rewrite(path, change, check)


def _policy_of(document: Any) -> Any:
    import tomlkit  # noqa: PLC0415

    if "policy" not in document:
        document["policy"] = tomlkit.table()
    return document["policy"]


def _new_table(rule: Rule) -> dict[str, Any]:
    import tomlkit  # noqa: PLC0415

    values = {"action": rule.action, "tool": rule.tool}
    values |= {kind: getattr(rule, kind) for kind in _KINDS if getattr(rule, kind)}
    table, inline = tomlkit.table(), tomlkit.inline_table()
    for made in (table, inline):
        for key, found in values.items():
            made[key] = found
        if rule.exact:
            made["exact"] = True
    return {"table": table, "inline": inline, "list": tomlkit.aot(), "array": tomlkit.array()}


def _stamp(path: Path) -> object:
    try:
        found = os.stat(path)
    except OSError as error:
        return error.errno
    return found.st_mtime_ns, found.st_size, found.st_ino, found.st_ctime_ns


def _read(path: Path, source: Source) -> PolicyTable:
    """Raises ConfigError for a file that is there and cannot be read."""
    try:
        text = _bytes_of(path).decode("utf-8-sig")
    except (FileNotFoundError, NotADirectoryError):
        return PolicyTable()
    except OSError as error:
        raise ConfigError(f"{path} cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path} is not UTF-8 text (byte {error.start}).") from error
    return _parse(path, text, source)


def _bytes_of(path: Path) -> bytes:
    """A project may put anything there: a pipe would be waited at for ever, a device may have no end."""
    with os.fdopen(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as file:
        kind = os.fstat(file.fileno())
        if not stat.S_ISREG(kind.st_mode) or kind.st_size > MOST_BYTES:
            raise ConfigError(f"{path} is no file, or longer than {MOST_BYTES:,} bytes.")
        return file.read(MOST_BYTES)


def _parse(path: Path, text: str, source: Source) -> PolicyTable:
    import tomllib  # noqa: PLC0415

    try:
        table = Table(path, "", tomllib.loads(text))
    except (ValueError, RecursionError) as error:
        raise ConfigError(f"{path} is not TOML: {error}.") from error
    found = read_policy(table.table("policy"), source)
    if source == "project":
        table.end()
    return found
