"""A setting written into config.toml: one value changes, and whatever else a person wrote stays to the byte."""

import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.errors import ConfigError
from tui.settings import toml_file
from tui.settings.config import Settings, read_settings
from tui.settings.writing import HEAD, unset_setting, write_setting, written

MINE = """\
# My settings. Mind the order!
model = 'work/large'   # the large one

[limits]   # patience
  idle    = 120      # a slow server
# retries = 9

[providers.work]
api = "openai-chat"
base_url = "https://models.example.com/v1"   # theirs
models = [
    "large",  # the best
    "small",
]

[keys]
"session.new" = "ctrl+n,f4"
"""


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "config.toml"
    path.write_text(MINE)
    return path


def refused(config: Path, section: str, key: str, value: Any) -> str:
    """Why; and nothing was written."""
    before = config.read_bytes()
    with pytest.raises(ConfigError) as caught:
        write_setting(config, section, key, value)
    assert config.read_bytes() == before
    assert "\n" not in caught.value.sentence()
    return caught.value.sentence()


def test_a_value_is_changed_where_it_stands_and_its_comment_stays(config: Path) -> None:
    assert write_setting(config, "limits", "idle", 45.5).limits.idle == 45.5
    assert config.read_text() == MINE.replace("120  ", "45.5  ")
    assert write_setting(config, "", "model", "work/small").model == "work/small"
    assert config.read_text() == MINE.replace("120  ", "45.5  ").replace("'work/large'", '"work/small"')


def test_a_new_value_goes_into_its_table_and_a_new_table_to_the_end(config: Path) -> None:
    write_setting(config, "", "theme", "moss-dark")
    write_setting(config, "limits", "retries", 2)
    write_setting(config, "screen", "mouse", False)
    text = config.read_text()
    assert [line for line in MINE.splitlines() if line not in text.splitlines()] == []
    assert text.index('theme = "moss-dark"') < text.index("[limits]") < text.index("retries = 2") < text.index("[prov")
    assert text.endswith("[screen]\nmouse = false\n")
    settings = read_settings(config)
    assert (settings.theme, settings.limits.retries, settings.screen.mouse) == ("moss-dark", 2, False)


def test_a_list_is_written_as_one(config: Path) -> None:
    assert write_setting(config, "models", "fallback", ("work/small",)).models.fallback == ("work/small",)
    assert 'fallback = ["work/small"]' in config.read_text()


def test_what_is_unset_is_as_it_is_built_in_and_its_comment_is_kept(config: Path) -> None:
    assert unset_setting(config, "limits", "idle").limits.idle == Settings().limits.idle
    assert unset_setting(config, "", "model").model == ""
    text = config.read_text()
    assert "idle " not in text and "work/large" not in text
    assert [found in text for found in ("# the large one", "# a slow server", "# retries = 9", "# patience")] == [
        True
    ] * 4
    assert written(config, "limits", "idle") is None
    unset_setting(config, "limits", "idle")
    assert config.read_text() == text


def test_a_dotted_key_and_an_inline_table_are_changed_as_they_are(config: Path) -> None:
    config.write_text('limits.idle = 5 # dotted\nscreen = {motion = "full", mouse = true}\n')
    write_setting(config, "limits", "idle", 6)
    write_setting(config, "screen", "motion", "reduced")
    unset_setting(config, "screen", "mouse")
    assert config.read_text().replace('" }', '"}') == 'limits.idle = 6 # dotted\nscreen = {motion = "reduced"}\n'


def test_a_file_that_is_not_there_is_made_with_a_head_and_for_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "config.toml"
    write_setting(path, "screen", "motion", "reduced")
    assert path.read_text() == f'{HEAD}[screen]\nmotion = "reduced"\n'
    assert path.stat().st_mode & 0o777 == 0o600
    assert unset_setting(tmp_path / "none.toml", "screen", "motion") == Settings()
    assert not (tmp_path / "none.toml").exists()


@pytest.mark.parametrize("mode", [0o600, 0o644])
def test_a_link_stays_a_link_and_a_mode_a_mode(config: Path, mode: int) -> None:
    config.chmod(mode)
    link = config.parent / "kept" / "link.toml"
    link.parent.mkdir()
    link.symlink_to(config)
    write_setting(link, "limits", "idle", 7)
    assert link.is_symlink() and read_settings(config).limits.idle == 7
    assert config.stat().st_mode & 0o777 == mode
    assert sorted(os.listdir(config.parent)) == [".config.toml.lock", "config.toml", "kept"]


@pytest.mark.parametrize(
    ("section", "key", "value", "words"),
    [
        ("limits", "idle", 0, "limits.idle is 0, and must be seconds, above 0"),
        ("screen", "motion", "wild", "must be 'full' or 'reduced'"),
        ("", "model", "large", "must be PROVIDER/MODEL"),
        ("limits", "idel", 3, "Did you mean idle?"),
        ("providers", "work", "x", "providers.work is 'x', and must be a table"),
    ],
)
def test_what_would_be_refused_at_the_start_is_not_written(
    config: Path, section: str, key: str, value: Any, words: str
) -> None:
    assert words in refused(config, section, key, value)


def test_a_file_that_cannot_be_read_is_left_as_it_is(config: Path) -> None:
    config.write_text("[limits\n")
    assert "line 1" in refused(config, "limits", "idle", 3)
    config.write_text("[limits]\nzzz = 1\n")
    assert "no setting limits.zzz" in refused(config, "limits", "idle", 3)


def test_a_value_that_was_changed_meanwhile_is_not_overwritten_unseen(config: Path) -> None:
    assert write_setting(config, "limits", "idle", 30, seen=120).limits.idle == 30
    with pytest.raises(ConfigError, match=r"limits.idle was changed meanwhile; it is 30 now"):
        write_setting(config, "limits", "idle", 60, seen=120)
    with pytest.raises(ConfigError, match=r"it is 30 now"):
        unset_setting(config, "limits", "idle", seen=None)
    with pytest.raises(ConfigError, match=r"limits.retries was changed meanwhile; it is not set now"):
        write_setting(config, "limits", "retries", 1, seen=4)


def test_another_program_that_writes_at_the_same_moment_loses_nothing(
    config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    edits = iter([MINE.replace("Mind the order!", "Edited."), None])
    replace = toml_file._replace

    def late(path: Path, text: str, before: bytes | None) -> bool:
        if edited := next(edits):
            config.write_text(edited)  # an editor saves just then
        return replace(path, text, before)

    monkeypatch.setattr(toml_file, "_replace", late)
    write_setting(config, "limits", "idle", 9)
    assert "Edited." in config.read_text() and read_settings(config).limits.idle == 9


def test_a_folder_that_takes_no_file_is_said(tmp_path: Path) -> None:
    (tmp_path / "config.toml").mkdir()
    with pytest.raises(ConfigError, match=r"config\.toml"):
        write_setting(tmp_path / "config.toml", "limits", "idle", 3)


@given(
    idle=st.floats(min_value=0.001, max_value=86_400),
    motion=st.sampled_from(["full", "reduced"]),
    theme=st.text(min_size=1, max_size=20).filter(lambda text: "\x00" not in text and text.isprintable()),
    order=st.permutations(["idle", "motion", "theme"]),
)
def test_any_values_in_any_order_are_read_as_they_were_written(
    tmp_path_factory: pytest.TempPathFactory, idle: float, motion: str, theme: str, order: list[str]
) -> None:
    config = tmp_path_factory.mktemp("any") / "config.toml"
    config.write_text(MINE)
    values = {"idle": ("limits", idle), "motion": ("screen", motion), "theme": ("", theme)}
    for key in order:
        write_setting(config, values[key][0], key, values[key][1])
    settings = read_settings(config)
    assert (settings.limits.idle, settings.screen.motion, settings.theme) == (idle, motion, theme)
    for key in order:
        unset_setting(config, values[key][0], key)
    assert config.read_text().startswith("# My settings. Mind the order!\nmodel = 'work/large'   # the large one\n")
    assert [line for line in MINE.splitlines() if "idle" not in line and line not in config.read_text()] == []
