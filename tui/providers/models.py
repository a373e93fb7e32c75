"""Every provider that can be spoken to, found by name, and what is known of their models.

Nothing here loads an SDK until a model is first asked for, and then in a thread: a screen that is open
stays alive meanwhile. Keys come from the environment or from a command, each time they are needed
for a new client, and are kept nowhere else. Local servers are asked for their models only by ``discover``.
"""

import asyncio
import json
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any, Literal, assert_never

from tui.errors import AuthFailed, ConfigError, ProviderError
from tui.key_source import COMMAND_SECONDS, ask_command, ask_keyring, checked, key_in
from tui.messages import Usage
from tui.providers.base import Provider
from tui.providers.replaying import Recording, is_replay, reel_of
from tui.secrets import Masks
from tui.value import value

Api = Literal["anthropic", "openai", "openai-chat"]
Header = Literal["bearer", "x-api-key"]

TOUR = "offline/tour"
KEY_COMMAND_SECONDS = COMMAND_SECONDS
DISCOVER_SECONDS = 0.3
"""How long a server may take to list its models while the picker is open."""


@value
class ProviderConfig:
    """One endpoint. ``key_env`` names a variable, ``key_command`` is an argv whose first line of output is the key.

    ``keyring``: SERVICE/USER, under which the desktop's keyring keeps it.

    ``models`` are offered although the endpoint does not list them. ``local``: on this machine, needs no key.
    ``images``: whether its models take them, which no list tells reliably.
    ``record``: a folder for tapes of all that is sent and answered, ``replay``: such a tape in place of the endpoint.
    """

    name: str
    api: Api
    base_url: str = ""
    key_env: str = ""
    key_command: tuple[str, ...] = ()
    keyring: str = ""
    header: Header = "bearer"
    models: tuple[str, ...] = ()
    local: bool = False
    images: bool = True
    record: str = ""
    replay: str = ""


@value
class Offer:
    """One line of the model picker. ``detail`` is what is known of it."""

    reference: str
    provider: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class _Opened:
    provider: Provider
    key: str = field(repr=False)
    """What the environment said of its key."""


_ANTHROPIC = ProviderConfig(
    name="anthropic",
    api="anthropic",
    base_url="https://api.anthropic.com",
    key_env="ANTHROPIC_API_KEY",
    header="x-api-key",
    models=("claude-opus-5-5", "claude-sonnet-5-5", "claude-haiku-5-5"),
)
_OPENAI = ProviderConfig(
    name="openai",
    api="openai",
    base_url="https://api.openai.com/v1",
    key_env="OPENAI_API_KEY",
    models=("gpt-6-sol", "gpt-6-luna", "gpt-5.5"),
)
_LOCAL_PORTS = {"ollama": 11434, "lmstudio": 1234, "llamacpp": 8080, "vllm": 8000}
BUILT_IN = (
    _ANTHROPIC,
    _OPENAI,
    *(
        ProviderConfig(name=name, api="openai-chat", base_url=f"http://127.0.0.1:{port}/v1", local=True)
        for name, port in _LOCAL_PORTS.items()
    ),
)
_DEFAULT_URLS: dict[Api, str] = {
    "anthropic": _ANTHROPIC.base_url,
    "openai": _OPENAI.base_url,
    "openai-chat": _OPENAI.base_url,
}


class Directory:
    """``Models``: built-in endpoints, and the configured ones, which win where names meet."""

    def __init__(
        self,
        configured: Iterable[ProviderConfig] = (),
        *,
        connect: float = 10.0,
        masks: Masks | None = None,
        recording: Recording | None = None,
    ) -> None:
        self._configs = {config.name: config for config in (*BUILT_IN, *configured)}
        self._connect = connect
        self._masks = masks
        self._recording = recording or Recording()
        self._tapes = count(1)
        self._reels: dict[str, ProviderConfig] = {}
        self._open: dict[str, _Opened] = {}
        self._retired: list[Provider] = []
        self._locks: dict[str, asyncio.Lock] = {}

    async def resolve(self, reference: str) -> tuple[Provider, str]:
        """See ``Models.resolve``. ``replay:FILE`` is a recording, whose model is the one that was recorded."""
        if is_replay(reference):
            return await self._replayed(reference)
        name, _, model = reference.partition("/")
        if not model or (name not in self._configs and reference != TOUR):
            known = ", ".join(sorted((*self._configs, "offline")))
            raise ConfigError(
                f"No provider is known for the model {reference!r}.",
                hint=f"Models are named PROVIDER/MODEL, or replay:FILE; the providers are {known}.",
            )
        return await self._provider(name), model

    def price(self, reference: str, usage: Usage) -> float | None:
        """See ``Models.price``. What runs on this machine has no price that we know; a recording costs nothing."""
        if is_replay(reference):
            return 0.0
        name, _, model = reference.partition("/")
        config = self._configs.get(name)
        if config is None or config.local:
            return None
        return _price(model, config, usage)

    def window(self, reference: str) -> int | None:
        """See ``Models.window``."""
        name, _, model = reference.partition("/")
        config = self._configs.get(name)
        if reference in self._reels:
            config = self._reels[reference]
            model = config.models[0]
        return None if config is None else _window(model, config)

    def sees(self, reference: str) -> bool:
        """See ``Models.sees``."""
        config = self._configs.get(reference.partition("/")[0])
        return config is None or config.images

    async def told(self, steps: Collection[str]) -> dict[str, Any]:
        """What recordings have of ``steps``, by their ids: see ``tui.providers.player.Told``. Reads files, in a thread.

        A step that was not recorded, or whose file has gone, is not in it.
        """
        return await asyncio.to_thread(_told, frozenset(steps), self._recording.steps) if steps else {}

    async def discover(self, timeout: float = DISCOVER_SECONDS) -> tuple[Offer, ...]:
        """What there is to choose from now: the tour, endpoints with a key, and servers on this machine that answer."""
        ready = await asyncio.gather(*(self._ready(config) for config in self._configs.values()))
        found = await asyncio.gather(
            *(self._offers(config, provider, timeout) for config, provider in ready if provider is not None)
        )
        tour_offer = Offer(reference=TOUR, provider="offline", detail="no model: a scripted guide")
        return (tour_offer, *(offer for offers in found for offer in offers))

    async def aclose(self) -> None:
        """See ``Models.aclose``."""
        for name in [name for name in self._open if name != "offline"]:
            self._retire(name)
        while self._retired:
            await self._retired.pop().aclose()

    async def _provider(self, name: str) -> Provider:
        """The pooled client, made anew when its key was refused or is another now in the environment."""
        async with self._locks.setdefault(name, asyncio.Lock()):
            config = self._configs.get(name)
            if config is not None and name in self._open and self._open[name].key != key_in(config.key_env):
                self._retire(name)
            if config is None and name not in self._open:
                tape = self._next_tape(name)
                self._open[name] = _Opened(await asyncio.to_thread(_tour, tape, self._recording, self._masks), "")
            elif config is not None and name not in self._open:
                key, said = "" if config.replay else await read_key(config), key_in(config.key_env)
                if self._masks is not None:
                    self._masks.add(key)
                secrets = {key, *(key_in(each.key_env) for each in self._configs.values())}
                refused, tape = partial(self._retire, name), None
                if not (config.record or config.replay):
                    tape = self._next_tape(name)
                transport = partial(_transport, config, secrets, self._masks, self._recording, tape)
                provider = await asyncio.to_thread(_adapter, config, key, self._connect, refused, transport)
                self._open[name] = _Opened(provider, said)
            return self._open[name].provider

    async def _replayed(self, reference: str) -> tuple[Provider, str]:
        async with self._locks.setdefault(reference, asyncio.Lock()):
            if reference not in self._open:
                provider, self._reels[reference] = await asyncio.to_thread(_reel, reference)
                self._open[reference] = _Opened(provider, "")
            return self._open[reference].provider, self._reels[reference].models[0]

    def _next_tape(self, name: str) -> "Tape":
        """Where the next client of a provider writes, None where nothing is recorded. It takes a number by writing."""
        if not (self._recording.file or self._recording.folder):
            return None
        return lambda tape_name: self._recording.path_for(next(self._tapes), tape_name)

    def _retire(self, name: str) -> None:
        """Speak to this endpoint by a new client from now on. Streams of the old one go on: it is closed at the end."""
        if opened := self._open.pop(name, None):
            self._retired.append(opened.provider)

    async def _ready(self, config: ProviderConfig) -> tuple[ProviderConfig, Provider | None]:
        """With the client; None without a key. First for all: loading an SDK is not to count as a server's time."""
        try:
            return config, await self._provider(config.name)
        except (AuthFailed, ConfigError):
            return config, None

    async def _offers(self, config: ProviderConfig, provider: Provider, timeout: float) -> list[Offer]:
        named: list[str] = list(config.models)
        listed: list[str] = []
        try:
            async with asyncio.timeout(timeout if config.local else max(timeout, 3.0)):
                listed = [model.name for model in await provider.models()]
        except AuthFailed:
            return []
        except (ProviderError, TimeoutError):
            if config.local and not named:
                return []
        names = dict.fromkeys((*named, *sorted(listed)) if not listed else (*sorted(listed), *_missing(config, listed)))
        return [self._offer(config, model) for model in names]

    def _offer(self, config: ProviderConfig, model: str) -> Offer:
        window = None if config.local else _window(model, config)
        detail = "on this machine" if config.local else (f"{window:,} tokens" if window else "window unknown")
        return Offer(reference=f"{config.name}/{model}", provider=config.name, detail=detail)


def _missing(config: ProviderConfig, listed: list[str]) -> list[str]:
    """Configured names that the endpoint does not list; of the built-in endpoints the list is enough."""
    return [] if config in BUILT_IN else [model for model in config.models if model not in listed]


async def read_key(config: ProviderConfig) -> str:
    """The endpoint's key, "" where it needs none.

    Raises:
        AuthFailed: there is none; the hint names the variable or the command.
    """
    if config.key_command:
        hint = f"See key_command under [providers.{config.name}] in config.toml."
        return await ask_command(config.key_command, config.name, hint, seconds=KEY_COMMAND_SECONDS)
    if config.keyring:
        hint = f"See keyring under [providers.{config.name}] in config.toml."
        return await ask_keyring(config.keyring, config.name, hint)
    key = key_in(config.key_env)
    if not key and config.key_env and not config.local:
        raise AuthFailed(
            f"There is no key for {config.name}.", hint=f"Set {config.key_env} and start again, or choose /model."
        )
    hint = f"See what {config.key_env} holds: quotes and line ends are copied along easily."
    return checked(key, config.name, hint)


Tape = Callable[[str], Path] | None


# --- the lazy doors: everything heavy is imported here, and nowhere else


def _tour(tape: Tape, recording: Recording, masks: Masks | None) -> Provider:
    from tui.providers.tour import tour  # noqa: PLC0415

    if tape is None:
        return tour()
    from tui.providers.player import Taped  # noqa: PLC0415
    from tui.providers.recording import tape_name  # noqa: PLC0415

    return Taped(tour(), tape(tape_name("offline")), recording, masks.mask if masks else str)


def _reel(reference: str) -> tuple[Provider, ProviderConfig]:
    from tui.providers.player import open_reel  # noqa: PLC0415

    made: list[Api] = []

    def make(api: str, transport: Any) -> Provider:
        made.append(api)  # type: ignore[arg-type]
        return _player(api, transport)

    provider, model, url = open_reel(reel_of(reference), make)
    return provider, ProviderConfig(
        name="replay", api=made[0] if made else "openai-chat", base_url=url, models=(model,), local=True
    )


def _player(api: str, transport: Any) -> Provider:
    """An adapter that reads a recording. Raises ConfigError for a format that nobody speaks."""
    if api not in _DEFAULT_URLS:
        raise ConfigError(f"The recording is of the format {api!r}, which this Penstock does not know.")
    config = ProviderConfig(name="replay", api=api, local=True)
    return _adapter(config, "", 10.0, lambda: None, lambda: transport)


def _told(steps: frozenset[str], listed: str) -> dict[str, Any]:
    """The list of recorded steps is read whole: a line of it is a hundred bytes."""
    try:
        lines = Path(listed).read_text("utf-8", errors="replace").splitlines() if listed else []
    except OSError:
        return {}
    places: list[tuple[str, Path]] = []
    for line in lines:
        try:
            found = json.loads(line)
            places.append((found["step"], Path(found["tape"])))
        except (ValueError, KeyError, TypeError):
            continue  # half a line of a program that was killed
    if not steps & {step for step, _ in places}:
        return {}
    from tui.providers.player import told_of  # noqa: PLC0415

    return told_of(steps, places, _player)


def _transport(
    config: ProviderConfig, secrets: Iterable[str], masks: Masks | None, recording: Recording, tape: Tape
) -> Any:
    from tui.providers.recording import recorder_for, tape_name, transport_of  # noqa: PLC0415

    if tape is not None:
        return recorder_for(tape(tape_name(config.name)), recording, config.api, secrets=secrets, masks=masks)
    return transport_of(
        config.name, config.api, record=config.record, replay=config.replay, secrets=secrets, masks=masks,
        steps=recording.steps,
    )  # fmt: skip


def _adapter(
    config: ProviderConfig, key: str, connect: float, refused: Callable[[], None], transport: Callable[[], Any]
) -> Provider:
    """Load an SDK (0.4 to 0.9 s of import) and make a provider of it (0.1 s, most of it certificates)."""
    from tui.providers.wire import Endpoint  # noqa: PLC0415

    match config.api:
        case "anthropic":
            from tui.providers.anthropic import Anthropic as Adapter  # noqa: PLC0415
        case "openai":
            from tui.providers.openai import OpenAI as Adapter  # noqa: PLC0415
        case "openai-chat":
            from tui.providers.openai_chat import OpenAIChat as Adapter  # noqa: PLC0415
        case _:
            assert_never(config.api)
    return Adapter(
        Endpoint(
            name=config.name,
            base_url=config.base_url or _DEFAULT_URLS[config.api],
            key=key,
            key_env=config.key_env,
            key_command=bool(config.key_command),
            keyring=config.keyring,
            header=config.header,
            local=config.local,
            connect=connect,
            refused=refused,
            transport=transport(),
        )
    )


def _price(model: str, config: ProviderConfig, usage: Usage) -> float | None:
    from genai_prices import Usage as Priced  # noqa: PLC0415
    from genai_prices import calc_price  # noqa: PLC0415

    counted = Priced(
        input_tokens=usage.input_tokens,
        output_tokens=usage.output_tokens,
        cache_read_tokens=usage.cache_read_tokens,
        cache_write_tokens=usage.cache_write_tokens,
    )
    maker, address = _maker(config)
    try:
        if maker is not None:
            found = calc_price(counted, model, provider_id=maker)
        else:
            found = calc_price(counted, model, provider_api_url=address)
    except (LookupError, ValueError):
        return None
    unpriced = found.model_price == type(found.model_price)()  # the list knows the model, and nothing of its price
    return None if unpriced else float(found.total_price)


def _window(model: str, config: ProviderConfig) -> int | None:
    from genai_prices.data_snapshot import get_snapshot  # noqa: PLC0415

    maker, address = _maker(config)
    try:
        _, found = get_snapshot().find_provider_model(model, None, maker, address)
    except (LookupError, ValueError):
        return None
    return found.context_window


def _maker(config: ProviderConfig) -> tuple[str | None, str | None]:
    """How the price list knows an endpoint: by its maker where it is one of the two, else by its address."""
    address = config.base_url or _DEFAULT_URLS[config.api]
    return (config.name, None) if config.name in ("anthropic", "openai") else (None, address)
