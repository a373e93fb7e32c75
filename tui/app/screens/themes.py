"""The list of themes, worn while they are looked at: moving shows one, enter keeps it, escape restores what was."""

from textual.theme import BUILTIN_THEMES, Theme

from tui.app.themes.contrast import faint
from tui.app.themes.house import HOUSE
from tui.app.themes.looks import Looks
from tui.settings.config import AUTO
from widgets.picker import Item, Picker


class ThemePicker(Picker[str]):
    """Dismissed with ``auto`` or a theme's name; None where nothing is to change, and then nothing has."""

    def __init__(self, looks: Looks) -> None:
        super().__init__("Themes", _items(looks), highlighted=looks.chosen, placeholder="Type to filter; esc restores")
        self._looks = looks

    def action_move(self, rows: int) -> None:
        super().action_move(rows)
        self._preview()

    def action_cancel(self) -> None:
        self._looks.wear(self._looks.chosen)
        super().action_cancel()

    def _show(self, query: str, keep: str | None = None) -> None:
        super()._show(query, keep)
        if query:
            self._preview()

    def _preview(self) -> None:
        item = self.at
        if item is not None:
            self._looks.wear(str(item.value))


def theme_list(looks: Looks) -> ThemePicker:
    """All there are, by where they come from; of the person's own it is said what cannot be read well."""
    return ThemePicker(looks)


def _items(looks: Looks) -> list[Item[str]]:
    now = looks.chosen
    items = [Item(AUTO, AUTO, _told(f"as the terminal is: now {looks.resolved(AUTO)}", now == AUTO))]
    for theme in looks.themes():
        items.append(Item(theme.name, theme.name, _told(_about(theme), theme.name == now), _group(theme)))
    return items


def _told(about: str, now: bool) -> str:
    return f"now · {about}" if now else about


def _about(theme: Theme) -> str:
    ground = "dark" if theme.dark else "light"
    if theme.name in BUILTIN_THEMES or theme in HOUSE:
        return ground
    weak = faint(theme)
    return f"{ground} · hard to read: {weak[0].pair.text} on {weak[0].pair.ground}" if weak else ground


def _group(theme: Theme) -> str:
    if theme in HOUSE:
        return "Penstock's"
    return "Textual's: contrast is not promised" if theme.name in BUILTIN_THEMES else "Your own"
