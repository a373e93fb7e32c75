"""Where keys come from: a variable or a command that the person named. Nothing here keeps one, or repeats one."""

import asyncio
import os
import subprocess
from collections.abc import Sequence

from tui.errors import AuthFailed

COMMAND_SECONDS = 10.0


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
