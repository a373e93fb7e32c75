"""Two sides and what they differ in: final answers by their words, files by what each side made of them.

A page is one thing that is compared; it has one diff or several ways of looking at it, which ``v`` goes through.
"""

from collections.abc import Iterable, Mapping
from typing import ClassVar

from textual.widgets import OptionList
from textual.widgets.option_list import Option

from tui.app.footer import Told
from tui.app.keymap import screen_bindings
from tui.app.screens.files import FILE_VERBS, FilesScreen
from tui.engine.changes.versions import Version, version_diff
from tui.value import value
from widgets.clean import clean
from widgets.diff_view import DiffView
from widgets.status_line import Segment


@value
class Page:
    """``views`` are (what leads to what, unified diff, what to say where that is empty)."""

    name: str
    views: tuple[tuple[str, str, str], ...]
    glyph: str = " "
    said: str = ""


class DifferenceScreen(FilesScreen[None]):
    """Pages to look through; with a single one there is no list."""

    BINDINGS: ClassVar = screen_bindings(FILE_VERBS | {"difference.view": "view"})
    DEFAULT_CSS: ClassVar[str] = """
    DifferenceScreen.-single OptionList { display: none; }
    """

    def __init__(self, title: str, pages: list[Page], keymap: Mapping[str, str], *, words: bool = False) -> None:
        super().__init__(keymap)
        self._title = title
        self._pages = pages
        self._words = words
        self._view = 0

    def options(self) -> Iterable[Option]:
        return (Option(f" {page.glyph} {clean(page.name)}") for page in self._pages)

    def view(self) -> DiffView:
        return DiffView(wrap=self._words, words=self._words, highlight=not self._words)

    def keys(self) -> Iterable[Told]:
        several = ["files.down"] if len(self._pages) > 1 else []
        sides = ["difference.view"] if any(len(page.views) > 1 for page in self._pages) else []
        return self.actions("files.close", *several, *sides, "files.lower", "files.side", "files.wrap")

    def on_mount(self) -> None:
        single = len(self._pages) == 1
        self.set_class(single, "-single")
        self.draw_foot()
        if single:
            self.query_one(DiffView).focus()
        else:
            self.query_one(OptionList).focus()
            self.query_one(OptionList).highlighted = 0
        self._show()

    def on_option_list_option_highlighted(self, event: OptionList.OptionHighlighted) -> None:
        event.stop()
        self._show()

    @property
    def page(self) -> Page:
        return self._pages[self.query_one(OptionList).highlighted or 0]

    def _show(self) -> None:
        page = self.page
        sides, diff, otherwise = page.views[self._view % len(page.views)]
        view = self.query_one(DiffView)
        view.show(diff, () if diff else (otherwise,))
        added, removed = view.counts
        name = "" if len(self._pages) == 1 else clean(page.name)
        self.draw_head(
            [Segment(self._title, "", 9, least=12), Segment(name, "dim", 6, least=10)],
            [Segment(f"+{added} -{removed}" if diff else "", "dim", 7)],
        )
        self.line("said").show([Segment(sides, "accent", 9, least=20), Segment(clean(page.said), "warn", 5, least=20)])

    def action_view(self) -> None:
        self._view += 1
        self._show()


def answer_page(one: str, other: str, names: tuple[str, str]) -> Page:
    """What two final answers differ in."""
    sides = f"{names[0]} → {names[1]}"
    old, new = (f"{clean(text).rstrip()}\n".encode() for text in (one, other))
    diff = "\n".join(version_diff("answer", old, new).split("\n")[2:])  # without the names of files
    return Page(name="answers", views=((sides, diff, "The answers are the same."),))


def file_pages(one: dict[str, Version], other: dict[str, Version], names: tuple[str, str]) -> list[Page]:
    """What two sessions made of each file that one of them changed."""
    return [_file_page(name, one.get(name), other.get(name), names) for name in sorted({*one, *other})]


def _file_page(name: str, one: Version | None, other: Version | None, names: tuple[str, str]) -> Page:
    left, right = one or _untouched(other), other or _untouched(one)
    lost = left.lost or right.lost
    said = lost
    if not lost and (one is None or other is None):
        said = f"Only {names[one is None]} changed it."
    elif not lost and left.before != right.before:
        said = "They did not begin with the same file: one found it as another had left it."
    same = not lost and left.after == right.after
    glyph = "?" if lost else "=" if same else "<" if other is None else ">" if one is None else "~"
    pairs = (
        (f"{names[0]} → {names[1]}", left.after, right.after, left.lost or right.lost, "They are the same."),
        (f"before → {names[0]}", left.before, left.after, left.lost, f"{names[0]} did not change it."),
        (f"before → {names[1]}", right.before, right.after, right.lost, f"{names[1]} did not change it."),
    )
    if not lost and (one is None or other is None):  # first what was changed at all
        at = 2 if one is None else 1
        pairs = (pairs[at], pairs[0], pairs[3 - at])
    views = tuple((sides, "" if bad else version_diff(name, old, new), bad or no) for sides, old, new, bad, no in pairs)
    return Page(name=name, views=views, glyph=glyph, said=said)


def _untouched(other: Version | None) -> Version:
    """The file of a side that did not change it: as the other found it."""
    return Version() if other is None else Version(before=other.before, after=other.before)
