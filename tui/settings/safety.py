"""What config.toml says of sandbox and secrets, as the parts that do it: for the program, its lists and its doctor."""

from pathlib import Path

from tui.key_source import key_in
from tui.paths import config_path, data_folder, store_path
from tui.providers.models import BUILT_IN
from tui.secrets import Masks
from tui.settings.config import Settings, read_settings
from tui.tools.sandbox import Sandbox
from tui.tools.web import DEFAULT_KEYS


def sandbox_of(settings: Settings) -> Sandbox:
    """As config.toml wants it. Our own store and settings are hidden from every command."""
    wanted = settings.sandbox
    ours = (data_folder(), config_path(), store_path(), *(Path(f"{store_path()}{end}") for end in ("-wal", "-shm")))
    return Sandbox(
        wanted.kind,
        network=wanted.network,
        writable=map(Path, wanted.writable),
        hidden=(*ours, *map(Path, wanted.hidden)),
    )


def masks_of(settings: Settings) -> Masks:
    """What is masked: nothing where config.toml says so."""
    wanted = settings.secrets
    if not wanted.mask:
        return Masks(known=False)
    variables = {config.key_env for config in (*BUILT_IN, *settings.providers)} | {*DEFAULT_KEYS.values()}
    return Masks((key_in(name) for name in (*variables, settings.web.key_env)), extra=wanted.extra)


def usual_masks() -> Masks:
    """As the person's config.toml wants them, where no program is open. Raises ConfigError."""
    return masks_of(read_settings(config_path()))
