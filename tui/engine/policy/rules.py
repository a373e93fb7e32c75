"""Rules: what a person, or a project, wants allowed, asked about or denied. Pure values and their matching.

An allow rule must cover everything that a call does; a deny or ask rule matches where any part of it does. So a
list of commands is allowed only when each of them is, and denied as soon as one is.
"""

import re
import shlex
from functools import lru_cache
from pathlib import Path
from typing import Literal, Protocol

from tui.engine.policy.shell_words import LAUNCHERS, Simple
from tui.events import Mode
from tui.value import value

RuleAction = Literal["allow", "ask", "deny"]
Source = Literal["user", "project"]
MODES: tuple[Mode, ...] = ("read-only", "ask", "accept-edits", "autonomous")
"""From the narrowest to the widest."""


@value
class Rule:
    """One rule. At most one of ``path``, ``command`` and ``domain`` is set; none of them: every call of the tool.

    ``tool`` is a name or ``*``. ``path`` is a glob (``*`` inside a name, ``**`` over folders), absolute, from ``~``, or
    relative to the workspace folder. ``command`` is the beginning of a command, word by word; with ``exact`` all of it.
    ``domain`` holds for its subdomains too.
    """

    action: RuleAction
    tool: str = "*"
    path: str = ""
    command: str = ""
    domain: str = ""
    exact: bool = False
    source: Source = "user"

    @property
    def text(self) -> str:
        """The rule as a person would say it, for a verdict and for a list."""
        what = self.path or self.command or self.domain
        end = " (exactly)" if self.exact else ""
        origin = "" if self.source == "user" else " (the project's rule)"
        return f"{self.action} {self.tool}{f' {what}' if what else ''}{end}{origin}"


@value
class Rules:
    """All that was read. ``mode`` is the person's default, ``ceiling`` the widest that the project lets be.

    ``problem`` says why a file could not be read: while it is there, everything is asked. ``notes`` are sentences
    about what was ignored.
    """

    rules: tuple[Rule, ...] = ()
    mode: Mode = "ask"
    ceiling: Mode = "autonomous"
    problem: str = ""
    notes: tuple[str, ...] = ()

    def narrowed(self, mode: Mode | None) -> Mode:
        """The mode that counts, for a session's own (None: it has none)."""
        return MODES[min(MODES.index(mode or self.mode), MODES.index(self.ceiling))]


class RuleBook(Protocol):
    """Where rules are kept. Every method may block: it is called in a thread."""

    @property
    def own(self) -> tuple[Path, ...]:
        """Penstock's own folders, which no call may touch."""
        ...

    def read(self, root: Path) -> Rules:
        """The rules that hold in a workspace folder now. Raises nothing: see ``Rules.problem``."""
        ...

    def add(self, rule: Rule) -> None:
        """Write a rule of the person's down. Raises ConfigError where it cannot be."""
        ...

    def remove(self, rule: Rule) -> bool:
        """Take a rule of the person's out; whether it was there. Raises ConfigError."""
        ...


class NoRules:
    """The RuleBook of a program that keeps none."""

    own: tuple[Path, ...] = ()

    def read(self, root: Path) -> Rules:
        return Rules()

    def add(self, rule: Rule) -> None:
        raise NotImplementedError

    def remove(self, rule: Rule) -> bool:
        return False


def tool_fits(rule: Rule, tool: str) -> bool:
    if rule.action != "allow" and rule.tool.casefold() == tool.casefold():
        return True
    return rule.tool in ("*", tool)


def words_of(command: str) -> tuple[str, ...]:
    """A rule's command as words. Raises ValueError where a quote is not closed."""
    return tuple(shlex.split(command))


def command_fits(rule: Rule, command: Simple, *, loose: bool = False) -> bool:
    """Whether a simple command begins with the rule's words.

    Args:
        loose: also behind a program that starts others (``sudo``, ``env``), by a program's last name, and with flags
            between the words (``git -C x push``); to refuse.
    """
    wanted = words_of(rule.command)
    words = command.words
    if not wanted or not words:
        return False
    if not loose:
        return words == wanted if rule.exact else words[: len(wanted)] == wanted
    starts = range(len(words)) if words[0].rpartition("/")[2] in LAUNCHERS else (0,)
    return any(_begins(words[at:], wanted, exact=rule.exact) for at in starts)


def _begins(words: tuple[str, ...], wanted: tuple[str, ...], *, exact: bool) -> bool:
    if not words or (exact and len(words) != len(wanted)):
        return False
    first = words[0] if "/" in wanted[0] else words[0].rpartition("/")[2]
    if (first, *words[1 : len(wanted)]) == wanted:
        return True
    return not exact and first == wanted[0] and _between(words[1:], wanted[1:])


def _between(words: tuple[str, ...], wanted: tuple[str, ...]) -> bool:
    """Whether the wanted words come in order, with nothing but flags, and a value of each, before them."""
    after_flag = False
    for at, word in enumerate(words):
        if not wanted:
            return True
        if word == wanted[0] and _between(words[at + 1 :], wanted[1:]):
            return True
        if not word.startswith("-") and not after_flag:
            return False
        after_flag = word.startswith("-")
    return not wanted


def path_fits(rule: Rule, path: str, root: str, home: str, *, loose: bool = False) -> bool:
    """Whether an absolute path is what the rule's glob means. ``loose``: without case, and all below it; to refuse."""
    glob = _absolute(rule.path, root, home)
    return _pattern(glob.rstrip("/") or "/", loose).fullmatch(path) is not None


def path_begins_below(rule: Rule, path: str, root: str, home: str) -> bool:
    """Whether what the rule's glob means may lie below a folder."""
    glob = _absolute(rule.path, root, home).casefold()
    fixed = re.split(r"[*?]", glob, maxsplit=1)[0]
    folder = f"{path.casefold().rstrip('/')}/"
    return fixed.startswith(folder) or (fixed != glob and folder.startswith(fixed))


def _absolute(glob: str, root: str, home: str) -> str:
    if glob == "~" or glob.startswith("~/"):
        return home.rstrip("/") + glob[1:]
    return glob if glob.startswith("/") else f"{root.rstrip('/')}/{glob.removeprefix('./')}"


@lru_cache(maxsize=512)
def _pattern(glob: str, loose: bool) -> re.Pattern[str]:
    made, at = "", 0
    while at < len(glob):
        if glob.startswith("/**", at) and at + 3 == len(glob):
            made, at = f"{made}(?:/.*)?", at + 3
        elif glob.startswith("/**/", at):
            made, at = f"{made}/(?:.*/)?", at + 4
        elif glob.startswith("**", at):
            made, at = f"{made}.*", at + 2
        else:
            made += {"*": "[^/]*", "?": "[^/]"}.get(glob[at], re.escape(glob[at]))
            at += 1
    flags = re.DOTALL | (re.IGNORECASE if loose else 0)
    return re.compile(f"{made}(?:/.*)?" if loose else made, flags)


def domain_fits(rule: Rule, host: str) -> bool:
    """Whether a host is the rule's domain or below it."""
    domain = rule.domain.lower().strip(".")
    host = host.lower().rstrip(".")
    return bool(domain) and (host == domain or host.endswith(f".{domain}"))
