"""Every setting: what it is now, what it does, and another value for it, which is written into config.toml.

What a person wrote there stays as it is, comments too. What is not allowed is said at once and not written. What can
hold at once does; of the rest it is said that it holds at the next start.
"""

import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.content import Content
from textual.widgets import Input, Static

from tui.app.footer import Told
from tui.app.keymap import way_to
from tui.app.prompt.editor import editor_command, open_editor
from tui.app.screens.setting_values import as_text, shown, value_of
from tui.app.screens.sheet import Sheet, own_actions, sheet_bindings
from tui.app.screens.themes import theme_list
from tui.app.services import Program
from tui.app.words import home_path
from tui.errors import PenstockError, UsageError
from tui.paths import config_path
from tui.settings.catalog import SETTINGS, TITLES, Setting
from tui.settings.config import Settings, read_settings
from tui.settings.writing import HEAD, Value, unset_setting, write_setting, written_in, written_values
from widgets.clean import clean
from widgets.picker import Item, Picker
from widgets.status_line import STYLES, Segment, Style
from widgets.virtual_table import Cell, Column, TableRow, VirtualTable

COLUMNS = (
    Column("section", "", 11, 1),
    Column("key", "setting", 18, 4),
    Column("value", "value", 16, 3, flex=True),
    Column("state", "", 7, 2),
)
_AT_ONCE, _NEXT = "It holds at once.", "It holds at the next start."


class SettingsScreen(Sheet[None]):
    """``query``: what to search for at the beginning."""

    PLACE = "settings"
    BINDINGS: ClassVar = sheet_bindings("settings")
    DEFAULT_CSS: ClassVar[str] = """
    SettingsScreen {
        & > Input, & > Input:focus { display: none; }
        & > Input.-open { display: block; }
        & > .edit { border-left: outer $accent; }
        & > .about { height: auto; min-height: 2; padding: 0 1; background: $surface; }
        & > .notes { height: auto; min-height: 1; max-height: 3; padding: 0 1; background: $surface; }
    }
    """

    def __init__(self, program: Program, query: str = "") -> None:
        super().__init__(program.keymap)
        self._program = program
        self._query = query
        self._path = config_path()
        self._settings = Settings()
        self._values: dict[str, Any] = {}
        self._rows: list[Setting] = []

    def parts(self) -> ComposeResult:
        yield _field("search", "Words of a setting, or of what it does")
        yield VirtualTable(COLUMNS)
        yield _field("edit", "")
        yield Static(classes="about", markup=False)
        yield Static(classes="notes", markup=False)

    def on_mount(self) -> None:
        self._field("search").value = self._query
        self._field("search").set_class(bool(self._query), "-open")
        self._table.focus()
        self._read()
        self._draw()

    # --- parts

    @property
    def _table(self) -> VirtualTable:
        return self.query_one(VirtualTable)

    def _field(self, name: str) -> Input:
        return self.query_one(f".{name}", Input)

    @property
    def selected(self) -> Setting | None:
        """The setting that the cursor is on."""
        return self._rows[self._table.cursor] if self._rows else None

    @property
    def listed(self) -> Sequence[Setting]:
        """What is shown, from the top."""
        return self._rows

    def note(self, sentence: str, style: Style = "warn") -> None:
        """Say something above the footer; "" for nothing. The file's name stands in the head."""
        for path in {str(self._path), os.path.realpath(self._path)}:
            sentence = sentence.removeprefix(f"{path}: ")
        self.query_one(".notes", Static).update(Content.styled(clean(sentence), STYLES[style]))

    # --- reading and drawing

    def _read(self) -> bool:
        """Read the file again; whether that was possible."""
        try:
            self._settings, self._values = read_settings(self._path), written_values(self._path)
        except PenstockError as error:
            self.note(error.sentence(), "bad")
            return False
        return True

    def _draw(self) -> None:
        words = self._field("search").value.casefold().split()
        self._rows = [setting for setting in SETTINGS if _matches(setting, words)]
        rows, last = [], None
        for setting in self._rows:
            rows.append(self._row(setting, first=setting.section != last))
            last = setting.section
        self._table.show(len(rows), 0, rows, empty="No setting has these words.")
        self._table.move_to(self._table.cursor)
        self.draw_head([Segment("Settings", "", 9)], [Segment(clean(home_path(str(self._path))), "dim", 1, least=20)])
        self._draw_about()
        self.draw_foot()

    def _row(self, setting: Setting, *, first: bool) -> TableRow:
        there = self._written(setting)
        state = (
            Cell("")
            if setting.kind == "file"
            else Cell("set", "accent")
            if there is not None
            else Cell("default", "dim")
        )
        elsewhere = f"{way_to('settings.file', self._keymap)} opens config.toml"
        value = elsewhere if setting.kind == "file" else shown(setting.of(self._settings))
        return {
            "section": Cell(TITLES[setting.section] if first else "", "dim"),
            "key": Cell(setting.key or setting.section),
            "value": Cell(clean(value), "dim" if there is None else ""),
            "state": state,
        }

    def _written(self, setting: Setting) -> Value | None:
        return written_in(self._values, setting.section, setting.key)

    def _draw_about(self) -> None:
        setting = self.selected
        if setting is None:
            self.query_one(".about", Static).update(Content(""))
            return
        facts = [setting.name]
        if setting.kind == "choice":
            facts.append(f"one of {', '.join(setting.choices)}")
        if setting.kind == "number":
            start = f"from {setting.least:g}" if setting.whole or setting.least else "above 0"
            facts.append(f"{start} to {setting.most:g}")
        if setting.kind != "file":
            facts.append(f"default {shown(setting.default)}")
            facts.append("at once" if setting.live else "at the next start")
        kept = f" Now it is {self._program.looks.chosen}, by /theme." if self._overridden(setting) else ""
        self.query_one(".about", Static).update(
            Content.assemble(f"{setting.says}{kept}", "\n", (clean(" · ".join(facts)), "$foreground 70%"))
        )

    def _overridden(self, setting: Setting) -> bool:
        looks = self._program.looks
        return setting.name == "theme" and looks.kept and looks.chosen != self._settings.theme

    def keys(self) -> Iterable[Told]:
        if self._field("edit").has_focus:
            empty = Segment("empty: as it is built in", "dim")
            return [("enter", "writes it"), ("settings.close", "leaves it as it is"), empty]
        if self._field("search").has_focus:
            return [("enter", "goes to what was found"), ("settings.close", "shows all")]
        return own_actions("settings")

    # --- moving and searching

    def on_descendant_focus(self) -> None:
        self.draw_foot()

    @on(VirtualTable.Moved)
    def _moved(self, event: VirtualTable.Moved) -> None:
        event.stop()
        self.note("")
        self._draw_about()

    @on(Input.Changed, ".search")
    def _searched(self, event: Input.Changed) -> None:
        event.stop()
        self._draw()

    @on(Input.Submitted, ".search")
    def _search_done(self, event: Input.Submitted) -> None:
        event.stop()
        self._table.focus()

    def action_search(self) -> None:
        self._field("search").add_class("-open")
        self._field("search").focus()

    def closed_something(self) -> bool:
        """What is open, one after the other."""
        edit, search = self._field("edit"), self._field("search")
        if edit.has_focus:
            self._end_editing()
        elif search.value or search.has_focus:
            search.value = ""
            search.remove_class("-open")
            self._table.focus()
        else:
            return False
        return True

    # --- changing

    def action_change(self) -> None:
        self._table.action_choose()

    @on(VirtualTable.Chosen)
    def _chosen(self, event: VirtualTable.Chosen) -> None:
        event.stop()
        setting = self.selected
        if setting is None:
            return
        match setting.kind:
            case "file":
                self.action_file()
            case "flag":
                self._write(setting, not setting.of(self._settings))
            case "choice" | "theme":
                self._choose(setting)
            case _:
                self._begin_editing(setting)

    @work
    async def _choose(self, setting: Setting) -> None:
        now = setting.of(self._settings)
        if setting.name == "theme" and not self._program.looks.colourless:
            picker: Picker[str] = theme_list(self._program.looks)
        else:
            names = setting.choices or tuple(theme.name for theme in self._program.looks.themes())
            items = [Item(name, name, _about_choice(name, now, setting.default)) for name in names]
            picker = Picker(setting.name, items, highlighted=now)
        picked = await self.app.push_screen_wait(picker)
        if picked is not None:
            self._write(setting, picked)

    def _begin_editing(self, setting: Setting) -> None:
        field = self._field("edit")
        field.value = as_text(setting, setting.of(self._settings))
        field.placeholder = setting.name
        field.add_class("-open")
        field.focus()
        field.cursor_position = len(field.value)

    def _end_editing(self) -> None:
        self._field("edit").remove_class("-open")
        self._table.focus()

    @on(Input.Submitted, ".edit")
    def _edited(self, event: Input.Submitted) -> None:
        event.stop()
        setting = self.selected
        if setting is None:
            return
        try:
            value = value_of(setting, event.value)
        except PenstockError as error:
            self.note(error.sentence())
            return
        if value is None:
            self.action_unset()
            self._end_editing()
        elif self._write(setting, value):
            self._end_editing()

    def _write(self, setting: Setting, value: Value) -> bool:
        """Whether it could be written. Where not, it is said why, and the file is read again."""
        seen = self._written(setting)
        return self._changed(setting, lambda: write_setting(self._path, setting.section, setting.key, value, seen=seen))

    def action_unset(self) -> None:
        setting = self.selected
        if setting is None or setting.kind == "file":
            return
        seen = self._written(setting)
        if seen is None and not self._overridden(setting):
            self.note(f"{setting.name} is as it is built in.", "dim")
            return
        self._changed(setting, lambda: unset_setting(self._path, setting.section, setting.key, seen=seen))

    def _changed(self, setting: Setting, work: Any) -> bool:
        try:
            settings: Settings = work()
        except PenstockError as error:
            self._read()
            self._draw()
            self.note(error.sentence())
            return False
        self._program.apply_settings(settings, chosen=setting.name)
        self._read()
        self._draw()
        value = shown(setting.of(settings))
        self.note(f"{setting.name} is {value} now. {_AT_ONCE if setting.live else _NEXT}", "good")
        return True

    @work(exclusive=True, group="editor")
    async def action_file(self) -> None:
        """Edit the whole file in the person's editor. What it says then is read, and said where it is wrong."""
        before = self._settings
        try:
            _begin_file(self._path)
            await open_editor(self.app, editor_command(), self._path)
        except PenstockError as error:
            self.note(error.sentence())
            return
        if self._read():
            self._program.apply_settings(self._settings, chosen="theme" if self._settings.theme != before.theme else "")
            self.note("" if self._settings == before else "Read again. What does not show yet holds at the next start.")
        self._draw()


def _field(name: str, hint: str) -> Input:
    field = Input(placeholder=hint, classes=name)
    field.cursor_blink = False
    return field


def _matches(setting: Setting, words: Sequence[str]) -> bool:
    text = f"{setting.name} {TITLES[setting.section]} {setting.says}".casefold()
    return all(word in text for word in words)


def _about_choice(name: str, now: object, default: object) -> str:
    return " · ".join(said for said, holds in (("now", name == now), ("default", name == default)) if holds)


def _begin_file(path: Path) -> None:
    """An editor begins at a head where there is no file yet."""
    try:
        if not path.exists():
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            path.touch(0o600)
            path.write_text(HEAD, "utf-8")
    except OSError as error:
        raise UsageError(f"{path} cannot be written: {error.strerror}.") from error
