"""Code as rows: fences in Markdown and the bodies of tools, highlighted by pygments.

Highlighting gives style names ("code-keyword"), which the transcript's theme turns into colours. Small texts are
read by the lexer as a whole; long ones in groups of lines when they are first seen, so that the cost of a screenful
does not depend on the length (a string over several lines may then be coloured wrongly at a group's edge).
"""

from __future__ import annotations

import re
from functools import lru_cache

from pygments.lexer import Lexer
from pygments.token import Token, _TokenType
from pygments.util import ClassNotFound

from widgets.doc_chunks import Chunk, Document, plain_spans
from widgets.doc_lines import Line, Run, expand_tabs, wrap

WHOLE = 8_000  # characters that are lexed in one go
GROUP = 128  # lines of longer texts that are
MAX_LEXED_LINE = 2_000  # a longer line is data, not code

_STYLES: list[tuple[_TokenType, str]] = [
    (Token.Comment.Preproc, "code-keyword"),
    (Token.Comment, "code-comment"),
    (Token.Keyword.Type, "code-type"),
    (Token.Keyword.Constant, "code-number"),
    (Token.Keyword, "code-keyword"),
    (Token.Operator.Word, "code-keyword"),
    (Token.Name.Function, "code-function"),
    (Token.Name.Class, "code-type"),
    (Token.Name.Decorator, "code-function"),
    (Token.Name.Builtin, "code-type"),
    (Token.Name.Tag, "code-keyword"),
    (Token.Name.Attribute, "code-function"),
    (Token.Literal.String, "code-string"),
    (Token.Literal.Number, "code-number"),
    (Token.Literal, "code-string"),
    (Token.Generic.Inserted, "code-inserted"),
    (Token.Generic.Deleted, "code-deleted"),
    (Token.Generic.Heading, "code-keyword"),
    (Token.Generic.Subheading, "code-function"),
    (Token.Generic.Prompt, "code-comment"),
]


@lru_cache(512)
def token_style(token: _TokenType) -> str:
    """The style name for a pygments token type; '' for ordinary text."""
    return next((style for parent, style in _STYLES if token in parent), "")


@lru_cache(64)
def lexer_for(language: str) -> Lexer | None:
    """The lexer of a language's name, None when there is none or it is text."""
    if not language or language in ("text", "txt", "plain", "plaintext"):
        return None
    from pygments.lexers import get_lexer_by_name  # noqa: PLC0415

    try:
        return get_lexer_by_name(language, stripnl=False, ensurenl=False)
    except ClassNotFound:
        return None


@lru_cache(64)
def lexer_of_file(name: str) -> Lexer | None:
    """The lexer for a file of that name, None when there is none or it is text."""
    from pygments.lexers import get_lexer_for_filename  # noqa: PLC0415

    try:
        lexer = get_lexer_for_filename(name, stripnl=False, ensurenl=False)
    except ClassNotFound:
        return None
    return None if lexer.name == "Text only" else lexer


def _diff_style(line: str) -> str:
    match line[:1]:
        case "+":
            return "code-muted" if line.startswith("+++") else "code-inserted"
        case "-":
            return "code-muted" if line.startswith("---") else "code-deleted"
        case "@":
            return "code-function"
    return "code-muted" if line.startswith(("diff ", "index ")) else ""


def code_lines(code: str, language: str) -> list[list[Run]]:
    """Code as one list of runs a line."""
    code = expand_tabs(code) if "\t" not in code or "\n" not in code else "\n".join(map(expand_tabs, code.split("\n")))
    if language == "diff":
        return [[Run(line, _diff_style(line))] for line in code.split("\n")]
    lexer = lexer_for(language)
    if lexer is None or any(len(line) > MAX_LEXED_LINE for line in code.split("\n")):
        return [[Run(line)] for line in code.split("\n")]
    return lexed(code, lexer)


def lexed(code: str, lexer: Lexer) -> list[list[Run]]:
    """Code as one list of runs a line, as a lexer reads it."""
    lines: list[list[Run]] = [[]]
    for token, value in lexer.get_tokens(code):
        style = token_style(token)
        for number, piece in enumerate(value.split("\n")):
            if number:
                lines.append([])
            if piece:
                last = lines[-1]
                if last and last[-1].style == style:
                    last[-1] = Run(last[-1].text + piece, style)
                else:
                    last.append(Run(piece, style))
    return [line or [Run("")] for line in lines]


class Fence:
    """One stretch of code, shared by its chunks. `closed` turns highlighting on."""

    __slots__ = ("_groups", "_lines", "body", "closed", "language")

    def __init__(self, language: str, *, closed: bool = True, body: str = "") -> None:
        self.language = language
        self.closed = closed
        self.body = body
        self._lines: list[str] = []
        self._groups: dict[int, list[list[Run]]] = {}

    def close(self, rest: str) -> None:
        """The last of the body has come. To be said again as often as one likes."""
        if not self.closed:
            self.body += rest
            self.closed = True

    def runs(self, text: str, first_line: int) -> list[list[Run]]:
        """The runs of each line of `text`, which starts at line `first_line` of the body."""
        if not self.closed or self.language == "diff" or lexer_for(self.language) is None:
            return code_lines(text, "diff" if self.language == "diff" else "")
        if len(text) > MAX_LEXED_LINE and any(len(line) > MAX_LEXED_LINE for line in text.split("\n")):
            return code_lines(text, "")
        if not self._lines:
            self._lines = self.body.split("\n")
        size = GROUP if len(self.body) > WHOLE else len(self._lines)
        wanted = range(first_line, first_line + text.count("\n") + 1)
        return [self._group(number // size, size)[number % size] for number in wanted]

    def _group(self, number: int, size: int) -> list[list[Run]]:
        if number not in self._groups:
            lines = self._lines[number * size : (number + 1) * size]
            runs = code_lines("\n".join(lines), self.language)
            self._groups[number] = runs + [[Run("")]] * (len(lines) - len(runs))
        return self._groups[number]


class CodeChunk(Chunk):
    """Some lines of a Fence. `label` adds a row that names the language."""

    __slots__ = ("code", "fence", "fill", "first_line", "label", "prefix")

    def __init__(
        self,
        code: str,
        start: int,
        fence: Fence,
        *,
        first_line: int = 0,
        gap: int = 0,
        label: str = "",
        fill: str = "codeblock",
        prefix: tuple[Run, ...] = (Run(" ", "codeblock"),),
    ) -> None:
        super().__init__(code, start, gap=gap)
        self.code = code
        self.fence = fence
        self.first_line = first_line
        self.label = label
        self.fill = fill
        self.prefix = prefix

    def stamp(self, width: int) -> object:
        """Highlighting depends on whether the fence has closed."""
        return width, self.fence.closed

    def same_as(self, other: Chunk) -> bool:
        """The same lines of the same closed fence: what follows one may stay open for long, and lexing is dear."""
        return (
            isinstance(other, CodeChunk)
            and self.fence.closed
            and other.fence.closed
            and (other.start, other.gap, other.first_line) == (self.start, self.gap, self.first_line)
            and (other.code, other.label, other.fill, other.prefix) == (self.code, self.label, self.fill, self.prefix)
            and (other.fence.language, other.fence.body) == (self.fence.language, self.fence.body)
        )

    def lay(self, width: int) -> list[Line]:
        """The label, then each line, cut hard where it is too long."""
        rows: list[Line] = []
        if self.label:
            rows += label_rows(self.label, width, self.fill, self.prefix)
        for number, runs in enumerate(self.fence.runs(self.code, self.first_line), start=1):
            rows += wrap(runs, width, index=number, first=self.prefix, fill=self.fill, words=False)
        return rows


def label_rows(label: str, width: int, fill: str, prefix: tuple[Run, ...], index: int = 0) -> list[Line]:
    """The row over a fence that names its language."""
    return wrap([Run(label, "code-label")], width, index=index, first=prefix, fill=fill, words=False)[:1]


def unindented(code: str, indent: int) -> str:
    """Code without the first `indent` blanks of each line."""
    return re.sub(rf"^ {{1,{indent}}}", "", code, flags=re.MULTILINE) if indent else code


def code_chunks(
    code: str,
    start: int,
    fence: Fence,
    *,
    first_line: int = 0,
    gap: int = 0,
    label: str = "",
    prefix: tuple[Run, ...] | None = None,
    indent: int = 0,
) -> list[CodeChunk]:
    """Code cut into chunks; `start` is the source offset of its first character. Up to `indent` blanks at the
    beginning of each line are not shown."""
    chunks: list[CodeChunk] = []
    line = first_line
    for begin, end in plain_spans(code):
        text = unindented(code[begin:end], indent)
        chunk = CodeChunk(
            text.removesuffix("\n"), start + begin, fence, first_line=line, gap=0 if chunks else gap,
            label="" if chunks else label,
        )  # fmt: skip
        if prefix is not None:
            chunk.prefix = prefix
            chunk.fill = ""
        chunks.append(chunk)
        line += text.count("\n")
    return chunks


class CodeDoc(Document):
    """A whole document of code (a tool's body)."""

    def __init__(self, code: str, language: str, prefix: tuple[Run, ...]) -> None:
        super().__init__(code_chunks(code, 0, Fence(language, body=code), prefix=prefix))
