"""Values as a tree that folds: JSON, events, anything made of objects, lists and plain values.

Rows are made when they are seen and a branch is only gone into when it is opened, so a value of ten megabytes opens
like a small one. Every character is shown, the invisible ones spelled out (see ``literal``); nothing is read as markup.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from rich.style import Style
from textual import events
from textual.actions import SkipAction
from textual.binding import Binding
from textual.geometry import Region

from widgets.line_view import LineView, Piece, Row, chop
from widgets.literal import literal

PREVIEW = 60
"""Characters of a text that stand in its one row; more of it is seen when it is opened."""
TEXT_LINES = 5_000
"""Rows that a text which is opened shows at most."""
CHILDREN = TEXT_LINES
CUT = 4_000  # characters that are cut into rows in one go
STEP = 2  # cells for each level


@dataclass(slots=True)
class Fact:
    """A branch of the tree: a name and its value. ``line``: a row of the text that is its branch.

    ``document``: a text that opens however short it is, and stands there without quotes.
    """

    name: str
    value: Any
    depth: int = 0
    open: bool = False
    note: str = ""
    line: bool = False
    document: bool = False
    width: int = 0
    children: list["Fact"] | None = field(default=None, repr=False)

    @property
    def folds(self) -> bool:
        """Whether there is anything below it."""
        match self.value:
            case dict() | list() | tuple():
                return bool(self.value)
            case str():
                return not self.line and (self.document or "\n" in self.value.rstrip("\n") or len(self.value) > PREVIEW)
            case _:
                return False

    def below(self, width: int = 0) -> list["Fact"]:
        """Its branches, made when it is gone into: of a text, rows of ``width`` cells."""
        if self.children is None or (isinstance(self.value, str) and width != self.width):
            self.width = width
            made = list(islice(self._below(), CHILDREN + 1))
            self.children = made[:CHILDREN]
            if len(made) > CHILDREN:
                self.children.append(Fact("", "… and more", self.depth + 1, line=True))
        return self.children

    def _below(self) -> Iterator["Fact"]:
        deeper = self.depth + 1
        match self.value:
            case dict():
                yield from (Fact(str(name), value, deeper) for name, value in self.value.items())
            case list() | tuple():
                yield from (Fact(str(number), value, deeper) for number, value in enumerate(self.value))
            case str():
                room = max(16, self.width - deeper * STEP - 3) if self.width else len(self.value)
                for line in self.value.removesuffix("\n").split("\n"):
                    pieces = (line[at : at + CUT] for at in range(0, max(1, len(line)), CUT))
                    yield from (Fact("", row, deeper, line=True) for piece in pieces for row in chop(piece, room))


class FactTree(LineView):
    """Told by ``show``. Tells nothing: what is open and where the cursor stands is its own."""

    BINDINGS = [
        Binding("j,down", "step(1)", "Next row", show=False, id="tree.down"),
        Binding("k,up", "step(-1)", "Previous row", show=False, id="tree.up"),
        Binding("pagedown,ctrl+d", "page(1)", "Page down", show=False, id="tree.pagedown"),
        Binding("pageup,ctrl+u", "page(-1)", "Page up", show=False, id="tree.pageup"),
        Binding("g,home", "edge(False)", "Top", show=False, id="tree.home"),
        Binding("G,end", "edge(True)", "End", show=False, id="tree.end"),
        Binding("space", "turn", "Open or fold", show=False, id="tree.turn"),
        Binding("l,right", "unfold", "Open, or go in", show=False, id="tree.unfold"),
        Binding("h,left", "fold", "Fold, or go out", show=False, id="tree.fold"),
        Binding("plus", "all(True)", "Open all", show=False, id="tree.all"),
        Binding("minus", "all(False)", "Fold all", show=False, id="tree.none"),
    ]
    COMPONENT_CLASSES = {
        f"fact--{name}" for name in ("text", "name", "string", "number", "word", "mark", "note", "escape", "cursor")
    }
    DEFAULT_CSS = """
    FactTree {
        height: 1fr; width: 1fr; background: $surface; color: $foreground; scrollbar-size: 1 1;
        & .fact--text { color: $foreground; }
        & .fact--name { color: $text-primary; }
        & .fact--string { color: $text-success; }
        & .fact--number { color: $text-warning; }
        & .fact--word { color: $text-accent; }
        & .fact--mark { color: $foreground 60%; }
        & .fact--note { color: $foreground 60%; }
        & .fact--escape { color: $text-warning; text-style: reverse; }
        & .fact--cursor { background: $foreground 10%; }
    }
    """

    def __init__(self, *, name: str | None = None, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(name=name, id=id, classes=classes)
        self._roots: list[Fact] = []
        self._rows: list[Fact] = []
        self._cursor = 0

    # -- what it is told

    def show(self, facts: Sequence[Fact]) -> None:
        """Show these branches from now on. Branches of the same names stay as they were folded."""
        was_open = {path for path, fact in _paths(self._roots) if fact.open}
        folded = {path for path, fact in _paths(self._roots) if not fact.open and fact.folds}
        self._roots = list(facts)
        for path, fact in _paths(self._roots, into=was_open):
            if path in was_open or path in folded:
                fact.open = path in was_open
        self._lay()

    @property
    def shown(self) -> list[str]:
        """The texts of all rows."""
        return [row.text for row in (self.row(y) for y in range(len(self._rows))) if row is not None]

    @property
    def cursor(self) -> Fact | None:
        """The branch that the cursor is on."""
        return self._rows[self._cursor] if self._rows else None

    # -- rows

    def _lay(self) -> None:
        self._rows = list(_visible(self._roots, self.room.width if self.is_mounted else 0))
        self._cursor = min(self._cursor, max(0, len(self._rows) - 1))
        if self.is_mounted:
            self.set_extent(max((self._width(fact) for fact in self._rows[:2_000]), default=0), len(self._rows))
            self.refresh()

    def _width(self, fact: Fact) -> int:
        value = fact.value
        size = min(len(value), PREVIEW if not fact.line else self.room.width) if isinstance(value, str) else 20
        if fact.line:
            return fact.depth * STEP + size
        return fact.depth * STEP + len(fact.name) + len(fact.note) + size + 8

    def on_mount(self) -> None:
        self._lay()

    def on_resize(self) -> None:
        self._lay()

    def row(self, y: int) -> Row | None:
        if not 0 <= y < len(self._rows):
            return None
        fact = self._rows[y]
        mark = ("▾ " if fact.open else "▸ ") if fact.folds else "  "
        pieces: list[Piece] = [(" " * (fact.depth * STEP) + mark, self._style("mark"))]
        if fact.name:
            pieces += [(text, self._style("escape" if odd else "name")) for text, odd in literal(fact.name)]
            pieces.append((": ", self._style("mark")))
        pieces += self._value(fact)
        if fact.note:
            pieces.append((f"  {fact.note}", self._style("note")))
        if y == self._cursor and self.has_focus:
            under = self.get_component_rich_style("fact--cursor")
            back = Style(bgcolor=under.bgcolor)
            return Row([(text, style + back) for text, style in pieces], fill=under)
        return Row(pieces)

    def _style(self, name: str) -> Style:
        return self.get_component_rich_style(f"fact--{name}")

    def _value(self, fact: Fact) -> list[Piece]:
        value = fact.value
        match value:
            case dict():
                return [(f"{{{len(value):,} fields}}" if value else "{}", self._style("note"))]
            case list() | tuple():
                return [(f"[{len(value):,} items]" if value else "[]", self._style("note"))]
            case str() if fact.line:
                return self._text(value, "text")
            case str():
                return self._string(value, fact)
            case bool() | None:
                return [(json.dumps(value), self._style("word"))]
            case _:
                return [(str(value)[:PREVIEW], self._style("number"))]

    def _string(self, value: str, fact: Fact) -> list[Piece]:
        if fact.folds:
            lines = value.count("\n") + 1
            told = f"{lines:,} lines, {len(value):,} characters" if lines > 1 else f"{len(value):,} characters"
            first = "" if fact.open else value[:PREVIEW].split("\n", 1)[0]
            cut = [("… ", self._style("mark"))] if first else []
            return [*self._text(first, "string"), *cut, (told, self._style("note"))]
        quote = ('"', self._style("string"))
        return [quote, *self._text(value, "string"), quote]

    def _text(self, text: str, kind: str) -> list[Piece]:
        return [(piece, self._style("escape" if odd else kind)) for piece, odd in literal(text)]

    # -- moving and folding

    def _go(self, to: int) -> None:
        if not self._rows:
            return
        self._cursor = max(0, min(to, len(self._rows) - 1))
        self.scroll_to_region(Region(self.scroll_offset.x, self._cursor, 1, 1), animate=False)
        self.refresh()

    def action_step(self, step: int) -> None:
        self._go(self._cursor + step)

    def action_page(self, step: int) -> None:
        self._go(self._cursor + step * max(1, self.room.height - 1))

    def action_edge(self, last: bool) -> None:
        self._go(len(self._rows) if last else 0)

    def action_turn(self) -> None:
        fact = self.cursor
        if fact is not None and fact.folds:
            fact.open = not fact.open
            self._lay()

    def action_unfold(self) -> None:
        fact = self.cursor
        if fact is None or not fact.folds:
            raise SkipAction  # who shows the tree may have something further to the right
        if not fact.open:
            self.action_turn()
        else:
            self._go(self._cursor + 1)

    def action_fold(self) -> None:
        fact = self.cursor
        if fact is not None and fact.open and fact.folds:
            self.action_turn()
            return
        depth = fact.depth if fact is not None else 0
        above = next((n for n in range(self._cursor - 1, -1, -1) if self._rows[n].depth < depth), None)
        if above is None:
            raise SkipAction
        self._go(above)

    def action_all(self, opened: bool) -> None:
        """Fold everything, or open what is folded and in sight."""
        for fact in list(self._rows) if opened else self._roots:
            if fact.folds:
                fact.open = opened
        self._lay()

    def on_click(self, event: events.Click) -> None:
        y = event.y + self.scroll_offset.y
        if 0 <= y < len(self._rows):
            again = y == self._cursor
            self._go(y)
            if again or event.x + self.scroll_offset.x <= self._rows[y].depth * STEP + 1:
                self.action_turn()

    def on_focus(self) -> None:
        self.refresh()

    def on_blur(self) -> None:
        self.refresh()


def _visible(facts: Sequence[Fact], width: int) -> Iterator[Fact]:
    for fact in facts:
        yield fact
        if fact.open and fact.folds:
            yield from _visible(fact.below(width), width)


def _paths(
    facts: Sequence[Fact], path: tuple[str, ...] = (), into: set[tuple[str, ...]] | None = None
) -> Iterator[tuple[tuple[str, ...], Fact]]:
    """All branches that were made, by their names; with ``into`` also those below the paths that it names."""
    for fact in facts:
        here = (*path, fact.name)
        yield here, fact
        if isinstance(fact.value, str):
            continue
        if fact.children is not None or fact.open or (into is not None and here in into):
            yield from _paths(fact.below(), here, into)
