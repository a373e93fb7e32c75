"""``[notify]``: what it may say, and the sentence for what it may not."""

from pathlib import Path

import pytest

from tui.errors import ConfigError
from tui.settings.config import read_settings
from tui.settings.notify import NotifyConfig


def read(folder: Path, text: str) -> NotifyConfig:
    (folder / "config.toml").write_text(f"[notify]\n{text}\n")
    return read_settings(folder / "config.toml").notify


def test_nothing_said_is_the_usual(tmp_path: Path) -> None:
    assert read(tmp_path, "") == NotifyConfig() == read_settings(tmp_path / "none.toml").notify


def test_all_of_it_is_read(tmp_path: Path) -> None:
    found = read(tmp_path, 'how = "osc9"\nwhen = "always"\non = ["asks"]\nafter = 0.5\ntitle = false')
    assert found == NotifyConfig(how="osc9", when="always", on=("asks",), after=0.5, title=False)


def test_every_end_may_be_told_and_none(tmp_path: Path) -> None:
    assert read(tmp_path, "after = 0").after == 0.0
    assert read(tmp_path, "on = []").on == ()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('how = "osc8"', "'osc99', 'bell' or 'off'"),
        ('when = "sometimes"', "'unfocused', 'always' or 'never'"),
        ('on = ["finished"]', "'asks', 'done' or 'failed'"),
        ("after = -1", "seconds, above 0"),
        ('bell = "loud"', "notify.bell"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(ConfigError) as caught:
        read(tmp_path, text)
    sentence = caught.value.sentence()
    assert "notify." in sentence and said in sentence, sentence
