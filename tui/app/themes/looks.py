"""Which theme is worn, and how much moves: what the person chose, what config.toml says, what the terminal is.

``auto`` follows the terminal. The first frame waits for no answer: it takes what the environment says, else what this
kind of terminal said last time, else dark; the answer changes it where it says otherwise.
"""

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Protocol

from textual.app import App
from textual.filter import Monochrome, NoColor
from textual.theme import BUILTIN_THEMES, Theme
from textual.types import AnimationLevel

from tui.app.driver import SteadyDriver
from tui.app.frame import BEAT
from tui.app.tabs.layout import GROUND_KEY, THEME_KEY, Shelf
from tui.app.themes.ground import dark_by, terminal_name
from tui.app.themes.house import DARK, HOUSE, LIGHT
from tui.app.themes.own import HIDDEN, own_themes
from tui.app.themes.plain import PLAIN, Colourless
from tui.app.themes.sixteen import DARK_16, FEW, LIGHT_16
from tui.errors import UsageError
from tui.settings.config import AUTO, ScreenConfig

SLOW_BEAT = 5.0
"""Seconds between two steps of an elapsed time where little is to move."""
_BUILT_IN = frozenset(theme.name for theme in (*HOUSE, *HIDDEN)) | {*BUILTIN_THEMES}


class Beating(Protocol):
    """What moves elapsed times on."""

    beat: float


class Looks:
    """``configured``: the theme that config.toml names."""

    def __init__(self, app: App[Any], shelf: Shelf, folder: Path | None, configured: str, screen: ScreenConfig) -> None:
        self._app = app
        self._shelf = shelf
        self._folder = folder
        self._configured = configured
        self._screen = screen
        self._dark = self._known_ground()
        self._usual_level: AnimationLevel = app.animation_level  # as TEXTUAL_ANIMATIONS says
        self.problems: tuple[str, ...] = ()
        """What is wrong with themes of the person's own, a sentence each."""
        if app.no_color:
            app._filters[:] = [one for one in app._filters if not isinstance(one, (Monochrome, NoColor))]
            app._filters.append(Colourless())
        for theme in (*HOUSE, *HIDDEN):
            app.register_theme(theme)
        self.read_own()
        self.wear(self.chosen)

    # --- what there is

    @property
    def colourless(self) -> bool:
        """NO_COLOR is set: no theme shows."""
        return self._app.no_color

    @property
    def chosen(self) -> str:
        """The theme that was chosen, ``auto`` or a name; one that is gone counts for nothing."""
        for name in (self._shelf.get(THEME_KEY), self._configured):
            if name and (name == AUTO or name in self._app.available_themes):
                return name
        return AUTO

    @property
    def kept(self) -> bool:
        """It was chosen on screen, whatever config.toml says."""
        return bool(self._shelf.get(THEME_KEY))

    @property
    def reduced(self) -> bool:
        return self._usual_level == "none" or self._screen.motion == "reduced"

    @property
    def beat(self) -> float:
        """Seconds between two steps of an elapsed time."""
        return SLOW_BEAT if self.reduced else BEAT

    def themes(self) -> list[Theme]:
        """All that can be worn, the house's first, then the person's own, then those that come with Textual."""
        found = {theme.name: theme for theme in HOUSE}
        rest = [theme for name, theme in sorted(self._app.available_themes.items()) if name not in found]
        own = [theme for theme in rest if theme.name not in _BUILT_IN]
        brought = [theme for theme in rest if theme.name in BUILTIN_THEMES and not theme.ansi]
        return [*found.values(), *own, *brought]

    def named(self, name: str) -> str:
        """``name``, where there is such a theme. Raises UsageError."""
        if name != AUTO and name not in (names := [theme.name for theme in self.themes()]):
            raise UsageError(f"There is no theme {name!r}.", hint=f"There are: {', '.join([AUTO, *names])}.")
        return name

    def resolved(self, name: str) -> str:
        """The theme that ``name`` stands for now."""
        if name != AUTO:
            return name
        wanted = self._screen.theme_dark if self._dark else self._screen.theme_light
        return wanted if wanted in self._app.available_themes else (DARK if self._dark else LIGHT).name

    # --- what changes it

    def read_own(self) -> None:
        """Read the person's own themes, again where they were read already."""
        if self._folder is None:
            return
        found = own_themes(self._folder)
        gone = self._own_names() - {theme.name for theme in found.themes} - {self._app.theme}
        for name in gone:
            self._app.unregister_theme(name)
        for theme in found.themes:
            self._app.register_theme(theme)
        self.problems = found.problems

    def _own_names(self) -> set[str]:
        return {name for name in self._app.available_themes if name not in _BUILT_IN}

    def wear(self, name: str) -> None:
        """Show a theme; nothing is kept by it. Where there are few colours it says dark or light, and no more."""
        theme = self.resolved(name)
        if self._app.no_color:
            theme = PLAIN.name
        elif self._app.console.color_system in FEW:
            theme = (DARK_16 if self._app.available_themes[theme].dark else LIGHT_16).name
        self._app.theme = theme

    def choose(self, name: str) -> None:
        """Wear a theme from now on. Raises UsageError where there is none of that name."""
        self._shelf.put(THEME_KEY, self.named(name))
        self._follow()

    def configure(self, configured: str, screen: ScreenConfig, *, forget: bool = False) -> None:
        """config.toml says something else now. ``forget``: also what was chosen on screen."""
        self._configured, self._screen = configured, screen
        if forget:
            self._shelf.put(THEME_KEY, "")
        self._follow()

    def begin(self, clocks: Iterable[Beating | None]) -> None:
        """After the first frame: ask the terminal, and let things move as much as they may."""
        self._follow()
        self.quieten(clocks)

    def quieten(self, clocks: Iterable[Beating | None]) -> None:
        self._app.animation_level = "none" if self.reduced else self._usual_level
        for clock in clocks:
            if clock is not None:
                clock.beat = self.beat

    def told(self, dark: bool) -> None:
        """The terminal has said how its background is."""
        self._shelf.put(GROUND_KEY, f"{'dark' if dark else 'light'} {terminal_name()}")
        if dark != self._dark:
            self._dark = dark
            self.wear(self.chosen)

    def _follow(self) -> None:
        self.wear(self.chosen)
        driver = self._app._driver
        if isinstance(driver, SteadyDriver):
            driver.follow_ground(self.chosen == AUTO and not self._app.no_color)

    def _known_ground(self) -> bool:
        said = dark_by(os.environ)
        if said is not None:
            return said
        kept, _, terminal = self._shelf.get(GROUND_KEY).partition(" ")
        return kept != "light" or terminal != terminal_name()
