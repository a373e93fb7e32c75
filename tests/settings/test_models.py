"""What config.toml says of models, of budgets, and of keys in the keyring."""

from pathlib import Path

import pytest

from tui.engine.choice import ModelPlan
from tui.errors import ConfigError
from tui.settings.config import Settings, read_settings

WORK = '[providers.work]\napi = "openai-chat"\nbase_url = "https://models.example.com/v1"\n'


def read(tmp_path: Path, text: str) -> Settings:
    path = tmp_path / "config.toml"
    path.write_text(text)
    return read_settings(path)


def test_all_of_it_is_read(tmp_path: Path) -> None:
    text = (
        '[models]\neffort = "xhigh"\nfallback = ["openai/gpt-6-luna", "work/maker/large", "openai/gpt-6-luna"]\n'
        "[budget]\nsession = 2.5\nday = 20\nwarn = 0.9\n"
    )
    plan = ModelPlan(
        effort="xhigh", fallback=("openai/gpt-6-luna", "work/maker/large"), budget=2.5, day_budget=20.0, warn=0.9
    )
    assert read(tmp_path, text).models == plan


def test_what_is_nearly_spent_need_not_be_said(tmp_path: Path) -> None:
    assert (read(tmp_path, "[budget]\nwarn = 0\n").models.warn, ModelPlan().warn) == (0.0, 0.8)


def test_nothing_is_limited_or_asked_for_that_is_not_set(tmp_path: Path) -> None:
    assert read(tmp_path, "[models]\n[budget]\n").models == ModelPlan() == Settings().models
    assert (ModelPlan().effort, ModelPlan().fallback, ModelPlan().budget) == ("", (), None)


def test_a_key_may_be_in_the_keyring(tmp_path: Path) -> None:
    (config,) = read(tmp_path, f'{WORK}keyring = "models/office/me"').providers
    assert (config.keyring, config.key_env, config.key_command) == ("models/office/me", "", ())


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[models]\neffort = 'hihg'", "Did you mean high?"),
        ("[models]\neffort = 3", "models.effort is 3, and must be 'low', 'medium', 'high', 'xhigh' or 'max'"),
        ("[models]\nfallback = 'openai/gpt-6-luna'", "models.fallback is 'openai/gpt-6-luna', and must be a list"),
        ("[models]\nfallback = ['gpt-6-luna']", "must be a list of PROVIDER/MODEL"),
        ("[models]\nfallbacks = []", "there is no setting models.fallbacks. Did you mean fallback?"),
        ("[budget]\nsession = 0", "budget.session is 0, and must be USD, above 0 and up to"),
        ("[budget]\nsession = '5'", "budget.session is '5', and must be USD"),
        ("[budget]\nweek = 5", "there is no setting budget.week"),
        (f"{WORK}keyring = 'me'", "providers.work.keyring is 'me', and must be SERVICE/USER"),
        (f"{WORK}keyring = '/me'", "must be SERVICE/USER"),
        (
            f"{WORK}keyring = 'a/b'\nkey_env = 'A'",
            "providers.work.keyring is 'a/b', and must be left out where key_env",
        ),
        (f"{WORK}keyring = 'a/b'\nkey_command = ['c']", "must be left out where key_command is set"),
    ],
)
def test_a_wrong_setting_says_what_is_allowed(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(ConfigError) as caught:
        read(tmp_path, text)
    assert words in caught.value.sentence()
