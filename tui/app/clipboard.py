"""Copying: by the desktop's own program where there is one, and through the terminal in any case.

The terminal's way (OSC 52) has no answer, and some terminals ignore it; the desktop's does not reach the person's
machine over ssh. So both are used, and the sentence says which.
"""

import asyncio
import os
import shutil
import subprocess
import sys
from contextlib import suppress

SECONDS = 2.0
"""How long a clipboard program may take."""


def clipboard_program() -> tuple[str, ...]:
    """argv of the program that reads standard input into the clipboard; empty where none would work."""
    if sys.platform == "darwin":
        candidates = [("pbcopy",)]
    elif os.environ.get("SSH_CONNECTION"):
        candidates = []  # the clipboard there is not the one in front of the person
    else:
        candidates = [("wl-copy",)] if os.environ.get("WAYLAND_DISPLAY") else []
        candidates += [("xclip", "-selection", "clipboard")] if os.environ.get("DISPLAY") else []
    return next((argv for argv in candidates if shutil.which(argv[0])), ())


async def copy_by_program(text: str) -> str:
    """Copy by the desktop's program. Returns its name, "" where that did not work."""
    argv = clipboard_program()
    if not argv:
        return ""
    try:
        child = await asyncio.create_subprocess_exec(
            *argv, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
    except OSError:
        return ""
    try:
        async with asyncio.timeout(SECONDS):
            await child.communicate(text.encode("utf-8", "replace"))
    except TimeoutError:
        with suppress(ProcessLookupError):
            child.kill()
        return ""
    return "" if child.returncode else argv[0]
