"""Themes: each can be read, a person's own are read strictly, and the list of them is a mirror."""

from pathlib import Path

import pytest
from textual.theme import Theme

from tests.app.stage import Stage, opened_app
from tests.scripts import text
from tui.app.screens.themes import ThemePicker
from tui.app.themes.contrast import Pair, faint, pairs, ratio
from tui.app.themes.house import DARK, HOUSE, LIGHT
from tui.app.themes.own import own_themes, read_theme
from tui.app.themes.printed import PRINTED_ON_DARK, PRINTED_ON_LIGHT
from tui.errors import ConfigError
from tui.paths import THEMES_FOLDER, config_path

BY_NAME = {theme.name: theme for theme in HOUSE}


@pytest.mark.parametrize("theme", HOUSE, ids=lambda theme: theme.name)
def test_every_text_can_be_read_on_every_ground_it_is_drawn_on(theme: Theme) -> None:
    assert [one.sentence for one in faint(theme)] == []


@pytest.mark.parametrize("theme", HOUSE, ids=lambda theme: theme.name)
@pytest.mark.parametrize("ground", ["background", "surface"])
def test_what_programs_print_in_colour_can_be_read(theme: Theme, ground: str) -> None:
    colours = theme.to_color_system().generate()
    printed = PRINTED_ON_DARK if theme.dark else PRINTED_ON_LIGHT
    for number in range(1, 15):
        rgb = printed.ansi_colors[number]
        named = {**colours, "printed": "#{:02x}{:02x}{:02x}".format(*rgb)}
        least = 3.9 if number in (7, 8) else 4.5
        assert ratio(named, Pair(text="printed", ground=ground, least=1)) >= least, (theme.name, number)


def test_half_of_the_house_is_dark_and_half_light() -> None:
    assert len(HOUSE) >= 8
    assert sum(theme.dark for theme in HOUSE) * 2 == len(HOUSE)
    assert (DARK.dark, LIGHT.dark) == (True, False)


@pytest.mark.parametrize("theme", HOUSE, ids=lambda theme: theme.name)
def test_dark_is_dark_and_light_is_light(theme: Theme) -> None:
    colours = theme.to_color_system().generate()
    black = ratio({**colours, "black": "#000000"}, Pair(text="black", ground="background", least=1))
    assert (black < 3) if theme.dark else (black > 15)


def test_contrast_is_counted_as_the_web_guidelines_do() -> None:
    colours = {"white": "#ffffff", "black": "#000000", "grey": "#777777", "half": "#000000 50%"}
    assert ratio(colours, Pair(text="black", ground="white", least=1)) == pytest.approx(21)
    assert ratio(colours, Pair(text="grey", ground="white", least=1)) == pytest.approx(4.48, abs=0.01)
    assert ratio(colours, Pair(text="white", ground="white", least=1)) == 1
    blended = ratio(colours, Pair(text="black", ground="black 50% on white", least=1))
    assert blended == pytest.approx(
        ratio({**colours, "mid": "#7f7f7f"}, Pair(text="black", ground="mid", least=1)), abs=0.1
    )


def test_a_theme_that_cannot_be_read_is_found_out() -> None:
    grey = Theme(name="grey", primary="#808080", foreground="#8a8a8a", background="#808080", dark=True)
    assert len(faint(grey)) > len(pairs()) / 2
    assert "has a contrast of 1." in faint(grey)[0].sentence


# --- a person's own


def own(name: str, content: str) -> Path:
    folder = config_path().parent / THEMES_FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(content)
    return folder / name


def test_an_own_theme_is_its_base_with_other_colours() -> None:
    theme = read_theme(own("canal.toml", 'base = "harbour-dark"\n[colors]\naccent = "#ffb454"\n'))
    base = BY_NAME["harbour-dark"]
    assert (theme.name, theme.accent, theme.background, theme.dark) == ("canal", "#ffb454", base.background, True)
    assert "footer-key-foreground" not in theme.variables
    assert theme.variables["primary-muted"] == base.variables["primary-muted"]
    assert base.variables["footer-key-foreground"] == base.accent


def test_without_a_base_it_is_the_houses_dark_or_light_one() -> None:
    assert read_theme(own("a.toml", "")).background == DARK.background
    light = read_theme(own("b.toml", 'name = "snow"\ndark = false\n[variables]\nprimary-muted = "#abcdef"\n'))
    assert (light.name, light.background, light.dark) == ("snow", LIGHT.background, False)
    assert light.variables["primary-muted"] == "#abcdef"
    assert read_theme(own("c.toml", 'base = "nord"\n')).background == "#2E3440"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("[colors]\nacent = '#123456'", "there is no setting colors.acent. Did you mean accent?"),
        ("[colors]\naccent = 'red'", "colors.accent is 'red', and must be a colour such as"),
        ("[colours]\naccent = '#123456'", "there is no setting colours. Did you mean colors?"),
        ("base = 'nowhere'", "base is 'nowhere', and must be"),
        ("dark = 'yes'", "dark is 'yes', and must be true or false"),
        ("name = 'penstock-dark'", "a theme cannot be named 'penstock-dark'"),
        ("name = 'auto'", "a theme cannot be named 'auto'"),
        ("name = 'no-colour'", "a theme cannot be named 'no-colour'"),
        ("name = 'My Theme'", "Small letters, digits"),
        ("[variables]\nbig = '#123456'", "there is no setting variables.big."),
        ("[colors\n", "is not TOML"),
    ],
)
def test_what_is_no_theme_is_said_with_what_is_allowed(content: str, words: str) -> None:
    path = own("odd.toml", content)
    with pytest.raises(ConfigError) as caught:
        read_theme(path)
    assert words in caught.value.sentence() and str(path) in caught.value.sentence()
    found = own_themes(path.parent)
    assert found.themes == () and len(found.problems) == 1


def test_two_of_one_name_are_one_and_a_sentence() -> None:
    folder = own("a.toml", 'name = "snow"').parent
    own("b.toml", 'name = "snow"')
    found = own_themes(folder)
    assert [theme.name for theme in found.themes] == ["snow"]
    assert "another theme named 'snow'" in found.problems[0]
    assert own_themes(folder / "nowhere").themes == ()


# --- on screen


def themes_folder() -> Path:
    return config_path().parent / THEMES_FOLDER


async def open_list(stage: Stage) -> ThemePicker:
    await stage.send("/theme")
    await stage.until(lambda: isinstance(stage.app.screen, ThemePicker) and stage.app.screen.is_mounted)
    picker = stage.app.screen
    assert isinstance(picker, ThemePicker)
    return picker


async def test_moving_in_the_list_wears_a_theme_and_escape_takes_it_off(home: Path) -> None:
    async with opened_app(home, [text("x")]) as stage:
        picker = await open_list(stage)
        assert picker.at is not None and picker.at.value == "penstock-dark"
        await stage.press("down")
        await stage.until(lambda: stage.app.theme == "penstock-light")
        await stage.press("down")
        await stage.until(lambda: stage.app.theme == "harbour-dark")
        await stage.press("escape")
        await stage.until(lambda: stage.app.theme == "penstock-dark" and stage.app.screen is stage.main)
    async with opened_app(home, [text("x")]) as stage:
        assert stage.app.theme == "penstock-dark"


async def test_enter_keeps_it_over_a_restart_and_a_name_needs_no_list(home: Path) -> None:
    async with opened_app(home, [text("x")]) as stage:
        await open_list(stage)
        await stage.press(*"moss-l", "enter")
        await stage.until(lambda: stage.app.theme == "moss-light" and stage.app.screen is stage.main)
    async with opened_app(home, [text("x")]) as stage:
        assert stage.app.theme == "moss-light"
        await stage.send("/theme ember-dark")
        await stage.until(lambda: stage.app.theme == "ember-dark")
        await stage.send("/theme nowhere")
        await stage.until(lambda: stage.app._notifications)
        assert stage.app.theme == "ember-dark"


async def test_an_own_theme_is_in_the_list_with_what_is_hard_to_read(home: Path) -> None:
    own("canal.toml", 'base = "moss-dark"\n')
    own("fog.toml", '[colors]\nforeground = "#444444"\n')
    own("odd.toml", "[colors")
    async with opened_app(home, [text("x")], themes=themes_folder()) as stage:
        await stage.until(lambda: any("odd.toml" in str(n.message) for n in stage.app._notifications))
        picker = await open_list(stage)
        items = {str(item.value): item for item in picker._items}
        assert (items["canal"].group, items["canal"].detail) == ("Your own", "dark")
        assert items["fog"].detail.startswith("dark · hard to read:")
        assert items["auto"].detail == "as the terminal is: now penstock-dark"
        own("late.toml", "")
        await stage.press("escape")
        picker = await open_list(stage)
        assert "late" in {item.value for item in picker._items}
        await stage.press(*"canal", "enter")
        await stage.until(lambda: stage.app.theme == "canal")
    (themes_folder() / "canal.toml").unlink()
    async with opened_app(home, [text("x")], themes=themes_folder()) as stage:
        assert stage.app.theme == "penstock-dark"


async def test_auto_wears_what_the_terminal_says_and_changes_with_it(home: Path) -> None:
    async with opened_app(home, [text("x")], theme="auto") as stage:
        assert stage.app.theme == "penstock-dark"
        stage.app.looks.told(False)
        assert stage.app.theme == "penstock-light"
        stage.app.looks.told(True)
        assert stage.app.theme == "penstock-dark"
        stage.app.looks.told(False)
    async with opened_app(home, [text("x")], theme="auto") as stage:
        assert stage.app.theme == "penstock-light"  # the first frame, in the same kind of terminal
        await stage.send("/theme moss-dark")
        await stage.until(lambda: stage.app.theme == "moss-dark")
        stage.app.looks.told(True)
        assert stage.app.theme == "moss-dark"
        await stage.send("/theme auto")
        await stage.until(lambda: stage.app.theme == "penstock-dark")


async def test_another_kind_of_terminal_does_not_inherit_what_one_said(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TERM_PROGRAM", "one")
    async with opened_app(home, [text("x")], theme="auto") as stage:
        stage.app.looks.told(False)
    monkeypatch.setenv("TERM_PROGRAM", "other")
    async with opened_app(home, [text("x")], theme="auto") as stage:
        assert stage.app.theme == "penstock-dark"
    monkeypatch.setenv("COLORFGBG", "0;15")
    async with opened_app(home, [text("x")], theme="auto") as stage:
        assert stage.app.theme == "penstock-light"
