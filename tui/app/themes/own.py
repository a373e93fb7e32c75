"""Themes of a person's own: ``themes/*.toml`` beside config.toml, read as strictly as that.

    name = "canal"                # the file's name where it is left out
    base = "harbour-dark"         # what is not set here is as it is there; penstock-dark or -light otherwise
    dark = true                   # as the base is, where it is left out
    [colors]
    accent = "#ffb454"            # primary secondary accent foreground background surface panel success warning error
    [variables]
    primary-muted = "#263c54"     # the focused pane's title; see VARIABLES

A file that cannot be read is no theme: it is said why, and the others count.
"""

import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path

from textual.theme import BUILTIN_THEMES, Theme

from tui.app.themes.house import DARK, HOUSE, LIGHT
from tui.app.themes.plain import PLAIN
from tui.app.themes.sixteen import DARK_16, LIGHT_16
from tui.errors import ConfigError
from tui.settings.toml_table import Table
from tui.value import value

COLOURS = (
    "primary", "secondary", "accent", "foreground", "background", "surface", "panel", "success", "warning", "error",
)  # fmt: skip
VARIABLES = (
    "primary-muted",
    "block-cursor-background",
    "block-cursor-foreground",
    "screen-selection-background",
    "input-selection-background",
    "text-primary",
    "text-secondary",
    "text-accent",
    "text-success",
    "text-warning",
    "text-error",
)
HIDDEN = (PLAIN, DARK_16, LIGHT_16)
"""Worn where a terminal can show no other, and in no list."""
MOST_BYTES = 100_000
_COLOUR = re.compile(r"#(?:[0-9a-fA-F]{3}|[0-9a-fA-F]{6})")
_A_COLOUR = 'a colour such as "#4fc1c0"'
_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")


@value
class OwnThemes:
    """``problems``: a sentence for each file that is no theme."""

    themes: tuple[Theme, ...] = ()
    problems: tuple[str, ...] = ()


def own_themes(folder: Path) -> OwnThemes:
    """All that lie in ``folder``, by the names of their files. Where it is not there, none."""
    try:
        names = sorted(entry.name for entry in os.scandir(folder) if entry.name.endswith(".toml"))
    except OSError:
        return OwnThemes()
    themes: dict[str, Theme] = {}
    problems = []
    for name in names:
        try:
            theme = read_theme(folder / name)
            if theme.name in themes:
                raise ConfigError(f"{folder / name}: there is another theme named {theme.name!r}.")
            themes[theme.name] = theme
        except ConfigError as error:
            problems.append(error.sentence())
    return OwnThemes(themes=tuple(themes.values()), problems=tuple(problems))


def read_theme(path: Path) -> Theme:
    """Raises ConfigError for what is no theme; it says what is allowed."""
    import tomllib  # noqa: PLC0415

    try:
        with path.open("rb") as file:
            text = file.read(MOST_BYTES).decode("utf-8-sig")
        table = Table(path, "", tomllib.loads(text))
    except OSError as error:
        raise ConfigError(f"{path} cannot be read: {error.strerror}.") from error
    except (ValueError, RecursionError) as error:
        raise ConfigError(f"{path} is not TOML: {error}.") from error
    return _theme(path, table)


def _theme(path: Path, table: Table) -> Theme:
    name = table.text("name", "a theme's name") or path.stem
    known = {**BUILTIN_THEMES, **{theme.name: theme for theme in HOUSE}}
    if name in known or name in ("auto", *(theme.name for theme in HIDDEN)) or not _NAME.fullmatch(name):
        raise ConfigError(
            f"{path}: a theme cannot be named {name!r}.",
            hint="Small letters, digits, - and _, and no name that is taken.",
        )
    dark = table.flag("dark", True)
    base = known[table.choice("base", known) or (DARK if dark else LIGHT).name]
    dark = table.flag("dark", base.dark)
    colours = _colours(table.table("colors"), COLOURS)
    variables = _colours(table.table("variables"), VARIABLES)
    table.end()
    kept = {name: text for name, text in base.variables.items() if dark == base.dark and not _follows(name, colours)}
    return replace(base, name=name, dark=dark, variables={**kept, **variables}, **colours)


def _colours(table: Table, names: Iterable[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for name in names:
        colour = table.text(name, _A_COLOUR)
        if colour and not _COLOUR.fullmatch(colour):
            raise table.wrong(name, _A_COLOUR)
        if colour:
            found[name] = colour
    table.end()
    return found


def _follows(variable: str, colours: Mapping[str, str]) -> bool:
    """Whether a variable of the base is made of a colour that is another here: then it is made anew."""
    of = {"footer-key-foreground": ("accent",)}.get(variable, ("primary", "background"))
    return any(name in colours for name in of)
