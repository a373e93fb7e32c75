"""The window onto the blocks: whatever is done around the reader, the text that is read stays where it is."""

from __future__ import annotations

from itertools import islice

import pytest
from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from tests.conftest import LONG
from widgets.blocks import Block, Density, Kind
from widgets.doc_lines import runs_width
from widgets.transcript_view import KEPT_DOCUMENTS, Place, Row, View

SHAPES = {
    "paragraphs": "{}\n\n",
    "one paragraph": "{}\n",
    "one line": "{} ",
    "list": "- {}\n",
    "numbers": "1. {}\n",
    "quote": "> {}\n",
    "table": "| {} | x |\n",
    "fence": "{}\n",
}
OPENING = {"table": "| a | b |\n|---|---|\n", "fence": "```python\n"}
KINDS: tuple[Kind, ...] = ("text", "prompt", "tool", "reasoning", "notice", "divider")
DENSITIES: tuple[Density, ...] = ("line", "summary", "full")


def window(view: View) -> list[Row]:
    """The rows that are seen, as many and as wide as there is room for."""
    rows = view.window()
    assert len(rows) <= view.height
    for row in rows:
        line = row.line
        cells = runs_width(line.prefix) + runs_width(line.runs) + runs_width(line.right)
        assert cells <= view.width or (view.width < 2 and len(line.text) == 1), line
    return rows


def words(row: Row) -> list[str]:
    return [word for word in row.line.text.split() if word.startswith("w") and word[1:].isdigit()]


class Reading(RuleBasedStateMachine):
    """A reader who holds on to a word at the top of the window while others append, fold, resize and load more."""

    def __init__(self) -> None:
        super().__init__()
        self.view = View()
        self.view.resize(40, 12)
        self.count = 0
        self.live = ""  # the block that streams
        self.shape = ""
        self.held = ""  # the word that is read, "" while the window follows the end or stands on none

    def name(self) -> str:
        self.count += 1
        return f"b{self.count}"

    def some_words(self, number: int) -> str:
        self.count += number
        return " ".join(f"w{n}" for n in range(self.count - number, self.count))

    def source(self, shape: str, lines: int) -> str:
        rows = [SHAPES[shape].format(self.some_words(7)) for _ in range(lines)]
        return OPENING.get(shape, "") + "".join(rows)

    def block(self, kind: Kind, shape: str, lines: int, *, streaming: bool = False) -> Block:
        return Block(id=self.name(), kind=kind, title="a title", source=self.source(shape, lines), streaming=streaming)

    def hold(self) -> None:
        """Remember what stands in the row that the window stands on: the top one, where there is text enough."""
        place = self.view.anchor
        row = next(self.view.forward(*self.view.resolve(place)), None) if place is not None else None
        self.held = next(iter(words(row)), "") if row is not None else ""
        if self.held and row is not None and any(letter.isalnum() for letter in row.line.text.partition(self.held)[0]):
            self.held = ""  # the row begins within a word, as rows of code may: that one is what stays, not the next

    @initialize(lines=st.integers(1, 60), shape=st.sampled_from(sorted(SHAPES)))
    def begin(self, lines: int, shape: str) -> None:
        self.view.append([self.block("text", shape, lines), self.block("tool", "paragraphs", 9)])

    # -- what others do

    @rule(kind=st.sampled_from(KINDS), shape=st.sampled_from(sorted(SHAPES)), lines=st.integers(0, 40))
    def append(self, kind: Kind, shape: str, lines: int) -> None:
        self.view.append([self.block(kind, shape, lines)])

    @precondition(lambda self: not self.live)
    @rule(kind=st.sampled_from(("text", "text", "tool")), shape=st.sampled_from(sorted(SHAPES)))
    def begin_to_stream(self, kind: Kind, shape: str) -> None:
        block = self.block(kind, shape, 1, streaming=True)
        self.view.append([block])
        self.live, self.shape = block.id, shape

    @precondition(lambda self: self.live)
    @rule(lines=st.integers(1, 120), step=st.integers(1, 60))
    def grow(self, lines: int, step: int) -> None:
        text = "".join(SHAPES[self.shape].format(self.some_words(7)) for _ in range(lines))
        for start in range(0, len(text), step * 8):
            self.view.grow(self.view.by_id[self.live], text[start : start + step * 8])
            window(self.view)

    @precondition(lambda self: self.live)
    @rule()
    def finish(self) -> None:
        self.view.finish(self.view.by_id[self.live], None)
        self.live = ""

    @rule(at=st.integers(0, 9), count=st.integers(1, 9), kind=st.sampled_from(KINDS))
    def insert(self, at: int, count: int, kind: Kind) -> None:
        at = min(at, len(self.view.entries) - 1)
        self.view.insert(at, [self.block(kind, "paragraphs", 2) for _ in range(count)])

    @rule(at=st.integers(0, 30))
    def replace_or_remove(self, at: int) -> None:
        entry = self.view.entries[at % len(self.view.entries)]
        if self.read_in(entry.id) or entry.id == self.live or len(self.view.entries) < 3:
            return
        if at % 2:
            self.view.remove(entry)
        else:
            self.view.put(entry, Block(id=entry.id, kind="notice", source=self.source("paragraphs", at % 5)))

    @rule(at=st.integers(0, 30))
    def fold_or_open(self, at: int) -> None:
        entry = self.view.entries[at % len(self.view.entries)]
        if not self.read_in(entry.id):
            self.view.toggle(entry)

    @rule(width=st.integers(8, 120), height=st.integers(1, 40))
    def resize(self, width: int, height: int) -> None:
        self.view.resize(width, height)
        anchor = self.view.anchor
        if anchor is not None and self.view.by_id[anchor.block_id].block.source.startswith(tuple(OPENING.values())):
            line = anchor.logical
            assert anchor.start < 0 or any(row.line.index == line for row in window(self.view)), "its line stays"
            self.hold()  # code is cut within words, and cells wrap side by side: the row stays, not the word

    @rule(density=st.sampled_from(DENSITIES))
    def density(self, density: Density) -> None:
        anchor = self.view.anchor
        if anchor is None or self.view.by_id[anchor.block_id].kind not in ("tool", "reasoning"):
            self.view.set_density("all", density)

    def read_in(self, block_id: str) -> bool:
        return self.view.anchor is not None and self.view.anchor.block_id == block_id

    # -- what the reader does

    @rule(rows=st.integers(-60, 60))
    def scroll(self, rows: int) -> None:
        self.view.scroll(window(self.view), rows)
        self.hold()

    @rule(at=st.integers(0, 30), row=st.integers(0, 50))
    def go_to(self, at: int, row: int) -> None:
        entry = self.view.entries[at % len(self.view.entries)]
        found = next(islice(self.view.forward(entry.index, 0, 0), row, None), None)
        self.view.anchor = Place(entry.id) if found is None else self.view.place(found)
        self.hold()

    # -- what always holds

    @invariant()
    def the_word_stays(self) -> None:
        rows = window(self.view)
        if self.view.anchor is None:
            assert not rows or self.view.is_last(rows[-1])
        elif self.held:
            at = next((n for n, row in enumerate(rows) if self.held in words(row)), None)
            assert at is not None, (self.held, [row.line.text for row in rows])
            assert at == 0 or self.view.is_last(rows[-1])  # lower only where there is no more text to fill the window

    @invariant()
    def the_books_are_kept(self) -> None:
        view = self.view
        assert view.total == sum(entry.height for entry in view.entries)
        assert [entry.index for entry in view.entries] == list(range(len(view.entries)))
        ordinals = [entry.ordinal for entry in view.entries]
        assert ordinals == sorted(set(ordinals))
        assert sum(entry.document is not None for entry in view.entries) <= KEPT_DOCUMENTS + view.height
        for entry in view.entries:
            if entry.document is not None:
                assert entry.document.total == sum(chunk.counted for chunk in entry.document.chunks)


TestReading = Reading.TestCase
TestReading.settings = settings(
    max_examples=500 if LONG else 40,
    stateful_step_count=25,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate, Phase.shrink],
)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("step", [37, 400])
def test_a_reader_inside_a_block_that_streams_and_ends_stays_on_the_word(shape: str, step: int) -> None:
    lines = [SHAPES[shape].format(" ".join(f"w{7 * line + n}" for n in range(7))) for line in range(300)]
    source = OPENING.get(shape, "") + "".join(lines)
    view = View()
    view.resize(50, 12)
    view.append([Block(id="a", kind="prompt", source="go"), Block(id="s", kind="text", streaming=True)])
    entry, held = view.by_id["s"], ""
    for start in range(0, len(source), step):
        view.grow(entry, source[start : start + step])
        if not held and start > len(source) * 2 // 3:
            for _ in range(6):
                view.scroll(window(view), -11)
            if not words(window(view)[0]):
                view.scroll(window(view), -1)
            held = words(window(view)[0])[0]
        assert held in ("", *words(window(view)[0]))
    view.grow(entry, "\n\nand another\n\n")
    assert held and held in words(window(view)[0])
    view.finish(entry, None)
    assert held in words(window(view)[0])
    for width in (23, 90, 31):
        view.resize(width, 12)
        assert held in words(window(view)[0])


def test_an_answer_of_which_nothing_has_come_yet_is_an_end_like_any_other() -> None:
    view = View()
    view.resize(40, 10)
    view.append([Block(id="a", kind="tool", title="x"), Block(id="b", kind="text", streaming=True)])
    assert view.is_last(view.window()[-1])


def test_scrolling_up_and_down_again_shows_the_same_rows() -> None:
    view = View()
    view.resize(30, 9)
    view.append([Block(id=f"b{n}", kind="text", source=f"- {n} " + "word " * (n % 40)) for n in range(80)])
    view.scroll(view.window(), -200)
    for rows in (1, 7, 30, 150):
        before = [row.line for row in view.window()]
        view.scroll(view.window(), -rows)
        view.scroll(view.window(), rows)
        assert [row.line for row in view.window()] == before


def test_the_documents_that_are_kept_are_few_and_the_ones_seen_last() -> None:
    view = View()
    view.resize(40, 20)
    view.append([Block(id=f"b{n}", kind="text", source=f"block {n}") for n in range(10_000)])
    assert sum(entry.document is not None for entry in view.entries) == 0
    view.window()
    assert sum(entry.document is not None for entry in view.entries) <= 20
    for _ in range(600):
        view.scroll(view.window(), -19)
    kept = [entry.index for entry in view.entries if entry.document is not None]
    assert len(kept) <= KEPT_DOCUMENTS
    assert kept[0] == view.window()[0].entry.index and kept[-1] < kept[0] + 2 * KEPT_DOCUMENTS
