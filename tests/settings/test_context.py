"""``[context]`` of config.toml, and what it refuses."""

from pathlib import Path

import pytest

from tui.engine.window.compaction import ContextRules
from tui.errors import ConfigError
from tui.settings.config import Settings, read_settings


def read(tmp_path: Path, text: str) -> ContextRules:
    (tmp_path / "config.toml").write_text(text)
    return read_settings(tmp_path / "config.toml").context


def test_without_a_word_it_compacts_at_85_percent_and_reads_instructions() -> None:
    assert Settings().context == ContextRules(compact_at=0.85, instructions=True, system="")


def test_it_can_be_set(tmp_path: Path) -> None:
    found = read(tmp_path, '[context]\ncompact_at = 0.5\ninstructions = false\nsystem = "Answer in verse."')
    assert found == ContextRules(compact_at=0.5, instructions=False, system="Answer in verse.")
    assert read(tmp_path, "[context]\ncompact_at = 0").compact_at == 0


@pytest.mark.parametrize("at", ["85", "1.0", "0.001", "-1", "true", '"0.8"', "nan"])
def test_a_part_of_the_window_is_a_part_of_the_window(tmp_path: Path, at: str) -> None:
    with pytest.raises(ConfigError, match=r"context\.compact_at.*0\.01 to 0\.98, or 0 for never"):
        read(tmp_path, f"[context]\ncompact_at = {at}")


def test_another_key_is_wrong(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"no setting context\.compact"):
        read(tmp_path, "[context]\ncompact = 0.5")
