"""Where keys come from: a variable, a command, or the desktop's keyring, as the person named it.

Nothing here keeps a key, or repeats one. The ``keyring`` package is an extra, and loaded only where it is asked.
"""

import asyncio
import os
import subprocess
from collections.abc import Sequence
from contextlib import suppress
from threading import Thread

from tui.errors import AuthFailed

COMMAND_SECONDS = 10.0
KEYRING_SECONDS = 60.0
"""How long a keyring may take: it may have to be unlocked first, by hand."""


def key_in(variable: str) -> str:
    """What the environment says now, "" where it says nothing."""
    return os.environ.get(variable, "").strip() if variable else ""


def checked(key: str, name: str, hint: str) -> str:
    """A key that can stand in a header; ``name`` is what it is for. The sentence does not repeat it."""
    if not key.isascii() or not key.isprintable():
        raise AuthFailed(f"The key for {name} holds characters that no key has.", hint=hint)
    return key


async def ask_command(command: Sequence[str], name: str, hint: str, *, seconds: float = COMMAND_SECONDS) -> str:
    """The first line of what a command prints.

    Raises:
        AuthFailed: it gives none; ``hint`` says where it is set.
    """
    what = f"The key command of {name} ({command[0]})"
    try:
        child = await asyncio.create_subprocess_exec(
            *command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )
    except OSError as error:
        raise AuthFailed(f"{what} cannot be started: {error.strerror}.", hint=hint) from error
    try:
        async with asyncio.timeout(seconds):
            output, _ = await child.communicate()
    except TimeoutError:
        raise AuthFailed(f"{what} gave no key within {seconds:g} s.", hint=hint) from None
    finally:
        if child.returncode is None:
            child.kill()
            await child.wait()
    key = output.decode("utf-8", "replace").partition("\n")[0].strip()
    if child.returncode or not key:
        raise AuthFailed(f"{what} ended with code {child.returncode} and gave no key.", hint=hint)
    return checked(key, name, hint)


async def ask_keyring(entry: str, name: str, hint: str, *, seconds: float = KEYRING_SECONDS) -> str:
    """What the keyring holds under ``SERVICE/USER``.

    Its thread is a daemon: a keyring that waits for somebody to unlock it keeps nothing from ending.

    Raises:
        AuthFailed: the keyring gives none; ``hint`` says where it is set.
    """
    loop = asyncio.get_running_loop()
    found: asyncio.Future[str | AuthFailed] = loop.create_future()

    def settle(answer: str | AuthFailed) -> None:
        if not found.done():
            found.set_result(answer)

    def ask() -> None:
        answer = _from_keyring(entry, name, hint)
        with suppress(RuntimeError):  # the loop is closed: nobody waits any more
            loop.call_soon_threadsafe(settle, answer)

    Thread(target=ask, name="keyring", daemon=True).start()
    try:
        async with asyncio.timeout(seconds):
            answer = await found
    except TimeoutError:
        raise AuthFailed(f"The keyring gave no key for {name} within {seconds:g} s. Is it locked?", hint=hint) from None
    if isinstance(answer, AuthFailed):
        raise answer
    return checked(answer, name, hint)


def _from_keyring(entry: str, name: str, hint: str) -> "str | AuthFailed":
    """The key, or why there is none. Backends are other people's, and each raises what it likes."""
    service, _, user = entry.rpartition("/")
    try:
        import keyring  # noqa: PLC0415

        key = keyring.get_password(service, user)
    except ImportError:
        return AuthFailed(
            f"The key for {name} is in the keyring, and the keyring package is not installed.",
            hint='Install it beside Penstock: uv tool install "penstock[keyring]", or pipx inject penstock keyring.',
        )
    except Exception as error:  # noqa: BLE001 - it is told: the sentence is the one that the person reads
        return AuthFailed(f"The keyring cannot be read for {name}: {type(error).__name__}.", hint=hint)
    if not key or not key.strip():
        put = f"keyring set {service} {user} puts it there."
        return AuthFailed(f"The keyring holds no key for {name} under {entry}.", hint=f"{put} {hint}")
    return key.strip()
