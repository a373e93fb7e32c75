"""Markdown blocks as rows: paragraphs, headings, lists, quotes, and whatever they hold.

One `FlowChunk` is one finished (or still growing) top-level block, or one item of a top-level list. It is parsed when
it is first seen, from its own source alone, so that it looks the same whether it was streamed or came whole.
"""

from __future__ import annotations

from collections.abc import Callable, MutableMapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from widgets.doc_chunks import SLICE, Chunk
from widgets.doc_code import code_lines, label_rows
from widgets.doc_inline import inline_lines
from widgets.doc_lines import Line, Run, expand_tabs, runs_width, slices, wrap
from widgets.doc_parser import flow_parser
from widgets.doc_table import Cell, Table

if TYPE_CHECKING:
    from markdown_it.token import Token

_BULLETS = ("•", "◦", "▪")

Prefix = tuple[Run, ...]
Lay = Callable[[int, int], list[Line]]  # (width, index) -> rows


@dataclass(slots=True)
class _Level:
    """One container around a block: what stands before its first row, and before every other."""

    first: Run
    rest: Run
    used: bool = False


@lru_cache(2048)
def cell_runs(text: str) -> tuple[Run, ...]:
    """A table cell's inline Markdown as runs. Kept: an open table reads its last cells again at each tick."""
    if text.isalnum() or not text:
        return (Run(text),)
    children = flow_parser().parseInline(text, {})[0].children or []
    return tuple(run for line in inline_lines(children) for run in line)


class FlowChunk(Chunk):
    """A block of Markdown. `number` overrides the number of a list item; `env` carries reference definitions."""

    __slots__ = ("_flow", "env", "number", "style")

    def __init__(
        self,
        source: str,
        start: int,
        *,
        gap: int = 0,
        number: int | None = None,
        style: str = "",
        env: MutableMapping[str, Any] | None = None,
    ) -> None:
        super().__init__(source, start, gap=gap)
        self.number = number
        self.style = style
        self.env = env
        self._flow: list[Lay] | None = None

    def lay(self, width: int) -> list[Line]:
        """The rows; the parse is kept for other widths."""
        if self._flow is None:
            self._flow = Flow(self.source, self.number, self.style, self.env).build()
        return [line for index, lay in enumerate(self._flow) for line in lay(width, index)]

    def same_as(self, other: Chunk) -> bool:
        """The same Markdown at the same place."""
        return (
            type(other) is FlowChunk
            and (other.source, other.start, other.gap) == (self.source, self.start, self.gap)
            and other.number == self.number
        )

    def forget(self) -> None:
        """Drop rows and parse."""
        super().forget()
        self._flow = None


class Flow:
    """The walk over one block's tokens, gathering what to lay out."""

    def __init__(self, source: str, number: int | None, style: str, env: MutableMapping[str, Any] | None) -> None:
        self.source_lines = source.split("\n")
        self.tokens = flow_parser().parse(source, {"references": dict((env or {}).get("references", {}))})
        self.number = number
        self.style = style
        self.levels: list[_Level] = []
        self.numbers: list[int | None] = []
        self.flow: list[Lay] = []
        self.table: Table | None = None

    def build(self) -> list[Lay]:
        """What the block consists of, in order; each gives its rows for a width."""
        position = 0
        while position < len(self.tokens):
            position = self._token(position)
        return self.flow or [lambda width, index: []]

    def _token(self, position: int) -> int:
        token = self.tokens[position]
        match token.type:
            case "paragraph_open":
                self._gap(token)
                self._paragraph(self.tokens[position + 1], self.style)
                return position + 3
            case "heading_open":
                self._gap(token)
                self._paragraph(self.tokens[position + 1], f"h{token.tag[1:]} {self.style}".strip())
                return position + 3
            case "bullet_list_open":
                self.numbers.append(None)
            case "ordered_list_open":
                start = token.attrGet("start")
                own = self.number if self.number is not None and not self.numbers else None
                self.numbers.append(own if own is not None else int(start) if start is not None else 1)
            case "bullet_list_close" | "ordered_list_close":
                self.numbers.pop()
            case "list_item_open":
                self._gap(token)
                self._open_item(position)
            case "list_item_close":
                if not self.levels[-1].used:
                    self._emit([Run("")])
                self.levels.pop()
            case "blockquote_open":
                self._gap(token)
                bar = Run("▎ ", "quote-bar")
                self.levels.append(_Level(bar, bar))
            case "blockquote_close":
                self.levels.pop()
            case "fence" | "code_block":
                self._gap(token)
                self._code(token)
            case "html_block":
                self._gap(token)
                for line in token.content.rstrip("\n").split("\n"):
                    self._emit([Run(expand_tabs(line), "muted")])
            case "hr":
                self._gap(token)
                self._rule()
            case "table_open":
                self._gap(token)
                return self._table(position)
        return position + 1

    def _open_item(self, position: int) -> None:
        number = self.numbers[-1]
        if number is None:
            depth = sum(1 for other in self.numbers if other is None) - 1
            mark = f"{_BULLETS[depth % len(_BULLETS)]} "
        else:
            mark = f"{number}. "
            self.numbers[-1] = number + 1
        inner = self.tokens[position + 2] if position + 2 < len(self.tokens) else None
        if inner is not None and inner.type == "inline" and inner.children and inner.content[:4] in _TASKS:
            mark = _TASKS[inner.content[:4]] if number is None else mark + _TASKS[inner.content[:4]]
            inner.children[0].content = inner.children[0].content.removeprefix(inner.content[:4])
        self.levels.append(_Level(Run(mark, "bullet"), Run(" " * runs_width([Run(mark)]))))

    def _gap(self, token: Token) -> None:
        """An empty row before a block inside another where its author left one."""
        opening = bool(self.levels) and not self.levels[-1].used  # the block stands on the item's own row
        if not self.flow or not token.map or opening or token.map[0] == 0:
            return
        if not self.source_lines[token.map[0] - 1].strip(" \t>"):
            rest = tuple(level.rest for level in self.levels if level.used)
            self.flow.append(lambda width, index: wrap([Run("")], width, index=index, first=rest))

    def _prefixes(self) -> tuple[Prefix, Prefix]:
        first = tuple(level.rest if level.used else level.first for level in self.levels)
        for level in self.levels:
            level.used = True
        return first, tuple(level.rest for level in self.levels)

    def _emit(self, runs: Sequence[Run], *, words: bool = True) -> None:
        first, rest = self._prefixes()

        def lay(width: int, index: int) -> list[Line]:
            return wrap(runs, width, index=index, first=first, rest=rest, words=words)

        self.flow.append(lay)

    def _paragraph(self, inline: Token, style: str) -> None:
        for runs in inline_lines(inline.children or [], style):
            self._emit(runs)

    def _code(self, token: Token) -> None:
        language = token.info.split(maxsplit=1)[0].lower() if token.info.strip() else ""
        first, rest = self._prefixes()
        pad = Run(" ", "codeblock")
        if language:
            head, first = first, rest
            self.flow.append(lambda width, index: label_rows(language, width, "codeblock", (*head, pad), index))
        for runs in code_lines(token.content.removesuffix("\n"), language):
            self.flow.append(_code_line(runs, (*first, pad), (*rest, pad)))
            first = rest

    def _rule(self) -> None:
        first, rest = self._prefixes()

        def lay(width: int, index: int) -> list[Line]:
            rule = Run("─" * max(1, width - runs_width(rest)), "rule")
            return wrap([rule], width, index=index, first=first, rest=rest, words=False)[:1]

        self.flow.append(lay)

    def _table(self, position: int) -> int:
        rows: list[list[Cell]] = []
        aligns: list[str] = []
        while (token := self.tokens[position]).type != "table_close":
            if token.type == "tr_open":
                rows.append([])
            elif token.type in ("th_open", "td_open"):
                if token.type == "th_open":
                    aligns.append(str(token.attrGet("style") or "").removeprefix("text-align:"))
                lines = inline_lines(self.tokens[position + 1].children or [])
                rows[-1].append(tuple(run for line in lines for run in line))
            position += 1
        table = Table([""] * len(aligns), aligns, cell_runs)
        table.header = [*rows[0]] if rows else []
        table.naturals = [runs_width(cell) for cell in table.header]
        table.rows = [*rows[1:]]
        first, rest = self._prefixes()
        self.flow.append(lambda width, index: table.head(width, first, rest, index))
        for number in range(len(table.rows)):
            self.flow.append(lambda width, index, number=number: table.body(number, width, rest, index))
        return position + 1


_TASKS = {"[ ] ": "☐ ", "[x] ": "☑ ", "[X] ": "☑ "}


def _code_line(runs: Sequence[Run], first: Prefix, rest: Prefix) -> Lay:
    def lay(width: int, index: int) -> list[Line]:
        return wrap(runs, width, index=index, first=first, rest=rest, fill="codeblock", words=False)

    return lay


class RawChunk(Chunk):
    """A slice of a paragraph's line that is too long to be worth parsing: plain text, wrapped."""

    __slots__ = ("style",)

    def __init__(self, source: str, start: int, *, gap: int = 0, style: str = "") -> None:
        super().__init__(source, start, gap=gap)
        self.style = style

    def lay(self, width: int) -> list[Line]:
        """The slice by itself."""
        return wrap([Run(expand_tabs(self.source.removesuffix("\n")), self.style)], width, index=0)


def raw_chunks(source: str, start: int, *, gap: int, style: str) -> list[Chunk]:
    """A block with very long lines, as plain slices."""
    chunks: list[Chunk] = []
    for line in source.splitlines(keepends=True):
        for begin, end in slices(line, SLICE):
            text = line[begin:end]
            if text.strip() or chunks:
                chunks.append(RawChunk(text, start + begin, gap=0 if chunks else gap, style=style))
        start += len(line)
    return chunks
