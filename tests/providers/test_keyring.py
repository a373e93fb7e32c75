"""Keys from the desktop's keyring: an extra, asked in a thread of its own, and each failure a sentence to act on.

The backend is a real one for the ``keyring`` package, which keeps its passwords in memory.
"""

import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults import Answer, FaultServer, refusal
from tests.scripts import drain, prompt
from tests.wires import recorded
from tui.errors import AuthFailed
from tui.key_source import ask_keyring
from tui.providers.base import Finish, Provider, Request
from tui.providers.models import Directory, ProviderConfig, read_key

keyring = pytest.importorskip("keyring", reason="the keyring extra is not installed: uv sync --all-extras")
from keyring.backend import KeyringBackend  # noqa: E402 - only where it is installed
from keyring.errors import KeyringLocked  # noqa: E402

ROOT = Path(__file__).resolve().parent.parent.parent
KEY = "sk-in-the-ring-0123456789"
CONFIG = ProviderConfig(name="work", api="openai", keyring="models/office/me")


class Memory(KeyringBackend):
    """Passwords by service and user. ``locked``: it refuses; ``waits``: it asks somebody who does not answer."""

    priority = 1  # type: ignore[assignment]

    def __init__(self) -> None:
        super().__init__()
        self.kept: dict[tuple[str, str], str] = {}
        self.locked: Exception | None = None
        self.waits: threading.Event | None = None
        self.asked_in: list[threading.Thread] = []

    def get_password(self, service: str, username: str) -> str | None:
        self.asked_in.append(threading.current_thread())
        if self.waits is not None:
            self.waits.wait(30)
        if self.locked is not None:
            raise self.locked
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.kept[service, username] = password


@pytest.fixture
def ring() -> Iterator[Memory]:
    before, memory = keyring.get_keyring(), Memory()
    keyring.set_keyring(memory)
    yield memory
    keyring.set_keyring(before)


async def refused() -> AuthFailed:
    with pytest.raises(AuthFailed) as caught:
        await read_key(CONFIG)
    assert "work" in caught.value.sentence() and KEY not in caught.value.sentence()
    return caught.value


async def test_the_key_is_what_the_keyring_holds_and_the_screen_stays_alive_meanwhile(ring: Memory) -> None:
    keyring.set_password("models/office", "me", f" {KEY}\n")
    assert await read_key(CONFIG) == KEY
    (thread,) = ring.asked_in
    assert thread is not threading.main_thread() and thread.daemon


async def test_requests_go_out_with_it_and_a_refusal_names_its_entry(ring: Memory) -> None:
    keyring.set_password("models/office", "me", KEY)
    async with FaultServer(Answer(body=recorded("openai")), refusal(401, "{}")) as server:
        config = ProviderConfig(name="work", api="openai", base_url=f"{server.url}/v1", keyring="models/office/me")
        known = Directory([config])
        answers = [await drain(*await asked_of(known)) for _ in range(2)]
        await known.aclose()
    (whole, fine), (nothing, error) = answers
    assert isinstance(whole[-1], Finish) and fine is None
    assert nothing == [] and isinstance(error, AuthFailed) and "models/office/me" in error.hint
    assert [asked.header("authorization") for asked in server.asked] == [f"Bearer {KEY}"] * 2


async def asked_of(known: Directory) -> tuple[Provider, Request]:
    provider, model = await known.resolve("work/large")
    return provider, Request(model=model, messages=(prompt(),))


async def test_an_entry_that_is_not_there_says_how_to_make_it(ring: Memory) -> None:
    error = await refused()
    assert str(error) == "The keyring holds no key for work under models/office/me."
    assert "keyring set models/office me" in error.hint


@pytest.mark.parametrize("held", [KeyringLocked("the collection"), RuntimeError("a backend of somebody's")])
async def test_a_keyring_that_fails_is_told_by_its_kind_alone(ring: Memory, held: Exception) -> None:
    ring.locked = held
    error = await refused()
    assert str(error) == f"The keyring cannot be read for work: {type(held).__name__}."
    assert "[providers.work]" in error.hint


async def test_a_keyring_that_nobody_unlocks_is_not_waited_for_for_ever(ring: Memory) -> None:
    ring.waits = threading.Event()
    with pytest.raises(AuthFailed, match=r"gave no key for work within 0.05 s. Is it locked\?"):
        await ask_keyring("models/office/me", "work", "", seconds=0.05)
    ring.waits.set()  # what it says now reaches nobody


async def test_a_key_with_characters_that_no_key_has_is_refused(ring: Memory) -> None:
    keyring.set_password("models/office", "me", "sk-“curly”")
    assert "characters that no key has" in str(await refused())


def test_where_the_package_is_missing_the_sentence_says_what_to_install() -> None:
    code = (
        "import sys, asyncio; sys.modules['keyring'] = None\n"
        "from tui.key_source import ask_keyring\n"
        "from tui.errors import AuthFailed\n"
        "try: asyncio.run(ask_keyring('a/b', 'work', ''))\n"
        "except AuthFailed as error: print(error.sentence())"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert "not installed" in done.stdout and "penstock[keyring]" in done.stdout


def test_it_is_loaded_by_nobody_who_does_not_ask() -> None:
    code = "import sys, tui.program, tui.providers.models; print('keyring' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
