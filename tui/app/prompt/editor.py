"""The person's own editor over the whole terminal: for a text that is written, and for a part that is read.

Sessions run on meanwhile and are drawn when it ends. What it is given is a file for nobody else's eyes, which is gone
afterwards.
"""

import asyncio
import os
import shlex
import shutil
import tempfile
from contextlib import suppress
from pathlib import Path
from time import monotonic

from textual.app import App, SuspendNotSupported

from tui.errors import UsageError

USUAL = ("nano", "vim", "vi")
"""What is tried where no editor is named."""
AT_ONCE = 0.5
"""Seconds: an editor with a window of its own, which does not wait for it, has ended by then."""
WAITING = {"code": "--wait", "codium": "--wait", "subl": "--wait", "gedit": "--wait", "zed": "--wait", "gvim": "-f"}
"""Editors with windows, and what makes them wait."""


def editor_command() -> list[str]:
    """argv of the person's editor: VISUAL, EDITOR, or the first of USUAL.

    Raises:
        UsageError: there is none.
    """
    name = "VISUAL" if os.environ.get("VISUAL") else "EDITOR"
    named = os.environ.get(name, "")
    try:
        argv = shlex.split(named)
    except ValueError as error:
        raise UsageError(f"{name} cannot be read ({error}): {named}", hint=f"Set it anew: export {name}=nano") from None
    if not argv:
        found = next((usual for usual in USUAL if shutil.which(usual)), None)
        if found is None:
            raise UsageError("No editor is named, and none was found.", hint="Set EDITOR: export EDITOR=nano")
        return [found]
    if shutil.which(argv[0]) is None:
        raise UsageError(f"The editor {argv[0]} is not there.", hint=f"{name} names it.")
    return argv


async def open_editor(app: App[int], argv: list[str], path: Path) -> float:
    """Give the terminal to an editor until it ends; the seconds that it took. Sessions run on meanwhile.

    Raises:
        UsageError: it did not start, or the terminal cannot be given away.
    """
    begun = monotonic()
    try:
        with app.batch_update(), app.suspend():
            child = await asyncio.create_subprocess_exec(*argv, str(path))
            await child.wait()
    except SuspendNotSupported:
        raise UsageError("This terminal cannot be given to an editor.") from None
    except OSError as error:
        raise UsageError(f"The editor did not start: {error.strerror}.") from error
    return monotonic() - begun


async def edit_text(app: App[int], text: str) -> str:
    """What the person makes of ``text`` in their editor, however that ends.

    Raises:
        UsageError: there is no editor, it did not wait, or what it left cannot be read. Nothing has changed then.
    """
    argv = editor_command()
    with tempfile.TemporaryDirectory(prefix="penstock-") as folder:
        path = Path(folder, "prompt.md")
        await asyncio.to_thread(_write, path, text)
        took = await open_editor(app, argv, path)
        try:
            data = await asyncio.to_thread(path.read_bytes)
        except OSError as error:
            raise UsageError("The editor left no file.", hint="The prompt is as it was.") from error
    try:
        made = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UsageError("What the editor left is not UTF-8 text.", hint="The prompt is as it was.") from error
    made = made.removesuffix("\n") if not text.endswith("\n") else made
    if made == text and took < AT_ONCE:
        program = Path(argv[0]).name
        flag = WAITING.get(program)
        hint = f'Make it wait: export EDITOR="{program} {flag}"' if flag and flag not in argv else "It may not wait."
        raise UsageError(f"{program} ended at once and changed nothing.", hint=hint)
    return made


def _write(path: Path, text: str) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with suppress(OSError), os.fdopen(handle, "w", encoding="utf-8", errors="replace") as file:
        file.write(text)
