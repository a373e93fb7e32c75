"""``[notify]``: whether, when and how the terminal is asked to tell the person of what happens while they look away.

    [notify]
    how = "auto"                              # or "osc9", "osc777", "osc99", "bell", "off"
    when = "unfocused"                        # or "always" (a terminal that reports no focus), "never"
    on = ["asks", "done", "failed"]
    after = 10                                # seconds that a turn has taken before its end is worth telling
    title = true                              # of the terminal's window and tab

Which way a terminal takes is not asked but known by its name: no terminal answers such a question. What is known of
none gets the bell, which every terminal has a setting for.
"""

from collections.abc import Mapping
from typing import Literal, get_args

from tui.settings.toml_table import Table, either, meant
from tui.value import value

Way = Literal["osc9", "osc777", "osc99", "bell", "off"]
How = Literal["auto", "osc9", "osc777", "osc99", "bell", "off"]
When = Literal["unfocused", "always", "never"]
News = Literal["asks", "done", "failed"]
NEWS: tuple[News, ...] = get_args(News)
LONGEST = 86_400.0


@value
class NotifyConfig:
    """See the module."""

    how: How = "auto"
    when: When = "unfocused"
    on: tuple[News, ...] = NEWS
    after: float = 10.0
    title: bool = True


_OWN_SIGNS: tuple[tuple[str, Way, str], ...] = (
    ("KITTY_WINDOW_ID", "osc99", "kitty"),
    ("WEZTERM_PANE", "osc777", "WezTerm"),
    ("GHOSTTY_RESOURCES_DIR", "osc777", "Ghostty"),
    ("ITERM_SESSION_ID", "osc9", "iTerm2"),
)
"""Variables that one terminal alone sets; programs in tmux see them too."""
_PROGRAMS: Mapping[str, tuple[Way, str]] = {
    "iTerm.app": ("osc9", "iTerm2"),
    "WezTerm": ("osc777", "WezTerm"),
    "ghostty": ("osc777", "Ghostty"),
}
_TERMS: tuple[tuple[str, Way, str], ...] = (
    ("xterm-kitty", "osc99", "kitty"),
    ("xterm-ghostty", "osc777", "Ghostty"),
    ("foot", "osc777", "foot"),
    ("contour", "osc777", "Contour"),
    ("rxvt-unicode", "osc777", "urxvt"),
)


def chosen_way(how: How, env: Mapping[str, str]) -> tuple[Way, str]:
    """The way to notify, and why: the terminal that it was known by, or what was set."""
    if how != "auto":
        return how, "as set"  # type: ignore[return-value]
    if "STY" in env and "TMUX" not in env:
        return "bell", "GNU screen"
    program = _PROGRAMS.get(env.get("TERM_PROGRAM", ""))
    if program is not None:
        return program
    for name, way, terminal in _OWN_SIGNS:
        if env.get(name):
            return way, terminal
    for name, way, terminal in _TERMS:
        if env.get("TERM", "").startswith(name):
            return way, terminal
    return "bell", "a terminal that is known for no other way"


def read_notify(table: Table) -> NotifyConfig:
    """Raises ConfigError where it says something impossible."""
    usual = NotifyConfig()
    on = table.texts("on") if table.take("on") is not None else usual.on
    for word in on:
        if word not in NEWS:
            raise table.wrong("on", f"a list of {either(NEWS)}", hint=meant(word, NEWS))
    found = NotifyConfig(
        how=table.choice("how", get_args(How)) or usual.how,  # type: ignore[arg-type]
        when=table.choice("when", get_args(When)) or usual.when,  # type: ignore[arg-type]
        on=on,  # type: ignore[arg-type]
        after=table.number("after", usual.after, most=LONGEST, whole=False) if table.take("after") != 0 else 0.0,
        title=table.flag("title", usual.title),
    )
    table.end()
    return found
