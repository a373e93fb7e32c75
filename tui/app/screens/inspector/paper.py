"""Parts of a call that leave the program: into a file, or into the person's own editor to be read there."""

import asyncio
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

from textual.app import App

from tui.app.prompt.editor import editor_command, open_editor
from tui.errors import StoreError, UsageError
from tui.messages import OutputPiece
from tui.tools.base import Blobs
from widgets.paged_text import PageLost, PageSize

Chunks = AsyncIterator[bytes]


class StoredOutput:
    """A call's whole output, of which the pieces lie in the store. See ``widgets.paged_text.TextSource``."""

    def __init__(self, pieces: tuple[OutputPiece, ...], blobs: Blobs) -> None:
        self.pages = [PageSize(piece.size, piece.lines) for piece in pieces]
        self._pieces = pieces
        self._blobs = blobs

    async def fetch(self, page: int) -> bytes:
        try:
            return await self._blobs.kept(self._pieces[page].hash)
        except StoreError as error:
            raise PageLost(str(error)) from error

    async def chunks(self) -> Chunks:
        """All of it, a piece at a time."""
        for page in range(len(self._pieces)):
            yield await self.fetch(page)


async def of_text(text: str) -> Chunks:
    """A short part as the one chunk that it is."""
    yield text.encode("utf-8", "surrogateescape") if text.isascii() else text.encode("utf-8", "replace")


async def save_new(path: Path, chunks: Chunks) -> int:
    """Write a file that is not there yet; the bytes written.

    Raises:
        UsageError: there is a file of that name, or it cannot be written.
    """
    written = 0
    try:
        file = await asyncio.to_thread(open, path, "xb")
        try:
            async for chunk in chunks:
                written += await asyncio.to_thread(file.write, chunk)
        finally:
            await asyncio.to_thread(file.close)
    except FileExistsError:
        raise UsageError(f"There is a file {path} already.", hint="Another name writes beside it.") from None
    except (OSError, PageLost) as error:
        raise UsageError(f"Cannot write {path}: {getattr(error, 'strerror', None) or error}.") from error
    return written


async def read_in_editor(app: App[int], name: str, chunks: Chunks) -> None:
    """Open a part, as a file that is for reading alone, and come back when the editor ends; sessions run on meanwhile.

    Raises:
        UsageError: there is no editor, or no way to give it the terminal.
    """
    argv = editor_command()
    with tempfile.TemporaryDirectory(prefix="penstock-") as folder:  # for nobody else's eyes
        path = Path(folder, name)
        await save_new(path, chunks)
        await asyncio.to_thread(path.chmod, 0o400)
        await open_editor(app, argv, path)
