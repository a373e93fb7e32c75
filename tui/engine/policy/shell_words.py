"""What the text of a shell command shows: whether it is nothing but plain words, and all that it names.

``read_script`` parses with the grammar that editors use for bash (``shlex`` and regular expressions are no shell
parsers). A script is *plain* only where the whole tree consists of commands of literal words, joined by
``&& || ; |``; whatever is not known here makes it not plain, with a sentence that says why. Of one that is not
plain the words are still listed as far as they can be read: they serve to refuse and to explain, never to allow.
"""

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from tui.value import value

MAX_LENGTH = 20_000
"""Characters of a command that are parsed; a longer one is not plain."""
MAX_NESTING = 3
UNKNOWN = "\ue000"
"""Stands in a word for what only the shell would know."""
SHELLS = frozenset(["bash", "sh", "zsh", "dash", "ksh", "eval"])
_LAUNCH = """sudo doas env nohup nice ionice time timeout xargs command exec builtin stdbuf setsid chroot unshare watch
parallel busybox coproc flock script strace find"""
LAUNCHERS = frozenset(_LAUNCH.split())
"""Programs that run another one, which stands among their words."""

_JOINTS = frozenset(["&&", "||", ";", "|"])
_BARE = re.compile(r"(?:[^\s\\'\"$`*?\[\]{}()<>&|;~!#]|\\[ -~]|(?<=[^=:])~|(?<=.)#)+")
_WORDS = frozenset(["word", "number", "string", "raw_string"])
_HOMELY = re.compile(r"~(/[A-Za-z0-9_./-]*)?")
_HOME = re.compile(r"\$(?:HOME\b|\{HOME\})")
_NAMES = {
    "command_substitution": "another command's output stands in it: {}",
    "process_substitution": "another command runs in it: {}",
    "simple_expansion": "{} stands for what only the shell knows",
    "expansion": "{} stands for what only the shell knows",
    "arithmetic_expansion": "{} is computed by the shell",
    "ansi_c_string": "{} hides characters behind escapes",
    "translated_string": "{} is translated by the shell",
    "brace_expression": "{} stands for several words",
    "subshell": "it has a subshell: {}",
    "variable_assignment": "it sets a variable: {}",
    "variable_assignments": "it sets variables: {}",
    "declaration_command": "it declares a variable: {}",
    "unset_command": "it unsets a variable: {}",
    "function_definition": "it defines a function: {}",
    "heredoc_redirect": "text is fed to it: {}",
    "herestring_redirect": "text is fed to it: {}",
    "negated_command": "its result is turned around: {}",
    "test_command": "it holds a test: {}",
}


@value
class Simple:
    """One simple command: its words as the program would get them. ``literal``: every one is exactly known.

    ``readable``: those that are not known are only a home folder's.
    """

    words: tuple[str, ...]
    literal: bool = True
    readable: bool = True


@value
class Script:
    """A command's text, read.

    ``why`` says in a half-sentence why it is not plain. ``writes`` are the targets of redirections. In words of a
    script that is not plain, a leading ``~`` is the home folder and UNKNOWN stands for what the text does not show.
    """

    plain: bool
    commands: tuple[Simple, ...] = ()
    writes: tuple[str, ...] = ()
    why: str = ""
    broken: bool = False


@lru_cache(maxsize=512)
def read_script(text: str) -> Script:
    """See the module. Pure; the first call loads the parser."""
    return _read(text, MAX_NESTING)


def _read(text: str, nesting: int) -> Script:
    strange = _strange(text)
    if len(text) > MAX_LENGTH:
        return Script(plain=False, why=f"it is longer than {MAX_LENGTH:,} characters", broken=True)
    root = _parser().parse(text.encode("utf-8", "replace")).root_node
    reading = _Reading(nesting)
    reading.anything(root)
    if strange or not text.strip():
        why = strange or "there is no command"
    elif root.has_error:
        why = "it is no shell command that can be read with certainty"
    else:
        why = _not_plain(root) or _left_over(root, text.encode())
    commands = tuple(reading.commands)
    if not why and not all(command.literal for command in commands):
        why = "a shell in it runs a text as a command"
    if not why and not all(command.words and command.words[0] for command in commands or [Simple(words=())]):
        why = "there is no command"
    return Script(
        plain=not why, commands=commands, writes=tuple(reading.writes), why=why, broken=bool(strange or root.has_error)
    )


def _strange(text: str) -> str:
    """Characters that a person does not see as what a shell takes them for."""
    for character in text:
        if character == " " or "!" <= character <= "~":
            continue
        if character == "\n":
            return "it has more than one line"
        category = unicodedata.category(character)
        # Bytes that some systems take for blanks, wherever they stand in a character.
        blank = any(byte in (0x85, 0xA0) for byte in character.encode("utf-8", "replace"))
        if category[0] in "CZ" or blank or category == "Mn" or character == UNKNOWN:
            return f"it holds the character U+{ord(character):04X}, which does not look like what it is"
    return ""


@lru_cache
def _parser() -> Any:
    """The lazy door: the parser is loaded at the first command that is judged."""
    import tree_sitter  # noqa: PLC0415
    import tree_sitter_bash  # noqa: PLC0415

    return tree_sitter.Parser(tree_sitter.Language(tree_sitter_bash.language()))


def _text(node: Any) -> str:
    return node.text.decode("utf-8", "replace")


# --- proof


def _not_plain(node: Any) -> str:
    """Why this part of the tree is not plain; "" where it is."""
    match node.type:
        case "program" | "list" | "pipeline":
            parts = [_not_plain(child) if child.is_named else _joint(child) for child in node.children]
        case "redirected_statement":
            parts = [
                _redirect(child) if child.type == "file_redirect" else _not_plain(child) for child in node.children
            ]
        case "command":
            parts = [_command_part(child) for child in node.children]
        case "comment":
            return ""
        case _:
            return _because(node)
    return next(filter(None, parts), "")


def _left_over(root: Any, text: bytes) -> str:
    """Whether the parts of the tree are not the words of the text.

    The grammar passes over some backslashes, and takes some words that touch for two.
    """
    at, before = 0, ""
    for node, glued in _atoms(root):
        gap = text[at : node.start_byte]
        two_words = before in _WORDS and (node.type in _WORDS or node.type == "comment") and not glued
        if gap.strip(b" ") or bool(gap) < two_words or (gap and glued):
            break
        at, before = node.end_byte, node.type
    else:
        if not text[at:].strip(b" "):
            return ""
    return "not every character of it belongs to a word"


def _atoms(root: Any) -> Iterator[tuple[Any, bool]]:
    """The smallest parts in order, strings whole; and whether one must touch the part before it."""
    waiting = [(root, False)]
    while waiting:
        node, glued = waiting.pop()
        if node.type in ("string", "raw_string", "comment") or not node.children:
            yield node, glued
        else:
            joined = node.type == "concatenation"
            first, *others = node.children
            waiting.extend((child, joined) for child in reversed(others))
            waiting.append((first, glued))


def _joint(node: Any) -> str:
    if node.type in _JOINTS:
        return ""
    return "it goes on in the background: &" if node.type == "&" else f"its parts are joined by {_text(node)}"


def _command_part(node: Any) -> str:
    if node.type == "command_name":
        return next(filter(None, map(_word, node.children)), "") if node.child_count == 1 else _because(node)
    return _word(node)


def _word(node: Any) -> str:
    """Why this is no plain word."""
    if _text(node) == "{}":  # to bash no brace expansion, and to find a file
        return ""
    match node.type:
        case "concatenation":
            if any(not child.is_named for child in node.children):
                return _because(node)
            return next(filter(None, map(_word, node.children)), "")
        case "raw_string":
            return ""
        case "string":
            named = [child for child in node.children if child.is_named]
            inside = next((child for child in named if child.type != "string_content"), None)
            if inside is not None:
                return _because(inside)
            dollar = any(mark in _text(node).replace("\\$", "").replace("\\`", "") for mark in "$`")
            return f"{_shown(node)} may stand for something else" if dollar or _text(node)[0] != '"' else ""
        case "word" | "number":
            return "" if _BARE.fullmatch(_text(node)) or _text(node) == "!" else _bare_because(_text(node))
        case _:
            return _because(node)


def _bare_because(text: str) -> str:
    if text.startswith("~"):
        return f"{text} stands for a home folder"
    if any(mark in text for mark in "*?["):
        return f"{text} stands for names that nobody has seen yet"
    if "{" in text or "}" in text:
        return f"{text} may stand for several words"
    return f"{text} is no plain word"


def _redirect(node: Any) -> str:
    """Only what throws output away or joins it with other output."""
    kinds = [child.type for child in node.children]
    operator = next((child.type for child in node.children if not child.is_named), "")
    target = node.children[-1]
    known = [kind for kind in kinds if kind in ("file_descriptor", operator, "word", "number")]
    if kinds == known and kinds.count("word") + kinds.count("number") == 1 and kinds[-1] in ("word", "number"):
        if operator in (">", "&>", ">>") and _text(target) == "/dev/null":
            return ""
        if operator == ">&" and _text(target) in ("1", "2"):
            return ""
    verb = "reads from" if operator.startswith("<") else "writes to"
    return f"it {verb} a file: {_shown(node)}"


def _because(node: Any) -> str:
    return _NAMES.get(node.type, "it is more than plain words: {}").format(_shown(node))


def _shown(node: Any) -> str:
    text = " ".join(_text(node).split())
    return text if len(text) <= 60 else f"{text[:59]}…"


# --- what it names


class _Reading:
    """All commands and targets in a tree, at any depth, as far as they can be read."""

    def __init__(self, nesting: int) -> None:
        self.commands: list[Simple] = []
        self.writes: list[str] = []
        self._nesting = nesting

    def anything(self, root: Any) -> None:
        waiting = [root]
        while waiting:  # no recursion: a tree may be deeper than Python's stack
            node = waiting.pop()
            if node.type in ("command", "declaration_command", "unset_command", "test_command"):
                self._command(node)
            elif node.type == "file_redirect":
                self._target(node)
            elif node.type == "heredoc_body" and any(_is_shell(one.words) for one in self.commands):
                self._inner(_text(node))
            waiting.extend(reversed(node.children))

    def _command(self, node: Any) -> None:
        found = [_read_word(child) for child in _words_of(node)]
        readable = all(known or _HOMELY.fullmatch(text) for text, known in found)
        simple = Simple(
            words=tuple(text for text, _ in found), literal=all(known for _, known in found), readable=readable
        )
        self.commands.append(simple)
        for text in _scripts_in(simple.words):
            self._inner(text)

    def _target(self, node: Any) -> None:
        operator = next((child.type for child in node.children if not child.is_named), "")
        named = [child for child in node.children if child.is_named and child.type != "file_descriptor"]
        if not operator.startswith("<") or operator == "<>":
            self.writes += [
                text for text, _ in map(_read_word, named[:1]) if not text.isdigit() and text != "/dev/null"
            ]
        elif named:
            self.commands.append(Simple(words=("cat", _read_word(named[0])[0]), literal=False))
        if len(named) > 1 and self.commands:  # the grammar puts words after a target with the target
            more = tuple(_read_word(child)[0] for child in named[1:])
            self.commands.append(Simple(words=(*self.commands[-1].words, *more), literal=False))

    def _inner(self, text: str) -> None:
        if self._nesting > 0:
            inner = _read(text, self._nesting - 1)
            self.commands += [Simple(words=one.words, literal=False, readable=False) for one in inner.commands]
            self.writes += inner.writes


def _words_of(node: Any) -> Iterator[Any]:
    for child in node.children:
        if child.type == "command_name":
            yield from child.children
        elif child.type not in ("file_redirect", "heredoc_redirect", "herestring_redirect", "comment"):
            yield child


def _is_shell(words: tuple[str, ...]) -> bool:
    return any(word.rpartition("/")[2] in SHELLS for word in words[:4])


def _scripts_in(words: tuple[str, ...]) -> Iterator[str]:
    """Arguments that a shell among the words would run."""
    if not _is_shell(words):
        return
    for word in words[1:]:
        if " " in word or ";" in word or ">" in word:
            yield word
    if words[0] == "eval":
        yield " ".join(words[1:])


def _read_word(node: Any) -> tuple[str, bool]:
    """A word's text, and whether it is exactly that."""
    known = not _word(node)
    return (_literal(node), True) if known else (_guess(node), False)


def _literal(node: Any) -> str:
    text = _text(node)
    match node.type:
        case "raw_string":
            return text[1:-1]
        case "string":
            return re.sub(r"\\([$`\"\\])", r"\1", text[1:-1])
        case "concatenation":
            return "".join(map(_literal, node.children))
        case _:
            return re.sub(r"\\(.)", r"\1", text)


def _guess(node: Any) -> str:
    text = _HOME.sub("~", _text(node))
    text = re.sub(r"\$\{[^}]*\}|\$\([^)]*\)|`[^`]*`|\$\w+", UNKNOWN, text)
    text = re.sub(r"\\(.)", r"\1", text.replace('"', "").replace("'", ""))
    return f"~{text[1:]}" if text.startswith(f"{UNKNOWN}/") else text  # most likely: a person's home
