"""A unified diff, read: coloured, numbered, unified or side by side.

What is added or removed says so by its sign AND by its colour. Every character of the text is shown,
the invisible ones spelled out (see ``literal``): a person decides on what stands here.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Literal

from rich.cells import cell_len
from rich.style import Style
from textual.binding import Binding
from textual.geometry import Size
from textual.reactive import reactive

from widgets.diff_code import DiffCode
from widgets.diff_words import WORD_STYLES, word_runs
from widgets.doc_lines import Run
from widgets.line_view import LineView, Piece, Row, chop_pieces
from widgets.literal import literal

Kind = Literal["text", "file", "hunk", "context", "add", "remove", "note"]
Mode = Literal["unified", "side_by_side"]

SIGNS: dict[Kind, str] = {"add": "+", "remove": "-", "context": " "}
SIDE_BY_SIDE_FROM = 60  # cells: narrower than that, both modes are drawn unified
CODE = tuple(f"code-{name}" for name in ("keyword", "string", "number", "comment", "function", "type"))
_ACROSS = frozenset(("text", "file", "hunk"))  # kinds without numbers, which go right across

_HUNK = re.compile(r"@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@")


@dataclass(frozen=True, slots=True)
class DiffLine:
    """One line: ``text`` is without its sign; ``old`` and ``new`` are line numbers, 0 where it has none."""

    kind: Kind
    text: str
    old: int = 0
    new: int = 0


def parse_diff(diff: str) -> Iterator[DiffLine]:
    """The lines of a unified diff. Counts of a hunk's header tell what is in it, so "--- x" removed is no header."""
    old = new = old_left = new_left = 0
    for line in diff.removesuffix("\n").split("\n") if diff else ():
        line = line.removesuffix("\r")
        sign, text = line[:1], line[1:]
        if old_left > 0 or new_left > 0:
            if sign == "+" and new_left > 0:
                yield DiffLine("add", text, 0, new)
                new, new_left = new + 1, new_left - 1
                continue
            if sign == "-" and old_left > 0:
                yield DiffLine("remove", text, old, 0)
                old, old_left = old + 1, old_left - 1
                continue
            if sign in (" ", ""):
                yield DiffLine("context", text, old, new)
                old, new, old_left, new_left = old + 1, new + 1, old_left - 1, new_left - 1
                continue
        if found := _HUNK.match(line):
            old, new = int(found[1]), int(found[3])
            old_left, new_left = int(found[2] or 1), int(found[4] or 1)
            yield DiffLine("hunk", line)
        elif sign == "\\":
            yield DiffLine("note", text.strip())
        else:
            yield DiffLine("file", line)


def pair_up(lines: Sequence[DiffLine]) -> Iterator[tuple[DiffLine | None, DiffLine | None]]:
    """Old and new side: removed lines beside the added ones that follow; every other line beside itself."""
    removed: list[DiffLine] = []
    added: list[DiffLine] = []
    for line in lines:
        if line.kind == "remove" and added:
            yield from zip_longest(removed, added)
            removed, added = [line], []
        elif line.kind == "remove":
            removed.append(line)
        elif line.kind == "add":
            added.append(line)
        else:
            yield from zip_longest(removed, added)
            removed, added = [], []
            yield line, line
    yield from zip_longest(removed, added)


class DiffView(LineView):
    """Told by ``show``, ``mode`` and ``wrap``. Side by side always wraps: there, nothing could scroll sideways.

    ``highlight``: code in the colours of its language, by the names of the files. ``words``: which words of a changed
    line are others, for prose.
    """

    BINDINGS = [
        Binding("s", "toggle_mode", "Side by side", show=False, id="view.side"),
        Binding("w", "toggle_wrap", "Wrap", show=False, id="view.wrap"),
        Binding("right_square_bracket", "file(1)", "Next file", show=False, id="view.next_file"),
        Binding("left_square_bracket", "file(-1)", "Previous file", show=False, id="view.previous_file"),
    ]
    COMPONENT_CLASSES = {
        f"diff--{name}" for name in ("text", "file", "hunk", "context", "note", "gutter", "escape")
    } | {f"diff--{name}" for name in ("add", "add-sign", "remove", "remove-sign", *WORD_STYLES.values(), *CODE)}
    DEFAULT_CSS = """
    DiffView {
        height: 1fr; width: 1fr; background: $surface; color: $foreground; scrollbar-size-vertical: 1;
        & .diff--text, & .diff--context { color: $foreground; }
        & .diff--file { text-style: bold; }
        & .diff--hunk, & .diff--note { color: $foreground 60%; }
        & .diff--gutter { color: $foreground 45%; }
        & .diff--add { background: $success 14%; }
        & .diff--remove { background: $error 18%; }
        & .diff--add-sign { color: $text-success; background: $success 14%; text-style: bold; }
        & .diff--remove-sign { color: $text-error; background: $error 18%; text-style: bold; }
        & .diff--word-add { background: $success 36%; text-style: bold; }
        & .diff--word-remove { background: $error 40%; text-style: bold; }
        & .diff--escape { color: $text-warning; text-style: reverse; }
        & .diff--code-keyword { color: $text-secondary; text-style: bold; }
        & .diff--code-string { color: $text-success; }
        & .diff--code-number { color: $text-warning; }
        & .diff--code-comment { color: $foreground 65%; text-style: italic; }
        & .diff--code-function { color: $text-primary; }
        & .diff--code-type { color: $text-accent; }
    }
    """

    mode: reactive[Mode] = reactive[Mode]("unified", init=False)
    wrap: reactive[bool] = reactive(False, init=False)

    def __init__(
        self,
        diff: str = "",
        *,
        mode: Mode = "unified",
        wrap: bool = False,
        highlight: bool = False,
        words: bool = False,
        name: str | None = None,
        id: str | None = None,
        classes: str | None = None,
    ) -> None:
        super().__init__(name=name, id=id, classes=classes)
        self.set_reactive(DiffView.mode, mode)
        self.set_reactive(DiffView.wrap, wrap)
        self._lines: tuple[DiffLine, ...] = ()
        self._highlight = highlight
        self._by_word = words
        self._words: dict[int, tuple[Run, ...]] = {}
        self._code: DiffCode | None = None
        self._number_of: dict[int, int] = {}  # id of a line -> its number
        self._entries: list[tuple[DiffLine | None, ...]] = []  # one line, or the two sides of a pair
        self._rows: list[tuple[int, int]] = []  # row of the screen -> (entry, which row of it)
        self._laid: tuple[int, Mode, bool] | None = None
        self._digits = 0
        self.show(diff)

    def show(self, diff: str, preface: Sequence[str] = ()) -> None:
        """Show a diff from now on, after the lines of ``preface`` (plain text, without numbers)."""
        self._source = diff
        self._lines = tuple(DiffLine("text", line) for line in preface) + tuple(parse_diff(diff))
        self._code = DiffCode(self._lines) if self._highlight else None
        self._words = word_runs(self._lines) if self._by_word else {}
        self._number_of = {id(line): number for number, line in enumerate(self._lines)} if self._highlight else {}
        highest = max((max(line.old, line.new) for line in self._lines), default=0)
        self._digits = len(str(highest)) if highest else 0
        self._laid = None
        if self.is_mounted:
            self.scroll_to(0, 0, animate=False)
        self._lay_again()

    @property
    def lines(self) -> tuple[DiffLine, ...]:
        return self._lines

    @property
    def source(self) -> str:
        """The diff as it was given."""
        return self._source

    @property
    def counts(self) -> tuple[int, int]:
        """Lines added and removed."""
        kinds = [line.kind for line in self._lines]
        return kinds.count("add"), kinds.count("remove")

    def action_toggle_mode(self) -> None:
        self.mode = "unified" if self.mode == "side_by_side" else "side_by_side"

    def action_toggle_wrap(self) -> None:
        self.wrap = not self.wrap

    def action_file(self, step: int) -> None:
        """To the next file, or the one before."""
        top = self.scroll_offset.y
        begins = [y for y, (index, part) in enumerate(self._rows) if not part and self._begins_file(index)]
        places = [y for y in begins if y > top] if step > 0 else [y for y in reversed(begins) if y < top]
        if places:
            self.scroll_to(y=places[0], animate=False)

    def _begins_file(self, index: int) -> bool:
        line = self._entries[index][0]
        return line is not None and line.kind == "file" and line.text.startswith("--- ")

    def watch_mode(self) -> None:
        self._lay_again()

    def watch_wrap(self) -> None:
        self._lay_again()

    def on_resize(self) -> None:
        self._lay_again()

    def _lay_again(self) -> None:
        if self.is_mounted:
            self.set_extent(*self._lay(self.room.width))
            self.refresh(layout=self.styles.is_auto_height)

    # -- rows

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        return self._lay(width).height

    def _lay(self, width: int) -> Size:
        """Decide what stands in which row; the extent of it all."""
        mode: Mode = self.mode if width >= SIDE_BY_SIDE_FROM else "unified"
        if self._laid != (width, mode, self.wrap):
            self._laid = (width, mode, self.wrap)
            paired = mode == "side_by_side"
            self._entries = list(pair_up(self._lines) if paired else ((line,) for line in self._lines))
            self._rows = [(i, part) for i, entry in enumerate(self._entries) for part in range(self._height(entry))]
        return Size(0 if self._wraps else self._widest(), len(self._rows))

    @property
    def _wraps(self) -> bool:
        return self._laid is not None and (self._laid[2] or self._laid[1] == "side_by_side")

    def _widest(self) -> int:
        return max((self._gutter_cells(line, 2) + _cells(line.text) for line in self._lines), default=0)

    def _columns(self) -> tuple[int, int]:
        """Cells of the left and the right side."""
        width = self._laid[0] if self._laid else 0
        return (width - 1) // 2, width - 1 - (width - 1) // 2

    def _height(self, entry: tuple[DiffLine | None, ...]) -> int:
        if not self._wraps or self._laid is None:
            return 1
        if len(entry) == 1 or (entry[0] is not None and entry[0].kind in _ACROSS):
            line = entry[0]
            assert line is not None
            return self._line_height(line, self._laid[0], numbers=2)
        sides = zip(entry, self._columns(), strict=True)
        return max(self._line_height(line, width, numbers=1) for line, width in sides if line is not None)

    def _line_height(self, line: DiffLine, width: int, *, numbers: int) -> int:
        room = width - self._gutter_cells(line, numbers)
        if line.text.isascii() and line.text.isprintable():
            return max(1, -(-len(line.text) // max(1, room)))
        return len(chop_pieces([(text, Style.null()) for text, _ in literal(line.text)], room))

    def _gutter_cells(self, line: DiffLine, numbers: int) -> int:
        return 0 if line.kind in _ACROSS or not self._digits else numbers * (self._digits + 1) + 2

    def row(self, y: int) -> Row | None:
        self._lay(self.room.width)
        if not 0 <= y < len(self._rows) or self._laid is None:
            return None
        index, part = self._rows[y]
        entry = self._entries[index]
        if len(entry) == 1 or (entry[0] is not None and entry[0].kind in _ACROSS):
            line = entry[0]
            assert line is not None
            return self._line_row(line, part, self._laid[0], (line.old, line.new))
        return self._pair_row(entry[0], entry[1], part)

    def _line_row(self, line: DiffLine, part: int, width: int, numbers: Sequence[int]) -> Row:
        style = self.get_component_rich_style(f"diff--{line.kind}")
        escape = style + self.get_component_rich_style("diff--escape", partial=True)
        pieces: list[Piece] = []
        for run in self._runs(line):
            own = style
            if run.style in WORD_STYLES.values():
                own = self.get_component_rich_style(f"diff--{run.style}")
            elif run.style in CODE:
                own = style + self.get_component_rich_style(f"diff--{run.style}", partial=True)
            pieces += [(text, escape if hidden else own) for text, hidden in literal(run.text)]
        if self._wraps:
            chopped = chop_pieces(pieces, width - self._gutter_cells(line, len(numbers)))
            pieces = chopped[part] if part < len(chopped) else []
        fill = style if line.kind in ("add", "remove") else None
        return Row(pieces, self._gutter(line, numbers, part), fill, continued=part > 0)

    def _runs(self, line: DiffLine) -> Sequence[Run]:
        if self._code is not None:
            return self._code.runs(self._number_of[id(line)])
        return self._words.get(id(line)) or (Run(line.text),)

    def _gutter(self, line: DiffLine, numbers: Sequence[int], part: int) -> list[Piece]:
        """Numbers and sign in a line's first row; in further ones their room, so that no row passes for a line."""
        if not self._gutter_cells(line, len(numbers)):
            return []
        dim = self.get_component_rich_style("diff--gutter")
        changed = line.kind in ("add", "remove")
        sign = self.get_component_rich_style(f"diff--{line.kind}-sign" if changed else "diff--gutter")
        figures = "".join(f"{number if number and not part else '':>{self._digits}} " for number in numbers)
        return [(figures, dim), ("  " if part else SIGNS.get(line.kind, " ") + " ", sign)]

    def _pair_row(self, left: DiffLine | None, right: DiffLine | None, part: int) -> Row:
        """Both sides as one row. The left one counts as gutter, so that a selection is of the new text."""
        left_width, right_width = self._columns()
        dim = self.get_component_rich_style("diff--gutter")
        gutter: list[Piece] = [*self._side(left, part, left_width), ("│", dim)]
        if right is None or part >= self._line_height(right, right_width, numbers=1):
            return Row([], gutter, continued=part > 0)
        row = self._line_row(right, part, right_width, (right.new,))
        return Row(row.pieces, [*gutter, *row.gutter], row.fill, continued=part > 0)

    def _side(self, line: DiffLine | None, part: int, width: int) -> list[Piece]:
        """The left side of a pair, filled up to ``width``."""
        if line is None or part >= self._line_height(line, width, numbers=1):
            return [(" " * width, self.rich_style)]
        row = self._line_row(line, part, width, (line.old,))
        pieces = [*row.gutter, *row.pieces]
        used = sum(cell_len(text) for text, _ in pieces)
        return [*pieces, (" " * max(0, width - used), row.fill or self.rich_style)]


def _cells(text: str) -> int:
    return len(text) if text.isascii() and text.isprintable() else sum(cell_len(piece) for piece, _ in literal(text))
