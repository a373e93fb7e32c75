"""What sessions made of files: each file as it was before a session's turns, and as the session itself left it.

Two sessions in one folder write the same files, so the disk shows only who was last. What a session left is looked
for by its hash: on the disk, and in the store, which has it wherever a later write to the file was preceded by keeping
what stood there. Where it is in neither, that is said. What shell commands changed is not known.
"""

import os
from collections.abc import Iterable
from contextlib import suppress
from hashlib import sha256
from pathlib import Path

from tui.diffs import diff_display, sizes_display
from tui.disk_file import open_regular, text_of
from tui.engine.changes.checkpoints import FILE_LIMIT
from tui.errors import StoreError, ToolError
from tui.state import FileState, SessionState
from tui.tools.base import Blobs, Bridge
from tui.value import value


@value
class Version:
    """One file: its bytes before and after, None where there was no file. ``lost`` says why it is not known."""

    before: bytes | None = None
    after: bytes | None = None
    lost: str = ""


async def versions(state: SessionState, turns: Iterable[str], blobs: Blobs, bridge: Bridge) -> dict[str, Version]:
    """The files that these turns changed, by their paths within the session's folder."""
    first: dict[str, FileState] = {}
    last: dict[str, FileState] = {}
    for turn_id in turns:
        for path, file in state.files.get(turn_id, {}).items():
            first.setdefault(path, file)
            last[path] = file
    found = {}
    for path in sorted(first):
        found[_name(state, path)] = await _version(Path(path), first[path], last[path], blobs, bridge)
    return found


def _name(state: SessionState, path: str) -> str:
    """A path within the folder that the session worked in, or the whole of one that is outside."""
    cwd = state.worktree.cwd if state.worktree is not None else state.cwd
    return str(Path(path).relative_to(cwd)) if Path(path).is_relative_to(cwd) else path


async def _version(path: Path, first: FileState, last: FileState, blobs: Blobs, bridge: Bridge) -> Version:
    if first.before.skipped:
        return Version(lost=first.before.skipped)
    try:
        before = await blobs.kept(first.before.blob) if first.before.blob else None
    except StoreError as error:
        return Version(lost=error.sentence())
    if not last.left:
        return Version(before=before)
    after = await bridge.run(_on_disk, path, last.left)
    if after is None:
        try:
            after = await blobs.kept(last.left)
        except StoreError:
            return Version(before=before, lost="Somebody has changed it since, and what this session left is not kept.")
    return Version(before=before, after=after)


def _on_disk(path: Path, digest: str) -> bytes | None:
    """The file's bytes if they are those."""
    with suppress(OSError, ToolError), os.fdopen(open_regular(path), "rb") as file:
        data = file.read(FILE_LIMIT + 1)
        if sha256(data).hexdigest() == digest:
            return data
    return None


def version_diff(name: str, old: bytes | None, new: bytes | None) -> str:
    """A unified diff of two versions of a file, "" where they are the same."""
    if old == new:
        return ""
    texts = [None if data is None else text_of(data) for data in (old, new)]
    if any(text is None and data is not None for text, data in zip(texts, (old, new), strict=True)):
        return sizes_display(Path(name), Path(), len(old or b""), len(new or b""), created=old is None).diff
    before, after = (None if text is None else text.text for text in texts)
    return diff_display(Path(name), Path(), before, after).diff
