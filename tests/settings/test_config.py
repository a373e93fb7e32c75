"""config.toml: what it may say, and for each mistake a sentence with file, key, what was found and what is allowed."""

import os
from pathlib import Path
from typing import Any

import pytest

from tui.engine.stream import Limits, Pace
from tui.errors import ConfigError
from tui.providers.models import BUILT_IN, ProviderConfig
from tui.settings.catalog import TITLES
from tui.settings.config import SandboxConfig, SecretsConfig, Settings, read_settings
from tui.tools.web import WebConfig

WORK = '[providers.work]\napi = "openai-chat"\nbase_url = "https://models.example.com/v1"\n'
SECRET = "sk-precious-0123456789"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "config.toml"


def read(path: Path, text: str | bytes) -> Settings:
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_settings(path)


def refused(path: Path, text: str | bytes) -> str:
    """The sentence about it, without the file's name, which must be in it."""
    with pytest.raises(ConfigError) as caught:
        read(path, text)
    assert str(path) in str(caught.value)
    assert "\n" not in caught.value.sentence()
    return caught.value.sentence().replace(str(path), "FILE")


def provider(path: Path, text: str) -> ProviderConfig:
    (found,) = read(path, text).providers
    return found


# --- what it may say


@pytest.mark.parametrize("text", [None, "", "# nothing but words\n", "\ufeff", "[limits]\n[keys]\n[providers]\n"])
def test_no_file_or_one_that_says_nothing_gives_what_is_built_in(path: Path, text: str | None) -> None:
    assert (read_settings(path) if text is None else read(path, text)) == Settings()


def test_a_file_in_the_place_of_its_folder_is_no_settings(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert read_settings(tmp_path / "file" / "config.toml") == Settings()


def test_all_of_it_is_read(path: Path) -> None:
    settings = read(
        path,
        'model = "work/large"\ntheme = "penstock-light"\n'
        "[limits]\nconnect = 1\nfirst_event = 2.5\nfirst_event_local = 3\nidle = 4\nrequest = 5\nretries = 0\n"
        "retry_cap = 6\n[stream]\nmin_interval = 0.02\nmax_interval = 0.03\n"
        '[keys]\n"session.new" = "ctrl+n,f4"\npane.next = "f9"\n'
        f'{WORK}key_env = "WORK_KEY"\nheader = "x-api-key"\nmodels = ["large", "small"]\n'
        'local = true\nrecord = "tapes"\n',
    )
    assert settings == Settings(
        model="work/large",
        theme="penstock-light",
        limits=Limits(connect=1, first_event=2.5, first_event_local=3, idle=4, request=5, retries=0, retry_cap=6),
        pace=Pace(min_interval=0.02, max_interval=0.03),
        keys={"session.new": "ctrl+n,f4", "pane.next": "f9"},
        providers=(
            ProviderConfig(
                name="work",
                api="openai-chat",
                base_url="https://models.example.com/v1",
                key_env="WORK_KEY",
                header="x-api-key",
                models=("large", "small"),
                local=True,
                record=str(path.parent / "tapes"),
            ),
        ),
    )


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_files_of_other_systems_are_read(path: Path, encoding: str, line_end: str) -> None:
    text = f'model = "work/größe"\n{WORK}'.replace("\n", line_end)
    settings = read(path, text.encode(encoding))
    assert settings.model == "work/größe" and settings.providers[0].base_url == "https://models.example.com/v1"


@pytest.mark.parametrize(
    ("base_url", "local"),
    [
        ("http://127.0.0.1:8080/v1", True),
        ("http://localhost/v1", True),
        ("http://[::1]:80", True),
        ("https://models.example.com:8443/v1", False),
        ("HTTPS://MODELS.example.com", False),
        ("http://10.0.0.7", False),
    ],
)
def test_an_address_on_this_machine_needs_no_key(path: Path, base_url: str, local: bool) -> None:
    found = provider(path, f'[providers.w]\napi = "openai"\nbase_url = "{base_url}"\n')
    assert (found.base_url, found.local) == (base_url, local)
    assert not provider(path, f'[providers.w]\napi = "openai"\nbase_url = "{base_url}"\nlocal = false\n').local


def test_a_built_in_provider_keeps_what_is_not_named(path: Path) -> None:
    built_in = next(config for config in BUILT_IN if config.name == "anthropic")
    found = provider(path, '[providers.anthropic]\nkey_env = "OTHER_KEY"\nmodels = ["one"]\n')
    assert (found.api, found.base_url, found.header) == ("anthropic", built_in.base_url, "x-api-key")
    assert (found.key_env, found.models) == ("OTHER_KEY", ("one",))


def test_a_built_in_name_at_another_address_is_another_provider(path: Path) -> None:
    text = '[providers.openai]\nbase_url = "https://models.example.com"\n'
    assert "providers.openai.api is missing" in refused(path, text)
    assert provider(path, f'{text}api = "openai"\n').key_env == ""


def test_a_command_for_the_key_is_a_list(path: Path) -> None:
    found = provider(path, f'{WORK}key_command = ["pass", "show", "work"]\n')
    assert found.key_command == ("pass", "show", "work")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ('search = "brave"', WebConfig(search="brave", key_env="BRAVE_API_KEY")),
        ('search = "tavily"\nkey_env = "MINE"', WebConfig(search="tavily", key_env="MINE")),
        ('search = "exa"\nkey_command = ["pass", "exa"]', WebConfig(search="exa", key_command=("pass", "exa"))),
        (
            'search = "searxng"\nbase_url = "http://127.0.0.1:8888"',
            WebConfig(search="searxng", base_url="http://127.0.0.1:8888"),
        ),
        ("", WebConfig()),
    ],
)
def test_a_search_backend_has_the_key_of_its_makers_unless_another_is_named(
    path: Path, text: str, found: WebConfig
) -> None:
    assert read(path, f"[web]\n{text}\n").web == found


def test_the_origin_that_may_be_private_is_that_of_the_configured_address() -> None:
    for url, own in (
        ("http://127.0.0.1:8888/search", ("127.0.0.1", 8888)),
        ("https://Search.lan", ("search.lan", 443)),
        ("http://[::1]", ("::1", 80)),
        ("", None),
    ):
        assert WebConfig(search="searxng", base_url=url).own == own


def test_tapes_are_found_beside_the_file_at_home_or_anywhere(path: Path, home: Path) -> None:
    for named, place in (("t/a", path.parent / "t" / "a"), ("~/t", home / "t"), ("/var/t", Path("/var/t"))):
        assert provider(path, f'{WORK}replay = "{named}"\n').replay == str(place)


# --- what is wrong

KNOWN = ", ".join(sorted({*TITLES, "model", "theme"} - {""}))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("model = 3", "FILE: model is 3, and must be a model"),
        ('model = "large"', "FILE: model is 'large', and must be PROVIDER/MODEL"),
        ('model = "work/"', "FILE: model is 'work/', and must be PROVIDER/MODEL"),
        ("theme = true", "FILE: theme is True, and must be a theme's name"),
        ("theem = 'x'", "FILE: there is no setting theem. Did you mean theme?"),
        ("zzz = 1", f"FILE: there is no setting zzz. There are: {KNOWN}."),
        ('[sandbox]\nkind = "docker"', "FILE: sandbox.kind is 'docker', and must be 'auto', 'bubblewrap', 'landlock'"),
        ('[sandbox]\nnetwork = "no"', "FILE: sandbox.network is 'no', and must be true or false"),
        ('[sandbox]\nwritable = ["/"]', "FILE: sandbox.writable is ['/'], and must be folders, and not the whole disk"),
        ('[sandbox]\nhidden = ["~nobody-here/x"]', "FILE: sandbox.hidden is ['~nobody-here/x'], and must be a list of"),
        ('[secrets]\nmask = 1', "FILE: secrets.mask is 1, and must be true or false"),
        ('[secrets]\nextra = ["("]', "FILE: secrets.extra is ['('], and must be a list of regular expressions"),
        ('[secrets]\nextra = ["a*"]', "FILE: secrets.extra is ['a*'], and must be expressions that do not match"),
        ("limits = 3", "FILE: limits is 3, and must be a table: [limits]"),
        ("[limits]\nidel = 3", "FILE: there is no setting limits.idel. Did you mean idle?"),
        ("[limits]\nidle = 0", "FILE: limits.idle is 0, and must be seconds, above 0 and up to 86400"),
        ("[limits]\nidle = -1.5", "FILE: limits.idle is -1.5, and must be seconds"),
        ("[limits]\nidle = inf", "FILE: limits.idle is inf, and must be seconds"),
        ("[limits]\nidle = nan", "FILE: limits.idle is nan, and must be seconds"),
        ("[limits]\nidle = '9'", "FILE: limits.idle is '9', and must be seconds"),
        ("[limits]\nidle = true", "FILE: limits.idle is True, and must be seconds"),
        ("[limits]\nidle = 1979-05-27", "FILE: limits.idle is datetime.date(1979, 5, 27), and must be seconds"),
        ("[limits]\nretries = 1.0", "FILE: limits.retries is 1.0, and must be a whole number from 0 to 20"),
        ("[limits]\nretries = 21", "FILE: limits.retries is 21, and must be a whole number from 0 to 20"),
        ("[stream]\nmin_interval = 2", "FILE: stream.min_interval is 2, and must be seconds, above 0 and up to 1"),
        ("[stream]\nmin_interval = 0.5\nmax_interval = 0.1", "FILE: stream.min_interval is 0.5, and must be 0.1"),
        ("[keys]\n'session.new' = 3", "FILE: keys.session.new is 3, and must be keys, such as"),
        ("[keys]\nsession.new = ['f4']", "FILE: keys.session.new is ['f4'], and must be keys, such as"),
        ("providers = []", "FILE: providers is [], and must be a table: [providers]"),
        ("[providers]\nwork = 'x'", "FILE: providers.work is 'x', and must be a table: [providers.work]"),
        ("[providers.offline]\napi = 'openai'", "FILE: providers.offline is a table, and must be named with letters"),
        ("[providers.'a/b']\napi = 'openai'", "FILE: providers.a/b is a table, and must be named with letters"),
        ("[providers.'']\napi = 'openai'", "FILE: providers. is a table, and must be named with letters"),
        ("[providers.work]", "providers.work.api is missing. It must be 'anthropic', 'openai' or 'openai-chat'."),
        ("[providers.work]\napi = 'openai-chta'", "is 'openai-chta', and must be 'anthropic', 'openai' or"),
        ("[providers.work]\napi = 'openai-chta'", "Did you mean openai-chat?"),
        (f"{WORK}header = 'cookie'", "providers.work.header is 'cookie', and must be 'bearer' or 'x-api-key'"),
        (f"{WORK}models = 'large'", "providers.work.models is 'large', and must be a list of texts"),
        (f"{WORK}models = ['a', '']", "providers.work.models is ['a', ''], and must be a list of texts"),
        (f"{WORK}key_command = 'pass show'", "providers.work.key_command is 'pass show', and must be a list of"),
        (f"{WORK}local = 'yes'", "providers.work.local is 'yes', and must be true or false"),
        (f"{WORK}key_env = 3", "providers.work.key_env is 3, and must be the name of a variable, such as WORK_KEY"),
        (f"{WORK}key_env = 'A'\nkey_command = ['b']", "providers.work.key_command is ['b'], and must be left out"),
        (f"{WORK}record = 'a'\nreplay = 'b'", "providers.work.record is 'a', and must be left out"),
        (f"{WORK}record = '~nobody-of-that-name/t'", "providers.work.record is '~nobody-of-that-name/t', and must"),
        (f"{WORK}modles = []", "FILE: there is no setting providers.work.modles. Did you mean models?"),
        (f"theme = {['x' * 100]}", "xxx…, and must be"),
        ('[web]\nsearch = "bravo"', "web.search is 'bravo', and must be 'brave', 'tavily', 'exa' or 'searxng'."),
        ('[web]\nsearch = "searxng"', "web.base_url is missing. It must be the address of your SearXNG"),
        ('[web]\nbase_url = "localhost:8888"', "web.base_url is 'localhost:8888', and must be an address"),
        ('[web]\nkey_env = "A"\nkey_command = ["b"]', "web.key_command is ['b'], and must be left out where key_env"),
        ("[web]\nurl = 1", "there is no setting web.url. "),
    ],
)  # fmt: skip
def test_a_wrong_setting_names_the_key_what_was_found_and_what_is_allowed(path: Path, text: str, words: str) -> None:
    assert words in refused(path, text)


@pytest.mark.parametrize(
    "base_url",
    ["models.example.com", "ftp://example.com", "http://", "http:///v1", "http://[::1", "http://h:99999", "http://h:x",
     "http://a b/v1", "http://a\\tb/v1", "file:///etc/passwd", " http://h"],
)  # fmt: skip
def test_an_address_that_is_none_is_refused(path: Path, base_url: str) -> None:
    sentence = refused(path, f'[providers.work]\napi = "openai"\nbase_url = "{base_url}"\n')
    assert "providers.work.base_url is " in sentence and "and must be an address" in sentence


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("model", "is not TOML: Expected '=' after a key"),
        ("model = ", "is not TOML: Invalid value (at end of document)"),
        ('a = 1\nmodel = "x', "is not TOML: "),
        ("[a]\n[a]", "at line 2"),
        ("model = '\x00'", "is not TOML: "),
        ("model = 'x'\rtheme = 'y'", "is not TOML: "),
        (f"model = {'9' * 5000}", "is not TOML: "),
        (f"model = {'[' * 5000}", "is not TOML: "),
    ],
)
def test_what_is_no_toml_says_where(path: Path, text: str, words: str) -> None:
    assert words in refused(path, text)


def test_a_file_in_another_encoding_is_said(path: Path) -> None:
    assert "is not UTF-8 text (byte 0)" in refused(path, 'model = "a/b"'.encode("utf-16"))
    assert "is not UTF-8 text (byte 11)" in refused(path, 'model = "a/ü"'.encode("latin-1"))


def test_a_file_that_cannot_be_read_is_said(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read: Is a directory"):
        read_settings(tmp_path)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read_is_said(path: Path) -> None:
    path.touch(mode=0o000)
    with pytest.raises(ConfigError, match="cannot be read: Permission denied"):
        read_settings(path)


# --- keys have no place in it


@pytest.mark.parametrize(
    "text",
    [
        *(f"{WORK}{name} = '{SECRET}'" for name in ("key", "api_key", "apikey", "token", "secret", "auth_token")),
        f"{WORK}ANTHROPIC_API_KEY = '{SECRET}'",
        f"{WORK}password = '{SECRET}'",
        f"{WORK}key_env = '{SECRET}'",
        f"[web]\napi_key = '{SECRET}'",
        f"[web]\nkey_env = '{SECRET}'",
        f"api_key = '{SECRET}'",
        f"OPENAI_API_KEY = '{SECRET}'",
        f"[providers]\napi_key = '{SECRET}'",
        f"[limits]\napi-key = '{SECRET}'",
    ],
    ids=lambda text: text.partition("= '")[0].split("\n")[-1],
)
def test_a_key_in_the_file_is_refused_with_advice_and_not_repeated(path: Path, text: str) -> None:
    sentence = refused(path, text)
    assert "key_env names a variable" in sentence and "key_command a command" in sentence
    assert SECRET not in sentence


@pytest.mark.parametrize("user", [f"me:{SECRET}", SECRET])
def test_a_password_in_an_address_is_refused_and_not_repeated(path: Path, user: str) -> None:
    sentence = refused(path, f'[providers.work]\napi = "openai"\nbase_url = "https://{user}@models.example.com"\n')
    assert "must be an address without a password" in sentence and SECRET not in sentence


def test_a_provider_is_said_to_take_no_images(path: Path) -> None:
    text = '[providers.work]\napi = "openai-chat"\nbase_url = "https://models.example.com"\n'
    assert provider(path, text).images
    assert not provider(path, f"{text}images = false\n").images
    assert not provider(path, "[providers.anthropic]\nimages = false\n").images
    assert "images" in refused(path, f'{text}images = "no"\n')


def test_a_provider_may_be_called_like_a_secret(path: Path) -> None:
    assert provider(path, '[providers.token]\napi = "openai"\n').name == "token"


def test_the_settings_are_values(path: Path) -> None:
    first: Any = read(path, WORK)
    assert first == read(path, WORK)
    with pytest.raises(AttributeError):
        first.model = "x"


def test_sandbox_and_secrets_are_read(path: Path, home: Path) -> None:
    path.write_text(
        '[sandbox]\nkind = "landlock"\nnetwork = true\nwritable = ["~/.cache", "beside"]\nhidden = ["/diary"]\n'
        '[secrets]\nmask = false\nextra = ["user-[0-9]+"]\n'
    )
    settings = read_settings(path)
    assert settings.sandbox == SandboxConfig(
        kind="landlock", network=True, writable=(str(home / ".cache"), str(path.parent / "beside")), hidden=("/diary",)
    )
    assert settings.secrets == SecretsConfig(mask=False, extra=("user-[0-9]+",))
    path.write_text("")
    assert (read_settings(path).sandbox, read_settings(path).secrets) == (SandboxConfig(), SecretsConfig())
