"""``[prompt]``: which of the two ways enter takes."""

from pathlib import Path

import pytest

from tui.errors import ConfigError
from tui.settings.config import parse_settings


@pytest.mark.parametrize(("said", "enter"), [("", "queue"), ('enter = "queue"', "queue"), ('enter = "steer"', "steer")])
def test_enter_queues_unless_it_is_told_to_steer(said: str, enter: str) -> None:
    assert parse_settings(Path("config.toml"), f"[prompt]\n{said}").prompt.enter == enter


@pytest.mark.parametrize("said", ['enter = "send"', "enter = 1", 'exit = "queue"'])
def test_what_enter_cannot_do_is_refused(said: str) -> None:
    with pytest.raises(ConfigError, match="prompt"):
        parse_settings(Path("config.toml"), f"[prompt]\n{said}")
