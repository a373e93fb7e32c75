"""From a block to its document: what each kind of block looks like, in rows.

The only place that knows that a prompt has a bar, that reasoning folds to one line, that a tool's row has its facts
at the right edge.
"""

from __future__ import annotations

from typing import assert_never

from widgets.blocks import GLYPHS, Block, Density
from widgets.doc_chunks import Chunk, Document, PlainChunk, plain_spans
from widgets.doc_code import CodeChunk, Fence, code_chunks
from widgets.doc_lines import Line, Run, fit, runs_width
from widgets.markdown_doc import MarkdownDoc

SUMMARY_LINES = 8

_PROMPT = (Run("▌ ", "prompt prompt-bar"),)
_BODY = (Run("│ ", "rule"),)


class RowChunk(Chunk):
    """One row that never wraps: a glyph, a text that is cut to fit, facts at the right edge."""

    __slots__ = ("mark", "right", "text")

    def __init__(self, mark: tuple[Run, ...], text: tuple[Run, ...], right: str = "", *, start: int = -1) -> None:
        super().__init__("", start)
        self.mark = mark
        self.text = text
        self.right = right

    def lay(self, width: int) -> list[Line]:
        """The row."""
        room = max(0, width - runs_width(self.mark))
        right = (Run(fit(self.right, room // 2), "detail"),) if self.right and room > 24 else ()
        room -= runs_width(right) + 2 * bool(right)
        runs: list[Run] = []
        for run in self.text:
            text = fit(run.text, room)
            if text:
                runs.append(Run(text, run.style, run.href))
            room -= runs_width(runs[-1:])
            if room <= 0:
                break
        logical = "".join(run.text for run in runs)
        return [Line(runs=tuple(runs), prefix=self.mark, right=right, index=0, logical=logical)]

    def guess(self, width: int) -> int:
        """Always one row."""
        return 1


class RuleChunk(Chunk):
    """A rule across the pane, with a title in it."""

    __slots__ = ("title",)

    def __init__(self, title: str) -> None:
        super().__init__("", 0)
        self.title = title

    def lay(self, width: int) -> list[Line]:
        """The rule."""
        title = f" {fit(self.title, max(0, width - 8))} " if self.title else ""
        left = Run("──" if title else "", "rule")
        rest = max(0, width - runs_width([left, Run(title)]))
        runs = (left, Run(title, "muted"), Run("─" * rest, "rule"))
        return [Line(prefix=tuple(run for run in runs if run.text), index=0, logical=self.title)]

    def guess(self, width: int) -> int:
        """Always one row."""
        return 1


def _row(block: Block) -> RowChunk:
    """A tool's row: glyph, name, summary, facts."""
    name, blank, summary = block.title.partition(" ")
    mark = (Run(f"{GLYPHS[block.status]} ", f"state state-{block.status or 'none'}"),)
    return RowChunk(mark, (Run(name, "tool-name"), Run(blank + summary, "tool-summary")), block.detail)


class ToolDoc(Document):
    """A tool's row and, opened, its body: at first some lines of it, in full on demand."""

    def __init__(self, block: Block, density: Density) -> None:
        self.density: Density = density
        self.fence = Fence(block.language, closed=not block.streaming, body=block.source)
        self.lines_known = block.source.count("\n") + (not block.source.endswith("\n")) if block.source else 0
        super().__init__([_row(block)])
        if density != "line":
            self._append(block.source)

    def _append(self, text: str) -> None:
        """Show more of the body: the last chunk is cut again with `text` behind it."""
        last = self.chunks[-1]
        begin, first_line, first = 0, 0, len(self.chunks)
        match last:
            case CodeChunk():
                text = last.source + text
                begin, first_line, first = last.start, last.first_line, len(self.chunks) - 1
            case RowChunk() if first > 1:
                first -= 1
                if self.density == "summary":
                    self.replace(first, [self._more()])
                    return
        if not text:
            return
        if self.density == "summary" and self.lines_known > SUMMARY_LINES:
            text = "".join(f"{line}\n" for line in text.split("\n")[: SUMMARY_LINES - first_line])
            chunks: list[Chunk] = [*self._code(text, begin, first_line), self._more()]
        else:
            chunks = [*self._code(text, begin, first_line)]
        self.replace(first, chunks)

    def _code(self, text: str, begin: int, first_line: int) -> list[CodeChunk]:
        chunks = code_chunks(text, begin, self.fence, first_line=first_line, prefix=_BODY)
        for chunk in chunks:
            chunk.source = text[chunk.start - begin : chunk.start - begin + len(chunk.code) + 1]
        return chunks

    def _more(self) -> RowChunk:
        count = self.lines_known - SUMMARY_LINES
        return RowChunk(
            _BODY, (Run(f"… {count:,} more line{'s'[: count != 1]}", "muted"),), start=1 << 60
        )  # after any place in the body

    def set_row(self, block: Block) -> None:
        """Another title, state or facts; the body stays."""
        self.put_first(_row(block))

    def feed(self, text: str) -> None:
        """More of the body has come."""
        self.lines_known = self.lines_known + text.count("\n") or 1
        if self.density != "line":
            self._append(text)


def _reasoning_row(words: int, *, streaming: bool, opened: bool) -> RowChunk:
    """The one line to which reasoning folds."""
    arrow = "▾" if opened else "▸"
    text = f"thinking … {words:,} words" if streaming else f"thought for {words:,} word{'s'[: words != 1]}"
    return RowChunk((Run(f"{arrow} ", "reasoning"),), (Run(text, "reasoning"),))


class ReasoningDoc(MarkdownDoc):
    """Reasoning: one line, and behind it, opened, the text in a quiet style."""

    def __init__(self, block: Block, words: int, density: Density) -> None:
        self.opened = density != "line"
        super().__init__(style="reasoning", lead=_reasoning_row(words, streaming=block.streaming, opened=self.opened))
        if self.opened:
            self.feed(block.source)
            if not block.streaming:
                self.finish(block.source)

    def count(self, words: int, *, streaming: bool) -> None:
        """Say how many words there are by now."""
        self.put_first(_reasoning_row(words, streaming=streaming, opened=self.opened))


_ENDINGS = {"cut": "cut off here", "cancelled": "interrupted here", "error": "failed here"}


def _ending(block: Block) -> RowChunk:
    """The row under an answer that did not come to its end."""
    state = f"state state-{block.status}"
    return RowChunk((Run(f"{GLYPHS[block.status]} ", state),), (Run(_ENDINGS[block.status], state),), start=1 << 60)


def _notice(block: Block) -> list[Chunk]:
    glyph = GLYPHS[block.status] if block.status else "▪"
    state = f"state-{block.status or 'none'}"
    chunks: list[Chunk] = []
    mark, blank = (Run(f"{glyph} ", f"state {state}"),), (Run("  "),)
    if block.title:
        chunks.append(PlainChunk(block.title, -1, style=f"notice {state}", prefix=mark, rest=blank))
    if block.source or not block.title:
        for start, end in plain_spans(block.source):
            first = blank if chunks else mark
            chunks.append(PlainChunk(block.source[start:end], start, style="notice", prefix=first, rest=blank))
    return chunks


def make_document(block: Block, density: Density, words: int) -> Document:
    """The document of a block, nothing of it laid out yet. `density` says how much of a tool or of reasoning to
    show, `words` how long the reasoning is."""
    source = block.source
    match block.kind:
        case "text":
            if not block.streaming:
                document = MarkdownDoc(source)
                if block.status in _ENDINGS:
                    document.replace(len(document.chunks), [_ending(block)])
                return document
            document = MarkdownDoc()
            document.feed(source)
            return document
        case "reasoning":
            return ReasoningDoc(block, words, density)
        case "tool":
            return ToolDoc(block, density)
        case "prompt":
            return Document([PlainChunk(source[a:b], a, fill="prompt", prefix=_PROMPT) for a, b in plain_spans(source)])
        case "notice":
            return Document(_notice(block))
        case "divider":
            return Document([RuleChunk(block.title)])
        case _:
            assert_never(block.kind)
