"""The settings screen: it shows what holds, writes what is chosen, says what is wrong, and takes nothing away."""

from pathlib import Path

import pytest
from textual.widgets import Static

from tests.app.stage import Stage, opened_app
from tests.scripts import text
from tui.app.screens.setting_values import as_text, shown, value_of
from tui.app.screens.settings import SettingsScreen
from tui.app.screens.themes import ThemePicker
from tui.errors import UsageError
from tui.paths import config_path
from tui.settings.catalog import BY_NAME, SETTINGS
from tui.settings.config import read_settings
from widgets.picker import Picker

MINE = "# Mine.\n[limits]\nidle = 120   # slow\n"


def screen(stage: Stage) -> SettingsScreen:
    found = stage.app.screen
    assert isinstance(found, SettingsScreen)
    return found


async def open_settings(stage: Stage, words: str = "") -> SettingsScreen:
    await stage.send(f"/settings {words}".strip())
    await stage.until(lambda: isinstance(stage.app.screen, SettingsScreen) and screen(stage).listed)
    return screen(stage)


def said(stage: Stage) -> str:
    return str(screen(stage).query_one(".notes", Static).visual)


def about(stage: Stage) -> str:
    return str(screen(stage).query_one(".about", Static).visual)


def config(content: str = MINE) -> Path:
    path = config_path()
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content)
    return path


async def test_every_setting_is_shown_with_what_it_does(home: Path) -> None:
    async with opened_app(home, [text("x")], size=(80, 24)) as stage:
        settings = await open_settings(stage)
        assert [row.name for row in settings.listed] == [row.name for row in SETTINGS]
        for row in SETTINGS:
            assert settings.selected is row
            await stage.until(lambda row=row: row.says[:20] in about(stage))
            if row.key == "compact_at":
                assert "from 0.01 to 0.98" in about(stage)
            await stage.press("j")
        await stage.press("g", "k", "escape")
        await stage.until(lambda: stage.app.screen is stage.main)
        assert not config_path().exists()


async def test_a_number_is_edited_and_its_line_alone_changes(home: Path) -> None:
    path = config()
    async with opened_app(home, [text("x")]) as stage:
        await open_settings(stage, "limits.idle")
        await stage.press("enter")
        await stage.until(lambda: screen(stage)._field("edit").has_focus)
        assert screen(stage)._field("edit").value == "120"
        await stage.press("backspace", "backspace", "backspace", *"45", "enter")
        await stage.until(lambda: "limits.idle is 45 now. It holds at the next start." in said(stage))
        assert path.read_text() == MINE.replace("120 ", "45 ")
        assert not screen(stage)._field("edit").has_focus


async def test_what_is_not_allowed_is_said_and_the_field_stays_open(home: Path) -> None:
    path = config()
    async with opened_app(home, [text("x")]) as stage:
        await open_settings(stage, "limits.idle")
        for typed, words in (("soon", "'soon' is not a number"), ("0", "must be seconds, above 0 and up to 86400")):
            await stage.press("enter")
            await stage.until(lambda: screen(stage)._field("edit").has_focus)
            screen(stage)._field("edit").value = typed
            await stage.press("enter")
            await stage.until(lambda words=words: words in said(stage))
            assert screen(stage)._field("edit").has_focus
            await stage.press("escape")
        assert path.read_text() == MINE
        assert isinstance(stage.app.screen, SettingsScreen)


async def test_u_takes_a_setting_out_and_leaves_its_comment(home: Path) -> None:
    path = config()
    async with opened_app(home, [text("x")]) as stage:
        await open_settings(stage, "limits.idle")
        await stage.press("u")
        await stage.until(lambda: "limits.idle is 90 now" in said(stage))
        assert path.read_text() == "# Mine.\n[limits]\n# slow\n"
        await stage.press("u")
        await stage.until(lambda: "is as it is built in" in said(stage))


async def test_a_flag_is_turned_by_enter_and_the_mouse_is_left_at_once(home: Path) -> None:
    async with opened_app(home, [text("x")]) as stage:
        await open_settings(stage, "screen.mouse")
        await stage.press("enter")
        await stage.until(lambda: "screen.mouse is off now. It holds at once." in said(stage))
        assert not stage.app.mouse_taken
        await stage.press("enter")
        await stage.until(lambda: "screen.mouse is on now" in said(stage))
        assert stage.app.mouse_taken and read_settings(config_path()).screen.mouse


async def test_motion_is_chosen_from_a_list_and_holds_at_once(home: Path) -> None:
    async with opened_app(home, [text("x")]) as stage:
        assert stage.main.frame is not None and stage.main.frame.beat == 1.0
        await open_settings(stage, "screen.motion")
        await stage.press("enter")
        await stage.until(lambda: isinstance(stage.app.screen, Picker))
        await stage.press("down", "enter")
        await stage.until(lambda: isinstance(stage.app.screen, SettingsScreen) and "reduced now" in said(stage))
        assert (stage.main.frame.beat, stage.app.animation_level) == (5.0, "none")


async def test_a_theme_is_tried_on_in_the_list_and_written(home: Path) -> None:
    async with opened_app(home, [text("x")]) as stage:
        stage.app.looks.choose("moss-light")
        await open_settings(stage, "theme")
        assert "Now it is moss-light, by /theme." in about(stage)
        await stage.press("enter")
        await stage.until(lambda: isinstance(stage.app.screen, ThemePicker))
        await stage.press(*"ember-d")
        await stage.until(lambda: stage.app.theme == "ember-dark")
        await stage.press("escape")
        await stage.until(lambda: stage.app.theme == "moss-light")
        await stage.press("enter")
        await stage.until(lambda: isinstance(stage.app.screen, ThemePicker))
        await stage.press(*"ember-d", "enter")
        await stage.until(lambda: isinstance(stage.app.screen, SettingsScreen) and "ember-dark now" in said(stage))
        assert stage.app.theme == "ember-dark"
        assert read_settings(config_path()).theme == "ember-dark"
    async with opened_app(home, [text("x")], theme="ember-dark") as stage:
        assert stage.app.theme == "ember-dark"  # what /theme had chosen counts no more


async def test_a_list_is_written_with_commas(home: Path) -> None:
    async with opened_app(home, [text("x")]) as stage:
        await open_settings(stage, "models.fallback")
        await stage.press("enter")
        await stage.until(lambda: screen(stage)._field("edit").has_focus)
        screen(stage)._field("edit").value = "a/one, b/two"
        await stage.press("enter")
        await stage.until(lambda: read_settings(config_path()).models.fallback == ("a/one", "b/two"))
        await stage.until(lambda: not screen(stage)._field("edit").has_focus)
        await stage.press("enter")
        await stage.until(lambda: screen(stage)._field("edit").value == "a/one, b/two")
        screen(stage)._field("edit").value = " "
        await stage.press("enter")
        await stage.until(lambda: read_settings(config_path()).models.fallback == ())


async def test_what_an_editor_changed_meanwhile_is_shown_and_not_overwritten(home: Path) -> None:
    path = config()
    async with opened_app(home, [text("x")]) as stage:
        await open_settings(stage, "limits.idle")
        path.write_text(MINE.replace("120", "77"))
        await stage.press("u")
        await stage.until(lambda: "limits.idle was changed meanwhile; it is 77 now" in said(stage))
        assert path.read_text() == MINE.replace("120", "77")
        await stage.press("u")
        await stage.until(lambda: "limits.idle is 90 now" in said(stage))


async def test_a_file_that_is_wrong_by_now_is_said_and_left(home: Path) -> None:
    path = config("[limits]\nidel = 3\n")
    async with opened_app(home, [text("x")], size=(200, 40)) as stage:
        await open_settings(stage, "screen.mouse")
        await stage.press("enter")
        await stage.until(lambda: "there is no setting limits.idel" in said(stage))
        assert path.read_text() == "[limits]\nidel = 3\n"


async def test_the_search_finds_by_words_of_the_sentence_and_escape_shows_all_again(home: Path) -> None:
    async with opened_app(home, [text("x")]) as stage:
        settings = await open_settings(stage)
        await stage.press("slash", *"smoothly", "enter")
        await stage.until(lambda: [row.name for row in settings.listed] == ["screen.motion"])
        await stage.press("slash", *"zzz")
        await stage.until(lambda: not settings.listed)
        await stage.press("enter", "enter", "u", "o")
        assert isinstance(stage.app.screen, SettingsScreen)
        await stage.press("escape")
        await stage.until(lambda: len(settings.listed) == len(SETTINGS))
        await stage.press("q")
        await stage.until(lambda: stage.app.screen is stage.main)


async def test_keys_that_are_rebound_in_the_file_hold_at_once(home: Path) -> None:
    path = config()
    async with opened_app(home, [text("x")]) as stage:
        await open_settings(stage, "screen.mouse")
        path.write_text(MINE + '[keys]\n"pane.zoom" = "f6"\n"pane.fly" = "f4"\n')
        await stage.press("enter")
        await stage.until(lambda: "screen.mouse is off now" in said(stage))
        assert stage.app.keymap == {"pane.zoom": "f6", "pane.fly": "f4"}
        await stage.until(lambda: any("no action 'pane.fly'" in str(n.message) for n in stage.app._notifications))


@pytest.mark.parametrize(
    ("name", "typed", "value"),
    [
        ("limits.idle", " 1.5 ", 1.5),
        ("limits.retries", "3", 3),
        ("models.fallback", "a/b,, c/d ", ("a/b", "c/d")),
        ("secrets.extra", r"""['a,b', "c\\d"]""", ("a,b", "c\\d")),
        ("model", " here/m ", "here/m"),
        ("model", "  ", None),
    ],
)
def test_what_is_typed_is_the_value_that_it_looks_like(name: str, typed: str, value: object) -> None:
    setting = BY_NAME[name]
    assert value_of(setting, typed) == value
    if value is not None:
        assert value_of(setting, as_text(setting, value)) == value


@pytest.mark.parametrize(
    ("name", "typed"), [("limits.retries", "1.5"), ("limits.idle", "x"), ("secrets.extra", "['a'")]
)
def test_what_is_no_value_at_all_is_said(name: str, typed: str) -> None:
    with pytest.raises(UsageError):
        value_of(BY_NAME[name], typed)


def test_values_are_shown_as_people_say_them() -> None:
    assert [shown(value) for value in (True, False, "", None, (), 0.05, 90.0, ("a", "b"), "x")] == [
        "on", "off", "none", "none", "none", "0.05", "90", "a, b", "x",
    ]  # fmt: skip


def test_an_entry_of_any_text_can_be_edited() -> None:
    setting = BY_NAME["secrets.extra"]
    for entry in ("a,b", "[x]", " edge ", "it's", "both ' and \"", "back\\slash", "it's \\d"):
        assert value_of(setting, as_text(setting, (entry, "z"))) == (entry, "z")
