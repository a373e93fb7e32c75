"""What a shell command does, as far as its words show: whom it harms, what it reads, touches and would change.

Which folder a relative name is below depends on every ``cd`` before it; so each name is looked at from every
folder that the command might be in. More folders than it really visits only make the verdict narrower.
"""

import os.path
import shlex
from collections.abc import Iterator

from tui.engine.policy.facts import Question, hosts_of
from tui.engine.policy.harmless import Harmful, harmless
from tui.engine.policy.places import forbidden, secret, taken_along
from tui.engine.policy.rules import Rule, path_begins_below
from tui.engine.policy.shell_words import LAUNCHERS, UNKNOWN, Script, Simple

MOST_MOVES = 3
MOST_NAMES = 1000
"""Names in one command that are looked at; one with more is asked about, and denied where it may not be read."""
_MOVERS = frozenset(["cd", "pushd"])
_REMOVERS = frozenset(["rm", "mv", "rmdir", "shred", "chmod", "chown", "chgrp", "unlink", "truncate", "trash", "srm"])
_TESTS = frozenset(["[", "[["])
_LEFT_OUT = ("--exclude", "--exclude-dir", "--ignore", "-path", "-ipath", "-wholename", "--git-dir", "--glob", "-g")
_SPOKEN = ("-m", "--message", "--body", "--title", "--subject", "--description", "-F-")


def folders(script: Script, cwd: str, home: str) -> tuple[str, ...]:
    """Every folder that a part of the script may run in, the session's first."""
    found = [cwd]
    for command in script.commands:
        words = [word for word in command.words[1:] if not word.startswith("-")]
        if command.words and command.words[0] in _MOVERS:
            target = words[0] if words else "~"
        elif "-C" in command.words[:-1]:
            target = command.words[command.words.index("-C") + 1]
        else:
            continue
        if len(found) < 2**MOST_MOVES:
            found += [absolute(target, folder, home) for folder in found]
    return tuple(dict.fromkeys(found))


def absolute(word: str, folder: str, home: str) -> str:
    """A word as an absolute path, not yet tidied: only the disk knows what ``link/..`` is."""
    if word == "~" or word.startswith("~/"):
        return home.rstrip("/") + word[1:]
    return word if word.startswith("/") else f"{folder.rstrip('/')}/{word}"


def all_names(script: Script, cwd: str, home: str) -> tuple[str, ...]:
    """Everything in a script that may name a file, absolute as far as that is known: what the disk is asked about."""
    places = folders(script, cwd, home)
    names: dict[str, None] = dict.fromkeys(places)
    words = [form for command in script.commands for _, form in _named_in(command)]
    for word in (*script.writes, *words):
        for folder in places:
            names[absolute(word, folder, home)] = None
            if len(names) >= MOST_NAMES:
                return tuple(names)
    return tuple(names)


def all_paths(question: Question) -> tuple[str, ...]:
    """All of these, and where they lead. Empty for what is no command."""
    if question.command is None:
        return ()
    names = all_names(question.script, str(question.cwd), str(question.home))
    return tuple(dict.fromkeys(path for name in names for path in _leads(name, question)))


def _leads(name: str, question: Question) -> tuple[str, ...]:
    tidy = os.path.normpath(name)
    return (tidy, question.real.get(name, tidy))


def _named_in(command: Simple) -> Iterator[tuple[str, str]]:
    """Each word with all forms in which it may name a file: whole, after ``=`` or ``:``, behind a flag's letter."""
    for word in command.words:
        yield word, word
        for mark in ("=", ":", "@"):
            _, found, rest = word.partition(mark)
            while found:
                yield word, rest
                _, found, rest = rest.partition(mark)
        if word.startswith("-") and len(word) > 3 and word[2] in "/~.":
            yield word, word[2:]


# --- harm


def harm(question: Question) -> str:
    """Why a command is not proven harmless, as a half-sentence; "" where it is."""
    script = question.script
    if not script.plain:
        return script.why
    return next(filter(None, (harm_of(command, question) for command in script.commands)), "")


def harm_of(command: Simple, question: Question) -> str:
    """The same for one simple command of it."""
    try:
        reading = harmless(command)
    except Harmful as why:
        return str(why)
    if reading.program in question.local:
        return f"{reading.program} is found inside the workspace folder, where agents write"
    if reading.program == "git" and question.git_runs:
        return f"the repository's own configuration may run a program: {question.git_runs}"
    home = str(question.home)
    where = folders(question.script, str(question.cwd), home)
    if len(where) >= 2**MOST_MOVES or len(reading.files) * len(where) >= MOST_NAMES:
        return "it goes to more folders and files than are looked at"
    for folder in where:
        for name in (folder, *(absolute(file, folder, home) for file in reading.files)):
            tidy, real = _leads(name, question)
            if odd := question.odd.get(name) if name != folder and tidy != "/dev/null" else "":
                return f"{tidy} is {odd}"
            if outside(tidy, question) and tidy != "/dev/null":
                return f"it reads outside the workspace folder: {tidy}"
            if outside(real, question) and tidy != "/dev/null":
                return f"{tidy} leads outside the workspace folder, to {real}"
            if question.real and name != folder and name not in question.real:
                return f"where {tidy} leads was not looked at"
    return ""


def outside(path: str, question: Question) -> bool:
    root = str(question.root).rstrip("/")
    return path != root and not path.startswith(f"{root}/")


_BELOW = frozenset(["grep", "rg", "diff"])
"""What reads the contents of all files in a folder: programs, and the tool of the first one's name."""


def ruled_below(question: Question) -> str:
    """The deny or ask rule about paths that may lie below what is read here as a whole folder; "" for none."""
    rules = [rule for rule in question.rules.rules if rule.path and rule.action != "allow"]
    rules = [rule for rule in rules if rule.tool in ("*", question.spec.name)]
    if not rules:
        return ""
    read = [str(path) for path in question.paths] if question.effect == "read" and question.spec.name in _BELOW else []
    if question.command is not None:
        read = [path for command in question.script.commands for path in _read_whole(command, question)]
    root, home = str(question.root), str(question.home)
    found = (rule.text for rule in rules for path in read if path_begins_below(rule, path, root, home))
    return min(found, default="")


def _read_whole(command: Simple, question: Question) -> Iterator[str]:
    """The folders, and perhaps files, that it reads all of: those that it names, else the one that it is in."""
    if command.words[:1] and (command.words[0] in _BELOW or command.words[:2] == ("git", "grep")):
        try:
            files = harmless(command).files
        except Harmful:
            return  # it is asked about anyway
        home = str(question.home)
        for folder in folders(question.script, str(question.cwd), home):
            for file in ("", *files) if command.words[0] == "git" else files or ("",):
                yield from _leads(absolute(file, folder, home), question)


# --- limits


def forbidden_in(question: Question) -> str:
    """Why a command can never run: its words show that it may change a protected place. "" where they do not."""
    script, home = question.script, str(question.home)
    where = folders(script, str(question.cwd), home)
    for word in script.writes:
        if found := _forbidden_word(word, where, question):
            return found
    for command in script.commands:
        if not _only_reads(command):
            for word in _written_words(command):
                if found := _forbidden_word(word, where, question) or _removed(word, command, where, question):
                    return found
    return ""


def secret_in(question: Question) -> str:
    """Why a command is asked about whatever is allowed: it names, or takes in, what holds secrets."""
    home = str(question.home)
    where = folders(question.script, str(question.cwd), home)
    for command in question.script.commands:
        forms = [form for _, form in _named_in(command)]
        reads = ["", *forms[1:]] if _reads_below(command) else forms[1:]
        for folder in where:
            for form in reads:
                for path in _leads(absolute(form, folder, home), question):
                    if found := secret(path, question.places):
                        return found
    return ""


def _reads_below(command: Simple) -> bool:
    """Whether it reads files that it does not name, so that its folder counts."""
    return bool(command.words) and command.words[0] in ("grep", "rg")


def _only_reads(command: Simple) -> bool:
    if not command.words or command.words[0] in _TESTS:
        return True
    try:
        return command.readable and bool(harmless(command))
    except Harmful:
        return False


def _written_words(command: Simple) -> Iterator[str]:
    """All words of it but those that leave something out, or are only said."""
    before = ""
    for word in command.words[1:]:
        flag = before.partition("=")[0]
        spoken = (" " in word or "\n" in word) and flag in _SPOKEN
        if flag not in _LEFT_OUT and word.partition("=")[0] not in _LEFT_OUT and not spoken:
            yield word
        before = word


def _forbidden_word(word: str, where: tuple[str, ...], question: Question) -> str:
    for _, form in _named_in(Simple(words=(word,))):
        for folder in where:
            for path in _leads(absolute(form.replace(UNKNOWN, ""), folder, str(question.home)), question):
                if found := forbidden(path, question.places):
                    return found
    return ""


def _removed(word: str, command: Simple, where: tuple[str, ...], question: Question) -> str:
    """What it would take away with a folder that protected places are in."""
    heads = command.words if command.words[0].rpartition("/")[2] in LAUNCHERS else command.words[:1]
    if word.startswith("-") or not any(head.rpartition("/")[2] in _REMOVERS for head in heads):
        return ""
    for folder in where:
        for path in _leads(absolute(word, folder, str(question.home)), question):
            if found := taken_along(path, question.places):
                return found
    return ""


# --- what a person is told


def touches(question: Question) -> tuple[str, ...]:
    """What the call would change or reach: files, folders, programs; a few short lines."""
    from_hosts = tuple(f"network: {host}" for host in hosts_of(question))
    if question.command is None:
        verb = {"write": "changes", "read": "reads"}.get(question.effect, "uses")
        return (*(f"{verb} {path}" for path in question.paths), *from_hosts)
    script = question.script
    programs = list(dict.fromkeys(command.words[0] for command in script.commands if command.words))
    lines = [f"runs {', '.join(programs[:12])}"] if programs else []
    lines += [f"writes to {word}" for word in script.writes[:12]]
    outer = [path for path in all_paths(question) if outside(path, question) and os.path.isabs(path)]
    named = {os.path.normpath(name) for name in _plain_names(question)}
    lines += [f"names {path}, outside the workspace folder" for path in outer if path in named][:12]
    if question.arguments.get("network"):
        lines.append("network: wherever the command goes")
    return tuple(line.replace(UNKNOWN, "…") for line in lines)


def _plain_names(question: Question) -> Iterator[str]:
    """Words that look like paths: with a slash, or a home folder."""
    for command in question.script.commands:
        for word in command.words[1:]:
            if word.startswith(("/", "~", "../")) or word == "..":
                yield absolute(word, str(question.cwd), str(question.home))


def suggestion(question: Question) -> Rule | None:
    """The rule for exactly the one command here that is not harmless. None where there is no such one."""
    script = question.script
    if not script.plain:
        return None
    harmful = list(dict.fromkeys(command.words for command in script.commands if harm_of(command, question)))
    if len(harmful) != 1:
        return None
    return Rule(action="allow", tool=question.spec.name, command=shlex.join(harmful[0]), exact=True)
