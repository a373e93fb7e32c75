"""What a person can set: config.toml as frozen values, checked to the last key.

A wrong setting is never skipped. The error names the file, the key, what was found and what is allowed,
and guesses what was meant. Keys of providers are no settings: a provider names the variable
or the command that gives its key, and nothing of ours ever writes one down, nor repeats one that stands here.

    model = "anthropic/claude-sonnet-4-5"     # for new sessions, until one was chosen on screen
    theme = "auto"                            # as the terminal is, dark or light; or a theme's name
    [limits]                                  # seconds, and requests after the first
    idle = 90
    [providers.work]
    api = "openai-chat"                       # or "anthropic", "openai"
    base_url = "https://models.example.com/v1"
    key_env = "WORK_KEY"                      # or key_command = ["pass", "show", "work"], or keyring = "work/me"
    record = "tapes"                          # a folder; or replay = "tapes/FILE"
    images = false                            # its models take none: they are told so in words
    [models]                                  # and [budget]: see tui/settings/models.py
    fallback = ["openai/gpt-6-luna"]          # asked when a model has failed for good
    [keys]
    "session.new" = "ctrl+n,f4"
    [web]
    search = "brave"                          # or "tavily", "exa", or "searxng" with base_url
    key_env = "BRAVE_API_KEY"                 # as it is for each by itself; or key_command
    [sandbox]
    kind = "auto"                             # or "bubblewrap", "landlock", "none"
    network = false                           # for commands that did not ask for it
    writable = ["~/.cache/uv"]                # besides the workspace
    hidden = ["~/diary"]                      # besides what holds keys and logins
    [worktrees]
    folder = "~/worktrees"                    # where sessions get worktrees of their own
    [record]                                  # see tui/settings/record.py
    folder = "recordings"                     # all that providers say is kept there
    [prune]                                   # see tui/settings/prune.py
    days = 180
    [log]                                     # see tui/settings/log.py
    sessions = true
    [secrets]
    mask = true                               # in what goes to models, into the log, exports and recordings
    extra = ["employee-[0-9]+"]               # regular expressions, each seen on one line
    [policy]                                  # see tui/settings/rulebook.py
    mode = "accept-edits"
    [context]                                 # see tui/settings/context.py
    compact_at = 0.85                         # of the window; 0 for never
    [screen]
    theme_dark = "harbour-dark"               # what auto means in a dark terminal
    theme_light = "ember-light"               # and in a light one
    motion = "reduced"                        # or "full"
    mouse = true                              # false: the terminal's own, to select text; F12 changes it
    [prompt]                                  # see tui/settings/prompt.py
    enter = "queue"
    [notify]                                  # see tui/settings/notify.py
    how = "auto"
    [stream]                                  # seconds for which streamed text may be joined
    max_interval = 0.05
"""

import re
from collections.abc import Mapping
from dataclasses import field, fields, replace
from pathlib import Path
from typing import Any, Literal, get_args
from urllib.parse import urlsplit

from tui.engine.choice import ModelPlan
from tui.engine.stream import Limits, Pace
from tui.engine.window.compaction import ContextRules
from tui.errors import ConfigError
from tui.events import Mode
from tui.providers.models import BUILT_IN, Api, Header, ProviderConfig
from tui.settings.context import read_context
from tui.settings.log import LogConfig, read_log
from tui.settings.models import read_plan
from tui.settings.notify import NotifyConfig, read_notify
from tui.settings.prompt import PromptConfig, read_prompt
from tui.settings.prune import PruneConfig, read_prune
from tui.settings.record import RecordConfig, read_record
from tui.settings.rulebook import read_policy
from tui.settings.toml_table import Table, either
from tui.tools.sandbox import Kind
from tui.tools.web import DEFAULT_KEYS, SEARCHES, WebConfig
from tui.value import value

RESERVED = ("offline",)
"""Names of providers that are built in and cannot be configured."""
MODEL_KEY = "model"
"""Under which the store keeps the model that was chosen last, for all folders (workspace "")."""
_ADDRESS = "an address without a password, such as http://127.0.0.1:8080/v1"
_KEYRING = "SERVICE/USER, such as openai/me: what the key is kept under"
AUTO = "auto"
"""The theme that is dark or light as the terminal is."""
Motion = Literal["full", "reduced"]
MAX_SECONDS = 86_400.0
MAX_RETRIES = 20


@value
class SandboxConfig:
    """``[sandbox]``: see ``tui.tools.sandbox``. Paths are absolute."""

    kind: Kind = "auto"
    network: bool = False
    writable: tuple[str, ...] = ()
    hidden: tuple[str, ...] = ()


@value
class WorktreesConfig:
    """``[worktrees]``: see ``tui.engine.worktrees.life``. ``folder`` is absolute, "" for one among Penstock's data."""

    folder: str = ""


@value
class SecretsConfig:
    """``[secrets]``: see ``tui.secrets``."""

    mask: bool = True
    extra: tuple[str, ...] = ()


@value
class ScreenConfig:
    """``[screen]``: see ``tui.app.themes``. ``mouse``: it is reported to the program."""

    theme_dark: str = "penstock-dark"
    theme_light: str = "penstock-light"
    motion: Motion = "full"
    mouse: bool = True


@value
class Settings:
    """All of config.toml. ``keys`` binds action ids to comma separated Textual key names."""

    model: str = ""
    theme: str = AUTO
    limits: Limits = Limits()
    pace: Pace = Pace()
    providers: tuple[ProviderConfig, ...] = ()
    keys: Mapping[str, str] = field(default_factory=dict)
    web: WebConfig = WebConfig()
    sandbox: SandboxConfig = SandboxConfig()
    secrets: SecretsConfig = SecretsConfig()
    worktrees: WorktreesConfig = WorktreesConfig()
    prune: PruneConfig = PruneConfig()
    record: RecordConfig = RecordConfig()
    log: LogConfig = LogConfig()
    screen: ScreenConfig = ScreenConfig()
    notify: NotifyConfig = NotifyConfig()
    prompt: PromptConfig = PromptConfig()
    models: ModelPlan = ModelPlan()
    context: ContextRules = ContextRules()
    mode: Mode = "ask"


def read_settings(path: Path) -> Settings:
    """The settings in ``path``; the defaults where there is no such file.

    Raises:
        ConfigError: it cannot be read, is not TOML, or says something impossible.
    """
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except (FileNotFoundError, NotADirectoryError):
        return Settings()
    except OSError as error:
        raise ConfigError(f"{path} cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path} is not UTF-8 text (byte {error.start}).") from error
    return parse_settings(path, text)


def parse_settings(path: Path, text: str) -> Settings:
    """The settings that ``text`` would be in ``path``. Raises ConfigError."""
    import tomllib  # noqa: PLC0415

    try:
        values = tomllib.loads(text)
    except (ValueError, RecursionError) as error:  # also a number of 5,000 digits, and lists in lists without end
        raise ConfigError(f"{path} is not TOML: {error}.") from error
    return _settings(Table(path, "", values))


def _settings(table: Table) -> Settings:
    model = table.text("model", "a model, such as anthropic/claude-sonnet-4-5")
    if model and not all(model.partition("/")):
        raise table.wrong("model", "PROVIDER/MODEL, such as anthropic/claude-sonnet-4-5")
    providers = table.table("providers")
    settings = Settings(
        model=model,
        theme=table.text("theme", "a theme's name, or auto") or AUTO,
        limits=_limits(table.table("limits")),
        pace=_pace(table.table("stream")),
        providers=tuple(_provider(name, providers) for name in providers.names()),
        keys=_keys(table.table("keys")),
        mode=read_policy(table.table("policy")).mode or "ask",  # its rules are read where they are used
        web=_web(table.table("web")),
        sandbox=_sandbox(table.table("sandbox")),
        secrets=_secrets(table.table("secrets")),
        worktrees=_worktrees(table.table("worktrees")),
        prune=read_prune(table.table("prune")),
        record=read_record(table.table("record")),
        log=read_log(table.table("log")),
        models=read_plan(table.table("models"), table.table("budget")),
        context=read_context(table.table("context")),
        screen=_screen(table.table("screen")),
        notify=read_notify(table.table("notify")),
        prompt=read_prompt(table.table("prompt")),
    )
    table.end()
    return settings


def _limits(table: Table) -> Limits:
    found: dict[str, Any] = {}
    for limit in fields(Limits):
        whole = limit.name == "retries"
        most = MAX_RETRIES if whole else MAX_SECONDS
        found[limit.name] = table.number(limit.name, limit.default, most=most, whole=whole)  # type: ignore[arg-type]
    table.end()
    return Limits(**found)


def _pace(table: Table) -> Pace:
    usual = Pace()
    least = table.number("min_interval", min(usual.min_interval, 1.0), most=1.0)
    most = table.number("max_interval", max(usual.max_interval, least), most=1.0)
    table.end()
    if least > most:
        raise table.wrong("min_interval", f"{most:g} (max_interval) or less")
    return Pace(min_interval=least, max_interval=most)


def _provider(name: str, providers: Table) -> ProviderConfig:
    table = providers.table(name)
    if name in RESERVED or not name.replace("-", "").replace("_", "").isalnum():
        raise providers.wrong(name, f"named with letters, digits, - and _, and not {either(RESERVED)}")
    base_url = table.text("base_url")
    address = _address(base_url)
    if base_url and address is None:
        raise table.wrong("base_url", _ADDRESS, hide="@" in base_url)
    usual = next((config for config in BUILT_IN if config.name == name and not base_url), None)
    api = table.choice("api", get_args(Api)) or (usual.api if usual else "")
    if not api:
        raise table.missing("api", either(get_args(Api)))
    given: dict[str, Any] = {
        "base_url": base_url,
        "key_env": table.variable("key_env"),
        "key_command": table.texts("key_command"),
        "keyring": _keyring(table),
        "header": table.choice("header", [choice for choice in get_args(Header) if choice]),
        "models": table.texts("models"),
        "record": table.place("record"),
        "replay": table.place("replay"),
    }
    local = table.flag("local", usual.local if usual else _is_loopback(address or ""))
    images = table.flag("images", True)
    sources = [name for name in ("key_env", "key_command", "keyring") if given[name]]
    if len(sources) > 1:
        raise table.wrong(sources[1], f"left out where {sources[0]} is set: a key comes from one place")
    if given["record"] and given["replay"]:
        raise table.wrong("record", "left out where replay is set: a tape is made or played")
    table.end()
    named = {key: value for key, value in given.items() if value}  # the rest is as it is built in
    found = usual or ProviderConfig(name=name, api=api)  # type: ignore[arg-type]
    return replace(found, api=api, local=local, images=images, **named)  # type: ignore[arg-type]


def _keyring(table: Table) -> str:
    entry = table.text("keyring", _KEYRING)
    if entry and not all(entry.rpartition("/")):
        raise table.wrong("keyring", _KEYRING)
    return entry


def _web(table: Table) -> WebConfig:
    search = table.choice("search", SEARCHES)
    base_url = table.text("base_url")
    if base_url and _address(base_url) is None:
        raise table.wrong("base_url", _ADDRESS, hide="@" in base_url)
    if search == "searxng" and not base_url:
        raise table.missing("base_url", "the address of your SearXNG, such as http://127.0.0.1:8888")
    key_env, key_command = table.variable("key_env"), table.texts("key_command")
    if key_env and key_command:
        raise table.wrong("key_command", "left out where key_env is set: a key comes from one place")
    table.end()
    usual = "" if key_command else DEFAULT_KEYS.get(search, "")
    return WebConfig(search=search, base_url=base_url, key_env=key_env or usual, key_command=key_command)


def _sandbox(table: Table) -> SandboxConfig:
    kind = table.choice("kind", get_args(Kind)) or "auto"
    writable, hidden = table.places("writable"), table.places("hidden")
    if any(Path(path) == Path(path).parent for path in (*writable, *hidden)):
        raise table.wrong("writable" if "/" in writable else "hidden", "folders, and not the whole disk")
    found = SandboxConfig(kind=kind, network=table.flag("network", False), writable=writable, hidden=hidden)  # type: ignore[arg-type]
    table.end()
    return found


def _worktrees(table: Table) -> WorktreesConfig:
    folder = table.place("folder")
    if folder and Path(folder) == Path(folder).parent:
        raise table.wrong("folder", "a folder, and not the whole disk")
    table.end()
    return WorktreesConfig(folder=folder)


def _secrets(table: Table) -> SecretsConfig:
    extra = table.texts("extra")
    for expression in extra:
        try:
            empty = re.compile(expression).match("")
        except (re.error, RecursionError, OverflowError):
            raise table.wrong("extra", 'a list of regular expressions, such as ["employee-[0-9]+"]') from None
        if empty:
            raise table.wrong("extra", "expressions that do not match an empty text")
    found = SecretsConfig(mask=table.flag("mask", True), extra=extra)
    table.end()
    return found


def _screen(table: Table) -> ScreenConfig:
    usual = ScreenConfig()
    found = ScreenConfig(
        theme_dark=table.text("theme_dark", "a theme's name") or usual.theme_dark,
        theme_light=table.text("theme_light", "a theme's name") or usual.theme_light,
        motion=table.choice("motion", get_args(Motion)) or usual.motion,  # type: ignore[arg-type]
        mouse=table.flag("mouse", usual.mouse),
    )
    table.end()
    return found


def _address(url: str) -> str | None:
    """The host of an http address, None where it is no such thing or carries a password."""
    try:
        parts = urlsplit(url)
        parts.port  # noqa: B018 - raises for one that is none
    except ValueError:
        return None
    sound = url.isprintable() and " " not in url and parts.scheme in ("http", "https") and "@" not in parts.netloc
    return parts.hostname if sound else None


def _is_loopback(host: str) -> bool:
    return host in ("localhost", "::1") or host.startswith("127.")


def _keys(table: Table) -> dict[str, str]:
    """Flat: ``session.new`` may be one quoted key or, as TOML reads it unquoted, a table in a table."""
    found: dict[str, str] = {}
    for name in table.names():
        if isinstance(table.take(name), dict):
            found |= {f"{name}.{rest}": keys for rest, keys in _keys(table.table(name)).items()}
        else:
            found[name] = table.text(name, 'keys, such as "ctrl+n,f4"')
    return found
