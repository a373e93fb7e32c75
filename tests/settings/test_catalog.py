"""The table of settings is what config.toml may say, no more and no less."""

from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

import pytest

from tui.errors import ConfigError
from tui.settings.catalog import BY_NAME, SETTINGS, TITLES, Setting
from tui.settings.config import Settings, parse_settings
from tui.settings.writing import write_setting, written

MADE_BY_HAND = {"providers", "keys"}
"""Tables whose keys are the person's own."""


def leaves(value: Any, name: str = "") -> Iterator[str]:
    """The places in Settings that hold one value each."""
    for one in fields(value):
        place = f"{name}.{one.name}" if name else one.name
        there = getattr(value, one.name)
        if is_dataclass(there):
            yield from leaves(there, place)
        else:
            yield place


def other(setting: Setting) -> Any:
    """A value that is allowed and not the default."""
    match setting.kind:
        case "flag":
            return not setting.default
        case "number":
            return 3 if setting.whole else min(setting.most, 0.02)
        case "choice":
            return next(choice for choice in setting.choices if choice != setting.default)
        case "list":
            return ("asks",) if setting.name == "notify.on" else ("some/thing",)
        case _:
            return {"web.base_url": "https://find.example.com", "web.key_env": "FIND_KEY"}.get(
                setting.name, "some/thing"
            )


def test_every_value_of_the_settings_has_its_row() -> None:
    rows = {setting.place for setting in SETTINGS}
    assert {place for place in leaves(Settings()) if place not in rows} == set()
    assert {setting.name for setting in SETTINGS if setting.kind == "file"} >= MADE_BY_HAND


def test_every_section_that_can_be_read_has_its_rows(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        parse_settings(tmp_path / "config.toml", "zzz = 1")
    said = caught.value.hint.removeprefix("There are: ").removesuffix(".").split(", ")
    assert sorted({setting.section or setting.key for setting in SETTINGS}) == said
    assert {setting.section for setting in SETTINGS} == {*TITLES}


@pytest.mark.parametrize("name", [setting.name for setting in SETTINGS if setting.kind != "file"])
def test_what_a_row_says_is_what_is_read(tmp_path: Path, name: str) -> None:
    setting, config = BY_NAME[name], tmp_path / "config.toml"
    value = other(setting)
    now = write_setting(config, setting.section, setting.key, value)
    assert written(config, setting.section, setting.key) == value
    held = setting.of(now)
    assert held != setting.default
    absolute = ("sandbox.writable", "sandbox.hidden", "worktrees.folder", "record.folder", "log.folder")
    assert held == value or setting.name in absolute


@pytest.mark.parametrize("setting", [row for row in SETTINGS if row.kind == "number"], ids=lambda row: row.name)
def test_no_number_above_its_row_is_read(tmp_path: Path, setting: Setting) -> None:
    config = tmp_path / "config.toml"
    with pytest.raises(ConfigError, match=setting.key):
        write_setting(config, setting.section, setting.key, setting.most + 1)
    assert not config.exists()


@pytest.mark.parametrize("setting", [row for row in SETTINGS if row.kind == "choice"], ids=lambda row: row.name)
def test_every_choice_of_a_row_is_read_and_no_other(tmp_path: Path, setting: Setting) -> None:
    config = tmp_path / "config.toml"
    for choice in setting.choices:
        more = {"searxng": 'base_url = "http://127.0.0.1:8888"\n'}.get(choice, "")
        config.write_text(f"[{setting.section}]\n{more}")
        assert setting.of(write_setting(config, setting.section, setting.key, choice)) == choice
    with pytest.raises(ConfigError, match="must be"):
        write_setting(config, setting.section, setting.key, "zzz")


def test_every_row_says_what_it_does_in_a_sentence() -> None:
    assert [row.name for row in SETTINGS if not row.says[0].isalnum() or row.says.endswith("..")] == []
    assert [row.name for row in SETTINGS if not row.says.endswith((".", "ids.", "holds."))] == []
    assert len(BY_NAME) == len(SETTINGS)
