"""What a person can set: config.toml as frozen values, checked to the last key.

A wrong setting is never skipped. The error names the file, the key, what was found and what is allowed,
and guesses what was meant. Keys of providers are no settings: a provider names the variable
or the command that gives its key, and nothing of ours ever writes one down, nor repeats one that stands here.

    model = "anthropic/claude-sonnet-4-5"     # for new sessions, until one was chosen on screen
    theme = "penstock-light"
    [limits]                                  # seconds, and requests after the first
    idle = 90
    [providers.work]
    api = "openai-chat"                       # or "anthropic", "openai"
    base_url = "https://models.example.com/v1"
    key_env = "WORK_KEY"                      # or key_command = ["pass", "show", "work"]
    record = "tapes"                          # a folder; or replay = "tapes/FILE"
    [keys]
    "session.new" = "ctrl+n,f4"
    [stream]                                  # seconds for which streamed text may be joined
    max_interval = 0.05
"""

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import field, fields, replace
from difflib import get_close_matches
from pathlib import Path
from typing import Any, get_args
from urllib.parse import urlsplit

from tui.engine.stream import Limits, Pace
from tui.errors import ConfigError
from tui.providers.models import BUILT_IN, Api, Header, ProviderConfig
from tui.value import value

RESERVED = ("offline",)
"""Names of providers that are built in and cannot be configured."""
MODEL_KEY = "model"
"""Under which the store keeps the model that was chosen last, for all folders (workspace "")."""
MAX_SECONDS = 86_400.0
MAX_RETRIES = 20
_SECRET = re.compile(r"(^|[_-])(key|apikey|token|secret|password|passwd)$", re.IGNORECASE)
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_NO_KEYS_HERE = (
    "Keys are never kept in a file: a provider's key_env names a variable, its key_command a command that prints the "
    "key."
)


@value
class Settings:
    """All of config.toml. ``keys`` binds action ids to comma separated Textual key names."""

    model: str = ""
    theme: str = ""
    limits: Limits = Limits()
    pace: Pace = Pace()
    providers: tuple[ProviderConfig, ...] = ()
    keys: Mapping[str, str] = field(default_factory=dict)


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
    import tomllib  # noqa: PLC0415

    try:
        values = tomllib.loads(text)
    except (ValueError, RecursionError) as error:  # also a number of 5,000 digits, and lists in lists without end
        raise ConfigError(f"{path} is not TOML: {error}.") from error
    return _settings(_Table(path, "", values))


class _Table:
    """One table of the file, which takes its keys out one by one and complains about those left over."""

    def __init__(self, path: Path, name: str, values: Mapping[str, Any]) -> None:
        self._path = path
        self._name = name
        self._values = values
        self._known: list[str] = []

    def wrong(self, key: str, allowed: str, *, hint: str = "", hide: bool = False) -> ConfigError:
        """``hide``: what was found may be a secret."""
        if _SECRET.search(key):
            return self._unknown(key)
        found = "a text that may be a secret" if hide else _shown(self._values[key])
        return ConfigError(f"{self._path}: {self._full(key)} is {found}, and must be {allowed}.", hint=hint)

    def missing(self, key: str, allowed: str) -> ConfigError:
        return ConfigError(f"{self._path}: {self._full(key)} is missing. It must be {allowed}.")

    def take(self, key: str) -> Any:
        """The raw value, None where the file says nothing."""
        self._known.append(key)
        return self._values.get(key)

    def text(self, key: str, allowed: str = "a text") -> str:
        value = self.take(key)
        if value is None:
            return ""
        if not isinstance(value, str):
            raise self.wrong(key, allowed)
        return value

    def variable(self, key: str) -> str:
        allowed = "the name of a variable, such as WORK_KEY"
        name = self.text(key, allowed)
        if name and not _VARIABLE.fullmatch(name):  # the key itself, as like as not
            raise self.wrong(key, allowed, hint=_NO_KEYS_HERE, hide=True)
        return name

    def choice(self, key: str, choices: Iterable[str]) -> str:
        value = self.text(key, _either(choices))
        if value and value not in choices:
            raise self.wrong(key, _either(choices), hint=_meant(value, choices))
        return value

    def flag(self, key: str, default: bool) -> bool:
        value = self.take(key)
        if value is None:
            return default
        if not isinstance(value, bool):
            raise self.wrong(key, "true or false")
        return value

    def number(self, key: str, default: float, *, most: float, whole: bool = False) -> float:
        """A number above 0 (a whole one: from 0)."""
        value = self.take(key)
        if value is None:
            return default
        kind = int if whole else (int, float)
        low_enough = isinstance(value, kind) and not isinstance(value, bool) and value <= most
        if not low_enough or not math.isfinite(value) or value < 0 or (value == 0 and not whole):
            allowed = f"a whole number from 0 to {most:g}" if whole else f"seconds, above 0 and up to {most:g}"
            raise self.wrong(key, allowed)
        return int(value) if whole else float(value)

    def texts(self, key: str) -> tuple[str, ...]:
        value = self.take(key)
        if value is None:
            return ()
        if not isinstance(value, list) or not all(isinstance(item, str) and item for item in value):
            raise self.wrong(key, 'a list of texts, such as ["one", "two"]')
        return tuple(value)

    def place(self, key: str) -> str:
        """A file or folder, relative to the file's own folder; "" where it is not set."""
        found = self.text(key, "a path, such as tapes")
        try:
            return str(self._path.parent.absolute() / Path(found).expanduser()) if found else ""
        except (RuntimeError, ValueError):  # ~ of nobody
            raise self.wrong(key, "a path, such as tapes") from None

    def table(self, key: str) -> "_Table":
        value = self.take(key)
        if value is None:
            value = {}
        if not isinstance(value, dict):
            raise self.wrong(key, f"a table: [{self._full(key)}]")
        return _Table(self._path, self._full(key), value)

    def names(self) -> list[str]:
        return list(self._values)

    def end(self) -> None:
        """All keys that we know were taken. Raises ConfigError for any other."""
        for key in self._values:
            if key not in self._known:
                raise self._unknown(key)

    def _unknown(self, key: str) -> ConfigError:
        return ConfigError(f"{self._path}: there is no setting {self._full(key)}.", hint=self._advice(key))

    def _advice(self, key: str) -> str:
        if _SECRET.search(key):
            return _NO_KEYS_HERE
        return _meant(key, self._known) or f"There are: {', '.join(sorted(self._known))}."

    def _full(self, key: str) -> str:
        return f"{self._name}.{key}" if self._name else key


def _settings(table: _Table) -> Settings:
    model = table.text("model", "a model, such as anthropic/claude-sonnet-4-5")
    if model and not all(model.partition("/")):
        raise table.wrong("model", "PROVIDER/MODEL, such as anthropic/claude-sonnet-4-5")
    providers = table.table("providers")
    settings = Settings(
        model=model,
        theme=table.text("theme", "a theme's name"),
        limits=_limits(table.table("limits")),
        pace=_pace(table.table("stream")),
        providers=tuple(_provider(name, providers) for name in providers.names()),
        keys=_keys(table.table("keys")),
    )
    table.end()
    return settings


def _limits(table: _Table) -> Limits:
    found: dict[str, Any] = {}
    for limit in fields(Limits):
        whole = limit.name == "retries"
        most = MAX_RETRIES if whole else MAX_SECONDS
        found[limit.name] = table.number(limit.name, limit.default, most=most, whole=whole)  # type: ignore[arg-type]
    table.end()
    return Limits(**found)


def _pace(table: _Table) -> Pace:
    usual = Pace()
    least = table.number("min_interval", min(usual.min_interval, 1.0), most=1.0)
    most = table.number("max_interval", max(usual.max_interval, least), most=1.0)
    table.end()
    if least > most:
        raise table.wrong("min_interval", f"{most:g} (max_interval) or less")
    return Pace(min_interval=least, max_interval=most)


def _provider(name: str, providers: _Table) -> ProviderConfig:
    table = providers.table(name)
    if name in RESERVED or not name.replace("-", "").replace("_", "").isalnum():
        raise providers.wrong(name, f"named with letters, digits, - and _, and not {_either(RESERVED)}")
    base_url = table.text("base_url")
    address = _address(base_url)
    if base_url and address is None:
        allowed = "an address without a password, such as http://127.0.0.1:8080/v1"
        raise table.wrong("base_url", allowed, hide="@" in base_url)
    usual = next((config for config in BUILT_IN if config.name == name and not base_url), None)
    api = table.choice("api", get_args(Api)) or (usual.api if usual else "")
    if not api:
        raise table.missing("api", _either(get_args(Api)))
    given: dict[str, Any] = {
        "base_url": base_url,
        "key_env": table.variable("key_env"),
        "key_command": table.texts("key_command"),
        "header": table.choice("header", [choice for choice in get_args(Header) if choice]),
        "models": table.texts("models"),
        "record": table.place("record"),
        "replay": table.place("replay"),
    }
    local = table.flag("local", usual.local if usual else _is_loopback(address or ""))
    if given["key_env"] and given["key_command"]:
        raise table.wrong("key_command", "left out where key_env is set: a key comes from one place")
    if given["record"] and given["replay"]:
        raise table.wrong("record", "left out where replay is set: a tape is made or played")
    table.end()
    named = {key: value for key, value in given.items() if value}  # the rest is as it is built in
    return replace(usual or ProviderConfig(name=name, api=api), api=api, local=local, **named)  # type: ignore[arg-type]


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


def _keys(table: _Table) -> dict[str, str]:
    """Flat: ``session.new`` may be one quoted key or, as TOML reads it unquoted, a table in a table."""
    found: dict[str, str] = {}
    for name in table.names():
        if isinstance(table.take(name), dict):
            found |= {f"{name}.{rest}": keys for rest, keys in _keys(table.table(name)).items()}
        else:
            found[name] = table.text(name, 'keys, such as "ctrl+n,f4"')
    return found


def _shown(value: object) -> str:
    text = "a table" if isinstance(value, dict) else repr(value)
    return text if len(text) <= 60 else f"{text[:59]}…"


def _either(choices: Iterable[str]) -> str:
    *others, last = [repr(choice) for choice in choices]
    return f"{', '.join(others)} or {last}" if others else last


def _meant(word: str, known: Iterable[str]) -> str:
    near = get_close_matches(word, list(known), n=1)
    return f"Did you mean {near[0]}?" if near else ""
